/* SPDX-License-Identifier: Apache-2.0 */
/* Who runs the network: its bodies, who holds which office from when to when, and minutes. */
#include "pages/list.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* One line of a body's "roles". */
struct term {
	const struct doc *of;
	const json_t *role, *original; /* in the reader's language, and as it was written first */
	size_t order; /* as they are said */
	int from, to; /* months since year 0; 0: not known */
};

/* "2023" is its first month, or with `is_end` its last. */
static int month_of(struct str date, bool is_end)
{
	uint64_t year = 0, month = 0;
	str_u64(str_sub(date, 0, 4), 9999, &year);
	if (!year)
		return 0;
	if (date.len < 7 || !str_u64(str_sub(date, 5, 2), 12, &month) || !month)
		month = is_end ? 12 : 1;
	return (int)(year * 12 + month);
}

/* The latest first; those without dates last. */
static int latest_first(const void *a, const void *b)
{
	const struct term *x = a, *y = b;
	if (x->from != y->from)
		return x->from > y->from ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static bool is_office(const struct doc *d)
{
	return str_is(variant_term(d->original, "kind"), "office");
}

static bool is_known(const struct term *terms, size_t n, const json_t *original)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(json_get_text(terms[i].original, "name"),
			json_get_text(original, "name")) &&
		    str_eq(json_get_text(terms[i].original, "starts"),
			json_get_text(original, "starts")))
			return true;
	return false;
}

/* Offices have pages of their own beside their body's: what those repeat is left out. */
static struct term *terms_of(const struct site_lang *l, const struct group *bodies, size_t *n)
{
	struct term *terms = NULL;
	size_t cap = 0;
	*n = 0;
	for (int offices = 0; offices < 2; offices++)
		for (size_t i = 0; i < bodies->len; i++) {
			const struct doc *d = bodies->docs[i];
			const json_t *roles =
			    json_object_get(variant_head(shown_variant(d, l)), "roles");
			if (is_office(d) != offices)
				continue;
			for (size_t k = 0; k < json_array_size(roles); k++) {
				const json_t *role = json_array_get(roles, k);
				const json_t *original = json_array_get(
				    json_object_get(variant_head(d->original), "roles"), k);
				if (offices && is_known(terms, *n, original))
					continue;
				struct term t = {d, role, original, *n,
				    month_of(json_get_text(role, "starts"), false),
				    month_of(json_get_text(role, "ends"), true)};
				*MEM_PUSH(terms, *n, cap) = t;
			}
		}
	if (*n)
		qsort(terms, *n, sizeof *terms, latest_first);
	return terms;
}

/* {x, width}: its part of the whole time, in hundredths. */
static json_t *bar(const struct term *t, int first, int last)
{
	int to = t->to ? t->to : last;
	if (!t->from || to < t->from || last <= first)
		return NULL;
	int all = last - first + 1;
	json_t *o = json_object();
	json_object_set_new_nocheck(o, "x", json_integer((t->from - first) * 100 / all));
	json_object_set_new_nocheck(o, "width", json_integer((to - t->from + 1) * 100 / all + 1));
	return o;
}

static json_t *terms_list(const struct site_lang *l, const struct group *bodies)
{
	size_t n;
	struct term *terms = terms_of(l, bodies, &n);
	json_t *list = json_array();
	int first = 0, last = 0;
	for (size_t i = 0; i < n; i++) {
		if (terms[i].from && (!first || terms[i].from < first))
			first = terms[i].from;
		last = terms[i].to > last ? terms[i].to : last;
		last = terms[i].from > last ? terms[i].from : last;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();
		page_put(o, "role", json_get_text(terms[i].role, "role"));
		page_put(o, "name", json_get_text(terms[i].role, "name"));
		page_put(o, "city", json_get_text(terms[i].role, "city"));
		page_put(o, "href", str_from(terms[i].of->url));
		page_put_or_none(o, "tongue", tongue_context(shown_variant(terms[i].of, l), l));
		page_put_or_none(o, "bar", bar(&terms[i], first, last));
		page_put_word(o, "term", l, "term_unknown");
		period_put(o, "term", l, json_get_text(terms[i].role, "starts"),
		    json_get_text(terms[i].role, "ends"));
		json_array_append_new(list, o);
	}
	free(terms);
	return list;
}

