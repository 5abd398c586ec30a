/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/draft.h"

#include "base/file.h"
#include "cmd/diff.h"
#include "cmd/json_file.h"

#include <stdio.h>

json_t *draft_next_head(const struct charter *c)
{
	json_t *head = json_deep_copy(c->head);
	char previous[80];
	int64_t now = common_now();
	snprintf(previous, sizeof previous, "sha256:%s", sha256_hex(&c->hash).text);
	json_object_set_new(head, "version", json_integer((json_int_t)c->version + 1));
	json_object_set_new(head, "previous", json_string(previous));
	json_object_set_new(
	    head, "time", json_string(time_text(now > c->time ? now : c->time).text));
	return head;
}

/* --- as a file --- */

int draft_make(struct draft *d, const char *network, json_t *head, struct str body, struct err *err)
{
	struct buf text = BUF_INIT;
	*d = (struct draft){.json = NULL};
	charter_write(&text, head, body);
	json_decref(head);
	int bad = charter_parse(&d->charter, buf_str(&text), "the charter", err);
	if (!bad)
		d->json = json_pack("{s:s, s:s, s:s%, s:{}, s:{}}", "belfry", "charter-draft/1",
		    "network", network ? network : sha256_hex(&d->charter->hash).text, "charter",
		    text.ptr, text.len, "signatures", "schemas");
	buf_release(&text);
	return bad;
}

bool draft_has_texts(json_t *object, size_t most)
{
	const char *key;
	json_t *v;
	json_object_foreach(
	    object, key, v) if (!json_is_string(v) || !str_is_slug(str_from(key))) return false;
	return json_is_object(object) && json_object_size(object) <= most;
}

int draft_read(struct draft *d, const char *path, struct err *err)
{
	*d = (struct draft){.json = NULL};
	if (json_file_read(&d->json, path, "charter-draft/1", err))
		return err->code;
	json_t *signatures = json_object_get(d->json, "signatures"),
	       *schemas = json_object_get(d->json, "schemas");
	if (!draft_has_texts(signatures, CENTRAL_KEYS_MAX) ||
	    !draft_has_texts(schemas, SCHEMAS_MAX))
		return err_set(err, ERR_SYNTAX,
		    "%s: \"signatures\" and \"schemas\" must be objects of texts, at most %d and "
		    "%d "
		    "of them, by id",
		    path, CENTRAL_KEYS_MAX, SCHEMAS_MAX);
	return charter_parse(&d->charter, json_get_text(d->json, "charter"), path, err);
}

int draft_write(const struct draft *d, const char *path, struct err *err)
{
	return json_file_write(path, d->json, err);
}

void draft_release(struct draft *d)
{
	charter_free(d->charter);
	json_decref(d->json);
	*d = (struct draft){.json = NULL};
}

const char *draft_network(const struct draft *d)
{
	return json_get_text(d->json, "network").ptr;
}

void draft_add_schema(struct draft *d, struct str name, struct str json)
{
	json_object_setn_new(
	    json_object_get(d->json, "schemas"), name.ptr, name.len, json_from(json));
}

size_t draft_take_texts(struct named_signature *list, json_t *object)
{
	const char *key;
	json_t *v;
	size_t n = 0;
	json_object_foreach(object, key, v) list[n++] =
	    (struct named_signature){str_from(key), json_text(v)};
	return n;
}

void draft_files(struct charter_files *files, const struct draft *d)
{
	*files = (struct charter_files){.charter = buf_str(&d->charter->source)};
	files->nsignatures =
	    draft_take_texts(files->signatures, json_object_get(d->json, "signatures"));
	files->nschemas = draft_take_texts(files->schemas, json_object_get(d->json, "schemas"));
}

/* --- where it stands --- */

