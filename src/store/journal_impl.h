/* SPDX-License-Identifier: Apache-2.0 */
/* What journal.c and whole.c share. */
#ifndef BELFRY_STORE_JOURNAL_IMPL_H
#define BELFRY_STORE_JOURNAL_IMPL_H

#include "store/store.h"

/* An entry of `hub` from its wire form, beside the tree before it (zero: empty). Owns:
 * entry_release(). */
int journal_decode(struct entry *e, struct store *s, const char *hub, const struct oid *tree,
    struct str bytes, const struct scope *scope, struct err *err);

#endif
