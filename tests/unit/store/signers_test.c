/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of all rosters there were: read once, kept, and the same as if nothing were. */
#include "fixture.h"

#include "store/signers.h"

enum { ENTRIES = 20, GUEST = 0x71 };

static struct buf lines_of(struct store *s)
{
	struct buf b = BUF_INIT;
	struct err err = {0};
	good(signers_write(&b, s, &err), &err);
	return b;
}

/* What comes of it now, with whatever is kept; the same as from the journals alone. */
static struct buf checked(struct store *s)
{
	char kept[PATH_MAX];
	struct buf now = lines_of(s);
	snprintf(kept, sizeof kept, "%s/signers", s->dir);
	struct buf aside = BUF_INIT;
	struct err err = {0};
	bool has = file_exists(kept);
	if (has)
		good(file_read(&aside, kept, 1 << 20, &err), &err);
	unlink(kept);
	struct buf anew = lines_of(s);
	assert_string_equal(now.ptr, anew.ptr);
	if (has)
		good(file_write(kept, buf_str(&aside), 0600, &err), &err);
	buf_release(&aside);
	buf_release(&anew);
	return now;
}

static void news_entries(struct store *s, int from, int n)
{
	struct draft d = {.n = 0};
	for (int i = from; i < from + n; i++) {
		char id[32];
		snprintf(id, sizeof id, "n%d", i);
		draft_news(&d, EAST, "ke-mombasa", id, "");
		append(s, &d);
	}
}

/* Revision `n` of the roster, in which somebody of the name has the key of that byte. */
static void roster_entry(struct store *s, int n, const char *name, unsigned byte)
{
	struct draft d = {.n = 0};
	json_t *head = roster_head("east", EAST, n);
	json_array_set_new(
	    json_object_get(head, "members"), 0, member_head(name, byte, "author", NULL, NULL));
	draft_roster(&d, head, EAST);
	append(s, &d);
}

/* Who left a roster again stays among the keys; what has come since is found behind what is kept.
 */
static void who_ever_was_named_stays(void **state)
{
	struct store *s = east_new();
	(void)state;
	roster_entry(s, 2, "guest", GUEST);
	roster_entry(s, 3, "ann", EAST + ANN);
	news_entries(s, 0, ENTRIES);
	struct buf b = checked(s);
	assert_non_null(strstr(b.ptr, "guest@east "));
	assert_true(file_exists(at("east/signers")));
	buf_release(&b);
	roster_entry(s, 4, "late", GUEST + 1);
	roster_entry(s, 5, "ann", EAST + ANN);
	b = checked(s);
	assert_non_null(strstr(b.ptr, "late@east "));
	assert_non_null(strstr(b.ptr, "guest@east "));
	buf_release(&b);
	store_close(s);
}

/* Of what is kept only the charter is behind. */
static void keys_of_a_newer_charter_come(void **state)
{
	struct store *s = east_new();
	(void)state;
	news_entries(s, 0, ENTRIES);
	struct buf b = checked(s);
	assert_null(strstr(b.ptr, "central-2@charter "));
	buf_release(&b);
	json_t *head = charter_next(buf_str(&charter_one), 2);
	json_array_append_new(json_object_get(head, "central"), holder("central-2", GUEST));
	adopt(s, head);
	for (int i = 0; i < 2; i++) { /* read, and as it was kept */
		b = checked(s);
		assert_non_null(strstr(b.ptr, "central-1@charter "));
		assert_non_null(strstr(b.ptr, "central-2@charter "));
		buf_release(&b);
	}
	store_close(s);
}

/* Of another journal's past, cut or bent: as good as none. */
static void what_is_kept_is_believed_only_whole(void **state)
{
	struct store *s = east_new();
	struct err err = {0};
	struct buf kept = BUF_INIT;
	(void)state;
	roster_entry(s, 2, "guest", GUEST);
	news_entries(s, 0, ENTRIES);
	struct buf want = lines_of(s);
	good(file_read(&kept, at("east/signers"), 1 << 20, &err), &err);
	for (size_t i = 0; i < kept.len; i += 1 + kept.len / 61) {
		struct buf bent = BUF_INIT;
		buf_add(&bent, i % 2 ? str_sub(buf_str(&kept), 0, i) : buf_str(&kept));
		if (i % 2 == 0)
			bent.ptr[i] ^= 0x20;
		good(file_write(at("east/signers"), buf_str(&bent), 0600, &err), &err);
		struct buf is = lines_of(s);
		assert_string_equal(is.ptr, want.ptr);
		buf_release(&is);
		buf_release(&bent);
	}
	store_close(s);
	assert_int_equal(rename(at("east"), at("first")), 0);
	s = east_new();
	news_entries(s, 100, ENTRIES + 5);
	good(file_write(at("east/signers"), buf_str(&kept), 0600, &err), &err);
	struct buf is = checked(s);
	assert_null(strstr(is.ptr, "guest@east "));
	buf_release(&is);
	buf_release(&want);
	buf_release(&kept);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(who_ever_was_named_stays, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(
		keys_of_a_newer_charter_come, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(
		what_is_kept_is_believed_only_whole, scratch_new, scratch_remove),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
