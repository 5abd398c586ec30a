/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "search/search.h"
#include "search/terms.h"
#include "site/program.h"

#include <stdio.h>
#include <stdlib.h>

/* --- which texts there are, and their terms --- */

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

struct indexer {
	struct site *s;
	const struct site_lang *l;
	struct stash stash;
	struct lexicon lexicon;
	struct collector collector;
	struct search_texts texts;
};

static int add_terms(struct indexer *x, struct search_doc *d, struct err *err)
{
	const struct search_target *t = &x->texts.targets[d->slot];
	struct buf list = BUF_INIT;
	int bad = 0;
	/* A list's terms follow from what the stash's version names, and from which list it is. */
	d->hash = t->text ? t->text->item->hash : sha256(str_from(t->list->href));
	if (stash_get(&x->stash, &d->hash, &d->terms))
		return 0;
	if (!x->lexicon.words)
		lexicon_init(
		    &x->lexicon, x->l->words.lang, words_get(&x->l->words, NULL, "stop_words"));
	if (t->text)
		bad = collect(&x->collector, &list, x->s, x->l, t->text, err);
	else
		collect_list(&x->collector, &list, x->s, x->l, t->list);
	if (!bad)
		d->terms = stash_add(&x->stash, &d->hash, buf_str(&list));
	buf_release(&list);
	return bad;
}

static void add_target(struct search_texts *t, uint32_t slot, struct search_target is)
{
	t->docs[t->n++].slot = slot;
	t->targets[slot] = is;
}

