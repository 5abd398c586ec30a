/* SPDX-License-Identifier: Apache-2.0 */
/* What happened lately, what is contested or gone, and what there is and is not. */
#include "pages/list.h"

#include <stdio.h>

/* --- changes --- */

static json_t *entry_date(const struct site_lang *l, const struct site_item *item)
{
	struct buf day = BUF_INIT;
	date_of_time(&day, item->time);
	json_t *o = date_context(l, buf_str(&day));
	buf_release(&day);
	return o;
}

/* {title, href, lang, dir, language, date, hub}: a text and the entry that brought it. */
static json_t *text_context(const struct site_lang *l, const struct variant *v)
{
	json_t *o = json_object();
	page_put(o, "title", v->face.title.len ? v->face.title : str_from(v->doc->url));
	page_put(o, "href", str_from(v->doc->url));
	page_put(o, "lang", v->face.lang);
	page_put(o, "dir", str_from(language_dir(v->face.lang)));
	page_put(o, "language", words_language(&l->words, v->face.lang));
	page_put(o, "hub", str_from(v->item->hub));
	json_object_set_new_nocheck(o, "date", entry_date(l, v->item));
	return o;
}

static const char *change_word(const struct variant *v)
{
	if (v->item->is_erased)
		return "erased";
	if (v->face.is_withdrawn)
		return "withdrawn";
	if (v->face.revision > 1)
		return "change_revised";
	return v->face.from.len ? "change_translated" : "change_new";
}

/* Put what happened to a text into [{what, date, hub, languages}]: texts of one day, to which the
 * same happened at one hub, are one. */
static void add_act(json_t *acts, const struct site_lang *l, const struct variant *v)
{
	struct buf languages = BUF_INIT;
	json_t *o = json_object(), *same = NULL;
	page_put_word(o, "what", l, change_word(v));
	page_put(o, "hub", str_from(v->item->hub));
	json_object_set_new_nocheck(o, "date", entry_date(l, v->item));
	for (size_t i = 0; i < json_array_size(acts) && !same; i++) {
		json_t *act = json_array_get(acts, i);
		if (str_eq(json_get_text(act, "what"), json_get_text(o, "what")) &&
		    str_eq(json_get_text(act, "hub"), json_get_text(o, "hub")) &&
		    json_equal(json_object_get(act, "date"), json_object_get(o, "date")))
			same = act;
	}
	if (same)
		buf_printf(&languages, "%.*s%.*s ", STR_FMT(json_get_text(same, "languages")),
		    STR_FMT(words_get(&l->words, "ui", "comma")));
	buf_add(&languages, words_language(&l->words, v->face.lang));
	page_put(same ? same : o, "languages", buf_str(&languages));
	if (!same)
		json_array_append(acts, o);
	json_decref(o);
	buf_release(&languages);
}

/* {title, href, tongue, acts}: in the reader's language, where there is such a text. */
static json_t *changed_context(const struct site_lang *l, const struct doc *d)
{
	const struct variant *v = shown_variant(d, l);
	json_t *o = json_object();
	page_put(o, "title", v->face.title.len ? v->face.title : str_from(d->url));
	page_put(o, "href", str_from(d->url));
	page_put_or_none(o, "tongue", tongue_context(v, l));
	json_object_set_new_nocheck(o, "acts", json_array());
	return o;
}

int page_changes(struct site *s, struct site_lang *l, struct err *err)
{
	const struct site_index *x = &s->index;
	const struct doc *docs[CHANGES_MAX]; /* those of `list` */
	json_t *page = json_object(), *list = json_array();
	for (size_t i = 0; i < x->nlatest; i++) {
		const struct doc *d = x->latest[i]->doc;
		size_t at = 0;
		while (at < json_array_size(list) && docs[at] != d)
			at++;
		if (at == json_array_size(list)) {
			docs[at] = d;
			json_array_append_new(list, changed_context(l, d));
		}
		add_act(json_object_get(json_array_get(list, at), "acts"), l, x->latest[i]);
	}
	page_put_word(page, "title", l, "changes");
	page_put_word(page, "intro", l, "changes_intro");
	json_object_set_new_nocheck(page, "changes", list);
	feed_put(page, NULL, STR_EMPTY, x->nnewest);
	return page_write_if_new(s, l, "changes", "changes.html", page, err);
}

