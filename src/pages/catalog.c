/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data/catalog.csv (RFC 4180) and data/catalog.json: a row for each text that counts, with what
 * readers sort and compare. Written straight from what is known of each record: no page has as many
 * rows, and one edit writes both anew.
 */
#include "pages/address.h"
#include "pages/page.h"

#include <stdio.h>

static const char *const fields[] = {"id", "place", "type", "lang", "title", "summary", "date",
    "themes", "region", "country", "url", "sha256", "revision", "author", "hub", "published",
    "translated_from", "translated_by"};
enum { FIELDS = sizeof fields / sizeof *fields };

/* Fields of one row; the values that are made for it stand in `made`. */
struct row {
	struct buf made;
	struct str values[FIELDS];
	size_t n;
};

static void add(struct row *r, struct str value)
{
	r->values[r->n++] = value;
}

/* From here to the end of `made`; it was reserved, so that what is in it stays where it is. */
static void add_made(struct row *r, size_t from)
{
	add(r, str_sub(buf_str(&r->made), from, r->made.len));
}

static const struct site_lang *lang_of(const struct site *s, struct str code)
{
	for (size_t i = 0; i < s->nlangs; i++)
		if (str_eq(s->langs[i].words.lang, code))
			return &s->langs[i];
	return NULL;
}

static void add_themes(struct row *r, const struct variant *v)
{
	size_t from = r->made.len;
	struct str terms = v->face.terms, theme;
	while (faces_term(&terms, "themes", &theme)) {
		if (r->made.len > from)
			buf_putc(&r->made, ' ');
		buf_add(&r->made, theme);
	}
	add_made(r, from);
}

/* The page; the record itself where the site has none in that language. */
static void add_url(struct row *r, const struct site *s, struct str file, const struct variant *v)
{
	char path[512];
	size_t from = r->made.len;
	if (lang_of(s, v->lang))
		snprintf(path, sizeof path, "%.*s/%s", STR_FMT(v->lang), v->doc->url);
	else
		snprintf(path, sizeof path, "records/%s/%s/%s/%.*s.md", v->doc->place, v->doc->type,
		    v->doc->id, STR_FMT(v->lang));
	address_put(&r->made, s, file, str_from(path));
	add_made(r, from);
}

