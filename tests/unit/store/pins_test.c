/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pins against refs. After a crash refs are behind pins and are moved up; when somebody puts an old
 * copy back, the store says so and stops.
 */
#include "east.h"
#include "store/restore.h"

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

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
