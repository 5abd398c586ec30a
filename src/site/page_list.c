/* SPDX-License-Identifier: Apache-2.0 */
#include "site/page.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum { CARDS_A_PAGE = 30 };

struct list {
	const char *base; /* "theme/gender" */
	struct str title;
	json_t *first; /* only on its first page, by what it says; owned */
	const struct doc *profile; /* or NULL: put on its first page, too */
	const struct doc *const *docs; /* newest first */
	size_t len;
};

/*
 * Pages are counted from the old end, so that what is new changes the first page and no other: that
 * one is <base>.html and has from CARDS_A_PAGE to twice as many less one; the oldest is <base>_1.
 */
static size_t older_pages(size_t len)
{
	return len < 2 * CARDS_A_PAGE ? 0 : len / CARDS_A_PAGE - 1;
}

/* Page 0 is the first. */
static void list_path(char *out, size_t size, const char *base, size_t page)
{
	if (!page)
		snprintf(out, size, "%s.html", base);
	else
		snprintf(out, size, "%s_%zu.html", base, page);
}

/* From and to when: as long as a page has these cards it says the same. */
static void put_pager(json_t *page, const struct site_lang *l, const struct list *list, size_t at,
    const struct doc *const *docs, size_t n)
{
	char path[256];
	struct buf text = BUF_INIT;
	json_t *o = json_object();
	size_t older = older_pages(list->len);
	if (at) {
		list_path(path, sizeof path, list->base, at == older ? 0 : at + 1);
		page_put(o, "newer", str_from(path));
	}
	if (at != 1) {
		list_path(path, sizeof path, list->base, at ? at - 1 : older);
		page_put(o, "older", str_from(path));
	}
	words_date(&l->words, &text, str_from(docs[n - 1]->date));
	buf_puts(&text, " – ");
	words_date(&l->words, &text, str_from(docs[0]->date));
	page_put(o, "text", buf_str(&text));
	json_object_set_new_nocheck(page, "pager", o);
	buf_release(&text);
}

static int put_profile(
    json_t *page, struct site *s, const struct site_lang *l, const struct doc *d, struct err *err)
{
	const struct variant *v = best_variant(d, l);
	json_t *tongue = tongue_context(v, l);
	if (v->is_withdrawn)
		v = d->original;
	page_put(page, "profile_href", str_from(d->url));
	page_put(page, "intro", v->summary);
	page_put(page, "description", v->summary);
	if (tongue)
		json_object_set_new_nocheck(page, "tongue", tongue);
	if (v->is_machine)
		page_put_word(page, "status", l, "machine");
	facts_put(page, s, l, v);
	return body_put(page, s, v, err);
}

/* One page; `docs` are its cards. */
static int write_page(struct site *s, struct site_lang *l, struct list *list, size_t at,
    const struct doc *const *docs, size_t n, struct err *err)
{
	struct deps *d = deps_begin(s, l);
	char path[256];
	size_t older = older_pages(list->len);
	int r = 0;
	deps_text(d, list->title);
	deps_docs(d, docs, n);
	deps_number(d, at == older);
	if (!at) {
		deps_json(d, list->first);
		deps_number(d, list->len);
		if (list->profile)
			deps_doc(d, s, list->profile);
	}
	list_path(path, sizeof path, list->base, at);
	if (page_is_fresh(s, l, path, d))
		return 0;
	json_t *page = at ? json_object() : json_incref(list->first);
	page_put(page, "title", list->title);
	if (!at)
		json_object_set_new_nocheck(page, "count", json_integer((json_int_t)list->len));
	if (!at && list->profile)
		r = put_profile(page, s, l, list->profile, err);
	r = r || cards_put(page, s, l, docs, n, err) ? err->code : 0;
	if (older)
		put_pager(page, l, list, at, docs, n);
	if (r == 0)
		return page_write(s, l, "list", path, page, err);
	json_decref(page);
	return r;
}

static int write_list(struct site *s, struct site_lang *l, struct list *list, struct err *err)
{
	size_t older = older_pages(list->len), first = list->len - older * CARDS_A_PAGE;
	if (!list->first)
		list->first = json_object();
	int r = write_page(s, l, list, 0, list->docs, first, err);
	for (size_t at = older; at && r == 0; at--)
		r = write_page(s, l, list, at, list->docs + first + (older - at) * CARDS_A_PAGE,
		    CARDS_A_PAGE, err);
	json_decref(list->first);
	return r;
}

