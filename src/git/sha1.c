/* SPDX-License-Identifier: Apache-2.0 */
#include "git/sha1.h"

static uint32_t turn(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static uint32_t load(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void store(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* One of the 80 steps; `f` and `k` are those of its twenty. */
#define STEP(f, k)                                                                                 \
	do {                                                                                       \
		uint32_t t = turn(a, 5) + (f) + e + (k) + w[i];                                    \
		e = d;                                                                             \
		d = c;                                                                             \
		c = turn(b, 30);                                                                   \
		b = a;                                                                             \
		a = t;                                                                             \
	} while (0)

static void mix(uint32_t h[static 5], const uint8_t *block)
{
	uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
	int i = 0;
	for (; i < 16; i++)
		w[i] = load(block + 4 * i);
	for (; i < 80; i++)
		w[i] = turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (i = 0; i < 20; i++)
		STEP((b & c) | (~b & d), 0x5a827999);
	for (; i < 40; i++)
		STEP(b ^ c ^ d, 0x6ed9eba1);
	for (; i < 60; i++)
		STEP((b & c) | (b & d) | (c & d), 0x8f1bbcdc);
	for (; i < 80; i++)
		STEP(b ^ c ^ d, 0xca62c1d6);
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

void sha1_init(struct sha1 *s)
{
	*s = (struct sha1){.h = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}};
}

void sha1_add(struct sha1 *s, struct str bytes)
{
	size_t held = s->len % SHA1_BLOCK;
	s->len += bytes.len;
	while (bytes.len) {
		if (!held && bytes.len >= SHA1_BLOCK) {
			mix(s->h, (const uint8_t *)bytes.ptr);
			bytes = str_sub(bytes, SHA1_BLOCK, bytes.len);
			continue;
		}
		size_t n = SHA1_BLOCK - held < bytes.len ? SHA1_BLOCK - held : bytes.len;
		memcpy(s->block + held, bytes.ptr, n);
		bytes = str_sub(bytes, n, bytes.len);
		held = (held + n) % SHA1_BLOCK;
		if (!held)
			mix(s->h, s->block);
	}
}

void sha1_end(struct sha1 *s, uint8_t out[static SHA1_BYTES])
{
	static const char zeros[SHA1_BLOCK];
	uint64_t bits = s->len * 8;
	uint8_t tail[8];
	store(tail, (uint32_t)(bits >> 32));
	store(tail + 4, (uint32_t)bits);
	sha1_add(s, STR("\x80"));
	size_t held = s->len % SHA1_BLOCK, end = SHA1_BLOCK - sizeof tail;
	sha1_add(s, str_of(zeros, (held <= end ? end : end + SHA1_BLOCK) - held));
	sha1_add(s, str_of(tail, sizeof tail));
	for (int i = 0; i < 5; i++)
		store(out + 4 * i, s->h[i]);
}
