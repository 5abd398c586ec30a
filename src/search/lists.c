/* SPDX-License-Identifier: Apache-2.0 */
#include "search/search.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static struct search_list *add(struct search_lists *x, struct str kind, struct str name)
{
	struct search_list *list = MEM_PUSH(x->items, x->n, x->cap);
	*list = (struct search_list){.kind = kind, .name = arena_str(&x->arena, name)};
	return list;
}

static struct str word(const struct site_lang *l, const char *ui)
{
	return words_get(&l->words, "ui", ui);
}

static void add_terms(struct search_lists *x, const struct site_lang *l, const struct groups *g,
    const char *vocabulary, const char *folder, const char *kind)
{
	for (size_t i = 0; i < g->len; i++) {
		const struct group *group = &g->items[i];
		if (!group->len)
			continue;
		struct search_list *list =
		    add(x, word(l, kind), term_name(l, vocabulary, group->id));
		list->id = group->id;
		list->docs = group->len;
		snprintf(list->href, sizeof list->href, "%s/%.*s.html", folder, STR_FMT(group->id));
	}
}

static void add_types(struct search_lists *x, const struct site *s, const struct site_lang *l)
{
	struct buf name = BUF_INIT;
	for (size_t i = 0; i < s->index.types.len; i++) {
		const struct group *g = &s->index.types.items[i];
		char type[72];
		if (!g->len || str_is(g->id, "page"))
			continue;
		snprintf(type, sizeof type, "%.*s", STR_FMT(g->id));
		buf_reset(&name);
		words_type(&l->words, &name, type, true);
		struct search_list *list = add(x, word(l, "kinds"), buf_str(&name));
		list->docs = g->len;
		snprintf(list->href, sizeof list->href, "%s/index.html", type_folder(g->id).text);
	}
	buf_release(&name);
}

static void add_countries(struct search_lists *x, const struct site *s, const struct site_lang *l)
{
	for (size_t i = 0; i < s->index.countries.len; i++) {
		const struct group *g = &s->index.countries.items[i];
		char code[3];
		snprintf(code, sizeof code, "%.*s", STR_FMT(g->id));
		struct str name = country_name(l, code);
		if (!g->len)
			continue;
		struct search_list *list = add(x, word(l, "by_country"), name.len ? name : g->id);
		list->docs = g->len;
		snprintf(list->href, sizeof list->href, "country/%s.html", code);
	}
}

/* A city's page shows its profile. */
static bool has_profile(const struct group *city, const struct site_lang *l)
{
	for (size_t i = 0; i < city->len; i++)
		if (strcmp(city->docs[i]->type, "city-profile") == 0)
			return is_real(city->docs[i], l);
	return false;
}

static void add_cities(struct search_lists *x, const struct site *s, const struct site_lang *l)
{
	struct buf name = BUF_INIT;
	for (size_t i = 0; i < s->index.cities.len; i++) {
		const struct group *g = &s->index.cities.items[i];
		json_t *place = place_context(s, l, g->id);
		struct str country = json_get_text(place, "country");
		buf_reset(&name);
		buf_add(&name, json_get_text(place, "name"));
		if (country.len)
			buf_printf(&name, "%.*s %.*s", STR_FMT(word(l, "comma")), STR_FMT(country));
		struct search_list *list = add(x, word(l, "cities"), buf_str(&name));
		list->docs = g->len;
		list->is_text = has_profile(g, l);
		snprintf(list->href, sizeof list->href, "city/%.*s.html", STR_FMT(g->id));
		json_decref(place);
	}
	buf_release(&name);
}

/* Pages of their own, by their titles. */
static void add_others(struct search_lists *x, const struct site *s, const struct site_lang *l)
{
	struct str network = json_get_text(s->network, "network");
	static const char *const pages[][2] = {{"governance.html", "governance"},
	    {"strategy.html", "strategy_title"}, {"partners.html", "partners_title"},
	    {"questions.html", "questions_title"}, {"dashboard.html", "dashboard"},
	    {"verify.html", "verify"}, {"offline.html", "offline"}, {"changes.html", "changes"},
	    {"conflicts.html", "conflicts"}, {"city/index.html", "cities"},
	    {"theme/index.html", "topics"}};
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		struct search_list *list = add(x, network, word(l, pages[i][1]));
		snprintf(list->href, sizeof list->href, "%s", pages[i][0]);
	}
}

void search_lists_make(struct search_lists *out, const struct site *s, const struct site_lang *l)
{
	const struct site_index *x = &s->index;
	*out = (struct search_lists){.n = 0};
	add_terms(out, l, &x->themes, "themes", "theme", "topics");
	add_terms(out, l, &x->regions, "regions", "region", "regions");
	add_terms(out, l, &x->needs, "needs", "need", "by_need");
	add_terms(out, l, &x->objectives, "objectives", "objective", "by_objective");
	add_terms(out, l, &x->audiences, "audiences", "audience", "by_audience");
	add_types(out, s, l);
	add_countries(out, s, l);
	add_cities(out, s, l);
	add_others(out, s, l);
}

void search_lists_release(struct search_lists *x)
{
	free(x->items);
	arena_clear(&x->arena);
}
