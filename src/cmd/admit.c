/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/draft.h"
#include "cmd/json_file.h"
#include "cmd/signing_key.h"

#include <stdio.h>

/* A hub that asks again gets its invitation again, as long as it is the same one. */
static int check_known(
    const struct charter *now, const json_t *hub, const char *name, bool *is_known, struct err *err)
{
	const struct charter_hub *ours = name ? charter_hub(now, name) : NULL;
	struct buf key = BUF_INIT;
	*is_known = false;
	if (!name)
		return err_set(err, ERR_SYNTAX,
		    "the request names no hub: belfry request, on the new hub, makes one that "
		    "does");
	if (!ours)
		return 0;
	public_key_write(&key, &ours->journal);
	*is_known = str_eq(json_get_text(hub, "journal"), buf_str(&key));
	buf_release(&key);
	return *is_known ? 0
			 : err_set(err, ERR_EXISTS,
			       "hub %s is in the charter already, with another journal key", name);
}

/* *is_in: the charter in force has the hub. */
static int admit(bool *is_in, const struct cmd_common *c, struct store *s, const json_t *request,
    const struct signing_key *key, struct err *err)
{
	const struct charter *now;
	struct draft d = {.json = NULL};
	const json_t *hub = json_object_get(request, "hub");
	const char *name = json_string_value(json_object_get(hub, "id"));
	if (store_charter(s, 0, &now, NULL, err) || check_known(now, hub, name, is_in, err))
		return err->code;
	if (*is_in)
		return 0;
	json_t *head = draft_next_head(now);
	json_array_append_new(json_object_get(head, "hubs"), json_deep_copy(hub));
	int bad = draft_make(&d, s->network, head, now->body, err) ||
		  draft_carry_out(&d, is_in, c, s, key, err);
	draft_release(&d);
	return bad ? err->code : 0;
}

/* Everything a newcomer needs to begin offline: the chain of charters and whom to dial. */
static int write_invitation(struct store *s, const char *out, const char *hub, struct err *err)
{
	const struct charter *c;
	struct buf bundle = BUF_INIT, base64 = BUF_INIT;
	json_t *charters = json_array(), *peers = json_array();
	int bad = store_charter(s, 0, &c, NULL, err);
	for (uint32_t v = 1; v <= s->charter_version && !bad; v++) {
		buf_reset(&bundle);
		buf_reset(&base64);
		bad = store_charter_bundle(s, v, &bundle, err);
		buf_base64(&base64, buf_str(&bundle));
		json_array_append_new(charters, json_string(base64.ptr));
	}
	for (size_t i = 0; !bad && i < c->nhubs; i++)
		if (c->hubs[i].address[0])
			json_array_append_new(peers, json_pack("{s:s, s:s}", "name", c->hubs[i].id,
							 "address", c->hubs[i].address));
	json_t *invitation =
	    json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "belfry", "invitation/1", "network",
		s->network, "from", s->hub, "hub", hub, "peers", peers, "charters", charters);
	bad = bad || json_file_write(out, invitation, err);
	json_decref(invitation);
	buf_release(&bundle);
	buf_release(&base64);
	return bad ? err->code : 0;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *out = NULL;
	bool for_edge = false, is_in = true;
	struct signing_key key = {.file = NULL};
	const struct cmd_option options[] = {
	    {"out", "FILE", OPTION_TEXT, &out, "write the invitation there instead of printing it"},
	    {"edge", NULL, OPTION_FLAG, &for_edge,
		"no new hub: an invitation for laptops, readers and mirrors"},
	    SIGNING_KEY_OPTIONS(&key),
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct store *s = NULL;
	json_t *request = NULL;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs != (for_edge ? 0 : 1))
		return cmd_usage(self, "give the request file of one hub, or --edge");
	int bad = common_open(&s, &c, &err);
	if (!bad && !for_edge)
		bad = json_file_read(&request, argv[0], "request/1", &err) ||
		      admit(&is_in, &c, s, request, &key, &err) || store_refresh(s, &err);
	const char *hub = json_string_value(json_object_get(json_object_get(request, "hub"), "id"));
	if (!bad && is_in)
		bad = write_invitation(s, out, hub ? hub : "", &err);
	if (!bad && hub && is_in)
		cmd_say("Hub %s is admitted by charter version %u.", hub, s->charter_version);
	else if (!bad && hub)
		cmd_say("and belfry admit %s once more, which then writes the invitation.",
		    cmd_word(argv[0]).text);
	json_decref(request);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_admit = {
    .name = "admit",
    .args = "FILE [--out INVITATION]",
    .summary = "Central team: take a hub into the charter and write its invitation.",
    .group = CMD_NETWORK,
    .run = run,
};
