/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data/catalog.csv (RFC 4180) and data/catalog.json: a row for each text that counts, with what
 * readers sort and compare. Written straight from what is known of each record: no page has as many
 * rows. One edit writes both anew, and makes the rows of one place; the others are copied.
 */
#include "pages/address.h"
#include "pages/page.h"

#include "base/mem.h"
#include "site/pieces.h"

#include <stdio.h>
#include <stdlib.h>

/* SLUG: small letters, digits and hyphens, which CSV takes as they are; PLAIN: JSON does, in
 * quotes; NUMBER: both, without. */
enum form { TEXT, PLAIN, SLUG, NUMBER };
#define FIELD(name, form)                                                                          \
	{                                                                                          \
		name, ",\"" name "\":", form                                                       \
	}
static const struct {
	const char *name, *key;
	enum form form;
} fields[] = {FIELD("id", SLUG), FIELD("place", SLUG), FIELD("type", SLUG), FIELD("lang", PLAIN),
    FIELD("title", TEXT), FIELD("summary", TEXT), FIELD("date", TEXT), FIELD("themes", TEXT),
    FIELD("region", TEXT), FIELD("country", TEXT), FIELD("url", TEXT), FIELD("sha256", SLUG),
    FIELD("revision", NUMBER), FIELD("author", TEXT), FIELD("hub", SLUG), FIELD("published", PLAIN),
    FIELD("translated_from", TEXT), FIELD("translated_by", PLAIN)};
enum { FIELDS = sizeof fields / sizeof *fields };

