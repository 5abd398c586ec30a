/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of charters and every journal entry again from the bytes: commit form, chain, Content,
 * signature; and every record.
 */
#ifndef BELFRY_STORE_VERIFY_H
#define BELFRY_STORE_VERIFY_H

#include "store/catalogue.h"

struct verify_counts {
	size_t charters, entries, faults;
	size_t bare; /* entries some of whose text was left out here: their Content was checked
		      * when they came, and cannot be now */
};

struct verify_hooks {
	void (*fault)(void *ctx, const char *where, const char *what); /* one thing is not good */
	void (*progress)(void *ctx, size_t done, size_t all); /* entries; now and then */
	void *ctx;
};

/* Charters, journals and, in `*c`, records: all that is read is read once. Each fault is told; the
 * rest goes on. Owns: the caller; catalogue_release(). Errors: only what stops all (ERR_IO,
 * ERR_GIT). */
int verify_store(struct catalogue *c, struct store *s, struct verify_counts *n,
    const struct verify_hooks *hooks, struct err *err);
/* One version of the charter, against the one before it. Errors: as charter_check. */
int verify_charter(struct store *s, uint32_t version, struct err *err);
/* Entries of a journal from `from` to its head, each against the one before it. Stops at the first
 * fault. Errors: ERR_CHAIN, ERR_SIGNATURE, ERR_SYNTAX, ERR_POLICY, ERR_MISSING. */
int verify_entries(struct store *s, const char *hub, uint64_t from, struct err *err);

#endif
