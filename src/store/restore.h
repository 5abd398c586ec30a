/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store's keys into a backup (trust/backup.h) and back. A hub whose keys come back may have
 * signed entries that its new store has never seen, and signing another under a number that is
 * taken would put its journal in dispute. So a restored store signs no entry before it was in sync
 * with another hub, and it is a new incarnation: what peers remember of the old one is void.
 */
#ifndef BELFRY_STORE_RESTORE_H
#define BELFRY_STORE_RESTORE_H

#include "store/store.h"
#include "trust/backup.h"

/* The files in <dir>/keys. Other names than keys have there are left out. Owns: backup_release(),
 * also after a failure. Errors: ERR_MISSING (no store, or no keys), ERR_LIMIT, ERR_IO. */
int restore_collect(struct backup *b, const char *dir, struct err *err);
/* Put them in place, and make the store where there is none. A key that is there with these bytes
 * is fine; nothing is done where another is. is_alone: it may sign at once. Errors: ERR_EXISTS,
 * ERR_NETWORK (the store is of another network or hub), ERR_BUSY, ERR_IO. */
int restore_keys(const struct backup *b, const char *dir, bool is_alone, struct err *err);

/* On opening: the store is a copy of what it was, or comes from a backup of its folder. If another
 * hub could have entries of ours that are not here, we sign nothing before we were in sync with
 * one; and we are a new incarnation. For a reader this is only said in `s`. */
int restore_notice(struct store *s, struct err *err);

/* For who has been in sync with another hub: from now on entries may be signed. */
int restore_is_over(struct store *s, struct err *err);

#endif
