/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct schema_set *set;

static int start(void **state)
{
	(void)state;
	hash_init();
	set = schema_set_builtin();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	schema_set_free(set);
	return 0;
}

#define HEAD                                                                                       \
	"---\ntype: news\nid: a-day\nlang: fr\ntitle: Un jour\nsummary: Ce qui s'est dit\n"        \
	"place: ke-mombasa\ndate: \"2024-05-02\"\nthemes: [youth]\naudiences: [public]\n"

static void good(const char *text)
{
	struct record r;
	struct err err;
	if (record_parse(&r, str_from(text), "f", set, NULL, &err))
		fail_msg("%s in\n%s", err.msg, text);
	record_release(&r);
}

static void bad(const char *text, const char *says)
{
	struct record r;
	struct err err;
	struct problems p = {0};
	char first[600];
	int code = record_parse(&r, str_from(text), "f", set, &p, &err);
	if (!code || !strstr(err.msg, says))
		fail_msg("wanted '%s', got '%s' for\n%s", says, code ? err.msg : "no error", text);
	assert_true(p.len > 0);
	snprintf(first, sizeof first, "f:%u:%u: %s", p.items[0].line, p.items[0].column,
	    p.items[0].text);
	assert_string_equal(first, err.msg);
	assert_null(r.head);
	assert_int_equal(r.source.len, 0);
	problems_release(&p);
	record_release(&r);
}

static void fields(void **state)
{
	(void)state;
	static const char text[] = HEAD "revision: 1\n---\n## Ici\n\nTexte.\n";
	struct record r;
	struct err err;
	struct buf path = BUF_INIT;
	assert_int_equal(record_parse(&r, str_from(text), "f", set, NULL, &err), 0);
	assert_true(str_eq(buf_str(&r.source), str_from(text)));
	assert_true(str_is(r.body, "## Ici\n\nTexte.\n"));
	assert_true(r.body.ptr > r.source.ptr && r.body.ptr < r.source.ptr + r.source.len);
	assert_true(str_is(r.type, "news") && str_is(r.id, "a-day") && str_is(r.lang, "fr"));
	assert_true(str_is(r.place, "ke-mombasa") && str_is(r.title, "Un jour"));
	assert_true(str_is(r.date, "2024-05-02") && str_is(r.status, "current"));
	assert_true(str_is(r.audience, "public") && r.revision == 1);
	struct sha256 h = sha256(str_from(text));
	struct sha256 own = record_hash(&r);
	assert_true(sha256_eq(&h, &own));
	record_path(&path, &r);
	assert_string_equal(path.ptr, "records/ke-mombasa/news/a-day/fr.md");
	buf_release(&path);
	record_release(&r);
}

