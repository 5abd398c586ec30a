/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journals: writing our own, admitting those of others (journal_read.c reads them). What is
 * admitted is judged by grammar, limits, chain and the journal's signature alone; whether a record
 * in it is published is the catalogue's question.
 */
#include "base/mem.h"
#include "store/cut.h"
#include "store/erased.h"
#include "store/follow.h"
#include "store/journal_impl.h"
#include "store/keyring.h"
#include "store/members.h"
#include "store/space.h"
#include "store/vouched.h"
#include "store/whole.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int journal_commit(struct store *s, const struct oid *id, struct entry *e, struct err *err)
{
	struct buf commit = BUF_INIT;
	struct public_key key;
	int bad = repo_read(s->repo, id, OBJECT_COMMIT, &commit, err) ||
		  entry_parse(e, &key, buf_str(&commit), s->network, err);
	buf_release(&commit);
	if (!bad && (bad = members_check_heads(s, e, err)))
		entry_release(e);
	return bad ? err->code : 0;
}

int journal_load(struct store *s, struct journal *j, struct err *err)
{
	struct entry e;
	if (journal_commit(s, &j->head.id, &e, err))
		return err_wrap(err, "journal %s", j->head.hub);
	if (strcmp(e.hub, j->head.hub) != 0) {
		err_set(err, ERR_CHAIN, "journal %s holds entries of %s", j->head.hub, e.hub);
		entry_release(&e);
		return err->code;
	}
	j->head.seq = e.seq;
	j->content = e.content;
	j->time = e.time;
	j->charter = e.charter;
	j->tree = e.tree;
	j->named = members_named(s, &e);
	entry_release(&e);
	return 0;
}

/* --- writing --- */

/* Put an entry whose values are complete but for tree and content; `j` is moved on success. */
static int put_entry(struct store *s, struct journal *j, struct entry *e,
    const struct public_key *key, struct err *err)
{
	struct buf commit = BUF_INIT;
	struct oid id;
	entry_commit(&commit, e, s->network, key);
	int bad = repo_put(s->repo, &id, OBJECT_COMMIT, buf_str(&commit), err) ||
		  cut_check_head(s, e->hub, e->seq, &id, &e->content, err);
	buf_release(&commit);
	if (bad)
		return err->code;
	journal_ids_add(j, &id);
	j->head.seq = e->seq;
	j->head.id = id;
	j->content = e->content;
	j->time = e->time;
	j->charter = e->charter;
	j->tree = e->tree;
	j->named = members_named(s, e);
	return 0;
}

