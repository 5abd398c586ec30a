/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/signing_key.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cmd/ask.h"

#include <limits.h>
#include <stdlib.h>

static bool is_public(const struct signing_key *k)
{
	return k->file && str_ends(str_from(k->file), STR(".pub"));
}

int public_key_read(struct public_key *k, const char *path, struct err *err)
{
	struct buf text = BUF_INIT;
	int bad = file_read(&text, path, KEY_FILE_BYTES_MAX, err);
	if (!bad && str_starts(buf_str(&text), STR("-----BEGIN ")))
		bad = err_set(err, ERR_SYNTAX,
		    "%s: this is a private key, which stays where it is; give its public half, "
		    "%s.pub",
		    path, path);
	else if (!bad && public_key_parse(k, str_trim(buf_str(&text)), err))
		bad = err_wrap(err, "%s", path);
	buf_release(&text);
	return bad;
}

int signing_key_open(struct signer **out, const struct signing_key *k,
    const struct public_key *want, size_t nwant, const char *path, struct err *err)
{
	struct public_key key;
	*out = NULL;
	if (is_public(k))
		return public_key_read(&key, k->file, err) ? err->code
							   : signer_agent(out, &key, 1, err);
	if (k->file && k->agent)
		return err_set(err, ERR_USAGE,
		    "--key %s and --agent: give one of them, or with --agent the public key of the "
		    "one that is meant",
		    k->file);
	if (k->file)
		return signer_load(out, k->file, err);
	if (k->agent)
		return signer_agent(out, want, nwant, err);
	if (!path)
		return err_set(err, ERR_USAGE, "which key? give --key FILE or --agent");
	return signer_load(out, path, err);
}

static bool may(const struct member *m, enum signing_role role)
{
	if (role == ROLE_REVIEWER)
		return m->is_active && m->is_reviewer;
	return m->is_active && (role == ROLE_ANY || m->is_author || m->is_translator);
}

/* The keys of all members in that role, of every hub: an author's laptop is none. Owns: the caller.
 */
static struct public_key *keys_in_role(size_t *n, struct store *s, enum signing_role role)
{
	struct public_key *keys = NULL;
	*n = 0;
	for (size_t i = 0; i < s->njournals; i++) {
		const struct roster *r;
		struct err none;
		if (journal_roster(&r, s, &s->journals[i], &none) || !r)
			continue;
		keys = mem_realloc(keys, (*n + r->nmembers) * sizeof *keys);
		for (size_t k = 0; k < r->nmembers; k++)
			if (may(&r->members[k], role))
				keys[(*n)++] = r->members[k].key;
	}
	return keys;
}

/* "agent KEY", or a private key's path. */
static int remembered_signer(struct signer **out, struct str kept, struct err *err)
{
	struct public_key key;
	if (!str_starts(kept, STR("agent ")))
		return signer_load(out, kept.ptr, err);
	return public_key_parse(&key, str_sub(kept, 6, kept.len), err)
		   ? err->code
		   : signer_agent(out, &key, 1, err);
}

int signing_key_member(struct signer **out, struct store *s, const struct signing_key *k,
    enum signing_role role, struct err *err)
{
	struct buf kept = BUF_INIT;
	struct err none;
	int bad;
	if (!k->file && !k->agent && repo_config(s->repo, "belfry.member", &kept, &none) == 0) {
		bad = remembered_signer(out, buf_str(&kept), err);
		buf_release(&kept);
		return bad;
	}
	size_t n = 0;
	struct public_key *keys = k->agent ? keys_in_role(&n, s, role) : NULL;
	bad = signing_key_open(out, k, keys, n, NULL, err);
	free(keys);
	return bad;
}

void signing_key_doubt(struct store *s, const struct signer *signer, enum signing_role role)
{
	struct buf name = BUF_INIT;
	bool found = false;
	size_t n = 0;
	struct public_key *keys = keys_in_role(&n, s, role);
	for (size_t i = 0; i < n && !found; i++)
		found = public_key_eq(&keys[i], signer_key(signer));
	public_key_fingerprint(&name, signer_key(signer));
	if (!found && s->njournals)
		cmd_say("No %s whom a hub's roster names has the key %s, as far as is known here: "
			"what it signs is refused until one does.",
		    role == ROLE_REVIEWER ? "reviewer" : "author", name.ptr);
	buf_release(&name);
	free(keys);
}

int signing_key_remember(const struct cmd_common *c, const struct signing_key *k,
    const struct signer *signer, struct err *err)
{
	struct buf value = BUF_INIT;
	char path[PATH_MAX];
	json_t *reply = NULL;
	if (!k->file && !k->agent)
		return 0;
	if (k->agent || is_public(k)) {
		buf_puts(&value, "agent ");
		public_key_write(&value, signer_key(signer));
	} else {
		buf_puts(&value, realpath(k->file, path) ? path : k->file);
	}
	int bad = ask(&reply, c,
	    json_pack(
		"{s:s, s:s, s:s}", "op", "config", "key", "belfry.member", "value", value.ptr),
	    err);
	json_decref(reply);
	buf_release(&value);
	return bad;
}
