/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered of each other end, across its links, for status: bytes, entries, when the last
 * exchange was done and why the last link ended. Named after the setting that dials it, else its
 * hub, else the host it comes from. Strangers that are gone make room for new ones.
 */
#ifndef BELFRY_NET_PEER_H
#define BELFRY_NET_PEER_H

#include "base/json.h"
#include "net/address.h"
#include "store/head.h"

struct peer {
	struct peer *next;
	char name[ADDRESS_TEXT_BYTES], address[ADDRESS_TEXT_BYTES];
	char hub[HUB_NAME_BYTES]; /* "" for a stranger or an edge */
	bool is_kept; /* one of ours, or a hub */
	unsigned links;
	uint64_t bytes_in, bytes_out, entries_in, entries_out;
	int64_t exchanged; /* when both last held the same, in seconds UTC; 0: never */
	int64_t ended; /* when the last link ended */
	char why[256]; /* and why */
	bool is_fault; /* it, or we, broke a rule */
};

struct peers {
	struct peer *first;
	size_t n;
};

void peers_release(struct peers *p);
struct peer *peers_find(const struct peers *p, const char *name);
/* Finds it or makes it. */
struct peer *peers_get(struct peers *p, const char *name);

/* What is worth keeping over a restart, and back. Owns: the caller. */
json_t *peers_save(const struct peers *p);
void peers_restore(struct peers *p, const json_t *saved);

#endif
