/* SPDX-License-Identifier: Apache-2.0 */
/* What catalogue.c and catalogue_journal.c share. */
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
void item_drop_record(struct item *item);

/* Take in a journal's entries from there on: rows by that journal alone, in any order. */
int catalogue_take_journal(struct catalogue *c, struct store *s, const struct journal *j,
    struct catalogue_counter *n, struct err *err);

#endif
