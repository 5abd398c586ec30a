/* SPDX-License-Identifier: Apache-2.0 */
#include "../store/fixture.h"

#include <stdio.h>
#include <sys/resource.h>

enum { BATCHES = 150 };

static struct repo *repo_at(const char *path)
{
	struct repo *r;
	struct err err = {0};
	good(repo_open(&r, path, &err), &err);
	return r;
}

static struct str text_of(char text[static 32], size_t i)
{
	snprintf(text, 32, "object %zu", i);
	return str_from(text);
}

/* One more batch of one object, rolled up as a commit of the store does it. */
static void add(struct repo *r, struct oid *id, size_t i)
{
	char text[32];
	struct err err = {0};
	good(repo_put(r, id, OBJECT_BLOB, text_of(text, i), &err) || repo_flush(r, &err) ||
		 repo_roll(r, &err),
	    &err);
}

static void reads_all(struct repo *r, const struct oid *ids, size_t n)
{
	struct buf b = BUF_INIT;
	struct err err = {0};
	char text[32];
	for (size_t i = 0; i < n; i++) {
		buf_reset(&b);
		good(repo_read(r, &ids[i], OBJECT_BLOB, &b, &err), &err);
		assert_true(str_eq(buf_str(&b), text_of(text, i)));
	}
	buf_release(&b);
}

static int packs(void)
{
	return atoi(output_of("ls %s/repo.git/objects/pack/*.pack | wc -l", scratch));
}

static void many_small_packs_become_few(void **state)
{
	struct oid ids[BATCHES];
	struct err err = {0};
	(void)state;
	good(repo_create(at("repo.git"), &err), &err);
	struct repo *r = repo_at(at("repo.git"));
	int most = 0;
	for (size_t i = 0; i < BATCHES; i++) {
		add(r, &ids[i], i);
		most = packs() > most ? packs() : most;
	}
	assert_in_range(most, 20, 40);
	reads_all(r, ids, BATCHES);
	repo_close(r);
	r = repo_at(at("repo.git"));
	reads_all(r, ids, BATCHES);
	repo_close(r);
	assert_string_equal(
	    output_of(
		"cd %s/repo.git && git fsck --strict --no-dangling 2>&1 | grep -v -e '^notice: ' "
		"-e "
		"'^dangling'; git count-objects -v | grep -E '^(garbage|in-pack|prune-packable)'",
		scratch),
	    "in-pack: 150\nprune-packable: 0\ngarbage: 0\n");
}

/* A reader that opened before, and has looked at some packs only, still finds everything. */
static void a_reader_goes_on_reading(void **state)
{
	struct oid ids[BATCHES];
	struct err err = {0};
	(void)state;
	good(repo_create(at("repo.git"), &err), &err);
	struct repo *w = repo_at(at("repo.git"));
	for (size_t i = 0; i < 30; i++)
		add(w, &ids[i], i);
	struct repo *reader = repo_at(at("repo.git"));
	reads_all(reader, ids, 3);
	for (size_t i = 30; i < 50; i++)
		add(w, &ids[i], i);
	assert_in_range(packs(), 1, 20);
	reads_all(reader, ids, 50);
	repo_close(reader);
	repo_close(w);
}

/* Packs that git is at work on, or was told to keep, stay. */
static void kept_packs_stay(void **state)
{
	struct oid ids[60];
	struct err err = {0};
	(void)state;
	good(repo_create(at("repo.git"), &err), &err);
	struct repo *r = repo_at(at("repo.git"));
	add(r, &ids[0], 0);
	output_of("cd %s/repo.git/objects/pack && for p in *.pack; do touch ${p%%.pack}.keep; done",
	    scratch);
	for (size_t i = 1; i < 60; i++)
		add(r, &ids[i], i);
	assert_in_range(packs(), 2, 39);
	assert_string_equal(
	    output_of(
		"cd %s/repo.git/objects/pack && p=$(ls *.keep) && ls ${p%%.keep}.pack | wc -l",
		scratch),
	    "1\n");
	reads_all(r, ids, 60);
	repo_close(r);
}

