/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "cmd/file.h"
#include "cmd/signing_key.h"
#include "store/catalogue.h"

#include <stdio.h>
#include <stdlib.h>

/* What one withdrawal needs, and the files of its entry as they come. */
struct withdrawal {
	struct store *store, *from; /* the latter has the record: that, or what is for members */
	const struct charter *charter;
	const struct schema_set *schemas;
	const char *reason;
	const char *out; /* the folder for what others are to sign, or NULL */
	struct signer *author, *reviewer; /* reviewer NULL where the charter asks for none */
	json_t *files, *paths; /* what goes into the entry; the texts among it, or in `out` */
};

static void put(struct withdrawal *w, const char *path, const char *suffix, struct str content)
{
	char name[512];
	snprintf(name, sizeof name, "%s%s", path, suffix);
	json_array_append_new(
	    w->files, json_pack("{s:s, s:o}", "path", name, "content", json_from(content)));
}

/* The revision that takes `r` back: what it was about, and why it is gone, without its text. */
static void write_tombstone(struct buf *out, const struct withdrawal *w, const struct record *r)
{
	json_t *head = common_next_head(r);
	json_object_set_new(head, "status", json_string("withdrawn"));
	json_object_set_new(head, "reason", json_string(w->reason));
	canon_write(out, schema_find(w->schemas, r->type), head, STR_EMPTY);
	json_decref(head);
}

static int sign_as(struct withdrawal *w, const char *path, const char *suffix, const char *kind,
    struct signer *signer, struct str text, struct err *err)
{
	struct name_space ns = name_space(kind, w->store->network);
	struct buf armor = BUF_INIT;
	int bad = sshsig_sign(&armor, signer, ns.text, text, err);
	if (!bad)
		put(w, path, suffix, buf_str(&armor));
	buf_release(&armor);
	return bad;
}

static int sign_item(struct withdrawal *w, const char *path, struct str text, struct err *err)
{
	put(w, path, "", text);
	if (sign_as(w, path, ".sig", "belfry-record", w->author, text, err) ||
	    (w->reviewer && sign_as(w, path, ".rev", "belfry-review", w->reviewer, text, err)))
		return err->code;
	json_array_append_new(w->paths, json_string(path));
	return 0;
}

/* `path` begins with "records/". */
static int write_item(struct withdrawal *w, const char *path, struct str text, struct err *err)
{
	struct buf file = BUF_INIT;
	buf_printf(&file, "%s%s", w->out, strchr(path, '/'));
	int bad = file_begin(file.ptr, text, err);
	if (!bad)
		json_array_append_new(w->paths, json_string(file.ptr));
	buf_release(&file);
	return bad;
}

static int withdraw_item(struct withdrawal *w, const struct item *item, struct err *err)
{
	struct buf old = BUF_INIT, text = BUF_INIT;
	struct record before = {.source = BUF_INIT}, after = {.source = BUF_INIT};
	int bad = repo_read(w->from->repo, &item->md, OBJECT_BLOB, &old, err) ||
		  record_parse(&before, buf_str(&old), item->path, w->schemas, NULL, err);
	if (!bad)
		write_tombstone(&text, w, &before);
	bad = bad || record_parse(&after, buf_str(&text), item->path, w->schemas, NULL, err);
	bad = bad || (w->out ? write_item : sign_item)(w, item->path, buf_str(&text), err);
	record_release(&before);
	record_release(&after);
	buf_release(&old);
	buf_release(&text);
	return bad ? err->code : 0;
}

/* Every published language of the document `name` (PLACE/TYPE/ID, or one file with /LANG). */
static int withdraw_all(
    struct withdrawal *w, const struct catalogue *c, const char *name, struct err *err)
{
	size_t gone = 0;
	for (size_t i = 0; i < c->len; i++) {
		const struct item *item = &c->items[i];
		if (item->state == ITEM_HELD || !common_is_named(item->path, name))
			continue;
		/* Other hubs' translations are shown no more once their source is gone. */
		if (item->is_guest && strcmp(item->hub, w->store->hub) != 0)
			continue;
		if (!w->out && strcmp(item->hub, w->store->hub) != 0)
			return err_set(
			    err, ERR_POLICY, "%s is hub %s's to withdraw", item->path, item->hub);
		gone += item->state == ITEM_WITHDRAWN;
		if (item->state == ITEM_PUBLISHED && withdraw_item(w, item, err))
			return err->code;
	}
	if (json_array_size(w->paths))
		return 0;
	if (gone)
		return err_set(err, ERR_EXISTS, "%s is withdrawn already", name);
	return err_set(err, ERR_MISSING, "there is no published record %s here", name);
}

