/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every rule of who may publish what, one fault at a time: `world` holds what is right, each case
 * bends one thing, and the untouched world must pass (the first case).
 */
#include "network.h"

struct world {
	json_t *charter, *roster;
	const char *hub; /* who publishes */
	unsigned author, reviewer;
	const char *place, *id, *more; /* the record */
	const char *path; /* NULL: where it belongs */
	const char *sig_kind, *rev_kind, *sig_network; /* NULL: the right ones */
	bool no_review, no_sig, no_roster, author_only;
	struct buf md; /* set by a case that wants its own bytes */
};

static struct judgement result;
static char reason[256];
static bool was_guest;

static struct charter *parse_charter(json_t *head, struct sha256_hex *network)
{
	struct charter *c;
	struct err err = {0};
	struct buf text = charter_text(head);
	if (charter_parse(&c, buf_str(&text), "charter.md", &err))
		fail_msg("%s", err.msg);
	*network = network_of(buf_str(&text));
	buf_release(&text);
	return c;
}

static struct roster *parse_roster(json_t *head)
{
	struct roster *r;
	struct err err = {0};
	struct buf text = roster_text(head);
	if (roster_parse(&r, buf_str(&text), "roster.md", &err))
		fail_msg("%s", err.msg);
	buf_release(&text);
	return r;
}

static struct world world_new(void)
{
	return (struct world){.charter = charter_head(),
	    .roster = roster_head("east", EAST, 1),
	    .hub = "east",
	    .author = EAST + ANN,
	    .reviewer = EAST + REV,
	    .place = "ke-mombasa",
	    .id = "market",
	    .more = "themes: [gender]\n",
	    .md = BUF_INIT};
}

/* Judge it; the result is in `result` (no longer its record) and `reason`. */
static bool judge(struct world *w)
{
	struct sha256_hex network;
	struct charter *c = parse_charter(w->charter, &network);
	struct roster *r = parse_roster(w->roster);
	struct schema_set *schemas = schema_set_builtin();
	struct policy p = {.network = network.text,
	    .charter = c,
	    .hub = charter_hub(c, w->hub),
	    .roster = w->no_roster ? NULL : r,
	    .roster_fault = "the roster is not signed",
	    .schemas = schemas};
	char path[256];
	if (!w->md.len)
		w->md = news(w->place, w->id, w->more);
	struct str md = buf_str(&w->md);
	snprintf(path, sizeof path, "records/%s/news/%s/en.md", w->place, w->id);
	struct buf sig = signed_by(w->author, w->sig_kind ? w->sig_kind : "belfry-record",
	    w->sig_network ? w->sig_network : network.text, md);
	struct buf rev =
	    signed_by(w->reviewer, w->rev_kind ? w->rev_kind : "belfry-review", network.text, md);
	struct str at = str_from(w->path ? w->path : path);
	if (w->author_only)
		policy_judge_author(&result, &p, at, md, w->no_sig ? STR_EMPTY : buf_str(&sig));
	else
		policy_judge(&result, &p, at, md, w->no_sig ? STR_EMPTY : buf_str(&sig),
		    w->no_review ? STR_EMPTY : buf_str(&rev));
	bool is_published = result.is_published;
	was_guest = result.is_guest;
	snprintf(reason, sizeof reason, "%s", result.reason);
	judgement_release(&result);
	buf_release(&sig);
	buf_release(&rev);
	buf_release(&w->md);
	schema_set_free(schemas);
	roster_free(r);
	charter_free(c);
	return is_published;
}

static void holds(struct world *w, const char *says)
{
	if (judge(w))
		fail_msg("published, though it should be held: %s", says);
	if (!strstr(reason, says))
		fail_msg("\"%s\" does not say \"%s\"", reason, says);
}

static void publishes(struct world *w)
{
	if (!judge(w))
		fail_msg("held: %s", reason);
	assert_string_equal(reason, "");
}

static void what_is_right_is_published(void **state)
{
	struct world w = world_new();
	(void)state;
	publishes(&w);
}

/* --- people --- */