int draft_before(
    const struct charter **before, const struct draft *d, struct store *s, struct err *err)
{
	const struct charter *c = d->charter;
	*before = NULL;
	if (c->version == 1 &&
	    !str_is(json_get_text(d->json, "network"), sha256_hex(&c->hash).text))
		return err_set(err, ERR_NETWORK, "the draft's network is not that of its charter");
	if (s && s->network[0] && strcmp(s->network, draft_network(d)) != 0)
		return err_set(err, ERR_NETWORK,
		    "the draft is for network %.16s…, this store belongs to %.16s…",
		    draft_network(d), s->network);
	uint32_t ours = s ? s->charter_version : 0;
	const struct charter *same;
	if (c->version <= ours && store_charter(s, c->version, &same, NULL, err))
		return err->code;
	if (c->version <= ours && sha256_eq(&c->hash, &same->hash))
		return err_set(err, ERR_EXISTS,
		    "the draft was applied already, as charter version %u; version %u is in force "
		    "here",
		    c->version, ours);
	if (c->version <= ours)
		return err_set(err, ERR_CHAIN,
		    "the draft is for charter version %u, but version %u is in force here: propose "
		    "the change again",
		    c->version, ours);
	if (c->version > ours + 1)
		return err_set(err, ERR_CHAIN,
		    "the draft is for charter version %u, the newest here is %u: belfry sync first",
		    c->version, ours);
	if (ours == 0)
		return 0;
	if (store_charter(s, ours, before, NULL, err))
		return err->code;
	if (!sha256_eq(&c->previous, &(*before)->hash))
		return err_set(err, ERR_CHAIN,
		    "the draft follows another charter version %u than the one here", ours);
	return 0;
}

static int tally_one(struct buf *out, bool *is_complete, const struct draft *d,
    const struct charter *keys, struct err *err)
{
	struct charter_files files;
	struct charter_tally t;
	draft_files(&files, d);
	if (charter_tally(
		&t, d->charter, keys, draft_network(d), files.signatures, files.nsignatures, err))
		return err->code;
	bool is_enough = t.given >= t.wanted;
	*is_complete = *is_complete && is_enough;
	buf_printf(
	    out, "keys of version %u: %zu of %zu signatures", keys->version, t.given, t.wanted);
	if (!is_enough)
		buf_printf(out, ", %zu missing of:", t.wanted - t.given);
	for (size_t i = 0; !is_enough && i < t.nmissing; i++)
		buf_printf(out, " %s", t.missing[i]);
	buf_putc(out, '\n');
	return 0;
}

int draft_tally(struct buf *out, bool *is_complete, const struct draft *d,
    const struct charter *before, struct err *err)
{
	*is_complete = true;
	if (before && tally_one(out, is_complete, d, before, err))
		return err->code;
	return tally_one(out, is_complete, d, d->charter, err);
}

void draft_changes(struct buf *out, const struct draft *d, const struct charter *before)
{
	diff_write(
	    out, before ? buf_str(&before->source) : STR_EMPTY, buf_str(&d->charter->source));
}

/* --- signing --- */

static const char *holder_id(const struct charter *c, const struct public_key *key)
{
	for (size_t i = 0; c && i < c->ncentral; i++)
		if (public_key_eq(&c->central[i].key, key))
			return c->central[i].id;
	return NULL;
}

static bool has_holder(const struct charter *c, const char *id)
{
	for (size_t i = 0; i < c->ncentral; i++)
		if (strcmp(c->central[i].id, id) == 0)
			return true;
	return false;
}

/* What a signature is called: the holder's id; for one who leaves while another takes the id over,
 * it is told apart. */
static int name_signature(char name[static 96], const struct draft *d, const struct charter *before,
    const struct public_key *key, struct err *err)
{
	const char *id = holder_id(d->charter, key);
	struct buf print = BUF_INIT;
	if (id) {
		snprintf(name, 96, "%s", id);
		return 0;
	}
	id = holder_id(before, key);
	if (id) {
		snprintf(name, 96, "%.57s%s", id, has_holder(d->charter, id) ? "-before" : "");
		return 0;
	}
	public_key_fingerprint(&print, key);
	err_set(err, ERR_POLICY,
	    "key %s is no central key of charter version %u%s: its signature would count for "
	    "nothing",
	    print.ptr, d->charter->version, before ? " or of the one before" : "");
	buf_release(&print);
	return err->code;
}

static int has_signed(const struct draft *d, const struct public_key *key, struct err *err)
{
	struct charter_files files;
	draft_files(&files, d);
	for (size_t i = 0; i < files.nsignatures; i++) {
		struct sshsig sig;
		if (sshsig_parse(&sig, files.signatures[i].armor, err))
			return err_wrap(err, "signature of %.*s", STR_FMT(files.signatures[i].id));
		if (public_key_eq(&sig.key, key))
			return err_set(err, ERR_EXISTS,
			    "%.*s has signed this draft already; another key must sign next",
			    STR_FMT(files.signatures[i].id));
	}
	return 0;
}

