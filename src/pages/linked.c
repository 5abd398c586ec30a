/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked data in a document's page (JSON-LD 1.1, terms of schema.org), so that a search engine need
 * not guess who says what about which place. Nothing stands there that the page does not say. What
 * a record is about (an event, an organisation) is told apart from the text that says so, which has
 * an author, a language and dates of its own.
 */
#include "pages/address.h"
#include "pages/page.h"

#include "markup/html.h"

static const struct kind {
	const char *type, *is;
	bool is_no_work; /* the text is `subjectOf` it */
} kinds[] = {
    {"good-practice", "Article", false},
    {"case-study", "Article", false},
    {"testimonial", "Article", false},
    {"question", "Article", false},
    {"support-call", "Article", false},
    {"city-profile", "Article", false},
    {"training", "LearningResource", false},
    {"policy", "Report", false},
    {"strategy", "Report", false},
    {"needs-assessment", "Report", false},
    {"evaluation", "Report", false},
    {"news", "NewsArticle", false},
    {"page", "WebPage", false},
    {"event", "Event", true},
    {"working-group", "Organization", true},
    {"body", "Organization", true},
    {"hub", "Organization", true},
    {"partner", "Organization", true},
};

static const struct kind *kind_of(const struct doc *d)
{
	static const struct kind other = {"", "CreativeWork", false};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].type, d->type) == 0)
			return &kinds[i];
	return &other;
}

/* Written as it goes: a third of a page's objects would be made for this alone. */
static void begin(struct buf *b, const char *key)
{
	char last = b->len ? b->ptr[b->len - 1] : '{';
	if (last != '{' && last != '[')
		buf_putc(b, ',');
	if (key) {
		buf_putc(b, '"');
		buf_puts(b, key);
		buf_puts(b, "\":");
	}
}

/* Nothing where the value is empty. */
static void put(struct buf *b, const char *key, struct str value)
{
	if (!value.len)
		return;
	begin(b, key);
	json_field(b, value);
}

/* The caller ends it with '}'. */
static void begin_thing(struct buf *b, const char *key, const char *type)
{
	begin(b, key);
	buf_putc(b, '{');
	put(b, "@type", str_from(type));
}

static void put_thing(struct buf *b, const char *key, const char *type, struct str name)
{
	begin_thing(b, key, type);
	put(b, "name", name);
	buf_putc(b, '}');
}

static void put_urn(struct buf *b, const struct site *s, const struct doc *d, struct str lang)
{
	begin(b, "@id");
	buf_putc(b, '"');
	urn_put(b, s, d, lang);
	buf_putc(b, '"');
}

