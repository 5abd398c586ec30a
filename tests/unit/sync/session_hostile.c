/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a peer may not do ends the session with a sentence, and nothing of it reaches the driver:
 * messages in the wrong state or role, lengths that lie, garbage, bytes that end anywhere.
 */
#include "session_fault.h"

/* Each type in each state where it may not come. */
static void every_message_in_the_wrong_state(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		bool is_known = message_name(type) != NULL;
		struct raw r = raw_new(0, NULL, 0);
		char want[80];
		take(&r);
		raw_say(&r, type, STR_EMPTY);
		if (type == MESSAGE_BYE || type >= MESSAGE_IF_KNOWN) {
			struct tally t = take(&r);
			assert_int_equal(t.of[SESSION_CLOSED], type == MESSAGE_BYE);
			assert_false(t.is_fault);
			raw_free(&r);
			continue;
		}
		if (type == MESSAGE_HEADS)
			snprintf(want, sizeof want, "HEADS: a count that is missing");
		else if (type == MESSAGE_WANT)
			snprintf(want, sizeof want, "WANT: it says neither 1");
		else if (type == MESSAGE_SCOPE)
			snprintf(want, sizeof want, "SCOPE: a hub wants everything");
		else if (is_known)
			snprintf(want, sizeof want, "unexpected %s in MEETING", message_name(type));
		else
			snprintf(want, sizeof want, "the unknown type %u", type);
		assert_fault(&r, want);
	}
}

/* Of a later version: before SCOPE and HEADS, between entries, large and in pieces. */
static void what_may_be_passed_over_is(void **state)
{
	(void)state;
	struct raw r = raw_new(RAW_EDGE, NULL, 0);
	struct buf much = BUF_INIT, scope = BUF_INIT;
	for (size_t i = 0; i < MESSAGE_BYTES_MAX - 1; i++)
		buf_u8(&much, (uint8_t)i);
	take(&r);
	raw_say(&r, MESSAGE_IF_KNOWN, buf_str(&much));
	scope_write(&scope, &(struct scope){.is_lacking = true});
	raw_say(&r, MESSAGE_SCOPE, buf_str(&scope));
	raw_say(&r, 255, STR("?"));
	say_heads(&r, "raw", 2);
	raw_say(&r, 200, STR_EMPTY);
	struct tally t = take(&r);
	assert_int_equal(t.of[SESSION_CLOSED], 0);
	assert_non_null(session_peer_scope(r.session));
	raw_free(&r);

	r = raw_new(0, NULL, 0);
	take(&r);
	say_heads(&r, "raw", 2);
	say_entries(&r, "raw", 1, 1);
	raw_say(&r, 128, buf_str(&much));
	say_entries(&r, "raw", 2, 1);
	t = take(&r);
	assert_int_equal(t.of[SESSION_ENTRIES], 2);
	assert_int_equal(t.of[SESSION_CLOSED], 0);
	buf_u8(&much, 0); /* no type may be longer than any other */
	raw_say(&r, 128, buf_str(&much));
	assert_fault(&r, "a message longer than");
	buf_release(&much);
	buf_release(&scope);
}

static void roles_are_kept(void **state)
{
	(void)state;
	static const struct {
		int how;
		unsigned type;
		const char *why;
	} row[] = {
	    {RAW_EQUAL, MESSAGE_PROVE, "only an edge proves"},
	    {RAW_EQUAL | RAW_EDGE | RAW_SESSION_IS_EDGE, MESSAGE_PROVE, "only an edge proves"},
	    {RAW_EQUAL | RAW_SESSION_IS_EDGE, MESSAGE_PROVE, "only an edge proves"},
	    {RAW_EQUAL | RAW_EDGE, MESSAGE_PROVE, "PROVE: it must be 96 bytes"},
	    {RAW_EQUAL | RAW_EDGE, MESSAGE_SUBMIT, "SUBMIT: no member was proved"},
	    {RAW_EQUAL, MESSAGE_SUBMIT, "SUBMIT: no member was proved"},
	    {RAW_EQUAL | RAW_SESSION_IS_EDGE, MESSAGE_NOTICE, "NOTICE: it is for members"},
	    {RAW_EQUAL | RAW_EDGE, MESSAGE_NOTICE, "NOTICE: it is for members"},
	    {RAW_EQUAL, MESSAGE_PING, "PING: it has a body"},
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct raw r = raw_new(row[i].how, NULL, 0);
		take(&r);
		raw_say(&r, row[i].type, STR("x"));
		assert_fault(&r, row[i].why);
	}
}

