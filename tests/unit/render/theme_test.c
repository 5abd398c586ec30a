/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/asset.h"
#include "markup/later.h"
#include "markup/theme.h"

#include <unistd.h>

struct state {
	struct fixture fixture;
	char theme[96];
};

static int setup(void **state)
{
	struct state *t = *state = mem_alloc(sizeof *t);
	struct err err = {0};
	fixture_open(&t->fixture, golden_in);
	snprintf(t->theme, sizeof t->theme, "%s/theme", t->fixture.folder);
	must(file_mkdirs(t->theme, 0755, &err), &err);
	return 0;
}

static void put(struct state *t, const char *name, struct str text)
{
	char path[256];
	struct err err = {0};
	snprintf(path, sizeof path, "%s/%s", t->theme, name);
	must(file_write(path, text, 0644, &err), &err);
}

static void take_away(struct state *t, const char *name)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", t->theme, name);
	assert_int_equal(unlink(path), 0);
}

static int build(struct state *t, struct site_report *report, struct err *err)
{
	struct site_options o = {
	    .out = t->fixture.out, .theme = t->theme, .has_no_compressed = true};
	return site_build(&t->fixture.source, &o, report, err);
}

static size_t build_well(struct state *t)
{
	struct site_report report;
	struct err err = {0};
	if (build(t, &report, &err) != 0)
		fail_msg("%s", err.msg);
	size_t written = report.written_pages;
	site_report_release(&report);
	return written;
}

static void says(struct state *t, const char *path, const char *text, bool does)
{
	struct buf b = slurp(t->fixture.out, path);
	if ((strstr(b.ptr, text) != NULL) != does)
		fail_msg("%s %s: %s", path, does ? "does not hold" : "holds", text);
	buf_release(&b);
}

