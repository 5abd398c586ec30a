/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/html.h"
#include "markup/later.h"
#include "markup/lint.h"

#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>

static void text_and_attributes_are_escaped(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	html_text(&b, STR("a < b && c > \"d\" 'e'"));
	assert_string_equal(b.ptr, "a &lt; b &amp;&amp; c &gt; \"d\" 'e'");
	buf_reset(&b);
	html_attr(&b, STR("\"><script>'&"));
	assert_string_equal(b.ptr, "&quot;&gt;&lt;script&gt;&#39;&amp;");
	buf_reset(&b);
	html_text(&b, STR_EMPTY);
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

static void kinds_of_addresses(void **state)
{
	static const struct {
		const char *url;
		enum url_kind kind;
	} cases[] = {
	    {"https://example.org/a?b=c#d", URL_EXTERNAL},
	    {"HTTP://example.org", URL_EXTERNAL},
	    {"mailto:a@example.org", URL_MAIL},
	    {"mailto:", URL_REFUSED},
	    {"record:ke-mombasa/news/a", URL_RECORD},
	    {"../fr/index.html", URL_RELATIVE},
	    {"a/b:c", URL_RELATIVE},
	    {"?q=a:b", URL_RELATIVE},
	    {"#s1", URL_FRAGMENT},
	    {"#", URL_REFUSED},
	    {"", URL_REFUSED},
	    {"//evil.example/x", URL_REFUSED},
	    {"/etc/passwd", URL_REFUSED},
	    {"https:evil", URL_REFUSED},
	    {"https:///evil", URL_REFUSED},
	    {"https://", URL_REFUSED},
	    {"https://@", URL_REFUSED},
	    {"\\\\evil\\x", URL_REFUSED},
	    {"/\\evil", URL_REFUSED},
	    {"https://a\\b", URL_REFUSED},
	    {" https://a.example", URL_REFUSED},
	    {"https://a.example ", URL_REFUSED},
	    {"java\tscript:alert(1)", URL_REFUSED},
	    {"java\nscript:alert(1)", URL_REFUSED},
	    {"javascript:alert(1)", URL_REFUSED},
	    {"JaVaScRiPt:alert(1)", URL_REFUSED},
	    {"vbscript:x", URL_REFUSED},
	    {"data:text/html,x", URL_REFUSED},
	    {"data:image/png;base64,AA", URL_REFUSED},
	    {"blob:https://x", URL_REFUSED},
	    {"filesystem:https://x", URL_REFUSED},
	    {"jar:https://x", URL_REFUSED},
	    {"file:///etc/passwd", URL_REFUSED},
	    {"tel:+123", URL_REFUSED},
	    {"\x01https://x", URL_REFUSED},
	    {"a:b", URL_REFUSED},
	    {":b", URL_REFUSED},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (url_kind(str_from(cases[i].url)) != cases[i].kind)
			fail_msg("%s: kind %d", cases[i].url, url_kind(str_from(cases[i].url)));
	}
}

static void addresses_are_encoded(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	assert_true(html_url(&b, STR("https://example.org/é?a=1&b='<x>\"")));
	assert_string_equal(b.ptr, "https://example.org/%C3%A9?a=1&amp;b=&#39;%3Cx%3E%22");
	buf_reset(&b);
	assert_true(html_url(&b, STR("a%20b c.html")));
	assert_string_equal(b.ptr, "a%20b%20c.html");
	buf_reset(&b);
	assert_false(html_url(&b, STR("javascript:1")));
	assert_false(html_url(&b, STR("record:a/b/c")));
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

static int lint(const char *html, enum lint_kind kind)
{
	struct err err = {0};
	return html_lint(str_from(html), kind, "x", NULL, &err);
}

static void lint_takes_what_we_write(void **state)
{
	(void)state;
	assert_int_equal(lint("", LINT_FRAGMENT), 0);
	assert_int_equal(lint("<p>a &lt; b<br>\n<a href=\"https://a.example/?a&amp;b\" "
			      "rel=\"nofollow\">x</a></p>\n",
			     LINT_FRAGMENT),
	    0);
	assert_int_equal(
	    lint("<!DOCTYPE html>\n<html lang=\"fr\" dir=\"ltr\"><head><title>x</title>"
		 "<link rel=\"stylesheet\" href=\"../style.css\"></head><body><main>"
		 "<a href=\"x\" download>x</a></main></body></html>\n",
		LINT_PAGE),
	    0);
}

static void lint_takes_data_and_no_script(void **state)
{
	static const char top[] = "<!DOCTYPE html>\n",
			  start[] = "<script type=\"application/ld+json\">";
	static const struct {
		const char *inside;
		bool is_good;
	} rows[] = {
	    {"{\"@context\":\"https://schema.org\",\"name\":\"\\u003c/script\"}</script>", true},
	    {"{\"@context\":\"https://schema.org\",\"a\":[],\"b\":[\"\\\\\",{},{\"c\":\"\\\"\"}]}</"
	     "script>",
		true},
	    {"{\"@context\":\"https://schema.org\",\"a\":[\"b\",]}</script>", false},
	    {"{\"@context\":\"https://schema.org\",\"a\":[\"b\"}</script>", false},
	    {"{\"@context\":\"https://schema.org\",\"a\" \"b\"}</script>", false},
	    {"{\"@context\":\"https://schema.org\",\"a\":b}</script>", false},
	    {"{\"@context\":\"https://schema.org\",\"a\":\"\\x\"}</script>", false},
	    {"{\"@context\":\"https://schema.org\",\"a\":\"\\u00g0\"}</script>", false},
	    {"{\"@context\":\"https://schema.org\",\"a\":\"\n\"}</script>", false},
	    {"{\"@context\":\"https://schema.org\"}}</script>", false},
	    {"{\"@context\":\"https://evil.example\"}</script>", false},
	    {"{\"@context\":\"https://schema.org\",\"name\":\"<!--\"}</script>", false},
	    {"{\"@context\":\"https://schema.org\",\"name\":\"a&b\"}</script>", false},
	    {"{\"@context\":\"https://schema.org\",\"name\":\"a>b\"}</script>", false},
	    {"{\"@context\":\"https://schema.org\"}", false}, {"alert(1)</script>", false},
	    {"</script>", false}};
	char html[512];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(html, sizeof html, "%s%s%s", top, start, rows[i].inside);
		assert_int_equal(lint(html, LINT_PAGE) == 0, rows[i].is_good);
		assert_int_not_equal(lint(html + strlen(top), LINT_FRAGMENT), 0);
	}
	assert_int_not_equal(lint("<!DOCTYPE html>\n<script>x</script>", LINT_PAGE), 0);
	assert_int_not_equal(
	    lint("<!DOCTYPE html>\n<script type=\"module\">x</script>", LINT_PAGE), 0);
}

/* A page whose policy names the hash between BEFORE and BEHIND, and has EXTRA behind its script. */
static int lint_later(
    const char *before, const char *behind, const char *extra, enum lint_kind kind)
{
	struct buf html = BUF_INIT;
	if (kind == LINT_PAGE)
		buf_printf(&html,
		    "<!DOCTYPE html>\n<meta http-equiv=\"Content-Security-Policy\" "
		    "content=\"%s%s%s\">\n<meta name=\"x\" content=\"script-src 'none'\">",
		    before, later_hash().ptr, behind);
	buf_printf(&html, "<script>%.*s%s</script>", STR_FMT(later_script()), extra);
	int r = lint(html.ptr, kind);
	buf_release(&html);
	return r;
}

static void lint_takes_one_script_that_the_policy_names(void **state)
{
	static const char own[] = "script-src 'self' 'sha256-", end[] = "'; img-src 'self'";
	static const char *const bad[][2] = {{"script-src 'self'; x-", "; img-src 'self'"},
	    {"script-src 'self' 'unsafe-inline'; x-", ""}, {"script-src 'self' 'sha256-0", "';"},
	    {own, "0';"}, {own, "' 'unsafe-inline';"}, {own, "' https://a.example;"}};
	(void)state;
	assert_int_equal(later_hash().len, 44);
	assert_null(memchr(later_script().ptr, '<', later_script().len));
	assert_int_equal(lint_later(own, end, "", LINT_PAGE), 0);
	assert_int_not_equal(lint_later(own, end, "", LINT_FRAGMENT), 0);
	assert_int_not_equal(lint_later(own, end, " ", LINT_PAGE), 0);
	assert_int_not_equal(lint_later(own, end, ";alert(1)", LINT_PAGE), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (lint_later(bad[i][0], bad[i][1], "", LINT_PAGE) == 0)
			fail_msg("taken: %s", bad[i][0]);
}

static void lint_refuses_the_rest(void **state)
{
	static const char *const bad[] = {
	    "<script>x</script>",
	    "<p onclick=\"x\">x</p>",
	    "<p class=\"x\">x</p>", /* of pages only */
	    "<div>x</div>",
	    "<p>x",
	    "<p><em>x</p></em>",
	    "</p>",
	    "<P>x</P>",
	    "<p>a < b</p>",
	    "<p>a > b</p>",
	    "<p>a & b</p>",
	    "<p>&bogus;</p>",
	    "<!-- x -->",
	    "<img src=\"x\">",
	    "<a href='x'>x</a>",
	    "<a href=x>x</a>",
	    "<a href=\"javascript:x\">x</a>",
	    "<a href=\"//x\">x</a>",
	    "<a href=\"data:x\">x</a>",
	    "<a href=\"record:a/b/c\">x</a>",
	    "<a href=\"java&#39;script:x\">x</a>",
	    "<a href=\"&colon;x\">x</a>",
	    "<a href=\"a\"><a href=\"b\">x</a></a>",
	    "<a href=\"a\" style=\"x\">x</a>",
	    "<a href=\"a",
	    "<a href",
	    "<p",
	    "<",
	    "<iframe></iframe>",
	    "<svg></svg>",
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (lint(bad[i], LINT_FRAGMENT) == 0)
			fail_msg("taken: %s", bad[i]);
	assert_int_not_equal(lint("<html></html>", LINT_PAGE), 0);
	assert_int_not_equal(
	    lint("<!DOCTYPE html>\n<link rel=\"x\" href=\"https://a.example\">", LINT_PAGE), 0);
	static const char *const active[] = {"<script>alert(1)</script>",
	    "<script src=\"x.js\">1</script>", "<script src=\"https://a.example/x.js\"></script>",
	    "<form action=\"https://a.example/\"></form>", "<input onfocus=\"x\">",
	    "<p onclick=\"x\"></p>"};
	for (size_t i = 0; i < sizeof active / sizeof *active; i++) {
		char page[120];
		snprintf(page, sizeof page, "<!DOCTYPE html>\n%s", active[i]);
		assert_int_not_equal(lint(page, LINT_PAGE), 0);
	}
	assert_int_equal(
	    lint("<!DOCTYPE html>\n<script src=\"../x.js\" defer></script>"
		 "<form action=\"x.html\" method=\"get\"><p data-x=\"&lt;\" hidden></p>"
		 "</form>",
		LINT_PAGE),
	    0);
	assert_int_not_equal(lint("<p data-x=\"1\"></p>", LINT_FRAGMENT), 0);
	assert_int_not_equal(
	    lint("<!DOCTYPE html>\n<meta http-equiv=\"refresh\" content=\"x\">", LINT_PAGE), 0);
}

static void lint_names_the_line(void **state)
{
	struct err err = {0};
	(void)state;
	assert_int_equal(
	    html_lint(STR("<p>a\nb</p>\n<p>a & b"), LINT_FRAGMENT, "a.html", NULL, &err),
	    ERR_SYNTAX);
	assert_string_equal(err.msg, "a.html:3: text that is not escaped: & b");
}

struct reported {
	int ids, links;
	enum url_kind kind; /* of the last */
};

static void count_id(void *ctx, struct str value)
{
	(void)value;
	((struct reported *)ctx)->ids++;
}

static void count_link(void *ctx, struct str value, enum url_kind kind)
{
	(void)value;
	((struct reported *)ctx)->links++;
	((struct reported *)ctx)->kind = kind;
}

static void lint_reports_addresses(void **state)
{
	static const struct {
		const char *html;
		enum url_kind kind;
	} links[] = {{"<a href=\"../b.html?q=1:2\">c</a>", URL_RELATIVE},
	    {"<a href=\"#s2\">c</a>", URL_FRAGMENT},
	    {"<a href=\"https://example.org/?a&amp;b\">c</a>", URL_EXTERNAL},
	    {"<a href=\"mailto:a@example.org\">c</a>", URL_MAIL}};
	struct reported n = {0};
	struct lint_hooks hooks = {.href = count_link, .id = count_id, .ctx = &n};
	struct err err = {0};
	(void)state;
	assert_int_equal(
	    html_lint(STR("<h2 id=\"s1\">a</h2>"), LINT_FRAGMENT, "x", &hooks, &err), 0);
	assert_int_equal(n.ids, 1);
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		struct str html = str_from(links[i].html);
		assert_int_equal(html_lint(html, LINT_FRAGMENT, "x", &hooks, &err), 0);
		assert_int_equal(n.links, i + 1);
		assert_int_equal(n.kind, links[i].kind);
	}
	assert_int_equal(
	    html_lint(STR("<a href=\"javascript:x\">c</a>"), LINT_FRAGMENT, "x", &hooks, &err),
	    ERR_SYNTAX);
	assert_int_equal(n.links, sizeof links / sizeof *links); /* none that is refused */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_and_attributes_are_escaped),
	    cmocka_unit_test(kinds_of_addresses),
	    cmocka_unit_test(addresses_are_encoded),
	    cmocka_unit_test(lint_takes_what_we_write),
	    cmocka_unit_test(lint_takes_data_and_no_script),
	    cmocka_unit_test(lint_takes_one_script_that_the_policy_names),
	    cmocka_unit_test(lint_refuses_the_rest),
	    cmocka_unit_test(lint_names_the_line),
	    cmocka_unit_test(lint_reports_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
