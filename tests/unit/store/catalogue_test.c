/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is published and what is held, read from a journal. The rules one by one stand in
 * trust/policy_*_test.c; here it is which charter, roster and revision each entry is judged by, and
 * that nothing else takes part.
 */
#include "fixture.h"

static void is_published(struct store *s, const char *path)
{
	struct catalogue c = catalogue_of(s);
	const struct item *held = row_of(&c, path, true);
	if (!catalogue_find(&c, str_from(path)))
		fail_msg("%s is not published: %s", path, held ? held->reason : "it is not there");
	if (held)
		fail_msg("%s is held too: %s", path, held->reason);
	catalogue_release(&c);
}

/* Held for that reason, and not published. */
static void is_held(struct store *s, const char *path, const char *says)
{
	struct catalogue c = catalogue_of(s);
	const struct item *held = row_of(&c, path, true);
	if (catalogue_find(&c, str_from(path)))
		fail_msg("%s is published", path);
	if (!held)
		fail_msg("%s is not there", path);
	if (!strstr(held->reason, says))
		fail_msg("\"%s\" does not say \"%s\"", held->reason, says);
	catalogue_release(&c);
}

#define MARKET "records/ke-mombasa/news/market/en.md"

/* --- one fault each --- */

struct fault {
	const char *what, *place, *more, *path; /* path NULL: where it belongs */
	unsigned author, reviewer;
	const char *says; /* NULL: published */
};

static void one_fault_each(void **state)
{
	static const struct fault faults[] = {
	    {"none", "ke-mombasa", "themes: [gender]\n", NULL, EAST + ANN, EAST + REV, NULL},
	    {"author unknown", "ke-mombasa", "", NULL, STRANGER, EAST + REV,
		"is not on the roster"},
	    {"not an author", "ke-mombasa", "", NULL, EAST + REV, EAST + BOTH, "role author"},
	    {"another hub's author", "ke-mombasa", "", NULL, WEST + ANN, EAST + REV,
		"is not on the roster"},
	    {"no author", "ke-mombasa", "", NULL, 0, EAST + REV, "no author's signature"},
	    {"no review", "ke-mombasa", "", NULL, EAST + ANN, 0, "no reviewer"},
	    {"reviewer is the author", "ke-mombasa", "", NULL, EAST + BOTH, EAST + BOTH,
		"cannot review"},
	    {"not a reviewer", "ke-mombasa", "", NULL, EAST + BOTH, EAST + ANN, "role reviewer"},
	    {"reviewer unknown", "ke-mombasa", "", NULL, EAST + ANN, STRANGER, "reviewer: "},
	    {"a place nobody knows", "ke-nairobi", "", NULL, EAST + ANN, EAST + REV,
		"not on the roster of hub east"},
	    {"another region", "west-africa-sahel", "", NULL, EAST + ANN, EAST + REV,
		"not hub east's"},
	    {"another hub's city", "sn-dakar", "", NULL, EAST + ANN, EAST + REV,
		"not on the roster of hub east"},
	    {"a theme nobody knows", "ke-mombasa", "themes: [sports]\n", NULL, EAST + ANN,
		EAST + REV, "themes"},
	    {"for members", "ke-mombasa", "audience: members\n", NULL, EAST + ANN, EAST + REV,
		"members only"},
	    {"its own region", "east-southern-africa", "", NULL, EAST + ANN, EAST + REV, NULL},
	};
	enum { FAULTS = sizeof faults / sizeof *faults };
	struct store *s = east_new();
	struct draft d = {.n = 0};
	char path[FAULTS][128];
	(void)state;
	for (int i = 0; i < FAULTS; i++) { /* each an entry, the good ones among the bad */
		char id[32];
		snprintf(id, sizeof id, "case-%d", i);
		struct buf text = news(faults[i].place, id, faults[i].more);
		snprintf(path[i], sizeof path[i], "records/%s/news/%s/en.md", faults[i].place, id);
		draft_record(&d, path[i], buf_str(&text), faults[i].author, faults[i].reviewer);
		append(s, &d);
		buf_release(&text);
	}
	for (int i = 0; i < FAULTS; i++) {
		if (faults[i].says)
			is_held(s, path[i], faults[i].says);
		else
			is_published(s, path[i]);
	}
	sound(s);
	store_close(s);
}

