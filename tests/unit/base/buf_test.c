/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

/* What buf_printf() makes is what printf(3) makes, behind what is there already. */
#define ASSERT_SAME(...)                                                                           \
	do {                                                                                       \
		char wanted[512];                                                                  \
		struct buf b = BUF_INIT;                                                           \
		int n = snprintf(wanted, sizeof wanted, "before=" __VA_ARGS__);                    \
		buf_puts(&b, "before");                                                            \
		buf_printf(&b, "=" __VA_ARGS__);                                                   \
		assert_int_equal(b.len, n);                                                        \
		assert_string_equal(b.ptr, wanted);                                                \
		buf_release(&b);                                                                   \
	} while (0)

static void formats_are_those_of_printf(void **state)
{
	static const char unended[3] = {'a', 'b', 'c'};
	(void)state;
	ASSERT_SAME("");
	ASSERT_SAME("no value");
	ASSERT_SAME("%s", "");
	ASSERT_SAME("%s/%s.%s", "a", "", "c");
	ASSERT_SAME("(%.*s)", 3, unended);
	ASSERT_SAME("%.*s|%.*s|", 0, unended, 9, "a\0b");
	ASSERT_SAME("100 %%, %s", "a");
	ASSERT_SAME("%s is of %u, %d, %zu, %lld", "a", 1u, -2, (size_t)3, 4LL);
	ASSERT_SAME("%.*s-%02X-%c-%.10g", 2, unended, 7u, 'x', 1.5);
	ASSERT_SAME("%s and %-8s|%8s|%.2s", "a", "b", "c", "def");
	ASSERT_SAME("%200s%d", "more than there is room for at first", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(formats_are_those_of_printf)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
