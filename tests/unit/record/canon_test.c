/* SPDX-License-Identifier: Apache-2.0 */
#include "record/canon.h"
#include "record/text.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const char schema_text[] =
    "{\"type\": \"object\", \"properties\": {"
    "\"s\": {\"type\": \"string\"}, \"t\": {\"type\": \"string\"},"
    "\"i\": {\"type\": \"integer\"}, \"num\": {\"type\": \"number\"}, \"b\": {\"type\": "
    "\"boolean\"},"
    "\"l\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}},"
    "\"m\": {\"type\": \"object\", \"additionalProperties\": {\"type\": \"string\"}},"
    "\"rows\": {\"type\": \"array\", \"items\": {\"type\": \"object\", \"properties\": {"
    "\"id\": {\"type\": \"string\"}, \"names\": {\"type\": \"object\", \"additionalProperties\":"
    " {\"type\": \"string\"}}, \"tags\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}}},"
    "\"additionalProperties\": false}},"
    "\"grid\": {\"type\": \"array\", \"items\": {\"type\": \"array\", \"items\": {\"type\": "
    "\"string\"}}},"
    "\"tree\": {\"$ref\": \"#/$defs/tree\"}},"
    "\"additionalProperties\": false, \"$defs\": {\"tree\": {\"type\": \"object\","
    "\"additionalProperties\": {\"$ref\": \"#/$defs/tree\"}}}}";

static struct schema_set *set;
static const struct schema *schema;

static int start(void **state)
{
	struct err err;
	(void)state;
	set = schema_set_new();
	if (schema_set_add(set, STR("t"), str_from(schema_text), &err) ||
	    schema_set_finish(set, &err))
		return -1;
	schema = schema_find(set, STR("t"));
	return 0;
}

static int stop(void **state)
{
	(void)state;
	schema_set_free(set);
	return 0;
}

/* Canonical form of a file. */
static void canon_of(struct buf *out, struct str text)
{
	struct front f;
	struct err err;
	struct problems p = {0};
	if (front_parse(&f, text, "f", RECORD_BYTES_MAX, &err))
		fail_msg("%s in\n%.*s", err.msg, STR_FMT(text));
	if (!schema_check(schema, f.head, &p))
		fail_msg("%s in\n%.*s", p.items[0].text, STR_FMT(text));
	json_t *v = schema_typed(schema, f.head);
	canon_write(out, schema, v, f.body);
	json_decref(v);
	front_release(&f);
}

static void becomes(const char *text, const char *canonical)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	canon_of(&once, str_from(text));
	assert_string_equal(once.ptr, canonical);
	canon_of(&twice, buf_str(&once));
	assert_string_equal(twice.ptr, canonical);
	buf_release(&once);
	buf_release(&twice);
}

static void scalar_is(const char *text, const char *canonical)
{
	struct buf b = BUF_INIT;
	canon_scalar(&b, str_from(text));
	assert_string_equal(b.ptr, canonical);
	buf_release(&b);
}

static void scalars(void **state)
{
	(void)state;
	static const char *const plain[] = {"word", "two words", "ke-mombasa", "a_b", "A.B",
	    "a/b/c", "C++", "it's", "name (note)",
	    "\xc3\x89"
	    "coles et familles",
	    "l\xe2\x80\x99"
	    "eau",
	    "\xd9\x85\xd8\xaf\xd9\x8a\xd9\x86\xd8\xa9", "\xf0\x9f\x98\x80", "nothing", "Norway",
	    "truest", "e10", "x1", "nano", "a  b"};
	static const char *const quoted[] = {"", "NO", "no", "Yes", "y", "N", "on", "OFF", "true",
	    "False", "null", "NULL", "nan", "Inf", "~", "1", "1.5", "-1", "+1", "0x1f", "0o17",
	    "1e3", ".5", ".inf", ".NaN", "1:30", "12:30:45", "2024-05-02", "2024", "3 cities", " a",
	    "a ", "a: b", "a:", "a #b", "#b", "- a", "-", "---", "...", "?", "? a", ":", "a, b",
	    "[a", "a]", "{a", "a}", "&a", "*a", "!a", "|", ">", "@a", "`a", "%a", "=", "<<", "'a",
	    "a!", "a?", "a=b", "a*", "a&b", "\xc2\xa0", "a\xc2\xa0", "a\xe2\x80\xaf: b",
	    "\xe3\x80\x80x", "https://example.org/"};
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		scalar_is(plain[i], plain[i]);
	for (size_t i = 0; i < sizeof quoted / sizeof *quoted; i++) {
		char want[64];
		snprintf(want, sizeof want, "\"%s\"", quoted[i]);
		scalar_is(quoted[i], want);
	}
	scalar_is("say \"hi\"", "\"say \\\"hi\\\"\"");
	scalar_is("a\\b", "\"a\\\\b\"");
	scalar_is("a\nb\x01", "\"a\\x0Ab\\x01\"");
}

