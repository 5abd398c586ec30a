/* SPDX-License-Identifier: Apache-2.0 */
/* Each row is a rule of the Mustache specification, in our own words and data. */
#include "markup/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct row {
	const char *template, *data, *expected;
	const char *partial; /* the template "p", or NULL */
};

/* The same comes out where what these name was made text of before. */
static void check_bound(const struct template_set *set, json_t *data, const char *expected)
{
	static const char *const keys[] = {"who", "n", "nothing", "null", NULL};
	struct template_set *bound = template_set_bind(set, data, keys);
	struct buf out = BUF_INIT;
	struct err err = {0};
	assert_int_equal(template_render(&out, template_find(bound, "t"), &data, 1, &err), 0);
	assert_string_equal(out.ptr, expected);
	buf_release(&out);
	template_set_free(bound);
}

static void check(const struct row *row)
{
	struct template_set *set = template_set_new();
	struct buf out = BUF_INIT;
	struct err err = {0};
	json_t *data = NULL;
	assert_int_equal(json_parse(&data, str_from(row->data), "data", &err), 0);
	int r = template_add(set, STR("t"), str_from(row->template), "t", &err);
	if (r == 0 && row->partial)
		r = template_add(set, STR("p"), str_from(row->partial), "p", &err);
	if (r == 0)
		r = template_set_finish(set, &err);
	if (r == 0)
		r = template_render(&out, template_find(set, "t"), &data, 1, &err);
	if (r != 0)
		fail_msg("%s: %s", row->template, err.msg);
	if (strcmp(out.ptr, row->expected) != 0)
		fail_msg("%s\n gave %s\n not  %s", row->template, out.ptr, row->expected);
	check_bound(set, data, row->expected);
	buf_release(&out);
	json_decref(data);
	template_set_free(set);
}

#define CHECK(rows)                                                                                \
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)                                    \
	check(&rows[i])

static void interpolation(void **state)
{
	static const struct row rows[] = {
	    {"plain text {only}", "{}", "plain text {only}", NULL},
	    {"Hi {{who}}.", "{\"who\": \"Ana\"}", "Hi Ana.", NULL},
	    {"{{x}}", "{\"x\": \"& \\\" < > '\"}", "&amp; &quot; &lt; &gt; &#39;", NULL},
	    {"{{{x}}}|{{&x}}|{{& x }}|{{{ x }}}", "{\"x\": \"&<\"}", "&<|&<|&<|&<", NULL},
	    {"{{n}} {{{n}}} {{r}} {{z}}", "{\"n\": 85, \"r\": 1.21, \"z\": 0}", "85 85 1.21 0",
		NULL},
	    {"({{nothing}}{{{nothing}}}{{null}})", "{\"null\": null}", "()", NULL},
	    {"{{a.b.c}}={{#a}}{{b.c}}{{/a}}", "{\"a\": {\"b\": {\"c\": \"x\"}}}", "x=x", NULL},
	    {"({{a.b.c}}{{a.x}}{{x.a}})", "{\"a\": {\"b\": {}}}", "()", NULL},
	    /* The first part alone chooses the context; the rest does not fall back. */
	    {"{{#a}}({{b.c}}){{/a}}", "{\"a\": {\"b\": {}}, \"b\": {\"c\": \"wrong\"}}", "()",
		NULL},
	    {"{{.}}", "\"whole\"", "whole", NULL},
	    {"| {{x}} |\n  {{x}}\n", "{\"x\": \"-\"}", "| - |\n  -\n", NULL},
	    {"|{{   x\t}}|", "{\"x\": \"-\"}", "|-|", NULL},
	    {"a{{b}}c{{b}}d", "{\"b\": \"\"}", "acd", NULL},
	    {"{{b}}}", "{\"b\": 1}", "1}", NULL},
	    {"{{t}}{{f}}", "{\"t\": true, \"f\": false}", "true", NULL},
	};
	(void)state;
	CHECK(rows);
}

