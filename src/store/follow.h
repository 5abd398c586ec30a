/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an edge with little room follows of the network: the settings belfry.regions, belfry.types
 * and belfry.languages, and what the first means for journals. A hub passes things on, so it
 * follows all of them, whatever the settings say; so does an edge without the setting. What is held
 * of a journal that is not followed stays.
 */
#ifndef BELFRY_STORE_FOLLOW_H
#define BELFRY_STORE_FOLLOW_H

#include "base/json.h"
#include "store/store.h"

enum { FOLLOW_FIRST_MAX = 4 };

struct follow {
	struct words regions; /* none: all of them */
	struct scope scope; /* of records' content */
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
/* Is this hub's journal followed? */
bool follow_has(struct store *s, const char *hub);
/* Is some text lacking that is wanted? Kept in the settings. Errors: as repo_set_config(). */
int follow_set_lacking(struct store *s, bool is_lacking, struct err *err);
/* NULL where all content is wanted and here. */
const struct scope *follow_scope(const struct store *s);

/*
 * {"op":"subscribe"} answers {"all","regions":[…],"types":[…],"languages":[…],"hubs":[…]}, where an
 * empty list stands for all of them; with "all" true or any of the first three lists it changes
 * that first, as a whole. Errors: ERR_POLICY at a hub; ERR_MISSING for what the charter has not.
 */
int follow_op(struct store *s, const json_t *request, json_t **reply, struct err *err);

#endif
