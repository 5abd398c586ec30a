/* SPDX-License-Identifier: Apache-2.0 */
/* A side without room is sent charters, and no entries until it says so. */
#include "session_model.h"
#include "session_raw.h"

static void say_hold(struct raw *r, bool is_held)
{
	struct buf b = BUF_INIT;
	hold_write(&b, is_held);
	raw_say(r, MESSAGE_HOLD, buf_str(&b));
	buf_release(&b);
}

/* The events of one kind that wait, and the last one's number. */
static int events_of(struct raw *r, enum session_event_kind kind, uint64_t *seq)
{
	struct session_event e;
	int n = 0;
	while (session_event(r->session, &e))
		if (e.kind == kind) {
			n++;
			*seq = e.seq;
		}
	return n;
}

static void peer_without_room(void **state)
{
	(void)state;
	struct head have = {.hub = "east", .seq = 3};
	struct raw r = raw_new(0, &have, 1);
	struct session_want w;
	struct session_counts c;
	uint64_t seq = 9;
	raw_say(&r, MESSAGE_HEADS, STR("\0"));
	assert_true(session_want(r.session, &w));
	say_hold(&r, true);
	assert_int_equal(events_of(&r, SESSION_HELD, &seq), 1);
	assert_int_equal(seq, 1);
	assert_true(session_is_held(r.session));
	assert_false(session_want(r.session, &w));
	say_hold(&r, true); /* once more is no news */
	assert_int_equal(events_of(&r, SESSION_HELD, &seq), 0);
	session_counts(r.session, &c);
	assert_int_equal(c.peer_behind, 3);
	struct local_state l = raw_state(&have, 1); /* a new charter goes all the same */
	l.charter = 3;
	session_local(r.session, &l);
	assert_true(session_want(r.session, &w));
	assert_true(w.is_charter);
	session_put_charter(r.session, 3, STR("charter 3"));
	assert_false(session_want(r.session, &w));
	assert_int_equal(events_of(&r, SESSION_IN_SYNC, &seq), 0);
	say_hold(&r, false);
	assert_int_equal(events_of(&r, SESSION_HELD, &seq), 1);
	assert_int_equal(seq, 0);
	assert_true(session_want(r.session, &w));
	assert_string_equal(w.hub, "east");
	assert_int_equal(w.from, 1);
	raw_free(&r);
}

static void count_holds(struct raw *r, int *on, int *off)
{
	struct buf wire = BUF_INIT;
	raw_listen(r, &wire);
	struct str rest = buf_str(&r->heard), body;
	uint8_t type = 0;
	struct err err;
	*on = *off = 0;
	while (message_take(&type, &body, &rest, &err) == TAKE_DONE)
		if (type == MESSAGE_HOLD) {
			assert_int_equal(body.len, 1);
			*(body.ptr[0] ? on : off) += 1;
		}
	buf_reset(&r->heard);
	buf_release(&wire);
}

static void we_without_room(void **state)
{
	(void)state;
	struct raw r = raw_new(0, NULL, 0);
	int on, off;
	session_hold(r.session, false); /* so it is anyway */
	count_holds(&r, &on, &off);
	assert_int_equal(on + off, 0);
	session_hold(r.session, true);
	session_hold(r.session, true);
	count_holds(&r, &on, &off);
	assert_int_equal(on, 1);
	session_hold(r.session, false);
	count_holds(&r, &on, &off);
	assert_int_equal(off, 1);
	session_close(r.session, "done", false);
	session_hold(r.session, true);
	count_holds(&r, &on, &off);
	assert_int_equal(on, 0);
	raw_free(&r);
}

static void odd_bodies(void **state)
{
	(void)state;
	const struct str bad[] = {STR(""), STR("\2"), STR("\xff"), STR("\1\1")};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct raw r = raw_new(RAW_EQUAL, NULL, 0);
		struct session_event e, last = {.kind = SESSION_NONE};
		raw_say(&r, MESSAGE_HOLD, bad[i]);
		while (session_event(r.session, &e))
			last = e;
		assert_int_equal(last.kind, SESSION_CLOSED);
		assert_true(last.is_fault);
		assert_non_null(strstr(last.text, "HOLD: it is one byte, 0 or 1"));
		raw_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(peer_without_room),
	    cmocka_unit_test(we_without_room),
	    cmocka_unit_test(odd_bodies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