static void sections(void **state)
{
	static const struct row rows[] = {
	    {"{{#yes}}shown{{/yes}}{{#no}}hidden{{/no}}", "{\"yes\": true, \"no\": false}", "shown",
		NULL},
	    {"({{#null}}x{{/null}}{{#none}}x{{/none}}{{#empty}}x{{/empty}}{{#s}}x{{/s}})",
		"{\"null\": null, \"empty\": [], \"s\": \"\"}", "()", NULL},
	    {"{{#o}}{{x}}{{y}}{{/o}}", "{\"o\": {\"x\": 1}, \"y\": 2}", "12", NULL},
	    {"{{#name}}<{{.}}>{{/name}}", "{\"name\": \"Ana\"}", "<Ana>", NULL},
	    {"{{#n}}{{.}}{{/n}}", "{\"n\": 0}", "0", NULL},
	    {"{{#l}}{{i}},{{/l}}", "{\"l\": [{\"i\": 1}, {\"i\": 2}]}", "1,2,", NULL},
	    {"{{#l}}({{.}}){{/l}}", "{\"l\": [\"a\", 2, 3.5]}", "(a)(2)(3.5)", NULL},
	    {"{{#l}}[{{#.}}{{.}}{{/.}}]{{/l}}", "{\"l\": [[1, 2], [3]]}", "[12][3]", NULL},
	    {"{{#l}}{{#.}}{{a}}{{/.}}{{/l}}", "{\"l\": [{\"a\": 1}]}", "1", NULL},
	    {"{{#a}}{{#b}}{{#c}}{{x}}{{y}}{{z}}{{/c}}{{/b}}{{/a}}",
		"{\"a\": {\"x\": 1, \"b\": {\"y\": 2, \"c\": {\"z\": 3, \"x\": 9}}}}", "923", NULL},
	    {"{{#a.b.c}}in{{/a.b.c}}{{#a.b.d}}out{{/a.b.d}}", "{\"a\": {\"b\": {\"c\": true}}}",
		"in", NULL},
	    {"{{#t}}a{{#t}}b{{/t}}c{{/t}}{{#f}}a{{#t}}b{{/t}}c{{/f}}",
		"{\"t\": true, \"f\": false}", "abc", NULL},
	    {"{{#l}}{{a}}{{^a}}-{{/a}}{{/l}}", "{\"l\": [{\"a\": 1}, {}]}", "1-", NULL},
	};
	(void)state;
	CHECK(rows);
}

static void inverted(void **state)
{
	static const struct row rows[] = {
	    {"{{^no}}shown{{/no}}{{^yes}}hidden{{/yes}}", "{\"yes\": true, \"no\": false}", "shown",
		NULL},
	    {"{{^null}}1{{/null}}{{^none}}2{{/none}}{{^empty}}3{{/empty}}{{^s}}4{{/s}}",
		"{\"null\": null, \"empty\": [], \"s\": \"\"}", "1234", NULL},
	    {"({{^o}}x{{/o}}{{^l}}x{{/l}}{{^n}}x{{/n}})", "{\"o\": {}, \"l\": [1], \"n\": 0}", "()",
		NULL},
	    {"{{^a.b}}none{{/a.b}}", "{\"a\": {}}", "none", NULL},
	};
	(void)state;
	CHECK(rows);
}

static void lines_that_hold_only_a_tag_leave_none(void **state)
{
	static const struct row rows[] = {
	    {"a\n{{#t}}\nb\n{{/t}}\nc\n", "{\"t\": true}", "a\nb\nc\n", NULL},
	    {"a\n  {{#t}}  \n  b\n\t{{/t}}\nc\n", "{\"t\": true}", "a\n  b\nc\n", NULL},
	    {"a\n{{^t}}\nb\n{{/t}}\nc\n", "{\"t\": false}", "a\nb\nc\n", NULL},
	    {"a\r\n{{#t}}\r\nb\r\n{{/t}}\r\n", "{\"t\": true}", "a\r\nb\r\n", NULL},
	    {"  {{#t}}\nb\n  {{/t}}", "{\"t\": true}", "b\n", NULL},
	    {"{{#t}}\n{{/t}}\nb", "{\"t\": true}", "b", NULL},
	    /* Beside anything else they keep theirs. */
	    {"a\n {{#t}}{{/t}}\nb", "{\"t\": true}", "a\n \nb", NULL},
	    {" | {{#t}}\tx\t{{/t}} | \n", "{\"t\": true}", " | \tx\t | \n", NULL},
	    {"{{#t}} x\n{{/t}}\n", "{\"t\": true}", " x\n", NULL},
	    {"x {{#t}}\ny{{/t}}\n", "{\"t\": true}", "x \ny\n", NULL},
	    {"{{x}}\n", "{\"x\": \"\"}", "\n", NULL},
	    {"  {{{x}}}\n  {{&x}}\n", "{\"x\": \"-\"}", "  -\n  -\n", NULL},
	};
	(void)state;
	CHECK(rows);
}

