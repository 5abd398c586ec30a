/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a store holds, in short: the newest charter and where each journal stands. Two stores are in
 * sync exactly when these are equal.
 */
#ifndef BELFRY_ENTRY_HEAD_H
#define BELFRY_ENTRY_HEAD_H

#include "base/hash.h"
#include "git/oid.h"

/* A hub's name has at most 64 bytes; one more is for the mark below. */
enum { HUB_NAME_BYTES = 66 };

/* What stands before a hub's name where its journal for members is meant (store/members.h), in the
 * program and on links: no hub's name begins so, and it is before all of them in byte order. */
#define MEMBERS_MARK '+'
static inline bool name_is_for_members(const char *hub)
{
	return hub[0] == MEMBERS_MARK;
}
/* The hub whose journal it is. */
static inline const char *name_of_hub(const char *hub)
{
	return hub + name_is_for_members(hub);
}

/* Where a journal stands: its last entry's number and commit id. */
struct head {
	char hub[HUB_NAME_BYTES];
	uint64_t seq; /* from 1; 0 = nothing of it yet */
	struct oid id;
};

/* The charter's version and hash, and a head per journal. */
struct local_state {
	uint32_t charter; /* version; 0 = none yet (a newcomer) */
	struct sha256 charter_hash; /* of charter.md */
	const struct head *heads; /* sorted by hub, no duplicates; borrowed */
	size_t nheads;
};

/* 32 bytes that are equal exactly when two stores hold the same: SHA-256 of
 * "belfry-state 1\n<version> <hash>\n" and a line "<hub> <seq> <id>\n" for each head. */
struct sha256 local_state_digest(const struct local_state *l);

/* The head of `hub`, or NULL. */
const struct head *head_find(const struct head *heads, size_t n, const char *hub);

#endif
