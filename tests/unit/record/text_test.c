/* SPDX-License-Identifier: Apache-2.0 */
#include "record/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static bool fine(const char *s, enum text_part part)
{
	struct err err;
	size_t at;
	return text_check(str_from(s), part, &at, &err) == 0;
}

static void put_utf8(char *out, unsigned c)
{
	size_t n = 0;
	if (c < 0x80) {
		out[n++] = (char)c;
	} else if (c < 0x800) {
		out[n++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		out[n++] = (char)(0xe0 | c >> 12);
		out[n++] = (char)(0x80 | (c >> 6 & 63));
	} else {
		out[n++] = (char)(0xf0 | c >> 18);
		out[n++] = (char)(0x80 | (c >> 12 & 63));
		out[n++] = (char)(0x80 | (c >> 6 & 63));
	}
	if (c >= 0x80)
		out[n++] = (char)(0x80 | (c & 63));
	out[n] = 0;
}

static bool allows(unsigned c, enum text_part part)
{
	char s[16] = "x", one[8];
	put_utf8(one, c);
	strcat(strcat(s, one), "x");
	return fine(s, part);
}

static void bidi_and_controls(void **state)
{
	(void)state;
	static const unsigned overrides[] = {0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067,
	    0x2068, 0x2069, 0xfeff, 0x2028, 0x2029, 0xfdd0, 0xfffe, 0x1ffff, 0x10ffff, 0xe000,
	    0xf8ff, 0xf0000, 0xe0001, 0xe0041, 0xe007f, 0xfff9, 0x7f, 0x85, 0x9f, 1, 0x1b, '\r'};
	for (size_t i = 0; i < sizeof overrides / sizeof *overrides; i++) {
		assert_false(allows(overrides[i], TEXT_BODY));
		assert_false(allows(overrides[i], TEXT_HEAD));
	}
	static const unsigned unseen[] = {0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x61c, 0x2060,
	    0xad, 0x34f, 0x115f, 0x3164, 0x180e, 0xfe0f, 0xe0100};
	for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++) {
		assert_false(allows(unseen[i], TEXT_HEAD));
		assert_true(allows(unseen[i], TEXT_BODY));
	}
	assert_true(allows('\t', TEXT_BODY));
	assert_false(allows('\t', TEXT_HEAD));
	assert_true(allows('\n', TEXT_HEAD));
	assert_false(allows('\n', TEXT_LINE));
	static const unsigned ordinary[] = {
	    'a', 0xa0, 0xe9, 0x2019, 0x627, 0x4e2d, 0xac00, 0x1f600};
	for (size_t i = 0; i < sizeof ordinary / sizeof *ordinary; i++)
		assert_true(allows(ordinary[i], TEXT_LINE));
}

static void joiners_where_scripts_need_them(void **state)
{
	(void)state;
	assert_true(
	    fine("\xe0\xb7\x81\xe0\xb7\x8a\xe2\x80\x8d\xe0\xb6\xbb", TEXT_LINE)); /* virama, ZWJ */
	assert_true(fine("\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae", TEXT_LINE)); /* Persian ZWNJ */
	assert_false(fine("\xd9\x85\xdb\x8c\xe2\x80\x8d\xd8\xae", TEXT_LINE));
	assert_false(fine("\xd9\x85\xe2\x80\x8c", TEXT_LINE));
	assert_false(fine("\xe2\x80\x8c", TEXT_LINE));
}

static void says_where(void **state)
{
	(void)state;
	struct err err;
	size_t at = 0;
	unsigned line, column;
	struct str s = STR("ok\n\xc3\xa9\xe2\x80\xae");
	assert_int_equal(text_check(s, TEXT_BODY, &at, &err), ERR_SYNTAX);
	text_place(s, at, &line, &column);
	assert_int_equal(line, 2);
	assert_int_equal(column, 2);
	assert_non_null(strstr(err.msg, "U+202E"));
	s = STR("e\xcc\x81");
	assert_int_equal(text_check(STR("abe\xcc\x81"), TEXT_BODY, &at, &err), ERR_SYNTAX);
	assert_int_equal(at, 2);
	assert_non_null(strstr(err.msg, "NFC"));
	assert_int_equal(text_check(STR("ab\xff"), TEXT_BODY, &at, &err), ERR_SYNTAX);
	assert_int_equal(at, 2);
	assert_int_equal(text_check(STR("\xed\xa0\x80"), TEXT_BODY, &at, &err), ERR_SYNTAX);
	assert_int_equal(text_check(STR("\xc3"), TEXT_BODY, &at, &err), ERR_SYNTAX);
}