static void the_path_must_agree(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	struct buf text = news("ke-mombasa", "market", "");
	(void)state;
	draft_record(
	    &d, "records/tz-arusha/news/market/en.md", buf_str(&text), EAST + ANN, EAST + REV);
	append(s, &d);
	is_held(s, "records/tz-arusha/news/market/en.md", "belongs at " MARKET);
	draft_record(&d, MARKET, buf_str(&text), EAST + ANN, EAST + REV);
	append(s, &d);
	is_published(s, MARKET);
	buf_release(&text);
	store_close(s);
}

static void signatures_of_another_network_or_use(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	struct buf text = news("ke-mombasa", "market", "");
	static const char other[] =
	    "0000000000000000000000000000000000000000000000000000000000000000";
	const struct {
		const char *kind, *net;
	} cases[] = {
	    {"belfry-record", other}, {"belfry-review", network.text}, {"git", network.text}};
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct buf sig = signed_by(EAST + ANN, cases[i].kind, cases[i].net, buf_str(&text));
		if (i == 0)
			draft_record(&d, MARKET, buf_str(&text), 0, EAST + REV);
		draft_file(&d, MARKET ".sig", buf_str(&sig));
		append(s, &d);
		is_held(s, MARKET, "author: ");
		buf_release(&sig);
	}
	struct buf sig = signed_by(EAST + ANN, "belfry-record", network.text, buf_str(&text));
	draft_file(&d, MARKET ".sig",
	    buf_str(&sig)); /* the signature alone comes later: now it is whole */
	append(s, &d);
	is_published(s, MARKET);
	buf_release(&sig);
	buf_release(&text);
	store_close(s);
}

static void a_review_may_come_later(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	struct buf text = news("ke-mombasa", "market", "");
	(void)state;
	draft_record(&d, MARKET, buf_str(&text), EAST + ANN, 0);
	append(s, &d);
	is_held(s, MARKET, "no reviewer");
	struct buf rev = signed_by(EAST + REV, "belfry-review", network.text, buf_str(&text));
	draft_file(&d, MARKET ".rev", buf_str(&rev));
	append(s, &d);
	is_published(s, MARKET);
	buf_release(&rev);
	buf_release(&text);
	store_close(s);
}

/* The same text reviewed again, by somebody else: no new revision is needed for that. */
static void another_review_of_the_same_text(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	(void)state;
	struct buf text = news("ke-mombasa", "market", "");
	struct buf rev = signed_by(EAST + BOTH, "belfry-review", network.text, buf_str(&text));
	draft_record(&d, MARKET, buf_str(&text), EAST + ANN, EAST + REV);
	append(s, &d);
	draft_file(&d, MARKET ".rev", buf_str(&rev));
	append(s, &d);
	is_published(s, MARKET);
	struct catalogue c = catalogue_of(s);
	assert_string_equal(catalogue_find(&c, STR(MARKET))->reviewer, "both");
	assert_int_equal(catalogue_find(&c, STR(MARKET))->seq, 3);
	catalogue_release(&c);
	draft_file(&d, MARKET ".rev",
	    STR("junk")); /* and a bad one changes nothing of what is published */
	append(s, &d);
	c = catalogue_of(s);
	assert_string_equal(catalogue_find(&c, STR(MARKET))->reviewer, "both");
	assert_true(strstr(row_of(&c, MARKET, true)->reason, "reviewer: ") != NULL);
	catalogue_release(&c);
	buf_release(&text);
	buf_release(&rev);
	store_close(s);
}

static void what_is_no_record_is_held(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	(void)state;
	draft_record(&d, MARKET, STR("\xff\xfe\x1b[2J"), EAST + ANN, EAST + REV);
	draft_record(&d, "records/ke-mombasa/news/empty/en.md", STR_EMPTY, EAST + ANN, EAST + REV);
	draft_file(&d, "records/ke-mombasa/news/lone/en.md.sig", STR("x"));
	append(s, &d);
	is_held(s, MARKET, "en.md:1");
	is_held(s, "records/ke-mombasa/news/empty/en.md", "en.md:1");
	struct catalogue c = catalogue_of(s);
	assert_null(row_of(&c, "records/ke-mombasa/news/lone/en.md", true));
	assert_int_equal(c.len, 2);
	catalogue_release(&c);
	sound(s);
	store_close(s);
}

/* --- which roster --- */

static void the_roster_of_the_entry_before(void **state)
{
	struct store *s = store_new("east", "east", EAST);
	struct draft d = {.n = 0};
	(void)state;
	/* Enrolled and published in one entry: whoever holds the journal key could do that. */
	draft_roster(&d, roster_head("east", EAST, 1), EAST);
	draft_news(&d, EAST, "ke-mombasa", "first", "");
	append(s, &d);
	is_held(s, "records/ke-mombasa/news/first/en.md", "no roster in the entry before");
	draft_news(&d, EAST, "ke-mombasa", "second", "");
	append(s, &d);
	is_published(s, "records/ke-mombasa/news/second/en.md");
	is_held(s, "records/ke-mombasa/news/first/en.md", "no roster");
	store_close(s);
}