static void fill(struct row *r, const struct site *s, struct str file, const struct variant *v)
{
	const struct doc *d = v->doc;
	const struct site_item *i = v->item;
	struct country country = place_country(s->source, str_from(d->place));
	size_t from;
	r->n = 0;
	buf_reset(&r->made);
	buf_reserve(&r->made, 4096 + v->face.terms.len);
	add(r, str_from(d->id));
	add(r, str_from(d->place));
	add(r, str_from(d->type));
	add(r, v->lang);
	add(r, v->title);
	add(r, v->summary);
	add(r, v->date);
	add_themes(r, v);
	add(r, d->region);
	from = r->made.len;
	for (const char *c = country.code; *c; c++) /* as ISO 3166-1 writes them */
		buf_putc(&r->made, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
	add_made(r, from);
	add_url(r, s, file, v);
	from = r->made.len;
	buf_hex(&r->made, str_of(i->hash.bytes, sizeof i->hash.bytes));
	add_made(r, from);
	from = r->made.len;
	buf_printf(&r->made, "%u", v->revision);
	add_made(r, from);
	add(r, str_from(i->author_name[0] ? i->author_name : i->author_id));
	add(r, str_from(i->hub));
	from = r->made.len;
	time_put(&r->made, i->time);
	add_made(r, from);
	add(r, v->from);
	add(r, !v->from.len ? STR_EMPTY : v->is_machine ? STR("machine") : STR("human"));
}

/* In quotes wherever it is more than a name. A spreadsheet takes what begins with = + - @ for a
 * formula; an apostrophe before it makes it text (OWASP, CSV injection). */
void csv_field(struct buf *out, struct str s)
{
	bool is_formula = s.len && strchr("=+-@\t\r", s.ptr[0]) != NULL;
	bool is_plain = !is_formula;
	for (size_t i = 0; i < s.len && is_plain; i++)
		is_plain = (s.ptr[i] >= '0' && s.ptr[i] <= '9') ||
			   (s.ptr[i] >= 'a' && s.ptr[i] <= 'z') || s.ptr[i] == '-';
	if (is_plain) {
		buf_add(out, s);
		return;
	}
	buf_puts(out, is_formula ? "\"'" : "\"");
	for (struct str rest = s; rest.len;) {
		const char *quote = memchr(rest.ptr, '"', rest.len);
		size_t n = quote ? (size_t)(quote - rest.ptr) + 1 : rest.len;
		buf_add(out, str_sub(rest, 0, n));
		if (quote)
			buf_putc(out, '"');
		rest = str_sub(rest, n, rest.len);
	}
	buf_putc(out, '"');
}

static void csv_row(struct buf *out, const struct row *r)
{
	for (size_t i = 0; i < FIELDS; i++) {
		if (i)
			buf_putc(out, ',');
		csv_field(out, r->values[i]);
	}
	buf_puts(out, "\r\n");
}

void json_field(struct buf *out, struct str s)
{
	buf_putc(out, '"');
	for (size_t i = 0, from = 0; i <= s.len; i++) {
		unsigned char c = i < s.len ? (unsigned char)s.ptr[i] : 0;
		if (i < s.len && c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add(out, str_sub(s, from, i - from));
		from = i + 1;
		if (i < s.len && c < 0x20)
			buf_printf(out, "\\u%04x", c);
		else if (i < s.len)
			buf_printf(out, "\\%c", c);
	}
	buf_putc(out, '"');
}

static void json_row(struct buf *out, const struct row *r)
{
	for (size_t i = 0; i < FIELDS; i++) {
		buf_printf(out, i ? ",\"%s\":" : "{\"%s\":", fields[i]);
		if (strcmp(fields[i], "revision") == 0)
			buf_add(out, r->values[i]);
		else
			json_field(out, r->values[i]);
	}
	buf_putc(out, '}');
}

static void catalog_deps(struct deps *d, const struct site_index *x)
{
	for (size_t i = 0; i < x->nvariants; i++) {
		const struct site_item *item = x->variants[i].item;
		buf_add(&d->bytes, str_of(item->hash.bytes, sizeof item->hash.bytes));
		deps_number(d, (uint64_t)item->time);
		deps_number(d, item->revision);
		deps_text(d, str_from(item->hub));
		deps_text(d, str_from(item->author_name[0] ? item->author_name : item->author_id));
		deps_text(d, x->variants[i].doc->region);
	}
}

static void write_rows(struct site *s, const char *path,
    void (*put)(struct buf *out, const struct row *r), const char *between, struct buf *out)
{
	struct row r = {.made = BUF_INIT};
	const struct site_index *x = &s->index;
	int n = 0;
	for (size_t i = 0; i < x->nvariants; i++) {
		if (x->variants[i].is_withdrawn)
			continue;
		if (n++)
			buf_puts(out, between);
		fill(&r, s, str_from(path), &x->variants[i]);
		put(out, &r);
	}
	buf_release(&r.made);
}

static bool is_fresh(struct site *s, const char *path)
{
	struct deps *d = deps_begin(s, NULL);
	catalog_deps(d, &s->index);
	return page_is_fresh(s, NULL, path, d);
}

int pages_of_csv(struct site *s, struct err *err)
{
	static const char path[] = "data/catalog.csv";
	if (is_fresh(s, path))
		return 0;
	buf_reset(&s->html);
	for (size_t i = 0; i < FIELDS; i++)
		buf_printf(&s->html, i ? ",%s" : "%s", fields[i]);
	buf_puts(&s->html, "\r\n");
	write_rows(s, path, csv_row, "", &s->html);
	return page_put_file(s, path, buf_str(&s->html), err);
}

int pages_of_json(struct site *s, struct err *err)
{
	static const char path[] = "data/catalog.json";
	if (is_fresh(s, path))
		return 0;
	buf_reset(&s->html);
	buf_puts(&s->html, "{\"network\":");
	json_field(&s->html, str_from(s->source->network_id));
	buf_puts(&s->html, ",\"name\":");
	json_field(&s->html, json_get_text(s->network, "network"));
	buf_puts(&s->html, ",\"records\":[\n");
	write_rows(s, path, json_row, ",\n", &s->html);
	buf_puts(&s->html, "\n]}\n");
	return page_put_file(s, path, buf_str(&s->html), err);
}

static void say_list(struct buf *out, const struct site *s, const char *title, const json_t *links)
{
	const struct site_lang *l = &s->langs[0];
	buf_printf(out, "\n## %s\n\n", title);
	for (size_t i = 0; i < json_array_size(links); i++) {
		const json_t *link = json_array_get(links, i);
		struct buf path = BUF_INIT;
		buf_printf(&path, "%.*s/%.*s", STR_FMT(l->words.lang),
		    STR_FMT(json_get_text(link, "href")));
		buf_printf(out, "- [%.*s](", STR_FMT(json_get_text(link, "name")));
		address_put(out, s, STR("llms.txt"), buf_str(&path));
		buf_puts(out, ")\n");
		buf_release(&path);
	}
}

/* For programs that read for people (llmstxt.org): what there is and where its plain form stands.
 */
int page_llms(struct site *s, struct err *err)
{
	static const char *const data[][2] = {
	    {"data/catalog.json", "every text: title, summary, place, topics, address, hash"},
	    {"data/catalog.csv", "the same for spreadsheets"},
	    {"allowed_signers", "the keys that signatures are checked with"}};
	struct buf b = BUF_INIT;
	const struct site_lang *l = &s->langs[0];
	json_t *types = types_context(s, l, false);
	json_t *themes = terms_context(l, &s->index.themes, "themes", "theme");
	buf_printf(&b,
	    "# %.*s\n\n> %.*s\n\nLanguages:", STR_FMT(json_get_text(s->network, "network")),
	    STR_FMT(words_get(&l->words, "ui", "need_text")));
	for (size_t i = 0; i < s->nlangs; i++)
		buf_printf(&b, " %.*s/", STR_FMT(s->langs[i].words.lang));
	buf_puts(&b,
	    "\n\nEach page LANG/TYPE/PLACE.ID.html shows a signed Markdown file, which stands "
	    "at records/PLACE/TYPE/ID/LANG.md with its signatures beside it.\n");
	buf_puts(&b, "\n## Data\n\n");
	for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
		buf_printf(&b, "- [%s](", data[i][0]);
		address_put(&b, s, STR("llms.txt"), str_from(data[i][0]));
		buf_printf(&b, "): %s\n", data[i][1]);
	}
	say_list(&b, s, "Kinds of documents", types);
	say_list(&b, s, "Topics", themes);
	json_decref(types);
	json_decref(themes);
	int r = output_file(&s->output, "llms.txt", buf_str(&b), err);
	buf_release(&b);
	return r;
}
