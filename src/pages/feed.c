/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Atom feeds (RFC 4287): of everything in a language, of each type, theme and city. Entries are
 * documents, by when the text that readers of that language are shown was published; the clock is
 * the journal's, never the build's.
 */
#include "pages/address.h"
#include "pages/page.h"
#include "markup/xml.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum { ENTRIES_MAX = 25 };

struct feed {
	const struct groups *of; /* NULL: of the whole site */
	struct str id; /* in `of` */
	const char *path, *page; /* "theme/gender/feed.xml", "theme/gender.html" */
	const struct doc *const *docs;
	size_t len;
	const int64_t *times; /* of all documents, by position: when what is shown of them came */
};

/* What its page is called. */
static void put_title(
    struct buf *out, const struct site *s, const struct site_lang *l, const struct feed *f)
{
	char type[72];
	json_t *place = NULL;
	buf_add(out, json_get_text(s->network, "network"));
	if (!f->of)
		return;
	buf_puts(out, " · ");
	snprintf(type, sizeof type, "%.*s", STR_FMT(f->id));
	if (f->of == &s->index.types)
		words_type(&l->words, out, type, true);
	else if (f->of == &s->index.themes)
		buf_add(out, term_name(l, "themes", f->id));
	else {
		place = place_context(s, l, f->id);
		buf_add(out, json_get_text(place, "name"));
	}
	json_decref(place);
}

/* The newest, newest first; equals by name. */
static size_t newest_of(const struct feed *f, const struct doc *out[ENTRIES_MAX])
{
	int64_t times[ENTRIES_MAX];
	size_t n = 0;
	for (size_t i = 0; i < f->len; i++) {
		const struct doc *d = f->docs[i];
		int64_t time = f->times[d->position];
		size_t at = n;
		while (at && (times[at - 1] < time ||
				 (times[at - 1] == time && out[at - 1]->position > d->position)))
			at--;
		if (at == ENTRIES_MAX)
			continue;
		n += n < ENTRIES_MAX;
		for (size_t k = n - 1; k > at; k--) {
			out[k] = out[k - 1];
			times[k] = times[k - 1];
		}
		out[at] = d;
		times[at] = time;
	}
	return n;
}

static void put_link(
    struct buf *b, const struct site *s, struct str from, const char *attributes, struct str path)
{
	struct buf href = BUF_INIT;
	address_put(&href, s, from, path);
	buf_printf(b, "<link %s href=\"", attributes);
	xml_text(b, buf_str(&href));
	buf_puts(b, "\"/>\n");
	buf_release(&href);
}

static void put_time(struct buf *b, const char *name, int64_t seconds)
{
	struct buf text = BUF_INIT;
	time_put(&text, seconds);
	xml_element(b, name, STR_EMPTY, buf_str(&text));
	buf_release(&text);
}

static void put_categories(
    struct buf *b, const struct site *s, const struct site_lang *l, const struct doc *d)
{
	for (size_t i = 0; i < d->nthemes; i++) {
		struct str id = s->index.themes.items[d->themes[i]].id;
		buf_puts(b, "<category term=\"");
		xml_text(b, id);
		buf_puts(b, "\" label=\"");
		xml_text(b, term_name(l, "themes", id));
		buf_puts(b, "\"/>\n");
	}
}

static void put_entry(struct buf *b, const struct site *s, const struct site_lang *l,
    struct str from, const struct doc *d)
{
	const struct variant *v = shown_variant(d, l);
	struct buf text = BUF_INIT;
	char attributes[80];
	buf_puts(b, "<entry>\n");
	urn_put(&text, s, d, l->words.lang);
	xml_element(b, "id", STR_EMPTY, buf_str(&text));
	xml_element(b, "title", v->face.lang, v->face.title);
	put_time(b, "updated", v->item->time);
	snprintf(attributes, sizeof attributes,
	    "rel=\"alternate\" type=\"text/html\" hreflang=\"%.*s\"", STR_FMT(v->face.lang));
	buf_reset(&text);
	buf_printf(&text, "%.*s/%s", STR_FMT(l->words.lang), d->url);
	put_link(b, s, from, attributes, buf_str(&text));
	buf_puts(b, "<author>\n");
	xml_element(b, "name", STR_EMPTY,
	    str_from(v->item->author_name[0] ? v->item->author_name : v->item->author_id));
	buf_puts(b, "</author>\n");
	put_categories(b, s, l, d);
	if (v->face.summary.len)
		xml_element(b, "summary", v->face.lang, v->face.summary);
	buf_puts(b, "</entry>\n");
	buf_release(&text);
}

