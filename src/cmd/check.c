/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "cmd/file.h"
#include "cmd/refs.h"
#include "markup/markdown.h"
#include "record/text.h"

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

/* --- what a page will not show as it was meant: worth a warning --- */

struct losses {
	struct problems found;
	unsigned before, last_html; /* lines before the body; the one of the last HTML said */
	const char *kind;
};

/* Whether a record is here is for refs_add() to say. */
static bool resolve(void *ctx, bool is_record, struct str url, struct buf *out)
{
	(void)ctx;
	(void)url;
	if (is_record)
		buf_puts(out, "record");
	return is_record;
}

static void lose(void *ctx, enum markdown_loss loss, unsigned line, struct str what)
{
	struct losses *l = ctx;
	line += l->before;
	const struct text_excerpt text = text_excerpt(str_cut(&what, '\n'));
	if (loss == LOSS_HTML && line == l->last_html)
		return;
	if (loss == LOSS_HTML) {
		l->last_html = line;
		problems_add(&l->found, line, 1,
		    "%sreaders see %s as it stands: HTML is not taken; Markdown has **bold**, "
		    "lists and links",
		    l->kind, text.text);
	} else if (loss == LOSS_PICTURE) {
		problems_add(&l->found, line, 1,
		    "%sthe picture %s is a link on the page, since it is on another host; belfry "
		    "attach puts it into the record",
		    l->kind, text.text);
	} else {
		problems_add(&l->found, line, 1,
		    "%sthe page has no link to %s, only its words: an address begins with https:// "
		    "or record:, and a file comes with belfry attach",
		    l->kind, text.text);
	}
}

static size_t warn_of_losses(const struct record *r, const char *path, json_t *warnings)
{
	struct losses l = {.kind = warnings ? "" : "warning: "};
	const struct markdown_options o = {.resolve = resolve, .lose = lose, .ctx = &l};
	struct buf html = BUF_INIT;
	struct err none;
	for (const char *c = r->source.ptr; c < r->body.ptr; c++)
		l.before += *c == '\n';
	markdown_html(&html, r->body, &o, &none); /* what it refuses is a problem already */
	file_report(warnings, path, &l.found);
	size_t n = l.found.len;
	buf_release(&html);
	problems_release(&l.found);
	return n;
}

/* What files are judged by. `store` is NULL where there is none, or no charter in it. */
struct judge {
	struct schema_set *schemas;
	struct store *store;
	struct refs refs; /* where some journal is in the store */
	json_t *warnings; /* NULL: print */
	size_t warned;
};

/* Returns whether the file is good. */
static bool check_file(const char *path, struct judge *by, json_t *list)
{
	struct problems problems = {0};
	struct buf bytes = BUF_INIT;
	struct record r = {.source = BUF_INIT};
	struct err err;
	bool is_record = false;
	if (file_load(&bytes, path, &problems)) {
		is_record =
		    !record_parse(&r, buf_str(&bytes), path, by->schemas, &problems, &err);
		if (is_record) {
			check_text(&r, path, &problems);
			if (by->store)
				common_check_words(&problems, by->store, &r);
			if (by->store && by->store->njournals)
				refs_add(&by->refs, &r, path);
			problems_sort(&problems);
		}
	}
	file_report(list, path, &problems);
	if (is_record)
		by->warned += warn_of_losses(&r, path, by->warnings);
	record_release(&r);
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
	by.warnings = warnings;
	for (int i = 0; i < nargs; i++)
		bad += !check_file(argv[i], &by, list);
	size_t warned = by.warned + refs_report(warnings, &by.refs);
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
	"is worth a warning, which does not count as a problem: it may be on its way. So is what a\n"
	"page will not show as it was meant: HTML, pictures, links without a web address.",
};
