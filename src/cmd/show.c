/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "store/catalogue.h"
#include "store/evidence.h"

#include <stdio.h>

static bool is_archived(struct store *s, const char *hub)
{
	const struct charter *c;
	struct err none;
	const struct charter_hub *h =
	    store_charter(s, 0, &c, NULL, &none) ? NULL : charter_hub(c, hub);
	return h && h->is_closed;
}

static void print_archived(struct store *s, const char *hub)
{
	if (is_archived(s, hub))
		printf("  ARCHIVED: hub %s is closed; nobody keeps this up to date\n", hub);
}

/* What else was made of the revision before: kept, and one page shows one text. */
static void print_conflicts(const struct catalogue *c, const struct item *i)
{
	for (size_t k = 0; k < c->len && i->is_contested && i->state != ITEM_HELD; k++) {
		const struct item *o = &c->items[k];
		if (o != i && o->is_contested && strcmp(o->path, i->path) == 0)
			printf("  CONFLICT: hub %s has published revision %u, made apart from this "
			       "one (entry %llu, sha256:%s);\n"
			       "            belfry new --merge %s/%s/%s/%s FILE begins what ends "
			       "it\n",
			    o->hub, o->revision, (unsigned long long)o->seq,
			    sha256_hex(&o->hash).text, i->place, i->type, i->id, i->lang);
	}
}

/* Owns nothing: the number alone; 0: the hub is in no dispute. */
static uint64_t disputed_at(struct store *s, const char *hub)
{
	struct evidence_list all;
	struct err none;
	if (evidence_list(&all, store_rules(s), &none))
		return 0;
	const struct evidence *e = evidence_of(&all, hub);
	uint64_t seq = e ? e->seq : 0;
	evidence_list_release(&all);
	return seq;
}

static void print_dispute(struct store *s, const char *hub)
{
	uint64_t seq = disputed_at(s, hub);
	if (seq)
		printf("  DISPUTED: hub %s has signed two entries where one can be, at %llu; the "
		       "signatures of author and reviewer stand\n",
		    hub, (unsigned long long)seq);
}

/* They work where they are pasted, and touch no file of the person's own. */
static void print_commands(struct store *s, const struct item *i)
{
	struct buf repository = BUF_INIT;
	const struct cmd_word store = cmd_word(store_rules(s)->dir);
	store_path(s, &repository, s->outer ? "members.git" : "store.git");
	const struct cmd_word git = cmd_word(repository.ptr);
	const struct oid_hex commit = oid_hex(&i->commit);
	printf("  check it  belfry signers --store %s >allowed_signers\n", store.text);
	printf("            git --git-dir=%s show %s:%s.sig >author.sig\n", git.text, commit.text,
	    i->path);
	printf("            git --git-dir=%s show %s:%s | ssh-keygen -Y verify -f allowed_signers "
	       "-I %s@%s -n belfry-record@%s -s author.sig\n",
	    git.text, commit.text, i->path, i->author, i->hub, s->network);
	buf_release(&repository);
}

static void print_provenance(const struct catalogue *c, struct store *s, const struct item *i)
{
	struct buf author = BUF_INIT, reviewer = BUF_INIT;
	public_key_fingerprint(&author, i->author_key);
	public_key_fingerprint(&reviewer, i->reviewer_key);
	printf("%s\n", i->path);
	if (s->outer)
		printf("  FOR MEMBERS ONLY: not to be passed on to others\n");
	printf("  author    %s (%s) %s\n", i->author_name, i->author, author.ptr);
	if (i->reviewer[0])
		printf("  reviewer  %s (%s) %s\n", i->reviewer_name, i->reviewer, reviewer.ptr);
	printf("  hub       %s, entry %llu of %s, commit %s\n", i->hub, (unsigned long long)i->seq,
	    time_text(i->time).text, oid_hex(&i->commit).text);
	print_archived(s, i->hub);
	print_dispute(s, i->hub);
	printf("  sha256    %s\n", sha256_hex(&i->hash).text);
	if (i->state != ITEM_PUBLISHED)
		printf("  %s %s\n", i->state == ITEM_HELD ? "HELD:    " : "WITHDRAWN:", i->reason);
	print_conflicts(c, i);
	print_commands(s, i);
	buf_release(&author);
	buf_release(&reviewer);
}

