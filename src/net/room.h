/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room on the disk while a daemon runs (store/space.h): looked at every ROOM_MS and when the store
 * refuses something for it. While there is too little, peers are told to send no entries, links
 * stay up, and what had come waits in memory; when there is room again all goes on by itself.
 */
#ifndef BELFRY_NET_ROOM_H
#define BELFRY_NET_ROOM_H

#include "net/link.h"

enum { ROOM_MS = 10 * 1000 };

/* Look now, and from now on. */
void room_start(struct station *n);
void room_stop(struct station *n);
/* Look now: the setting may have changed. */
void room_look(struct station *n);
/* The store said ERR_FULL, with this sentence. */
void room_is_gone(struct station *n, const char *why);
/* A link has come up: it shall know. */
void room_greet(struct link *l);

#endif
