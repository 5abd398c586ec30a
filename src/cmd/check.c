/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "cmd/file.h"
#include "cmd/refs.h"

#include <stdio.h>

/* In a tree laid out as in a store, path and head must agree. */
static void check_path(const struct record *r, const char *path, struct problems *problems)
{
	struct record_name name;
	if (!file_name_parse(&name, path) || !str_eq(name.type, r->type))
		return;
	const struct {
		const char *what;
		struct str in_path, in_head;
	} parts[] = {
	    {"place", name.place, r->place}, {"id", name.id, r->id}, {"lang", name.lang, r->lang}};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (!str_eq(parts[i].in_path, parts[i].in_head))
			problems_add(problems, 1, 1,
			    "the path says %s '%.*s', the head says '%.*s'; change one of the two",
			    parts[i].what, STR_FMT(parts[i].in_path), STR_FMT(parts[i].in_head));
}

static void check_text(const struct record *r, const char *path, struct problems *problems)
{
	unsigned line = record_template_line(buf_str(&r->source));
	check_path(r, path, problems);
	if (line)
		problems_add(problems, line, 1, FILE_NO_TEXT);
}

/* What files are judged by. `store` is NULL where there is none, or no charter in it. */
struct judge {
	struct schema_set *schemas;
	struct store *store;
	struct refs refs; /* where some journal is in the store */
};

/* Returns whether the file is good. */
static bool check_file(const char *path, struct judge *by, json_t *list)
{
	struct problems problems = {0};
	struct buf bytes = BUF_INIT;
	struct record r;
	struct err err;
	if (file_load(&bytes, path, &problems)) {
		if (!record_parse(&r, buf_str(&bytes), path, by->schemas, &problems, &err)) {
			check_text(&r, path, &problems);
			if (by->store)
				common_check_words(&problems, by->store, &r);
			if (by->store && by->store->njournals)
				refs_add(&by->refs, &r, path);
			problems_sort(&problems);
		}
		record_release(&r);
	}
	file_report(list, path, &problems);
	bool good = !problems.len;
	problems_release(&problems);
	buf_release(&bytes);
	return good;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const struct cmd_option options[] = {{0}};
	struct cmd_common c;
	int nargs, bad = 0, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (!nargs)
		return cmd_usage(self, "which files?");
	struct judge by = {.schemas = common_schemas(c.store)};
	struct err none;
	if (store_open(&by.store, c.store, STORE_READ, &none) == 0 && !by.store->charter_version) {
		store_close(by.store);
		by.store = NULL;
	}
	json_t *list = c.json ? json_array() : NULL, *warnings = c.json ? json_array() : NULL;
	refs_init(&by.refs, by.store);
	for (int i = 0; i < nargs; i++)
		bad += !check_file(argv[i], &by, list);
	size_t warned = refs_report(warnings, &by.refs);
	refs_release(&by.refs);
	schema_set_free(by.schemas);
	store_close(by.store);
	if (c.json)
		cmd_print_json(json_pack("{s:i, s:i, s:o, s:o}", "files", nargs, "bad", bad,
		    "problems", list, "warnings", warnings));
	else if (bad)
		cmd_say("%d of %d files have problems.", bad, nargs);
	else
		cmd_say("%d file%s checked: all good%s.", nargs, nargs == 1 ? "" : "s",
		    warned ? ", but for what is to be looked at" : "");
	return bad ? EXIT_REFUSED : EXIT_DONE;
}

const struct cmd cmd_check = {
    .name = "check",
    .args = "FILE…",
    .summary = "Say what is wrong with records, as FILE:LINE:COLUMN.",
    .group = CMD_WRITE,
    .run = run,
    .details =
	"Judges by the network's schemas, lists and places where the store has a charter, else by\n"
	"the schemas that a new network starts with. A record that is named there and is not here\n"
	"is worth a warning, which does not count as a problem: it may be on its way.",
};