static void put_head(struct buf *b, const struct site *s, const struct site_lang *l,
    const struct feed *f, struct str file, int64_t updated)
{
	struct str network = json_get_text(s->network, "network");
	struct buf text = BUF_INIT;
	buf_puts(b, XML_HEAD "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"");
	xml_text(b, l->words.lang);
	buf_puts(b, "\">\n");
	buf_puts(&text, "urn:uuid:");
	uuid_put(&text, s, file);
	xml_element(b, "id", STR_EMPTY, buf_str(&text));
	buf_reset(&text);
	put_title(&text, s, l, f);
	xml_element(b, "title", STR_EMPTY, buf_str(&text));
	put_time(b, "updated", updated);
	put_link(b, s, file, "rel=\"self\" type=\"application/atom+xml\"", file);
	buf_reset(&text);
	buf_printf(&text, "%.*s/%s", STR_FMT(l->words.lang), f->page);
	put_link(b, s, file, "rel=\"alternate\" type=\"text/html\"", buf_str(&text));
	buf_puts(b, "<author>\n");
	xml_element(b, "name", STR_EMPTY, network);
	buf_puts(b, "</author>\n");
	buf_release(&text);
}

static int write_feed(
    struct site *s, const struct site_lang *l, const struct feed *f, struct err *err)
{
	const struct doc *docs[ENTRIES_MAX];
	size_t n = newest_of(f, docs);
	struct deps *d = deps_begin(s, l);
	struct buf file = BUF_INIT, *b = &s->html;
	deps_docs(d, docs, n);
	deps_times(d, l, docs, n);
	if (!n || page_is_fresh(s, l, f->path, d))
		return 0;
	buf_reset(b);
	buf_printf(&file, "%.*s/%s", STR_FMT(l->words.lang), f->path);
	put_head(b, s, l, f, buf_str(&file), f->times[docs[0]->position]);
	for (size_t i = 0; i < n; i++)
		put_entry(b, s, l, buf_str(&file), docs[i]);
	buf_puts(b, "</feed>\n");
	int bad = xml_check(buf_str(b), "feed", file.ptr, err) ||
		  page_put_file(s, file.ptr, buf_str(b), err);
	buf_release(&file);
	return bad ? err->code : 0;
}

int pages_of_feeds(struct site *s, struct site_lang *l, struct err *err)
{
	const struct site_index *x = &s->index;
	const struct groups *const all[] = {&x->types, &x->themes, &x->cities};
	int64_t *times = mem_alloc((x->ndocs + 1) * sizeof *times);
	for (size_t i = 0; i < x->ndocs; i++)
		times[i] = shown_variant(&x->docs[i], l)->item->time;
	struct feed site = {
	    NULL, STR_EMPTY, "feed.xml", "index.html", x->newest, x->nnewest, times};
	int r = write_feed(s, l, &site, err);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (size_t k = 0; k < all[i]->len && r == 0; k++) {
			const struct group *g = &all[i]->items[k];
			bool is_type = all[i] == &x->types;
			char folder[96], path[112], page[112];
			snprintf(folder, sizeof folder, "%s%.*s",
			    is_type		   ? ""
			    : all[i] == &x->themes ? "theme/"
						   : "city/",
			    is_type ? 72 : (int)g->id.len,
			    is_type ? type_folder(g->id).text : g->id.ptr);
			snprintf(path, sizeof path, "%s/feed.xml", folder);
			snprintf(
			    page, sizeof page, "%s%s", folder, is_type ? "/index.html" : ".html");
			struct feed f = {all[i], g->id, path, page, g->docs, g->len, times};
			r = write_feed(s, l, &f, err);
		}
	free(times);
	return r;
}

void feed_put(json_t *page, const char *folder, struct str id, size_t docs)
{
	struct buf path = BUF_INIT;
	if (folder)
		buf_printf(&path, "%s/", folder);
	if (id.len)
		buf_printf(&path, "%.*s/", STR_FMT(id));
	buf_puts(&path, "feed.xml");
	if (docs)
		page_put(page, "feed", buf_str(&path));
	buf_release(&path);
}
