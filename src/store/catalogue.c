/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/mem.h"
#include "store/catalogue_cache.h"
#include "store/catalogue_impl.h"

#include <stdio.h>
#include <stdlib.h>

size_t catalogue_first_at(const struct catalogue *c, size_t n, struct str path)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (str_cmp(str_from(c->items[mid].path), path) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int item_cmp(const struct item *x, const struct item *y)
{
	int c = strcmp(x->path, y->path);
	if (!c)
		c = (x->state >= ITEM_HELD) - (y->state >= ITEM_HELD);
	if (!c)
		c = x->is_followed - y->is_followed;
	if (!c)
		c = (x->revision < y->revision) - (x->revision > y->revision);
	if (!c)
		c = strcmp(x->hub, y->hub);
	return c ? c : (int)x->own_state - (int)y->own_state;
}

static int by_path(const void *a, const void *b)
{
	return item_cmp(a, b);
}

void item_follow(struct catalogue *c, struct item *item, const struct sha256 *hash)
{
	size_t n = item->nfollows;
	for (size_t i = n > 2 ? n - 2 : 0; i < n; i++)
		if (sha256_eq(&item->follows[i], hash))
			return;
	if (!(n & (n - 1))) { /* room for a power of two */
		struct sha256 *more = arena_alloc(&c->arena, (n ? 2 * n : 1) * sizeof *more);
		if (n)
			memcpy(more, item->follows, n * sizeof *more);
		item->follows = more;
	}
	item->follows[item->nfollows++] = *hash;
}

/* Row `i` to its place among those before it, which are in order. */
static void put_in_place(struct catalogue *c, size_t i)
{
	struct item item = c->items[i];
	size_t low = 0, high = i;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (item_cmp(&c->items[mid], &item) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	memmove(&c->items[low + 1], &c->items[low], (i - low) * sizeof item);
	c->items[low] = item;
}

/* Mostly one entry has come, and sorting all for it takes longer than judging it. */
static void sort(struct catalogue *c)
{
	enum { FEW = 16 };
	size_t moved = 0;
	for (size_t i = 1; i < c->len; i++) {
		if (item_cmp(&c->items[i - 1], &c->items[i]) <= 0)
			continue;
		if (moved++ == FEW) {
			qsort(c->items, c->len, sizeof *c->items, by_path);
			break;
		}
		put_in_place(c, i);
	}
	c->nsorted = c->len;
}

static void start_from_journals(struct catalogue *c)
{
	size_t kept = 0;
	for (size_t i = 0; i < c->len; i++) {
		if (c->items[i].is_gone)
			continue;
		if (kept < i)
			c->items[kept] = c->items[i];
		kept++;
	}
	c->len = kept;
	for (size_t i = 0; i < c->len; i++) {
		struct item *item = &c->items[i];
		item->state = item->own_state;
		item->reason = item->own_reason;
		item->region = item->own_region;
		item->is_followed = item->is_contested = false;
	}
}

static void settle(struct catalogue *c)
{
	start_from_journals(c);
	sort(c);
	if (catalogue_settle(c))
		sort(c);
}

/* --- reading journals --- */

static void take_heads(struct catalogue *c, const struct store *s)
{
	struct local_state state;
	store_state(s, &state);
	c->heads = mem_realloc(c->heads, (state.nheads + 1) * sizeof *c->heads);
	if (state.nheads)
		memcpy(c->heads, state.heads, state.nheads * sizeof *c->heads);
	c->nheads = state.nheads;
}

/* Have the journals only grown from where the rows end? */
static bool are_behind(const struct catalogue *c, struct store *s)
{
	for (size_t i = 0; i < c->nheads; i++) {
		const struct head *h = &c->heads[i];
		struct oid id;
		struct err none;
		const struct journal *j = store_journal(s, h->hub);
		if (j && oid_eq(&j->head.id, &h->id))
			continue;
		if (store_entry_id(s, h->hub, h->seq, &id, &none) || !oid_eq(&id, &h->id))
			return false;
	}
	return true;
}

uint64_t catalogue_next(const struct catalogue *c, const struct journal *j)
{
	const struct head *h = head_find(c->heads, c->nheads, j->head.hub);
	return h ? h->seq + 1 : 1;
}

static void clear(struct catalogue *c)
{
	struct catalogue fresh = {.rules = c->rules};
	catalogue_release(c);
	*c = fresh;
}

/* From where the rows end to the heads. On failure the catalogue is empty. */
static int read_on(
    struct catalogue *c, struct store *s, struct catalogue_counter *n, struct err *err)
{
	int bad = 0;
	if (!are_behind(c, s))
		clear(c);
	for (size_t i = 0; i < s->njournals; i++)
		n->all += s->journals[i].head.seq + 1 - catalogue_next(c, &s->journals[i]);
	for (size_t i = 0; i < s->njournals && !bad; i++)
		bad = catalogue_take_journal(c, s, &s->journals[i], n, err);
	if (bad) {
		clear(c);
		return bad;
	}
	take_heads(c, s);
	settle(c);
	return 0;
}

/* Rewriting the rows costs more than judging a few records does: they are kept once enough is new.
 */
enum { JUDGED_WORTH_KEEPING = 16 };

void catalogue_open(struct catalogue *c, struct store *s)
{
	if (!s->outer)
		catalogue_cache_load(c, s);
	c->nsorted = c->len;
}

int catalogue_read_on(struct catalogue *c, struct store *s,
    void (*progress)(void *ctx, size_t done, size_t all), void *ctx, struct err *err)
{
	struct catalogue_counter n = {.progress = progress, .ctx = ctx};
	if (read_on(c, s, &n, err))
		return err->code;
	if (n.judged >= JUDGED_WORTH_KEEPING && !s->outer && !s->leaves_cache)
		catalogue_cache_save(c, s);
	return 0;
}

int catalogue_read(struct catalogue *c, struct store *s,
    void (*progress)(void *ctx, size_t done, size_t all), void *ctx, struct err *err)
{
	*c = (struct catalogue){.len = 0};
	catalogue_open(c, s);
	return catalogue_read_on(c, s, progress, ctx, err);
}

int catalogue_read_anew(struct catalogue *c, struct store *s,
    void (*each)(void *ctx, const struct journal *j, struct entry *e), void *ctx, struct err *err)
{
	struct catalogue_counter n = {.each = each, .ctx = ctx};
	*c = (struct catalogue){.len = 0};
	return read_on(c, s, &n, err);
}

/* What the rows of a members' journal were judged by besides: a roster may have come since. */
static bool is_by(struct catalogue *c, const struct store *s)
{
	struct local_state state;
	if (!s->outer)
		return true;
	store_state(s->outer, &state);
	struct sha256 now = local_state_digest(&state);
	bool is_same = sha256_eq(&now, &c->rules);
	c->rules = now;
	return is_same;
}

static bool is_of(const struct catalogue *c, const struct store *s)
{
	struct local_state state;
	store_state(s, &state);
	for (size_t i = 0; i < state.nheads && i < c->nheads; i++)
		if (strcmp(state.heads[i].hub, c->heads[i].hub) != 0 ||
		    !oid_eq(&state.heads[i].id, &c->heads[i].id))
			return false;
	return state.nheads == c->nheads;
}

/* For searching: folding each time costs more than all else of an answer. */
static void fold(struct catalogue *c)
{
	for (size_t i = 0; i < c->len; i++) {
		struct item *item = &c->items[i];
		if (item->folded)
			continue;
		char *text =
		    arena_printf(&c->arena, "%s\n%s\n%s", item->title, item->summary, item->id);
		for (char *p = text; *p; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p + 'a' - 'A');
		item->folded = text;
	}
}

int store_catalogue(const struct catalogue **out, struct store *s, struct err *err)
{
	bool is_first = !s->catalogue;
	*out = NULL;
	if (is_first)
		s->catalogue = mem_alloc(sizeof *s->catalogue);
	struct catalogue *c = s->catalogue;
	if (!is_by(c, s) || c->nreplaced > c->len / 2 + 1000)
		clear(c); /* what nobody reads any more has grown large */
	bool is_old = c->nheads && is_of(c, s);
	if (!c->nheads)
		catalogue_open(c, s);
	if (!is_old && catalogue_read_on(c, s, NULL, NULL, err) != 0)
		return err->code;
	fold(c);
	*out = c;
	return 0;
}

void catalogue_release(struct catalogue *c)
{
	free(c->items);
	free(c->heads);
	arena_clear(&c->arena);
	file_unmap(&c->kept);
	*c = (struct catalogue){.len = 0};
}

const struct item *catalogue_find(const struct catalogue *c, struct str path)
{
	size_t at = catalogue_first_at(c, c->len, path);
	if (at < c->len && str_is(path, c->items[at].path) && c->items[at].state < ITEM_HELD)
		return &c->items[at];
	return NULL;
}

/* --- cities --- */

static void take_cities(json_t *places, const struct roster *roster, const char *hub)
{
	size_t i;
	json_t *city;
	json_array_foreach(json_object_get(roster->head, "cities"), i, city)
	{
		const char *id = json_string_value(json_object_get(city, "id"));
		if (json_object_get(places, id))
			continue;
		json_t *place = json_deep_copy(city);
		json_object_del(place, "id");
		json_object_set_new(place, "hub", json_string(hub));
		json_object_set_new(places, id, place);
	}
}

int catalogue_places(json_t **out, struct store *s, struct err *err)
{
	json_t *places = json_object();
	*out = NULL;
	for (size_t i = 0; i < s->njournals; i++) {
		const struct journal *j = &s->journals[i];
		const struct roster *roster;
		if (journal_roster(&roster, s, j, err)) {
			json_decref(places);
			return err->code;
		}
		if (roster)
			take_cities(places, roster, j->head.hub);
	}
	*out = places;
	return 0;
}