#define HASH "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void ties(void **state)
{
	(void)state;
	good(HEAD "revision: 2\nprevious: [\"" HASH "\"]\n---\n");
	bad(HEAD "revision: 2\n---\n", "f:11:11: a revision after the first needs 'previous'");
	bad(HEAD "revision: 1\nprevious: [\"" HASH "\"]\n---\n",
	    "f:12:11: revision 1 follows nothing");
	bad(HEAD "revision: 0\n---\n", "'revision' is 0; the least is 1");
	good(HEAD "status: withdrawn\nreason: doubled\nrevision: 1\n---\n");
	bad(HEAD "status: withdrawn\nrevision: 1\n---\n", "a withdrawn record needs a 'reason'");
	bad(HEAD "reason: doubled\nrevision: 1\n---\n", "'reason' is for records with");
	bad(HEAD "status: current\nreason: doubled\nrevision: 1\n---\n",
	    "'reason' is for records with");
	good(HEAD "revision: 1\ntranslation: {of: en, revision: 1, method: human}\n---\n");
	bad(HEAD "revision: 1\ntranslation: {of: fr, revision: 1, method: human}\n---\n",
	    "f:12:19: a text cannot be a translation of its own language");
	bad("---\ntype: case-study\nid: a\nlang: en\ntitle: T\nsummary: S\nplace: p\nthemes: [x]\n"
	    "audiences: [mayors]\nstarted: \"2024-05\"\nended: \"2023\"\nrevision: 1\n---\n",
	    "f:11:8: 'ended' is before 'started'");
	good("---\ntype: case-study\nid: a\nlang: en\ntitle: T\nsummary: S\nplace: p\nthemes: [x]\n"
	     "audiences: [mayors]\nstarted: \"2024-05\"\nended: \"2024\"\nrevision: 1\n---\n");
	bad("---\ntype: event\nid: a\nlang: en\ntitle: T\nsummary: S\nplace: p\nthemes: [x]\n"
	    "audiences: [mayors]\nstarts: \"2025-01-01\"\nends: \"2024-12-31\"\nrevision: 1\n---\n",
	    "f:11:7: 'ends' is before 'starts'");
	bad("---\ntype: support-call\nid: a\nlang: en\ntitle: T\nsummary: S\nplace: p\n"
	    "themes: [x]\naudiences: [mayors]\nopens: \"2025-02\"\ncloses: \"2025-01-31\"\n"
	    "revision: 1\n---\n",
	    "f:11:9: 'closes' is before 'opens'");
	bad("---\nid: x\n---\n", "f:2:1: 'type' is missing");
	bad("---\ntype: neews\n---\n",
	    "f:2:7: there is no record type 'neews'; there are: body, case-study, ");
	bad("---\ntype: common\n---\n", "there is no record type 'common'");
	bad("---\ntype: [a]\n---\n", "'type' is missing");
	bad("---\ntype: news\nid: ../../etc\nlang: french\n---\n", "f:2:1: 'audiences' is missing");
}

static void form(void **state)
{
	(void)state;
	bad(HEAD "revision: 1 # note\n---\n",
	    "f:11:1: not in canonical form; from here on it is 'revision: 1'; run `belfry fmt`");
	bad(HEAD "revision: 1\n---\ntext", "f:13:1: not in canonical form");
	bad(HEAD "revision: 1\n---\n\ntext\n", "f:13:1: not in canonical form");
	bad(HEAD "revision: 1\n---\ntext\n\n", "f:14:1: not in canonical form");
	bad(HEAD "revision: 1\n---\r\n", "U+000D");
	bad("---\nid: x\ntype: news\n---\n", "is missing");
	struct buf large = BUF_INIT;
	buf_puts(&large, HEAD "revision: 1\n---\n");
	while (large.len <= RECORD_BYTES_MAX)
		buf_puts(&large, "text\n");
	bad(large.ptr, "bytes; at most 65536 are allowed");
	buf_release(&large);
}

static void headings(void **state)
{
	(void)state;
	bad(HEAD "revision: 1\n---\n# One\n", "f:13:1: a heading of level 1");
	bad(HEAD "revision: 1\n---\n  #\n", "f:13:3: a heading of level 1");
	bad(HEAD "revision: 1\n---\nx\n> - # One\n", "f:14:5: a heading of level 1");
	bad(HEAD "revision: 1\n---\nOne\n===\n", "f:14:1: a line of '='");
	bad(HEAD "revision: 1\n---\n```\n# code\n```\n# One\n", "f:16:1: a heading of level 1");
	good(HEAD "revision: 1\n---\n## Two\n===\n\n#hash\n\n    # code\n\n===\n");
	good(HEAD "revision: 1\n---\n~~~ sh\n# code\n```\n# code\n~~~\n");
	good(HEAD "revision: 1\n---\n> ```\n> # code\n> ```\n");
}

static void repeated(struct buf *b, const char *piece, size_t n, const char *rest)
{
	buf_reset(b);
	buf_puts(b, HEAD "revision: 1\n---\nText.\n");
	while (n--)
		buf_puts(b, piece);
	buf_puts(b, rest);
}

