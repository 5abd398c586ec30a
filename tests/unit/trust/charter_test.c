/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static void parse(struct charter **out, json_t *head)
{
	struct buf text = charter_text(head);
	struct err err = {0};
	if (charter_parse(out, buf_str(&text), "charter.md", &err))
		fail_msg("%s", err.msg);
	buf_release(&text);
}

static void parse_fails(json_t *head, enum err_code code, const char *says)
{
	struct buf text = charter_text(head);
	struct charter *c;
	struct err err = {0};
	assert_int_equal(charter_parse(&c, buf_str(&text), "charter.md", &err), code);
	assert_null(c);
	if (!strstr(err.msg, says))
		fail_msg("\"%s\" does not say \"%s\"", err.msg, says);
	buf_release(&text);
}

static json_t *hub_at(json_t *head, size_t i)
{
	return json_array_get(json_object_get(head, "hubs"), i);
}

static void values_are_read(void **state)
{
	struct charter *c;
	(void)state;
	parse(&c, charter_head());
	assert_int_equal(c->version, 1);
	assert_int_equal(c->time, 1767225600);
	assert_int_equal(c->threshold, 1);
	assert_false(c->review_optional);
	assert_int_equal(c->nhubs, 3);
	const struct charter_hub *east = charter_hub(c, "east");
	assert_string_equal(east->region, "east-southern-africa");
	assert_true(public_key_eq(&east->journal, signer_key(key_of(EAST))));
	assert_true(public_key_eq(&east->stewards[0].key, signer_key(key_of(EAST + STEWARD))));
	assert_null(charter_hub(c, "north"));
	assert_true(charter_has_term(c, "themes", STR("gender")));
	assert_false(charter_has_term(c, "themes", STR("sports")));
	assert_false(charter_has_term(c, "audiences", STR("gender")));
	charter_free(c);
}

static void lists_without_doubles(void **state)
{
	json_t *head;
	(void)state;
	json_array_append_new(
	    json_object_get(head = charter_head(), "central"), holder("central-1", 2));
	parse_fails(head, ERR_SCHEMA, "central-1 stands twice");
	json_array_append_new(
	    json_object_get(head = charter_head(), "central"), holder("other", CENTRAL));
	parse_fails(head, ERR_SCHEMA, "same key as central-1");
	json_array_append_new(
	    json_object_get(head = charter_head(), "hubs"), hub_head("east", "global", 0x40));
	parse_fails(head, ERR_SCHEMA, "hub east stands twice");
	json_t *north = hub_head("north", "global", 0x40); /* the link key is another */
	json_object_set_new(north, "journal", key_json(EAST));
	json_array_append_new(json_object_get(head = charter_head(), "hubs"), north);
	parse_fails(head, ERR_SCHEMA, "hubs east and north share a key");
	north = hub_head("north", "global", 0x40); /* and here the journal key is */
	head = charter_head();
	json_object_set(north, "link", json_object_get(hub_at(head, 1), "link"));
	json_array_append_new(json_object_get(head, "hubs"), north);
	parse_fails(head, ERR_SCHEMA, "hubs east and north share a key");
}

static json_t *token_key(unsigned byte, const char *application)
{
	struct public_key k = *signer_key(key_of(byte));
	struct buf line = BUF_INIT;
	assert_true(public_key_set_application(&k, str_from(application)));
	public_key_write(&line, &k);
	json_t *v = json_from(buf_str(&line));
	buf_release(&line);
	return v;
}

/* Tokens sign for people: central team and stewards. A hub signs its journal by itself. */
static void tokens_are_for_people(void **state)
{
	struct charter *c;
	json_t *head = charter_head(), *steward;
	(void)state;
	json_object_set_new(
	    json_array_get(json_object_get(head, "central"), 0), "key", token_key(CENTRAL, "ssh:"));
	steward = json_array_get(json_object_get(hub_at(head, 1), "stewards"), 0);
	json_object_set_new(
	    steward, "key", token_key(EAST + STEWARD, "ssh:123456789012345678901234567"));
	parse(&c, head);
	assert_string_equal(c->central[0].key.application, "ssh:");
	assert_int_equal(strlen(charter_hub(c, "east")->stewards[0].key.application), 31);
	charter_free(c);

	json_object_set_new(hub_at(head = charter_head(), 1), "journal", token_key(EAST, "ssh:"));
	parse_fails(head, ERR_SCHEMA, "so no FIDO token can");
}

