/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pages of one build have in common. A page is a template of content/theme and a JSON
 * object; its functions make that object. Templates see the page, and outside it the language's
 * frame: menus, the network, the words. What many pages show alike is rendered once: the footer and
 * the cards of documents.
 *
 * Addresses in contexts are relative to a language's folder ("good-practice/ke-mombasa.x.html");
 * templates put {{up}} before them, and {{root}} before what stands above the languages.
 */
#ifndef BELFRY_PAGES_PAGE_H
#define BELFRY_PAGES_PAGE_H

#include "pages/deps.h"
#include "site/index.h"
#include "site/output.h"
#include "markup/template.h"
#include "markup/theme.h"
#include "markup/words.h"

/* Records that were read for the document at hand. */
enum { TEXTS_KEPT = 16 };
struct text_kept {
	const struct variant *of[TEXTS_KEPT];
	struct buf bytes[TEXTS_KEPT];
	size_t n;
};

/* How lists show a document: as a card with its summary, or in a line. */
enum snippet { SNIPPET_CARD, SNIPPET_ROW, SNIPPETS };

struct site_lang {
	struct words words;
	json_t *terms; /* {"themes": {id: name}, "regions": …, "audiences": …} */
	/* What every page sees outside itself, in one object: words, network, menus, {{root}} and
	 * {{up}}, and the footer as HTML; [1] for pages one folder deep. */
	json_t *frame[2];
	struct template_set *templates[2]; /* with what all pages show of those */
	struct digest shown; /* of frame and terms: what every page may show */
	/* HTML by position of the document; made when first wanted. */
	_Atomic(const char *) *snippets[SNIPPETS];
};

/* One for each thread that renders: what stands above the line is the same in all of them. */
struct site {
	const struct site_options *options;
	struct site_index index;
	struct theme *theme;
	struct template_set *templates;
	struct site_lang *langs;
	size_t nlangs;
	json_t *network; /* name, id, languages */
	struct str address; /* pages/address.h */
	json_t *expected; /* facts that readers look for, by type */
	/* --- */
	const struct site_source *source;
	struct site_report *report;
	struct output output;
	json_t *fingerprints; /* by key line */
	uint32_t *scores; /* of index_related */
	struct deps deps;
	bool is_page_open; /* between page_is_fresh() and page_write() */
	struct buf html, unit; /* unit: the name of the document's */
	struct arena arena; /* of the cards' HTML */
	struct text_kept texts; /* of the document at hand */
};

/* Is the page at <lang>/<path> (l NULL: at <path>) as it would be made from `d`? Then there is
 * nothing to do for it; else page_write() to that path is next. */
bool page_is_fresh(
    struct site *s, const struct site_lang *l, const char *path, const struct deps *d);
/*
 * Render `page` (owned from here on) by the template `name` into <lang>/<path>. Sets the links to
 * the other languages; the caller sets at least "title".
 */
int page_write(struct site *s, const struct site_lang *l, const char *name, const char *path,
    json_t *page, struct err *err);

/* The same in one, for a page that costs less to put together than to say what it depends on: it
 * is written where it says anything new. */
int page_write_if_new(struct site *s, struct site_lang *l, const char *name, const char *path,
    json_t *page, struct err *err);
/* The same page in each language, [{code, name, page, is_here}]: what page_write() takes for
 * "switch" unless the caller has set it, because a language has no such page. */
json_t *page_languages(const struct site *s, const struct site_lang *here, const char *path);

/* Write a file that no template makes; ends what page_is_fresh() began. */
int page_put_file(struct site *s, const char *path, struct str bytes, struct err *err);
/* End it where it is of several files, or of a rope. */
void page_end(struct site *s);

/* Values for contexts. Strings are taken to be UTF-8, as records and rosters were checked to be. */
json_t *page_text(struct str s);
void page_put(json_t *o, const char *key, struct str s); /* nothing where s is empty */
/* An inner context says that it has none, or a template would find the outer one's. */
void page_put_or_none(json_t *o, const char *key, json_t *owned_or_null);
void page_put_word(json_t *o, const char *key, const struct site_lang *l, const char *ui);
/* {name, href} */
json_t *page_link(struct str name, const char *href);

