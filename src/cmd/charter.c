/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"

#include <stdio.h>
#include <stdlib.h>

static int show(struct store *s, const char *version, bool json, struct err *err)
{
	const struct charter *c;
	if (store_charter(s, version ? (uint32_t)strtoul(version, NULL, 10) : 0, &c, NULL, err))
		return err->code;
	if (json) {
		json_t *v = json_deep_copy(c->head);
		json_object_set_new(v, "network", json_string(s->network));
		cmd_print_json(v);
	} else {
		printf("# network %s\n", s->network);
		cmd_print_text(buf_str(&c->source));
	}
	return 0;
}

static int list(struct store *s, bool json, struct err *err)
{
	json_t *all = json_array();
	for (uint32_t v = s->charter_version; v > 0; v--) {
		const struct charter *c;
		if (store_charter(s, v, &c, NULL, err)) {
			json_decref(all);
			return err->code;
		}
		struct sha256_hex hash = sha256_hex(&c->hash);
		if (!json)
			printf("%4u  %s  %zu hubs, %zu of %zu central keys  %.16s\n", v,
			    time_text(c->time).text, c->nhubs, c->threshold, c->ncentral,
			    hash.text);
		json_array_append_new(all, json_pack("{s:I, s:s, s:s, s:I}", "version",
					       (json_int_t)v, "time", time_text(c->time).text,
					       "sha256", hash.text, "hubs", (json_int_t)c->nhubs));
	}
	if (json)
		cmd_print_json(all);
	else
		json_decref(all);
	return 0;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *version = NULL;
	const struct cmd_option options[] = {
	    {"version", "V", OPTION_TEXT, &version, "that version instead of the newest"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct store *s;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	bool is_log = nargs == 1 && strcmp(argv[0], "log") == 0;
	if (nargs != 1 || (!is_log && strcmp(argv[0], "show") != 0))
		return cmd_usage(self, "show or log?");
	if (common_open(&s, &c, &err))
		return cmd_fail(self, &err);
	int bad = is_log ? list(s, c.json, &err) : show(s, version, c.json, &err);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_charter = {
    .name = "charter",
    .args = "show [--version V] | log",
    .summary = "See who may do what, and how that changed.",
    .group = CMD_NETWORK,
    .run = run,
};
