/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which commit is entry N: found by walking, kept in a file once it was far, and never believed
 * where the head's past says otherwise.
 */
#include "fixture.h"

enum { MANY = 300 };

static void grow(struct store *s, int n)
{
	for (int i = 0; i < n; i++) {
		struct draft d = {.n = 0};
		char id[48];
		snprintf(id, sizeof id, "n%d-%d", (int)store_journal(s, "east")->head.seq, i);
		draft_news(&d, EAST, "ke-mombasa", id, "");
		append(s, &d);
	}
}

static struct store *opened(const char *name)
{
	struct store *s;
	struct err err = {0};
	good(store_open(&s, at(name), STORE_READ, &err), &err);
	return s;
}

/* Every id agrees with git's own list. */
static void expect_ids(const char *name)
{
	struct store *s = opened(name);
	const struct journal *j = store_journal(s, "east");
	struct buf list = BUF_INIT;
	struct err err = {0};
	output_of(GIT "rev-list --reverse refs/belfry/hubs/east > %s/list", at(name), scratch);
	good(file_read(&list, at("list"), 1 << 20, &err), &err);
	struct str all = buf_str(&list);
	for (uint64_t seq = 1; seq <= j->head.seq; seq++) {
		struct oid id;
		good(store_entry_id(s, "east", seq, &id, &err), &err);
		assert_true(str_is(str_cut(&all, '\n'), oid_hex(&id).text));
	}
	assert_int_equal(all.len, 0);
	buf_release(&list);
	store_close(s);
}

static void walked_far_and_kept(void **state)
{
	struct store *s = east_new();
	(void)state;
	grow(s, 20);
	store_close(s);
	expect_ids("east");
	assert_false(file_exists(at("east/ids/east"))); /* not worth a file */
	struct err err = {0};
	good(store_open(&s, at("east"), STORE_WRITE, &err), &err);
	grow(s, MANY);
	store_close(s);
	expect_ids("east");
	assert_true(file_exists(at("east/ids/east")));
	expect_ids("east");
	good(store_open(&s, at("east"), STORE_WRITE, &err), &err);
	grow(s, 3); /* past the file's end */
	store_close(s);
	expect_ids("east");
}

static void a_file_that_is_wrong(void **state)
{
	struct store *s = east_new();
	struct err err = {0};
	struct buf kept = BUF_INIT;
	(void)state;
	grow(s, MANY);
	store_close(s);
	expect_ids("east");
	good(file_read(&kept, at("east/ids/east"), 1 << 20, &err), &err);
	for (size_t i = 0; i < kept.len; i += 1 + kept.len / 13) {
		struct buf bent = BUF_INIT;
		buf_add(&bent, i % 2 ? str_sub(buf_str(&kept), 0, i) : buf_str(&kept));
		if (i % 2 == 0)
			bent.ptr[i] ^= 0x20;
		good(file_write(at("east/ids/east"), buf_str(&bent), 0600, &err), &err);
		expect_ids("east");
		buf_release(&bent);
	}
	/* A good file of ids that are none of this journal's. */
	struct buf other = BUF_INIT;
	struct str zeros = str_sub(buf_str(&kept), SHA256_BYTES, (MANY - 7) * OID_BYTES);
	struct sha256 sum = sha256(zeros);
	buf_add(&other, str_of(sum.bytes, SHA256_BYTES));
	buf_add(&other, zeros);
	good(file_write(at("east/ids/east"), buf_str(&other), 0600, &err), &err);
	expect_ids("east"); /* a true beginning */
	memset(other.ptr + SHA256_BYTES, 7, other.len - SHA256_BYTES);
	sum = sha256(str_sub(buf_str(&other), SHA256_BYTES, other.len));
	memcpy(other.ptr, sum.bytes, SHA256_BYTES);
	good(file_write(at("east/ids/east"), buf_str(&other), 0600, &err), &err);
	expect_ids("east"); /* a false one */
	buf_release(&other);
	buf_release(&kept);
}

/* One entry after the other, as a hub lives: packs and open files stay few. tests/bench/long.sh has
 * 10,000. */
static void a_long_life(void **state)
{
	enum { N = 200 };
	int most = 0;
	struct store *s = east_new();
	(void)state;
	for (int i = 0; i < N; i++) {
		grow(s, 1);
		store_tidy(s);
		if (i % 50 == 0 || i == N - 1) {
			int packs = atoi(
			    output_of("ls %s/east/store.git/objects/pack/*.pack | wc -l", scratch));
			most = packs > most ? packs : most;
		}
	}
	int files = atoi(output_of("ls /proc/%d/fd | wc -l", (int)getpid()));
	assert_in_range(most, 2, 50);
	assert_in_range(files, 3, 100);
	sound(s);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(walked_far_and_kept),
	    TEST(a_file_that_is_wrong),
	    TEST(a_long_life),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
