/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the examples of docs/format.md, which says what the words after a fence mean. */
#include "../page.h"

#include "base/limits.h"
#include "record/record.h"

#include <stdio.h>
#include <stdlib.h>

static struct schema_set *builtin;

/* `got` is NULL where there was no fault; "-bad" wants one that begins and goes on as it says. */
static void expect(const struct example *e, bool bad, const char *got)
{
	char says[300], place[32] = "";
	snprintf(says, sizeof says, "%.*s", STR_FMT(e->says));
	const char *part = says;
	if (bad && says[0] >= '0' && says[0] <= '9') {
		size_t n = strcspn(says, " ");
		snprintf(place, sizeof place, "f:%.*s: ", (int)n, says);
		part = says + n + 1;
	}
	if (bad != (got != NULL) ||
	    (bad && (strncmp(got, place, strlen(place)) != 0 || !*part || !strstr(got, part))))
		fail_msg("docs/format.md:%u: gave '%s'", e->line, got ? got : "no fault");
}

static bool is_bad(const struct example *e)
{
	return str_ends(e->kind, STR("-bad"));
}

static void run_head(const struct example *e, const struct schema_set *x)
{
	struct front f;
	struct err err;
	struct problems p = {0};
	struct buf text = BUF_INIT;
	char message[1200];
	const char *got = NULL;
	buf_printf(&text, "---\n%.*s---\n", STR_FMT(e->text));
	if (front_parse(&f, buf_str(&text), "f", RECORD_BYTES_MAX, &err)) {
		got = err.msg;
	} else if (x && !schema_check(schema_find(x, STR("t")), f.head, &p)) {
		snprintf(message, sizeof message, "f:%u:%u: %s", p.items[0].line, p.items[0].column,
		    p.items[0].text);
		got = message;
	}
	expect(e, is_bad(e), got);
	problems_release(&p);
	front_release(&f);
	buf_release(&text);
}

static struct schema_set *run_schema(const struct example *e)
{
	struct schema_set *set = schema_set_new();
	struct buf json = BUF_INIT;
	struct err err;
	buf_printf(&json,
	    "{\"type\": \"object\", \"properties\": {\"x\": %.*s}, \"additionalProperties\": "
	    "false}",
	    STR_FMT(e->text));
	bool bad =
	    schema_set_add(set, STR("t"), buf_str(&json), &err) || schema_set_finish(set, &err);
	expect(e, is_bad(e), bad ? err.msg : NULL);
	buf_release(&json);
	if (!bad)
		return set;
	schema_set_free(set);
	return NULL;
}

static void run_record(const struct example *e)
{
	struct record r;
	struct err err;
	int code = record_parse(&r, e->text, "f", builtin, NULL, &err);
	expect(e, is_bad(e), code ? err.msg : NULL);
	record_release(&r);
}

static void run_fmt(const struct example *e, const struct example *result)
{
	struct buf out = BUF_INIT;
	struct err err;
	assert_true(str_is(result->kind, "result"));
	if (record_format(&out, e->text, "f", builtin, NULL, &err))
		fail_msg("docs/format.md:%u: %s", e->line, err.msg);
	if (!str_eq(buf_str(&out), result->text))
		fail_msg("docs/format.md:%u: is\n%s", result->line, out.ptr);
	buf_release(&out);
}

/* The lines of `e` in the record `base`, each in place of the line with its key, or added. */
static void run_field(const struct example *e, const struct example *base)
{
	struct buf text = BUF_INIT, out = BUF_INIT;
	struct str rest = base->text;
	struct err err;
	buf_puts(&text, "---\n");
	buf_add(&text, e->text);
	str_cut(&rest, '\n');
	while (rest.len) {
		struct str line = str_cut(&rest, '\n'), key = line, lines = e->text;
		bool replaced = false;
		key = str_cut(&key, ':');
		while (lines.len) {
			struct str own = str_cut(&lines, '\n');
			replaced = replaced || str_eq(str_cut(&own, ':'), key);
		}
		if (!replaced)
			buf_printf(&text, "%.*s\n", STR_FMT(line));
	}
	int code = record_format(&out, buf_str(&text), "f", builtin, NULL, &err);
	expect(e, is_bad(e), code ? err.msg : NULL);
	buf_release(&text);
	buf_release(&out);
}

static void examples(void **state)
{
	(void)state;
	struct page page = {.source = BUF_INIT};
	struct schema_set *x = NULL;
	const struct example *record = NULL;
	size_t ran = 0;
	hash_init();
	builtin = schema_set_builtin();
	read_page(&page, "docs/format.md");
	for (size_t i = 0; i < page.len; i++) {
		const struct example *e = &page.items[i];
		struct str rest = e->kind, kind = str_cut(&rest, '-');
		ran++;
		if (str_is(kind, "head")) {
			run_head(e, NULL);
		} else if (str_is(kind, "record")) {
			run_record(e);
			record = is_bad(e) ? record : e;
		} else if (str_is(kind, "field")) {
			assert_non_null(record);
			run_field(e, record);
		} else if (str_is(kind, "x")) {
			assert_non_null(x);
			run_head(e, x);
		} else if (str_is(kind, "schema")) {
			schema_set_free(x);
			x = run_schema(e);
		} else if (str_is(kind, "fmt")) {
			assert_true(i + 1 < page.len);
			run_fmt(e, e + 1);
		} else {
			ran--;
		}
	}
	assert_true(ran >= 45);
	schema_set_free(x);
	schema_set_free(builtin);
	free(page.items);
	buf_release(&page.source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(examples)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
