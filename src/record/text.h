/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which characters a file may hold, and their one normal form. Text that two people would see
 * alike is the same bytes (Unicode NFC, UAX #15), and no character reorders, hides or breaks what
 * stands around it (the attacks of UTS #39 and CVE-2021-42574).
 */
#ifndef BELFRY_RECORD_TEXT_H
#define BELFRY_RECORD_TEXT_H

#include "base/buf.h"
#include "base/err.h"

/*
 * TEXT_BODY refuses what no text needs: bytes that are not UTF-8, control characters other than
 * LF and TAB, U+2028 and U+2029, bidi overrides, embeddings and isolates, byte-order marks, tags,
 * private use, noncharacters, text that is not NFC, and more than TEXT_MARKS_MAX combining marks
 * on one character. TEXT_HEAD refuses TAB too, and everything that cannot be seen: direction
 * marks, zero-width characters, variation selectors. There a joiner (U+200C, U+200D) may stand
 * only where a script needs it: after a virama, and U+200C between two Arabic letters.
 * TEXT_LINE is TEXT_HEAD without LF.
 */
enum text_part { TEXT_BODY, TEXT_HEAD, TEXT_LINE };
enum { TEXT_MARKS_MAX = 30 }; /* UAX #15, Stream-Safe Text; keeps reordering linear */

/* Returns 0, or ERR_SYNTAX with a sentence that names no place, and `*at` the byte it is about. */
int text_check(struct str s, enum text_part part, size_t *at, struct err *err);

/*
 * Append `s` in NFC. Errors: ERR_SYNTAX with `*at` as above, where the bytes are not UTF-8 or too
 * many marks stand on one character; `out` is then as before.
 */
int text_nfc(struct buf *out, struct str s, size_t *at, struct err *err);

/* Where byte `at` of `s` stands: line and column from 1, columns in code points. */
void text_place(struct str s, size_t at, unsigned *line, unsigned *column);

/* Is there nothing that can be seen? Spaces of all kinds, and what TEXT_HEAD refuses for that. What
 * is not UTF-8 is something. */
bool text_is_blank(struct str s);

/* Code points in `s`, which is UTF-8. */
size_t text_length(struct str s);

/* `s` cut after `max` code points, with "…" where something was cut: values in messages. */
struct text_excerpt {
	char text[180];
};
struct text_excerpt text_excerpt(struct str s);

#endif