static void lying_lengths(void **state)
{
	(void)state;
	static const struct {
		struct str text;
		const char *why;
	} row[] = {
	    {{"\0", 1}, "a message of no bytes"},
	    {{"\xff\xff\xff\xff\x0f", 5}, "a message longer than"},
	    {{"\x0b\3\4east\1\7abc", 12}, "ENTRIES: a segment has form 7"},
	    {{"\x0b\3\4east\1\1\0bc", 12}, "ENTRIES: a segment's head is cut short"},
	    {{"\x0b\3\4east\1\2abc", 12}, "ENTRIES: a segment goes on from one that"},
	    {{"\x0d\3\4east\1\1\xff\xff\x7fz", 14}, "says that it holds 2097151"},
	    {{"\x0b\3\4east\1\1abc", 12}, "ENTRIES: a segment's compressed bytes are damaged"},
	    {{"\x04\1\2\0\1", 5}, "HEADS: head 1: its id is cut short"},
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct raw r = raw_new(RAW_EQUAL, NULL, 0);
		take(&r);
		raw_text(&r, row[i].text);
		assert_fault(&r, row[i].why);
	}
}

static void garbage_after_the_handshake(void **state)
{
	(void)state;
	static const struct {
		struct str wire;
		const char *why;
	} row[] = {
	    {{"\0\0", 2}, "a frame of 0 bytes"},
	    {{"\0\20", 2}, "a frame of 16 bytes, where 17 to 65535"},
	    {{"\0\21abcdefghijklmnopq", 19}, ""},
	};
	for (size_t i = 0; i < 3; i++) {
		struct raw r = raw_new(RAW_EQUAL, NULL, 0);
		take(&r);
		session_feed(r.session, row[i].wire, 0);
		assert_fault(&r, row[i].why);
	}
	struct raw r = raw_new(RAW_EQUAL, NULL, 0); /* a good frame, replayed */
	struct buf wire = BUF_INIT;
	take(&r);
	buf_u16(&wire, 2 + NOISE_TAG_BYTES);
	noise_encrypt(r.noise, &wire, STR("\1\10"));
	session_feed(r.session, buf_str(&wire), 0);
	assert_int_equal(take(&r).of[SESSION_CLOSED], 0);
	session_feed(r.session, buf_str(&wire), 0);
	assert_fault(&r, "");
	buf_release(&wire);
}

/* Cut everything one side says after each byte: no event of a message that is not whole, no fault,
 * no reading past the end. */
static void truncated_at_every_byte(void **state)
{
	(void)state;
	struct head have[] = {sample_head("east", 5)};
	struct raw whole = raw_new(0, have, 1);
	size_t length = 0;
	for (size_t n = 0; n == 0 || n < length; n++) {
		struct raw r = raw_new(0, have, 1);
		struct buf text = BUF_INIT, body = BUF_INIT, wire = BUF_INIT;
		body_heads(&body, "raw", 2);
		buf_varint(&text, body.len + 1);
		buf_u8(&text, MESSAGE_HEADS);
		buf_add(&text, buf_str(&body));
		buf_reset(&body);
		body_entries(&body, "raw", 1, STR("one"), 2);
		buf_varint(&text, body.len + 1);
		buf_u8(&text, MESSAGE_ENTRIES);
		buf_add(&text, buf_str(&body));
		for (size_t at = 0; at < text.len; at += 7) {
			struct str part = str_sub(buf_str(&text), at, 7);
			buf_u16(&wire, (uint16_t)(part.len + NOISE_TAG_BYTES));
			noise_encrypt(r.noise, &wire, part);
		}
		length = wire.len;
		struct buf cut =
		    BUF_INIT; /* its own block, so that a sanitizer sees a byte too far */
		buf_add(&cut, str_sub(buf_str(&wire), 0, n));
		take(&r);
		session_feed(r.session, buf_str(&cut), 0);
		struct tally t = take(&r);
		assert_int_equal(t.of[SESSION_ENTRIES], 0);
		assert_int_equal(t.of[SESSION_CLOSED], 0);
		session_feed(r.session, str_sub(buf_str(&wire), n, wire.len), 0);
		assert_int_equal(take(&r).of[SESSION_ENTRIES], 1);
		buf_release(&cut);
		buf_release(&text);
		buf_release(&body);
		buf_release(&wire);
		raw_free(&r);
	}
	raw_free(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_message_in_the_wrong_state),
	    cmocka_unit_test(what_may_be_passed_over_is),
	    cmocka_unit_test(roles_are_kept),
	    cmocka_unit_test(lying_lengths),
	    cmocka_unit_test(garbage_after_the_handshake),
	    cmocka_unit_test(truncated_at_every_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
