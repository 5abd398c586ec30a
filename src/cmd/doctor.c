/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/doctor.h"

#include "base/log.h"
#include "net/control.h"
#include "net/report.h"
#include "store/clock.h"
#include "store/space.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* --- what was found --- */

static const char *const states[FINDINGS] = {"good", "look", "broken"};

static json_t *text_json(const char *format, va_list ap) __attribute__((format(printf, 1, 0)));
static json_t *text_json(const char *format, va_list ap)
{
	char text[2 * sizeof((struct err *)0)->msg];
	vsnprintf(text, sizeof text, format, ap);
	json_t *v = json_string(text);
	return v ? v : json_string("?"); /* cut within a character, or no text at all */
}

void checkup_add(struct checkup *c, enum finding state, const char *check, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	json_array_append_new(
	    c->findings, json_pack("{s:s, s:s, s:o, s:n}", "check", check, "state", states[state],
			     "found", text_json(format, ap), "do"));
	va_end(ap);
	c->counts[state]++;
}

void checkup_mend(struct checkup *c, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	json_object_set_new(json_array_get(c->findings, json_array_size(c->findings) - 1), "do",
	    text_json(format, ap));
	va_end(ap);
}

/* --- the clock, and what has a date --- */

/* The sentence without its line's end. */
static void add_notice(struct checkup *c, enum finding state, const char *check, struct buf *text)
{
	checkup_add(c, state, check, "%.*s", STR_FMT(str_trim(buf_str(text))));
	buf_reset(text);
}

static void look_at_charter(struct checkup *c)
{
	struct buf text = BUF_INIT;
	charter_notice_expiry(&text, c->charter, c->now);
	if (text.len) {
		add_notice(c, charter_is_expired(c->charter, c->now) ? FOUND_BROKEN : FOUND_DOUBT,
		    "charter", &text);
		checkup_mend(c, "the central team: belfry charter propose --expires DATE, sign, "
				"apply; then belfry sync here");
	} else if (c->charter->expires) {
		checkup_add(c, FOUND_GOOD, "charter",
		    "version %u is good for %" PRId64 " days more", c->charter->version,
		    (c->charter->expires - c->now) / 86400);
	} else {
		checkup_add(
		    c, FOUND_GOOD, "charter", "version %u, without an end", c->charter->version);
	}
	buf_release(&text);
}

static void look_at_clock(struct checkup *c)
{
	struct clock_look l;
	struct buf text = BUF_INIT;
	clock_look(&l, c->store, c->now);
	charter_notice_clock(&text, c->charter, c->now);
	const struct time_text now = time_text(c->now), then = time_text(l.newest);
	const char *here = now.text, *there = then.text;
	if (text.len)
		add_notice(c, FOUND_BROKEN, "clock", &text);
	else if (l.state == CLOCK_BEHIND)
		checkup_add(c, FOUND_BROKEN, "clock", "behind: it says %s, and %s has signed at %s",
		    here, l.hub, there);
	else if (l.state == CLOCK_DOUBTFUL && strcmp(l.hub, c->store->hub) == 0)
		checkup_add(c, FOUND_DOUBT, "clock",
		    "it says %s, and this hub itself has signed at %s: the clock was wrong then, "
		    "or is now",
		    here, there);
	else if (l.state == CLOCK_DOUBTFUL)
		checkup_add(c, FOUND_DOUBT, "clock",
		    "it says %s, and %s has signed at %s: one of the two clocks is wrong", here,
		    l.hub, there);
	else if (l.state == CLOCK_AHEAD)
		checkup_add(c, FOUND_DOUBT, "clock",
		    "it says %s, and nobody has signed anything since %s: ahead, unless the "
		    "network has been quiet or this store was long without a link",
		    here, there);
	else
		checkup_add(c, FOUND_GOOD, "clock", "%s, which fits what others have signed", here);
	buf_release(&text);
	if (l.state != CLOCK_GOOD || c->charter->time > c->now + 86400)
		checkup_mend(c, "compare date -u with a clock you trust; timedatectl set-ntp true "
				"keeps it right");
}

/* --- room --- */

static void look_at_attachments(struct checkup *c)
{
	const json_t *a = json_object_get(json_object_get(c->status, "store"), "attachments");
	int64_t budget = json_get_int(a, "budget"), to_go = json_get_int(a, "bytes_to_go");
	int64_t left = budget - json_get_int(a, "spent");
	if (json_get_int(a, "wrong")) {
		checkup_add(c, FOUND_DOUBT, "attachments",
		    "%" PRId64 " whose pieces are not the file that the record names",
		    json_get_int(a, "wrong"));
		checkup_mend(c, "belfry attachments names them; their authors publish a revision");
	}
	if (!budget || !to_go || to_go <= left)
		return;
	checkup_add(c, FOUND_DOUBT, "attachments",
	    "%s are to come, and this month's budget has %s left", amount(to_go).text,
	    amount(left > 0 ? left : 0).text);
	checkup_mend(c, "wait for the next month, or belfry attachments --budget SIZE");
}

