/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a peer says that it holds, wants and refuses: what is so is believed, and what contradicts
 * what it said before, or could have no end, is a fault.
 */
#include "session_fault.h"

static void honest_peer_is_heard(void **state)
{
	(void)state;
	for (int how = 0; how < 2; how++) {
		struct raw r = raw_new(how ? RAW_SESSION_DIALS : 0, NULL, 0);
		struct tally t = take(&r);
		assert_int_equal(t.of[SESSION_UP], 1);
		assert_int_equal(t.of[SESSION_IN_SYNC], 0);
		say_heads(&r, "raw", 3);
		say_entries(&r, "raw", 1, 3);
		say_entries(&r, "other", 1, 1);
		t = take(&r);
		assert_int_equal(t.of[SESSION_ENTRIES], 2);
		assert_int_equal(t.of[SESSION_CLOSED], 0);
		assert_string_equal(t.last.hub, "other");
		struct session_counts c;
		session_counts(r.session, &c);
		assert_int_equal(c.behind, 4);
		raw_free(&r);
	}
}

/* Our first HEADS has every journal, and the charter only where the hello has not told it. */
static void first_heads_repeat_nothing(void **state)
{
	(void)state;
	struct head have[] = {sample_head("east", 5)};
	struct raw r = raw_new(0, have, 1);
	struct str rest = buf_str(&r.heard), body;
	struct short_head heads[MESSAGE_HEADS_MAX];
	struct err err;
	uint8_t type;
	size_t n;
	assert_int_equal(message_take(&type, &body, &rest, &err), TAKE_DONE);
	assert_int_equal(type, MESSAGE_HEADS);
	assert_int_equal(heads_read(heads, &n, body, &err), 0);
	assert_int_equal(n, 1);
	assert_string_equal(heads[0].hub, "east");
	assert_int_equal(heads[0].seq, 5);
	assert_int_equal(rest.len, 0);
	raw_free(&r);
}

/* The driver asks, the peer says that it has got it elsewhere, the driver answers late. */
static void what_the_peer_holds_by_now_is_left_out(void **state)
{
	(void)state;
	struct head have[] = {sample_head("east", 5)};
	struct str entries[5] = {STR("1"), STR("2"), STR("3"), STR("4"), STR("5")};
	struct session_want want;
	struct raw r = raw_new(0, have, 1);
	take(&r);
	struct local_state l = raw_state(have, 1);
	l.charter = 4;
	session_local(r.session, &l);
	say_heads(&r, "east", 1);
	assert_true(session_want(r.session, &want) && want.is_charter && want.from == 3);
	say_heads(&r, "", 3);
	session_put_charter(r.session, 3, STR("three"));
	assert_true(session_want(r.session, &want) && want.is_charter && want.from == 4);
	session_put_charter(r.session, 4, STR("four"));
	assert_true(session_want(r.session, &want) && !want.is_charter && want.from == 2);
	say_heads(&r, "east", 3);
	session_put_entries(r.session, "east", 2, entries + 1, 1);
	session_put_entries(r.session, "east", 1, entries, 4);
	assert_true(session_want(r.session, &want) && want.from == 5);
	/* The store may be ahead of what session_local() told. */
	session_put_entries(r.session, "east", 5, entries, 5);
	assert_false(session_want(r.session, &want));
	struct head grown[] = {sample_head("east", 9)};
	l.heads = grown;
	session_local(r.session, &l);
	assert_true(session_want(r.session, &want) && want.from == 6 && want.to == 9);
	buf_reset(&r.heard);
	raw_listen(&r, &r.heard);
	int charters = 0, nentries = 0;
	struct str rest = buf_str(&r.heard), body;
	struct segment_reader *reader = segment_reader_new();
	uint8_t type;
	struct err err;
	while (message_take(&type, &body, &rest, &err) == TAKE_DONE) {
		bool is_charter = type == MESSAGE_CHARTER;
		if (!is_charter && type != MESSAGE_ENTRIES)
			continue;
		char hub[HUB_NAME_BYTES];
		uint64_t from;
		struct str segment;
		struct buf raw = BUF_INIT;
		size_t count;
		int rc = is_charter ? charter_body_read(&from, &segment, body, &err)
				    : entries_read(hub, &from, &segment, body, &err);
		assert_int_equal(rc, 0);
		assert_int_equal(segment_read(reader, segment, &raw, &count, &err), 0);
		charters += is_charter;
		assert_true(is_charter || from == (uint64_t)(4 + nentries));
		nentries += is_charter ? 0 : (int)count;
		buf_release(&raw);
	}
	assert_int_equal(charters, 1);
	segment_reader_free(reader);
	assert_int_equal(nentries, 2);
	assert_int_equal(take(&r).of[SESSION_CLOSED], 0);
	raw_free(&r);
}

