/* SPDX-License-Identifier: Apache-2.0 */
#include "../store/fixture.h"

#include "../../hostile/tree_names.h"

static struct repo *repo_new(void)
{
	struct repo *r = NULL;
	struct err err = {0};
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/repo.git", scratch);
	good(repo_create(path, &err) || repo_open(&r, path, &err), &err);
	return r;
}

/* --- hostile trees --- */

static int never(
    void *ctx, struct str path, const struct oid *before, const struct oid *after, struct err *err)
{
	(void)ctx;
	(void)path;
	(void)before;
	(void)after;
	(void)err;
	return 0;
}

static void hostile_trees_are_refused(void **state)
{
	struct repo *r = repo_new();
	struct oid id, blob, plain = hostile_tree_put(r, &hostile_plain);
	struct err err = {0};
	struct change add = {.path = STR("zebra"), .content = STR("stripes")};
	(void)state;
	good(tree_find(r, &plain, STR("plain"), &blob, &err), &err);
	good(tree_apply(r, &plain, &add, 1, &id, &err), &err);
	for (size_t i = 0; i < HOSTILE_TREES; i++) {
		struct oid tree = hostile_tree_put(r, &hostile_trees[i]);
		const char *label = hostile_trees[i].label;
		if (tree_find(r, &tree, STR("plain"), &blob, &err) != ERR_SYNTAX)
			fail_msg("%s is found in", label);
		if (tree_diff(r, NULL, &tree, never, NULL, &err) != ERR_SYNTAX)
			fail_msg("%s is compared", label);
		if (tree_diff(r, &tree, &plain, never, NULL, &err) != ERR_SYNTAX)
			fail_msg("%s is compared with", label);
		if (tree_apply(r, &tree, &add, 1, &id, &err) != ERR_SYNTAX)
			fail_msg("%s is built upon", label);
		/* What it has in common with one that was read is no excuse for the rest. */
		good(tree_diff(r, NULL, &plain, never, NULL, &err), &err);
		if (tree_diff(r, &plain, &tree, never, NULL, &err) != ERR_SYNTAX)
			fail_msg("%s is compared beside one that is good", label);
	}
	repo_close(r);
}

/* The same file and folder, with names between them in git's order. */
static void a_name_stands_once(void **state)
{
	struct repo *r = repo_new();
	struct oid blob, empty, tree, before;
	struct err err = {0};
	struct buf b = BUF_INIT;
	(void)state;
	good(repo_put(r, &blob, OBJECT_BLOB, STR("x"), &err), &err);
	good(repo_put(r, &empty, OBJECT_TREE, STR_EMPTY, &err), &err);
	hostile_item_add(&b, &(struct hostile_item){"100644", "a", 0}, &blob);
	hostile_item_add(&b, &(struct hostile_item){"100644", "a-b", 0}, &blob);
	hostile_item_add(&b, &(struct hostile_item){"100644", "a.b", 0}, &blob);
	good(repo_put(r, &tree, OBJECT_TREE, buf_str(&b), &err), &err);
	good(tree_diff(r, NULL, &tree, never, NULL, &err), &err);
	before = tree;
	hostile_item_add(&b, &(struct hostile_item){"40000", "a", 0}, &empty);
	good(repo_put(r, &tree, OBJECT_TREE, buf_str(&b), &err), &err);
	assert_int_equal(tree_diff(r, &before, &tree, never, NULL, &err), ERR_SYNTAX);
	assert_int_equal(tree_diff(r, NULL, &tree, never, NULL, &err), ERR_SYNTAX);
	buf_release(&b);
	repo_close(r);
}

static void names_have_a_length(void **state)
{
	struct repo *r = repo_new();
	struct oid blob, tree;
	struct err err = {0};
	char name[256] = "";
	(void)state;
	good(repo_put(r, &blob, OBJECT_BLOB, STR("x"), &err), &err);
	for (int i = 0; i < 81; i++) { /* 159 bytes, then 161 */
		snprintf(name + strlen(name), 3, i ? ".a" : "a");
		if (i < 79)
			continue;
		struct buf b = BUF_INIT;
		hostile_item_add(&b, &(struct hostile_item){"100644", name, 0}, &blob);
		good(repo_put(r, &tree, OBJECT_TREE, buf_str(&b), &err), &err);
		assert_int_equal(
		    tree_diff(r, NULL, &tree, never, NULL, &err), i < 80 ? 0 : ERR_SYNTAX);
		buf_release(&b);
	}
	repo_close(r);
}

