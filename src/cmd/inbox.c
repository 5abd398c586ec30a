/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "cmd/diff.h"
#include "store/mailbox.h"

#include <stdio.h>

static bool waits(const struct submission *m)
{
	return strcmp(m->state, "received") == 0;
}

/* The last text for the same record that waits behind `m`, which waits too; NULL where there is
 * none. */
static const struct submission *newer(const struct mailbox *box, const struct submission *m)
{
	for (size_t i = box->len; waits(m) && &box->items[--i] != m;)
		if (waits(&box->items[i]) && strcmp(box->items[i].path, m->path) == 0)
			return &box->items[i];
	return NULL;
}

static void print(const struct mailbox *box)
{
	for (size_t i = 0; i < box->len; i++) {
		const struct submission *m = &box->items[i], *after = newer(box, m);
		printf("%s  %s  %-10s %-16s %s\n", m->id, time_text(m->time).text, m->state,
		    m->member, m->title);
		if (after)
			printf(
			    "                  %s came after it, for the same record\n", after->id);
	}
}

static json_t *one_as_json(const struct mailbox *box, const struct submission *m)
{
	const struct submission *after = newer(box, m);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s?}", "id", m->id, "time",
	    time_text(m->time).text, "state", m->state, "member", m->member, "title", m->title,
	    "path", m->path, "newer", after ? after->id : NULL);
}

static json_t *as_json(const struct mailbox *box)
{
	json_t *all = json_array();
	for (size_t i = 0; i < box->len; i++)
		json_array_append_new(all, one_as_json(box, &box->items[i]));
	return all;
}

/* Beside what this hub has published of the same record: what the submission would change, and in
 * `err` why it cannot follow that. */
static void compare(struct buf *changes, unsigned *revision, struct store *s,
    const struct submission *m, struct err *err)
{
	const struct charter *charter;
	const struct schema_set *schemas;
	struct record r = {.source = BUF_INIT}, before = {.source = BUF_INIT};
	struct buf old = BUF_INIT;
	struct err none;
	if (store_charter(s, 0, &charter, &schemas, &none) == 0 &&
	    store_file(s, s->hub, str_from(m->path), &old, &none) == 0 &&
	    record_parse(&before, buf_str(&old), m->path, schemas, NULL, &none) == 0 &&
	    record_parse(&r, m->record, m->path, schemas, NULL, &none) == 0) {
		struct sha256 hash = record_hash(&before);
		diff_write(changes, buf_str(&old), m->record);
		*revision = before.revision;
		record_check_next(&r, before.revision, &hash, err);
	}
	record_release(&r);
	record_release(&before);
	buf_release(&old);
}

/* Talk beside the text, which is all that goes to standard output. */
static void show(const struct cmd_common *c, struct store *s, const struct mailbox *box,
    const struct submission *m)
{
	struct buf changes = BUF_INIT;
	struct err fault = {.code = ERR_NONE};
	const struct submission *after = newer(box, m);
	unsigned revision = 0;
	if (waits(m))
		compare(&changes, &revision, s, m, &fault);
	if (c->json) {
		json_t *j = one_as_json(box, m);
		json_object_set_new(j, "remark", json_string(m->remark));
		json_object_set_new(j, "record", json_from(m->record));
		json_object_set_new(j, "fault", fault.code ? json_string(fault.msg) : json_null());
		cmd_print_json(j);
	} else {
		cmd_say(
		    "%s, from %s, %s: %s", m->path, m->member, time_text(m->time).text, m->state);
		cmd_say_lines("    ", str_from(m->remark));
		if (after)
			cmd_say("%s came after it, for the same record.", after->id);
		if (fault.code)
			cmd_say("It cannot be published as it is: %s", fault.msg);
		if (changes.len)
			cmd_say("Beside revision %u, which is published:", revision);
		cmd_say_lines("    ", buf_str(&changes));
		cmd_print_text(m->record);
	}
	buf_release(&changes);
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
		show(&c, s, &box, one);
	else if (!bad && c.json)
		cmd_print_json(as_json(&box));
	else if (!bad && !box.len)
		cmd_say("Nothing waits here.");
	else if (!bad)
		print(&box);
	mailbox_release(&box);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_inbox = {
    .name = "inbox",
    .args = "[ID]",
    .summary = "What members have sent to this hub; with an ID, its text, and what it changes.",
    .group = CMD_REVIEW,
    .run = run,
};
