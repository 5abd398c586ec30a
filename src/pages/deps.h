/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a page shows, in one digest, so that it is made anew exactly when that changes. A page says
 * it before anything else is done for it:
 *
 *	struct deps *d = deps_begin(s, l);       // always: frame, templates, words, charter, places
 *	deps_docs(d, g->docs, g->len);           // what cards and lists show of documents
 *	deps_number(d, all);                     // any other value it is made from
 *	if (page_is_fresh(s, l, path, d))
 *		return 0;
 *	…                                        // the context, and page_write() to that path
 *
 * Left out is only what may be forgotten safely: a page that does not call page_is_fresh() at all
 * is made each time, and written where it came out otherwise. A page that calls it and shows what
 * it did not say is caught by the random edits of tests/unit/render/edits_test.c.
 *
 * Which words to use:
 *   deps_docs     their front matter (but for revision numbers), languages, dates, hubs: all that
 *                 struct doc, struct variant and variant_head() have
 *   deps_doc      everything of one: also its text and who stands behind it
 *   deps_heads    how far each hub's journal is shown
 *   deps_lists    deps_docs of everything there is
 *   deps_own      of deps_doc, what does not follow from that and deps_lists
 *   deps_texts    every text of a language, beyond deps_lists
 *   deps_times    who wrote each text that readers of a language are shown, and when
 *
 * The table in workers.c says the same of all pages of a kind: while that stays, its pages are not
 * even asked.
 */
#ifndef BELFRY_PAGES_DEPS_H
#define BELFRY_PAGES_DEPS_H

#include "base/buf.h"
#include "base/json.h"
#include "base/hash.h"

struct site;
struct site_lang;
struct doc;

enum { DEPS_PEOPLE = 6 };

struct deps {
	struct buf bytes;
	const char *people[DEPS_PEOPLE]; /* whose digest is kept: strings live as long as a build */
	struct digest people_digest;
};

/* Start anew with what every page of the language has; `l` NULL: of all languages. The worker's
 * own: good until the next. */
struct deps *deps_begin(struct site *s, const struct site_lang *l);
/* In this order. */
void deps_docs(struct deps *d, const struct doc *const *docs, size_t n);
/* With what its links lead to. */
void deps_doc(struct deps *d, const struct site *s, const struct doc *doc);
void deps_heads(struct deps *d, const struct site *s);
void deps_lists(struct deps *d, const struct site *s);
void deps_own(struct deps *d, const struct site *s, const struct doc *doc);
void deps_times(struct deps *d, const struct site_lang *l, const struct doc *const *docs, size_t n);
void deps_texts(struct deps *d, const struct site *s, const struct site_lang *l);
void deps_text(struct deps *d, struct str s);
void deps_number(struct deps *d, uint64_t n);
void deps_json(struct deps *d, const json_t *v);
struct digest deps_digest(const struct deps *d);
/* The same, faster, where only hashes, numbers and names have been put in: texts could be written
 * to have the same one. */
struct digest deps_digest_of_hashes(const struct deps *d);

#endif
