/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/found.h"
#include "cmd/json_file.h"
#include "net/address.h"

#include <stdio.h>

static json_t *country_list(const struct cmd_list *countries)
{
	json_t *list = json_array();
	for (size_t i = 0; i < countries->len; i++)
		json_array_append_new(list, json_string(countries->items[i]));
	return list;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *hub = NULL, *region = NULL, *address = NULL, *out = NULL;
	struct cmd_list countries = {.len = 0};
	const struct cmd_option options[] = {
	    {"hub", "NAME", OPTION_TEXT, &hub, "the new hub's name"},
	    {"region", "ID", OPTION_TEXT, &region, "the region it publishes for"},
	    {"country", "CC", OPTION_LIST, &countries,
		"a country whose cities are this hub's alone; may be repeated"},
	    {"address", "HOST:PORT", OPTION_TEXT, &address, "where other hubs can dial it"},
	    {"out", "FILE", OPTION_TEXT, &out, "write the request there instead of printing it"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct hub_keys keys = {.journal = NULL};
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs || !hub || !region)
		return cmd_usage(self, "give --hub and --region");
	if (!common_is_page_name(str_from(hub)))
		return cmd_usage(self, COMMON_NO_HUB_NAME, hub);
	struct address where;
	if (address && address_parse_peer(&where, str_from(address), &err))
		return cmd_fail(self, &err);
	hub_keys_make(&keys);
	int bad = store_create(c.store, &err) || hub_keys_save(&keys, c.store, hub, &err);
	if (!bad) {
		json_t *list = country_list(&countries);
		json_t *request = json_pack("{s:s, s:o}", "belfry", "request/1", "hub",
		    hub_entry(hub, region, address, list, &keys));
		bad = json_file_write(out, request, &err);
		json_decref(request);
		json_decref(list);
	}
	hub_keys_release(&keys);
	if (bad)
		return cmd_fail(self, &err);
	cmd_say("Keys are in %s/keys. Give the request%s%s to the central team; it holds public "
		"keys only.",
	    c.store, out ? " " : "", out ? out : "");
	return EXIT_DONE;
}

const struct cmd cmd_request = {
    .name = "request",
    .args = "--hub NAME --region ID [--address HOST:PORT] [--out FILE]",
    .summary = "On a new hub: make its keys and a request to be admitted.",
    .group = CMD_NETWORK,
    .run = run,
};
