/* SPDX-License-Identifier: Apache-2.0 */
#include "base/asset.h"
#include "cmd/charter.h"
#include "cmd/found.h"
#include "net/address.h"

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

#define CENTRAL_ID "central-1" /* the founder's key */

struct founding {
	const char *name, *hub, *region, *address, *site, *contact, *out;
	bool review_optional;
	struct cmd_list central; /* ID=FILE.pub: keys besides the one made here */
	size_t threshold;
};

/* The key made here and those of others. */
static json_t *central_list(const struct founding *f, const struct signer *central, struct err *err)
{
	struct buf line = BUF_INIT;
	public_key_write(&line, signer_key(central));
	json_t *list = json_pack("[{s:s, s:s}]", "id", CENTRAL_ID, "key", line.ptr), *one;
	buf_release(&line);
	for (size_t i = 0; i < f->central.len; i++) {
		if (charter_holder(&one, f->central.items[i], err)) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, one);
	}
	return list;
}

/* A draft of version 1, not signed. */
static int make_draft(struct draft *d, const struct founding *f, const struct hub_keys *keys,
    const struct signer *central, struct err *err)
{
	struct front template = {.head = NULL};
	struct charter_files files = {.nsignatures = 0};
	json_t *holders = central_list(f, central, err);
	if (!holders || front_parse(&template, asset_get("content/charter.md"),
			    "content/charter.md", CHARTER_BYTES_MAX, err)) {
		json_decref(holders);
		return err->code;
	}
	json_t *head = plain_value(template.head);
	json_object_set_new(head, "belfry", json_string("charter/1"));
	json_object_set_new(head, "name", json_string(f->name));
	json_object_set_new(head, "version", json_integer(1));
	json_object_set_new(head, "time", json_string(time_text(common_now()).text));
	json_object_set_new(head, "threshold", json_integer((json_int_t)f->threshold));
	json_object_set_new(head, "central", holders);
	if (f->review_optional)
		json_object_set_new(head, "review", json_string("optional"));
	if (f->site)
		json_object_set_new(head, "site", json_string(f->site));
	if (f->contact)
		json_object_set_new(head, "contact", json_string(f->contact));
	json_object_set_new(
	    head, "hubs", json_pack("[o]", hub_entry(f->hub, f->region, f->address, NULL, keys)));
	json_object_set_new(head, "schemas", builtin_schema_list(&files));
	int bad = draft_make(d, NULL, head, template.body, err);
	for (size_t i = 0; i < files.nschemas && !bad; i++)
		draft_add_schema(d, files.schemas[i].id, files.schemas[i].armor);
	front_release(&template);
	return bad;
}

static int found(struct store *s, const struct founding *f, const struct draft *d, struct err *err)
{
	struct charter_files files;
	draft_files(&files, d);
	if (store_adopt_charter(s, &files, draft_network(d), err))
		return err->code;
	return repo_set_config(s->repo, "belfry.hub", f->hub, err);
}

/* Stands in the store's folder while a network is being founded there. Where that was stopped
 * nobody has seen what it made, and it begins anew. */
#define FOUNDING "founding"

static bool has_entries(const char *store)
{
	struct store *s;
	struct err none;
	if (store_open(&s, store, STORE_READ, &none))
		return false;
	bool has = s->njournals > 0;
	store_close(s);
	return has;
}

static int begin(const char *store, const char *mark, struct err *err)
{
	static const char *const made[] = {"store.git", "keys", "lock", "pins"};
	struct buf path = BUF_INIT;
	bool is_half = file_exists(mark) && !has_entries(store);
	int bad = 0;
	for (size_t i = 0; is_half && i < sizeof made / sizeof *made && !bad; i++) {
		buf_reset(&path);
		buf_printf(&path, "%s/%s", store, made[i]);
		bad = file_remove_tree(path.ptr, err);
	}
	buf_reset(&path);
	buf_printf(&path, "%s/store.git", store);
	bool is_new = !file_exists(path.ptr);
	buf_release(&path);
	if (bad || !is_new)
		return bad ? err->code : 0;
	return file_mkdirs(store, 0700, err) ||
		       file_write(
			   mark, STR("belfry init was stopped here; run it again\n"), 0600, err)
		   ? err->code
		   : 0;
}

static int finish(const char *store, const char *mark, struct err *err)
{
	return file_remove_tree(mark, err) || file_sync_dir(store, err) ? err->code : 0;
}

/* Where other keys must sign too, all that can be done here is to keep ours and pass the draft on.
 */
