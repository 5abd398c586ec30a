/* SPDX-License-Identifier: Apache-2.0 */
/* Regions with their hub, cities, countries and kinds of documents; and the journals of hubs. */
#include "pages/map.h"
#include "pages/list.h"

#include <stdio.h>

static void hub_title(const struct site_lang *l, struct buf *out, struct str hub)
{
	const char *pairs[] = {"hub", hub.ptr, NULL};
	words_fill(out, words_get(&l->words, "ui", "hub_text"), pairs);
}

/* [{name, href}]: the pages of a region's hubs. */
static json_t *hub_links(const struct site *s, const struct site_lang *l, struct str region)
{
	const json_t *hubs = json_object_get(s->source->charter, "hubs");
	json_t *links = json_array();
	char href[96];
	for (size_t k = 0; k < json_array_size(hubs); k++) {
		struct str hub = json_get_text(json_array_get(hubs, k), "id");
		struct buf name = BUF_INIT;
		if (!str_eq(json_get_text(json_array_get(hubs, k), "region"), region))
			continue;
		hub_title(l, &name, hub);
		snprintf(href, sizeof href, "hub/%.*s.html", STR_FMT(hub));
		json_t *link = page_link(buf_str(&name), href);
		page_put_or_none(link, "count", NULL);
		json_array_append_new(links, link);
		buf_release(&name);
	}
	return links;
}

/* What the network wrote about the hub of this region, if anything. */
static const struct doc *hub_record(const struct site *s, struct str region)
{
	const struct group *g = group_find(&s->index.types, STR("hub"));
	for (size_t i = 0; g && i < g->len; i++)
		if (str_eq(variant_term(g->docs[i]->original, "region"), region))
			return g->docs[i];
	return NULL;
}

static int region_list(struct site *s, struct site_lang *l, const struct group *g, struct err *err)
{
	json_t *first = json_object(), *groups = json_array();
	const struct doc *about = hub_record(s, g->id);
	char base[96];
	struct map map;
	map_make(&map, s, l, g->id);
	map_put(first, &map, STR_EMPTY);
	page_put_word(first, "map_says", l, "map_says");
	map_release(&map);
	links_group_put(groups, l, "cities_here", cities_context(s, l, g->id));
	links_group_put(groups, l, "by_country", countries_context(s, l, g->id));
	links_group_put(groups, l, "hubs_here", hub_links(s, l, g->id));
	json_object_set_new_nocheck(first, "groups", groups);
	if (about)
		json_object_set_new_nocheck(first, "about", card_context(s, l, about));
	page_put_word(first, "kicker", l, "regions");
	page_put(first, "kicker_href", STR("city/index.html"));
	snprintf(base, sizeof base, "region/%.*s", STR_FMT(g->id));
	struct list list = {.base = base,
	    .title = term_name(l, "regions", g->id),
	    .first = first,
	    .docs = g->docs,
	    .len = g->len};
	int r = region_narrow_put(first, s, l, g, err);
	if (r != 0) {
		json_decref(first);
		return r;
	}
	return list_write(s, l, &list, err);
}

int pages_of_regions(struct site *s, struct site_lang *l, struct err *err)
{
	for (size_t i = 0; i < s->index.regions.len; i++)
		if (region_list(s, l, &s->index.regions.items[i], err) != 0)
			return err->code;
	return 0;
}

json_t *hubs_context(const struct site *s)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->index.hubs.len; i++) {
		const struct site_item *last = s->index.last[i];
		json_t *o = json_object();
		char href[96];
		snprintf(href, sizeof href, "hub/%.*s.html", STR_FMT(s->index.hubs.items[i].id));
		page_put(o, "name", s->index.hubs.items[i].id);
		page_put(o, "href", str_from(href));
		if (last) {
			json_object_set_new_nocheck(
			    o, "entry", json_integer((json_int_t)last->seq));
			page_put(o, "commit", str_from(oid_hex(&last->commit).text));
		}
		json_array_append_new(list, o);
	}
	return list;
}

int pages_of_hubs(struct site *s, struct site_lang *l, struct err *err)
{
	json_t *state = hubs_context(s);
	int r = 0;
	for (size_t i = 0; i < s->index.hubs.len && r == 0; i++) {
		const struct group *g = &s->index.hubs.items[i];
		struct str region =
		    json_get_text(charter_term(s->source->charter, "hubs", g->id), "region");
		const struct doc *about = region.len ? hub_record(s, region) : NULL;
		json_t *first = json_object();
		char base[96], href[96];
		struct buf title = BUF_INIT;
		hub_title(l, &title, g->id);
		page_put_word(first, "kicker", l, "count_hubs");
		page_put(first, "kicker_href", STR("verify.html"));
		snprintf(href, sizeof href, "region/%.*s.html", STR_FMT(region));
		if (region.len)
			json_object_set_new_nocheck(
			    first, "region", page_link(term_name(l, "regions", region), href));
		if (about)
			json_object_set_new_nocheck(first, "about", card_context(s, l, about));
		json_object_set_nocheck(first, "journal", json_array_get(state, i));
		snprintf(base, sizeof base, "hub/%.*s", STR_FMT(g->id));
		struct list list = {.base = base,
		    .title = buf_str(&title),
		    .first = first,
		    .docs = g->docs,
		    .len = g->len};
		r = list_write(s, l, &list, err);
		buf_release(&title);
	}
	json_decref(state);
	return r;
}
