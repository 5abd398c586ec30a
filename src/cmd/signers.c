/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "store/signers.h"

/* The lines as signers_write() has them. */
static json_t *as_json(struct str lines)
{
	json_t *all = json_array();
	while (lines.len) {
		struct str line = str_cut(&lines, '\n'), who = str_cut(&line, ' ');
		json_t *spaces = json_array();
		str_cut(&line, '"');
		for (struct str list = str_cut(&line, '"'); list.len;)
			json_array_append_new(spaces, json_from(str_cut(&list, ',')));
		str_cut(&line, ' ');
		json_array_append_new(all, json_pack("{s:o, s:o, s:o}", "signer", json_from(who),
					       "namespaces", spaces, "key", json_from(line)));
	}
	return all;
}

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
	if (!bad && c.json)
		cmd_print_json(as_json(buf_str(&out)));
	else if (!bad)
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