static int make_store(const struct cmd_common *c, const struct founding *f, const struct draft *d,
    const struct hub_keys *keys, const struct signer *central, struct err *err)
{
	struct store *s = NULL;
	char path[4096], mark[4096];
	struct err ignored;
	snprintf(path, sizeof path, "%s/keys/central", c->store);
	snprintf(mark, sizeof mark, "%s/" FOUNDING, c->store);
	int bad = begin(c->store, mark, err) || store_create(c->store, err) ||
		  hub_keys_save(keys, c->store, f->hub, err) ||
		  signer_save(central, path, STR("central"), err);
	if (bad)
		return err->code;
	if (f->threshold > 1)
		return draft_write(d, f->out, err) || finish(c->store, mark, err) ? err->code : 0;
	bad = store_open(&s, c->store, STORE_WRITE, err) || store_has_room(s, err);
	bool is_full = s && bad; /* all there is was made here, and nothing of it is of use */
	bad = bad || found(s, f, d, err) || finish(c->store, mark, err);
	store_close(s);
	if (is_full)
		file_remove_tree(c->store, &ignored);
	return bad ? err->code : first_roster(c, err);
}

static int make(
    const struct cmd_common *c, const struct founding *f, struct draft *d, struct err *err)
{
	struct signer *central = signer_generate();
	struct hub_keys keys;
	hub_keys_make(&keys);
	int bad = make_draft(d, f, &keys, central, err) || draft_sign(d, NULL, central, err) ||
		  make_store(c, f, d, &keys, central, err);
	signer_free(central);
	hub_keys_release(&keys);
	return bad ? err->code : 0;
}

static void say_founded(const struct cmd_common *c, const struct founding *f)
{
	cmd_say("Network \"%s\" begins here, with hub %s. Its keys are in %s/keys: keep a copy of "
		"keys/central "
		"somewhere safe.",
	    f->name, f->hub, c->store);
}

static void say_awaited(const struct cmd_common *c, const struct founding *f)
{
	cmd_say(
	    "The keys of hub %s are in %s/keys: keep a copy of keys/central somewhere safe. The "
	    "network begins once %zu more of the central team have signed %s, each with\n"
	    "  belfry charter sign %s --key FILE   (or --agent)\n"
	    "Then, here: belfry charter apply %s",
	    f->hub, c->store, f->threshold - 1, f->out, cmd_word(f->out).text,
	    cmd_word(f->out).text);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct founding f = {.out = "charter-1.json"};
	const char *threshold = "1";
	const struct cmd_option options[] = {
	    {"name", "TEXT", OPTION_TEXT, &f.name, "what the network is called"},
	    {"hub", "NAME", OPTION_TEXT, &f.hub,
		"this hub's name (lower-case letters, digits, hyphens)"},
	    {"region", "ID", OPTION_TEXT, &f.region, "its region; global for a central team"},
	    {"address", "HOST:PORT", OPTION_TEXT, &f.address, "where other hubs can dial it"},
	    {"site", "URL", OPTION_TEXT, &f.site, "the resource centre's public address"},
	    {"contact", "TO", OPTION_TEXT, &f.contact,
		"an e-mail or web address for faults that readers find"},
	    {"review-optional", NULL, OPTION_FLAG, &f.review_optional,
		"let records be published without a second person"},
	    {"threshold", "K", OPTION_TEXT, &threshold,
		"central signatures a charter needs (1 unless it says more)"},
	    {"central", "ID=FILE.pub", OPTION_LIST, &f.central,
		"a further central key; may be repeated"},
	    {"out", "FILE", OPTION_TEXT, &f.out,
		"where to write what others must sign (charter-1.json)"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct draft d = {.json = NULL};
	uint64_t k;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs || !f.name || !f.hub || !f.region)
		return cmd_usage(self, "give --name, --hub and --region");
	if (!common_is_page_name(str_from(f.hub)))
		return cmd_usage(self, COMMON_NO_HUB_NAME, f.hub);
	if (!str_u64(str_from(threshold), CENTRAL_KEYS_MAX, &k) || !k || k > f.central.len + 1)
		return cmd_usage(self,
		    "--threshold %s: there %s %zu central key%s, this one's and each --central",
		    threshold, f.central.len ? "are" : "is", f.central.len + 1,
		    f.central.len ? "s" : "");
	f.threshold = (size_t)k;
	struct address where;
	if ((f.address && address_parse_peer(&where, str_from(f.address), &err)) ||
	    charter_check_contact(f.contact, &err))
		return cmd_fail(self, &err);
	int bad = make(&c, &f, &d, &err);
	if (!bad && c.json)
		cmd_print_json(json_pack("{s:s, s:s, s:s}", "network", draft_network(&d), "hub",
		    f.hub, "store", c.store));
	else if (!bad)
		printf("%s\n", draft_network(&d));
	if (!bad)
		(k > 1 ? say_awaited : say_founded)(&c, &f);
	draft_release(&d);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_init = {
    .name = "init",
    .args = "--name TEXT --hub NAME --region ID [--threshold K --central ID=FILE.pub…]",
    .summary = "Found a network here and print its id.",
    .group = CMD_NETWORK,
    .run = run,
};
