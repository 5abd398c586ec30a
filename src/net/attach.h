/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attachments while a daemon runs: which are wanted (store/attachments.h), who is asked for what,
 * and who is served. A link is asked when it is in sync, for as much as it brings in a few seconds,
 * pieces of one file from several links at once. Pieces that were checked are served while others
 * are still to come, so those who fetch the same file help each other; a peer that lacks one is
 * asked which it has. What one lets wait for much longer than it used to, another goes on with that
 * has nothing else to bring. A piece is judged when it is whole: by whoever sent all of it the link
 * ends; of two senders' work nobody is blamed and it is fetched anew. What a cut leaves of a piece
 * goes on with the next link, also after a restart.
 */
#ifndef BELFRY_NET_ATTACH_H
#define BELFRY_NET_ATTACH_H

#include "store/attachments.h"
#include "sync/session.h"

#include <uv.h>

struct station;
struct link;
struct transfer;
struct assembly;
struct share;

enum {
	TRANSFERS_MAX = 4, /* files at a time */
	ASSEMBLIES_MAX = 64, /* pieces in the making, of all files: 4 MiB */
	SHARES_MAX = 8, /* parts that nobody fetches now and peers are served of */
	OWED_MAX = 1024, /* what one link asked for in vain and will be told of */
	GET_BYTES_MIN = 4096,
};

/* Of the station. All zero until attach_start(). */
struct attach_state_of_station {
	struct attach_list list;
	bool is_on, is_known; /* the list was read */
	bool is_passing; /* this program ends when all is in sync: it is to wait for files */
	bool has_any; /* something of a file that records name is here */
	bool is_stale, is_scanning;
	int64_t looked_ms, look_took_ms; /* when the last look began, and how long it took */
	struct transfer *transfers;
	size_t ntransfers;
	struct assembly *assemblies;
	size_t nassemblies;
	struct share *shares; /* the one asked for last is first */
	uint64_t spent; /* in this month, with what is not saved */
	uint64_t unsaved; /* of it */
	uint64_t promised; /* asked for and not come */
	bool is_saving;
	int month; /* of `spent` */
	uint64_t chances; /* counts what may let a link bring what it could not before */
	int64_t retry_ms; /* when to try again what there was no room for; 0: nothing */
	void (*came)(void *ctx); /* a file is here */
	void *ctx;
	uv_timer_t timer;
};

/* A GET of ours, in the order of the session. */
struct attach_open {
	struct sha256 chunks;
	struct transfer *transfer; /* NULL: what comes is for nobody */
	struct assembly *assembly; /* NULL: it is the list or the map */
	bool is_map;
	size_t left;
};

/* Which pieces a peer has that has not all of them: asked for when it lacked one. */
struct link_map {
	const struct transfer *transfer; /* NULL: free */
	enum { MAP_WANTED, MAP_ASKED, MAP_KNOWN } state;
	bool is_stale; /* it said since that it has more */
	size_t len;
	uint8_t bits[MAP_BYTES(ATTACHMENT_CHUNKS_MAX)];
};

/* What a peer asked for and is not here, or not all of it. */
struct owed {
	struct sha256 chunks;
	size_t npieces; /* that were here then */
};

/* Of a link. */
struct link_attach {
	struct attach_open open[GETS_MAX];
	size_t nopen;
	size_t window; /* bytes to ask for at a time */
	int64_t begun_ms; /* when the first of them came to be the first */
	int64_t heard_ms; /* a piece came, or the first was asked for */
	int64_t gap_ms; /* the longest between two of them, of late */
	bool is_slow; /* it let us wait: it is asked no more */
	bool is_dry; /* it had nothing to bring when `chances` stood at that */
	uint64_t dry_at;
	struct sha256 *lacks; /* what the peer said that it has not */
	size_t nlacks, cap_lacks;
	struct link_map maps[TRANSFERS_MAX];

	int64_t served_ms; /* when it came to be in sync, or was last given something */
	struct buf out; /* read for the peer's oldest GET */
	bool is_reading;
	struct owed *owed;
	size_t nowed, cap_owed;
};

/* Calls `came` on the loop for each file that has come. */
void attach_start(struct station *n, void (*came)(void *ctx), void *ctx);
void attach_stop(struct station *n);
/* At the very end. */
void attach_release(struct station *n);
/* Files, records or settings may have changed. */
void attach_touch(struct station *n);
/* Look now. */
void attach_look(struct station *n);
/* Where this program is about to end: is something wanted under way, or to be asked for, or is a
 * peer being served or about to ask? A daemon that stays has time, and nobody need wait for it. */
bool attach_is_due(const struct station *n);

/* The link has come to be in sync: now the peer may ask. */
void attach_meet(struct link *l);
/* With each step of a link: serve and ask. */
void attach_step(struct link *l);
void attach_take_piece(struct link *l, struct str bytes);
void attach_take_have(struct link *l, struct str chunks);
/* Its session is over. */
void attach_leave(struct link *l);
/* It is freed. */
void attach_link_release(struct link *l);

/* --- attach_serve.c --- */
void attach_serve(struct link *l);
/* Tell the links that asked in vain for what is here now. */
void attach_tell(struct station *n);
/* Forget what is known of parts on the disk: it may have changed. */
void attach_forget_shares(struct station *n);

#endif
