/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search index: classic scripts under search/<lang>/, which a page loads as far as a question
 * needs them, from a web server or from a disk. content/theme/search.js reads them. Each calls
 * belfrySearch(name, data) with its name within search/, without ".js".
 *
 *	<lang>/index        what every search needs: columns of all texts, the ends of shards
 *	<lang>/facets       type, region, themes and month of all texts, for who narrows a search
 *	<lang>/near         terms that say what some text is about, for words that are in no shard
 *	<lang>/<bits>-<end> a shard: terms up to those that begin with <end>, and where they stand
 *	<lang>/<bits>.<n>   cards: title, summary, address, place of texts by their slot
 *
 * The page has the bits, the ends and the words that do not count, too, so that shards are on their
 * way while the index is. Where it was kept for long and says other than the index, the index is
 * right.
 *
 * What is found are texts, and pages that list documents: a city, a topic, a region. A text's
 * number is its document's slot: 2^bits are at least SLOTS_A_DOC as many as there are documents and
 * lists, and a place among them is by the address, so that one more moves few. All languages have
 * the same slots.
 *
 * Terms are cut into shards where the first characters change, and where these say so by their
 * hash: what is added somewhere moves no border elsewhere.
 *
 * Numbers are written in base 45, lowest digit first, as characters: the last digit from '#' on,
 * the others 45 behind; '\' is skipped. A place where a term stands is (gap - 1) * LEVELS + level,
 * gap being from the slot before, or from -1.
 */
#ifndef BELFRY_SEARCH_SEARCH_H
#define BELFRY_SEARCH_SEARCH_H

#include "pages/page.h"
#include "search/vocabulary.h"

enum { SLOTS_A_DOC = 2 };

/* A page that lists documents, found by its name. */
struct search_list {
	char href[96]; /* within a language's folder */
	struct str name;
	struct str id; /* a word of the charter's, or "" */
	struct str kind; /* what such lists are called */
	size_t docs;
	bool is_text; /* a text of this language says the same: that is found */
};
struct search_lists {
	struct search_list *items;
	size_t n, cap;
	struct arena arena;
};

/* What a slot stands for: one of both. */
struct search_target {
	const struct variant *text;
	const struct search_list *list;
};

/* All that is found in one language, in the order of slots. */
struct search_texts {
	struct search_doc *docs;
	struct search_target *targets; /* of the same */
	size_t n;
	unsigned bits;
	struct search_lists lists;
};

/* Slots of all documents, by position, and then of lists; returns the number of bits. */
unsigned search_slots(
    uint32_t *slots, const struct site_index *x, const struct search_lists *lists);
/* The lists that have documents: the same in all languages, and in one order. Owns: the caller;
 * search_lists_release(). */
void search_lists_make(struct search_lists *out, const struct site *s, const struct site_lang *l);
void search_lists_release(struct search_lists *x);
/* With their terms, as `stash` has them or as it gets them. Owns: the caller;
 * search_texts_release(), in any case. Errors: as variant_body. */
int search_texts_make(struct search_texts *t, struct site *s, const struct site_lang *l,
    struct stash *stash, struct err *err);
void search_texts_release(struct search_texts *t);

void search_number(struct buf *out, uint64_t n);
/* Append a call of belfrySearch() up to its data. */
void search_head(struct buf *out, const struct site_lang *l, const char *name);

/* How many of `n` terms, at least one, are the first shard; `*end` is what its last one begins
 * with, or "" where it takes all. */
size_t search_cut(const struct vocabulary_term *terms, size_t n, struct str *end);
/* Write the shards of a language, and append their ends, with a space between. */
int search_shards(struct site *s, const struct site_lang *l, const struct search_texts *t,
    const struct vocabulary *v, struct buf *ends, struct err *err);
/* The terms that are marked anywhere. A typing error in the first letters leads to a wrong shard.
 */
int search_near(
    struct site *s, const struct site_lang *l, const struct vocabulary *v, struct err *err);
int search_cards(
    struct site *s, const struct site_lang *l, const struct search_texts *t, struct err *err);

/* Columns of all texts: what every search needs, and what it is narrowed by. */
int search_index(struct site *s, const struct site_lang *l, const struct search_texts *t,
    struct str ends, struct err *err);
int search_facets(
    struct site *s, const struct site_lang *l, const struct search_texts *t, struct err *err);

/* The index and the page of a language. */
int pages_of_search(struct site *s, struct site_lang *l, struct err *err);

#endif
