/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists by what documents have in common, and by two such things at once. Filters are links to
 * these pages: nothing has to run in the browser. All stand one folder deep, so that a document's
 * card is one text for all of them; "." and "in_" in their names keep them apart, as ids hold
 * neither.
 *
 *   <type>/index.html   <type>/in_<region>.html
 *   theme/<theme>.html  theme/<theme>.<type>.html  theme/<theme>.in_<region>.html
 *   need/<id>.html  objective/<id>.html  audience/<id>.html  year/<yyyy>.html  country/<iso>.html
 */
#include "pages/list.h"

#include "base/mem.h"
#include "record/word.h"

#include <stdio.h>
#include <stdlib.h>

json_t *types_context(const struct site *s, const struct site_lang *l, bool has_counts)
{
	json_t *list = json_array(), *known = json_object_get(l->words.root, "types"), *unused;
	struct buf name = BUF_INIT;
	char href[96];
	const char *type;
	/* First those that have words, in their order, then those that a network has added. */
	json_object_foreach(known, type, unused)
	{
		const struct group *g = group_find(&s->index.types, str_from(type));
		if (!g || strcmp(type, "page") == 0)
			continue;
		buf_reset(&name);
		words_type(&l->words, &name, type, true);
		snprintf(href, sizeof href, "%s/index.html", type_folder(str_from(type)).text);
		json_array_append_new(
		    list, counted_link(buf_str(&name), href, has_counts ? g->len : 0));
	}
	for (size_t i = 0; i < s->index.types.len; i++) {
		const struct group *g = &s->index.types.items[i];
		if (json_object_getn(known, g->id.ptr, g->id.len))
			continue;
		buf_reset(&name);
		snprintf(href, sizeof href, "%.*s", STR_FMT(g->id));
		words_type(&l->words, &name, href, true);
		snprintf(href, sizeof href, "%s/index.html", type_folder(g->id).text);
		json_array_append_new(
		    list, counted_link(buf_str(&name), href, has_counts ? g->len : 0));
	}
	buf_release(&name);
	return list;
}

json_t *terms_context(
    const struct site_lang *l, const struct groups *g, const char *vocabulary, const char *folder)
{
	json_t *list = json_array();
	char href[96];
	for (size_t i = 0; i < g->len; i++) {
		const struct group *group = &g->items[i];
		snprintf(href, sizeof href, "%s/%.*s.html", folder, STR_FMT(group->id));
		if (group->len)
			json_array_append_new(list,
			    counted_link(term_name(l, vocabulary, group->id), href, group->len));
	}
	return list;
}

/* --- two at once --- */

enum facet { FACET_THEME, FACET_TYPE, FACET_REGION, FACETS };

/* One type, theme or region. */
struct choice {
	enum facet facet;
	struct str id;
	size_t position; /* of the theme */
};

static const struct groups *groups_of(const struct site_index *x, enum facet f)
{
	const struct groups *const all[FACETS] = {&x->themes, &x->types, &x->regions};
	return all[f];
}

static bool is_of(const struct doc *d, const struct choice *c)
{
	if (c->facet == FACET_TYPE)
		return str_is(c->id, d->type);
	if (c->facet == FACET_REGION)
		return str_eq(c->id, d->region);
	for (size_t i = 0; i < d->nthemes; i++)
		if (d->themes[i] == c->position)
			return true;
	return false;
}

static void put_name(struct buf *out, const struct site_lang *l, const struct choice *c)
{
	static const char *const vocabularies[] = {"themes", NULL, "regions"};
	char type[72];
	snprintf(type, sizeof type, "%.*s", STR_FMT(c->id));
	if (c->facet == FACET_TYPE)
		words_type(&l->words, out, type, true);
	else
		buf_add(out, term_name(l, vocabularies[c->facet], c->id));
}

/* {name, href} of the page of one. */
static json_t *choice_link(const struct site_lang *l, const struct choice *c)
{
	struct buf name = BUF_INIT;
	char href[96];
	put_name(&name, l, c);
	if (c->facet == FACET_TYPE)
		snprintf(href, sizeof href, "%s/index.html", type_folder(c->id).text);
	else
		snprintf(href, sizeof href, "%s/%.*s.html",
		    c->facet == FACET_THEME ? "theme" : "region", STR_FMT(c->id));
	json_t *o = page_link(buf_str(&name), href);
	buf_release(&name);
	return o;
}