static void order_and_layout(void **state)
{
	(void)state;
	becomes("---\nt: 'NO'\ns: x # note\n---\n", "---\ns: x\nt: \"NO\"\n---\n");
	becomes("---\nb: true\nnum: 39.70\ni: 7\n---\n", "---\ni: 7\nnum: 39.7\nb: true\n---\n");
	becomes("---\nnum: -0.0\n---\n", "---\nnum: 0\n---\n");
	becomes("---\nnum: 0.000001\n---\n", "---\nnum: 0.000001\n---\n");
	becomes("---\nnum: 123456789.123456\n---\n", "---\nnum: 123456789.123456\n---\n");
	becomes("---\nl:\n- a\n- \"1\"\n---\n", "---\nl: [a, \"1\"]\n---\n");
	becomes("---\nl: []\nm: {}\nrows: [{}]\ngrid: [[]]\n---\n",
	    "---\nl: []\nm: {}\nrows:\n  - {}\ngrid:\n  - []\n---\n");
	becomes("---\nm:\n  fr: \"b\"\n  \"no\": c\n  en: a\n---\n",
	    "---\nm: {en: a, fr: b, \"no\": c}\n---\n");
	becomes("---\nrows: [{tags: [x, z], id: a}, {names: {fr: b, en: c}, id: d}]\n---\n",
	    "---\nrows:\n  - id: a\n    tags: [x, z]\n  - id: d\n    names: {en: c, fr: b}\n---\n");
	becomes("---\ngrid: [[a, b], [c]]\n---\n", "---\ngrid:\n  - [a, b]\n  - [c]\n---\n");
	becomes(
	    "---\ntree: {b: {c: {}}, a: {}}\n---\n", "---\ntree:\n  a: {}\n  b:\n    c: {}\n---\n");
}

/* A line of exactly CANON_COLUMNS stays, one more breaks; columns are code points. */
static void wraps_at_the_limit(void **state)
{
	(void)state;
	for (int longer = 0; longer <= 1; longer++) {
		struct buf text = BUF_INIT, out = BUF_INIT;
		buf_puts(&text, "---\nl: [\xc3\xa9"); /* "l: [" + é…é + ", b]" */
		for (int i = 1; i < CANON_COLUMNS - 8 + longer; i++)
			buf_puts(&text, "\xc3\xa9");
		buf_puts(&text, ", b]\n---\n");
		canon_of(&out, buf_str(&text));
		assert_int_equal(strstr(out.ptr, "l: [") != NULL, !longer);
		assert_int_equal(strstr(out.ptr, "l:\n  - \xc3\xa9") != NULL, longer);
		buf_release(&text);
		buf_release(&out);
	}
	char text[400], want[400];
	char long_word[CANON_COLUMNS];
	memset(long_word, 'w', sizeof long_word - 1);
	long_word[sizeof long_word - 1] = 0;
	snprintf(
	    text, sizeof text, "---\nrows: [{id: a, names: {en: %s, fr: b}}]\n---\n", long_word);
	snprintf(want, sizeof want,
	    "---\nrows:\n  - id: a\n    names:\n      en: %s\n      fr: b\n---\n", long_word);
	becomes(text, want);
	snprintf(text, sizeof text, "---\ngrid: [[%s, a], [b]]\n---\n", long_word);
	snprintf(
	    want, sizeof want, "---\ngrid:\n  -\n    - %s\n    - a\n  - [b]\n---\n", long_word);
	becomes(text, want);
}

static void bodies(void **state)
{
	(void)state;
	becomes("---\ns: x\n---\n\n \nHello\n\n\n", "---\ns: x\n---\nHello\n");
	becomes("---\ns: x\n---\nHello", "---\ns: x\n---\nHello\n");
	becomes("---\ns: x\n---\n\n\n", "---\ns: x\n---\n");
	becomes("---\ns: x\n---\n    code\n\na  \n\t\n", "---\ns: x\n---\n    code\n\na  \n");
}

