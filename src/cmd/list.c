/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/ask.h"

#include <stdio.h>

/* More rows than the daemon answers with are read by the command itself. */
enum { ROWS_ASKED = 2000 };

static const char *text(const json_t *item, const char *key)
{
	const char *s = json_string_value(json_object_get(item, key));
	return s ? s : "";
}

static void print(const json_t *i)
{
	const char *state = text(i, "state");
	bool is_held = strcmp(state, "held") == 0;
	printf("%s/%s/%s/%s  %s%s%s%s%s\n", text(i, "place"), text(i, "type"), text(i, "id"),
	    text(i, "lang"), strcmp(text(i, "audience"), "members") == 0 ? "(for members) " : "",
	    strcmp(state, "withdrawn") == 0 ? "(withdrawn) " : "",
	    json_is_true(json_object_get(i, "contested")) && !is_held ? "(conflict) " : "",
	    json_is_true(json_object_get(i, "disputed")) ? "(hub in dispute) " : "",
	    text(i, "title"));
	if (is_held || strcmp(state, "absent") == 0)
		printf("    %s (%s %lld): %s\n", state, text(i, "hub"),
		    (long long)json_get_int(i, "seq"), text(i, "reason"));
}

/* At each path the text that is shown, then those that were made apart from it. */
static void print_conflict(const json_t *i)
{
	bool is_shown = strcmp(text(i, "state"), "held") != 0;
	if (is_shown)
		print(i);
	printf("    %s revision %lld of hub %s (entry %lld), by %s, sha256:%s\n",
	    is_shown ? "shown:" : "other:", (long long)json_get_int(i, "revision"), text(i, "hub"),
	    (long long)json_get_int(i, "seq"), text(i, "author"), text(i, "sha256"));
}

/* What is no text (a shell can give any bytes) matches nothing. */
static void add(json_t *request, const char *key, const char *value)
{
	if (!value)
		return;
	json_t *s = json_string(value);
	json_object_set_new(request, key, s ? s : json_string("\x01"));
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *type = NULL, *region = NULL, *place = NULL, *theme = NULL, *lang = NULL,
		   *by = NULL, *search = NULL;
	bool held = false, conflicts = false;
	const struct cmd_option options[] = {
	    {"type", "T", OPTION_TEXT, &type, "only this type"},
	    {"region", "R", OPTION_TEXT, &region, "only this region"},
	    {"place", "P", OPTION_TEXT, &place, "only this place"},
	    {"theme", "T", OPTION_TEXT, &theme, "only this theme"},
	    {"lang", "L", OPTION_TEXT, &lang, "only this language"},
	    {"by", "MEMBER", OPTION_TEXT, &by,
		"only what this member wrote or reviewed, newest revisions"},
	    {"search", "TEXT", OPTION_TEXT, &search, "only with this text in title, summary or id"},
	    {"held", NULL, OPTION_FLAG, &held,
		"what is held and why, instead of what is published"},
	    {"conflicts", NULL, OPTION_FLAG, &conflicts,
		"texts of one record that were made apart: what is shown, and the others"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	json_t *reply;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs)
		return cmd_usage(self, "what is '%s'?", argv[0]);
	if (held && conflicts)
		return cmd_usage(self, "--held or --conflicts, not both");
	json_t *request = json_pack("{s:s, s:b, s:b, s:i}", "op", "list", "held", held, "conflicts",
	    conflicts, "max", ROWS_ASKED);
	add(request, "type", type);
	add(request, "region", region);
	add(request, "place", place);
	add(request, "theme", theme);
	add(request, "lang", lang);
	add(request, "by", by);
	add(request, "search", search);
	if (ask(&reply, &c, request, &err))
		return cmd_fail(self, &err);
	json_t *items = json_object_get(reply, "items");
	if (json_get_text(reply, "hint").len)
		cmd_say("belfry list: %s", json_get_text(reply, "hint").ptr);
	if (c.json) {
		cmd_print_json(json_incref(items));
	} else {
		size_t i;
		json_t *item;
		json_array_foreach(items, i, item) conflicts ? print_conflict(item) : print(item);
		if (json_get_int(reply, "absent"))
			cmd_say("the text of %lld records is not here: not subscribed (belfry list "
				"--held names them)",
			    (long long)json_get_int(reply, "absent"));
		if (json_get_int(reply, "unfollowed"))
			cmd_say("%lld of the network's hubs are not followed here (belfry "
				"subscribe): of them, what came before",
			    (long long)json_get_int(reply, "unfollowed"));
	}
	json_decref(reply);
	return EXIT_DONE;
}

const struct cmd cmd_list = {
    .name = "list",
    .args = "[--type T] [--region R] [--place P] [--theme T] [--lang L] [--by MEMBER] "
	    "[--search TEXT] [--held|--conflicts]",
    .summary = "The catalogue.",
    .group = CMD_READ,
    .run = run,
    .details = "A conflict ends with a revision that follows both texts: belfry new --merge.",
};
