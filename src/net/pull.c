/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pull_impl.h"

#include "base/clock.h"
#include "net/control.h"
#include "net/pull_hosts.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { RATE_BYTES_MIN = 16 * 1024 };

void pull_fault(struct pulling *p, const struct err *fault)
{
	if (!p->report->fault.code)
		p->report->fault = *fault;
}

void pull_progress(const struct pulling *p, const char *what, uint64_t done, uint64_t size)
{
	if (p->options->progress)
		p->options->progress(p->options->ctx, what, done, size);
}

uint64_t pull_have(const struct pulling *p, const char *hub)
{
	if (!*hub)
		return p->store->charter_version;
	const struct journal *j = store_journal(p->store, hub);
	return j ? j->head.seq : 0;
}

int pull_count(struct pulling *p, uint64_t bytes, struct err *err)
{
	uint64_t max = p->options->max_bytes ? p->options->max_bytes : PULL_BYTES_MAX;
	p->report->wanted_bytes += bytes;
	if (p->options->is_dry || p->report->wanted_bytes <= max)
		return 0;
	return err_set(err, ERR_LIMIT,
	    "there are more than %" PRIu64 " bytes to fetch; a higher limit lets them in", max);
}

bool pull_stops_all(int bad)
{
	return bad == ERR_IO || bad == ERR_GIT || bad == ERR_FULL || bad == ERR_BUSY;
}

int pull_refused(const struct pulling *p, enum refusal kind, const struct err *err)
{
	if (is_refusal(err->code))
		doors_count(p->options->dir, p->door, kind, err->msg);
	return err->code;
}

int pull_admit(struct pulling *p, const char *path, struct err *err)
{
	json_t *reply = NULL, *request = json_pack("{s:s, s:s, s:s}", "op", "import", "file", path,
				  "door", door_name(p->door));
	struct err why = {.code = ERR_NONE};
	if (!request)
		return err_set(err, ERR_UNSUPPORTED, "the store's path is not UTF-8: %s", path);
	int bad = control_or_run(p->options->dir, request, &reply, &why);
	json_decref(request);
	p->report->entries += (uint64_t)json_get_int(reply, "entries");
	p->report->charters += (uint64_t)json_get_int(reply, "charters");
	p->report->attachments += (uint64_t)json_get_int(reply, "files");
	struct str fault = json_get_text(reply, "fault");
	if (fault.len)
		bad = err_set(&why, ERR_PEER, "%.*s", STR_FMT(fault));
	json_decref(reply);
	if (store_refresh(p->store, err))
		return err->code;
	if (bad)
		*err = why;
	return bad;
}

/* For status, and for who has several addresses. What says nothing of the host is left out. */
static void note(const struct pull_options *o, const struct pull_report *r, const struct err *err)
{
	const struct err *why = err->code ? err : &r->fault;
	if (err->code != ERR_USAGE && err->code != ERR_BUSY)
		hosts_note(o->dir, &(struct host_trial){o->url, (int64_t)time(NULL),
				       why->code ? why->msg : "", r->rate});
}

int pull(const struct pull_options *o, struct pull_report *report, struct err *err)
{
	const int64_t began = clock_now_ms();
	struct pulling p = {.options = o, .report = report};
	const bool is_git = strncmp(o->url, "git+", 4) == 0;
	p.door = is_git ? DOOR_GIT : DOOR_WEB;
	*report = (struct pull_report){.files = 0};
	if (store_open(&p.store, o->dir, STORE_READ, err))
		return err->code;
	int bad = 0;
	if (!p.store->network[0])
		bad = err_set(err, ERR_MISSING,
		    "%s belongs to no network yet: belfry join with an invitation comes first",
		    o->dir);
	bad = bad || (is_git ? pull_git : pull_http)(&p, err);
	int64_t took = clock_now_ms() - began;
	if (report->bytes >= RATE_BYTES_MIN && took > 0)
		report->rate = report->bytes * 1000 / (uint64_t)took;
	if (!bad)
		err->code = ERR_NONE;
	if (p.store->network[0])
		note(o, report, err);
	store_close(p.store);
	return bad ? err->code : 0;
}
