/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection: a TCP stream, the session that speaks on it, and what was received and is not
 * in the store yet. Made by dialling or accepting; frees itself when it is closed, no job of its
 * own is under way and what came whole is in the store.
 */
#ifndef BELFRY_NET_LINK_H
#define BELFRY_NET_LINK_H

#include "net/meter.h"
#include "net/station.h"
#include "sync/session.h"

/* More than pings of some minutes: whatever moves as much is alive. */
enum { PROGRESS_BYTES = 512 };

enum link_state {
	LINK_CONNECTING, /* ours, TCP under way */
	LINK_TALKING, /* the session lives */
	LINK_ENDING, /* it is over; its last bytes go out */
	LINK_CLOSED, /* libuv's handles are closing or closed */
	LINK_STATES
};

/* Received, for the store: entries of one journal, or one charter version. */
struct link_item {
	struct link_item *next;
	bool is_charter;
	char hub[HUB_NAME_BYTES];
	uint64_t seq;
	struct buf bytes;
};

/* The member at one end, the edge, or at the other, the hub. */
enum member_state {
	MEMBER_NONE,
	MEMBER_SIGNING, /* our proof is being signed */
	MEMBER_PROVED, /* by us to the hub, or by the peer to us */
	MEMBER_FAILED, /* no key, or it would not sign; the reason is in station->outbox.why */
};
struct link_member {
	enum member_state state;
	struct public_key key; /* at the hub */
	int64_t asked_ms; /* at the edge: when the proof went out, which asks for the news */
	bool is_answered; /* at the edge: the hub has said something since */
	struct sha256 *given; /* submissions or notices that went out on this link */
	size_t ngiven, cap_given;
};

struct link {
	struct station *station;
	struct link *next;
	enum link_state state;
	uv_tcp_t tcp;
	uv_timer_t timer;
	unsigned handles; /* libuv's that are not closed yet */
	unsigned jobs; /* that will come back to this link */
	uv_connect_t connecting;
	uv_write_t write;
	uv_shutdown_t shutdown;
	struct buf writing; /* lent to libuv until it is written */
	bool is_writing, is_shut, is_reading, is_stepping, is_cut, is_late;

	struct session *session;
	uint64_t follow_changes; /* that it began with */
	bool is_dialled; /* by us */
	struct dial *dial; /* while it is wanted; NULL when it came to us */
	struct peer *peer; /* NULL until it is known whose */
	uint64_t counted_in, counted_out; /* bytes that the peer's counters have */
	struct meter meter_in, meter_out;
	int64_t round_trip_ms; /* of ours: as long as TCP took to connect, at least */
	char host[ADDRESS_TEXT_BYTES], address[ADDRESS_TEXT_BYTES];
	bool is_up, is_in_sync;
	bool awaits_evidence; /* a journal is in dispute here, and the peer is to say what it has */
	bool has_put, has_moved; /* entries went out; something came of it: what came, was acked,
				  * or was equal */
	int64_t up_ms, bulk_ms; /* when it came up; when the last PROGRESS_BYTES had moved */
	int64_t put_ms; /* when entries last went out */
	uint64_t bulk_bytes; /* bytes moved by then */
	uint8_t key[LINK_KEY_BYTES]; /* the peer's, once up */
	char claimed[HUB_NAME_BYTES], hub[HUB_NAME_BYTES]; /* as it says; as the charter says */
	uint32_t peer_charter;
	bool opens_members, has_declined; /* what is for members, to this peer */

	struct link_item *items, **last_item;
	size_t item_bytes; /* of these and of those a job has in hand */
	bool is_admitting, is_fetching;
	bool has_recall_looked; /* net/recall.h has seen what is much here */
	bool awaits_writer, is_warming; /* net/recall.h makes one; and that, or a better one */
	struct link_member member;
	struct link_attach attach;
};

/* Dial `to` for `dial`. Returns NULL when there is no room. */
struct link *link_connect(struct station *n, struct dial *dial, const struct sockaddr *to);
/* Take the connection that waits at `listener`. */
void link_accept(struct station *n, uv_stream_t *listener);
/* Say goodbye with a reason and end; idempotent. */
void link_close(struct link *l, const char *why, bool is_fault);
/* After anything was done to its session: events, output, the next deadline. */
void link_step(struct link *l);
/* The store has changed: tell this peer. */
void link_store_changed(struct link *l, bool has_new_charter);
/* It has ended, and others may be asked for what it was to bring. */
void link_leave_gossip(struct link *l);
/* How much entries should share a segment here, by what links with this peer live to carry. */
size_t link_unit(const struct link *l);
/* Entries go out. */
void link_has_put(struct link *l);
/* Free it if nothing holds it any more; whoever counted in `jobs` calls it. */
void link_settle(struct link *l);
/* For messages: "hub mena (192.0.2.1:4710)", borrowed until the next call. */
const char *link_label(const struct link *l);

/* --- carry.c: between the session and the store --- */

/* Queue what the peer sent for the store. */
void carry_in(struct link *l, const struct session_event *e);
/* Put the queue into the store, unless that is under way. */
void carry_on(struct link *l);
/* Fetch from the store what the peer lacks next, unless that is under way. */
void carry_out(struct link *l);

/* --- events.c: what a session says --- */

void link_take_event(struct link *l, const struct session_event *e);
/* Open what is for members to this peer, or say that it is not to wait for it. */
void link_open_members(struct link *l, bool is_open);
/* What it may know of the store. */
const struct local_state *link_state(const struct link *l);
/* A new charter may know it by another name. */
void link_identify_again(struct link *l);

#endif
