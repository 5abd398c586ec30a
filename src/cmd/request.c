/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
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

static bool has_key(const char *store, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/keys/%s", store, name);
	return file_exists(path);
}

/* Were keys made here for a hub that nobody has admitted yet? Then the request may have been wrong,
 * or lost, and is written anew. A central key says that a network is being founded here. */
static bool is_waiting(const char *dir)
{
	struct store *s;
	struct err none;
	if (!has_key(dir, "journal") || has_key(dir, "central") ||
	    store_open(&s, dir, STORE_READ, &none))
		return false;
	bool is = !s->charter_version && !s->pins_bytes && !s->hub[0];
	store_close(s);
	return is;
}

static int check_countries(const struct cmd_list *countries, struct err *err)
{
	for (size_t i = 0; i < countries->len; i++) {
		const char *c = countries->items[i];
		if (strlen(c) != 2 || c[0] < 'a' || c[0] > 'z' || c[1] < 'a' || c[1] > 'z')
			return err_set(err, ERR_SYNTAX,
			    "--country %s: write two lower-case letters (ISO 3166-1), such as ke",
			    c);
	}
	return 0;
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
	if (!str_is_slug(str_from(region)))
		return cmd_usage(self,
		    "--region %s: a region's id has lower-case letters, digits and hyphens, such "
		    "as west-africa-sahel",
		    region);
	struct address where;
	if ((address && address_parse_peer(&where, str_from(address), &err)) ||
	    check_countries(&countries, &err))
		return cmd_fail(self, &err);
	bool is_again = is_waiting(c.store);
	int bad = 0;
	if (is_again) {
		bad = hub_keys_load(&keys, c.store, &err);
	} else {
		hub_keys_make(&keys);
		bad = store_create(c.store, &err) || hub_keys_save(&keys, c.store, hub, &err);
	}
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
	cmd_say("%s in %s/keys. Give the request%s%s to the central team; it holds public "
		"keys only.",
	    is_again ? "The keys are those made before," : "Keys are", c.store, out ? " " : "",
	    out ? out : "");
	return EXIT_DONE;
}

const struct cmd cmd_request = {
    .name = "request",
    .args = "--hub NAME --region ID [--address HOST:PORT] [--out FILE]",
    .summary = "On a new hub: make its keys and a request to be admitted.",
    .group = CMD_NETWORK,
    .run = run,
    .details =
	"Until the hub has joined it may be run again, where a request was lost or said something\n"
	"wrong: the keys stay the same.",
};
