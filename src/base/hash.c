/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <sodium.h>
#include <stdlib.h>

void hash_init(void)
{
	if (sodium_init() < 0)
		abort();
}

struct sha256 sha256(struct str s)
{
	struct sha256 h;
	crypto_hash_sha256(h.bytes, (const unsigned char *)s.ptr, s.len);
	return h;
}

struct sha256 sha256_pair(struct str a, struct str b)
{
	struct sha256 h;
	crypto_hash_sha256_state st;
	crypto_hash_sha256_init(&st);
	crypto_hash_sha256_update(&st, (const unsigned char *)a.ptr, a.len);
	crypto_hash_sha256_update(&st, (const unsigned char *)b.ptr, b.len);
	crypto_hash_sha256_final(&st, h.bytes);
	return h;
}

void sha512(uint8_t out[static SHA512_BYTES], struct str s)
{
	crypto_hash_sha512(out, (const unsigned char *)s.ptr, s.len);
}

bool sha256_eq(const struct sha256 *a, const struct sha256 *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

struct digest digest_of(struct str s)
{
	struct digest d;
	crypto_generichash(d.bytes, sizeof d.bytes, (const uint8_t *)s.ptr, s.len, NULL, 0);
	return d;
}

bool digest_eq(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Both halves of the product: each bit of either factor reaches most of the sum. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

enum { LONG_BYTES = 64, BLOCK_BYTES = 32 };

/* What is long goes in two lanes, none of which waits for the other. */
static void lanes_begin(uint64_t lanes[2], uint64_t seed)
{
	lanes[0] = 0x243f6a8885a308d3u + seed;
	lanes[1] = 0x13198a2e03707344u - seed;
}

/* As many blocks as there are; returns where the rest begins. */
static const char *lanes_add(uint64_t lanes[2], const char *p, const char *end)
{
	uint64_t a = lanes[0], b = lanes[1], word[4];
	_Static_assert(sizeof word == BLOCK_BYTES, "a block fills both lanes");
	for (; (size_t)(end - p) >= sizeof word; p += sizeof word) {
		memcpy(word, p, sizeof word);
		a = fold(word[0] ^ a, word[1] ^ 0x9e3779b97f4a7c15u);
		b = fold(word[2] ^ b, word[3] ^ 0xa4093822299f31d0u);
	}
	lanes[0] = a;
	lanes[1] = b;
	return p;
}

static uint64_t lanes_end(const uint64_t lanes[2])
{
	return lanes[0] ^ lanes[1] * 0x9e3779b97f4a7c15u;
}

static uint64_t sum_of_rest(uint64_t h, const char *p, const char *end)
{
	uint64_t word;
	for (; (size_t)(end - p) >= sizeof word; p += sizeof word) {
		memcpy(&word, p, sizeof word);
		h = (h ^ word) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	if (p < end) {
		word = 0; /* as memcpy() would on a little-endian machine, and no call */
		for (; end > p; end--)
			word = word << 8 | (uint8_t)end[-1];
		h = (h ^ word) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	return h;
}

static uint64_t sum(struct str s, uint64_t seed)
{
	uint64_t h = s.len + seed, lanes[2];
	const char *p = s.ptr, *end = p + s.len;
	if (s.len >= LONG_BYTES) {
		lanes_begin(lanes, seed);
		p = lanes_add(lanes, p, end);
		h ^= lanes_end(lanes);
	}
	return sum_of_rest(h, p, end);
}

struct hash_pieces hash_begin(size_t len)
{
	struct hash_pieces h = {.len = len};
	lanes_begin(h.lanes, 0);
	return h;
}

void hash_add(struct hash_pieces *h, struct str piece)
{
	if (h->len < LONG_BYTES || h->nrest) { /* what is short stays here whole */
		size_t room = (h->len < LONG_BYTES ? LONG_BYTES : BLOCK_BYTES) - h->nrest;
		size_t n = piece.len < room ? piece.len : room;
		memcpy(h->rest + h->nrest, piece.ptr, n);
		h->nrest += n;
		piece = str_sub(piece, n, piece.len);
	}
	if (h->len < LONG_BYTES || (h->nrest && h->nrest < BLOCK_BYTES))
		return;
	lanes_add(h->lanes, h->rest, h->rest + h->nrest);
	const char *rest = lanes_add(h->lanes, piece.ptr, piece.ptr + piece.len);
	h->nrest = (size_t)(piece.ptr + piece.len - rest);
	memcpy(h->rest, rest, h->nrest);
}

uint64_t hash_end(const struct hash_pieces *h)
{
	uint64_t sum = h->len < LONG_BYTES ? h->len : h->len ^ lanes_end(h->lanes);
	return sum_of_rest(sum, h->rest, h->rest + h->nrest);
}

uint64_t hash_sum(struct str s)
{
	return sum(s, 0);
}

struct digest digest_of_hashes(struct str s)
{
	struct digest d;
	uint64_t halves[2] = {sum(s, 0), sum(s, 0xc6a4a7935bd1e995u)};
	memcpy(d.bytes, halves, sizeof d.bytes);
	return d;
}

bool hash_is_whole(struct str *file)
{
	uint64_t sum;
	if (file->len < sizeof sum)
		return false;
	struct str tail = str_sub(*file, file->len - sizeof sum, sizeof sum);
	file->len -= sizeof sum;
	return str_take_u64(&tail, &sum) && sum == hash_sum(*file);
}

struct sha256_hex sha256_hex(const struct sha256 *h)
{
	struct sha256_hex x;
	sodium_bin2hex(x.text, sizeof x.text, h->bytes, sizeof h->bytes);
	return x;
}

bool sha256_from_hex(struct sha256 *out, struct str hex)
{
	return str_unhex(out->bytes, SHA256_BYTES, hex);
}

void random_bytes(void *out, size_t n)
{
	randombytes_buf(out, n);
}
