/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members and their hub over a link. At the edge: prove the member to the home hub, when something
 * waits in the outbox or their key is in a file, hand it over, take in what the hub says. At the
 * hub: keep what comes in, tell the member what became of it, at once when it is decided, and open
 * what is for members to those who are active on its roster.
 *
 * Settings of an edge: belfry.home, the hub's id (the first hub that is met, if unset), and
 * belfry.member, the path of a private key file, or "agent" or "agent ssh-ed25519 AAAA…".
 */
#ifndef BELFRY_NET_MEMBER_H
#define BELFRY_NET_MEMBER_H

#include "net/link.h"

/* --- outbox.c: at the edge --- */

/* A hub was met, or the outbox may have changed: look what is to do. Nothing at a hub. */
void member_look(struct station *n);
/* A notice came. */
void member_take_notice(struct link *l, struct str bytes);

/* --- member.c: at the hub --- */

/* The peer proved this key; it sent a submission. */
void member_meet(struct link *l, const struct public_key *key);
void member_take_submission(struct link *l, struct str bytes);
/* Something may have been decided: tell the members who are here. */
void member_tell(struct station *n);

/* On either side: has this one, by its hash, gone out on this link before? Notes that it does now.
 */
bool member_is_given(struct link *l, struct str bytes);

#endif
