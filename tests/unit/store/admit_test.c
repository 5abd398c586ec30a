/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of other hubs: what follows and is signed is kept; the first fault ends it, keeps what
 * was good before, and leaves nothing else behind.
 */
#include "fixture.h"

/* east with a roster and `more` entries, and central, which has only its own. */
struct pair {
	struct store *east, *central;
};

static struct pair pair_new(int more)
{
	struct pair p = {east_new(), hub_new("central", "central", CENTRAL_HUB)};
	for (int i = 0; i < more; i++) {
		struct draft d = {.n = 0};
		char id[32];
		snprintf(id, sizeof id, "news-%d", i);
		draft_news(&d, EAST, "ke-mombasa", id, "");
		append(p.east, &d);
	}
	return p;
}

static void pair_free(struct pair *p)
{
	store_close(p->east);
	store_close(p->central);
}

static void same_journal(struct store *a, struct store *b, const char *hub)
{
	struct journal *x = store_journal(a, hub), *y = store_journal(b, hub);
	assert_non_null(x);
	assert_non_null(y);
	assert_int_equal(x->head.seq, y->head.seq);
	assert_true(oid_eq(&x->head.id, &y->head.id));
	assert_true(sha256_eq(&x->content, &y->content));
}

static void entries_travel(void **state)
{
	struct pair p = pair_new(3);
	struct err err = {0};
	(void)state;
	carry(p.central, p.east, "east");
	carry(p.east, p.central, "central");
	same_journal(p.central, p.east, "east");
	struct sha256 a = digest(p.central), b = digest(p.east);
	same_digest(&a, &b);
	sound(p.central);
	p.central = reopened(p.central); /* it is on disk, not only in memory */
	same_journal(p.central, p.east, "east");
	/* A third store gets it from the second: the same bytes again. */
	struct store *edge = store_new("edge", NULL, 0);
	carry(edge, p.central, "east");
	carry(edge, p.central, "central");
	struct sha256 c = digest(edge);
	same_digest(&a, &c);
	for (uint64_t seq = 1; seq <= 4; seq++) {
		struct oid one, other;
		good(store_entry_id(p.east, "east", seq, &one, &err), &err);
		good(store_entry_id(edge, "east", seq, &other, &err), &err);
		assert_true(oid_eq(&one, &other));
	}
	store_close(edge);
	pair_free(&p);
}

static void one_at_a_time_and_in_runs(void **state)
{
	struct pair p = pair_new(6);
	struct wires *w = wires_new(p.east, "east", 1);
	struct err err = {0};
	size_t n;
	(void)state;
	good(store_admit(p.central, "east", w->entries, 1, &n, &err), &err);
	assert_int_equal(n, 1);
	good(store_admit(p.central, "east", w->entries, 3, &n, &err), &err); /* the first again */
	assert_int_equal(n, 2);
	good(store_admit(p.central, "east", w->entries, 3, &n, &err), &err); /* all again */
	assert_int_equal(n, 0);
	good(store_admit(p.central, "east", w->entries + 3, 4, &n, &err), &err);
	assert_int_equal(n, 4);
	good(store_admit(p.central, "east", w->entries, 0, &n, &err), &err);
	same_journal(p.central, p.east, "east");
	sound(p.central);
	wires_free(w);
	pair_free(&p);
}

/* What a refusal must leave as it was. */
struct before {
	struct sha256 digest;
	long objects;
};

static struct before look(struct store *s)
{
	return (struct before){digest(s), object_count(s)};
}

static void unchanged(struct store *s, const struct before *b)
{
	struct sha256 now = digest(s);
	same_digest(&now, &b->digest);
	assert_int_equal(object_count(s), b->objects);
}

/* Refused; then the good entries still go in, and nothing of the bad one is in the store. */
static void refuse(
    struct pair *p, const char *hub, struct str entry, enum err_code code, const char *says)
{
	struct before b = look(p->central);
	struct err err = {0};
	size_t n = 99;
	int bad = store_admit(p->central, hub, &entry, 1, &n, &err);
	refused(bad, code, &err, says);
	assert_int_equal(n, 0);
	unchanged(p->central, &b);
}

