/* SPDX-License-Identifier: Apache-2.0 */
#include "search/search.h"
#include "site/program.h"

/* --- the index --- */

static void kept_path(
    struct buf *path, const struct site *s, const struct site_lang *l, const char *what)
{
	buf_printf(path, "%s.d/search-%.*s.%s", s->options->out, STR_FMT(l->words.lang), what);
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

static int write_all(struct site *s, const struct site_lang *l, const struct search_texts *t,
    const struct vocabulary *v, struct buf *ends, struct err *err)
{
	return search_shards(s, l, t, v, ends, err) != 0 || search_near(s, l, v, err) != 0 ||
		       search_cards(s, l, t, err) != 0 ||
		       search_index(s, l, t, buf_str(ends), err) != 0 ||
		       search_facets(s, l, t, err) != 0
		   ? err->code
		   : 0;
}

static int index_texts(
    struct site *s, const struct site_lang *l, struct shards *out, struct err *err)
{
	struct digest version = version_of(s);
	struct search_texts t;
	struct stash stash;
	struct buf lists = BUF_INIT, terms = BUF_INIT;
	kept_path(&lists, s, l, "lists");
	kept_path(&terms, s, l, "terms");
	stash_open(&stash, lists.ptr, "belfry-search 01", &version);
	int r = search_texts_make(&t, s, l, &stash, err);
	if (r == 0) {
		struct vocabulary v;
		vocabulary_make(&v, terms.ptr, &version, &stash, t.docs, t.n);
		r = write_all(s, l, &t, &v, &out->ends, err);
		vocabulary_release(&v);
	}
	out->bits = t.bits;
	if (r == 0)
		stash_save(&stash, lists.ptr, s->source->has_erased);
	stash_release(&stash);
	search_texts_release(&t);
	buf_release(&lists);
	buf_release(&terms);
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
