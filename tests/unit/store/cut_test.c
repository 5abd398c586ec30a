/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journals that a charter cuts at an entry: whoever stole the key, whatever came first, all stores
 * come to hold the same.
 */
#include "fixture.h"

#include "store/catalogue.h"
#include "store/cut.h"
#include "store/verify.h"

enum { NEW_KEY = 0x50, CUT = 3 };

/* East's journal up to entry 5: the last two by whoever stole its key. */
static struct store *robbed_new(void)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	draft_news(&d, EAST, "ke-mombasa", "a", "");
	append(s, &d);
	draft_news(&d, EAST, "ke-mombasa", "b", "");
	append(s, &d);
	draft_news(&d, EAST, "ke-mombasa", "c", "");
	append(s, &d);
	draft_news(&d, EAST, "ke-mombasa", "d", "");
	append(s, &d);
	return s;
}

static json_t *east_of(json_t *head)
{
	return json_array_get(json_object_get(head, "hubs"), 1);
}

/* Charter 2: east's base is entry `seq` of what `s` holds, its key `byte`. */
static json_t *cutting_head(struct store *s, uint64_t seq, unsigned byte)
{
	json_t *head = charter_next(buf_str(&charter_one), 2), *east = east_of(head);
	struct oid id = {{0}};
	struct entry e = {.seq = 0};
	struct err err = {0};
	if (seq)
		good(store_entry_id(s, "east", seq, &id, &err) || journal_commit(s, &id, &e, &err),
		    &err);
	json_object_set_new(east, "journal", key_json(byte));
	json_object_set_new(east, "base",
	    json_pack("{s:i, s:I, s:s, s:s}", "charter", 2, "seq", (json_int_t)seq, "commit",
		oid_hex(&id).text, "content", sha256_hex(&e.content).text));
	entry_release(&e);
	return head;
}

static uint64_t seq_of(struct store *s)
{
	struct journal *j = store_journal(s, "east");
	return j ? j->head.seq : 0;
}

/* The robbed hub again, with a new key: it has fetched what stays, and writes on. */
static struct store *renewed_new(struct store *robbed)
{
	struct store *s = store_new("renewed", "east", NEW_KEY);
	struct wires *w = wires_new(robbed, "east", 1);
	struct draft d = {.n = 0};
	struct err err = {0};
	size_t n;
	adopt(s, cutting_head(robbed, CUT, NEW_KEY));
	draft_news(&d, EAST, "ke-mombasa", "c", "");
	refused(
	    store_append(s, d.changes, d.n, T0, &err), ERR_MISSING, &err, "belfry sync fetches");
	good(store_admit(s, "east", w->entries, CUT, &n, &err), &err);
	append(s, &d); /* what was good in what was cut is included again */
	wires_free(w);
	return s;
}

/* Does `s` hold what stays, and nothing else, and take what the new key wrote? */
static void is_right(struct store *s, struct store *renewed)
{
	struct catalogue c;
	struct err err = {0};
	carry(s, renewed, "east");
	struct sha256 a = digest(s), b = digest(renewed);
	same_digest(&a, &b);
	good(verify_entries(s, "east", 1, &err), &err);
	good(catalogue_read(&c, s, NULL, NULL, &err), &err);
	assert_non_null(catalogue_find(&c, STR("records/ke-mombasa/news/b/en.md")));
	assert_non_null(catalogue_find(&c, STR("records/ke-mombasa/news/c/en.md")));
	assert_null(catalogue_find(&c, STR("records/ke-mombasa/news/d/en.md")));
	catalogue_release(&c);
	sound(s);
}

static void any_order_comes_to_the_same(void **state)
{
	struct store *robbed = robbed_new(), *renewed;
	struct wires *w = wires_new(robbed, "east", 1);
	struct err err = {0};
	size_t n;
	(void)state;
	renewed = renewed_new(robbed);
	/* So many entries before the charter comes, then all of them again. */
	for (size_t before = 0; before <= 5; before++) {
		char name[16];
		snprintf(name, sizeof name, "s%zu", before);
		struct store *s = store_new(name, NULL, 0);
		good(store_admit(s, "east", w->entries, before, &n, &err), &err);
		assert_int_equal(n, before);
		struct catalogue c; /* rows of before must not outlive the cut */
		good(catalogue_read(&c, s, NULL, NULL, &err), &err);
		catalogue_release(&c);
		adopt(s, cutting_head(robbed, CUT, NEW_KEY));
		assert_int_equal(seq_of(s), before < CUT ? before : CUT);
		s = reopened(s);
		assert_int_equal(seq_of(s), before < CUT ? before : CUT);
		refused(store_admit(s, "east", w->entries, w->n, &n, &err), ERR_POLICY, &err,
		    "charter version 2 has cut the journal of east after entry 3");
		assert_int_equal(seq_of(s), CUT);
		is_right(s, renewed);
		/* The thief goes on, under the old charter, whatever date they write. */
		assert_int_not_equal(store_admit(s, "east", w->entries + CUT, 2, &n, &err), 0);
		assert_int_equal(seq_of(s), CUT + 1);
		store_close(s);
	}
	wires_free(w);
	store_close(renewed);
	store_close(robbed);
}

