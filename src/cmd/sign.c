/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cmd/common.h"
#include "cmd/file.h"
#include "cmd/signed_file.h"

#include <stdio.h>

static int check_text(const struct signed_file *f, const char *path, struct err *err)
{
	unsigned line = record_template_line(buf_str(&f->record));
	return line ? err_set(err, ERR_SYNTAX, "%s:%u:1: " FILE_NO_TEXT, path, line) : 0;
}

static int sign_one(
    struct store *s, struct signer *signer, const char *path, bool is_review, struct err *err)
{
	struct signed_file f;
	struct record r = {.source = BUF_INIT};
	struct buf armor = BUF_INIT;
	struct name_space ns =
	    name_space(is_review ? "belfry-review" : "belfry-record", s->network);
	char out[4096];
	snprintf(out, sizeof out, "%s.%s", path, is_review ? "rev" : "sig");
	int bad = signed_file_read(&f, path, err) ||
		  common_record(&r, s, buf_str(&f.record), path, err) ||
		  check_text(&f, path, err) ||
		  sshsig_sign(&armor, signer, ns.text, buf_str(&f.record), err) ||
		  file_write(out, buf_str(&armor), 0644, err);
	record_release(&r);
	signed_file_release(&f);
	buf_release(&armor);
	return bad ? err->code : 0;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct common_key key = {.file = NULL};
	bool is_review = false;
	const struct cmd_option options[] = {
	    COMMON_KEY_OPTIONS(&key),
	    {"review", NULL, OPTION_FLAG, &is_review, "sign as reviewer: write FILE.rev"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct store *s = NULL;
	struct signer *signer = NULL;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (!nargs)
		return cmd_usage(self, "which files?");
	const enum common_role role = is_review ? ROLE_REVIEWER : ROLE_AUTHOR;
	int bad = common_open(&s, &c, &err) || common_signer(&signer, s, &key, role, &err);
	for (int i = 0; i < nargs && !bad; i++)
		bad = sign_one(s, signer, argv[i], is_review, &err);
	if (!bad)
		common_doubt(s, signer, role);
	signer_free(signer);
	store_close(s);
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
