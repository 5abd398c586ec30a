/* SPDX-License-Identifier: Apache-2.0 */
/* Journals for members move once both sides have opened them; before that nothing is said of them,
 * and a peer that says something is cut off. */
#include "session_model.h"
#include "session_raw.h"

static void say_members(struct raw *r, bool is_open, const char *hub, uint64_t seq)
{
	struct short_head h = {.seq = seq};
	struct buf b = BUF_INIT;
	snprintf(h.hub, sizeof h.hub, "%s", hub);
	memset(h.id, (int)seq, SHORT_ID_BYTES);
	members_write(&b, is_open, &h, seq > 0);
	raw_say(r, MESSAGE_MEMBERS, buf_str(&b));
	buf_release(&b);
}

/* Returns why it ended, "" where it did not; counts SESSION_IN_SYNC. */
static const char *ended(struct raw *r, int *in_sync)
{
	static char why[600];
	struct session_event e;
	why[0] = 0;
	while (session_event(r->session, &e)) {
		*in_sync += e.kind == SESSION_IN_SYNC;
		if (e.kind == SESSION_CLOSED)
			snprintf(why, sizeof why, "%s", e.text);
		assert_int_not_equal(e.kind, SESSION_ENTRIES);
	}
	return why;
}

/* Does anything that we say bear that name? */
static bool names(struct raw *r, const char *name)
{
	struct buf wire = BUF_INIT;
	buf_reset(&r->heard);
	raw_listen(r, &wire);
	bool has = memmem(r->heard.ptr, r->heard.len, name, strlen(name));
	buf_release(&wire);
	return has;
}

static struct raw begin(const struct head *heads, size_t n)
{
	struct raw r = raw_new(0, heads, n);
	raw_say(&r, MESSAGE_HEADS, STR("\0"));
	return r;
}

/* Whatever it opens to us, more than we hold or another branch, opens nothing here. */
static void nothing_is_said_to_strangers(void **state)
{
	(void)state;
	for (int is_fork = 0; is_fork < 2; is_fork++) {
		struct head both[] = {sample_head("+east", 2), sample_head("east", 3)};
		both[0].id.bytes[0] ^= (uint8_t)is_fork;
		struct raw r = begin(&both[1], 1);
		struct local_state l = raw_state(both, 2);
		struct session_want w;
		int in_sync = 0;
		session_local(r.session, &l);
		say_members(&r, true, "+east", is_fork ? 2 : 4);
		session_local(r.session, &l);
		assert_true(session_want(r.session, &w));
		assert_string_equal(w.hub, "east");
		assert_false(names(&r, "+east"));
		say_heads(&r, "east", 3);
		assert_false(session_want(r.session, &w));
		assert_string_equal(ended(&r, &in_sync), "");
		assert_int_equal(in_sync, 1); /* what is shut does not count */
		assert_false(names(&r, "+east"));
		raw_free(&r);
	}
}

static void strangers_may_not_say_anything(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct head have = sample_head("east", 3);
		struct raw r = begin(&have, 1);
		struct buf b = BUF_INIT;
		int in_sync = 0;
		if (i == 3)
			say_members(&r, true, "+east", 1);
		assert_string_equal(ended(&r, &in_sync), "");
		if (i == 0)
			say_heads(&r, "+east", 1);
		if (i == 1) {
			struct str name = STR("+east");
			want_write(&b, WANT_ENTRIES, &name, 1);
			raw_say(&r, MESSAGE_WANT, buf_str(&b));
		}
		if (i >= 2) {
			struct segment_writer *writer = segment_writer_new();
			struct str text = STR("entry");
			struct buf segment = BUF_INIT;
			segment_write(writer, &segment, &text, 1);
			entries_write(&b, "+east", 1, buf_str(&segment));
			raw_say(&r, MESSAGE_ENTRIES, buf_str(&b));
			segment_writer_free(writer);
			buf_release(&segment);
		}
		assert_non_null(strstr(ended(&r, &in_sync), "was not opened to this peer"));
		buf_release(&b);
		raw_free(&r);
	}
}