static void finish(struct pair *p)
{
	carry(p->central, p->east, "east");
	same_journal(p->central, p->east, "east");
	sound(p->central);
	p->central = reopened(p->central);
	same_journal(p->central, p->east, "east");
	pair_free(p);
}

static void gaps_are_refused(void **state)
{
	struct pair p = pair_new(2);
	struct wires *w = wires_new(p.east, "east", 1);
	(void)state;
	refuse(&p, "east", w->entries[1], ERR_CHAIN, "entry 2 of east: it does not follow entry 0");
	carry(p.east, p.central, "central");
	refuse(&p, "east", w->entries[2], ERR_CHAIN, "does not follow");
	wires_free(w);
	finish(&p);
}

static void another_hubs_entries_are_refused(void **state)
{
	struct pair p = pair_new(1);
	struct wires *w = wires_new(p.east, "east", 1);
	(void)state;
	refuse(&p, "west", w->entries[0], ERR_SIGNATURE, "entry 1 of west");
	size_t journals = p.central->njournals;
	for (int i = 0; i < 5; i++) {
		char name[32];
		snprintf(name, sizeof name, "nobody-%d", i);
		refuse(&p, name, w->entries[0], ERR_SIGNATURE, "no hub nobody");
	}
	assert_int_equal(p.central->njournals, journals);
	wires_free(w);
	finish(&p);
}

static void any_flipped_byte_is_refused(void **state)
{
	struct pair p = pair_new(1);
	struct wires *w = wires_new(p.east, "east", 1);
	struct before b = look(p.central);
	struct err err = {0};
	size_t n, refusals = 0;
	(void)state;
	for (size_t i = 0; i < w->entries[0].len; i++) {
		char *byte = &w->bytes.ptr[i];
		*byte ^= 0x01;
		if (store_admit(p.central, "east", w->entries, 1, &n, &err) == 0)
			fail_msg("byte %zu does not matter", i);
		refusals++;
		*byte ^= 0x01;
	}
	assert_int_equal(refusals, w->entries[0].len);
	unchanged(p.central, &b);
	/* And in a later entry, with the one before it good: that one is kept. */
	struct str second = w->entries[1];
	size_t at = (size_t)(second.ptr - w->bytes.ptr);
	w->bytes.ptr[at + second.len - 1] ^= 0x40; /* in the journal's signature */
	int bad = store_admit(p.central, "east", w->entries, 2, &n, &err);
	refused(bad, ERR_SIGNATURE, &err, "entry 2 of east");
	assert_int_equal(n, 1);
	assert_int_equal(store_journal(p.central, "east")->head.seq, 1);
	sound(p.central);
	for (size_t i = at; i < at + second.len; i++) {
		w->bytes.ptr[i] ^= 0x10;
		if (store_admit(p.central, "east", &w->entries[1], 1, &n, &err) == 0 && n)
			fail_msg("byte %zu does not matter", i - at);
		w->bytes.ptr[i] ^= 0x10;
	}
	wires_free(w);
	finish(&p);
}

static void cut_entries_are_refused(void **state)
{
	struct pair p = pair_new(0);
	struct wires *w = wires_new(p.east, "east", 1);
	struct before b = look(p.central);
	struct err err = {0};
	size_t n;
	(void)state;
	for (size_t len = 0; len < w->entries[0].len; len++) {
		struct str cut = str_sub(w->entries[0], 0, len);
		if (store_admit(p.central, "east", &cut, 1, &n, &err) == 0)
			fail_msg("%zu bytes are enough", len);
	}
	unchanged(p.central, &b);
	wires_free(w);
	finish(&p);
}

