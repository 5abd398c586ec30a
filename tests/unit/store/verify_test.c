/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `belfry verify` finds in a store that holds what no honest program would have kept: each
 * kind of damage is told with its place, and what is beside it is looked at all the same.
 */
#include "fixture.h"

#include "store/members.h"
#include "store/verify.h"

/* --- what is told --- */

struct told {
	struct buf faults; /* lines "where: what" */
	size_t progress, all;
};

static void take_fault(void *ctx, const char *where, const char *what)
{
	struct told *t = ctx;
	buf_printf(&t->faults, "%s: %s\n", where, what);
}

static void take_progress(void *ctx, size_t done, size_t all)
{
	struct told *t = ctx;
	t->progress = done;
	t->all = all;
}

static int look(
    struct told *t, struct verify_counts *n, size_t *rows, struct store *s, struct err *err)
{
	const struct verify_hooks hooks = {take_fault, take_progress, t};
	struct catalogue c = {.len = 0};
	*t = (struct told){.faults = BUF_INIT};
	*n = (struct verify_counts){.faults = 0};
	int bad = verify_store(&c, s, n, &hooks, err);
	*rows = 0;
	for (size_t i = 0; i < c.len; i++)
		*rows += c.items[i].state == ITEM_PUBLISHED;
	catalogue_release(&c);
	return bad;
}

/* Is there this one fault, and are all of `rows` published records still seen? */
static void finds(struct store *s, const char *where, const char *says, size_t rows)
{
	struct told t;
	struct verify_counts n;
	struct err err = {0};
	size_t seen;
	good(look(&t, &n, &seen, s, &err), &err);
	struct str line = t.faults.len ? buf_str(&t.faults) : STR("nothing\n");
	if (n.faults != 1 || !str_starts(line, str_from(where)) || !strstr(line.ptr, says))
		fail_msg("%zu faults, not \"%s: … %s\": %s", n.faults, where, says, line.ptr);
	assert_int_equal(seen, rows);
	buf_release(&t.faults);
}

/* --- a store of two hubs, to whose east something is added --- */

static void append_news(struct store *s, const char *id)
{
	struct draft d = {.n = 0};
	draft_news(&d, EAST, "ke-mombasa", id, "");
	append(s, &d);
}

static struct store *two_hubs(void)
{
	struct store *east = east_new(), *west = hub_new("west", "west", WEST);
	struct draft d = {.n = 0};
	draft_news(&d, WEST, "sn-dakar", "w", "");
	append(west, &d);
	append_news(east, "a");
	carry(east, west, "west");
	store_close(west);
	return east;
}

static void a_sound_store_has_no_fault(void **state)
{
	struct store *s = two_hubs();
	struct told t;
	struct verify_counts n;
	struct err err = {0};
	size_t rows;
	(void)state;
	good(look(&t, &n, &rows, s, &err), &err);
	assert_int_equal(n.faults, 0);
	assert_int_equal(n.charters, 1);
	assert_int_equal(n.entries, 4);
	assert_int_equal(rows, 2);
	assert_int_equal(t.progress, 0);
	buf_release(&t.faults);
	store_close(s);
}

static void it_says_how_far_it_is(void **state)
{
	enum { MANY = 300 };
	struct store *s = east_new();
	struct told t;
	struct verify_counts n;
	struct err err = {0};
	size_t rows;
	char name[MANY][64];
	(void)state;
	struct journal *j = store_journal(s, "east");
	for (int i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof name[i], "records/ke-mombasa/news/n%d/en.md", i);
		struct change c = {.path = str_from(name[i]), .content = STR("x")};
		struct entry e = next_entry(s, "east", &c, 1);
		j->head.id = forged_commit(s, &e, EAST);
		j->head.seq++;
		j->content = e.content;
		j->tree = e.tree;
	}
	good(store_commit(s, &err) || look(&t, &n, &rows, s, &err), &err);
	assert_int_equal(n.entries, MANY + 1);
	assert_int_equal(t.progress, 256);
	assert_int_equal(t.all, MANY + 1);
	assert_int_equal(n.faults, 0);
	buf_release(&t.faults);
	store_close(s);
}

/* --- entries --- */

static void another_content(struct entry *e)
{
	e->content.bytes[0] ^= 1;
}
static void earlier(struct entry *e)
{
	e->time--;
}
static void of_west(struct entry *e)
{
	memcpy(e->hub, "west", 5);
}
static void as_it_is(struct entry *e)
{
	(void)e;
}

static char *too_much(size_t n)
{
	static char text[ROSTER_BYTES_MAX + 2];
	memset(text, 'a', n);
	text[n] = 0;
	return text;
}

