/* SPDX-License-Identifier: Apache-2.0 */
#include "pages/page.h"

#include "pages/links.h"

#include "trust/key.h"

#include <stdatomic.h>
#include <stdio.h>

json_t *page_text(struct str s)
{
	return json_stringn_nocheck(s.ptr, s.len);
}

void page_put(json_t *o, const char *key, struct str s)
{
	if (s.len)
		json_object_set_new_nocheck(o, key, page_text(s));
}

void page_put_or_none(json_t *o, const char *key, json_t *owned_or_null)
{
	json_object_set_new_nocheck(o, key, owned_or_null ? owned_or_null : json_false());
}

void page_put_word(json_t *o, const char *key, const struct site_lang *l, const char *ui)
{
	page_put(o, key, words_get(&l->words, "ui", ui));
}

json_t *page_link(struct str name, const char *href)
{
	json_t *o = json_object();
	page_put(o, "name", name);
	page_put(o, "href", str_from(href));
	return o;
}

struct str term_name(const struct site_lang *l, const char *vocabulary, struct str id)
{
	const json_t *names = json_object_get(l->terms, vocabulary);
	struct str name = json_text(json_object_getn(names, id.ptr, id.len));
	return name.len ? name : id;
}

/* A name in this language, else in the first there is, which is the same for everybody. */
static struct str name_in(const json_t *names, struct str lang)
{
	struct str name = json_text(json_object_getn(names, lang.ptr, lang.len));
	void *first = json_object_iter((json_t *)(uintptr_t)names);
	if (!name.len && first)
		name = json_text(json_object_iter_value(first));
	return name;
}

struct str country_name(const struct site_lang *l, const char *code)
{
	char upper[3] = {(char)(code[0] & ~0x20), (char)(code[0] ? code[1] & ~0x20 : 0), 0};
	return words_get(&l->words, "countries", upper);
}

const struct site_lang *site_lang_of(const struct site *s, struct str lang)
{
	for (size_t i = 0; i < s->nlangs; i++)
		if (str_eq(s->langs[i].words.lang, lang))
			return &s->langs[i];
	return NULL;
}

json_t *place_context(const struct site *s, const struct site_lang *l, struct str place)
{
	char href[96];
	json_t *o = json_object();
	const json_t *in_roster = json_object_getn(s->source->places, place.ptr, place.len);
	const json_t *region = charter_term(s->source->charter, "regions", place);
	struct str name =
	    name_in(json_object_get(region ? region : in_roster, "names"), l->words.lang);
	page_put(o, "name", name.len ? name : place);
	struct str country =
	    region ? STR_EMPTY : country_name(l, place_country(s->source, place).code);
	/* Some are called "Tripoli (Lebanon)". */
	if (country.len && !memmem(name.ptr, name.len, country.ptr, country.len))
		page_put(o, "country", country);
	snprintf(href, sizeof href, "%s/%.*s.html", region ? "region" : "city", STR_FMT(place));
	page_put(o, "href", str_from(href));
	return o;
}

bool is_real(const struct doc *d, const struct site_lang *l)
{
	const struct variant *v = doc_variant(d, l->words.lang);
	return v && !v->face.is_withdrawn;
}

struct str default_lang(const struct site *s, const struct doc *d)
{
	for (size_t i = 0; i < s->nlangs && d; i++)
		if (str_eq(s->langs[i].words.lang, d->original->face.lang))
			return d->original->face.lang;
	for (size_t i = 0; i < s->nlangs && d; i++)
		if (is_real(d, &s->langs[i]))
			return s->langs[i].words.lang;
	return s->langs[0].words.lang;
}

const struct variant *best_variant(const struct doc *d, const struct site_lang *l)
{
	const struct variant *v = doc_variant(d, l->words.lang);
	return v ? v : d->original;
}

const struct variant *shown_variant(const struct doc *d, const struct site_lang *l)
{
	const struct variant *v = best_variant(d, l);
	return v->face.is_withdrawn ? d->original : v;
}

json_t *tongue_context(const struct variant *v, const struct site_lang *l)
{
	struct str lang = v->face.lang;
	if (str_eq(lang, l->words.lang))
		return NULL;
	json_t *o = json_object();
	page_put(o, "lang", lang);
	page_put(o, "dir", str_from(language_dir(lang)));
	page_put(o, "name", words_language(&l->words, lang));
	return o;
}

json_t *date_context(const struct site_lang *l, struct str date)
{
	struct buf text = BUF_INIT;
	json_t *o = json_object();
	words_date(&l->words, &text, date);
	page_put(o, "text", buf_str(&text));
	page_put(o, "iso", date);
	buf_release(&text);
	return o;
}

