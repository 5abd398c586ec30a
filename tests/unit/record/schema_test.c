/* SPDX-License-Identifier: Apache-2.0 */
#include "record/schema.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* A schema with one optional field `x` of the rule given. */
static char *with_x(const char *rule)
{
	struct buf b = BUF_INIT;
	buf_printf(&b,
	    "{\"type\": \"object\", \"properties\": {\"x\": %s}, \"additionalProperties\": false,"
	    " \"$defs\": {\"s\": {\"type\": \"string\", \"description\": \"a word\", "
	    "\"maxLength\": 4},"
	    " \"l\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/s\"}},"
	    " \"m\": {\"type\": \"object\", \"properties\": {\"k\": {\"type\": \"integer\"}},"
	    " \"additionalProperties\": false}}}",
	    rule);
	return b.ptr;
}

static struct schema_set *set_of(const char *rule)
{
	struct schema_set *set = schema_set_new();
	struct err err = {0};
	char *json = with_x(rule);
	int code = schema_set_add(set, STR("t"), str_from(json), &err);
	if (!code)
		code = schema_set_finish(set, &err);
	if (code)
		fail_msg("%s", err.msg);
	free(json);
	return set;
}

/* `yaml` under the rule: no problem where `says` is NULL, else one "line:column: …" that holds it.
 */