/* --- what is contested or gone --- */

int page_conflicts(struct site *s, struct site_lang *l, struct err *err)
{
	json_t *page = json_object(), *contested = json_array(), *gone = json_array();
	for (size_t i = 0; i < s->index.nvariants; i++) {
		const struct variant *v = &s->index.variants[i];
		if (v->item->nothers || v->item->is_disputed) {
			json_t *o = text_context(l, v);
			page_put_word(o, "what", l,
			    v->item->is_disputed ? "disputed_text" : "contested_text");
			json_array_append_new(contested, o);
		}
		if (v->face.is_withdrawn || v->item->is_erased) {
			json_t *o = text_context(l, v);
			page_put_word(o, "what", l, change_word(v));
			page_put(o, "reason", json_get_text(variant_head(v), "reason"));
			json_array_append_new(gone, o);
		}
	}
	page_put_word(page, "title", l, "conflicts");
	page_put_word(page, "intro", l, "conflicts_intro");
	json_object_set_new_nocheck(page, "contested", contested);
	json_object_set_new_nocheck(page, "gone", gone);
	return page_write_if_new(s, l, "conflicts", "conflicts.html", page, err);
}

/* --- figures --- */

static size_t count_in(const struct group *theme, struct str region)
{
	size_t n = 0;
	for (size_t i = 0; i < theme->len; i++)
		n += str_eq(theme->docs[i]->region, region);
	return n;
}

static int bits(size_t n)
{
	int b = 0;
	for (; n; n >>= 1)
		b++;
	return b;
}

/* How strong a tint: 1 to 3, by orders of two, for a few cells have most of all there is. */
static int level_of(size_t n, size_t most)
{
	return 1 + 3 * bits(n) / (bits(most) + 1);
}

/* One row a topic, one cell a region: {count, level, href}; the pages are facet.c's. */
static json_t *coverage(const struct site *s, const struct site_lang *l)
{
	const struct groups *themes = &s->index.themes, *regions = &s->index.regions;
	json_t *rows = json_array();
	size_t most = 0;
	for (size_t i = 0; i < themes->len * regions->len; i++) {
		size_t n =
		    count_in(&themes->items[i / regions->len], regions->items[i % regions->len].id);
		most = n > most ? n : most;
	}
	for (size_t i = 0; i < themes->len; i++) {
		const struct group *g = &themes->items[i];
		json_t *row = json_object(), *cells = json_array();
		page_put(row, "name", term_name(l, "themes", g->id));
		for (size_t r = 0; r < regions->len; r++) {
			size_t n = count_in(g, regions->items[r].id);
			char href[192];
			json_t *cell = json_object();
			snprintf(href, sizeof href, "theme/%.*s.in_%.*s.html", STR_FMT(g->id),
			    STR_FMT(regions->items[r].id));
			json_object_set_new_nocheck(cell, "count", json_integer((json_int_t)n));
			if (n)
				json_object_set_new_nocheck(
				    cell, "level", json_integer(level_of(n, most)));
			page_put(cell, "href", n ? str_from(href) : STR_EMPTY);
			json_array_append_new(cells, cell);
		}
		json_object_set_new_nocheck(row, "cells", cells);
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *region_names(const struct site *s, const struct site_lang *l)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->index.regions.len; i++)
		json_array_append_new(
		    list, page_text(term_name(l, "regions", s->index.regions.items[i].id)));
	return list;
}

