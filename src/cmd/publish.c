/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "cmd/ask.h"
#include "cmd/signed_file.h"
#include "entry/head.h"

#include <stdio.h>

/* What one entry will hold: filled until a limit is near, then sent. */
struct parcel {
	const struct cmd_common *common;
	json_t *records;
	size_t bytes, published;
	char hub[HUB_NAME_BYTES];
	json_int_t first, last;
};

/* Paths and lengths that the entry holds besides the bytes of a record's files. */
enum { RECORD_EXTRA_BYTES = 1024 };

static int send(struct parcel *p, struct err *err)
{
	size_t n = json_array_size(p->records);
	json_t *reply;
	if (!n)
		return 0;
	int bad = ask(&reply, p->common,
	    json_pack("{s:s, s:o}", "op", "publish", "records", p->records), err);
	p->records = json_array();
	p->bytes = 0;
	if (bad)
		return bad;
	snprintf(p->hub, sizeof p->hub, "%s", json_get_text(reply, "hub").ptr);
	p->last = json_get_int(reply, "seq");
	if (!p->first)
		p->first = p->last;
	p->published += n;
	json_decref(reply);
	return 0;
}

static bool put(json_t *to, const char *key, const struct buf *text)
{
	return json_object_set_new(to, key, json_from(buf_str(text))) == 0;
}

static int add_file(struct parcel *p, const char *path, struct err *err)
{
	struct signed_file f;
	int bad = signed_file_read(&f, path, err);
	size_t bytes = f.record.len + f.sig.len + f.rev.len + RECORD_EXTRA_BYTES;
	if (!bad && (p->bytes + bytes > ENTRY_BYTES_MAX ||
			(json_array_size(p->records) + 1) * 3 > ENTRY_CHANGES_MAX))
		bad = send(p, err);
	if (!bad) {
		json_t *one = json_object();
		if (!put(one, "record", &f.record) || !put(one, "signature", &f.sig) ||
		    !put(one, "review", &f.rev))
			bad = err_set(
			    err, ERR_SYNTAX, "%s or a signature beside it is not UTF-8", path);
		json_array_append_new(p->records, one);
		p->bytes += bytes;
	}
	signed_file_release(&f);
	return bad ? err->code : 0;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct cmd_common c;
	const struct cmd_option options[] = {CMD_ALONE(c), {0}};
	struct err err = {.code = ERR_NONE};
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (!nargs)
		return cmd_usage(self, "which files?");
	struct parcel p = {.common = &c, .records = json_array()};
	int bad = 0;
	for (int i = 0; i < nargs && !bad; i++)
		bad = add_file(&p, argv[i], &err);
	bad = bad || send(&p, &err);
	if (p.published && c.json)
		cmd_print_json(json_pack("{s:s, s:I, s:I, s:I}", "hub", p.hub, "records",
		    (json_int_t)p.published, "first", p.first, "last", p.last));
	else if (p.published)
		printf("%s %lld: %zu %s published\n", p.hub, (long long)p.last, p.published,
		    p.published == 1 ? "record" : "records");
	json_decref(p.records);
	if (bad)
		ask_explain(&c, argv, nargs, &err);
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
