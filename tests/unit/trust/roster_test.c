/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int parse(struct roster **out, json_t *head, struct err *err)
{
	struct buf text = roster_text(head);
	int bad = roster_parse(out, buf_str(&text), "roster.md", err);
	buf_release(&text);
	return bad;
}

static void parse_fails(json_t *head, enum err_code code, const char *says)
{
	struct roster *r;
	struct err err = {0};
	assert_int_equal(parse(&r, head, &err), code);
	assert_null(r);
	if (!strstr(err.msg, says))
		fail_msg("\"%s\" does not say \"%s\"", err.msg, says);
}

static void values_are_read(void **state)
{
	struct roster *r;
	struct err err = {0};
	(void)state;
	json_t *head = roster_head("east", EAST, 7);
	json_array_append_new(json_object_get(head, "members"),
	    member_head("old", 0x70, "author,translator", "ke-mombasa,tz-arusha", "retired"));
	assert_int_equal(parse(&r, head, &err), 0);
	assert_string_equal(r->hub, "east");
	assert_int_equal(r->version, 7);
	assert_int_equal(r->nmembers, 4);
	const struct member *ann = roster_member_by_key(r, signer_key(key_of(EAST + ANN)));
	const struct member *old = roster_member_by_key(r, signer_key(key_of(0x70)));
	assert_string_equal(ann->id, "ann");
	assert_string_equal(old->id, "old");
	assert_true(ann->is_author && !ann->is_reviewer && !ann->is_translator && ann->is_active);
	assert_null(ann->places);
	assert_true(old->is_author && old->is_translator && !old->is_active);
	assert_true(json_has_text(old->places, STR("tz-arusha")));
	assert_false(json_has_text(old->places, STR("sn-dakar")));
	assert_string_equal(roster_member_by_key(r, signer_key(key_of(EAST + REV)))->id, "rev");
	assert_null(roster_member_by_key(r, signer_key(key_of(STRANGER))));
	assert_non_null(roster_city(r, STR("ke-mombasa")));
	assert_null(roster_city(r, STR("ke-momba")));
	roster_free(r);
}

static void an_empty_roster_is_a_roster(void **state)
{
	struct roster *r;
	struct err err = {0};
	(void)state;
	assert_int_equal(
	    parse(&r,
		json_pack("{s:s, s:s, s:i}", "belfry", "roster/1", "hub", "east", "version", 1),
		&err),
	    0);
	assert_int_equal(r->nmembers, 0);
	roster_free(r);
}

static void lists_without_doubles(void **state)
{
	json_t *head;
	(void)state;
	json_array_append_new(json_object_get(head = roster_head("east", EAST, 1), "members"),
	    member_head("ann", 0x70, "author", NULL, NULL));
	parse_fails(head, ERR_SCHEMA, "ann stands twice");
	/* One person under two names could review what they wrote. */
	json_array_append_new(json_object_get(head = roster_head("east", EAST, 1), "members"),
	    member_head("anna", EAST + ANN, "reviewer", NULL, NULL));
	parse_fails(head, ERR_SCHEMA, "same key as ann");
	json_array_append_new(json_object_get(head = roster_head("east", EAST, 1), "cities"),
	    city("ke-mombasa", "global"));
	parse_fails(head, ERR_SCHEMA, "ke-mombasa stands twice");
}

static void fields_are_known(void **state)
{
	json_t *head;
	(void)state;
	json_object_set_new(head = roster_head("east", EAST, 1), "surprise", json_string("x"));
	parse_fails(head, ERR_SCHEMA, "surprise");
	json_object_del(head = roster_head("east", EAST, 1), "hub");
	parse_fails(head, ERR_SCHEMA, "hub");
	json_object_set_new(roster_member_head(head = roster_head("east", EAST, 1), "ann"), "roles",
	    split("emperor"));
	parse_fails(head, ERR_SCHEMA, "roles");
	json_array_append_new(json_object_get(head = roster_head("east", EAST, 1), "cities"),
	    city("mombasa", "global"));
	parse_fails(head, ERR_SCHEMA, "mombasa");
}

/* --- signatures --- */

static struct charter *charter_with(size_t threshold, struct sha256_hex *network)
{
	struct charter *c;
	struct err err = {0};
	json_t *head = charter_head(), *east = json_array_get(json_object_get(head, "hubs"), 1);
	json_array_append_new(json_object_get(east, "stewards"), holder("steward-2", 0x60));
	json_object_set_new(east, "steward_threshold", json_integer((json_int_t)threshold));
	struct buf text = charter_text(head);
	if (charter_parse(&c, buf_str(&text), "charter.md", &err))
		fail_msg("%s", err.msg);
	*network = network_of(buf_str(&text));
	buf_release(&text);
	return c;
}