static void check(const char *rule, const char *yaml, const char *says)
{
	struct schema_set *set = set_of(rule);
	const struct schema *s = schema_find(set, STR("t"));
	struct front f;
	struct problems p = {0};
	struct err err = {0};
	struct buf text = BUF_INIT, got = BUF_INIT;
	buf_printf(&text, "---\n%s\n---\n", yaml);
	if (front_parse(&f, buf_str(&text), "f", RECORD_BYTES_MAX, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(schema_check(s, f.head, &p), !says);
	for (size_t i = 0; i < p.len; i++)
		buf_printf(
		    &got, "%u:%u: %s\n", p.items[i].line, p.items[i].column, p.items[i].text);
	if (says ? !strstr(got.ptr, says) : got.len > 0)
		fail_msg("%s under %s gave:\n%s, not:\n%s", yaml, rule, got.ptr, says);
	if (!says)
		json_decref(schema_typed(s, f.head));
	problems_release(&p);
	front_release(&f);
	buf_release(&text);
	buf_release(&got);
	schema_set_free(set);
}

static void strings(void **state)
{
	(void)state;
	check("{\"type\": \"string\"}", "x: word", NULL);
	check("{\"type\": \"string\"}", "x: NO", NULL);
	check("{\"type\": \"string\"}", "x: 12", NULL);
	check("{\"type\": \"string\"}", "x: \"\"", NULL);
	check("{\"type\": \"string\"}", "x:", "2:3: 'x' has no value");
	check("{\"type\": \"string\"}", "x: [a]",
	    "2:4: 'x' must be a text, such as \"some words\", not a list");
	check("{\"type\": \"string\", \"minLength\": 2}", "x: \xc3\xa9",
	    "'x' has 1 characters; at least 2");
	check("{\"type\": \"string\", \"maxLength\": 2}", "x: \xc3\xa9\xc3\xa9", NULL);
	check("{\"type\": \"string\", \"maxLength\": 2}", "x: abc",
	    "'x' has 3 characters; at most 2");
	check("{\"type\": \"string\", \"enum\": [\"a\", \"b\"]}", "x: c",
	    "'x' is 'c'; it must be one of: a, b");
	check("{\"type\": \"string\", \"enum\": [\"a\", \"b\"]}", "x: b", NULL);
	check("{\"type\": \"string\", \"const\": \"a\"}", "x: b", "'x' is 'b'; it must be 'a'");
	check("{\"type\": \"string\", \"pattern\": \"^[a-z]+$\"}", "x: B",
	    "'x' is 'B'; it must match the pattern ^[a-z]+$");
	check(
	    "{\"type\": \"string\", \"pattern\": \"^[a-z]+$\", \"description\": \"small letters\"}",
	    "x: B", "'x' cannot be 'B' – small letters");
	check("{\"type\": \"string\", \"pattern\": \"b\"}", "x: abc", NULL);
}

static void formats(void **state)
{
	(void)state;
	static const struct {
		const char *format, *good[8], *bad[18];
	} table[] = {
	    {"partial-date", {"2024", "2024-02", "2024-02-29", "0001", "9999-12-31", "2000-02-29"},
		{"2023-02-29", "1900-02-29", "0000", "2024-13", "2024-00", "2024-04-31", "2024-1",
		    "24", "2024-02-29T00:00:00Z", "2024-", "2024-02-", "20240229", "02024"}},
	    {"date", {"2024-05-02"}, {"2024", "2024-05", "2024-05-32", "2024-5-2", "2024-05-02 "}},
	    {"date-time", {"2024-05-02T23:59:59Z"},
		{"2024-05-02", "2024-05-02T24:00:00Z", "2024-05-02T23:59:60Z",
		    "2024-05-02T23:59:59", "2024-05-02T23:59:59+01:00", "2024-05-02t23:59:59Z",
		    "2024-05-02T23:59:59.5Z", "2024-02-30T00:00:00Z"}},
	    {"uri",
		{"https://example.org/a?b=c#d", "mailto:x@example.org", "http://[::1]/", "a:%20"},
		{"example.org", "https:", "http://a b", "https://e/\xc3\xa9", "https://e/%2",
		    "1a:b", "https://e/\\\\", "https://e/<x>", ":a"}},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char rule[80], yaml[80];
		snprintf(rule, sizeof rule, "{\"type\": \"string\", \"format\": \"%s\"}",
		    table[i].format);
		for (size_t k = 0; k < 8 && table[i].good[k]; k++) {
			snprintf(yaml, sizeof yaml, "x: \"%s\"", table[i].good[k]);
			check(rule, yaml, NULL);
		}
		for (size_t k = 0; k < 18 && table[i].bad[k]; k++) {
			snprintf(yaml, sizeof yaml, "x: \"%s\"", table[i].bad[k]);
			check(rule, yaml, "'x' is '");
		}
	}
}

static void numbers(void **state)
{
	(void)state;
	static const char *const whole[] = {"0", "12", "-3", "999999999999999"};
	static const char *const not_whole[] = {"+1", "01", "1.0", "0x1", "1e3", "-0", "one",
	    "1_000", "1,000", ".5", "9999999999999999", "12 ", "0o7", "1:30", "true", "~", "null"};
	char yaml[64];
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
		snprintf(yaml, sizeof yaml, "x: %s", whole[i]);
		check("{\"type\": \"integer\"}", yaml, NULL);
		check("{\"type\": \"number\"}", yaml, NULL);
		check("{\"type\": \"boolean\"}", yaml, "must be true or false, not '");
		snprintf(yaml, sizeof yaml, "x: \"%s\"", whole[i]);
		check("{\"type\": \"integer\"}", yaml,
		    "2:4: 'x' must be a whole number: take the quotes away");
	}
	for (size_t i = 0; i < sizeof not_whole / sizeof *not_whole; i++) {
		snprintf(yaml, sizeof yaml, "x: %s", not_whole[i]);
		if (strcmp(not_whole[i], "12 ") == 0)
			check("{\"type\": \"integer\"}", yaml,
			    NULL); /* the space is not of the value */
		else
			check("{\"type\": \"integer\"}", yaml, "'x' must be a whole number, not '");
	}
	check("{\"type\": \"number\"}", "x: 39.7", NULL);
	check("{\"type\": \"number\"}", "x: -0.50", NULL);
	check("{\"type\": \"number\"}", "x: 1.", "must be a number such as");
	check("{\"type\": \"number\"}", "x: .5", "must be a number such as");
	check("{\"type\": \"number\"}", "x: 1e3", "must be a number such as");
	check("{\"type\": \"number\"}", "x: .inf", "must be a number such as");
	check("{\"type\": \"number\"}", "x: 1.000000000000001", "must be a number such as");
	check("{\"type\": \"integer\", \"minimum\": 1, \"maximum\": 3}", "x: 0",
	    "'x' is 0; the least is 1");
	check("{\"type\": \"integer\", \"minimum\": 1, \"maximum\": 3}", "x: 4",
	    "'x' is 4; the most is 3");
	check(
	    "{\"type\": \"number\", \"maximum\": 0.5}", "x: 0.51", "'x' is 0.51; the most is 0.5");
	check("{\"type\": \"integer\", \"const\": 2}", "x: 2", NULL);
	check("{\"type\": \"integer\", \"const\": 2}", "x: 3", "'x' is '3'; it must be '2'");
	check("{\"type\": \"boolean\", \"const\": true}", "x: false", "it must be 'true'");
	check("{\"type\": \"boolean\"}", "x: true", NULL);
	check("{\"type\": \"boolean\"}", "x: yes", "must be true or false, not 'yes'");
	check("{\"type\": \"boolean\"}", "x: True", "must be true or false, not 'True'");
	check("{\"type\": \"boolean\"}", "x: \"true\"", "take the quotes away");
}

static void lists(void **state)
{
	(void)state;
	static const char two[] =
	    "{\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"minItems\": 1,"
	    " \"maxItems\": 2, \"uniqueItems\": true}";
	check(two, "x: [a, b]", NULL);
	check(two, "x: []", "'x' has 0 items; at least 1");
	check(two, "x: [a, b, c]", "'x' has 3 items; at most 2");
	check(two, "x: [a, \"a\"]", "'x' holds 'a' twice");
	check(two, "x: a", "2:4: 'x' must be a list, such as [one, two], not a text");
	check(two, "x: [a, [b]]", "2:8: 'x', item 2, must be a text");
	check(two, "x:\n  - a\n  -", "4:4: 'x', item 2, has no value");
	check("{\"$ref\": \"#/$defs/l\", \"maxItems\": 1}", "x: [a, b]", "at most 1");
	check("{\"$ref\": \"#/$defs/l\", \"maxItems\": 1}", "x: [abcde]",
	    "'x', item 1, has 5 characters");
}

static void maps(void **state)
{
	(void)state;
	static const char map[] =
	    "{\"type\": \"object\", \"properties\": {\"name\": {\"type\": \"string\", "
	    "\"description\":"
	    " \"who\"}, \"role\": {\"type\": \"string\"}}, \"required\": [\"name\"],"
	    " \"additionalProperties\": false}";
	check(map, "x: {name: a}", NULL);
	check(map, "x: {role: a}", "2:4: 'name' is missing – who");
	check(map, "x:\n  nmae: a", "3:3: there is no field 'nmae'; did you mean 'name'?");
	check(
	    map, "x:\n  name: a\n  colour: b", "4:3: there is no field 'colour' here; take it out");
	check(map, "x: text", "'x' must be a group of fields, such as {key: value}, not a text");
	check("{\"$ref\": \"#/$defs/m\", \"description\": \"d\"}", "x: {k: 2}", NULL);
	check("{\"$ref\": \"#/$defs/m\", \"description\": \"d\"}", "x: {j: 2}", "no field 'j'");
	static const char names[] = "{\"type\": \"object\", \"additionalProperties\": {\"type\": "
				    "\"string\", \"minLength\": 1}}";
	check(names, "x: {en: Norway, fr: Norv\xc3\xa8ge, \"no\": Norge}", NULL);
	check(names, "x: {en: \"\"}", "'en' has 0 characters");
	check(names, "x: {en: }", "'en' has no value");
}

static void finds_all(void **state)
{
	(void)state;
	struct schema_set *set = set_of("{\"$ref\": \"#/$defs/s\"}");
	struct problems p = {0};
	struct front f;
	struct err err = {0};
	struct str text = STR("---\nb: 1\nx: longer\na: 2\n---\n");
	assert_int_equal(front_parse(&f, text, "f", 1000, &err), 0);
	assert_false(schema_check(schema_find(set, STR("t")), f.head, &p));
	problems_sort(&p);
	assert_int_equal(p.len, 3);
	assert_int_equal(p.items[0].line, 2);
	assert_int_equal(p.items[1].line, 3);
	assert_non_null(strstr(p.items[1].text, "– a word"));
	assert_int_equal(p.items[2].line, 4);
	problems_release(&p);
	for (int i = 0; i < PROBLEMS_MAX + 5; i++)
		problems_add(&p, 1, 1, "%d", i);
	assert_int_equal(p.len, PROBLEMS_MAX);
	problems_release(&p);
	front_release(&f);
	schema_set_free(set);
}

static void typed(void **state)
{
	(void)state;
	struct schema_set *set = schema_set_new();
	struct err err = {0};
	struct front f;
	struct str json =
	    STR("{\"type\": \"object\", \"properties\": {\"s\": {\"type\": \"string\"}, \"i\": "
		"{\"type\":"
		" \"integer\"}, \"n\": {\"type\": \"number\"}, \"w\": {\"type\": \"number\"}, "
		"\"b\": {\"type\":"
		" \"boolean\"}, \"l\": {\"type\": \"array\", \"items\": {\"type\": \"integer\"}}, "
		"\"m\":"
		" {\"type\": \"object\", \"additionalProperties\": {\"type\": \"string\"}}},"
		" \"additionalProperties\": false}");
	struct str text =
	    STR("---\nm: {b: 1, a: 2}\nl: [3, -4]\nb: true\nw: 5.0\nn: 39.70\ni: 7\ns: 1\n"
		"---\n");
	assert_int_equal(schema_set_add(set, STR("t"), json, &err), 0);
	assert_int_equal(schema_set_finish(set, &err), 0);
	assert_int_equal(front_parse(&f, text, "f", 1000, &err), 0);
	struct problems p = {0};
	assert_true(schema_check(schema_find(set, STR("t")), f.head, &p));
	json_t *v = schema_typed(schema_find(set, STR("t")), f.head);
	struct buf out = BUF_INIT;
	json_write(&out, v, 0);
	assert_non_null(strstr(out.ptr, "{\"s\":\"1\",\"i\":7,\"n\":39.7"));
	assert_non_null(
	    strstr(out.ptr, ",\"w\":5,\"b\":true,\"l\":[3,-4],\"m\":{\"a\":\"2\",\"b\":\"1\"}}"));
	json_decref(v);
	buf_release(&out);
	front_release(&f);
	schema_set_free(set);
}

/* A rule that is no schema, by itself or once the set is finished. */
static void refuses(const char *rule, const char *says)
{
	struct schema_set *set = schema_set_new();
	struct err err = {0};
	char *json = with_x(rule);
	int code = schema_set_add(set, STR("t"), str_from(json), &err);
	if (!code)
		code = schema_set_finish(set, &err);
	if (code != ERR_UNSUPPORTED || !strstr(err.msg, says) || !strstr(err.msg, "'t'"))
		fail_msg("%s gave %d '%s', not '%s'", rule, code, err.msg, says);
	free(json);
	schema_set_free(set);
}

static void not_a_schema(void **state)
{
	(void)state;
	refuses("[]", "at /properties/x: must be a JSON object");
	refuses("true", "must be a JSON object");
	refuses("{}", "at /properties/x: needs a \"type\" or a \"$ref\"");
	refuses("{\"type\": \"null\"}", "/properties/x/type: must be string");
	refuses("{\"type\": [\"string\"]}", "must be string");
	refuses("{\"type\": \"string\", \"not\": {}}", "keyword 'not' is not supported");
	refuses("{\"type\": \"string\", \"anyOf\": []}", "keyword 'anyOf' is not supported");
	refuses("{\"type\": \"string\", \"default\": \"a\"}", "keyword 'default'");
	refuses("{\"type\": \"string\", \"format\": \"email\"}",
	    "/properties/x/format: must be partial-date");
	refuses("{\"type\": \"string\", \"pattern\": \"(\"}", "/properties/x/pattern: pattern '('");
	refuses("{\"type\": \"string\", \"pattern\": 1}", "/properties/x/pattern: ");
	refuses("{\"type\": \"string\", \"enum\": []}", "must be a list of strings");
	refuses("{\"type\": \"string\", \"enum\": [1]}", "must be a list of strings");
	refuses("{\"type\": \"string\", \"const\": null}", "must be a string, an integer");
	refuses("{\"type\": \"string\", \"const\": 1}", "does not suit the type");
	refuses("{\"type\": \"string\", \"minimum\": 1}", "does not suit the type");
	refuses("{\"type\": \"integer\", \"minLength\": 1}", "does not suit the type");
	refuses(
	    "{\"type\": \"integer\", \"items\": {\"type\": \"string\"}}", "does not suit the type");
	refuses("{\"$ref\": \"#/$defs/s\", \"maxItems\": 1}", "does not suit the type");
	refuses("{\"$ref\": \"#/$defs/s\", \"type\": \"string\"}", "beside \"$ref\" only limits");
	refuses("{\"$ref\": \"#/$defs/none\"}", "leads nowhere");
	refuses("{\"$ref\": \"other.json#/$defs/s\"}", "leads nowhere");
	refuses("{\"$ref\": \"#\"}", "leads nowhere");
	refuses("{\"$ref\": 3}", "must be \"#/$defs/x\"");
	refuses("{\"type\": \"string\", \"minLength\": -1}", "whole number from 0");
	refuses("{\"type\": \"string\", \"minLength\": 1.5}", "whole number from 0");
	refuses("{\"type\": \"integer\", \"minimum\": \"1\"}", "must be a number");
	refuses("{\"type\": \"array\"}", "an array needs \"items\"");
	refuses("{\"type\": \"array\", \"items\": [{\"type\": \"string\"}]}",
	    "/items: must be a JSON object");
	refuses("{\"type\": \"array\", \"uniqueItems\": true, \"items\": {\"type\": \"integer\"}}",
	    "\"uniqueItems\" is for lists of strings");
	refuses("{\"type\": \"object\"}", "needs \"additionalProperties\"");
	refuses(
	    "{\"type\": \"object\", \"additionalProperties\": true}", "must be false or a schema");
	refuses("{\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"a\"]}",
	    "'a' is not in \"properties\"");
	refuses("{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {\"a\": "
		"{\"type\":"
		" \"string\"}}, \"required\": [\"a\", \"a\"]}",
	    "named twice");
	refuses("{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {\"A b\": "
		"{\"type\":"
		" \"string\"}}}",
	    "'A b' cannot be a key");
	refuses("{\"type\": \"object\", \"additionalProperties\": false, \"$defs\": {}}",
	    "at the top of a schema only");
	refuses("{\"type\": \"string\", \"$schema\": \"http://json-schema.org/draft-07/schema#\"}",
	    "2020-12");
}

static void circles(void **state)
{
	(void)state;
	struct schema_set *set = schema_set_new();
	struct err err = {0};
	assert_int_equal(schema_set_add(set, STR("a"),
			     STR("{\"$defs\": {\"x\": {\"$ref\": \"b.json#/$defs/y\"}}}"), &err),
	    0);
	assert_int_equal(schema_set_add(set, STR("b"),
			     STR("{\"$defs\": {\"y\": {\"$ref\": \"a#/$defs/x\"}}}"), &err),
	    0);
	assert_int_equal(schema_set_finish(set, &err), ERR_UNSUPPORTED);
	assert_non_null(strstr(err.msg, "leads back to itself"));
	schema_set_free(set);

	/* A circle that takes a list each time round is a tree of any depth. */
	check("{\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/l\"}}", "x: [[a], []]", NULL);
	set = schema_set_new();
	struct str tree =
	    STR("{\"type\": \"object\", \"properties\": {\"t\": {\"$ref\": \"#/$defs/tree\"}},"
		" \"additionalProperties\": false, \"$defs\": {\"tree\": {\"type\": \"object\","
		" \"additionalProperties\": {\"$ref\": \"#/$defs/tree\"}}}}");
	struct front f;
	struct problems p = {0};
	assert_int_equal(schema_set_add(set, STR("t"), tree, &err), 0);
	assert_int_equal(schema_set_finish(set, &err), 0);
	assert_int_equal(
	    front_parse(&f, STR("---\nt: {a: {b: {}}, c: {}}\n---\n"), "f", 99, &err), 0);
	assert_true(schema_check(schema_find(set, STR("t")), f.head, &p));
	front_release(&f);
	assert_int_equal(front_parse(&f, STR("---\nt: {a: {b: x}}\n---\n"), "f", 99, &err), 0);
	assert_false(schema_check(schema_find(set, STR("t")), f.head, &p));
	assert_int_equal(p.items[0].column, 12);
	front_release(&f);
	problems_release(&p);
	schema_set_free(set);
}

static void sets(void **state)
{
	(void)state;
	struct schema_set *set = schema_set_new();
	struct err err = {0};
	struct str plain = STR("{\"type\": \"object\", \"additionalProperties\": false}");
	assert_int_equal(schema_set_add(set, STR("zeta"), plain, &err), 0);
	assert_int_equal(schema_set_add(set, STR("alpha"), plain, &err), 0);
	assert_int_equal(schema_set_add(set, STR("alpha"), plain, &err), ERR_EXISTS);
	assert_int_equal(schema_set_add(set, STR("Not A Name"), plain, &err), ERR_UNSUPPORTED);
	assert_int_equal(schema_set_add(set, STR("m"), STR("{"), &err), ERR_SYNTAX);
	assert_non_null(strstr(err.msg, "m:1:"));
	assert_int_equal(
	    schema_set_add(set, STR("m"), STR("{\"type\": \"nil\"}"), &err), ERR_UNSUPPORTED);
	assert_int_equal(schema_set_add(set, STR("m"), plain, &err), 0);
	assert_int_equal(schema_set_finish(set, &err), 0);
	assert_true(str_is(schema_name(set, 0), "alpha"));
	assert_true(str_is(schema_name(set, 1), "m"));
	assert_true(str_is(schema_name(set, 2), "zeta"));
	assert_int_equal(schema_name(set, 3).len, 0);
	assert_null(schema_find(set, STR("none")));
	assert_false(schema_is_record_type(schema_find(set, STR("m"))));
	schema_set_free(set);

	struct buf big = BUF_INIT;
	set = schema_set_new();
	buf_puts(&big, "{\"type\": \"object\", \"additionalProperties\": false, \"title\": \"");
	while (big.len < SCHEMA_BYTES_MAX)
		buf_putc(&big, 'x');
	buf_puts(&big, "\"}");
	assert_int_equal(schema_set_add(set, STR("m"), buf_str(&big), &err), ERR_LIMIT);
	for (int i = 0; i <= SCHEMAS_MAX; i++) {
		char name[16];
		snprintf(name, sizeof name, "s%d", i);
		int code = schema_set_add(set, str_from(name), plain, &err);
		assert_int_equal(code, i < SCHEMAS_MAX ? 0 : ERR_LIMIT);
	}
	buf_release(&big);
	schema_set_free(set);
	schema_set_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(strings),
	    cmocka_unit_test(formats),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(lists),
	    cmocka_unit_test(maps),
	    cmocka_unit_test(finds_all),
	    cmocka_unit_test(typed),
	    cmocka_unit_test(not_a_schema),
	    cmocka_unit_test(circles),
	    cmocka_unit_test(sets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
