/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that replace others: they travel as what changed, come back whole, between stores too, and
 * a delta that lies is refused before it makes anything.
 */
#include "../store/fixture.h"

static const char n64[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static const char path[] = "records/ke-mombasa/news/market/en.md";

/* The files before the entry: one at a path (all, where that is empty), and how often it was asked
 * for. */
struct files {
	struct str path, content;
	int calls, fails;
};

static int old_file(void *of, struct str wanted, struct buf *out, struct err *err)
{
	struct files *f = of;
	f->calls++;
	if (f->fails)
		return err_set(err, (enum err_code)f->fails, "the disk is broken");
	if (f->path.len && !str_eq(wanted, f->path))
		return err_set(err, ERR_MISSING, "there is no %.*s", STR_FMT(wanted));
	buf_add(out, f->content);
	return 0;
}

static struct entry entry_of(struct change *changes, size_t n)
{
	struct entry e = {
	    .hub = "east", .seq = 7, .time = T0, .charter = 2, .changes = changes, .nchanges = n};
	memset(e.signature, 0x77, SIGNATURE_BYTES);
	return e;
}

static struct buf text(int revision, const char *previous, const char *line)
{
	struct buf b = BUF_INIT;
	buf_printf(&b, "revision: %d\n%s", revision, previous);
	for (int i = 0; i < 30; i++) {
		struct sha256 h = sha256(str_of(&i, sizeof i));
		buf_printf(&b, "%s\n", i == 15 ? line : sha256_hex(&h).text);
	}
	return b;
}

/* Encode, decode beside the same files, compare; the length of the wire form. */
static size_t there_and_back(struct change *c, size_t n, struct files *f)
{
	struct entry e = entry_of(c, n), got;
	struct buf b = BUF_INIT;
	struct err err = {0};
	struct entry_context ctx = {.network = n64, .old = old_file, .of = f};
	entry_encode(&b, &e, &ctx);
	good(entry_decode(&got, "east", buf_str(&b), &ctx, &err), &err);
	assert_int_equal(got.nchanges, n);
	for (size_t i = 0; i < n; i++) {
		assert_true(str_eq(got.changes[i].path, c[i].path));
		assert_true(str_eq(got.changes[i].content, c[i].content));
		assert_int_equal(got.changes[i].is_delete, c[i].is_delete);
	}
	entry_release(&got);
	size_t len = b.len;
	buf_release(&b);
	return len;
}

static void a_revision_is_short(void **state)
{
	struct buf one = text(1, "", "six"), previous = BUF_INIT;
	struct sha256 h = sha256(buf_str(&one));
	(void)state;
	buf_printf(&previous, "previous: [\"sha256:%s\"]\n", sha256_hex(&h).text);
	struct buf two = text(2, previous.ptr, "seven o'clock");
	struct files f = {.path = str_from(path), .content = buf_str(&one)};
	struct change c = {.path = str_from(path), .content = buf_str(&two), .old = buf_str(&one)};
	assert_in_range(there_and_back(&c, 1, &f), 64, 64 + sizeof path + 75);
	assert_int_equal(f.calls, 1);
	/* Without the old version it goes whole, and nothing is asked for. */
	c.old = STR_EMPTY;
	assert_in_range(there_and_back(&c, 1, &f), two.len + 64, two.len + 64 + sizeof path + 20);
	assert_int_equal(f.calls, 1);
	buf_release(&one);
	buf_release(&two);
	buf_release(&previous);
}

/* A delta that is no shorter is not made. */
static void other_texts_go_whole(void **state)
{
	struct files f = {.path = str_from(path), .content = STR("something else altogether")};
	struct change c = {
	    .path = str_from(path), .content = STR("new and quite different"), .old = f.content};
	(void)state;
	there_and_back(&c, 1, &f);
	c.content = STR_EMPTY;
	there_and_back(&c, 1, &f);
	c.content = STR("x");
	there_and_back(&c, 1, &f);
	assert_int_equal(f.calls, 0);
}

/* --- lies --- */

/* Decode a change of kind 4 at `where` with this delta (hex), beside an old "abcdefgh". */
static int decode(const char *where, const char *hex, struct files *f, struct err *err)
{
	struct buf b = BUF_INIT, delta = BUF_INIT;
	struct entry e;
	struct entry_context ctx = {.network = n64, .old = f ? old_file : NULL, .of = f};
	buf_u8(&b, 2);
	buf_varint(&b, 7);
	buf_varint(&b, SIGNATURE_BYTES);
	buf_varint(&b, T0);
	buf_varint(&b, 1);
	buf_varint(&b, 0);
	buf_varint(&b, 1);
	buf_u8(&b, 4);
	buf_varint(&b, 0);
	buf_varint(&b, strlen(where));
	buf_puts(&b, where);
	assert_true(buf_unhex(&delta, str_from(hex)));
	buf_add(&b, buf_str(&delta));
	for (int i = 0; i < SIGNATURE_BYTES; i++)
		buf_putc(&b, 's');
	int bad = entry_decode(&e, "east", buf_str(&b), &ctx, err);
	assert_true(bad || str_is(e.changes[0].content, "abcdefgh"));
	assert_true(!bad || (!e.arena.blocks && !e.changes));
	if (!bad)
		entry_release(&e);
	buf_release(&b);
	buf_release(&delta);
	return bad;
}

static void malformed(void **state)
{
	static const struct {
		const char *where, *hex;
		int result;
		const char *says;
	} cases[] = {
	    {path, "01000800", 0, ""},
	    {path, "0108616263646566676800", 0, ""},
	    {"records/ke-mombasa/news/other/en.md", "01000800", ERR_CHAIN, "which is not here"},
	    {"roster.md", "01000800", ERR_CHAIN, "roster.md, which is not here"},
	    {"records/ke-mombasa/../../x/en.md", "01000800", ERR_SYNTAX, "grammar"},
	    {"", "01000800", ERR_SYNTAX, "grammar"},
	    {path, "010000", ERR_SYNTAX, "grammar"},
	    {path, "01004900", ERR_CHAIN, "copies"},
	    {path, "01000101", ERR_CHAIN, "copies"},
	    {path, "010081800400", ERR_LIMIT, "more than fits"},
	    {path, "0100ffffffffffffffffff0100", ERR_LIMIT, "more than fits"},
	    {path, "01ffffffffffffffffff01", ERR_SYNTAX, "grammar"},
	    {path, "ffffffffffffffffff01", ERR_SYNTAX, "grammar"},
	    {"records/ke-mombasa/news/market/en.md.sig", "01000800", ERR_CHAIN, "not here"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct files f = {.path = str_from(path), .content = STR("abcdefgh")};
		struct err err = {0};
		int bad = decode(cases[i].where, cases[i].hex, &f, &err);
		if (bad != cases[i].result || (bad && !strstr(err.msg, cases[i].says)))
			fail_msg("%zu: %d %s", i, bad, err.msg);
		if (str_is(str_from(cases[i].where), "") || strstr(cases[i].where, ".."))
			assert_int_equal(f.calls, 0);
	}
}

static void the_base_is_not_to_be_had(void **state)
{
	struct err err = {0};
	struct files f = {.path = str_from(path), .content = STR("abcdefgh"), .fails = ERR_GIT};
	(void)state;
	assert_int_equal(decode(path, "01000800", NULL, &err), ERR_CHAIN);
	/* Our own store's fault is never the peer's. */
	refused(decode(path, "01000800", &f, &err), ERR_GIT, &err, "the disk is broken");
}

/* Few bytes that stand for many: a file's limit, and that of an entry whose files are whole. */
static void small_entries_stay_small(void **state)
{
	struct buf b = BUF_INIT, old = BUF_INIT;
	struct entry e;
	struct err err = {0};
	(void)state;
	/* The eighth file of 64 KiB would fill an entry, were there nothing else in it. */
	while (old.len < RECORD_BYTES_MAX)
		buf_putc(&old, 'x');
	struct files f = {.path = STR_EMPTY, .content = buf_str(&old)};
	for (int n = 7; n <= 9; n++) {
		struct entry_context ctx = {.network = n64, .old = old_file, .of = &f};
		struct change c[9];
		f.calls = 0;
		struct arena arena = {NULL};
		for (int i = 0; i < n; i++)
			c[i] = (struct change){.path = str_from(arena_printf(
						   &arena, "records/ke-mombasa/news/n%d/en.md", i)),
			    .content = buf_str(&old),
			    .old = buf_str(&old)};
		struct entry made = entry_of(c, (size_t)n);
		buf_reset(&b);
		entry_encode(&b, &made, &ctx);
		assert_in_range(b.len, 64, 600);
		int bad = entry_decode(&e, "east", buf_str(&b), &ctx, &err);
		if (n < 8)
			good(bad, &err);
		else
			refused(bad, ERR_LIMIT, &err, "more than");
		assert_int_equal(f.calls, n < 8 ? n : 8);
		if (!bad)
			entry_release(&e);
		arena_clear(&arena);
	}
	buf_release(&b);
	buf_release(&old);
}

/* --- between stores --- */

static void append_news(struct store *s, const char *id, const char *more)
{
	struct draft d = {.n = 0};
	struct buf body = news("ke-mombasa", id, "");
	char where[128];
	buf_puts(&body, more);
	snprintf(where, sizeof where, "records/ke-mombasa/news/%s/en.md", id);
	draft_record(&d, where, buf_str(&body), EAST + ANN, EAST + REV);
	append(s, &d);
	buf_release(&body);
}

/* Six entries: a record, four revisions of it, and its end. */
static struct store *history(void)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	char more[2000] = "";
	for (int i = 0; i < 5; i++) {
		size_t n = strlen(more);
		snprintf(more + n, sizeof more - n,
		    "And on day %d there was more to say of it than in all the days before.\n", i);
		append_news(s, "market", more);
	}
	draft_delete(&d, path);
	draft_delete(&d, "records/ke-mombasa/news/market/en.md.rev");
	draft_delete(&d, "records/ke-mombasa/news/market/en.md.sig");
	append(s, &d);
	return s;
}

static void same_bytes(struct store *a, struct store *b)
{
	struct wires *one = wires_new(a, "east", 1), *other = wires_new(b, "east", 1);
	assert_int_equal(one->n, other->n);
	assert_true(str_eq(buf_str(&one->bytes), buf_str(&other->bytes)));
	wires_free(one);
	wires_free(other);
}

/* All in one batch, where each base is not on disk yet; one by one; and on from there. */
static void revisions_travel(void **state)
{
	struct store *east = history(), *all = store_new("all", NULL, 0),
		     *single = store_new("single", NULL, 0), *third = store_new("third", NULL, 0);
	struct wires *w = wires_new(east, "east", 1);
	struct err err = {0};
	size_t n;
	(void)state;
	assert_int_equal(w->n, 7);
	for (size_t i = 2; i < 6; i++) /* two signatures, the journal's, and what changed */
		assert_in_range(w->entries[i].len, 192, 340);
	good(store_admit(all, "east", w->entries, w->n, &n, &err), &err);
	assert_int_equal(n, 7);
	for (size_t i = 0; i < w->n; i++)
		good(store_admit(single, "east", &w->entries[i], 1, &n, &err), &err);
	carry(third, all, "east");
	same_bytes(east, all);
	same_bytes(east, single);
	same_bytes(east, third);
	sound(all);
	sound(single);
	wires_free(w);
	store_close(east);
	store_close(all);
	store_close(single);
	store_close(third);
}

/* A hub that went two ways: what was made for the files of the other branch is no fault of whoever
 * passes it on, so it must not look like bytes that break the grammar. */
static void another_branch(void **state)
{
	struct store *east = east_new(), *twin = hub_new("twin", "east", EAST),
		     *reader = store_new("reader", NULL, 0);
	struct err err = {0};
	size_t n;
	(void)state;
	append_news(east, "market", "The first text, which is the base of the next.\n");
	append_news(east, "market", "The second text, where there is more.\n");
	append_news(twin, "harbour", "");
	carry(reader, twin, "east");
	assert_int_equal(store_journal(reader, "east")->head.seq, 2);
	struct wires *w = wires_new(east, "east", 3);
	assert_int_equal(w->n, 1);
	refused(store_admit(reader, "east", w->entries, 1, &n, &err), ERR_CHAIN, &err, "en.md");
	sound(reader);
	wires_free(w);
	store_close(east);
	store_close(twin);
	store_close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_revision_is_short),
	    cmocka_unit_test(other_texts_go_whole),
	    cmocka_unit_test(malformed),
	    cmocka_unit_test(the_base_is_not_to_be_had),
	    cmocka_unit_test(small_entries_stay_small),
	    cmocka_unit_test_setup_teardown(revisions_travel, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(another_branch, scratch_new, scratch_remove),
	};
	hash_init();
	return cmocka_run_group_tests(tests, NULL, done);
}
