/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "search/search.h"
#include "search/terms.h"

#include <stdlib.h>

struct home {
	uint64_t hash;
	size_t position;
};

static int by_hash(const void *a, const void *b)
{
	const struct home *x = a, *y = b;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->position > y->position) - (x->position < y->position);
}

unsigned search_slots(uint32_t *slots, const struct site_index *x, const struct search_lists *lists)
{
	const size_t n = x->ndocs + lists->n;
	struct home *homes = mem_alloc((n + 1) * sizeof *homes);
	unsigned bits = 8;
	while (((size_t)1 << bits) < SLOTS_A_DOC * n)
		bits++;
	for (size_t i = 0; i < n; i++) {
		const char *url = i < x->ndocs ? x->docs[i].url : lists->items[i - x->ndocs].href;
		homes[i] = (struct home){hash_sum(str_from(url)), i};
	}
	qsort(homes, n, sizeof *homes, by_hash);
	/* Whose place is taken goes to the next; a few may stand behind the last. */
	for (size_t i = 0, free_from = 0; i < n; i++) {
		size_t at = (size_t)(homes[i].hash >> (64 - bits));
		at = at < free_from ? free_from : at;
		slots[homes[i].position] = (uint32_t)at;
		free_from = at + 1;
	}
	free(homes);
	return bits;
}

/* People look for "youth", though the topic is called "Young people": ids are words of the language
 * that the charter names first. */
static void collect_id(struct collector *c, const struct site *s, const struct site_lang *l,
    struct str id, unsigned weight)
{
	if (l == s->langs)
		collect_text(c, id, weight);
}

/* A text that is called the same comes before it, others that have its name in their title after
 * it: its name counts as one word longer. */
static void collect_list(struct collector *c, struct buf *out, const struct site *s,
    const struct site_lang *l, const struct search_list *list)
{
	collect_text(c, list->name, WEIGHT_TITLE);
	collect_id(c, s, l, list->id, WEIGHT_TITLE);
	c->title++;
	collect_end(c, out);
}

/* A pure function of the record, the charter, rosters and words, which the stash's version names.
 */
static int collect(struct collector *c, struct buf *out, struct site *s, const struct site_lang *l,
    const struct variant *v, struct err *err)
{
	struct buf source = BUF_INIT;
	struct str place = str_from(v->item->place), id, terms = v->face.terms;
	int bad = variant_body(&source, s->source, v, err);
	if (!bad) {
		json_t *where = place_context(s, l, place);
		collect_text(c, v->face.title, WEIGHT_TITLE);
		collect_text(c, v->face.summary, WEIGHT_SUMMARY);
		collect_text(c, json_get_text(where, "name"), WEIGHT_PLACE);
		collect_text(c, json_get_text(where, "country"), WEIGHT_PLACE);
		collect_text(
		    c, term_name(l, "regions", place_region(s->source, place)), WEIGHT_TEXT);
		while (faces_term(&terms, "themes", &id)) {
			collect_text(c, term_name(l, "themes", id), WEIGHT_THEME);
			collect_id(c, s, l, id, WEIGHT_THEME);
		}
		collect_head(c, variant_head(v));
		collect_markdown(c, buf_str(&source));
		collect_end(c, out);
		json_decref(where);
	}
	buf_release(&source);
	return bad;
}

static int by_slot(const void *a, const void *b)
{
	const struct search_doc *x = a, *y = b;
	return (x->slot > y->slot) - (x->slot < y->slot);
}

struct reader {
	struct site *s;
	const struct site_lang *l;
	struct stash *stash;
	struct lexicon lexicon;
	struct collector collector;
};

static int add_terms(
    struct reader *x, struct search_doc *d, const struct search_target *t, struct err *err)
{
	struct buf list = BUF_INIT;
	int bad = 0;
	/* A list's terms follow from what the stash's version names, and from which list it is. */
	d->hash = t->text ? t->text->item->hash : sha256(str_from(t->list->href));
	if (stash_get(x->stash, &d->hash, &d->terms))
		return 0;
	if (!x->lexicon.words)
		lexicon_init(
		    &x->lexicon, x->l->words.lang, words_get(&x->l->words, NULL, "stop_words"));
	if (t->text)
		bad = collect(&x->collector, &list, x->s, x->l, t->text, err);
	else
		collect_list(&x->collector, &list, x->s, x->l, t->list);
	if (!bad)
		d->terms = stash_add(x->stash, &d->hash, buf_str(&list));
	buf_release(&list);
	return bad;
}

static void add_target(struct search_texts *t, uint32_t slot, struct search_target is)
{
	t->docs[t->n++].slot = slot;
	t->targets[slot] = is;
}

static int add_all_terms(struct search_texts *t, struct reader *x, struct err *err)
{
	int r = 0;
	for (size_t i = 0; i < t->n && r == 0; i++)
		r = add_terms(x, &t->docs[i], &t->targets[i], err);
	if (x->lexicon.words)
		lexicon_release(&x->lexicon);
	collector_release(&x->collector);
	return r;
}

int search_texts_make(struct search_texts *t, struct site *s, const struct site_lang *l,
    struct stash *stash, struct err *err)
{
	const struct site_index *all = &s->index;
	*t = (struct search_texts){.n = 0};
	search_lists_make(&t->lists, s, l);
	const size_t n = all->ndocs + t->lists.n;
	uint32_t *slots = mem_alloc((n + 1) * sizeof *slots);
	t->bits = search_slots(slots, all, &t->lists);
	t->docs = mem_alloc((n + 1) * sizeof *t->docs);
	t->targets = mem_alloc((((size_t)1 << t->bits) + n) * sizeof *t->targets);
	for (size_t i = 0; i < all->ndocs; i++) {
		const struct variant *v = doc_variant(&all->docs[i], l->words.lang);
		if (v && !v->face.is_withdrawn)
			add_target(t, slots[i], (struct search_target){.text = v});
	}
	for (size_t i = 0; i < t->lists.n; i++)
		if (!t->lists.items[i].is_text)
			add_target(t, slots[all->ndocs + i],
			    (struct search_target){.list = &t->lists.items[i]});
	free(slots);
	if (t->n)
		qsort(t->docs, t->n, sizeof *t->docs, by_slot);
	/* targets[] was by slot until now. */
	for (size_t i = 0; i < t->n; i++)
		t->targets[i] = t->targets[t->docs[i].slot];
	struct reader x = {.s = s, .l = l, .stash = stash, .collector.lexicon = &x.lexicon};
	return add_all_terms(t, &x, err);
}

void search_texts_release(struct search_texts *t)
{
	free(t->docs);
	free(t->targets);
	search_lists_release(&t->lists);
}
