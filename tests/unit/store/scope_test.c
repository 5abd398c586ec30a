/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records whose text is left out: every entry still comes out with its signed id, stock git finds
 * nothing amiss, and nobody can hold back what is wanted.
 */
#include "fixture.h"
#include "store/follow.h"
#include "store/verify.h"
#include "store/whole.h"

static struct scope french(void)
{
	struct scope s = {.is_lacking = false};
	words_add(&s.langs, STR("fr"));
	return s;
}

static struct scope pages(void)
{
	struct scope s = {.is_lacking = false};
	words_add(&s.types, STR("page"));
	return s;
}

static void a_scope_is_types_and_languages(void **state)
{
	static const struct {
		const char *path;
		bool in_french, in_pages, in_both;
	} row[] = {
	    {"records/ke-mombasa/news/market/en.md", false, false, false},
	    {"records/ke-mombasa/news/market/fr.md", true, false, false},
	    {"records/ke-mombasa/page/about/en.md", false, true, false},
	    {"records/ke-mombasa/page/about/fr.md", true, true, true},
	    {"records/ke-mombasa/news/market/en.md.sig", true, true, true},
	    {"records/ke-mombasa/news/market/en.md.rev", true, true, true},
	    {"roster.md", true, true, true},
	    {"roster.md.steward-1.sig", true, true, true},
	};
	struct scope fr = french(), page = pages(), both = pages(), all = {.is_lacking = true};
	(void)state;
	words_add(&both.langs, STR("fr"));
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct str path = str_from(row[i].path);
		assert_int_equal(scope_has(&fr, path), row[i].in_french);
		assert_int_equal(scope_has(&page, path), row[i].in_pages);
		assert_int_equal(scope_has(&both, path), row[i].in_both);
		assert_true(scope_has(&all, path));
	}
	assert_true(scope_is_all(&all));
	assert_false(scope_is_all(&page));
}

static void its_bytes_are_strict(void **state)
{
	const struct {
		struct str body;
		const char *why; /* NULL: good */
	} row[] = {
	    {STR("\0\0\0"), NULL},
	    {STR("\1\2\4news\4page\1fr"), NULL},
	    {STR(""), "neither 1"},
	    {STR("\2\0\0"), "neither 1"},
	    {STR("\0\0"), "cut short"},
	    {STR("\0\1\4new"), "cut short"},
	    {STR("\0\1\4News\0"), "no such words"},
	    {STR("\0\1\0\0"), "no such words"},
	    {STR("\0\2\4news\4news\0"), "twice"},
	    {STR("\0\0\1FR"), "no such words"},
	    {STR("\0\0\2frfr"), "twice"},
	    {STR("\0\0\x41"), "more than 64"},
	    {STR("\0\0\1fr "), "1 bytes more"},
	};
	struct scope s;
	struct err err;
	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct buf again = BUF_INIT;
		int bad = scope_parse(&s, row[i].body, &err);
		if (row[i].why) {
			refused(bad, ERR_PEER, &err, row[i].why);
			continue;
		}
		good(bad, &err);
		scope_write(&again, &s);
		assert_true(str_eq(buf_str(&again), row[i].body));
		buf_release(&again);
	}
}

/* --- the wire --- */

static const char en[] = "records/ke-mombasa/news/market/en.md";

static struct entry entry_of(struct change *changes, size_t n)
{
	struct entry e = {
	    .hub = "east", .seq = 7, .time = T0, .charter = 2, .changes = changes, .nchanges = n};
	memset(e.signature, 0x77, SIGNATURE_BYTES);
	return e;
}

