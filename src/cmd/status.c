/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "net/control.h"
#include "net/gauge.h"
#include "net/report.h"
#include "store/stewards.h"

#include <inttypes.h>
#include <stdio.h>

/* --- where it comes from --- */

static int read_store(json_t **out, const char *dir, struct err *err)
{
	struct store *s;
	json_t *store = NULL;
	*out = NULL;
	if (store_open(&s, dir, STORE_READ, err))
		return err->code;
	int bad = report_store(&store, s, err);
	if (!bad) {
		*out = json_pack("{s:n, s:o}", "daemon", "store", store);
		report_add_idle(*out, s);
	}
	store_close(s);
	return bad;
}

static int ask_daemon(json_t **out, const char *dir, struct err *err)
{
	json_t *request = json_pack("{s:s}", "op", "status");
	int bad = control_call(dir, request, out, err);
	json_decref(request);
	return bad;
}

/* --- for people --- */

/* "-" where it is not known. */
static struct amount number(const json_t *o, const char *key)
{
	struct amount a = {"-"};
	if (json_is_integer(json_object_get(o, key)))
		snprintf(a.text, sizeof a.text, "%" PRId64, json_get_int(o, key));
	return a;
}

static const char *text_of(const json_t *o, const char *key)
{
	struct str s = json_get_text(o, key);
	return s.len ? s.ptr : "-";
}

static void print_age(const json_t *charter)
{
	int64_t days = json_get_int(charter, "age_days");
	printf("charter  version %" PRId64, json_get_int(charter, "version"));
	if (json_get_text(charter, "time").len)
		printf(", %s, %" PRId64 " day%s old", text_of(charter, "time"), days,
		    days == 1 ? "" : "s");
	if (json_is_true(json_object_get(charter, "is_expired")))
		printf(", EXPIRED %s: nobody new can be enrolled until the next is here",
		    text_of(charter, "expires"));
	else if (json_get_text(charter, "expires").len)
		printf(", good until %s", text_of(charter, "expires"));
	putchar('\n');
}

static void print_counts(const char *label, json_t *counts)
{
	const char *state;
	json_t *n;
	bool is_first = true;
	if (!counts)
		return;
	printf("%-8s ", label);
	json_object_foreach(counts, state, n)
	{
		printf("%s%lld %s", is_first ? "" : ", ", (long long)json_integer_value(n), state);
		is_first = false;
	}
	puts(is_first ? "empty" : "");
}

static void print_disk(const json_t *disk)
{
	if (json_is_true(json_object_get(disk, "is_short")))
		printf("DISK     FULL: %s\n", text_of(disk, "why"));
	else if (disk)
		printf("disk     %s free\n", amount(json_get_int(disk, "free")).text);
}

static void print_stewards(const json_t *at)
{
	if (!json_is_object(at) || json_get_int(at, "here") < json_get_int(at, "wanted"))
		return;
	puts(json_is_true(json_object_get(at, "is_journal"))
		 ? "steward  and journal are one key: " STEWARDS_COST
		 : "steward  key and journal key are both here: " STEWARDS_COST);
}

static void print_some(const json_t *a, const char *count, const char *bytes, const char *what)
{
	if (json_get_int(a, count))
		printf("%" PRId64 " %s (%s), ", json_get_int(a, count), what,
		    amount(json_get_int(a, bytes)).text);
}

static void print_attachments(const json_t *a)
{
	int64_t budget = json_get_int(a, "budget"), spent = json_get_int(a, "spent");
	int64_t beyond = spent + json_get_int(a, "bytes_to_go") - budget;
	if (!a || !(json_get_int(a, "here") + json_get_int(a, "to_come") +
		      json_get_int(a, "unwanted") + json_get_int(a, "wrong") + spent))
		return;
	printf("files    ");
	print_some(a, "here", "here_bytes", "here");
	print_some(a, "to_come", "bytes_to_go", "to come");
	print_some(a, "unwanted", "unwanted_bytes", "not wanted");
	if (json_get_int(a, "wrong"))
		printf("%" PRId64 " whose record is wrong, ", json_get_int(a, "wrong"));
	printf("%s came in %s", amount(spent).text, text_of(a, "month"));
	if (budget)
		printf(" of the budget of %s", amount(budget).text);
	if (budget && json_get_int(a, "to_come") && beyond > 0)
		printf("; %s more than it allows", amount(beyond).text);
	putchar('\n');
}

static void print_refused(const char *label, const json_t *from)
{
	const char *kind;
	json_t *n, *refused = json_object_get(from, "refused");
	bool is_first = true;
	json_object_foreach(refused, kind, n)
	{
		printf(
		    "%s%lld %s", is_first ? label : ", ", (long long)json_integer_value(n), kind);
		is_first = false;
	}
	if (!is_first)
		putchar('\n');
}

