/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `belfry charter sign` and `apply`: a draft on its way into force.
 */
#include "base/file.h"
#include "cmd/charter.h"
#include "cmd/found.h"
#include "cmd/signing_key.h"

#include <stdio.h>

int charter_store(
    struct store **out, const struct draft *d, const struct cmd_common *c, struct err *err)
{
	struct err none;
	*out = NULL;
	if (d->charter->version == 1) {
		if (store_open(out, c->store, STORE_READ, &none))
			*out = NULL; /* whoever helps to found a network has no store yet */
		if (*out && (*out)->network[0] && strcmp((*out)->network, draft_network(d)) != 0) {
			store_close(*out); /* nor does a network they belong to already matter */
			*out = NULL;
		}
		return 0;
	}
	return common_open(out, c, err);
}

int charter_tell(const struct draft *d, const struct charter *before, struct err *err)
{
	struct buf text = BUF_INIT;
	bool is_complete;
	int bad = draft_tally(&text, &is_complete, d, before, err);
	if (!bad)
		cmd_say_lines("", buf_str(&text));
	if (!bad && is_complete)
		cmd_say("It is complete: belfry charter apply puts it in force.");
	buf_release(&text);
	return bad;
}

static int tell_changes(const struct draft *d, const struct charter *before)
{
	struct buf text = BUF_INIT;
	draft_changes(&text, d, before);
	cmd_say("Charter version %u of network %.16s… would change this:", d->charter->version,
	    draft_network(d));
	cmd_say_lines("  ", buf_str(&text));
	buf_release(&text);
	return 0;
}

static int add_made(
    struct draft *d, const struct charter *before, const char *path, struct err *err)
{
	struct buf armor = BUF_INIT;
	int bad = file_read(&armor, path, SIGNATURE_BYTES_MAX, err) ||
		  draft_add_signature(d, before, buf_str(&armor), err);
	buf_release(&armor);
	return bad ? err_wrap(err, "%s", path) : 0;
}

static int add_own(struct draft *d, const struct charter *before, struct store *s,
    const struct signing_key *key, struct err *err)
{
	struct signer *signer = NULL;
	int bad =
	    draft_signer(&signer, d, before, s, key, err) || draft_sign(d, before, signer, err);
	signer_free(signer);
	return bad ? err->code : 0;
}

static int run_sign(const struct cmd *self, int argc, char **argv)
{
	struct signing_key key = {.file = NULL};
	const char *made = NULL, *out = NULL;
	const struct cmd_option options[] = {
	    SIGNING_KEY_OPTIONS(&key),
	    {"signature", "FILE", OPTION_TEXT, &made,
		"add one that ssh-keygen -Y sign made over the charter's text"},
	    {"out", "FILE", OPTION_TEXT, &out, "write there instead of into the draft itself"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct store *s = NULL;
	struct draft d = {.json = NULL};
	const struct charter *before;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs != 1)
		return cmd_usage(self, "which draft?");
	int bad = draft_read(&d, argv[0], &err) || charter_store(&s, &d, &c, &err) ||
		  draft_before(&before, &d, s, &err) || tell_changes(&d, before) ||
		  (made ? add_made(&d, before, made, &err) : add_own(&d, before, s, &key, &err)) ||
		  draft_write(&d, out ? out : argv[0], &err) || charter_tell(&d, before, &err);
	draft_release(&d);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

static bool is_key(const struct cmd_common *c, const char *name, const struct public_key *key)
{
	char path[4096];
	struct signer *signer;
	struct err none;
	snprintf(path, sizeof path, "%s/keys/%s", c->store, name);
	if (signer_load(&signer, path, &none))
		return false;
	bool is = public_key_eq(signer_key(signer), key);
	signer_free(signer);
	return is;
}

/* Version 1, once enough have signed: where `belfry init` made the keys of its first hub. */
static int found(const struct draft *d, const struct cmd_common *c, struct err *err)
{
	const struct charter_hub *hub = &d->charter->hubs[0];
	struct charter_files files;
	struct store *s;
	if (store_open(&s, c->store, STORE_WRITE, err))
		return err->code;
	draft_files(&files, d);
	int bad = 0;
	if (s->charter_version)
		bad = err_set(
		    err, ERR_EXISTS, "%s belongs to network %s already", c->store, s->network);
	else if (!is_key(c, "journal", &hub->journal))
		bad = err_set(err, ERR_POLICY,
		    "%s/keys/journal is not the key of hub %s: apply it where belfry init ran",
		    c->store, hub->id);
	bad = bad || store_adopt_charter(s, &files, draft_network(d), err) ||
	      repo_set_config(s->repo, "belfry.hub", hub->id, err);
	store_close(s);
	return bad ? err->code : first_roster(c, err);
}

static int follow(const struct draft *d, const struct cmd_common *c, struct err *err)
{
	struct store *s;
	const struct charter *before;
	if (common_open(&s, c, err))
		return err->code;
	int bad = draft_before(&before, d, s, err);
	store_close(s);
	return bad || draft_apply(d, c, err) ? err->code : 0;
}

static int run_apply(const struct cmd *self, int argc, char **argv)
{
	const struct cmd_option options[] = {{0}};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct draft d = {.json = NULL};
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs != 1)
		return cmd_usage(self, "which draft?");
	int bad = draft_read(&d, argv[0], &err) ||
		  (d.charter->version == 1 ? found(&d, &c, &err) : follow(&d, &c, &err));
	if (!bad && c.json)
		cmd_print_json(json_pack("{s:s, s:i}", "network", draft_network(&d), "version",
		    (int)d.charter->version));
	else if (!bad)
		cmd_say("Charter version %u is in force here. It travels with the next exchange.",
		    d.charter->version);
	draft_release(&d);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd charter_sign = {
    .name = "charter sign",
    .args = "DRAFT [--key FILE | --agent | --signature FILE]",
    .summary = "Say what a draft changes, and add your signature to it.",
    .run = run_sign,
    .details =
	"The key of the store, keys/central, is taken where none is named. To read a draft before\n"
	"you sign it: belfry charter show DRAFT. Without Belfry: take the text out with\n"
	"jq -j .charter DRAFT >charter.md, sign that with ssh-keygen -Y sign -n belfry-charter@N,\n"
	"where N is the network, and send charter.md.sig back for --signature.",
};

const struct cmd charter_apply = {
    .name = "charter apply",
    .args = "DRAFT",
    .summary = "Put a draft in force that enough central keys have signed.",
    .run = run_apply,
};
