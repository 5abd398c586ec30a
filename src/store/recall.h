/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of entries that two stores both hold, for compression to refer to (docs/protocol.md
 * §23): of each entry in turn the .md files that it changed, as they were after it, in the order of
 * their paths. It depends on the entries alone.
 */
#ifndef BELFRY_STORE_RECALL_H
#define BELFRY_STORE_RECALL_H

#include "store/store.h"

/* Append that of the `count` entries up to number `last`, count at least 1 and at most `last`.
 * Errors: ERR_MISSING (not all of it is here), ERR_LIMIT (more than `max_bytes`), ERR_GIT. */
int store_recall(struct store *s, const char *hub, uint64_t last, uint64_t count, size_t max_bytes,
    struct buf *out, struct err *err);
/* The same of as many of the last entries here as fit, and at most *count, which becomes their
 * number: 0 where there are none. Errors: ERR_GIT. */
int store_recall_last(struct store *s, const char *hub, size_t max_bytes, struct buf *out,
    struct head *last, uint64_t *count, struct err *err);

#endif
