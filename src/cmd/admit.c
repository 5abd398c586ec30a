/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/found.h"

#include <stdio.h>

/* The next version's head: one version more, after the present one. */
static json_t *next_head(const struct charter *c)
{
	json_t *head = json_deep_copy(c->head);
	char previous[80];
	snprintf(previous, sizeof previous, "sha256:%s", sha256_hex(&c->hash).text);
	json_object_set_new(head, "version", json_integer((json_int_t)c->version + 1));
	json_object_set_new(head, "previous", json_string(previous));
	json_object_set_new(head, "time", json_string(time_text(common_now()).text));
	return head;
}

static const char *central_id(const struct charter *c, const struct public_key *key)
{
	for (size_t i = 0; i < c->ncentral; i++)
		if (public_key_eq(&c->central[i].key, key))
			return c->central[i].id;
	return NULL;
}

/* Sign the new version and hand it to the store. */
static int propose(const struct cmd_common *c, struct store *s, const struct charter *now,
    const json_t *head, const struct common_key *key, struct err *err)
{
	struct buf text = BUF_INIT, armor = BUF_INIT, path = BUF_INIT, bundle = BUF_INIT,
		   base64 = BUF_INIT;
	struct signer *signer = NULL;
	struct name_space ns = name_space("belfry-charter", s->network);
	const char *id = NULL;
	json_t *reply = NULL;
	charter_write(&text, head, now->body);
	store_path(s, &path, "keys/central");
	int bad = key->file || key->agent ? common_signer(&signer, NULL, key, err)
					  : signer_load(&signer, path.ptr, err);
	if (!bad && !(id = central_id(now, signer_key(signer))))
		bad = err_set(err, ERR_POLICY,
		    "the key given is no central key of charter version %u", now->version);
	bad = bad || sshsig_sign(&armor, signer, ns.text, buf_str(&text), err);
	if (!bad) {
		struct charter_files files = {.charter = buf_str(&text), .nsignatures = 1};
		files.signatures[0] = (struct named_signature){str_from(id), buf_str(&armor)};
		charter_bundle_write(&bundle, &files);
		buf_base64(&base64, buf_str(&bundle));
		bad = ask(
		    &reply, c, json_pack("{s:s, s:s}", "op", "charter", "bundle", base64.ptr), err);
	}
	json_decref(reply);
	signer_free(signer);
	buf_release(&text);
	buf_release(&armor);
	buf_release(&path);
	buf_release(&bundle);
	buf_release(&base64);
	return bad ? err->code : 0;
}

static int admit(const struct cmd_common *c, struct store *s, const json_t *request,
    const struct common_key *key, struct err *err)
{
	const struct charter *now;
	const json_t *hub = json_object_get(request, "hub");
	const char *name = json_string_value(json_object_get(hub, "id"));
	if (store_charter(s, 0, &now, NULL, err))
		return err->code;
	if (!name || charter_hub(now, name))
		return err_set(
		    err, ERR_EXISTS, "hub %s is in the charter already", name ? name : "?");
	json_t *head = next_head(now);
	json_array_append_new(json_object_get(head, "hubs"), json_deep_copy(hub));
	int bad = propose(c, s, now, head, key, err);
	json_decref(head);
	return bad;
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
	bad = bad || write_belfry_json(out, invitation, err);
	json_decref(invitation);
	buf_release(&bundle);
	buf_release(&base64);
	return bad ? err->code : 0;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *out = NULL;
	bool for_edge = false;
	struct common_key key = {.file = NULL};
	const struct cmd_option options[] = {
	    {"out", "FILE", OPTION_TEXT, &out, "write the invitation there instead of printing it"},
	    {"edge", NULL, OPTION_FLAG, &for_edge,
		"no new hub: an invitation for laptops, readers and mirrors"},
	    COMMON_KEY_OPTIONS(&key),
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
		bad = read_belfry_json(&request, argv[0], "request/1", &err) ||
		      admit(&c, s, request, &key, &err) || store_refresh(s, &err);
	const char *hub = json_string_value(json_object_get(json_object_get(request, "hub"), "id"));
	bad = bad || write_invitation(s, out, hub ? hub : "", &err);
	if (!bad && hub)
		cmd_say("Hub %s is admitted by charter version %u.", hub, s->charter_version);
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
