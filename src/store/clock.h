/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What signed times say of this computer's clock, for people: no rule depends on any of them. A
 * time in a journal is a claim, and its hub's clock may be the one that is wrong; so one journal
 * alone only raises a doubt, and two that agree tell. Ours is no better: its clock may have been
 * ahead when it signed, and is right now.
 */
#ifndef BELFRY_STORE_CLOCK_H
#define BELFRY_STORE_CLOCK_H

#include "store/store.h"

enum clock_state {
	CLOCK_GOOD,
	CLOCK_BEHIND,
	CLOCK_DOUBTFUL, /* one hub has signed later than now, perhaps our own: which is wrong? */
	CLOCK_AHEAD, /* nobody has signed anything for a year: or the network is quiet */
};

struct clock_look {
	enum clock_state state;
	char hub[HUB_NAME_BYTES]; /* whose entry is the newest; "" without any */
	int64_t newest; /* when it was signed, by its word: seconds UTC */
};

/* Compare `now` (seconds UTC) with the newest entry of each journal; a day is forgiven. */
void clock_look(struct clock_look *out, const struct store *s, int64_t now);

#endif