/* Once the only journal that differs is refused, the rest is in sync. */
static void a_refusal_may_settle(void **state)
{
	(void)state;
	struct raw r = raw_new(RAW_EQUAL, NULL, 0);
	say_entries(&r, "east", 1, 2);
	assert_int_equal(take(&r).of[SESSION_IN_SYNC], 1);
	say_entries(&r, "west", 1, 1);
	session_refuse(r.session, "east", 1);
	assert_int_equal(take(&r).of[SESSION_IN_SYNC], 0);
	session_refuse(r.session, "west", 1);
	assert_int_equal(take(&r).of[SESSION_IN_SYNC], 1);
	raw_free(&r);
}

/* We see a fork in the peer's HEADS, but it has moved on and sees none: it must be told. */
static void a_fork_that_one_side_sees(void **state)
{
	(void)state;
	struct head have[] = {sample_head("east", 5)};
	struct short_head theirs = {.hub = "east", .seq = 5, .id = "another"};
	struct buf b = BUF_INIT;
	struct raw r = raw_new(0, have, 1);
	take(&r);
	heads_write(&b, &theirs, 1);
	raw_say(&r, MESSAGE_HEADS, buf_str(&b));
	struct tally t = take(&r);
	assert_int_equal(t.of[SESSION_DISPUTED], 1);
	assert_string_equal(t.last.hub, "");
	assert_int_equal(t.of[SESSION_IN_SYNC], 1); /* apart from that journal */
	buf_reset(&r.heard);
	buf_reset(&b);
	raw_listen(&r, &r.heard);
	refuse_write(&b, "east", 5);
	struct str rest = buf_str(&r.heard), body;
	uint8_t type;
	struct err err;
	assert_int_equal(message_take(&type, &body, &rest, &err), TAKE_DONE);
	assert_int_equal(type, MESSAGE_REFUSE);
	assert_true(str_eq(body, buf_str(&b)));
	assert_int_equal(rest.len, 0);
	buf_release(&b);
	raw_free(&r);
}

static void gaps_and_repeats(void **state)
{
	(void)state;
	struct head have[] = {sample_head("east", 5)};
	struct raw r = raw_new(RAW_EQUAL, have, 1);
	take(&r);
	say_entries(&r, "east", 7, 1);
	assert_fault(&r, "ENTRIES: 'east' 7 came where 6 is next");

	r = raw_new(RAW_EQUAL, have, 1);
	say_entries(&r, "east", 6, 2);
	take(&r);
	say_entries(&r, "east", 9, 1); /* against what came, not what is durable */
	assert_fault(&r, "'east' 9 came where 8 is next");

	r = raw_new(RAW_EQUAL, have, 1);
	say_entries(&r, "east", 6, 2);
	take(&r);
	say_entries(&r, "east", 7, 2);
	assert_fault(&r, "'east' 7 was sent before");

	r = raw_new(RAW_EQUAL, have, 1);
	take(&r);
	say_entries(&r, "new", 2, 1);
	assert_fault(&r, "'new' 2 came where 1 is next");

	r = raw_new(RAW_EQUAL, have, 1);
	say_entries(&r, "east", 4, 5); /* two of them are here */
	struct tally t = take(&r);
	assert_int_equal(t.of[SESSION_ENTRIES], 1);
	assert_int_equal(t.last.seq, 6);
	assert_int_equal(t.of[SESSION_CLOSED], 0);
	struct buf charter = BUF_INIT;
	struct buf segment = BUF_INIT;
	lone_segment(&segment, STR("charter 4"), 1);
	charter_body_write(&charter, 4, buf_str(&segment));
	buf_release(&segment);
	raw_say(&r, MESSAGE_CHARTER, buf_str(&charter));
	buf_release(&charter);
	assert_fault(&r, "CHARTER: '' 4 came where 3 is next");
}

