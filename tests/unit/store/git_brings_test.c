/* SPDX-License-Identifier: Apache-2.0 */
/* What stock git brought into a store, and no command: it is checked before it counts. */
#include "east.h"

/* A journal's ref that does not hold that hub's entries is told, not believed. */
static void a_ref_of_another_journal(void **state)
{
	(void)state;
	make_east(1);
	git("update-ref refs/belfry/hubs/west refs/heads/main");
	open_fails("east", STORE_WRITE, ERR_CHAIN, "journal west holds entries of east");
	git("update-ref refs/belfry/hubs/west refs/belfry/charter");
	open_fails("east", STORE_WRITE, ERR_SYNTAX, "journal west");
	git("update-ref -d refs/belfry/hubs/west");
	store_close(open_as("east", STORE_WRITE));
}

static void as_it_is(struct entry *e)
{
	(void)e;
}

static void other_content(struct entry *e)
{
	e->content.bytes[0] ^= 1;
}

static void far_away(struct entry *e)
{
	e->seq = (uint64_t)1 << 60;
}

static void one_too_far(struct entry *e)
{
	e->seq++;
}

static void long_ago(struct entry *e)
{
	e->time = T0;
}

static void of_tomorrow(struct entry *e)
{
	e->charter = 2;
}

/* A commit after east's head, as `bend` makes it, and the ref moved there; pins know nothing of it.
 */
static void bring(const char *path, void (*bend)(struct entry *e), unsigned key)
{
	struct store *s = open_as("east", STORE_WRITE);
	const struct journal *j = store_journal(s, "east");
	struct change c = {.path = str_from(path), .content = STR("x")};
	struct err err = {0};
	struct buf commit = BUF_INIT;
	struct oid id;
	struct entry e = {.hub = "east",
	    .seq = j->head.seq + 1,
	    .time = j->time,
	    .charter = 1,
	    .parent = j->head.id,
	    .changes = &c,
	    .nchanges = 1};
	e.content = entry_content(&j->content, &c, 1);
	good(tree_apply(s->repo, &j->tree, &c, 1, &e.tree, &err), &err);
	bend(&e);
	good(entry_sign(&e, network.text, key_of(key), &err), &err);
	entry_commit(&commit, &e, network.text, signer_key(key_of(key)));
	good(repo_put(s->repo, &id, OBJECT_COMMIT, buf_str(&commit), &err) ||
		 repo_flush(s->repo, &err) ||
		 repo_set_ref(s->repo, "refs/belfry/hubs/east", &id, &err),
	    &err);
	buf_release(&commit);
	store_close(s);
}

static void what_git_brings_is_checked_before_it_counts(void **state)
{
	static const struct {
		const char *path;
		void (*bend)(struct entry *e);
		unsigned key;
		enum err_code code;
	} cases[] = {
	    {"records/a/b/c/en.md", as_it_is, STRANGER, ERR_SIGNATURE},
	    {"records/a/b/c/en.md", as_it_is, EAST + STEWARD, ERR_SIGNATURE},
	    {"records/a/b/c/en.md", other_content, EAST, ERR_CHAIN},
	    {"records/a/b/c/en.md", far_away, EAST, ERR_CHAIN},
	    {"records/a/b/c/en.md", one_too_far, EAST, ERR_CHAIN},
	    {"records/a/b/c/en.md", long_ago, EAST, ERR_CHAIN},
	    {"records/a/b/c/en.md", of_tomorrow, EAST, ERR_MISSING},
	    {"hooks/post-receive", as_it_is, EAST, ERR_SYNTAX},
	    {"records/a/b/c/en.txt", as_it_is, EAST, ERR_SYNTAX},
	};
	char back[128];
	(void)state;
	make_east(3);
	snprintf(back, sizeof back, "update-ref refs/belfry/hubs/east %.40s",
	    output_of(GIT "rev-parse refs/belfry/hubs/east", at("east")));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bring(cases[i].path, cases[i].bend, cases[i].key);
		open_fails("east", STORE_READ, cases[i].code, "refs/belfry/hubs/east in ");
		open_fails("east", STORE_WRITE, cases[i].code, "refs/belfry/hubs/east in ");
		git(back);
		store_close(open_as("east", STORE_WRITE));
	}
	/* The control: a good entry counts, is pinned by the next writer, and then is not checked
	 * again. */
	bring("records/a/b/c/en.md", as_it_is, EAST);
	struct store *s = open_as("east", STORE_READ);
	assert_int_equal(seq_of(s), 4);
	store_close(s);
	assert_string_equal(output_of("grep -c 'journal east 3 ' %s/east/pins", scratch), "1\n");
	s = open_as("east", STORE_WRITE);
	assert_string_equal(output_of("grep -c 'journal east 4 ' %s/east/pins", scratch), "1\n");
	add_news(s, "next");
	assert_int_equal(seq_of(s), 5);
	sound(s);
	store_close(s);
}

