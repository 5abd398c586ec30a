/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our own journal may say: the rules that every reader applies, applied before writing, so
 * that a hub never publishes what others would hold.
 */
#ifndef BELFRY_STORE_PUBLISH_H
#define BELFRY_STORE_PUBLISH_H

#include "store/store.h"

/* The policy at the head of our own journal. What it points to is borrowed from the store.
 * Errors: ERR_POLICY (no hub, or not in the charter yet). */
int own_policy(struct policy *out, struct store *s, struct err *err);

/* Is this the key of an active member of our own roster, as it stands now? */
bool publish_knows(struct store *s, const struct public_key *key);

/* Check changes to our journal, records and roster, as one entry, and append it. Errors: ERR_POLICY
 * and others with the path; those of store_append(). */
int publish(struct store *s, struct change *changes, size_t n, int64_t now, struct err *err);

/* Records with their signatures (STR_EMPTY: none), each at the path its front matter gives, as one
 * entry. Errors: also those of record_parse(). */
struct publication {
	struct str record, signature, review;
};
int publish_records(
    struct store *s, const struct publication *records, size_t n, int64_t now, struct err *err);

#endif
