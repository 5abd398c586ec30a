/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"

#include <stdio.h>

static void print(const struct entry *e, const struct oid *id)
{
	printf("%s %llu  %s  charter %u  %.12s\n", e->hub, (unsigned long long)e->seq,
	    time_text(e->time).text, e->charter, oid_hex(id).text);
	for (size_t i = 0; i < e->nchanges; i++)
		if (str_ends(e->changes[i].path, STR(".md")))
			printf("    %s %.*s\n", e->changes[i].is_delete ? "-" : "+",
			    STR_FMT(e->changes[i].path));
}

static json_t *as_json(const struct entry *e, const struct oid *id)
{
	json_t *files = json_array();
	for (size_t i = 0; i < e->nchanges; i++)
		json_array_append_new(files, json_from(e->changes[i].path));
	return json_pack("{s:s, s:I, s:s, s:I, s:s, s:s, s:o}", "hub", e->hub, "seq",
	    (json_int_t)e->seq, "time", time_text(e->time).text, "charter", (json_int_t)e->charter,
	    "commit", oid_hex(id).text, "content", sha256_hex(&e->content).text, "files", files);
}

static int log_journal(const struct cmd_common *c, struct store *s, const struct journal *j,
    json_t *all, struct err *err)
{
	for (uint64_t seq = j->head.seq; seq > 0; seq--) {
		struct entry e;
		struct oid id;
		if (store_entry_id(s, j->head.hub, seq, &id, err) ||
		    store_entry(s, j->head.hub, seq, &e, err))
			return err->code;
		if (c->json)
			json_array_append_new(all, as_json(&e, &id));
		else
			print(&e, &id);
		entry_release(&e);
	}
	return 0;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const struct cmd_option options[] = {{0}};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct store *s = NULL;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs > 1)
		return cmd_usage(self, "one hub at a time");
	json_t *all = json_array();
	int bad = common_open(&s, &c, &err);
	if (!bad && nargs && !store_journal(s, argv[0]))
		bad = err_set(&err, ERR_MISSING, "there is no journal of %s here", argv[0]);
	for (size_t i = 0; !bad && i < s->njournals; i++)
		if (!nargs || strcmp(argv[0], s->journals[i].head.hub) == 0)
			bad = log_journal(&c, s, &s->journals[i], all, &err);
	if (!bad && c.json)
		cmd_print_json(json_incref(all));
	json_decref(all);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_log = {
    .name = "log",
    .args = "[HUB]",
    .summary = "Journal entries, newest first.",
    .group = CMD_READ,
    .run = run,
};
