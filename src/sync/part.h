/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The beginning of an entry whose link died before the rest came. Any peer that holds the entry can
 * go on from there. Nothing here is believed: the peer that goes on compares the hash with its own
 * entry, and the whole is judged as if it had come at once. docs/protocol.md §20.
 *
 * The driver keeps parts in memory across links (struct parts) and offers them to its sessions;
 * sessions share them, so they are counted, not copied.
 */
#ifndef BELFRY_SYNC_PART_H
#define BELFRY_SYNC_PART_H

#include "base/buf.h"
#include "base/limits.h"
#include "entry/head.h"

enum {
	PART_HASH_BYTES = 16, /* no author may find two beginnings for one hash */
	PARTS_MAX = 8,
	PARTS_BYTES_MAX = 1024 * 1024, /* of all together */
	PART_BYTES_MIN = 512, /* less is not worth offering */
};

struct part {
	unsigned users;
	char hub[HUB_NAME_BYTES]; /* "": the charter */
	uint64_t seq;
	struct buf bytes; /* the first of the entry, or of the version's bundle */
	uint8_t hash[PART_HASH_BYTES]; /* the first bytes of their SHA-256 */
};

/* With one user. */
struct part *part_new(const char *hub, uint64_t seq, struct str begin, struct str more);
struct part *part_use(struct part *p);
/* Frees it with the last user; NULL is nobody's. */
void part_release(struct part *p);
/* Does `entry` begin with `len` bytes of this hash, and go on? */
bool part_fits(struct str entry, size_t len, const uint8_t hash[static PART_HASH_BYTES]);

/* What one node keeps, oldest first, one for each journal. */
struct parts {
	struct part *held[PARTS_MAX];
	size_t n;
};

/* Takes over the use; NULL is ignored. A shorter beginning of the same does not replace a longer.
 */
void parts_keep(struct parts *all, struct part *p);
/* Drop those that `state` has made needless. */
void parts_settle(struct parts *all, const struct local_state *state);
void parts_release(struct parts *all);

#endif
