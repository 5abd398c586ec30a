/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/sheet.h"

#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void what_means_nothing_is_left_out(void **state)
{
	static const struct {
		const char *sheet, *squeezed;
	} cases[] = {
	    {"/* why */\na {\n\tcolor: red;\n\tmargin: 0 auto;\n}\n", "a{color:red;margin:0 auto}"},
	    {"a :hover , b > c { }", "a :hover,b > c{}"},
	    {"a:hover{}", "a:hover{}"},
	    {"@media (min-width: 60rem) and (hover: hover) { a { b: c } }",
		"@media (min-width:60rem) and (hover:hover){a{b:c}}"},
	    {"a { width: calc(1rem + 2px) !important; }", "a{width:calc(1rem + 2px) !important}"},
	    {"a/**/b { x: y }", "a b{x:y}"},
	    /* Strings and escapes mean every byte. */
	    {"a { content: \" <;  /* } \\\" , \" ; }", "a{content:\" <;  /* } \\\" , \"}"},
	    {"a { content: ' \" ; '}", "a{content:' \" ; '}"},
	    {".a\\;  b\\  c{}", ".a\\; b\\  c{}"},
	    {"a{b:c\\;}", "a{b:c\\;}"},
	    /* However it ends. */
	    {"a { b: \"c", "a{b:\"c"},
	    {"a { b: c \\", "a{b:c \\"},
	    {"a { b: c /* d", "a{b:c"},
	    {"a { b: c /", "a{b:c /"},
	    {" \n", ""},
	    {"", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf out = BUF_INIT, again = BUF_INIT;
		sheet_squeeze(&out, str_from(cases[i].sheet));
		assert_string_equal(out.ptr, cases[i].squeezed);
		sheet_squeeze(&again, buf_str(&out));
		assert_string_equal(again.ptr, out.ptr);
		buf_release(&out);
		buf_release(&again);
	}
}

static void scripts_lose_tabs_and_comments(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	script_squeeze(
	    &out, STR("// Why.\n'use strict';\n{\n\t\t// Why.\n\tf('\t//'); // why\n\n}\n\tend"));
	assert_string_equal(out.ptr, "'use strict';\n{\nf('\t//'); // why\n}\nend\n");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_means_nothing_is_left_out),
	    cmocka_unit_test(scripts_lose_tabs_and_comments)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
