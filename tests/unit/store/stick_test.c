/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of entries: what was whole before a cut or a fault counts, a cut is no fault, and what
 * is wrong is said with its place and kind.
 */
#include "fixture.h"

#include "store/mailbox.h"
#include "entry/segment.h"
#include "store/stick.h"

#include <sys/stat.h>

/* `n` bytes that follow the file's magic and network. */
static const char *file_of(struct str bytes)
{
	struct buf b = BUF_INIT;
	struct err err = {0};
	buf_puts(&b, "belfry-segments 1\n");
	buf_unhex(&b, str_from(network.text));
	buf_add(&b, bytes);
	good(file_write(at("stick"), buf_str(&b), 0600, &err), &err);
	buf_release(&b);
	return at("stick");
}

static void damage_has_a_place(void **state)
{
	static const struct {
		struct str bytes;
		enum refusal kind;
		const char *says;
	} cases[] = {
#define BYTES(text) {text, sizeof text - 1}
	    {BYTES("\x03\x80\x80\x80\x80\x80\x80\x01"), REFUSED_FRAME, "length is not one"},
	    {BYTES("\x03\xff\xff\xff\xff\x07"), REFUSED_FRAME, "a block says that it has"},
	    {BYTES("\x09\x00"), REFUSED_TYPE, "a block has kind 9"},
	    {BYTES("\x01\x00"), REFUSED_MESSAGE, "what its maker holds cannot be read"},
	    {BYTES("\x01\x03\x01/\x01"), REFUSED_MESSAGE, "cannot be read"}, /* no name */
	    {BYTES("\x01\x06\x00\x01\x01\x01"
		   "a\x01"),
		REFUSED_MESSAGE, "cannot be read"}, /* a head without an id */
	    {BYTES("\x02\x00"), REFUSED_CHARTER, "a charter's block is empty"},
	    {BYTES("\x03\x00"), REFUSED_SEGMENT, "names no journal"},
	    {BYTES("\x03\x02\x00\x01"), REFUSED_SEGMENT, "names no journal"},
	    {BYTES("\x03\x03\x01x\x01"), REFUSED_SEGMENT, ""}, /* no segment */
	    {BYTES("\x06\x01x"), REFUSED_ATTACHMENT, ""},
#undef BYTES
	};
	struct store *s = store_new("edge", NULL, 0);
	struct sha256 before = digest(s), now;
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stick_report r;
		struct err err = {0};
		int bad = stick_read(s, file_of(cases[i].bytes), T0, &r, &err);
		if (!bad || r.refused != cases[i].kind || r.is_cut ||
		    !strstr(err.msg, cases[i].says) || !strstr(err.msg, "stick, byte 50: "))
			fail_msg(
			    "case %zu: result %d, kind %d: %s", i, bad, (int)r.refused, err.msg);
		now = digest(s);
		same_digest(&now, &before);
	}
	store_close(s);
}

static void another_network_or_no_stick(void **state)
{
	struct stick_report r;
	struct stick_heads heads;
	struct err err = {0};
	struct store *s = store_new("edge", NULL, 0);
	struct buf b = BUF_INIT;
	(void)state;
	good(file_write(at("other"), STR("belfry-segments 1\n"), 0600, &err), &err);
	refused(stick_read(s, at("other"), T0, &r, &err), ERR_SYNTAX, &err, "is not a file that");
	assert_int_equal(r.refused, REFUSED_FRAME);
	buf_puts(&b, "belfry-segments 1\n0123456789abcdef0123456789abcdef");
	good(file_write(at("other"), buf_str(&b), 0600, &err), &err);
	refused(stick_read(s, at("other"), T0, &r, &err), ERR_NETWORK, &err, "another network");
	assert_int_equal(r.refused, REFUSED_NETWORK);
	refused(stick_read(s, at("none"), T0, &r, &err), ERR_MISSING, &err, "cannot open");
	assert_int_equal(r.refused, REFUSED_NOTHING);
	refused(stick_read_heads(file_of(STR("\x02")), s->network, &heads, &err), ERR_SYNTAX, &err,
	    "does not say what its maker holds");
	buf_release(&b);
	store_close(s);
}

