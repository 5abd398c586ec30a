/* SPDX-License-Identifier: Apache-2.0 */
#include "net/work.h"

#include <assert.h>

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

void work_init(struct work *w, uv_loop_t *loop, struct store *store)
{
	*w = (struct work){.loop = loop, .store = store};
	w->last = &w->first;
	w->request.data = w;
	w->tidying.run = tidy;
	w->tidying.done = tidied;
	snapshot_take(&w->now, store);
}

void work_release(struct work *w)
{
	assert(work_is_idle(w));
	snapshot_release(&w->now);
}

bool work_is_idle(const struct work *w)
{
	return !w->is_running && !w->first;
}

static void run(uv_work_t *request)
{
	struct work *w = request->data;
	struct job *job = w->first;
	job->rc = job->run(job, w->store, &job->err);
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
	job->done(job);
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