static void good_entries_before_a_bad_one_are_kept(void **state)
{
	struct pair p = pair_new(4);
	struct wires *w = wires_new(p.east, "east", 1);
	struct err err = {0};
	size_t n;
	(void)state;
	w->bytes.ptr[(size_t)(w->entries[3].ptr - w->bytes.ptr) + w->entries[3].len - 5] ^= 1;
	int bad = store_admit(p.central, "east", w->entries, 5, &n, &err);
	refused(bad, ERR_SIGNATURE, &err, "entry 4 of east");
	assert_int_equal(n, 3);
	p.central = reopened(p.central);
	assert_int_equal(store_journal(p.central, "east")->head.seq, 3);
	sound(p.central);
	wires_free(w);
	finish(&p);
}

/* --- well signed, and wrong --- */

/* Entry `seq` of east as `bend` makes it, signed again with `key`, in wire form. */
static struct buf resigned(
    struct pair *p, uint64_t seq, void (*bend)(struct entry *e), const char *net, unsigned key)
{
	struct entry e;
	struct err err = {0};
	struct buf b = BUF_INIT;
	good(store_entry(p->east, "east", seq, &e, &err), &err);
	bend(&e);
	good(entry_sign(&e, net, key_of(key), &err), &err);
	entry_encode(&b, &e, &(struct entry_context){.network = network.text});
	entry_release(&e);
	return b;
}

static void as_it_is(struct entry *e)
{
	(void)e;
}

static void earlier(struct entry *e)
{
	e->time = T0; /* the entry before is a minute later */
}

static void newer_charter(struct entry *e)
{
	e->charter = 2;
}

static void other_content(struct entry *e)
{
	e->content.bytes[0] ^= 1;
}

static void other_parent(struct entry *e)
{
	e->parent.bytes[0] ^= 1;
}

static void other_tree(struct entry *e)
{
	e->tree.bytes[0] ^= 1;
}

static void signed_but_wrong(void **state)
{
	static const struct {
		const char *what;
		void (*bend)(struct entry *e);
		unsigned key;
		enum err_code code;
		const char *says;
	} cases[] = {
	    {"time before its parent's", earlier, EAST, ERR_CHAIN, "older than that"},
	    {"charter not here", newer_charter, EAST, ERR_MISSING, "charter version 2"},
	    {"another hub's key", as_it_is, WEST, ERR_SIGNATURE, "entry 2 of east"},
	    {"the steward's key", as_it_is, EAST + STEWARD, ERR_SIGNATURE, "entry 2 of east"},
	    {"a content that is not its files'", other_content, EAST, ERR_SIGNATURE,
		"entry 2 of east"},
	    {"another parent", other_parent, EAST, ERR_SIGNATURE, "entry 2 of east"},
	    {"another tree", other_tree, EAST, ERR_SIGNATURE, "entry 2 of east"},
	};
	struct pair p = pair_new(1);
	struct wires *w = wires_new(p.east, "east", 1);
	struct err err = {0};
	size_t n;
	(void)state;
	good(store_admit(p.central, "east", w->entries, 1, &n, &err), &err);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = resigned(&p, 2, cases[i].bend, network.text, cases[i].key);
		refuse(&p, "east", buf_str(&b), cases[i].code, cases[i].says);
		buf_release(&b);
	}
	struct buf foreign = resigned(&p, 2, as_it_is,
	    "0000000000000000000000000000000000000000000000000000000000000000", EAST);
	refuse(&p, "east", buf_str(&foreign), ERR_SIGNATURE, "entry 2 of east");
	buf_release(&foreign);
	wires_free(w);
	finish(&p);
}

/*
 * A file that an entry lists and does not change is in its signed Content, but not in the
 * difference of two trees, from which the next store is served: it could never be passed on. So
 * nobody takes it.
 */
