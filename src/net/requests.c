/* SPDX-License-Identifier: Apache-2.0 */
#include "net/requests.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/daemon_impl.h"
#include "net/member.h"
#include "net/report.h"
#include "net/wait.h"
#include "store/op.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SYNC_SECONDS = 60, SYNC_SECONDS_MAX = 24 * 3600 };

/* --- operations on the store --- */

struct operation {
	struct job job;
	struct daemon *daemon;
	struct control_client *client;
	json_t *request, *reply;
};

static void operation_done(struct job *job)
{
	struct operation *o = (struct operation *)job;
	struct daemon *d = o->daemon;
	bool is_setting = str_is(json_get_text(o->request, "op"), "config");
	if (o->job.rc == ERR_IO || o->job.rc == ERR_GIT)
		log_warn("an operation failed: %s", o->job.err.msg);
	if (o->job.rc)
		control_refuse(o->client, &o->job.err);
	else
		control_answer(o->client, o->reply);
	json_decref(o->request);
	free(o);
	if (d->station.is_stopping)
		return;
	if (is_setting)
		daemon_reload(d);
	member_tell(&d->station);
	member_look(&d->station);
}

static int run_operation(struct job *job, struct store *s, struct err *err)
{
	struct operation *o = (struct operation *)job;
	return op_run(s, o->request, (int64_t)time(NULL), &o->reply, err);
}

static int run_status(struct job *job, struct store *s, struct err *err)
{
	struct operation *o = (struct operation *)job;
	return report_store(&o->reply, s, err);
}

static json_t *listeners_json(const struct daemon *d)
{
	json_t *list = json_array();
	for (size_t i = 0; i < d->nlisteners; i++)
		json_array_append_new(list, json_string(d->listeners[i].address));
	return list;
}

static json_t *status_json(struct operation *o)
{
	struct daemon *d = o->daemon;
	json_t *report = json_pack("{s{sIsoss}so}", "daemon", "pid", (json_int_t)getpid(),
	    "listening", listeners_json(d), "http", d->http_address, "store", o->reply);
	report_add_links(report, &d->station);
	return report;
}

static void status_done(struct job *job)
{
	struct operation *o = (struct operation *)job;
	if (o->job.rc)
		control_refuse(o->client, &o->job.err);
	else
		control_answer(o->client, status_json(o));
	json_decref(o->request);
	free(o);
}

static void add_job(struct daemon *d, struct control_client *client, const json_t *request,
    int (*run)(struct job *, struct store *, struct err *), void (*done)(struct job *))
{
	struct operation *o = mem_alloc(sizeof *o);
	o->job.run = run;
	o->job.awaits_refs = run == run_operation && !op_only_reads(request);
	o->job.done = done;
	o->daemon = d;
	o->client = client;
	o->request = json_deep_copy(request);
	client->is_held = true;
	work_add(&d->station.work, &o->job);
}

/* --- what the daemon itself does --- */

static void on_ping(struct daemon *d, struct control_client *client, const json_t *request)
{
	(void)d;
	(void)request;
	control_answer(client, json_pack("{sI}", "pid", (json_int_t)getpid()));
}

static void on_status(struct daemon *d, struct control_client *client, const json_t *request)
{
	add_job(d, client, request, run_status, status_done);
}

static void on_peers(struct daemon *d, struct control_client *client, const json_t *request)
{
	(void)request;
	daemon_reload(d);
	control_answer(client, NULL);
}

static void on_stop(struct daemon *d, struct control_client *client, const json_t *request)
{
	(void)request;
	log_info("asked to stop");
	control_answer(client, NULL);
	daemon_stop(d);
}

static void sync_done(void *ctx, const char *peer, const struct err *err)
{
	struct control_client *client = ctx;
	if (err)
		control_refuse(client, err);
	else
		control_answer(client, json_pack("{ss}", "peer", peer));
}

static void on_sync(struct daemon *d, struct control_client *client, const json_t *request)
{
	struct str peer = json_get_text(request, "peer");
	int64_t seconds = json_get_int(request, "timeout");
	struct err err;
	if (seconds <= 0 || seconds > SYNC_SECONDS_MAX)
		seconds = SYNC_SECONDS;
	if (peer.len && !str_is_slug(peer)) {
		err_set(&err, ERR_SYNTAX, "'%.*s' is no name of a peer",
		    STR_FMT(str_sub(peer, 0, 200)));
		control_refuse(client, &err);
		return;
	}
	member_look(&d->station);
	client->wait = wait_start(&d->station, peer.ptr, seconds * 1000, sync_done, client);
}

void requests_run(void *daemon, struct control_client *client, json_t *request)
{
	static const struct {
		const char *op;
		void (*run)(struct daemon *, struct control_client *, const json_t *);
	} table[] = {{"ping", on_ping}, {"status", on_status}, {"peers", on_peers},
	    {"stop", on_stop}, {"sync", on_sync}};
	struct daemon *d = daemon;
	struct str op = json_get_text(request, "op");
	size_t i = 0, n = sizeof table / sizeof *table;
	while (i < n && !str_is(op, table[i].op))
		i++;
	if (i < n)
		table[i].run(d, client, request);
	else
		add_job(d, client, request, run_operation, operation_done);
	json_decref(request);
}