/* The site's words and terms of that language, or NULL. */
const struct site_lang *site_lang_of(const struct site *s, struct str lang);
/* A term's name in this language, in the first one that has it, or its id. */
struct str term_name(const struct site_lang *l, const char *vocabulary, struct str id);
/* Of "ke"; "" where nobody named it. */
struct str country_name(const struct site_lang *l, const char *code);
/* Put "from – to", "since from" or "until to"; nothing where both are "". */
void period_put(
    json_t *o, const char *key, const struct site_lang *l, struct str from, struct str to);
/* Put "size": "1.2 MB", "1,2 Mo", "640 bytes", in steps of 1000, as data plans and phones count. */
void size_put(json_t *o, const struct site_lang *l, uint64_t bytes);
/* {name, country, href}: where it is from. */
json_t *place_context(const struct site *s, const struct site_lang *l, struct str place);
/* Is there a text in that very language that counts? Pages that show another are not offered to
 * search engines. */
bool is_real(const struct doc *d, const struct site_lang *l);
/* The language whose page stands for readers of all others; `d` NULL: of a page without one. */
struct str default_lang(const struct site *s, const struct doc *d);
/* The best text for a reader of this language, and {lang, dir} where it is in another, else NULL.
 */
const struct variant *best_variant(const struct doc *d, const struct site_lang *l);
/* The same for lists: a text withdrawn in one language only gives way to the original. */
const struct variant *shown_variant(const struct doc *d, const struct site_lang *l);
json_t *tongue_context(const struct variant *v, const struct site_lang *l);
json_t *date_context(const struct site_lang *l, struct str date); /* {text, iso} */
/* Title, summary, kind, place, date, href. */
json_t *card_context(const struct site *s, const struct site_lang *l, const struct doc *d);
/* Put the address of a feed, where it has entries: of a folder's group, or of everything (NULL). */
void feed_put(json_t *page, const char *folder, struct str id, size_t docs);
/* Put {calendar, calendar_text}: the address of an event's own calendar, or of all events with a
 * known day; or {calendar_none}. */
void calendar_put(json_t *page, const struct site_lang *l, const struct variant *v);
void calendar_put_all(json_t *page, const struct site *s, const struct site_lang *l);
/* Put linked data, as it stands in a <script> that is no script, with nothing in it that could end
 * that or a line of it; only where the text is in this language. */
void linked_put(
    json_t *page, const struct site *s, const struct site_lang *l, const struct variant *v);
int calendar_file(
    struct site *s, const struct site_lang *l, const struct variant *v, struct err *err);
/* Put `docs` as "cards_html" or "rows_html", for a page one folder deep; nothing where there are
 * none. */
int snippets_put(json_t *page, struct site *s, struct site_lang *l, enum snippet as,
    const struct doc *const *docs, size_t n, struct err *err);
/* "SHA256:…" of "ssh-ed25519 …", remembered; "" where it is not a key. Borrowed. */
struct str key_fingerprint(struct site *s, const char *key);

/* All bytes of a record; read once for all pages of a document. Borrowed until the next document's.
 * Errors: as variant_source. */
int text_of(struct str *out, struct site *s, const struct variant *v, struct err *err);

/* Put facts and tables of a record's head into `page`: what has no place of its own. */
void facts_put(
    json_t *page, const struct site *s, const struct site_lang *l, const struct variant *v);
/* {"charts"}: bars for rows {indicator, baseline, value} whose texts, in language `lang`, are
 * numbers; NULL where none are. */
json_t *chart_context(
    const struct site *s, const struct site_lang *l, struct str lang, const json_t *rows);
/* Does the field hold "place/type/id"? One such value as {text, page, tongue}. */
bool is_ref_field(const char *field);
json_t *ref_context(const struct site *s, const struct site_lang *l, struct str ref);
/* Put {before, after}: what it was adapted from, and who adapted it. */
void chain_put(json_t *page, const struct site *s, const struct site_lang *l, const struct doc *d);
/* Of what its fields name, and of its chain. */
void refs_deps(struct deps *deps, const struct site *s, const struct doc *d);
/* Put how to cite it, share it, and report a fault in it. */
void cite_put(
    json_t *page, const struct site *s, const struct site_lang *l, const struct variant *v);
/* Put how long it takes to read. Errors: as text_of. */
int minutes_put(json_t *page, struct site *s, const struct site_lang *l, const struct variant *v,
    struct err *err);
/* Put the files that belong to a text; write the page that says which are here; lay them out. */
void files_put(
    json_t *page, const struct site *s, const struct site_lang *l, const struct variant *v);
