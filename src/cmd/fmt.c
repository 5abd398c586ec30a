/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cmd/common.h"
#include "cmd/file.h"
#include "cmd/next.h"

#include <stdio.h>
#include <sys/stat.h>

struct fmt {
	const struct schema_set *set;
	struct store *next; /* NULL: a text keeps the revision that it says */
	bool only_check;
	json_t *changed, *problems; /* NULL: print */
	int changes, bad;
};

static void write_back(struct fmt *f, const char *path, struct str text, struct problems *problems)
{
	struct stat st;
	struct err err;
	unsigned mode = stat(path, &st) ? 0644 : (unsigned)st.st_mode & 0777;
	if (!f->only_check && file_write(path, text, mode, &err)) {
		problems_add(problems, 1, 1, "%s", err.msg);
		return;
	}
	f->changes++;
	if (f->changed)
		json_array_append_new(f->changed, json_string(path));
	else
		printf("%s\n", path);
}

static int format(
    struct buf *out, const struct fmt *f, struct str bytes, const char *path, struct problems *p)
{
	const struct common_text text = {.bytes = bytes, .path = path, .is_draft = true};
	struct err err;
	if (!f->next)
		return record_format(out, bytes, path, f->set, p, &err);
	int bad = next_edited(out, f->next, &text, p, &err);
	if (bad && !p->len)
		problems_add(p, 1, 1, "%s", err.msg);
	return bad;
}

static void format_file(struct fmt *f, const char *path)
{
	struct problems problems = {0};
	struct buf bytes = BUF_INIT, text = BUF_INIT;
	if (file_load(&bytes, path, &problems) &&
	    !format(&text, f, buf_str(&bytes), path, &problems) &&
	    !str_eq(buf_str(&bytes), buf_str(&text)))
		write_back(f, path, buf_str(&text), &problems);
	file_report(f->problems, path, &problems);
	f->bad += problems.len > 0;
	problems_release(&problems);
	buf_release(&bytes);
	buf_release(&text);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct fmt f = {.changes = 0};
	struct err err;
	bool is_next = false;
	const struct cmd_option options[] = {
	    {"check", NULL, OPTION_FLAG, &f.only_check,
		"write nothing; exit 1 if a file would change"},
	    {"next", NULL, OPTION_FLAG, &is_next,
		"make each the next revision of what is published of it: write 'revision' and "
		"'previous'"},
	    {0},
	};
	struct cmd_common c;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (!nargs)
		return cmd_usage(self, "which files?");
	if (is_next && common_open(&f.next, &c, &err))
		return cmd_fail(self, &err);
	struct schema_set *set = common_schemas(c.store);
	f.set = set;
	f.changed = c.json ? json_array() : NULL;
	f.problems = c.json ? json_array() : NULL;
	for (int i = 0; i < nargs; i++)
		format_file(&f, argv[i]);
	schema_set_free(set);
	store_close(f.next);
	if (c.json)
		cmd_print_json(json_pack("{s:i, s:o, s:o}", "files", nargs, "changed", f.changed,
		    "problems", f.problems));
	else
		cmd_say("%d of %d files %s%s", f.changes, nargs,
		    f.only_check ? "would change" : "changed",
		    f.bad ? "; those with problems were left as they are." : ".");
	return f.bad || (f.only_check && f.changes) ? EXIT_REFUSED : EXIT_DONE;
}

const struct cmd cmd_fmt = {
    .name = "fmt",
    .args = "FILE… [--check] [--next]",
    .summary = "Write records in the one form that can be signed.",
    .group = CMD_WRITE,
    .run = run,
    .details = "Prints the files that changed. Comments in the head are dropped.\n"
	       "--next is for a text that was published and then edited: what is published of it\n"
	       "here is looked up by its place, type, id and language.",
};