void period_put(
    json_t *o, const char *key, const struct site_lang *l, struct str from, struct str to)
{
	struct buf starts = BUF_INIT, ends = BUF_INIT, text = BUF_INIT;
	words_date(&l->words, &starts, from);
	words_date(&l->words, &ends, to);
	const char *pairs[] = {"from", starts.ptr, "to", ends.ptr, NULL};
	const char *word = from.len && to.len ? "term" : from.len ? "term_since" : "term_until";
	if (from.len || to.len)
		words_fill(&text, words_get(&l->words, "ui", word), pairs);
	page_put(o, key, buf_str(&text));
	buf_release(&starts);
	buf_release(&ends);
	buf_release(&text);
}

json_t *card_context(const struct site *s, const struct site_lang *l, const struct doc *d)
{
	const struct variant *v = shown_variant(d, l);
	struct buf kind = BUF_INIT;
	words_type(&l->words, &kind, d->type, false);
	if (v->item->is_draft)
		buf_printf(&kind, " (%.*s)", STR_FMT(words_get(&l->words, "ui", "draft")));
	json_t *o = json_object();
	page_put(o, "kind", buf_str(&kind));
	page_put(o, "title", v->face.title);
	page_put(o, "summary", v->face.summary);
	page_put(o, "href", str_from(d->url));
	json_object_set_new_nocheck(o, "place", place_context(s, l, str_from(d->place)));
	struct str date = v->face.date.len ? v->face.date : str_from(d->date);
	page_put_or_none(o, "date", date.len ? date_context(l, date) : NULL);
	page_put_or_none(o, "tongue", tongue_context(v, l));
	buf_release(&kind);
	return o;
}

/* Two threads may make the same one; the first stays, and both are the same. */
static const char *snippet_html(
    struct site *s, struct site_lang *l, enum snippet as, const struct doc *d, struct err *err)
{
	static const char *const templates[SNIPPETS] = {"card", "row"};
	_Atomic(const char *) *slot = &l->snippets[as][d->position];
	const char *made = atomic_load(slot), *none = NULL;
	if (made)
		return made;
	json_t *card = card_context(s, l, d), *contexts[] = {l->frame[1], card};
	buf_reset(&s->html);
	int r = template_render(
	    &s->html, template_find(l->templates[1], templates[as]), contexts, 2, err);
	json_decref(card);
	if (r != 0)
		return NULL;
	made = arena_str(&s->arena, buf_str(&s->html)).ptr;
	atomic_compare_exchange_strong(slot, &none, made);
	return made;
}

int snippets_put(json_t *page, struct site *s, struct site_lang *l, enum snippet as,
    const struct doc *const *docs, size_t n, struct err *err)
{
	struct buf all = BUF_INIT;
	int r = 0;
	for (size_t i = 0; i < n && r == 0; i++) {
		const char *html = snippet_html(s, l, as, docs[i], err);
		if (html)
			buf_puts(&all, html);
		else
			r = err->code;
	}
	page_put(page, as == SNIPPET_CARD ? "cards_html" : "rows_html", buf_str(&all));
	buf_release(&all);
	return r;
}

int text_of(struct str *out, struct site *s, const struct variant *v, struct err *err)
{
	struct text_kept *k = &s->texts;
	if (k->n && (k->of[0]->doc != v->doc || k->n == TEXTS_KEPT))
		k->n = 0;
	for (size_t i = 0; i < k->n; i++)
		if (k->of[i] == v) {
			*out = buf_str(&k->bytes[i]);
			return 0;
		}
	struct buf *b = &k->bytes[k->n];
	buf_reset(b);
	*out = STR_EMPTY;
	if (variant_source(b, s->source, v, err) != 0)
		return err->code;
	k->of[k->n++] = v;
	*out = buf_str(b);
	return 0;
}

struct str key_fingerprint(struct site *s, const char *key)
{
	json_t *known = json_object_get(s->fingerprints, key);
	if (!known) {
		struct buf text = BUF_INIT;
		struct public_key k;
		struct err ignored = {0};
		if (public_key_parse(&k, str_from(key), &ignored) == 0)
			public_key_fingerprint(&text, &k);
		known = page_text(buf_str(&text));
		json_object_set_new_nocheck(s->fingerprints, key, known);
		buf_release(&text);
	}
	return json_text(known);
}

