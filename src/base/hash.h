/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 and SHA-512 (FIPS 180-4) for what is signed, cheaper ones for files of our own, and
 * random bytes, through libsodium. hash_init() first, once.
 */
#ifndef BELFRY_BASE_HASH_H
#define BELFRY_BASE_HASH_H

#include "base/buf.h"

enum { SHA256_BYTES = 32, SHA512_BYTES = 64 };

struct sha256 {
	uint8_t bytes[SHA256_BYTES];
};

/* Start libsodium. Safe to call again. Aborts if the machine has no randomness. */
void hash_init(void);

struct sha256 sha256(struct str s);
struct sha256 sha256_pair(struct str a, struct str b); /* of a then b */
void sha512(uint8_t out[static SHA512_BYTES], struct str s);
bool sha256_eq(const struct sha256 *a, const struct sha256 *b);

struct sha256_hex {
	char text[2 * SHA256_BYTES + 1];
};
struct sha256_hex sha256_hex(const struct sha256 *h);
bool sha256_from_hex(struct sha256 *out, struct str hex); /* 64 lower-case digits, else false */

/* BLAKE2b, 16 bytes, at twice the speed: for files of our own that say what they were made from.
 * Source: RFC 7693. */
struct digest {
	uint8_t bytes[16];
};
struct digest digest_of(struct str s);
/* Another, and faster, for what consists of hashes, numbers and names, which nobody can
 * choose freely: two sums as below. */
struct digest digest_of_hashes(struct str s);
bool digest_eq(const struct digest *a, const struct digest *b);

/* Against rot of a file of our own, and nobody's malice. Many times as fast as the others. */
uint64_t hash_sum(struct str s);
/* The same of what comes in pieces, which are `len` bytes in all: begin, add each, end. */
struct hash_pieces {
	size_t len;
	uint64_t lanes[2];
	char rest[64]; /* what waits for more */
	size_t nrest;
};
struct hash_pieces hash_begin(size_t len);
void hash_add(struct hash_pieces *h, struct str piece);
uint64_t hash_end(const struct hash_pieces *h);
/* Of a file that ends with the hash_sum() of all before (8 bytes, buf_u64()): cut it off, and say
 * whether it is right. */
bool hash_is_whole(struct str *file);

void random_bytes(void *out, size_t n);

#endif