int draft_add_signature(
    struct draft *d, const struct charter *before, struct str armor, struct err *err)
{
	struct name_space ns = name_space("belfry-charter", draft_network(d));
	struct sshsig sig;
	char name[96];
	json_t *signatures = json_object_get(d->json, "signatures");
	if (sshsig_parse(&sig, armor, err) ||
	    sshsig_verify(&sig, ns.text, buf_str(&d->charter->source), err) ||
	    name_signature(name, d, before, &sig.key, err) || has_signed(d, &sig.key, err))
		return err->code;
	if (json_object_size(signatures) == CENTRAL_KEYS_MAX || json_object_get(signatures, name))
		return err_set(err, ERR_LIMIT, "there is no place for another signature");
	json_object_set_new(signatures, name, json_from(armor));
	return 0;
}

int draft_sign(
    struct draft *d, const struct charter *before, struct signer *signer, struct err *err)
{
	struct buf armor = BUF_INIT;
	struct name_space ns = name_space("belfry-charter", draft_network(d));
	char name[96];
	/* Asked before the signer: an agent's answer may cost somebody a touch. */
	int bad = name_signature(name, d, before, signer_key(signer), err) ||
		  has_signed(d, signer_key(signer), err) ||
		  sshsig_sign(&armor, signer, ns.text, buf_str(&d->charter->source), err) ||
		  draft_add_signature(d, before, buf_str(&armor), err);
	buf_release(&armor);
	return bad ? err->code : 0;
}

static size_t add_central(struct public_key *keys, const struct charter *c)
{
	size_t n = 0;
	for (; c && n < c->ncentral; n++)
		keys[n] = c->central[n].key;
	return n;
}

int draft_signer(struct signer **out, const struct draft *d, const struct charter *before,
    struct store *s, const struct signing_key *key, struct err *err)
{
	struct public_key keys[2 * CENTRAL_KEYS_MAX];
	struct buf path = BUF_INIT;
	size_t n = add_central(keys, d->charter);
	n += add_central(keys + n, before);
	if (s)
		store_path(s, &path, "keys/central");
	bool has_own = s && file_exists(path.ptr);
	int bad = signing_key_open(out, key, keys, n, has_own ? path.ptr : NULL, err);
	buf_release(&path);
	return bad;
}

/* --- applying --- */

int draft_apply(const struct draft *d, const struct cmd_common *c, struct err *err)
{
	struct charter_files files;
	struct buf bundle = BUF_INIT, base64 = BUF_INIT;
	json_t *reply = NULL;
	draft_files(&files, d);
	charter_bundle_write(&bundle, &files);
	buf_base64(&base64, buf_str(&bundle));
	int bad =
	    ask(&reply, c, json_pack("{s:s, s:s}", "op", "charter", "bundle", base64.ptr), err);
	json_decref(reply);
	buf_release(&bundle);
	buf_release(&base64);
	return bad;
}

static int leave_draft(const struct draft *d, struct buf *tally, struct err *err)
{
	char path[64];
	snprintf(path, sizeof path, "charter-%u.json", d->charter->version);
	if (file_exists(path))
		return err_set(err, ERR_EXISTS,
		    "%s is here already: it may hold signatures; take it away or go on with it",
		    path);
	if (draft_write(d, path, err))
		return err->code;
	cmd_say("Nothing is changed yet; the draft is in %s.\n%.*s"
		"Whoever is missing runs: belfry charter sign %s --key FILE   (or --agent)\n"
		"Then, here: belfry charter apply %s",
	    path, STR_FMT(buf_str(tally)), path, path);
	return 0;
}

int draft_carry_out(struct draft *d, bool *is_done, const struct cmd_common *c, struct store *s,
    const struct signing_key *key, struct err *err)
{
	const struct charter *before;
	struct signer *signer = NULL;
	struct buf tally = BUF_INIT;
	*is_done = false;
	int bad =
	    draft_before(&before, d, s, err) || draft_signer(&signer, d, before, s, key, err) ||
	    draft_sign(d, before, signer, err) || draft_tally(&tally, is_done, d, before, err);
	if (!bad)
		bad = *is_done ? draft_apply(d, c, err) : leave_draft(d, &tally, err);
	signer_free(signer);
	buf_release(&tally);
	return bad ? err->code : 0;
}
