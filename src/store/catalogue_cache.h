/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the last reading of the journals found, in <store>/catalogue: rows by each journal alone,
 * and how far each journal was read. It only saves time: deleted, damaged or of
 * another version, it is made again; `belfry verify` never looks at it.
 */
#ifndef BELFRY_STORE_CATALOGUE_CACHE_H
#define BELFRY_STORE_CATALOGUE_CACHE_H

#include "store/catalogue.h"

/* Raise it when a rule of policy or catalogue changes: old verdicts then count no more. */
enum { CATALOGUE_RULES = 9 };

/* Fill rows and heads of `c`, which is empty; both stay so where there is nothing of use. */
void catalogue_cache_load(struct catalogue *c, struct store *s);
/* Replace the file, as far as this process may; a failure costs the next reader time and nothing
 * else. */
void catalogue_cache_save(const struct catalogue *c, struct store *s);
/* Text has come that was absent: forget what was made of journals without it, here and in memory.
 */
void catalogue_cache_drop(struct store *s);

#endif
