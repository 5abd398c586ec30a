/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tells search engines which pages there are, made when all others stand: robots.txt, and
 * where the charter names an address sitemap.xml with sitemap-<l>-<n>.xml behind it
 * (sitemaps.org 0.9, with hreflang clusters as xhtml:link). In them are pages in the language that
 * they are in: a text shown for want of a translation belongs to its original. Which part a page is
 * in depends on its name alone, so that one new record rewrites one small part a language.
 */
#include "pages/address.h"
#include "pages/page.h"
#include "render/workers.h"
#include "markup/xml.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum { PART_PAGES = 256 }; /* about so many each; the limit is 50,000 */

struct entry {
	struct str path; /* within a language's folder */
	const struct doc *doc; /* or NULL: a page that every language has */
	size_t part;
};

struct map {
	struct site *s;
	const struct site_lang *l;
	struct entry *items;
	size_t n, cap, parts;
};

static int by_part(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	return x->part != y->part ? (x->part > y->part) - (x->part < y->part)
				  : str_cmp(x->path, y->path);
}

/* Pages whose names have a dot are documents', or a list by two things at once; those with an
 * underscore go on with a list. */
static bool is_plain(struct str path)
{
	struct str name = path;
	for (const char *slash; (slash = memchr(name.ptr, '/', name.len));)
		name = str_sub(name, (size_t)(slash - name.ptr) + 1, name.len);
	name.len -= strlen(".html");
	return !memchr(name.ptr, '.', name.len) && !memchr(name.ptr, '_', name.len) &&
	       !str_starts(path, STR("local/"));
}

static void add_page(void *ctx, struct str file)
{
	struct map *m = ctx;
	struct str lang = str_cut(&file, '/');
	if (str_eq(lang, m->l->words.lang) && str_ends(file, STR(".html")) && is_plain(file))
		*MEM_PUSH(m->items, m->n, m->cap) = (struct entry){.path = file};
}

static void add_docs(struct map *m)
{
	const struct site_index *x = &m->s->index;
	for (size_t i = 0; i < x->nnewest; i++)
		if (is_real(x->newest[i], m->l))
			*MEM_PUSH(m->items, m->n, m->cap) = (struct entry){
			    .path = str_from(x->newest[i]->url), .doc = x->newest[i]};
}

static void part(struct map *m)
{
	for (m->parts = 1; m->parts * PART_PAGES < m->n;)
		m->parts *= 2;
	for (size_t i = 0; i < m->n; i++)
		m->items[i].part = state_hash(m->items[i].path) & (m->parts - 1);
	if (m->n)
		qsort(m->items, m->n, sizeof *m->items, by_part);
}

static void put_address(struct buf *b, const struct site *s, struct str lang, struct str path)
{
	xml_text(b, s->address);
	if (lang.len) {
		xml_text(b, lang);
		buf_putc(b, '/');
	}
	xml_text(b, path);
}

static void put_alternate(
    struct buf *b, const struct site *s, struct str code, struct str lang, struct str path)
{
	buf_puts(b, "<xhtml:link rel=\"alternate\" hreflang=\"");
	xml_text(b, code);
	buf_puts(b, "\" href=\"");
	put_address(b, s, lang, path);
	buf_puts(b, "\"/>\n");
}

static void put_entry(struct buf *b, const struct site *s, struct str lang, const struct entry *e)
{
	buf_puts(b, "<url>\n<loc>");
	put_address(b, s, lang, e->path);
	buf_puts(b, "</loc>\n");
	if (e->doc) {
		struct buf time = BUF_INIT;
		time_put(&time, doc_variant(e->doc, lang)->item->time);
		xml_element(b, "lastmod", STR_EMPTY, buf_str(&time));
		buf_release(&time);
	}
	for (size_t i = 0; i < s->nlangs && s->nlangs > 1; i++)
		if (!e->doc || is_real(e->doc, &s->langs[i]))
			put_alternate(
			    b, s, s->langs[i].words.lang, s->langs[i].words.lang, e->path);
	bool is_home = str_is(e->path, "index.html"); /* whose languages the door offers */
	if (s->nlangs > 1)
		put_alternate(
		    b, s, STR("x-default"), is_home ? STR_EMPTY : default_lang(s, e->doc), e->path);
	buf_puts(b, "</url>\n");
}

