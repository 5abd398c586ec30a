/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes that docs/protocol.md shows are the bytes that the program writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "entry/segment.h"
#include "base/file.h"
#include "sync/frame.h"
#include "sync/session_impl.h"

static struct buf page;

static int read_page(void **state)
{
	(void)state;
	struct err err;
	page = BUF_INIT;
	hash_init();
	if (file_read(&page, "docs/protocol.md", 1 << 20, &err)) {
		print_error("%s\n", err.msg);
		return -1;
	}
	return 0;
}

static int drop_page(void **state)
{
	(void)state;
	buf_release(&page);
	return 0;
}

/* The bytes of the block that opens with ```hex NAME: in each line the pairs of digits before two
 * spaces. */
static void documented(struct buf *out, const char *name)
{
	struct buf open = BUF_INIT, digits = BUF_INIT;
	struct str rest = buf_str(&page);
	bool is_inside = false, is_found = false;
	buf_printf(&open, "```hex %s", name);
	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		if (is_inside && str_starts(line, STR("```")))
			break;
		for (size_t i = 0; is_inside && i < line.len; i++) {
			if (line.ptr[i] != ' ')
				buf_putc(&digits, line.ptr[i]);
			else if (i + 1 < line.len && line.ptr[i + 1] == ' ')
				break;
		}
		is_found |= str_eq(line, buf_str(&open));
		is_inside |= str_eq(line, buf_str(&open));
	}
	if (!is_found || !buf_unhex(out, buf_str(&digits)))
		fail_msg("docs/protocol.md has no block \"%s\" of hex digits", open.ptr);
	buf_release(&open);
	buf_release(&digits);
}

static void assert_documented(const char *name, struct str written)
{
	struct buf want = BUF_INIT, hex = BUF_INIT;
	documented(&want, name);
	buf_hex(&hex, written);
	if (!str_eq(buf_str(&want), written))
		fail_msg("block %s: the program writes %s", name, hex.ptr);
	buf_release(&want);
	buf_release(&hex);
}

static void assert_message(const char *name, enum message type, struct buf *body)
{
	struct outbox o = {BUF_INIT, BUF_INIT, 0};
	outbox_message(&o, (uint8_t)type, buf_str(body));
	assert_documented(name, buf_str(&o.text));
	buf_reset(body);
	outbox_release(&o);
}

static struct hello sample(const char *hub)
{
	struct hello h = {.charter = 3};
	memset(h.incarnation, 0xa1, sizeof h.incarnation);
	memset(h.charter_id, 0xcc, sizeof h.charter_id);
	memset(h.digest.bytes, 0xd1, sizeof h.digest.bytes);
	snprintf(h.hub, sizeof h.hub, "%s", hub);
	return h;
}

static void messages_are_as_documented(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct hello hello = sample("central");
	struct short_head heads[] = {{"", 4, {0}}, {"mena", 130, {0}}};
	memset(heads[0].id, 0xcc, SHORT_ID_BYTES);
	memset(heads[1].id, 0xee, SHORT_ID_BYTES);
	hello_write(&b, &hello);
	assert_documented("hello", buf_str(&b));
	buf_reset(&b);
	heads_write(&b, heads, 2);
	assert_message("heads", MESSAGE_HEADS, &b);
	charter_body_write(&b, 4, STR("text"));
	assert_message("charter", MESSAGE_CHARTER, &b);
	entries_write(&b, "mena", 131, STR("a segment"));
	assert_message("entries", MESSAGE_ENTRIES, &b);
	refuse_write(&b, "mena", 131);
	assert_message("refuse", MESSAGE_REFUSE, &b);
	assert_message("ping", MESSAGE_PING, &b);
	bye_write(&b, STR("done"));
	assert_message("bye", MESSAGE_BYE, &b);
	hold_write(&b, true);
	assert_message("hold", MESSAGE_HOLD, &b);
	want_write(&b, WANT_ENTRIES, &STR("mena"), 1);
	assert_message("want", MESSAGE_WANT, &b);
	struct part_claim part = {.hub = "mena", .seq = 131, .len = 65536};
	memset(part.hash, 0xaa, sizeof part.hash);
	part_write(&b, &part);
	assert_message("part", MESSAGE_PART, &b);
	rest_write(&b, "mena", 131, 65536, STR("a segment"));
	assert_message("rest", MESSAGE_REST, &b);
	struct recall_claim recall = {.hub = "mena", .last = 130, .count = 20};
	memset(recall.hash, 0xaa, sizeof recall.hash);
	recall_write(&b, &recall);
	assert_message("recall", MESSAGE_RECALL, &b);
	evidence_write(&b, "mena", STR("commit\n"), STR_EMPTY);
	assert_message("evidence", MESSAGE_EVIDENCE, &b);
	struct get get = {.size = 200000, .offset = 65536, .length = 8192};
	memset(get.chunks.bytes, 0x77, sizeof get.chunks.bytes);
	get_write(&b, &get);
	assert_message("get", MESSAGE_GET, &b);
	buf_puts(&b, "bytes");
	assert_message("piece", MESSAGE_PIECE, &b);
	struct scope scope = {.is_lacking = false};
	words_add(&scope.types, STR("news"));
	words_add(&scope.langs, STR("fr"));
	scope_write(&b, &scope);
	assert_message("scope", MESSAGE_SCOPE, &b);
	buf_release(&b);
}

