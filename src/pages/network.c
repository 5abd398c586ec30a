/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages that read across all documents of a kind: what the network wants to reach and what was
 * done for it, who works with it and what they give, and the questions that cities ask.
 */
#include "pages/list.h"

#include "base/mem.h"
#include "record/word.h"

#include <stdio.h>
#include <stdlib.h>

enum { DONE_MAX = 3 };

static const struct group *of_type(const struct site *s, const char *type)
{
	static const struct group none = {.len = 0};
	const struct group *g = group_find(&s->index.types, str_from(type));
	return g ? g : &none;
}

/* {title, href, tongue, summary}, and the list in that field of its head as "lines". */
static json_t *entry_context(const struct site_lang *l, const struct doc *d, const char *field)
{
	const struct variant *v = shown_variant(d, l);
	json_t *o = json_object(), *lines = json_object_get(variant_head(v), field);
	page_put(o, "title", v->face.title);
	page_put(o, "href", str_from(d->url));
	page_put(o, "summary", v->face.summary);
	page_put_or_none(o, "tongue", tongue_context(v, l));
	json_object_set_new_nocheck(o, "has_lines", json_boolean(json_array_size(lines)));
	if (json_is_array(lines))
		json_object_set_nocheck(o, "lines", lines);
	return o;
}

/* --- strategy --- */

static json_t *strategies(const struct site *s, const struct site_lang *l)
{
	const struct group *g = of_type(s, "strategy");
	json_t *list = json_array();
	for (size_t i = 0; i < g->len; i++) {
		const json_t *head = variant_head(shown_variant(g->docs[i], l));
		json_t *o = entry_context(l, g->docs[i], "priorities");
		period_put(
		    o, "period", l, json_get_text(head, "started"), json_get_text(head, "ended"));
		json_array_append_new(list, o);
	}
	return list;
}

/* Something that was done, and not a plan for it. */
static bool is_deed(const struct doc *d)
{
	return strcmp(d->type, "strategy") != 0 && strcmp(d->type, "policy") != 0 &&
	       strcmp(d->type, "page") != 0;
}

/* What cities tell of their own work before what else there is, the newest of both. */
static json_t *deeds(const struct site *s, const struct site_lang *l, const struct group *g)
{
	json_t *list = json_array();
	for (int others = 0; others < 2; others++)
		for (size_t i = 0; i < g->len && json_array_size(list) < DONE_MAX; i++) {
			const char *type = g->docs[i]->type;
			bool is_of_city =
			    strcmp(type, "good-practice") == 0 || strcmp(type, "case-study") == 0;
			if (is_of_city != others && is_deed(g->docs[i]))
				json_array_append_new(list, card_context(s, l, g->docs[i]));
		}
	return list;
}

/* Each objective of the charter: {name, count, share, deeds}, and where the rest stands. */
static json_t *objectives(const struct site *s, const struct site_lang *l)
{
	const struct groups *all = &s->index.objectives;
	json_t *list = json_array();
	char href[96];
	for (size_t i = 0; i < all->len; i++) {
		const struct group *g = &all->items[i];
		json_t *o = json_object();
		snprintf(href, sizeof href, "objective/%.*s.html", STR_FMT(g->id));
		page_put(o, "name", term_name(l, "objectives", g->id));
		page_put(o, "href", g->len ? str_from(href) : STR_EMPTY);
		json_object_set_new_nocheck(o, "count", json_integer((json_int_t)g->len));
		json_object_set_new_nocheck(o, "deeds", deeds(s, l, g));
		json_array_append_new(list, o);
	}
	return links_with_bars(list);
}

int page_strategy(struct site *s, struct site_lang *l, struct err *err)
{
	json_t *page = json_object();
	page_put_word(page, "title", l, "strategy_title");
	page_put_word(page, "intro", l, "strategy_intro");
	json_object_set_new_nocheck(page, "strategies", strategies(s, l));
	json_object_set_new_nocheck(
	    page, "has_strategies", json_boolean(of_type(s, "strategy")->len));
	json_object_set_new_nocheck(page, "goals", objectives(s, l));
	return page_write_if_new(s, l, "strategy", "strategy.html", page, err);
}

/* --- partners --- */

static json_t *partner_context(const struct site_lang *l, const struct doc *d)
{
	const json_t *head = variant_head(shown_variant(d, l));
	json_t *o = entry_context(l, d, "gives");
	struct str country = json_get_text(head, "country");
	page_put(o, "role", json_get_text(head, "role"));
	page_put(o, "country", country.len ? words_country(&l->words, country) : STR_EMPTY);
	page_put_or_none(o, "since",
	    json_object_get(head, "since") ? date_context(l, json_get_text(head, "since")) : NULL);
	return o;
}

/* What they are called together, by the words; else what one is called. */
static void put_kind(json_t *o, const struct site_lang *l, struct str kind)
{
	char key[96];
	snprintf(key, sizeof key, "partners_%.*s", STR_FMT(kind));
	struct str name = words_get(&l->words, "ui", key);
	if (!name.len) {
		const json_t *values = json_object_get(l->words.root, "values");
		snprintf(key, sizeof key, "%.*s", STR_FMT(kind));
		name = json_get_text(json_object_get(values, "kind"), key);
	}
	page_put(o, "title", name.len ? name : kind);
}

