/* SPDX-License-Identifier: Apache-2.0 */
#include "record/format.h"

static const struct {
	const char *name, *says;
} formats[] = {
    [FORMAT_PARTIAL_DATE] = {"partial-date", "a date that exists, as YYYY, YYYY-MM or YYYY-MM-DD"},
    [FORMAT_DATE] = {"date", "a date that exists, as YYYY-MM-DD"},
    [FORMAT_DATE_TIME] = {"date-time", "a time in UTC, as 2026-11-21T09:30:00Z"},
    [FORMAT_URI] = {"uri", "a web address such as https://example.org/page, with %20 for a space"},
};

enum format format_from(struct str name)
{
	for (size_t i = 1; i < sizeof formats / sizeof *formats; i++)
		if (str_is(name, formats[i].name))
			return (enum format)i;
	return FORMAT_NONE;
}

const char *format_says(enum format f)
{
	return f == FORMAT_NONE ? "" : formats[f].says;
}

/* Exactly `digits` digits at the front of `*s`, their value between `min` and `max`. */
static bool take_number(struct str *s, size_t digits, unsigned min, unsigned max, unsigned *out)
{
	unsigned v = 0;
	if (s->len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (s->ptr[i] < '0' || s->ptr[i] > '9')
			return false;
		v = v * 10 + (unsigned)(s->ptr[i] - '0');
	}
	*s = str_sub(*s, digits, s->len);
	*out = v;
	return v >= min && v <= max;
}

static bool take_char(struct str *s, char c)
{
	if (!s->len || s->ptr[0] != c)
		return false;
	*s = str_sub(*s, 1, s->len);
	return true;
}

static unsigned days_in(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* A date at the front of `*s`; with `partial` month and day may be left out. */
static bool take_date(struct str *s, bool partial)
{
	unsigned year, month, day;
	if (!take_number(s, 4, 1, 9999, &year))
		return false;
	if (partial && !s->len)
		return true;
	if (!take_char(s, '-') || !take_number(s, 2, 1, 12, &month))
		return false;
	if (partial && !s->len)
		return true;
	return take_char(s, '-') && take_number(s, 2, 1, days_in(year, month), &day);
}

static bool take_time(struct str *s)
{
	unsigned v;
	return take_char(s, 'T') && take_number(s, 2, 0, 23, &v) && take_char(s, ':') &&
	       take_number(s, 2, 0, 59, &v) && take_char(s, ':') && take_number(s, 2, 0, 59, &v) &&
	       take_char(s, 'Z');
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_uri(struct str s)
{
	size_t i = 0;
	while (i < s.len && (is_letter(s.ptr[i]) || (i && strchr("0123456789+-.", s.ptr[i]))))
		i++;
	if (!i || i + 1 >= s.len || s.ptr[i] != ':')
		return false;
	for (i++; i < s.len; i++) {
		char c = s.ptr[i];
		if (c == '%' && (i + 2 >= s.len || !is_hex(s.ptr[i + 1]) || !is_hex(s.ptr[i + 2])))
			return false;
		if (!is_letter(c) && !(c >= '-' && c <= '9') &&
		    (!c || !strchr("_~:?#[]@!$&'()*+,;=%", c)))
			return false;
	}
	return true;
}

bool format_fits(enum format f, struct str s)
{
	switch (f) {
	case FORMAT_PARTIAL_DATE:
		return take_date(&s, true) && !s.len;
	case FORMAT_DATE:
		return take_date(&s, false) && !s.len;
	case FORMAT_DATE_TIME:
		return take_date(&s, false) && take_time(&s) && !s.len;
	case FORMAT_URI:
		return is_uri(s);
	case FORMAT_NONE:
		break;
	}
	return true;
}
