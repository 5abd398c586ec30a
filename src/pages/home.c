/* SPDX-License-Identifier: Apache-2.0 */
/* The home page: it starts from what a city needs. */
#include "pages/map.h"
#include "pages/list.h"

#include <stdio.h>

enum { LATEST_MAX = 6, LATEST_OF_TYPE = 2, EVENTS_MAX = 3, TOPICS_MAX = 12 };

/* The newest, but not all of one kind: at most two of each. Returns how many. */
static size_t latest_docs(const struct site_index *x, const struct doc *out[LATEST_MAX])
{
	json_t *seen = json_object();
	size_t len = 0;
	for (size_t i = 0; i < x->nnewest && len < LATEST_MAX; i++) {
		const struct doc *d = x->newest[i];
		int64_t n = json_get_int(seen, d->type);
		if (n == LATEST_OF_TYPE || strcmp(d->type, "page") == 0 ||
		    strcmp(d->type, "event") == 0)
			continue;
		json_object_set_new_nocheck(seen, d->type, json_integer(n + 1));
		out[len++] = d;
	}
	json_decref(seen);
	return len;
}

static size_t with_documents(const struct groups *g)
{
	size_t n = 0;
	for (size_t i = 0; i < g->len; i++)
		n += g->items[i].len > 0;
	return n;
}

struct home {
	const struct doc *latest[LATEST_MAX], *events[EVENTS_MAX];
	size_t nlatest, nevents, cities, hubs;
	json_t *of_regions; /* how many cities each has; owned */
};

static void gather(struct home *h, const struct site *s)
{
	const struct site_index *x = &s->index;
	const struct group *events = group_find(&x->types, STR("event"));
	h->nlatest = latest_docs(x, h->latest);
	for (h->nevents = 0; events && h->nevents < EVENTS_MAX && h->nevents < events->len;
	     h->nevents++)
		h->events[h->nevents] = events->docs[h->nevents];
	h->cities = with_documents(&x->cities);
	h->hubs = with_documents(&x->hubs);
	h->of_regions = cities_of_regions(s);
}

/* [{name, href, cities}], in the order of the charter: {cities} where it has any. */
static json_t *regions_by_cities(
    const struct site_lang *l, const struct groups *regions, const json_t *cities)
{
	json_t *list = json_array();
	char href[96];
	for (size_t i = 0; i < regions->len; i++) {
		const struct group *g = &regions->items[i];
		int64_t n = json_integer_value(json_array_get(cities, i));
		struct buf text = BUF_INIT;
		if (!g->len && !n)
			continue;
		snprintf(href, sizeof href, "region/%.*s.html", STR_FMT(g->id));
		json_t *o = page_link(term_name(l, "regions", g->id), href);
		if (n)
			words_count(&l->words, &text, "cities", n);
		page_put_or_none(o, "cities", n ? page_text(buf_str(&text)) : NULL);
		json_array_append_new(list, o);
		buf_release(&text);
	}
	return list;
}

/* What the newest texts, and how many there are of each kind, say. */
static void home_deps(struct deps *d, const struct home *h, const struct site_index *x)
{
	const struct groups *all[] = {&x->needs, &x->types, &x->themes, &x->regions};
	deps_number(d, x->nnewest);
	deps_number(d, h->cities);
	deps_number(d, h->hubs);
	deps_json(d, h->of_regions);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (size_t k = 0; k < all[i]->len; k++)
			deps_number(d, all[i]->items[k].len);
	deps_docs(d, h->latest, h->nlatest);
	deps_docs(d, h->events, h->nevents);
}

/* The topics with most documents, in the charter's order: the rest is a link away. */
static json_t *main_topics(const struct site *s, const struct site_lang *l)
{
	const struct groups *all = &s->index.themes;
	json_t *every = terms_context(l, all, "themes", "theme"), *list = json_array();
	for (size_t i = 0; i < json_array_size(every); i++) {
		json_int_t mine = json_get_int(json_array_get(every, i), "count");
		size_t bigger = 0;
		for (size_t k = 0; k < json_array_size(every); k++) {
			json_int_t other = json_get_int(json_array_get(every, k), "count");
			bigger += other > mine || (other == mine && k < i);
		}
		if (bigger < TOPICS_MAX)
			json_array_append(list, json_array_get(every, i));
	}
	json_decref(every);
	return list;
}

static json_t *cards_of(
    const struct site *s, const struct site_lang *l, const struct doc *const *docs, size_t n)
{
	json_t *cards = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(cards, card_context(s, l, docs[i]));
	return cards;
}

static void put_figures(json_t *page, const struct home *h, const struct site_index *x)
{
	json_object_set_new_nocheck(page, "documents", json_integer((json_int_t)x->nnewest));
	json_object_set_new_nocheck(page, "cities", json_integer((json_int_t)h->cities));
	json_object_set_new_nocheck(page, "hubs", json_integer((json_int_t)h->hubs));
}

static int write_home(struct site *s, struct site_lang *l, const struct home *h,
    const struct map *map, struct err *err)
{
	const struct site_index *x = &s->index;
	json_t *page = json_object();
	feed_put(page, NULL, STR_EMPTY, x->nnewest);
	bool is_one = is_review_optional(s);
	page_put_word(page, "title", l, "need_title");
	page_put_word(page, "description", l, "need_text");
	json_object_set_new_nocheck(page, "needs", terms_context(l, &x->needs, "needs", "need"));
	json_object_set_new_nocheck(page, "themes", main_topics(s, l));
	json_object_set_new_nocheck(
	    page, "regions", regions_by_cities(l, &x->regions, h->of_regions));
	json_object_set_new_nocheck(page, "kinds", types_context(s, l, true));
	json_object_set_new_nocheck(page, "latest", cards_of(s, l, h->latest, h->nlatest));
	json_object_set_new_nocheck(page, "events", cards_of(s, l, h->events, h->nevents));
	json_object_set_new_nocheck(page, "has_needs", json_boolean(with_documents(&x->needs)));
	json_object_set_new_nocheck(page, "has_events", json_boolean(h->nevents));
	put_figures(page, h, x);
	page_put_word(page, "trust_head", l, is_one ? "trust_title_one" : "trust_title");
	page_put_word(page, "trust_body", l, is_one ? "trust_text_one" : "trust_text");
	map_put(page, map, STR_EMPTY);
	page_put_word(page, "map_says", l, "map_world");
	return page_write(s, l, "home", "index.html", page, err);
}

int page_home(struct site *s, struct site_lang *l, struct err *err)
{
	struct home h;
	struct map map;
	int r = 0;
	gather(&h, s);
	map_make(&map, s, l, STR_EMPTY);
	struct deps *d = deps_begin(s, l);
	home_deps(d, &h, &s->index);
	map_deps(d, &map);
	if (!page_is_fresh(s, l, "index.html", d))
		r = write_home(s, l, &h, &map, err);
	map_release(&map);
	json_decref(h.of_regions);
	return r;
}
