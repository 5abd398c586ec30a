/* SPDX-License-Identifier: Apache-2.0 */
#include "site/index.h"

#include "base/mem.h"
#include "base/threads.h"

#include <stdlib.h>

static void add_vocabulary(struct groups *g, const json_t *charter, const char *name)
{
	const json_t *list = json_object_get(charter, name);
	for (size_t i = 0; i < json_array_size(list); i++)
		group_add(g, json_get_text(json_array_get(list, i), "id"));
}

/* Has it a page among the cities? Rosters are of many hands: what could not have one is left out.
 */
static bool is_city(const struct site_index *x, struct str place)
{
	return !group_find(&x->regions, place) && !str_is(place, "index");
}

static void add_places(struct site_index *x, const struct site_source *source)
{
	const char *place;
	const json_t *v;
	/* jansson's iteration takes no const, and changes nothing. */
	for (void *it = json_object_iter((json_t *)(uintptr_t)source->places); it;
	     it = json_object_iter_next((json_t *)(uintptr_t)source->places, it)) {
		place = json_object_iter_key(it);
		v = json_object_iter_value(it);
		if (v && is_city(x, str_from(place)))
			group_add(&x->cities, str_from(place));
	}
}

void index_name_groups(struct site_index *x, const struct site_source *source)
{
	add_vocabulary(&x->themes, source->charter, "themes");
	add_vocabulary(&x->regions, source->charter, "regions");
	add_vocabulary(&x->hubs, source->charter, "hubs");
	add_vocabulary(&x->needs, source->charter, "needs");
	add_vocabulary(&x->objectives, source->charter, "objectives");
	add_vocabulary(&x->audiences, source->charter, "audiences");
	add_places(x, source);
}

static int newest_first(const void *a, const void *b)
{
	const struct doc *x = *(const struct doc *const *)a, *y = *(const struct doc *const *)b;
	int c = strcmp(y->date, x->date);
	return c ? c : (x->position > y->position) - (x->position < y->position);
}

/* What one document says in several ways counts once. */
static void push_once(struct groups *g, struct str id, const struct doc *d)
{
	const struct group *is = group_find(g, id);
	if (!is || !is->len || is->docs[is->len - 1] != d)
		group_push(g, id, d);
}

static void push_country(struct site_index *x, struct str code, const struct doc *d)
{
	char lower[3];
	if (code.len != 2)
		return;
	for (size_t i = 0; i < 2; i++)
		lower[i] = (char)(code.ptr[i] | 0x20);
	struct str id = str_of(lower, 2);
	push_once(&x->countries, group_find(&x->countries, id) ? id : arena_str(&x->arena, id), d);
}

/* Only cities that are somewhere in the rosters, or have something of their own. */
static void push_about(struct site_index *x, struct str city, const struct doc *d)
{
	if (!str_is(city, d->place) && group_find(&x->cities, city))
		push_once(&x->about, city, d);
}

static void push_terms(struct site_index *x, const struct site_source *source, const struct doc *d)
{
	const struct {
		const char *field;
		struct groups *groups;
	} plain[] = {
	    {"needs", &x->needs}, {"objectives", &x->objectives}, {"audiences", &x->audiences}};
	push_country(x, str_from(place_country(source, str_from(d->place)).code), d);
	for (struct str rest = d->original->face.terms; rest.len;) {
		struct str value = str_cut(&rest, '\n'), field = str_cut(&value, ' ');
		for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
			if (str_is(field, plain[i].field))
				push_once(plain[i].groups, value, d);
		if (str_is(field, "country") || str_is(field, "countries"))
			push_country(x, value, d);
		if (str_is(field, "cities"))
			push_about(x, value, d);
		if (str_is(field, "adapted_from"))
			group_push(&x->adapted, value, d);
		if (str_is(field, "related") || str_is(field, "adapted_from"))
			push_about(x, str_cut(&value, '/'), d);
	}
}

static void push_kinds(struct site_index *x, const struct doc *d)
{
	group_push(&x->types, str_from(d->type), d);
	for (size_t k = 0; k < d->nthemes; k++)
		group_push(&x->themes, x->themes.items[d->themes[k]].id, d);
	group_push(&x->regions, d->region, d);
	group_push(&x->hubs, str_from(d->original->item->hub), d);
	if (d->date[0])
		group_push(&x->years, str_of(d->date, 4), d);
}

static bool is_later(const struct variant *a, const struct variant *b)
{
	if (a->item->time != b->item->time)
		return a->item->time > b->item->time;
	int c = strcmp(a->item->hub, b->item->hub);
	if (c)
		return c < 0;
	if (a->item->seq != b->item->seq)
		return a->item->seq > b->item->seq;
	if (!a->face.from.len != !b->face.from.len)
		return !a->face.from.len; /* the original before its translations */
	return a < b; /* both in the index, which has an order */
}

