/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attachments in a file for a stick: a block with what a file is and the list of its pieces, then a
 * block a piece. A stick that is pulled half way leaves the pieces that were whole; a link or
 * another stick brings the others. docs/protocol.md §16.
 */
#ifndef BELFRY_STORE_STICK_ATTACH_H
#define BELFRY_STORE_STICK_ATTACH_H

#include "store/attachments.h"

/* Calls `put` with the bodies of the blocks of each file that is here and that published records
 * name; *n counts files. Errors: put()'s; ERR_IO. */
int stick_attach_write(struct store *s,
    int (*put)(void *ctx, bool is_list, const struct buf *body, struct err *err), void *ctx,
    uint64_t *n, struct err *err);

/* Append what stands in a block before a list, and before a piece. */
void stick_attach_begin_list(struct buf *body, const struct attachment *a);
void stick_attach_begin_piece(struct buf *body, size_t i);

/* The file that is being read; all zero at first. */
struct stick_attach {
	struct attachment claim; /* size 0: what comes is for nobody */
	struct attach_part part;
};
/* A block. What no published record here names, what a person has refused and what is here already
 * is passed over. *n counts files that became whole. Errors: ERR_SYNTAX, ERR_FULL, ERR_IO. */
int stick_attach_list(struct stick_attach *a, struct store *s, struct str body, struct err *err);
int stick_attach_piece(
    struct stick_attach *a, struct store *s, struct str body, uint64_t *n, struct err *err);
void stick_attach_release(struct stick_attach *a);

#endif
