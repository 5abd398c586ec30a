/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers of units (site/state.h), and which low bits some of them have: of all that one looks
 * for most is not there, and tells so at once.
 */
#ifndef BELFRY_SITE_SIEVE_H
#define BELFRY_SITE_SIEVE_H

#include "base/str.h"

struct sieve {
	uint8_t bits[8192];
};

static inline void sieve_add(struct sieve *s, uint32_t n)
{
	s->bits[n / 8 % sizeof s->bits] |= (uint8_t)(1u << n % 8);
}

/* Never false for a number that was added. */
static inline bool sieve_may_have(const struct sieve *s, uint32_t n)
{
	return s->bits[n / 8 % sizeof s->bits] >> n % 8 & 1;
}

/* The next of a unit's numbers; false at their end. */
static inline bool number_take(struct str *numbers, uint32_t *n)
{
	if (numbers->len < sizeof *n)
		return false;
	memcpy(n, numbers->ptr, sizeof *n);
	*numbers = str_sub(*numbers, sizeof *n, numbers->len);
	return true;
}

#endif
