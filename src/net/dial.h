/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom to dial: the peers of the settings ([belfry-peer "NAME"] address = HOST:PORT), each kept
 * connected. What fails is tried again after a pause that doubles, with jitter so that hubs that
 * lost power together do not come back together.
 */
#ifndef BELFRY_NET_DIAL_H
#define BELFRY_NET_DIAL_H

#include "net/link.h"

enum dial_state {
	DIAL_WAITING, /* the timer runs */
	DIAL_LOOKING_UP,
	DIAL_LINKED, /* a link is being made or is there */
	DIAL_GONE /* taken out of the settings, or the node stops */
};

struct dial {
	struct station *station;
	struct dial *next;
	enum dial_state state;
	uv_timer_t timer;
	uv_getaddrinfo_t lookup;
	bool is_looking_up, is_timer_closed;
	char name[HUB_NAME_BYTES];
	struct address address;
	struct addrinfo *found, *at; /* addresses of this attempt */
	struct link *link;
	bool is_heard; /* in this room, net/lan.h: not of the settings, and not remembered */
	bool has_key; /* of the peer that was last reached */
	uint8_t key[LINK_KEY_BYTES];
	int64_t linked_ms; /* when the last link was begun */
	unsigned failures; /* in a row, without anything moved in either direction */
	bool is_fault; /* the last link ended over a broken rule */
	char why[512]; /* the last failure, "" when the last link was good */
};

/* The pause after that many failures in a row (from 1): RETRY_FIRST_MS, doubled each time up to
 * RETRY_LAST_MS, and of that half to one and a half as `random` falls. */
int64_t dial_pause_ms(unsigned failures, uint32_t random);

/* What the settings say now: new ones are dialled, those that are gone are closed. */
struct dial_setting {
	char name[HUB_NAME_BYTES];
	struct address address;
};
void dial_configure(struct station *n, const struct dial_setting *settings, size_t count);
/* Dial at once those that wait; `name` NULL: all. */
void dial_now(struct station *n, const char *name);
struct dial *dial_find(const struct station *n, const char *name);
/* One that was heard in this room, as `name` that no setting can have; and its end. */
void dial_hear(struct station *n, const char *name, const struct address *address);
void dial_forget(struct station *n, const char *name, const char *why);
/* A link of this dial has ended. */
void dial_link_ended(struct dial *d, bool was_good, bool is_fault, const char *why);
/* End all; their links are the caller's to close. */
void dial_stop(struct station *n);

#endif