static json_t *bodies_list(const struct site_lang *l, const struct group *bodies)
{
	json_t *list = json_array();
	for (size_t i = 0; i < bodies->len; i++) {
		const struct variant *v = shown_variant(bodies->docs[i], l);
		json_t *o = json_object();
		if (is_office(bodies->docs[i])) {
			json_decref(o);
			continue;
		}
		page_put(o, "title", v->face.title);
		page_put(o, "href", str_from(bodies->docs[i]->url));
		page_put(o, "text", v->face.summary);
		page_put(o, "mandate", json_get_text(variant_head(v), "mandate"));
		page_put(o, "meets", json_get_text(variant_head(v), "meets"));
		page_put_or_none(o, "tongue", tongue_context(v, l));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *minutes_list(const struct site_lang *l, const struct group *bodies)
{
	json_t *list = json_array();
	for (size_t i = 0; i < bodies->len; i++) {
		const struct variant *v = shown_variant(bodies->docs[i], l);
		const json_t *minutes = json_object_get(variant_head(v), "minutes");
		for (size_t k = 0; k < json_array_size(minutes); k++) {
			const json_t *m = json_array_get(minutes, k);
			json_t *o = date_context(l, json_get_text(m, "date"));
			page_put(o, "title", json_get_text(m, "title"));
			page_put(o, "href", json_get_text(m, "url"));
			page_put(o, "body", v->face.title);
			page_put_or_none(o, "tongue", tongue_context(v, l));
			json_array_append_new(list, o);
		}
	}
	return list;
}

/* Links to the lists of these kinds that have documents. */
static json_t *kind_links(
    const struct site *s, const struct site_lang *l, const char *const *types, size_t n)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++) {
		const struct group *g = group_find(&s->index.types, str_from(types[i]));
		struct buf name = BUF_INIT;
		char href[96];
		if (!g)
			continue;
		words_type(&l->words, &name, types[i], true);
		snprintf(href, sizeof href, "%s/index.html", type_folder(g->id).text);
		json_array_append_new(list, counted_link(buf_str(&name), href, g->len));
		buf_release(&name);
	}
	return list;
}

int page_governance(struct site *s, struct site_lang *l, struct err *err)
{
	static const char *const related[] = {
	    "strategy", "policy", "working-group", "hub", "partner", "support-call"};
	const struct group none = {.len = 0}, *bodies = group_find(&s->index.types, STR("body"));
	json_t *links = kind_links(s, l, related, sizeof related / sizeof *related);
	struct deps *d = deps_begin(s, l);
	if (!bodies)
		bodies = &none;
	deps_docs(d, bodies->docs, bodies->len);
	deps_json(d, links);
	if (page_is_fresh(s, l, "governance.html", d)) {
		json_decref(links);
		return 0;
	}
	json_t *page = json_object(), *groups = json_array();
	page_put_word(page, "title", l, "governance");
	page_put_word(page, "intro", l, "governance_intro");
	json_object_set_new_nocheck(page, "bodies", bodies_list(l, bodies));
	json_object_set_new_nocheck(page, "terms", terms_list(l, bodies));
	json_object_set_new_nocheck(page, "minutes", minutes_list(l, bodies));
	json_object_set_new_nocheck(
	    page, "has_terms", json_boolean(json_array_size(json_object_get(page, "terms"))));
	json_object_set_new_nocheck(
	    page, "has_minutes", json_boolean(json_array_size(json_object_get(page, "minutes"))));
	links_group_put(groups, l, "kinds", links);
	json_object_set_new_nocheck(page, "groups", groups);
	return page_write(s, l, "governance", "governance.html", page, err);
}

/* --- the timeline --- */

static bool is_of_timeline(const struct doc *d)
{
	static const char *const types[] = {
	    "event", "body", "working-group", "strategy", "policy", "hub", "support-call"};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(d->type, types[i]) == 0)
			return d->date[0] != 0;
	return false;
}

int page_timeline(struct site *s, struct site_lang *l, struct err *err)
{
	const struct doc **docs = mem_alloc((s->index.nnewest + 1) * sizeof *docs);
	json_t *first = json_object();
	size_t n = 0;
	for (size_t i = 0; i < s->index.nnewest; i++)
		if (is_of_timeline(s->index.newest[i]))
			docs[n++] = s->index.newest[i];
	page_put_word(first, "intro", l, "timeline_intro");
	page_put_word(first, "kicker", l, "governance");
	page_put(first, "kicker_href", STR("governance.html"));
	if (group_find(&s->index.types, STR("event")))
		calendar_put_all(first, s, l);
	struct list list = {.base = "event/timeline",
	    .title = words_get(&l->words, "ui", "timeline"),
	    .first = first,
	    .docs = docs,
	    .len = n,
	    .as = SNIPPET_ROW,
	    .has_years = true};
	int r = list_write(s, l, &list, err);
	free(docs);
	return r;
}