/* Folders in folders, whose path together is longer than any of ours. */
static void depth_has_a_limit(void **state)
{
	struct repo *r = repo_new();
	struct oid tree;
	struct err err = {0};
	static const char name[] = "a0123456789b0123456789c0123456789d0123456789e012345678";
	(void)state;
	good(repo_put(r, &tree, OBJECT_BLOB, STR("x"), &err), &err);
	for (int i = 0; i < 40; i++) {
		struct buf b = BUF_INIT;
		hostile_item_add(
		    &b, &(struct hostile_item){i ? "40000" : "100644", name, 0}, &tree);
		good(repo_put(r, &tree, OBJECT_TREE, buf_str(&b), &err), &err);
		int bad = tree_diff(r, NULL, &tree, never, NULL, &err);
		assert_int_equal(bad, (size_t)(i + 1) * sizeof name + 2 > 1025 ? ERR_LIMIT : 0);
		buf_release(&b);
	}
	repo_close(r);
}

static void cut_trees_are_refused(void **state)
{
	struct repo *r = repo_new();
	struct oid blob, tree;
	struct err err = {0};
	struct buf b = BUF_INIT;
	(void)state;
	good(repo_put(r, &blob, OBJECT_BLOB, STR("x"), &err), &err);
	hostile_item_add(&b, &(struct hostile_item){"100644", "a", 0}, &blob);
	size_t one = b.len;
	hostile_item_add(&b, &(struct hostile_item){"100644", "b", 0}, &blob);
	for (size_t n = 1; n <= b.len; n++) {
		good(repo_put(r, &tree, OBJECT_TREE, str_sub(buf_str(&b), 0, n), &err), &err);
		int bad = tree_diff(r, NULL, &tree, never, NULL, &err);
		if ((bad == 0) != (n == one || n == b.len))
			fail_msg("%zu bytes: %d", n, bad);
	}
	buf_release(&b);
	repo_close(r);
}

/* --- paths --- */

static void hostile_names_are_no_paths(void **state)
{
	static const char *const where[][2] = {{"", ""}, {"roster.md.", ".sig"},
	    {"records/", "/page/x/en.md"}, {"records/p/", "/x/en.md"},
	    {"records/p/page/", "/en.md"}, {"records/p/page/x/", ""}};
	(void)state;
	assert_true(journal_path_is_valid(STR("records/plain/page/x/en.md")));
	for (size_t i = 0; i < HOSTILE_TREES; i++) {
		const struct hostile_item *item = &hostile_trees[i].items[0];
		struct buf name = BUF_INIT;
		for (size_t k = 0; k < item->repeat; k++)
			buf_puts(&name, item->name);
		buf_puts(&name, item->repeat ? "" : item->name);
		/* Where the fault is not in the name, the name is fine: its mode or order is
		 * refused above. */
		bool is_fine = str_is_slug(buf_str(&name)) && strcmp(item->name, "con") != 0;
		for (size_t w = 0; w < 6 && !is_fine; w++) {
			struct buf path = BUF_INIT;
			buf_printf(&path, "%s%s%s", where[w][0], name.ptr, where[w][1]);
			bool is_device_in_a_longer_name = w == 1 && strcmp(item->name, "con") == 0;
			if (journal_path_is_valid(buf_str(&path)) && !is_device_in_a_longer_name)
				fail_msg("%s: %.100s", hostile_trees[i].label, path.ptr);
			buf_release(&path);
		}
		buf_release(&name);
	}
}

