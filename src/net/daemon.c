/* SPDX-License-Identifier: Apache-2.0 */
#include "net/daemon_impl.h"

#include "base/log.h"
#include "base/mem.h"
#include "trust/link_key.h"
#include "net/member.h"
#include "net/recall.h"
#include "net/report.h"
#include "net/requests.h"
#include "net/room.h"
#include "net/settings.h"
#include "net/wait.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SAVE_MS = 3 * 60 * 1000, PROGRESS_MS = 1000 };

static void say(const struct daemon *d, const char *begin, const char *what)
{
	char text[ADDRESS_TEXT_BYTES + 64];
	snprintf(text, sizeof text, "%s%s", begin, what);
	if (d->options->say)
		d->options->say(d->options->ctx, text);
}

/* --- the settings of peers --- */

struct reload {
	struct job job;
	struct daemon *daemon;
	struct settings settings;
};

static int run_reload(struct job *job, struct store *s, struct err *err)
{
	return settings_read(&((struct reload *)job)->settings, s, err);
}

static void reload_done(struct job *job)
{
	struct reload *r = (struct reload *)job;
	struct station *n = &r->daemon->station;
	if (r->job.rc)
		log_warn("the settings cannot be read: %s", r->job.err.msg);
	else if (!n->is_stopping)
		dial_configure(n, r->settings.peers, r->settings.npeers);
	settings_release(&r->settings);
	free(r);
	room_look(n);
	attach_touch(n);
	wait_check(n);
}

void daemon_reload(struct daemon *d)
{
	struct reload *r = mem_alloc(sizeof *r);
	r->job.run = run_reload;
	r->job.done = reload_done;
	r->daemon = d;
	work_add(&d->station.work, &r->job);
}

/* --- what changes --- */

/* What a peer was not to tell it did not: to follow more, or less, is to meet it anew. */
static void follow_anew(struct daemon *d)
{
	struct station *n = &d->station;
	if (d->follow_changes == n->work.now.follow_changes)
		return;
	d->follow_changes = n->work.now.follow_changes;
	for (struct link *l = n->links; l; l = l->next)
		link_close(l, "this side follows other things from now on", false);
}

static void on_store_changed(void *ctx)
{
	struct daemon *d = ctx;
	struct station *n = &d->station;
	bool is_new_charter = n->work.now.state.charter != n->charter;
	follow_anew(d);
	n->charter = n->work.now.state.charter;
	if (is_new_charter) {
		log_info("charter version %u is in force", n->charter);
		for (struct link *l = n->links; l; l = l->next)
			link_identify_again(l);
		member_look(n); /* a stranger may be our hub now */
	}
	for (struct link *l = n->links; l; l = l->next)
		link_store_changed(l, is_new_charter);
	member_tell(n); /* who is on the roster may have changed */
	render_touch(&d->render);
	attach_touch(n);
	wait_check(n);
}

static void on_file_came(void *ctx)
{
	render_touch(&((struct daemon *)ctx)->render);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct daemon *d = handle->data;
	log_info("signal %d: stopping", number);
	if (d->options->is_once && !d->station.is_stopping) {
		d->has_failed = true;
		err_set(&d->err, ERR_PEER, "interrupted");
	}
	daemon_stop(d);
}

/* --- what is remembered of peers, so that a power cut loses a few minutes of it at most --- */

struct saving {
	struct job job;
	const char *dir;
	json_t *counts;
};

static int run_saving(struct job *job, struct store *s, struct err *err)
{
	struct saving *v = (struct saving *)job;
	(void)s;
	return report_save_counts(v->counts, v->dir, err);
}

static void saving_done(struct job *job)
{
	struct saving *v = (struct saving *)job;
	if (v->job.rc)
		log_warn("the counts of peers are not kept: %s", v->job.err.msg);
	json_decref(v->counts);
	free(v);
}

static void save(struct daemon *d)
{
	json_t *counts = peers_save(&d->station.peers);
	if (json_equal(counts, d->saved)) {
		json_decref(counts);
		return;
	}
	json_decref(d->saved);
	d->saved = json_deep_copy(counts); /* the job's is another thread's */
	struct saving *v = mem_alloc(sizeof *v);
	v->job.run = run_saving;
	v->job.done = saving_done;
	v->dir = d->station.dir;
	v->counts = counts;
	work_add(&d->station.work, &v->job);
}

