/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits of journals. What is read must be within bounds and be written again to the same bytes.
 */
#include "base/hash.h"
#include "entry/entry.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char network[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct entry e;
	struct public_key key;
	struct err err = {0};
	struct buf again = BUF_INIT;
	hash_init();
	if (entry_parse(&e, &key, str_of(data, size), network, &err)) {
		if (err.code != ERR_SYNTAX)
			abort();
		return 0;
	}
	entry_commit(&again, &e, network, &key);
	if (!str_eq(buf_str(&again), str_of(data, size)) || !entry_is_in_bounds(&e))
		abort();
	entry_verify(&e, network, &key, &err);
	entry_release(&e);
	buf_release(&again);
	return 0;
}
