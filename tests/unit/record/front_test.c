/* SPDX-License-Identifier: Apache-2.0 */
#include "record/front.h"

#include "base/buf.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static void ok(struct front *f, const char *text)
{
	struct err err = {0};
	int code = front_parse(f, str_from(text), "f.md", RECORD_BYTES_MAX, &err);
	if (code)
		print_error("%s\n", err.msg);
	assert_int_equal(code, 0);
}

/* `text` is refused, with a message that begins with "f.md:" and `says`. */
static void bad(const char *text, const char *says)
{
	struct front f;
	struct err err = {0};
	char want[200];
	snprintf(want, sizeof want, "f.md:%s", says);
	int code = front_parse(&f, str_from(text), "f.md", RECORD_BYTES_MAX, &err);
	if (!code || strncmp(err.msg, want, strlen(want)) != 0)
		fail_msg("wanted '%s', got '%s' for:\n%s", want, code ? err.msg : "no error", text);
	assert_null(f.head);
	front_release(&f);
}

static void shape(void **state)
{
	(void)state;
	struct front f;
	ok(&f, "---\ntitle: \xc3\xa9 x\nlist: [a, 'b', \"c\"]\nmap: {k: v}\nrows:\n  - p: 1\n    "
	       "q: 2\n"
	       "---\nbody\n---\nmore\n");
	assert_int_equal(f.head->kind, NODE_MAP);
	assert_int_equal(f.head->count, 4);
	const struct node *n = node_get(f.head, "title");
	assert_string_equal(n->text.ptr, "\xc3\xa9 x");
	assert_int_equal(n->line, 2);
	assert_int_equal(n->column, 8);
	assert_int_equal(n->key_line, 2);
	assert_int_equal(n->key_column, 1);
	assert_false(n->quoted);
	n = node_get(f.head, "list");
	assert_int_equal(n->kind, NODE_LIST);
	assert_int_equal(n->count, 3);
	assert_false(n->first->quoted);
	assert_true(n->first->next->quoted);
	assert_true(n->first->next->next->quoted);
	assert_int_equal(n->first->next->column, 11);
	assert_string_equal(node_get(node_get(f.head, "map"), "k")->text.ptr, "v");
	n = node_get(f.head, "rows")->first;
	assert_int_equal(n->line, 6);
	assert_string_equal(node_get(n, "q")->text.ptr, "2");
	assert_string_equal(f.body.ptr, "body\n---\nmore\n");
	assert_int_equal(f.body_line, 9);
	assert_null(node_get(f.head, "none"));
	assert_null(node_get(NULL, "none"));
	front_release(&f);
}

static void input_forms(void **state)
{
	(void)state;
	struct front f;
	ok(&f, "---\n# note\na: one\n  two # note\nb: >-\n  three\n  four\nc: 'it''s'\nd: "
	       "\"\\u00e9\\\"\"\n"
	       "e:\n\"no\": x\n---\n");
	assert_string_equal(node_get(f.head, "a")->text.ptr, "one two");
	assert_string_equal(node_get(f.head, "b")->text.ptr, "three four");
	assert_true(node_get(f.head, "b")->quoted);
	assert_string_equal(node_get(f.head, "c")->text.ptr, "it's");
	assert_string_equal(node_get(f.head, "d")->text.ptr, "\xc3\xa9\"");
	assert_int_equal(node_get(f.head, "e")->text.len, 0);
	assert_false(node_get(f.head, "e")->quoted);
	assert_string_equal(node_get(f.head, "no")->text.ptr, "x");
	assert_int_equal(f.body.len, 0);
	front_release(&f);
}

static void frame(void **state)
{
	(void)state;
	bad("", "1:1: the file must begin");
	bad("title: x\n", "1:1: the file must begin");
	bad("--- \ntitle: x\n---\n", "1:1: the file must begin");
	bad("---\ntitle: x\n", "1:1: the head has no end");
	bad("---\n---\n", "2:1: the head is empty");
	bad("---\n# only a note\n---\n", "2:1: the head is empty");
	bad("---\n- a\n---\n", "2:1: the head must be fields");
	bad("---\njust words\n---\n", "2:1: the head must be fields");
	bad("\xef\xbb\xbf---\na: b\n---\n", "1:1: U+FEFF");
	bad("---\r\na: b\r\n---\r\n", "1:4: U+000D");
	bad("---\na: b\n...\nc: d\n---\n", "4:1:");
	bad("---\n%YAML 1.2\na: b\n---\n", "3:1: this text belongs to no field");
}

