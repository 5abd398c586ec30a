/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of charters and every journal entry again from the bytes: commit form, chain, Content,
 * signature. Records are judged again by catalogue_read_anew().
 */
#ifndef BELFRY_STORE_VERIFY_H
#define BELFRY_STORE_VERIFY_H

#include "store/catalogue.h"

/* One thing that is not good. */
typedef void (*verify_fault_cb)(void *ctx, const char *where, const char *what);

struct verify_counts {
	size_t charters, entries, faults;
};

/* Charters and journals. Each fault is reported; the rest goes on. Errors: only what stops all
 * (ERR_IO, ERR_GIT). */
int verify_journals(
    struct store *s, struct verify_counts *n, verify_fault_cb fault, void *ctx, struct err *err);
/* One version of the charter, against the one before it. Errors: as charter_check. */
int verify_charter(struct store *s, uint32_t version, struct err *err);
/* Entries of a journal from `from` to its head, each against the one before it. Stops at the first
 * fault. Errors: ERR_CHAIN, ERR_SIGNATURE, ERR_SYNTAX, ERR_POLICY, ERR_MISSING. */
int verify_entries(struct store *s, const char *hub, uint64_t from, struct err *err);

#endif
