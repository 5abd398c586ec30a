/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two ends of one session hold, as far as this end knows: for each journal, and for the
 * charter (the track with the empty name), a few numbers that only rise. What to send, what to tell
 * and when both are in sync is worked out from them alone. docs/protocol.md §5.
 */
#ifndef BELFRY_SYNC_PROGRESS_H
#define BELFRY_SYNC_PROGRESS_H

#include "sync/message.h"

/* What is to be done with a journal: as the link's rule has it, or as WANT said of this one. */
enum turn {
	TURN_BY_RULE,
	TURN_OFF = WANT_NEWS + 1,
	TURN_ON = WANT_ENTRIES + 1,
	TURN_OUT = WANT_NOTHING + 1
};

/* Of one that is not by rule. */
static inline enum want turn_want(enum turn t)
{
	return (enum want)(t - 1);
}
static inline enum turn want_turn(enum want w)
{
	return (enum turn)(w + 1);
}

struct track {
	char hub[HUB_NAME_BYTES];
	uint64_t local; /* we hold up to here, durably */
	uint64_t received; /* the peer sent us up to here; it may not be durable yet */
	uint64_t said; /* the peer said that it holds up to here */
	uint64_t sent; /* we sent the peer up to here */
	uint64_t told; /* the peer knows that we hold up to here */
	uint8_t local_id[SHORT_ID_BYTES], said_id[SHORT_ID_BYTES];
	bool is_disputed; /* both sides know; nothing of it moves any more */
	enum turn asked; /* by the peer, of us */
	unsigned rank; /* the peer named it as the so many-th that it wants; 0: it did not */
	bool is_out; /* this side does not follow it */
	unsigned order; /* the so many-th that this side wants; 0: it does not matter */
	enum turn asking; /* by us, of the peer: ON, OFF or by rule, where it is followed */
	enum turn asked_last; /* what the peer knows of that */
	struct part *part; /* ours, of an entry to come; the peer knows once is_part_told */
	bool is_part_told;
	uint64_t part_seq, part_len; /* the peer's; 0: none */
	uint8_t part_hash[PART_HASH_BYTES];
	/* For sync/gossip.h: */
	bool is_stirred; /* something below or above has changed since it looked */
	bool has_new, has_old; /* entries came that were new; that were not */
	unsigned failures; /* how often this peer was asked and did not send */
	/* Entries that came and that went out, in messages of so many bytes. */
	uint64_t got, got_bytes, put, put_bytes;
};

/* Sorted by name; the first is always the charter, the next are for members. At most HUBS_MAX names
 * of each kind are the peer's. */
struct progress {
	struct track *tracks;
	size_t n, cap;
	size_t foreign; /* tracks that exist because the peer named them */
	const char *own; /* our hub's journal */
	bool is_choosy; /* this side follows nothing but what has an order */
	enum want rule; /* what the peer wants of a journal that it did not name; WANT_NEWS: of
			 * all but our own, which is sent */
	bool is_mute, is_peer_mute; /* this side, or the peer, sends no entries (SCOPE) */
	/* Journals for members: nothing of them moves before each side has opened them to the
	 * other; what the peer names of them before this side has is a fault. */
	bool is_open_here, is_open_there;
	size_t foreign_members; /* as `foreign`, of these */
	unsigned ranks; /* names that it has given since it said the rule */
};

/* `own` is our hub, "" for an edge; borrowed. */
void progress_init(struct progress *p, const char *own);
void progress_release(struct progress *p);

/* The track of `hub`, or NULL. Tracks move when one is added. */
struct track *progress_find(struct progress *p, const char *hub);
/* The same, added when the peer names it first. Errors: ERR_PEER when it names too many. */
struct track *progress_meet(struct progress *p, const char *hub, struct err *err);
/* The same, added when we name it. */
struct track *progress_name(struct progress *p, const char *hub);

/* Take over our own state. Errors: ERR_CHAIN when a journal or the charter went back. */
int progress_local(struct progress *p, const struct local_state *l, struct err *err);
/* Our hello has told the peer, by a digest, all that we hold now. */
void progress_told_all(struct progress *p);
/* The peer's digest was equal: it holds all that we have told it. */
void progress_mirror(struct progress *p);

/* What the peer holds: it said so, or sent it to us. */
uint64_t track_peer(const struct track *t);
/* The peer's entry of the same number is another than ours. */
bool track_is_forked(const struct track *t);
/* Is it for members, and not open to both sides? */
bool progress_is_shut(const struct progress *p, const struct track *t);
/* What the peer wants of it; nothing of what is shut. */
enum want progress_wanted(const struct progress *p, const struct track *t);
/* Does one side lack what the other holds and would send, and follow that journal? */
bool progress_lacks_here(const struct progress *p, const struct track *t);
bool progress_lacks_there(const struct progress *p, const struct track *t);
/* We hold more than the peer knows, and it would wait for that, send it or ask for it. */
bool progress_is_untold(const struct progress *p, const struct track *t);
/* The first number that the peer lacks and was not sent; local + 1 when there is none. */
uint64_t track_next(const struct track *t);
/* The next number we have not received. */
uint64_t track_expected(const struct track *t);

/* Whether neither lacks anything as far as known, tracks in dispute apart. */
bool progress_is_settled(const struct progress *p);
/* The first track with something to send: the charter, then what the peer has named in its order,
 * then the others by name; NULL when there is none. */
const struct track *progress_want(const struct progress *p);

#endif
