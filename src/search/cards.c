/* SPDX-License-Identifier: Apache-2.0 */
#include "search/search.h"

#include <stdio.h>

/* Each result may need a file of its own: small ones, though there are many. */
enum { CARD_SLOTS = 32 };

static json_t *card_of(const struct site *s, const struct site_lang *l, const struct variant *v)
{
	json_t *place = place_context(s, l, str_from(v->doc->place)), *card = json_array();
	struct buf where = BUF_INIT;
	struct str country = json_get_text(place, "country");
	buf_add(&where, json_get_text(place, "name"));
	if (country.len)
		buf_printf(&where, "%.*s %.*s", STR_FMT(words_get(&l->words, "ui", "comma")),
		    STR_FMT(country));
	json_array_append_new(card, page_text(v->face.title));
	json_array_append_new(card, page_text(v->face.summary));
	json_array_append_new(card, page_text(str_from(v->doc->url)));
	json_array_append_new(card, page_text(buf_str(&where)));
	json_decref(place);
	buf_release(&where);
	return card;
}

/* The same of a list: its name, how much it has, and what kind of list it is. */
static json_t *card_of_list(const struct site_lang *l, const struct search_list *list)
{
	struct buf count = BUF_INIT;
	json_t *card = json_array();
	words_count(&l->words, &count, "documents", (int64_t)list->docs);
	json_array_append_new(card, page_text(list->name));
	json_array_append_new(card, page_text(list->docs ? buf_str(&count) : STR_EMPTY));
	json_array_append_new(card, page_text(str_from(list->href)));
	json_array_append_new(card, page_text(list->kind));
	buf_release(&count);
	return card;
}

static void card_deps(struct deps *d, const struct search_target *t)
{
	if (t->text) {
		deps_docs(d, (const struct doc *const[]){t->text->doc}, 1);
	} else {
		deps_text(d, str_from(t->list->href));
		deps_text(d, t->list->name);
		deps_text(d, t->list->kind);
		deps_number(d, t->list->docs);
	}
}

/* The cards of `n` texts, by slot. */
static int write_block(struct site *s, const struct site_lang *l, const struct search_texts *t,
    size_t from, size_t n, struct err *err)
{
	char name[32], path[64];
	struct buf file = BUF_INIT;
	uint32_t block = t->docs[from].slot / CARD_SLOTS;
	struct deps *d = deps_begin(s, l);
	buf_reset(&d->bytes); /* there is nothing of the frame in it */
	for (size_t i = from; i < from + n; i++) {
		deps_number(d, t->docs[i].slot);
		card_deps(d, &t->targets[i]);
	}
	snprintf(name, sizeof name, "%u.%u", t->bits, block);
	snprintf(path, sizeof path, "search/%.*s/%s.js", STR_FMT(l->words.lang), name);
	if (page_is_fresh(s, NULL, path, d))
		return 0;
	json_t *cards = json_object();
	for (size_t i = from; i < from + n; i++) {
		char slot[16];
		snprintf(slot, sizeof slot, "%u", t->docs[i].slot);
		const struct search_target *is = &t->targets[i];
		json_object_set_new_nocheck(
		    cards, slot, is->text ? card_of(s, l, is->text) : card_of_list(l, is->list));
	}
	search_head(&file, l, name);
	json_write(&file, cards, 0);
	buf_puts(&file, ")\n");
	int r = page_put_file(s, path, buf_str(&file), err);
	json_decref(cards);
	buf_release(&file);
	return r;
}

int search_cards(
    struct site *s, const struct site_lang *l, const struct search_texts *t, struct err *err)
{
	int r = 0;
	for (size_t from = 0, n; from < t->n && r == 0; from += n) {
		for (n = 1; from + n < t->n &&
			    t->docs[from + n].slot / CARD_SLOTS == t->docs[from].slot / CARD_SLOTS;)
			n++;
		r = write_block(s, l, t, from, n, err);
	}
	return r;
}
