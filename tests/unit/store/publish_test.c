/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our own journal takes: nothing that others would hold. A refusal leaves the journal as it
 * was.
 */
#include "fixture.h"

#include "store/op.h"
#include "store/publish.h"

#define MARKET "records/ke-mombasa/news/market/en.md"

/* Refused with that code and sentence; nothing is written. */
static void refuse(struct store *s, struct draft *d, enum err_code code, const char *says)
{
	struct err err = {0};
	struct sha256 before = digest(s);
	long objects = object_count(s);
	int bad = publish(s, d->changes, d->n, T0 + 9999, &err);
	refused(bad, code, &err, says);
	struct sha256 after = digest(s);
	same_digest(&before, &after);
	assert_int_equal(object_count(s), objects);
	arena_clear(&d->arena);
	*d = (struct draft){.n = 0};
}

static void take(struct store *s, struct draft *d)
{
	struct err err = {0};
	good(publish(s, d->changes, d->n, T0 + 9999, &err), &err);
	arena_clear(&d->arena);
	*d = (struct draft){.n = 0};
}

static void records(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	(void)state;
	struct buf text = news("ke-mombasa", "market", ""), away = news("ke-nairobi", "market", "");
	struct str t = buf_str(&text);
	draft_record(&d, MARKET, t, EAST + ANN, 0);
	refuse(s, &d, ERR_POLICY, MARKET ": no reviewer has signed it");
	draft_record(&d, MARKET, t, 0, EAST + REV);
	refuse(s, &d, ERR_POLICY, "no author's signature");
	draft_record(&d, MARKET, t, STRANGER, EAST + REV);
	refuse(s, &d, ERR_POLICY, "is not on the roster");
	draft_record(&d, MARKET, t, EAST + BOTH, EAST + BOTH);
	refuse(s, &d, ERR_POLICY, "cannot review what they wrote");
	draft_record(
	    &d, "records/ke-nairobi/news/market/en.md", buf_str(&away), EAST + ANN, EAST + REV);
	refuse(s, &d, ERR_POLICY, "not on the roster of hub east");
	draft_record(&d, "records/tz-arusha/news/market/en.md", t, EAST + ANN, EAST + REV);
	refuse(s, &d, ERR_POLICY, "belongs at");
	draft_record(&d, MARKET, STR("junk\n"), EAST + ANN, EAST + REV);
	refuse(s, &d, ERR_POLICY, "en.md:1");
	draft_file(&d, "notes.txt", STR("x"));
	refuse(s, &d, ERR_POLICY, "notes.txt");
	/* One bad record among good ones: the whole entry stays out. */
	draft_news(&d, EAST, "ke-mombasa", "school", "");
	draft_record(&d, MARKET, t, EAST + ANN, 0);
	refuse(s, &d, ERR_POLICY, "no reviewer");
	draft_record(&d, MARKET, t, EAST + ANN, EAST + REV); /* the control */
	take(s, &d);
	sound(s);
	buf_release(&text);
	buf_release(&away);
	store_close(s);
}

static void revisions(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	char lines[200];
	(void)state;
	struct buf one = news("ke-mombasa", "market", "");
	snprintf(lines, sizeof lines, "%s", following(buf_str(&one), 2));
	struct buf two = news("ke-mombasa", "market", lines);
	struct buf gap = news("ke-mombasa", "market", following(buf_str(&one), 3));
	struct buf other = news("ke-mombasa", "market", following(STR("something else"), 2));
	struct buf again = news("ke-mombasa", "market", "themes: [youth]\n");
	draft_record(&d, MARKET, buf_str(&one), EAST + ANN, EAST + REV);
	take(s, &d);
	draft_record(&d, MARKET, buf_str(&one), EAST + ANN, EAST + REV);
	refuse(s, &d, ERR_EXISTS, "published already");
	draft_record(&d, MARKET, buf_str(&gap), EAST + ANN, EAST + REV);
	refuse(s, &d, ERR_CHAIN, "the next is 'revision: 2'");
	draft_record(&d, MARKET, buf_str(&other), EAST + ANN, EAST + REV);
	refuse(s, &d, ERR_CHAIN, "the next is 'revision: 2'");
	draft_record(&d, MARKET, buf_str(&again), EAST + ANN, EAST + REV);
	refuse(s, &d, ERR_CHAIN, "the next is 'revision: 2'");
	draft_delete(&d, MARKET);
	refuse(s, &d, ERR_POLICY, "withdraw the record instead");
	draft_record(&d, MARKET, buf_str(&two), EAST + ANN, EAST + REV);
	take(s, &d);
	buf_release(&one);
	buf_release(&two);
	buf_release(&gap);
	buf_release(&other);
	buf_release(&again);
	store_close(s);
}

