/* SPDX-License-Identifier: Apache-2.0 */
#include "base/near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void slips_are_near_and_counted_ones_are_not(void **state)
{
	(void)state;
	assert_int_equal(near_distance(STR("mombassa"), STR("mombasa")), 1);
	assert_int_equal(near_distance(STR(""), STR("abc")), 3);
	assert_true(near_is_slip(STR("ke-mombassa"), STR("ke-mombasa")));
	assert_true(near_is_slip(STR("nairoby"), STR("nairobi")));
	assert_false(near_is_slip(STR("ke-mombasa"), STR("ke-mombasa")));
	assert_false(near_is_slip(STR("xx-city-2"), STR("xx-city-1")));
	assert_false(near_is_slip(STR("xx-city-2"), STR("xx-city")));
	assert_false(near_is_slip(STR("xx-two"), STR("xx-one")));
	assert_false(near_is_slip(STR("fs"), STR("fr")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slips_are_near_and_counted_ones_are_not)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
