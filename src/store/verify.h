/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything again from the bytes: the chain of charters, every journal entry (commit form, chain,
 * Content, signature), every record (signatures, rules). What a store believes, without what it
 * remembers.
 */
#ifndef BELFRY_STORE_VERIFY_H
#define BELFRY_STORE_VERIFY_H

#include "store/catalogue.h"

/* One thing that is not good. */
typedef void (*verify_fault_cb)(void *ctx, const char *where, const char *what);

struct verify_counts {
	size_t charters, entries, records, held, faults;
};

/* Charters and journals. Each fault is reported; the rest goes on. Errors: only what stops all
 * (ERR_IO, ERR_GIT). */
int verify_journals(
    struct store *s, struct verify_counts *n, verify_fault_cb fault, void *ctx, struct err *err);
/* One record's hash and signatures, from the blobs the row names. */
void verify_item(struct store *s, const struct item *item, struct verify_counts *n,
    verify_fault_cb fault, void *ctx);

#endif
