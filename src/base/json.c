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