/* The last time, with the loop at its end. */
static void save_now(struct daemon *d)
{
	struct err err;
	if (!d->saved)
		return; /* it never came to read them */
	json_t *counts = peers_save(&d->station.peers);
	if (!json_equal(counts, d->saved) && report_save_counts(counts, d->station.dir, &err))
		log_warn("the counts of peers are not kept: %s", err.msg);
	json_decref(counts);
}

static void on_save_due(uv_timer_t *timer)
{
	save(timer->data);
}

/* --- how far it is, for who looks on --- */

/* From what is missing now, or was a moment ago; `is_end`: it will not be looked at again. */
static void show_progress(struct daemon *d, bool is_end)
{
	struct gauge now;
	struct buf line = BUF_INIT;
	gauge_take(&now, &d->station);
	if (!now.links && !is_end)
		return; /* nobody is there to tell; it goes on when somebody is */
	bool is_over = is_end || !now.behind;
	if (is_over ? d->is_shown : d->is_behind) {
		buf_puts(&line, "receiving: ");
		gauge_write(&line, &now, &d->begin);
		d->options->progress(d->options->ctx, line.ptr, is_over);
		d->is_shown = !is_over;
	}
	d->is_behind = !is_over;
	if (is_over)
		d->begin = now;
	buf_release(&line);
}

static void on_progress_due(uv_timer_t *timer)
{
	show_progress(timer->data, false);
}

static void on_once_done(void *ctx, const char *peer, const struct err *err)
{
	struct daemon *d = ctx;
	d->has_failed = err != NULL;
	if (err)
		d->err = *err;
	else
		say(d, "in sync with ", peer);
	daemon_stop(d);
}

/* --- life --- */

void daemon_stop(struct daemon *d)
{
	struct station *n = &d->station;
	if (n->is_stopping)
		return;
	n->is_stopping = true;
	listen_stop(d);
	lan_stop(d->lan);
	d->lan = NULL;
	wait_stop(n, "the daemon stops");
	dial_stop(n);
	for (struct link *l = n->links; l; l = l->next)
		link_close(l, "the program ends", false);
	control_server_stop(&d->control);
	render_stop(&d->render);
	pull_again_stop(&d->pulls);
	http_stop(d->http);
	d->http = NULL;
	if (d->is_shown)
		show_progress(d, true);
	uv_close((uv_handle_t *)&d->saving, NULL);
	uv_close((uv_handle_t *)&d->gauging, NULL);
	room_stop(n);
	attach_stop(n);
	uv_close((uv_handle_t *)&d->interrupted, NULL);
	uv_close((uv_handle_t *)&d->terminated, NULL);
}

static int load_key(struct station *n, struct store *s, struct err *err)
{
	if (link_key_load(n->link_secret, n->dir, err))
		return err->code;
	link_key_public(n->link_key, n->link_secret);
	const struct snapshot_hub *own = snapshot_hub(&n->work.now, s->hub);
	if (own && memcmp(own->link, n->link_key, LINK_KEY_BYTES) != 0)
		log_warn("the charter gives hub %s another link key than keys/link: peers will "
			 "not know this hub",
		    s->hub);
	return 0;
}

static int load_network(struct station *n, struct store *s, struct err *err)
{
	struct buf setting = BUF_INIT;
	struct sha256 hash;
	int rc = 0;
	memcpy(n->network, s->network, sizeof n->network);
	if (!n->network[0] && settings_get(&setting, s, "belfry.network") &&
	    sha256_from_hex(&hash, buf_str(&setting)))
		snprintf(n->network, sizeof n->network, "%s", setting.ptr);
	if (!n->network[0])
		rc = err_set(err, ERR_MISSING,
		    "the store %s belongs to no network yet; belfry init founds one, belfry join "
		    "enters one",
		    n->dir);
	buf_release(&setting);
	return rc;
}

static void start_clocks_and_signals(struct daemon *d)
{
	uv_timer_init(&d->station.loop, &d->saving);
	d->saving.data = d;
	uv_timer_start(&d->saving, on_save_due, SAVE_MS, SAVE_MS);
	uv_timer_init(&d->station.loop, &d->gauging);
	d->gauging.data = d;
	room_start(&d->station);
	if (d->options->progress)
		uv_timer_start(&d->gauging, on_progress_due, PROGRESS_MS, PROGRESS_MS);
	uv_signal_init(&d->station.loop, &d->interrupted);
	uv_signal_init(&d->station.loop, &d->terminated);
	d->interrupted.data = d->terminated.data = d;
	uv_signal_start(&d->interrupted, on_signal, SIGINT);
	uv_signal_start(&d->terminated, on_signal, SIGTERM);
}

