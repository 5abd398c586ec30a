/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the last reading of the journals found, in <store>/catalogue: rows as they stood before hubs
 * were compared, and how far each journal was read. It only saves time: deleted, damaged or of
 * another version, it is made again; `belfry verify` never looks at it.
 */
#ifndef BELFRY_STORE_CATALOGUE_CACHE_H
#define BELFRY_STORE_CATALOGUE_CACHE_H

#include "store/catalogue.h"

/* Raise it when a rule of policy or catalogue changes: old verdicts then count no more. */
enum { CATALOGUE_RULES = 2 };

struct catalogue_cache {
	struct head *heads; /* how far the rows of each journal go; sorted by hub */
	size_t nheads;
};

/* Fill rows (into c->items, strings in c->arena) and heads; both stay empty where there is nothing
 * of use. */
void catalogue_cache_load(struct catalogue_cache *cache, struct catalogue *c, struct store *s);
/* Replace the file, as far as this process may; a failure costs the next reader time and nothing
 * else. */
void catalogue_cache_save(const struct catalogue *c, struct store *s);
void catalogue_cache_release(struct catalogue_cache *cache);

#endif
