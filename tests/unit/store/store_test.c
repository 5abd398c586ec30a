/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a store: the lock, what a killed writer leaves, and pins against refs. After a crash refs
 * are behind pins and are moved up; when somebody puts an old copy back, the store says so and
 * stops.
 */
#include "fixture.h"
#include "store/restore.h"

#include <sys/wait.h>

static void add_news(struct store *s, const char *id)
{
	struct draft d = {.n = 0};
	draft_news(&d, EAST, "ke-mombasa", id, "");
	append(s, &d);
}

static struct store *open_fails(
    const char *name, enum store_access access, enum err_code code, const char *says)
{
	struct store *s;
	struct err err = {0};
	int bad = store_open(&s, at(name), access, &err);
	refused(bad, code, &err, says);
	assert_null(s);
	return s;
}

static struct store *open_as(const char *name, enum store_access access)
{
	struct store *s;
	struct err err = {0};
	good(store_open(&s, at(name), access, &err), &err);
	return s;
}

static uint64_t seq_of(struct store *s)
{
	return store_journal(s, "east")->head.seq;
}

static void folders(void **state)
{
	struct err err = {0};
	char longer[4096];
	(void)state;
	open_fails("nowhere", STORE_READ, ERR_MISSING, "there is no store at");
	good(store_create(at("s"), &err), &err);
	refused(store_create(at("s"), &err), ERR_EXISTS, &err, "already");
	struct store *s = open_as("s", STORE_WRITE);
	assert_int_equal(s->charter_version, 0);
	store_close(s);
	memset(longer, 'a', sizeof longer - 1);
	longer[sizeof longer - 1] = 0;
	refused(store_open(&s, longer, STORE_READ, &err), ERR_LIMIT, &err, "too long");
	assert_string_equal(output_of("stat -c %%a %s/s/keys", scratch), "700\n");
}

static void one_writer(void **state)
{
	struct store *s = east_new();
	char pid[32];
	(void)state;
	snprintf(pid, sizeof pid, "in use by process %ld", (long)getpid());
	open_fails("east", STORE_WRITE, ERR_BUSY, pid);
	struct store *reader = open_as("east", STORE_READ); /* readers do not wait */
	assert_int_equal(seq_of(reader), 1);
	store_close(reader);
	store_close(s);
	store_close(open_as("east", STORE_WRITE));
}

static void a_reader_follows(void **state)
{
	struct store *s = east_new(), *reader = open_as("east", STORE_READ);
	struct err err = {0};
	struct entry e;
	(void)state;
	add_news(s, "one");
	assert_int_equal(seq_of(reader), 1);
	good(store_refresh(reader, &err), &err);
	assert_int_equal(seq_of(reader), 2);
	struct sha256 a = digest(s), b = digest(reader);
	same_digest(&a, &b);
	good(store_entry(reader, "east", 2, &e, &err), &err);
	assert_int_equal(e.nchanges, 3);
	entry_release(&e);
	adopt(s, charter_next(buf_str(&charter_one), 2));
	add_news(s, "two");
	good(store_refresh(reader, &err), &err);
	assert_int_equal(reader->charter_version, 2);
	assert_int_equal(seq_of(reader), 3);
	store_close(reader);
	store_close(s);
}

