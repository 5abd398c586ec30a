/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "net/pull.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* One line that is written over, where somebody looks. */
static void on_progress(void *ctx, const char *what, uint64_t done, uint64_t size)
{
	bool *has_line = ctx;
	char text[96];
	snprintf(text, sizeof text, "%.60s: %" PRIu64, what, done / 1024);
	if (size)
		fprintf(stderr, "\r\033[K%s of %" PRIu64 " KiB", text, (size + 1023) / 1024);
	else
		fprintf(stderr, "\r\033[K%s KiB", text);
	*has_line = true;
}

static json_t *as_json(const char *url, const struct pull_options *o, const struct pull_report *r)
{
	json_t *v = json_pack("{s:s, s:b, s:I, s:I, s:I, s:I}", "url", url, "same", r->is_same,
	    "requests", (json_int_t)r->requests, "bytes", (json_int_t)r->bytes, "files",
	    (json_int_t)r->files, "wanted_bytes", (json_int_t)r->wanted_bytes);
	if (r->moved)
		json_object_set_new(v, "moved", json_integer((json_int_t)r->moved));
	json_object_set_new(v, "charters",
	    json_integer((json_int_t)(o->is_dry ? r->wanted_charters : r->charters)));
	json_object_set_new(
	    v, "entries", json_integer((json_int_t)(o->is_dry ? r->wanted_entries : r->entries)));
	json_object_set_new(v, "attachments", json_integer((json_int_t)r->attachments));
	json_object_set_new(v, "lacking", json_integer((json_int_t)r->lacking));
	json_object_set_new(v, "lacking_bytes", json_integer((json_int_t)r->lacking_bytes));
	if (r->fault.code)
		json_object_set_new(v, "fault", json_string(r->fault.msg));
	return v;
}

static void print(const struct pull_options *o, const struct pull_report *r)
{
	if (o->is_dry && r->moved)
		printf("%" PRIu64 " journals to fetch, the charter's among them if it moved",
		    r->moved);
	else if (o->is_dry)
		printf("%" PRIu64 " entries and %" PRIu64 " charter versions to fetch",
		    r->wanted_entries, r->wanted_charters);
	else
		printf("%" PRIu64 " new entries, %" PRIu64 " new charter versions", r->entries,
		    r->charters);
	if (r->attachments)
		printf(
		    ", %" PRIu64 " attachment%s", r->attachments, r->attachments == 1 ? "" : "s");
	if (o->is_dry && r->wanted_bytes)
		printf(": %" PRIu64 " files, %" PRIu64 " bytes", r->files, r->wanted_bytes);
	if (!o->is_dry && r->requests)
		printf("; %" PRIu64 " requests, %" PRIu64 " bytes", r->requests, r->bytes);
	putchar('\n');
	if (!o->is_dry && r->lacking)
		printf("%" PRIu64 " wanted attachment%s (%s) still to come\n", r->lacking,
		    r->lacking == 1 ? "" : "s", amount((int64_t)r->lacking_bytes).text);
	if (r->fault.code)
		cmd_say("Not all of it: %s", r->fault.msg);
}

/* From 1 to `max`; 0 where it was not given. */
static bool take_number(const char *text, uint64_t max, uint64_t *out)
{
	*out = 0;
	return !text || (str_u64(str_from(text), max, out) && *out);
}

struct pulls {
	const struct cmd *self;
	const struct pull_options *options;
	json_t *all; /* what was asked for as JSON, or NULL */
	bool is_one, has_line;
	int status;
};

static void add_fault(struct pulls *p, const char *url, const struct err *why)
{
	if (p->all && !p->is_one)
		json_array_append_new(
		    p->all, json_pack("{s:s, s:s}", "url", url, "error", why->msg));
}

static void on_told(void *ctx, const char *url, const struct pull_report *r, const struct err *why)
{
	struct pulls *p = ctx;
	if (p->has_line)
		fputs("\r\033[K", stderr);
	p->has_line = false;
	if (why->code && (r->entries || r->charters))
		cmd_say("%" PRIu64 " new entries and %" PRIu64
			" new charter versions came before this:",
		    r->entries, r->charters);
	if (r->is_put_off) {
		cmd_say("%s: others go first: %s", url, why->code ? why->msg : r->fault.msg);
		return;
	}
	if (r->fault.code)
		p->status = EXIT_REFUSED;
	if (why->code) {
		p->status = cmd_fail(p->self, why);
		add_fault(p, url, why);
		return;
	}
	if (!p->all && !p->is_one)
		printf("%s: ", url);
	if (p->all)
		json_array_append_new(p->all, as_json(url, p->options, r));
	else
		print(p->options, r);
	fflush(stdout);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *timeout = NULL, *limit = NULL;
	uint64_t seconds, mib;
	struct pull_options o = {.dir = NULL};
	const struct cmd_option options[] = {
	    {"dry-run", NULL, OPTION_FLAG, &o.is_dry, "only say what there is to fetch"},
	    {"timeout", "SECONDS", OPTION_TEXT, &timeout,
		"give up after so long without progress (60)"},
	    {"limit", "MIB", OPTION_TEXT, &limit, "fetch no more than that from an address (2048)"},
	    {"ca", "FILE", OPTION_TEXT, &o.ca_file,
		"trust the certificates in FILE, not the system's"},
	    {0},
	};
	struct cmd_common c;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (!nargs)
		return cmd_usage(self, "from which address?");
	if (!take_number(timeout, 24 * 3600, &seconds))
		return cmd_usage(self, "--timeout is a number of seconds from 1 to 86400");
	if (!take_number(limit, 1 << 20, &mib))
		return cmd_usage(self, "--limit is a number of MiB from 1 to 1048576");
	o.stall_s = (unsigned)seconds;
	o.max_bytes = mib << 20;
	o.dir = c.store;
	struct pulls p = {.self = self,
	    .options = &o,
	    .all = c.json ? json_array() : NULL,
	    .is_one = nargs == 1,
	    .status = EXIT_DONE};
	o.progress = isatty(STDERR_FILENO) ? on_progress : NULL;
	o.ctx = &p.has_line;
	pull_many(&o, (const char *const *)argv, (size_t)nargs, on_told, &p);
	if (json_array_size(p.all))
		cmd_print_json(
		    p.is_one ? json_incref(json_array_get(p.all, 0)) : json_incref(p.all));
	json_decref(p.all);
	return p.status;
}

const struct cmd cmd_pull = {
    .name = "pull",
    .args = "ADDRESS… [--dry-run] [--limit MIB] [--timeout SECONDS] [--ca FILE]",
    .summary = "Take in what a web host or a git host has of the network.",
    .group = CMD_CARRY,
    .run = run,
    .details =
	"ADDRESS is that of a site that belfry build made, on any web host or CDN: https://… or\n"
	"http://…; or a repository on any git host, by the system's git: git+https://…,\n"
	"git+ssh://… or git+file:///…. Nothing is believed that does not verify. What is cut off\n"
	"on its way from a web host goes on the next time from where it was; when there is "
	"nothing\n"
	"new it costs one request. Attachments come from a web host, too: those that belfry\n"
	"attachments says are wanted, within its budget, each from whichever address has them,\n"
	"after what a link or another address brought of them.\n"
	"Several addresses are taken one after the other. One that does not answer for 15 "
	"seconds,\n"
	"or is much slower than another was, lets the others go first; those that had brought\n"
	"something go on at the end. The exit status is 0 when all worked; belfry status tells "
	"how\n"
	"it last went with each.",
};