/* Without a count where that is 0. */
static json_t *counted_link(struct str name, const char *href, size_t count)
{
	json_t *o = page_link(name, href);
	if (count)
		json_object_set_new_nocheck(o, "count", json_integer((json_int_t)count));
	return o;
}

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

int pages_of_types(struct site *s, struct site_lang *l, struct err *err)
{
	for (size_t i = 0; i < s->index.types.len; i++) {
		const struct group *g = &s->index.types.items[i];
		char base[96];
		struct buf name = BUF_INIT;
		snprintf(base, sizeof base, "%.*s", STR_FMT(g->id));
		words_type(&l->words, &name, base, true);
		snprintf(base, sizeof base, "%s/index", type_folder(g->id).text);
		json_t *first = json_object();
		feed_put(first, type_folder(g->id).text, STR_EMPTY, g->len);
		if (str_is(g->id, "event"))
			calendar_put_all(first, s, l);
		struct list list = {base, buf_str(&name), first, NULL, g->docs, g->len};
		int r = write_list(s, l, &list, err);
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
		char base[96];
		if (!g->len)
			continue;
		snprintf(base, sizeof base, "theme/%.*s", STR_FMT(g->id));
		json_t *first = json_object();
		page_put_word(first, "kicker", l, "topics");
		page_put(first, "kicker_href", STR("theme/index.html"));
		page_put_word(first, "intro", l, "topic_intro");
		feed_put(first, "theme", g->id, g->len);
		struct list list = {
		    base, term_name(l, "themes", g->id), first, NULL, g->docs, g->len};
		if (write_list(s, l, &list, err) != 0)
			return err->code;
	}
	return 0;
}

/* {title, items}: the cities of a region, each with the number of its documents. */
static json_t *cities_context(const struct site *s, const struct site_lang *l, struct str region)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->index.cities.len; i++) {
		const struct group *g = &s->index.cities.items[i];
		struct str of = place_region(s->source, g->id);
		if (!of.len && g->len)
			of = g->docs[0]->region;
		if (!charter_term(s->source->charter, "regions", of))
			of = STR_EMPTY;
		if (!str_eq(of, region))
			continue;
		json_t *o = place_context(s, l, g->id);
		json_object_set_new_nocheck(o, "count", json_integer((json_int_t)g->len));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *links_group(const struct site_lang *l, const char *word, json_t *items)
{
	json_t *o = json_object();
	page_put_word(o, "title", l, word);
	json_object_set_new_nocheck(o, "items", items);
	return o;
}

static void hub_title(const struct site_lang *l, struct buf *out, struct str hub)
{
	const char *pairs[] = {"hub", hub.ptr, NULL};
	words_fill(out, words_get(&l->words, "ui", "hub_text"), pairs);
}

int pages_of_regions(struct site *s, struct site_lang *l, struct err *err)
{
	const json_t *hubs = json_object_get(s->source->charter, "hubs");
	for (size_t i = 0; i < s->index.regions.len; i++) {
		const struct group *g = &s->index.regions.items[i];
		json_t *first = json_object(), *groups = json_array(), *links = json_array();
		json_t *cities = cities_context(s, l, g->id);
		char base[96], href[96];
		for (size_t k = 0; k < json_array_size(hubs); k++) {
			struct str hub = json_get_text(json_array_get(hubs, k), "id");
			struct buf name = BUF_INIT;
			if (!str_eq(json_get_text(json_array_get(hubs, k), "region"), g->id))
				continue;
			hub_title(l, &name, hub);
			snprintf(href, sizeof href, "hub/%.*s.html", STR_FMT(hub));
			json_t *link = page_link(buf_str(&name), href);
			page_put_or_none(link, "count", NULL);
			json_array_append_new(links, link);
			buf_release(&name);
		}
		if (json_array_size(cities))
			json_array_append_new(
			    groups, links_group(l, "cities_here", json_incref(cities)));
		if (json_array_size(links))
			json_array_append_new(
			    groups, links_group(l, "hubs_here", json_incref(links)));
		json_decref(cities);
		json_decref(links);
		json_object_set_new_nocheck(first, "groups", groups);
		page_put_word(first, "kicker", l, "regions");
		page_put(first, "kicker_href", STR("city/index.html"));
		snprintf(base, sizeof base, "region/%.*s", STR_FMT(g->id));
		struct list list = {
		    base, term_name(l, "regions", g->id), first, NULL, g->docs, g->len};
		if (write_list(s, l, &list, err) != 0)
			return err->code;
	}
	return 0;
}

/* The newest entry of a hub that anything here comes from. */
static const struct site_item *last_entry(const struct site *s, struct str hub)
{
	const struct site_item *last = NULL;
	for (size_t i = 0; i < s->index.nvariants; i++) {
		const struct site_item *item = s->index.variants[i].item;
		if (str_is(hub, item->hub) && (!last || item->seq > last->seq))
			last = item;
	}
	return last;
}

json_t *hubs_context(const struct site *s)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->index.hubs.len; i++) {
		const struct site_item *last = last_entry(s, s->index.hubs.items[i].id);
		json_t *o = json_object();
		char href[96];
		snprintf(href, sizeof href, "hub/%.*s.html", STR_FMT(s->index.hubs.items[i].id));
		page_put(o, "name", s->index.hubs.items[i].id);
		page_put(o, "href", str_from(href));
		if (last) {
			json_object_set_new_nocheck(
			    o, "entry", json_integer((json_int_t)last->seq));
			page_put(o, "commit", str_from(last->commit));
		}
		json_array_append_new(list, o);
	}
	return list;
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
		struct list list = {base, buf_str(&title), first, NULL, g->docs, g->len};
		r = write_list(s, l, &list, err);
		buf_release(&title);
	}
	json_decref(state);
	return r;
}

