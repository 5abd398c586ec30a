/* SPDX-License-Identifier: Apache-2.0 */
#include "net/render.h"

#include "base/buf.h"
#include "base/log.h"
#include "render/source.h"

#include <stdio.h>

static void on_timer(uv_timer_t *timer);

static void run(uv_work_t *work)
{
	struct render *r = work->data;
	struct buf out = BUF_INIT;
	if (r->job) {
		r->err = (struct err){0};
		r->rc = r->job->run(r->job->ctx, &r->stop, &r->err);
		return;
	}
	buf_printf(&out, "%s/site", r->dir);
	r->rc = site_build_store(r->dir, out.ptr, &r->stop, &r->err);
	buf_release(&out);
}

static void done(uv_work_t *work, int status)
{
	struct render *r = work->data;
	(void)status; /* never cancelled */
	r->is_running = false;
	if (r->job) {
		r->job->done(r->job->ctx, r->rc ? &r->err : NULL);
	} else if (!r->rc) {
		log_info("site rendered in %lld ms",
		    (long long)((int64_t)uv_now(r->loop) - r->started_ms));
		r->last_failure[0] = 0;
	} else if (r->is_on &&
		   strncmp(r->last_failure, r->err.msg, sizeof r->last_failure - 1) != 0) {
		log_warn("the site cannot be rendered: %s", r->err.msg);
		snprintf(r->last_failure, sizeof r->last_failure, "%.255s", r->err.msg);
	}
	if (r->is_wanted)
		render_touch(r);
}

static void on_timer(uv_timer_t *timer)
{
	struct render *r = timer->data;
	r->is_wanted = r->is_running;
	if (r->is_running)
		return;
	r->is_running = true;
	r->started_ms = (int64_t)uv_now(r->loop);
	uv_queue_work(r->loop, &r->work, run, done);
}

void render_start(struct render *r, uv_loop_t *loop, const char *dir)
{
	r->loop = loop;
	r->dir = dir;
	uv_timer_init(loop, &r->timer);
	r->timer.data = r->work.data = r;
	r->is_on = true;
}

void render_start_job(struct render *r, uv_loop_t *loop, const struct render_job *job)
{
	r->job = job;
	render_start(r, loop, NULL);
}

void render_touch(struct render *r)
{
	if (r->is_on && !uv_is_active((const uv_handle_t *)&r->timer))
		uv_timer_start(&r->timer, on_timer, RENDER_PAUSE_MS, 0);
}

void render_stop(struct render *r)
{
	if (!r->is_on)
		return;
	r->is_on = false;
	atomic_store(&r->stop, true);
	uv_close((uv_handle_t *)&r->timer, NULL);
}