/* An author hears of it, not the readers of a page that cannot be made. */
static void what_no_page_can_show(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	repeated(&b, "> ", NESTING_MAX, "x\n");
	good(b.ptr);
	repeated(&b, "- ", NESTING_MAX + 1, "x\n");
	bad(b.ptr, "f:14:1: lists and quotes stand more than 32 deep");
	repeated(&b, "[", BRACKETS_MAX, "x\n");
	good(b.ptr);
	repeated(&b, "[\n", BRACKETS_MAX, " [x [y\n");
	bad(b.ptr, "f:4110:2: a text with 4098 of '['; keep to 4096 or fewer");
	buf_release(&b);
}

/* A network's schema may not widen the fields that become paths and chains. */
static void core_fields(void **state)
{
	(void)state;
	static const char schema[] =
	    "{\"type\": \"object\", \"properties\": {\"type\": {\"type\": \"string\", \"const\": "
	    "\"x\"},"
	    "\"id\": {\"type\": \"string\"}, \"lang\": {\"type\": \"string\"}, \"title\": "
	    "{\"type\": \"string\"},"
	    "\"summary\": {\"type\": \"string\"}, \"place\": {\"type\": \"string\"}, \"date\": "
	    "{\"type\":"
	    "\"string\"}, \"status\": {\"type\": \"string\"}, \"audience\": {\"type\": \"string\"},"
	    "\"revision\": {\"type\": \"integer\"}, \"previous\": {\"type\": \"array\", \"items\":"
	    "{\"type\": \"string\"}}, \"translation\": {\"type\": \"string\"}},"
	    "\"additionalProperties\": false}";
	static const struct {
		const char *line, *says;
	} table[] = {
	    {"id: ../x", "'id' must be"},
	    {"place: A", "'place' must be"},
	    {"lang: fra", "'lang' must be"},
	    {"title: \"\"", "'title' must be"},
	    {"date: May", "'date' must be"},
	    {"status: gone", "'status' must be"},
	    {"audience: all", "'audience' must be"},
	    {"revision: 0", "'revision' must be"},
	    {"revision: -1", "'revision' must be"},
	    {"revision: 1000001", "'revision' must be"},
	    {"previous: [x]", "'previous' must be"},
	    {"previous: []", "'previous' must be"},
	    {"translation: en", "'translation' needs"},
	};
	struct schema_set *loose = schema_set_new();
	struct err err;
	struct record r;
	assert_int_equal(schema_set_add(loose, STR("x"), str_from(schema), &err), 0);
	assert_int_equal(schema_set_finish(loose, &err), 0);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		static const char *const lines[] = {
		    "id: a", "lang: en", "title: t", "summary: s", "place: p", "revision: 1"};
		struct buf b = BUF_INIT;
		size_t key = strcspn(table[i].line, ":") + 1;
		buf_printf(&b, "---\ntype: x\n%s\n", table[i].line);
		for (size_t k = 0; k < sizeof lines / sizeof *lines; k++)
			if (strncmp(lines[k], table[i].line, key) != 0)
				buf_printf(&b, "%s\n", lines[k]);
		buf_puts(&b, "---\n");
		assert_int_equal(record_parse(&r, buf_str(&b), "f", loose, NULL, &err), ERR_SCHEMA);
		if (!strstr(err.msg, table[i].says))
			fail_msg("%s gave %s", table[i].line, err.msg);
		buf_release(&b);
	}
	assert_int_equal(
	    record_parse(&r, STR("---\ntype: x\n---\n"), "f", loose, NULL, &err), ERR_SCHEMA);
	assert_non_null(strstr(err.msg, "f:2:1: 'id' must be"));
	schema_set_free(loose);
}

