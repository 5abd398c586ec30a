/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders to erase, which any peer passes on. What is read is of the one form: written again from
 * its parts it is the same text; and nobody is taken to have signed it.
 */
#include "base/hash.h"
#include "trust/erasure.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char network[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void require(bool good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct charter nobody; /* no hub, and no central key */
	struct erasure *e;
	struct err err = {0};
	struct buf again = BUF_INIT;
	hash_init();
	if (erasure_parse(&e, str_of(data, size), network, &err)) {
		require(!e && err.code != ERR_NONE && err.msg[0]);
		return 0;
	}
	require(size <= ERASURE_BYTES_MAX && e->ntexts && e->charter);
	require(str_eq(buf_str(&e->source), str_of(data, size)));
	require(str_starts(str_of(data, size), e->text));
	require(e->reason[0] && strlen(e->reason) <= ERASURE_REASON_BYTES_MAX);
	for (size_t i = 1; i < e->nattachments; i++)
		require(memcmp(&e->attachments[i - 1], &e->attachments[i], SHA256_BYTES) < 0);
	require(erasure_check(e, &nobody, network, &err) && err.msg[0]);
	erasure_write(&again, e, network);
	require(str_eq(buf_str(&again), e->text));
	erasure_free(e);
	buf_release(&again);
	return 0;
}
