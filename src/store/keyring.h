/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of a roster in its order, by the roster's blob id: what shortens signatures on the wire.
 * A roster that does not parse has none. A small cache, since thousands of entries share one
 * roster.
 */
#ifndef BELFRY_STORE_KEYRING_H
#define BELFRY_STORE_KEYRING_H

#include "store/store.h"

struct keyring {
	struct keyring *next;
	struct oid blob;
	struct public_key *keys;
	size_t n;
};

/* The keyring of the roster in `tree` (zero: none). Borrowed from the store. */
int keyring_get(
    const struct keyring **out, struct store *s, const struct oid *tree, struct err *err);
void keyrings_free(struct keyring *k);

#endif
