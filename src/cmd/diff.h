/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two versions of a text side by side, a line each: what somebody reads before they sign.
 */
#ifndef BELFRY_CMD_DIFF_H
#define BELFRY_CMD_DIFF_H

#include "base/buf.h"

/* Append every line that only one of the two has, "- " before those that go and "+ " before those
 * that come, under the heading they stand in ("hubs, east:", or "the text:" behind the head).
 * OpenSSH keys are followed by their fingerprint. Units: texts of at most CHARTER_BYTES_MAX. */
void diff_write(struct buf *out, struct str before, struct str after);

#endif
