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

static json_t *thing(const char *type, struct str name)
{
	json_t *o = json_object();
	page_put(o, "@type", str_from(type));
	page_put(o, "name", name);
	return o;
}

static void put_urn(json_t *o, const struct site *s, const struct doc *d, struct str lang)
{
	struct buf b = BUF_INIT;
	urn_put(&b, s, d, lang);
	page_put(o, "@id", buf_str(&b));
	buf_release(&b);
}

static void put_list(json_t *o, const char *key, json_t *list)
{
	if (json_array_size(list))
		json_object_set_nocheck(o, key, list);
	json_decref(list);
}

static void put_sources(json_t *o, const struct variant *v)
{
	const json_t *sources = json_object_get(variant_head(v), "sources");
	json_t *list = json_array();
	for (size_t i = 0; i < json_array_size(sources); i++) {
		const json_t *from = json_array_get(sources, i);
		struct str url = json_get_text(from, "url");
		json_t *work = thing("CreativeWork", json_get_text(from, "title"));
		if (url_kind(url) == URL_EXTERNAL)
			page_put(work, "url", url);
		page_put(work, "datePublished", json_get_text(from, "date"));
		json_array_append_new(list, work);
	}
	put_list(o, "isBasedOn", list);
}

static void put_place(json_t *o, const char *key, const struct site *s, const struct site_lang *l,
    const struct doc *d)
{
	json_t *place = place_context(s, l, str_from(d->place));
	struct str country = json_get_text(place, "country");
	json_t *is = thing("Place", json_get_text(place, "name"));
	if (country.len)
		json_object_set_new_nocheck(is, "containedInPlace", thing("Country", country));
	if (strcmp(d->place, "global") != 0)
		json_object_set_nocheck(o, key, is);
	json_decref(is);
	json_decref(place);
}

/* The signed record itself, as it stands on the site. */
static void put_encoding(json_t *o, const struct site *s, struct str page, const struct variant *v)
{
	const struct site_item *i = v->item;
	struct buf path = BUF_INIT, url = BUF_INIT;
	json_t *file = json_object();
	buf_printf(&path, "records/%s/%s/%s/%s.md", i->place, i->type, i->id, i->lang);
	address_put(&url, s, page, buf_str(&path));
	page_put(file, "@type", STR("MediaObject"));
	page_put(file, "encodingFormat", STR("text/markdown"));
	page_put(file, "contentUrl", buf_str(&url));
	page_put(file, "sha256", str_from(sha256_hex(&i->hash).text));
	json_object_set_new_nocheck(o, "encoding", file);
	buf_release(&url);
	buf_release(&path);
}

/* What belongs to the text. */
static void put_work(json_t *o, const struct site *s, struct str page, const struct variant *v)
{
	const struct site_item *i = v->item;
	struct buf time = BUF_INIT;
	page_put(o, "inLanguage", v->lang);
	page_put(o, "datePublished", v->date);
	time_put(&time, i->time);
	page_put(o, "dateModified", buf_str(&time));
	json_object_set_new_nocheck(o, "author",
	    thing("Person", str_from(i->author_name[0] ? i->author_name : i->author_id)));
	json_object_set_new_nocheck(
	    o, "publisher", thing("Organization", json_get_text(s->network, "network")));
	if (v->from.len) {
		json_t *of = json_object();
		put_urn(of, s, v->doc, v->from);
		json_object_set_new_nocheck(o, "translationOfWork", of);
	}
	put_sources(o, v);
	struct str license = json_get_text(variant_head(v), "license");
	if (url_kind(license) == URL_EXTERNAL)
		page_put(o, "license", license);
	put_encoding(o, s, page, v);
	buf_release(&time);
}

static void put_event(json_t *o, const struct variant *v)
{
	static const char *const modes[][2] = {
	    {"in-person", "https://schema.org/OfflineEventAttendanceMode"},
	    {"online", "https://schema.org/OnlineEventAttendanceMode"},
	    {"hybrid", "https://schema.org/MixedEventAttendanceMode"}};
	const json_t *head = variant_head(v), *by = json_object_get(head, "organisers");
	json_t *list = json_array();
	page_put(o, "startDate", json_get_text(head, "starts"));
	page_put(o, "endDate", json_get_text(head, "ends"));
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (str_is(json_get_text(head, "mode"), modes[i][0]))
			page_put(o, "eventAttendanceMode", str_from(modes[i][1]));
	struct str venue = json_get_text(head, "venue");
	if (venue.len)
		json_object_set_new_nocheck(o, "location", thing("Place", venue));
	for (size_t i = 0; i < json_array_size(by); i++)
		json_array_append_new(
		    list, thing("Organization", json_text(json_array_get(by, i))));
	put_list(o, "organizer", list);
}

static json_t *linked(
    const struct site *s, const struct site_lang *l, struct str page, const struct variant *v)
{
	const struct kind *kind = kind_of(v->doc);
	json_t *o = json_object(), *list = json_array();
	page_put(o, "@context", STR("https://schema.org"));
	page_put(o, "@type", str_from(kind->is));
	put_urn(o, s, v->doc, kind->is_no_work ? STR_EMPTY : v->lang);
	page_put(o, "name", v->title);
	page_put(o, "description", v->summary);
	if (s->address.len) {
		struct buf url = BUF_INIT;
		address_put(&url, s, page, page);
		page_put(o, "url", buf_str(&url));
		buf_release(&url);
	}
	for (size_t i = 0; i < v->doc->nthemes; i++)
		json_array_append_new(list,
		    page_text(term_name(l, "themes", s->index.themes.items[v->doc->themes[i]].id)));
	if (strcmp(kind->is, "Event") == 0)
		put_event(o, v);
	if (!kind->is_no_work) {
		put_place(o, "spatialCoverage", s, l, v->doc);
		put_list(o, "keywords", list);
		put_work(o, s, page, v);
		return o;
	}
	if (strcmp(kind->is, "Organization") == 0)
		put_place(o, "areaServed", s, l, v->doc);
	json_t *text = thing("WebPage", v->title);
	put_list(text, "keywords", list);
	put_work(text, s, page, v);
	json_object_set_new_nocheck(o, "subjectOf", text);
	return o;
}

void linked_escape(struct buf *out, struct str json)
{
	for (size_t i = 0; i < json.len; i++) {
		struct str rest = str_sub(json, i, 3);
		if (strchr("<>&", json.ptr[i]))
			buf_printf(out, "\\u%04x", (unsigned)json.ptr[i]);
		else if (str_is(rest, "\xe2\x80\xa8") || str_is(rest, "\xe2\x80\xa9")) {
			buf_puts(out, rest.ptr[2] == '\xa8' ? "\\u2028" : "\\u2029");
			i += 2;
		} else
			buf_putc(out, json.ptr[i]);
	}
}

void linked_put(
    json_t *page, const struct site *s, const struct site_lang *l, const struct variant *v)
{
	struct buf path = BUF_INIT, text = BUF_INIT, escaped = BUF_INIT;
	if (!is_real(v->doc, l))
		return;
	buf_printf(&path, "%.*s/%s", STR_FMT(l->words.lang), v->doc->url);
	json_t *o = linked(s, l, buf_str(&path), v);
	json_write(&text, o, 0);
	json_decref(o);
	linked_escape(&escaped, buf_str(&text));
	page_put(page, "linked_html", buf_str(&escaped));
	buf_release(&path);
	buf_release(&text);
	buf_release(&escaped);
}
