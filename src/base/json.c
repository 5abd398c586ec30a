/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

int json_parse(json_t **out, struct str text, const char *name, struct err *err)
{
	json_error_t e;
	*out = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	if (*out)
		return 0;
	return err_set(err, ERR_SYNTAX, "%s:%d:%d: not JSON: %s", name, e.line, e.column, e.text);
}

/* --- reading without making anything (RFC 8259) --- */

static void skip_space(struct str *s)
{
	while (s->len && memchr(" \t\n\r", *s->ptr, 4))
		*s = str_sub(*s, 1, s->len);
}

static bool skip(struct str *s, const char *what)
{
	if (!str_starts(*s, str_from(what)))
		return false;
	*s = str_sub(*s, strlen(what), s->len);
	return true;
}

static size_t skip_digits(struct str *s)
{
	size_t n = 0;
	while (n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9')
		n++;
	*s = str_sub(*s, n, s->len);
	return n;
}

static bool skip_number(struct str *s)
{
	skip(s, "-");
	if (!skip(s, "0") && !skip_digits(s))
		return false;
	if (skip(s, ".") && !skip_digits(s))
		return false;
	if (skip(s, "e") || skip(s, "E")) {
		if (!skip(s, "+"))
			skip(s, "-");
		return skip_digits(s) > 0;
	}
	return true;
}

static bool is_hex4(struct str s)
{
	for (size_t i = 0; i < 4; i++)
		if (i >= s.len || !memchr("0123456789abcdefABCDEF", s.ptr[i], 22))
			return false;
	return true;
}

static bool skip_string(struct str *s)
{
	if (!skip(s, "\""))
		return false;
	for (size_t i = 0; i < s->len && (unsigned char)s->ptr[i] >= 0x20; i++) {
		if (s->ptr[i] == '"') {
			*s = str_sub(*s, i + 1, s->len);
			return true;
		}
		if (s->ptr[i] != '\\')
			continue;
		if (++i >= s->len || !memchr("\"\\/bfnrtu", s->ptr[i], 9) ||
		    (s->ptr[i] == 'u' && !is_hex4(str_sub(*s, i + 1, 4))))
			return false;
	}
	return false;
}

static bool skip_value(struct str *s, int depth);

static bool skip_items(struct str *s, bool is_object, int depth)
{
	const char *end = is_object ? "}" : "]";
	skip_space(s);
	if (skip(s, end))
		return true;
	do {
		skip_space(s);
		if (is_object && !skip_string(s))
			return false;
		skip_space(s);
		if (is_object && !skip(s, ":"))
			return false;
		if (!skip_value(s, depth + 1))
			return false;
	} while (skip(s, ","));
	return skip(s, end);
}

static bool skip_value(struct str *s, int depth)
{
	bool is = false;
	skip_space(s);
	if (depth > JSON_DEPTH_MAX || !s->len)
		return false;
	if (*s->ptr == '"')
		is = skip_string(s);
	else if (skip(s, "{"))
		is = skip_items(s, true, depth);
	else if (skip(s, "["))
		is = skip_items(s, false, depth);
	else
		is = skip(s, "true") || skip(s, "false") || skip(s, "null") || skip_number(s);
	skip_space(s);
	return is;
}

bool json_is_well_formed(struct str text)
{
	return skip_value(&text, 0) && !text.len;
}

static int append(const char *bytes, size_t n, void *out)
{
	buf_add(out, str_of(bytes, n));
	return 0;
}

void json_write(struct buf *out, const json_t *v, int indent)
{
	size_t flags = JSON_ENCODE_ANY | (indent ? JSON_INDENT((size_t)indent) : JSON_COMPACT);
	json_dump_callback(v, append, out, flags);
}

struct str json_text(const json_t *v)
{
	if (!json_is_string(v))
		return STR_EMPTY;
	return (struct str){json_string_value(v), json_string_length(v)};
}

struct str json_get_text(const json_t *object, const char *key)
{
	return json_text(json_object_get(object, key));
}

int64_t json_get_int(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

json_t *json_from(struct str s)
{
	return json_stringn(s.ptr, s.len);
}

bool json_has_text(const json_t *array, struct str s)
{
	size_t i;
	json_t *v;
	json_array_foreach(array, i, v) if (str_eq(json_text(v), s)) return true;
	return false;
}