static void numbers_agree(void **state)
{
	json_t *head;
	(void)state;
	json_object_set_new(head = charter_head(), "threshold", json_integer(2));
	parse_fails(head, ERR_SCHEMA, "threshold 2");
	json_object_set_new(hub_at(head = charter_head(), 1), "steward_threshold", json_integer(2));
	parse_fails(head, ERR_SCHEMA, "steward_threshold 2");
	json_object_set_new(hub_at(head = charter_head(), 1), "region", json_string("atlantis"));
	parse_fails(head, ERR_SCHEMA, "atlantis");
	json_object_set_new(head = charter_head(), "version", json_integer(2));
	parse_fails(head, ERR_CHAIN, "previous");
	head = charter_next(STR("x"), 1);
	parse_fails(head, ERR_CHAIN, "previous");
	json_object_set_new(head = charter_head(), "belfry", json_string("charter/2"));
	parse_fails(head, ERR_SCHEMA, "charter/1");
	json_object_set_new(head = charter_head(), "surprise", json_string("x"));
	parse_fails(head, ERR_SCHEMA, "surprise");
	json_object_set_new(head = charter_head(), "time", json_string("1969-12-31T23:59:59Z"));
	parse_fails(head, ERR_SCHEMA, "time");
	json_object_set_new(
	    head = charter_head(), "time", json_string("2026-01-01T00:00:00+01:00"));
	parse_fails(head, ERR_SCHEMA, "time");
}

