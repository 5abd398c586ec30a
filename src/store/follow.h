/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an edge with little room follows of the network: the settings belfry.regions, and what they
 * mean for journals. A hub passes things on, so it follows all of them, whatever the settings say;
 * so does an edge without the setting. What is held of a journal that is not followed stays.
 */
#ifndef BELFRY_STORE_FOLLOW_H
#define BELFRY_STORE_FOLLOW_H

#include "base/json.h"
#include "store/store.h"

enum { FOLLOW_MAX = 64, FOLLOW_FIRST_MAX = 4 };

/* Words of one setting, which stand in it with a space between two. */
struct follow_list {
	char items[FOLLOW_MAX][HUB_NAME_BYTES];
	size_t n;
};

struct follow {
	struct follow_list regions; /* none: all of them */
	char home[HUB_NAME_BYTES]; /* the hub that an edge submits to; "" when not known */
	uint64_t changes; /* counts them since the store was opened */
};

/* Fill s->follow from the settings, or again. */
void follow_read(struct store *s);

/* The journals to ask for first, in this order: an edge's home hub, then the hubs of its regions
 * and those of the region global; a hub names its own region's. `is_only`: no others are followed.
 * Else it is a wish about the order, and no longer than FOLLOW_FIRST_MAX. Borrowed from the newest
 * charter. Returns how many. */
size_t follow_hubs(const char *hubs[static HUBS_MAX], bool *is_only, struct store *s);
bool follow_has(struct store *s, const char *hub);

/*
 * {"op":"subscribe"} answers {"all","regions":[…],"hubs":[…]} (the journals, where that is not
 * all of them); with "all" true or "regions" it changes that first.
 * Errors: ERR_POLICY at a hub; ERR_MISSING for a region that the charter has not.
 */
int follow_op(struct store *s, const json_t *request, json_t **reply, struct err *err);

#endif
