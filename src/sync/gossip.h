/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which peer is asked for which journal, so that news that several peers tell of crosses one link.
 *
 * A hub with one link to another hub leaves it at the rule of every new session: it is sent all it
 * lacks as it comes. With more, each peer sends unasked only its own journal, and tells of the
 * rest; of those that hold more of a journal than we do one, its source, is asked with WANT, which
 * holds for what comes later too. So paths grow by journal along which news is pushed, and where
 * they break the next announcement mends them. A source that does not send what it holds in the
 * time that its link was seen to need, or that another is ahead of, is replaced; nobody is blamed.
 * Links with edges stay as they are and count for nothing. docs/protocol.md §5.
 *
 * No clock and no socket: the driver calls, and afterwards steps every session that gossip_next()
 * names, for it has output.
 */
#ifndef BELFRY_SYNC_GOSSIP_H
#define BELFRY_SYNC_GOSSIP_H

#include "sync/session.h"

struct gossip_link {
	struct session *session; /* the driver's */
	void *owner;
	int64_t answer_ms; /* from asking to what was asked for */
	bool is_edge, is_changed;
};

struct gossip_journal {
	char hub[HUB_NAME_BYTES];
	uint64_t had; /* held or on the way when it last looked */
	int64_t since_ms; /* the source has had its time from here on */
	struct session *source; /* who was asked; NULL: nobody, what comes comes by rule */
	unsigned misses; /* sources that did not send, since something last came */
	bool is_open; /* a peer holds more than that */
};

/* All zero before the first link and after the last. */
struct gossip {
	struct gossip_link *links;
	size_t nlinks, links_cap;
	struct gossip_journal *journals; /* sorted */
	size_t njournals, journals_cap;
	int64_t now_ms;
};

/* After SESSION_UP, before any output. `owner` is what gossip_next() returns. */
void gossip_add(struct gossip *g, struct session *s, void *owner, int64_t now_ms);
/* At SESSION_CLOSED, or before it is freed; idempotent. */
void gossip_remove(struct gossip *g, const struct session *s, int64_t now_ms);
/* After session_feed(), session_refuse() and session_local() on this one. */
void gossip_look(struct gossip *g, struct session *s, int64_t now_ms);
/* When gossip_due() says so; INT64_MAX: nothing is awaited. */
void gossip_tick(struct gossip *g, int64_t now_ms);
int64_t gossip_due(const struct gossip *g);
/* The owner of a session that has something to say since it was last named; NULL: none. */
void *gossip_next(struct gossip *g);

#endif