/* Fields of one row; the values that are made for it stand in `made`. */
struct row {
	struct buf made, base; /* base: of addresses */
	struct str values[FIELDS];
	size_t n;
	const struct doc *doc; /* that `country` is of */
	struct country country;
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
static void add_url(struct row *r, const struct site *s, const struct variant *v)
{
	const struct doc *d = v->doc;
	size_t from = r->made.len;
	buf_add(&r->made, buf_str(&r->base));
	if (site_lang_of(s, v->face.lang)) {
		buf_add(&r->made, v->face.lang);
		buf_putc(&r->made, '/');
		buf_puts(&r->made, d->url);
	} else {
		buf_printf(&r->made, "records/%s/%s/%s/%.*s.md", d->place, d->type, d->id,
		    STR_FMT(v->face.lang));
	}
	add_made(r, from);
}

/* As ISO 3166-1 writes it. */
static void set_country(struct row *r, const struct site *s, const struct doc *d)
{
	if (r->doc == d)
		return;
	r->doc = d;
	r->country = place_country(s->source, str_from(d->place));
	for (char *c = r->country.code; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
}

static void add_number(struct row *r, unsigned n)
{
	char digits[16];
	size_t from = r->made.len, at = sizeof digits;
	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	buf_add(&r->made, str_of(digits + at, sizeof digits - at));
	add_made(r, from);
}

static void fill(struct row *r, const struct site *s, const struct variant *v)
{
	const struct doc *d = v->doc;
	const struct site_item *i = v->item;
	size_t from;
	r->n = 0;
	set_country(r, s, d);
	buf_reset(&r->made);
	buf_reserve(&r->made, 4096 + v->face.terms.len);
	add(r, str_from(d->id));
	add(r, str_from(d->place));
	add(r, str_from(d->type));
	add(r, v->face.lang);
	add(r, v->face.title);
	add(r, v->face.summary);
	add(r, v->face.date);
	add_themes(r, v);
	add(r, d->region);
	add(r, str_from(r->country.code));
	add_url(r, s, v);
	from = r->made.len;
	buf_hex(&r->made, str_of(i->hash.bytes, sizeof i->hash.bytes));
	add_made(r, from);
	add_number(r, v->face.revision);
	add(r, str_from(i->author_name[0] ? i->author_name : i->author_id));
	add(r, str_from(i->hub));
	from = r->made.len;
	time_put(&r->made, i->time);
	add_made(r, from);
	add(r, v->face.from);
	add(r, !v->face.from.len ? STR_EMPTY : v->face.is_machine ? STR("machine") : STR("human"));
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
		if (fields[i].form >= SLUG)
			buf_add(out, r->values[i]);
		else
			csv_field(out, r->values[i]);
	}
	buf_puts(out, "\r\n");
}

static void json_row(struct buf *out, const struct row *r)
{
	buf_putc(out, '{');
	for (size_t i = 0; i < FIELDS; i++) {
		buf_puts(out, fields[i].key + !i);
		if (fields[i].form == TEXT) {
			json_field(out, r->values[i]);
			continue;
		}
		if (fields[i].form != NUMBER)
			buf_putc(out, '"');
		buf_add(out, r->values[i]);
		if (fields[i].form != NUMBER)
			buf_putc(out, '"');
	}
	buf_putc(out, '}');
}

/* The rows of one place, and what they are made from. */
struct block {
	size_t from, to;
	struct digest shows;
};

static void row_deps(struct deps *d, const struct variant *v)
{
	const struct site_item *item = v->item;
	buf_add(&d->bytes, str_of(item->hash.bytes, sizeof item->hash.bytes));
	deps_number(d, (uint64_t)item->time);
	deps_number(d, item->revision);
	deps_number(d, v->face.is_withdrawn); /* also what was erased of one hash */
	deps_text(d, str_from(item->hub));
	deps_text(d, str_from(item->author_name[0] ? item->author_name : item->author_id));
	deps_text(d, v->doc->region);
}

/* The next block from `from` on. */
static struct block block_at(struct site *s, size_t from)
{
	const struct site_index *x = &s->index;
	struct block b = {.from = from, .to = from};
	struct deps *d = &s->deps;
	buf_reset(&d->bytes);
	for (; b.to < x->nvariants && x->variants[b.to].doc->place == x->variants[from].doc->place;
	     b.to++)
		row_deps(d, &x->variants[b.to]);
	b.shows = deps_digest_of_hashes(d);
	return b;
}

static void put_heads(struct buf *csv, struct buf *json, const struct site *s)
{
	for (size_t i = 0; i < FIELDS; i++)
		buf_printf(csv, i ? ",%s" : "%s", fields[i].name);
	buf_puts(csv, "\r\n");
	buf_puts(json, "{\"network\":");
	json_field(json, str_from(s->source->network_id));
	buf_puts(json, ",\"name\":");
	json_field(json, json_get_text(s->network, "network"));
	buf_puts(json, ",\"records\":[\n");
}

static void put_rows(
    struct buf *csv, struct buf *json, struct row *r, const struct site *s, const struct block *b)
{
	size_t first = json->len;
	for (size_t i = b->from; i < b->to; i++) {
		if (s->index.variants[i].face.is_withdrawn)
			continue;
		if (json->len > first)
			buf_puts(json, ",\n");
		fill(r, s, &s->index.variants[i]);
		csv_row(csv, r);
		json_row(json, r);
	}
}

static void put_blocks(struct rope *csv, struct rope *json, const struct site *s,
    struct pieces *kept, const struct block *blocks, size_t n)
{
	struct row r = {.made = BUF_INIT, .base = BUF_INIT};
	struct rope *const out[] = {csv, json};
	bool has_rows = false;
	address_put(&r.base, s, STR("data/catalog"), STR_EMPTY);
	for (size_t i = 0; i < n; i++) {
		if (has_rows)
			buf_puts(&json->made, ",\n");
		const size_t from[] = {rope_len(csv), rope_len(json)};
		if (!pieces_copy(kept, &blocks[i].shows, out)) {
			put_rows(&csv->made, &json->made, &r, s, &blocks[i]);
			pieces_add(kept, &blocks[i].shows, from, out);
		}
		if (rope_len(csv) > from[0])
			has_rows = true;
		else if (has_rows)
			json->made.len -= strlen(",\n"); /* all of that place is withdrawn */
	}
	buf_puts(&json->made, "\n]}\n");
	buf_release(&r.made);
	buf_release(&r.base);
}

static int write_catalog(struct site *s, const struct block *blocks, size_t n, struct err *err)
{
	static const char *const paths[] = {"data/catalog.csv", "data/catalog.json"};
	const struct digest shows = s->output.now.shows;
	struct rope csv = ROPE_INIT, json = ROPE_INIT;
	struct pieces kept;
	pieces_open(&kept, s->output.tree, "catalog", "data/catalog", paths);
	put_heads(&csv.made, &json.made, s);
	put_blocks(&csv, &json, s, &kept, blocks, n);
	int r = output_rope(&s->output, paths[0], &csv, err);
	r = r ? r : output_rope(&s->output, paths[1], &json, err);
	page_end(s);
	if (r == 0)
		pieces_save(&kept, &shows);
	pieces_release(&kept);
	rope_release(&csv);
	rope_release(&json);
	return r;
}

int pages_of_catalog(struct site *s, struct err *err)
{
	struct block *blocks = NULL;
	size_t n = 0, cap = 0;
	for (size_t i = 0; i < s->index.nvariants; i = blocks[n - 1].to) {
		struct block b = block_at(s, i);
		*MEM_PUSH(blocks, n, cap) = b;
	}
	struct deps *d = deps_begin(s, NULL);
	for (size_t i = 0; i < n; i++)
		buf_add(&d->bytes, str_of(blocks[i].shows.bytes, sizeof blocks[i].shows.bytes));
	int r = page_is_fresh(s, NULL, "data/catalog", d) ? 0 : write_catalog(s, blocks, n, err);
	free(blocks);
	return r;
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