static int city_list(struct site *s, struct site_lang *l, const struct group *g, struct err *err)
{
	json_t *first = place_context(s, l, g->id);
	struct str region = place_region(s->source, g->id), name = json_get_text(first, "name");
	const struct doc *profile = NULL, **others = NULL;
	char base[96], href[96];
	size_t len = 0, cap = 0;
	for (size_t i = 0; i < g->len; i++) {
		if (!profile && strcmp(g->docs[i]->type, "city-profile") == 0)
			profile = g->docs[i];
		else
			*MEM_PUSH(others, len, cap) = g->docs[i];
	}
	page_put(first, "kicker", json_get_text(first, "country"));
	json_object_del(first, "href");
	snprintf(href, sizeof href, "region/%.*s.html", STR_FMT(region));
	if (region.len)
		json_object_set_new_nocheck(
		    first, "region", page_link(term_name(l, "regions", region), href));
	if (!profile)
		page_put_word(first, "intro", l, "city_none");
	page_put_word(first, "cards_title", l, "city_documents");
	feed_put(first, "city", g->id, g->len);
	snprintf(base, sizeof base, "city/%.*s", STR_FMT(g->id));
	struct list list = {base, name, first, profile, others, len};
	int r = write_list(s, l, &list, err);
	free(others);
	return r;
}

static int directory(struct site *s, struct site_lang *l, const char *path, const char *title,
    json_t *groups, struct err *err)
{
	struct deps *d = deps_begin(s, l);
	deps_json(d, groups);
	if (page_is_fresh(s, l, path, d)) {
		json_decref(groups);
		return 0;
	}
	json_t *page = json_object();
	page_put_word(page, "title", l, title);
	json_object_set_new_nocheck(page, "groups", groups);
	return page_write(s, l, "directory", path, page, err);
}

int pages_of_directories(struct site *s, struct site_lang *l, struct err *err)
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
	if (directory(s, l, "city/index.html", "cities", groups, err) != 0)
		return err->code;
	groups = json_array();
	json_t *topics = json_object();
	page_put_or_none(topics, "title", NULL);
	json_object_set_new_nocheck(
	    topics, "items", terms_context(l, &s->index.themes, "themes", "theme"));
	json_array_append_new(groups, topics);
	return directory(s, l, "theme/index.html", "topics", groups, err);
}

int pages_of_cities(struct site *s, struct site_lang *l, struct err *err)
{
	for (size_t i = 0; i < s->index.cities.len; i++)
		if (city_list(s, l, &s->index.cities.items[i], err) != 0)
			return err->code;
	return 0;
}
