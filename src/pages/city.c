/* SPDX-License-Identifier: Apache-2.0 */
/* Cities with all that is from them and about them, and the pages that lead to cities and topics.
 */
#include "pages/map.h"
#include "pages/list.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* Of a city, where the charter knows it; else "". */
static struct str region_of(const struct site *s, const struct group *city)
{
	struct str of = place_region(s->source, city->id);
	if (!of.len && city->len)
		of = city->docs[0]->region;
	return charter_term(s->source->charter, "regions", of) ? of : STR_EMPTY;
}

static json_t *city_link(const struct site *s, const struct site_lang *l, const struct group *city)
{
	json_t *o = place_context(s, l, city->id);
	json_object_set_new_nocheck(o, "count", json_integer((json_int_t)city->len));
	return o;
}

json_t *cities_context(const struct site *s, const struct site_lang *l, struct str region)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->index.cities.len; i++) {
		const struct group *g = &s->index.cities.items[i];
		if (str_eq(region_of(s, g), region))
			json_array_append_new(list, city_link(s, l, g));
	}
	return list;
}

json_t *cities_of_regions(const struct site *s)
{
	const struct groups *regions = &s->index.regions;
	size_t *n = mem_alloc((regions->len + 1) * sizeof *n);
	json_t *list = json_array();
	memset(n, 0, (regions->len + 1) * sizeof *n);
	for (size_t i = 0; i < s->index.cities.len; i++) {
		struct str of = region_of(s, &s->index.cities.items[i]);
		const struct group *region = of.len ? group_find(regions, of) : NULL;
		if (region)
			n[region - regions->items]++;
	}
	for (size_t i = 0; i < regions->len; i++)
		json_array_append_new(list, json_integer((json_int_t)n[i]));
	free(n);
	return list;
}

static json_t *region_link(const struct site_lang *l, struct str region)
{
	char href[96];
	snprintf(href, sizeof href, "region/%.*s.html", STR_FMT(region));
	return page_link(term_name(l, "regions", region), href);
}

/* Once: several cities of a country lie in one region. */
static void add_link(json_t *links, json_t *link)
{
	size_t i = 0;
	while (i < json_array_size(links) && !json_equal(json_array_get(links, i), link))
		i++;
	if (i == json_array_size(links))
		json_array_append(links, link);
	json_decref(link);
}

json_t *cities_by_country(const struct site *s, const struct site_lang *l)
{
	json_t *all = json_object();
	for (size_t i = 0; i < s->index.cities.len; i++) {
		const struct group *g = &s->index.cities.items[i];
		struct country country = place_country(s->source, g->id);
		struct str region = region_of(s, g);
		json_t *of = json_object_get(all, country.code), *o = city_link(s, l, g);
		if (!of) {
			of = json_pack("{s:[], s:[]}", "cities", "regions");
			json_object_set_new_nocheck(all, country.code, of);
		}
		json_object_del(o, "country");
		page_put_or_none(o, "country", NULL);
		json_array_append_new(json_object_get(of, "cities"), o);
		if (region.len)
			add_link(json_object_get(of, "regions"), region_link(l, region));
	}
	return all;
}

/* Where the rest stands when the city's own page shows only the newest. */
enum { ABOUT_MAX = 12 };

struct city {
	const struct group *about; /* or NULL */
	const struct map *map; /* of its region; or NULL */
	struct str id;
};

static int put_more(
    json_t *page, struct site *s, struct site_lang *l, const void *ctx, struct err *err)
{
	const struct city *city = ctx;
	const struct group *about = city->about;
	char href[96];
	if (city->map)
		map_put(page, city->map, city->id);
	page_put_word(page, "map_says", l, "map_city");
	if (!about)
		return 0;
	size_t n = about->len < ABOUT_MAX ? about->len : ABOUT_MAX;
	json_object_set_new_nocheck(page, "about_count", json_integer((json_int_t)about->len));
	snprintf(href, sizeof href, "city/%.*s.about.html", STR_FMT(about->id));
	if (n < about->len)
		page_put(page, "about_href", str_from(href));
	return snippets_put(page, s, l, SNIPPET_ROW, about->docs, n, err);
}

