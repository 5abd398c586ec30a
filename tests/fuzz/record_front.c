/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a record. What has a canonical form keeps its value in it, and that form is its own
 * canonical form; what record_parse takes is that form; a place in a message lies in the file.
 */
#include "base/limits.h"
#include "record/body.h"
#include "record/record.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stop(const char *why, struct str text)
{
	fprintf(stderr, "%s\n%.*s\n", why, STR_FMT(text));
	abort();
}

static void check_places(const struct problems *p, struct str text)
{
	unsigned lines = 2;
	for (size_t i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n' || text.ptr[i] == '\r';
	for (size_t i = 0; i < p->len; i++)
		if (!p->items[i].line || !p->items[i].column || p->items[i].line > lines)
			stop("a place outside the file", text);
}

/* One schema, whatever "type" says: values of any head that fits it survive canon_write. */
static void round_trip(const struct schema *s, struct str text)
{
	struct front f, g;
	struct err err;
	struct problems none = {0};
	struct buf once = BUF_INIT, twice = BUF_INIT;
	if (front_parse(&f, text, "f", RECORD_BYTES_MAX, &err))
		return;
	bool fits = schema_check(s, f.head, &none);
	check_places(&none, text);
	problems_release(&none);
	if (fits) {
		json_t *v = schema_typed(s, f.head);
		canon_write(&once, s, v, f.body);
		if (front_parse(&g, buf_str(&once), "f", 2 * RECORD_BYTES_MAX, &err))
			stop(err.msg, buf_str(&once));
		if (!schema_check(s, g.head, &none))
			stop(none.items[0].text, buf_str(&once));
		json_t *again = schema_typed(s, g.head);
		if (!json_equal(v, again))
			stop("another value", buf_str(&once));
		canon_write(&twice, s, again, g.body);
		if (!str_eq(buf_str(&once), buf_str(&twice)))
			stop("another form", buf_str(&once));
		json_decref(v);
		json_decref(again);
		front_release(&g);
	}
	front_release(&f);
	buf_release(&once);
	buf_release(&twice);
}

static void as_record(const struct schema_set *set, struct str text)
{
	struct buf form = BUF_INIT;
	struct record r;
	struct err err;
	struct problems p = {0};
	if (!record_format(&form, text, "f", set, &p, &err)) {
		if (record_parse(&r, buf_str(&form), "f", set, NULL, &err))
			stop(err.msg, buf_str(&form));
		record_release(&r);
	}
	check_places(&p, text);
	problems_release(&p);
	if (!record_parse(&r, text, "f", set, &p, &err)) {
		struct buf path = BUF_INIT;
		struct record_name n;
		record_path(&path, &r);
		if (!str_eq(text, buf_str(&form)) || !record_name_parse(&n, buf_str(&path)))
			stop("not its own form", text);
		buf_release(&path);
	}
	check_places(&p, text);
	problems_release(&p);
	record_release(&r);
	buf_release(&form);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct schema_set *builtin, *free_form;
	static const char any[] =
	    "{\"type\": \"object\", \"properties\": {\"i\": {\"type\": \"integer\"}, \"f\": "
	    "{\"type\":"
	    "\"number\"}, \"b\": {\"type\": \"boolean\"}, \"l\": {\"type\": \"array\", \"items\":"
	    "{\"$ref\": \"#/$defs/tree\"}}, \"m\": {\"$ref\": \"#/$defs/tree\"}},"
	    "\"additionalProperties\": {\"type\": \"string\"}, \"$defs\": {\"tree\": {\"type\":"
	    "\"object\", \"properties\": {\"l\": {\"type\": \"array\", \"items\": {\"type\": "
	    "\"array\","
	    "\"items\": {\"type\": \"string\"}}}, \"s\": {\"type\": \"string\"}},"
	    "\"additionalProperties\": {\"$ref\": \"#/$defs/tree\"}}}}";
	struct str text = str_of(data, size);
	if (!builtin) {
		struct err err;
		hash_init();
		builtin = schema_set_builtin();
		free_form = schema_set_new();
		if (schema_set_add(free_form, STR("any"), str_from(any), &err) ||
		    schema_set_finish(free_form, &err))
			stop(err.msg, str_from(any));
	}
	round_trip(schema_find(free_form, STR("any")), text);
	as_record(builtin, text);
	return 0;
}