static void what_git_brings_while_a_reader_is_open(void **state)
{
	struct err err = {0};
	(void)state;
	make_east(2);
	struct store *reader = open_as("east", STORE_READ);
	bring("records/a/b/c/en.md", other_content, EAST);
	assert_int_equal(store_refresh(reader, &err), ERR_CHAIN);
	store_close(reader);
}

/* What git may bring: signed by nobody, in a commit that its charter does not make, and as it is.
 */
static void a_charter_that_git_brings(void **state)
{
	enum { UNSIGNED, OTHER_COMMIT, GOOD, CASES };
	struct store *s = east_new();
	struct err err = {0};
	struct oid head;
	char back[128];
	(void)state;
	good(repo_ref(s->repo, "refs/belfry/charter", &head, &err), &err);
	snprintf(back, sizeof back, "update-ref refs/belfry/charter %s", oid_hex(&head).text);
	for (int which = 0; which < CASES; which++) {
		struct bundle *b = bundle_new(charter_next(buf_str(&charter_one), 2), network.text,
		    which == UNSIGNED ? "\x7e" : "\x01");
		struct oid tree, tree_before, commit;
		struct buf text = BUF_INIT;
		struct charter *charter;
		struct change c[2] = {
		    {.path = STR("charter.md"), .content = b->files.charter},
		    {.path = STR("charter.md.one.sig"), .content = b->files.signatures[0].armor},
		};
		good(charter_parse(&charter, b->files.charter, "charter.md", &err), &err);
		good(repo_read(s->repo, &head, OBJECT_COMMIT, &text, &err), &err);
		assert_true(oid_from_hex(&tree_before, str_sub(buf_str(&text), 5, 40)));
		good(tree_apply(s->repo, &tree_before, c, 2, &tree, &err), &err);
		buf_reset(&text);
		buf_printf(&text, "tree %s\nparent %s\n", oid_hex(&tree).text, oid_hex(&head).text);
		for (int i = 0; i < 2; i++)
			buf_printf(&text, "%s charter <charter@%.16s> %lld +0000\n",
			    i ? "committer" : "author", network.text,
			    (long long)charter->time + (which == OTHER_COMMIT));
		buf_puts(&text, "\ncharter version 2\n");
		charter_free(charter);
		good(repo_put(s->repo, &commit, OBJECT_COMMIT, buf_str(&text), &err) ||
			 repo_flush(s->repo, &err) ||
			 repo_set_ref(s->repo, "refs/belfry/charter", &commit, &err),
		    &err);
		store_close(s);
		if (which == UNSIGNED) {
			open_fails("east", STORE_WRITE, ERR_SIGNATURE, "refs/belfry/charter in ");
			open_fails("east", STORE_READ, ERR_SIGNATURE, "0 of the 1 signatures");
		} else if (which == OTHER_COMMIT) {
			open_fails("east", STORE_WRITE, ERR_SYNTAX,
			    "is not the one that its charter makes");
		}
		if (which != GOOD)
			git(back);
		s = open_as("east", STORE_WRITE);
		assert_int_equal(s->charter_version, which == GOOD ? 2 : 1);
		bundle_free(b);
		buf_release(&text);
	}
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_ref_of_another_journal),
	    TEST(what_git_brings_is_checked_before_it_counts),
	    TEST(what_git_brings_while_a_reader_is_open),
	    TEST(a_charter_that_git_brings),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
