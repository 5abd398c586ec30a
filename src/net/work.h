/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way to the store while the loop runs: jobs that the thread pool carries out one at a
 * time, in the order they were added. After each the loop has a fresh snapshot of the store, and
 * `changed` has run if it differs, before the job's `done` is called. Refs move after what
 * `changed` adds, so that news leave before; when no job is left after a change, the store is
 * tidied.
 */
#ifndef BELFRY_NET_WORK_H
#define BELFRY_NET_WORK_H

#include "net/snapshot.h"

#include <uv.h>

/* Embedded at the front of a struct with what the job takes and gives. */
struct job {
	/* On a pool thread: touches the store and the job, nothing else. Returns err's code or 0.
	 */
	int (*run)(struct job *job, struct store *store, struct err *err);
	/* On the loop, with rc and err as run() left them. Frees the job. */
	void (*done)(struct job *job);
	int rc;
	struct err err;
	bool awaits_refs; /* done() only once stock git sees what the job has written */
	struct job *next;
};

struct work {
	uv_loop_t *loop;
	struct store *store;
	uv_work_t request;
	bool is_running;
	struct job *first, **last;
	struct job *held, **last_held; /* run, but not done: they await refs */
	struct job lifting, tidying;
	bool has_refs_due; /* after the job that has run */
	bool is_lifting, is_untidy;
	struct snapshot now; /* for the loop to read */
	struct snapshot after; /* the job's, until the loop takes it over */
	void (*changed)(void *ctx);
	void *ctx;
};

/* Takes the first snapshot at once. `store` is the caller's and is lent until work_release(). */
void work_init(struct work *w, uv_loop_t *loop, struct store *store);
/* Only when no job is left. */
void work_release(struct work *w);
/* Owns: the job is done()'s to free. */
void work_add(struct work *w, struct job *job);

#endif