static void comments(void **state)
{
	static const struct row rows[] = {
	    {"a{{! b }}c", "{}", "ac", NULL},
	    {"a{{!\n two\n lines\n}}c\n", "{}", "ac\n", NULL},
	    {"a\n{{! alone }}\nb\n", "{}", "a\nb\n", NULL},
	    {"a\n  {{! alone,\n  and long\n  }}\nb\n", "{}", "a\nb\n", NULL},
	    {"a\r\n{{! x }}\r\nb", "{}", "a\r\nb", NULL},
	    {"  {{! first }}\nb", "{}", "b", NULL},
	    {"a\n  {{! last }}", "{}", "a\n", NULL},
	    {"  12 {{! 34 }}\n", "{}", "  12 \n", NULL},
	    {"x{{!y}}{{z}}", "{\"!y\": 1, \"z\": 2}", "x2", NULL},
	};
	(void)state;
	CHECK(rows);
}

static void partials(void **state)
{
	static const struct row rows[] = {
	    {"({{>p}})", "{\"x\": \"<\"}", "(in &lt;)", "in {{x}}"},
	    {"({{> p }})", "{}", "()", ""},
	    {"{{#l}}{{>p}}{{/l}}", "{\"l\": [1, 2]}", "<1><2>", "<{{.}}>"},
	    {"{{>p}}", "{\"v\": 1, \"k\": [{\"v\": 2, \"k\": []}]}", "1(2())",
		"{{v}}({{#k}}{{>p}}{{/k}})"},
	    /* Alone on its line: the line goes, its indentation comes before each line. */
	    {"a\n  {{>p}}\nb\n", "{}", "a\n  1\n  2\nb\n", "1\n2\n"},
	    {"a\n  {{>p}}\nb\n", "{}", "a\n  1\n  2b\n", "1\n2"},
	    {"|\r\n{{>p}}\r\n|", "{}", "|\r\n>|", ">"},
	    {" {{>p}}", "{}", " 1\n 2", "1\n2"},
	    {" {{>p}}\n>", "{}", " 1\n 2>", "1\n2"},
	    /* Not alone: as it is. */
	    {"  {{x}}  {{>p}}\n", "{\"x\": \"|\"}", "  |  1\n2\n\n", "1\n2\n"},
	    /* Values keep their own lines. */
	    {"\\\n {{>p}}\n/\n", "{\"x\": \"<\\n->\"}", "\\\n |\n <\n->\n |\n/\n",
		"|\n{{{x}}}\n|\n"},
	    {" {{>p}}\n", "{\"t\": true}", " a\n b\n", "{{#t}}\na\n{{/t}}\nb\n"},
	    {" {{>p}}\n", "{\"k\": {\"k\": false}}", " a\n  a\n", "a\n{{#k}}\n {{>p}}\n{{/k}}\n"},
	};
	(void)state;
	CHECK(rows);
}

static void several_contexts(void **state)
{
	struct template_set *set = template_set_new();
	struct buf out = BUF_INIT;
	struct err err = {0};
	json_t *contexts[2] = {
	    json_pack("{s:s,s:s}", "a", "1", "b", "2"), json_pack("{s:s}", "b", "3")};
	(void)state;
	assert_int_equal(template_add(set, STR("t"), STR("{{a}}{{b}}"), "t", &err), 0);
	assert_int_equal(template_render(&out, template_find(set, "t"), contexts, 2, &err), 0);
	assert_string_equal(out.ptr, "13");
	assert_null(template_find(set, "u"));
	json_decref(contexts[0]);
	json_decref(contexts[1]);
	buf_release(&out);
	template_set_free(set);
}