static void who_left_publishes_no_more(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	(void)state;
	draft_news(&d, EAST, "ke-mombasa", "before", "");
	append(s, &d);
	json_t *roster = roster_head("east", EAST, 2);
	json_object_set_new(roster_member_head(roster, "ann"), "state", json_string("retired"));
	draft_roster(&d, roster, EAST);
	draft_news(&d, EAST, "ke-mombasa", "last",
	    ""); /* in the entry that retires her: still by the old one */
	append(s, &d);
	draft_news(&d, EAST, "ke-mombasa", "after", "");
	append(s, &d);
	is_published(s, "records/ke-mombasa/news/before/en.md");
	is_published(s, "records/ke-mombasa/news/last/en.md");
	is_held(s, "records/ke-mombasa/news/after/en.md", "no longer an active member");
	store_close(s);
}

static void only_a_signed_roster_counts(void **state)
{
	struct store *s = store_new("east", "east", EAST);
	struct draft d = {.n = 0};
	(void)state;
	struct buf text = roster_text(roster_head("east", EAST, 1));
	draft_file(&d, "roster.md", buf_str(&text)); /* by nobody */
	append(s, &d);
	draft_news(&d, EAST, "ke-mombasa", "one", "");
	append(s, &d);
	is_held(s, "records/ke-mombasa/news/one/en.md", "0 of the 1 steward signatures");
	/* The signature alone: the roster's own bytes stay. */
	struct buf sig = signed_by(EAST + STEWARD, "belfry-roster", network.text, buf_str(&text));
	draft_file(&d, "roster.md.steward-1.sig", buf_str(&sig));
	append(s, &d);
	draft_news(&d, EAST, "ke-mombasa", "two", "");
	append(s, &d);
	is_published(s, "records/ke-mombasa/news/two/en.md");
	is_held(s, "records/ke-mombasa/news/one/en.md", "steward signatures");
	draft_delete(&d, "roster.md.steward-1.sig");
	append(s, &d);
	draft_news(&d, EAST, "ke-mombasa", "three", "");
	append(s, &d);
	is_held(s, "records/ke-mombasa/news/three/en.md", "0 of the 1 steward signatures");
	buf_release(&text);
	buf_release(&sig);
	store_close(s);
}

static void a_roster_of_another_hub(void **state)
{
	struct store *s = store_new("east", "east", EAST);
	struct draft d = {.n = 0};
	(void)state;
	draft_roster(&d, roster_head("west", EAST, 1), EAST);
	append(s, &d);
	draft_news(&d, EAST, "ke-mombasa", "one", "");
	append(s, &d);
	is_held(s, "records/ke-mombasa/news/one/en.md", "roster is that of hub west");
	draft_file(&d, "roster.md", STR("no roster at all\n"));
	append(s, &d);
	draft_news(&d, EAST, "ke-mombasa", "two", "");
	append(s, &d);
	is_held(s, "records/ke-mombasa/news/two/en.md", "roster.md:1");
	store_close(s);
}

/* --- which charter --- */

static void the_charter_that_the_entry_names(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	(void)state;
	draft_news(&d, EAST, "ke-mombasa", "before", "themes: [gender]\n");
	append(s, &d);
	json_t *head = charter_next(buf_str(&charter_one), 2);
	json_object_set_new(head, "themes", json_pack("[o]", term("sports")));
	adopt(s, head);
	draft_news(&d, EAST, "ke-mombasa", "after", "themes: [gender]\n");
	draft_news(&d, EAST, "ke-mombasa", "sports", "themes: [sports]\n");
	append(s, &d);
	is_published(s, "records/ke-mombasa/news/before/en.md");
	is_held(s, "records/ke-mombasa/news/after/en.md", "themes: 'gender'");
	is_published(s, "records/ke-mombasa/news/sports/en.md");
	store_close(s);
}

