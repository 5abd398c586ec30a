/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attachments as files beside the git store, named by what is in them:
 *   attachments/<2 hex>/<sha256>         a whole file, and beside it
 *   attachments/<2 hex>/<sha256>.chunks  the list of its pieces' hashes
 *   attachments/part/<chunks>-<size>     the pieces that are here of one that is not, each in its
 *                                        place; with .list, its list, and .rest, the beginning
 *                                        of a piece that a cut link left; and .false, the SHA-256
 *                                        of what came out where a record promised something else
 * A whole file is there under its name or not at all (fsync, rename). What is here of a part is
 * told by its bytes: each piece has its hash in the list, so nothing can be out of step after a
 * power cut, and nothing needs an fsync before the end. Nothing is ever deleted but by
 * attach_remove().
 *
 * A claim is what a record says. Two records may claim different things of one SHA-256 or one list;
 * a claim holds when hash, list and size all do.
 */
#ifndef BELFRY_STORE_ATTACH_H
#define BELFRY_STORE_ATTACH_H

#include "record/attachment.h"
#include "store/store.h"

enum { ATTACH_LIST_BYTES_MAX = ATTACHMENT_CHUNKS_MAX * SHA256_BYTES };

/* Append "<store>/attachments/<2 hex>/<sha256>". */
void attach_path(const struct store *s, struct buf *out, const struct sha256 *hash);

/*
 * Put a copy of the file at `from` into the store, under `name`, which says what it is; `out` (its
 * texts borrowed from `name` or static) is what a record says of it. A file that is here already is
 * fine. Errors: ERR_SYNTAX (name, or not that kind of file), ERR_LIMIT (size), ERR_FULL, ERR_IO.
 */
int attach_add(
    struct attachment *out, struct store *s, const char *from, struct str name, struct err *err);

/* Is there room for so many bytes beyond the reserve? Errors: ERR_FULL. */
int attach_check_room(struct store *s, uint64_t bytes, struct err *err);

enum attach_state {
	ATTACH_MISSING,
	ATTACH_PARTLY,
	ATTACH_HERE,
	ATTACH_FALSE, /* what its list stands for has another SHA-256: the record is wrong */
};
/* Looks at names and sizes; *bytes_here is how much of it is here, about. */
enum attach_state attach_state(
    const struct store *s, const struct attachment *claim, uint64_t *bytes_here);

/* Of the names of all whole files and lists that are here. */
struct digest attach_digest(const struct store *s);

/* Append `length` bytes from `offset` on of a whole file, or of its list. Errors: ERR_MISSING,
 * ERR_IO. */
int attach_read(const struct store *s, const struct sha256 *hash, bool is_list, uint64_t offset,
    size_t length, struct buf *out, struct err *err);

/* The same of a part of which the piece there was checked. */
int attach_read_part(const struct store *s, const struct attachment *claim, uint64_t offset,
    size_t length, struct buf *out, struct err *err);

/* Remove the whole file and what is here of a part; a missing one is fine. */
int attach_remove(struct store *s, const struct attachment *claim, struct err *err);

/* --- receiving --- */

/* What is here of a part. */
struct attach_part {
	struct sha256 *list; /* NULL where it is not here; else attachment_chunks() many */
	uint8_t *has; /* by piece, 0 or 1; with the list */
	size_t nhas;
	struct buf rest; /* the beginning of piece `rest_of`; not known to be right */
	size_t rest_of;
};
/* Read all of it and check each piece. Owns: the caller; attach_part_release(). Errors: ERR_IO. */
int attach_part_read(struct attach_part *out, const struct store *s, const struct attachment *claim,
    struct err *err);
void attach_part_release(struct attach_part *p);
/* Is this the list that the claim names? */
bool attach_is_list(const struct attachment *claim, struct str list);
/* Keep a list, or a piece, that was checked. Errors: ERR_FULL (also the reserve), ERR_IO. */
int attach_put_list(
    struct store *s, const struct attachment *claim, struct str list, struct err *err);
int attach_put_piece(
    struct store *s, const struct attachment *claim, size_t i, struct str bytes, struct err *err);
/* Keep the beginning of a piece for later; with no bytes, forget it. */
int attach_put_rest(
    struct store *s, const struct attachment *claim, size_t i, struct str bytes, struct err *err);
/* All pieces were put: check the whole and give it its name. Errors: ERR_SIGNATURE where it is not
 * what the claim says; then it is ATTACH_FALSE from now on. ERR_IO. */
int attach_finish(struct store *s, const struct attachment *claim, struct err *err);

#endif
