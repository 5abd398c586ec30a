/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that was left out and is wanted now (store/follow.h). A store that lacks some tells peers
 * that it holds each journal only up to before the first entry that lacks any; so they send it
 * again from there, and what is here already is compared and filled. That costs entries that need
 * not have come, and in return a cut, a restart or another peer is nothing special.
 */
#ifndef BELFRY_STORE_WHOLE_H
#define BELFRY_STORE_WHOLE_H

#include "store/store.h"

/* Up to which entry of `j` all text that is wanted is here: read on from where that was known,
 * j->whole. Errors: ERR_GIT, ERR_SYNTAX. */
int whole_find(struct store *s, struct journal *j, struct err *err);
/* The state as peers are told it: `heads` gets those of whole entries where something is lacking.
 * It has room for state->nheads and becomes state->heads. */
void whole_state(struct local_state *state, struct head *heads, struct store *s);
/* Forget how far journals are whole: the wish has changed, or a write failed. */
void whole_forget(struct store *s);
/* Once nothing is lacking of what is followed any more, say so in the settings, and in git's once
 * nothing is missing at all. Errors: as repo_set_config(). */
int whole_settle(struct store *s, struct err *err);

/* Fill entry j->whole + 1, which is here, from its wire form. It must be that very entry. Errors:
 * as entry_decode(); ERR_SIGNATURE when it is another. */
int whole_fill(struct store *s, struct journal *j, struct str bytes, const struct scope *scope,
    struct err *err);

#endif