static void part_deps(struct deps *d, const struct site *s, struct str lang, const struct entry *e)
{
	uint64_t real = 0;
	deps_text(d, e->path);
	for (size_t i = 0; i < s->nlangs; i++)
		real = real << 1 | (!e->doc || is_real(e->doc, &s->langs[i]));
	deps_number(d, real);
	deps_text(d, default_lang(s, e->doc));
	if (e->doc)
		deps_number(d, (uint64_t)doc_variant(e->doc, lang)->item->time);
}

static int write_part(struct map *m, const struct entry *e, size_t n, struct err *err)
{
	struct site *s = m->s;
	struct str lang = m->l->words.lang;
	struct deps *d = deps_begin(s, m->l);
	struct buf *b = &s->html;
	char path[64];
	snprintf(path, sizeof path, "sitemap-%.*s-%zu.xml", STR_FMT(lang), e->part + 1);
	for (size_t i = 0; i < n; i++)
		part_deps(d, s, lang, &e[i]);
	if (page_is_fresh(s, NULL, path, d))
		return 0;
	buf_reset(b);
	buf_puts(b, XML_HEAD "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" "
			     "xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n");
	for (size_t i = 0; i < n; i++)
		put_entry(b, s, lang, &e[i]);
	buf_puts(b, "</urlset>\n");
	return xml_check(buf_str(b), "urlset", path, err) ? err->code
							  : page_put_file(s, path, buf_str(b), err);
}

static int write_parts(struct map *m, struct buf *parts, struct err *err)
{
	for (size_t i = 0, n; i < m->n; i += n) {
		for (n = 1; i + n < m->n && m->items[i + n].part == m->items[i].part;)
			n++;
		if (write_part(m, &m->items[i], n, err) != 0)
			return err->code;
		buf_printf(parts, "<sitemap>\n<loc>");
		xml_text(parts, m->s->address);
		buf_printf(parts, "sitemap-%.*s-%zu.xml</loc>\n</sitemap>\n",
		    STR_FMT(m->l->words.lang), m->items[i].part + 1);
	}
	return 0;
}

static int write_sitemaps(
    struct site *s, const struct workers *w, const struct tree *t, struct err *err)
{
	struct buf all = BUF_INIT;
	int r = 0;
	buf_puts(&all,
	    XML_HEAD "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
	for (size_t i = 0; i < s->nlangs && r == 0; i++) {
		struct map m = {.s = s, .l = &s->langs[i]};
		add_docs(&m);
		workers_each_file(w, t, add_page, &m);
		part(&m);
		r = write_parts(&m, &all, err);
		free(m.items);
	}
	buf_puts(&all, "</sitemapindex>\n");
	if (r == 0)
		r = xml_check(buf_str(&all), "sitemapindex", "sitemap.xml", err) ||
			    output_file(&s->output, "sitemap.xml", buf_str(&all), err)
			? err->code
			: 0;
	buf_release(&all);
	return r;
}

int pages_after(struct site *s, const struct workers *w, const struct tree *t, struct err *err)
{
	struct buf robots = BUF_INIT;
	bool is_open = !s->options->has_members;
	int r = is_open && s->address.len ? write_sitemaps(s, w, t, err) : 0;
	buf_printf(&robots, "User-agent: *\n%s\n", is_open ? "Allow: /" : "Disallow: /");
	if (is_open && s->address.len)
		buf_printf(&robots, "Sitemap: %.*ssitemap.xml\n", STR_FMT(s->address));
	if (r == 0)
		r = output_file(&s->output, "robots.txt", buf_str(&robots), err);
	buf_release(&robots);
	return r;
}