/* A cable is pulled out anywhere. */
static void every_prefix_is_a_stick(void **state)
{
	static const struct stick_order all = {.since = NULL};
	struct store *east = east_new(), *edge = store_new("edge", NULL, 0);
	struct stick_report r;
	struct stick_heads heads;
	struct buf whole = BUF_INIT;
	struct err err = {0};
	uint64_t entries = 0;
	size_t cuts = 0;
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct draft d = {.n = 0};
		draft_news(&d, EAST, "ke-mombasa", i ? "bridge" : "market", "");
		append(east, &d);
	}
	good(stick_write(east, at("whole"), &all, &r, &err), &err);
	good(file_read(&whole, at("whole"), 1 << 20, &err), &err);
	assert_int_equal(r.bytes, whole.len);
	good(stick_read_heads(at("whole"), east->network, &heads, &err), &err);
	assert_string_equal(heads.hub, "east");
	assert_int_equal(heads.nheads, 1);
	stick_heads_release(&heads);
	for (size_t n = 50; n < whole.len; n += whole.len / 97 + 1) {
		good(file_write(at("part"), str_sub(buf_str(&whole), 0, n), 0600, &err), &err);
		good(stick_read(edge, at("part"), T0, &r, &err), &err);
		assert_int_equal(r.refused, REFUSED_NOTHING);
		cuts += r.is_cut;
		entries += r.entries;
	}
	assert_true(cuts > 50);
	good(stick_read(edge, at("whole"), T0, &r, &err), &err);
	assert_false(r.is_cut);
	assert_int_equal(entries + r.entries, 3);
	struct sha256 a = digest(east), b = digest(edge);
	same_digest(&a, &b);
	buf_release(&whole);
	store_close(east);
	store_close(edge);
}

/* What is wrong with one journal does not keep the others out. */
static void one_journal_is_refused(void **state)
{
	static struct head of_east = {.hub = "east", .seq = 1};
	const struct stick_heads since = {.heads = &of_east, .nheads = 1};
	const struct stick_order order = {.since = &since};
	struct store *east = east_new(), *west = hub_new("west", "west", WEST);
	struct store *edge = store_new("edge", NULL, 0);
	struct stick_report r;
	struct draft d = {.n = 0};
	struct err err = {0};
	(void)state;
	draft_news(&d, EAST, "ke-mombasa", "market", "");
	append(east, &d);
	draft_news(&d, WEST, "sn-dakar", "market", "");
	append(west, &d);
	carry(east, west, "west");
	good(stick_write(east, at("stick"), &order, &r, &err), &err);
	assert_int_equal(r.entries, 3);
	refused(stick_read(edge, at("stick"), T0, &r, &err), ERR_CHAIN, &err,
	    "stick goes on from entry 1 of east, which is not here: a file with all of it is");
	assert_int_equal(r.entries, 2);
	assert_int_equal(r.refused, REFUSED_ENTRY);
	assert_null(store_journal(edge, "east"));
	assert_int_equal(store_journal(edge, "west")->head.seq, 2);
	store_close(east);
	store_close(west);
	store_close(edge);
}

static void put_block(struct buf *file, uint8_t kind, const struct buf *body)
{
	buf_u8(file, kind);
	buf_varint(file, body->len);
	buf_add(file, buf_str(body));
}

/* Nor does a letter that is none keep out the one behind it. */
static void one_letter_is_refused(void **state)
{
	struct store *east = east_new();
	struct stick_report r;
	struct err err = {0};
	struct buf file = BUF_INIT, path = BUF_INIT;
	struct buf text = news("ke-mombasa", "market", "");
	struct buf sig = signed_by(EAST + ANN, "belfry-record", network.text, buf_str(&text));
	uint8_t secret[LINK_KEY_BYTES] = {8}, key[LINK_KEY_BYTES], other[LINK_KEY_BYTES];
	(void)state;
	store_path(east, &path, "keys/link");
	good(file_write(path.ptr,
		 STR("0800000000000000000000000000000000000000000000000000000000000000\n"), 0600,
		 &err),
	    &err);
	link_key_public(key, secret);
	secret[0] = 16;
	link_key_public(other, secret);
	for (int i = 0; i < 3; i++) { /* no letter; a submission; one that is for somebody else */
		struct buf body = BUF_INIT, letter = BUF_INIT;
		buf_puts(&body, "\x04"
				"east");
		if (i) {
			buf_add(&letter, str_of(other, sizeof other));
			buf_u8(&letter, 1);
			buf_ssh_string(&letter, buf_str(&text));
			buf_ssh_string(&letter, buf_str(&sig));
		}
		assert_true(link_key_seal(&body, i < 2 ? key : other, buf_str(&letter)));
		put_block(&file, 4, &body);
		buf_release(&body);
		buf_release(&letter);
	}
	refused(stick_read(east, file_of(buf_str(&file)), T0, &r, &err), ERR_SYNTAX, &err,
	    "a letter breaks its grammar");
	assert_int_equal(r.refused, REFUSED_SUBMISSION);
	assert_int_equal(r.letters, 1);
	struct mailbox m;
	good(mailbox_read(&m, east, MAILBOX_INBOX, &err), &err);
	assert_int_equal(m.len, 1);
	assert_string_equal(m.items[0].state, "received");
	mailbox_release(&m);
	buf_release(&file);
	buf_release(&path);
	buf_release(&text);
	buf_release(&sig);
	store_close(east);
}

