/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the loop knows of the store: a copy of its state, taken on the thread that has the store in
 * hand, so that the loop never has to touch it.
 */
#ifndef BELFRY_NET_SNAPSHOT_H
#define BELFRY_NET_SNAPSHOT_H

#include "store/store.h"

struct snapshot_hub {
	char id[HUB_NAME_BYTES], region[HUB_NAME_BYTES];
	uint8_t link[32];
	bool is_closed;
};

struct snapshot {
	char network[65], hub[HUB_NAME_BYTES];
	uint8_t incarnation[8];
	bool is_restored; /* the store's keys were (store/restore.h) */
	struct local_state state; /* its heads are the next line's */
	struct head *heads;
	struct local_state inner; /* with the journals for members, too: never for a stranger */
	struct head *all;
	bool shows_member; /* an edge's member has a key at hand to prove who they are with */
	char home[HUB_NAME_BYTES]; /* to this hub; "": any */
	int64_t *times; /* of the newest entry, in seconds UTC, by head */
	int64_t charter_time;
	struct snapshot_hub *hubs; /* of the newest charter, in its order */
	size_t nhubs;
	char (*follow)[HUB_NAME_BYTES]; /* store/follow.h */
	size_t nfollow;
	bool is_only;
	struct scope *scope; /* of this store, an edge; NULL: everything */
	uint64_t follow_changes;
	uint64_t evidence; /* changes when some was kept (store/evidence.h) */
	uint64_t attachments; /* changes with what is here of them */
	bool is_broken; /* the store takes no more writes */
};

/* Owns: the caller; snapshot_release(). */
void snapshot_take(struct snapshot *out, struct store *s);
void snapshot_release(struct snapshot *n);
/* Do both hold the same charter, entries and attachments, and follow the same? */
bool snapshot_eq(const struct snapshot *a, const struct snapshot *b);
/* NULL where the charter has none. */
const struct snapshot_hub *snapshot_hub(const struct snapshot *n, const char *id);
const struct snapshot_hub *snapshot_hub_by_link(
    const struct snapshot *n, const uint8_t link[static 32]);

#endif
