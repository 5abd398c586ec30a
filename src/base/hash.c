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

struct sha256_hex sha256_hex(const struct sha256 *h)
{
	struct sha256_hex x;
	sodium_bin2hex(x.text, sizeof x.text, h->bytes, sizeof h->bytes);
	return x;
}

bool sha256_from_hex(struct sha256 *out, struct str hex)
{
	struct buf b = BUF_INIT;
	bool good = hex.len == 2 * SHA256_BYTES && buf_unhex(&b, hex);
	if (good)
		memcpy(out->bytes, b.ptr, SHA256_BYTES);
	buf_release(&b);
	return good;
}

void random_bytes(void *out, size_t n)
{
	randombytes_buf(out, n);
}