/* A type that only a newer charter knows is held by the older one, on every hub, for ever. */
static void a_type_of_a_newer_schema_set(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	struct err err = {0};
	struct str json = STR(
	    "{\"title\":\"Note\",\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"string\","
	    "\"const\":\"note\"},\"id\":{\"$ref\":\"common.json#/$defs/id\"},\"lang\":{\"$ref\":"
	    "\"common.json#/$defs/lang\"},\"title\":{\"$ref\":\"common.json#/$defs/title\"},"
	    "\"summary\":{\"$ref\":\"common.json#/$defs/summary\"},"
	    "\"place\":{\"$ref\":\"common.json#/$defs/place\"},\"revision\":{\"$ref\":"
	    "\"common.json#/$defs/revision\"}},\"required\":[\"type\",\"id\",\"lang\",\"title\","
	    "\"place\",\"revision\"],\"additionalProperties\":false}");
	struct str text = STR("---\ntype: note\nid: a\nlang: en\ntitle: A note\nsummary: "
			      "Short.\nplace: ke-mombasa\nrevision: 1\n---\n"
			      "Text.\n");
	struct sha256 h = sha256(json);
	(void)state;
	draft_record(&d, "records/ke-mombasa/note/a/en.md", text, EAST + ANN, EAST + REV);
	append(s, &d);
	is_held(s, "records/ke-mombasa/note/a/en.md", "note");
	json_t *head = charter_next(buf_str(&charter_one), 2);
	json_array_append_new(json_object_get(head, "schemas"),
	    json_pack("{s:s, s:s}", "name", "note", "sha256", sha256_hex(&h).text));
	struct bundle *b = bundle_new(head, network.text, "\x01");
	b->files.schemas[b->files.nschemas++] = (struct named_signature){STR("note"), json};
	good(store_adopt_charter(s, &b->files, NULL, &err), &err);
	bundle_free(b);
	is_held(s, "records/ke-mombasa/note/a/en.md", "note"); /* its entry names version 1 */
	struct buf sig = signed_by(EAST + BOTH, "belfry-record", network.text, text);
	draft_file(&d, "records/ke-mombasa/note/a/en.md.sig",
	    buf_str(&sig)); /* a new entry judges it anew */
	append(s, &d);
	is_published(s, "records/ke-mombasa/note/a/en.md");
	buf_release(&sig);
	store_close(s);
}

/* --- revisions --- */

static void revisions_follow(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	struct catalogue c;
	(void)state;
	struct buf one = news("ke-mombasa", "market", ""),
		   two = news("ke-mombasa", "market", following(buf_str(&one), 2));
	struct buf bad[3]; /* a gap, another text before it, the number again */
	bad[0] = news("ke-mombasa", "market", following(buf_str(&one), 3));
	bad[1] = news("ke-mombasa", "market", following(STR("something else"), 2));
	bad[2] = news("ke-mombasa", "market", "themes: [youth]\n");
	draft_record(&d, MARKET, buf_str(&one), EAST + ANN, EAST + REV);
	append(s, &d);
	is_published(s, MARKET);
	for (int i = 0; i < 3; i++) {
		draft_record(&d, MARKET, buf_str(&bad[i]), EAST + ANN, EAST + REV);
		append(s, &d);
		c = catalogue_of(s); /* revision 1 stays published, beside the held one */
		const struct item *held = row_of(&c, MARKET, true),
				  *kept = catalogue_find(&c, STR(MARKET));
		struct sha256 h = sha256(buf_str(&one));
		assert_true(held && strstr(held->reason, "does not follow revision 1"));
		assert_true(kept && sha256_eq(&kept->hash, &h));
		assert_int_equal(kept->seq, 2);
		catalogue_release(&c);
		buf_release(&bad[i]);
	}
	draft_record(&d, MARKET, buf_str(&two), EAST + ANN, EAST + REV);
	append(s, &d);
	is_published(s, MARKET); /* and the held row is gone */
	c = catalogue_of(s);
	assert_int_equal(catalogue_find(&c, STR(MARKET))->revision, 2);
	catalogue_release(&c);
	draft_record(
	    &d, MARKET, buf_str(&one), EAST + ANN, EAST + REV); /* the old text played again */
	append(s, &d);
	c = catalogue_of(s);
	assert_int_equal(catalogue_find(&c, STR(MARKET))->revision, 2);
	assert_non_null(row_of(&c, MARKET, true));
	catalogue_release(&c);
	buf_release(&one);
	buf_release(&two);
	store_close(s);
}