static void authors(void **state)
{
	struct world w;
	(void)state;
	w = world_new();
	w.author = STRANGER;
	holds(&w, "is not on the roster of hub east");
	w = world_new();
	w.author = EAST + REV;
	w.reviewer = EAST + BOTH;
	holds(&w, "rev does not have the role author");
	w = world_new();
	json_object_set_new(roster_member_head(w.roster, "ann"), "state", json_string("retired"));
	holds(&w, "ann is no longer an active member");
	w = world_new();
	json_object_set_new(roster_member_head(w.roster, "ann"), "state", json_string("revoked"));
	holds(&w, "ann is no longer an active member");
	w = world_new();
	json_object_set_new(roster_member_head(w.roster, "ann"), "places", split("tz-arusha"));
	holds(&w, "ann may not act for place ke-mombasa");
	w = world_new();
	json_object_set_new(
	    roster_member_head(w.roster, "ann"), "places", split("tz-arusha,ke-mombasa"));
	publishes(&w);
	w = world_new();
	w.author = WEST + ANN; /* another hub's author */
	holds(&w, "is not on the roster of hub east");
	w = world_new();
	w.no_sig = true;
	holds(&w, "no author's signature");
}

static void reviewers(void **state)
{
	struct world w = world_new();
	(void)state;
	w.no_review = true;
	holds(&w, "no reviewer has signed it");
	w = world_new();
	w.author = w.reviewer = EAST + BOTH;
	holds(&w, "both cannot review what they wrote");
	w = world_new();
	w.reviewer = EAST + BOTH;
	publishes(&w);
	w = world_new();
	w.author = EAST + BOTH;
	w.reviewer = EAST + ANN;
	holds(&w, "ann does not have the role reviewer");
	w = world_new();
	w.reviewer = STRANGER;
	holds(&w, "reviewer: key SHA256:");
	w = world_new();
	json_object_set_new(roster_member_head(w.roster, "rev"), "state", json_string("revoked"));
	holds(&w, "rev is no longer an active member");
	w = world_new();
	json_object_set_new(roster_member_head(w.roster, "rev"), "places", split("tz-arusha"));
	holds(&w, "rev may not act for place ke-mombasa");
}

static void review_may_be_optional(void **state)
{
	struct world w = world_new();
	(void)state;
	json_object_set_new(w.charter, "review", json_string("optional"));
	w.no_review = true;
	publishes(&w);
	w = world_new(); /* a review that is there must still be good */
	json_object_set_new(w.charter, "review", json_string("optional"));
	w.reviewer = STRANGER;
	holds(&w, "reviewer: ");
}

static void a_submission_needs_no_review(void **state)
{
	struct world w = world_new();
	(void)state;
	w.author_only = w.no_review = true;
	publishes(&w);
	w = world_new();
	w.author_only = true;
	w.author = STRANGER;
	holds(&w, "is not on the roster");
}

/* --- translators --- */

#define TRANSLATION "translation: {of: fr, revision: 1, method: human}\nrevision: 1\n"

/* West's translator puts a text of east's city into another language. */
static struct world guest_world(void)
{
	struct world w = world_new();
	json_decref(w.roster);
	w.roster = roster_head("west", WEST, 1);
	json_array_append_new(json_object_get(w.roster, "members"),
	    member_head("tia", WEST + 5, "translator", NULL, NULL));
	w.hub = "west";
	w.author = WEST + 5;
	w.reviewer = WEST + REV;
	w.more = TRANSLATION;
	return w;
}

static void translators_of_other_places(void **state)
{
	struct world w = guest_world();
	(void)state;
	publishes(&w);
	assert_true(was_guest);
	w = guest_world();
	w.more = "themes: [gender]\n";
	holds(&w, "place ke-mombasa is not on the roster of hub west");
	w = guest_world();
	w.author = WEST + ANN; /* an author, but no translator */
	holds(&w, "a place that is not hub west's: ann does not have the role translator");
	w = guest_world();
	w.author = EAST + ANN; /* the place's own author, in another journal */
	holds(&w, "is not on the roster of hub west");
	w = guest_world();
	w.no_review = true;
	holds(&w, "no reviewer has signed it");
	w = guest_world();
	w.reviewer = w.author;
	json_object_set_new(
	    roster_member_head(w.roster, "tia"), "roles", split("translator,reviewer"));
	holds(&w, "tia cannot review what they wrote");
	w = guest_world();
	json_object_set_new(roster_member_head(w.roster, "tia"), "state", json_string("retired"));
	holds(&w, "tia is no longer an active member");
	w = guest_world();
	json_object_set_new(roster_member_head(w.roster, "tia"), "places", split("tz-arusha"));
	holds(&w, "tia may not act for place ke-mombasa");
	w = guest_world();
	json_object_set_new(roster_member_head(w.roster, "rev"), "places", split("sn-dakar"));
	holds(&w, "rev may not act for place ke-mombasa");
	w = guest_world();
	w.no_roster = true;
	holds(&w, "the roster is not signed");
	w = guest_world();
	w.place = "east-southern-africa"; /* another hub's region is as much its own */
	publishes(&w);
	assert_true(was_guest);
}

