/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments: compressed runs of consecutive whole entries of one journal, in their wire form
 * (entry/entry.h). The unit that is sent, kept on a stick, laid out for a web server: the same
 * bytes everywhere (docs/protocol.md "Segments").
 *
 * Compression is zstd. A stream of segments begins with a dictionary made from the demonstration
 * content, so that one small record shrinks as if others had come before it; each later segment may
 * refer to all before it in its stream. So units stay small, for links that die, at the price of a
 * solid archive. Every segment can be read as soon as it is there.
 */
#ifndef BELFRY_ENTRY_SEGMENT_H
#define BELFRY_ENTRY_SEGMENT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"

enum {
	/* Entries and their lengths, uncompressed: what a segment of a few bytes can make us hold.
	 * No limit on the ratio would help: an honest record may be one letter 64,000 times. */
	SEGMENT_RAW_MAX = ENTRY_BYTES_MAX + 1024
};

/* One direction of a stream. A writer for news takes 4 MiB once it goes on from its first
 * segment, for much at once 13, soon 9, in bulk 4; a reader as much as has come, 2 MiB at the most.
 */
struct segment_writer;
struct segment_reader;
struct segment_writer *segment_writer_new(void);
/* For many entries that follow each other at once: a sixth smaller, made at 1.2 MB/s. NULL: eight
 * are at work already. */
struct segment_writer *segment_writer_new_much(void);
/* For what is laid out in bulk: larger, much sooner done. Readers see no difference. */
struct segment_writer *segment_writer_new_bulk(void);
/* A tenth larger than for much, and warm in 0.03 s a MiB of text: until one for much is. */
struct segment_writer *segment_writer_new_soon(void);
/*
 * Before its first segment: what is written may refer to `text`, what both sides hold of a journal,
 * and to `part`, the beginning of the very entry; both are copied and may be empty. So a stream
 * that a cut link ended goes on as if it had not.
 */
void segment_writer_recall(struct segment_writer *w, struct str text, struct str part);
/* Do now what the first segment would wait for, for much some 0.5 s a MiB of text: for another
 * thread. */
void segment_writer_warm(struct segment_writer *w);
/* The same two for the segment that is read next, or empty; borrowed until then. The text at one
 * address stays the same as long as the reader lives: it is not copied for each stream. */
void segment_reader_recall(struct segment_reader *r, struct str text, struct str part);
void segment_writer_free(struct segment_writer *w);
struct segment_reader *segment_reader_new(void);
void segment_reader_free(struct segment_reader *r);

/* Append the next segment of the stream: `n` entries (1 at least), together at most SEGMENT_RAW_MAX
 * with lengths. */
void segment_write(struct segment_writer *w, struct buf *out, const struct str *entries, size_t n);
/* The same of one text, an entry without its first `at` bytes. */
void segment_write_rest(struct segment_writer *w, struct buf *out, struct str entry, size_t at);

/*
 * Read the next segment of the stream. `*raw` (appended) gets its entries, each behind its length
 * as a varint (segment_split), *n their number. Declared sizes are checked before anything is
 * allocated. Errors: ERR_SYNTAX, ERR_LIMIT (a declared size), ERR_UNSUPPORTED (a form we lack),
 * ERR_CHAIN (it refers to a segment or text that was not read here). After one the stream cannot go
 * on.
 */
int segment_read(
    struct segment_reader *r, struct str segment, struct buf *raw, size_t *n, struct err *err);

/*
 * The same of a segment that was cut off: `*raw` gets what its bytes give without the rest. A large
 * entry is flushed every 2 KiB or so of compressed bytes, so that little is missing. The reader
 * cannot go on after it.
 */
int segment_read_beginning(
    struct segment_reader *r, struct str segment, struct buf *raw, struct err *err);

/* Step over the entries of `raw`: false at the end. */
bool segment_split(struct str *raw, struct str *entry);

#endif
