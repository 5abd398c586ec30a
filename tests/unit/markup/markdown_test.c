/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "record/markdown_limits.h"
#include "markup/lint.h"
#include "markup/markdown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <time.h>

static bool resolve(void *ctx, bool is_record, struct str url, struct buf *out)
{
	(void)ctx;
	if (!is_record || !str_is(url, "ke-mombasa/good-practice/a"))
		return false;
	buf_puts(out, "../good-practice/ke-mombasa.a.html");
	return true;
}

static const struct markdown_options options = {.resolve = resolve};

static void gives(const char *text, const char *html)
{
	struct buf out = BUF_INIT;
	struct err err = {0};
	assert_int_equal(markdown_html(&out, str_from(text), &options, &err), 0);
	assert_string_equal(out.ptr, html);
	assert_int_equal(html_lint(buf_str(&out), LINT_FRAGMENT, text, NULL, &err), 0);
	buf_release(&out);
}

static void blocks(void **state)
{
	(void)state;
	gives("", "");
	gives("a\nb  \nc", "<p>a\nb<br>\nc</p>\n");
	gives("- a\n- b\n", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n");
	gives("- a\n\n- b\n", "<ul>\n<li><p>a</p>\n</li>\n<li><p>b</p>\n</li>\n</ul>\n");
	gives("3. a\n4. b\n", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n");
	gives("- a\n  - b\n", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>\n");
	gives("> a\n\n---\n", "<blockquote>\n<p>a</p>\n</blockquote>\n<hr>\n");
	gives("```sh\na < b\n```\n", "<pre><code>a &lt; b\n</code></pre>\n");
	gives("*a* **b** `c & d`", "<p><em>a</em> <strong>b</strong> <code>c &amp; d</code></p>\n");
}

static void headings_start_at_two_and_skip_none(void **state)
{
	(void)state;
	gives("## A\n## B\n", "<h2 id=\"s1\">A</h2>\n<h2 id=\"s2\">B</h2>\n");
	gives("# A\n## B\n", "<h2 id=\"s1\">A</h2>\n<h3 id=\"s2\">B</h3>\n");
	gives("## A\n##### B\n", "<h2 id=\"s1\">A</h2>\n<h3 id=\"s2\">B</h3>\n");
	gives("### A\n## B\n###### C\n###### D\n",
	    "<h2 id=\"s1\">A</h2>\n<h2 id=\"s2\">B</h2>\n<h3 id=\"s3\">C</h3>\n"
	    "<h4 id=\"s4\">D</h4>\n");
}

/* Who listens to a page goes from heading to heading and from link to link. */
static void none_is_without_words(void **state)
{
	(void)state;
	gives("## \n### *&nbsp;*\n## [x](#s1)\n",
	    "<h2 id=\"s1\">##</h2>\n<h3 id=\"s2\"><em>\u00a0</em>"
	    "###</h3>\n<h2 id=\"s3\"><a href=\"#s1\">x</a></h2>\n");
	gives("[ ](https://a.example)",
	    "<p><a href=\"https://a.example\" rel=\"noopener noreferrer "
	    "nofollow\"> https://a.example</a></p>\n");
	gives("[![](x.png)](https://a.example)",
	    "<p><a href=\"https://a.example\" rel=\"noopener noreferrer "
	    "nofollow\">https://a.example</a></p>\n");
}

static void headings_start_where_told(void **state)
{
	struct markdown_options o = {.heading = 3, .id_prefix = "p"};
	struct buf out = BUF_INIT;
	struct err err = {0};
	(void)state;
	assert_int_equal(markdown_html(&out, STR("## A\n### B\n"), &o, &err), 0);
	assert_string_equal(out.ptr, "<h3 id=\"p1\">A</h3>\n<h4 id=\"p2\">B</h4>\n");
	buf_release(&out);
}

static void links(void **state)
{
	(void)state;
	gives("[a](https://a.example/?x=1&y=2)",
	    "<p><a href=\"https://a.example/?x=1&amp;y=2\" rel=\"noopener noreferrer "
	    "nofollow\">a</a></p>\n");
	gives("<https://a.example>", "<p><a href=\"https://a.example\" rel=\"noopener noreferrer "
				     "nofollow\">https://a.example</a></p>\n");
	gives("<me@a.example>", "<p><a href=\"mailto:me@a.example\">me@a.example</a></p>\n");
	gives("## x\n[a](#s1)", "<h2 id=\"s1\">x</h2>\n<p><a href=\"#s1\">a</a></p>\n");
	gives("[a](#s1) [b](#s0) [c](#x) [d](#s) [e](#s01)", "<p>a b c d e</p>\n");
	gives("[a](#s2)\n\n## x", "<p>a</p>\n<h2 id=\"s1\">x</h2>\n");
	gives("[](https://a.example)", "<p><a href=\"https://a.example\" rel=\"noopener noreferrer "
				       "nofollow\">https://a.example</a></p>\n");
	gives("[a](record:ke-mombasa/good-practice/a)",
	    "<p><a href=\"../good-practice/ke-mombasa.a.html\">a</a></p>\n");
	gives("[a](record:nowhere/news/b) [c](other.md)", "<p>a c</p>\n");
	gives("[*a*](javascript:x)", "<p><em>a</em></p>\n");
}

static void images_become_links(void **state)
{
	(void)state;
	gives("![A tower](https://t.example/p.gif)",
	    "<p><a href=\"https://t.example/p.gif\" rel=\"noopener noreferrer nofollow\">A "
	    "tower</a></p>\n");
	gives("![](https://t.example/p.gif)",
	    "<p><a href=\"https://t.example/p.gif\" rel=\"noopener noreferrer "
	    "nofollow\">https://t.example/p.gif</a></p>\n");
	gives("![a [b](https://c.example) d](https://e.example)",
	    "<p><a href=\"https://e.example\" rel=\"noopener noreferrer nofollow\">a b "
	    "d</a></p>\n");
	gives("![x](data:image/png;base64,AAAA)", "<p>x</p>\n");
}

static void html_is_shown_as_text(void **state)
{
	(void)state;
	gives("<script>alert(1)</script>\n",
	    "<pre><code>&lt;script&gt;alert(1)&lt;/script&gt;\n</code></pre>\n");
	gives("a <b onclick=x>b</b>", "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n");
}

static void never_holds(const char *html)
{
	static const char *const never[] = {"<script", "<img", "<svg", "<iframe", "<style",
	    "<a href=\"java", "<a href=\"data", "<a href=\"/", "<a href=\"vb", "<a href=\"file",
	    "<a href=\"blob", "<a href=\"jar", "<a href=\"\\"};
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (strstr(html, never[i]))
			fail_msg("%s in %s", never[i], html);
}

/* Each must come out as something that the linter takes, and never name these. */
static void hostile_text(void **state)
{
	static const char *const hostile[] = {
	    "[x](javascript:alert(1))",
	    "[x](JAVASCRIPT:alert(1))",
	    "[x](java&Tab;script:alert(1))",
	    "[x](&#106;avascript:alert(1))",
	    "[x](vbscript:x)",
	    "[x](file:///etc/passwd)",
	    "[x](data:text/html;base64,PHNjcmlwdD4=)",
	    "[x](//evil.example)",
	    "[x](///evil.example)",
	    "[x](\\\\\\\\evil.example)",
	    "[x](/\\\\evil.example)",
	    "[x](blob:https://evil.example/1)",
	    "[x](filesystem:https://evil.example/1)",
	    "[x](jar:https://evil.example!/1)",
	    "[x](<java\tscript:alert(1)>)",
	    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
	    "![x](https://tracker.example/p.gif \"<script>\")",
	    "<img src=x onerror=alert(1)>",
	    "<svg/onload=alert(1)>",
	    "<iframe src=\"https://evil.example\"></iframe>",
	    "<!-- --><style>*{display:none}</style>",
	    "<a href=\"javascript:x\">y</a>",
	    "<javascript:alert(1)>",
	    "[x]: javascript:alert(1)\n\n[x]",
	    "[x](https://a.example\"onmouseover=alert(1))",
	    "`<script>`\n\n    <script>\n\n```\"><script>\n<script>\n```",
	    "</p></article><script>",
	    "# </h1><script>",
	    "<?php x ?>\n\n<!DOCTYPE x>\n\n<![CDATA[<script>]]>",
	    "a\xff\xfe b\x01 c",
	    "&lt;script&gt; &#0; &#x3c;script&#x3e;",
	    "**bold [link](javascript:x) *and* **",
	};
	(void)state;
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		struct buf out = BUF_INIT;
		struct err err = {0};
		assert_int_equal(markdown_html(&out, str_from(hostile[i]), &options, &err), 0);
		if (html_lint(buf_str(&out), LINT_FRAGMENT, hostile[i], NULL, &err) != 0)
			fail_msg("%s\n%s", err.msg, out.ptr);
		never_holds(out.ptr);
		buf_release(&out);
	}
}

static void repeat(struct buf *b, const char *s, size_t n)
{
	while (n--)
		buf_puts(b, s);
}

static int render(struct buf *text)
{
	struct buf out = BUF_INIT;
	struct err err = {0};
	int r = markdown_html(&out, buf_str(text), NULL, &err);
	if (r == 0)
		assert_int_equal(html_lint(buf_str(&out), LINT_FRAGMENT, "x", NULL, &err), 0);
	else
		assert_int_equal(out.len, 0);
	buf_release(&out);
	buf_reset(text);
	return r;
}

static void nesting_is_refused_before_it_costs(void **state)
{
	struct buf b = BUF_INIT;
	clock_t start = clock();
	(void)state;
	repeat(&b, "- ", 24000), buf_puts(&b, "x"), repeat(&b, "\n", 8000);
	assert_int_equal(render(&b), ERR_LIMIT);
	repeat(&b, "> ", 30000), buf_puts(&b, "x");
	assert_int_equal(render(&b), ERR_LIMIT);
	repeat(&b, ">", 60000), repeat(&b, "a*", 2000);
	assert_int_equal(render(&b), ERR_LIMIT);
	for (size_t i = 0; i < 200; i++)
		repeat(&b, " ", 2 * i), buf_puts(&b, "- a\n");
	assert_int_equal(render(&b), ERR_LIMIT);
	for (size_t i = 0; i < 100; i++)
		repeat(&b, "1. ", 1), repeat(&b, "> ", 1);
	assert_int_equal(render(&b), ERR_LIMIT);
	repeat(&b, "a", RECORD_BYTES_MAX + 1);
	assert_int_equal(render(&b), ERR_LIMIT);
	/* Deep, but not too deep; and lines that only look like lists. */
	repeat(&b, "> ", NESTING_MAX), buf_puts(&b, "x");
	assert_int_equal(render(&b), 0);
	repeat(&b, "- ", 40), buf_puts(&b, "-\n");
	assert_int_equal(render(&b), 0);
	buf_puts(&b, "```\n"), repeat(&b, " ", 200), buf_puts(&b, "- a\n```\n");
	assert_int_equal(render(&b), 0);
	/* What is slow at other sizes is not at ours. */
	repeat(&b, "![[]()", BRACKETS_MAX / 2);
	assert_int_equal(render(&b), 0);
	repeat(&b, "![[]()", BRACKETS_MAX / 2), buf_putc(&b, '[');
	assert_int_equal(render(&b), ERR_LIMIT);
	repeat(&b, "*a ", 20000);
	assert_int_equal(render(&b), 0);
	repeat(&b, "*a **b ", 4000), repeat(&b, "** *", 4000);
	assert_int_equal(render(&b), 0);
	repeat(&b, "[a](b) ![c](", BRACKETS_MAX / 2);
	assert_int_equal(render(&b), 0);
	assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
	buf_release(&b);
}

/* A text of RECORD_BYTES_MAX: `front` once, `piece` as often as it fits, `rest` at the end; `N` in
 * a piece is how many came before it. */
struct slow {
	const char *name, *front, *piece, *rest;
};

static size_t brackets_in(const char *s)
{
	size_t n = 0;
	while ((s = strchr(s, '[')))
		n++, s++;
	return n;
}

static void fill(struct buf *b, const struct slow *s)
{
	size_t room = BRACKETS_MAX - brackets_in(s->front) - brackets_in(s->rest);
	size_t per_piece = brackets_in(s->piece);
	buf_puts(b, s->front);
	for (unsigned n = 0;; n++) {
		struct buf one = BUF_INIT;
		for (const char *p = s->piece; *p; p++)
			if (*p == 'N')
				buf_printf(&one, "%u", n);
			else if (*p == '#' && p[1] == '`')
				repeat(&one, "`", n % 400);
			else
				buf_putc(&one, *p);
		bool fits = b->len + one.len + strlen(s->rest) <= RECORD_BYTES_MAX &&
			    (n + 1) * per_piece <= room;
		if (fits)
			buf_add(b, buf_str(&one));
		buf_release(&one);
		if (!fits)
			break;
	}
	buf_puts(b, s->rest);
}

#define EIGHT(x) x x x x x x x x

/* Of all that is known to be slow for a CommonMark parser, as much as a record may hold, and in the
 * deepest nesting that is allowed. */
static void nothing_renders_longer_than_a_second(void **state)
{
	static const struct slow texts[] = {
	    {"images without an end", "", "![[]()", ""},
	    {"brackets that open", "", "[", ""},
	    {"brackets that open and close", "", "[a](", ""},
	    {"brackets in brackets", "", "[](", "]"},
	    {"stars that open", "", "*a ", ""},
	    {"stars and lines under", "", "*_a ", ""},
	    {"stars of two lengths", "", "**a *b ", ""},
	    {"stars that nearly close", "a", "**b_*c__ ", ""},
	    {"stars in the deepest quote", EIGHT(">>>>"), "a*", ""},
	    {"code of all lengths", "", "e#`` ", ""},
	    {"code that never ends", "", "`a", ""},
	    {"references that are defined", "", "[N]: x\n", "[1]"},
	    {"references that are not", "[a]: x\n\n", "[a]", ""},
	    {"one long label", "[", "a\\]", "]: x"},
	    {"entities", "", "&amp;&#0;&#x41;&nosuch;", ""},
	    {"links in angles", "", "<a:b ", ""},
	    {"comments", "</", "<!--", ""},
	    {"instructions", "", "<?", ""},
	    {"declarations", "", "<!A ", ""},
	    {"tags", "", "<a b='", ""},
	    {"the deepest list, again and again", "", EIGHT("- - - - ") "x\n\n", ""},
	    {"the deepest list, then lines", EIGHT("- - - - ") "x", "\n", ""},
	    {"the deepest quote, then lines", EIGHT("> > > > ") "x", "\n", ""},
	    {"the deepest quote, then lazy lines", EIGHT("> > > > ") "x", "\na", ""},
	    {"quotes in lists", EIGHT("> - > - ") "x", "\n>", ""},
	    {"numbers", "", "N. a\n", ""},
	    {"rules", "", "* * *\n", ""},
	    {"headings by a line under", "", "a\n-\n", ""},
	    {"fences", "", "```\n~~~\n", ""},
	    {"tabs", "", "-\t-\ta\n", ""},
	    {"spaces at a line's end", "", "a                    \n", ""},
	    {"hard breaks", "", "a\\\n", ""},
	};
	clock_t worst = 0;
	const char *which = "";
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct buf b = BUF_INIT;
		fill(&b, &texts[i]);
		clock_t start = clock();
		render(&b);
		clock_t took = clock() - start;
		if (took > worst) {
			worst = took;
			which = texts[i].name;
		}
		buf_release(&b);
	}
	print_message("the slowest of %zu texts, \"%s\", took %ld ms\n",
	    sizeof texts / sizeof *texts, which, (long)(worst * 1000 / CLOCKS_PER_SEC));
	assert_true(worst < CLOCKS_PER_SEC);
}

static void depth_is_never_estimated_too_low(void **state)
{
	(void)state;
	assert_int_equal(markdown_depth(STR("a\n\nb"), 99, NULL), 0);
	assert_int_equal(markdown_depth(STR("- a\n- b\n- c"), 99, NULL), 1);
	assert_int_equal(markdown_depth(STR("> - 1. a"), 99, NULL), 3);
	assert_int_equal(markdown_depth(STR("-\n  -\n    -\n"), 99, NULL), 3);
	assert_int_equal(markdown_depth(STR("- a\n\n\t- b\n"), 99, NULL), 2);
	assert_int_equal(markdown_depth(STR("- a\r  - b\r"), 99, NULL), 2);
	assert_int_equal(markdown_depth(STR("- - -\n* * *\n"), 99, NULL), 0);
	assert_int_equal(markdown_depth(STR("- -\n"), 99, NULL), 2);
	assert_int_equal(markdown_depth(STR("-\va"), 99, NULL), 1);
	assert_int_equal(markdown_depth(STR("- -\n-\0\n    >"), 99, NULL), 3); /* no marker */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blocks),
	    cmocka_unit_test(headings_start_at_two_and_skip_none),
	    cmocka_unit_test(none_is_without_words),
	    cmocka_unit_test(headings_start_where_told),
	    cmocka_unit_test(links),
	    cmocka_unit_test(images_become_links),
	    cmocka_unit_test(html_is_shown_as_text),
	    cmocka_unit_test(hostile_text),
	    cmocka_unit_test(nesting_is_refused_before_it_costs),
	    cmocka_unit_test(nothing_renders_longer_than_a_second),
	    cmocka_unit_test(depth_is_never_estimated_too_low),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
