/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "store/signers.h"

static int run(const struct cmd *self, int argc, char **argv)
{
	const struct cmd_option options[] = {{0}};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct store *s = NULL;
	struct buf out = BUF_INIT;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs)
		return cmd_usage(self, "it takes no arguments");
	int bad = common_open(&s, &c, &err) || signers_write(&out, s, &err);
	if (!bad)
		cmd_print_text(buf_str(&out));
	buf_release(&out);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_signers = {
    .name = "signers",
    .args = "",
    .summary =
	"An OpenSSH allowed_signers file of everybody who ever could sign, for ssh-keygen and git.",
    .group = CMD_READ,
    .run = run,
};