static void what_is_bound_needs_no_context(void **state)
{
	static const char text[] =
	    "<a>{{w.b}}{{{w.c}}}\n{{x}}\n{{#s}}{{w.b}}\n{{/s}}{{w.none}}</a>\n";
	static const char *const keys[] = {"w", NULL};
	(void)state;
	struct template_set *set = template_set_new();
	struct buf out = BUF_INIT;
	struct err err = {0};
	json_t *words = NULL, *data = NULL;
	assert_int_equal(
	    json_parse(&words, STR("{\"w\": {\"b\": \"<\", \"c\": \"<\"}}"), "w", &err), 0);
	assert_int_equal(json_parse(&data, STR("{\"x\": 1, \"s\": [2, 3]}"), "d", &err), 0);
	assert_int_equal(template_add(set, STR("t"), str_from(text), "t", &err), 0);
	assert_int_equal(template_set_finish(set, &err), 0);
	struct template_set *bound = template_set_bind(set, words, keys);
	json_decref(words);
	assert_int_equal(template_render(&out, template_find(bound, "t"), &data, 1, &err), 0);
	assert_string_equal(out.ptr, "<a>&lt;<\n1\n&lt;\n&lt;\n</a>\n");
	json_decref(data);
	buf_release(&out);
	template_set_free(bound);
	template_set_free(set);
}

static void faults_name_file_and_line(void **state)
{
	static const struct {
		const char *template, *message;
	} rows[] = {
	    {"a\nb {{c\n", "x.mustache:2: a tag that does not end: {{c"},
	    {"{{#nope}}\r\n{{/nope\r\n\r\n<p>", "x.mustache:2: a tag that does not end: {{/nope"},
	    {"{{{a}}", "x.mustache:1: a tag that does not end: {{{a}}"},
	    {"\n\n{{#a}}\n{{b}}\n", "x.mustache:3: a section that is not closed in: t"},
	    {"{{#a}}\n{{#b}}\n{{/a}}",
		"x.mustache:3: the section b of line 2 is open, and this ends a"},
	    {"a\n{{/a}}", "x.mustache:2: the end of a section that was not opened: a"},
	    {"{{}}", "x.mustache:1: a tag without a name: {{}}"},
	    {"{{a b}}", "x.mustache:1: a name with a space in it: a b"},
	    {"{{a..b}}", "x.mustache:1: a name with nothing between its dots: a..b"},
	    {"{{a.}}", "x.mustache:1: a name with nothing between its dots: a."},
	    {"{{=<% %>=}}", "x.mustache:1: delimiters cannot be changed: {{=<% %>=}}"},
	    {"{{! a\nb }}\n{{>nowhere}}", "x.mustache:3: there is no template nowhere"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct template_set *set = template_set_new();
		struct err err = {0};
		int r = template_add(set, STR("t"), str_from(rows[i].template), "x.mustache", &err);
		if (r == 0)
			r = template_set_finish(set, &err);
		assert_int_not_equal(r, 0);
		assert_string_equal(err.msg, rows[i].message);
		template_set_free(set);
	}
}

static void endless_templates_end(void **state)
{
	struct template_set *set = template_set_new();
	struct buf out = BUF_INIT;
	struct err err = {0};
	json_t *data = json_object();
	(void)state;
	assert_int_equal(template_add(set, STR("t"), STR("\n{{>t}}"), "t", &err), 0);
	assert_int_equal(template_add(set, STR("t"), STR("x"), "t", &err), ERR_EXISTS);
	assert_int_equal(template_set_finish(set, &err), 0);
	assert_int_equal(template_render(&out, template_find(set, "t"), &data, 1, &err), ERR_LIMIT);
	assert_string_equal(err.msg, "t:2: templates call one another more than 32 deep");
	json_decref(data);
	buf_release(&out);
	template_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(interpolation),
	    cmocka_unit_test(sections),
	    cmocka_unit_test(inverted),
	    cmocka_unit_test(lines_that_hold_only_a_tag_leave_none),
	    cmocka_unit_test(comments),
	    cmocka_unit_test(partials),
	    cmocka_unit_test(several_contexts),
	    cmocka_unit_test(what_is_bound_needs_no_context),
	    cmocka_unit_test(faults_name_file_and_line),
	    cmocka_unit_test(endless_templates_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
