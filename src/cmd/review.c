/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "cmd/signing_key.h"
#include "store/mailbox.h"

#include <stdio.h>

static int accept_one(const struct cmd_common *c, struct store *s, const struct submission *m,
    struct signer *signer, struct err *err)
{
	struct name_space ns = name_space("belfry-review", s->network);
	struct buf armor = BUF_INIT;
	json_t *reply = NULL;
	int bad =
	    sshsig_sign(&armor, signer, ns.text, m->record, err) ||
	    ask(&reply, c,
		json_pack("{s:s, s:s, s:s}", "op", "accept", "id", m->id, "review", armor.ptr),
		err);
	if (!bad && c->json)
		cmd_print_json(json_incref(reply));
	else if (!bad)
		printf("%s %lld: %s\n", s->hub, (long long)json_get_int(reply, "seq"), m->path);
	json_decref(reply);
	buf_release(&armor);
	return bad ? err->code : 0;
}

/* Who returns it: the member whose key is given, if one is. */
static const char *reviewer_id(struct store *s, struct signer *signer, char id[static 65])
{
	struct err err;
	const struct roster *roster;
	const struct journal *j = store_journal(s, s->hub);
	id[0] = 0;
	if (!signer || !j || journal_roster(&roster, s, j, &err) || !roster)
		return id;
	const struct member *m = roster_member_by_key(roster, signer_key(signer));
	snprintf(id, 65, "%s", m ? m->id : "");
	return id;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct signing_key key = {.file = NULL};
	bool accept = false;
	const char *remark = NULL;
	struct cmd_common c;
	const struct cmd_option options[] = {
	    {"accept", NULL, OPTION_FLAG, &accept, "sign it and publish it"},
	    {"return", "TEXT", OPTION_TEXT, &remark, "send it back with this remark"},
	    SIGNING_KEY_OPTIONS(&key),
	    CMD_ALONE(c),
	    {0},
	};
	struct err err = {.code = ERR_NONE};
	struct store *s = NULL;
	struct mailbox box = {.len = 0};
	struct signer *signer = NULL;
	char who[65];
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs != 1 || accept == (remark != NULL))
		return cmd_usage(self, "give one ID, and --accept or --return TEXT");
	int bad = common_open(&s, &c, &err) || mailbox_read(&box, s, MAILBOX_INBOX, &err);
	const struct submission *m = bad ? NULL : mailbox_find(&box, str_from(argv[0]));
	if (!bad && !m)
		bad = err_set(
		    &err, ERR_MISSING, "there is no one submission %s in the inbox", argv[0]);
	if (!bad && (accept || key.file || key.agent))
		bad = signing_key_member(&signer, s, &key, ROLE_REVIEWER, &err);
	if (!bad && accept) {
		bad = accept_one(&c, s, m, signer, &err);
	} else if (!bad) {
		json_t *reply = NULL;
		bad = ask(&reply, &c,
		    json_pack("{s:s, s:s, s:s, s:s}", "op", "return", "id", m->id, "remark", remark,
			"reviewer", reviewer_id(s, signer, who)),
		    &err);
		json_decref(reply);
	}
	mailbox_release(&box);
	signer_free(signer);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_review = {
    .name = "review",
    .args = "ID --accept [--key FILE|--agent] | ID --return TEXT",
    .summary = "Sign a submission for publication, or send it back with a remark.",
    .group = CMD_REVIEW,
    .run = run,
};