/* What came by files, from web hosts and from git hosts, and was refused. */
static void print_doors(const json_t *doors)
{
	size_t i;
	json_t *door;
	json_array_foreach(doors, i, door)
	{
		char label[64];
		snprintf(label, sizeof label, "refused  by %s: ", text_of(door, "door"));
		print_refused(label, door);
		printf("         last: ");
		cmd_print_text(json_get_text(door, "last_reason"));
		putchar('\n');
	}
}

/* Addresses that were pulled from. */
static void print_pulls(const json_t *pulls)
{
	size_t i;
	json_t *one;
	json_array_foreach(pulls, i, one)
	{
		bool is_good = !json_get_text(one, "last_reason").len;
		printf("%s ", i ? "        " : "pulled  ");
		cmd_print_text(json_get_text(one, "address"));
		printf(is_good ? ": %s\n" : ": tried %s; ", text_of(one, "tried"));
		if (is_good)
			continue;
		printf(
		    json_get_text(one, "worked").len ? "it last worked %s\n" : "it never worked\n",
		    text_of(one, "worked"));
		printf("           ");
		cmd_print_text(json_get_text(one, "last_reason"));
		putchar('\n');
	}
}

static void print_store(const json_t *store)
{
	struct str own = json_get_text(store, "hub");
	printf("network  %s\n", text_of(store, "network"));
	if (own.len)
		printf("here     hub %s\n", own.ptr);
	else if (json_is_true(json_object_get(store, "has_asked")))
		puts("here     a hub that has asked and not joined: belfry join takes the "
		     "invitation "
		     "that belfry admit writes for it");
	else if (json_get_text(store, "home").len)
		printf("here     an edge, home hub %s\n", text_of(store, "home"));
	else
		puts("here     an edge, without a home hub yet: belfry submit settles it by who "
		     "signs");
	if (json_is_object(json_object_get(store, "charter")))
		print_age(json_object_get(store, "charter"));
	else
		puts("charter  none yet");
	if (json_is_false(json_object_get(store, "is_writable")))
		puts("STORE    READ-ONLY since a write failed; see the daemon's log");
	if (json_is_true(json_object_get(store, "is_restored")))
		puts(
		    "RESTORED or copied: nothing is signed here before it was in sync with another "
		    "hub (belfry sync)");
	print_stewards(json_object_get(store, "stewards"));
	print_disk(json_object_get(store, "disk"));
	print_attachments(json_object_get(store, "attachments"));
	print_counts("inbox", json_object_get(store, "inbox"));
	print_counts("outbox", json_object_get(store, "outbox"));
	print_doors(json_object_get(store, "doors"));
	print_pulls(json_object_get(store, "pulls"));
}

static void print_disputes(const json_t *store)
{
	size_t i;
	json_t *hub;
	json_array_foreach(json_object_get(store, "hubs"), i, hub)
	{
		if (!json_is_integer(json_object_get(hub, "disputed")))
			continue;
		printf("DISPUTE  hub %s has signed two entries where one can be, at %" PRId64
		       "; what it publishes is marked until the central team decides\n",
		    text_of(hub, "hub"), json_get_int(hub, "disputed"));
	}
}

/* Entries that others have signed for, and that are not here. */
static void print_missing(const json_t *store)
{
	size_t i;
	json_t *hub;
	struct buf text = BUF_INIT;
	json_array_foreach(json_object_get(store, "hubs"), i, hub)
	{
		buf_reset(&text);
		common_write_vouched(&text, hub);
		if (text.len)
			printf("MISSING  %s\n", text.ptr);
	}
	buf_release(&text);
}

/* The most that a peer, who is connected, or a signed word tells of. */
static struct amount behind_of(const json_t *hub)
{
	int64_t known = json_get_int(hub, "known") - json_get_int(hub, "entries");
	struct amount a = number(hub, "behind");
	if (known > json_get_int(hub, "behind"))
		snprintf(a.text, sizeof a.text, "%" PRId64, known);
	return a;
}

static void print_hubs(const json_t *store)
{
	size_t i;
	json_t *hub;
	print_disputes(store);
	print_missing(store);
	printf("\n%-24s %-24s %8s %8s %8s  %s\n", "HUB", "REGION", "ENTRIES", "KNOWN", "BEHIND",
	    "NEWEST");
	json_array_foreach(json_object_get(store, "hubs"), i, hub)
	    printf("%-24s %-24s %8" PRId64 " %8s %8s  %s%s%s\n", text_of(hub, "hub"),
		text_of(hub, "region"), json_get_int(hub, "entries"), number(hub, "known").text,
		behind_of(hub).text, text_of(hub, "newest"),
		json_is_false(json_object_get(hub, "is_followed")) ? ", not followed" : "",
		str_is(json_get_text(hub, "state"), "closed") ? ", CLOSED" : "");
}