static void heads_that_go_back(void **state)
{
	(void)state;
	struct raw r = raw_new(0, NULL, 0);
	say_heads(&r, "raw", 9);
	take(&r);
	say_heads(&r, "raw", 8);
	assert_fault(&r, "HEADS: 'raw' goes back from 9 to 8");
	r = raw_new(0, NULL, 0);
	take(&r);
	say_heads(&r, "", 1); /* the hello said 2 */
	assert_fault(&r, "HEADS: '' goes back from 2 to 1");
}

static void a_peer_that_names_hubs_for_ever(void **state)
{
	(void)state;
	struct raw r = raw_new(RAW_EQUAL, NULL, 0);
	take(&r);
	for (int i = 0; i < HUBS_MAX; i++) {
		char name[HUB_NAME_BYTES];
		snprintf(name, sizeof name, "hub-%d", i);
		say_heads(&r, name, 1);
	}
	assert_int_equal(take(&r).of[SESSION_CLOSED], 0);
	say_entries(&r, "one-more", 1, 1);
	assert_fault(&r, "more than 256 hubs");
}

static void refusing_what_was_never_named(void **state)
{
	(void)state;
	struct head have[] = {sample_head("east", 5)};
	struct buf b = BUF_INIT;
	struct raw r = raw_new(RAW_EQUAL, have, 1);
	take(&r);
	refuse_write(&b, "east", 5);
	raw_say(&r, MESSAGE_REFUSE, buf_str(&b));
	raw_say(&r, MESSAGE_REFUSE, buf_str(&b)); /* late, and harmless */
	struct tally t = take(&r);
	assert_int_equal(t.of[SESSION_DISPUTED], 1);
	assert_int_equal(t.of[SESSION_CLOSED], 0);
	say_entries(&r, "east", 6, 1); /* under way, not taken in */
	assert_int_equal(take(&r).of[SESSION_ENTRIES], 0);
	buf_reset(&b);
	refuse_write(&b, "nowhere", 5);
	raw_say(&r, MESSAGE_REFUSE, buf_str(&b));
	assert_fault(&r, "REFUSE: 'nowhere' is no journal");
	buf_release(&b);
}