static void changes_that_change_nothing(void **state)
{
	struct pair p = pair_new(1);
	struct entry e;
	struct err err = {0};
	struct buf b = BUF_INIT;
	struct change same[2];
	const struct journal *j = store_journal(p.east, "east");
	(void)state;
	carry(p.central, p.east, "east");
	good(store_entry(p.east, "east", 2, &e, &err), &err);
	same[0] = (struct change){.path = e.changes[0].path, .content = STR("something new")};
	same[1] = (struct change){.path = e.changes[1].path, .content = e.changes[1].content};
	struct entry next = {.hub = "east",
	    .seq = 3,
	    .time = j->time,
	    .charter = 1,
	    .parent = j->head.id,
	    .changes = same,
	    .nchanges = 2,
	    .content = entry_content(&j->content, same, 2)};
	good(tree_apply(p.east->repo, &j->tree, same, 2, &next.tree, &err), &err);
	repo_drop(p.east->repo);
	good(entry_sign(&next, network.text, key_of(EAST), &err), &err);
	entry_encode(&b, &next, &(struct entry_context){.network = network.text});
	refuse(&p, "east", buf_str(&b), ERR_SYNTAX, "changes nothing");
	/* Nor do we write one. */
	assert_int_equal(store_append(p.east, same, 2, T0, &err), ERR_EXISTS);
	assert_int_equal(store_append(p.east, &same[1], 1, T0, &err), ERR_EXISTS);
	/* The control: with only the new file it is an entry. */
	good(store_append(p.east, same, 1, T0, &err), &err);
	buf_release(&b);
	entry_release(&e);
	finish(&p);
}

/* Numbers of other hubs ride along; whatever they say, the store opens again. */
static void heads_far_beyond(void **state)
{
	struct pair p = pair_new(0);
	struct entry e;
	struct err err = {0};
	struct buf b = BUF_INIT;
	struct head head = {.hub = "west", .seq = INT64_MAX, .id = {{9}}};
	size_t n;
	(void)state;
	good(store_entry(p.east, "east", 1, &e, &err), &err);
	e.heads = &head;
	e.nheads = 1;
	good(entry_sign(&e, network.text, key_of(EAST), &err), &err);
	entry_encode(&b, &e, &(struct entry_context){.network = network.text});
	struct str entry = buf_str(&b);
	good(store_admit(p.central, "east", &entry, 1, &n, &err), &err);
	p.central = reopened(p.central);
	assert_int_equal(store_journal(p.central, "east")->head.seq, 1);
	sound(p.central);
	buf_release(&b);
	entry_release(&e);
	pair_free(&p);
}

static void nothing_before_a_charter(void **state)
{
	struct store *s = NULL;
	struct err err = {0};
	struct str any = STR("x");
	size_t n;
	(void)state;
	good(store_create(at("empty"), &err) || store_open(&s, at("empty"), STORE_WRITE, &err),
	    &err);
	assert_int_equal(store_admit(s, "east", &any, 1, &n, &err), ERR_MISSING);
	store_close(s);
}

/* --- our own --- */