/* Where it stands as a whole, and what that has cost. */
static void print_totals(const json_t *status)
{
	const json_t *month = json_object_get(status, "month"),
		     *progress = json_object_get(status, "progress");
	struct buf span = BUF_INIT;
	printf("spent    %s received", amount(json_get_int(month, "bytes_in")).text);
	printf(", %s sent in %s\n", amount(json_get_int(month, "bytes_out")).text,
	    text_of(month, "month"));
	int64_t behind = json_get_int(progress, "behind");
	if (!behind)
		return;
	printf("behind   by %" PRId64 " entr%s", behind, behind == 1 ? "y" : "ies");
	if (json_is_integer(json_object_get(progress, "bytes_to_go")))
		printf(", about %s (as large as those that came)",
		    amount(json_get_int(progress, "bytes_to_go")).text);
	if (json_is_integer(json_object_get(progress, "seconds_to_go"))) {
		gauge_write_span(&span, json_get_int(progress, "seconds_to_go"));
		printf(
		    ", about %s at %s/s", span.ptr, amount(json_get_int(progress, "rate_in")).text);
	}
	putchar('\n');
	buf_release(&span);
}

static void print_daemon(const json_t *daemon)
{
	size_t i;
	json_t *address;
	if (!json_is_object(daemon)) {
		puts("daemon   none runs on this store");
		return;
	}
	printf("daemon   process %" PRId64, json_get_int(daemon, "pid"));
	json_array_foreach(json_object_get(daemon, "listening"), i, address)
	    printf("%s%s", i ? ", " : ", listening on ", json_text(address).ptr);
	putchar('\n');
}

static void print_peer(const json_t *p)
{
	char state[64];
	const json_t *month = json_object_get(p, "month");
	int64_t behind = json_get_int(p, "behind"), ahead = json_get_int(p, "peer_behind");
	bool is_connected = str_is(json_get_text(p, "state"), "connected");
	if (json_is_true(json_object_get(p, "is_in_sync")))
		snprintf(state, sizeof state, "in sync");
	else if (json_is_true(json_object_get(p, "is_held")))
		snprintf(state, sizeof state, "its disk is full");
	else if (is_connected)
		snprintf(state, sizeof state, "here -%" PRId64 ", there -%" PRId64, behind, ahead);
	else
		snprintf(state, sizeof state, "%s", text_of(p, "state"));
	printf("%-24s %-20s %10s %10s  %s\n", text_of(p, "name"), state,
	    amount(json_get_int(month, "bytes_in")).text,
	    amount(json_get_int(month, "bytes_out")).text, text_of(p, "last_exchange"));
	if (!is_connected && json_get_int(p, "last_behind") + json_get_int(p, "last_peer_behind"))
		printf("    when it was last here: here -%" PRId64 ", there -%" PRId64 "\n",
		    json_get_int(p, "last_behind"), json_get_int(p, "last_peer_behind"));
	if (!is_connected && json_get_text(p, "last_reason").len) {
		printf("    ");
		cmd_print_text(json_get_text(p, "last_reason"));
		putchar('\n');
	}
	print_refused("    refused of it: ", p);
}

static void print(const json_t *status)
{
	size_t i;
	json_t *peer, *peers = json_object_get(status, "peers");
	const json_t *store = json_object_get(status, "store");
	print_daemon(json_object_get(status, "daemon"));
	print_store(store);
	print_totals(status);
	json_array_foreach(json_object_get(status, "heard"), i, peer) printf("%s %s, %s\n",
	    i ? "        " : "in room ", text_of(peer, "address"), text_of(peer, "state"));
	print_hubs(store);
	if (json_array_size(peers))
		printf("\n%-24s %-20s %10s %10s  %s\n", "PEER", "STATE", "RECEIVED", "SENT",
		    "LAST IN SYNC");
	json_array_foreach(peers, i, peer) print_peer(peer);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const struct cmd_option options[] = {{0}};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	json_t *status_json = NULL;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs)
		return cmd_usage(self, "what is '%s'?", argv[0]);
	int bad = control_is_up(c.store) ? ask_daemon(&status_json, c.store, &err)
					 : read_store(&status_json, c.store, &err);
	if (bad)
		return cmd_fail(self, &err);
	if (c.json) {
		cmd_print_json(status_json);
		return EXIT_DONE;
	}
	print(status_json);
	json_decref(status_json);
	return EXIT_DONE;
}

const struct cmd cmd_status = {
    .name = "status",
    .args = "",
    .summary = "What is here per hub, and how it stands with each peer.",
    .group = CMD_CARE,
    .run = run,
    .details =
	"KNOWN is the largest number of an entry that anybody has signed for: hubs name, in their\n"
	"own entries, how far they have seen the others. BEHIND counts entries that are not here\n"
	"and that peers who are connected, or such a word, tell of; MISSING says whose word.\n"
	"RECEIVED and SENT are bytes of this calendar month (UTC); what TCP and IP add is not "
	"counted.\nBytes to go are estimated from the entries of the same journal that came.\n"
	"Of files that records name, those to come are fetched by the policy or because somebody\n"
	"asked; belfry attachments lists all and changes that.\n"
	"\"refused by\" counts, by reason, what came by file, from a web host or from a git host\n"
	"and was not taken in; what links brought stands with its peer. \"pulled\" tells of each\n"
	"address of belfry pull when it was last tried, when it last worked, and why not.",
};
