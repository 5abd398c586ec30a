/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"

#include <stdio.h>

/* What one entry will hold: filled until a limit is near, then sent. */
struct parcel {
	const struct cmd_common *common;
	json_t *files;
	size_t bytes, records, published;
	json_int_t first, last;
};

static int send(struct parcel *p, struct err *err)
{
	json_t *reply;
	if (!p->records)
		return 0;
	if (common_op(&reply, p->common, json_pack("{s:s, s:o}", "op", "append", "files", p->files),
		err)) {
		p->files = NULL;
		return err->code;
	}
	p->last = json_get_int(reply, "seq");
	if (!p->first)
		p->first = p->last;
	json_decref(reply);
	p->published += p->records;
	p->files = json_array();
	p->bytes = p->records = 0;
	return 0;
}

static void put(struct parcel *p, const char *path, const char *suffix, const struct buf *content)
{
	char name[512];
	if (!content->len)
		return;
	snprintf(name, sizeof name, "%s%s", path, suffix);
	json_array_append_new(p->files,
	    json_pack("{s:s, s:s#}", "path", name, "content", content->ptr, content->len));
	p->bytes += content->len + strlen(name) + 64;
}

static int add_file(struct parcel *p, struct store *s, const char *file, struct err *err)
{
	struct record_file f;
	struct record r = {.source = BUF_INIT};
	struct buf path = BUF_INIT;
	int bad =
	    record_file_read(&f, file, err) || common_record(&r, s, buf_str(&f.record), file, err);
	if (!bad && (p->bytes + f.record.len + 2048 > ENTRY_BYTES_MAX ||
			p->records * 3 + 3 > ENTRY_CHANGES_MAX))
		bad = send(p, err);
	if (!bad) {
		record_path(&path, &r);
		put(p, path.ptr, "", &f.record);
		put(p, path.ptr, ".sig", &f.sig);
		put(p, path.ptr, ".rev", &f.rev);
		p->records++;
	}
	buf_release(&path);
	record_release(&r);
	record_file_release(&f);
	return bad ? err->code : 0;
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
	if (!nargs)
		return cmd_usage(self, "which files?");
	struct parcel p = {.common = &c, .files = json_array()};
	int bad = common_open(&s, &c, &err);
	for (int i = 0; i < nargs && !bad; i++)
		bad = add_file(&p, s, argv[i], &err);
	bad = bad || send(&p, &err);
	if (p.published && c.json)
		cmd_print_json(json_pack("{s:s, s:I, s:I, s:I}", "hub", s->hub, "records",
		    (json_int_t)p.published, "first", p.first, "last", p.last));
	else if (p.published)
		printf("%s %lld: %zu %s published\n", s->hub, (long long)p.last, p.published,
		    p.published == 1 ? "record" : "records");
	json_decref(p.files);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_publish = {
    .name = "publish",
    .args = "FILE…",
    .summary = "Add signed and reviewed records to this hub's journal.",
    .group = CMD_REVIEW,
    .run = run,
    .details = "FILE.sig and FILE.rev must stand beside each FILE. Many files share an entry; each "
	       "entry is\n"
	       "kept whole or not at all.",
};
