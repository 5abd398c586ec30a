/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose clock is wrong: ours, where it is behind the entries of two hubs; somebody's, or ours as it
 * was, where one journal is later; and perhaps ours, where all that was signed is a year old.
 */
#include "fixture.h"

#include "store/clock.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

/* What hub east, which holds these journals, says of its clock at T0. */
static struct clock_look look_at(int64_t east, int64_t mena, int64_t west)
{
	struct journal all[3] = {{.head = {.hub = "east", .seq = 2}, .time = east},
	    {.head = {.hub = "mena", .seq = 9}, .time = mena},
	    {.head = {.hub = "west", .seq = 1}, .time = west}};
	const struct store s = {.hub = "east", .journals = all, .njournals = 3};
	struct clock_look out;
	clock_look(&out, &s, T0);
	return out;
}

static void it_fits(void **state)
{
	(void)state;
	struct clock_look l = look_at(T0 - 9 * DAY, T0 - 90 * DAY, T0 + 23 * HOUR);
	assert_int_equal(l.state, CLOCK_GOOD);
	assert_string_equal(l.hub, "west");
	assert_int_equal(l.newest, T0 + 23 * HOUR);
}

static void it_is_behind(void **state)
{
	(void)state;
	assert_int_equal(look_at(T0 + 2 * DAY, T0, T0 + 2 * DAY).state, CLOCK_BEHIND);
	struct clock_look l = look_at(T0, T0 + 300 * DAY, T0 + 400 * DAY);
	assert_int_equal(l.state, CLOCK_BEHIND);
	assert_string_equal(l.hub, "west");
}

static void one_hub_is_a_doubt(void **state)
{
	(void)state;
	struct clock_look l = look_at(T0 - DAY, T0 + 300 * DAY, T0 + HOUR);
	assert_int_equal(l.state, CLOCK_DOUBTFUL);
	assert_string_equal(l.hub, "mena");
	l = look_at(T0 + 2 * DAY, T0, T0); /* was it wrong when it signed, or is it now? */
	assert_int_equal(l.state, CLOCK_DOUBTFUL);
	assert_string_equal(l.hub, "east");
}

static void it_is_ahead(void **state)
{
	(void)state;
	assert_int_equal(
	    look_at(T0 - 366 * DAY, T0 - 800 * DAY, T0 - 700 * DAY).state, CLOCK_AHEAD);
	assert_int_equal(look_at(T0 - 364 * DAY, T0 - 800 * DAY, 1).state, CLOCK_GOOD);
}

static void nothing_was_signed(void **state)
{
	(void)state;
	struct journal cut = {
	    .head = {.hub = "mena"}, .time = T0 + 900 * DAY}; /* no entry counts */
	const struct store s = {.hub = "east", .journals = &cut, .njournals = 1};
	struct clock_look l;
	clock_look(&l, &s, T0);
	assert_int_equal(l.state, CLOCK_GOOD);
	assert_string_equal(l.hub, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_fits),
	    cmocka_unit_test(it_is_behind),
	    cmocka_unit_test(one_hub_is_a_doubt),
	    cmocka_unit_test(it_is_ahead),
	    cmocka_unit_test(nothing_was_signed),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
