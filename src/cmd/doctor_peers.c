/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peers as status has them: whom this store dials, when it last met them, and what it refused. And
 * the tools that people outside check with.
 */
#include "cmd/doctor.h"
#include "net/pull_process.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { QUIET_DAYS = 7 };

static void write_refused(struct buf *out, const json_t *refused)
{
	const char *kind;
	json_t *n;
	json_object_foreach((json_t *)(uintptr_t)refused, kind, n) buf_printf(
	    out, "%s%" PRId64 " %s", out->len ? ", " : "", (int64_t)json_integer_value(n), kind);
}

/* `from` is a peer or a door. */
static void look_at_refused(struct checkup *c, const json_t *from, const char *name)
{
	struct buf refused = BUF_INIT;
	const char *why = json_get_text(from, "last_reason").ptr;
	write_refused(&refused, json_object_get(from, "refused"));
	if (refused.len) {
		checkup_add(c, FOUND_DOUBT, "peers", "refused of %s: %s%s%s", name, refused.ptr,
		    *why ? "; the last time: " : "", why);
		checkup_mend(c, "ask who runs it; nothing of that was kept");
	}
	buf_release(&refused);
}

/* Whole days since "2026-11-21T09:30:00Z". */
static int64_t days_since(int64_t now, const char *text)
{
	struct tm tm = {.tm_year = 0};
	return strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm) ? (now - (int64_t)timegm(&tm)) / 86400 : 0;
}

static int64_t behind_of(const json_t *peer)
{
	return json_is_integer(json_object_get(peer, "behind")) ? json_get_int(peer, "behind")
								: json_get_int(peer, "last_behind");
}

static void look_at_peer(struct checkup *c, const json_t *p)
{
	const char *name = json_get_text(p, "name").ptr, *why = json_get_text(p, "last_reason").ptr;
	const char *last = json_get_text(p, "last_exchange").ptr;
	int64_t days = days_since(c->now, last), behind = behind_of(p);
	bool is_up = str_is(json_get_text(p, "state"), "connected");
	struct buf more = BUF_INIT;
	if (behind)
		buf_printf(
		    &more, "; here %" PRId64 " entr%s behind", behind, behind == 1 ? "y" : "ies");
	if (!is_up && *why)
		buf_printf(&more, "; the last link ended: %s", why);
	if (!*last) {
		checkup_add(c, FOUND_DOUBT, "peers", "%s at %s: never in sync yet%s", name,
		    json_get_text(p, "address").ptr, more.ptr);
		checkup_mend(c,
		    "belfry sync %s says how far it comes; is the address right, and the "
		    "port open there?",
		    name);
	} else if (days >= QUIET_DAYS && !is_up) {
		checkup_add(c, FOUND_DOUBT, "peers", "%s: last in sync %" PRId64 " days ago, %s%s",
		    name, days, last, more.ptr);
		checkup_mend(c,
		    "belfry sync %s, or a stick: belfry export FILE there, belfry import "
		    "FILE here",
		    name);
	} else {
		checkup_add(c, FOUND_GOOD, "peers", "%s: last in sync %s%s", name, last, more.ptr);
	}
	buf_release(&more);
}

/* Whom nobody can dial; *n: how many other hubs there are that somebody can. */
static void write_unaddressed(struct buf *out, size_t *n, const struct checkup *c)
{
	*n = 0;
	for (size_t i = 0; i < c->charter->nhubs; i++) {
		const struct charter_hub *h = &c->charter->hubs[i];
		if (h->is_closed || strcmp(h->id, c->store->hub) == 0)
			continue;
		*n += h->address[0] != 0;
		if (!h->address[0])
			buf_printf(out, "%s%s", out->len ? ", " : "", h->id);
	}
}