/* Whoever holds the journal key could delete a file and play an older one: nothing comes of it. */
static void deleting_takes_nothing_back(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	struct catalogue c;
	(void)state;
	struct buf one = news("ke-mombasa", "market", ""),
		   two = news("ke-mombasa", "market", following(buf_str(&one), 2));
	draft_record(&d, MARKET, buf_str(&one), EAST + ANN, EAST + REV);
	append(s, &d);
	draft_record(&d, MARKET, buf_str(&two), EAST + ANN, EAST + REV);
	append(s, &d);
	draft_delete(&d, MARKET);
	draft_delete(&d, MARKET ".sig");
	draft_delete(&d, MARKET ".rev");
	append(s, &d);
	is_published(s, MARKET);
	draft_record(&d, MARKET, buf_str(&one), EAST + ANN, EAST + REV);
	append(s, &d);
	c = catalogue_of(s);
	assert_int_equal(catalogue_find(&c, STR(MARKET))->revision, 2);
	assert_true(strstr(row_of(&c, MARKET, true)->reason, "does not follow revision 2") != NULL);
	catalogue_release(&c);
	draft_delete(&d, MARKET); /* what is held goes with its file */
	append(s, &d);
	is_published(s, MARKET);
	buf_release(&one);
	buf_release(&two);
	store_close(s);
}

static void withdrawn(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	char more[300];
	(void)state;
	struct buf one = news("ke-mombasa", "market", "");
	draft_record(&d, MARKET, buf_str(&one), EAST + ANN, EAST + REV);
	append(s, &d);
	snprintf(more, sizeof more, "status: withdrawn\nreason: It was wrong.\n%s",
	    following(buf_str(&one), 2));
	struct buf two = news("ke-mombasa", "market", more);
	draft_record(&d, MARKET, buf_str(&two), EAST + ANN, EAST + REV);
	append(s, &d);
	struct catalogue c = catalogue_of(s);
	const struct item *item = catalogue_find(&c, STR(MARKET));
	assert_int_equal(item->state, ITEM_WITHDRAWN);
	assert_string_equal(item->reason, "It was wrong.");
	catalogue_release(&c);
	buf_release(&one);
	buf_release(&two);
	store_close(s);
}

/* --- rows --- */

static void rows_say_who_and_where(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	struct err err = {0};
	struct oid id;
	(void)state;
	struct buf text = news("ke-mombasa", "market", "themes: [gender, youth]\n");
	draft_record(&d, MARKET, buf_str(&text), EAST + ANN, EAST + REV);
	append(s, &d);
	struct catalogue c = catalogue_of(s);
	const struct item *i = catalogue_find(&c, STR(MARKET));
	struct sha256 h = sha256(buf_str(&text));
	assert_non_null(i);
	assert_string_equal(i->place, "ke-mombasa");
	assert_string_equal(i->type, "news");
	assert_string_equal(i->id, "market");
	assert_string_equal(i->lang, "en");
	assert_string_equal(i->region, "east-southern-africa");
	assert_string_equal(i->title, "News of ke-mombasa");
	assert_string_equal(i->date, "2026-01-02");
	assert_string_equal(i->themes, " gender youth ");
	assert_string_equal(i->hub, "east");
	assert_int_equal(i->seq, 2);
	assert_int_equal(i->revision, 1);
	assert_string_equal(i->author, "ann");
	assert_string_equal(i->reviewer, "rev");
	assert_true(public_key_eq(i->author_key, signer_key(key_of(EAST + ANN))));
	assert_true(public_key_eq(i->reviewer_key, signer_key(key_of(EAST + REV))));
	assert_true(sha256_eq(&i->hash, &h));
	good(store_entry_id(s, "east", 2, &id, &err), &err);
	assert_true(oid_eq(&i->commit, &id));
	json_t *places;
	good(catalogue_places(&places, s, &err), &err);
	assert_int_equal(json_object_size(places), 2);
	assert_true(str_is(json_get_text(json_object_get(places, "ke-mombasa"), "hub"), "east"));
	json_decref(places);
	assert_null(catalogue_find(&c, STR("records/ke-mombasa/news/market/e")));
	assert_null(catalogue_find(&c, STR("records/ke-mombasa/news/market/en.md.sig")));
	assert_null(catalogue_find(&c, STR_EMPTY));
	catalogue_release(&c);
	buf_release(&text);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_fault_each),
	    TEST(the_path_must_agree),
	    TEST(signatures_of_another_network_or_use),
	    TEST(a_review_may_come_later),
	    TEST(another_review_of_the_same_text),
	    TEST(what_is_no_record_is_held),
	    TEST(the_roster_of_the_entry_before),
	    TEST(who_left_publishes_no_more),
	    TEST(only_a_signed_roster_counts),
	    TEST(a_roster_of_another_hub),
	    TEST(the_charter_that_the_entry_names),
	    TEST(a_type_of_a_newer_schema_set),
	    TEST(revisions_follow),
	    TEST(deleting_takes_nothing_back),
	    TEST(withdrawn),
	    TEST(rows_say_who_and_where),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