static const char logo[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\">\n"
			   "<circle cx=\"4\" cy=\"4\" r=\"3\" fill=\"#a00\"/>\n</svg>\n";

static void what_is_there_is_taken(void **state)
{
	struct state *t = *state;
	size_t all = build_well(t);
	assert_true(all > 40);
	assert_int_equal(build_well(t), 0);
	/* Colours change no page but the one that has them inside. */
	put(t, "custom.css", STR(":root { --accent: #a00 }\n"));
	assert_int_equal(build_well(t), 1);
	says(t, "style.css", "}:root{--accent:#a00}", true);
	says(t, "404.html", ":root{--accent:#a00}", true);
	/* The logo changes each; hidden files, copies and notes change none. */
	put(t, "logo.svg", str_from(logo));
	put(t, "README.md", STR("ours"));
	put(t, ".logo.svg.swp", STR("x"));
	put(t, "logo.svg~", STR("x"));
	assert_true(build_well(t) > 40);
	says(t, "fr/index.html", "<circle cx=\"4\" cy=\"4\" r=\"3\" fill=\"#a00\"/>\n</svg>", true);
	put(t, "fr.json",
	    STR("{\"ui\": {\"verify\": \"Contr\u00f4ler <tout>\", \"own_motto\": \"Ensemble\"},\n"
		" \"types\": {\"recipe\": {\"one\": \"Recette\", \"many\": \"Recettes\"}}}"));
	build_well(t);
	says(t, "fr/index.html", "Contr\u00f4ler &lt;tout&gt;", true);
	says(t, "en/index.html", "Contr\u00f4ler", false);
	put(t, "foot.mustache", STR("<footer>{{ui.own_motto}}</footer>\n</body>\n</html>"));
	build_well(t);
	says(t, "fr/index.html", "<footer>Ensemble</footer>\n</body>\n</html>", true);
	says(t, "en/index.html", "<footer></footer>", true);
	/* Scripts: its own as they stand; the worker keeps its list of files before it. */
	put(t, "search.js", STR("// Ours.\n\tfind();\n"));
	put(t, "sw.js", STR("work(SHELL);\n"));
	build_well(t);
	says(t, "search.js", "// Ours.\n\tfind();\n", true);
	says(t, "sw.js", "];\nwork(SHELL);\n", true);
	says(t, "offline.js", "serviceWorker", true);
	/* Without them the site is as before. */
	take_away(t, "custom.css");
	take_away(t, "logo.svg");
	take_away(t, "fr.json");
	take_away(t, "foot.mustache");
	take_away(t, "search.js");
	take_away(t, "sw.js");
	assert_int_equal(build_well(t), all);
	says(t, "fr/index.html", "<circle cx=\"4\"", false);
	says(t, "search.js", "find();", false);
	says(t, "sw.js", "work(SHELL)", false);
}

/* The program's head.mustache, with OTHER where WHAT stands. */
static void put_head(struct state *t, const char *what, const char *other)
{
	struct str head = asset_get("content/theme/head.mustache");
	const char *at = strstr(head.ptr, what);
	struct buf own = BUF_INIT;
	assert_non_null(at);
	buf_add(&own, str_of(head.ptr, (size_t)(at - head.ptr)));
	buf_puts(&own, other);
	buf_puts(&own, at + strlen(what));
	put(t, "head.mustache", buf_str(&own));
	buf_release(&own);
}

/* Every page names the hash of the script that it has, and no hub's own head gets by without. */
static void the_script_of_pages_is_named_by_their_policy(void **state)
{
	struct state *t = *state;
	struct site_report report;
	struct err err = {0};
	char source[80];
	build_well(t);
	snprintf(source, sizeof source, "script-src 'self' 'sha256-%s'; ", later_hash().ptr);
	says(t, "fr/index.html", source, true);
	says(t, "fr/index.html", later_script().ptr, true);
	says(t, "fr/search.html", "sha256-", false);
	put_head(t, " 'sha256-{{later_hash}}'", "");
	assert_int_equal(build(t, &report, &err), ERR_SYNTAX);
	if (!strstr(err.msg, "needs script-src 'self' 'sha256-{{later_hash}}' in the policy"))
		fail_msg("%s", err.msg);
	site_report_release(&report);
	put_head(t, "{{{later_html}}}", "{{{later_html}}};alert(1)");
	assert_int_equal(build(t, &report, &err), ERR_SYNTAX);
	if (!strstr(err.msg, "a script inside a page, other than {{{later_html}}}"))
		fail_msg("%s", err.msg);
	site_report_release(&report);
	/* As such a folder had it before there was this one. */
	put_head(t, "<script>{{{later_html}}}", "<script src=\"{{root}}offline.js\" defer>");
	build_well(t);
	take_away(t, "head.mustache");
	build_well(t);
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
	static const char begins[] = "<svg viewBox=\"0 0 8 8\">\n";
	static const struct {
		const char *name, *text, *begins, *why;
	} cases[] = {
	    {"hed.mustache", "x", "", "hed.mustache is no part of a theme; near it: head.mustache; there"},
	    {"app.js", "x", "", "is no part of a theme"},
	    {"later.js", "x", "", "later.js is no part of a theme"},
	    {"pt.json", "{}", "", "ar.json, en.json, es.json, fr.json, scripts and templates"},
	    {"card.mustache", "<p>\n{{#title}}\n", "", "card.mustache:2: a section that is not"},
	    {"card.mustache", "<p>\n\n{{>nothing}}\n", "", "card.mustache:3: there is no template"},
	    {"card.mustache", "\n{{{ title }}}\n", "", "card.mustache:2: {{{title}}} would let"},
	    {"card.mustache", "{{& title}}\n", "", "card.mustache:1: {{{title}}} would let"},
	    {"card.mustache", "a\nb\xff\n", "", "card.mustache:2: these bytes are not UTF-8"},
	    {"custom.css", "a {}\n</style><script>", "", "custom.css:2: a style sheet has no"},
	    {"custom.css", "\n\n@import 'x';", "", "custom.css:3: a style sheet loads no other"},
	    {"style.css", "a { background: url(//x) }", "", "style.css:1: a style sheet loads"},
	    {"logo.svg", "<script>1</script></svg>", begins, "logo.svg:2: an element that may not"},
	    {"logo.svg", "<g onload=\"x\"></g></svg>", begins, "logo.svg:2: an attribute that may"},
	    {"logo.svg", "<a href=\"https://x\"></a></svg>", begins, "logo.svg:2: an element"},
	    {"logo.svg", "<path fill=\"url(#x)\"/></svg>", begins, "logo.svg:2: a colour that is"},
	    {"logo.svg", "<p></p>", "", "logo.svg:1: an element that may not stand here: p"},
	    {"logo.svg", "{{network}}</svg>", begins, "logo.svg:2: a drawing has no \"{{\""},
	    {"favicon.svg", "<svg xmlns=\"http://x\"></svg>", "", "favicon.svg:1: a drawing is"},
	    {"fr.json", "{\"ui\":\n{\"verfy\": \"x\"}}", "",
		"fr.json:2: ui.verfy: there is no such"},
	    {"fr.json", "{\"ui\": \"x\"}", "", "fr.json:1: ui: this must be as in the program"},
	    {"fr.json", "{\"dir\": \"rtl\"}", "", "fr.json:1: dir: a language's code"},
	    {"fr.json", "{\"months\": [\"x\"]}", "", "fr.json:1: months: there must be as many"},
	    {"fr.json", "[]", "", "fr.json:1: words stand in a JSON object"},
	    {"fr.json", "{\n,}", "", "fr.json:2:1"},
	};
	struct state *t = *state;
	build_well(t);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf text = BUF_INIT;
		struct site_report report;
		struct err err = {0};
		buf_printf(&text, "%s%s", cases[i].begins, cases[i].text);
		put(t, cases[i].name, buf_str(&text));
		assert_int_not_equal(build(t, &report, &err), 0);
		if (!strstr(err.msg, cases[i].why) || strncmp(err.msg, t->theme, strlen(t->theme)))
			fail_msg("%s: %s", cases[i].name, err.msg);
		site_report_release(&report);
		buf_release(&text);
		take_away(t, cases[i].name);
		/* What was shown is shown. */
		says(t, "fr/index.html", "</html>", true);
	}
	assert_int_equal(build_well(t), 0);
}

