/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "cmd/signed_file.h"
#include "cmd/signing_key.h"
#include "store/mailbox.h"

#include <stdio.h>

static int submit(const struct cmd_common *c, struct store *s, const char *path, struct err *err)
{
	struct signed_file f;
	struct record r = {.source = BUF_INIT};
	json_t *reply = NULL;
	int bad =
	    signed_file_read(&f, path, err) || common_record(&r, s, buf_str(&f.record), path, err);
	if (!bad && !f.sig.len)
		bad = err_set(err, ERR_SIGNATURE, "%s is not signed: belfry sign %s --key FILE",
		    path, cmd_word(path).text);
	if (!bad && ask(&reply, c,
			json_pack("{s:s, s:s, s:s}", "op", "submit", "record", f.record.ptr,
			    "signature", f.sig.ptr),
			err))
		bad = err_wrap(err, "%s", path);
	if (!bad && c->json)
		cmd_print_json(json_incref(reply));
	else if (!bad)
		printf("%s  %s\n", json_get_text(reply, "id").ptr, path);
	json_decref(reply);
	record_release(&r);
	signed_file_release(&f);
	return bad ? err->code : 0;
}

static int list(const struct cmd_common *c, struct store *s, struct err *err)
{
	struct mailbox box;
	json_t *all = json_array();
	if (mailbox_read(&box, s, MAILBOX_OUTBOX, err)) {
		json_decref(all);
		return err->code;
	}
	for (size_t i = 0; i < box.len; i++) {
		const struct submission *m = &box.items[i];
		if (!c->json)
			printf("%s  %-10s %s\n", m->id, m->state, m->title);
		if (!c->json && m->remark[0]) { /* from a hub: not for the terminal as it is */
			printf("                  %s%s", m->reviewer, m->reviewer[0] ? ": " : "");
			cmd_print_text(str_from(m->remark));
			putchar('\n');
		}
		json_array_append_new(
		    all, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", m->id, "state", m->state,
			     "title", m->title, "path", m->path, "reviewer", m->reviewer, "remark",
			     m->remark));
	}
	if (!box.len && !c->json)
		cmd_say("Nothing was submitted from here.");
	mailbox_release(&box);
	if (c->json)
		cmd_print_json(all);
	else
		json_decref(all);
	return 0;
}

/* `before`: the home hub as it was when this began, "" for none. */
static void say_queued(struct store *s, struct str before)
{
	struct buf kept = BUF_INIT, home = BUF_INIT;
	struct err none;
	if (before.len && repo_config(s->repo, "belfry.home", &home, &none) == 0 &&
	    !str_eq(before, buf_str(&home)))
		cmd_say("The home hub is %s from now on, whose roster names who signed; it was "
			"%.*s.",
		    home.ptr, STR_FMT(before));
	buf_release(&home);
	if (repo_config(s->repo, "belfry.member", &kept, &none) == 0)
		cmd_say("Queued; it leaves when a link to the home hub appears (belfry serve or "
			"belfry sync), or with the next belfry export.");
	else
		cmd_say("Queued for the next belfry export. To leave by a link it needs the key "
			"that proves to the hub who you are: belfry submit --key FILE, or --agent, "
			"names it once.");
	buf_release(&kept);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct signing_key key = {.file = NULL};
	const struct cmd_option options[] = {
	    SIGNING_KEY_OPTIONS(&key),
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct store *s = NULL;
	struct signer *signer = NULL;
	struct buf home = BUF_INIT;
	struct err none;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	int bad = common_open(&s, &c, &err);
	/* The daemon proves who we are with this key when a link appears. */
	if (!bad && (key.file || key.agent))
		bad = signing_key_member(&signer, s, &key, ROLE_ANY, &err) ||
		      signing_key_remember(&c, &key, signer, &err);
	if (!bad)
		repo_config(s->repo, "belfry.home", &home, &none);
	for (int i = 0; i < nargs && !bad; i++)
		bad = submit(&c, s, argv[i], &err);
	if (!bad && !nargs)
		bad = list(&c, s, &err);
	if (!bad && nargs)
		say_queued(s, buf_str(&home));
	buf_release(&home);
	signer_free(signer);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_submit = {
    .name = "submit",
    .args = "[FILE…] [--key FILE|--agent]",
    .summary = "Queue signed records for the home hub; without files, say what became of them.",
    .group = CMD_WRITE,
    .run = run,
    .details =
	"--key or --agent names the key that proves to the hub who you are; it is remembered.\n"
	"The home hub is the one whose roster names you, not always the one that was joined by.\n"
	"belfry status says which; belfry peer add has it dialled.",
};