static void translators_at_home(void **state)
{
	struct world w = guest_world();
	(void)state;
	w.place = "sn-dakar";
	publishes(&w);
	assert_false(was_guest);
	w = guest_world();
	w.place = "sn-dakar";
	w.more = "themes: [gender]\n";
	holds(&w, "tia does not have the role author");
	w = guest_world();
	w.place = "sn-dakar";
	w.author = WEST + ANN; /* an author needs no other role for a translation */
	publishes(&w);
	assert_false(was_guest);
}

/* --- signatures --- */

static void signatures_are_for_one_use(void **state)
{
	struct world w = world_new();
	(void)state;
	w.sig_kind = "belfry-review";
	holds(&w, "author: ");
	w = world_new();
	w.rev_kind = "belfry-record";
	holds(&w, "reviewer: ");
	w = world_new();
	w.sig_kind = "git";
	holds(&w, "author: ");
	w = world_new();
	w.sig_network = "0000000000000000000000000000000000000000000000000000000000000000";
	holds(&w, "author: ");
}

/* --- places --- */

static void cities(void **state)
{
	struct world w = world_new();
	(void)state;
	w.place = "ke-nairobi";
	holds(&w, "place ke-nairobi is not on the roster of hub east");
	w = world_new();
	json_array_append_new(
	    json_object_get(w.roster, "cities"), city("sn-dakar", "west-africa-sahel"));
	w.place = "sn-dakar";
	holds(&w, "lies in region west-africa-sahel, hub east publishes for east-southern-africa");
	w = world_new();
	w.no_roster = true;
	holds(&w, "the roster is not signed");
}

static json_t *hub_in(json_t *charter, size_t i)
{
	return json_array_get(json_object_get(charter, "hubs"), i);
}

static void countries(void **state)
{
	struct world w = world_new();
	(void)state;
	json_object_set_new(hub_in(w.charter, 2), "countries", split("ke"));
	holds(&w, "country ke to another hub");
	w = world_new();
	json_object_set_new(hub_in(w.charter, 2), "countries", split("tz"));
	publishes(&w);
	w = world_new();
	json_object_set_new(hub_in(w.charter, 1), "countries", split("ke"));
	json_object_set_new(hub_in(w.charter, 2), "countries", split("tz"));
	publishes(&w);
}

static struct world central_world(const char *place)
{
	struct world w = world_new();
	json_decref(w.roster);
	w.roster = roster_head("central", CENTRAL_HUB, 1);
	w.hub = "central";
	w.author = CENTRAL_HUB + ANN;
	w.reviewer = CENTRAL_HUB + REV;
	w.place = place;
	return w;
}

static void close_hub(json_t *hub)
{
	char zeros[65];
	snprintf(zeros, sizeof zeros, "%064d", 0);
	json_object_set_new(hub, "state", json_string("closed"));
	json_object_set_new(hub, "base",
	    json_pack("{s:i, s:i, s:s, s:s}", "charter", 1, "seq", 0, "commit", zeros + 24,
		"content", zeros));
}

/* What was a closed hub's alone is anybody's again who may publish there. */
static void a_closed_hub_leaves_room(void **state)
{
	struct world w = world_new();
	(void)state;
	json_object_set_new(hub_in(w.charter, 2), "countries", split("ke"));
	close_hub(hub_in(w.charter, 2));
	publishes(&w);
	w = central_world("east-southern-africa");
	close_hub(hub_in(w.charter, 1));
	publishes(&w);
}

static void deny(json_t *charter, unsigned byte)
{
	struct buf print = BUF_INIT;
	public_key_fingerprint(&print, signer_key(key_of(byte)));
	json_object_set_new(charter, "denied",
	    json_pack("[{s:s, s:s}]", "id", print.ptr, "reason", "laptop stolen"));
	buf_release(&print);
}

static void denied_keys(void **state)
{
	struct world w = world_new();
	(void)state;
	deny(w.charter, EAST + ANN);
	holds(&w, "author: its key is denied by charter version 1: laptop stolen");
	w = world_new();
	deny(w.charter, EAST + REV);
	holds(&w, "reviewer: its key is denied by charter version 1: laptop stolen");
	w = world_new();
	deny(w.charter, EAST + BOTH);
	publishes(&w);
}

static void regions(void **state)
{
	struct world w = world_new();
	(void)state;
	w.place = "east-southern-africa";
	publishes(&w);
	w = world_new();
	w.place = "west-africa-sahel";
	holds(&w, "is not hub east's to publish for");
	w = world_new();
	w.place = "global";
	holds(&w, "is not hub east's to publish for");
}