static void what_is_cut_off_is_kept(void **state)
{
	struct store *s = robbed_new();
	struct oid was = store_journal(s, "east")->head.id, kept;
	struct err err = {0};
	char ref[96];
	(void)state;
	snprintf(ref, sizeof ref, CUT_PREFIX "east/5-%.8s", oid_hex(&was).text);
	adopt(s, cutting_head(s, CUT, EAST));
	good(repo_ref(s->repo, ref, &kept, &err), &err);
	assert_true(oid_eq(&kept, &was));
	assert_string_equal(
	    output_of("git --git-dir=%s/store.git rev-parse refs/heads/main", s->dir),
	    output_of("git --git-dir=%s/store.git rev-parse refs/belfry/hubs/east", s->dir));
	/* The same key may go on, where only the branch was wrong: under the new charter. */
	struct draft d = {.n = 0};
	draft_news(&d, EAST, "ke-mombasa", "e", "");
	append(s, &d);
	assert_int_equal(seq_of(s), CUT + 1);
	sound(s);
	store_close(s);
}

/* Who has the newest charter before any entry: what an older base cut off must not take the place
 * of what came instead. */
static void a_replaced_base_still_cuts(void **state)
{
	struct store *robbed = robbed_new(), *renewed = renewed_new(robbed);
	struct wires *w = wires_new(robbed, "east", 1);
	struct draft d = {.n = 0};
	struct err err = {0};
	struct buf two = charter_text(cutting_head(robbed, CUT, NEW_KEY));
	size_t n;
	(void)state;
	draft_news(&d, EAST, "ke-mombasa", "g", "");
	append(renewed, &d);
	draft_news(&d, EAST, "ke-mombasa", "h", "");
	append(renewed, &d);
	json_t *head = cutting_head(renewed, CUT + 3, NEW_KEY);
	json_object_set_new(json_object_get(east_of(head), "base"), "charter", json_integer(3));
	json_object_set_new(head, "version", json_integer(3));
	json_t *chain = charter_next(buf_str(&two), 3);
	json_object_set(head, "previous", json_object_get(chain, "previous"));
	json_decref(chain);
	adopt(renewed, json_incref(head));
	struct store *s = store_new("late", NULL, 0);
	adopt(s, cutting_head(robbed, CUT, NEW_KEY));
	adopt(s, head);
	refused(store_admit(s, "east", w->entries, w->n, &n, &err), ERR_POLICY, &err,
	    "charter version 2 has cut the journal of east after entry 3");
	is_right(s, renewed);
	buf_release(&two);
	wires_free(w);
	store_close(s);
	store_close(renewed);
	store_close(robbed);
}

/* This store has another branch than the one that the charter names: it begins anew. */
static void another_branch_is_fetched_again(void **state)
{
	struct store *robbed = robbed_new(), *renewed = renewed_new(robbed);
	struct store *thief = hub_new("thief", "east", EAST), *s = store_new("s", NULL, 0);
	struct draft d = {.n = 0};
	(void)state;
	for (int i = 0; i < 3; i++) {
		draft_news(&d, EAST, "tz-arusha", i ? i > 1 ? "z" : "y" : "x", "");
		append(thief, &d);
	}
	carry(s, thief, "east");
	assert_int_equal(seq_of(s), 4);
	adopt(s, cutting_head(robbed, CUT, NEW_KEY));
	assert_int_equal(seq_of(s), 0);
	s = reopened(s);
	assert_int_equal(seq_of(s), 0);
	is_right(s, renewed);
	/* And one that has just as many entries as stay. */
	store_close(s);
	s = store_new("t", NULL, 0);
	struct wires *w = wires_new(thief, "east", 1);
	struct err err = {0};
	size_t n;
	good(store_admit(s, "east", w->entries, CUT, &n, &err), &err);
	adopt(s, cutting_head(robbed, CUT, NEW_KEY));
	assert_int_equal(seq_of(s), 0);
	refused(store_admit(s, "east", w->entries, w->n, &n, &err), ERR_POLICY, &err,
	    "it is another entry 3 of east");
	assert_int_equal(seq_of(s), 2);
	wires_free(w);
	store_close(s);
	store_close(thief);
	store_close(renewed);
	store_close(robbed);
}

