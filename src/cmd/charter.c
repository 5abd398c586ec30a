/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/charter.h"

#include <stdio.h>
#include <stdlib.h>

static int show(struct store *s, const char *version, bool json, struct err *err)
{
	const struct charter *c;
	uint64_t number = 0;
	if (version && (!str_u64(str_from(version), UINT32_MAX, &number) || !number))
		return err_set(err, ERR_USAGE,
		    "--version %s: give a number, as belfry charter log lists them", version);
	if (store_charter(s, (uint32_t)number, &c, NULL, err))
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

static int show_draft(const struct cmd_common *c, const char *path, struct err *err)
{
	struct store *s = NULL;
	struct draft d = {.json = NULL};
	const struct charter *before;
	struct buf text = BUF_INIT;
	bool is_complete;
	int bad = draft_read(&d, path, err) || charter_store(&s, &d, c, err) ||
		  draft_before(&before, &d, s, err);
	if (!bad && !c->json)
		draft_changes(&text, &d, before);
	bad = bad || draft_tally(&text, &is_complete, &d, before, err);
	if (!bad && c->json)
		cmd_print_json(json_pack("{s:s, s:i, s:b, s:O}", "network", draft_network(&d),
		    "version", (int)d.charter->version, "complete", is_complete, "charter",
		    d.charter->head));
	else if (!bad)
		cmd_print_text(buf_str(&text));
	buf_release(&text);
	draft_release(&d);
	store_close(s);
	return bad ? err->code : 0;
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
			printf("%4u  %s  %zu hub%s, %zu of %zu central key%s  %.16s\n", v,
			    time_text(c->time).text, c->nhubs, c->nhubs == 1 ? "" : "s",
			    c->threshold, c->ncentral, c->ncentral == 1 ? "" : "s", hash.text);
		json_array_append_new(all,
		    json_pack("{s:I, s:s, s:s, s:I, s:I, s:I}", "version", (json_int_t)v, "time",
			time_text(c->time).text, "sha256", hash.text, "hubs", (json_int_t)c->nhubs,
			"threshold", (json_int_t)c->threshold, "central", (json_int_t)c->ncentral));
	}
	if (json)
		cmd_print_json(all);
	else
		json_decref(all);
	return 0;
}

static int show_or_log(const struct cmd *self, int argc, char **argv)
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
	bool is_log = nargs == 1 && strcmp(argv[0], "log") == 0,
	     is_show = nargs && strcmp(argv[0], "show") == 0;
	if (is_show && nargs == 2)
		return show_draft(&c, argv[1], &err) ? cmd_fail(self, &err) : EXIT_DONE;
	if (!is_log && !(is_show && nargs == 1))
		return cmd_usage(self, "show, log, propose, sign or apply?");
	if (common_open(&s, &c, &err))
		return cmd_fail(self, &err);
	int bad = is_log ? list(s, c.json, &err) : show(s, version, c.json, &err);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	static const struct {
		const char *name;
		const struct cmd *cmd;
	} verbs[] = {
	    {"propose", &charter_propose}, {"sign", &charter_sign}, {"apply", &charter_apply}};
	for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].cmd->run(verbs[i].cmd, argc - 1, argv + 1);
	return show_or_log(self, argc, argv);
}

const struct cmd cmd_charter = {
    .name = "charter",
    .args = "show [--version V | DRAFT] | log | propose | sign DRAFT | apply DRAFT",
    .summary = "See and change who may do what, with a threshold of signatures.",
    .group = CMD_NETWORK,
    .run = run,
    .details =
	"A change goes in three steps: propose writes the next version as a draft, a file; each\n"
	"holder of a central key who agrees signs it, on their own machine; apply puts it in "
	"force,\n"
	"once as many have signed as the version in force and the new one want. show DRAFT says\n"
	"what would change and whose signature is missing. Each verb has its own --help.",
};