/* What roster_check says when the keys in `bytes` have signed. */
static int check(const struct charter *c, const char *network, const char *hub, const char *bytes)
{
	struct roster *r;
	struct named_signature list[4];
	struct buf armor[4];
	struct err err = {0};
	size_t n = 0;
	assert_int_equal(parse(&r, roster_head("east", EAST, 1), &err), 0);
	for (; *bytes; bytes++, n++) {
		armor[n] =
		    signed_by((unsigned char)*bytes, "belfry-roster", network, buf_str(&r->source));
		list[n] = (struct named_signature){STR("steward-1"), buf_str(&armor[n])};
	}
	int bad = roster_check(r, c, charter_hub(c, hub), network, list, n, &err);
	while (n)
		buf_release(&armor[--n]);
	roster_free(r);
	return bad;
}

static json_t *one_member(unsigned byte, const char *roles, const char *places, const char *state)
{
	json_t *head = roster_head("east", EAST, 1);
	json_object_set_new(
	    head, "members", json_pack("[o]", member_head("ann", byte, roles, places, state)));
	return head;
}

static void what_somebody_gains(void **state)
{
	struct roster *before, *after;
	struct err err = {0};
	(void)state;
	static const struct {
		unsigned byte;
		const char *roles, *places, *state;
		bool gains;
	} cases[] = {
	    {5, "author", "ke-mombasa,tz-arusha", NULL, false},
	    {5, "author", "ke-mombasa", NULL, false},
	    {5, "author", "ke-mombasa,tz-arusha", "retired", false},
	    {6, "author", "ke-mombasa", "revoked", false}, /* a new key that may do nothing */
	    {6, "author", "ke-mombasa", NULL, true},
	    {5, "author,reviewer", "ke-mombasa", NULL, true},
	    {5, "author,translator", "ke-mombasa", NULL, true},
	    {5, "reviewer", "ke-mombasa", NULL, true},
	    {5, "author", "ke-mombasa,ke-lamu", NULL, true},
	    {5, "author", NULL, NULL, true},
	};
	assert_int_equal(
	    parse(&before, one_member(5, "author", "ke-mombasa,tz-arusha", NULL), &err), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(
		    parse(&after,
			one_member(cases[i].byte, cases[i].roles, cases[i].places, cases[i].state),
			&err),
		    0);
		if ((roster_gains(before, after) != NULL) != cases[i].gains)
			fail_msg("case %zu", i);
		roster_free(after);
	}
	assert_int_equal(parse(&after, one_member(5, "author", NULL, "retired"), &err), 0);
	assert_null(roster_gains(NULL, after));
	assert_ptr_equal(roster_gains(after, before), &before->members[0]); /* back again */
	assert_ptr_equal(roster_gains(NULL, before), &before->members[0]);
	roster_free(after);
	assert_int_equal(parse(&after, one_member(5, "author", NULL, NULL), &err), 0);
	assert_null(roster_gains(after, before)); /* from everywhere to two places */
	roster_free(after);
	roster_free(before);
}

static void stewards_must_sign(void **state)
{
	struct sha256_hex network, other = {{0}};
	struct charter *one = charter_with(1, &network), *two = charter_with(2, &other);
	(void)state;
	assert_int_equal(check(one, network.text, "east", "\x21"), 0);
	assert_int_equal(check(one, network.text, "east", "\x60"), 0);
	assert_int_equal(check(one, network.text, "east", ""), ERR_SIGNATURE);
	assert_int_equal(
	    check(one, network.text, "east", "\x31"), ERR_SIGNATURE); /* west's steward */
	assert_int_equal(
	    check(one, network.text, "east", "\x20"), ERR_SIGNATURE); /* the journal key */
	assert_int_equal(check(one, network.text, "west", "\x31"), ERR_POLICY); /* east's roster */
	assert_int_equal(check(two, other.text, "east", "\x21\x60"), 0);
	assert_int_equal(check(two, other.text, "east", "\x21"), ERR_SIGNATURE);
	assert_int_equal(check(two, other.text, "east", "\x21\x21"), ERR_SIGNATURE);
	charter_free(one);
	charter_free(two);
}

static void signatures_name_use_and_network(void **state)
{
	struct sha256_hex network;
	struct charter *c = charter_with(1, &network);
	struct roster *r;
	struct err err = {0};
	(void)state;
	assert_int_equal(parse(&r, roster_head("east", EAST, 1), &err), 0);
	struct buf use =
	    signed_by(EAST + STEWARD, "belfry-record", network.text, buf_str(&r->source));
	struct buf net = signed_by(EAST + STEWARD, "belfry-roster",
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    buf_str(&r->source));
	struct named_signature a = {STR("steward-1"), buf_str(&use)},
			       b = {STR("steward-1"), buf_str(&net)};
	const struct charter_hub *east = charter_hub(c, "east");
	assert_int_equal(roster_check(r, c, east, network.text, &a, 1, &err), ERR_NETWORK);
	assert_int_equal(roster_check(r, c, east, network.text, &b, 1, &err), ERR_NETWORK);
	buf_release(&use);
	buf_release(&net);
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
	    cmocka_unit_test(values_are_read),
	    cmocka_unit_test(an_empty_roster_is_a_roster),
	    cmocka_unit_test(lists_without_doubles),
	    cmocka_unit_test(fields_are_known),
	    cmocka_unit_test(what_somebody_gains),
	    cmocka_unit_test(stewards_must_sign),
	    cmocka_unit_test(signatures_name_use_and_network),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
