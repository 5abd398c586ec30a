/* SPDX-License-Identifier: Apache-2.0 */
/* What the record itself must be, and how the reason says what it is not. */
#include "world.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_agree),
	    cmocka_unit_test(terms_are_the_charters),
	    cmocka_unit_test(members_only_stays_out),
	    cmocka_unit_test(only_canonical_records),
	    cmocka_unit_test(reasons_are_plain_text),
	    cmocka_unit_test(long_reasons_end_between_letters),
	    cmocka_unit_test(a_signature_file_of_junk),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
