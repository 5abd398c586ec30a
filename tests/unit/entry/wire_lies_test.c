/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries that nobody would write: heads, paths, signers and counts that lie. They are refused, and
 * never is more memory taken than came.
 */
#include "wire.h"

/* Version, seq 7, time, charter 1, then `rest`; at the end `raw` and a signature. */
static int decode_with(const struct buf *rest, struct str raw)
{
	struct buf b = BUF_INIT;
	buf_u8(&b, 2);
	buf_varint(&b, 7);
	buf_varint(&b, raw.len + SIGNATURE_BYTES);
	buf_varint(&b, T0);
	buf_varint(&b, 1);
	buf_add(&b, buf_str(rest));
	buf_add(&b, raw);
	for (int i = 0; i < SIGNATURE_BYTES; i++)
		buf_putc(&b, 's');
	int bad = decode(buf_str(&b));
	buf_release(&b);
	return bad;
}

static int decode_made(const struct buf *rest)
{
	return decode_with(rest, STR_EMPTY);
}

static void add_head(struct buf *b, const char *hub, uint64_t seq)
{
	buf_u8(b, (uint8_t)strlen(hub));
	buf_puts(b, hub);
	buf_varint(b, seq);
}

static void heads_are_checked(void **state)
{
	static const struct {
		const char *what, *one, *two;
		uint64_t seq;
		int result;
	} cases[] = {
	    {"fine", "central", "west", 1, 0},
	    {"twice", "west", "west", 1, ERR_SYNTAX},
	    {"unsorted", "west", "central", 1, ERR_SYNTAX},
	    {"no slug", "cen tral", "west", 1, ERR_SYNTAX},
	    {"empty", "", "west", 1, ERR_SYNTAX},
	    {"no seq", "central", "west", 0, ERR_SYNTAX},
	    {"last seq", "central", "west", INT64_MAX, 0},
	    {"seq that no commit can hold", "central", "west", (uint64_t)INT64_MAX + 1, ERR_SYNTAX},
	    {"seq of all bits", "central", "west", UINT64_MAX, ERR_SYNTAX},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = BUF_INIT;
		buf_varint(&b, 2);
		add_head(&b, cases[i].one, cases[i].seq);
		add_head(&b, cases[i].two, 1);
		buf_varint(&b, 0);
		if (decode_with(&b, STR("aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbb")) !=
		    cases[i].result)
			fail_msg("%s", cases[i].what);
		buf_release(&b);
	}
}

static void add_file(
    struct buf *b, uint64_t shared, const char *path, size_t path_len, const char *content)
{
	buf_u8(b, 1);
	buf_varint(b, shared);
	buf_varint(b, path_len);
	buf_add(b, str_of(path, path_len));
	buf_varint(b, strlen(content));
	buf_puts(b, content);
}

static void changes_are_checked(void **state)
{
	static const char *const outside[] = {"../x", "/etc/passwd", "records/a/b/c/../en.md",
	    "HEAD", "x", "records/a/b/c/en.md/x", "records/a/b/c/en.md.txt", ".git/config"};
	struct buf b = BUF_INIT;
	(void)state;
	buf_varint(&b, 0);
	buf_varint(&b, 1);
	add_file(&b, 0, "roster.md", 9, "x");
	assert_int_equal(decode_made(&b), 0);
	buf_reset(&b); /* twice the same path; as a whole and by its shared beginning */
	buf_varint(&b, 0);
	buf_varint(&b, 2);
	add_file(&b, 0, "roster.md", 9, "x");
	add_file(&b, 9, "", 0, "x");
	assert_int_equal(decode_made(&b), ERR_SYNTAX);
	buf_reset(&b); /* not sorted */
	buf_varint(&b, 0);
	buf_varint(&b, 2);
	add_file(&b, 0, "roster.md", 9, "x");
	add_file(&b, 0, "records/a/b/c/en.md", 19, "x");
	assert_int_equal(decode_made(&b), ERR_SYNTAX);
	buf_reset(&b); /* more shared than there was */
	buf_varint(&b, 0);
	buf_varint(&b, 2);
	add_file(&b, 0, "roster.md", 9, "x");
	add_file(&b, 10, ".a.sig", 6, "x");
	assert_int_equal(decode_made(&b), ERR_SYNTAX);
	buf_reset(&b); /* and much more */
	buf_varint(&b, 0);
	buf_varint(&b, 1);
	add_file(&b, UINT64_MAX / 2, "roster.md", 9, "x");
	assert_int_equal(decode_made(&b), ERR_SYNTAX);
	buf_reset(&b); /* a NUL does not end a path early */
	buf_varint(&b, 0);
	buf_varint(&b, 1);
	add_file(&b, 0, "roster.md\0junk", 14, "x");
	assert_int_equal(decode_made(&b), ERR_SYNTAX);
	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
		buf_reset(&b);
		buf_varint(&b, 0);
		buf_varint(&b, 1);
		add_file(&b, 0, outside[i], strlen(outside[i]), "x");
		if (decode_made(&b) != ERR_SYNTAX)
			fail_msg("%s is taken", outside[i]);
	}
	buf_release(&b);
}

