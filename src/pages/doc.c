/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/html.h"
#include "markup/lint.h"
#include "markup/markdown.h"
#include "pages/page.h"

#include <stdio.h>

/* "place/type/id", from a document's page: one folder up, as all of them stand one folder deep. */
static bool resolve_record(void *ctx, bool is_record, struct str url, struct buf *out)
{
	const struct site *s = ctx;
	struct str place = str_cut(&url, '/'), type = str_cut(&url, '/');
	const struct doc *d = is_record ? index_find(&s->index, place, type, url) : NULL;
	if (d)
		buf_printf(out, "../%s", d->url);
	return d != NULL;
}

int body_put(json_t *page, struct site *s, const struct variant *v, struct err *err)
{
	struct markdown_options o = {.resolve = resolve_record, .ctx = s};
	struct buf html = BUF_INIT;
	struct str text;
	struct err why = {0};
	if (text_of(&text, s, v, err) != 0)
		return err->code;
	/* The linter stands behind the writer: what it does not know is not shown. */
	bool is_good = markdown_html(&html, str_sub(text, v->face.body, text.len), &o, &why) == 0 &&
		       html_lint(buf_str(&html), LINT_FRAGMENT, v->doc->url, NULL, &why) == 0;
	if (is_good)
		page_put(page, "body_html", buf_str(&html));
	else {
		json_object_set_new_nocheck(page, "is_unshown", json_true());
		buf_printf(
		    &s->report->notes, "%s: its text is not shown: %s\n", v->doc->url, why.msg);
	}
	buf_release(&html);
	return 0;
}

static void notice(json_t *list, const char *kind, const struct site_lang *l, const char *word,
    const char *const *pairs)
{
	struct buf text = BUF_INIT;
	json_t *o = json_object();
	words_fill(&text, words_get(&l->words, "ui", word), pairs);
	page_put(o, "text", buf_str(&text));
	page_put(o, "kind", str_from(kind));
	json_array_append_new(list, o);
	buf_release(&text);
}

/* Where this notice sends: the same document in the folder of another language. */
static void notice_link(json_t *list, const struct site *s, const struct doc *d, struct str lang)
{
	struct buf href = BUF_INIT;
	if (!site_lang_of(s, lang))
		return;
	buf_printf(&href, "%.*s/%s", STR_FMT(lang), d->url);
	json_t *last = json_array_get(list, json_array_size(list) - 1);
	page_put(last, "original", buf_str(&href));
	page_put(last, "lang", lang);
	buf_release(&href);
}

void notices_put(
    json_t *page, const struct site *s, const struct site_lang *l, const struct variant *v)
{
	json_t *list = json_array();
	char revision[16], now[16];
	bool is_stale = !v->face.is_withdrawn && variant_is_behind(v);
	snprintf(revision, sizeof revision, "%u", v->face.from_revision);
	snprintf(now, sizeof now, "%u", v->now_revision);
	struct str own = words_language(&l->words, v->face.lang);
	struct str from = words_language(&l->words, v->face.from);
	const char *own_pairs[] = {"language", own.ptr, NULL};
	const char *from_pairs[] = {
	    "language", from.ptr, "revision", revision, "current", now, NULL};
	if (v->item->is_draft)
		notice(list, "alert", l, "notice_draft", from_pairs);
	if (v->face.is_withdrawn)
		notice(list, "alert", l, v->item->is_erased ? "notice_erased" : "notice_withdrawn",
		    from_pairs);
	others_put(list, l, v);
	if (!v->face.is_withdrawn && !str_eq(v->face.lang, l->words.lang)) {
		notice(list, "note", l,
		    v->face.from.len ? "notice_fallback_translation" : "notice_fallback",
		    own_pairs);
		notice_link(list, s, v->doc, v->face.lang);
	}
	if (v->face.from.len) {
		notice(list, "note", l, v->face.is_machine ? "notice_machine" : "notice_human",
		    from_pairs);
		if (v->now_revision && !is_stale)
			notice_link(list, s, v->doc, v->face.from);
	}
	if (is_stale) {
		notice(list, "alert", l, "notice_stale", from_pairs);
		notice_link(list, s, v->doc, v->face.from);
	}
	json_object_set_new_nocheck(page, "notices", list);
}

