/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rosters, which any hub writes. What is read must answer for its members and cities.
 */
#include "base/hash.h"
#include "trust/roster.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct roster *r, *again;
	struct err err = {0};
	struct buf text = BUF_INIT;
	hash_init();
	if (roster_parse(&r, str_of(data, size), "roster.md", &err)) {
		require(!r && err.code != ERR_NONE && err.msg[0]);
		return 0;
	}
	require(str_eq(buf_str(&r->source), str_of(data, size)));
	for (size_t i = 0; i < r->nmembers; i++)
		require(roster_member_by_key(r, &r->members[i].key) == &r->members[i]);
	roster_write(&text, r->head);
	require(roster_parse(&again, buf_str(&text), "again.md", &err) == 0);
	require(again->nmembers == r->nmembers && strcmp(again->hub, r->hub) == 0);
	roster_free(again);
	roster_free(r);
	buf_release(&text);
	return 0;
}
