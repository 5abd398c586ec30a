/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-1 (FIPS 180-4), for the checksums at the end of git's packs and indexes alone: they find
 * damage, not forgery. Object ids are libgit2's work, which notices the known collisions.
 */
#ifndef BELFRY_GIT_SHA1_H
#define BELFRY_GIT_SHA1_H

#include "base/str.h"

enum { SHA1_BYTES = 20, SHA1_BLOCK = 64 };

struct sha1 {
	uint32_t h[5];
	uint64_t len; /* bytes so far */
	uint8_t block[SHA1_BLOCK]; /* what does not fill one yet */
};

void sha1_init(struct sha1 *s);
void sha1_add(struct sha1 *s, struct str bytes);
void sha1_end(struct sha1 *s, uint8_t out[static SHA1_BYTES]);

#endif