static void our_own_entries_have_limits(void **state)
{
	struct store *s = east_new();
	struct draft *d = mem_alloc(sizeof *d);
	struct err err = {0};
	char path[64];
	struct buf big = BUF_INIT;
	(void)state;
	assert_int_equal(store_append(s, d->changes, 0, T0, &err), ERR_LIMIT);
	draft_file(d, "records/a/b/c/../en.md", STR("x"));
	refused(store_append(s, d->changes, 1, T0, &err), ERR_SYNTAX, &err, "no place for a file");
	d->n = 0;
	draft_file(d, "roster.md", STR("x"));
	draft_file(d, "roster.md", STR("y"));
	refused(store_append(s, d->changes, 2, T0, &err), ERR_EXISTS, &err, "given twice");
	d->n = 0;
	draft_delete(d, "records/a/b/c/en.md");
	refused(store_append(s, d->changes, 1, T0, &err), ERR_MISSING, &err, "not there");
	d->n = 0;
	for (int i = 0; i < ENTRY_CHANGES_MAX; i++) {
		snprintf(path, sizeof path, "records/a/b/many-%d/en.md", i);
		draft_file(d, path, STR("x"));
	}
	struct change many[ENTRY_CHANGES_MAX + 1];
	memcpy(many, d->changes, sizeof d->changes);
	many[ENTRY_CHANGES_MAX] =
	    (struct change){.path = STR("records/a/b/more/en.md"), .content = STR("x")};
	refused(store_append(s, many, ENTRY_CHANGES_MAX + 1, T0, &err), ERR_LIMIT, &err,
	    "1 to 256 files");
	refused(store_append(s, many, 1, ENTRY_TIME_MAX + 1, &err), ERR_LIMIT, &err, "clock");
	good(store_append(s, d->changes, ENTRY_CHANGES_MAX, T0, &err), &err);
	d->n = 0;
	while (big.len < RECORD_BYTES_MAX)
		buf_putc(&big, 'x');
	for (int i = 0; i < 8; i++) { /* 512 KiB and the paths */
		snprintf(path, sizeof path, "records/a/b/c%d/en.md", i);
		draft_file(d, path, buf_str(&big));
	}
	refused(store_append(s, d->changes, 8, T0, &err), ERR_LIMIT, &err, "at most 524288 bytes");
	good(store_append(s, d->changes, 7, T0, &err), &err);
	buf_putc(&big, 'x'); /* one file over its own limit: no reader would take the entry */
	d->n = 0;
	draft_file(d, "records/a/b/d/en.md", buf_str(&big));
	refused(store_append(s, d->changes, 1, T0, &err), ERR_LIMIT, &err, "at most 65536 bytes");
	big.len = SIGNATURE_BYTES_MAX + 1;
	d->n = 0;
	draft_file(d, "records/a/b/d/en.md.sig", buf_str(&big));
	refused(store_append(s, d->changes, 1, T0, &err), ERR_LIMIT, &err, "at most 1024 bytes");
	sound(s);
	struct store *edge = store_new("edge", NULL, 0);
	carry(edge, s, "east"); /* others can read all that was written */
	store_close(edge);
	arena_clear(&d->arena);
	free(d);
	buf_release(&big);
	store_close(s);
}

static void only_a_hub_writes(void **state)
{
	struct store *edge = store_new("edge", NULL, 0), *odd = store_new("odd", "north", 0x50);
	struct store *thief = store_new("thief", "east", STRANGER);
	struct change c = {.path = STR("roster.md"), .content = STR("x")};
	struct err err = {0};
	(void)state;
	refused(store_append(edge, &c, 1, T0, &err), ERR_POLICY, &err, "not a hub");
	refused(store_append(odd, &c, 1, T0, &err), ERR_POLICY, &err, "waits to be admitted");
	refused(store_append(thief, &c, 1, T0, &err), ERR_POLICY, &err, "another journal key");
	store_close(edge);
	store_close(odd);
	store_close(thief);
}

static void time_never_goes_back(void **state)
{
	struct store *s = east_new();
	struct change a = {.path = STR("records/a/b/c/en.md"), .content = STR("x")};
	struct change b = {.path = STR("records/a/b/c/fr.md"), .content = STR("x")};
	struct err err = {0};
	(void)state;
	good(store_append(s, &a, 1, T0 + 5000, &err), &err);
	good(store_append(s, &b, 1, T0 + 10, &err), &err); /* the clock was set back */
	assert_int_equal(store_journal(s, "east")->time, T0 + 5000);
	struct store *edge = store_new("edge", NULL, 0);
	carry(edge, s, "east");
	store_close(edge);
	store_close(s);
}