static void formats(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	struct err err;
	struct str messy =
	    STR("\xef\xbb\xbf---\r\nrevision: 1\r\naudiences: [public]\r\nthemes: [youth]\r\ndate: "
		"2024-05-02\r\n# note\r\nplace: "
		"'ke-mombasa'\r\nsummary: >-\r\n  Ce qui\r\n  s'est dit\r\ntitle: Un "
		"jour\r\nlang: fr\r\nid: a-day\r\ntype: news\r\n---\r\n\r\nCafe\xcc\x81\r\n\r\n");
	assert_int_equal(record_format(&out, messy, "f", set, NULL, &err), 0);
	assert_string_equal(out.ptr, HEAD "revision: 1\n---\nCaf\xc3\xa9\n");
	good(out.ptr);
	buf_reset(&out);
	struct problems p = {0};
	assert_int_equal(
	    record_format(&out, STR("---\ntype: news\n---\n# x\n"), "f", set, &p, &err),
	    ERR_SCHEMA);
	assert_int_equal(p.len, 10);
	assert_int_equal(out.len, 0);
	problems_release(&p);
	assert_int_equal(
	    record_format(&out, STR("---\na: b\n---\n\xff\n"), "f", set, &p, &err), ERR_SYNTAX);
	assert_int_equal(p.items[0].line, 4);
	problems_release(&p);
	buf_release(&out);
}

static void size_limit(void **state)
{
	(void)state;
	struct err err;
	struct record r;
	for (int over = -1; over <= 1; over++) {
		struct buf b = BUF_INIT;
		buf_puts(&b, HEAD "revision: 1\n---\n");
		while (b.len < (size_t)(RECORD_BYTES_MAX + over - 1))
			buf_putc(&b, 'x');
		buf_putc(&b, '\n');
		int code = record_parse(&r, buf_str(&b), "f", set, NULL, &err);
		assert_int_equal(code, over <= 0 ? 0 : ERR_LIMIT);
		record_release(&r);
		buf_release(&b);
	}
}

static void names(void **state)
{
	(void)state;
	struct record_name n;
	assert_true(record_name_parse(&n, STR("records/ke-mombasa/news/a-day/fr.md")));
	assert_true(str_is(n.place, "ke-mombasa") && str_is(n.type, "news"));
	assert_true(str_is(n.id, "a-day") && str_is(n.lang, "fr"));
	static const char *const not_names[] = {"", "records", "records/a/b/c/fr.md/x",
	    "a/b/c/d/fr.md", "records/a/b/c/fr", "records/a/b/c/.md", "records/a/b/c/fra.md",
	    "records/a/b/c/FR.md", "records/a/b/../fr.md", "records//b/c/fr.md",
	    "records/a/b/c/fr.md.sig", "records/a/b/c", "records/A/b/c/fr.md",
	    "records/a/b/c-/fr.md", "/records/a/b/c/fr.md"};
	for (size_t i = 0; i < sizeof not_names / sizeof *not_names; i++)
		assert_false(record_name_parse(&n, str_from(not_names[i])));
}

/* What fills the required fields of each type's template, in place of the open line. */
static void fill(struct buf *out, const char *template)
{
	static const char *const lines[][2] = {{"\ntitle:\n", "\ntitle: T\n"},
	    {"\nsummary:\n", "\nsummary: S\n"}, {"\nthemes: []\n", "\nthemes: [gender]\n"},
	    {"\ndate:\n", "\ndate: 2024\n"}, {"\ncountry:\n", "\ncountry: KE\n"},
	    {"\nregion:\n", "\nregion: mena\n"}, {"\naudiences: []\n", "\naudiences: [mayors]\n"},
	    {"\nkind:\n", "\nkind: host\n"}, {"\nstarts:\n", "\nstarts: 2024-05\n"},
	    {"\ncloses:\n", "\ncloses: 2024-05\n"}, {"\nrole:\n", "\nrole: Mayor\n"},
	    {"\ninstrument:\n", "\ninstrument: charter\n"}};
	buf_puts(out, template);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const char *at = strstr(out->ptr, lines[i][0]);
		if (!at)
			continue;
		struct buf next = BUF_INIT;
		buf_add(&next, str_of(out->ptr, (size_t)(at - out->ptr)));
		buf_puts(&next, lines[i][1]);
		buf_puts(&next, at + strlen(lines[i][0]));
		buf_release(out);
		*out = next;
	}
}

