/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void text_is_escaped(void **state)
{
	const struct {
		struct str in;
		const char *out;
	} rows[] = {
	    {STR("a < b > c & d"), "a &lt; b &gt; c &amp; d"},
	    {STR("]]><!-- \"q\" 'q'"), "]]&gt;&lt;!-- &quot;q&quot; 'q'"},
	    {STR("one\r\ntwo"), "one\xef\xbf\xbd\ntwo"},
	    {STR("nul\0!"), "nul\xef\xbf\xbd!"},
	    {STR("\x1b[31m\x7f"), "\xef\xbf\xbd[31m\xef\xbf\xbd"},
	    {STR("\xef\xbf\xbe\xef\xbf\xbf"), "\xef\xbf\xbd\xef\xbf\xbd"},
	    {STR("\xed\xa0\x80x"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx"},
	    {STR("\xd9\x85\xd8\xaf\xd9\x86 \xf0\x9f\x94\x94"),
		"\xd9\x85\xd8\xaf\xd9\x86 \xf0\x9f\x94\x94"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf b = BUF_INIT;
		struct err err = {0};
		xml_text(&b, rows[i].in);
		assert_string_equal(b.ptr, rows[i].out);
		buf_reset(&b);
		buf_puts(&b, XML_HEAD);
		xml_element(&b, "x", rows[i].in, rows[i].in);
		assert_int_equal(xml_check(buf_str(&b), "x", "f.xml", &err), 0);
		buf_release(&b);
	}
}

static void what_is_not_ours_is_refused(void **state)
{
	static const struct {
		const char *xml, *says;
	} rows[] = {
	    {"<a/>", "f.xml:1: a file begins with its declaration: <a/>"},
	    {XML_HEAD "<b>\n</b>\n", "f.xml:2: the first element is another: <b>\n</b>\n"},
	    {XML_HEAD "<a>\n<b></a>\n", "f.xml:3: an end tag that closes nothing: a"},
	    {XML_HEAD "<a>\n&nbsp;</a>\n", "f.xml:3: text that is not escaped: &nbsp;</a>\n"},
	    {XML_HEAD "<a>]]></a>\n", "f.xml:2: text that is not escaped: ></a>\n"},
	    {XML_HEAD "<a>\x01</a>\n", "f.xml:2: text that is not escaped: \x01</a>\n"},
	    {XML_HEAD "<a>\xff</a>\n", "f.xml:2: text that is not escaped: \xff</a>\n"},
	    {XML_HEAD "<a><!-- x --></a>\n", "f.xml:2: an element that may not stand here"},
	    {XML_HEAD "<a x='1'></a>\n", "f.xml:2: an attribute that may not stand here: x"},
	    {XML_HEAD "<a x=\"1\" x=\"1\"></a>\n",
		"f.xml:2: an attribute that may not stand here: x"},
	    {XML_HEAD "<a x=\"<\"></a>\n", "f.xml:2: text that is not escaped"},
	    {XML_HEAD "<a>\n", "f.xml:3: it ends too early"},
	    {XML_HEAD "<a></a>\n<a></a>\n", "f.xml:2: something after its end"},
	    {XML_HEAD "<a></a", "f.xml:2: a tag that does not end: a"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err err = {0};
		assert_int_equal(xml_check(str_from(rows[i].xml), "a", "f.xml", &err), ERR_SYNTAX);
		if (strncmp(err.msg, rows[i].says, strlen(rows[i].says)) != 0)
			fail_msg("row %zu says: %s", i, err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_is_escaped),
	    cmocka_unit_test(what_is_not_ours_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
