/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments: compressed runs of consecutive whole entries of one journal, in their wire form
 * (store/entry.h). The unit that is sent, kept on a stick, laid out for a web server; the same
 * bytes everywhere (docs/protocol.md "Segments"). Compression is zstd with a dictionary made from
 * the demonstration content alone, so that one small record shrinks as if many had come before it.
 *
 * Sizes a segment declares are checked before anything is allocated.
 */
#ifndef BELFRY_STORE_SEGMENT_H
#define BELFRY_STORE_SEGMENT_H

#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/buf.h"

enum {
	SEGMENT_RAW_MAX = ENTRY_BYTES_MAX + 1024, /* entries and their lengths, uncompressed */
	SEGMENT_ENTRIES_MAX = 1024,
	SEGMENT_RATIO_MAX = 256 /* no text of ours comes near; a bomb does */
};

/* Append the segment of `n` entries (each its wire form). At least one; together at most
 * SEGMENT_RAW_MAX. */
void segment_write(struct buf *out, const struct str *entries, size_t n);

/*
 * Read a segment: `*raw` (appended) owns the bytes that entries[0..*n) point into, at most `max` of
 * them. Errors: ERR_SYNTAX, ERR_LIMIT (a declared size), ERR_UNSUPPORTED (a method or dictionary we
 * lack).
 */
int segment_read(struct str segment, struct buf *raw, struct str *entries, size_t max, size_t *n,
    struct err *err);

/* How many entries a segment says it holds; 0 when its head is not one. */
uint64_t segment_count(struct str segment);

#endif