static void signatures_come_with_what_they_sign(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	(void)state;
	draft_news(&d, EAST, "ke-mombasa", "market", "");
	take(s, &d);
	draft_file(&d, MARKET ".sig", STR("x"));
	refuse(s, &d, ERR_POLICY, "together with what it signs");
	draft_file(&d, MARKET ".rev", STR("x"));
	refuse(s, &d, ERR_POLICY, "together with what it signs");
	draft_delete(&d, MARKET ".rev");
	refuse(s, &d, ERR_POLICY, "together with what it signs");
	draft_file(&d, "roster.md.steward-1.sig", STR("x"));
	refuse(s, &d, ERR_POLICY, "together with what it signs");
	draft_delete(&d, "roster.md.steward-1.sig");
	refuse(s, &d, ERR_POLICY, "together with what it signs");
	store_close(s);
}

static void rosters(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	(void)state;
	draft_roster(&d, roster_head("east", EAST, 3), EAST);
	refuse(s, &d, ERR_CHAIN, "version 3 cannot follow version 1");
	draft_roster(&d, roster_head("east", EAST, 1), EAST);
	refuse(s, &d, ERR_CHAIN, "version 1 cannot follow version 1");
	draft_roster(&d, roster_head("east", EAST, 2), WEST); /* another hub's steward */
	refuse(s, &d, ERR_SIGNATURE, "0 of the 1 steward signatures");
	draft_roster(&d, roster_head("west", EAST, 2), EAST);
	refuse(s, &d, ERR_POLICY, "roster is that of hub west");
	struct buf text = roster_text(roster_head("east", EAST, 2));
	draft_file(&d, "roster.md", buf_str(&text));
	refuse(s, &d, ERR_SIGNATURE, "0 of the 1 steward signatures");
	draft_file(&d, "roster.md", STR("junk\n"));
	refuse(s, &d, ERR_SYNTAX, "roster.md:1");
	draft_delete(&d, "roster.md");
	refuse(s, &d, ERR_POLICY, "cannot be without its roster");
	draft_roster(&d, roster_head("east", EAST, 2), EAST);
	take(s, &d);
	buf_release(&text);
	store_close(s);
}

/* Two stewards of whom one is enough: the other's signature of the roster before would spoil the
 * one that follows it. */
static void a_signature_goes_with_what_it_signed(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	struct policy p;
	struct err err = {0};
	(void)state;
	json_t *head = charter_next(buf_str(&charter_one), 2);
	json_array_append_new(
	    json_object_get(json_array_get(json_object_get(head, "hubs"), 1), "stewards"),
	    holder("steward-2", 0x57));
	adopt(s, head);
	struct buf text = roster_text(roster_head("east", EAST, 2));
	struct buf armor = signed_by(0x57, "belfry-roster", network.text, buf_str(&text));
	for (int deletes = 0; deletes < 2; deletes++) {
		draft_file(&d, "roster.md", buf_str(&text));
		draft_file(&d, "roster.md.steward-2.sig", buf_str(&armor));
		if (deletes) {
			draft_delete(&d, "roster.md.steward-1.sig");
			take(s, &d);
		} else {
			refuse(s, &d, ERR_POLICY,
			    "roster.md.steward-1.sig, which is there, signs another roster");
		}
	}
	good(own_policy(&p, s, &err), &err);
	assert_non_null(p.roster);
	assert_int_equal(p.roster->version, 2);
	buf_release(&text);
	buf_release(&armor);
	store_close(s);
}

static void who_is_enrolled_now_publishes_in_the_next_entry(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	(void)state;
	json_t *roster = roster_head("east", EAST, 2);
	json_array_append_new(
	    json_object_get(roster, "members"), member_head("new", 0x55, "author", NULL, NULL));
	struct buf text = news("ke-mombasa", "market", "");
	draft_roster(&d, json_deep_copy(roster), EAST);
	draft_record(&d, MARKET, buf_str(&text), 0x55, EAST + REV);
	refuse(s, &d, ERR_POLICY, "is not on the roster");
	draft_roster(&d, roster, EAST);
	take(s, &d);
	draft_record(&d, MARKET, buf_str(&text), 0x55, EAST + REV);
	take(s, &d);
	buf_release(&text);
	store_close(s);
}

static void only_hubs_publish(void **state)
{
	struct store *edge = store_new("edge", NULL, 0), *odd = store_new("odd", "north", 0x50);
	struct store *fresh = store_new("fresh", "east", EAST);
	struct draft d = {.n = 0};
	(void)state;
	draft_news(&d, EAST, "ke-mombasa", "market", "");
	refuse(edge, &d, ERR_POLICY, "not a hub");
	draft_news(&d, EAST, "ke-mombasa", "market", "");
	refuse(odd, &d, ERR_POLICY, "waits to be admitted");
	draft_news(&d, EAST, "ke-mombasa", "market", "");
	refuse(fresh, &d, ERR_POLICY, "no roster in the entry before");
	store_close(edge);
	store_close(odd);
	store_close(fresh);
}

