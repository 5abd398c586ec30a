/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <setjmp.h>
#include <stddef.h>
#include <stdarg.h>
#include <cmocka.h>

/* Wherever bytes are cut, they have one sum, and another than with one bit changed. */
static void pieces_have_the_sum_of_the_whole(void **state)
{
	char bytes[300];
	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(i * 7 + i / 11);
	for (size_t len = 0; len <= sizeof bytes; len++)
		for (size_t step = 1; step < 90; step++) {
			struct hash_pieces h = hash_begin(len);
			for (size_t at = 0; at < len; at += step)
				hash_add(&h, str_sub(str_of(bytes, len), at, step));
			hash_add(&h, STR_EMPTY);
			assert_int_equal(hash_end(&h), hash_sum(str_of(bytes, len)));
		}
	for (size_t i = 0; i < sizeof bytes; i++) {
		uint64_t before = hash_sum(str_of(bytes, sizeof bytes));
		bytes[i] ^= 1;
		assert_int_not_equal(before, hash_sum(str_of(bytes, sizeof bytes)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(pieces_have_the_sum_of_the_whole)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