/* Small-order point: it would verify any signature (trust/key.h). */
static void unsafe_keys_are_refused(void **state)
{
	json_t *head = charter_head();
	(void)state;
	json_object_set_new(hub_at(head, 0), "journal",
	    json_string("ssh-ed25519 "
			"AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
	parse_fails(head, ERR_SIGNATURE, "hub central");
}

static void only_canonical_bytes(void **state)
{
	struct buf text = charter_text(charter_head());
	struct charter *c;
	struct err err = {0};
	(void)state;
	assert_int_equal(charter_parse(&c, buf_str(&text), "charter.md", &err), 0);
	charter_free(c);
	buf_putc(&text, '\n');
	assert_int_equal(charter_parse(&c, buf_str(&text), "charter.md", &err), ERR_SYNTAX);
	assert_non_null(strstr(err.msg, "canonical"));
	buf_release(&text);
}

/* --- succession --- */

struct signatures {
	struct named_signature list[8];
	struct buf armor[8];
	size_t n;
};

static void sign(
    struct signatures *s, const char *id, unsigned byte, const char *network, struct str text)
{
	s->armor[s->n] = signed_by(byte, "belfry-charter", network, text);
	s->list[s->n] = (struct named_signature){str_from(id), buf_str(&s->armor[s->n])};
	s->n++;
}

static void signatures_release(struct signatures *s)
{
	while (s->n)
		buf_release(&s->armor[--s->n]);
}

/* What charter_check says of `head` after `before`, signed by the keys in `bytes`. */
static int check(json_t *head, const struct charter *before, const char *network, const char *bytes,
    struct err *err)
{
	struct signatures s = {.n = 0};
	struct charter *c;
	parse(&c, head);
	for (; *bytes; bytes++) {
		char id[32];
		snprintf(id, sizeof id, "key-%d", *bytes);
		sign(&s, id, (unsigned char)*bytes, network, buf_str(&c->source));
	}
	err->code = ERR_NONE;
	int bad = charter_check(c, before, network, s.list, s.n, err);
	signatures_release(&s);
	charter_free(c);
	return bad;
}

static void a_first_version_is_the_network(void **state)
{
	struct buf text = charter_text(charter_head());
	struct sha256_hex network = network_of(buf_str(&text)), other = network;
	struct err err;
	(void)state;
	other.text[0] = other.text[0] == '0' ? '1' : '0';
	assert_int_equal(check(charter_head(), NULL, network.text, "\x01", &err), 0);
	assert_int_equal(check(charter_head(), NULL, network.text, "", &err), ERR_SIGNATURE);
	assert_int_equal(check(charter_head(), NULL, network.text, "\x7e", &err), ERR_SIGNATURE);
	assert_int_equal(check(charter_head(), NULL, other.text, "\x01", &err), ERR_NETWORK);
	assert_int_equal(
	    check(charter_next(buf_str(&text), 2), NULL, network.text, "\x01", &err), ERR_CHAIN);
	buf_release(&text);
}

static void a_version_follows_the_one_before(void **state)
{
	struct charter *one;
	struct err err;
	(void)state;
	parse(&one, charter_head());
	struct str text = buf_str(&one->source);
	struct sha256_hex network = sha256_hex(&one->hash);
	assert_int_equal(check(charter_next(text, 2), one, network.text, "\x01", &err), 0);
	assert_int_equal(check(charter_next(text, 3), one, network.text, "\x01", &err), ERR_CHAIN);
	assert_int_equal(
	    check(charter_next(STR("other"), 2), one, network.text, "\x01", &err), ERR_CHAIN);
	assert_int_equal(check(charter_head(), one, network.text, "\x01", &err), ERR_CHAIN);
	charter_free(one);
}

static void set_base(json_t *hub, int charter, int seq)
{
	char commit[41], content[65];
	snprintf(commit, sizeof commit, "%040d", seq);
	snprintf(content, sizeof content, "%064d", seq);
	json_object_set_new(hub, "base",
	    json_pack("{s:i, s:i, s:s, s:s}", "charter", charter, "seq", seq, "commit", commit,
		"content", content));
}

/* What version 2 may say of hub east, whose journal version 1 leaves as `before` has it. */
static void a_journal_key_goes_only_at_a_base(void **state)
{
	struct charter *one, *two;
	struct err err = {0};
	(void)state;
	parse(&one, charter_head());
	struct sha256_hex network = sha256_hex(&one->hash);
	struct str text = buf_str(&one->source);
	json_t *head = charter_next(text, 2), *east = hub_at(head, 1);
	json_object_set_new(east, "journal", key_json(0x60));
	assert_int_equal(check(json_incref(head), one, network.text, "\x01", &err), ERR_CHAIN);
	assert_non_null(strstr(err.msg, "hub east has a new journal key"));
	set_base(east, 1, 7);
	assert_int_equal(check(json_incref(head), one, network.text, "\x01", &err), ERR_CHAIN);
	assert_non_null(strstr(err.msg, "names charter version 2, its own, not 1"));
	set_base(east, 2, 7);
	assert_int_equal(check(json_incref(head), one, network.text, "\x01", &err), 0);
	parse(&two, head);
	assert_int_equal(charter_hub(two, "east")->base.seq, 7);

	static const struct {
		int charter, seq; /* of east's base in version 3; 0: none */
		bool is_closed;
		unsigned key; /* 0: as before */
		const char *says; /* NULL: good */
	} cases[] = {
	    {2, 7, false, 0, NULL},
	    {3, 9, false, 0, NULL},
	    {3, 5, false, 0x61, NULL}, /* it may go back further */
	    {3, 9, true, 0, NULL},
	    {0, 0, false, 0, "its base of version 2 stays"},
	    {2, 8, false, 0, "names charter version 3"}, /* the old one, bent */
	    {2, 7, false, 0x61, "has a new journal key"},
	    {2, 7, true, 0, "is closed: a new 'base'"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		head = charter_next(buf_str(&two->source), 3);
		east = hub_at(head, 1);
		json_object_set_new(east, "journal", key_json(cases[i].key ? cases[i].key : 0x60));
		if (cases[i].charter)
			set_base(east, cases[i].charter, cases[i].seq);
		if (cases[i].is_closed)
			json_object_set_new(east, "state", json_string("closed"));
		int got = check(head, two, network.text, "\x01", &err);
		if (got != (cases[i].says ? ERR_CHAIN : 0) ||
		    (got && !strstr(err.msg, cases[i].says)))
			fail_msg("case %zu: %d %s", i, got, err.msg);
	}
	/* Each part of a base counts. */
	static const char *const parts[] = {"seq", "commit", "content"};
	for (size_t i = 0; i < 3; i++) {
		head = charter_next(buf_str(&two->source), 3);
		east = hub_at(head, 1);
		json_object_set_new(east, "journal", key_json(0x60));
		set_base(east, 2, 7);
		json_t *other = json_deep_copy(json_object_get(east, "base"));
		set_base(east, 2, 8);
		json_object_set(
		    other, parts[i], json_object_get(json_object_get(east, "base"), parts[i]));
		json_object_set_new(east, "base", other);
		assert_int_equal(check(head, two, network.text, "\x01", &err), ERR_CHAIN);
	}
	head = charter_next(text, 2);
	json_array_remove(json_object_get(head, "hubs"), 2);
	assert_int_equal(check(head, one, network.text, "\x01", &err), ERR_CHAIN);
	assert_non_null(strstr(err.msg, "leaves out hub west"));
	json_object_set_new(hub_at(head = charter_head(), 1), "state", json_string("closed"));
	parse_fails(head, ERR_SCHEMA, "hub east is closed: 'base' must say");
	charter_free(two);
	charter_free(one);
}

static json_t *denying(const char *fingerprint)
{
	json_t *head = charter_head();
	json_object_set_new(head, "denied",
	    json_pack("[{s:s, s:s}]", "id", fingerprint, "reason", "stolen on a train"));
	return head;
}

static void a_denied_key_has_no_part(void **state)
{
	static const unsigned bytes[] = {CENTRAL, EAST, EAST + STEWARD};
	struct charter *c;
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct buf print = BUF_INIT;
		public_key_fingerprint(&print, signer_key(key_of(bytes[i])));
		parse_fails(denying(print.ptr), ERR_SCHEMA, "is denied by this charter: stolen on");
		if (i) { /* a hub that is closed may keep its own as they were */
			json_t *head = denying(print.ptr);
			set_base(hub_at(head, 1), 1, 7);
			json_object_set_new(hub_at(head, 1), "state", json_string("closed"));
			parse(&c, head);
			assert_string_equal(
			    charter_denies(c, signer_key(key_of(bytes[i]))), "stolen on a train");
			assert_null(charter_denies(c, signer_key(key_of(WEST))));
			charter_free(c);
		}
		buf_release(&print);
	}
	parse_fails(denying("SHA256:short"), ERR_SCHEMA, "SHA256:short");
}

static void both_thresholds_count(void **state)
{
	struct charter *one;
	struct err err;
	(void)state;
	json_t *head = charter_head();
	json_array_append_new(json_object_get(head, "central"), holder("central-2", 2));
	json_object_set_new(head, "threshold", json_integer(2));
	parse(&one, head);
	struct str text = buf_str(&one->source);
	struct sha256_hex network = sha256_hex(&one->hash);
	/* Version 2 has other keys: 2 and 3, two of them must sign. */
	static const struct {
		const char *keys;
		int result;
	} cases[] = {
	    {"\x01\x02\x03", 0}, {"\x02\x03", ERR_SIGNATURE}, /* one of version 1's */
	    {"\x01\x02", ERR_SIGNATURE}, /* one of version 2's */
	    {"\x01\x01\x03", ERR_SIGNATURE}, /* twice is once */
	    {"\x03\x03\x03", ERR_SIGNATURE},
	    {"\x01\x02\x03\x7e", 0}, /* a good signature that counts for nobody */
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		head = charter_next(text, 2);
		json_object_set_new(
		    head, "central", json_pack("[o,o]", holder("b", 2), holder("c", 3)));
		json_object_set_new(head, "threshold", json_integer(2));
		int got = check(head, one, network.text, cases[i].keys, &err);
		if (got != cases[i].result)
			fail_msg("case %zu: %d %s", i, got, err.msg);
	}
	charter_free(one);
}

/* Charter version 1 of these tests was made on 2026-01-01. */
static void expiry_is_told_and_no_more(void **state)
{
	enum { DAY = 86400, MADE = 1767225600 };
	struct charter *c;
	struct buf text = BUF_INIT;
	json_t *head = charter_head();
	(void)state;
	parse(&c, head);
	assert_false(charter_is_expired(c, INT64_MAX)); /* it never does */
	charter_notice(&text, c, MADE + 5000 * (int64_t)DAY);
	assert_int_equal(text.len, 0);
	charter_free(c);
	json_object_set_new(head = charter_head(), "expires", json_string("2026-01-01T00:00:00Z"));
	parse_fails(head, ERR_SCHEMA, "expires 2026-01-01T00:00:00Z: it must be after");
	json_object_set_new(head = charter_head(), "expires", json_string("2026-04-11T00:00:00Z"));
	parse(&c, head);
	static const struct {
		int64_t days;
		bool is_expired;
		const char *says;
	} cases[] = {{0, false, ""}, {69, false, ""}, {70, false, "expires on 2026-04-11"},
	    {99, false, "expires on"}, {100, true, "expired on 2026-04-11. All goes on"},
	    {4000, true, "expired on"}, {-2, false, "clock is behind"},
	    {-20000, false, "clock is behind"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t now = MADE + cases[i].days * DAY;
		buf_reset(&text);
		charter_notice(&text, c, now);
		if (charter_is_expired(c, now) != cases[i].is_expired ||
		    !strstr(text.ptr, cases[i].says) || (!*cases[i].says && text.len))
			fail_msg("day %d: %s", (int)cases[i].days, text.ptr);
	}
	buf_release(&text);
	charter_free(c);
}

static void a_tally_names_who_is_missing(void **state)
{
	struct charter *c;
	struct charter_tally t;
	struct signatures s = {.n = 0};
	struct err err = {0};
	(void)state;
	json_t *head = charter_head();
	json_array_append_new(json_object_get(head, "central"), holder("bo", 2));
	json_array_append_new(json_object_get(head, "central"), holder("cy", 3));
	json_object_set_new(head, "threshold", json_integer(2));
	parse(&c, head);
	struct sha256_hex network = sha256_hex(&c->hash);
	sign(&s, "bo", 2, network.text, buf_str(&c->source));
	sign(&s, "cy", 2, network.text, buf_str(&c->source)); /* the same key again */
	sign(&s, "eve", STRANGER, network.text, buf_str(&c->source));
	assert_int_equal(charter_tally(&t, c, c, network.text, s.list, s.n, &err), 0);
	assert_int_equal(t.wanted, 2);
	assert_int_equal(t.given, 1);
	assert_int_equal(t.nmissing, 2);
	assert_string_equal(t.missing[0], "central-1");
	assert_string_equal(t.missing[1], "cy");
	assert_int_equal(charter_check(c, NULL, network.text, s.list, s.n, &err), ERR_SIGNATURE);
	assert_non_null(strstr(err.msg, "without one: central-1, cy"));
	signatures_release(&s);
	charter_free(c);
}

/* What a person edits need not be canonical; what comes of it is. */
static void edited_text_is_taken(void **state)
{
	struct buf text = charter_text(charter_head()), rough = BUF_INIT, body = BUF_INIT,
		   again = BUF_INIT;
	struct err err = {0};
	json_t *head;
	(void)state;
	buf_puts(&rough, "---\n# a remark\n");
	buf_add(&rough, str_sub(buf_str(&text), 4, text.len));
	assert_int_equal(charter_read_edited(&head, &body, buf_str(&rough), "x.md", &err), 0);
	charter_write(&again, head, buf_str(&body));
	assert_true(str_eq(buf_str(&text), buf_str(&again)));
	json_decref(head);
	buf_reset(&rough);
	buf_puts(&rough, "---\nthreshold: many\n---\n");
	assert_int_equal(
	    charter_read_edited(&head, &body, buf_str(&rough), "x.md", &err), ERR_SCHEMA);
	assert_null(head);
	assert_non_null(strstr(err.msg, "x.md:2:"));
	buf_release(&text);
	buf_release(&rough);
	buf_release(&body);
	buf_release(&again);
}

static void signatures_are_bound(void **state)
{
	struct charter *one;
	struct err err = {0};
	struct signatures s = {.n = 0};
	(void)state;
	parse(&one, charter_head());
	struct sha256_hex network = sha256_hex(&one->hash), other = network;
	other.text[0] = other.text[0] == '0' ? '1' : '0';
	sign(&s, "central-1", CENTRAL, network.text, buf_str(&one->source));
	assert_int_equal(charter_check(one, NULL, network.text, s.list, 1, &err), 0);
	sign(&s, "central-1", CENTRAL, other.text, buf_str(&one->source));
	assert_int_equal(charter_check(one, NULL, network.text, s.list + 1, 1, &err), ERR_NETWORK);
	sign(&s, "central-1", CENTRAL, network.text, STR("another text"));
	assert_int_equal(
	    charter_check(one, NULL, network.text, s.list + 2, 1, &err), ERR_SIGNATURE);
	/* One bad signature spoils the rest: nobody sends those by accident. */
	assert_int_equal(charter_check(one, NULL, network.text, s.list, 3, &err), ERR_NETWORK);
	/* A signature of the right key for another use. */
	s.armor[s.n] = signed_by(CENTRAL, "belfry-record", network.text, buf_str(&one->source));
	s.list[s.n] = (struct named_signature){STR("central-1"), buf_str(&s.armor[s.n])};
	s.n++;
	assert_int_equal(charter_check(one, NULL, network.text, s.list + 3, 1, &err), ERR_NETWORK);
	struct named_signature garbage = {STR("central-1"), STR("nothing")};
	assert_int_equal(charter_check(one, NULL, network.text, &garbage, 1, &err), ERR_SYNTAX);
	signatures_release(&s);
	charter_free(one);
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
	    cmocka_unit_test(lists_without_doubles),
	    cmocka_unit_test(tokens_are_for_people),
	    cmocka_unit_test(numbers_agree),
	    cmocka_unit_test(unsafe_keys_are_refused),
	    cmocka_unit_test(only_canonical_bytes),
	    cmocka_unit_test(a_first_version_is_the_network),
	    cmocka_unit_test(a_version_follows_the_one_before),
	    cmocka_unit_test(a_journal_key_goes_only_at_a_base),
	    cmocka_unit_test(a_denied_key_has_no_part),
	    cmocka_unit_test(both_thresholds_count),
	    cmocka_unit_test(expiry_is_told_and_no_more),
	    cmocka_unit_test(a_tally_names_who_is_missing),
	    cmocka_unit_test(edited_text_is_taken),
	    cmocka_unit_test(signatures_are_bound),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