/* What is here ends before the base and does not lead there: only a person can say so. */
static void a_wrong_part_is_fetched_again(void **state)
{
	struct store *robbed = robbed_new(), *renewed = renewed_new(robbed);
	struct store *thief = hub_new("thief", "east", EAST), *s = store_new("s", NULL, 0);
	struct wires *w = wires_new(robbed, "east", 1);
	struct draft d = {.n = 0};
	struct err err = {0};
	struct oid kept;
	char ref[96];
	size_t n;
	(void)state;
	draft_news(&d, EAST, "tz-arusha", "x", "");
	append(thief, &d);
	carry(s, thief, "east");
	struct oid was = store_journal(s, "east")->head.id;
	refused(cut_restart(s, "east", &err), ERR_POLICY, &err, "no charter here cuts it");
	adopt(s, cutting_head(robbed, CUT, NEW_KEY));
	assert_int_equal(seq_of(s), CUT - 1);
	assert_int_not_equal(store_admit(s, "east", w->entries, CUT, &n, &err), 0);
	assert_int_equal(seq_of(s), CUT - 1);
	refused(cut_restart(s, "west", &err), ERR_MISSING, &err, "no journal of west");
	good(cut_restart(s, "east", &err), &err);
	assert_int_equal(seq_of(s), 0);
	snprintf(ref, sizeof ref, CUT_PREFIX "east/%d-%.8s", CUT - 1, oid_hex(&was).text);
	good(repo_ref(s->repo, ref, &kept, &err), &err);
	assert_true(oid_eq(&kept, &was));
	s = reopened(s);
	assert_int_equal(seq_of(s), 0);
	is_right(s, renewed);
	refused(cut_restart(s, "east", &err), ERR_POLICY, &err, "no charter here cuts it");
	assert_int_equal(seq_of(s), CUT + 1);
	wires_free(w);
	store_close(s);
	store_close(thief);
	store_close(renewed);
	store_close(robbed);
}

static void a_journal_may_be_cut_to_nothing(void **state)
{
	struct store *robbed = robbed_new(), *s = store_new("s", NULL, 0);
	struct wires *w = wires_new(robbed, "east", 1);
	struct err err = {0};
	size_t n;
	(void)state;
	carry(s, robbed, "east");
	adopt(s, cutting_head(robbed, 0, NEW_KEY));
	assert_int_equal(seq_of(s), 0);
	s = reopened(s);
	assert_int_equal(seq_of(s), 0);
	refused(
	    store_admit(s, "east", w->entries, w->n, &n, &err), ERR_POLICY, &err, "after entry 0");
	sound(s);
	store_close(s);
	wires_free(w);
	store_close(robbed);
}

/* Stopped between the charter and what it moves: the next start finishes it. */
static void a_stopped_adoption_is_finished(void **state)
{
	struct store *robbed = robbed_new(), *s = store_new("s", NULL, 0);
	char dir[PATH_MAX], path[PATH_MAX + 8];
	struct err err = {0};
	(void)state;
	carry(s, robbed, "east");
	struct oid was = store_journal(s, "east")->head.id;
	adopt(s, cutting_head(robbed, CUT, NEW_KEY));
	snprintf(dir, sizeof dir, "%s", s->dir);
	store_close(s);
	for (int pinned = 0; pinned < 2; pinned++) {
		output_of("git --git-dir=%s/store.git update-ref refs/belfry/hubs/east %s", dir,
		    oid_hex(&was).text);
		snprintf(path, sizeof path, "%s/pins", dir);
		if (pinned) {
			FILE *pins = fopen(path, "a");
			fprintf(pins, "journal east 5 %s\n", oid_hex(&was).text);
			fclose(pins);
		}
		good(store_open(&s, dir, STORE_READ, &err), &err);
		assert_int_equal(seq_of(s), CUT);
		store_close(s);
		good(store_open(&s, dir, STORE_WRITE, &err), &err);
		assert_int_equal(seq_of(s), CUT);
		store_close(s);
		assert_null(strstr(output_of("git --git-dir=%s/store.git rev-parse "
					     "refs/belfry/hubs/east",
				       dir),
		    oid_hex(&was).text));
	}
	store_close(robbed);
}

/* An entry under the new charter, on top of what it has cut, as only a hub that minds no rule would
 * write it. */
static struct oid over_the_cut(struct store *s, const struct journal *was)
{
	struct buf text = news("ke-mombasa", "f", "");
	struct change c = {
	    .path = STR("records/ke-mombasa/news/f/en.md"), .content = buf_str(&text)};
	struct entry e = {.hub = "east",
	    .seq = 6,
	    .charter = 2,
	    .time = was->time,
	    .parent = was->head.id,
	    .changes = &c,
	    .nchanges = 1};
	struct err err = {0};
	e.content = entry_content(&was->content, &c, 1);
	good(tree_apply(s->repo, &was->tree, &c, 1, &e.tree, &err), &err);
	struct oid id = forged_commit(s, &e, EAST);
	good(repo_flush(s->repo, &err), &err);
	buf_release(&text);
	return id;
}

