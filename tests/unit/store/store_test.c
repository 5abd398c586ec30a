/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a store: folders, the lock, readers beside a writer, what a killed writer leaves. Pins
 * are in pins_test.c, what stock git brought in git_brings_test.c.
 */
#include "east.h"

#include <sys/wait.h>

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
	    TEST(the_incarnation_stays),
	    TEST(files_at_the_head),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
