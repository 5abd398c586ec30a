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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lines_are_counted)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
