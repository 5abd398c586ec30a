/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal for members: neither journal's entries pass for the other's, rosters are those of the
 * public entry that is named, and the public state never knows of it.
 */
#include "fixture.h"

#include "store/members.h"

#define SECRET "records/ke-mombasa/news/secret/en.md"

static struct store *members_of(struct store *s)
{
	struct store *m;
	struct err err = {0};
	good(members_open(&m, s, &err), &err);
	return m;
}

static void append_secret(struct store *s, const char *id, const char *more)
{
	struct draft d = {.n = 0};
	draft_news(&d, EAST, "ke-mombasa", id, more);
	append(members_of(s), &d);
}

static const struct item *row(struct store *s, const char *path, bool held)
{
	const struct catalogue *c;
	struct err err = {0};
	good(store_catalogue(&c, s, &err), &err);
	return row_of(c, path, held);
}

static void public_state_knows_nothing(void **state)
{
	struct store *east = east_new();
	struct sha256 before = digest(east);
	(void)state;
	append_secret(east, "secret", "audience: members\n");
	struct sha256 after = digest(east);
	same_digest(&before, &after);
	assert_null(row(east, SECRET, false));
	assert_non_null(row(members_of(east), SECRET, false));
	east = reopened(east);
	assert_non_null(east->members);
	assert_int_equal(store_journal(east->members, "east")->head.seq, 1);
	assert_non_null(row(east->members, SECRET, false));
	sound(east);
	store_close(east);
}

static void admit_one(struct store *to, struct str entry, enum err_code code, const char *says)
{
	struct err err = {0};
	size_t n;
	int bad = store_admit(to, "east", &entry, 1, &n, &err);
	if (code)
		refused(bad, code, &err, says);
	else
		good(bad, &err);
}

static void neither_passes_for_the_other(void **state)
{
	struct store *east = east_new(), *edge = store_new("edge", NULL, 0);
	append_secret(east, "secret", "audience: members\n");
	struct wires *open = wires_new(east, "east", 1),
		     *hidden = wires_new(members_of(east), "east", 1);
	(void)state;
	admit_one(edge, hidden->entries[0], ERR_SYNTAX, "only entries for members do");
	admit_one(members_of(edge), open->entries[0], ERR_SYNTAX, "names one public entry of east");
	admit_one(members_of(edge), hidden->entries[0], ERR_NONE, "");
	admit_one(edge, open->entries[0], ERR_NONE, "");
	wires_free(open);
	wires_free(hidden);
	store_close(east);
	store_close(edge);
}

/* What store_append() would write, and nobody takes. */
static void grammar(void **state)
{
	struct store *east = east_new(), *edge = store_new("edge", NULL, 0);
	struct store *m = members_of(east);
	struct draft d = {.n = 0};
	(void)state;
	draft_news(&d, EAST, "ke-mombasa", "more", "");
	append(east, &d);
	append_secret(east, "secret", "audience: members\n");
	store_journal(east, "east")->head.seq--; /* an older roster is named */
	append_secret(east, "older", "audience: members\n");
	store_journal(east, "east")->head.seq++;
	struct wires *w = wires_new(m, "east", 1);
	admit_one(members_of(edge), w->entries[0], ERR_NONE, "");
	admit_one(members_of(edge), w->entries[1], ERR_CHAIN, "rosters do not go back");
	wires_free(w);
	store_close(east);
	store_close(edge);

	east = hub_new("west", "west", WEST);
	edge = store_new("edge-2", NULL, 0);
	draft_roster(&d, roster_head("west", WEST, 2), WEST);
	append(members_of(east), &d);
	w = wires_new(members_of(east), "west", 1);
	struct err err = {0};
	size_t n;
	int bad = store_admit(members_of(edge), "west", w->entries, 1, &n, &err);
	refused(bad, ERR_SYNTAX, &err, "records and their signatures alone");
	wires_free(w);
	store_close(east);
	store_close(edge);
}

static void rosters_are_the_public_ones(void **state)
{
	struct store *east = east_new(), *edge = store_new("edge", NULL, 0);
	struct err err = {0};
	(void)state;
	append_secret(east, "secret", "audience: members\n");
	struct journal *j = store_journal(east, "east");
	struct oid right = j->head.id;
	j->head.id.bytes[0] ^= 1;
	append_secret(east, "wrong", "audience: members\n");
	j->head.id = right;
	carry(members_of(edge), members_of(east), "east");
	const struct item *i = row(members_of(edge), SECRET, true);
	assert_non_null(i);
	assert_non_null(strstr(i->reason, "is not here yet"));
	carry(edge, east, "east");
	assert_non_null(row(members_of(edge), SECRET, false));
	i = row(members_of(edge), "records/ke-mombasa/news/wrong/en.md", true);
	assert_non_null(i);
	assert_non_null(strstr(i->reason, "is another than the one"));
	struct catalogue c; /* the same by a reading from the start */
	good(catalogue_read(&c, members_of(edge), NULL, NULL, &err), &err);
	assert_non_null(row_of(&c, SECRET, false));
	catalogue_release(&c);
	store_close(east);
	store_close(edge);
}

static void audience_is_that_of_the_journal(void **state)
{
	struct store *east = east_new();
	struct draft d = {.n = 0};
	(void)state;
	append_secret(east, "secret", "");
	const struct item *i = row(members_of(east), SECRET, true);
	assert_non_null(i);
	assert_non_null(strstr(i->reason, "stands in a journal for members"));
	draft_news(&d, EAST, "ke-mombasa", "secret", "audience: members\n");
	append(east, &d);
	i = row(east, SECRET, true);
	assert_non_null(i);
	assert_non_null(strstr(i->reason, "stands in a public journal"));
	store_close(east);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		public_state_knows_nothing, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(
		neither_passes_for_the_other, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(grammar, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(
		rosters_are_the_public_ones, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(
		audience_is_that_of_the_journal, scratch_new, scratch_remove),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