/* In the order of enum facet. */
static void pair_base(char *out, size_t size, const struct choice *a, const struct choice *b)
{
	if (a->facet > b->facet)
		pair_base(out, size, b, a);
	else if (a->facet == FACET_TYPE)
		snprintf(out, size, "%s/in_%.*s", type_folder(a->id).text, STR_FMT(b->id));
	else
		snprintf(out, size, "theme/%.*s.%s%.*s", STR_FMT(a->id),
		    b->facet == FACET_REGION ? "in_" : "", STR_FMT(b->id));
}

static size_t pick(const struct doc **out, const struct group *g, const struct choice *c)
{
	size_t n = 0;
	for (size_t i = 0; i < g->len; i++)
		if (is_of(g->docs[i], c))
			out[n++] = g->docs[i];
	return n;
}

static int pair_pages(struct site *s, struct site_lang *l, const struct choice *a,
    const struct choice *b, const struct doc *const *docs, size_t n, struct err *err)
{
	char base[256];
	struct buf title = BUF_INIT;
	json_t *first = json_object(), *one = choice_link(l, a), *two = choice_link(l, b);
	pair_base(base, sizeof base, a, b);
	const char *names[] = {
	    "a", json_get_text(one, "name").ptr, "b", json_get_text(two, "name").ptr, NULL};
	words_fill(&title, words_get(&l->words, "ui", "pair"), names);
	json_object_set(first, "kicker", json_object_get(one, "name"));
	json_object_set(first, "kicker_href", json_object_get(one, "href"));
	json_object_set_new_nocheck(first, "region", two);
	struct list list = {.base = base,
	    .title = buf_str(&title),
	    .first = first,
	    .docs = docs,
	    .len = n,
	    .as = SNIPPET_ROW};
	int r = list_write(s, l, &list, err);
	json_decref(one);
	buf_release(&title);
	return r;
}

/* Links from one to what it has in common with each of `with`; writes those pages, too, where this
 * one comes first in their names. */
static int narrow_by(json_t *links, struct site *s, struct site_lang *l, const struct group *g,
    const struct choice *one, enum facet with, struct err *err)
{
	const struct groups *all = groups_of(&s->index, with);
	const struct doc **docs = mem_alloc((g->len + 1) * sizeof *docs);
	int r = 0;
	for (size_t i = 0; i < all->len && r == 0; i++) {
		struct choice other = {with, all->items[i].id, i};
		size_t n = pick(docs, g, &other);
		char href[256];
		if (!n)
			continue;
		pair_base(href, sizeof href - 5, one, &other);
		strcat(href, ".html");
		json_t *link = choice_link(l, &other);
		page_put(link, "href", str_from(href));
		json_object_set_new_nocheck(link, "count", json_integer((json_int_t)n));
		json_array_append_new(links, link);
		if (one->facet < with)
			r = pair_pages(s, l, one, &other, docs, n, err);
	}
	free(docs);
	return r;
}

/* Put what leads to fewer: {"narrow": {"groups"}}. */
static int put_narrow(json_t *page, struct site *s, struct site_lang *l, const struct group *g,
    const struct choice *one, struct err *err)
{
	static const char *const words[FACETS] = {"topics", "kinds", "regions"};
	json_t *groups = json_array();
	int r = 0;
	for (enum facet with = 0; with < FACETS && r == 0; with++) {
		if (with == one->facet)
			continue;
		json_t *links = json_array();
		r = narrow_by(links, s, l, g, one, with, err);
		links_group_put(groups, l, words[with], links);
	}
	if (json_array_size(groups)) {
		json_t *narrow = json_object();
		json_object_set(narrow, "groups", groups);
		json_object_set_new_nocheck(page, "narrow", narrow);
	}
	json_decref(groups);
	return r;
}

int region_narrow_put(
    json_t *page, struct site *s, struct site_lang *l, const struct group *g, struct err *err)
{
	struct choice one = {FACET_REGION, g->id, 0};
	return put_narrow(page, s, l, g, &one, err);
}

/* --- one at a time --- */

