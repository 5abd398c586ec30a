/* SPDX-License-Identifier: Apache-2.0 */
/* Our own packs, judged by git: sound, differences where something was replaced, chains short. */
#include "../store/fixture.h"

#include "git/pack.h"
#include "git/sha1.h"

static void sha1_is(struct str bytes, const char *want)
{
	for (size_t cut = 0; cut <= bytes.len; cut += 1 + cut / 3) {
		struct sha1 s;
		uint8_t got[SHA1_BYTES];
		struct buf hex = BUF_INIT;
		sha1_init(&s);
		sha1_add(&s, str_sub(bytes, 0, cut));
		sha1_add(&s, str_sub(bytes, cut, bytes.len));
		sha1_end(&s, got);
		buf_hex(&hex, str_of(got, sizeof got));
		assert_string_equal(hex.ptr, want);
		buf_release(&hex);
	}
}

/* FIPS 180's examples, and every length around a block as sha1sum sees it. */
static void checksums(void **state)
{
	struct err err = {0};
	struct buf b = BUF_INIT;
	(void)state;
	sha1_is(STR("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
	sha1_is(STR(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	sha1_is(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
	    "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	for (int i = 0; i < 1000; i++)
		buf_puts(&b, "a thousand times ");
	for (size_t len = 1; len < b.len; len += len < 70 ? 1 : 997) {
		struct str some = str_sub(buf_str(&b), 0, len);
		good(file_write(at("some"), some, 0600, &err), &err);
		const char *sum = output_of("sha1sum < %s", at("some"));
		char want[41];
		memcpy(want, sum, 40);
		want[40] = 0;
		sha1_is(some, want);
	}
	buf_release(&b);
}

static struct repo *repo_new(void)
{
	struct repo *r = NULL;
	struct err err = {0};
	good(repo_create(at("repo.git"), &err) || repo_open(&r, at("repo.git"), &err), &err);
	return r;
}

enum { FORMS = 130 };

/* One file in many forms: a line more and a line changed each time. */
static void form(struct buf *b, int n)
{
	buf_reset(b);
	for (int i = 0; i < 40 + n; i++)
		buf_printf(b, "line %d says %08x\n", i,
		    i == n % 40 ? 77u : (unsigned)(i * i) * 2654435761u);
}

static void expect_forms(const struct oid *ids)
{
	struct repo *r = NULL;
	struct buf want = BUF_INIT, got = BUF_INIT;
	struct err err = {0};
	good(repo_open(&r, at("repo.git"), &err), &err);
	for (int i = 0; i < FORMS; i++) {
		form(&want, i);
		buf_reset(&got);
		good(repo_read(r, &ids[i], OBJECT_BLOB, &got, &err), &err);
		assert_true(str_eq(buf_str(&want), buf_str(&got)));
	}
	repo_close(r);
	buf_release(&want);
	buf_release(&got);
}

static int longest_chain(void)
{
	return atoi(output_of("git --git-dir=%s/repo.git verify-pack -v "
			      "%s/repo.git/objects/pack/*.idx | "
			      "awk 'NF == 7 && $6 + 0 > m { m = $6 } END { print m + 0 }'",
	    scratch, scratch));
}

static long pack_bytes(void)
{
	return atol(output_of("cat %s/repo.git/objects/pack/*.pack | wc -c", scratch));
}

static void forms_of_one_file(void **state)
{
	struct repo *r = repo_new();
	struct oid ids[FORMS];
	struct buf text = BUF_INIT;
	struct err err = {0};
	(void)state;
	for (int i = 0; i < FORMS; i++) {
		form(&text, i);
		good(repo_put(r, &ids[i], OBJECT_BLOB, buf_str(&text), &err), &err);
		if (i)
			repo_follows(r, &ids[i], &ids[i - 1]);
	}
	repo_follows(r, &ids[3], &ids[FORMS - 1]); /* and back: no ring */
	repo_follows(r, &ids[5], &ids[5]);
	repo_follows(r, &ids[7], &(struct oid){{7}}); /* not here */
	good(repo_flush(r, &err), &err);
	repo_close(r);
	assert_int_equal(longest_chain(), PACK_DEPTH_MAX);
	assert_in_range(pack_bytes(), 1000, FORMS * 120);
	expect_forms(ids);
	buf_release(&text);
}

/* What is not alike, what is tiny, what is empty, what is large, two kinds: all whole. */
static void nothing_in_common(void **state)
{
	struct repo *r = repo_new();
	struct buf large = BUF_INIT, got = BUF_INIT;
	struct oid a, b, c, d, e;
	struct err err = {0};
	(void)state;
	for (int i = 0; i < 300000; i++)
		buf_u8(&large, (uint8_t)((unsigned)i * 2654435761u >> 24));
	good(repo_put(r, &a, OBJECT_BLOB, STR("tiny"), &err) ||
		 repo_put(r, &b, OBJECT_BLOB, STR("tony"), &err) ||
		 repo_put(r, &c, OBJECT_BLOB, STR_EMPTY, &err) ||
		 repo_put(r, &d, OBJECT_BLOB, buf_str(&large), &err) ||
		 repo_put(r, &e, OBJECT_TREE, STR_EMPTY, &err),
	    &err);
	repo_follows(r, &b, &a);
	repo_follows(r, &c, &b);
	repo_follows(r, &d, &c);
	repo_follows(r, &e, &d);
	good(repo_flush(r, &err), &err);
	repo_close(r);
	assert_int_equal(longest_chain(), 0);
	good(
	    repo_open(&r, at("repo.git"), &err) || repo_read(r, &d, OBJECT_BLOB, &got, &err), &err);
	assert_true(str_eq(buf_str(&large), buf_str(&got)));
	repo_close(r);
	buf_release(&got);
	buf_release(&large);
}

/* A large file that changes at both ends and in the middle: copies longer than one instruction. */
static void a_large_file(void **state)
{
	struct repo *r = repo_new();
	struct buf old = BUF_INIT, got = BUF_INIT;
	struct oid a, b;
	struct err err = {0};
	(void)state;
	for (uint32_t i = 0, v = 1; i < 400000; i++) {
		v = v * 1664525 + 1013904223;
		buf_u8(&old, (uint8_t)(v >> 24));
	}
	good(repo_put(r, &a, OBJECT_BLOB, buf_str(&old), &err), &err);
	old.ptr[0] ^= 1;
	old.ptr[200000] ^= 1;
	buf_puts(&old, "the end");
	good(repo_put(r, &b, OBJECT_BLOB, buf_str(&old), &err), &err);
	repo_follows(r, &b, &a);
	good(repo_flush(r, &err), &err);
	repo_close(r);
	assert_int_equal(longest_chain(), 1);
	assert_in_range(pack_bytes(), 400000, 402000);
	good(
	    repo_open(&r, at("repo.git"), &err) || repo_read(r, &a, OBJECT_BLOB, &got, &err), &err);
	old.ptr[0] ^= 1;
	old.ptr[200000] ^= 1;
	assert_true(str_eq(buf_str(&got), str_sub(buf_str(&old), 0, 400000)));
	repo_close(r);
	buf_release(&got);
	buf_release(&old);
}

/* A journal's trees, each the one before with a file more. */
static void trees_in_one_batch(void **state)
{
	struct repo *r = repo_new();
	struct err err = {0};
	struct oid tree = {{0}}, next;
	(void)state;
	for (int i = 0; i < 100; i++) {
		char path[64];
		snprintf(path, sizeof path, "records/place-%d/news/item-%d/en.md", i % 7, i);
		struct change c = {.path = str_from(path), .content = str_from(path)};
		good(tree_apply(r, &tree, &c, 1, &next, &err), &err);
		tree = next;
	}
	good(repo_flush(r, &err), &err);
	repo_close(r);
	assert_in_range(longest_chain(), 10, PACK_DEPTH_MAX);
	assert_string_equal(output_of("git --git-dir=%s/repo.git ls-tree -r %s | wc -l", scratch,
				oid_hex(&tree).text),
	    "100\n");
	assert_string_equal(
	    output_of(
		"git --git-dir=%s/repo.git fsck --strict --no-dangling 2>&1 | grep -v '^notice'",
		scratch),
	    "");
}

/* What is waited for is not compressed; what is large is, and all is once it was rolled up. */
static void few_small_objects(void **state)
{
	enum { EACH = 7000, PACKS = 40 };
	struct repo *r = repo_new();
	struct oid ids[PACKS + 1];
	struct buf text = BUF_INIT, got = BUF_INIT;
	struct err err = {0};
	(void)state;
	for (int i = 0; i < PACKS; i++) {
		buf_reset(&text);
		while (text.len < EACH)
			buf_printf(&text, "pack %d at %zu\n", i, text.len);
		good(repo_put(r, &ids[i], OBJECT_BLOB, buf_str(&text), &err) || repo_flush(r, &err),
		    &err);
		if (i == 0)
			assert_in_range(pack_bytes(), EACH, EACH + 200);
	}
	assert_in_range(pack_bytes(), PACKS * EACH, PACKS * (EACH + 200));
	good(repo_roll(r, &err), &err);
	assert_in_range(pack_bytes(), 1000, PACKS * EACH / 3);
	long before = pack_bytes();
	while (text.len < 3 * EACH)
		buf_puts(&text, "the same again and again\n");
	good(repo_put(r, &ids[PACKS], OBJECT_BLOB, buf_str(&text), &err) || repo_flush(r, &err),
	    &err);
	assert_in_range(pack_bytes() - before, 1000, EACH);
	for (int i = 0; i <= PACKS; i++) {
		buf_reset(&got);
		good(repo_read(r, &ids[i], OBJECT_BLOB, &got, &err), &err);
	}
	assert_true(str_eq(buf_str(&text), buf_str(&got)));
	repo_close(r);
	assert_string_equal(
	    output_of(
		"git --git-dir=%s/repo.git fsck --strict --no-dangling 2>&1 | grep -v '^notice'",
		scratch),
	    "");
	buf_release(&text);
	buf_release(&got);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(checksums),
	    TEST(forms_of_one_file),
	    TEST(nothing_in_common),
	    TEST(a_large_file),
	    TEST(few_small_objects),
	    TEST(trees_in_one_batch),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