static void pass(const char *name, struct noise *from, struct noise *to, struct str payload)
{
	struct buf box = BUF_INIT, got = BUF_INIT;
	struct outbox o = {BUF_INIT, BUF_INIT, 0};
	struct err err;
	assert_int_equal(noise_write(from, &box, payload, &err), 0);
	outbox_frame(&o, buf_str(&box));
	assert_documented(name, outbox_wire(&o));
	assert_int_equal(noise_read(to, &got, buf_str(&box), &err), 0);
	buf_release(&box);
	buf_release(&got);
	outbox_release(&o);
}

static void the_handshake_is_as_documented(void **state)
{
	(void)state;
	uint8_t key[4][LINK_KEY_BYTES];
	struct buf prologue = BUF_INIT, mine = BUF_INIT, theirs = BUF_INIT;
	struct hello a = sample("central"), b = sample("mena");
	for (int i = 0; i < 4; i++)
		memset(key[i], 0x11 * (i + 1), LINK_KEY_BYTES);
	buf_puts(&prologue, "belfry-link 1\n");
	for (int i = 0; i < SHA256_BYTES; i++)
		buf_u8(&prologue, 0x4e);
	hello_write(&mine, &a);
	hello_write(&theirs, &b);
	struct noise *from = noise_new(true, buf_str(&prologue), key[0], key[1]);
	struct noise *to = noise_new(false, buf_str(&prologue), key[2], key[3]);
	pass("message-1", from, to, STR_EMPTY);
	pass("message-2", to, from, buf_str(&theirs));
	pass("message-3", from, to, buf_str(&mine));
	struct outbox o = {BUF_INIT, BUF_INIT, 0};
	outbox_message(&o, MESSAGE_PING, STR_EMPTY);
	outbox_seal(&o, from);
	assert_documented("frame", outbox_wire(&o));
	outbox_release(&o);
	noise_free(from);
	noise_free(to);
	buf_release(&prologue);
	buf_release(&mine);
	buf_release(&theirs);
}

/* The limits that the page names. */
static void the_limits_are_as_documented(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		long limit;
	} row[] = {{"The length is at most %ld;", MESSAGE_BYTES_MAX},
	    {"`varint` count (at most %ld)", MESSAGE_HEADS_MAX},
	    {"`varint` version, `bytes` (1 to %ld)", ENTRY_BYTES_MAX},
	    {"entry, a `varint` length (1 to %ld) and the entry", ENTRY_BYTES_MAX},
	    {"| SUBMIT | `bytes` (1 to %ld)", SUBMISSION_BYTES_MAX},
	    {"| NOTICE | `bytes` (1 to %ld)", NOTICE_BYTES_MAX},
	    {"uncompressed text (1 to %ld)", SEGMENT_RAW_MAX},
	    {"`varint` count (at most %ld) of types", SCOPE_WORDS_MAX},
	    {"`varint` count (at most %ld) of languages", SCOPE_WORDS_MAX},
	    {"reason: at most %ld bytes", BYE_BYTES_MAX},
	    {"at most %ld bytes of text in a frame", FRAME_TEXT_BYTES},
	    {"once it has %ld bytes, and", FRAME_FULL_BYTES},
	    {"longer than a frame into pieces of %ld", FRAME_PIECE_BYTES},
	    {"`varint` length (1 to %ld), 16 bytes", ENTRY_BYTES_MAX},
	    {"the program takes %ld bytes uncompressed", UNIT_BYTES_UNKNOWN},
	    {"times the root of that, from %ld to", UNIT_BYTES_MIN},
	    {"the root of that, from 2048 to %ld.", UNIT_BYTES_MAX},
	    {"at most 8 of together %ld bytes", PARTS_BYTES_MAX},
	    {"of at least %ld bytes, and at most 8 of", PART_BYTES_MIN},
	    {"bytes, and at most %ld of", PARTS_MAX},
	    {"and has at most %ld bytes, and this is", RECALL_BYTES_MAX},
	    {"at most the number, and %ld)", RECALL_ENTRIES_MAX},
	    {"32 to %ld bytes long", HANDSHAKE_BYTES_MAX},
	    {"message of 17 to %ld bytes", FRAME_BYTES_MAX},
	    {"version of the charter: 1 to %ld", SEQ_MAX},
	    {"within %ld seconds of the connection", HANDSHAKE_TIMEOUT_MS / 1000},
	    {"sent nothing for %ld seconds", IDLE_PING_MS / 1000},
	    {"heard nothing for %ld seconds", SILENCE_MS / 1000}};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct buf text = BUF_INIT;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		buf_printf(&text, row[i].text, row[i].limit);
#pragma GCC diagnostic pop
		if (!strstr(page.ptr, text.ptr))
			fail_msg("docs/protocol.md does not say \"%s\"", text.ptr);
		buf_release(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(messages_are_as_documented),
	    cmocka_unit_test(the_handshake_is_as_documented),
	    cmocka_unit_test(the_limits_are_as_documented),
	};
	return cmocka_run_group_tests(tests, read_page, drop_page);
}
