/* SPDX-License-Identifier: Apache-2.0 */
/* Objects read from packs without libgit2: the same bytes, or none. */
#include "../store/fixture.h"

#include "git/pack_read.h"

enum { FORMS = 60, DAMAGED = 4 };

/* One file in many forms: told as differences from one another. */
static void form(struct buf *b, int n)
{
	buf_reset(b);
	for (int i = 0; i < 40 + n; i++)
		buf_printf(b, "line %d says %08x\n", i,
		    i == n % 40 ? 77u : (unsigned)(i * i) * 2654435761u);
}

static void put_forms(struct oid *ids, int from, int to)
{
	struct repo *r = NULL;
	struct buf b = BUF_INIT;
	struct err err = {0};
	good(repo_open(&r, at("repo.git"), &err), &err);
	for (int i = from; i < to; i++) {
		form(&b, i);
		good(repo_put(r, &ids[i], OBJECT_BLOB, buf_str(&b), &err), &err);
		if (i > from)
			repo_follows(r, &ids[i], &ids[i - 1]);
	}
	good(repo_flush(r, &err), &err);
	buf_release(&b);
	repo_close(r);
}

/* How many of them are read; none of them wrong. */
static int read_forms(const struct oid *ids, int forms)
{
	struct packs *packs = packs_new(at("repo.git"));
	struct pack_reader *r = pack_reader_new(packs);
	struct buf want = BUF_INIT, got = BUF_INIT;
	int n = 0;
	for (int i = 0; i < forms; i++) {
		form(&want, i);
		buf_reset(&got);
		buf_puts(&got, "before");
		if (pack_read(r, &ids[i], OBJECT_BLOB, &got)) {
			assert_true(str_eq(str_sub(buf_str(&got), 6, got.len), buf_str(&want)));
			n++;
		} else {
			assert_string_equal(got.ptr, "before");
		}
	}
	pack_reader_free(r);
	packs_free(packs);
	buf_release(&want);
	buf_release(&got);
	return n;
}

static void reads_our_own_packs(void **state)
{
	struct oid ids[FORMS];
	struct err err = {0};
	(void)state;
	good(repo_create(at("repo.git"), &err), &err);
	put_forms(ids, 0, 20);
	assert_int_equal(read_forms(ids, 20), 20);
	put_forms(ids, 20, FORMS);
	assert_int_equal(read_forms(ids, FORMS), FORMS);
}

/* Long chains; bases by how far before they stand, and by id. */
static void reads_packs_of_git(void **state)
{
	static const char *const offsets[] = {"true", "false"};
	struct oid ids[FORMS], none = {{1}};
	struct err err = {0};
	struct buf out = BUF_INIT;
	(void)state;
	good(repo_create(at("repo.git"), &err), &err);
	put_forms(ids, 0, FORMS);
	for (int i = 0; i < 2; i++) {
		output_of("git --git-dir=%s/repo.git -c repack.useDeltaBaseOffset=%s repack -adfkq "
			  "--depth=40 --window=100",
		    scratch, offsets[i]);
		assert_int_not_equal(atoi(output_of("git --git-dir=%s/repo.git verify-pack -v "
						    "%s/repo.git/objects/pack/*.idx | "
						    "grep -c 'chain length = [0-9]'",
					 scratch, scratch)),
		    0);
		assert_int_equal(read_forms(ids, FORMS), FORMS);
	}
	struct packs *packs = packs_new(at("repo.git"));
	struct pack_reader *r = pack_reader_new(packs);
	assert_false(pack_read(r, &none, OBJECT_BLOB, &out));
	assert_false(pack_read(r, &ids[0], OBJECT_TREE, &out));
	assert_true(pack_read(r, &ids[0], OBJECT_BLOB, &out));
	pack_reader_free(r);
	packs_free(packs);
	buf_release(&out);
}

/* Each byte of both files changed: what is still read is right. */
static void damage(const char *suffix, const struct oid *ids, size_t step)
{
	char path[PATH_MAX];
	struct buf bytes = BUF_INIT;
	struct err err = {0};
	snprintf(path, sizeof path, "%s",
	    output_of("printf %%s %s/repo.git/objects/pack/*.%s", scratch, suffix));
	good(file_read(&bytes, path, 1 << 20, &err), &err);
	for (size_t i = 0; i < bytes.len; i += step) {
		bytes.ptr[i] = (char)(bytes.ptr[i] ^ (i % 2 ? 0xff : 0x11));
		good(file_write(path, buf_str(&bytes), 0600, &err), &err);
		read_forms(ids, DAMAGED);
		bytes.ptr[i] = (char)(bytes.ptr[i] ^ (i % 2 ? 0xff : 0x11));
	}
	for (size_t cut = 0; cut < bytes.len; cut += 1 + bytes.len / 50) {
		good(file_write(path, str_sub(buf_str(&bytes), 0, cut), 0600, &err), &err);
		read_forms(ids, DAMAGED);
	}
	good(file_write(path, buf_str(&bytes), 0600, &err), &err);
	assert_int_equal(read_forms(ids, DAMAGED), DAMAGED);
	buf_release(&bytes);
}

static void damaged_packs(void **state)
{
	struct oid ids[DAMAGED];
	struct err err = {0};
	(void)state;
	good(repo_create(at("repo.git"), &err), &err);
	put_forms(ids, 0, DAMAGED);
	damage("pack", ids, 1);
	damage("idx", ids, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(reads_our_own_packs),
	    TEST(reads_packs_of_git),
	    TEST(damaged_packs),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