/* What more there is on documents of a type than their list. */
static void put_overview_link(json_t *first, const struct site_lang *l, struct str type)
{
	static const struct {
		const char *type, *path, *word;
	} pages[] = {{"strategy", "strategy.html", "strategy_title"},
	    {"partner", "partners.html", "partners_title"},
	    {"question", "questions.html", "questions_title"},
	    {"event", "event/timeline.html", "timeline"}};
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		if (str_is(type, pages[i].type))
			json_object_set_new_nocheck(first, "see",
			    page_link(words_get(&l->words, "ui", pages[i].word), pages[i].path));
}

int pages_of_types(struct site *s, struct site_lang *l, struct err *err)
{
	for (size_t i = 0; i < s->index.types.len; i++) {
		const struct group *g = &s->index.types.items[i];
		struct choice one = {FACET_TYPE, g->id, 0};
		char base[96];
		struct buf name = BUF_INIT;
		json_t *first = json_object();
		put_name(&name, l, &one);
		feed_put(first, type_folder(g->id).text, STR_EMPTY, g->len);
		put_overview_link(first, l, g->id);
		if (str_is(g->id, "event"))
			calendar_put_all(first, s, l);
		snprintf(base, sizeof base, "%s/index", type_folder(g->id).text);
		struct list list = {.base = base,
		    .title = buf_str(&name),
		    .first = first,
		    .docs = g->docs,
		    .len = g->len,
		    .has_years = str_is(g->id, "event")};
		int r = put_narrow(first, s, l, g, &one, err);
		if (r == 0)
			r = list_write(s, l, &list, err);
		buf_release(&name);
		if (r != 0)
			return r;
	}
	return 0;
}

int pages_of_themes(struct site *s, struct site_lang *l, struct err *err)
{
	for (size_t i = 0; i < s->index.themes.len; i++) {
		const struct group *g = &s->index.themes.items[i];
		struct choice one = {FACET_THEME, g->id, i};
		char base[96];
		if (!g->len)
			continue;
		snprintf(base, sizeof base, "theme/%.*s", STR_FMT(g->id));
		json_t *first = json_object();
		page_put_word(first, "kicker", l, "topics");
		page_put(first, "kicker_href", STR("theme/index.html"));
		page_put_word(first, "intro", l, "topic_intro");
		feed_put(first, "theme", g->id, g->len);
		struct list list = {.base = base,
		    .title = term_name(l, "themes", g->id),
		    .first = first,
		    .docs = g->docs,
		    .len = g->len};
		if (put_narrow(first, s, l, g, &one, err) != 0 || list_write(s, l, &list, err) != 0)
			return err->code;
	}
	return 0;
}

/* Lists whose folder has the name of what they are by. */
struct plain {
	const char *folder, *vocabulary, *kicker, *intro;
	enum snippet as;
};

static int plain_pages(struct site *s, struct site_lang *l, const struct groups *all,
    const struct plain *p, struct err *err)
{
	for (size_t i = 0; i < all->len; i++) {
		const struct group *g = &all->items[i];
		char base[128];
		if (!g->len)
			continue;
		snprintf(base, sizeof base, "%s/%.*s", p->folder, STR_FMT(g->id));
		json_t *first = json_object();
		page_put_word(first, "kicker", l, p->kicker);
		page_put(first, "kicker_href", STR("browse.html"));
		if (p->intro)
			page_put_word(first, "intro", l, p->intro);
		struct list list = {.base = base,
		    .title = term_name(l, p->vocabulary, g->id),
		    .first = first,
		    .docs = g->docs,
		    .len = g->len,
		    .as = p->as};
		if (list_write(s, l, &list, err) != 0)
			return err->code;
	}
	return 0;
}

/* "2024" alone says nothing in a browser's list of windows. */
static int pages_of_years(struct site *s, struct site_lang *l, struct err *err)
{
	for (size_t i = 0; i < s->index.years.len; i++) {
		const struct group *g = &s->index.years.items[i];
		char base[32], year[8];
		struct buf title = BUF_INIT;
		const char *pairs[] = {"year", year, NULL};
		json_t *first = json_object();
		snprintf(base, sizeof base, "year/%.*s", STR_FMT(g->id));
		snprintf(year, sizeof year, "%.*s", STR_FMT(g->id));
		words_fill(&title, words_get(&l->words, "ui", "year_title"), pairs);
		page_put_word(first, "kicker", l, "by_year");
		page_put(first, "kicker_href", STR("browse.html"));
		struct list list = {.base = base,
		    .title = buf_str(&title),
		    .first = first,
		    .docs = g->docs,
		    .len = g->len,
		    .as = SNIPPET_ROW};
		int r = list_write(s, l, &list, err);
		buf_release(&title);
		if (r != 0)
			return r;
	}
	return 0;
}