/* [{title, partners}]: those who pay first, and the rest as they come. */
static json_t *partners_by_kind(const struct site *s, const struct site_lang *l)
{
	const struct group *g = of_type(s, "partner");
	struct groups kinds = {0};
	json_t *list = json_array();
	group_add(&kinds, STR("donor"));
	group_add(&kinds, STR("contributor"));
	for (size_t i = 0; i < g->len; i++)
		group_push(&kinds, variant_term(g->docs[i]->original, "kind"), g->docs[i]);
	for (size_t i = 0; i < kinds.len; i++) {
		const struct group *kind = &kinds.items[i];
		json_t *o = json_object(), *partners = json_array();
		for (size_t k = 0; k < kind->len; k++)
			json_array_append_new(partners, partner_context(l, kind->docs[k]));
		put_kind(o, l, kind->id);
		json_object_set_new_nocheck(o, "count", json_integer((json_int_t)kind->len));
		json_object_set_new_nocheck(o, "partners", partners);
		if (kind->len)
			json_array_append(list, o);
		json_decref(o);
	}
	groups_release(&kinds);
	return list;
}

/* [{title, href, amount}]: strategies that say what the work costs. */
static json_t *costs(const struct site *s, const struct site_lang *l)
{
	const struct group *g = of_type(s, "strategy");
	json_t *list = json_array();
	for (size_t i = 0; i < g->len; i++) {
		const json_t *head = variant_head(shown_variant(g->docs[i], l));
		const json_t *budget = json_object_get(head, "budget"),
			     *amount = json_object_get(budget, "amount");
		struct buf text = BUF_INIT;
		if (!json_is_number(amount))
			continue;
		if (json_is_integer(amount))
			words_integer(&l->words, &text, json_integer_value(amount));
		else
			words_real(&l->words, &text, json_real_value(amount));
		buf_printf(&text, "\u00a0%.*s", STR_FMT(json_get_text(budget, "currency")));
		json_t *o = entry_context(l, g->docs[i], "");
		page_put(o, "amount", buf_str(&text));
		page_put(o, "year", json_get_text(budget, "year"));
		page_put(o, "note", json_get_text(budget, "note"));
		json_array_append_new(list, o);
		buf_release(&text);
	}
	return list;
}

int page_partners(struct site *s, struct site_lang *l, struct err *err)
{
	json_t *page = json_object(), *list = costs(s, l);
	page_put_word(page, "title", l, "partners_title");
	page_put_word(page, "intro", l, "partners_intro");
	json_object_set_new_nocheck(page, "by_kind", partners_by_kind(s, l));
	json_object_set_new_nocheck(page, "has_partners", json_boolean(of_type(s, "partner")->len));
	json_object_set_new_nocheck(page, "has_costs", json_boolean(json_array_size(list)));
	json_object_set_new_nocheck(page, "costs", list);
	return page_write_if_new(s, l, "partners", "partners.html", page, err);
}

/* --- questions --- */

struct question {
	const struct doc *doc;
	struct buf key; /* its title without accents and marks, to order by */
};

static int by_key(const void *a, const void *b)
{
	const struct question *x = a, *y = b;
	int c = str_cmp(buf_str(&x->key), buf_str(&y->key));
	return c ? c
		 : (x->doc->position > y->doc->position) - (x->doc->position < y->doc->position);
}

static void put_key(struct buf *out, struct str title)
{
	struct str word;
	for (size_t at = 0; word_next(&word, title, &at); buf_putc(out, ' '))
		word_fold(out, word);
}

static json_t *questions(const struct site_lang *l, const struct group *g)
{
	struct question *all = mem_alloc((g->len + 1) * sizeof *all);
	json_t *list = json_array();
	for (size_t i = 0; i < g->len; i++) {
		all[i] = (struct question){g->docs[i], BUF_INIT};
		put_key(&all[i].key, shown_variant(g->docs[i], l)->face.title);
	}
	if (g->len)
		qsort(all, g->len, sizeof *all, by_key);
	for (size_t i = 0; i < g->len; i++) {
		const json_t *head = variant_head(shown_variant(all[i].doc, l));
		json_t *o = entry_context(l, all[i].doc, "");
		struct str answer = json_get_text(head, "short_answer");
		page_put(o, "answer", answer.len ? answer : json_get_text(o, "summary"));
		json_array_append_new(list, o);
		buf_release(&all[i].key);
	}
	free(all);
	return list;
}

int page_questions(struct site *s, struct site_lang *l, struct err *err)
{
	const struct group *g = of_type(s, "question");
	json_t *page = json_object();
	page_put_word(page, "title", l, "questions_title");
	page_put_word(page, "intro", l, "questions_intro");
	json_object_set_new_nocheck(page, "questions", questions(l, g));
	json_object_set_new_nocheck(page, "has_questions", json_boolean(g->len));
	return page_write_if_new(s, l, "questions", "questions.html", page, err);
}
