/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the words of a text to the terms of the search index: folded (record/word.h), without stop
 * words, English as it is spelled on either side of the ocean, cut to their stem where libstemmer
 * knows the language. Each word is looked into once.
 *
 * A browser has no stemmer: from a word that somebody types it reaches each stem that begins it and
 * is at most REACH characters shorter. Words whose stem cannot be found so ("city": "citi") become
 * terms of their own that lead there: aliases, "city>citi".
 */
#ifndef BELFRY_SEARCH_LEXICON_H
#define BELFRY_SEARCH_LEXICON_H

#include "base/arena.h"
#include "base/buf.h"

enum {
	CELL_CHARS = 4, /* terms that begin with the same ones stand in one shard */
	REACH = 6,
	WORD_CHARS_MAX = 24 /* of longer ones, the beginning */
};

/* A stem or an alias; one object each. What stands below the line belongs to whoever collects. */
struct term {
	struct str key;
	uint64_t start; /* term_start() */
	bool is_alias;
	/* --- */
	unsigned seen; /* by whom */
	unsigned weight;
	bool is_title;
	struct str shown;
};

struct lexeme {
	struct str key; /* the word as it is written */
	struct term *stem; /* NULL for a stop word, and for single letters */
	struct term *alias; /* or NULL */
	/* How to write the word, given the stem: "" the same, "/rest" with that behind it, "=word"
	 * anew. In small letters. */
	struct str shown;
};

struct lexicon {
	struct sb_stemmer *stemmer; /* or NULL */
	struct arena arena;
	void *words, *terms; /* hash tables */
	struct buf folded, lower;
	bool is_english;
};

/* For a language by its ISO 639-1 code; `stop_words` with a space between. */
void lexicon_init(struct lexicon *x, struct str lang, struct str stop_words);
const struct lexeme *lexicon_find(struct lexicon *x, struct str word);
void lexicon_release(struct lexicon *x);

/* A term's first CELL_CHARS characters. */
struct str term_cell(struct str key);

/* A term's first bytes as a number: in the order of bytes, as far as they go. */
static inline uint64_t term_start(struct str key)
{
	uint64_t start = 0;
	for (size_t i = 0; i < sizeof start; i++)
		start = start << 8 | (i < key.len ? (uint8_t)key.ptr[i] : 0);
	return start;
}

#endif
