/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stock git fetches from a host stays in a repository of its own, <store>/quarantine-XXXXXX,
 * until it has been checked; then the folder goes, whatever came of it. It borrows the objects of
 * the store, so that git need not fetch them again.
 *
 * From there, entries and charters are read by the grammar that the store reads its own by, and
 * written as files in the form of store/stick.h. Those are admitted as if they had come on a stick:
 * nothing that git brought reaches the store in any other form.
 */
#ifndef BELFRY_STORE_QUARANTINE_H
#define BELFRY_STORE_QUARANTINE_H

#include "store/stick.h"

struct quarantine;

/* Make one beside the repository of `s`, which outlives it. Owns: the caller; quarantine_free(). */
int quarantine_new(struct quarantine **out, struct store *s, struct err *err);
/* Removes the folder and all in it. */
void quarantine_free(struct quarantine *q);
/* Remove what killed programs left in the store's folder; those in use stay. */
void quarantine_clean(const char *store_dir);

/* The folder, and the repository in it, for git to fetch into. Borrowed. */
const char *quarantine_dir(const struct quarantine *q);
const char *quarantine_git(const struct quarantine *q);
/* The bytes of all files in it. */
uint64_t quarantine_bytes(const struct quarantine *q);

/* After git is done: look at what it brought. Errors: ERR_LIMIT (an object that is larger than any
 * of a network), ERR_GIT. */
int quarantine_open(struct quarantine *q, struct err *err);

/*
 * Write what `ref` (refs/belfry/charter or refs/belfry/hubs/<hub>) has beyond the store to the file
 * `path`; report->entries and ->charters say how much, 0: nothing. After an error the file holds
 * what came before the fault, if report->bytes is not 0.
 * Errors: ERR_CHAIN (another story than the store's, or no chain), ERR_NETWORK, ERR_SYNTAX,
 * ERR_MISSING (an object did not come), ERR_PEER (what libgit2 cannot read), ERR_IO.
 */
int quarantine_write(struct quarantine *q, const char *ref, const char *path,
    struct stick_report *report, struct err *err);

#endif
