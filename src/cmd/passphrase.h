/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A passphrase, in secret memory: from a file, or typed at the terminal, which shows nothing.
 */
#ifndef BELFRY_CMD_PASSPHRASE_H
#define BELFRY_CMD_PASSPHRASE_H

#include "base/buf.h"
#include "base/err.h"

/* The first line of `file` (/dev/fd/3 is one, too); NULL: ask, twice where it `is_new`. Owns:
 * secret_buf_free(). Errors: ERR_MISSING, ERR_IO, ERR_LIMIT (longer than one is); ERR_USAGE (nobody
 * to ask, or two different ones typed). */
int passphrase_read(struct buf *out, const char *file, bool is_new, struct err *err);

#endif