/* More packs than a process may have files, as stock git may leave them. */
static void more_packs_than_files(void **state)
{
	enum { N = 180 };
	struct oid ids[N];
	struct err err = {0};
	struct rlimit limit;
	char text[32];
	(void)state;
	good(repo_create(at("repo.git"), &err), &err);
	struct repo *r = repo_at(at("repo.git"));
	for (size_t i = 0; i < N; i++)
		good(repo_put(r, &ids[i], OBJECT_BLOB, text_of(text, i), &err) ||
			 repo_flush(r, &err),
		    &err);
	repo_close(r);
	assert_int_equal(packs(), N);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	struct rlimit low = {160, limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	r = repo_at(at("repo.git"));
	reads_all(r, ids, N);
	good(repo_roll(r, &err), &err);
	reads_all(r, ids, N);
	repo_close(r);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(packs(), 1);
}

/* --- packs of thousands of objects, which become one as their bytes stand --- */

enum { BIG = 2000, BIGS = 8 };

/* The same text each time for a number; every ninth changes little from one to the next, so that
 * packs hold differences. */
static struct str big_text(char text[static 256], size_t i)
{
	if (i % 9)
		return text_of(text, i);
	snprintf(text, 256, "%0200d and at the end %zu", 7, i);
	return str_from(text);
}

/* Put objects from..to and flush; `also` as well, which others may have. */
static void flush_run(struct repo *r, struct oid *ids, size_t from, size_t to, const char *also)
{
	struct err err = {0};
	struct oid id;
	char text[256];
	for (size_t i = from; i < to; i++) {
		good(repo_put(r, &ids[i], OBJECT_BLOB, big_text(text, i), &err), &err);
		if (i % 9 == 0 && i >= from + 9)
			repo_follows(r, &ids[i], &ids[i - 9]);
	}
	good(repo_put(r, &id, OBJECT_BLOB, str_from(also), &err) || repo_flush(r, &err), &err);
}

static void expect_big(const struct oid *ids)
{
	struct repo *r = repo_at(at("repo.git"));
	struct buf b = BUF_INIT;
	struct err err = {0};
	char text[256];
	for (size_t i = 0; i < BIG * BIGS; i += 9 + i % 5) {
		buf_reset(&b);
		good(repo_read(r, &ids[i], OBJECT_BLOB, &b, &err), &err);
		assert_true(str_eq(buf_str(&b), big_text(text, i)));
	}
	buf_release(&b);
	repo_close(r);
	assert_string_equal(
	    output_of("git --git-dir=%s/repo.git fsck --strict --no-dangling 2>&1 | grep -v -e "
		      "'^notice: ' -e '^dangling'",
		scratch),
	    "");
}

static void big_packs_become_few(void **state)
{
	struct oid *ids = mem_alloc(BIG * BIGS * sizeof *ids);
	struct err err = {0};
	(void)state;
	good(repo_create(at("repo.git"), &err), &err);
	struct repo *r = repo_at(at("repo.git"));
	for (size_t i = 0; i < BIGS; i++) {
		good(repo_roll(r, &err), &err);
		if (i)
			assert_int_equal(packs(), (int)i);
		char also[16];
		snprintf(also, sizeof also, "also %zu", i);
		flush_run(r, ids, i * BIG, (i + 1) * BIG, also);
	}
	/* One that the disk has damaged: nothing is made of it, and all others stay. */
	output_of("cp -a %s/repo.git %s/whole.git; cd %s/repo.git/objects/pack && p=$(ls *.pack | "
		  "head -n 1) && chmod u+w $p && printf x | dd of=$p bs=1 seek=9000 "
		  "conv=notrunc 2>&1",
	    scratch, scratch, scratch);
	refused(repo_roll(r, &err), ERR_GIT, &err, "is damaged");
	assert_int_equal(packs(), BIGS);
	repo_close(r);
	output_of("cd %s && rm -rf repo.git && mv whole.git repo.git", scratch);
	r = repo_at(at("repo.git"));
	good(repo_roll(r, &err), &err);
	assert_int_equal(packs(), 1);
	repo_close(r);
	expect_big(ids);
	free(ids);
}

/* Two writers (stock git may be one) can have left an object in two packs; a pack has it once. */
static void big_packs_with_the_same_object(void **state)
{
	struct oid *ids = mem_alloc(BIG * BIGS * sizeof *ids);
	struct repo *r[BIGS];
	struct err err = {0};
	(void)state;
	good(repo_create(at("repo.git"), &err), &err);
	for (size_t i = 0; i < BIGS; i++) /* none sees what the others will write */
		r[i] = repo_at(at("repo.git"));
	for (size_t i = 0; i < BIGS; i++)
		flush_run(r[i], ids, i * BIG, (i + 1) * BIG, "the same");
	for (size_t i = 1; i < BIGS; i++)
		repo_close(r[i]);
	assert_int_equal(packs(), BIGS);
	good(repo_roll(r[0], &err), &err);
	repo_close(r[0]);
	assert_int_equal(packs(), 1);
	assert_string_equal(
	    output_of("git --git-dir=%s/repo.git count-objects -v | grep in-pack", scratch),
	    "in-pack: 16001\n");
	expect_big(ids);
	free(ids);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(many_small_packs_become_few),
	    TEST(a_reader_goes_on_reading),
	    TEST(kept_packs_stay),
	    TEST(more_packs_than_files),
	    TEST(big_packs_become_few),
	    TEST(big_packs_with_the_same_object),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