static void put_latest(struct site_index *x, const struct variant *v)
{
	size_t low = 0, high = x->nlatest;
	if (high == CHANGES_MAX && !is_later(v, x->latest[high - 1]))
		return;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (is_later(v, x->latest[middle]))
			high = middle;
		else
			low = middle + 1;
	}
	x->nlatest += x->nlatest < CHANGES_MAX;
	memmove(&x->latest[low + 1], &x->latest[low], (x->nlatest - low - 1) * sizeof(void *));
	x->latest[low] = v;
}

static void count(struct sum *to, const struct variant *v)
{
	to->texts++;
	to->bytes += v->face.bytes;
}

static void count_lang(struct site_index *x, const struct variant *v)
{
	for (size_t i = 0; i < x->nlangs; i++)
		if (x->langs[i].code.ptr == v->face.lang.ptr) {
			count(&x->langs[i].sum, v);
			return;
		}
}

/* What is of all texts, in one go: they lie far apart. Also of what is withdrawn: it came with an
 * entry. */
static void look_through(struct site_index *x)
{
	const struct group *hub = NULL;
	const char *name = NULL;
	x->last = mem_alloc((x->hubs.len + 1) * sizeof *x->last);
	x->of_hubs = mem_alloc((x->hubs.len + 1) * sizeof *x->of_hubs);
	for (size_t i = 0; i < x->nvariants; i++) {
		const struct variant *v = &x->variants[i];
		const struct site_item *item = v->item;
		put_latest(x, v);
		count(&x->all, v);
		count_lang(x, v);
		if (item->hub != name) { /* mostly that of the one before */
			name = item->hub;
			hub = group_find(&x->hubs, str_from(name));
		}
		if (!hub)
			continue;
		const struct site_item **last = &x->last[hub - x->hubs.items];
		if (!*last || item->seq > (*last)->seq)
			*last = item;
		count(&x->of_hubs[hub - x->hubs.items], v);
	}
}

/* Two halves of the groups that know nothing of each other; cities are there. */
struct half {
	struct site_index *x;
	const struct site_source *source;
	void (*fill)(struct site_index *x, const struct site_source *source);
	bool is_done;
};

static void fill_half(void *ctx)
{
	struct half *h = ctx;
	h->fill(h->x, h->source);
	h->is_done = true;
}

static void fill_kinds(struct site_index *x, const struct site_source *source)
{
	(void)source;
	for (size_t i = 0; i < x->nnewest; i++)
		push_kinds(x, x->newest[i]);
	groups_sort(&x->types);
	groups_sort(&x->years);
	look_through(x);
}

static void fill_terms(struct site_index *x, const struct site_source *source)
{
	for (size_t i = 0; i < x->nnewest; i++)
		push_terms(x, source, x->newest[i]);
	groups_sort(&x->countries);
}

void index_fill_groups(struct site_index *x, const struct site_source *source)
{
	x->newest = mem_alloc(x->ndocs * sizeof *x->newest);
	for (size_t i = 0; i < x->ndocs; i++)
		if (!x->docs[i].is_withdrawn)
			x->newest[x->nnewest++] = &x->docs[i];
	if (x->nnewest)
		qsort(x->newest, x->nnewest, sizeof *x->newest, newest_first);
	/* First all places that have something: others may say something of them. So far regions
	 * are the charter's. */
	for (size_t i = 0; i < x->nnewest; i++)
		if (is_city(x, str_from(x->newest[i]->place)))
			group_push(&x->cities, str_from(x->newest[i]->place), x->newest[i]);
	groups_sort(&x->cities);
	struct half halves[] = {{.x = x, .source = source, .fill = fill_kinds},
	    {.x = x, .source = source, .fill = fill_terms}};
	enum { HALVES = sizeof halves / sizeof *halves };
	threads_run(fill_half, halves, sizeof *halves, source->fork ? HALVES : 1);
	for (size_t i = 0; i < HALVES; i++)
		if (!halves[i].is_done)
			fill_half(&halves[i]);
}

void index_release_groups(struct site_index *x)
{
	struct groups *const all[] = {&x->types, &x->themes, &x->regions, &x->cities, &x->hubs,
	    &x->needs, &x->objectives, &x->audiences, &x->countries, &x->years, &x->about,
	    &x->adapted};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		groups_release(all[i]);
	free(x->last);
	free(x->of_hubs);
}
