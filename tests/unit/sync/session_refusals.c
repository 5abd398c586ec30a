/* SPDX-License-Identifier: Apache-2.0 */
/* What status is made from: the kind of bad input that ended a session, and what is still to come.
 */
#include "session_model.h"
#include "session_raw.h"

static struct session_event closed(struct session *s)
{
	struct session_event e, last = {.kind = SESSION_NONE};
	while (session_event(s, &e))
		if (e.kind == SESSION_CLOSED)
			last = e;
	assert_int_equal(last.kind, SESSION_CLOSED);
	return last;
}

static void is_refused(struct raw *r, enum refusal want)
{
	struct session_event e = closed(r->session);
	if (e.refused != want)
		fail_msg("%s: counted as %s, not %s", e.text, refusal_name(e.refused),
		    refusal_name(want));
	raw_free(r);
}

static void messages(void **state)
{
	(void)state;
	struct raw r = raw_new(RAW_EQUAL, NULL, 0);
	raw_say(&r, 99, STR("x"));
	is_refused(&r, REFUSED_TYPE);
	r = raw_new(0, NULL, 0);
	raw_say(&r, MESSAGE_PING, STR_EMPTY); /* before HEADS */
	is_refused(&r, REFUSED_UNEXPECTED);
	r = raw_new(RAW_EQUAL | RAW_EDGE, NULL, 0);
	raw_say(&r, MESSAGE_SUBMIT, STR("x"));
	is_refused(&r, REFUSED_UNEXPECTED);
	r = raw_new(RAW_EQUAL, NULL, 0);
	raw_say(&r, MESSAGE_HEADS, STR("\x07"));
	is_refused(&r, REFUSED_MESSAGE);
	r = raw_new(RAW_EQUAL, NULL, 0);
	raw_text(&r, STR("\xff\xff\xff\xff\x0f")); /* a length that no message has */
	is_refused(&r, REFUSED_MESSAGE);
	r = raw_new(RAW_EQUAL, NULL, 0);
	raw_say(&r, MESSAGE_ENTRIES, STR("\x04mena\x01no segment"));
	is_refused(&r, REFUSED_SEGMENT);
	r = raw_new(RAW_EQUAL, NULL, 0);
	say_entries(&r, "mena", 2, 1);
	is_refused(&r, REFUSED_ORDER);
	r = raw_new(RAW_EQUAL, NULL, 0);
	say_entries(&r, "mena", 1, 1);
	say_entries(&r, "mena", 1, 1);
	is_refused(&r, REFUSED_ORDER);
	r = raw_new(RAW_EQUAL, NULL, 0);
	say_heads(&r, "mena", 5);
	say_heads(&r, "mena", 4);
	is_refused(&r, REFUSED_ORDER);
	r = raw_new(RAW_EQUAL | RAW_EDGE, NULL, 0);
	char proof[96] = "\x58"; /* the curve's base point is a good key */
	memset(proof + 1, 0x66, 31);
	raw_say(&r, MESSAGE_PROVE, str_of(proof, sizeof proof));
	is_refused(&r, REFUSED_SIGNATURE);
	r = raw_new(RAW_EQUAL, NULL, 0);
	for (int i = 0; i <= HUBS_MAX; i++) {
		char hub[32];
		snprintf(hub, sizeof hub, "made-up-%d", i);
		say_heads(&r, hub, 1);
	}
	is_refused(&r, REFUSED_LIMIT);
}

static void frames(void **state)
{
	(void)state;
	struct raw r = raw_new(RAW_EQUAL, NULL, 0);
	session_feed(r.session, STR("\0\1x"), 0);
	is_refused(&r, REFUSED_FRAME);
	r = raw_new(RAW_EQUAL, NULL, 0);
	session_feed(r.session, STR("\0\x20................................"), 0);
	is_refused(&r, REFUSED_SEAL);
}

static struct session *one(const uint8_t *expect, int byte)
{
	struct session_config c = {.initiator = expect != NULL, .expect_key = expect, .hub = "a"};
	struct local_state l = raw_state(NULL, 0);
	memset(c.link_secret, byte, sizeof c.link_secret);
	return session_new(&c, &l, 0);
}