static void sizes_have_an_end(void **state)
{
	struct state *t = *state;
	struct buf big = BUF_INIT;
	struct site_report report;
	struct err err = {0};
	buf_puts(&big, logo);
	while (big.len <= THEME_LOGO_BYTES_MAX)
		buf_putc(&big, '\n');
	put(t, "logo.svg", buf_str(&big));
	assert_int_equal(build(t, &report, &err), ERR_LIMIT);
	assert_non_null(strstr(err.msg, "logo.svg"));
	site_report_release(&report);
	take_away(t, "logo.svg");
	put(t, "logo.svg", str_from(logo));
	put(t, "mark.mustache", STR("x"));
	assert_int_equal(build(t, &report, &err), ERR_EXISTS);
	site_report_release(&report);
	buf_release(&big);
}

static void a_folder_that_is_not_there(void **state)
{
	struct state *t = *state;
	struct theme *theme;
	struct err err = {0};
	(void)t;
	assert_int_equal(theme_open(&theme, "/nowhere/theme", &err), ERR_MISSING);
	assert_string_equal(err.msg, "there is no folder /nowhere/theme with a theme in it");
	assert_null(theme);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_is_there_is_taken, setup, fixture_teardown),
	    cmocka_unit_test_setup_teardown(
		the_script_of_pages_is_named_by_their_policy, setup, fixture_teardown),
	    cmocka_unit_test_setup_teardown(
		what_is_wrong_is_said_with_its_line, setup, fixture_teardown),
	    cmocka_unit_test_setup_teardown(sizes_have_an_end, setup, fixture_teardown),
	    cmocka_unit_test_setup_teardown(a_folder_that_is_not_there, setup, fixture_teardown),
	};
	hash_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