/* A small-order point as a key, then a signature. */
static const char raw[PUBLIC_KEY_BYTES + SIGNATURE_BYTES] = {1};

static void lone_signatures_have_no_record(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	buf_varint(&b, 0);
	buf_varint(&b, 1);
	buf_u8(&b, 2); /* an author's signature, of which record? */
	buf_varint(&b, 1);
	assert_int_equal(decode_with(&b, str_of(raw, SIGNATURE_BYTES)), ERR_SYNTAX);
	buf_release(&b);
}

static void signers_are_checked(void **state)
{
	static const struct {
		uint64_t index;
		int result;
	} cases[] = {{1, 0}, {2, 0}, {3, ERR_CHAIN}, {UINT64_MAX, ERR_CHAIN}};
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct buf b = BUF_INIT;
		buf_varint(&b, 0);
		buf_varint(&b, 2);
		add_file(&b, 0, "records/a/b/c/en.md", 19, "x");
		buf_u8(&b, 2);
		buf_varint(&b, cases[i].index);
		assert_int_equal(decode_with(&b, str_of(raw + PUBLIC_KEY_BYTES, SIGNATURE_BYTES)),
		    cases[i].result);
		buf_release(&b);
	}
	for (uint8_t kind = 5; kind <= 7; kind++) { /* a stranger's token; no kind at all */
		struct buf t = BUF_INIT;
		buf_varint(&t, 0);
		buf_varint(&t, 2);
		add_file(&t, 0, "records/a/b/c/en.md", 19, "x");
		buf_u8(&t, kind);
		buf_varint(&t, 0);
		buf_add(&t, str_of(ring[0].bytes, PUBLIC_KEY_BYTES));
		for (int k = 0; k < SIGNATURE_BYTES; k++)
			buf_putc(&t, 's');
		struct buf longer = BUF_INIT;
		buf_add(&longer, buf_str(&t));
		buf_puts(&longer, "sssss");
		assert_int_equal(decode_made(&t), ERR_SYNTAX);
		assert_int_equal(decode_made(&longer), ERR_SYNTAX);
		buf_release(&longer);
		buf_release(&t);
	}
	struct buf b = BUF_INIT; /* a small-order point as the key itself */
	buf_varint(&b, 0);
	buf_varint(&b, 2);
	add_file(&b, 0, "records/a/b/c/en.md", 19, "x");
	buf_u8(&b, 2);
	buf_varint(&b, 0);
	assert_int_equal(decode_with(&b, str_of(raw, sizeof raw)), ERR_SYNTAX);
	buf_release(&b);
}

/* What it says of its end is more or less than there is. */
static void the_end_is_what_it_says(void **state)
{
	static const struct {
		uint64_t says;
		int result;
	} cases[] = {{SIGNATURE_BYTES, 0}, {0, ERR_SYNTAX}, {SIGNATURE_BYTES - 1, ERR_SYNTAX},
	    {SIGNATURE_BYTES + 1, ERR_SYNTAX}, {UINT64_MAX, ERR_SYNTAX}};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = BUF_INIT;
		buf_u8(&b, 2);
		buf_varint(&b, 1);
		buf_varint(&b, cases[i].says);
		buf_varint(&b, T0);
		buf_varint(&b, 1);
		buf_varint(&b, 0);
		buf_varint(&b, 0);
		for (int k = 0; k < SIGNATURE_BYTES; k++)
			buf_putc(&b, 's');
		assert_int_equal(decode(buf_str(&b)), cases[i].result);
		assert_int_equal(
		    entry_peek_raw(buf_str(&b)), cases[i].says < b.len ? cases[i].says : 0);
		buf_release(&b);
	}
}

