/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bars for what was measured: before and after, where a row says both as numbers of one kind, and
 * shares of a whole. Texts say "37 (2023)", "5 817 vendeurs", "31 (2013), 2 (2015)" or "4,5 %";
 * what reads otherwise ("about a third") has no bar, for a drawing would say more than the record.
 */
#include "pages/page.h"

enum { POINTS_MAX = 12, YEARS_FROM = 1900, YEARS_TO = 2100, WHOLE = 100 };

struct point {
	struct str text;
	double value;
	bool is_before, is_bare; /* is_bare: nothing behind the number but what is in brackets */
};
struct points {
	struct point items[POINTS_MAX];
	size_t n, npercent;
};

static bool is_digit(struct str s, size_t at)
{
	return at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9';
}

/* How long the space is that `s` begins with, also those that do not break: 0 for none. */
static size_t space_length(struct str s)
{
	static const char *const spaces[] = {" ", "\u00a0", "\u202f", "\u2009"};
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
		if (str_starts(s, str_from(spaces[i])))
			return strlen(spaces[i]);
	return 0;
}

/* Between thousands: what is no decimal sign, with three digits behind it and no fourth. */
static size_t group_length(struct str s, char decimal)
{
	bool is_sign = s.len && (s.ptr[0] == ',' || s.ptr[0] == '.') && s.ptr[0] != decimal;
	size_t n = is_sign ? 1 : space_length(s);
	for (size_t i = 0; i < 3; i++)
		if (!is_digit(s, n + i))
			return 0;
	return is_digit(s, n + 3) ? 0 : n;
}

static bool take_number(struct str *s, char decimal, double *out)
{
	double value = 0, unit = 1;
	size_t at = 0;
	if (!is_digit(*s, 0))
		return false;
	for (size_t group = 0;; at += group) {
		for (; is_digit(*s, at); at++)
			value = value * 10 + (s->ptr[at] - '0');
		group = group_length(str_sub(*s, at, s->len), decimal);
		if (!group)
			break;
	}
	if (at < s->len && s->ptr[at] == decimal && is_digit(*s, at + 1))
		for (at++; is_digit(*s, at); at++)
			value += (s->ptr[at] - '0') * (unit /= 10);
	*out = value;
	*s = str_sub(*s, at, s->len);
	return true;
}

static bool take_percent(struct str *s)
{
	static const char *const signs[] = {"%", "\u066a"};
	struct str rest = str_sub(*s, space_length(*s), s->len);
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (str_starts(rest, str_from(signs[i]))) {
			*s = str_sub(rest, strlen(signs[i]), rest.len);
			return true;
		}
	return false;
}

/* How long what divides two numbers is, if `s` begins with that. */
static size_t divider_length(struct str s)
{
	static const char *const dividers[] = {",", ";", "\u060c", "\u061b"};
	for (size_t i = 0; i < sizeof dividers / sizeof *dividers; i++) {
		size_t n = strlen(dividers[i]);
		struct str rest = str_sub(s, n, s.len);
		if (str_starts(s, str_from(dividers[i])) && is_digit(rest, space_length(rest)) &&
		    space_length(rest))
			return n + space_length(rest);
	}
	return 0;
}

/* Step over what is said behind a number; false where that has numbers of its own. */
static bool skip_words(struct str *s, bool *is_bare)
{
	int depth = 0;
	size_t at = 0;
	*is_bare = true;
	if (s->len && !space_length(*s) && !divider_length(*s) && s->ptr[0] != '(')
		return false;
	for (; at < s->len; at++) {
		struct str rest = str_sub(*s, at, s->len);
		if (!depth && divider_length(rest))
			break;
		if (!depth && is_digit(rest, 0))
			return false;
		depth += (s->ptr[at] == '(') - (s->ptr[at] == ')' && depth);
		if (!depth && s->ptr[at] != ')' && !space_length(rest))
			*is_bare = false;
	}
	*s = str_sub(*s, at, s->len);
	return true;
}

/* Add what a cell says; false where that is not all numbers. */
static bool add_points(struct points *p, struct str cell, char decimal, bool is_before)
{
	size_t from = p->n;
	bool is_bare = true;
	for (struct str rest = cell; rest.len;) {
		struct point *now = &p->items[p->n];
		struct str start = rest;
		if (p->n == POINTS_MAX || !take_number(&rest, decimal, &now->value))
			return false;
		p->npercent += take_percent(&rest);
		if (!skip_words(&rest, &now->is_bare))
			return false;
		now->text = str_trim(str_sub(start, 0, start.len - rest.len));
		now->is_before = is_before;
		is_bare &= now->is_bare;
		p->n++;
		rest = str_sub(rest, divider_length(rest), rest.len);
	}
	return p->n - from == 1 || is_bare; /* "40 cities, 12 countries" are two things */
}

static bool are_years(const struct points *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].value < YEARS_FROM || p->items[i].value > YEARS_TO)
			return false;
	return !p->npercent;
}

/* Numbers of one kind, of which two can be compared, or one with the whole. */
static bool can_be_drawn(const struct points *p, double *whole)
{
	*whole = 0;
	for (size_t i = 0; i < p->n; i++)
		*whole = p->items[i].value > *whole ? p->items[i].value : *whole;
	if ((p->npercent && p->npercent != p->n) || are_years(p) || *whole <= 0)
		return false;
	if (p->n == 1 && p->npercent && *whole <= WHOLE)
		*whole = WHOLE;
	return p->n > 1 || *whole == WHOLE * (p->npercent > 0);
}

static json_t *bar_context(const struct site_lang *l, const struct point *p, double whole)
{
	json_t *o = json_object();
	struct buf label = BUF_INIT;
	int share = (int)(p->value / whole * 100 + 0.5);
	words_field(&l->words, &label, p->is_before ? "baseline" : "value");
	page_put(o, "label", buf_str(&label));
	page_put(o, "text", p->text);
	json_object_set_new_nocheck(o, "is_before", json_boolean(p->is_before));
	json_object_set_new_nocheck(o, "share", json_integer(p->value > 0 && !share ? 1 : share));
	buf_release(&label);
	return o;
}

static json_t *row_chart(const struct site_lang *l, const json_t *row, char decimal)
{
	struct points p = {.n = 0};
	double whole;
	if (!add_points(&p, json_get_text(row, "baseline"), decimal, true) ||
	    !add_points(&p, json_get_text(row, "value"), decimal, false) ||
	    !can_be_drawn(&p, &whole))
		return NULL;
	json_t *o = json_object(), *bars = json_array();
	page_put(o, "name", json_get_text(row, "indicator"));
	for (size_t i = 0; i < p.n; i++)
		json_array_append_new(bars, bar_context(l, &p.items[i], whole));
	json_object_set_new_nocheck(o, "bars", bars);
	return o;
}

json_t *chart_context(
    const struct site *s, const struct site_lang *l, struct str lang, const json_t *rows)
{
	const struct site_lang *of_text = site_lang_of(s, lang);
	const struct words *words = of_text ? &of_text->words : &l->words;
	json_t *charts = json_array();
	struct str decimal = words_get(words, NULL, "decimal");
	for (size_t i = 0; i < json_array_size(rows); i++) {
		json_t *one =
		    row_chart(l, json_array_get(rows, i), decimal.len ? decimal.ptr[0] : '.');
		if (one)
			json_array_append_new(charts, one);
	}
	if (json_array_size(charts)) {
		json_t *o = json_object();
		json_object_set_new_nocheck(o, "charts", charts);
		return o;
	}
	json_decref(charts);
	return NULL;
}