/* The central team stands in for regions that have no hub yet, never for those that have. */
static void the_central_hub(void **state)
{
	struct world w = central_world("global");
	(void)state;
	publishes(&w);
	w = central_world("east-southern-africa");
	holds(&w, "is not hub central's to publish for");
	w = central_world("mena");
	json_array_append_new(json_object_get(w.charter, "regions"), term("mena"));
	publishes(&w);
	w = central_world("jo-amman");
	json_object_set_new(w.roster, "cities", json_pack("[o]", city("jo-amman", "mena")));
	publishes(&w);
	w = central_world("jo-amman");
	json_object_set_new(w.roster, "cities", json_pack("[o]", city("jo-amman", "mena")));
	json_object_set_new(hub_in(w.charter, 2), "countries", split("jo"));
	holds(&w, "country jo to another hub");
}

/* --- records --- */

static void paths_agree(void **state)
{
	static const char *const elsewhere[] = {
	    "records/tz-arusha/news/market/en.md",
	    "records/ke-mombasa/page/market/en.md",
	    "records/ke-mombasa/news/markt/en.md",
	    "records/ke-mombasa/news/market/fr.md",
	};
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct world w = world_new();
		w.path = elsewhere[i];
		holds(&w, "belongs at records/ke-mombasa/news/market/en.md");
	}
}

/* A record of the type good-practice, for those it names. */
static struct buf practice(const char *audience)
{
	struct buf b = BUF_INIT;
	buf_printf(&b,
	    "---\ntype: good-practice\nid: market\nlang: en\ntitle: A market\nsummary: It works.\n"
	    "place: ke-mombasa\nthemes: [gender]\naudiences: [%s]\nrevision: 1\n---\nText.\n",
	    audience);
	return b;
}

static void terms_are_the_charters(void **state)
{
	struct world w = world_new();
	(void)state;
	w.more = "themes: [sports]\n";
	holds(&w, "themes: 'sports'");
	w = world_new();
	w.md = practice("mayors");
	w.path = "records/ke-mombasa/good-practice/market/en.md";
	publishes(&w);
	w = world_new();
	w.md = practice("pilots");
	w.path = "records/ke-mombasa/good-practice/market/en.md";
	holds(&w, "audiences: 'pilots'");
	w = world_new();
	w.more = "region: atlantis\n";
	holds(&w, "region 'atlantis'");
	w = world_new();
	w.more = "region: west-africa-sahel\n"; /* what it is about, not who publishes */
	publishes(&w);
}

static void members_only_stays_out(void **state)
{
	struct world w = world_new();
	(void)state;
	w.more = "audience: members\n";
	holds(&w, "members only");
	w = world_new();
	w.more = "audience: public\n";
	publishes(&w);
}

static void only_canonical_records(void **state)
{
	struct world w = world_new();
	(void)state;
	w.md = news(w.place, w.id, "");
	buf_putc(&w.md, '\n');
	holds(&w, "en.md");
	w = world_new();
	buf_puts(&w.md, "no front matter\n");
	holds(&w, "en.md:1");
	w = world_new();
	buf_puts(&w.md,
	    "---\ntype: prophecy\nid: market\nlang: en\ntitle: T\nplace: ke-mombasa\n---\nText.\n");
	holds(&w, "prophecy");
}

/* Reasons are shown on terminals and as JSON: whatever the bytes, they are plain UTF-8 text. */
static void reasons_are_plain_text(void **state)
{
	static const char *const rough[] = {"\xff\xfe", "\x1b[2J", "\xe2\x82",
	    "---\n\x1b]0;x\x07: 1\n---\n", "---\n\xf0\x9f\x98\x80: 1\n---\nx\n"};
	(void)state;
	for (size_t i = 0; i < sizeof rough / sizeof *rough; i++) {
		struct world w = world_new();
		buf_puts(&w.md, rough[i]);
		holds(&w, "");
		for (size_t at = 0; reason[at];) {
			int32_t c = str_utf8_next(str_from(reason), &at);
			if (c < 0x20 || c == 0x7f)
				fail_msg("case %zu: \"%s\"", i, reason);
		}
	}
}

/* A schema's own words can make a sentence longer than a reason: it is cut, never inside a letter.
 */