/* The site: rendered now and after each change, and served. */
static int start_site(struct daemon *d, struct err *err)
{
	const struct daemon_options *o = d->options;
	struct buf root = BUF_INIT;
	int rc = 0;
	if (!o->is_once && !o->is_unrendered)
		render_start(&d->render, &d->station.loop, d->station.dir);
	if (d->station.charter)
		render_touch(&d->render);
	buf_printf(&root, "%s/site", d->station.dir);
	if (o->http)
		rc = http_start(&d->http, d->http_address,
		    &(struct http_options){.root = root.ptr, .address = o->http}, err);
	buf_release(&root);
	return rc;
}

static bool is_in_lan(const struct daemon *d, struct store *s)
{
	const struct daemon_options *o = d->options;
	if (o->is_once || o->lan != LAN_SETTING)
		return !o->is_once && o->lan == LAN_ON;
	return settings_flag(s, "belfry.lan", !s->hub[0]);
}

/* After start_clocks_and_signals(): what fails here is undone by daemon_stop(). */
static int start(struct daemon *d, struct store *s, struct err *err)
{
	struct station *n = &d->station;
	struct settings settings;
	listen_forget(n->dir);
	d->control.run = requests_run;
	d->control.ctx = d;
	d->is_in_lan = is_in_lan(d, s);
	d->station.can_be_found = !d->options->is_once;
	if (load_network(n, s, err) || load_key(n, s, err) ||
	    control_server_start(&d->control, &n->loop, n->dir, err) || start_site(d, err) ||
	    (!d->options->is_once && listen_start(d, s, err)) || settings_read(&settings, s, err))
		return err->code;
	for (size_t i = 0; i < d->nlisteners; i++)
		if (d->listeners[i].address[0])
			say(d, "listening on ", d->listeners[i].address);
	if (d->http)
		say(d, "the site is at http://", d->http_address);
	report_load_peers(&n->peers, n->dir);
	d->saved = peers_save(&n->peers);
	gauge_take(&d->begin, n);
	dial_configure(n, settings.peers, settings.npeers);
	settings_release(&settings);
	if (d->is_in_lan)
		d->lan = lan_start(n, listen_port(d));
	attach_start(n, on_file_came, d);
	n->attach.is_passing = d->options->is_once;
	member_look(n);
	if (!d->options->is_once)
		pull_again_start(&d->pulls, &n->loop, s, n->dir);
	if (d->options->is_once)
		wait_start(n, d->options->peer ? d->options->peer : "", d->options->timeout_ms,
		    on_once_done, d);
	return 0;
}

static void release(struct daemon *d)
{
	struct station *n = &d->station;
	json_decref(d->saved);
	assert(!n->links && !n->item_bytes);
	work_release(&n->work);
	peers_release(&n->peers);
	parts_release(&n->parts);
	recall_release(n);
	pull_again_release(&d->pulls);
	attach_release(n);
	explicit_bzero(n->link_secret, sizeof n->link_secret);
	int rc = uv_loop_close(&n->loop);
	assert(rc == 0);
	(void)rc;
	free(d);
}

static void log_notice(struct store *s)
{
	const struct charter *c;
	struct buf text = BUF_INIT;
	struct err none;
	if (s->charter_version && store_charter(s, 0, &c, NULL, &none) == 0)
		charter_notice(&text, c, (int64_t)time(NULL));
	for (struct str rest = buf_str(&text); rest.len;) {
		struct str line = str_cut(&rest, '\n');
		log_warn("%.*s", STR_FMT(line));
	}
	buf_release(&text);
}

int daemon_run(const struct daemon_options *o, struct err *err)
{
	struct store *s;
	if (store_open(&s, o->dir, STORE_WRITE, err))
		return err->code;
	log_notice(s);
	struct daemon *d = mem_alloc(sizeof *d);
	struct station *n = &d->station;
	d->options = o;
	n->dir = o->dir;
	uv_loop_init(&n->loop);
	work_init(&n->work, &n->loop, s);
	n->work.changed = on_store_changed;
	n->work.ctx = d;
	n->charter = n->work.now.state.charter;
	start_clocks_and_signals(d);
	int rc = start(d, s, err);
	if (rc)
		daemon_stop(d);
	uv_run(&n->loop, UV_RUN_DEFAULT);
	save_now(d);
	if (!rc && d->has_failed) {
		*err = d->err;
		rc = err->code;
	}
	release(d);
	store_close(s);
	return rc;
}
