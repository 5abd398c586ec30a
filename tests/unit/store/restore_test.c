/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys come back beside what is there, never over it; and a hub that came back signs nothing before
 * it has heard how far its journal goes.
 */
#include "fixture.h"

#include "store/restore.h"

#include <sys/stat.h>

static struct store *opened(const char *name)
{
	struct store *s;
	struct err err = {0};
	good(store_open(&s, at(name), STORE_WRITE, &err), &err);
	return s;
}

/* Hub east's store and what is in its backup. */
static void east(struct backup *b)
{
	struct err err = {0};
	store_close(store_new("east", "east", EAST));
	good(restore_collect(b, at("east"), &err), &err);
}

static int forget(void **state)
{
	struct err err;
	(void)state;
	file_remove_tree(at("east"), &err);
	file_remove_tree(at("new"), &err);
	return 0;
}

static int sign_one(struct store *s, struct err *err)
{
	struct change c = {.path = STR("roster.md"), .content = STR("a roster")};
	return store_append(s, &c, 1, T0, err);
}

static void keys_come_back(void **state)
{
	(void)state;
	struct backup b;
	struct err err = {0};
	struct stat st;
	struct buf then = BUF_INIT, now = BUF_INIT;
	east(&b);
	assert_string_equal(b.network, network.text);
	assert_string_equal(b.hub, "east");
	assert_int_equal(b.nkeys, 2);
	good(restore_keys(&b, at("new"), false, &err), &err);
	good(file_read(&then, at("east/keys/journal"), 9999, &err), &err);
	good(file_read(&now, at("new/keys/journal"), 9999, &err), &err);
	assert_string_equal(now.ptr, then.ptr);
	assert_int_equal(stat(at("new/keys/journal"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(at("new/keys/journal.pub"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	buf_release(&then);
	buf_release(&now);
	backup_release(&b);
}

static void nothing_is_signed_before_a_hub_was_met(void **state)
{
	(void)state;
	struct backup b;
	struct err err = {0};
	east(&b);
	good(restore_keys(&b, at("new"), false, &err), &err);
	struct store *s = opened("new");
	assert_string_equal(s->hub, "east");
	assert_string_equal(s->network, network.text);
	adopt(s, charter_head());
	refused(sign_one(s, &err), ERR_POLICY, &err, "must hear from another hub");
	s = reopened(s);
	refused(sign_one(s, &err), ERR_POLICY, &err, "must hear from another hub");
	/* A notice is signed with the same key, and takes it into memory; that opens no back door.
	 */
	good(signer_load(&s->journal_key, at("new/keys/journal"), &err), &err);
	refused(sign_one(s, &err), ERR_POLICY, &err, "must hear from another hub");
	good(restore_is_over(s, &err), &err);
	good(sign_one(s, &err), &err);
	s = reopened(s);
	assert_false(s->is_restored);
	store_close(s);

	/* Again, and alone in the world. */
	good(restore_keys(&b, at("new"), false, &err), &err);
	s = opened("new");
	assert_true(s->is_restored);
	store_close(s);
	good(restore_keys(&b, at("new"), true, &err), &err);
	s = opened("new");
	assert_false(s->is_restored);
	store_close(s);
	backup_release(&b);
}

static void each_time_is_a_new_incarnation(void **state)
{
	(void)state;
	struct backup b;
	struct err err = {0};
	uint8_t before[8];
	east(&b);
	struct store *s = opened("east");
	memcpy(before, s->incarnation, sizeof before);
	s = reopened(s);
	assert_memory_equal(before, s->incarnation, sizeof before);
	refused(restore_keys(&b, at("east"), false, &err), ERR_BUSY, &err, "");
	store_close(s);
	good(restore_keys(&b, at("east"), false, &err), &err);
	s = opened("east");
	assert_memory_not_equal(before, s->incarnation, sizeof before);
	memcpy(before, s->incarnation, sizeof before);
	s = reopened(s);
	assert_memory_equal(before, s->incarnation, sizeof before);
	assert_int_equal(s->charter_version, 1);
	store_close(s);
	backup_release(&b);
}

static void other_keys_stay(void **state)
{
	(void)state;
	struct backup b;
	struct err err = {0};
	east(&b);
	unlink(at("east/keys/journal"));
	good(file_create(at("east/keys/journal.pub.is-no-key"), STR("x"), 0600, &err), &err);
	good(file_write(at("east/keys/journal.pub"), STR("another"), 0644, &err), &err);
	refused(restore_keys(&b, at("east"), false, &err), ERR_EXISTS, &err, "another key");
	assert_false(file_exists(at("east/keys/journal")));
	/* A link is not followed, wherever it leads. */
	unlink(at("east/keys/journal.pub"));
	assert_int_equal(symlink(at("elsewhere"), at("east/keys/journal.pub")), 0);
	assert_int_not_equal(restore_keys(&b, at("east"), false, &err), 0);
	assert_false(file_exists(at("elsewhere")));
	backup_release(&b);
}

static void other_stores_are_left_alone(void **state)
{
	(void)state;
	struct backup b;
	struct err err = {0};
	east(&b);
	unlink(at("east/keys/journal"));
	unlink(at("east/keys/journal.pub"));
	snprintf(b.hub, sizeof b.hub, "west");
	refused(restore_keys(&b, at("east"), false, &err), ERR_NETWORK, &err, "of hub east");
	snprintf(b.hub, sizeof b.hub, "east");
	b.network[0] = b.network[0] == '0' ? '1' : '0';
	refused(restore_keys(&b, at("east"), false, &err), ERR_NETWORK, &err, "belongs to network");
	assert_false(file_exists(at("east/keys/journal")));
	struct store *s = opened("east");
	assert_false(s->is_restored);
	store_close(s);
	backup_release(&b);
}

static void what_is_collected(void **state)
{
	(void)state;
	struct backup b;
	struct err err = {0};
	struct buf big = BUF_INIT;
	east(&b);
	backup_release(&b);
	good(file_create(at("east/keys/.hidden"), STR("x"), 0600, &err), &err);
	good(file_create(at("east/keys/old key"), STR("x"), 0600, &err), &err);
	good(file_create(at("east/keys/central"), STR("x"), 0600, &err), &err);
	good(restore_collect(&b, at("east"), &err), &err);
	assert_int_equal(b.nkeys, 3);
	assert_string_equal(b.keys[0].name, "central");
	assert_true(str_is(b.keys[0].text, "x"));
	backup_release(&b);
	while (big.len <= 16 * 1024)
		buf_putc(&big, 'x');
	good(file_create(at("east/keys/big"), buf_str(&big), 0600, &err), &err);
	refused(restore_collect(&b, at("east"), &err), ERR_LIMIT, &err, "larger than a key");
	backup_release(&b);
	unlink(at("east/keys/big"));
	for (int i = 0; i < 30; i++) {
		char name[64];
		snprintf(name, sizeof name, "east/keys/k%d", i);
		good(file_create(at(name), STR("x"), 0600, &err), &err);
	}
	refused(restore_collect(&b, at("east"), &err), ERR_LIMIT, &err, "more than 32 files");
	backup_release(&b);
	refused(restore_collect(&b, at("nowhere"), &err), ERR_MISSING, &err, "no store");
	backup_release(&b);
	buf_release(&big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(keys_come_back, forget),
	    cmocka_unit_test_teardown(nothing_is_signed_before_a_hub_was_met, forget),
	    cmocka_unit_test_teardown(each_time_is_a_new_incarnation, forget),
	    cmocka_unit_test_teardown(other_keys_stay, forget),
	    cmocka_unit_test_teardown(other_stores_are_left_alone, forget),
	    cmocka_unit_test_teardown(what_is_collected, forget),
	};
	return cmocka_run_group_tests(tests, scratch_new, scratch_remove);
}