/* Git brought it (nothing of it went through us): it is looked at before it counts. */
static void git_brings_what_is_void(void **state)
{
	struct store *s = robbed_new();
	struct journal was = *store_journal(s, "east");
	struct err err = {0};
	char dir[PATH_MAX];
	(void)state;
	adopt(s, cutting_head(s, CUT, EAST));
	struct oid id = over_the_cut(s, &was);
	snprintf(dir, sizeof dir, "%s", s->dir);
	store_close(s);
	output_of("git --git-dir=%s/store.git update-ref refs/belfry/hubs/east %s", dir,
	    oid_hex(&id).text);
	refused(store_open(&s, dir, STORE_WRITE, &err), ERR_POLICY, &err,
	    "entry 4 of east: charter version 2 has cut");
}

/* The same with another entry in the base's place. */
static void git_brings_another_branch(void **state)
{
	struct store *robbed = robbed_new(), *s = store_new("s", NULL, 0);
	struct store *thief = hub_new("thief", "east", EAST);
	struct draft d = {.n = 0};
	struct err err = {0};
	char dir[PATH_MAX], from[PATH_MAX];
	(void)state;
	for (int i = 0; i < 2; i++) {
		draft_news(&d, EAST, "tz-arusha", i ? "y" : "x", "");
		append(thief, &d);
	}
	adopt(s, cutting_head(robbed, CUT, EAST));
	adopt(thief, cutting_head(thief, CUT, EAST)); /* they say so themselves */
	draft_news(&d, EAST, "tz-arusha", "z", "");
	append(thief, &d);
	snprintf(dir, sizeof dir, "%s", s->dir);
	snprintf(from, sizeof from, "%s", thief->dir);
	store_close(thief);
	store_close(s);
	output_of("git --git-dir=%s/store.git fetch -q %s/store.git "
		  "refs/belfry/hubs/east:refs/belfry/hubs/east",
	    dir, from);
	refused(
	    store_open(&s, dir, STORE_WRITE, &err), ERR_POLICY, &err, "another entry 3 of east");
	store_close(robbed);
}

/* A reader that has the journal open sees it go back. */
static void readers_follow(void **state)
{
	struct store *s = robbed_new(), *reader;
	struct err err = {0};
	(void)state;
	good(store_open(&reader, s->dir, STORE_READ, &err), &err);
	assert_int_equal(seq_of(reader), 5);
	adopt(s, cutting_head(s, CUT, EAST));
	good(store_refresh(reader, &err), &err);
	assert_int_equal(seq_of(reader), CUT);
	store_close(reader);
	store_close(s);
}

static void a_closed_hub_takes_nothing(void **state)
{
	struct store *s = robbed_new();
	struct draft d = {.n = 0};
	struct catalogue c;
	struct err err = {0};
	(void)state;
	json_t *head = cutting_head(s, 5, EAST);
	json_object_set_new(east_of(head), "state", json_string("closed"));
	adopt(s, head);
	draft_news(&d, EAST, "ke-mombasa", "e", "");
	refused(store_append(s, d.changes, d.n, T0, &err), ERR_POLICY, &err, "hub east is closed");
	arena_clear(&d.arena);
	assert_int_equal(seq_of(s), 5);
	good(catalogue_read(&c, s, NULL, NULL, &err), &err);
	assert_non_null(catalogue_find(&c, STR("records/ke-mombasa/news/d/en.md")));
	catalogue_release(&c);
	/* Nor under the charter that closed it: as a hub would that does not mind the rule. */
	refused(cut_check_entry(s, "east", 6, 2, &err), ERR_POLICY, &err, "hub east is closed");
	refused(cut_check_entry(s, "east", 6, 1, &err), ERR_POLICY, &err, "after entry 5");
	good(cut_check_entry(s, "east", 5, 1, &err), &err);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)
	    TEST(any_order_comes_to_the_same),
	    TEST(what_is_cut_off_is_kept),
	    TEST(a_replaced_base_still_cuts),
	    TEST(another_branch_is_fetched_again),
	    TEST(a_wrong_part_is_fetched_again),
	    TEST(a_journal_may_be_cut_to_nothing),
	    TEST(a_stopped_adoption_is_finished),
	    TEST(git_brings_what_is_void),
	    TEST(git_brings_another_branch),
	    TEST(readers_follow),
	    TEST(a_closed_hub_takes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
