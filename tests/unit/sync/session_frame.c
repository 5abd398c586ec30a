/* SPDX-License-Identifier: Apache-2.0 */
/* Frames, messages and their bodies: what is read back, and what is refused before it is waited
 * for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/hash.h"
#include "sync/frame.h"
#include "sync/message.h"

static struct str bytes_of(struct buf *b)
{
	return buf_str(b);
}

static void frame_waits_for_all_its_bytes(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct err err;
	struct str box;
	buf_u16(&b, 20);
	for (int i = 0; i < 25; i++)
		buf_u8(&b, (uint8_t)i);
	for (size_t n = 0; n < 22; n++) {
		struct str part = str_sub(bytes_of(&b), 0, n), rest = part;
		assert_int_equal(frame_take(&box, &rest, 17, 65535, &err), TAKE_WAIT);
		assert_int_equal(rest.len, part.len);
	}
	struct str rest = bytes_of(&b);
	assert_int_equal(frame_take(&box, &rest, 17, 65535, &err), TAKE_DONE);
	assert_int_equal(box.len, 20);
	assert_int_equal(box.ptr[19], 19);
	assert_int_equal(rest.len, 5);
	buf_release(&b);
}

static void frame_length_is_judged_at_once(void **state)
{
	(void)state;
	static const struct {
		const char wire[3];
		size_t least, most;
	} bad[] = {
	    {"\0\0", 17, 65535}, {"\0\20", 17, 65535}, {"\2\1", 32, 512}, {"\0\37", 32, 512}};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err err = {.code = 0};
		struct str box, from = str_of(bad[i].wire, 2);
		assert_int_equal(
		    frame_take(&box, &from, bad[i].least, bad[i].most, &err), ERR_PEER);
		assert_int_equal(err.code, ERR_PEER);
	}
}

static void message_waits_for_all_its_bytes(void **state)
{
	(void)state;
	struct outbox o = {BUF_INIT, BUF_INIT, 0};
	struct buf body = BUF_INIT;
	struct err err;
	for (int i = 0; i < 300; i++)
		buf_u8(&body, 0x80);
	outbox_message(&o, MESSAGE_SUBMIT, buf_str(&body));
	struct str whole = buf_str(&o.text), got;
	uint8_t type;
	assert_int_equal(whole.len, 303);
	for (size_t n = 0; n < whole.len; n++) {
		struct str rest = str_sub(whole, 0, n);
		assert_int_equal(message_take(&type, &got, &rest, &err), TAKE_WAIT);
		assert_int_equal(rest.len, n);
	}
	assert_int_equal(message_take(&type, &got, &whole, &err), TAKE_DONE);
	assert_int_equal(type, MESSAGE_SUBMIT);
	assert_true(str_eq(got, buf_str(&body)));
	assert_int_equal(whole.len, 0);
	buf_release(&body);
	outbox_release(&o);
}

static void message_length_is_judged_at_once(void **state)
{
	(void)state;
	static const struct str bad[] = {
	    {"\0", 1}, /* nothing, not even a type */
	    {"\x80\0", 2}, /* zero in two bytes */
	    {"\x81\x80\0", 3}, /* one in three bytes */
	    {"\x81\xa0\x20", 3}, /* MESSAGE_BYTES_MAX + 1 */
	    {"\xff\xff\xff", 3}, /* goes on where the largest has ended */
	    {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err err = {.code = 0};
		struct str rest = bad[i], body;
		uint8_t type;
		assert_int_equal(message_take(&type, &body, &rest, &err), ERR_PEER);
		assert_int_equal(rest.len, bad[i].len);
	}
	struct err err;
	struct str most = str_of("\x80\xa0\x20", 3), body;
	uint8_t type;
	_Static_assert(MESSAGE_BYTES_MAX == 0x81000, "the bytes above are this number");
	assert_int_equal(message_take(&type, &body, &most, &err), TAKE_WAIT);
}