/* One name is in one journal: what everybody has goes first. */
static int withdraw_from_either(struct withdrawal *w, const char *name, struct err *err)
{
	struct store *const both[] = {w->store, w->store->members};
	int bad = ERR_MISSING;
	for (int i = 0; i < 2 && both[i] && bad == ERR_MISSING; i++) {
		struct catalogue c;
		w->from = both[i];
		bad = catalogue_read(&c, w->from, NULL, NULL, err);
		if (bad)
			return bad;
		bad = withdraw_all(w, &c, name, err);
		catalogue_release(&c);
	}
	return bad;
}

static int load_keys(struct withdrawal *w, const struct signing_key *author,
    const char *reviewer_file, struct err *err)
{
	if (store_charter(w->store, 0, &w->charter, &w->schemas, err))
		return err->code;
	if (w->out)
		return 0;
	if (signing_key_member(&w->author, w->store, author, ROLE_AUTHOR, err))
		return err->code;
	const struct signing_key reviewer = {.file = reviewer_file};
	if (reviewer_file)
		return signing_key_open(&w->reviewer, &reviewer, NULL, 0, NULL, err);
	if (w->charter->review_optional)
		return 0;
	return err_set(err, ERR_USAGE,
	    "a second person signs too in this network: give their key with --review-key FILE, or "
	    "write what they sign elsewhere with --out DIR");
}

static int publish(
    const struct cmd_common *c, struct withdrawal *w, const char *name, struct err *err)
{
	json_t *reply;
	if (ask(&reply, c,
		json_pack("{s:s, s:O, s:s}", "op", "append", "files", w->files, "audience",
		    w->from->outer ? "members" : "public"),
		err))
		return err->code;
	size_t n = json_array_size(w->paths);
	if (c->json) {
		json_object_set(reply, "withdrawn", w->paths);
		cmd_print_json(reply);
		return 0;
	}
	printf("%s %lld: %s is withdrawn (%zu %s)\n", w->store->hub,
	    (long long)json_get_int(reply, "seq"), name, n, n == 1 ? "file" : "files");
	json_decref(reply);
	return 0;
}

/* Each signs where their key is. */
static void tell(const struct cmd_common *c, const struct withdrawal *w)
{
	size_t i;
	json_t *path;
	if (c->json) {
		cmd_print_json(json_pack("{s:O}", "written", w->paths));
		return;
	}
	json_array_foreach(w->paths, i, path) printf("%s\n", json_string_value(path));
	cmd_say("Nothing is withdrawn yet. The author runs belfry sign and belfry submit on each "
		"of these, the reviewer belfry review ID --accept.");
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct withdrawal w = {.reason = NULL};
	struct signing_key author = {.file = NULL};
	const char *reviewer = NULL;
	struct cmd_common c;
	const struct cmd_option options[] = {
	    {"reason", "TEXT", OPTION_TEXT, &w.reason, "why; readers see it in the record's place"},
	    SIGNING_KEY_OPTIONS(&author),
	    {"review-key", "FILE", OPTION_TEXT, &reviewer,
		"the private key of a reviewer, another person; FILE.pub: ssh-agent holds it"},
	    {"out", "DIR", OPTION_TEXT, &w.out,
		"only write the revision there, for author and reviewer to sign apart"},
	    CMD_ALONE(c),
	    {0},
	};
	struct err err = {.code = ERR_NONE};
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs != 1)
		return cmd_usage(self, "which record? place/type/id, as belfry list prints it");
	if (!w.reason || !*w.reason)
		return cmd_usage(self, "give --reason TEXT");
	w.files = json_array();
	w.paths = json_array();
	int bad = common_open(&w.store, &c, &err) || load_keys(&w, &author, reviewer, &err) ||
		  withdraw_from_either(&w, argv[0], &err);
	if (!bad && w.out)
		tell(&c, &w);
	else
		bad = bad || publish(&c, &w, argv[0], &err);
	json_decref(w.files);
	json_decref(w.paths);
	signer_free(w.author);
	signer_free(w.reviewer);
	store_close(w.store);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_withdraw = {
    .name = "withdraw",
    .args = "PLACE/TYPE/ID --reason TEXT [--key FILE|--agent] [--review-key FILE] "
	    "[--out DIR]",
    .summary = "Take a published record back, in all its languages, for a reason.",
    .group = CMD_REVIEW,
    .run = run,
    .details =
	"A withdrawal is a new revision, signed like any other, that says why; the page becomes a\n"
	"tombstone. Earlier revisions stay in the journal. With /LANG only that language goes.\n"
	"\n"
	"Where author and reviewer sit apart, --out DIR writes that revision on the author's\n"
	"computer, and it goes the way of any text: belfry sign and belfry submit there, belfry\n"
	"review ID --accept at the hub. Each language is withdrawn when its text is accepted.",
};
