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

/* --- writing --- */

/* How many bytes at the front of `s` stand in a string as they are. Eight at a time: in a word x,
 * (x - 0x01…) & ~x & 0x80… is not zero where a byte of x is; none of them goes unseen. */
static size_t plain_bytes(struct str s)
{
	const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
	size_t i = 0;
	for (uint64_t x; i + sizeof x <= s.len; i += sizeof x) {
		memcpy(&x, s.ptr + i, sizeof x);
		uint64_t quote = x ^ ones * '"', slash = x ^ ones * '\\';
		if ((((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) |
			((slash - ones) & ~slash)) &
		    high)
			break;
	}
	while (i < s.len && (unsigned char)s.ptr[i] >= 0x20 && s.ptr[i] != '"' && s.ptr[i] != '\\')
		i++;
	return i;
}

void json_field(struct buf *out, struct str s)
{
	static const char letters[0x20] = {
	    ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
	buf_putc(out, '"');
	for (;;) {
		size_t n = plain_bytes(s);
		buf_add(out, str_sub(s, 0, n));
		if (n == s.len)
			break;
		unsigned char c = (unsigned char)s.ptr[n];
		if (c < 0x20 && !letters[c])
			buf_printf(out, "\\u%04X", c);
		else
			buf_printf(out, "\\%c", c < 0x20 ? letters[c] : c);
		s = str_sub(s, n + 1, s.len);
	}
	buf_putc(out, '"');
}

static int append(const char *bytes, size_t n, void *out)
{
	buf_add(out, str_of(bytes, n));
	return 0;
}

static void write_compact(struct buf *out, const json_t *v);

static void write_object(struct buf *out, json_t *o)
{
	const char *key;
	json_t *inner;
	buf_putc(out, '{');
	json_object_foreach(o, key, inner)
	{
		if (out->ptr[out->len - 1] != '{')
			buf_putc(out, ',');
		json_field(out, str_from(key));
		buf_putc(out, ':');
		write_compact(out, inner);
	}
	buf_putc(out, '}');
}

/* As jansson would, which looks at each character, and for circles at each step. */
static void write_compact(struct buf *out, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		write_object(out, (json_t *)(uintptr_t)v);
		break;
	case JSON_ARRAY:
		buf_putc(out, '[');
		for (size_t i = 0; i < json_array_size(v); i++) {
			if (i)
				buf_putc(out, ',');
			write_compact(out, json_array_get(v, i));
		}
		buf_putc(out, ']');
		break;
	case JSON_STRING:
		json_field(out, json_text(v));
		break;
	case JSON_INTEGER:
		buf_printf(out, "%lld", (long long)json_integer_value(v));
		break;
	default:
		json_dump_callback(v, append, out, JSON_ENCODE_ANY);
	}
}

void json_write(struct buf *out, const json_t *v, int indent)
{
	if (indent)
		json_dump_callback(v, append, out, JSON_ENCODE_ANY | JSON_INDENT((size_t)indent));
	else if (v)
		write_compact(out, v);
}

/* --- reading --- */

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
