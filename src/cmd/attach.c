/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cmd/ask.h"
#include "cmd/common.h"
#include "cmd/file.h"
#include "record/attachment.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* --- a draft on disk --- */

/* The last line that a value stands on, from 1. */
static unsigned last_line(const struct node *at)
{
	unsigned line = at->line;
	for (const struct node *x = at->first; x; x = x->next) {
		unsigned inner = last_line(x);
		line = inner > line ? inner : line;
	}
	return line;
}

static bool has_name(const struct node *list, struct str name)
{
	for (const struct node *x = list ? list->first : NULL; x; x = x->next) {
		const struct node *is = node_get(x, "name");
		if (is && str_eq(is->text, name))
			return true;
	}
	return false;
}

/* The draft with the file's lines behind those of its list, or with a list of one before its end.
 */
static void insert(struct buf *out, struct str text, unsigned after, bool is_new, struct str lines)
{
	for (unsigned line = 1; text.len; line++) {
		struct str one = str_cut(&text, '\n');
		bool is_end = is_new && line > 1 && str_is(one, "---");
		if (is_end) {
			buf_printf(out, "attachments:\n%.*s", STR_FMT(lines));
			is_new = false;
		}
		buf_printf(out, "%.*s\n", STR_FMT(one));
		if (line == after)
			buf_add(out, lines);
	}
}

/* Write it in canonical form when it is complete, else as it is with the new lines. */
static int write_draft(
    const struct cmd_common *c, const char *path, const struct buf *text, struct err *err)
{
	struct schema_set *schemas = cmd_schemas(c->store);
	struct buf canonical = BUF_INIT;
	struct err none;
	bool is_whole = record_format(&canonical, buf_str(text), path, schemas, NULL, &none) == 0;
	int rc = file_write(path, buf_str(is_whole ? &canonical : text), 0644, err);
	buf_release(&canonical);
	schema_set_free(schemas);
	return rc;
}

static int add_to_draft(
    const struct cmd_common *c, const char *path, const struct attachment *a, struct err *err)
{
	struct buf text = BUF_INIT, lines = BUF_INIT, out = BUF_INIT;
	struct front f;
	int rc = file_read(&text, path, 2 * RECORD_BYTES_MAX, err);
	if (rc)
		goto read;
	rc = front_parse(&f, buf_str(&text), path, 2 * RECORD_BYTES_MAX, err);
	const struct node *list = rc ? NULL : node_get(f.head, "attachments");
	attachment_write(&lines, a);
	if (!rc && has_name(list, a->name))
		rc = err_set(err, ERR_EXISTS,
		    "%s names a file %.*s already; take its lines away first", path,
		    STR_FMT(a->name));
	else if (!rc && list && (list->kind != NODE_LIST || list->line == list->key_line))
		rc = err_set(err, ERR_SYNTAX,
		    "%s:%u:%u: 'attachments' must be a list with a file a line, '  - name: …'; "
		    "belfry fmt writes it so",
		    path, list->line, list->column);
	if (!rc) {
		insert(&out, buf_str(&text), list ? last_line(list) : 0, !list, buf_str(&lines));
		rc = write_draft(c, path, &out, err);
	}
	front_release(&f);
read:
	buf_release(&out);
	buf_release(&lines);
	buf_release(&text);
	return rc;
}

/* --- the command --- */

/* "Guide for Mayors (2024).PDF" as "guide-for-mayors-2024.pdf". */
static void name_of(struct buf *out, const char *path)
{
	char copy[PATH_MAX];
	snprintf(copy, sizeof copy, "%s", path);
	const char *base = basename(copy), *dot = strrchr(base, '.');
	size_t stem = dot ? (size_t)(dot - base) : strlen(base);
	for (size_t i = 0; i < stem; i++) {
		char ch = base[i];
		if (ch >= 'A' && ch <= 'Z')
			ch = (char)(ch | 0x20);
		bool is_plain = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9');
		if (is_plain)
			buf_putc(out, ch);
		else if (out->len && out->ptr[out->len - 1] != '-')
			buf_putc(out, '-');
	}
	while (out->len && out->ptr[out->len - 1] == '-')
		out->len--;
	for (const char *p = dot; p && *p; p++)
		buf_putc(out, (char)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p));
	if (str_ends(buf_str(out), STR(".jpeg"))) {
		out->len -= 5;
		buf_puts(out, ".jpg");
	}
}

/* "PLACE/TYPE/ID" or "PLACE/TYPE/ID/LANG". */
static bool is_record_name(const char *text)
{
	struct str rest = str_from(text);
	int n = 0;
	for (; rest.len; n++)
		if (!str_is_slug(str_cut(&rest, '/')))
			return false;
	return n == 3 || n == 4;
}

static int store_file_of(
    json_t **reply, const struct cmd_common *c, const char *file, const char *name, struct err *err)
{
	struct buf own = BUF_INIT;
	char path[PATH_MAX];
	*reply = NULL;
	int rc = realpath(file, path) ? 0 : err_errno(err, "cannot open %s", file);
	if (name)
		buf_puts(&own, name);
	else
		name_of(&own, file);
	if (!rc)
		rc = ask(reply, c,
		    json_pack(
			"{s:s, s:s, s:s%}", "op", "attach", "file", path, "name", own.ptr, own.len),
		    err);
	buf_release(&own);
	return rc;
}

static void print_lines(
    const struct cmd_common *c, const char *target, json_t *reply, const struct attachment *a)
{
	struct buf lines = BUF_INIT;
	if (c->json) {
		cmd_print_json(json_incref(reply));
		return;
	}
	attachment_write(&lines, a);
	cmd_say("%.*s is in the store. Put these lines into the head of the next revision of %s,\n"
		"or name its file: belfry attach DRAFT.md FILE",
	    STR_FMT(a->name), target);
	printf("attachments:\n%s", lines.ptr);
	buf_release(&lines);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *name = NULL;
	const struct cmd_option options[] = {
	    {"name", "NAME", OPTION_TEXT, &name,
		"what readers see it as; from the file's own name if left out"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct attachment a;
	json_t *reply = NULL;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs != 2)
		return cmd_usage(self, "which record, and which file?");
	bool is_draft = str_ends(str_from(argv[0]), STR(".md"));
	if (!is_draft && !is_record_name(argv[0]))
		return cmd_usage(
		    self, "'%s' is neither PLACE/TYPE/ID nor a file that ends in .md", argv[0]);
	int bad = store_file_of(&reply, &c, argv[1], name, &err);
	if (!bad && !attachment_read(&a, reply))
		bad = err_set(&err, ERR_SYNTAX, "the daemon's answer is of another version");
	if (!bad && is_draft)
		bad = add_to_draft(&c, argv[0], &a, &err);
	if (!bad && is_draft && !c.json)
		printf("%s names %.*s, %lld bytes\n", argv[0], STR_FMT(a.name), (long long)a.size);
	else if (!bad)
		print_lines(&c, argv[0], reply, &a);
	json_decref(reply);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_attach = {
    .name = "attach",
    .args = "DRAFT.md|PLACE/TYPE/ID FILE [--name NAME]",
    .summary = "Add a large file (PDF, picture, sound) to a record.",
    .group = CMD_WRITE,
    .run = run,
    .details =
	"The file goes into the store, and its name, size and hashes into the head of the draft, "
	"to be\nsigned with it. With PLACE/TYPE/ID these lines are only printed. Files are at most "
	"64 MiB and end\nin .pdf, .jpg, .png, .webp, .mp3 or .ogg.",
};
