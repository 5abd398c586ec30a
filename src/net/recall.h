/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that this node holds and tells its peers of, so that what they send may refer to it: when
 * much of a journal is still to come, or a link was cut before all had, the last of it that is here
 * (sync/session.h, session_offer_recall()). Kept in memory across links, so that the next one,
 * after a cut, begins with it. And the other side of it: what a peer tells, for what it is sent.
 */
#ifndef BELFRY_NET_RECALL_H
#define BELFRY_NET_RECALL_H

#include "net/link.h"

/* A link has come up: tell what is at hand. */
void recall_greet(struct link *l);
/* Once it is known what is to come: read what to tell, once on a link. */
void recall_look(struct link *l);
/* The link has ended: what is to be told on the next one? */
void recall_prepare(struct link *l);
/* Something is to be sent: first a writer that recalls what the peer has told, once on a link. One
 * for much takes a second to learn much text, and then one that is soon ready begins. */
void recall_answer(struct link *l);
void recall_release(struct station *n);

#endif
