/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terms of one text, as bytes that are kept by the hash of the record: how much each counts
 * there, in the order of their keys.
 */
#ifndef BELFRY_SEARCH_TERMS_H
#define BELFRY_SEARCH_TERMS_H

#include "base/json.h"
#include "search/lexicon.h"

enum {
	LEVELS = 6, /* of weight: 1, 2, 4, 8, 16, 32 and more */
	TITLE_LEVEL = 4, /* from this one on, it stands in the title */
	MARKED = 3 /* from this one on, a term says what a text is about */
};
/* What a word counts for where it stands there. */
enum {
	WEIGHT_TITLE = 16,
	WEIGHT_PLACE = 6,
	WEIGHT_SUMMARY = 4,
	WEIGHT_THEME = 4,
	WEIGHT_HEADING = 3,
	WEIGHT_TEXT = 1
};

struct collector {
	struct lexicon *lexicon;
	struct collected {
		uint64_t start; /* as the term's, to sort by */
		struct term *term;
	} * terms, *sorted; /* sorted: room for as many */
	size_t n, cap;
	struct buf entries;
	unsigned stamp; /* of this text */
	size_t words, title; /* title: of these */
};

/* Add the words of a text, of Markdown, and of all that is text in a record's head but for its
 * title and summary. */
void collect_text(struct collector *c, struct str text, unsigned weight);
void collect_markdown(struct collector *c, struct str text);
void collect_head(struct collector *c, const json_t *head);
/* Append what was added, and begin another text. */
void collect_end(struct collector *c, struct buf *out);
void collector_release(struct collector *c);

/* A walk over one list. Borrows its bytes. */
struct term_reader {
	struct str list, rest, restarts;
	size_t at, n; /* `at` is that of the entry at hand plus one */
	uint8_t length; /* of the text, as the root of 2 to that power, in words */
	uint8_t title; /* words of the title */
	struct buf key;
	bool is_alias;
	uint8_t level;
	struct str shown;
};

/* False where they are no such bytes. term_reader_release() in both cases. */
bool term_reader_init(struct term_reader *r, struct str list);
/* Step to the next; false at the end. */
bool term_reader_next(struct term_reader *r);
/* Step forward to the first whose key is `key` or comes after it; false where there is none. */
bool term_reader_seek(struct term_reader *r, struct str key);
void term_reader_release(struct term_reader *r);

#endif
