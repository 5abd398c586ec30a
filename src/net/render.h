/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renders the site again after the store has changed: in the background, with a handle of its own
 * on the store, one run at a time, at most every RENDER_PAUSE_MS.
 */
#ifndef BELFRY_NET_RENDER_H
#define BELFRY_NET_RENDER_H

#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

enum { RENDER_PAUSE_MS = 300 }; /* a burst of entries becomes one run */

/* What else than the site of the store may be made so. */
struct render_job {
	/* On a thread of the pool; it may end early once `stop` is true. */
	int (*run)(void *ctx, const atomic_bool *stop, struct err *err);
	void (*done)(void *ctx, const struct err *err); /* on the loop; NULL: it went well */
	void *ctx;
};

struct render {
	uv_loop_t *loop;
	const char *dir; /* of the store */
	const struct render_job *job; /* or NULL */
	uv_timer_t timer;
	uv_work_t work;
	bool is_on, is_running, is_wanted;
	atomic_bool stop;
	int64_t started_ms;
	int rc;
	struct err err;
	char last_failure[256]; /* said once */
};

/* Instead of the store's site; before any touch. `job` outlives it. */
void render_start_job(struct render *r, uv_loop_t *loop, const struct render_job *job);
/* `dir` outlives it. */
void render_start(struct render *r, uv_loop_t *loop, const char *dir);
/* Something has changed. Nothing happens before render_start(). */
void render_touch(struct render *r);
/* A run that is under way ends early, and the site before it stays. */
void render_stop(struct render *r);

#endif
