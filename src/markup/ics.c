/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/ics.h"

#include <stdio.h>
#include <time.h>

enum { LINE_OCTETS = 75, DAY_SECONDS = 86400 };

static size_t character(struct str s)
{
	size_t at = 0;
	return str_utf8_next(s, &at) < 0 ? 1 : at;
}

/* Fold (§3.1): what follows begins with a space, which counts. */
static void put_folded(struct buf *out, struct str line)
{
	size_t room = LINE_OCTETS;
	while (line.len) {
		size_t n = character(line);
		if (n > room) {
			buf_puts(out, "\r\n ");
			room = LINE_OCTETS - 1;
		}
		buf_add(out, str_sub(line, 0, n));
		room -= n;
		line = str_sub(line, n, line.len);
	}
	buf_puts(out, "\r\n");
}

void ics_line(struct buf *out, const char *name, struct str value)
{
	struct buf line = BUF_INIT;
	buf_printf(&line, "%s:", name);
	buf_add(&line, value);
	put_folded(out, buf_str(&line));
	buf_release(&line);
}

void ics_text(struct buf *out, const char *name, struct str lang, struct str value)
{
	struct buf text = BUF_INIT, key = BUF_INIT;
	buf_puts(&key, name);
	if (lang.len)
		buf_printf(&key, ";LANGUAGE=%.*s", STR_FMT(lang));
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];
		if (c == '\\' || c == ',' || c == ';')
			buf_putc(&text, '\\');
		if (c == '\n')
			buf_puts(&text, "\\n");
		else if (c == '\t' || (c >= 0x20 && c != 0x7f))
			buf_putc(&text, (char)c);
	}
	ics_line(out, key.ptr, buf_str(&text));
	buf_release(&key);
	buf_release(&text);
}

bool ics_day(struct buf *out, const char *name, struct str day, int days_later)
{
	struct tm tm = {0}, back;
	char date[16];
	snprintf(date, sizeof date, "%.*s", STR_FMT(day));
	if (day.len != 10 || sscanf(date, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	int month = tm.tm_mon;
	time_t at = timegm(&tm); /* the 30th of February becomes another day */
	if (tm.tm_mon != month)
		return false;
	at += (time_t)days_later * DAY_SECONDS;
	if (!gmtime_r(&at, &back) || back.tm_year + 1900 > 9999)
		return false; /* a year has four digits (§3.3.4); strftime's %Y has as many as it
				 takes */
	struct buf text = BUF_INIT;
	buf_printf(&text, "%04d%02d%02d", back.tm_year + 1900, back.tm_mon + 1, back.tm_mday);
	ics_line(out, name, buf_str(&text));
	buf_release(&text);
	return true;
}

/* --- reading --- */

enum { IN_NOTHING, IN_CALENDAR, IN_EVENT, PAST_END };

struct reader {
	const char *name;
	size_t line;
	int state;
	unsigned seen; /* of `once`, in this event */
	bool has_version, has_id;
	struct err *err;
};

static const char *const once[] = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY"};
enum { NEEDED = 1 | 2 | 4 };

static int fault(const struct reader *r, const char *what, struct str value)
{
	return err_set(r->err, ERR_SYNTAX, "%s:%zu: %s: %.*s", r->name, r->line, what,
	    STR_FMT(str_sub(value, 0, 60)));
}

/* BEGIN and END in their order. */
static int step(struct reader *r, struct str line)
{
	static const struct {
		const char *line;
		int from, to;
	} steps[] = {{"BEGIN:VCALENDAR", IN_NOTHING, IN_CALENDAR},
	    {"BEGIN:VEVENT", IN_CALENDAR, IN_EVENT}, {"END:VEVENT", IN_EVENT, IN_CALENDAR},
	    {"END:VCALENDAR", IN_CALENDAR, PAST_END}};
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		if (!str_is(line, steps[i].line))
			continue;
		if (r->state != steps[i].from)
			break;
		if (r->state == IN_EVENT && (r->seen & NEEDED) != NEEDED)
			return fault(r, "an event without UID, DTSTAMP or DTSTART", line);
		r->state = steps[i].to;
		r->seen = 0;
		return 0;
	}
	return fault(r, "a component that may not stand here", line);
}

static int check_line(struct reader *r, struct str line)
{
	size_t n = 0;
	while (n < line.len && ((line.ptr[n] >= 'A' && line.ptr[n] <= 'Z') || line.ptr[n] == '-'))
		n++;
	struct str name = str_sub(line, 0, n);
	if (!n || n == line.len || (line.ptr[n] != ':' && line.ptr[n] != ';'))
		return fault(r, "a line without a name", line);
	if (str_is(name, "BEGIN") || str_is(name, "END"))
		return step(r, line);
	if (r->state != IN_CALENDAR && r->state != IN_EVENT)
		return fault(r, "a line outside of the calendar", line);
	r->has_version = r->has_version || str_is(line, "VERSION:2.0");
	r->has_id = r->has_id || str_is(name, "PRODID");
	if (str_starts(str_sub(line, n, line.len), STR(";VALUE=DATE:")) &&
	    line.len != n + strlen(";VALUE=DATE:20250102"))
		return fault(r, "a day that is not YYYYMMDD", line);
	for (unsigned i = 0; i < sizeof once / sizeof *once; i++) {
		if (r->state != IN_EVENT || !str_is(name, once[i]))
			continue;
		if (r->seen & 1u << i)
			return fault(r, "a property that stands there already", line);
		r->seen |= 1u << i;
	}
	return 0;
}

/* One line as it stands in the file. */
static int check_form(const struct reader *r, struct str raw)
{
	if (raw.len > LINE_OCTETS)
		return fault(r, "a line of more than 75 octets", raw);
	for (size_t at = 0; at < raw.len;) {
		int32_t c = str_utf8_next(raw, &at);
		if (c < 0 || (c < 0x20 && c != '\t') || c == 0x7f)
			return fault(r, "what is not a character of text", raw);
	}
	return 0;
}

int ics_check(struct str ics, const char *name, struct err *err)
{
	struct reader r = {.name = name, .state = IN_NOTHING, .err = err};
	while (ics.len) {
		const char *end = memmem(ics.ptr, ics.len, "\r\n", 2);
		struct str line = str_sub(ics, 0, end ? (size_t)(end - ics.ptr) : ics.len);
		r.line++;
		if (!end)
			return fault(&r, "a line that does not end in CRLF", line);
		if (check_form(&r, line) != 0)
			return err->code;
		bool is_folded = line.len && line.ptr[0] == ' ';
		if (is_folded && r.line == 1)
			return fault(&r, "it continues nothing", line);
		if (!is_folded && check_line(&r, line) != 0)
			return err->code;
		ics = str_sub(ics, line.len + 2, ics.len);
	}
	r.line++;
	if (r.state != PAST_END || !r.has_version || !r.has_id)
		return fault(&r, "it ends too early", STR_EMPTY);
	return 0;
}
