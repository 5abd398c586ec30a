/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what is called well-formed JSON is what the parser takes. */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static bool parses(struct str text)
{
	json_t *v = NULL;
	struct err ignored = {0};
	bool is = json_parse(&v, text, "x", &ignored) == 0;
	json_decref(v);
	return is;
}

static void the_same_as_the_parser(void **state)
{
	static const char *const texts[] = {"{}", "[]", " [ 1 , -2.5e+3 ] ", "0", "-", "01", "1.",
	    ".5", "1e", "\"a\\u00e9\\n\"", "\"\\u00g0\"", "\"\\x\"", "\"a", "\"a\tb\"", "[1,]",
	    "[,1]", "{\"a\":1,}", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1 \"b\":2}", "true",
	    "nul", "[", "]", "{\"a\":[{\"b\":[]}]}", "1 2", "", " ", "\"\\", "\"\\u12"};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(
		    json_is_well_formed(str_from(texts[i])), parses(str_from(texts[i])));
}

static void the_same_with_bytes_exchanged(void **state)
{
	static const char text[] = "{\"@context\":\"https://schema.org\",\"a\":[1,-2.50,{\"b\":"
				   "\"\\u003c\\\"\"},true,null],\"c\":{}}";
	static const char bytes[] = "{}[]:,\"\\ 0-.eu/ntrue\n";
	char now[sizeof text];
	(void)state;
	srandom(7);
	for (int i = 0; i < 20000; i++) {
		memcpy(now, text, sizeof text);
		for (long k = random() % 3; k >= 0; k--)
			now[random() % (long)(sizeof text - 1)] =
			    bytes[random() % (long)(sizeof bytes - 1)];
		struct str s = str_of(now, sizeof text - 1);
		bool is = json_is_well_formed(s);
		/* Which also knows that "\u0000" is no text, and which keys came twice. */
		if (is != parses(s) && !(is && (strstr(now, "\\u0") || strstr(now, "\"\":"))))
			fail_msg("%s", now);
	}
}

static void not_too_deep(void **state)
{
	char deep[2 * JSON_DEPTH_MAX + 5] = "";
	(void)state;
	memset(deep, '[', JSON_DEPTH_MAX + 1);
	memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	assert_true(json_is_well_formed(str_from(deep)));
	memset(deep, '[', JSON_DEPTH_MAX + 2);
	memset(deep + JSON_DEPTH_MAX + 2, ']', JSON_DEPTH_MAX + 2);
	assert_false(json_is_well_formed(str_from(deep)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_same_as_the_parser),
	    cmocka_unit_test(the_same_with_bytes_exchanged),
	    cmocka_unit_test(not_too_deep),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
