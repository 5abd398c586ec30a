/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of a text, and the form in which a search compares them: without case, accents and vowel
 * signs, in which letters that people mix up are one (œ and oe; the alefs, ya and alef maqsura, ta
 * marbuta and ha). content/theme/search.js does the same in a browser; tests/web compares the two.
 * Source: Unicode NFKD (UAX #15), case folding.
 */
#ifndef BELFRY_RECORD_WORD_H
#define BELFRY_RECORD_WORD_H

#include "base/buf.h"

/* The next run of letters, marks and digits of `s`, UTF-8, from `*at` on; false at the end. Letters
 * beyond the first 65,536 characters are taken for none. */
bool word_next(struct str *word, struct str s, size_t *at);
/* Append it folded. */
void word_fold(struct buf *out, struct str word);
/* Append it in small letters, and without what folding drops for any script: tatweel, joiners. */
void word_lower(struct buf *out, struct str word);
/* The first `n` characters of `s`. */
struct str word_start(struct str s, size_t n);

#endif
