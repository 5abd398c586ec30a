/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/ics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void text_is_escaped(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	ics_text(&b, "SUMMARY", STR("fr"), STR("a;b,c\\d\r\n]]> <b>\"\0\x1b"));
	assert_string_equal(b.ptr, "SUMMARY;LANGUAGE=fr:a\\;b\\,c\\\\d\\n]]> <b>\"\r\n");
	buf_release(&b);
}

/* 75 octets a line, whole characters, and the same text when lines are joined again. */
static void lines_are_folded(void **state)
{
	struct buf b = BUF_INIT, joined = BUF_INIT, text = BUF_INIT;
	struct err err = {0};
	(void)state;
	for (size_t i = 0; i < 80; i++)
		buf_puts(&text, i % 3 ? "\xd9\x85" : "x");
	buf_puts(&b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n");
	size_t from = b.len;
	ics_text(&b, "X-A", STR_EMPTY, buf_str(&text));
	size_t longest = 0;
	for (const char *p = b.ptr + from, *end; (end = strstr(p, "\r\n")); p = end + 2) {
		struct str line = {p, (size_t)(end - p)};
		longest = line.len > longest ? line.len : longest;
		buf_add(&joined, p == b.ptr + from ? line : str_sub(line, 1, line.len));
	}
	assert_in_range(longest, 74, 75);
	assert_string_equal(joined.ptr + strlen("X-A:"), text.ptr);
	buf_puts(&b, "END:VCALENDAR\r\n");
	assert_int_equal(ics_check(buf_str(&b), "x.ics", &err), 0);
	buf_release(&b);
	buf_release(&joined);
	buf_release(&text);
}

static void days_are_of_the_calendar(void **state)
{
	static const struct {
		const char *day;
		int later;
		const char *line;
	} rows[] = {{"2024-02-28", 1, "D:20240229\r\n"}, {"2023-12-31", 1, "D:20240101\r\n"},
	    {"2023-05-01", 0, "D:20230501\r\n"}, {"2023-02-30", 0, ""}, {"2023-05", 0, ""},
	    {"0001-01-01", 0, "D:00010101\r\n"}, {"9999-12-31", 0, "D:99991231\r\n"},
	    {"9999-12-31", 1, ""}, {"2023", 0, ""}, {"2023-00-01", 0, ""}, {"2023-01-00", 0, ""},
	    {"", 0, ""}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf b = BUF_INIT;
		assert_int_equal(
		    ics_day(&b, "D", str_from(rows[i].day), rows[i].later), *rows[i].line != 0);
		assert_string_equal(b.ptr, rows[i].line);
		buf_release(&b);
	}
}

#define TOP "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
#define EVENT "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:2\r\nDTSTART:3\r\n"

static void what_is_not_ours_is_refused(void **state)
{
	static const struct {
		const char *ics, *says;
	} rows[] = {
	    {TOP EVENT "END:VEVENT\r\nEND:VCALENDAR\r\n", NULL},
	    {TOP "END:VCALENDAR\n", "x:4: a line that does not end in CRLF: END:VCALENDAR\n"},
	    {TOP "END:VEVENT\r\n", "x:4: a component that may not stand here: END:VEVENT"},
	    {TOP "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:3\r\nEND:VEVENT\r\n",
		"x:7: an event without UID, DTSTAMP or DTSTART: END:VEVENT"},
	    {TOP EVENT "UID:2\r\n", "x:8: a property that stands there already: UID:2"},
	    {TOP EVENT "DTEND;VALUE=DATE:10101\r\n",
		"x:8: a day that is not YYYYMMDD: DTEND;VALUE=DATE:10101"},
	    {TOP EVENT "END:VEVENT\r\n", "x:9: it ends too early: "},
	    {"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "x:3: it ends too early: "},
	    {TOP "no name\r\n", "x:4: a line without a name: no name"},
	    {TOP "X:\x01\r\n", "x:4: what is not a character of text: X:\x01"},
	    {TOP "X:\xff\r\n", "x:4: what is not a character of text: X:\xff"},
	    {TOP "X:0123456789012345678901234567890123456789012345678901234567890123456789abcdef"
		 "\r\n",
		"x:4: a line of more than 75 octets"},
	    {" X:1\r\n", "x:1: it continues nothing:  X:1"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err err = {0};
		int r = ics_check(str_from(rows[i].ics), "x", &err);
		assert_int_equal(r, rows[i].says ? ERR_SYNTAX : 0);
		if (rows[i].says && strncmp(err.msg, rows[i].says, strlen(rows[i].says)) != 0)
			fail_msg("row %zu says: %s", i, err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_is_escaped),
	    cmocka_unit_test(lines_are_folded),
	    cmocka_unit_test(days_are_of_the_calendar),
	    cmocka_unit_test(what_is_not_ours_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