/* Each type's template: as it is it parses, and every problem is a field left open; with the
 * required fields filled in it is a record; with every "#" taken away it still parses. */
static void templates(void **state)
{
	(void)state;
	size_t types = 0;
	struct err err = {0};
	for (size_t i = 0; schema_name(set, i).len; i++) {
		struct buf t = BUF_INIT, filled = BUF_INIT, out = BUF_INIT, all = BUF_INIT;
		struct problems p = {0};
		struct front f;
		struct str type = schema_name(set, i);
		if (!schema_is_record_type(schema_find(set, type)))
			continue;
		types++;
		assert_int_equal(
		    record_template(&t, set, type, STR("x-1"), STR("no"), STR("ke-mombasa"), &err),
		    0);
		assert_non_null(strstr(t.ptr, "\nlang: \"no\"\n"));
		assert_int_equal(record_format(&out, buf_str(&t), "f", set, &p, &err), ERR_SCHEMA);
		for (size_t k = 0; k < p.len; k++)
			if (!strstr(p.items[k].text, "has no value") &&
			    !strstr(p.items[k].text, "has 0 items"))
				fail_msg("%s", p.items[k].text);
		fill(&filled, t.ptr);
		if (record_format(&out, buf_str(&filled), "f", set, NULL, &err))
			fail_msg("%s in\n%s", err.msg, filled.ptr);
		for (size_t k = 0; k < t.len; k++)
			if (t.ptr[k] != '#' || t.ptr[k + 1] == ' ' || t.ptr[k - 1] != '\n' ||
			    !strstr(t.ptr + k, "\n---\n"))
				buf_putc(&all, t.ptr[k]);
		if (front_parse(&f, buf_str(&all), "f", RECORD_BYTES_MAX, &err))
			fail_msg("%s in\n%s", err.msg, all.ptr);
		front_release(&f);
		problems_release(&p);
		buf_release(&t);
		buf_release(&filled);
		buf_release(&out);
		buf_release(&all);
	}
	assert_true(types >= 7);
	struct buf t = BUF_INIT;
	assert_int_equal(
	    record_template(&t, set, STR("common"), STR("x"), STR("fr"), STR("p"), &err),
	    ERR_SCHEMA);
	assert_int_equal(t.len, 0);
}

/* A schema that contains itself: the template ends all the same. */
static void template_of_a_circle(void **state)
{
	(void)state;
	struct schema_set *s = schema_set_new();
	struct err err;
	struct buf t = BUF_INIT;
	struct str json = STR(
	    "{\"title\": \"Tree\", \"description\": \"x\", \"type\": \"object\", \"properties\": "
	    "{\"type\":"
	    "{\"type\": \"string\", \"const\": \"x\"}, \"t\": {\"$ref\": \"#/$defs/t\"}}, "
	    "\"required\":"
	    "[\"t\"], \"additionalProperties\": false, \"$defs\": {\"t\": {\"type\": \"object\","
	    "\"properties\": {\"l\": {\"$ref\": \"#/$defs/t\"}, \"r\": {\"type\": \"array\", "
	    "\"items\":"
	    "{\"$ref\": \"#/$defs/t\"}}}, \"required\": [\"l\"], \"additionalProperties\": "
	    "false}}}");
	assert_int_equal(schema_set_add(s, STR("x"), json, &err), 0);
	assert_int_equal(schema_set_finish(s, &err), 0);
	assert_int_equal(record_template(&t, s, STR("x"), STR("x"), STR("fr"), STR("p"), &err), 0);
	assert_true(t.len < 10000);
	buf_release(&t);
	schema_set_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields),
	    cmocka_unit_test(ties),
	    cmocka_unit_test(form),
	    cmocka_unit_test(headings),
	    cmocka_unit_test(what_no_page_can_show),
	    cmocka_unit_test(core_fields),
	    cmocka_unit_test(formats),
	    cmocka_unit_test(size_limit),
	    cmocka_unit_test(names),
	    cmocka_unit_test(templates),
	    cmocka_unit_test(template_of_a_circle),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