static void long_reasons_end_between_letters(void **state)
{
	struct sha256_hex network;
	struct charter *c = parse_charter(charter_head(), &network);
	struct str md = STR("---\ntype: note\nlevel: 9\n---\nText.\n"),
		   path = STR("records/a/note/b/en.md");
	(void)state;
	for (size_t pad = 0; pad < 3; pad++) {
		struct schema_set *schemas = schema_set_new();
		struct buf json = BUF_INIT;
		struct err err = {0};
		buf_puts(&json, "{\"type\":\"object\",\"properties\":{\"type\":{\"type\":"
				"\"string\",\"const\":\"note\"},"
				"\"level\":{\"type\":\"integer\",\"maximum\":5,\"description\":\"");
		buf_printf(&json, "%.*s", (int)pad, "abc");
		for (int i = 0; i < 130; i++)
			buf_puts(&json, "€");
		buf_puts(&json, "\"}},\"additionalProperties\":false}");
		if (schema_set_add(schemas, STR("note"), buf_str(&json), &err) ||
		    schema_set_finish(schemas, &err))
			fail_msg("%s", err.msg);
		struct policy p = {.network = network.text,
		    .charter = c,
		    .hub = charter_hub(c, "east"),
		    .roster_fault = "none",
		    .schemas = schemas};
		policy_judge_author(&result, &p, path, md, STR_EMPTY);
		assert_false(result.is_published);
		assert_true(strlen(result.reason) > 240);
		for (size_t at = 0; result.reason[at];)
			if (str_utf8_next(str_from(result.reason), &at) < 0)
				fail_msg("cut inside a letter: %s", result.reason);
		judgement_release(&result);
		buf_release(&json);
		schema_set_free(schemas);
	}
	charter_free(c);
}

static void a_signature_file_of_junk(void **state)
{
	struct sha256_hex network;
	struct charter *c = parse_charter(charter_head(), &network);
	struct roster *r = parse_roster(roster_head("east", EAST, 1));
	struct schema_set *schemas = schema_set_builtin();
	struct policy p = {.network = network.text,
	    .charter = c,
	    .hub = charter_hub(c, "east"),
	    .roster = r,
	    .schemas = schemas};
	struct buf md = news("ke-mombasa", "market", ""), sig;
	(void)state;
	sig = signed_by(EAST + ANN, "belfry-record", network.text, buf_str(&md));
	for (size_t i = 0; i < sig.len; i++) {
		struct buf bent = BUF_INIT;
		buf_add(&bent, buf_str(&sig));
		bent.ptr[i] ^= 0x15;
		policy_judge_author(&result, &p, STR("records/ke-mombasa/news/market/en.md"),
		    buf_str(&md), buf_str(&bent));
		if (result.is_published || !result.reason[0])
			fail_msg("byte %zu does not matter", i);
		for (size_t at = 0; result.reason[at];)
			if (str_utf8_next(str_from(result.reason), &at) < 0x20)
				fail_msg("byte %zu: \"%s\"", i, result.reason);
		judgement_release(&result);
		buf_release(&bent);
	}
	buf_release(&md);
	buf_release(&sig);
	schema_set_free(schemas);
	roster_free(r);
	charter_free(c);
}

static void a_place_has_a_region(void **state)
{
	struct sha256_hex network;
	struct charter *c = parse_charter(charter_head(), &network);
	struct roster *r = parse_roster(roster_head("east", EAST, 1));
	struct policy p = {
	    .network = network.text, .charter = c, .hub = charter_hub(c, "east"), .roster = r};
	(void)state;
	assert_true(str_is(policy_region(&p, STR("ke-mombasa")), "east-southern-africa"));
	assert_true(str_is(policy_region(&p, STR("west-africa-sahel")), "west-africa-sahel"));
	assert_true(str_is(policy_region(&p, STR("xx-nowhere")), "global"));
	roster_free(r);
	charter_free(c);
}

static int done(void **state)
{
	(void)state;
	keys_free();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_right_is_published),
	    cmocka_unit_test(authors),
	    cmocka_unit_test(reviewers),
	    cmocka_unit_test(review_may_be_optional),
	    cmocka_unit_test(a_submission_needs_no_review),
	    cmocka_unit_test(translators_of_other_places),
	    cmocka_unit_test(translators_at_home),
	    cmocka_unit_test(signatures_are_for_one_use),
	    cmocka_unit_test(cities),
	    cmocka_unit_test(countries),
	    cmocka_unit_test(a_closed_hub_leaves_room),
	    cmocka_unit_test(denied_keys),
	    cmocka_unit_test(regions),
	    cmocka_unit_test(the_central_hub),
	    cmocka_unit_test(paths_agree),
	    cmocka_unit_test(terms_are_the_charters),
	    cmocka_unit_test(members_only_stays_out),
	    cmocka_unit_test(only_canonical_records),
	    cmocka_unit_test(reasons_are_plain_text),
	    cmocka_unit_test(long_reasons_end_between_letters),
	    cmocka_unit_test(a_signature_file_of_junk),
	    cmocka_unit_test(a_place_has_a_region),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