/* One link a language to the same page; {code, name, href, is_here}. */
json_t *page_languages(const struct site *s, const struct site_lang *here, const char *path)
{
	json_t *list = json_array();
	struct buf href = BUF_INIT;
	for (size_t i = 0; i < s->nlangs && s->nlangs > 1; i++) {
		const struct words *w = &s->langs[i].words;
		json_t *o = json_object();
		buf_reset(&href);
		buf_printf(&href, "%.*s/%s", STR_FMT(w->lang), path);
		page_put(o, "code", w->lang);
		page_put(o, "name", words_get(w, NULL, "name"));
		page_put(o, "page", buf_str(&href));
		if (here == &s->langs[i])
			json_object_set_new_nocheck(o, "is_here", json_true());
		json_array_append_new(list, o);
	}
	buf_release(&href);
	return list;
}

static void page_file(char *out, size_t size, const struct site_lang *l, const char *path)
{
	if (l)
		snprintf(out, size, "%.*s/%s", STR_FMT(l->words.lang), path);
	else
		snprintf(out, size, "%s", path);
}

bool page_is_fresh(
    struct site *s, const struct site_lang *l, const char *path, const struct deps *d)
{
	char file[512];
	struct digest shows = deps_digest(d);
	page_file(file, sizeof file, l, path);
	bool is = output_begin(&s->output, str_from(file), &shows);
	s->is_page_open = !is;
	return is;
}

int page_put_file(struct site *s, const char *path, struct str bytes, struct err *err)
{
	int r = str_ends(str_from(path), STR(".html")) ? links_note(s, path, bytes, err) : 0;
	if (r == 0)
		r = output_file(&s->output, path, bytes, err);
	page_end(s);
	return r;
}

void page_end(struct site *s)
{
	if (s->is_page_open)
		output_end(&s->output);
	s->is_page_open = false;
}

/* A page that every language has in its own words; what is under local/ is none of the network's.
 */
static void put_alternates(json_t *page, const struct site *s, json_t *languages, const char *path)
{
	struct buf other = BUF_INIT;
	if (str_starts(str_from(path), STR("local/")))
		return;
	if (strcmp(path, "index.html") != 0)
		buf_printf(&other, "%.*s/", STR_FMT(default_lang(s, NULL)));
	buf_puts(&other, path);
	page_put(page, "x_default", buf_str(&other));
	json_object_set_nocheck(page, "alternates", languages);
	buf_release(&other);
}

/* Say where in the main menu a page stands: on what a link there leads to ("page"), or below it. */
static void put_current(json_t *page, const char *path)
{
	static const struct {
		const char *key, *page, *folders[4];
	} menu[] = {{"in_topics", "theme/index.html", {"theme/"}},
	    {"in_cities", "city/index.html", {"city/", "region/", "country/"}},
	    {"in_verify", "verify.html", {"hub/"}}, {"in_search", "search.html", {NULL}}};
	for (size_t i = 0; i < sizeof menu / sizeof *menu; i++) {
		const char *const *folder = menu[i].folders;
		while (*folder && strncmp(path, *folder, strlen(*folder)) != 0)
			folder++;
		if (strcmp(path, menu[i].page) == 0)
			page_put(page, menu[i].key, STR("page"));
		else if (*folder)
			page_put(page, menu[i].key, STR("true"));
	}
}

int page_write(struct site *s, const struct site_lang *l, const char *name, const char *path,
    json_t *page, struct err *err)
{
	char file[512];
	bool is_deep = strchr(path, '/') != NULL;
	json_t *contexts[] = {l->frame[is_deep], page};
	json_t *languages = json_object_get(page, "switch");
	if (!languages) {
		languages = page_languages(s, l, path);
		json_object_set_new_nocheck(page, "switch", languages);
	}
	if (!json_object_get(page, "alternates") && s->nlangs > 1)
		put_alternates(page, s, languages, path);
	put_current(page, path);
	if (!json_object_get(page, "description"))
		page_put(page, "description", json_get_text(page, "intro"));
	page_file(file, sizeof file, l, path);
	buf_reset(&s->html);
	const struct template *t = template_find(l->templates[is_deep], name);
	int r = template_render(&s->html, t, contexts, 2, err);
	json_decref(page);
	return r ? r : page_put_file(s, file, buf_str(&s->html), err);
}

int page_write_if_new(struct site *s, struct site_lang *l, const char *name, const char *path,
    json_t *page, struct err *err)
{
	struct deps *d = deps_begin(s, l);
	deps_json(d, page);
	if (!page_is_fresh(s, l, path, d))
		return page_write(s, l, name, path, page, err);
	json_decref(page);
	return 0;
}
