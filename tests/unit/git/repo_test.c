/* SPDX-License-Identifier: Apache-2.0 */
#include "../store/fixture.h"

static struct repo *repo_new(void)
{
	struct repo *r = NULL;
	struct err err = {0};
	good(repo_create(at("repo.git"), &err) || repo_open(&r, at("repo.git"), &err), &err);
	return r;
}

static struct repo *again(struct repo *r)
{
	struct err err = {0};
	repo_close(r);
	good(repo_open(&r, at("repo.git"), &err), &err);
	return r;
}

static struct oid put(struct repo *r, const char *text)
{
	struct oid id;
	struct err err = {0};
	good(repo_put(r, &id, OBJECT_BLOB, str_from(text), &err), &err);
	return id;
}

static bool reads(struct repo *r, const struct oid *id, const char *text)
{
	struct buf b = BUF_INIT;
	struct err err = {0};
	int bad = repo_read(r, id, OBJECT_BLOB, &b, &err);
	bool same = !bad && strcmp(b.ptr, text) == 0;
	buf_release(&b);
	return same;
}

static void a_batch_is_one_pack(void **state)
{
	struct repo *r = repo_new();
	struct err err = {0};
	struct oid a = put(r, "a"), b = put(r, "b");
	(void)state;
	assert_true(reads(r, &a, "a"));
	assert_string_equal(output_of("ls %s/repo.git/objects/pack", scratch), "");
	good(repo_flush(r, &err), &err);
	r = again(r);
	assert_true(reads(r, &a, "a") && reads(r, &b, "b"));
	assert_string_equal(output_of("ls %s/repo.git/objects/pack | wc -l", scratch), "2\n");
	assert_string_equal(
	    output_of("find %s/repo.git/objects -regex '.*/[0-9a-f][0-9a-f]/.*'", scratch), "");
	good(repo_flush(r, &err), &err); /* nothing to write */
	assert_string_equal(output_of("ls %s/repo.git/objects/pack | wc -l", scratch), "2\n");
	repo_close(r);
}

static void what_is_dropped_is_gone(void **state)
{
	struct repo *r = repo_new();
	struct err err = {0};
	struct oid a = put(r, "a");
	(void)state;
	repo_drop(r);
	assert_false(repo_has(r, &a));
	good(repo_flush(r, &err), &err);
	r = again(r);
	assert_false(repo_has(r, &a));
	repo_close(r);
}

static void back_to_a_mark(void **state)
{
	struct repo *r = repo_new();
	struct err err = {0};
	struct oid a = put(r, "a");
	size_t mark = repo_mark(r);
	struct oid b = put(r, "b");
	(void)state;
	repo_back_to(r, mark);
	assert_false(repo_has(r, &b));
	assert_true(reads(r, &a, "a"));
	struct oid c = put(r, "c");
	good(repo_flush(r, &err), &err);
	r = again(r);
	assert_true(reads(r, &a, "a") && reads(r, &c, "c"));
	assert_false(repo_has(r, &b));
	repo_close(r);
}

/* libgit2 remembers commits and trees it has read, also those that are dropped later: what is put
 * again must still be written. */
static void dropped_after_reading_then_put_again(void **state)
{
	struct repo *r = repo_new();
	struct err err = {0};
	struct buf text = BUF_INIT;
	struct oid tree;
	struct str bytes = str_of("100644 a\0aaaaaaaaaaaaaaaaaaaa", 29);
	(void)state;
	for (int i = 0; i < 2; i++) {
		good(repo_put(r, &tree, OBJECT_TREE, bytes, &err), &err);
		good(repo_read(r, &tree, OBJECT_TREE, &text, &err), &err);
		if (i == 0)
			repo_drop(r);
	}
	good(repo_flush(r, &err), &err);
	r = again(r);
	good(repo_read(r, &tree, OBJECT_TREE, &text, &err), &err);
	buf_release(&text);
	repo_close(r);
}

static void kinds_are_checked(void **state)
{
	struct repo *r = repo_new();
	struct buf b = BUF_INIT;
	struct err err = {0};
	struct oid a = put(r, "a"), none = {{1}};
	(void)state;
	refused(repo_read(r, &a, OBJECT_TREE, &b, &err), ERR_GIT, &err, "kind");
	refused(repo_read(r, &none, OBJECT_BLOB, &b, &err), ERR_MISSING, &err, "01000000");
	buf_release(&b);
	repo_close(r);
}

static int collect(void *ctx, const char *name, const struct oid *id, struct err *err)
{
	(void)id;
	(void)err;
	buf_printf(ctx, "%s ", name);
	return 0;
}

