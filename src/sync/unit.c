/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/unit.h"

static uint64_t root(uint64_t n)
{
	uint64_t r = 0;
	for (uint64_t bit = (uint64_t)1 << 31; bit; bit >>= 1)
		if ((r + bit) * (r + bit) <= n)
			r += bit;
	return r;
}

size_t unit_bytes(uint64_t life)
{
	uint64_t bytes = life ? 20 * root(life) : UNIT_BYTES_UNKNOWN;
	if (bytes < UNIT_BYTES_MIN)
		return UNIT_BYTES_MIN;
	return bytes < UNIT_BYTES_MAX ? (size_t)bytes : UNIT_BYTES_MAX;
}

uint64_t unit_learn(uint64_t life, uint64_t carried, bool is_cut)
{
	if (!is_cut)
		return carried > life ? carried : life;
	return life ? life - life / 4 + carried / 4 : carried;
}
