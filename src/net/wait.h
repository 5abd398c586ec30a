/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Those who wait for an exchange to be done: `belfry sync`, alone or through the daemon. It is done
 * when this node and the peer hold the same and, on an edge, its hub has received what was queued.
 */
#ifndef BELFRY_NET_WAIT_H
#define BELFRY_NET_WAIT_H

#include "net/station.h"

/* Failures in a row after which a peer that cannot be reached is given up. */
enum { WAIT_FAILURES = 3 };

struct wait;
/* Called once. `err` NULL: in sync with `peer`. */
typedef void (*wait_done)(void *ctx, const char *peer, const struct err *err);

/* Wait for `peer`, or with "" until one peer is in sync and the others that were reached are too.
 * Fails when all are given up, or when nothing has moved for `timeout_ms`. Dials at once.
 * Owns: itself; NULL when it was over at once. */
struct wait *wait_start(
    struct station *n, const char *peer, int64_t timeout_ms, wait_done done, void *ctx);
/* Forget it; `done` is not called. */
void wait_cancel(struct wait *w);
/* Look again: a link, a dial or the outbox has changed. */
void wait_check(struct station *n);
/* Fail all with this reason. */
void wait_stop(struct station *n, const char *why);

#endif
