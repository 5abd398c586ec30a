/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/roster_draft.h"

#include "cmd/diff.h"
#include "cmd/draft.h"
#include "cmd/json_file.h"

#include <stdio.h>

/* --- as a file --- */

int roster_draft_make(
    struct roster_draft *d, const char *network, const json_t *head, struct err *err)
{
	struct buf text = BUF_INIT;
	*d = (struct roster_draft){.json = NULL};
	roster_write(&text, head);
	int bad = roster_parse(&d->roster, buf_str(&text), "the roster", err);
	if (!bad)
		d->json = json_pack("{s:s, s:s, s:s%, s:{}}", "belfry", "roster-draft/1", "network",
		    network, "roster", text.ptr, text.len, "signatures");
	buf_release(&text);
	return bad;
}

int roster_draft_read(struct roster_draft *d, const char *path, struct err *err)
{
	*d = (struct roster_draft){.json = NULL};
	if (json_file_read(&d->json, path, "roster-draft/1", err))
		return err->code;
	if (!draft_has_texts(json_object_get(d->json, "signatures"), STEWARDS_MAX))
		return err_set(err, ERR_SYNTAX,
		    "%s: \"signatures\" must be an object of texts, at most %d of them, by id",
		    path, STEWARDS_MAX);
	return roster_parse(&d->roster, json_get_text(d->json, "roster"), path, err);
}

int roster_draft_write(const struct roster_draft *d, const char *path, struct err *err)
{
	return json_file_write(path, d->json, err);
}

void roster_draft_release(struct roster_draft *d)
{
	roster_free(d->roster);
	json_decref(d->json);
	*d = (struct roster_draft){.json = NULL};
}

/* --- where it stands --- */

/* The roster in force here, or NULL. */
static int roster_now(const struct roster **out, struct store *s, const char *hub, struct err *err)
{
	const struct journal *j = store_journal(s, hub);
	*out = NULL;
	return j ? journal_roster(out, s, j, err) : 0;
}

int roster_draft_hub(
    const struct charter_hub **hub, const struct roster_draft *d, struct store *s, struct err *err)
{
	const char *network = json_get_text(d->json, "network").ptr, *id = d->roster->hub;
	const struct roster *now;
	const struct charter *c;
	if (strcmp(s->network, network) != 0)
		return err_set(err, ERR_NETWORK,
		    "the draft is for network %.16s…, this store belongs to %.16s…", network,
		    s->network);
	if (store_charter(s, 0, &c, NULL, err) || roster_now(&now, s, id, err))
		return err->code;
	*hub = charter_hub(c, id);
	if (!*hub)
		return err_set(err, ERR_POLICY, "charter version %u has no hub %s", c->version, id);
	uint32_t version = now ? now->version : 0;
	if (d->roster->version <= version)
		return err_set(err, ERR_CHAIN,
		    "the draft is for roster version %u of %s, but version %u is in force here: "
		    "make the change again",
		    d->roster->version, id, version);
	if (d->roster->version > version + 1)
		return err_set(err, ERR_CHAIN,
		    "the draft is for roster version %u of %s, the newest here is %u: belfry sync "
		    "first",
		    d->roster->version, id, version);
	return 0;
}

int roster_draft_changes(
    struct buf *out, const struct roster_draft *d, struct store *s, struct err *err)
{
	const struct roster *now;
	if (roster_now(&now, s, d->roster->hub, err))
		return err->code;
	diff_write(out, now ? buf_str(&now->source) : STR_EMPTY, buf_str(&d->roster->source));
	return 0;
}

int roster_draft_tally(struct buf *out, bool *is_complete, const struct roster_draft *d,
    const struct charter_hub *hub, struct err *err)
{
	struct name_space ns = name_space("belfry-roster", json_get_text(d->json, "network").ptr);
	struct named_signature list[STEWARDS_MAX];
	bool seen[STEWARDS_MAX];
	size_t given = 0, n = draft_take_texts(list, json_object_get(d->json, "signatures"));
	if (key_holders_signed(seen, hub->stewards, hub->nstewards, ns.text,
		buf_str(&d->roster->source), list, n, err))
		return err->code;
	for (size_t i = 0; i < hub->nstewards; i++)
		given += seen[i];
	*is_complete = given >= hub->steward_threshold;
	buf_printf(
	    out, "stewards of %s: %zu of %zu signatures", hub->id, given, hub->steward_threshold);
	if (!*is_complete)
		buf_printf(out, ", %zu missing of:", hub->steward_threshold - given);
	for (size_t i = 0; !*is_complete && i < hub->nstewards; i++)
		if (!seen[i])
			buf_printf(out, " %s", hub->stewards[i].id);
	buf_putc(out, '\n');
	return 0;
}

