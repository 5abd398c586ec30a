/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How to name a document elsewhere: as a line, as BibTeX (@misc, as biber reads it) and as CSL-JSON
 * (citeproc's "webpage"); how long it takes to read; and where to send it or a fault in it.
 */
#include "pages/page.h"

#include "markup/html.h"

#include <endian.h>
#include <stdio.h>

enum { WORDS_A_MINUTE = 200 };

/* Runs of what is no white space; Markdown's marks count little. Eight bytes at a time, each with
 * its bit 7 set where it is of a word. */
static int64_t count_words(struct str text)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t n = 0, before = 0;
	for (size_t i = 0; i < text.len; i += sizeof n) {
		uint64_t x = ones * ' ';
		memcpy(&x, text.ptr + i, text.len - i < sizeof x ? text.len - i : sizeof x);
		x = le64toh(x);
		uint64_t is = (((x & ones * 0x7f) + ones * (0x7f - ' ')) | x) & ones * 0x80;
		uint64_t starts = is & ~(is << 8 | before);
		n += ((starts >> 7) * ones) >> 56;
		before = is >> 56;
	}
	return (int64_t)n;
}

int minutes_put(json_t *page, struct site *s, const struct site_lang *l, const struct variant *v,
    struct err *err)
{
	struct str text;
	struct buf b = BUF_INIT;
	if (text_of(&text, s, v, err) != 0)
		return err->code;
	struct str body =
	    str_sub(text, v->face.body < text.len ? v->face.body : text.len, text.len);
	words_count(
	    &l->words, &b, "minutes", (count_words(body) + WORDS_A_MINUTE - 1) / WORDS_A_MINUTE);
	page_put(page, "minutes", buf_str(&b));
	buf_release(&b);
	return 0;
}

/* The public address, where the charter has one. */
static void put_address(struct buf *out, const struct site *s, const struct variant *v)
{
	struct str site = json_get_text(s->source->charter, "site");
	if (!site.len)
		return;
	buf_add(out, site);
	if (site.ptr[site.len - 1] != '/')
		buf_putc(out, '/');
	buf_printf(out, "%.*s/%s", STR_FMT(v->face.lang), v->doc->url);
}

/* TeX's own characters stand for themselves. */
static void put_tex(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\' || s.ptr[i] == '~' || s.ptr[i] == '^')
			buf_printf(out, "\\text%s{}",
			    s.ptr[i] == '\\'  ? "backslash"
			    : s.ptr[i] == '~' ? "asciitilde"
					      : "asciicircum");
		else {
			if (strchr("{}$&#_%", s.ptr[i]))
				buf_putc(out, '\\');
			buf_putc(out, s.ptr[i]);
		}
	}
}

static void tex_field(struct buf *out, const char *name, struct str value, bool is_plain)
{
	if (!value.len)
		return;
	buf_printf(out, ",\n  %s = {", name);
	if (is_plain)
		buf_add(out, value);
	else
		put_tex(out, value);
	buf_putc(out, '}');
}

struct citation {
	struct str author, title, publisher, address, lang;
	char year[8], number[120], date[11];
};

static json_t *bibtex(const struct citation *c, const struct variant *v)
{
	struct buf b = BUF_INIT;
	buf_printf(&b, "@misc{%s.%s", v->doc->place, v->doc->id);
	tex_field(&b, "author", c->author, false);
	tex_field(&b, "title", c->title, false);
	tex_field(&b, "year", str_from(c->year), true);
	tex_field(&b, "publisher", c->publisher, false);
	tex_field(&b, "note", str_from(c->number), true);
	tex_field(&b, "url", c->address, true);
	tex_field(&b, "langid", c->lang, true);
	buf_puts(&b, "\n}");
	json_t *text = page_text(buf_str(&b));
	buf_release(&b);
	return text;
}

static void csl_field(struct buf *b, const char *name, struct str value)
{
	if (!value.len)
		return;
	buf_putc(b, b->len ? ',' : '{');
	json_field(b, str_from(name));
	buf_putc(b, ':');
	json_field(b, value);
}

