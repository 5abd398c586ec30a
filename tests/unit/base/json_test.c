/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json.h"

/* What is written on one line is what jansson would write. */
static void writes_as_jansson(void **state)
{
	static const char *const texts[] = {"{}", "[]", "\"\"", "true", "false", "null", "0",
	    "-9223372036854775807", "1.5", "1e300",
	    "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"", "[1,[],{},\"{\",[\"a\",null]]",
	    "{\"{\":{\"{\":\"{\"},\"\":[true,-1.25]}",
	    "{\"b\":\"\\u00e9\\u0627\\ud83d\\ude00 and some more of it\",\"a\":[[[{\"c\":0}]]]}"};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		json_t *v;
		struct err err = {0};
		struct buf out = BUF_INIT;
		assert_int_equal(json_parse(&v, str_from(texts[i]), "text", &err), 0);
		char *want = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
		buf_puts(&out, "{");
		json_write(&out, v, 0);
		assert_string_equal(out.ptr + 1, want);
		free(want);
		buf_release(&out);
		json_decref(v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(writes_as_jansson)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