/* A reader may open at any moment of a writer's work. */
static void readers_beside_a_writer(void **state)
{
	struct store *s = east_new();
	(void)state;
	pid_t child = fork();
	if (child == 0) {
		for (int i = 0; i < 150; i++) {
			struct store *r;
			struct err err = {0};
			if (store_open(&r, at("east"), STORE_READ, &err)) {
				fprintf(stderr, "reader %d: %s\n", i, err.msg);
				_exit(1);
			}
			store_close(r);
		}
		_exit(0);
	}
	int status = 1;
	for (int i = 0; i < 60; i++) {
		char id[32];
		snprintf(id, sizeof id, "n%d", i);
		add_news(s, id);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	store_close(s);
}

static void locks_of_a_killed_writer(void **state)
{
	static const char *const left[] = {"refs/belfry/hubs/east.lock", "refs/belfry/charter.lock",
	    "refs/heads/main.lock", "packed-refs.lock", "config.lock"};
	struct store *s = east_new();
	struct err err = {0};
	char path[PATH_MAX];
	(void)state;
	store_close(s);
	for (size_t i = 0; i < 5; i++) {
		snprintf(path, sizeof path, "%s/east/store.git/%s", scratch, left[i]);
		good(file_write(path, STR(""), 0600, &err), &err);
	}
	s = open_as("east", STORE_WRITE);
	add_news(s, "one");
	adopt(s, charter_next(buf_str(&charter_one), 2));
	assert_string_equal(output_of("find %s/east -name '*.lock'", scratch), "");
	sound(s);
	store_close(s);
}

/* --- pins and refs --- */

/* east with `n` entries, closed. */
static void make_east(int n)
{
	struct store *s = east_new();
	for (int i = 1; i < n; i++) {
		char id[32];
		snprintf(id, sizeof id, "n%d", i);
		add_news(s, id);
	}
	store_close(s);
}

static void git(const char *arguments)
{
	const char *said = output_of(
	    "env -i PATH=\"$PATH\" git --git-dir=%s/east/store.git %s 2>&1", scratch, arguments);
	if (said[0])
		fail_msg("%s", said);
}

static void expect_refs(const char *like)
{
	char id[64];
	snprintf(id, sizeof id, "%s", output_of(GIT "rev-parse %s", at("east"), like));
	assert_string_equal(output_of(GIT "rev-parse refs/belfry/hubs/east", at("east")), id);
	assert_string_equal(output_of(GIT "rev-parse refs/heads/main", at("east")), id);
}

static void refs_behind_pins_are_moved_up(void **state)
{
	char head[64];
	(void)state;
	make_east(4);
	snprintf(
	    head, sizeof head, "%.40s", output_of(GIT "rev-parse refs/heads/main", at("east")));
	git("update-ref refs/belfry/hubs/east refs/heads/main~2");
	git("update-ref refs/heads/main refs/heads/main~3");
	struct store *s = open_as("east", STORE_WRITE);
	assert_int_equal(seq_of(s), 4);
	expect_refs(head);
	store_close(s);
	git("update-ref -d refs/belfry/hubs/east");
	git("update-ref -d refs/heads/main");
	s = open_as("east", STORE_WRITE);
	assert_int_equal(seq_of(s), 4);
	expect_refs(head);
	add_news(s, "after");
	assert_int_equal(seq_of(s), 5);
	sound(s);
	store_close(s);
}

/* Refs are not fsynced, pins are: a power cut may leave a ref's file without its bytes. */
static void refs_that_a_power_cut_emptied(void **state)
{
	static const char zeros[41];
	char head[64];
	struct err err;
	(void)state;
	make_east(3);
	snprintf(
	    head, sizeof head, "%.40s", output_of(GIT "rev-parse refs/heads/main", at("east")));
	good(file_write(at("east/store.git/refs/belfry/hubs/east"), STR_EMPTY, 0600, &err), &err);
	good(file_write(at("east/store.git/refs/belfry/charter"), STR("0123"), 0600, &err), &err);
	good(file_write(
		 at("east/store.git/refs/heads/main"), str_of(zeros, sizeof zeros), 0600, &err),
	    &err);
	struct store *s = open_as("east", STORE_WRITE);
	assert_int_equal(seq_of(s), 3);
	expect_refs(head);
	add_news(s, "after");
	sound(s);
	store_close(s);
}

static void a_charter_ref_behind_its_pin(void **state)
{
	struct store *s = east_new();
	(void)state;
	adopt(s, charter_next(buf_str(&charter_one), 2));
	store_close(s);
	git("update-ref refs/belfry/charter refs/belfry/charter~1");
	s = open_as("east", STORE_WRITE);
	assert_int_equal(s->charter_version, 2);
	store_close(s);
	s = open_as("east", STORE_READ);
	assert_int_equal(s->charter_version, 2);
	store_close(s);
	git("update-ref -d refs/belfry/charter");
	s = open_as("east", STORE_WRITE);
	assert_int_equal(s->charter_version, 2);
	add_news(s, "one");
	store_close(s);
}

static void copy_of(const char *what, const char *to)
{
	assert_string_equal(
	    output_of("cp -a %s/east/%s %s/%s 2>&1", scratch, what, scratch, to), "");
}

static void put_back(const char *copy, const char *what)
{
	assert_string_equal(output_of("rm -rf %s/east/%s && cp -a %s/%s %s/east/%s 2>&1", scratch,
				what, scratch, copy, scratch, what),
	    "");
}

static void an_old_repository_under_newer_pins(void **state)
{
	(void)state;
	make_east(2);
	copy_of("store.git", "old.git");
	struct store *s = open_as("east", STORE_WRITE);
	add_news(s, "later");
	store_close(s);
	put_back("old.git", "store.git");
	open_fails("east", STORE_WRITE, ERR_CHAIN, "older store.git put back");
	open_fails("east", STORE_READ, ERR_CHAIN, "entry 3 of east");
}

static void an_old_charter_under_newer_pins(void **state)
{
	(void)state;
	make_east(1);
	copy_of("store.git", "old.git");
	struct store *s = open_as("east", STORE_WRITE);
	adopt(s, charter_next(buf_str(&charter_one), 2));
	store_close(s);
	put_back("old.git", "store.git");
	open_fails("east", STORE_WRITE, ERR_CHAIN, "older store.git put back");
	open_fails("east", STORE_READ, ERR_CHAIN, "charter version 2");
}

/* A copy signs nothing before it was in sync with another hub, also after it was opened once more;
 * then it does, and so does what is moved. */
static void asks_first(struct store *s)
{
	struct err err;
	assert_true(s->is_restored);
	struct change c = {.path = STR("records/ke-mombasa/news/asked/en.md"), .content = STR("x")};
	refused(store_append(s, &c, 1, 1700000900, &err), ERR_POLICY, &err,
	    "must hear from another hub");
	good(restore_is_over(s, &err), &err);
}

static void a_copy_asks_first(void **state)
{
	uint8_t before[8];
	(void)state;
	make_east(2);
	struct store *s = open_as("east", STORE_WRITE);
	assert_false(s->is_restored);
	memcpy(before, s->incarnation, sizeof before);
	store_close(s);
	copy_of("", "other");
	s = open_as("other", STORE_READ);
	assert_true(s->is_restored);
	store_close(s);
	store_close(open_as("other", STORE_WRITE)); /* the copy's own pins are written */
	s = open_as("other", STORE_WRITE);
	assert_memory_not_equal(s->incarnation, before, sizeof before);
	asks_first(s);
	add_news(s, "on");
	store_close(s);
	assert_string_equal(output_of("mv %s/other %s/moved 2>&1", scratch, scratch), "");
	s = open_as("moved", STORE_WRITE);
	assert_false(s->is_restored);
	add_news(s, "further");
	store_close(s);
}

/* Pins that are behind refs, from an old copy of that file, never take a ref back. */
static void old_pins_under_a_newer_repository(void **state)
{
	char head[64];
	(void)state;
	make_east(2);
	copy_of("pins", "old-pins");
	struct store *s = open_as("east", STORE_WRITE);
	adopt(s, charter_next(buf_str(&charter_one), 2));
	add_news(s, "later");
	store_close(s);
	snprintf(
	    head, sizeof head, "%.40s", output_of(GIT "rev-parse refs/heads/main", at("east")));
	put_back("old-pins", "pins");
	s = open_as("east", STORE_WRITE);
	assert_int_equal(seq_of(s), 3);
	assert_int_equal(s->charter_version, 2);
	expect_refs(head);
	asks_first(s);
	add_news(s, "still-later"); /* entry 4, not a second entry 3 */
	assert_int_equal(seq_of(s), 4);
	store_close(s);
	s = open_as("east", STORE_WRITE);
	assert_int_equal(seq_of(s), 4);
	sound(s);
	store_close(s);
}

/* A ref that somebody moved to another line of entries, as long or longer. */
static void refs_that_do_not_go_on_from_pins(void **state)
{
	(void)state;
	make_east(2);
	copy_of("", "other");
	struct store *s = open_as("other", STORE_WRITE);
	asks_first(s);
	add_news(s, "another");
	add_news(s, "story");
	store_close(s);
	s = open_as("east", STORE_WRITE);
	add_news(s, "one");
	store_close(s);
	char fetch[256];
	snprintf(fetch, sizeof fetch,
	    "-c transfer.unpackLimit=1 fetch -q %s/other/store.git "
	    "+refs/belfry/hubs/east:refs/belfry/hubs/east",
	    scratch);
	git(fetch);
	open_fails("east", STORE_WRITE, ERR_CHAIN, "refs/belfry/hubs/east");
	open_fails("east", STORE_READ, ERR_CHAIN, "does not go on");
}

static void without_pins_the_refs_count(void **state)
{
	(void)state;
	make_east(3);
	assert_int_equal(unlink(at("east/pins")), 0);
	struct store *s = open_as("east", STORE_WRITE);
	assert_int_equal(seq_of(s), 3);
	add_news(s, "more");
	store_close(s);
	assert_true(file_exists(at("east/pins")));
	store_close(open_as("east", STORE_WRITE));
}

/* What moved is appended; a power cut may leave part of a line, which nobody was told of. */
static void pins_cut_in_their_last_line(void **state)
{
	struct err err;
	(void)state;
	make_east(2);
	good(file_append(at("east/pins"), STR("journal east 99 0123"), 0600, &err), &err);
	store_close(open_as("east", STORE_READ));
	struct store *s = open_as("east", STORE_WRITE);
	add_news(s, "after");
	add_news(s, "and-after");
	store_close(s);
	s = open_as("east", STORE_WRITE);
	assert_int_equal(seq_of(s), 4);
	sound(s);
	store_close(s);
	assert_string_equal(output_of("grep -c ^belfry-pins %s/east/pins", scratch), "1\n");
	assert_string_equal(output_of("grep -c 'east 99' %s/east/pins", scratch), "0\n");
	assert_string_equal(output_of("grep -c 'journal east' %s/east/pins", scratch), "2\n");
}

static void pins_that_are_none(void **state)
{
	static const char *const bad[][2] = {
	    {"junk\n", "pins:1"},
	    {"belfry-pins 2\n", "pins:1"},
	    {"belfry-pins 1\nnetwork x\n", "pins:2"},
	    {"belfry-pins 1\nsurprise\n", "pins:2"},
	    {"belfry-pins 1\nsurprise east 1 0000000000000000000000000000000000000000\n", "pins:2"},
	    {"belfry-pins 1\njournal east 1 xyz\n", "pins:2"},
	    {"belfry-pins 1\njournal ../x 1 0000000000000000000000000000000000000000\n", "pins:2"},
	    {"belfry-pins 1\njournal east -1 0000000000000000000000000000000000000000\n", "pins:2"},
	    {"belfry-pins 1\ncharter 1\n", "pins:2"},
	    {"belfry-pins 1\nincarnation 00\n", "pins:2"},
	};
	struct err err = {0};
	(void)state;
	make_east(1);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		good(file_write(at("east/pins"), str_from(bad[i][0]), 0600, &err), &err);
		open_fails("east", STORE_READ, ERR_SYNTAX, bad[i][1]);
	}
}