/* On one line, and with its quotes as they are: it stands on every page. */
static json_t *csl_html(const struct citation *c, const struct variant *v)
{
	struct buf b = BUF_INIT, id = BUF_INIT, html = BUF_INIT;
	int all[3], n = sscanf(c->date, "%4d-%2d-%2d", &all[0], &all[1], &all[2]);
	buf_printf(&id, "%s/%s/%s", v->doc->place, v->doc->type, v->doc->id);
	csl_field(&b, "id", buf_str(&id));
	csl_field(&b, "type", STR("webpage"));
	csl_field(&b, "title", c->title);
	buf_puts(&b, ",\"author\":[{\"literal\":");
	json_field(&b, c->author);
	buf_puts(&b, "}],\"issued\":{\"date-parts\":[[");
	for (int i = 0; i < n; i++)
		buf_printf(&b, "%s%d", i ? "," : "", all[i]);
	buf_puts(&b, "]]}");
	csl_field(&b, "publisher", c->publisher);
	csl_field(&b, "number", str_from(c->number));
	csl_field(&b, "URL", c->address);
	csl_field(&b, "language", c->lang);
	buf_putc(&b, '}');
	html_text(&html, buf_str(&b));
	json_t *text = page_text(buf_str(&html));
	buf_release(&html);
	buf_release(&b);
	buf_release(&id);
	return text;
}

/* "Title\nhttps://…" as what follows "?subject=…&body=" (RFC 6068). A site that has no public
 * address has nothing that opens elsewhere, and so nothing to send. */
static void put_share(json_t *o, const struct citation *c)
{
	struct buf b = BUF_INIT, title = BUF_INIT, where = BUF_INIT;
	if (!c->address.len)
		return;
	html_escape_query(&title, c->title);
	html_escape_query(&where, c->address);
	buf_printf(&b, "mailto:?subject=%s&body=%s%%0A%s", title.ptr, title.ptr, where.ptr);
	page_put(o, "mail", buf_str(&b));
	buf_reset(&b);
	buf_printf(&b, "https://wa.me/?text=%s%%0A%s", title.ptr, where.ptr);
	page_put(o, "whatsapp", buf_str(&b));
	buf_release(&b);
	buf_release(&title);
	buf_release(&where);
}

/* Where the charter says whom to write to, the letter is begun; what to quote stands there anyway.
 */
static void put_report(json_t *o, const struct site *s, const struct site_lang *l,
    const struct citation *c, const struct variant *v)
{
	struct str contact = json_get_text(s->source->charter, "contact");
	struct buf b = BUF_INIT;
	buf_printf(&b, "%s/%s/%s, %.*s, %s", v->doc->place, v->doc->type, v->doc->id,
	    STR_FMT(v->face.lang), c->number);
	page_put(o, "quote", buf_str(&b));
	if (url_kind(contact) == URL_EXTERNAL)
		page_put(o, "report", contact);
	else if (is_mail_address(contact)) {
		struct buf mail = BUF_INIT;
		buf_printf(&mail, "mailto:%.*s?subject=", STR_FMT(contact));
		html_escape_query(&mail, words_get(&l->words, "ui", "report"));
		buf_puts(&mail, "&body=");
		html_escape_query(&mail, buf_str(&b));
		page_put(o, "report", buf_str(&mail));
		buf_release(&mail);
	}
	buf_release(&b);
}

void cite_put(
    json_t *page, const struct site *s, const struct site_lang *l, const struct variant *v)
{
	const struct site_item *i = v->item;
	struct buf address = BUF_INIT, line = BUF_INIT, day = BUF_INIT;
	json_t *o = json_object();
	put_address(&address, s, v);
	date_of_time(&day, i->time);
	struct str date = v->face.date.len ? v->face.date : buf_str(&day);
	struct citation c = {.author = str_from(i->author_name[0] ? i->author_name : i->author_id),
	    .title = v->face.title,
	    .publisher = json_get_text(s->network, "network"),
	    .address = buf_str(&address),
	    .lang = v->face.lang};
	snprintf(c.date, sizeof c.date, "%.*s", STR_FMT(date));
	snprintf(c.year, sizeof c.year, "%.4s", c.date);
	snprintf(c.number, sizeof c.number, "revision %u, sha256:%.16s", v->face.revision,
	    sha256_hex(&i->hash).text);
	/* In the words of the text's language, as it is cited among texts in that. */
	const struct site_lang *own = site_lang_of(s, v->face.lang);
	struct str revision = words_get(own ? &own->words : &l->words, "ui", "revision");
	buf_printf(&line, "%.*s (%s). %.*s. %.*s. %.*s %u, sha256:%.16s.", STR_FMT(c.author),
	    c.year, STR_FMT(c.title), STR_FMT(c.publisher), STR_FMT(revision), v->face.revision,
	    sha256_hex(&i->hash).text);
	if (c.address.len)
		buf_printf(&line, " %.*s", STR_FMT(c.address));
	page_put(o, "line", buf_str(&line));
	json_object_set_new_nocheck(o, "bibtex", bibtex(&c, v));
	json_object_set_new_nocheck(o, "csl_html", csl_html(&c, v));
	put_share(o, &c);
	put_report(o, s, l, &c, v);
	json_object_set_new_nocheck(page, "cite", o);
	buf_release(&address);
	buf_release(&line);
	buf_release(&day);
}
