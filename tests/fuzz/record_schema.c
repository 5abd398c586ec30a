/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a schema, up to the first NUL; what follows it as a head to check. A schema that
 * is taken can check heads, type and write them, and make a template.
 */
#include "base/limits.h"
#include "record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct schema *s, struct str text)
{
	struct front f;
	struct err err;
	struct problems p = {0};
	struct buf out = BUF_INIT;
	if (front_parse(&f, text, "f", RECORD_BYTES_MAX, &err))
		return;
	if (schema_check(s, f.head, &p)) {
		json_t *v = schema_typed(s, f.head);
		canon_write(&out, s, v, f.body);
		json_decref(v);
	}
	problems_sort(&p);
	problems_release(&p);
	front_release(&f);
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct schema_set *set = schema_set_new();
	struct str rest = str_of(data, size), json = str_cut(&rest, 0);
	struct buf t = BUF_INIT;
	struct err err;
	if (!schema_set_add(set, STR("news"), json, &err) && !schema_set_finish(set, &err)) {
		const struct schema *s = schema_find(set, STR("news"));
		use(s, rest);
		record_template(&t, set, STR("news"), STR("id"), STR("fr"), STR("place"), &err);
	}
	buf_release(&t);
	schema_set_free(set);
	return 0;
}
