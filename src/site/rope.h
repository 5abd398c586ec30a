/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a long file that nobody holds in one piece: some are made here, most stand in the
 * file of the build before, which stays open and is read when they are wanted.
 */
#ifndef BELFRY_SITE_ROPE_H
#define BELFRY_SITE_ROPE_H

#include "base/buf.h"

struct rope {
	struct buf made; /* append to it; what stands elsewhere comes between its bytes */
	struct rope_part *parts;
	size_t n, cap;
	size_t taken; /* bytes of `made` that are in parts */
	size_t elsewhere; /* bytes of the others */
};

#define ROPE_INIT ((struct rope){.made = BUF_INIT})
/* Append bytes that outlive the rope. */
void rope_borrow(struct rope *r, struct str s);
/* Append `len` bytes at `from` of an open file, which outlives it. */
void rope_borrow_file(struct rope *r, int fd, uint64_t from, size_t len);
static inline size_t rope_len(const struct rope *r)
{
	return r->made.len + r->elsewhere;
}
/* Call `each` with all bytes, in their order, until it says false. Returns the last answer; false
 * with errno where a file cannot be read. */
bool rope_each(const struct rope *r, bool (*each)(void *ctx, struct str bytes), void *ctx);
void rope_release(struct rope *r);

#endif
