/* SPDX-License-Identifier: Apache-2.0 */
/* What the catalogue*.c files share. */
#ifndef BELFRY_STORE_CATALOGUE_IMPL_H
#define BELFRY_STORE_CATALOGUE_IMPL_H

#include "store/catalogue.h"

struct catalogue_counter {
	void (*progress)(void *ctx, size_t done, size_t all);
	void (*each)(void *ctx, const struct journal *j, struct entry *e);
	void *ctx;
	size_t done, all; /* entries */
	size_t judged; /* records */
};

/* The first of `n` rows by path that is not before `path`. */
size_t catalogue_first_at(const struct catalogue *c, size_t n, struct str path);
/* The entry of a journal after the last that the rows know. */
uint64_t catalogue_next(const struct catalogue *c, const struct journal *j);

/* `item` follows `hash` too. A text that is published again names the same two at most, which are
 * then the last: they are kept once. */
void item_follow(struct catalogue *c, struct item *item, const struct sha256 *hash);
/* The order of rows. */
int item_cmp(const struct item *x, const struct item *y);
/* Of rows that are in that order and say what their journals do: which one counts of each path.
 * False where all do, so that they are in order still. */
bool catalogue_settle(struct catalogue *c);

/* Take in a journal's entries from there on: rows by that journal alone, in any order. */
int catalogue_take_journal(struct catalogue *c, struct store *s, const struct journal *j,
    struct catalogue_counter *n, struct err *err);

#endif