static void handshakes(void **state)
{
	(void)state;
	uint8_t key[LINK_KEY_BYTES] = {1};
	struct session *s = one(key, 0x31);
	session_feed(s,
	    STR("\0\x60................................................"
		"................................................"),
	    0);
	assert_int_equal(closed(s).refused, REFUSED_HANDSHAKE);
	session_free(s);
	s = one(NULL, 0x31);
	session_tick(s, HANDSHAKE_TIMEOUT_MS);
	assert_int_equal(closed(s).refused, REFUSED_LATE);
	session_free(s);
	s = one(NULL, 0x31);
	session_close(s, "the daemon stops", false);
	assert_int_equal(closed(s).refused, REFUSED_NOTHING);
	session_free(s);

	/* Somebody else than the hub that was dialled. */
	struct session *to = one(NULL, 0x31), *from = one(key, 0x32);
	for (int i = 0; i < 4; i++) {
		struct session *a = i % 2 ? to : from, *b = i % 2 ? from : to;
		struct str out = session_output(a);
		session_feed(b, out, 0);
		session_sent(a, out.len);
	}
	session_free(to);
	assert_int_equal(closed(from).refused, REFUSED_KEY);
	session_free(from);
}

static void names_are_whole(void **state)
{
	(void)state;
	for (int i = 0; i < REFUSALS; i++) {
		assert_true(str_is_slug(str_from(refusal_name((enum refusal)i))));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(
			    refusal_name((enum refusal)i), refusal_name((enum refusal)k));
	}
}

/* What is to come is unknown until something came; then as many as those, of this journal first. */
static void bytes_to_come(void **state)
{
	(void)state;
	struct raw r = raw_new(0, NULL, 0);
	struct session_counts c;
	struct session_journal j;
	session_counts(r.session, &c);
	assert_true(c.is_to_come_known);
	assert_int_equal(c.to_come, 0);
	assert_false(session_journal(r.session, 0, &j));
	say_heads(&r, "east", 10);
	session_counts(r.session, &c);
	assert_int_equal(c.behind, 10);
	assert_false(c.is_to_come_known);
	say_entries(&r, "east", 1, 4);
	session_counts(r.session, &c);
	assert_int_equal(c.behind, 10); /* none of it is durable */
	assert_true(c.is_to_come_known);
	const struct track *t = progress_find(&r.session->progress, "east");
	assert_int_equal(t->got, 4);
	assert_in_range(t->got_bytes, 4, 200);
	assert_int_equal(c.to_come, 6 * t->got_bytes / 4);
	uint64_t east = c.to_come, mean = t->got_bytes;
	say_heads(&r, "west", 4); /* of which nothing came: as large as the others' */
	session_counts(r.session, &c);
	assert_int_equal(c.to_come, east + mean);
	assert_true(session_journal(r.session, 1, &j));
	assert_string_equal(j.hub, "west");
	assert_int_equal(j.behind, 4);
	assert_int_equal(j.to_come, mean);
	assert_true(session_journal(r.session, 0, &j));
	assert_string_equal(j.hub, "east");
	assert_int_equal(j.peer, 10);
	assert_int_equal(j.local, 0);
	assert_int_equal(j.to_come, east);
	assert_false(session_journal(r.session, 2, &j));
	raw_free(&r);
}

/* The other way: what the peer lacks, and what of it waits to be sent. */
static void bytes_to_send(void **state)
{
	(void)state;
	struct head have = {.hub = "east", .seq = 10};
	struct raw r = raw_new(0, &have, 1);
	struct session_counts c;
	struct session_want w;
	struct str entries[] = {STR("one entry"), STR("another one")};
	raw_say(&r, MESSAGE_HEADS, STR("\0"));
	session_sent(r.session, session_output(r.session).len);
	session_counts(r.session, &c);
	assert_int_equal(c.peer_behind, 10);
	assert_false(c.is_to_send_known);
	assert_true(session_want(r.session, &w));
	session_put_entries(r.session, "east", 1, entries, 2);
	const struct track *t = progress_find(&r.session->progress, "east");
	assert_int_equal(t->put, 2);
	session_sent(r.session, session_output(r.session).len);
	session_counts(r.session, &c);
	assert_true(c.is_to_send_known);
	assert_int_equal(c.to_send, 8 * t->put_bytes / 2);
	raw_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(messages),
	    cmocka_unit_test(frames),
	    cmocka_unit_test(handshakes),
	    cmocka_unit_test(names_are_whole),
	    cmocka_unit_test(bytes_to_come),
	    cmocka_unit_test(bytes_to_send),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
