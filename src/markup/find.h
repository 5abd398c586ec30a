/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the next byte is that means something; most text of a page means itself.
 */
#ifndef BELFRY_MARKUP_FIND_H
#define BELFRY_MARKUP_FIND_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The first byte from `at` on that is one of the five, none of them a letter; else `end`. Sixteen
 * are looked at together. */
static inline const char *find_any(const char *at, const char *end, const char set[static 5])
{
	typedef uint8_t sixteen __attribute__((vector_size(16)));
	const uint8_t a = (uint8_t)set[0], b = (uint8_t)set[1], c = (uint8_t)set[2],
		      d = (uint8_t)set[3], e = (uint8_t)set[4];
	while (at < end) {
		size_t n = (size_t)(end - at);
		uint64_t found[2]; /* a byte of ones for each */
		sixteen v = {0};
		v += 'a';
		if (n < sizeof v)
			memcpy(&v, at, n);
		else
			memcpy(&v, at, n = sizeof v);
		v = (sixteen)((v == a) | (v == b) | (v == c) | (v == d) | (v == e));
		memcpy(found, &v, sizeof found);
		if (found[0])
			return at + __builtin_ctzll(le64toh(found[0])) / 8;
		if (found[1])
			return at + 8 + __builtin_ctzll(le64toh(found[1])) / 8;
		at += n;
	}
	return end;
}

#endif