static void paths_have_one_form(void **state)
{
	static const char *const fine[] = {"roster.md", "roster.md.a.sig",
	    "roster.md.steward-1.sig", "records/ke-mombasa/news/market/en.md",
	    "records/a/b/c/fr.md.sig", "records/a/b/c/ar.md.rev"};
	static const char *const bad[] = {"", "/", "records", "records/", "roster", "roster.md.sig",
	    "roster.md/", "roster.md..sig", "roster.md.a.b.sig", "roster.md.A.sig",
	    "roster.md.-.sig", "Roster.md", "records/a/b/c", "records/a/b/c/", "records/a/b/en.md",
	    "records/a/b/c/d/en.md", "records//b/c/en.md", "records/a/b/c//en.md",
	    "/records/a/b/c/en.md", "records/a/b/c/en.md/", "records/a/b/c/en.md.sig.sig",
	    "records/a/b/c/en.md.txt", "records/a/b/c/eng.md", "records/a/b/c/e.md",
	    "records/a/b/c/EN.md", "records/a/b/c/.md", "records/a/b/c/en.MD", "records/a/b/c/en",
	    "records/a--b/b/c/en.md", "records/-a/b/c/en.md", "records/a./b/c/en.md",
	    "records/aux/b/c/en.md", "records/a/nul/c/en.md", "records/a/b/com1/en.md",
	    "other/a/b/c/en.md", "records/a/b/c/en.md\n", "records/a/b/c/0n.md",
	    "records/a/b/c/e0.md", "records/a/b/c/{n.md", "records/a/b/c/e{.md",
	    " records/a/b/c/en.md", "schemas/page.json", "charter.md"};
	(void)state;
	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
		if (!journal_path_is_valid(str_from(fine[i])))
			fail_msg("%s is refused", fine[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (journal_path_is_valid(str_from(bad[i])))
			fail_msg("%s is taken", bad[i]);
	assert_false(journal_path_is_valid(str_of("roster.md\0", 10)));
	assert_false(journal_path_is_valid(str_of("records/a/b/c/e\0.md", 18)));
	char path[128];
	memset(path, 'a', sizeof path);
	snprintf(path, sizeof path, "records/%.64s/b/c/en.md",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	assert_true(journal_path_is_valid(str_from(path)));
	memmove(path + 9, path + 8, strlen(path) - 7); /* one letter more: 65 */
	assert_false(journal_path_is_valid(str_from(path)));
}

/* --- apply and diff against a model --- */

enum { PATHS = 24 };

/* What stands at each path of a small universe: 0 nothing, else the number that its content says.
 */
struct model {
	unsigned value[PATHS];
};

static char universe[PATHS][64];

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Names that git and byte order rank differently when one is a folder: a, a-b, a.b. */
static void universe_make(void)
{
	static const char *const place[] = {"a", "a-b", "a0", "b"}, *const lang[] = {"en", "fr"};
	size_t n = 0;
	for (int p = 0; p < 4; p++)
		for (int l = 0; l < 2; l++) {
			snprintf(universe[n++], 64, "records/%s/x/y/%s.md", place[p], lang[l]);
			snprintf(universe[n++], 64, "records/%s/x/y/%s.md.sig", place[p], lang[l]);
			snprintf(universe[n++], 64, "records/%s/x-z/y/%s.md", place[p], lang[l]);
		}
	qsort(universe, PATHS, sizeof *universe, by_text);
}

static unsigned seed = 7;
static unsigned any(unsigned below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % below;
}

/* Random changes to `m`, as tree_apply takes them. */
static size_t mutate(struct model *m, struct change *changes, char text[PATHS][16])
{
	size_t n = 0;
	unsigned chance = 1 + any(6);
	for (size_t i = 0; i < PATHS; i++) {
		if (any(chance))
			continue;
		bool is_delete = m->value[i] && any(3) == 0;
		m->value[i] = is_delete ? 0 : m->value[i] + 1 + any(3);
		snprintf(text[n], 16, "%u", m->value[i]);
		changes[n] = (struct change){.path = str_from(universe[i]),
		    .is_delete = is_delete,
		    .content = is_delete ? STR_EMPTY : str_from(text[n])};
		n++;
	}
	return n;
}

struct comparison {
	struct repo *repo;
	const struct model *before, *after;
	size_t next; /* the first path not met yet */
};

static unsigned value_of(struct repo *r, const struct oid *id)
{
	struct buf b = BUF_INIT;
	struct err err = {0};
	if (oid_is_zero(id))
		return 0;
	good(repo_read(r, id, OBJECT_BLOB, &b, &err), &err);
	unsigned v = (unsigned)strtoul(b.ptr, NULL, 10);
	buf_release(&b);
	return v;
}

static int expect(
    void *ctx, struct str path, const struct oid *before, const struct oid *after, struct err *err)
{
	struct comparison *c = ctx;
	(void)err;
	for (; c->next < PATHS && !str_is(path, universe[c->next]); c->next++)
		assert_int_equal(c->before->value[c->next], c->after->value[c->next]);
	assert_true(c->next < PATHS); /* in order, none invented */
	assert_int_equal(value_of(c->repo, before), c->before->value[c->next]);
	assert_int_equal(value_of(c->repo, after), c->after->value[c->next]);
	assert_int_not_equal(c->before->value[c->next], c->after->value[c->next]);
	c->next++;
	return 0;
}

static void compare(struct repo *r, const struct oid *a, const struct oid *b,
    const struct model *before, const struct model *after)
{
	struct comparison c = {.repo = r, .before = before, .after = after};
	struct err err = {0};
	good(tree_diff(r, a, b, expect, &c, &err), &err);
	for (; c.next < PATHS; c.next++)
		assert_int_equal(before->value[c.next], after->value[c.next]);
}

static void find_all(struct repo *r, const struct oid *tree, const struct model *m)
{
	for (size_t i = 0; i < PATHS; i++) {
		struct oid blob;
		struct err err = {0};
		int bad = tree_find(r, tree, str_from(universe[i]), &blob, &err);
		assert_int_equal(bad, m->value[i] ? 0 : ERR_MISSING);
		if (!bad)
			assert_int_equal(value_of(r, &blob), m->value[i]);
	}
}

static void apply_and_diff_agree_with_a_model(void **state)
{
	struct repo *r = repo_new();
	struct oid trees[60] = {{{0}}};
	struct model models[60] = {{{0}}};
	struct change changes[PATHS];
	char text[PATHS][16];
	struct err err = {0};
	(void)state;
	universe_make();
	for (size_t i = 1; i < 60; i++) {
		models[i] = models[i - 1];
		size_t n = mutate(&models[i], changes, text);
		good(tree_apply(r, &trees[i - 1], changes, n, &trees[i], &err), &err);
		find_all(r, &trees[i], &models[i]);
		compare(r, &trees[i - 1], &trees[i], &models[i - 1], &models[i]);
		size_t other = any((unsigned)i);
		compare(r, &trees[other], &trees[i], &models[other], &models[i]);
		compare(r, &trees[i], &trees[other], &models[i], &models[other]);
		compare(r, NULL, &trees[i], &models[0], &models[i]);
	}
	/* The same files make the same tree, however it came about. */
	size_t n = 0;
	for (size_t i = 0; i < PATHS; i++)
		if (models[59].value[i]) {
			snprintf(text[n], 16, "%u", models[59].value[i]);
			changes[n] = (struct change){
			    .path = str_from(universe[i]), .content = str_from(text[n])};
			n++;
		}
	struct oid again;
	good(tree_apply(r, NULL, changes, n, &again, &err), &err);
	assert_true(oid_eq(&again, &trees[59]));
	good(repo_flush(r, &err), &err);
	assert_string_equal(
	    output_of(
		"git --git-dir=%s/repo.git fsck --strict --no-dangling 2>&1 | grep -v ^notice",
		scratch),
	    "");
	repo_close(r);
}

static void deleting_what_is_not_there(void **state)
{
	struct repo *r = repo_new();
	struct oid one, out;
	struct err err = {0};
	struct change add = {.path = STR("records/a/b/c/en.md"), .content = STR("x")};
	struct change gone = {.path = STR("records/a/b/c/fr.md"), .is_delete = true};
	struct change far = {.path = STR("records/q/b/c/en.md"), .is_delete = true};
	struct change through = {.path = STR("records/a/b/c/en.md/x"), .content = STR("x")};
	struct change over = {.path = STR("records/a/b"), .content = STR("x")};
	(void)state;
	good(tree_apply(r, NULL, &add, 1, &one, &err), &err);
	refused(
	    tree_apply(r, &one, &gone, 1, &out, &err), ERR_MISSING, &err, "records/a/b/c/fr.md");
	refused(tree_apply(r, &one, &far, 1, &out, &err), ERR_MISSING, &err, "records/q/b/c/en.md");
	refused(tree_apply(r, &one, &through, 1, &out, &err), ERR_SYNTAX, &err, "a folder there");
	refused(tree_apply(r, &one, &over, 1, &out, &err), ERR_SYNTAX, &err, "a folder there");
	repo_close(r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(hostile_trees_are_refused),
	    TEST(a_name_stands_once),
	    TEST(names_have_a_length),
	    TEST(depth_has_a_limit),
	    TEST(cut_trees_are_refused),
	    TEST(hostile_names_are_no_paths),
	    TEST(paths_have_one_form),
	    TEST(apply_and_diff_agree_with_a_model),
	    TEST(deleting_what_is_not_there),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