static void put_sources(struct buf *b, const struct variant *v)
{
	const json_t *sources = json_object_get(variant_head(v), "sources");
	if (!json_array_size(sources))
		return;
	begin(b, "isBasedOn");
	buf_putc(b, '[');
	for (size_t i = 0; i < json_array_size(sources); i++) {
		const json_t *from = json_array_get(sources, i);
		struct str url = json_get_text(from, "url");
		begin_thing(b, NULL, "CreativeWork");
		put(b, "name", json_get_text(from, "title"));
		if (url_kind(url) == URL_EXTERNAL)
			put(b, "url", url);
		put(b, "datePublished", json_get_text(from, "date"));
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

static void put_place(struct buf *b, const char *key, const struct site *s,
    const struct site_lang *l, const struct doc *d)
{
	if (strcmp(d->place, "global") == 0)
		return;
	json_t *place = place_context(s, l, str_from(d->place));
	struct str country = json_get_text(place, "country");
	begin_thing(b, key, "Place");
	put(b, "name", json_get_text(place, "name"));
	if (country.len)
		put_thing(b, "containedInPlace", "Country", country);
	buf_putc(b, '}');
	json_decref(place);
}

static void put_keywords(
    struct buf *b, const struct site *s, const struct site_lang *l, const struct doc *d)
{
	if (!d->nthemes)
		return;
	begin(b, "keywords");
	buf_putc(b, '[');
	for (size_t i = 0; i < d->nthemes; i++)
		put(b, NULL, term_name(l, "themes", s->index.themes.items[d->themes[i]].id));
	buf_putc(b, ']');
}

/* What belongs to the text. */
static void put_work(struct buf *b, const struct site *s, const struct variant *v)
{
	const struct site_item *i = v->item;
	put(b, "inLanguage", v->face.lang);
	put(b, "datePublished", v->face.date);
	begin(b, "dateModified");
	buf_putc(b, '"');
	date_of_time(b, i->time);
	buf_putc(b, '"');
	put_thing(
	    b, "author", "Person", str_from(i->author_name[0] ? i->author_name : i->author_id));
	put_thing(b, "publisher", "Organization", json_get_text(s->network, "network"));
	if (v->face.from.len) {
		begin(b, "translationOfWork");
		buf_putc(b, '{');
		put_urn(b, s, v->doc, v->face.from);
		buf_putc(b, '}');
	}
	put_sources(b, v);
	struct str license = json_get_text(variant_head(v), "license");
	if (url_kind(license) == URL_EXTERNAL)
		put(b, "license", license);
}

static void put_event(struct buf *b, const struct variant *v)
{
	static const char *const modes[][2] = {
	    {"in-person", "https://schema.org/OfflineEventAttendanceMode"},
	    {"online", "https://schema.org/OnlineEventAttendanceMode"},
	    {"hybrid", "https://schema.org/MixedEventAttendanceMode"}};
	const json_t *head = variant_head(v), *by = json_object_get(head, "organisers");
	put(b, "startDate", json_get_text(head, "starts"));
	put(b, "endDate", json_get_text(head, "ends"));
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (str_is(json_get_text(head, "mode"), modes[i][0]))
			put(b, "eventAttendanceMode", str_from(modes[i][1]));
	struct str venue = json_get_text(head, "venue");
	if (venue.len)
		put_thing(b, "location", "Place", venue);
	if (!json_array_size(by))
		return;
	begin(b, "organizer");
	buf_putc(b, '[');
	for (size_t i = 0; i < json_array_size(by); i++)
		put_thing(b, NULL, "Organization", json_text(json_array_get(by, i)));
	buf_putc(b, ']');
}

static void linked(struct buf *b, const struct site *s, const struct site_lang *l, struct str page,
    const struct variant *v)
{
	const struct kind *kind = kind_of(v->doc);
	buf_putc(b, '{');
	put(b, "@context", STR("https://schema.org"));
	put(b, "@type", str_from(kind->is));
	put_urn(b, s, v->doc, kind->is_no_work ? STR_EMPTY : v->face.lang);
	put(b, "name", v->face.title);
	put(b, "description", v->face.summary);
	if (s->address.len) {
		struct buf url = BUF_INIT;
		address_put(&url, s, page, page);
		put(b, "url", buf_str(&url));
		buf_release(&url);
	}
	if (strcmp(kind->is, "Event") == 0)
		put_event(b, v);
	if (!kind->is_no_work) {
		put_place(b, "spatialCoverage", s, l, v->doc);
	} else {
		if (strcmp(kind->is, "Organization") == 0)
			put_place(b, "areaServed", s, l, v->doc);
		begin_thing(b, "subjectOf", "WebPage");
		put(b, "name", v->face.title);
	}
	put_keywords(b, s, l, v->doc);
	put_work(b, s, v);
	buf_puts(b, kind->is_no_work ? "}}" : "}");
}

static void escape(struct buf *out, struct str json)
{
	static const bool is_other[256] = {['<'] = true, ['>'] = true, ['&'] = true, [0xe2] = true};
	size_t from = 0;
	for (size_t i = 0; i < json.len; i++) {
		unsigned char c = (unsigned char)json.ptr[i];
		if (!is_other[c])
			continue;
		struct str rest = str_sub(json, i, 3);
		bool is_line = str_is(rest, "\xe2\x80\xa8") || str_is(rest, "\xe2\x80\xa9");
		if (c == 0xe2 && !is_line)
			continue;
		buf_add(out, str_sub(json, from, i - from));
		if (is_line)
			buf_puts(out, rest.ptr[2] == '\xa8' ? "\\u2028" : "\\u2029");
		else
			buf_printf(out, "\\u%04x", c);
		i += is_line ? 2 : 0;
		from = i + 1;
	}
	buf_add(out, str_sub(json, from, json.len));
}

void linked_put(
    json_t *page, const struct site *s, const struct site_lang *l, const struct variant *v)
{
	struct buf path = BUF_INIT, text = BUF_INIT, escaped = BUF_INIT;
	if (!is_real(v->doc, l))
		return;
	buf_printf(&path, "%.*s/%s", STR_FMT(l->words.lang), v->doc->url);
	linked(&text, s, l, buf_str(&path), v);
	escape(&escaped, buf_str(&text));
	page_put(page, "linked_html", buf_str(&escaped));
	buf_release(&path);
	buf_release(&text);
	buf_release(&escaped);
}
