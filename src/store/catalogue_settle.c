/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where several hubs have published one path: docs/format.md rules 49 to 49b. Rows say what their
 * journals do, and nothing else takes part, so that every store that has the same journals shows
 * the same text.
 */
#include "store/catalogue_impl.h"

#include <stdio.h>

/* The rows of one path. */
struct group {
	struct item *rows;
	size_t n;
};

static struct group group_at(const struct catalogue *c, size_t first)
{
	struct group g = {.rows = &c->items[first]};
	while (first + g.n < c->len && strcmp(g.rows[g.n].path, g.rows->path) == 0)
		g.n++;
	return g;
}

/* Still one of those that may be shown, of the place's own hubs or of guests. */
static bool is_of(const struct item *i, bool guests)
{
	return i->state < ITEM_HELD && i->is_guest == guests;
}

static const struct item *follower(const struct group *g, const struct item *x, bool guests)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct item *y = &g->rows[i];
		for (size_t k = 0; y != x && is_of(y, guests) && k < y->nfollows; k++)
			if (sha256_eq(&y->follows[k], &x->hash))
				return y;
	}
	return NULL;
}

/* The same words in two journals are no conflict. */
static const struct item *same_words(
    const struct group *g, const struct item *first, const struct item *x)
{
	if (sha256_eq(&first->hash, &x->hash))
		return first;
	for (const struct item *y = g->rows; y < x; y++)
		if (y->is_contested && sha256_eq(&y->hash, &x->hash))
			return y;
	return NULL;
}

static void give_way(
    struct catalogue *c, const struct group *g, struct item *first, struct item *x, bool guests)
{
	const struct item *next = x->is_followed ? follower(g, x, guests) : NULL;
	const struct item *twin = same_words(g, first, x);
	if (twin)
		x->reason =
		    arena_printf(&c->arena, "hub %s has published this record too", twin->hub);
	else if (next)
		x->reason =
		    arena_printf(&c->arena, "hub %s has published revision %u, which follows it",
			next->hub, next->revision);
	else {
		x->reason = arena_printf(&c->arena,
		    "hub %s has published another revision %u, made apart from it, which is shown",
		    first->hub, first->revision);
		x->is_contested = first->is_contested = true;
	}
}

/* Leave one: of those that none follows the highest revision, of the hub first in byte order. False
 * where there are no two. */
static bool settle_among(struct catalogue *c, const struct group *g, bool guests)
{
	struct item *first = NULL;
	size_t n = 0;
	for (size_t i = 0; i < g->n; i++)
		n += is_of(&g->rows[i], guests);
	if (n < 2)
		return false;
	for (size_t i = 0; i < g->n; i++) {
		struct item *x = &g->rows[i];
		x->is_followed = is_of(x, guests) && follower(g, x, guests);
	}
	for (size_t i = 0; i < g->n; i++) {
		struct item *x = &g->rows[i];
		if (is_of(x, guests) && (!first || item_cmp(x, first) < 0))
			first = x;
	}
	for (size_t i = 0; i < g->n; i++)
		if (is_of(&g->rows[i], guests) && &g->rows[i] != first)
			give_way(c, g, first, &g->rows[i], guests);
	/* Only now: what has given way is still looked at by the others. */
	for (size_t i = 0; i < g->n; i++)
		if (is_of(&g->rows[i], guests) && &g->rows[i] != first)
			g->rows[i].state = ITEM_HELD;
	return true;
}

/* --- translations by hubs of other places --- */

/* What the place's own hubs show in that language; `is_absent`: or may, but it was left out here.
 */
static const struct item *home_text(
    const struct catalogue *c, const struct record_name *name, struct str lang, bool *is_absent)
{
	const struct item *found = NULL;
	char path[320];
	*is_absent = false;
	snprintf(path, sizeof path, "records/%.*s/%.*s/%.*s/%.*s.md", STR_FMT(name->place),
	    STR_FMT(name->type), STR_FMT(name->id), STR_FMT(lang));
	size_t at = catalogue_first_at(c, c->len, str_from(path));
	for (; at < c->len && strcmp(c->items[at].path, path) == 0; at++) {
		if (is_of(&c->items[at], false))
			found = &c->items[at];
		*is_absent = *is_absent || c->items[at].state == ITEM_ABSENT;
	}
	return found;
}

int catalogue_check_guest(const struct catalogue *c, const struct record_name *name, struct str of,
    unsigned of_revision, struct err *err)
{
	bool is_absent;
	const struct item *own = home_text(c, name, name->lang, &is_absent);
	if (own)
		return err_set(err, ERR_POLICY,
		    "hub %s, whose place it is, has published its own in this language", own->hub);
	const struct item *source = home_text(c, name, of, &is_absent);
	if (is_absent)
		return err_set(err, ERR_MISSING,
		    "the text it was translated from is not here (not subscribed)");
	if (!source)
		return err_set(err, ERR_POLICY,
		    "it is translated from %.*s.md, which no hub of the place has published",
		    STR_FMT(of));
	if (source->state == ITEM_WITHDRAWN)
		return err_set(err, ERR_POLICY,
		    "it is translated from %.*s.md, which hub %s has withdrawn", STR_FMT(of),
		    source->hub);
	if (source->revision < of_revision)
		return err_set(err, ERR_POLICY,
		    "it is translated from revision %u of %.*s.md, of which revision %u is "
		    "published",
		    of_revision, STR_FMT(of), source->revision);
	return 0;
}

static void settle_guest(struct catalogue *c, struct item *item)
{
	struct record_name name;
	struct err err = {.code = ERR_NONE};
	bool ignored;
	record_name_parse(&name, str_from(item->path)); /* its row was made so */
	int bad = catalogue_check_guest(c, &name, str_from(item->of), item->of_revision, &err);
	if (!bad) {
		item->region = home_text(c, &name, str_from(item->of), &ignored)->region;
		return;
	}
	item->state = bad == ERR_MISSING ? ITEM_ABSENT : ITEM_HELD;
	item->reason = arena_printf(&c->arena, "%s", err.msg);
}

/* Guests come last: what they wait for is settled by then. */
bool catalogue_settle(struct catalogue *c)
{
	struct group g;
	bool has_guests = false, has_rivals = false;
	for (size_t i = 0; i < c->len; i += g.n) {
		g = group_at(c, i);
		has_rivals |= g.n > 1 && settle_among(c, &g, false);
		for (size_t k = 0; k < g.n && !has_guests; k++)
			has_guests = is_of(&g.rows[k], true);
	}
	for (size_t i = 0; i < c->len && has_guests; i++)
		if (is_of(&c->items[i], true))
			settle_guest(c, &c->items[i]);
	for (size_t i = 0; i < c->len && has_guests; i += g.n) {
		g = group_at(c, i);
		settle_among(c, &g, true);
	}
	return has_guests || has_rivals;
}
