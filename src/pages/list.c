/* SPDX-License-Identifier: Apache-2.0 */
#include "pages/list.h"

#include <stdio.h>

/* So that a page of twice as many, less one, still comes in one round trip. */
static const size_t a_page[SNIPPETS] = {[SNIPPET_CARD] = 20, [SNIPPET_ROW] = 40};

/*
 * Pages are counted from the old end, so that what is new changes the first page and no other: that
 * one is <base>.html and has from a page's number to twice as many less one; the oldest is
 * <base>_1.
 */
static size_t older_pages(const struct list *list)
{
	size_t n = a_page[list->as];
	return list->len < 2 * n ? 0 : list->len / n - 1;
}

/* Page 0 is the first. */
static void list_path(char *out, size_t size, const char *base, size_t page)
{
	if (!page)
		snprintf(out, size, "%s.html", base);
	else
		snprintf(out, size, "%s_%zu.html", base, page);
}

/* A later page says which, as its address does: the number that stays. */
static void put_title(json_t *page, const struct site_lang *l, const struct list *list, size_t at)
{
	struct buf title = BUF_INIT, own = BUF_INIT;
	char n[24];
	buf_add(&title, list->title);
	snprintf(n, sizeof n, "%zu", at);
	const char *pairs[] = {"title", title.ptr, "n", n, NULL};
	words_fill(&own, at ? words_get(&l->words, "ui", "pages_title") : STR("{title}"), pairs);
	page_put(page, "title", buf_str(&own));
	buf_release(&title);
	buf_release(&own);
}

void description_put(json_t *page, const struct site_lang *l, size_t n)
{
	struct buf text = BUF_INIT;
	struct str intro = json_get_text(page, "intro");
	if (json_object_get(page, "description"))
		return;
	buf_printf(&text, "%.*s. ", STR_FMT(json_get_text(page, "title")));
	words_count(&l->words, &text, "documents", (int64_t)n);
	buf_printf(&text, ". %.*s", STR_FMT(intro));
	page_put(page, "description", str_trim(buf_str(&text)));
	buf_release(&text);
}

/* From and to when: as long as a page has these cards it says the same. */
static void put_pager(json_t *page, const struct site_lang *l, const struct list *list, size_t at,
    const struct doc *const *docs, size_t n)
{
	char path[256];
	struct buf text = BUF_INIT;
	json_t *o = json_object();
	size_t older = older_pages(list);
	if (at) {
		list_path(path, sizeof path, list->base, at == older ? 0 : at + 1);
		page_put(o, "newer", str_from(path));
	}
	if (at != 1) {
		list_path(path, sizeof path, list->base, at ? at - 1 : older);
		page_put(o, "older", str_from(path));
	}
	words_date(&l->words, &text, str_from(docs[n - 1]->date));
	if (text.len && strcmp(docs[n - 1]->date, docs[0]->date) != 0)
		buf_puts(&text, " – ");
	if (strcmp(docs[n - 1]->date, docs[0]->date) != 0)
		words_date(&l->words, &text, str_from(docs[0]->date));
	page_put(o, "text", buf_str(&text));
	json_object_set_new_nocheck(page, "pager", o);
	buf_release(&text);
}

static int put_profile(
    json_t *page, struct site *s, const struct site_lang *l, const struct doc *d, struct err *err)
{
	const struct variant *v = best_variant(d, l);
	json_t *tongue = tongue_context(v, l);
	if (v->face.is_withdrawn)
		v = d->original;
	page_put(page, "profile_href", str_from(d->url));
	page_put(page, "intro", v->face.summary);
	page_put(page, "description", v->face.summary);
	if (tongue)
		json_object_set_new_nocheck(page, "tongue", tongue);
	notices_put(page, s, l, v);
	facts_put(page, s, l, v);
	return body_put(page, s, v, err);
}

