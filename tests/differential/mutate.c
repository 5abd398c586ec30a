/* SPDX-License-Identifier: Apache-2.0 */
#include "differential.h"

void chance_start(struct run *r, uint64_t seed)
{
	r->random = seed * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u;
	if (!r->random)
		r->random = 1;
}

/* xorshift64 (Marsaglia 2003). */
uint32_t chance(struct run *r, uint32_t n)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return (uint32_t)(r->random >> 32) % n;
}

static void splice(struct buf *b, size_t at, size_t cut, struct str with)
{
	struct buf out = BUF_INIT;
	struct str was = buf_str(b);
	buf_add(&out, str_sub(was, 0, at));
	buf_add(&out, with);
	buf_add(&out, str_sub(was, at + cut, was.len));
	buf_release(b);
	*b = out;
}

static void damage(struct run *r, struct buf *b, const char *const *words)
{
	static const char bytes[] = "\0\n\r\t =+/-A0\x7f\x80\xff";
	size_t nwords = 0, at = chance(r, (uint32_t)b->len + 1), some = 1 + chance(r, 8);
	while (words[nwords])
		nwords++;
	switch (chance(r, 7)) {
	case 0:
		if (at < b->len)
			b->ptr[at] = (char)(b->ptr[at] ^ (1 << chance(r, 8)));
		break;
	case 1:
		if (at < b->len)
			b->ptr[at] = bytes[chance(r, sizeof bytes - 1)];
		break;
	case 2:
		splice(b, at, some, STR_EMPTY);
		break;
	case 3:
		splice(b, at, 0, str_of(&bytes[chance(r, sizeof bytes - 1)], 1));
		break;
	case 4: {
		struct buf copy = BUF_INIT;
		buf_add(&copy, str_sub(buf_str(b), chance(r, (uint32_t)b->len + 1), 8 * some));
		splice(b, at, 0, buf_str(&copy));
		buf_release(&copy);
		break;
	}
	case 5:
		if (chance(r, 4) == 0)
			b->len = at;
		break;
	default:
		if (nwords)
			splice(b, at, chance(r, 2) ? some : 0,
			    str_from(words[chance(r, (uint32_t)nwords)]));
	}
}

void mutate(struct run *r, struct buf *b, const char *const *words)
{
	for (uint32_t times = 1 + chance(r, 3); times; times--)
		damage(r, b, words);
}
