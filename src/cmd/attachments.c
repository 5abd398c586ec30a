/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/ask.h"
#include "cmd/common.h"
#include "store/attachments.h"

#include <stdio.h>

static void print_row(const json_t *r)
{
	char state[64];
	struct str is = json_get_text(r, "state");
	bool is_wanted = json_is_true(json_object_get(r, "wanted"));
	if (str_is(is, "partly"))
		snprintf(state, sizeof state, "%s of it%s",
		    amount(json_get_int(r, "bytes_here")).text, is_wanted ? "" : ", not wanted");
	else if (str_is(is, "missing"))
		snprintf(state, sizeof state, "not here%s", is_wanted ? ", wanted" : "");
	else if (str_is(is, "false"))
		snprintf(state, sizeof state, "the record is wrong about it");
	else
		snprintf(state, sizeof state, "here");
	printf("%-28s %10s  %-20s %s\n", json_get_text(r, "name").ptr,
	    amount(json_get_int(r, "size")).text, state, json_get_text(r, "record").ptr);
}

static void print(const json_t *all)
{
	size_t i;
	json_t *row;
	int64_t budget = json_get_int(all, "budget"), unnamed = json_get_int(all, "unnamed");
	json_array_foreach(json_object_get(all, "items"), i, row) print_row(row);
	printf("fetched unasked: %s", json_get_text(all, "policy").ptr);
	if (str_is(json_get_text(all, "policy"), "small"))
		printf(" (up to %s)", amount(json_get_int(all, "small")).text);
	printf("; %s came in %s", amount(json_get_int(all, "spent")).text,
	    json_get_text(all, "month").ptr);
	printf(budget ? " of %s\n" : "%s\n", budget ? amount(budget).text : "");
	if (unnamed)
		printf("%lld more file%s (%s) that nothing published or submitted names: --remove unnamed\n",
		    (long long)unnamed, unnamed == 1 ? "" : "s",
		    amount(json_get_int(all, "unnamed_bytes")).text);
}

static int set(const struct cmd_common *c, const char *key, const char *value, struct err *err)
{
	json_t *reply = NULL;
	if (!value)
		return 0;
	if (attach_setting_check(key, str_from(value), err))
		return err->code;
	int bad = ask(&reply, c,
	    json_pack("{s:s, s:s, s:s}", "op", "config", "key", key, "value", value), err);
	json_decref(reply);
	return bad;
}

static int act(
    const struct cmd_common *c, const char *op, const char *name, const char *what, struct err *err)
{
	json_t *reply = NULL;
	if (!name)
		return 0;
	int bad = ask(&reply, c, json_pack("{s:s, s:s}", "op", op, "name", name), err);
	if (!bad)
		cmd_say("%lld file%s %s", (long long)json_get_int(reply, "files"),
		    json_get_int(reply, "files") == 1 ? "" : "s", what);
	json_decref(reply);
	return bad;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *fetch = NULL, *gone = NULL, *policy = NULL, *small = NULL, *budget = NULL;
	const struct cmd_option options[] = {
	    {"fetch", "NAME", OPTION_TEXT, &fetch,
		"fetch it with the next link: a name, a SHA-256, PLACE/TYPE/ID, or all"},
	    {"remove", "NAME", OPTION_TEXT, &gone,
		"take it off this disk and do not fetch it again; or \"unnamed\""},
	    {"policy", "P", OPTION_TEXT, &policy, "what is fetched unasked: none, small or all"},
	    {"small", "BYTES", OPTION_TEXT, &small, "what small means; 1m unless set"},
	    {"budget", "BYTES", OPTION_TEXT, &budget,
		"at most so much in a calendar month; 0: no limit"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	json_t *all = NULL;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs)
		return cmd_usage(self, "what is '%s'?", argv[0]);
	int bad = set(&c, "belfry.attachments", policy, &err) ||
		  set(&c, "belfry.attachmentsSmall", small, &err) ||
		  set(&c, "belfry.attachmentsBudget", budget, &err) ||
		  act(&c, "attach-want", fetch, "wanted", &err) ||
		  act(&c, "attach-remove", gone, "removed", &err) ||
		  ask(&all, &c, json_pack("{s:s}", "op", "attachments"), &err);
	if (bad)
		return cmd_fail(self, &err);
	if (c.json)
		cmd_print_json(json_incref(all));
	else
		print(all);
	json_decref(all);
	return EXIT_DONE;
}

const struct cmd cmd_attachments = {
    .name = "attachments",
    .args = "[--fetch NAME|all] [--remove NAME] [--policy P] [--small BYTES] [--budget BYTES]",
    .summary = "Which large files records name, which are here; fetch, limit, remove.",
    .group = CMD_CARRY,
    .run = run,
    .details = "A file comes from any peer that has it, after everything else, and goes on where a "
	       "cut left it.\nUnless set, a hub fetches small ones unasked and an edge none.",
};
