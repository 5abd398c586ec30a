/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "cmd/file.h"

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
};

/* Returns whether the file is good. */
static bool check_file(const char *path, const struct judge *by, json_t *list)
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
	struct judge by = {.schemas = cmd_schemas(c.store)};
	struct err none;
	if (store_open(&by.store, c.store, STORE_READ, &none) == 0 && !by.store->charter_version) {
		store_close(by.store);
		by.store = NULL;
	}
	json_t *list = c.json ? json_array() : NULL;
	for (int i = 0; i < nargs; i++)
		bad += !check_file(argv[i], &by, list);
	schema_set_free(by.schemas);
	store_close(by.store);
	if (c.json)
		cmd_print_json(
		    json_pack("{s:i, s:i, s:o}", "files", nargs, "bad", bad, "problems", list));
	else if (bad)
		cmd_say("%d of %d files have problems.", bad, nargs);
	else
		cmd_say("%d file%s checked: all good.", nargs, nargs == 1 ? "" : "s");
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
	"the schemas that a new network starts with.",
};
