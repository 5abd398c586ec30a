/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the examples of docs/format.md, sections 4 to 6, and of docs/protocol.md, section 13. */
#include "../page.h"

#include "entry/entry.h"
#include "entry/segment.h"
#include "trust/document.h"
#include "trust/roster.h"

#include <stdio.h>
#include <stdlib.h>

static struct page page;

static int open_page(void **state)
{
	(void)state;
	hash_init();
	page = (struct page){.source = BUF_INIT};
	read_page(&page, "docs/format.md");
	return 0;
}

/* "01 80 …" to bytes. */
static void unhex(struct buf *out, struct str text)
{
	struct buf digits = BUF_INIT;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != ' ' && text.ptr[i] != '\n')
			buf_putc(&digits, text.ptr[i]);
	assert_true(buf_unhex(out, buf_str(&digits)));
	buf_release(&digits);
}

static int roster_before(void *of, struct str path, struct buf *out, struct err *err)
{
	(void)of;
	(void)err;
	assert_true(str_is(path, "roster.md"));
	buf_puts(out, "abc");
	return 0;
}

/* Append the one block of that kind in the other page. */
static void protocol_block(struct buf *out, const char *kind)
{
	struct page protocol = {.source = BUF_INIT};
	size_t before = out->len;
	read_page(&protocol, "docs/protocol.md");
	for (size_t i = 0; i < protocol.len; i++)
		if (str_is(protocol.items[i].kind, kind))
			unhex(out, protocol.items[i].text);
	assert_true(out->len > before);
	free(protocol.items);
	buf_release(&protocol.source);
}

/* An entry with this change, as the page shows it: written, and read again. */
static void wire(const char *kind, uint64_t seq, struct change c)
{
	struct buf want = BUF_INIT, got = BUF_INIT;
	struct entry e = {.seq = seq,
			 .time = 1763681664,
			 .charter = 1,
			 .changes = &c,
			 .nchanges = 1},
		     back;
	struct entry_context ctx = {.network = "", .old = roster_before};
	struct scope french = {.is_lacking = false};
	struct err err;
	words_add(&french.langs, STR("fr"));
	if (c.is_bare)
		ctx.scope = &french;
	memset(e.signature, 0x55, sizeof e.signature);
	protocol_block(&want, kind);
	entry_encode(&got, &e, &ctx);
	assert_true(str_eq(buf_str(&want), buf_str(&got)));
	assert_int_equal(entry_decode(&back, "mena", buf_str(&want), &ctx, &err), 0);
	assert_int_equal(back.time, e.time);
	assert_true(str_eq(back.changes[0].content, c.content));
	assert_int_equal(back.changes[0].is_bare, c.is_bare);
	entry_release(&back);
	buf_release(&want);
	buf_release(&got);
}

static void entries(void **state)
{
	struct sha256 h = sha256(STR("abc"));
	char content[80];
	(void)state;
	wire("entry", 1, (struct change){.path = STR("roster.md"), .content = STR("abc")});
	snprintf(content, sizeof content, "abc %s", sha256_hex(&h).text);
	wire("entry-delta", 2,
	    (struct change){
		.path = STR("roster.md"), .content = str_from(content), .old = STR("abc")});
	struct change bare = {.path = STR("records/ke-mombasa/news/market/en.md"),
	    .content = STR_EMPTY,
	    .is_bare = true};
	memset(bare.blob.bytes, 0xb1, OID_BYTES);
	memset(bare.hash.bytes, 0xc2, SHA256_BYTES);
	wire("entry-bare", 2, bare);
}

/* Reads the segment that the page shows; another zstd than the one that made it may write others.
 */
static void segment(struct segment_reader *r, const char *kind, struct str text, struct str written)
{
	struct buf bytes = BUF_INIT, raw = BUF_INIT, hex = BUF_INIT;
	struct str rest, got;
	struct err err = {0};
	size_t n;
	protocol_block(&bytes, kind);
	buf_hex(&hex, written);
	if (segment_read(r, buf_str(&bytes), &raw, &n, &err))
		fail_msg("%s: %s; here it would be %s", kind, err.msg, hex.ptr);
	rest = buf_str(&raw);
	assert_true(n == 1 && segment_split(&rest, &got) && str_eq(got, text));
	buf_release(&bytes);
	buf_release(&raw);
	buf_release(&hex);
}

