/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that is published, in memory: documents with their languages, in the groups that pages
 * are made of. Built once for a build. Owns the parsed records; borrows the source.
 */
#ifndef BELFRY_SITE_INDEX_H
#define BELFRY_SITE_INDEX_H

#include "site/face.h"
#include "site/group.h"
#include "site/site.h"

enum { THEMES_OF_DOC = 16, RELATED_MAX = 6, CHANGES_MAX = 50 };

/* A document in one language: what lists and other pages show of it. The rest of its front matter
 * and its text are behind functions, so that a page that shows neither costs no reading. */
struct variant {
	const struct site_item *item;
	const struct doc *doc;
	struct face face; /* all that is known of it without reading it */
	_Atomic(json_t *) *head; /* for variant_head() */
	unsigned
	    now_revision; /* of what it was translated from; 0 where that language is not here */
};

struct doc {
	/* Those that are equal, or regions that are, have one pointer within an index. */
	const char *place, *type;
	const char *id;
	struct variant *variants; /* by language */
	size_t nvariants;
	const struct variant *original; /* not a translation, current, else the best there is */
	const char *url; /* "<type>/<place>.<id>.html", within a language's folder */
	/* To order by: YYYY-MM-DD or its beginning; "" where the text names none, which is last. */
	char date[11];
	struct str region;
	unsigned themes[THEMES_OF_DOC]; /* positions in index.themes */
	size_t nthemes, position; /* position: in index.docs */
	struct digest shown; /* of all that other pages may show of it (pages/deps.h) */
	bool is_withdrawn; /* in every language */
	bool is_about_network; /* a page about the network or one of its hubs */
};

/* How many texts, and their bytes. */
struct sum {
	size_t texts;
	uint64_t bytes;
};

struct index_lang {
	struct str code; /* what its variants point to */
	struct sum sum;
};

struct site_index {
	struct arena arena;
	struct stash faces;
	struct variant *variants;
	_Atomic(json_t *) *heads; /* of each */
	size_t nvariants;
	struct doc *docs; /* by place, type, id */
	size_t ndocs;
	const struct doc **newest; /* current ones */
	size_t nnewest;
	struct groups types, themes, regions, cities, hubs; /* in the order they are shown in */
	const struct site_item **last; /* of each of `hubs`: its newest entry here, or NULL */
	struct groups adapted; /* "place/type/id" to those that were adapted from it */
	struct groups needs, objectives, audiences; /* as the charter lists them */
	struct groups countries; /* "ke" */
	struct groups years;
	struct groups about; /* by city: what other places say of it or have from it */
	struct groups
	    names; /* what documents' places, types and regions point to; without documents */
	struct index_lang *langs;
	size_t nlangs, cap_langs;
	struct sum all, *of_hubs; /* of_hubs: in the order of `hubs` */
	const struct variant *latest[CHANGES_MAX]; /* what came last, which is first */
	size_t nlatest;
};

/* First what does not ask for the source's items. Owns: index_release(). */
void index_open(
    struct site_index *x, const struct site_source *source, const struct site_options *o);
/* Then all of it. Errors: those of source->read. Records that do not parse, do not agree with their
 * path, or are for members go to `report`. */
int index_build(struct site_index *x, const struct site_source *source,
    const struct site_options *o, struct site_report *report, struct err *err);
/* After what a build made is safe: keep the faces of this one for the next. */
void index_keep(struct site_index *x, const struct site_source *source, const char *out);
void index_release(struct site_index *x);

/* The first value of a short field of its front matter, or "" (site/face.h says which; for a list,
 * faces_term() on face.terms). For what is asked of every document: the rest costs parsing. */
struct str variant_term(const struct variant *v, const char *field);
/* Its front matter, typed, keys in the schema's order. Borrowed; not to be changed. */
json_t *variant_head(const struct variant *v);
/* Append its Markdown, or all of its bytes. Errors: those of source->read. */
int variant_body(
    struct buf *out, const struct site_source *source, const struct variant *v, struct err *err);

int variant_source(
    struct buf *out, const struct site_source *source, const struct variant *v, struct err *err);

/* NULL where there is none. */
const struct doc *index_find(
    const struct site_index *x, struct str place, struct str type, struct str id);
/* The same for "place/type/id". */
const struct doc *index_find_ref(const struct site_index *x, struct str ref);
/* Is it a translation whose original has moved on? */
static inline bool variant_is_behind(const struct variant *v)
{
	return v->face.from.len && v->now_revision > v->face.from_revision;
}
/* The variant in exactly that language, or NULL. */
const struct variant *doc_variant(const struct doc *d, struct str lang);
/* Up to RELATED_MAX documents that a reader of `d` may want next: those its author names, then
 * those that share most themes, place and region with it. Returns how many. `scores` has a zero for
 * each document, again afterwards. */
size_t index_related(const struct site_index *x, uint32_t *scores, const struct doc *d,
    const struct doc *out[RELATED_MAX]);

/* The folder of a type's pages: its id, with "_" behind those that name folders of the site. */
struct folder {
	char text[72];
};
struct folder type_folder(struct str type);

/* Of a city, "ke": by the rosters, else the first letters of "ke-mombasa"; "" where it has none. */
struct country {
	char code[3];
};
struct country place_country(const struct site_source *source, struct str place);
/* The place's region: itself where it is one, else by the rosters, else "". */
struct str place_region(const struct site_source *source, struct str place);
/* The term {"id", "names"} of a vocabulary ("themes", "regions", "audiences") of the charter, or
 * NULL. */
const json_t *charter_term(const json_t *charter, const char *vocabulary, struct str id);

/* --- shared by the files behind this header --- */

/* Name the groups that have an order of their own, before documents are read. */
void index_name_groups(struct site_index *x, const struct site_source *source);
/* Put every current document into its groups, newest first. */
void index_fill_groups(struct site_index *x, const struct site_source *source);
void index_release_groups(struct site_index *x);

#endif
