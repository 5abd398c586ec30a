/* SPDX-License-Identifier: Apache-2.0 */
#include "record/canon.h"

#include "base/mem.h"
#include "record/rule.h"
#include "record/text.h"

#include <stdio.h>
#include <stdlib.h>

enum { REAL_CHARS_MAX = 400, STEP = 2 };

/* Words that some parser takes for a boolean, a null or a number. */
static bool is_reserved(struct str s)
{
	static const char *const words[] = {
	    "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"};
	char lower[8];
	if (s.len >= sizeof lower)
		return false;
	for (size_t i = 0; i < s.len; i++)
		lower[i] = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] | 32) : s.ptr[i];
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_is(str_of(lower, s.len), words[i]))
			return true;
	return false;
}

/* Not a space of any kind. A fixed list, so that the form never depends on a Unicode version. */
static bool is_safe_beyond_ascii(int32_t c)
{
	return c > 0xa0 && c != 0xad && c != 0x1680 && !(c >= 0x2000 && c <= 0x200f) &&
	       !(c >= 0x2028 && c <= 0x202f) && c != 0x205f && c != 0x3000 && c != 0xfeff;
}

static bool is_plain(struct str s)
{
	if (!s.len || s.ptr[s.len - 1] == ' ' || is_reserved(s))
		return false;
	for (size_t at = 0; at < s.len;) {
		bool first = at == 0;
		int32_t c = str_utf8_next(s, &at);
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		/* digits and _ - . / ( ) ' + and the space */
		bool inner = (c >= '-' && c <= '9') || (c >= '\'' && c <= ')') || c == ' ' ||
			     c == '_' || c == '+';
		if (!letter && !(inner && !first) && !is_safe_beyond_ascii(c))
			return false;
	}
	return true;
}

void canon_scalar(struct buf *out, struct str text)
{
	if (is_plain(text)) {
		buf_add(out, text);
		return;
	}
	buf_putc(out, '"');
	while (text.len) {
		size_t n = 0;
		while (n < text.len && text.ptr[n] != '"' && text.ptr[n] != '\\' &&
		       ((unsigned char)text.ptr[n] >= 0x20 && text.ptr[n] != 0x7f))
			n++;
		buf_add(out, str_sub(text, 0, n));
		if (n < text.len) {
			unsigned c = (unsigned char)text.ptr[n++];
			buf_printf(out, c < 0x20 || c == 0x7f ? "\\x%02X" : "\\%c", c);
		}
		text = str_sub(text, n, text.len);
	}
	buf_putc(out, '"');
}

/* The shortest decimals, without exponent, of `v` to as many digits as a head may have. */
static void write_real(struct buf *out, double v)
{
	char text[REAL_CHARS_MAX];
	snprintf(text, sizeof text, "%.*g", NUMBER_DIGITS_MAX, v);
	double rounded = strtod(text, NULL);
	for (int decimals = 0; decimals < NUMBER_DIGITS_MAX; decimals++) {
		snprintf(text, sizeof text, "%.*f", decimals, v);
		if (strtod(text, NULL) == rounded)
			break;
	}
	buf_puts(out, text);
}

static void write_scalar(struct buf *out, const json_t *v)
{
	if (json_is_string(v))
		canon_scalar(out, json_text(v));
	else if (json_is_integer(v))
		buf_printf(out, "%lld", (long long)json_integer_value(v));
	else if (json_is_real(v))
		write_real(out, json_real_value(v));
	else
		buf_puts(out, json_is_true(v) ? "true" : "false");
}

