/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <stdio.h>

static const char *const types[TYPES] = {"news", "event", "training"};
static const char *const langs[LANGS] = {"en", "fr", "ar"};

static bool has_bit(uint8_t set, unsigned bit)
{
	return !set || set >> bit & 1;
}

bool wish_wants(const struct wish *w, unsigned type, unsigned lang)
{
	return has_bit(w->types, type) && has_bit(w->langs, lang);
}

bool wish_follows(const struct wish *w, unsigned journal)
{
	return !w->is_only || w->follows[journal];
}

bool wish_scope(struct scope *out, const struct wish *w)
{
	*out = (struct scope){.is_lacking = w->is_lacking};
	for (unsigned i = 0; i < TYPES; i++)
		if (w->types >> i & 1)
			words_add(&out->types, str_from(types[i]));
	for (unsigned i = 0; i < LANGS; i++)
		if (w->langs >> i & 1)
			words_add(&out->langs, str_from(langs[i]));
	return w->types || w->langs || w->is_lacking;
}

struct str wish_path(char out[static 64], unsigned journal, unsigned type, unsigned lang)
{
	snprintf(
	    out, 64, "records/%s/%s/one/%s.md", journal_name(journal), types[type], langs[lang]);
	return str_from(out);
}

uint64_t wish_whole(const struct holding *h, unsigned journal)
{
	const struct journal *j = &h->journals[journal];
	size_t n = 0;
	while (n < j->n &&
	       !(j->entries[n].is_bare &&
		   wish_wants(&h->wish, j->entries[n].entry->type, j->entries[n].entry->lang)))
		n++;
	return n;
}

static void remember(struct node *n)
{
	const struct wish *w = &n->held->wish;
	for (unsigned i = 0; i < n->world->njournals; i++)
		n->ever_followed[i] |= wish_follows(w, i);
	for (unsigned t = 0; t < TYPES; t++)
		for (unsigned l = 0; l < LANGS; l++)
			n->ever_wanted[t][l] |= wish_wants(w, t, l);
}

static uint8_t some(struct world *w, unsigned n)
{
	return pick(w, 2) ? 0 : (uint8_t)pick(w, 1u << n);
}

void wish_choose(struct node *n)
{
	struct world *w = n->world;
	struct wish *wish = &n->held->wish;
	*wish =
	    (struct wish){.is_only = pick(w, 4), .types = some(w, TYPES), .langs = some(w, LANGS)};
	for (unsigned i = 0; i < w->njournals; i++)
		wish->follows[i] = pick(w, 2);
	wish->is_lacking = true;
	n->wish_changes++;
	remember(n);
	wish_settle(n);
}

void wish_settle(struct node *n)
{
	struct wish *wish = &n->held->wish;
	for (unsigned i = 0; wish->is_lacking && i < n->world->njournals; i++)
		if (wish_follows(wish, i) && wish_whole(n->held, i) < n->held->journals[i].n)
			return;
	if (!wish->is_lacking)
		return;
	wish->is_lacking = false;
	n->wish_changes++;
}