int files_page(struct site *s, struct site_lang *l, const struct variant *v, struct err *err);
int files_link(struct site *s, const struct variant *v, struct err *err);
/* Which of them are here. */
void files_deps(struct deps *d, const struct site *s, const struct variant *v);
/* Put who stands behind a text, and how to check it. */
void provenance_put(
    json_t *page, struct site *s, const struct site_lang *l, const struct variant *v);
/* A notice {text, kind, other} for each text that was made apart from this one. */
void others_put(json_t *list, const struct site_lang *l, const struct variant *v);
/* Put the notices that stand above a text: [{text, kind, original, lang, other}]. */
void notices_put(
    json_t *page, const struct site *s, const struct site_lang *l, const struct variant *v);
/* Put the body as HTML; notes where it cannot be shown. Errors: as variant_body. */
int body_put(json_t *page, struct site *s, const struct variant *v, struct err *err);

/* The pages themselves. */
int pages_of_doc(struct site *s, const struct doc *d, struct err *err);
/* Of one language; a table in workers.c names them all. */
int page_changes(struct site *s, struct site_lang *l, struct err *err);
int page_conflicts(struct site *s, struct site_lang *l, struct err *err);
int page_dashboard(struct site *s, struct site_lang *l, struct err *err);
int pages_of_gaps(struct site *s, struct site_lang *l, struct err *err);
int page_offline(struct site *s, struct site_lang *l, struct err *err);
int page_governance(struct site *s, struct site_lang *l, struct err *err);
int page_timeline(struct site *s, struct site_lang *l, struct err *err);
int page_strategy(struct site *s, struct site_lang *l, struct err *err);
int page_partners(struct site *s, struct site_lang *l, struct err *err);
int page_questions(struct site *s, struct site_lang *l, struct err *err);
int page_home(struct site *s, struct site_lang *l, struct err *err);
int pages_of_facets(struct site *s, struct site_lang *l, struct err *err);
int pages_of_letters(struct site *s, struct site_lang *l, struct err *err);
int pages_of_types(struct site *s, struct site_lang *l, struct err *err);
int pages_of_themes(struct site *s, struct site_lang *l, struct err *err);
int pages_of_regions(struct site *s, struct site_lang *l, struct err *err);
int pages_of_hubs(struct site *s, struct site_lang *l, struct err *err);
int pages_of_cities(struct site *s, struct site_lang *l, struct err *err);
int pages_of_directories(struct site *s, struct site_lang *l, struct err *err);
int pages_of_feeds(struct site *s, struct site_lang *l, struct err *err);
int pages_of_calendars(struct site *s, struct site_lang *l, struct err *err);
int pages_of_frame(
    struct site *s, struct site_lang *l, struct err *err); /* home, verify, principles, saved */
/* Of this copy of the site, under local/: call when all else is written. */
int pages_of_sizes(struct site *s, uint64_t bytes, size_t files, struct err *err);
/* data/catalog.*, and what of them stands in one field. */
int pages_of_catalog(struct site *s, struct err *err);
void csv_field(struct buf *out, struct str s);
int page_llms(struct site *s, struct err *err); /* llms.txt */
int pages_above(struct site *s, struct err *err); /* choice of language, 404, style, signers */
/* The signed files of a text, and of those that were made apart from it. */
int raw_files(struct site *s, const struct variant *v, struct err *err);

/* Make l->frame; call when the index stands. */
int frame_build(struct site *s, struct site_lang *l, struct err *err);
/* Links to the lists that hold documents: [{name, href, count}]; types in the order of the words.
 */
json_t *hubs_context(const struct site *s); /* [{name, href, entry, commit}] */
json_t *types_context(const struct site *s, const struct site_lang *l, bool has_counts);
/* [{name, country, href, count}]: cities of a region; "": of none. */
json_t *cities_context(const struct site *s, const struct site_lang *l, struct str region);
/* How many there are in each region: [n], in the order of index.regions. */
json_t *cities_of_regions(const struct site *s);
/* {"ke": {cities: [{name, href, count}], regions: [{name, href}]}}: of each country with a city. */
json_t *cities_by_country(const struct site *s, const struct site_lang *l);
/* [{name, href, count}] in the order of names: of a region, or "": all. */
json_t *countries_context(const struct site *s, const struct site_lang *l, struct str region);
bool is_review_optional(const struct site *s);
json_t *terms_context(
    const struct site_lang *l, const struct groups *g, const char *vocabulary, const char *folder);

#endif