static json_t *as_json(struct store *s, const struct item *i, struct str text)
{
	struct buf author = BUF_INIT, reviewer = BUF_INIT;
	public_key_write(&author, i->author_key);
	public_key_write(&reviewer, i->reviewer_key);
	json_t *v = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
	    "path", i->path, "network", s->network, "hub", i->hub, "seq", (json_int_t)i->seq,
	    "commit", oid_hex(&i->commit).text, "author", i->author, "author_key", author.ptr,
	    "reviewer", i->reviewer, "reviewer_key", i->reviewer[0] ? reviewer.ptr : "", "state",
	    i->state == ITEM_HELD	 ? "held"
	    : i->state == ITEM_WITHDRAWN ? "withdrawn"
					 : "published",
	    "reason", i->reason, "sha256", sha256_hex(&i->hash).text);
	json_object_set_new(v, "audience", json_string(s->outer ? "members" : "public"));
	json_object_set_new(v, "contested", json_boolean(i->is_contested));
	json_object_set_new(v, "archived", json_boolean(is_archived(s, i->hub)));
	json_object_set_new(v, "disputed", json_boolean(disputed_at(s, i->hub) != 0));
	json_object_set_new(v, "record", json_from(text));
	buf_release(&author);
	buf_release(&reviewer);
	return v;
}

/* Prints it, or where `all` is given adds it there. */
static int show_one(
    const struct catalogue *c, struct store *s, const struct item *i, json_t *all, struct err *err)
{
	struct buf text = BUF_INIT;
	if (i->state == ITEM_ERASED)
		return err_set(err, ERR_MISSING, "%s (entry %llu of %s) was erased: %s", i->path,
		    (unsigned long long)i->seq, i->hub, i->reason);
	if (i->state == ITEM_ABSENT)
		return err_set(err, ERR_MISSING,
		    "%s (entry %llu of %s): %s; belfry subscribe says what is", i->path,
		    (unsigned long long)i->seq, i->hub, i->reason);
	int bad = repo_read(s->repo, &i->md, OBJECT_BLOB, &text, err);
	if (!bad && all)
		json_array_append_new(all, as_json(s, i, buf_str(&text)));
	if (!bad && !all) {
		print_provenance(c, s, i);
		putchar('\n');
		cmd_print_text(buf_str(&text));
		putchar('\n');
	}
	buf_release(&text);
	return bad;
}

/* What a person asked for: how much of it is here. */
struct wanted {
	const char *name;
	size_t found;
	json_t *all; /* with --json */
};

static int show_of(struct wanted *w, struct store *s, struct err *err)
{
	struct catalogue catalogue;
	const struct item *absent = NULL;
	if (catalogue_read(&catalogue, s, NULL, NULL, err))
		return err->code;
	int bad = 0;
	size_t before = w->found;
	for (size_t i = 0; i < catalogue.len && !bad; i++) {
		if (!common_is_named(catalogue.items[i].path, w->name))
			continue;
		/* Of several only what is here is shown. */
		if (catalogue.items[i].state >= ITEM_ABSENT) {
			absent = &catalogue.items[i];
			continue;
		}
		w->found++;
		bad = show_one(&catalogue, s, &catalogue.items[i], w->all, err);
	}
	if (!bad && w->found == before && absent)
		bad = show_one(&catalogue, s, absent, w->all, err);
	catalogue_release(&catalogue);
	return bad;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const struct cmd_option options[] = {{0}};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct store *s = NULL;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs != 1)
		return cmd_usage(self, "which record? place/type/id, as belfry list prints it");
	struct wanted w = {.name = argv[0], .all = c.json ? json_array() : NULL};
	int bad = common_open(&s, &c, &err) || show_of(&w, s, &err) ||
		  (s->members && show_of(&w, s->members, &err));
	if (!bad && !w.found)
		bad = err_set(&err, ERR_MISSING, "there is no record %s here", argv[0]);
	if (!bad && c.json)
		cmd_print_json(json_incref(w.all));
	json_decref(w.all);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_show = {
    .name = "show",
    .args = "PLACE/TYPE/ID[/LANG]",
    .summary = "One record with its provenance.",
    .group = CMD_READ,
    .run = run,
};