/* targets[] first is by slot, so that texts can be put in their order. */
static int find_texts(struct indexer *x, struct err *err)
{
	const struct site_index *all = &x->s->index;
	struct search_texts *t = &x->texts;
	search_lists_make(&t->lists, x->s, x->l);
	const size_t n = all->ndocs + t->lists.n;
	uint32_t *slots = mem_alloc((n + 1) * sizeof *slots);
	t->bits = search_slots(slots, all, &t->lists);
	t->docs = mem_alloc((n + 1) * sizeof *t->docs);
	t->targets = mem_alloc((((size_t)1 << t->bits) + n) * sizeof *t->targets);
	for (size_t i = 0; i < all->ndocs; i++) {
		const struct variant *v = doc_variant(&all->docs[i], x->l->words.lang);
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
	for (size_t i = 0; i < t->n; i++)
		if (add_terms(x, &t->docs[i], err) != 0)
			return err->code;
	for (size_t i = 0; i < t->n; i++)
		t->targets[i] = t->targets[t->docs[i].slot];
	return 0;
}

/* --- what every search needs --- */

/* A file's columns: numbers of all texts, in their order, and the ids that they refer to. */
enum { COLUMNS_MAX = 4 };

struct columns {
	struct buf numbers[COLUMNS_MAX];
	json_t *ids[COLUMNS_MAX];
	const char **pointers[COLUMNS_MAX]; /* of the same, where they were met first */
	size_t caps[COLUMNS_MAX];
};

static void columns_init(struct columns *c)
{
	*c = (struct columns){.caps = {0}};
	for (size_t i = 0; i < COLUMNS_MAX; i++) {
		c->numbers[i] = BUF_INIT;
		c->ids[i] = json_array();
	}
}

/* Ids are in the order in which they are named first. Mostly those that are equal have one pointer
 * (site/index.h). */
static size_t id_number(struct columns *c, size_t i, struct str id)
{
	size_t n = json_array_size(c->ids[i]);
	for (size_t k = 0; k < n; k++)
		if (c->pointers[i][k] == id.ptr)
			return k;
	for (size_t k = 0; k < n; k++)
		if (str_eq(json_text(json_array_get(c->ids[i], k)), id))
			return k;
	json_array_append_new(c->ids[i], page_text(id));
	size_t len = n;
	*MEM_PUSH(c->pointers[i], len, c->caps[i]) = id.ptr;
	return n;
}

static void put_id(struct columns *c, size_t i, struct str id)
{
	search_number(&c->numbers[i], id_number(c, i, id));
}

/* Take it into `o`, by those names; a column without a name is none, and so are ids. */
static void columns_put(struct columns *c, json_t *o, const char *const names[COLUMNS_MAX],
    const char *const ids_names[COLUMNS_MAX])
{
	for (size_t i = 0; i < COLUMNS_MAX; i++) {
		if (names[i])
			page_put(o, names[i], buf_str(&c->numbers[i]));
		buf_release(&c->numbers[i]);
		if (ids_names[i])
			json_object_set_nocheck(o, ids_names[i], c->ids[i]);
		json_decref(c->ids[i]);
		free(c->pointers[i]);
	}
}

static int write_file(struct indexer *x, const char *name, json_t *o, struct err *err)
{
	char path[64];
	struct buf file = BUF_INIT;
	search_head(&file, x->l, name);
	json_write(&file, o, 0);
	buf_puts(&file, ")\n");
	snprintf(path, sizeof path, "search/%.*s/%s.js", STR_FMT(x->l->words.lang), name);
	int r = page_put_file(x->s, path, buf_str(&file), err);
	json_decref(o);
	buf_release(&file);
	return r;
}

static int write_index(struct indexer *x, struct str ends, struct err *err)
{
	static const char *const names[COLUMNS_MAX] = {"slots", "lengths", "titles"};
	static const char *const no_ids[COLUMNS_MAX] = {NULL};
	const struct search_texts *t = &x->texts;
	json_t *o = json_object();
	struct columns c;
	columns_init(&c);
	for (size_t i = 0; i < t->n; i++) {
		uint32_t next = i ? t->docs[i - 1].slot + 1 : 0;
		search_number(&c.numbers[0], t->docs[i].slot - next);
		search_number(&c.numbers[1], (uint8_t)t->docs[i].terms.ptr[0]);
		search_number(&c.numbers[2], (uint8_t)t->docs[i].terms.ptr[1]);
	}
	json_object_set_new_nocheck(o, "bits", json_integer(t->bits));
	page_put(o, "ends", ends);
	page_put(o, "stop", words_get(&x->l->words, NULL, "stop_words"));
	columns_put(&c, o, names, no_ids);
	return write_file(x, "index", o, err);
}

/* Months since FIRST_YEAR, for who asks for no word: the newest come first. 0 where it has no day.
 */
static uint64_t month_of(const char *date)
{
	enum { FIRST_YEAR = 1900 };
	unsigned year = 0, month = 1;
	if (sscanf(date, "%4u-%2u", &year, &month) < 1 || year < FIRST_YEAR)
		return 0;
	return (uint64_t)(year - FIRST_YEAR) * 12 + month;
}

/* Lists are of no type and no region: who narrows a search wants texts. */
static int write_facets(struct indexer *x, struct err *err)
{
	static const char *const names[COLUMNS_MAX] = {"type", "region", "theme", "month"};
	static const char *const ids_names[COLUMNS_MAX] = {"types", "regions", "themes"};
	const struct search_texts *t = &x->texts;
	const struct group *themes = x->s->index.themes.items;
	json_t *o = json_object();
	struct columns c;
	columns_init(&c);
	for (size_t i = 0; i < t->n; i++) {
		const struct doc *d = t->targets[i].text ? t->targets[i].text->doc : NULL;
		put_id(&c, 0, d ? str_from(d->type) : STR_EMPTY);
		put_id(&c, 1, d ? d->region : STR_EMPTY);
		search_number(&c.numbers[2], d ? d->nthemes : 0);
		for (size_t k = 0; d && k < d->nthemes; k++)
			put_id(&c, 2, themes[d->themes[k]].id);
		search_number(&c.numbers[3], d ? month_of(d->date) : 0);
	}
	columns_put(&c, o, names, ids_names);
	return write_file(x, "facets", o, err);
}

static void kept_path(struct buf *path, const struct indexer *x, const char *what)
{
	buf_reset(path);
	buf_printf(
	    path, "%s.d/search-%.*s.%s", x->s->options->out, STR_FMT(x->l->words.lang), what);
}

static struct digest version_of(const struct site *s)
{
	struct buf text = BUF_INIT;
	struct digest program = program_digest(), theme = theme_digest(s->theme);
	buf_add(&text, str_of(program.bytes, sizeof program.bytes));
	buf_add(&text, str_of(theme.bytes, sizeof theme.bytes));
	json_write(&text, s->source->charter, 0);
	json_write(&text, s->source->places, 0);
	buf_add(&text, s->langs[0].words.lang);
	struct digest d = digest_of(buf_str(&text));
	buf_release(&text);
	return d;
}

/* What the page says of the index, so that shards need not wait for it. */
struct shards {
	unsigned bits;
	struct buf ends; /* of the shards, a space between */
};

static int write_all(struct indexer *x, const char *path, const struct digest *version,
    struct buf *ends, struct err *err)
{
	struct vocabulary v;
	vocabulary_make(&v, path, version, &x->stash, x->texts.docs, x->texts.n);
	int r = search_shards(x->s, x->l, &x->texts, &v, ends, err);
	if (r == 0)
		r = search_near(x->s, x->l, &v, err);
	if (r == 0)
		r = search_cards(x->s, x->l, &x->texts, err);
	if (r == 0)
		r = write_index(x, buf_str(ends), err);
	if (r == 0)
		r = write_facets(x, err);
	vocabulary_release(&v);
	return r;
}

static int index_texts(
    struct site *s, const struct site_lang *l, struct shards *out, struct err *err)
{
	struct indexer x = {.s = s, .l = l, .collector.lexicon = &x.lexicon};
	struct buf path = BUF_INIT;
	struct digest version = version_of(s);
	kept_path(&path, &x, "lists");
	stash_open(&x.stash, path.ptr, "belfry-search 01", &version);
	int r = find_texts(&x, err);
	kept_path(&path, &x, "terms");
	if (r == 0)
		r = write_all(&x, path.ptr, &version, &out->ends, err);
	out->bits = x.texts.bits;
	kept_path(&path, &x, "lists");
	if (r == 0)
		stash_save(&x.stash, path.ptr, s->source->has_erased);
	if (x.lexicon.words)
		lexicon_release(&x.lexicon);
	collector_release(&x.collector);
	stash_release(&x.stash);
	free(x.texts.docs);
	free(x.texts.targets);
	search_lists_release(&x.texts.lists);
	buf_release(&path);
	return r;
}

/* --- the page --- */

/* {id, name} of the groups that have documents. */
static json_t *choices(const struct site_lang *l, const struct groups *g, const char *vocabulary)
{
	json_t *list = json_array();
	struct buf name = BUF_INIT;
	for (size_t i = 0; i < g->len; i++) {
		struct str id = g->items[i].id;
		buf_reset(&name);
		if (vocabulary)
			buf_add(&name, term_name(l, vocabulary, id));
		else
			words_type(&l->words, &name, id.ptr, false);
		if (!g->items[i].len)
			continue;
		json_t *o = json_object();
		page_put(o, "id", id);
		page_put(o, "name", buf_str(&name));
		json_array_append_new(list, o);
	}
	buf_release(&name);
	return list;
}

/* "3 results" in all forms of the language, and which languages there are, for the script. */
static void put_words(json_t *page, const struct site *s, const struct site_lang *l)
{
	const char *form;
	json_t *text, *list = json_array();
	json_t *forms = json_object_get(json_object_get(l->words.root, "counts"), "results");
	struct buf langs = BUF_INIT;
	json_object_foreach(forms, form, text)
	{
		json_t *o = json_object();
		page_put(o, "name", str_from(form));
		page_put(o, "text", json_text(text));
		json_array_append_new(list, o);
	}
	for (size_t i = 0; i < s->nlangs; i++)
		buf_printf(&langs, "%s%.*s", i ? " " : "", STR_FMT(s->langs[i].words.lang));
	json_object_set_new_nocheck(page, "forms", list);
	page_put(page, "langs", buf_str(&langs));
	if (s->nlangs > 1)
		json_object_set_new_nocheck(page, "others", json_true());
	buf_release(&langs);
}

static int search_page(
    struct site *s, struct site_lang *l, const struct shards *shards, struct err *err)
{
	const struct site_index *x = &s->index;
	json_t *types = choices(l, &x->types, NULL);
	json_t *themes = choices(l, &x->themes, "themes");
	json_t *regions = choices(l, &x->regions, "regions");
	struct deps *d = deps_begin(s, l);
	deps_json(d, types);
	deps_json(d, themes);
	deps_json(d, regions);
	deps_number(d, shards->bits);
	deps_text(d, buf_str(&shards->ends));
	json_t *page = json_object();
	page_put_word(page, "title", l, "search_title");
	page_put(page, "script", STR("search.js"));
	json_object_set_new_nocheck(page, "bits", json_integer(shards->bits));
	page_put(page, "ends", buf_str(&shards->ends));
	json_object_set_new_nocheck(page, "types", types);
	json_object_set_new_nocheck(page, "themes", themes);
	json_object_set_new_nocheck(page, "regions", regions);
	put_words(page, s, l);
	if (page_is_fresh(s, l, "search.html", d)) {
		json_decref(page);
		return 0;
	}
	return page_write(s, l, "search", "search.html", page, err);
}

int pages_of_search(struct site *s, struct site_lang *l, struct err *err)
{
	struct shards shards = {.ends = BUF_INIT};
	int bad = index_texts(s, l, &shards, err) || search_page(s, l, &shards, err);
	buf_release(&shards.ends);
	return bad ? err->code : 0;
}