/* Each language the document has, with what became of it: {name, code, href, status}. */
static void put_languages(
    json_t *page, const struct site *s, const struct site_lang *l, const struct variant *v)
{
	json_t *list = json_array(), *alternates = json_array();
	struct buf href = BUF_INIT;
	for (size_t i = 0; i < v->doc->nvariants; i++) {
		const struct variant *o = &v->doc->variants[i];
		const char *status = !o->face.from.len	  ? "original"
				     : o->face.is_machine ? "machine"
							  : "human";
		json_t *j = json_object();
		buf_reset(&href);
		buf_printf(&href, "%.*s/%s", STR_FMT(o->face.lang), v->doc->url);
		page_put(j, "code", o->face.lang);
		page_put(j, "name", words_language(&l->words, o->face.lang));
		page_put_word(j, "status", l,
		    o->item->is_draft	   ? "draft"
		    : o->item->is_erased   ? "erased"
		    : o->face.is_withdrawn ? "withdrawn"
					   : status);
		bool has_page = site_lang_of(s, o->face.lang);
		if (o == v)
			json_object_set_new_nocheck(j, "is_shown", json_true());
		page_put_or_none(j, "href", has_page && o != v ? page_text(buf_str(&href)) : NULL);
		json_array_append(list, j);
		if (has_page)
			page_put(j, "page", buf_str(&href));
		if (has_page && !o->face.is_withdrawn)
			json_array_append(alternates, j);
		json_decref(j);
	}
	json_object_set_new_nocheck(page, "languages_here", list);
	if (is_real(v->doc, l) && s->nlangs > 1) {
		struct str other = default_lang(s, v->doc);
		buf_reset(&href);
		buf_printf(&href, "%.*s/%s", STR_FMT(other), v->doc->url);
		page_put(page, "x_default", buf_str(&href));
	} else
		json_array_clear(alternates);
	json_object_set_new_nocheck(page, "alternates", alternates);
	if (!str_eq(v->face.lang, l->words.lang) && site_lang_of(s, v->face.lang)) {
		buf_reset(&href);
		buf_printf(&href, "%.*s/%s", STR_FMT(v->face.lang), v->doc->url);
		page_put(page, "canonical", buf_str(&href));
	}
	buf_release(&href);
}

/* [{name, href, lang, date}] of a field that names what stands elsewhere. */
static void put_papers(json_t *page, const char *field, const char *as, const struct site_lang *l,
    const struct variant *v)
{
	json_t *list = json_array(), *sources = json_object_get(variant_head(v), field);
	for (size_t i = 0; i < json_array_size(sources); i++) {
		const json_t *from = json_array_get(sources, i);
		json_t *o = json_object();
		page_put(o, "name", json_get_text(from, "title"));
		struct str url = json_get_text(from, "url"), date = json_get_text(from, "date");
		page_put_or_none(o, "href", url_kind(url) == URL_EXTERNAL ? page_text(url) : NULL);
		page_put_or_none(o, "date", date.len ? date_context(l, date) : NULL);
		page_put(o, "language", words_language(&l->words, json_get_text(from, "lang")));
		json_array_append_new(list, o);
	}
	if (json_array_size(list)) {
		json_t *o = json_object();
		json_object_set_nocheck(o, "list", list);
		json_object_set_new_nocheck(page, as, o);
	}
	json_decref(list);
}

static void put_themes(
    json_t *page, const struct site *s, const struct site_lang *l, const struct doc *d)
{
	json_t *list = json_array();
	char href[96];
	for (size_t i = 0; i < d->nthemes && !d->is_withdrawn; i++) {
		struct str id = s->index.themes.items[d->themes[i]].id;
		snprintf(href, sizeof href, "theme/%.*s.html", STR_FMT(id));
		json_array_append_new(list, page_link(term_name(l, "themes", id), href));
	}
	json_object_set_new_nocheck(page, "themes", list);
}

/* Which list it belongs to, where it is from, what it is about. */
static void put_context(
    json_t *page, const struct site *s, const struct site_lang *l, const struct doc *d)
{
	struct buf b = BUF_INIT;
	char href[96];
	words_type(&l->words, &b, d->type, false);
	page_put(page, "kind", buf_str(&b));
	buf_reset(&b);
	words_type(&l->words, &b, d->type, true);
	snprintf(href, sizeof href, "%s/index.html", type_folder(str_from(d->type)).text);
	if (group_find(&s->index.types, str_from(d->type)))
		json_object_set_new_nocheck(page, "list", page_link(buf_str(&b), href));
	json_object_set_new_nocheck(page, "place", place_context(s, l, str_from(d->place)));
	if (d->region.len && !str_is(d->region, d->place)) {
		snprintf(href, sizeof href, "region/%.*s.html", STR_FMT(d->region));
		json_object_set_new_nocheck(
		    page, "region", page_link(term_name(l, "regions", d->region), href));
	}
	put_themes(page, s, l, d);
	buf_release(&b);
}

