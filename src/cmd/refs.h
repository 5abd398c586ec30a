/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other records that texts name: the original that one was translated from, what it was adapted
 * from. That none is here is worth a warning and no more, since it may be on its way.
 */
#ifndef BELFRY_CMD_REFS_H
#define BELFRY_CMD_REFS_H

#include "cmd/common.h"

struct refs {
	struct store *store;
	json_t *given; /* path in a store → revision, of the texts that were added */
	json_t *absent; /* what they name and the store has not */
};

void refs_init(struct refs *r, struct store *s);
void refs_release(struct refs *r);
/* Take in a text and what it names. */
void refs_add(struct refs *r, const struct record *text, const char *file);
/* Print a warning, as file_report() does a problem, for all that is neither in the store nor among
 * the texts. Returns how many. */
size_t refs_report(json_t *list, const struct refs *r);

#endif