static void look_at_room(struct checkup *c)
{
	struct space p;
	struct err err;
	if (store_space(c->store, &p, &err)) {
		checkup_add(c, FOUND_DOUBT, "space", "%s", err.msg);
		return;
	}
	const char *mend =
	    "make room on the disk; belfry attachments --remove NAME gives some back "
	    "(docs/operations.md, A full disk)";
	if (space_check(&p, c->dir, &err)) {
		checkup_add(c, FOUND_BROKEN, "space", "%s", err.msg);
		checkup_mend(c, "%s", mend);
	} else {
		bool is_near = p.free / 2 < p.reserve;
		checkup_add(c, is_near ? FOUND_DOUBT : FOUND_GOOD, "space",
		    "%s free; new entries stop when it is %s (belfry.reserve)",
		    amount((int64_t)p.free).text, amount((int64_t)p.reserve).text);
		if (is_near)
			checkup_mend(c, "%s", mend);
	}
	look_at_attachments(c);
}

/* --- all of it --- */

static void take_status(struct checkup *c)
{
	struct err err = {.code = ERR_NONE};
	json_t *store, *request = json_pack("{s:s}", "op", "status");
	c->has_daemon = control_is_up(c->dir);
	int bad = c->has_daemon ? control_call(c->dir, request, &c->status, &err) : 0;
	if (!bad && !c->has_daemon && c->store && !(bad = report_store(&store, c->store, &err))) {
		c->status = json_pack("{s:n, s:o}", "daemon", "store", store);
		report_add_idle(c->status, c->store);
	}
	json_decref(request);
	if (bad) {
		checkup_add(c, FOUND_BROKEN, "status", "%s", err.msg);
		checkup_mend(c, "belfry verify says what of the store cannot be read");
	}
}

static void look_at_all(struct checkup *c)
{
	struct err err;
	if (store_open(&c->store, c->dir, STORE_READ, &err))
		doctor_no_store(c, &err);
	else
		c->store->leaves_cache = true;
	if (c->store && c->store->charter_version &&
	    store_charter(c->store, 0, &c->charter, NULL, &err))
		checkup_add(c, FOUND_BROKEN, "charter", "%s", err.msg);
	take_status(c);
	if (c->store)
		doctor_store(c);
	if (c->charter) {
		look_at_charter(c);
		look_at_clock(c);
	}
	doctor_keys(c);
	if (c->store)
		look_at_room(c);
	if (c->status)
		doctor_peers(c);
	doctor_tools(c);
}

static void print(const struct checkup *c)
{
	size_t i;
	json_t *f;
	json_array_foreach(c->findings, i, f)
	{
		struct str state = json_get_text(f, "state"), mend = json_get_text(f, "do");
		printf("%-7s %-12s ", str_is(state, "broken") ? "BROKEN" : state.ptr,
		    json_get_text(f, "check").ptr);
		cmd_print_text(json_get_text(f, "found"));
		if (mend.len) {
			printf("\n%20s → ", "");
			cmd_print_text(mend);
		}
		putchar('\n');
	}
	printf("%zu good, %zu worth a look, %zu broken\n", c->counts[FOUND_GOOD],
	    c->counts[FOUND_DOUBT], c->counts[FOUND_BROKEN]);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const struct cmd_option options[] = {{0}};
	struct cmd_common common;
	int nargs, status = cmd_options(self, options, &common, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs)
		return cmd_usage(self, "what is '%s'?", argv[0]);
	log_level(LOG_WARN); /* settings that are passed over say so */
	struct checkup c = {.dir = common.store, .now = common_now(), .findings = json_array()};
	look_at_all(&c);
	if (common.json)
		cmd_print_json(
		    json_pack("{s:b, s:O}", "good", !c.counts[FOUND_BROKEN], "checks", c.findings));
	else
		print(&c);
	json_decref(c.findings);
	json_decref(c.status);
	store_close(c.store);
	return c.counts[FOUND_BROKEN] ? EXIT_REFUSED : EXIT_DONE;
}

const struct cmd cmd_doctor = {
    .name = "doctor",
    .args = "",
    .summary = "Check store, keys, clock, space and peers; say what to do.",
    .group = CMD_CARE,
    .run = run,
    .details =
	"It only reads, with or without a daemon. A line for each check: good, worth a look, or\n"
	"BROKEN, with what mends it; exit 1 when anything is broken. Of the journals it checks "
	"how they\nend; belfry verify checks all of them. With --json: \"checks\", each with "
	"\"check\", \"state\" (good,\nlook, broken), \"found\" and \"do\" (null where there is "
	"nothing to do).",
};
