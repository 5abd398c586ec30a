/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/ask.h"

#include <stdio.h>

static void print_list(const char *label, const json_t *list, const char *none)
{
	size_t i;
	json_t *v;
	printf("%-10s ", label);
	json_array_foreach(list, i, v) printf("%s%s", i ? ", " : "", json_text(v).ptr);
	puts(json_array_size(list) ? "" : none);
}

static void print(const json_t *reply)
{
	if (json_is_true(json_object_get(reply, "all"))) {
		puts("everything is followed");
		return;
	}
	print_list("regions", json_object_get(reply, "regions"), "all");
	print_list("types", json_object_get(reply, "types"), "all");
	print_list("languages", json_object_get(reply, "languages"), "all");
	print_list("hubs", json_object_get(reply, "hubs"), "all");
}

static void add_list(json_t *request, const char *key, const struct cmd_list *l)
{
	json_t *a = json_array();
	for (size_t i = 0; i < l->len; i++) {
		json_t *s = json_string(l->items[i]);
		json_array_append_new(a, s ? s : json_string("?")); /* no text: no such one */
	}
	if (l->len)
		json_object_set(request, key, a);
	json_decref(a);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct cmd_list regions = {.len = 0}, types = {.len = 0}, langs = {.len = 0};
	bool all = false;
	const struct cmd_option options[] = {
	    {"region", "R", OPTION_LIST, &regions,
		"follow only the hubs of this region; may be given again"},
	    {"type", "T", OPTION_LIST, &types, "only records of this type; may be given again"},
	    {"lang", "L", OPTION_LIST, &langs, "only records in this language; may be given again"},
	    {"all", NULL, OPTION_FLAG, &all, "follow everything again"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	json_t *reply;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs)
		return cmd_usage(self, "what is '%s'? regions are given with --region", argv[0]);
	if (all && regions.len + types.len + langs.len)
		return cmd_usage(self, "--all goes with no other option");
	json_t *request = json_pack("{s:s}", "op", "subscribe");
	if (all)
		json_object_set_new(request, "all", json_true());
	add_list(request, "regions", &regions);
	add_list(request, "types", &types);
	add_list(request, "languages", &langs);
	if (ask(&reply, &c, request, &err))
		return cmd_fail(self, &err);
	if (c.json)
		cmd_print_json(json_incref(reply));
	else
		print(reply);
	json_decref(reply);
	return EXIT_DONE;
}

const struct cmd cmd_subscribe = {
    .name = "subscribe",
    .args = "[--region R]... [--type T]... [--lang L]... | --all",
    .summary = "What an edge with little room follows of the network.",
    .group = CMD_CARRY,
    .run = run,
    .details =
	"Without options it says what is followed. Each time it is given anew, as a whole. With "
	"--region,\nthe journals of other regions' hubs are not fetched, and do not count as "
	"missing; the home hub\nand the hubs of the region global are always followed. With "
	"--type and --lang, other records'\nsignatures and hashes come, not their text; such an "
	"edge passes nothing on. What is here already\nstays. A hub follows everything.",
};