static void bare_there_and_back(void **state)
{
	struct scope fr = french();
	struct entry_context ctx = {.network = network.text, .scope = &fr};
	struct change c = {.path = str_from(en), .content = STR("a long story")};
	struct entry e = entry_of(&c, 1), got;
	struct buf whole = BUF_INIT, b = BUF_INIT;
	struct err err = {0};
	static const struct sha256 none;
	(void)state;
	memset(c.blob.bytes, 0xb1, OID_BYTES);
	entry_encode(&b, &e, &ctx);
	good(entry_decode(&got, "east", buf_str(&b), &ctx, &err), &err);
	assert_int_equal(got.nchanges, 1);
	assert_true(got.changes[0].is_bare);
	assert_true(entry_has_hashes(&got));
	assert_true(oid_eq(&got.changes[0].blob, &c.blob));
	struct sha256 a = entry_content(&none, &c, 1), z = entry_content(&none, got.changes, 1);
	assert_true(sha256_eq(&a, &z));
	z = entry_content_keep(&none, &got);
	assert_true(sha256_eq(&a, &z));
	entry_release(&got);
	/* Nobody may hold back what is wanted; cut anywhere it is no entry. */
	struct scope page = pages();
	words_add(&page.types, STR("news"));
	ctx.scope = &page;
	refused(entry_decode(&got, "east", buf_str(&b), &ctx, &err), ERR_SYNTAX, &err,
	    "leaves out records/ke-mombasa/news/market/en.md");
	ctx.scope = NULL;
	refused(entry_decode(&got, "east", buf_str(&b), &ctx, &err), ERR_SYNTAX, &err,
	    "leaves out records/ke-mombasa/news/market/en.md");
	ctx.scope = &fr;
	for (size_t n = 0; n < b.len; n++)
		assert_int_not_equal(
		    entry_decode(&got, "east", str_sub(buf_str(&b), 0, n), &ctx, &err), 0);
	/* What is in the scope goes whole. */
	ctx.scope = &page;
	entry_encode(&whole, &e, &ctx);
	good(entry_decode(&got, "east", buf_str(&whole), &ctx, &err), &err);
	assert_true(str_is(got.changes[0].content, "a long story"));
	entry_release(&got);
	buf_release(&whole);
	buf_release(&b);
}

static void no_delta_for_who_may_lack_its_base(void **state)
{
	struct scope lacking = {.is_lacking = true}, whole = french();
	words_add(&whole.langs, STR("en"));
	struct entry_context ctx = {.network = network.text, .scope = &whole};
	struct buf old = BUF_INIT, text = BUF_INIT;
	(void)state;
	for (int i = 0; i < 50; i++)
		buf_printf(&old, "line %d of it\n", i);
	buf_printf(&text, "%send\n", old.ptr);
	struct change c[] = {
	    {.path = str_from(en), .content = buf_str(&text), .old = buf_str(&old)},
	    {.path = STR("roster.md"), .content = buf_str(&text), .old = buf_str(&old)}};
	struct entry e = entry_of(c, 1);
	struct buf b = BUF_INIT;
	entry_encode(&b, &e, &ctx);
	assert_true(b.len < 200);
	buf_reset(&b);
	ctx.scope = &lacking;
	entry_encode(&b, &e, &ctx);
	assert_true(b.len > text.len);
	buf_reset(&b);
	e = entry_of(c + 1, 1); /* rosters are always here */
	entry_encode(&b, &e, &ctx);
	assert_true(b.len < 200);
	buf_release(&b);
	buf_release(&old);
	buf_release(&text);
}

/* --- stores --- */

/* A roster, a page, news, a revision of each, the end of the news, and more news. */
static struct store *history(void)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	struct str first = draft_news(&d, EAST, "ke-mombasa", "market", "");
	struct sha256 hash = sha256(first);
	char more[200];
	append(s, &d);
	snprintf(more, sizeof more, "previous: [\"sha256:%s\"]\n", sha256_hex(&hash).text);
	draft_news(&d, EAST, "ke-mombasa", "bridge", "");
	append(s, &d);
	draft_file(&d, en, STR("not even a record\n"));
	append(s, &d);
	draft_delete(&d, "records/ke-mombasa/news/bridge/en.md");
	append(s, &d);
	draft_news(&d, EAST, "ke-mombasa", "school", "");
	append(s, &d);
	return s;
}

static struct wires *wires_for(struct store *s, const char *hub, const struct scope *scope)
{
	struct wires *w = mem_alloc(sizeof *w);
	static size_t lengths[512];
	struct err err = {0};
	size_t offset = 0;
	w->bytes = BUF_INIT;
	good(store_entries(s, hub, 1, SIZE_MAX, scope, &w->bytes, lengths, 512, &w->n, &err), &err);
	for (size_t i = 0; i < w->n; i++, offset += lengths[i - 1])
		w->entries[i] = str_sub(buf_str(&w->bytes), offset, lengths[i]);
	return w;
}

static void subscribe(struct store *s, const char *key, const char *word)
{
	struct err err = {0};
	json_t *reply,
	    *request = word ? json_pack("{s:[s]}", key, word) : json_pack("{s:b}", key, 1);
	good(follow_op(s, request, &reply, &err), &err);
	json_decref(request);
	json_decref(reply);
}

static void count_faults(void *ctx, const char *where, const char *what)
{
	print_message("%s: %s\n", where, what);
	++*(int *)ctx;
}

static void no_progress(void *ctx, size_t done, size_t all)
{
	(void)ctx;
	(void)done;
	(void)all;
}