/* All that others have about it, where that is too much for its own page. */
static int about_list(struct site *s, struct site_lang *l, const struct group *about,
    const json_t *city, struct err *err)
{
	struct buf title = BUF_INIT;
	const char *pairs[] = {"city", json_get_text(city, "name").ptr, NULL};
	char base[96], href[96];
	json_t *first = json_object();
	words_fill(&title, words_get(&l->words, "ui", "about_city"), pairs);
	snprintf(base, sizeof base, "city/%.*s.about", STR_FMT(about->id));
	snprintf(href, sizeof href, "city/%.*s.html", STR_FMT(about->id));
	page_put(first, "kicker", json_get_text(city, "name"));
	page_put(first, "kicker_href", str_from(href));
	struct list list = {.base = base,
	    .title = buf_str(&title),
	    .first = first,
	    .docs = about->docs,
	    .len = about->len,
	    .as = SNIPPET_ROW};
	int r = list_write(s, l, &list, err);
	buf_release(&title);
	return r;
}

/* What its first page shows besides its documents. */
static json_t *city_first(
    const struct site *s, const struct site_lang *l, struct str city, bool has_profile)
{
	json_t *first = place_context(s, l, city);
	struct str region = place_region(s->source, city);
	struct country country = place_country(s->source, city);
	char href[96];
	page_put(first, "kicker", json_get_text(first, "country"));
	snprintf(href, sizeof href, "country/%s.html", country.code);
	if (json_get_text(first, "country").len &&
	    group_find(&s->index.countries, str_from(country.code)))
		page_put(first, "kicker_href", str_from(href));
	json_object_del(first, "href");
	if (region.len)
		json_object_set_new_nocheck(first, "region", region_link(l, region));
	if (!has_profile)
		page_put_word(first, "intro", l, "city_none");
	page_put_word(first, "cards_title", l, "city_documents");
	return first;
}

static int city_list(struct site *s, struct site_lang *l, const struct group *g,
    const struct map *map, struct err *err)
{
	const struct group *about = group_find(&s->index.about, g->id);
	struct city city = {about, map, g->id};
	const struct doc *profile = NULL, **others = NULL;
	char base[96];
	size_t len = 0, cap = 0;
	int r = 0;
	for (size_t i = 0; i < g->len; i++) {
		if (!profile && strcmp(g->docs[i]->type, "city-profile") == 0)
			profile = g->docs[i];
		else
			*MEM_PUSH(others, len, cap) = g->docs[i];
	}
	json_t *first = city_first(s, l, g->id, profile != NULL);
	feed_put(first, "city", g->id, g->len);
	snprintf(base, sizeof base, "city/%.*s", STR_FMT(g->id));
	if (about && about->len > ABOUT_MAX)
		r = about_list(s, l, about, first, err);
	struct list list = {.base = base,
	    .title = json_get_text(first, "name"),
	    .first = first,
	    .profile = profile,
	    .docs = others,
	    .len = len,
	    .more = put_more,
	    .more_ctx = &city};
	if (map)
		list.also_shown = &map->shown;
	if (about)
		list.also = about->docs, list.nalso = about->len;
	r = r ? r : list_write(s, l, &list, err);
	free(others);
	return r;
}

int pages_of_cities(struct site *s, struct site_lang *l, struct err *err)
{
	const struct groups *cities = &s->index.cities, *regions = &s->index.regions;
	struct map *maps = mem_alloc((regions->len + 1) * sizeof *maps);
	int r = 0;
	for (size_t i = 0; i < regions->len; i++)
		map_make(&maps[i], s, l, regions->items[i].id);
	for (size_t i = 0; i < cities->len && r == 0; i++) {
		const struct group *region =
		    group_find(regions, place_region(s->source, cities->items[i].id));
		r = city_list(
		    s, l, &cities->items[i], region ? &maps[region - regions->items] : NULL, err);
	}
	for (size_t i = 0; i < regions->len; i++)
		map_release(&maps[i]);
	free(maps);
	return r;
}
