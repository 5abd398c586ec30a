/* SPDX-License-Identifier: Apache-2.0 */
#include "base/asset.h"
#include "cmd/found.h"

#include "base/file.h"
#include "record/front.h"
#include "store/space.h"

#include <stdio.h>

/* The template's values are all text; the schema gives types when the whole is parsed again. */
static json_t *plain_value(const struct node *n)
{
	json_t *v = n->kind == NODE_SCALAR ? json_from(n->text)
		    : n->kind == NODE_LIST ? json_array()
					   : json_object();
	for (const struct node *k = n->first; k; k = k->next) {
		if (n->kind == NODE_LIST)
			json_array_append_new(v, plain_value(k));
		else
			json_object_setn_new(v, k->key.ptr, k->key.len, plain_value(k));
	}
	return v;
}

static json_t *builtin_schema_list(struct charter_files *files)
{
	json_t *list = json_array();
	const char *path;
	for (size_t i = 0; (path = asset_path("schemas/", i)); i++) {
		struct str name = str_sub(str_from(path), 8, strlen(path) - 13);
		if (str_is(name, "charter") || str_is(name, "roster"))
			continue;
		struct str json = asset_get(path);
		struct sha256 h = sha256(json);
		json_array_append_new(list, json_pack("{s:s#, s:s}", "name", name.ptr, name.len,
						"sha256", sha256_hex(&h).text));
		files->schemas[files->nschemas++] = (struct named_signature){name, json};
	}
	return list;
}

struct founding {
	const char *name, *hub, *region, *address, *site;
	bool review_optional;
};

static void write_charter(struct buf *out, const struct founding *f, const struct hub_keys *keys,
    struct signer *central, struct charter_files *files)
{
	struct front template;
	struct err err;
	struct buf line = BUF_INIT;
	if (front_parse(&template, asset_get("content/charter.md"), "content/charter.md",
		CHARTER_BYTES_MAX, &err))
		return; /* a file of ours, tested: cmd_init sees the empty text */
	json_t *head = plain_value(template.head);
	public_key_write(&line, signer_key(central));
	json_object_set_new(head, "belfry", json_string("charter/1"));
	json_object_set_new(head, "name", json_string(f->name));
	json_object_set_new(head, "version", json_integer(1));
	json_object_set_new(head, "time", json_string(time_text(common_now()).text));
	json_object_set_new(head, "threshold", json_integer(1));
	json_object_set_new(
	    head, "central", json_pack("[{s:s, s:s}]", "id", "central-1", "key", line.ptr));
	if (f->review_optional)
		json_object_set_new(head, "review", json_string("optional"));
	if (f->site)
		json_object_set_new(head, "site", json_string(f->site));
	json_object_set_new(
	    head, "hubs", json_pack("[o]", hub_entry(f->hub, f->region, f->address, NULL, keys)));
	json_object_set_new(head, "schemas", builtin_schema_list(files));
	charter_write(out, head, template.body);
	json_decref(head);
	front_release(&template);
	buf_release(&line);
}

/* Is what we would found in order? Asked before anything is written. */
static int check(struct str text, struct err *err)
{
	struct charter *c;
	int bad = charter_parse(&c, text, "the charter", err);
	charter_free(c);
	return bad;
}

static int found(struct store *s, const struct founding *f, const struct charter_files *files,
    const char *network, struct err *err)
{
	if (store_adopt_charter(s, files, network, err))
		return err->code;
	return repo_set_config(s->repo, "belfry.hub", f->hub, err);
}

static int make(
    const struct cmd_common *c, const struct founding *f, char network[static 65], struct err *err)
{
	struct store *s = NULL;
	struct signer *central = signer_generate();
	struct hub_keys keys;
	struct charter_files files = {.nsignatures = 1};
	struct buf text = BUF_INIT, armor = BUF_INIT;
	char path[4096];
	struct err ignored;
	hub_keys_make(&keys);
	write_charter(&text, f, &keys, central, &files);
	struct sha256 h = sha256(buf_str(&text));
	memcpy(network, sha256_hex(&h).text, 65);
	struct name_space ns = name_space("belfry-charter", network);
	snprintf(path, sizeof path, "%s/keys/central", c->store);
	int bad = check(buf_str(&text), err) ||
		  sshsig_sign(&armor, central, ns.text, buf_str(&text), err) ||
		  store_create(c->store, err) || hub_keys_save(&keys, c->store, f->hub, err) ||
		  signer_save(central, path, STR("central"), err) ||
		  store_open(&s, c->store, STORE_WRITE, err) || store_has_room(s, err);
	files.charter = buf_str(&text);
	files.signatures[0] = (struct named_signature){STR("central-1"), buf_str(&armor)};
	bool is_full = s && bad; /* all there is was made here, and nothing of it is of use */
	bad = bad || found(s, f, &files, network, err);
	store_close(s);
	if (is_full)
		file_remove_tree(c->store, &ignored);
	signer_free(central);
	hub_keys_release(&keys);
	buf_release(&text);
	buf_release(&armor);
	return bad ? err->code : first_roster(c, err);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct founding f = {.name = NULL};
	const char *threshold = "1";
	const struct cmd_option options[] = {
	    {"name", "TEXT", OPTION_TEXT, &f.name, "what the network is called"},
	    {"hub", "NAME", OPTION_TEXT, &f.hub,
		"this hub's name (lower-case letters, digits, hyphens)"},
	    {"region", "ID", OPTION_TEXT, &f.region, "its region; global for a central team"},
	    {"address", "HOST:PORT", OPTION_TEXT, &f.address, "where other hubs can dial it"},
	    {"site", "URL", OPTION_TEXT, &f.site, "the resource centre's public address"},
	    {"review-optional", NULL, OPTION_FLAG, &f.review_optional,
		"let records be published without a second person"},
	    {"threshold", "K", OPTION_TEXT, &threshold,
		"central signatures a charter needs (1 to begin with)"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	char network[65];
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs || !f.name || !f.hub || !f.region)
		return cmd_usage(self, "give --name, --hub and --region");
	if (!str_is_slug(str_from(f.hub)))
		return cmd_usage(
		    self, "--hub %s: use lower-case letters, digits and hyphens", f.hub);
	if (strcmp(threshold, "1") != 0)
		return cmd_usage(self,
		    "--threshold %s: a network begins with one central key, this one's", threshold);
	if (make(&c, &f, network, &err))
		return cmd_fail(self, &err);
	if (c.json)
		cmd_print_json(json_pack(
		    "{s:s, s:s, s:s}", "network", network, "hub", f.hub, "store", c.store));
	else
		printf("%s\n", network);
	cmd_say("Network \"%s\" begins here, with hub %s. Its keys are in %s/keys: keep a copy of "
		"keys/central "
		"somewhere safe.",
	    f.name, f.hub, c.store);
	return EXIT_DONE;
}

const struct cmd cmd_init = {
    .name = "init",
    .args = "--name TEXT --hub NAME --region ID",
    .summary = "Found a network here and print its id.",
    .group = CMD_NETWORK,
    .run = run,
};
