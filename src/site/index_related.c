/* SPDX-License-Identifier: Apache-2.0 */
#include "site/index.h"

/* A theme may hold most of a network; its newest documents are enough to choose from. */
enum { CANDIDATES_MAX = 120, THEME_SCORE = 4, PLACE_SCORE = 3, REGION_SCORE = 1, TYPE_SCORE = 1 };

struct choice {
	const struct site_index *x;
	uint32_t *by_position; /* scores, by document */
	const struct doc *of;
	const struct doc **out;
	size_t len;
	size_t named; /* the first of `out`, which the author chose */
	uint32_t scores[RELATED_MAX];
};

/* Most candidates are looked at nowhere else: their position is not read from them. */
static uint32_t *score_at(const struct choice *c, const struct doc *d)
{
	return &c->by_position[d - c->x->docs];
}

static bool is_chosen(const struct choice *c, const struct doc *d)
{
	for (size_t i = 0; i < c->len; i++)
		if (c->out[i] == d)
			return true;
	return d == c->of;
}

static void add_named(struct choice *c)
{
	struct str rest;
	for (struct str terms = c->of->original->face.terms;
	     c->len < RELATED_MAX && faces_term(&terms, "related", &rest);) {
		struct str place = str_cut(&rest, '/'), type = str_cut(&rest, '/');
		const struct doc *d = index_find(c->x, place, type, rest);
		if (d && !d->is_withdrawn && !is_chosen(c, d))
			c->out[c->len++] = d;
	}
	c->named = c->len;
}

static uint32_t score_of(const struct choice *c, const struct doc *d)
{
	uint32_t score = *score_at(c, d);
	if (d->place == c->of->place)
		score += PLACE_SCORE;
	if (d->region.len && d->region.ptr == c->of->region.ptr)
		score += REGION_SCORE;
	return score + (d->type == c->of->type ? TYPE_SCORE : 0);
}

/* Pages about the network and its hubs are not what somebody reads next by theme. Keep the best,
 * the first come before equals: groups run from new to old. */
static void offer(struct choice *c, const struct doc *d)
{
	uint32_t score = score_of(c, d);
	size_t at = c->len;
	*score_at(c, d) = 0; /* weighed; also cleans up for the next document */
	while (at > c->named && c->scores[at - 1] < score)
		at--;
	if (at == RELATED_MAX || is_chosen(c, d) || d->is_about_network)
		return;
	size_t last = c->len < RELATED_MAX ? c->len++ : RELATED_MAX - 1;
	for (size_t i = last; i > at; i--) {
		c->out[i] = c->out[i - 1];
		c->scores[i] = c->scores[i - 1];
	}
	c->out[at] = d;
	c->scores[at] = score;
}

static void each(struct choice *c, const struct group *g, uint32_t score)
{
	size_t n = g ? g->len : 0;
	for (size_t i = 0; i < n && i < CANDIDATES_MAX; i++) {
		const struct doc *d = g->docs[i];
		if (score)
			*score_at(c, d) += score;
		else if (*score_at(c, d))
			offer(c, d);
	}
}

size_t index_related(const struct site_index *x, uint32_t *scores, const struct doc *d,
    const struct doc *out[RELATED_MAX])
{
	struct choice c = {.x = x, .by_position = scores, .of = d, .out = out};
	const struct group *city = group_find(&x->cities, str_from(d->place));
	add_named(&c);
	if (d->is_about_network)
		return c.len;
	for (size_t i = 0; i < d->nthemes; i++)
		each(&c, &x->themes.items[d->themes[i]], THEME_SCORE);
	each(&c, city, 1); /* so that they are weighed at all */
	for (size_t i = 0; i < d->nthemes; i++)
		each(&c, &x->themes.items[d->themes[i]], 0);
	each(&c, city, 0);
	return c.len;
}
