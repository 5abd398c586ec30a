/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cmd/ask.h"
#include "cmd/common.h"
#include "cmd/file.h"
#include "record/word.h"
#include "record/attachment.h"
#include "store/catalogue.h"

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
	struct schema_set *schemas = common_schemas(c->store);
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

/* --- the next revision of what is published --- */

struct published {
	struct store *store;
	const struct schema_set *schemas;
	struct catalogue catalogue;
	const struct item *item;
	struct record record;
};

static void published_release(struct published *p)
{
	record_release(&p->record);
	catalogue_release(&p->catalogue);
	store_close(p->store);
}

static int read_item(struct published *p, const struct item *item, struct err *err)
{
	struct buf text = BUF_INIT;
	record_release(&p->record);
	p->record = (struct record){.source = BUF_INIT};
	p->item = item;
	int bad = repo_read(p->store->repo, &item->md, OBJECT_BLOB, &text, err) ||
		  record_parse(&p->record, buf_str(&text), item->path, p->schemas, NULL, err);
	buf_release(&text);
	return bad ? err->code : 0;
}

/* The one that `name` says, or, of several languages, the one the others were translated from. */
static int find_published(
    struct published *p, const struct cmd_common *c, const char *name, struct err *err)
{
	const struct charter *charter;
	const struct item *found = NULL;
	size_t n = 0;
	if (common_open(&p->store, c, err) ||
	    store_charter(p->store, 0, &charter, &p->schemas, err) ||
	    catalogue_read(&p->catalogue, p->store, NULL, NULL, err))
		return err->code;
	for (size_t i = 0; i < p->catalogue.len; i++) {
		const struct item *item = &p->catalogue.items[i];
		if (item->state != ITEM_PUBLISHED || !common_is_named(item->path, name))
			continue;
		if (read_item(p, item, err))
			return err->code;
		n += !json_object_get(p->record.head, "translation");
		if (!found || !json_object_get(p->record.head, "translation"))
			found = item;
	}
	if (!found)
		return err_set(err, ERR_MISSING,
		    "there is no published record %s here; of a draft, name its file", name);
	if (n > 1)
		return err_set(err, ERR_USAGE,
		    "%s was written in several languages; add /LANG to name one", name);
	return read_item(p, found, err);
}

/* Under a name of its own, in this folder unless `out` says where. */
static void next_path(struct buf *path, const struct published *p, const char *out)
{
	if (out)
		buf_puts(path, out);
	else
		buf_printf(path, "%s.%s.md", p->item->id, p->item->lang);
}

static int check_next(const struct published *p, const char *path, struct str name, struct err *err)
{
	const json_t *list = json_object_get(p->record.head, "attachments");
	if (file_exists(path))
		return err_set(err, ERR_EXISTS,
		    "%s is there already; belfry attach %s FILE adds to it", path, path);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (str_eq(json_get_text(json_array_get(list, i), "name"), name))
			return err_set(err, ERR_EXISTS,
			    "%s names a file %.*s already; another --name tells them apart",
			    p->item->path, STR_FMT(name));
	return 0;
}

static int write_next(
    const struct published *p, const char *path, const json_t *attachment, struct err *err)
{
	struct buf text = BUF_INIT;
	json_t *head = common_next_head(&p->record);
	json_t *list = json_object_get(head, "attachments");
	if (!list) {
		list = json_array();
		json_object_set_new(head, "attachments", list);
	}
	json_array_append_new(list, json_deep_copy(attachment));
	canon_write(&text, schema_find(p->schemas, p->record.type), head, p->record.body);
	int rc = file_write(path, buf_str(&text), 0644, err);
	json_decref(head);
	buf_release(&text);
	return rc;
}

/* --- the command --- */

