/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail between a member and their hub by file (store/stick.h): submissions and confirmations one
 * way, notices the other, each sealed to its reader's link key. Who carries the stick learns that
 * there are letters, to which hub, and how long they are.
 */
#ifndef BELFRY_STORE_LETTER_H
#define BELFRY_STORE_LETTER_H

#include "store/store.h"

enum letter_kind { LETTER_TO_HUB, LETTER_TO_MEMBER };

/* Calls `put` with the body of every letter that waits here. *unsent: submissions without one,
 * since no roster names their author. Errors: put's; reading mailboxes. */
int letters_write(struct store *s,
    int (*put)(void *ctx, enum letter_kind kind, const struct buf *body, struct err *err),
    void *ctx, uint64_t *unsent, struct err *err);

/* Take in a letter if it is to us: *is_ours says so. Errors: ERR_SYNTAX for one that is to us and
 * no letter; ERR_FULL, ERR_IO, ERR_GIT. */
int letter_read(struct store *s, enum letter_kind kind, struct str body, int64_t now, bool *is_ours,
    struct err *err);

#endif
