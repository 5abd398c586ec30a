/* SPDX-License-Identifier: Apache-2.0 */
/* Segments follow what links live to carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sync/unit.h"

static void size_follows_life(void **state)
{
	(void)state;
	static const struct {
		uint64_t life;
		size_t unit;
	} row[] = {{0, UNIT_BYTES_UNKNOWN}, {1, UNIT_BYTES_MIN}, {10000, UNIT_BYTES_MIN},
	    {20000, 2820}, {40000, 4000}, {80000, 5640}, {300000, 10940},
	    {1000 * 1000, UNIT_BYTES_MAX}, {UINT64_MAX, UNIT_BYTES_MAX}};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		assert_int_equal(unit_bytes(row[i].life), row[i].unit);
}

/* What each segment costs and what each life loses, over all that a life carries. */
static double cost(double life, double unit)
{
	double wire = unit * 2 / 5;
	return 40 / wire + wire / 2 / life;
}

static void the_size_is_about_the_best(void **state)
{
	(void)state;
	for (uint64_t life = 20 * 1000; life < 600 * 1000; life += 20 * 1000) {
		double chosen = cost((double)life, (double)unit_bytes(life));
		for (size_t unit = UNIT_BYTES_MIN; unit <= UNIT_BYTES_MAX; unit += 256)
			assert_true(chosen <= cost((double)life, (double)unit) * 1.05);
	}
}

static void lives_are_learnt(void **state)
{
	(void)state;
	assert_int_equal(unit_learn(0, 5000, true), 5000);
	assert_int_equal(unit_learn(0, 5000, false), 5000);
	assert_int_equal(unit_learn(8000, 4000, true), 7000);
	assert_int_equal(unit_learn(8000, 40000, true), 16000);
	assert_int_equal(unit_learn(8000, 400, false), 8000); /* it ended in order */
	assert_int_equal(unit_learn(8000, 90000, false), 90000);
	uint64_t life = 1000 * 1000;
	for (int i = 0; i < 20; i++)
		life = unit_learn(life, 30000, true);
	assert_in_range(life, 29000, 40000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(size_follows_life),
	    cmocka_unit_test(the_size_is_about_the_best),
	    cmocka_unit_test(lives_are_learnt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
