/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events that wait for the driver, first in, first out. Owns the bytes they carry.
 */
#ifndef BELFRY_SYNC_EVENTS_H
#define BELFRY_SYNC_EVENTS_H

#include "sync/session.h"

struct queued_event {
	struct session_event event; /* its bytes still lie in `bytes` below */
	size_t at, length;
};

struct events {
	struct queued_event *queue;
	size_t next, n, cap;
	struct buf bytes;
};

void events_release(struct events *e);
/* Copies `event` and `event->bytes`; its other pointers must outlive the queue. */
void events_push(struct events *e, const struct session_event *event);
/* Borrowed until the next push. */
bool events_pop(struct events *e, struct session_event *out);

#endif
