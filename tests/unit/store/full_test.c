/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file system without room, in the middle of a write: what was begun is undone and reported, and
 * the store goes on. The pack to be written is /dev/full, of which every write says ENOSPC.
 * tests/cli/full-disk.sh has a disk that is full indeed.
 */
#include "fixture.h"

#include <sys/stat.h>

static void fill(const char *name)
{
	struct err err = {0};
	struct buf folder = BUF_INIT, pack = BUF_INIT;
	buf_printf(&folder, "%s/%s/store.git/objects/incoming", scratch, name);
	buf_printf(&pack, "%s/new.pack", folder.ptr);
	good(file_mkdirs(folder.ptr, 0700, &err), &err);
	assert_int_equal(symlink("/dev/full", pack.ptr), 0);
	buf_release(&folder);
	buf_release(&pack);
}

static int try_append(struct store *s, const char *id, struct err *err)
{
	struct draft d = {.n = 0};
	draft_news(&d, EAST, "ke-mombasa", id, "");
	int rc = store_append(s, d.changes, d.n, T0, err);
	arena_clear(&d.arena);
	return rc;
}

static void our_own_entry(void **state)
{
	struct store *s = east_new();
	struct err err = {0};
	(void)state;
	uint64_t seq = store_journal(s, "east")->head.seq;
	struct sha256 before = digest(s);
	long objects = object_count(s);
	for (int i = 0; i < 3; i++) {
		fill("east");
		refused(try_append(s, "first", &err), ERR_FULL, &err, "No space left on device");
		assert_false(s->is_broken);
		struct sha256 after = digest(s);
		same_digest(&before, &after);
		sound(s);
	}
	assert_int_equal(object_count(s), objects);
	good(try_append(s, "first", &err), &err); /* the failure took the pack away */
	good(try_append(s, "second", &err), &err);
	assert_int_equal(store_journal(s, "east")->head.seq, seq + 2);
	s = reopened(s);
	assert_int_equal(store_journal(s, "east")->head.seq, seq + 2);
	sound(s);
	store_close(s);
}

/* The pack is there, but the pins cannot say so: it does not count, and can be tried again. */
static void the_pins(void **state)
{
	struct store *s = east_new();
	struct err err = {0};
	(void)state;
	uint64_t seq = store_journal(s, "east")->head.seq;
	assert_int_equal(rename(at("east/pins"), at("east/pins.kept")), 0); /* written anew */
	assert_int_equal(symlink("/dev/full", at("east/pins.new")), 0);
	refused(try_append(s, "first", &err), ERR_FULL, &err, "No space left on device");
	assert_int_equal(rename(at("east/pins.kept"), at("east/pins")), 0);
	assert_int_equal(store_journal(s, "east")->head.seq, seq);
	good(try_append(s, "first", &err) || try_append(s, "second", &err), &err);
	s = reopened(s);
	assert_int_equal(store_journal(s, "east")->head.seq, seq + 2);
	sound(s);
	store_close(s);
}

/* Another hub's, of which nothing was here, and then one more. */
static void entries_of_others(void **state)
{
	struct store *east = east_new(), *west = hub_new("west", "west", WEST);
	struct err err = {0};
	size_t admitted = 7;
	(void)state;
	good(try_append(east, "first", &err) || try_append(east, "second", &err), &err);
	struct wires *w = wires_new(east, "east", 1);
	fill("west");
	refused(store_admit(west, "east", w->entries, w->n - 1, &admitted, &err), ERR_FULL, &err,
	    "No space left on device");
	assert_int_equal(admitted, 0);
	assert_null(store_journal(west, "east"));
	good(store_admit(west, "east", w->entries, w->n - 1, &admitted, &err), &err);
	assert_int_equal(admitted, w->n - 1);
	fill("west");
	refused(store_admit(west, "east", w->entries, w->n, &admitted, &err), ERR_FULL, &err, "");
	assert_int_equal(admitted, 0);
	assert_int_equal(store_journal(west, "east")->head.seq, w->n - 1);
	sound(west);
	good(store_admit(west, "east", w->entries, w->n, &admitted, &err), &err);
	assert_int_equal(admitted, 1);
	struct oid id;
	good(store_entry_id(west, "east", w->n, &id, &err), &err);
	assert_true(oid_eq(&id, &store_journal(east, "east")->head.id));
	west = reopened(west);
	assert_int_equal(store_journal(west, "east")->head.seq, w->n);
	sound(west);
	wires_free(w);
	store_close(east);
	store_close(west);
}

static void a_charter(void **state)
{
	struct store *s = east_new();
	struct err err = {0};
	struct charter_files files = {.nschemas = 0};
	(void)state;
	struct store *newer = store_new("newer", NULL, 0);
	struct buf bytes = BUF_INIT;
	adopt(newer, charter_next(buf_str(&charter_one), 2));
	good(store_charter_bundle(newer, 2, &bytes, &err) ||
		 charter_bundle_read(&files, buf_str(&bytes), &err),
	    &err);
	fill("east");
	refused(store_adopt_charter(s, &files, NULL, &err), ERR_FULL, &err, "No space left");
	assert_int_equal(s->charter_version, 1);
	good(try_append(s, "first", &err), &err);
	good(store_adopt_charter(s, &files, NULL, &err), &err);
	assert_int_equal(s->charter_version, 2);
	s = reopened(s);
	assert_int_equal(s->charter_version, 2);
	sound(s);
	buf_release(&bytes);
	store_close(newer);
	store_close(s);
}

/* Any other error is final: nobody knows what is on the disk. */
static void a_broken_disk(void **state)
{
	struct store *s = east_new();
	struct err err = {0};
	(void)state;
	good(file_remove_tree(at("east/store.git/objects/pack"), &err), &err);
	assert_int_not_equal(try_append(s, "first", &err), 0);
	assert_int_not_equal(err.code, ERR_FULL);
	assert_true(s->is_broken);
	refused(try_append(s, "second", &err), ERR_IO, &err, "read-only");
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(our_own_entry),
	    TEST(the_pins),
	    TEST(entries_of_others),
	    TEST(a_charter),
	    TEST(a_broken_disk),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