static void nfc(void **state)
{
	(void)state;
	/* what is typed, its normal form: Latin, Hangul, Arabic, Bengali, reordered marks,
	 * singleton */
	static const char *const pairs[][2] = {{"plain", "plain"},
	    {"e\xcc\x81t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
	    {"\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8", "\xea\xb0\x81"},
	    {"\xea\xb0\x80\xe1\x86\xa8", "\xea\xb0\x81"}, {"\xd8\xa7\xd9\x94", "\xd8\xa3"},
	    {"\xe0\xa7\x87\xe0\xa6\xbe", "\xe0\xa7\x8b"},
	    {"q\xcc\x87\xcc\xa3", "q\xcc\xa3\xcc\x87"}, {"\xe2\x84\xab", "\xc3\x85"},
	    {"\xe0\xa5\x98", "\xe0\xa4\x95\xe0\xa4\xbc"}, {"=\xcc\xb8", "\xe2\x89\xa0"},
	    {"\xcd\x84", "\xcc\x88\xcc\x81"}};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct buf out = BUF_INIT;
		struct err err;
		size_t at;
		assert_int_equal(text_nfc(&out, str_from(pairs[i][0]), &at, &err), 0);
		assert_string_equal(out.ptr, pairs[i][1]);
		assert_true(fine(pairs[i][1], TEXT_BODY));
		assert_int_equal(
		    fine(pairs[i][0], TEXT_BODY), strcmp(pairs[i][0], pairs[i][1]) == 0);
		buf_release(&out);
	}
}

/* For any text: what text_nfc makes is what text_check calls normal, and stays as it is. */
static void nfc_property(void **state)
{
	(void)state;
	static const unsigned pool[] = {'a', 'e', ' ', '=', 0x301, 0x323, 0x338, 0x345, 0x344, 0xe9,
	    0x1ea5, 0x627, 0x654, 0x655, 0x623, 0x1100, 0x1161, 0x11a8, 0xac00, 0xac01, 0x9c7,
	    0x9be, 0x9cb, 0x915, 0x93c, 0x958, 0x212b, 0xf71, 0xf72, 0xf73, 0x1112e, 0x11131,
	    0x11127, 0x2019, 0x1f600, 0x16d63, 0x3099, 0x304b};
	unsigned seed = 1;
	for (int round = 0; round < 20000; round++) {
		struct buf text = BUF_INIT, once = BUF_INIT, twice = BUF_INIT;
		struct err err;
		size_t at;
		for (int i = 0; i < 12; i++) {
			char one[8];
			seed = seed * 1103515245u + 12345u;
			put_utf8(one, pool[(seed >> 16) % (sizeof pool / sizeof *pool)]);
			buf_puts(&text, one);
		}
		assert_int_equal(text_nfc(&once, buf_str(&text), &at, &err), 0);
		assert_int_equal(text_nfc(&twice, buf_str(&once), &at, &err), 0);
		assert_string_equal(once.ptr, twice.ptr);
		assert_true(fine(once.ptr, TEXT_BODY));
		assert_int_equal(fine(text.ptr, TEXT_BODY), str_eq(buf_str(&text), buf_str(&once)));
		buf_release(&text);
		buf_release(&once);
		buf_release(&twice);
	}
}

static void too_many_marks(void **state)
{
	(void)state;
	for (int n = TEXT_MARKS_MAX - 1; n <= TEXT_MARKS_MAX + 1; n++) {
		struct buf s = BUF_INIT, out = BUF_INIT;
		struct err err;
		size_t at;
		buf_puts(&s, "q");
		for (int i = 0; i < n; i++)
			buf_puts(&s, "\xcc\x81");
		assert_int_equal(fine(s.ptr, TEXT_BODY), n <= TEXT_MARKS_MAX);
		assert_int_equal(text_nfc(&out, buf_str(&s), &at, &err) == 0, n <= TEXT_MARKS_MAX);
		buf_release(&s);
		buf_release(&out);
	}
}

static void excerpts(void **state)
{
	(void)state;
	assert_string_equal(text_excerpt(STR("short")).text, "short");
	assert_string_equal(text_excerpt(STR("")).text, "");
	struct buf s = BUF_INIT;
	for (int i = 0; i < 60; i++)
		buf_puts(&s, "\xf0\x9f\x98\x80");
	struct text_excerpt e = text_excerpt(buf_str(&s));
	assert_int_equal(text_length(str_from(e.text)), 41);
	assert_true(fine(e.text, TEXT_LINE));
	buf_release(&s);
}

/* Callers ask before they know that it is UTF-8. */
static void blanks(void **state)
{
	(void)state;
	assert_true(text_is_blank(STR("")));
	assert_true(text_is_blank(STR(" \t\n\xc2\xa0\xe2\x80\x8b")));
	assert_false(text_is_blank(STR(" a")));
	assert_false(text_is_blank(STR(" \xff")));
	assert_false(text_is_blank(STR("\xe2\x80")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bidi_and_controls),
	    cmocka_unit_test(joiners_where_scripts_need_them),
	    cmocka_unit_test(says_where),
	    cmocka_unit_test(nfc),
	    cmocka_unit_test(nfc_property),
	    cmocka_unit_test(too_many_marks),
	    cmocka_unit_test(excerpts),
	    cmocka_unit_test(blanks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