static void refs(void **state)
{
	struct repo *r = repo_new();
	struct err err = {0};
	struct buf names = BUF_INIT;
	struct oid a = put(r, "a"), got;
	(void)state;
	good(repo_flush(r, &err), &err);
	refused(repo_ref(r, "refs/belfry/x", &got, &err), ERR_MISSING, &err, "refs/belfry/x");
	good(repo_set_ref(r, "refs/belfry/hubs/b", &a, &err), &err);
	good(repo_set_ref(r, "refs/belfry/hubs/a", &a, &err), &err);
	good(repo_set_ref(r, "refs/belfry/other", &a, &err), &err);
	good(repo_ref(r, "refs/belfry/hubs/b", &got, &err), &err);
	assert_true(oid_eq(&a, &got));
	good(repo_refs(r, "refs/belfry/hubs/", collect, &names, &err), &err);
	assert_string_equal(names.ptr, "refs/belfry/hubs/a refs/belfry/hubs/b ");
	good(repo_delete_ref(r, "refs/belfry/other", &err), &err);
	good(repo_delete_ref(r, "refs/belfry/other", &err), &err); /* twice is fine */
	buf_release(&names);
	repo_close(r);
}

static void add_name(void *ctx, const char *name, const char *value)
{
	buf_printf(ctx, "%s=%s ", name, value);
}

static void settings(void **state)
{
	struct repo *r = repo_new();
	struct err err = {0};
	struct buf b = BUF_INIT;
	(void)state;
	refused(repo_config(r, "belfry.hub", &b, &err), ERR_MISSING, &err, "belfry.hub");
	good(repo_set_config(r, "belfry.hub", "east", &err), &err);
	good(repo_config(r, "belfry.hub", &b, &err), &err);
	assert_string_equal(b.ptr, "east");
	good(repo_set_config(r, "belfry.hub", NULL, &err), &err);
	good(repo_set_config(r, "belfry.hub", NULL, &err), &err);
	refused(repo_config(r, "belfry.hub", &b, &err), ERR_MISSING, &err, "belfry.hub");
	good(repo_set_config(r, "belfry-peer.mena.address", "a:1", &err), &err);
	good(repo_set_config(r, "belfry-peer.north.star.address", "b:2", &err), &err);
	good(repo_set_config(r, "belfry-peer.mena.other", "x", &err), &err);
	buf_reset(&b);
	good(repo_config_section(r, "belfry-peer", "address", add_name, &b, &err), &err);
	assert_string_equal(b.ptr, "mena=a:1 north.star=b:2 ");
	buf_release(&b);
	repo_close(r);
}

/* What a killed writer leaves must not stop the next one. */
static void leftovers_are_cleared(void **state)
{
	struct repo *r = repo_new();
	struct err err = {0};
	struct oid a = put(r, "a");
	char path[PATH_MAX];
	static const char *const left[] = {"refs/heads/main.lock", "packed-refs.lock",
	    "config.lock", "HEAD.lock", "objects/pack/pack_git2_abc",
	    "objects/incoming/pack-1.pack", "objects/pack/tmp_pack_1"};
	(void)state;
	good(repo_flush(r, &err), &err);
	good(repo_set_ref(r, "refs/belfry/hubs/a", &a, &err), &err);
	repo_close(r);
	snprintf(path, sizeof path, "%s/repo.git/objects/incoming", scratch);
	good(file_mkdirs(path, 0700, &err), &err);
	for (size_t i = 0; i < 7; i++) {
		snprintf(path, sizeof path, "%s/repo.git/%s", scratch, left[i]);
		good(file_write(path, STR("x"), 0600, &err), &err);
	}
	good(repo_clean(at("repo.git"), &err), &err);
	for (size_t i = 0; i < 7; i++) {
		snprintf(path, sizeof path, "%s/repo.git/%s", scratch, left[i]);
		if (file_exists(path))
			fail_msg("%s is still there", left[i]);
	}
	good(repo_open(&r, at("repo.git"), &err), &err);
	assert_true(reads(r, &a, "a"));
	good(repo_set_ref(r, "refs/heads/main", &a, &err), &err);
	repo_close(r);
}

static void ids_have_one_form(void **state)
{
	struct oid id, back;
	(void)state;
	for (int i = 0; i < OID_BYTES; i++)
		id.bytes[i] = (uint8_t)(i * 13);
	assert_true(oid_from_hex(&back, str_from(oid_hex(&id).text)));
	assert_true(oid_eq(&id, &back));
	assert_false(oid_from_hex(&back, STR("000000000000000000000000000000000000000")));
	assert_false(oid_from_hex(&back, STR("000000000000000000000000000000000000000G")));
	assert_false(oid_from_hex(&back, STR("ABCDEF0000000000000000000000000000000000")));
	assert_false(oid_is_zero(&id));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_batch_is_one_pack),
	    TEST(what_is_dropped_is_gone),
	    TEST(back_to_a_mark),
	    TEST(dropped_after_reading_then_put_again),
	    TEST(kinds_are_checked),
	    TEST(refs),
	    TEST(settings),
	    TEST(leftovers_are_cleared),
	    TEST(ids_have_one_form),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
