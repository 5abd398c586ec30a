/* SPDX-License-Identifier: Apache-2.0 */
#include "net/preview.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/http.h"
#include "net/http_live.h"
#include "net/render.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { WATCHED_MAX = 1024, WAKE_MS = 15 * 1000 };

struct watch {
	uv_fs_event_t event;
	char *folder;
};

struct preview {
	const struct preview_options *options;
	uv_loop_t loop;
	struct render render;
	struct render_job job;
	struct buf problems; /* of the run under way */
	struct http *http;
	struct http_live *live;
	char url[ADDRESS_TEXT_BYTES + 16];
	struct watch **watches;
	size_t nwatches, cap_watches;
	bool is_opened;
	uv_process_t opened;
	uv_timer_t waking;
	uv_signal_t interrupted, terminated, hung_up;
};

/* --- what changes --- */

/* A lock's name and an editor's copies come and go beside what they are of. */
static bool is_passing(const char *name)
{
	struct str s = str_from(name);
	return str_starts(s, STR(".")) || str_ends(s, STR("~")) || str_ends(s, STR(".lock"));
}

static void on_change(uv_fs_event_t *event, const char *name, int events, int status)
{
	struct preview *p = event->data;
	(void)events;
	(void)status; /* the next run finds out what became of the folder */
	if (!name || !is_passing(name))
		render_touch(&p->render);
}

static void free_watch(uv_handle_t *h)
{
	struct watch *w = (struct watch *)h;
	free(w->folder);
	free(w);
}

static void add_watch(void *to, const char *folder)
{
	struct preview *p = to;
	for (size_t i = 0; i < p->nwatches; i++)
		if (strcmp(p->watches[i]->folder, folder) == 0)
			return;
	if (p->nwatches == WATCHED_MAX)
		return;
	struct watch *w = mem_alloc(sizeof *w);
	uv_fs_event_init(&p->loop, &w->event);
	w->event.data = p;
	w->folder = mem_strdup(folder);
	int rc = uv_fs_event_start(&w->event, on_change, folder, 0);
	if (rc) {
		if (rc != UV_ENOENT)
			log_warn("cannot watch %s: %s", folder, uv_strerror(rc));
		uv_close((uv_handle_t *)&w->event, free_watch);
		return;
	}
	*MEM_PUSH(p->watches, p->nwatches, p->cap_watches) = w;
}

/* --- what is made --- */

static int run(void *ctx, const atomic_bool *stop, struct err *err)
{
	struct preview *p = ctx;
	buf_reset(&p->problems);
	return p->options->make(p->options->ctx, stop, &p->problems, err);
}

static void on_opened(uv_process_t *process, int64_t status, int sig)
{
	(void)status;
	(void)sig;
	uv_close((uv_handle_t *)process, NULL);
}

static void open_browser(struct preview *p)
{
	char *args[] = {(char *)(uintptr_t)p->options->opener, p->url, NULL};
	uv_process_options_t o = {
	    .exit_cb = on_opened, .file = args[0], .args = args, .flags = UV_PROCESS_DETACHED};
	if (uv_spawn(&p->loop, &p->opened, &o) != 0)
		uv_close((uv_handle_t *)&p->opened, NULL);
	else
		uv_unref((uv_handle_t *)&p->opened);
}

static void done(void *ctx, const struct err *err)
{
	struct preview *p = ctx;
	const struct preview_options *o = p->options;
	if (uv_is_closing((uv_handle_t *)&p->interrupted))
		return;
	if (err)
		buf_printf(&p->problems, "%s\n", err->msg);
	/* What came into a new folder after it was read and before it is watched: read again. */
	size_t watched = p->nwatches;
	o->watch(o->ctx, add_watch, p);
	if (p->nwatches > watched)
		render_touch(&p->render);
	http_live_turn(p->live, buf_str(&p->problems));
	o->made(o->ctx, p->url, err);
	if (!p->is_opened && o->opener)
		open_browser(p);
	p->is_opened = true;
}

/* --- life --- */

static void on_wake(uv_timer_t *timer)
{
	http_live_wake(((struct preview *)timer->data)->live, false);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct preview *p = handle->data;
	(void)number;
	if (uv_is_closing((uv_handle_t *)&p->interrupted))
		return;
	render_stop(&p->render);
	for (size_t i = 0; i < p->nwatches; i++)
		uv_close((uv_handle_t *)&p->watches[i]->event, free_watch);
	uv_close((uv_handle_t *)&p->waking, NULL);
	uv_close((uv_handle_t *)&p->interrupted, NULL);
	uv_close((uv_handle_t *)&p->terminated, NULL);
	uv_close((uv_handle_t *)&p->hung_up, NULL);
	p->nwatches = 0;
}

static bool is_ignored(int number)
{
	struct sigaction now;
	return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static void start(struct preview *p)
{
	const struct preview_options *o = p->options;
	p->job = (struct render_job){.run = run, .done = done, .ctx = p};
	render_start_job(&p->render, &p->loop, &p->job);
	uv_timer_init(&p->loop, &p->waking);
	uv_signal_init(&p->loop, &p->interrupted);
	uv_signal_init(&p->loop, &p->terminated);
	uv_signal_init(&p->loop, &p->hung_up);
	p->waking.data = p->interrupted.data = p->terminated.data = p->hung_up.data = p;
	uv_timer_start(&p->waking, on_wake, WAKE_MS, WAKE_MS);
	uv_signal_start(&p->interrupted, on_signal, SIGINT);
	uv_signal_start(&p->terminated, on_signal, SIGTERM);
	if (!is_ignored(SIGHUP)) /* nohup(1) */
		uv_signal_start(&p->hung_up, on_signal, SIGHUP);
	/* From before the first run, so that what changes during it is not missed. */
	o->watch(o->ctx, add_watch, p);
	render_touch(&p->render);
}

int preview_run(const struct preview_options *o, struct err *err)
{
	struct preview p = {.options = o, .problems = BUF_INIT};
	char address[32], real[ADDRESS_TEXT_BYTES];
	snprintf(address, sizeof address, "127.0.0.1:%u", o->port);
	p.live = http_live_new();
	const struct http_options h = {.root = o->root, .address = address, .live = p.live};
	int bad = http_start(&p.http, real, &h, err);
	if (!bad) {
		snprintf(p.url, sizeof p.url, "http://%s/", real);
		uv_loop_init(&p.loop);
		start(&p);
		uv_run(&p.loop, UV_RUN_DEFAULT);
		http_live_wake(p.live, true);
		http_stop(p.http);
		if (uv_loop_close(&p.loop) == UV_EBUSY)
			log_debug("something of the preview was still open at its end");
	}
	http_live_free(p.live);
	buf_release(&p.problems);
	free(p.watches);
	return bad;
}