static void look_at_charter_hubs(struct checkup *c, size_t dialled)
{
	struct buf none = BUF_INIT;
	size_t reachable;
	write_unaddressed(&none, &reachable, c);
	if (none.len)
		checkup_add(c, FOUND_GOOD, "peers",
		    "without an address in the charter, so that they dial and are not dialled: %s",
		    none.ptr);
	if (!dialled && (none.len || reachable)) {
		bool is_hub = c->store->hub[0];
		checkup_add(c, FOUND_DOUBT, "peers", "nobody is dialled from here%s",
		    is_hub ? ": news comes only when others dial" : "");
		checkup_mend(
		    c, "belfry peer add NAME HOST:PORT; belfry charter show has addresses");
	}
	buf_release(&none);
}

/* What others have signed that exists, and nobody has brought. */
static void look_at_missing(struct checkup *c)
{
	size_t i;
	json_t *hub;
	struct buf text = BUF_INIT;
	json_array_foreach(json_object_get(json_object_get(c->status, "store"), "hubs"), i, hub)
	{
		buf_reset(&text);
		common_write_vouched(&text, hub);
		if (!text.len)
			continue;
		checkup_add(c, FOUND_DOUBT, "missing", "%s", text.ptr);
		checkup_mend(c,
		    "belfry sync with somebody else, or a stick: who was in sync without bringing "
		    "them lacks them too, or keeps them back");
	}
	buf_release(&text);
}

void doctor_peers(struct checkup *c)
{
	size_t i, dialled = 0;
	json_t *p;
	json_array_foreach(json_object_get(c->status, "peers"), i, p)
	{
		if (json_is_true(json_object_get(p, "is_configured"))) {
			dialled++;
			look_at_peer(c, p);
		}
		look_at_refused(c, p, json_get_text(p, "name").ptr);
	}
	json_array_foreach(json_object_get(json_object_get(c->status, "store"), "doors"), i, p)
	    look_at_refused(c, p, json_get_text(p, "door").ptr);
	if (c->charter)
		look_at_charter_hubs(c, dialled);
	look_at_missing(c);
}

/* --- tools --- */

struct tool {
	const char *argv[3], *before; /* its version stands after this word */
	unsigned major, minor;
	const char *use;
};

/* Signatures of commits are checked by git since 2.34 (git's RelNotes/2.34.0), of files by
 * ssh-keygen since OpenSSH 8.1 (its release notes). */
static const struct tool tools[] = {
    {{"git", "--version"}, "git version ", 2, 34,
	"git log --show-signature and belfry pull of a git host"},
    {{"ssh", "-V"}, "OpenSSH_", 8, 1, "ssh-keygen -Y verify"},
};

static void look_at_tool(struct checkup *c, const struct tool *t)
{
	char path[4096], text[64] = "?";
	const char *env[] = {path, "LC_ALL=C", NULL}, *dirs = getenv("PATH");
	const struct process p = {.argv = t->argv, .env = env, .out_max = 4096, .stall_s = 5};
	struct buf out = BUF_INIT, talk = BUF_INIT;
	struct err err;
	unsigned major = 0, minor = 0;
	snprintf(path, sizeof path, "PATH=%s", dirs ? dirs : "/usr/bin:/bin");
	int bad = process_run(&p, &out, &talk, &err);
	buf_add(&out, buf_str(&talk)); /* ssh tells its version as talk */
	const char *at = bad ? NULL : strstr(out.ptr, t->before);
	if (at)
		sscanf(at + strlen(t->before), "%u.%u", &major, &minor);
	if (at)
		snprintf(text, sizeof text, "%.*s", (int)strcspn(at, ",\n"), at);
	if (!bad && (major > t->major || (major == t->major && minor >= t->minor))) {
		checkup_add(c, FOUND_GOOD, "tools", "%s", text);
	} else {
		checkup_add(c, FOUND_DOUBT, "tools", "%s; %s needs %u.%u or newer",
		    bad ? err.msg : text, t->use, t->major, t->minor);
		checkup_mend(c, "install a newer %s; all else works without it",
		    strcmp(t->argv[0], "ssh") ? t->argv[0] : "OpenSSH");
	}
	buf_release(&out);
	buf_release(&talk);
}

void doctor_tools(struct checkup *c)
{
	for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
		look_at_tool(c, &tools[i]);
}