/* Put "years": [{year, cards_html or rows_html}]. */
static int put_years(json_t *page, struct site *s, struct site_lang *l, enum snippet as,
    const struct doc *const *docs, size_t n, struct err *err)
{
	json_t *years = json_array();
	int r = 0;
	for (size_t from = 0, to; from < n && r == 0; from = to) {
		struct str year = str_sub(str_from(docs[from]->date), 0, 4);
		json_t *o = json_object();
		for (to = from + 1; to < n; to++)
			if (!str_eq(str_sub(str_from(docs[to]->date), 0, 4), year))
				break;
		page_put(o, "year", year.len ? year : words_get(&l->words, "ui", "no_date"));
		r = snippets_put(o, s, l, as, docs + from, to - from, err);
		json_array_append_new(years, o);
	}
	json_object_set_new_nocheck(page, "years", years);
	return r;
}

/* One page; `docs` are its cards. */
static int write_page(struct site *s, struct site_lang *l, struct list *list, size_t at,
    const struct doc *const *docs, size_t n, struct err *err)
{
	struct deps *d = deps_begin(s, l);
	char path[256];
	size_t older = older_pages(list);
	int r = 0;
	deps_text(d, list->title);
	deps_docs(d, docs, n);
	deps_number(d, at == older);
	if (!at) {
		deps_json(d, list->first);
		deps_number(d, list->len);
		deps_docs(d, list->also, list->nalso);
		if (list->also_shown)
			deps_text(
			    d, str_of(list->also_shown->bytes, sizeof list->also_shown->bytes));
		if (list->profile)
			deps_doc(d, s, list->profile);
	}
	list_path(path, sizeof path, list->base, at);
	if (page_is_fresh(s, l, path, d))
		return 0;
	json_t *page = at ? json_object() : json_incref(list->first);
	put_title(page, l, list, at);
	if (!at)
		json_object_set_new_nocheck(page, "count", json_integer((json_int_t)list->len));
	if (!list->len)
		page_put_word(page, "none", l, list->none ? list->none : "none");
	if (!at && list->profile)
		r = put_profile(page, s, l, list->profile, err);
	description_put(page, l, at ? n : list->len);
	if (!at && r == 0 && list->more)
		r = list->more(page, s, l, list->more_ctx, err);
	if (r == 0)
		r = list->has_years ? put_years(page, s, l, list->as, docs, n, err)
				    : snippets_put(page, s, l, list->as, docs, n, err);
	if (older)
		put_pager(page, l, list, at, docs, n);
	if (r == 0)
		return page_write(s, l, "list", path, page, err);
	json_decref(page);
	return r;
}

int list_write(struct site *s, struct site_lang *l, struct list *list, struct err *err)
{
	size_t older = older_pages(list), first = list->len - older * a_page[list->as];
	if (!list->first)
		list->first = json_object();
	int r = write_page(s, l, list, 0, list->docs, first, err);
	for (size_t at = older; at && r == 0; at--)
		r = write_page(s, l, list, at, list->docs + first + (older - at) * a_page[list->as],
		    a_page[list->as], err);
	json_decref(list->first);
	return r;
}

json_t *counted_link(struct str name, const char *href, size_t count)
{
	json_t *o = page_link(name, href);
	if (count)
		json_object_set_new_nocheck(o, "count", json_integer((json_int_t)count));
	return o;
}

json_t *links_with_bars(json_t *links)
{
	int64_t most = 1;
	for (size_t i = 0; i < json_array_size(links); i++) {
		int64_t n = json_get_int(json_array_get(links, i), "count");
		most = n > most ? n : most;
	}
	for (size_t i = 0; i < json_array_size(links); i++) {
		json_t *o = json_array_get(links, i);
		json_object_set_new_nocheck(
		    o, "share", json_integer(json_get_int(o, "count") * 100 / most));
	}
	return links;
}

void links_group_put(json_t *groups, const struct site_lang *l, const char *word, json_t *items)
{
	if (json_array_size(items)) {
		json_t *o = json_object();
		page_put_word(o, "title", l, word);
		json_object_set_nocheck(o, "items", items);
		json_array_append_new(groups, o);
	}
	json_decref(items);
}
