/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record says of a file that belongs to it: `attachments` in its head, docs/format.md. The
 * file itself is not in the record; the two hashes name it for ever.
 *
 * `sha256` is what stock tools compute. It alone would show a bad piece only when all is there, so
 * `chunks` is signed too: the SHA-256 of the list of the SHA-256s of the file's pieces of
 * ATTACHMENT_CHUNK_BYTES (the last may be shorter), raw, one after the other. A receiver fetches
 * that list first and can then judge each piece by itself, whoever sent it.
 */
#ifndef BELFRY_RECORD_ATTACHMENT_H
#define BELFRY_RECORD_ATTACHMENT_H

#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"

struct attachment {
	struct str name, media; /* borrowed */
	struct sha256 hash, chunks;
	uint64_t size; /* 1 to ATTACHMENT_BYTES_MAX */
};

/* Read one item of `attachments`; false where it is none. Borrows from `item`. */
bool attachment_read(struct attachment *out, const json_t *item);
/* What is wrong with the list in a record's head, as a plain sentence; NULL where nothing is. */
const char *attachments_fault(const json_t *list);

/* A name such as "guide.pdf": [a-z0-9], single '.', '-', '_' in between, an ending of the list. */
bool attachment_is_name(struct str name);
/* The media type that goes with the name's ending; "" where there is none. */
struct str attachment_media(struct str name);
/* Does a file that begins so look like that media type? By the signatures of the formats. */
bool attachment_begins_as(struct str media, struct str begin);
/* The kind in a word, "PDF", "JPEG", …; the same in every language. */
const char *attachment_kind(struct str media);

/* How many pieces so many bytes have, and how long piece `i` is. */
size_t attachment_chunks(uint64_t size);
size_t attachment_chunk_bytes(uint64_t size, size_t i);

/* The lines for a record's head, for one file, as canonical form has them under "attachments:". */
void attachment_write(struct buf *out, const struct attachment *a);

#endif