static size_t verify(struct store *s, size_t *absent)
{
	struct catalogue c = {.len = 0};
	struct verify_counts n = {.faults = 0};
	struct err err = {0};
	int faults = 0;
	const struct verify_hooks hooks = {count_faults, no_progress, &faults};
	good(verify_store(&c, s, &n, &hooks, &err), &err);
	assert_int_equal(faults, 0);
	*absent = 0;
	for (size_t i = 0; i < c.len; i++) {
		*absent += c.items[i].state == ITEM_ABSENT;
		assert_true(c.items[i].state != ITEM_ABSENT || !c.items[i].title[0]);
	}
	catalogue_release(&c);
	return n.bare;
}

static void entries_travel_bare(void **state)
{
	struct store *east = history(), *edge = store_new("edge", NULL, 0);
	struct scope scope = pages();
	struct err err = {0};
	size_t n, absent;
	(void)state;
	subscribe(edge, "types", "page");
	assert_non_null(follow_scope(edge));
	struct wires *w = wires_for(east, "east", &scope), *all = wires_new(east, "east", 1);
	assert_true(w->bytes.len < all->bytes.len);
	refused(store_admit(edge, "east", w->entries, w->n, &n, &err), ERR_SYNTAX, &err,
	    "which is wanted here");
	assert_int_equal(n, 1); /* the roster */
	good(store_admit_bare(edge, "east", w->entries + n, w->n - n, follow_scope(edge), &n, &err),
	    &err);
	edge = reopened(edge);
	struct sha256 a = digest(east), b = digest(edge);
	same_digest(&a, &b);
	sound(edge);
	assert_int_equal(verify(edge, &absent), 4);
	assert_int_equal(absent, 3);
	struct buf bytes = BUF_INIT;
	size_t length;
	refused(store_entries(edge, "east", 2, 1, NULL, &bytes, &length, 1, &n, &err), ERR_MISSING,
	    &err, "not here (not subscribed)");
	buf_release(&bytes);
	/* And on from there, in many packs that become one. */
	for (int i = 0; i < 60; i++) {
		struct draft d = {.n = 0};
		char id[32];
		snprintf(id, sizeof id, "news-%d", i);
		draft_news(&d, EAST, "ke-mombasa", id, "");
		append(east, &d);
		struct wires *one = wires_for(east, "east", &scope);
		good(store_admit_bare(edge, "east", one->entries + one->n - 1, 1, &scope, &n, &err),
		    &err);
		wires_free(one);
	}
	store_tidy(edge);
	edge = reopened(edge);
	sound(edge);
	assert_int_equal(verify(edge, &absent), 64);
	wires_free(w);
	wires_free(all);
	store_close(edge);
	store_close(east);
}

/* A forger who gives other ids or hashes fails the journal's signature, and leaves nothing. */
static void what_is_left_out_is_signed(void **state)
{
	struct store *east = history(), *edge = store_new("edge-2", NULL, 0);
	struct scope scope = pages();
	struct wires *w = wires_for(east, "east", &scope);
	struct err err = {0};
	size_t n;
	(void)state;
	good(store_admit_bare(edge, "east", w->entries, 1, &scope, &n, &err), &err);
	long objects = object_count(edge);
	for (size_t i = 0; i < OID_BYTES + SHA256_BYTES; i++) {
		struct buf bent = BUF_INIT;
		buf_add(&bent, w->entries[1]);
		/* At the end stand the ids, two signatures by people and the journal's. */
		size_t at = bent.len - 3 * SIGNATURE_BYTES - OID_BYTES - SHA256_BYTES + i;
		bent.ptr[at] = (char)(bent.ptr[at] ^ 1);
		struct str one = buf_str(&bent);
		refused(store_admit_bare(edge, "east", &one, 1, &scope, &n, &err), ERR_SIGNATURE,
		    &err, "entry 2 of east");
		buf_release(&bent);
	}
	assert_int_equal(object_count(edge), objects);
	good(store_admit_bare(edge, "east", w->entries + 1, w->n - 1, &scope, &n, &err), &err);
	wires_free(w);
	store_close(edge);
	store_close(east);
}

/* How far peers are told that the journal of east is held. */
static uint64_t told(struct store *s)
{
	struct local_state l;
	struct head heads[HUBS_MAX];
	store_state(s, &l);
	whole_state(&l, heads, s);
	const struct head *h = head_find(l.heads, l.nheads, "east");
	return h ? h->seq : 0;
}

