/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calendars (RFC 5545): one of all events in a language, and one beside each event's page. An event
 * is a whole day or several. One whose first day is not known, as most that were looked up years
 * later, is in none of them: its page and the list say so, rather than a calendar the 1st of
 * January.
 */
#include "base/mem.h"
#include "pages/address.h"
#include "markup/ics.h"
#include "pages/page.h"

#include <stdlib.h>

static const char event[] = "event", path_all[] = "event/calendar.ics";

static bool is_day(struct str date)
{
	struct buf unused = BUF_INIT;
	bool is = ics_day(&unused, "X", date, 0);
	buf_release(&unused);
	return is;
}

static bool is_in_calendar(const struct variant *v)
{
	return strcmp(v->doc->type, event) == 0 && !v->face.is_withdrawn &&
	       is_day(variant_term(v, "starts"));
}

static void begin(struct buf *b, const struct site *s)
{
	buf_puts(b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Belfry//Belfry//EN\r\n");
	ics_text(b, "X-WR-CALNAME", STR_EMPTY, json_get_text(s->network, "network"));
}

static void put_stamp(struct buf *b, int64_t seconds)
{
	struct buf text = BUF_INIT, plain = BUF_INIT;
	time_put(&text, seconds);
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != '-' && text.ptr[i] != ':')
			buf_putc(&plain, text.ptr[i]);
	ics_line(b, "DTSTAMP", buf_str(&plain));
	buf_release(&text);
	buf_release(&plain);
}

/* The last day, where it is known and not before the first. */
static void put_days(struct buf *b, const struct variant *v)
{
	struct str starts = variant_term(v, "starts"), ends = variant_term(v, "ends");
	ics_day(b, "DTSTART;VALUE=DATE", starts, 0);
	if (is_day(ends) && str_cmp(ends, starts) >= 0)
		ics_day(b, "DTEND;VALUE=DATE", ends, 1);
}

static void put_event(struct buf *b, const struct site *s, const struct site_lang *l,
    struct str file, const struct variant *v)
{
	struct buf name = BUF_INIT, text = BUF_INIT;
	const struct doc *d = v->doc;
	buf_puts(b, "BEGIN:VEVENT\r\n");
	buf_printf(&name, "%s/%s/%s", d->place, d->type, d->id);
	uuid_put(&text, s, buf_str(&name)); /* one event in all languages; RFC 7986 §5.3 */
	ics_line(b, "UID", buf_str(&text));
	put_stamp(b, v->item->time);
	put_days(b, v);
	ics_text(b, "SUMMARY", v->face.lang, v->face.title);
	if (v->face.summary.len)
		ics_text(b, "DESCRIPTION", v->face.lang, v->face.summary);
	struct str venue = json_get_text(variant_head(v), "venue");
	if (venue.len)
		ics_text(b, "LOCATION", v->face.lang, venue);
	if (s->address.len) { /* a calendar is read away from its site */
		buf_reset(&name);
		buf_reset(&text);
		buf_printf(&name, "%.*s/%s", STR_FMT(l->words.lang), d->url);
		address_put(&text, s, file, buf_str(&name));
		ics_line(b, "URL", buf_str(&text));
	}
	buf_puts(b, "END:VEVENT\r\n");
	buf_release(&name);
	buf_release(&text);
}

/* "en/event/global.meeting.ics", beside its page. */
static void put_path(struct buf *out, const struct doc *d)
{
	buf_add(out, str_sub(str_from(d->url), 0, strlen(d->url) - strlen(".html")));
	buf_puts(out, ".ics");
}

static int put_file(struct site *s, struct str path, struct err *err)
{
	buf_puts(&s->html, "END:VCALENDAR\r\n");
	return ics_check(buf_str(&s->html), path.ptr, err)
		   ? err->code
		   : page_put_file(s, path.ptr, buf_str(&s->html), err);
}

int calendar_file(
    struct site *s, const struct site_lang *l, const struct variant *v, struct err *err)
{
	struct buf path = BUF_INIT;
	if (!is_in_calendar(v))
		return 0;
	buf_printf(&path, "%.*s/", STR_FMT(l->words.lang));
	put_path(&path, v->doc);
	buf_reset(&s->html);
	begin(&s->html, s);
	put_event(&s->html, s, l, buf_str(&path), v);
	int r = put_file(s, buf_str(&path), err);
	buf_release(&path);
	return r;
}

void calendar_put(json_t *page, const struct site_lang *l, const struct variant *v)
{
	struct buf path = BUF_INIT;
	if (is_in_calendar(v)) {
		put_path(&path, v->doc);
		page_put(page, "calendar", buf_str(&path));
		page_put_word(page, "calendar_text", l, "calendar_one");
	} else if (strcmp(v->doc->type, event) == 0 && !v->face.is_withdrawn)
		page_put_word(page, "calendar_none", l, "calendar_none");
	buf_release(&path);
}

static size_t events_of(const struct site *s, const struct site_lang *l, const struct doc ***out)
{
	const struct group *g = group_find(&s->index.types, str_from(event));
	size_t n = 0, cap = 0;
	*out = NULL;
	for (size_t i = 0; g && i < g->len; i++)
		if (is_in_calendar(shown_variant(g->docs[i], l)))
			*MEM_PUSH(*out, n, cap) = g->docs[i];
	return n;
}

void calendar_put_all(json_t *page, const struct site *s, const struct site_lang *l)
{
	const struct doc **docs;
	if (events_of(s, l, &docs)) {
		page_put(page, "calendar", str_from(path_all));
		page_put_word(page, "calendar_text", l, "calendar_all");
	}
	free(docs);
}

int pages_of_calendars(struct site *s, struct site_lang *l, struct err *err)
{
	const struct doc **docs;
	size_t n = events_of(s, l, &docs);
	struct deps *d = deps_begin(s, l);
	struct buf file = BUF_INIT;
	int r = 0;
	deps_docs(d, docs, n);
	for (size_t i = 0; i < n; i++)
		deps_number(d, (uint64_t)shown_variant(docs[i], l)->item->time);
	if (n && !page_is_fresh(s, l, path_all, d)) {
		buf_printf(&file, "%.*s/%s", STR_FMT(l->words.lang), path_all);
		buf_reset(&s->html);
		begin(&s->html, s);
		ics_text(&s->html, "X-WR-CALDESC", STR_EMPTY,
		    words_get(&l->words, "ui", "calendar_about"));
		for (size_t i = 0; i < n; i++)
			put_event(&s->html, s, l, buf_str(&file), shown_variant(docs[i], l));
		r = put_file(s, buf_str(&file), err);
	}
	buf_release(&file);
	free(docs);
	return r;
}