static void segments(void **state)
{
	(void)state;
	struct str known = STR("It opened on a Thursday."),
		   news = STR("It opened on a Thursday, in the rain.");
	struct segment_writer *w[2] = {segment_writer_new(), segment_writer_new_much()};
	struct segment_reader *r = segment_reader_new();
	struct buf first = BUF_INIT, next = BUF_INIT, s = BUF_INIT;
	protocol_block(&first, "entry");
	protocol_block(&next, "entry-delta");
	segment_write(w[0], &s, &(struct str){first.ptr, first.len}, 1);
	segment(r, "segment", buf_str(&first), buf_str(&s));
	buf_reset(&s);
	segment_write(w[0], &s, &(struct str){next.ptr, next.len}, 1);
	segment(r, "segment-next", buf_str(&next), buf_str(&s));
	buf_reset(&s);
	segment_writer_recall(w[1], known, STR_EMPTY);
	segment_reader_recall(r, known, STR_EMPTY);
	segment_write(w[1], &s, &news, 1);
	segment(r, "segment-recall", news, buf_str(&s));
	for (int i = 0; i < 2; i++)
		segment_writer_free(w[i]);
	segment_reader_free(r);
	buf_release(&first);
	buf_release(&next);
	buf_release(&s);
}

static int close_page(void **state)
{
	(void)state;
	free(page.items);
	buf_release(&page.source);
	return 0;
}

/* Calls `run` for each example of that kind; there must be one. */
static void each(const char *kind, void (*run)(const struct example *e))
{
	size_t n = 0;
	for (size_t i = 0; i < page.len; i++)
		if (str_is(page.items[i].kind, kind)) {
			run(&page.items[i]);
			n++;
		}
	assert_true(n > 0);
}

static void run_charter(const struct example *e)
{
	struct charter *c;
	struct err err;
	if (charter_parse(&c, e->text, "charter.md", &err))
		fail_msg("docs/format.md:%u: %s", e->line, err.msg);
	assert_int_equal(c->version, 1);
	charter_free(c);
}

static void run_roster(const struct example *e)
{
	struct roster *r;
	struct err err;
	if (roster_parse(&r, e->text, "roster.md", &err))
		fail_msg("docs/format.md:%u: %s", e->line, err.msg);
	assert_string_equal(r->members[0].id, "ann");
	roster_free(r);
}

static void run_paths(const struct example *e, bool good)
{
	for (struct str rest = e->text; rest.len;) {
		struct str path = str_cut(&rest, '\n');
		if (journal_path_is_valid(path) != good)
			fail_msg("docs/format.md:%u: %.*s is %s", e->line, STR_FMT(path),
			    good ? "refused" : "taken");
	}
}

static void run_good_paths(const struct example *e)
{
	run_paths(e, true);
}

static void run_bad_paths(const struct example *e)
{
	run_paths(e, false);
}

/* The text's hash, and that the program makes the same of those changes: the file's bytes are
 * "abc". */
static void run_content(const struct example *e)
{
	static const struct sha256 none;
	struct sha256 h = sha256(e->text);
	assert_true(str_is(e->says, sha256_hex(&h).text));
	struct change c = {.path = STR("roster.md"), .content = STR("abc")};
	struct sha256 made = entry_content(&none, &c, 1);
	assert_true(sha256_eq(&h, &made));
}

static void charters(void **state)
{
	(void)state;
	each("charter", run_charter);
}

static void rosters(void **state)
{
	(void)state;
	each("roster", run_roster);
}

static void paths(void **state)
{
	(void)state;
	each("path-ok", run_good_paths);
	each("path-bad", run_bad_paths);
}

static void content(void **state)
{
	(void)state;
	each("content", run_content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(charters),
	    cmocka_unit_test(rosters),
	    cmocka_unit_test(paths),
	    cmocka_unit_test(content),
	    cmocka_unit_test(entries),
	    cmocka_unit_test(segments),
	};
	return cmocka_run_group_tests(tests, open_page, close_page);
}