static void both_must_open(void **state)
{
	(void)state;
	struct head both[] = {sample_head("+east", 2), sample_head("east", 3)};
	struct raw r = begin(&both[1], 1);
	struct local_state l = raw_state(both, 2);
	struct session_want w;
	int in_sync = 0;
	say_heads(&r, "east", 3);
	session_local(r.session, &l);
	session_open_members(r.session, true);
	session_await_members(r.session, true);
	assert_true(names(&r, "+east")); /* MEMBERS says how far we hold it */
	assert_false(session_want(r.session, &w));
	ended(&r, &in_sync);
	assert_false(session_is_settled(r.session));
	say_members(&r, true, "+east", 1);
	assert_true(session_want(r.session, &w));
	assert_string_equal(w.hub, "+east");
	assert_int_equal(w.from, 2);
	say_heads(&r, "+east", 2);
	in_sync = 0;
	assert_string_equal(ended(&r, &in_sync), "");
	assert_int_equal(in_sync, 1);
	say_members(&r, true, "+east", 2);
	assert_non_null(strstr(ended(&r, &in_sync), "opened before"));
	raw_free(&r);
}

/* Either may speak first. */
static void branches_are_disputed(void **state)
{
	(void)state;
	for (int is_first = 0; is_first < 2; is_first++) {
		struct head both[] = {sample_head("+east", 2), sample_head("east", 3)};
		both[0].id.bytes[0] ^= 1;
		struct raw r = begin(&both[1], 1);
		struct local_state l = raw_state(both, 2);
		struct session_event e;
		int disputed = 0;
		if (!is_first)
			say_members(&r, true, "+east", 2);
		session_local(r.session, &l);
		session_open_members(r.session, true);
		if (is_first)
			say_members(&r, true, "+east", 2);
		while (session_event(r.session, &e))
			disputed += e.kind == SESSION_DISPUTED && !strcmp(e.hub, "+east");
		assert_int_equal(disputed, 1);
		raw_free(&r);
	}
}

static void a_no_ends_the_waiting(void **state)
{
	(void)state;
	struct head have = sample_head("east", 3);
	struct raw r = begin(&have, 1);
	int in_sync = 0;
	session_await_members(r.session, true);
	say_heads(&r, "east", 3);
	assert_string_equal(ended(&r, &in_sync), "");
	assert_int_equal(in_sync, 0);
	say_members(&r, false, "", 0);
	assert_string_equal(ended(&r, &in_sync), "");
	assert_int_equal(in_sync, 1);
	raw_free(&r);
}

/* It may have come with the handshake's last bytes, before the driver knew of the peer. */
static void a_word_that_came_before(void **state)
{
	(void)state;
	struct head have = sample_head("east", 3);
	struct raw r = begin(&have, 1);
	int in_sync = 0;
	say_members(&r, false, "", 0);
	session_await_members(r.session, true);
	say_heads(&r, "east", 3);
	assert_string_equal(ended(&r, &in_sync), "");
	assert_int_equal(in_sync, 1);
	raw_free(&r);
}

static void rosters_go_first(void **state)
{
	(void)state;
	struct head both[] = {sample_head("+east", 2), sample_head("west", 3)};
	struct raw r = begin(&both[1], 1);
	struct local_state l = raw_state(both, 2);
	struct session_want w;
	session_local(r.session, &l);
	session_open_members(r.session, true);
	say_members(&r, true, "", 0);
	assert_true(session_want(r.session, &w));
	assert_string_equal(w.hub, "west");
	say_heads(&r, "west", 3);
	assert_true(session_want(r.session, &w));
	assert_string_equal(w.hub, "+east");
	raw_free(&r);
}

static void grammar(void **state)
{
	(void)state;
	const struct {
		struct str body;
		const char *why;
	} bad[] = {{STR(""), "missing or above 1"}, {STR("\2"), "missing or above 1"},
	    {STR("\0x"), "bytes more"}, {STR("\1"), "a count"},
	    {STR("\1\1\4east\1........"), "is not for members"},
	    {STR("\1\1\1+\1........"), "is no name"},
	    {STR("\1\1\6++east\1........"), "is no name"}};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct head have = sample_head("east", 3);
		struct raw r = begin(&have, 1);
		int in_sync = 0;
		raw_say(&r, MESSAGE_MEMBERS, bad[i].body);
		const char *why = ended(&r, &in_sync);
		if (!strstr(why, bad[i].why))
			fail_msg("%zu: \"%s\" does not say \"%s\"", i, why, bad[i].why);
		raw_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_said_to_strangers),
	    cmocka_unit_test(strangers_may_not_say_anything),
	    cmocka_unit_test(both_must_open),
	    cmocka_unit_test(branches_are_disputed),
	    cmocka_unit_test(a_no_ends_the_waiting),
	    cmocka_unit_test(a_word_that_came_before),
	    cmocka_unit_test(rosters_go_first),
	    cmocka_unit_test(grammar),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