/* What fills an entry must be that entry: another text leaves nothing behind. */
static void another_text_fills_nothing(void **state)
{
	struct store *east = east_new(), *edge = store_new("edge-4", NULL, 0);
	struct scope scope = pages(), lacking = {.is_lacking = true};
	struct draft d = {.n = 0};
	struct err err = {0};
	size_t n;
	(void)state;
	draft_news(&d, EAST, "ke-mombasa", "market", "");
	append(east, &d);
	subscribe(edge, "types", "page");
	struct wires *bare = wires_for(east, "east", &scope);
	good(store_admit_bare(edge, "east", bare->entries, 2, &scope, &n, &err), &err);
	subscribe(edge, "all", NULL);
	struct wires *again = wires_for(east, "east", &lacking);
	struct buf bent = BUF_INIT;
	buf_add(&bent, again->entries[1]);
	char *at = memmem(bent.ptr, bent.len, "ke-mombasa\n", 11);
	assert_non_null(at);
	at[0] = 'K';
	struct str one = buf_str(&bent);
	long objects = object_count(edge);
	refused(store_admit_bare(edge, "east", &one, 1, &lacking, &n, &err), ERR_SIGNATURE, &err,
	    "another than the one here");
	/* Nor does leaving it out once more. */
	refused(store_admit_bare(edge, "east", &bare->entries[1], 1, &lacking, &n, &err),
	    ERR_SYNTAX, &err, "which is wanted here");
	assert_int_equal(object_count(edge), objects);
	assert_int_equal(told(edge), 1);
	good(store_admit_bare(edge, "east", &again->entries[1], 1, &lacking, &n, &err), &err);
	assert_int_equal(told(edge), 2);
	buf_release(&bent);
	wires_free(bare);
	wires_free(again);
	store_close(edge);
	store_close(east);
}

/* The text of a revision is a difference to one that is not here: said so, and not taken for
 * another branch. */
static void a_file_for_all_may_need_more(void **state)
{
	struct store *east = east_new(), *edge = store_new("edge-3", NULL, 0);
	struct scope scope = pages();
	struct draft d = {.n = 0};
	struct buf body = BUF_INIT;
	struct err err = {0};
	size_t n;
	(void)state;
	for (int i = 0; i < 40; i++)
		buf_printf(&body, "line %d of many\n", i);
	draft_file(&d, en, buf_str(&body));
	append(east, &d);
	buf_puts(&body, "and one more\n");
	draft_file(&d, en, buf_str(&body));
	append(east, &d);
	subscribe(edge, "types", "page");
	struct wires *bare = wires_for(east, "east", &scope), *all = wires_new(east, "east", 1);
	good(store_admit_bare(edge, "east", bare->entries, 2, &scope, &n, &err), &err);
	refused(store_admit(edge, "east", all->entries, all->n, &n, &err), ERR_UNSUPPORTED, &err,
	    "only a link to a hub can bring it");
	good(store_admit_bare(edge, "east", bare->entries, 3, &scope, &n, &err), &err);
	assert_int_equal(n, 1);
	/* Wider again: peers are told less than is here, so that they send it again. */
	assert_false(follow_scope(edge)->is_lacking);
	assert_int_equal(told(edge), 3);
	subscribe(edge, "all", NULL);
	assert_true(follow_scope(edge)->is_lacking);
	edge = reopened(edge);
	assert_true(follow_scope(edge)->is_lacking);
	assert_int_equal(told(edge), 1);
	sound(edge);
	struct scope lacking = {.is_lacking = true};
	struct wires *again = wires_for(east, "east", &lacking);
	good(store_admit_bare(edge, "east", again->entries, 2, &lacking, &n, &err), &err);
	assert_int_equal(n, 1);
	assert_int_equal(told(edge), 2);
	/* From a file as well, now that the text before it is here. */
	good(store_admit(edge, "east", &all->entries[2], 1, &n, &err), &err);
	assert_int_equal(n, 1);
	assert_null(follow_scope(edge)); /* all of it is here, and it is like any other store */
	assert_false(repo_is_partial(edge->repo));
	assert_int_equal(told(edge), 3);
	size_t absent;
	assert_int_equal(verify(edge, &absent), 0);
	assert_int_equal(absent, 0);
	sound(edge);
	edge = reopened(edge);
	assert_null(follow_scope(edge));
	wires_free(again);
	wires_free(bare);
	wires_free(all);
	buf_release(&body);
	store_close(edge);
	store_close(east);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_scope_is_types_and_languages),
	    cmocka_unit_test(its_bytes_are_strict),
	    cmocka_unit_test_setup_teardown(bare_there_and_back, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(
		no_delta_for_who_may_lack_its_base, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(entries_travel_bare, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(
		what_is_left_out_is_signed, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(
		a_file_for_all_may_need_more, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(
		another_text_fills_nothing, scratch_new, scratch_remove),
	};
	hash_init();
	return cmocka_run_group_tests(tests, NULL, done);
}
