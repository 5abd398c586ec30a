/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rooms of this layer share while one loop runs: the way to the store, this node's link
 * key, and who is connected, dialled, remembered and waited for. daemon.c owns it. Only the loop's
 * thread touches it.
 */
#ifndef BELFRY_NET_STATION_H
#define BELFRY_NET_STATION_H

#include "base/limits.h"
#include "net/attach.h"
#include "net/peer.h"
#include "net/work.h"
#include "sync/gossip.h"

enum { READ_BYTES = 64 * 1024 };

struct station {
	uv_loop_t loop;
	struct work work;
	const char *dir;
	char network[65]; /* N in hex: the store's, or the one it wants to join */
	uint8_t link_secret[LINK_KEY_BYTES], link_key[LINK_KEY_BYTES];

	struct link *links; /* net/link.h; newest first */
	size_t nlinks, nhandshakes; /* the latter: others' that are not through yet */
	struct gossip gossip; /* which of them is asked for what; they are its owners */
	struct parts parts; /* what links that died left behind */
	/* Text that peers may refer to (net/recall.h); NULL: none at hand. */
	struct {
		struct part *text;
		uint64_t count; /* entries it is of */
		bool is_reading;
	} recall;
	struct attach_state_of_station attach; /* net/attach.h */
	struct dial *dials; /* net/dial.h */
	struct wait *waits; /* net/wait.h */
	struct peers peers;
	size_t item_bytes; /* received on all links, not in the store yet */
	uint32_t charter; /* the version that links were identified by */
	uint64_t moved; /* counts whole things that came, or were acknowledged */
	bool is_stopping;
	bool can_be_found; /* others may come by themselves: a daemon */

	/* Too little room on the disk for anything new (net/room.h). */
	struct {
		bool is_short, is_looking;
		char why[512]; /* "" when there is room */
		uv_timer_t timer;
	} room;

	/* An edge's outbox, as last read (net/member.h). */
	struct {
		bool is_reading, is_stale; /* it is being read; it changed meanwhile */
		size_t undecided; /* submissions whose end is not known here */
		size_t unsent; /* of these, what their hub has not received */
		char why[256]; /* what stands in their way, "" when nothing is known to */
		char home[HUB_NAME_BYTES]; /* "" until one is known */
	} outbox;

	char input[READ_BYTES]; /* libuv fills it, the session copies */
};

static inline int64_t station_now_ms(const struct station *n)
{
	return (int64_t)uv_now(&n->loop);
}

#endif
