/* SPDX-License-Identifier: Apache-2.0 */
/* Who may publish: authors, reviewers, translators, and what their signatures are good for. */
#include "world.h"

static void what_is_right_is_published(void **state)
{
	struct world w = world_new();
	(void)state;
	publishes(&w);
}

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
	    cmocka_unit_test(denied_keys),
	    cmocka_unit_test(signatures_are_for_one_use),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