/* "Guide de l'été (2024).PDF" as "guide-de-l-ete-2024.pdf". */
static void name_of(struct buf *out, const char *path)
{
	char copy[PATH_MAX];
	struct buf folded = BUF_INIT;
	snprintf(copy, sizeof copy, "%s", path);
	const char *base = basename(copy), *dot = strrchr(base, '.');
	word_fold(&folded, str_of(base, dot ? (size_t)(dot - base) : strlen(base)));
	for (size_t i = 0; i < folded.len; i++) {
		char ch = folded.ptr[i];
		bool is_plain = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9');
		if (is_plain)
			buf_putc(out, ch);
		else if (out->len && out->ptr[out->len - 1] != '-')
			buf_putc(out, '-');
	}
	buf_release(&folded);
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
    json_t **reply, const struct cmd_common *c, const char *file, struct str name, struct err *err)
{
	char path[PATH_MAX];
	*reply = NULL;
	if (!realpath(file, path))
		return err_errno(err, "cannot open %s", file);
	return ask(reply, c,
	    json_pack("{s:s, s:s, s:s%}", "op", "attach", "file", path, "name", name.ptr, name.len),
	    err);
}

struct order {
	const char *target, *file, *out;
	struct str name;
};

static int attach_draft(
    const struct cmd_common *c, const struct order *o, json_t **reply, struct err *err)
{
	struct attachment a;
	if (store_file_of(reply, c, o->file, o->name, err))
		return err->code;
	if (!attachment_read(&a, *reply))
		return err_set(err, ERR_SYNTAX, "the daemon's answer is of another version");
	if (add_to_draft(c, o->target, &a, err))
		return err->code;
	if (!c->json)
		printf(
		    "%s names %.*s, %lld bytes\n", o->target, STR_FMT(a.name), (long long)a.size);
	return 0;
}

static int attach_published(
    const struct cmd_common *c, const struct order *o, json_t **reply, struct err *err)
{
	struct published p = {.record.source = BUF_INIT};
	struct buf path = BUF_INIT;
	int bad = find_published(&p, c, o->target, err);
	if (!bad)
		next_path(&path, &p, o->out);
	bad = bad || check_next(&p, path.ptr, o->name, err) ||
	      store_file_of(reply, c, o->file, o->name, err) ||
	      write_next(&p, path.ptr, *reply, err);
	if (!bad && c->json)
		json_object_set_new(*reply, "draft", json_string(path.ptr));
	else if (!bad)
		printf("%s is revision %llu of %s and names %.*s: to be signed\n", path.ptr,
		    (unsigned long long)p.record.revision + 1, p.item->path, STR_FMT(o->name));
	buf_release(&path);
	published_release(&p);
	return bad ? err->code : 0;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct order o = {.out = NULL};
	const char *name = NULL;
	const struct cmd_option options[] = {
	    {"name", "NAME", OPTION_TEXT, &name,
		"what readers see it as; from the file's own name if left out"},
	    {"out", "DRAFT.md", OPTION_TEXT, &o.out,
		"where the next revision goes; ID.LANG.md in this folder if left out"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct buf own = BUF_INIT;
	json_t *reply = NULL;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs != 2)
		return cmd_usage(self, "which record, and which file?");
	o.target = argv[0];
	o.file = argv[1];
	bool is_draft = str_ends(str_from(o.target), STR(".md"));
	if (!is_draft && !is_record_name(o.target))
		return cmd_usage(
		    self, "'%s' is neither PLACE/TYPE/ID nor a file that ends in .md", o.target);
	if (is_draft && o.out)
		return cmd_usage(
		    self, "the file goes into %s; --out is for PLACE/TYPE/ID", o.target);
	if (name)
		buf_puts(&own, name);
	else
		name_of(&own, o.file);
	o.name = buf_str(&own);
	int bad = (is_draft ? attach_draft : attach_published)(&c, &o, &reply, &err);
	if (!bad && c.json)
		cmd_print_json(json_incref(reply));
	json_decref(reply);
	buf_release(&own);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_attach = {
    .name = "attach",
    .args = "DRAFT.md|PLACE/TYPE/ID FILE [--name NAME] [--out DRAFT.md]",
    .summary = "Add a large file (PDF, picture, sound) to a record.",
    .group = CMD_WRITE,
    .run = run,
    .details =
	"The file goes into the store, and its name, size and hashes into the head of the draft, "
	"to be\nsigned with it. With PLACE/TYPE/ID the draft is made: the next revision of what is "
	"published,\nwith the file in it; with /LANG, of that language. Files are at most 64 MiB "
	"and end in .pdf,\n.jpg, .png, .webp, .mp3 or .ogg.",
};