static bool is_scalar(const json_t *v)
{
	return !json_is_array(v) && !json_is_object(v);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_field(const struct rule *map, const char *key)
{
	for (size_t i = 0; map && i < map->field_count; i++)
		if (str_is(map->fields[i].name, key))
			return true;
	return false;
}

/* The map's keys in canonical order; `*count` of them. Owns: the caller; free(). */
static const char **ordered_keys(const struct rule *map, json_t *v, size_t *count)
{
	const char **keys = mem_alloc((json_object_size(v) + 1) * sizeof *keys), *key;
	size_t n = 0, known;
	json_t *member;
	for (size_t i = 0; map && i < map->field_count; i++)
		if (json_object_get(v, map->fields[i].name.ptr))
			keys[n++] = map->fields[i].name.ptr;
	known = n;
	if (n < json_object_size(v))
		json_object_foreach(v, key, member)
		{
			if (!has_field(map, key))
				keys[n++] = key;
		}
	qsort(keys + known, n - known, sizeof *keys, by_bytes);
	*count = n;
	return keys;
}

static const struct rule *member_rule(const struct rule *map, const char *key)
{
	return map ? rule_field(map, str_from(key)) : NULL;
}

static const struct rule *base_of(const struct rule *r)
{
	return r ? rule_base(r) : NULL;
}

/* `[a, b]` or `{k: a}`. False, with nothing written, where an item is no scalar. */
static bool write_flow(struct buf *out, const struct rule *r, json_t *v)
{
	size_t start = out->len, n = json_array_size(v);
	const char **keys = json_is_object(v) ? ordered_keys(r, v, &n) : NULL;
	bool flat = true;
	buf_puts(out, keys ? " {" : " [");
	for (size_t i = 0; i < n && flat; i++) {
		const json_t *item = keys ? json_object_get(v, keys[i]) : json_array_get(v, i);
		flat = is_scalar(item);
		buf_puts(out, i ? ", " : "");
		if (keys) {
			canon_scalar(out, str_from(keys[i]));
			buf_puts(out, ": ");
		}
		if (flat)
			write_scalar(out, item);
	}
	buf_puts(out, keys ? "}" : "]");
	free(keys);
	if (!flat)
		out->len = start;
	return flat;
}

/* Columns of the line being written. */
static size_t line_columns(const struct buf *out)
{
	size_t start = out->len;
	while (start && out->ptr[start - 1] != '\n')
		start--;
	return text_length(str_of(out->ptr + start, out->len - start));
}

static void new_line(struct buf *out, size_t indent)
{
	buf_putc(out, '\n');
	for (size_t i = 0; i < indent; i++)
		buf_putc(out, ' ');
}

static void write_value(struct buf *out, const struct rule *r, json_t *v, size_t indent, bool item);

static void write_fields(struct buf *out, const struct rule *r, json_t *v, size_t indent, bool item)
{
	size_t n;
	const char **keys = ordered_keys(r, v, &n);
	for (size_t i = 0; i < n; i++) {
		if (item && !i)
			buf_putc(out, ' ');
		else
			new_line(out, indent);
		canon_scalar(out, str_from(keys[i]));
		buf_putc(out, ':');
		write_value(out, member_rule(r, keys[i]), json_object_get(v, keys[i]),
		    indent + STEP, false);
	}
	free(keys);
}

/* What stands behind "key:" (or "-" where it is an item); `indent` is where its own lines begin. */
static void write_value(
    struct buf *out, const struct rule *rule, json_t *v, size_t indent, bool item)
{
	const struct rule *r = base_of(rule);
	size_t start = out->len;
	if (is_scalar(v)) {
		buf_putc(out, ' ');
		write_scalar(out, v);
		return;
	}
	bool empty = !json_array_size(v) && !json_object_size(v);
	if ((empty || json_is_array(v) || !item) && write_flow(out, r, v)) {
		if (empty || line_columns(out) <= CANON_COLUMNS)
			return;
		out->len = start;
	}
	if (json_is_object(v)) {
		write_fields(out, r, v, indent, item);
		return;
	}
	for (size_t i = 0; i < json_array_size(v); i++) {
		new_line(out, indent);
		buf_putc(out, '-');
		write_value(out, r ? r->items : NULL, json_array_get(v, i), indent + STEP, true);
	}
}

static bool is_blank(struct str line)
{
	return !str_trim(line).len;
}

static void write_body(struct buf *out, struct str body)
{
	size_t start = out->len, end = start;
	while (body.len) {
		struct str line = str_cut(&body, '\n');
		bool blank = is_blank(line);
		if (blank && out->len == start)
			continue;
		buf_add(out, line);
		buf_putc(out, '\n');
		if (!blank)
			end = out->len;
	}
	out->len = end;
}

void canon_write(struct buf *out, const struct schema *s, const json_t *head, struct str body)
{
	const struct rule *r = rule_base(schema_root(s));
	size_t n;
	json_t *map = (json_t *)(uintptr_t)head; /* only walked; jansson has no const walk */
	const char **keys = ordered_keys(r, map, &n);
	buf_puts(out, "---");
	for (size_t i = 0; i < n; i++) {
		buf_putc(out, '\n');
		canon_scalar(out, str_from(keys[i]));
		buf_putc(out, ':');
		write_value(
		    out, member_rule(r, keys[i]), json_object_get(map, keys[i]), STEP, false);
	}
	free(keys);
	buf_puts(out, "\n---\n");
	write_body(out, body);
	buf_reserve(out, 1);
	out->ptr[out->len] = 0;
}

int canon_text(struct buf *out, struct str src, const char *name, struct err *err)
{
	static const struct str bom = {"\xef\xbb\xbf", 3};
	struct buf lf = BUF_INIT;
	struct err why;
	size_t at;
	unsigned line, column;
	int code = 0;
	if (str_starts(src, bom))
		src = str_sub(src, bom.len, src.len);
	for (size_t i = 0; i < src.len; i++) {
		char c = src.ptr[i];
		if (c == '\r' && i + 1 < src.len && src.ptr[i + 1] == '\n')
			continue;
		buf_putc(&lf, c == '\r' ? '\n' : c);
	}
	if (lf.len && lf.ptr[lf.len - 1] != '\n')
		buf_putc(&lf, '\n');
	if (text_nfc(out, buf_str(&lf), &at, &why)) {
		text_place(buf_str(&lf), at, &line, &column);
		code = err_set(err, why.code, "%s:%u:%u: %s", name, line, column, why.msg);
	}
	buf_release(&lf);
	return code;
}