/* `here`: its cities and their regions, or NULL. */
static int country_page(
    struct site *s, struct site_lang *l, const struct group *g, const json_t *here, struct err *err)
{
	char base[32], code[3];
	json_t *first = json_object(), *groups = json_array();
	snprintf(base, sizeof base, "country/%.*s", STR_FMT(g->id));
	snprintf(code, sizeof code, "%.*s", STR_FMT(g->id));
	struct str name = country_name(l, code);
	page_put_word(first, "kicker", l, "by_country");
	page_put(first, "kicker_href", STR("browse.html"));
	if (here) {
		json_object_set_nocheck(first, "region", json_object_get(here, "regions"));
		links_group_put(groups, l, "cities", json_incref(json_object_get(here, "cities")));
	}
	json_object_set_new_nocheck(first, "groups", groups);
	struct list list = {.base = base,
	    .title = name.len ? name : g->id,
	    .first = first,
	    .docs = g->docs,
	    .len = g->len,
	    .as = SNIPPET_ROW};
	return list_write(s, l, &list, err);
}

static int pages_of_countries(struct site *s, struct site_lang *l, struct err *err)
{
	const struct groups *all = &s->index.countries;
	json_t *cities = cities_by_country(s, l);
	int r = 0;
	for (size_t i = 0; i < all->len && r == 0; i++) {
		const struct group *g = &all->items[i];
		if (g->len)
			r = country_page(
			    s, l, g, json_object_getn(cities, g->id.ptr, g->id.len), err);
	}
	json_decref(cities);
	return r;
}

int pages_of_facets(struct site *s, struct site_lang *l, struct err *err)
{
	static const struct plain need = {"need", "needs", "by_need", "need_intro", SNIPPET_CARD},
				  objective = {"objective", "objectives", "by_objective", NULL,
				      SNIPPET_ROW},
				  audience = {
				      "audience", "audiences", "by_audience", NULL, SNIPPET_ROW};
	const struct site_index *x = &s->index;
	if (plain_pages(s, l, &x->needs, &need, err) != 0 ||
	    plain_pages(s, l, &x->objectives, &objective, err) != 0 ||
	    plain_pages(s, l, &x->audiences, &audience, err) != 0 ||
	    pages_of_countries(s, l, err) != 0)
		return err->code;
	return pages_of_years(s, l, err);
}

struct country_link {
	json_t *link;
	struct buf key; /* its name without accents: Égypte stands among the E's */
};

static int by_key(const void *a, const void *b)
{
	const struct country_link *x = a, *y = b;
	return str_cmp(buf_str(&x->key), buf_str(&y->key));
}

json_t *countries_context(const struct site *s, const struct site_lang *l, struct str region)
{
	const struct groups *all = &s->index.countries;
	struct country_link *links = mem_alloc((all->len + 1) * sizeof *links);
	json_t *list = json_array();
	size_t n = 0;
	for (size_t i = 0; i < all->len; i++) {
		const struct group *g = &all->items[i];
		char code[3], href[32];
		size_t here = region.len ? 0 : g->len;
		for (size_t k = 0; k < g->len && !here; k++)
			here =
			    str_eq(g->docs[k]->region, region) &&
				    strcmp(
					place_country(s->source, str_from(g->docs[k]->place)).code,
					"") != 0
				? g->len
				: 0;
		if (!here)
			continue;
		snprintf(code, sizeof code, "%.*s", STR_FMT(g->id));
		snprintf(href, sizeof href, "country/%s.html", code);
		struct str name = country_name(l, code);
		name = name.len ? name : g->id;
		links[n].link = counted_link(name, href, g->len);
		links[n].key = BUF_INIT;
		word_fold(&links[n++].key, name);
	}
	if (n)
		qsort(links, n, sizeof *links, by_key);
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(list, links[i].link);
		buf_release(&links[i].key);
	}
	free(links);
	return list;
}