/* The tombstone keeps what it was and why it went, and its signatures. */
static json_t *doc_context(struct site *s, struct site_lang *l, const struct variant *v)
{
	json_t *page = json_object(), *tongue = tongue_context(v, l);
	page_put(page, "title", v->face.title);
	page_put(page, "description", v->face.summary);
	page_put(page, "summary", v->face.summary);
	if (tongue)
		json_object_set_new_nocheck(page, "tongue", tongue);
	put_context(page, s, l, v->doc);
	notices_put(page, s, l, v);
	put_languages(page, s, l, v);
	if (!v->item->is_erased && !v->item->is_draft) /* there is nothing to check it with */
		provenance_put(page, s, l, v);
	if (v->face.is_withdrawn) {
		page_put(page, "reason", json_get_text(variant_head(v), "reason"));
		return page;
	}
	if (v->face.date.len)
		json_object_set_new_nocheck(page, "date", date_context(l, v->face.date));
	facts_put(page, s, l, v);
	chain_put(page, s, l, v->doc);
	files_put(page, s, l, v);
	cite_put(page, s, l, v);
	static const char *const papers[] = {"documents", "sources"};
	for (size_t i = 0; i < sizeof papers / sizeof *papers; i++)
		put_papers(page, papers[i], papers[i], l, v);
	put_papers(page, "minutes", "minutes_of", l, v);
	calendar_put(page, l, v);
	linked_put(page, s, l, v);
	return page;
}

/* Its pages in all languages and its files are one: what changes one mostly changes all. */
static bool doc_is_fresh(struct site *s, struct str name, const struct doc *d,
    const struct doc *const *related, size_t n)
{
	struct deps *deps = deps_begin(s, NULL);
	deps_doc(deps, s, d);
	deps_docs(deps, related, n);
	refs_deps(deps, s, d);
	struct digest shows = deps_digest(deps);
	return output_begin(&s->output, name, &shows);
}

static struct digest own_digest(struct site *s, const struct doc *d)
{
	struct deps *deps = deps_begin(s, NULL);
	deps_own(deps, s, d);
	return deps_digest_of_hashes(deps);
}

/* "place/type/id", until the next. */
static struct str unit_name(struct site *s, const struct doc *d)
{
	struct buf *b = &s->unit;
	buf_reset(b);
	buf_puts(b, d->place);
	buf_putc(b, '/');
	buf_puts(b, d->type);
	buf_putc(b, '/');
	buf_puts(b, d->id);
	return buf_str(b);
}

int pages_of_doc(struct site *s, const struct doc *d, struct err *err)
{
	const struct doc *related[RELATED_MAX];
	struct str name = unit_name(s, d);
	struct digest own = own_digest(s, d);
	if (output_is_as_before(&s->output, name, &own))
		return 0;
	size_t n = index_related(&s->index, s->scores, d, related);
	bool is_fresh = doc_is_fresh(s, name, d, related, n);
	output_own(&s->output, name, &own);
	if (is_fresh)
		return 0;
	const struct variant *of = NULL;
	json_t *body = NULL;
	int r = 0;
	for (size_t i = 0; i < s->nlangs && r == 0; i++) {
		struct site_lang *l = &s->langs[i];
		const struct variant *v = best_variant(d, l);
		json_t *page = doc_context(s, l, v);
		/* The same text in another language's frame is the same HTML. */
		if (v != of && !v->face.is_withdrawn) {
			json_decref(body);
			body = json_object();
			r = body_put(body, s, v, err);
			of = v;
		}
		if (!v->face.is_withdrawn) {
			json_object_update(page, body);
			r = r ? r : minutes_put(page, s, l, v, err);
		}
		r = r || snippets_put(page, s, l, SNIPPET_ROW, related, n, err) ? err->code : 0;
		if (r == 0)
			r = page_write(s, l, "record", d->url, page, err);
		else
			json_decref(page);
		if (r == 0)
			r = files_page(s, l, v, err) || calendar_file(s, l, v, err) ? err->code : 0;
	}
	json_decref(body);
	for (size_t i = 0; i < d->nvariants && r == 0; i++)
		r = raw_files(s, &d->variants[i], err) || files_link(s, &d->variants[i], err)
			? err->code
			: 0;
	output_end(&s->output);
	return r;
}
