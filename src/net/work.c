/* SPDX-License-Identifier: Apache-2.0 */
#include "net/work.h"

#include "base/log.h"

#include <assert.h>
#include <stddef.h>

static int tidy(struct job *job, struct store *s, struct err *err)
{
	(void)job;
	(void)err;
	store_tidy(s);
	return 0;
}

static void tidied(struct job *job)
{
	(void)job; /* part of the queue, not freed */
}

static int lift(struct job *job, struct store *s, struct err *err)
{
	(void)job;
	return store_lift(s, err);
}

static void lifted(struct job *job)
{
	struct work *w = (struct work *)((char *)job - offsetof(struct work, lifting));
	struct job *held = w->held;
	if (job->rc)
		log_warn("refs are not moved: %s", job->err.msg);
	w->is_lifting = false;
	w->held = NULL;
	w->last_held = &w->held;
	for (struct job *next; held; held = next) {
		next = held->next;
		held->done(held);
	}
}

/* Whoever asked for something to be written may look with git next. */
static void finish(struct work *w, struct job *job)
{
	if (!job->awaits_refs || !w->is_lifting) {
		job->done(job);
		return;
	}
	job->next = NULL;
	*w->last_held = job;
	w->last_held = &job->next;
}

void work_init(struct work *w, uv_loop_t *loop, struct store *store)
{
	*w = (struct work){.loop = loop, .store = store};
	w->last = &w->first;
	w->request.data = w;
	w->last_held = &w->held;
	w->lifting.run = lift;
	w->lifting.done = lifted;
	w->tidying.run = tidy;
	w->tidying.done = tidied;
	store->defers_refs = true;
	snapshot_take(&w->now, store);
}

void work_release(struct work *w)
{
	assert(!w->is_running && !w->first && !w->held);
	snapshot_release(&w->now);
}

static void run(uv_work_t *request)
{
	struct work *w = request->data;
	struct job *job = w->first;
	job->rc = job->run(job, w->store, &job->err);
	w->has_refs_due = w->store->has_refs_due;
	snapshot_take(&w->after, w->store);
}

static void start(struct work *w);

static void done(uv_work_t *request, int status)
{
	struct work *w = request->data;
	struct job *job = w->first;
	(void)status; /* nothing here is ever cancelled */
	bool has_changed = !snapshot_eq(&w->now, &w->after);
	snapshot_release(&w->now);
	w->now = w->after;
	w->first = job->next;
	if (!w->first)
		w->last = &w->first;
	w->is_running = false;
	w->is_untidy |= has_changed;
	if (has_changed && w->changed)
		w->changed(w->ctx);
	if (w->has_refs_due && !w->is_lifting) {
		w->is_lifting = true;
		work_add(w, &w->lifting);
	}
	finish(w, job);
	if (!w->first && w->is_untidy) {
		w->is_untidy = false;
		work_add(w, &w->tidying);
	}
	start(w);
}

static void start(struct work *w)
{
	if (w->is_running || !w->first)
		return;
	w->is_running = true;
	int rc = uv_queue_work(w->loop, &w->request, run, done);
	assert(rc == 0);
	(void)rc;
}

void work_add(struct work *w, struct job *job)
{
	job->next = NULL;
	job->err = (struct err){.code = ERR_NONE};
	*w->last = job;
	w->last = &job->next;
	start(w);
}