/* Counts and lengths far beyond what came: refused before memory is taken. */
static void lying_counts(void **state)
{
	static const uint64_t many[] = {257, 65536, UINT32_MAX, UINT64_MAX};
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct buf b = BUF_INIT;
		buf_varint(&b, many[i]); /* heads */
		assert_int_equal(decode_made(&b), ERR_SYNTAX);
		buf_reset(&b);
		buf_varint(&b, 0);
		buf_varint(&b, many[i]); /* changes */
		assert_int_equal(decode_made(&b), ERR_SYNTAX);
		buf_reset(&b);
		buf_varint(&b, 0);
		buf_varint(&b, 1);
		buf_u8(&b, 1);
		buf_varint(&b, 0);
		buf_varint(&b, many[i]); /* a path's length */
		buf_puts(&b, "roster.md");
		assert_int_equal(decode_made(&b), ERR_SYNTAX);
		buf_reset(&b);
		buf_varint(&b, 0);
		buf_varint(&b, 1);
		buf_u8(&b, 1);
		buf_varint(&b, 0);
		buf_varint(&b, 9);
		buf_puts(&b, "roster.md");
		buf_varint(&b, many[i] / 2 + ROSTER_BYTES_MAX); /* a file's */
		assert_int_equal(decode_made(&b), ERR_LIMIT);
		buf_release(&b);
	}
}

static int decode_numbers(uint8_t version, uint64_t seq, uint64_t time, uint64_t charter)
{
	struct buf b = BUF_INIT;
	buf_u8(&b, version);
	buf_varint(&b, seq);
	buf_varint(&b, SIGNATURE_BYTES);
	buf_varint(&b, time);
	buf_varint(&b, charter);
	buf_varint(&b, 0);
	buf_varint(&b, 0);
	for (int i = 0; i < SIGNATURE_BYTES; i++)
		buf_putc(&b, 's');
	int bad = decode(buf_str(&b));
	buf_release(&b);
	return bad;
}

static void numbers_have_bounds(void **state)
{
	(void)state;
	assert_int_equal(decode_numbers(2, 1, T0, 1), 0);
	assert_int_equal(decode_numbers(0, 1, T0, 1), ERR_UNSUPPORTED);
	assert_int_equal(decode_numbers(1, 1, T0, 1), ERR_UNSUPPORTED);
	assert_int_equal(decode_numbers(2, 0, T0, 1), ERR_SYNTAX);
	assert_int_equal(decode_numbers(2, (uint64_t)INT64_MAX + 1, T0, 1), ERR_SYNTAX);
	assert_int_equal(decode_numbers(2, 1, ENTRY_TIME_MAX, 1), 0);
	assert_int_equal(decode_numbers(2, 1, ENTRY_TIME_MAX + 1, 1), ERR_SYNTAX);
	assert_int_equal(decode_numbers(2, 1, UINT64_MAX, 1), ERR_SYNTAX);
	assert_int_equal(decode_numbers(2, 1, T0, 0), ERR_SYNTAX);
	assert_int_equal(decode_numbers(2, 1, T0, UINT32_MAX + 1ull), ERR_SYNTAX);
	assert_int_equal(decode_numbers(2, 1, T0, UINT32_MAX + 2ull), ERR_SYNTAX);
	assert_int_equal(entry_peek_seq(STR_EMPTY), 0);
	assert_int_equal(entry_peek_seq(STR("\x01")), 0);
	assert_int_equal(entry_peek_seq(STR("\x01\x81")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(heads_are_checked),
	    cmocka_unit_test(changes_are_checked),
	    cmocka_unit_test(lone_signatures_have_no_record),
	    cmocka_unit_test(signers_are_checked),
	    cmocka_unit_test(the_end_is_what_it_says),
	    cmocka_unit_test(lying_counts),
	    cmocka_unit_test(numbers_have_bounds),
	};
	return cmocka_run_group_tests(tests, setup, done);
}
