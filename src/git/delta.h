/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new version of a file by what it has in common with the old one: steps, each some bytes to
 * insert and a run to copy (docs/protocol.md "An entry"). The base of the copies is the old version
 * and behind it its SHA-256 in hex, because a revision names its predecessor by that.
 *
 * Making one is deterministic and takes time in proportion to both lengths, whatever they hold.
 */
#ifndef BELFRY_GIT_DELTA_H
#define BELFRY_GIT_DELTA_H

#include "base/buf.h"
#include "base/err.h"

/* Append to an old version, which is all that `old` holds, what makes a base of it. */
void delta_base(struct buf *old);
/* Append the delta that makes `new` of `base`, which is shorter than 4 GiB. */
void delta_make(struct buf *out, struct str base, struct str new);
/* Take a delta off the front of `*s` and append what it makes to `*out`, at most `max` bytes.
 * Errors: ERR_SYNTAX (cut short, or a step that does nothing), ERR_LIMIT (it makes more), ERR_CHAIN
 * (it copies what the base does not have: perhaps it was made for another). */
int delta_take(struct buf *out, struct str *s, struct str base, size_t max, struct err *err);

#endif