static void outside_the_subset(void **state)
{
	(void)state;
	bad("---\na: &x b\n---\n", "2:4: '&' names a value");
	bad("---\na: b\nc: *x\n---\n", "3:4: '*' refers");
	bad("---\na: &x b\nc: *x\n---\n", "2:4: '&' names");
	bad("---\na: !!str b\n---\n", "2:4: '!'");
	bad("---\na: ! b\n---\n", "2:4: '!'");
	bad("---\na: !x [b]\n---\n", "2:4: '!'");
	bad("---\n!!map {a: b}\n---\n", "2:1: '!'");
	bad("---\na: !!python/object:os.system [b]\n---\n", "2:4: '!'");
	bad("---\n<<: {a: b}\n---\n", "2:1: '<<' merges");
	bad("---\na: 1\nb: 2\na: 3\n---\n", "4:1: 'a' stands here a second time");
	bad("---\na: {b: 1, \"b\": 2}\n---\n", "2:11: 'b' stands here a second time");
	bad("---\n? [a]\n: b\n---\n", "2:3: a key must be a word");
	bad("---\n{a: b}: c\n---\n", "2:1: a key must be a word");
	bad("---\n&k a: b\n---\n", "2:1: '&' names");
	bad("---\nTitle: b\n---\n", "2:1: 'Title' is no key");
	bad("---\na-b: c\n---\n", "2:1: 'a-b' is no key");
	bad("---\n1: c\n---\n", "2:1: '1' is no key");
	bad("---\na:\tb\n---\n", "2:3: U+0009 is a tab");
	bad("---\na: \"x\\ty\"\n---\n", "2:4: in this value, U+0009");
	bad("---\na: \"x\\u202ey\"\n---\n", "2:4: in this value, U+202E");
	bad("---\na: \"x\\0y\"\n---\n", "2:4: in this value, U+0000");
	bad("---\na: \"e\\u0301\"\n---\n",
	    "2:4: in this value, this character is not in normal form");
	bad("---\na: |\n  x\n  y\n---\n", "2:4: in this value, U+000A is a line break");
	bad("---\na: >\n  x\n---\n", "2:4: in this value, U+000A is a line break");
	bad("---\na: \"x\n\n  y\"\n---\n", "2:4: in this value, U+000A is a line break");
	bad("---\na: e\xcc\x81\n---\n", "2:4: this character is not in normal form");
	bad("---\na: b\n---\nx \xe2\x80\xae\n", "4:3: U+202E");
}

static void plain_words_for_slips(void **state)
{
	(void)state;
	bad("---\ntitle: a: b\n---\n", "2:9: a ':' inside a text");
	bad("---\ntitle: @home\n---\n",
	    "2:8: a text that begins with this character needs double quotes");
	bad("---\ntitle: \"open\nb: c\n---\n", "2:8: a quote is opened and never closed");
	bad("---\na: [b, c\nd: e\n---\n", "3:2: this list needs");
	bad("---\na: {b: c\nd: e\n---\n", "3:2: this map needs");
	bad("---\na: \"\\q\"\n---\n", "2:5: an unknown escape");
	bad("---\na: b\n  c: d\n---\n", "3:4: a ':' inside a text");
	bad("---\na: b\nword\n---\n", "4:1: a field without its colon");
}

static void repeat(struct buf *b, const char *s, int n)
{
	for (int i = 0; i < n; i++)
		buf_puts(b, s);
}

static void limits(void **state)
{
	(void)state;
	struct front f;
	struct err err = {0};
	for (int depth = NESTING_MAX - 1; depth <= NESTING_MAX + 1; depth++) {
		struct buf b = BUF_INIT; /* the head is level 1 */
		buf_puts(&b, "---\na: ");
		repeat(&b, "[", depth - 1);
		repeat(&b, "]", depth - 1);
		buf_puts(&b, "\n---\n");
		int code = front_parse(&f, buf_str(&b), "f.md", RECORD_BYTES_MAX, &err);
		assert_int_equal(code, depth <= NESTING_MAX ? 0 : ERR_LIMIT);
		front_release(&f);
		buf_release(&b);
	}
	for (int values = NODES_MAX - 1; values <= NODES_MAX + 1; values++) {
		struct buf b = BUF_INIT; /* the head and the list are two of them */
		buf_puts(&b, "---\na: [");
		repeat(&b, "x,", values - 2);
		buf_puts(&b, "]\n---\n");
		int code = front_parse(&f, buf_str(&b), "f.md", RECORD_BYTES_MAX, &err);
		assert_int_equal(code, values <= NODES_MAX ? 0 : ERR_LIMIT);
		front_release(&f);
		buf_release(&b);
	}
	struct str small = STR("---\na: b\n---\n");
	assert_int_equal(front_parse(&f, small, "f.md", small.len, &err), 0);
	front_release(&f);
	assert_int_equal(front_parse(&f, small, "f.md", small.len - 1, &err), ERR_LIMIT);
	struct buf deep = BUF_INIT;
	buf_puts(&deep, "---\na: ");
	repeat(&deep, "[", 60000);
	buf_puts(&deep, "\n---\n");
	assert_int_not_equal(front_parse(&f, buf_str(&deep), "f.md", RECORD_BYTES_MAX, &err), 0);
	buf_release(&deep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shape),
	    cmocka_unit_test(input_forms),
	    cmocka_unit_test(frame),
	    cmocka_unit_test(outside_the_subset),
	    cmocka_unit_test(plain_words_for_slips),
	    cmocka_unit_test(limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
