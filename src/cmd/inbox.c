/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "store/mailbox.h"

#include <stdio.h>

static void print(const struct mailbox *box)
{
	for (size_t i = 0; i < box->len; i++) {
		const struct submission *m = &box->items[i];
		printf("%s  %s  %-10s %-16s %s\n", m->id, time_text(m->time).text, m->state,
		    m->member, m->title);
	}
}

static json_t *as_json(const struct mailbox *box)
{
	json_t *all = json_array();
	for (size_t i = 0; i < box->len; i++) {
		const struct submission *m = &box->items[i];
		json_array_append_new(
		    all, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", m->id, "time",
			     time_text(m->time).text, "state", m->state, "member", m->member,
			     "title", m->title, "path", m->path));
	}
	return all;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const struct cmd_option options[] = {{0}};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct store *s = NULL;
	struct mailbox box = {.len = 0};
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs > 1)
		return cmd_usage(self, "one submission at a time");
	int bad = common_open(&s, &c, &err) || mailbox_read(&box, s, MAILBOX_INBOX, &err);
	const struct submission *one = NULL;
	if (!bad && nargs && !(one = mailbox_find(&box, str_from(argv[0]))))
		bad = err_set(
		    &err, ERR_MISSING, "there is no one submission %s in the inbox", argv[0]);
	if (!bad && one)
		cmd_print_text(one->record);
	else if (!bad && c.json)
		cmd_print_json(as_json(&box));
	else if (!bad)
		print(&box);
	mailbox_release(&box);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_inbox = {
    .name = "inbox",
    .args = "[ID]",
    .summary = "What members have sent to this hub; with an ID, its text.",
    .group = CMD_REVIEW,
    .run = run,
};