static struct hello sample_hello(void)
{
	struct hello h = {.charter = 300, .hub = "central"};
	memset(h.incarnation, 0xa1, sizeof h.incarnation);
	memset(h.charter_id, 0xb2, sizeof h.charter_id);
	memset(h.digest.bytes, 0xc3, sizeof h.digest.bytes);
	return h;
}

static void hello_is_read_back_and_bounded(void **state)
{
	(void)state;
	struct hello h = sample_hello(), got;
	struct buf b = BUF_INIT;
	struct err err;
	hello_write(&b, &h);
	assert_int_equal(hello_read(&got, buf_str(&b), &err), 0);
	assert_int_equal(got.charter, 300);
	assert_string_equal(got.hub, "central");
	assert_memory_equal(got.digest.bytes, h.digest.bytes, 32);
	assert_memory_equal(got.charter_id, h.charter_id, 8);
	assert_memory_equal(got.incarnation, h.incarnation, 8);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(hello_read(&got, str_sub(buf_str(&b), 0, n), &err), ERR_PEER);
	buf_u8(&b, 0);
	assert_int_equal(hello_read(&got, buf_str(&b), &err), ERR_PEER);
	buf_reset(&b);
	h.charter = (uint32_t)SEQ_MAX + 1;
	hello_write(&b, &h);
	assert_int_equal(hello_read(&got, buf_str(&b), &err), ERR_PEER);
	b.ptr[0] = 2;
	assert_int_equal(hello_read(&got, buf_str(&b), &err), ERR_UNSUPPORTED);
	assert_non_null(strstr(err.msg, "version 2"));
	buf_release(&b);
}

static void handshake_messages_fit_their_limit(void **state)
{
	(void)state;
	struct hello h = sample_hello();
	struct buf b = BUF_INIT;
	h.charter = SEQ_MAX;
	memset(h.hub, 'x', HUB_NAME_BYTES - 1);
	hello_write(&b, &h);
	assert_true(32 + 48 + b.len + NOISE_TAG_BYTES <= HANDSHAKE_BYTES_MAX);
	buf_release(&b);
}

static void names_must_be_slugs(void **state)
{
	(void)state;
	static const struct str bad[] = {{"\1A\1", 3}, {"\2-a\1", 4}, {"\3a b\1", 5}, {"\2..\1", 4},
	    {"\4a/b\0\1", 6}, {"\5ab", 3}, {"", 0}};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char hub[HUB_NAME_BYTES];
		uint64_t seq;
		struct err err;
		assert_int_equal(refuse_read(hub, &seq, bad[i], &err), ERR_PEER);
	}
	struct buf b = BUF_INIT;
	char hub[HUB_NAME_BYTES];
	uint64_t seq;
	struct err err;
	buf_u8(&b, 65);
	for (int i = 0; i < 65; i++)
		buf_u8(&b, 'a');
	buf_u8(&b, 1);
	assert_int_equal(refuse_read(hub, &seq, buf_str(&b), &err), ERR_PEER);
	buf_drop_front(&b, 2);
	struct buf good = BUF_INIT;
	buf_u8(&good, 64);
	buf_add(&good, buf_str(&b));
	assert_int_equal(refuse_read(hub, &seq, buf_str(&good), &err), 0);
	assert_int_equal(strlen(hub), 64);
	buf_release(&b);
	buf_release(&good);
}

