/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cmd/common.h"
#include "cmd/file.h"
#include "cmd/signed_file.h"
#include "cmd/signing_key.h"

#include <stdio.h>

static int check_text(const struct signed_file *f, const char *path, struct err *err)
{
	unsigned line = record_template_line(buf_str(&f->record));
	return line ? err_set(err, ERR_SYNTAX, "%s:%u:1: " FILE_NO_TEXT, path, line) : 0;
}

struct signing {
	struct store *store;
	struct signer *signer;
	bool is_review;
	json_t *written; /* the signatures' paths */
};

static int sign_one(struct signing *by, const char *path, struct err *err)
{
	struct signed_file f;
	struct record r = {.source = BUF_INIT};
	struct buf armor = BUF_INIT;
	struct name_space ns =
	    name_space(by->is_review ? "belfry-review" : "belfry-record", by->store->network);
	char out[4096];
	snprintf(out, sizeof out, "%s.%s", path, by->is_review ? "rev" : "sig");
	int bad = signed_file_read(&f, path, err) ||
		  common_record(&r, by->store, buf_str(&f.record), path, err) ||
		  check_text(&f, path, err) ||
		  sshsig_sign(&armor, by->signer, ns.text, buf_str(&f.record), err) ||
		  file_write(out, buf_str(&armor), 0644, err);
	if (!bad)
		json_array_append_new(by->written, json_string(out));
	record_release(&r);
	signed_file_release(&f);
	buf_release(&armor);
	return bad ? err->code : 0;
}

static void print(const struct signing *by)
{
	struct buf key = BUF_INIT;
	public_key_fingerprint(&key, signer_key(by->signer));
	cmd_print_json(json_pack("{s:s, s:O}", "key", key.ptr, "written", by->written));
	buf_release(&key);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct signing_key key = {.file = NULL};
	struct signing by = {.is_review = false};
	const struct cmd_option options[] = {
	    SIGNING_KEY_OPTIONS(&key),
	    {"review", NULL, OPTION_FLAG, &by.is_review, "sign as reviewer: write FILE.rev"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (!nargs)
		return cmd_usage(self, "which files?");
	by.written = json_array();
	const enum signing_role role = by.is_review ? ROLE_REVIEWER : ROLE_AUTHOR;
	int bad = common_open(&by.store, &c, &err) ||
		  signing_key_member(&by.signer, by.store, &key, role, &err);
	for (int i = 0; i < nargs && !bad; i++)
		bad = sign_one(&by, argv[i], &err);
	if (!bad)
		signing_key_doubt(by.store, by.signer, role);
	if (!bad && c.json)
		print(&by);
	json_decref(by.written);
	signer_free(by.signer);
	store_close(by.store);
	if (bad)
		return cmd_fail(self, &err);
	cmd_say("Signed %d %s.", nargs, nargs == 1 ? "file" : "files");
	return EXIT_DONE;
}

const struct cmd cmd_sign = {
    .name = "sign",
    .args = "FILE… [--key FILE|--agent] [--review]",
    .summary = "Sign records: write FILE.sig, or with --review FILE.rev.",
    .group = CMD_WRITE,
    .run = run,
};