/* --- signing --- */

static const char *steward_id(const struct charter_hub *hub, const struct public_key *key)
{
	for (size_t i = 0; i < hub->nstewards; i++)
		if (public_key_eq(&hub->stewards[i].key, key))
			return hub->stewards[i].id;
	return NULL;
}

static int load_signer(struct signer **out, const struct charter_hub *hub, struct store *s,
    const struct signing_key *key, struct err *err)
{
	struct public_key keys[STEWARDS_MAX];
	struct buf path = BUF_INIT;
	for (size_t i = 0; i < hub->nstewards; i++)
		keys[i] = hub->stewards[i].key;
	store_path(s, &path, "keys/steward");
	int bad = signing_key_open(out, key, keys, hub->nstewards, path.ptr, err);
	buf_release(&path);
	return bad;
}

int roster_draft_sign(struct roster_draft *d, const struct charter_hub *hub, struct store *s,
    const struct signing_key *key, struct err *err)
{
	struct name_space ns = name_space("belfry-roster", s->network);
	struct buf armor = BUF_INIT;
	struct signer *signer = NULL;
	json_t *signatures = json_object_get(d->json, "signatures");
	if (load_signer(&signer, hub, s, key, err))
		return err->code;
	const char *id = steward_id(hub, signer_key(signer));
	int bad = 0;
	if (!id)
		bad = err_set(err, ERR_POLICY,
		    "the key given is no steward of hub %s in the charter", hub->id);
	else if (json_object_get(signatures, id))
		bad = err_set(err, ERR_EXISTS,
		    "%s has signed this draft already; another steward must sign next", id);
	bad = bad || sshsig_sign(&armor, signer, ns.text, buf_str(&d->roster->source), err);
	if (!bad)
		json_object_set_new(signatures, id, json_from(buf_str(&armor)));
	signer_free(signer);
	buf_release(&armor);
	return bad ? err->code : 0;
}

/* --- into the journal --- */

static void add_file(json_t *files, const char *path, json_t *content)
{
	json_array_append_new(files, json_pack("{s:s, s:o}", "path", path, "content", content));
}

/* Each steward's signature, or, where there is one of the roster before, its end. */
static void add_signatures(
    json_t *files, const struct roster_draft *d, const struct charter_hub *hub, struct store *s)
{
	const struct journal *j = store_journal(s, hub->id);
	const json_t *signatures = json_object_get(d->json, "signatures");
	for (size_t i = 0; i < hub->nstewards; i++) {
		char path[96];
		struct oid old;
		struct err none;
		json_t *armor = json_object_get(signatures, hub->stewards[i].id);
		snprintf(path, sizeof path, "roster.md.%s.sig", hub->stewards[i].id);
		if (armor)
			add_file(files, path, json_incref(armor));
		else if (j && tree_find(s->repo, &j->tree, str_from(path), &old, &none) == 0)
			add_file(files, path, json_null());
	}
}

int roster_draft_publish(
    const struct roster_draft *d, const struct cmd_common *c, struct store *s, struct err *err)
{
	const struct charter_hub *hub;
	json_t *files = json_array(), *reply = NULL;
	int bad = roster_draft_hub(&hub, d, s, err);
	if (!bad && strcmp(hub->id, s->hub) != 0)
		bad = err_set(err, ERR_POLICY,
		    "the draft is for the journal of %s, which is written where its keys are",
		    hub->id);
	if (!bad) {
		add_file(files, "roster.md", json_from(json_get_text(d->json, "roster")));
		add_signatures(files, d, hub, s);
		bad = ask(&reply, c, json_pack("{s:s, s:O}", "op", "append", "files", files), err);
	}
	json_decref(files);
	json_decref(reply);
	return bad ? err->code : 0;
}