/* Other hubs' heads ride along once, whenever they have moved. */
static void heads_ride_along(void **state)
{
	static const uint64_t east_seq[] = {2, 0, 3, 0}; /* in central's entries 2 to 5; 0: none */
	struct pair p = pair_new(1);
	struct err err = {0};
	struct entry e;
	struct draft d = {.n = 0};
	(void)state;
	for (uint64_t seq = 2; seq <= 5; seq++) {
		carry(p.central, p.east, "east");
		draft_roster(&d, roster_head("central", CENTRAL_HUB, (int)seq), CENTRAL_HUB);
		append(p.central, &d);
		good(store_entry(p.central, "central", seq, &e, &err), &err);
		assert_int_equal(e.nheads, east_seq[seq - 2] ? 1 : 0);
		if (e.nheads) {
			assert_string_equal(e.heads[0].hub, "east");
			assert_int_equal(e.heads[0].seq, east_seq[seq - 2]);
			assert_true(
			    oid_eq(&e.heads[0].id, &store_journal(p.east, "east")->head.id));
		}
		entry_release(&e);
		if (seq == 3) {
			draft_news(&d, EAST, "ke-mombasa", "later", "");
			append(p.east, &d);
		}
	}
	pair_free(&p);
}

/* A journal that has named a charter never goes back to the one before. */
static void charters_never_go_back(void **state)
{
	struct pair p = pair_new(0);
	struct draft d = {.n = 0};
	struct err err = {0};
	struct entry e;
	struct buf b = BUF_INIT;
	(void)state;
	adopt(p.east, charter_next(buf_str(&charter_one), 2));
	adopt(p.central, charter_next(buf_str(&charter_one), 2));
	draft_news(&d, EAST, "ke-mombasa", "one", "");
	append(p.east, &d);
	carry(p.central, p.east, "east");
	draft_news(&d, EAST, "ke-mombasa", "two", "");
	append(p.east, &d);
	good(store_entry(p.east, "east", 3, &e, &err), &err);
	assert_int_equal(e.charter, 2);
	e.charter = 1;
	good(entry_sign(&e, network.text, key_of(EAST), &err), &err);
	entry_encode(&b, &e, &(struct entry_context){.network = network.text});
	refuse(&p, "east", buf_str(&b), ERR_CHAIN, "charter version is older");
	entry_release(&e);
	buf_release(&b);
	finish(&p);
}

static void entries_in_pieces(void **state)
{
	struct pair p = pair_new(9);
	struct err err = {0};
	struct buf b = BUF_INIT;
	size_t lengths[16], n;
	(void)state;
	good(store_entries(p.east, "east", 3, 1, NULL, &b, lengths, 16, &n, &err), &err);
	assert_int_equal(n, 1); /* at least one */
	assert_int_equal(lengths[0], b.len);
	assert_int_equal(entry_peek_seq(buf_str(&b)), 3);
	buf_reset(&b);
	good(store_entries(p.east, "east", 1, SIZE_MAX, NULL, &b, lengths, 4, &n, &err), &err);
	assert_int_equal(n, 4);
	buf_reset(&b);
	good(store_entries(p.east, "east", 10, SIZE_MAX, NULL, &b, lengths, 16, &n, &err), &err);
	assert_int_equal(n, 1);
	assert_int_equal(
	    store_entries(p.east, "east", 11, 1, NULL, &b, lengths, 16, &n, &err), ERR_MISSING);
	assert_int_equal(
	    store_entries(p.east, "east", 0, 1, NULL, &b, lengths, 16, &n, &err), ERR_MISSING);
	assert_int_equal(
	    store_entries(p.east, "west", 1, 1, NULL, &b, lengths, 16, &n, &err), ERR_MISSING);
	buf_release(&b);
	pair_free(&p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(entries_travel),
	    TEST(one_at_a_time_and_in_runs),
	    TEST(gaps_are_refused),
	    TEST(another_hubs_entries_are_refused),
	    TEST(any_flipped_byte_is_refused),
	    TEST(cut_entries_are_refused),
	    TEST(good_entries_before_a_bad_one_are_kept),
	    TEST(signed_but_wrong),
	    TEST(changes_that_change_nothing),
	    TEST(heads_far_beyond),
	    TEST(nothing_before_a_charter),
	    TEST(our_own_entries_have_limits),
	    TEST(only_a_hub_writes),
	    TEST(time_never_goes_back),
	    TEST(heads_ride_along),
	    TEST(charters_never_go_back),
	    TEST(entries_in_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