/* One entry of east that is wrong in one thing, and a good one after it. */
static void each_fault_of_an_entry(void **state)
{
	static const struct {
		const char *path;
		size_t bytes; /* 0: "x" */
		void (*bend)(struct entry *e);
		unsigned key;
		enum err_code code;
		const char *says;
	} cases[] = {
	    {"records/ke-mombasa/news/b/en.md", 0, another_content, EAST, ERR_CHAIN,
		"its Content is not that of its files"},
	    {"records/ke-mombasa/news/b/en.md", 0, earlier, EAST, ERR_CHAIN,
		"it does not follow the entry before it"},
	    {"records/ke-mombasa/news/b/en.md", 0, of_west, EAST, ERR_CHAIN,
		"it does not follow the entry before it"},
	    {"records/ke-mombasa/news/b/en.md", 0, as_it_is, STRANGER, ERR_SIGNATURE,
		"does not verify"},
	    {"records/ke-mombasa/news/b/en.md", 0, as_it_is, WEST, ERR_SIGNATURE,
		"does not verify"},
	    {"records/ke-mombasa/news/b/en.txt", 0, as_it_is, EAST, ERR_SYNTAX,
		"records/ke-mombasa/news/b/en.txt is no file that a journal can hold"},
	    {"readme.md", 0, as_it_is, EAST, ERR_SYNTAX, "readme.md is no file"},
	    {"records/ke-mombasa/news/b/en.md", RECORD_BYTES_MAX + 1, as_it_is, EAST, ERR_SYNTAX,
		"is no file that a journal can hold"},
	    {"erasures/0000000000000000000000000000000000000000000000000000000000000000.txt", 0,
		as_it_is, EAST, ERR_SYNTAX, "is not named by the SHA-256 of what is in it"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct store *s = two_hubs();
		struct err err = {0};
		struct change c = {.path = str_from(cases[i].path), .content = STR("x")};
		if (cases[i].bytes)
			c.content = str_from(too_much(cases[i].bytes));
		struct entry e = next_entry(s, "east", &c, 1);
		cases[i].bend(&e);
		forge(s, "east", &e, cases[i].key);
		append_news(s, "c");
		finds(s, "east 3: ", cases[i].says, 3);
		refused(verify_entries(s, "east", 1, &err), cases[i].code, &err, "entry 3 of east");
		refused(verify_entries(s, "east", 3, &err), cases[i].code, &err, cases[i].says);
		good(
		    verify_entries(s, "east", 4, &err) || verify_entries(s, "west", 1, &err), &err);
		store_close(s);
		scratch_remove(state);
		scratch_new(state);
	}
}

static json_t *second_head(void)
{
	return charter_next(buf_str(&charter_one), 2);
}

static json_t *east_of(json_t *head)
{
	return json_array_get(json_object_get(head, "hubs"), 1);
}

/* An entry by one who knows the first charter alone. */
static void forge_by_first(struct store *s, const char *hub, unsigned key)
{
	struct change c = {.path = STR("records/ke-mombasa/news/c/en.md"), .content = STR("x")};
	struct entry e = next_entry(s, hub, &c, 1);
	e.charter = 1;
	forge(s, hub, &e, key);
}

static void the_charter_does_not_go_back(void **state)
{
	struct store *s = two_hubs();
	(void)state;
	adopt(s, second_head());
	append_news(s, "b");
	forge_by_first(s, "east", EAST);
	finds(s, "east 4: ", "it does not follow the entry before it", 3);
	store_close(s);
}

/* Whose key was it, then? */
static void a_charter_must_know_the_hub(void **state)
{
	struct store *s = two_hubs();
	json_t *head = second_head();
	(void)state;
	json_array_append_new(
	    json_object_get(head, "hubs"), hub_head("north", "east-southern-africa", 0x60));
	adopt(s, head);
	store_add_journal(s, "north");
	forge_by_first(s, "north", 0x60);
	finds(s, "north 1: ", "charter version 1 has no such hub", 2);
	store_close(s);
}

static void what_a_charter_has_cut_off(void **state)
{
	struct store *s = two_hubs();
	struct journal at = *store_journal(s, "east");
	json_t *head = second_head();
	(void)state;
	json_object_set_new(east_of(head), "base",
	    json_pack("{s:i, s:I, s:s, s:s}", "charter", 2, "seq", (json_int_t)at.head.seq,
		"commit", oid_hex(&at.head.id).text, "content", sha256_hex(&at.content).text));
	adopt(s, head);
	forge_by_first(s, "east", EAST);
	finds(s, "east 3: ", "charter version 2 has cut the journal of east after entry 2", 2);
	store_close(s);
}

/* Each file is allowed; no link would carry them all. */
static void an_entry_is_not_too_large(void **state)
{
	enum { N = 9 };
	struct store *s = two_hubs();
	struct change c[N];
	char path[N][64];
	(void)state;
	struct str text = str_from(too_much(RECORD_BYTES_MAX));
	for (int i = 0; i < N; i++) {
		snprintf(path[i], sizeof path[i], "records/ke-mombasa/news/n%d/en.md", i);
		c[i] = (struct change){.path = str_from(path[i]), .content = text};
	}
	struct entry e = next_entry(s, "east", c, N);
	forge(s, "east", &e, EAST);
	finds(s, "east 3: ", "bytes; at most 524288 are allowed", 2);
	store_close(s);
}

/* --- what stops all: then there is no journal to read --- */

static void numbers_have_no_gap(void **state)
{
	struct store *s = two_hubs();
	struct change c = {.path = STR("records/ke-mombasa/news/c/en.md"), .content = STR("x")};
	struct told t;
	struct verify_counts n;
	struct err err = {0};
	size_t rows;
	(void)state;
	struct entry e = next_entry(s, "east", &c, 1);
	e.seq++;
	forge(s, "east", &e, EAST);
	refused(look(&t, &n, &rows, s, &err), ERR_CHAIN, &err,
	    "journal east is no chain below entry 4");
	buf_release(&t.faults);
	store_close(s);
}

/* --- for members --- */

static void rosters_do_not_go_back(void **state)
{
	struct store *s = two_hubs(), *m;
	struct draft d = {.n = 0};
	struct change c = {.path = STR("records/ke-mombasa/news/c/en.md"), .content = STR("x")};
	struct err err = {0};
	(void)state;
	good(members_open(&m, s, &err), &err);
	draft_news(&d, EAST, "ke-mombasa", "m", "audience: members\n");
	append(m, &d);
	struct entry e = next_entry(m, "east", &c, 1);
	struct head first = {.hub = "east", .seq = 1};
	good(store_entry_id(s, "east", 1, &first.id, &err), &err);
	e.charter = 1;
	e.heads = &first;
	e.nheads = 1;
	forge(m, "east", &e, EAST);
	finds(m, "east 2: ", "it names entry 1 of east, and the one before it 2", 1);
	store_close(s);
}

/* --- charters --- */

/* Put another commit in the place of charter `version`: its tree with this file in it. */
static void replace_charter(struct store *s, uint32_t version, const char *path, struct str content)
{
	struct charter_slot *slot = &s->charters[version - 1];
	struct change c = {.path = str_from(path), .content = content};
	struct buf text = BUF_INIT;
	struct err err = {0};
	struct oid before, tree;
	good(repo_read(s->repo, &slot->commit, OBJECT_COMMIT, &text, &err), &err);
	assert_true(oid_from_hex(&before, str_sub(buf_str(&text), 5, 40)));
	good(tree_apply(s->repo, &before, &c, 1, &tree, &err), &err);
	memcpy(text.ptr + 5, oid_hex(&tree).text, 40);
	good(repo_put(s->repo, &slot->commit, OBJECT_COMMIT, buf_str(&text), &err) ||
		 store_commit(s, &err),
	    &err);
	buf_release(&text);
}

static void a_charter_that_nobody_signed(void **state)
{
	struct store *s = two_hubs();
	struct err err = {0};
	(void)state;
	adopt(s, second_head());
	const char *text = s->charters[1].charter->source.ptr;
	struct buf armor = signed_by(STRANGER, "belfry-charter", s->network, str_from(text));
	replace_charter(s, 2, "charter.md.one.sig", buf_str(&armor));
	finds(s, "charter 2: ", "has 0 of the 1 signatures", 2);
	refused(verify_charter(s, 2, &err), ERR_SIGNATURE, &err, "without one: central-1");
	good(verify_charter(s, 1, &err), &err);
	buf_release(&armor);
	store_close(s);
}

static void a_charter_with_more_beside_it(void **state)
{
	struct store *s = two_hubs();
	struct err err = {0};
	(void)state;
	adopt(s, second_head());
	replace_charter(s, 2, "schemas/extra.json", STR("{}"));
	finds(s, "charter 2: ", "it has more in it, or less", 2);
	refused(verify_charter(s, 2, &err), ERR_SYNTAX, &err, "is not the one that its charter");
	store_close(s);
}

static void a_charter_whose_schema_is_another(void **state)
{
	struct store *s = two_hubs();
	struct buf news = BUF_INIT;
	(void)state;
	buf_add(&news, asset_get("schemas/news.json"));
	buf_puts(&news, "\n");
	adopt(s, second_head());
	replace_charter(s, 2, "schemas/news.json", buf_str(&news));
	finds(s, "charter 2: ", "schema news is not the one whose hash the charter names", 2);
	buf_release(&news);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_sound_store_has_no_fault),
	    TEST(it_says_how_far_it_is),
	    TEST(each_fault_of_an_entry),
	    TEST(the_charter_does_not_go_back),
	    TEST(a_charter_must_know_the_hub),
	    TEST(what_a_charter_has_cut_off),
	    TEST(an_entry_is_not_too_large),
	    TEST(numbers_have_no_gap),
	    TEST(rosters_do_not_go_back),
	    TEST(a_charter_that_nobody_signed),
	    TEST(a_charter_with_more_beside_it),
	    TEST(a_charter_whose_schema_is_another),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
