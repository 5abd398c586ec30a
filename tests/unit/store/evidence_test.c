/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence of two stories: which two commits prove something, that forged ones do not, that one
 * pair is kept and survives, and that a charter settles it.
 */
#include "fixture.h"

#include "store/evidence.h"

enum { NEW_KEY = 0x50 };

/* Two stores with east's key and a third that judges. Commits: [story][seq - 1]. */
static struct buf commits[2][3];
static struct store *judge;

static void write_story(int which, const char *name)
{
	struct store *s = hub_new(name, "east", EAST);
	struct err err = {0};
	for (int i = 0; i < 2; i++) {
		struct draft d = {.n = 0};
		char id[32];
		snprintf(id, sizeof id, "%s-%d", name, i);
		draft_news(&d, EAST, "ke-mombasa", id, "");
		append(s, &d);
	}
	for (int i = 0; i < 3; i++)
		good(evidence_ours(&commits[which][i], s, "east", (uint64_t)i + 1, &err), &err);
	store_close(s);
}

static int begin(void **state)
{
	int bad = scratch_new(state);
	write_story(0, "true");
	write_story(1, "twin");
	judge = store_new("judge", NULL, 0);
	return bad;
}

static int end(void **state)
{
	store_close(judge);
	for (int i = 0; i < 6; i++)
		buf_release(&commits[i / 3][i % 3]);
	return scratch_remove(state);
}

static bool is_disputed(struct store *s)
{
	struct evidence_list all;
	struct err err = {0};
	good(evidence_list(&all, s, &err), &err);
	bool found = evidence_of(&all, "east");
	assert_int_equal(all.n, found);
	evidence_list_release(&all);
	return found;
}

static bool takes(struct str first, struct str second)
{
	bool is_new;
	struct err err = {0};
	good(evidence_take(&is_new, judge, "east", first, second, &err), &err);
	assert_int_equal(is_disputed(judge), is_new);
	return is_new;
}

static struct str commit(int which, int seq)
{
	return buf_str(&commits[which][seq - 1]);
}

static void what_proves_nothing(void **state)
{
	(void)state;
	assert_false(takes(commit(0, 2), commit(0, 2))); /* the same twice */
	assert_false(takes(commit(0, 2), commit(0, 3))); /* one follows the other */
	assert_false(takes(commit(0, 3), commit(0, 1))); /* what lies between may be anything */
	assert_false(takes(commit(0, 1), commit(1, 3)));
	assert_false(takes(commit(0, 2), STR_EMPTY)); /* nothing of ours to hold against it */
}

static void one_number_twice(void **state)
{
	(void)state;
	assert_true(takes(commit(0, 3), commit(1, 3)));
	judge = reopened(judge);
	assert_true(is_disputed(judge));
	/* One pair is enough. */
	bool is_new;
	struct err err = {0};
	good(evidence_take(&is_new, judge, "east", commit(0, 2), commit(1, 2), &err), &err);
	assert_false(is_new);
	assert_int_equal(
	    atoi(output_of("git --git-dir=%s/judge/store.git for-each-ref refs/belfry/evidence | "
			   "wc -l",
		scratch)),
	    2);
	sound(judge);
}

static void a_number_and_one_that_does_not_follow(void **state)
{
	(void)state;
	assert_true(takes(commit(1, 3), commit(0, 2)));
}

/* What somebody else has, against our own copy of the journal. */
static void against_ours(void **state)
{
	struct err err = {0};
	(void)state;
	struct store *s = NULL;
	good(store_open(&s, at("true"), STORE_READ, &err), &err);
	carry(judge, s, "east");
	store_close(s);
	assert_false(takes(commit(0, 2), STR_EMPTY));
	assert_true(takes(commit(1, 2), STR_EMPTY));
}

/* The same entry, signed by a key that no charter gives. */
static void sign_again(struct buf *out, struct str one)
{
	struct entry e;
	struct public_key key;
	struct err err = {0};
	good(entry_parse(&e, &key, one, network.text, &err) ||
		 entry_sign(&e, network.text, key_of(NEW_KEY), &err),
	    &err);
	entry_commit(out, &e, network.text, signer_key(key_of(NEW_KEY)));
	entry_release(&e);
}

/* Only who has the key makes evidence. */
static void forged(void **state)
{
	bool is_new;
	struct err err = {0};
	struct buf bent = BUF_INIT, own[2] = {BUF_INIT, BUF_INIT};
	(void)state;
	sign_again(&own[0], commit(0, 3));
	sign_again(&own[1], commit(1, 3));
	assert_false(takes(buf_str(&own[0]), buf_str(&own[1])));
	assert_false(takes(commit(0, 3), buf_str(&own[1])));
	buf_add(&bent, commit(1, 3));
	char *number = strstr(bent.ptr, "\nContent: ");
	assert_non_null(number);
	number[10] = number[10] == '1' ? '2' : '1';
	if (evidence_take(&is_new, judge, "east", commit(0, 3), buf_str(&bent), &err) == 0)
		fail_msg("a commit that was changed is taken");
	assert_true(err.code == ERR_SIGNATURE || err.code == ERR_SYNTAX);
	refused(evidence_take(&is_new, judge, "west", commit(0, 3), commit(1, 3), &err), ERR_SYNTAX,
	    &err, "entry of east");
	refused(evidence_take(&is_new, judge, "east", commit(0, 3), STR("junk"), &err), ERR_SYNTAX,
	    &err, "not a journal entry");
	assert_false(is_disputed(judge));
	buf_release(&bent);
	buf_release(&own[0]);
	buf_release(&own[1]);
}

static void a_charter_settles_it(void **state)
{
	struct store *s = NULL;
	struct err err = {0};
	struct oid id;
	struct entry e = {.seq = 0};
	(void)state;
	assert_true(takes(commit(0, 3), commit(1, 3)));
	good(store_open(&s, at("true"), STORE_READ, &err), &err);
	good(store_entry_id(s, "east", 3, &id, &err) || journal_commit(s, &id, &e, &err), &err);
	json_t *head = charter_next(buf_str(&charter_one), 2);
	json_object_set_new(json_array_get(json_object_get(head, "hubs"), 1), "base",
	    json_pack("{s:i, s:i, s:s, s:s}", "charter", 2, "seq", 3, "commit", oid_hex(&id).text,
		"content", sha256_hex(&e.content).text));
	entry_release(&e);
	store_close(s);
	adopt(judge, head);
	assert_false(is_disputed(judge));
	bool is_new; /* nor does it come back from somebody who has not heard */
	good(evidence_take(&is_new, judge, "east", commit(0, 2), commit(1, 2), &err), &err);
	assert_false(is_new);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(what_proves_nothing),
	    CASE(one_number_twice),
	    CASE(a_number_and_one_that_does_not_follow),
	    CASE(against_ours),
	    CASE(forged),
	    CASE(a_charter_settles_it),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