/* Other hubs' heads that our recent entries have not named yet. */
static int moved_heads(struct store *s, struct journal *own, struct entry *e, struct err *err)
{
	const struct named_heads *said;
	if (s->outer)
		return members_name_roster(s, e, err);
	if (named_read(&said, s, own, err))
		return err->code;
	e->heads = arena_alloc(&e->arena, s->njournals * sizeof *e->heads);
	for (size_t i = 0; i < s->njournals; i++) {
		const struct head *h = &s->journals[i].head;
		const struct named_head *n = named_find(said, h->hub);
		bool is_known = n && n->head.seq == h->seq && n->by + NAMED_LOOK_BACK >= e->seq;
		if (&s->journals[i] != own && h->seq && !is_known && e->nheads < ENTRY_HEADS_MAX)
			e->heads[e->nheads++] = *h;
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return str_cmp(((const struct change *)a)->path, ((const struct change *)b)->path);
}

static int check_change(const struct change *c, struct err *err)
{
	if (!journal_path_is_valid(c->path))
		return err_set(
		    err, ERR_SYNTAX, "%.*s is no place for a file in a journal", STR_FMT(c->path));
	size_t max = entry_file_bytes_max(c->path);
	if (erased_check_file(c, err))
		return err->code;
	if (c->content.len > max)
		return err_set(err, ERR_LIMIT, "%.*s has %zu bytes; at most %zu bytes are allowed",
		    STR_FMT(c->path), c->content.len, max);
	return 0;
}

static int check_changes(
    const struct store *s, const struct change *changes, size_t n, struct err *err)
{
	if (!n || n > ENTRY_CHANGES_MAX)
		return err_set(
		    err, ERR_LIMIT, "an entry has 1 to %d files, not %zu", ENTRY_CHANGES_MAX, n);
	for (size_t i = 0; i < n; i++) {
		if (check_change(&changes[i], err))
			return err->code;
		if (i && str_eq(changes[i].path, changes[i - 1].path))
			return err_set(
			    err, ERR_EXISTS, "%.*s is given twice", STR_FMT(changes[i].path));
	}
	size_t bytes = entry_bytes_max(changes, n, s->outer ? 1 : 0);
	if (bytes > ENTRY_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "an entry is at most %d bytes, this one has %zu",
		    ENTRY_BYTES_MAX, bytes);
	return 0;
}

static int count_change(
    void *ctx, struct str path, const struct oid *before, const struct oid *after, struct err *err)
{
	(void)path;
	(void)before;
	(void)after;
	(void)err;
	++*(size_t *)ctx;
	return 0;
}

/*
 * Does each of the changes change something? A file listed as it was is in the signed Content, but
 * not in the difference of the trees, from which an entry is passed on: others could not check it.
 */
static int check_all_differ(struct store *s, const struct journal *j, const struct entry *e,
    enum err_code code, struct err *err)
{
	size_t n = 0;
	if (tree_diff(s->repo, &j->tree, &e->tree, count_change, &n, err))
		return err->code;
	if (n == e->nchanges)
		return 0;
	return err_set(err, code,
	    "%s of its files changes nothing: the journal has it with these bytes",
	    n ? "one" : "none");
}

static int load_journal_key(struct store *s, struct err *err)
{
	struct buf path = BUF_INIT;
	if (s->is_restored)
		return err_set(err, ERR_POLICY,
		    "this store or its keys were restored from a backup, or copied: before hub %s "
		    "signs anything it must hear from another hub how far its journal goes (belfry "
		    "peer add, belfry sync); with --alone it signs without",
		    s->hub);
	if (s->journal_key)
		return 0;
	if (!s->hub[0])
		return err_set(
		    err, ERR_POLICY, "this store has no journal: it is not a hub of the network");
	store_path(s, &path, "keys/journal");
	int bad = signer_load(&s->journal_key, path.ptr, err);
	buf_release(&path);
	return bad;
}

/* Our key must be the one that the charter in force names, or nobody will admit what we sign. */
static int check_own_key(struct store *s, struct err *err)
{
	const struct charter *c;
	if (store_charter(s, 0, &c, NULL, err))
		return err->code;
	const struct charter_hub *h = charter_hub(c, s->hub);
	if (!h)
		return err_set(err, ERR_POLICY,
		    "hub %s is not in charter version %u: it waits to be admitted", s->hub,
		    c->version);
	if (!public_key_eq(&h->journal, signer_key(s->journal_key)))
		return err_set(err, ERR_POLICY,
		    "charter version %u names another journal key for %s than keys/journal",
		    c->version, s->hub);
	return cut_check_own(s, h, err);
}

/* What was erased is not written again; an order that is written takes effect. */
static int refuse_erased(struct store *s, struct entry *e, struct err *err)
{
	if (erased_admit(s, e, err))
		return err->code;
	for (size_t i = 0; i < e->nchanges; i++)
		if (e->changes[i].is_bare)
			return err_set(err, ERR_POLICY,
			    "%.*s: this text was erased, by an order; nobody may publish it again",
			    STR_FMT(e->changes[i].path));
	return 0;
}

int store_append(struct store *s, struct change *changes, size_t n, int64_t now, struct err *err)
{
	qsort(changes, n, sizeof *changes, by_path);
	if (check_changes(s, changes, n, err) || load_journal_key(s, err) ||
	    check_own_key(s, err) || store_has_room(s, err))
		return err->code;
	struct journal *j = store_journal(s, s->hub);
	if (!j)
		j = store_add_journal(s, s->hub);
	struct entry e = {.seq = j->head.seq + 1,
	    .charter = store_rules(s)->charter_version,
	    .parent = j->head.id,
	    .time = now > j->time ? now : j->time,
	    .changes = changes,
	    .nchanges = n};
	snprintf(e.hub, sizeof e.hub, "%s", s->hub);
	e.content = entry_content(&j->content, changes, n);
	int bad = refuse_erased(s, &e, err) || moved_heads(s, j, &e, err);
	if (!s->outer && entry_bytes_max(changes, n, e.nheads) > ENTRY_BYTES_MAX)
		e.nheads = 0; /* they ride along with the next entry */
	if (!bad && !entry_is_in_bounds(&e))
		bad = err_set(err, ERR_LIMIT, "this computer's clock is beyond the year 4000");
	bad = bad || tree_apply(s->repo, &j->tree, changes, n, &e.tree, err) ||
	      check_all_differ(s, j, &e, ERR_EXISTS, err) ||
	      entry_sign(&e, s->network, s->journal_key, err) ||
	      put_entry(s, j, &e, signer_key(s->journal_key), err);
	if (bad)
		repo_drop(s->repo);
	else
		bad = store_commit(s, err) || erased_settle(s, err);
	if (!bad)
		named_add(j, &e);
	entry_release(&e);
	return bad ? err->code : 0;
}

/* --- admitting --- */

static int check_follows(struct store *s, const struct journal *j, const struct entry *e,
    const struct charter_hub **hub, struct err *err)
{
	const struct charter *c;
	if (e->time < j->time || e->charter < j->charter)
		return err_set(err, ERR_CHAIN,
		    "its time or charter version is older than that of the entry before");
	if (members_check_entry(s, j->named, e, err))
		return err->code;
	if (store_charter(s, e->charter, &c, NULL, err))
		return err->code;
	*hub = charter_hub(c, e->hub);
	if (!*hub)
		return err_set(
		    err, ERR_SIGNATURE, "charter version %u has no hub %s", e->charter, e->hub);
	return cut_check_entry(s, e->hub, e->seq, e->charter, err);
}

struct files {
	struct repo *repo;
	const struct oid *tree;
};

static int old_file(void *of, struct str path, struct buf *out, struct err *err)
{
	struct files *f = of;
	struct oid blob;
	if (oid_is_zero(f->tree))
		return err_set(err, ERR_MISSING, "an empty tree has no %.*s", STR_FMT(path));
	if (tree_find(f->repo, f->tree, path, &blob, err))
		return err->code;
	int bad = repo_read(f->repo, &blob, OBJECT_BLOB, out, err);
	if (bad == ERR_MISSING && repo_is_partial(f->repo))
		bad = err_set(err, ERR_UNSUPPORTED,
		    "it is told as what changed in %.*s, whose content is not here (not "
		    "subscribed): only a link to a hub can bring it",
		    STR_FMT(path));
	return bad;
}

int journal_decode(struct entry *e, struct store *s, const char *hub, const struct oid *tree,
    struct str bytes, const struct scope *scope, struct err *err)
{
	const struct keyring *ring;
	struct files before = {s->repo, tree};
	if (keyring_get(&ring, s, tree, err) ||
	    entry_decode(e, hub, bytes,
		&(struct entry_context){s->network, ring->keys, ring->n, old_file, &before, scope},
		err))
		return err->code;
	if (erased_admit(s, e, err) == 0)
		return 0;
	err_wrap(err, "entry %" PRIu64 " of %s", e->seq, hub);
	entry_release(e);
	return err->code;
}

/* The tree is built from what came, so the signature can be checked; what fails leaves nothing
 * behind. */
static int admit_one(struct store *s, struct journal *j, struct str bytes,
    const struct scope *scope, struct err *err)
{
	const struct charter_hub *hub = NULL;
	struct entry e;
	uint64_t seq = entry_peek_seq(bytes);
	if (seq > j->head.seq + 1) /* it can only be read beside the roster before it */
		return err_set(err, ERR_CHAIN,
		    "entry %" PRIu64 " of %s: it does not follow entry %" PRIu64, seq, j->head.hub,
		    j->head.seq);
	if (journal_decode(&e, s, j->head.hub, &j->tree, bytes, scope, err))
		return err->code;
	e.parent = j->head.id;
	e.content = entry_content(&j->content, e.changes, e.nchanges);
	size_t mark = repo_mark(s->repo);
	int bad = check_follows(s, j, &e, &hub, err) ||
		  tree_apply(s->repo, &j->tree, e.changes, e.nchanges, &e.tree, err) ||
		  entry_verify(&e, s->network, &hub->journal, err) ||
		  check_all_differ(s, j, &e, ERR_SYNTAX, err) ||
		  put_entry(s, j, &e, &hub->journal, err);
	if (bad) {
		err_wrap(err, "entry %" PRIu64 " of %s", e.seq, j->head.hub);
		repo_back_to(s->repo, mark);
	}
	entry_release(&e);
	return bad ? err->code : 0;
}

static int admit_run(struct store *s, const char *hub, const struct str *entries, size_t n,
    const struct scope *scope, size_t *admitted, struct err *err)
{
	struct journal *j = store_journal(s, hub);
	int bad = 0;
	if (!j)
		j = store_add_journal(s, hub);
	for (size_t i = 0; i < n && !bad; i++) {
		uint64_t seq = entry_peek_seq(entries[i]);
		bool is_here = seq && seq <= j->head.seq;
		bool is_filled = is_here && s->follow->scope.is_lacking;
		if (is_filled && (bad = whole_find(s, j, err)))
			break;
		if (is_here && !(is_filled && seq == j->whole + 1))
			continue;
		bad = is_here ? whole_fill(s, j, entries[i], scope, err)
			      : admit_one(s, j, entries[i], scope, err);
		*admitted += !bad;
	}
	if (!j->head.seq)
		store_drop_journal(s, j); /* a name that a peer made up costs nothing */
	return bad;
}

int store_admit(struct store *s, const char *hub, const struct str *entries, size_t n,
    size_t *admitted, struct err *err)
{
	return store_admit_bare(s, hub, entries, n, NULL, admitted, err);
}

int store_admit_bare(struct store *s, const char *hub, const struct str *entries, size_t n,
    const struct scope *scope, size_t *admitted, struct err *err)
{
	struct err fault = {.code = ERR_NONE};
	*admitted = 0;
	if (!store_rules(s)->charter_version)
		return err_set(err, ERR_MISSING, "no charter is here yet");
	if (store_has_room(s, err))
		return err->code;
	int bad = admit_run(s, hub, entries, n, scope, admitted, &fault);
	if (*admitted && (store_commit(s, err) || erased_settle(s, err) || whole_settle(s, err))) {
		*admitted = 0;
		whole_forget(s);
		return err->code;
	}
	/* Then the text of an older revision is not here that should be: it is asked for. */
	if (bad == ERR_UNSUPPORTED && scope && !scope->is_lacking) {
		whole_forget(s);
		if (follow_set_lacking(s, true, err))
			return err->code;
	}
	if (bad)
		*err = fault;
	return bad;
}

/* --- files --- */
