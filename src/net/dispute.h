/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journals that two peers know in two branches: each side says what it holds where they part, so
 * that both have the evidence (store/evidence.h), and whoever has it passes it on. docs/protocol.md
 * §25.
 */
#ifndef BELFRY_NET_DISPUTE_H
#define BELFRY_NET_DISPUTE_H

#include "net/link.h"

/* A link is up: the peer is told of all hubs that are in dispute. */
void dispute_greet(struct link *l);
/* Entry `seq` of a journal is another one there: the peer is told which one is ours. Not for the
 * charter (""). */
void dispute_tell(struct link *l, const char *hub, uint64_t seq);
/* SESSION_EVIDENCE. */
void dispute_take(struct link *l, const struct session_event *e);
/* Is a peer still to say what it has of a journal in dispute? */
bool dispute_is_due(const struct station *n);

#endif