static void a_charter_is_one_text(void **state)
{
	struct store *edge = store_new("edge", NULL, 0);
	struct segment_writer *w = segment_writer_new();
	const struct str two[] = {STR("a"), STR("b")};
	struct buf file = BUF_INIT, body = BUF_INIT;
	struct stick_report r;
	struct err err = {0};
	(void)state;
	buf_varint(&body, 2);
	segment_write(w, &body, two, 2);
	put_block(&file, 2, &body);
	refused(stick_read(edge, file_of(buf_str(&file)), T0, &r, &err), ERR_SYNTAX, &err,
	    "a charter's block does not hold one text");
	assert_int_equal(r.refused, REFUSED_CHARTER);
	segment_writer_free(w);
	buf_release(&file);
	buf_release(&body);
	store_close(edge);
}

/* A stick that is full, or no place at all: it is said, and nothing is left that looks whole. */
static void a_full_stick(void **state)
{
	static const struct stick_order all = {.since = NULL};
	struct store *east = east_new(), *empty = NULL;
	struct stick_report r;
	struct err err = {0};
	char deep[PATH_MAX + 8];
	(void)state;
	if (access("/dev/full", W_OK) == 0) {
		assert_int_equal(symlink("/dev/full", at("stick.new")), 0);
		refused(
		    stick_write(east, at("stick"), &all, &r, &err), ERR_FULL, &err, "cannot write");
		assert_false(file_exists(at("stick")) || file_exists(at("stick.new")));
	}
	assert_int_equal(mkdir(at("folder"), 0700), 0);
	refused(stick_write(east, at("folder"), &all, &r, &err), ERR_EXISTS, &err, "is a folder");
	assert_false(file_exists(at("folder.new")));
	memset(deep, 'a', sizeof deep);
	deep[sizeof deep - 1] = 0;
	refused(stick_write(east, deep, &all, &r, &err), ERR_LIMIT, &err, "path too long");
	good(store_create(at("empty"), &err) || store_open(&empty, at("empty"), STORE_WRITE, &err),
	    &err);
	refused(stick_write(empty, at("stick"), &all, &r, &err), ERR_MISSING, &err,
	    "no charter is here yet");
	store_close(empty);
	store_close(east);
}

static void what_cannot_be_written(void **state)
{
	static const struct stick_order all = {.since = NULL};
	struct store *east = east_new();
	struct stick_report r;
	struct err err = {0};
	FILE *file = NULL;
	(void)state;
	refused(
	    stick_write(east, at("no/folder"), &all, &r, &err), ERR_MISSING, &err, "cannot create");
	refused(
	    stick_begin(&file, east, at("no/folder"), &err), ERR_MISSING, &err, "cannot create");
	assert_null(file);
	if (access("/dev/full", W_OK) == 0) {
		struct stick_range range = {.hub = "east", .first = 1, .last = 1};
		refused(stick_write_range(east, "/dev/full", &range, &r, &err), ERR_FULL, &err,
		    "cannot write /dev/full");
	}
	store_close(east);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(damage_has_a_place),
	    TEST(another_network_or_no_stick),
	    TEST(every_prefix_is_a_stick),
	    TEST(one_journal_is_refused),
	    TEST(one_letter_is_refused),
	    TEST(a_charter_is_one_text),
	    TEST(a_full_stick),
	    TEST(what_cannot_be_written),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
