/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of nothing but links to lists. */
#include "pages/map.h"
#include "pages/list.h"

#include <stdio.h>

/* `map` may be NULL. */
static int directory(struct site *s, struct site_lang *l, const char *path, const char *title,
    json_t *groups, const struct map *map, struct err *err)
{
	struct deps *d = deps_begin(s, l);
	deps_json(d, groups);
	if (map)
		map_deps(d, map);
	if (page_is_fresh(s, l, path, d)) {
		json_decref(groups);
		return 0;
	}
	json_t *page = json_object();
	page_put_word(page, "title", l, title);
	page_put_word(page, "description", l, map ? "by_region" : "need_text");
	json_object_set_new_nocheck(page, "groups", groups);
	page_put_word(page, "map_says", l, "map_says");
	if (map)
		map_put(page, map, STR_EMPTY);
	return page_write(s, l, "directory", path, page, err);
}

static json_t *cities_by_region(const struct site *s, const struct site_lang *l)
{
	json_t *groups = json_array();
	for (size_t i = 0; i <= s->index.regions.len; i++) {
		bool is_known = i < s->index.regions.len;
		struct str region = is_known ? s->index.regions.items[i].id : STR_EMPTY;
		json_t *cities = cities_context(s, l, region);
		char href[96];
		snprintf(href, sizeof href, "region/%.*s.html", STR_FMT(region));
		json_t *o = is_known ? page_link(STR_EMPTY, href) : json_object();
		if (is_known)
			page_put(o, "title", term_name(l, "regions", region));
		else
			page_put_word(o, "title", l, "elsewhere");
		json_object_set_nocheck(o, "items", cities);
		if (json_array_size(cities))
			json_array_append(groups, o);
		json_decref(cities);
		json_decref(o);
	}
	return groups;
}

json_t *years_context(const struct site *s)
{
	const struct groups *years = &s->index.years;
	json_t *list = json_array();
	char href[96];
	for (size_t i = years->len; i--;) {
		const struct group *g = &years->items[i];
		snprintf(href, sizeof href, "year/%.*s.html", STR_FMT(g->id));
		json_array_append_new(list, counted_link(g->id, href, g->len));
	}
	return list;
}

/* Every way in, for those who want to filter. */
static int browse(struct site *s, struct site_lang *l, struct err *err)
{
	const struct site_index *x = &s->index;
	json_t *groups = json_array();
	links_group_put(groups, l, "by_need", terms_context(l, &x->needs, "needs", "need"));
	links_group_put(groups, l, "topics", terms_context(l, &x->themes, "themes", "theme"));
	links_group_put(groups, l, "kinds", types_context(s, l, true));
	links_group_put(groups, l, "regions", terms_context(l, &x->regions, "regions", "region"));
	links_group_put(groups, l, "by_country", countries_context(s, l, STR_EMPTY));
	links_group_put(
	    groups, l, "by_audience", terms_context(l, &x->audiences, "audiences", "audience"));
	links_group_put(
	    groups, l, "by_objective", terms_context(l, &x->objectives, "objectives", "objective"));
	links_group_put(groups, l, "by_year", years_context(s));
	links_group_put(groups, l, "by_letter", letters_context(s, l));
	return directory(s, l, "browse.html", "browse", groups, NULL, err);
}

int pages_of_directories(struct site *s, struct site_lang *l, struct err *err)
{
	json_t *topics = terms_context(l, &s->index.themes, "themes", "theme");
	json_t *groups = json_array();
	if (json_array_size(topics)) /* no title: it is the page's */
		json_array_append_new(groups, json_pack("{s:n, s:O}", "title", "items", topics));
	json_decref(topics);
	struct map map;
	map_make(&map, s, l, STR_EMPTY);
	int r = directory(s, l, "theme/index.html", "topics", groups, NULL, err);
	r = r ? r : directory(s, l, "city/index.html", "cities", cities_by_region(s, l), &map, err);
	map_release(&map);
	return r ? r : browse(s, l, err);
}