/* How each language stands: {name, original, human, machine, behind, missing}. */
static json_t *languages_state(const struct site *s, const struct site_lang *l)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->nlangs; i++) {
		struct str lang = s->langs[i].words.lang;
		json_int_t original = 0, human = 0, machine = 0, behind = 0, missing = 0;
		for (size_t k = 0; k < s->index.nnewest; k++) {
			const struct variant *v = doc_variant(s->index.newest[k], lang);
			missing += !v;
			if (!v)
				continue;
			original += !v->face.from.len;
			human += v->face.from.len && !v->face.is_machine;
			machine += v->face.from.len && v->face.is_machine;
			behind += variant_is_behind(v);
		}
		json_t *o = json_object();
		char href[32];
		snprintf(href, sizeof href, "missing/%.*s.html", STR_FMT(lang));
		page_put(o, "name", words_language(&l->words, lang));
		page_put(o, "missing_href", missing ? str_from(href) : STR_EMPTY);
		page_put(o, "behind_href", behind ? STR("missing/behind.html") : STR_EMPTY);
		json_object_set_new_nocheck(o, "original", json_integer(original));
		json_object_set_new_nocheck(o, "human", json_integer(human));
		json_object_set_new_nocheck(o, "machine", json_integer(machine));
		json_object_set_new_nocheck(o, "behind", json_integer(behind));
		json_object_set_new_nocheck(o, "missing", json_integer(missing));
		json_array_append_new(list, o);
	}
	return list;
}

/* Cities that have no profile of their own: [{name, href, country}]. */
static json_t *without_profile(const struct site *s, const struct site_lang *l)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->index.cities.len; i++) {
		const struct group *g = &s->index.cities.items[i];
		bool has = false;
		for (size_t k = 0; k < g->len; k++)
			has |= strcmp(g->docs[k]->type, "city-profile") == 0;
		if (has)
			continue;
		json_t *o = place_context(s, l, g->id);
		page_put_or_none(o, "count", NULL);
		json_array_append_new(list, o);
	}
	return list;
}

/* Of what cities tell of their own work: {name, count}, by how its results are known. */
static json_t *evidence(const struct site *s, const struct site_lang *l)
{
	static const char *const types[] = {"good-practice", "case-study"};
	const json_t *values = json_object_get(l->words.root, "values");
	json_t *names = json_object_get(values, "evidence"), *name, *list = json_array();
	const char *value;
	json_object_foreach(names, value, name)
	{
		size_t n = 0;
		for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
			const struct group *g = group_find(&s->index.types, str_from(types[i]));
			for (size_t k = 0; g && k < g->len; k++) {
				struct str said = variant_term(g->docs[k]->original, "evidence");
				n += str_is(said.len ? said : STR("declared"), value);
			}
		}
		json_t *o = json_object();
		json_object_set_nocheck(o, "name", name);
		json_object_set_new_nocheck(o, "count", json_integer((json_int_t)n));
		json_array_append_new(list, o);
	}
	return list;
}

int page_dashboard(struct site *s, struct site_lang *l, struct err *err)
{
	const struct site_index *x = &s->index;
	json_t *page = json_object(), *groups = json_array();
	page_put_word(page, "title", l, "dashboard");
	page_put_word(page, "intro", l, "dashboard_intro");
	json_object_set_new_nocheck(page, "documents", json_integer((json_int_t)x->nnewest));
	json_object_set_new_nocheck(page, "texts", json_integer((json_int_t)x->nvariants));
	json_object_set_new_nocheck(page, "types", links_with_bars(types_context(s, l, true)));
	json_object_set_new_nocheck(
	    page, "regions", links_with_bars(terms_context(l, &x->regions, "regions", "region")));
	json_object_set_new_nocheck(page, "years", links_with_bars(years_context(s)));
	json_object_set_new_nocheck(page, "evidence", links_with_bars(evidence(s, l)));
	json_object_set_new_nocheck(page, "gaps", gaps_context(s, l));
	json_object_set_new_nocheck(page, "columns", region_names(s, l));
	json_object_set_new_nocheck(page, "rows", coverage(s, l));
	json_object_set_new_nocheck(page, "languages", languages_state(s, l));
	links_group_put(groups, l, "without_profile", without_profile(s, l));
	json_object_set_new_nocheck(page, "groups", groups);
	return page_write_if_new(s, l, "dashboard", "dashboard.html", page, err);
}
