/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void lines_are_counted(void **state)
{
	static const char text[] = "a\n\nb\n";
	static const size_t line[] = {1, 1, 2, 3, 3, 4};
	struct str all = str_from(text);
	(void)state;
	for (size_t i = 0; i <= all.len; i++)
		assert_int_equal(str_line(all, all.ptr + i), line[i]);
	/* What stands elsewhere is in no line of it. */
	assert_int_equal(str_line(all, NULL), 1);
	assert_int_equal(str_line(str_sub(all, 0, 3), all.ptr + 4), 1);
	assert_int_equal(str_line(str_sub(all, 2, 3), all.ptr), 1);
}

/* Wherever it stands among others, each byte ends what is printable, or does not. */
static void printable_bytes_are_counted(void **state)
{
	char text[24];
	(void)state;
	for (size_t at = 0; at < sizeof text; at++)
		for (int c = 0; c < 256; c++) {
			memset(text, "a ~"[at % 3], sizeof text);
			text[at] = (char)c;
			size_t n = c >= 0x20 && c < 0x7f ? sizeof text : at;
			assert_int_equal(str_printable(str_of(text, sizeof text)), n);
			assert_int_equal(str_printable(str_of(text, at)), at);
		}
}

static void hex_is_read_whole_or_not_at_all(void **state)
{
	static const char *const bad[] = {
	    "", "00", "00ff0", "00ff0a0b", "00ff0A", "00ff0g", "00 f0a"};
	uint8_t out[3] = {1, 2, 3};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(str_unhex(out, sizeof out, str_from(bad[i])));
		assert_memory_equal(out, "\1\2\3", 3);
	}
	assert_true(str_unhex(out, sizeof out, STR("00ff0a")));
	assert_memory_equal(out, "\0\377\12", 3);
	assert_true(str_unhex(NULL, 0, STR_EMPTY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lines_are_counted),
	    cmocka_unit_test(printable_bytes_are_counted),
	    cmocka_unit_test(hex_is_read_whole_or_not_at_all)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