static void heads_are_sorted_counted_and_whole(void **state)
{
	(void)state;
	static const struct short_head three[] = {
	    {"", 4, "charter"}, {"east", 1, "1234567"}, {"west", SEQ_MAX, "7654321"}};
	struct short_head *got = calloc(MESSAGE_HEADS_MAX, sizeof *got),
			  bad[2] = {three[2], three[1]};
	struct buf b = BUF_INIT;
	struct err err;
	size_t n;
	heads_write(&b, three, 3);
	assert_int_equal(heads_read(got, &n, buf_str(&b), &err), 0);
	assert_int_equal(n, 3);
	assert_memory_equal(got, three, sizeof three);
	for (size_t k = 0; k < b.len; k++)
		assert_int_equal(heads_read(got, &n, str_sub(buf_str(&b), 0, k), &err), ERR_PEER);
	buf_u8(&b, 0);
	assert_int_equal(heads_read(got, &n, buf_str(&b), &err), ERR_PEER);
	buf_reset(&b);
	heads_write(&b, bad, 2);
	assert_int_equal(heads_read(got, &n, buf_str(&b), &err), ERR_PEER);
	assert_string_equal(err.msg, "head 2: 'east' does not come after 'west'");
	bad[0] = bad[1];
	buf_reset(&b);
	heads_write(&b, bad, 2);
	assert_int_equal(heads_read(got, &n, buf_str(&b), &err), ERR_PEER);
	bad[0].seq = 0;
	buf_reset(&b);
	heads_write(&b, bad, 1);
	assert_int_equal(heads_read(got, &n, buf_str(&b), &err), ERR_PEER);
	bad[0].seq = (uint64_t)SEQ_MAX + 1;
	buf_reset(&b);
	heads_write(&b, bad, 1);
	assert_int_equal(heads_read(got, &n, buf_str(&b), &err), ERR_PEER);
	buf_reset(&b);
	buf_varint(&b, MESSAGE_HEADS_MAX + 1);
	assert_int_equal(heads_read(got, &n, buf_str(&b), &err), ERR_PEER);
	buf_reset(&b);
	buf_varint(&b, UINT64_MAX);
	assert_int_equal(heads_read(got, &n, buf_str(&b), &err), ERR_PEER);
	buf_release(&b);
	free(got);
}

static void entries_name_their_journal(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	char hub[HUB_NAME_BYTES];
	uint64_t from;
	struct str segment;
	struct err err;
	entries_write(&b, "east", 7, STR("a segment"));
	assert_int_equal(entries_read(hub, &from, &segment, buf_str(&b), &err), 0);
	assert_string_equal(hub, "east");
	assert_int_equal(from, 7);
	assert_true(str_is(segment, "a segment"));
	for (size_t n = 0; n < 6; n++) /* within name and number */
		assert_int_equal(
		    entries_read(hub, &from, &segment, str_sub(buf_str(&b), 0, n), &err), ERR_PEER);
	buf_reset(&b);
	entries_write(&b, "", 1, STR("whose?"));
	assert_int_equal(entries_read(hub, &from, &segment, buf_str(&b), &err), ERR_PEER);
	buf_release(&b);
}

static void goodbye_is_printable_and_short(void **state)
{
	(void)state;
	struct buf b = BUF_INIT, text = BUF_INIT;
	bye_write(&b, STR("caf\xc3\xa9\n\033[2J\x7f."));
	assert_string_equal(b.ptr, "caf????[2J?.");
	for (int i = 0; i < 300; i++)
		buf_putc(&text, 'x');
	buf_reset(&b);
	bye_write(&b, buf_str(&text));
	assert_int_equal(b.len, BYE_BYTES_MAX);
	buf_release(&b);
	buf_release(&text);
}

static void every_message_has_a_name(void **state)
{
	(void)state;
	assert_null(message_name(0));
	assert_null(message_name(MESSAGES));
	assert_null(message_name(255));
	for (unsigned i = 1; i < MESSAGES; i++)
		assert_non_null(message_name(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(frame_waits_for_all_its_bytes),
	    cmocka_unit_test(frame_length_is_judged_at_once),
	    cmocka_unit_test(message_waits_for_all_its_bytes),
	    cmocka_unit_test(message_length_is_judged_at_once),
	    cmocka_unit_test(hello_is_read_back_and_bounded),
	    cmocka_unit_test(handshake_messages_fit_their_limit),
	    cmocka_unit_test(names_must_be_slugs),
	    cmocka_unit_test(heads_are_sorted_counted_and_whole),
	    cmocka_unit_test(entries_name_their_journal),
	    cmocka_unit_test(goodbye_is_printable_and_short),
	    cmocka_unit_test(every_message_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