static void the_incarnation_stays(void **state)
{
	uint8_t kept[8];
	(void)state;
	make_east(1);
	struct store *s = open_as("east", STORE_WRITE);
	memcpy(kept, s->incarnation, sizeof kept);
	add_news(s, "one");
	s = reopened(s);
	assert_memory_equal(kept, s->incarnation, sizeof kept);
	store_close(s);
}

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

/* --- what stock git brought --- */

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

static void files_at_the_head(void **state)
{
	struct store *s = east_new();
	struct buf b = BUF_INIT;
	struct err err = {0};
	(void)state;
	add_news(s, "one");
	good(store_file(s, "east", STR("records/ke-mombasa/news/one/en.md"), &b, &err), &err);
	assert_true(str_starts(buf_str(&b), STR("---\ntype: news\n")));
	assert_int_equal(
	    store_file(s, "east", STR("records/ke-mombasa/news/two/en.md"), &b, &err), ERR_MISSING);
	assert_int_equal(store_file(s, "west", STR("roster.md"), &b, &err), ERR_MISSING);
	buf_release(&b);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(folders),
	    TEST(one_writer),
	    TEST(a_reader_follows),
	    TEST(readers_beside_a_writer),
	    TEST(locks_of_a_killed_writer),
	    TEST(refs_behind_pins_are_moved_up),
	    TEST(refs_that_a_power_cut_emptied),
	    TEST(a_charter_ref_behind_its_pin),
	    TEST(an_old_repository_under_newer_pins),
	    TEST(an_old_charter_under_newer_pins),
	    TEST(a_copy_asks_first),
	    TEST(old_pins_under_a_newer_repository),
	    TEST(refs_that_do_not_go_on_from_pins),
	    TEST(without_pins_the_refs_count),
	    TEST(pins_cut_in_their_last_line),
	    TEST(pins_that_are_none),
	    TEST(the_incarnation_stays),
	    TEST(a_ref_of_another_journal),
	    TEST(what_git_brings_is_checked_before_it_counts),
	    TEST(what_git_brings_while_a_reader_is_open),
	    TEST(a_charter_that_git_brings),
	    TEST(files_at_the_head),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