static void wanting(void **state)
{
	(void)state;
	const struct {
		struct str body;
		const char *why;
	} row[] = {
	    {STR(""), "WANT: it says neither 1"},
	    {STR("\3"), "WANT: it says neither 1"},
	    {STR("\1\4eas"), "ends within a hub's name"},
	    {STR("\1\4east\0"), "the charter is sent unasked"},
	    {STR("\0\4EAST"), "that is no name"},
	};
	struct head have[] = {sample_head("east", 5), sample_head("tested", 5)};
	struct session_want want;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct raw r = raw_new(RAW_EQUAL, have, 2);
		take(&r);
		raw_say(&r, MESSAGE_WANT, row[i].body);
		assert_fault(&r, row[i].why);
	}
	struct raw r = raw_new(RAW_EQUAL, have, 2);
	take(&r);
	have[0] = sample_head("east", 7);
	have[1] = sample_head("tested", 7);
	struct local_state l = raw_state(have, 2);
	session_local(r.session, &l);
	assert_true(session_want(r.session, &want));
	raw_say(&r, MESSAGE_WANT, STR("\0")); /* nothing but its own */
	assert_true(session_want(r.session, &want));
	assert_string_equal(want.hub, "tested");
	raw_say(&r, MESSAGE_WANT, STR("\0\6tested"));
	assert_false(session_want(r.session, &want));
	raw_say(&r, MESSAGE_WANT, STR("\1\4east\7nowhere"));
	raw_say(&r, MESSAGE_WANT, STR("\1\4east")); /* again, and harmless */
	assert_true(session_want(r.session, &want));
	assert_string_equal(want.hub, "east");
	assert_int_equal(want.from, 6);
	raw_say(&r, MESSAGE_WANT, STR("\1")); /* all of it: forgets what was said of each */
	raw_say(&r, MESSAGE_WANT, STR("\0"));
	assert_true(session_want(r.session, &want));
	assert_string_equal(want.hub, "tested");
	assert_int_equal(take(&r).of[SESSION_CLOSED], 0);
	raw_free(&r);

	r = raw_new(RAW_EQUAL, have, 2);
	take(&r);
	for (int i = 0; i < HUBS_MAX; i++) {
		struct buf b = BUF_INIT;
		char name[HUB_NAME_BYTES];
		int n = snprintf(name, sizeof name, "x%d", i);
		struct str s = str_of(name, (size_t)n);
		want_write(&b, i % 2 ? WANT_ENTRIES : WANT_NEWS, &s, 1);
		raw_say(&r, MESSAGE_WANT, buf_str(&b));
		buf_release(&b);
	}
	assert_int_equal(take(&r).of[SESSION_CLOSED], 0);
	raw_say(&r, MESSAGE_WANT, STR("\1\1y"));
	assert_fault(&r, "named more than 256 hubs");
}

/* It is an edge's to say, first of all, and once. */
static void a_scope_out_of_place(void **state)
{
	(void)state;
	const struct {
		int how;
		const char *why;
		unsigned before; /* a message that comes first; 0: none */
		struct str body;
	} row[] = {
	    {RAW_EDGE | RAW_EQUAL, NULL, 0, STR("\0\0\1fr")},
	    {RAW_EDGE, NULL, 0, STR("\0\0\1fr")},
	    {RAW_EQUAL, "a hub wants everything", 0, STR("\0\0\1fr")},
	    {0, "a hub wants everything", 0, STR("\0\0\1fr")},
	    {RAW_EDGE | RAW_EQUAL, "does not come first", MESSAGE_PING, STR("\0\0\1fr")},
	    {RAW_EDGE | RAW_EQUAL, "does not come first", MESSAGE_SCOPE, STR("\0\0\0")},
	    {RAW_EDGE, "does not come first", MESSAGE_SCOPE, STR("\0\0\0")},
	    {RAW_EDGE | RAW_EQUAL, "SCOPE: it says neither 1", 0, STR("\7\0\0")},
	    {RAW_EDGE | RAW_EQUAL, "SCOPE: its types and languages", 0, STR("\0\0\1f")},
	    {RAW_EDGE | RAW_EQUAL, "SCOPE: 1 bytes more", 0, STR("\0\0\0\0")},
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct raw r = raw_new(row[i].how, NULL, 0);
		take(&r);
		if (row[i].before)
			raw_say(&r, row[i].before,
			    row[i].before == MESSAGE_SCOPE ? STR("\0\0\0") : STR_EMPTY);
		raw_say(&r, MESSAGE_SCOPE, row[i].body);
		if (row[i].why) {
			assert_fault(&r, row[i].why);
			continue;
		}
		assert_int_equal(take(&r).of[SESSION_CLOSED], 0);
		assert_true(r.session->peer_has_scope);
		raw_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(honest_peer_is_heard),
	    cmocka_unit_test(first_heads_repeat_nothing),
	    cmocka_unit_test(what_the_peer_holds_by_now_is_left_out),
	    cmocka_unit_test(a_refusal_may_settle),
	    cmocka_unit_test(a_fork_that_one_side_sees),
	    cmocka_unit_test(gaps_and_repeats),
	    cmocka_unit_test(heads_that_go_back),
	    cmocka_unit_test(a_peer_that_names_hubs_for_ever),
	    cmocka_unit_test(refusing_what_was_never_named),
	    cmocka_unit_test(wanting),
	    cmocka_unit_test(a_scope_out_of_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
