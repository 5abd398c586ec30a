/* SPDX-License-Identifier: Apache-2.0 */
#include "base/near.h"

#include <assert.h>

size_t near_distance(struct str a, struct str b)
{
	size_t row[NEAR_LETTERS + 1];
	assert(b.len <= NEAR_LETTERS);
	for (size_t k = 0; k <= b.len; k++)
		row[k] = k;
	for (size_t i = 0; i < a.len; i++) {
		size_t corner = row[0];
		row[0] = i + 1;
		for (size_t k = 0; k < b.len; k++) {
			size_t best = corner + (a.ptr[i] != b.ptr[k]);
			corner = row[k + 1];
			best = best < corner + 1 ? best : corner + 1;
			row[k + 1] = best < row[k] + 1 ? best : row[k] + 1;
		}
	}
	return row[b.len];
}

static struct str without_number(struct str s)
{
	size_t all = s.len;
	while (s.len && s.ptr[s.len - 1] >= '0' && s.ptr[s.len - 1] <= '9')
		s.len--;
	if (s.len < all && s.len && s.ptr[s.len - 1] == '-')
		s.len--;
	return s;
}

bool near_is_slip(struct str a, struct str b)
{
	size_t most = b.len < 6 ? 1 : 2;
	if (a.len > NEAR_LETTERS || b.len > NEAR_LETTERS || b.len < 3 || str_eq(a, b))
		return false;
	struct str x = without_number(a), y = without_number(b);
	bool is_counted = (x.len < a.len || y.len < b.len) && str_eq(x, y);
	return !is_counted && near_distance(a, b) <= most;
}
