/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers behind a session: what is wanted, told and settled follows from them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <stdio.h>

#include "sync/progress.h"

static struct head head_of(const char *hub, uint64_t seq, uint8_t id)
{
	struct head h = {.seq = seq};
	snprintf(h.hub, sizeof h.hub, "%s", hub);
	memset(h.id.bytes, id, sizeof h.id.bytes);
	return h;
}

static int set_local(struct progress *p, uint32_t charter, const struct head *heads, size_t n)
{
	struct local_state l = {.charter = charter, .heads = heads, .nheads = n};
	struct err err;
	memset(l.charter_hash.bytes, (int)charter, sizeof l.charter_hash.bytes);
	return progress_local(p, &l, &err);
}

static void tracks_stay_sorted(void **state)
{
	(void)state;
	struct progress p;
	struct err err;
	struct head heads[] = {head_of("east", 3, 3), head_of("west", 5, 5)};
	progress_init(&p, "own");
	assert_int_equal(set_local(&p, 2, heads, 2), 0);
	assert_non_null(progress_meet(&p, "north", &err));
	assert_non_null(progress_meet(&p, "a", &err));
	assert_non_null(progress_meet(&p, "west", &err));
	assert_int_equal(p.foreign, 2);
	static const char *const want[] = {"", "a", "east", "north", "west"};
	assert_int_equal(p.n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(p.tracks[i].hub, want[i]);
	assert_int_equal(progress_find(&p, "")->local, 2);
	assert_int_equal(progress_find(&p, "west")->local, 5);
	assert_null(progress_find(&p, "south"));
	progress_release(&p);
}

static void a_peer_cannot_name_hubs_for_ever(void **state)
{
	(void)state;
	struct progress p;
	struct err err;
	progress_init(&p, "own");
	for (int i = 0; i < HUBS_MAX; i++) {
		char name[HUB_NAME_BYTES];
		snprintf(name, sizeof name, "hub%d", i);
		assert_non_null(progress_meet(&p, name, &err));
	}
	assert_null(progress_meet(&p, "one-more", &err));
	assert_int_equal(err.code, ERR_PEER);
	assert_non_null(progress_meet(&p, "hub7", &err));
	progress_release(&p);
}

static void what_goes_back_is_said(void **state)
{
	(void)state;
	struct progress p;
	struct head three = head_of("east", 3, 3), two = head_of("east", 2, 2);
	struct head other = head_of("east", 3, 4);
	progress_init(&p, "own");
	assert_int_equal(set_local(&p, 2, &three, 1), 0);
	assert_int_equal(set_local(&p, 2, &three, 1), 0);
	assert_int_equal(set_local(&p, 2, &two, 1), ERR_CHAIN);
	assert_int_equal(set_local(&p, 2, &other, 1), ERR_CHAIN);
	assert_int_equal(set_local(&p, 2, NULL, 0), ERR_CHAIN);
	assert_int_equal(set_local(&p, 1, &three, 1), ERR_CHAIN);
	progress_release(&p);
}

static void charters_are_wanted_before_journals(void **state)
{
	(void)state;
	struct progress p;
	struct head heads[] = {head_of("east", 3, 3), head_of("west", 5, 5)};
	progress_init(&p, "own");
	set_local(&p, 2, heads, 2);
	const struct track *t = progress_want(&p);
	assert_string_equal(t->hub, "");
	assert_int_equal(track_next(t), 1);
	progress_find(&p, "")->sent = 2;
	assert_string_equal(progress_want(&p)->hub, "east");
	progress_find(&p, "east")->said = 3;
	t = progress_want(&p);
	assert_string_equal(t->hub, "west");
	progress_find(&p, "west")->received = 4;
	assert_int_equal(track_next(t), 5);
	progress_find(&p, "west")->is_disputed = true;
	assert_null(progress_want(&p));
	progress_release(&p);
}

static void told_and_settled_follow_from_the_numbers(void **state)
{
	(void)state;
	static const struct {
		uint64_t local, received, said, sent, told;
		bool is_untold, is_settled;
	} row[] = {
	    {5, 0, 5, 0, 5, false, true}, /* equal from the start */
	    {6, 0, 5, 0, 5, false, false}, /* a new one of ours: it will be sent */
	    {6, 0, 5, 6, 6, false, false}, /* under way */
	    {6, 0, 6, 6, 6, false, true}, /* acknowledged */
	    {5, 6, 5, 0, 5, false, false}, /* received, not durable */
	    {6, 6, 5, 0, 5, true, true}, /* durable: to be acknowledged */
	    {6, 6, 5, 6, 6, false, true}, /* both sent it at once: nothing to add */
	    {7, 6, 5, 0, 5, true, false}, /* and one more of ours */
	    {7, 0, 9, 0, 5, true, false}, /* some came by another peer */
	    {0, 0, 9, 0, 0, false, false},
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct progress p;
		struct err err;
		progress_init(&p, "own");
		struct track *t = progress_meet(&p, "east", &err);
		t->local = row[i].local, t->received = row[i].received, t->said = row[i].said;
		t->sent = row[i].sent, t->told = row[i].told;
		assert_int_equal(progress_is_untold(&p, t), row[i].is_untold);
		assert_int_equal(progress_is_settled(&p), row[i].is_settled);
		t->is_disputed = true;
		assert_false(progress_is_untold(&p, t));
		assert_true(progress_is_settled(&p));
		progress_release(&p);
	}
}

static void an_equal_digest_means_what_was_told(void **state)
{
	(void)state;
	struct progress p;
	struct head five = head_of("east", 5, 5), six = head_of("east", 6, 6);
	progress_init(&p, "own");
	set_local(&p, 1, &five, 1);
	progress_told_all(&p);
	set_local(&p, 1, &six, 1); /* after our hello, before the peer's */
	progress_mirror(&p);
	struct track *t = progress_find(&p, "east");
	assert_int_equal(t->said, 5);
	assert_int_equal(track_next(t), 6);
	assert_false(track_is_forked(t));
	assert_false(progress_is_untold(&p, t));
	progress_release(&p);
}

static void forks_show_at_equal_numbers(void **state)
{
	(void)state;
	struct progress p;
	struct head five = head_of("east", 5, 5);
	progress_init(&p, "own");
	set_local(&p, 0, &five, 1);
	struct track *t = progress_find(&p, "east");
	assert_false(track_is_forked(t));
	t->said = 4;
	assert_false(track_is_forked(t));
	t->said = 5;
	assert_true(track_is_forked(t));
	memset(t->said_id, 5, sizeof t->said_id);
	assert_false(track_is_forked(t));
	progress_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tracks_stay_sorted),
	    cmocka_unit_test(a_peer_cannot_name_hubs_for_ever),
	    cmocka_unit_test(what_goes_back_is_said),
	    cmocka_unit_test(charters_are_wanted_before_journals),
	    cmocka_unit_test(told_and_settled_follow_from_the_numbers),
	    cmocka_unit_test(an_equal_digest_means_what_was_told),
	    cmocka_unit_test(forks_show_at_equal_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