static void mends_text(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	struct err err;
	assert_int_equal(canon_text(&out,
			     STR("\xef\xbb\xbf"
				 "a\r\nb\rc\n\re\xcc\x81"),
			     "f", &err),
	    0);
	assert_string_equal(out.ptr, "a\nb\nc\n\n\xc3\xa9\n");
	buf_reset(&out);
	assert_int_equal(canon_text(&out, STR(""), "f", &err), 0);
	assert_int_equal(out.len, 0);
	assert_int_equal(canon_text(&out, STR("a\nb\xff\n"), "f", &err), ERR_SYNTAX);
	assert_int_equal(strncmp(err.msg, "f:2:2: ", 7), 0);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

static unsigned seed = 3;
static unsigned dice(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

/* Text of pieces that mean something to YAML. */
static json_t *random_text(void)
{
	static const char *const pieces[] = {"a", "b c", " ", "  ", ":", ": ", " #", "#", "-", "- ",
	    "?", ",", "[", "]", "{", "}", "&", "*", "!", "|", ">", "'", "\"", "\\", "%", "@", "`",
	    "=", "<<", "~", "0", "1", ".", "e", "no", "true", "null", "2024-05-02", "\xc3\xa9",
	    "\xe2\x80\x99", "\xc2\xa0", "\xd9\x85", "\xf0\x9f\x98\x80", "\\n", "---", "...", "/",
	    "_", "+", "(", ")", "x1:30"};
	struct buf b = BUF_INIT;
	for (unsigned i = dice(6); i; i--)
		buf_puts(&b, pieces[dice(sizeof pieces / sizeof *pieces)]);
	if (dice(20) == 0)
		for (int i = 0; i < 60; i++)
			buf_puts(&b, "long ");
	if (b.len && text_is_blank(buf_str(&b)))
		buf_puts(&b, "a"); /* spaces alone are no value */
	json_t *v = json_from(buf_str(&b));
	buf_release(&b);
	return v;
}

static json_t *random_list(void)
{
	json_t *list = json_array();
	for (unsigned i = dice(5); i; i--)
		json_array_append_new(list, random_text());
	return list;
}

static json_t *random_map(void)
{
	static const char *const keys[] = {"en", "no", "y", "null", "a_1", "true", "z"};
	json_t *map = json_object();
	for (unsigned i = dice(5); i; i--)
		json_object_set_new(map, keys[dice(7)], random_text());
	return map;
}

static json_t *random_head(void)
{
	json_t *head = json_object(), *rows = json_array(), *grid = json_array();
	json_object_set_new(head, "m", random_map());
	json_object_set_new(head, "t", random_text());
	json_object_set_new(head, "l", random_list());
	json_object_set_new(
	    head, "num", json_real(((double)dice(100000) * 10 + 1) / (dice(2) ? 10000 : -1000)));
	json_object_set_new(head, "i", json_integer((json_int_t)dice(1000) - 500));
	json_object_set_new(head, "s", random_text());
	for (unsigned i = dice(4); i; i--) {
		json_t *row = json_object();
		if (dice(2))
			json_object_set_new(row, "tags", random_list());
		if (dice(2))
			json_object_set_new(row, "names", random_map());
		if (dice(2))
			json_object_set_new(row, "id", random_text());
		json_array_append_new(rows, row);
		json_array_append_new(grid, random_list());
	}
	json_object_set_new(head, "rows", rows);
	json_object_set_new(head, "grid", grid);
	return head;
}

/* Whatever the value, its canonical form parses to that value and is its own canonical form. */
static void round_trip(void **state)
{
	(void)state;
	for (int round = 0; round < 5000; round++) {
		json_t *head = random_head();
		struct buf once = BUF_INIT, twice = BUF_INIT;
		struct front f;
		struct err err;
		struct problems p = {0};
		canon_write(&once, schema, head, STR("text\n"));
		if (front_parse(&f, buf_str(&once), "f", RECORD_BYTES_MAX, &err))
			fail_msg("%s in\n%s", err.msg, once.ptr);
		if (!schema_check(schema, f.head, &p))
			fail_msg("%s in\n%s", p.items[0].text, once.ptr);
		json_t *again = schema_typed(schema, f.head);
		if (!json_equal(head, again))
			fail_msg("another value after\n%s", once.ptr);
		canon_write(&twice, schema, again, f.body);
		assert_string_equal(once.ptr, twice.ptr);
		json_decref(head);
		json_decref(again);
		front_release(&f);
		buf_release(&once);
		buf_release(&twice);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scalars),
	    cmocka_unit_test(order_and_layout),
	    cmocka_unit_test(wraps_at_the_limit),
	    cmocka_unit_test(bodies),
	    cmocka_unit_test(mends_text),
	    cmocka_unit_test(round_trip),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