/* --- as operations --- */

static int run(struct store *s, json_t *request, json_t **reply, struct err *err)
{
	int bad = op_run(s, request, T0 + 9999, reply, err);
	if (bad && *reply)
		fail_msg("a refusal has a reply");
	json_decref(request);
	return bad;
}

static json_t *append_request(const struct draft *d)
{
	json_t *files = json_array();
	for (size_t i = 0; i < d->n; i++)
		json_array_append_new(files,
		    json_pack("{s:o, s:o}", "path", json_from(d->changes[i].path), "content",
			d->changes[i].is_delete ? json_null() : json_from(d->changes[i].content)));
	return json_pack("{s:s, s:o}", "op", "append", "files", files);
}

static void operations(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	struct err err = {0};
	json_t *reply;
	(void)state;
	draft_news(&d, EAST, "ke-mombasa", "market", "");
	good(run(s, append_request(&d), &reply, &err), &err);
	assert_int_equal(json_get_int(reply, "seq"), 2);
	assert_true(str_is(json_get_text(reply, "hub"), "east"));
	assert_true(str_is(
	    json_get_text(reply, "commit"), oid_hex(&store_journal(s, "east")->head.id).text));
	json_decref(reply);
	refused(run(s, append_request(&d), &reply, &err), ERR_EXISTS, &err, "published already");
	d.n = 0;
	refused(run(s, append_request(&d), &reply, &err), ERR_LIMIT, &err, "1 to 256 files");
	draft_delete(&d, MARKET);
	refused(run(s, append_request(&d), &reply, &err), ERR_POLICY, &err, "withdraw");
	refused(run(s, json_pack("{s:s}", "op", "dance"), &reply, &err), ERR_SYNTAX, &err, "dance");
	refused(run(s, json_object(), &reply, &err), ERR_SYNTAX, &err, "operation");
	refused(run(s, json_array(), &reply, &err), ERR_SYNTAX, &err, "operation");
	refused(run(s, json_pack("{s:s, s:s}", "op", "append", "files", "x"), &reply, &err),
	    ERR_LIMIT, &err, "");
	refused(run(s, json_pack("{s:s, s:[i]}", "op", "append", "files", 1), &reply, &err),
	    ERR_SYNTAX, &err, "no place for a file");
	refused(run(s, json_pack("{s:s, s:s}", "op", "charter", "bundle", "!"), &reply, &err),
	    ERR_SYNTAX, &err, "base64");
	refused(run(s, json_pack("{s:s, s:s}", "op", "charter", "bundle", "AAAA"), &reply, &err),
	    ERR_SYNTAX, &err, "grammar");
	refused(
	    run(s, json_pack("{s:s, s:s, s:s}", "op", "config", "key", "core.pager", "value", "x"),
		&reply, &err),
	    ERR_SYNTAX, &err, "own settings");
	good(run(s,
		 json_pack("{s:s, s:s, s:s}", "op", "config", "key", "belfry.member", "value", "x"),
		 &reply, &err),
	    &err);
	json_decref(reply);
	good(run(s, json_pack("{s:s, s:s, s:n}", "op", "config", "key", "belfry.member", "value"),
		 &reply, &err),
	    &err);
	json_decref(reply);
	arena_clear(&d.arena);
	store_close(s);
}

static void a_charter_as_an_operation(void **state)
{
	struct store *s = east_new();
	struct bundle *b = bundle_new(charter_next(buf_str(&charter_one), 2), network.text, "\x01");
	struct buf bytes = BUF_INIT, text = BUF_INIT;
	struct err err = {0};
	json_t *reply;
	(void)state;
	charter_bundle_write(&bytes, &b->files);
	buf_base64(&text, buf_str(&bytes));
	good(run(s, json_pack("{s:s, s:s}", "op", "charter", "bundle", text.ptr), &reply, &err),
	    &err);
	assert_int_equal(json_get_int(reply, "version"), 2);
	json_decref(reply);
	bundle_free(b);
	buf_release(&bytes);
	buf_release(&text);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(records),
	    TEST(revisions),
	    TEST(signatures_come_with_what_they_sign),
	    TEST(rosters),
	    TEST(a_signature_goes_with_what_it_signed),
	    TEST(who_is_enrolled_now_publishes_in_the_next_entry),
	    TEST(only_hubs_publish),
	    TEST(operations),
	    TEST(a_charter_as_an_operation),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
