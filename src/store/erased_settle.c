/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dropping what orders name. Every step may be done again, and leaves nothing that the next start
 * would not go on with: it looks at what is here, not at what was done.
 */
#include "base/file.h"
#include "base/mem.h"
#include "store/attachments.h"
#include "store/catalogue_cache.h"
#include "store/erased.h"
#include "store/follow.h"
#include "store/mailbox_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct ids {
	struct oid *items;
	size_t len, cap;
};

struct settling {
	struct store *store;
	const struct journal *journal; /* that is looked through; NULL: not a journal */
	struct ids drafts; /* what mailboxes held, sorted */
	struct ids gone; /* to be dropped */
	struct ids kept; /* named or a draft's, and somebody else's as well */
	bool is_end; /* the entry looked at replaces or removes an erased text */
};

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, OID_BYTES);
}

static void push(struct ids *ids, const struct oid *id)
{
	*MEM_PUSH(ids->items, ids->len, ids->cap) = *id;
}

static void sort(struct ids *ids)
{
	if (ids->len)
		qsort(ids->items, ids->len, sizeof *ids->items, by_id);
}

static bool has(const struct ids *ids, const struct oid *id)
{
	return ids->len && bsearch(id, ids->items, ids->len, sizeof *id, by_id);
}

static bool is_named(const struct erased *set, const struct oid *id)
{
	return bsearch(id, set->keys, set->nkeys, sizeof *set->keys, by_id);
}

static bool any_is_here(struct store *s)
{
	for (size_t i = 0; i < s->erased->nkeys; i++)
		if (repo_has(s->repo, &s->erased->keys[i].blob))
			return true;
	return false;
}

/* --- whose texts are they? --- */

static int look(
    void *ctx, struct str path, const struct oid *before, const struct oid *after, struct err *err)
{
	struct settling *l = ctx;
	const char *hub = l->journal ? l->journal->head.hub : NULL;
	(void)err;
	if (hub && journal_path_is_text(path)) {
		l->is_end = l->is_end || erased_find(l->store, hub, before);
		if (erased_find(l->store, hub, after)) {
			push(&l->gone, after);
			return 0;
		}
	}
	if (is_named(l->store->erased, after) || has(&l->drafts, after))
		push(&l->kept, after);
	return 0;
}

static int look_through_journal(struct settling *l, struct journal *j, struct err *err)
{
	struct oid before = {{0}}, after;
	l->journal = j;
	for (uint64_t seq = 1; seq <= j->head.seq; seq++) {
		if (store_entry_tree(l->store, j->head.hub, seq, &after, err) ||
		    tree_diff(l->store->repo, &before, &after, look, l, err))
			return err->code;
		before = after;
	}
	l->journal = NULL;
	return 0;
}

static int look_through_charters(struct settling *l, struct err *err)
{
	struct store *s = l->store;
	for (uint32_t v = 1; v <= s->charter_version; v++) {
		struct buf commit = BUF_INIT;
		struct oid tree;
		int bad =
		    repo_read(s->repo, &s->charters[v - 1].commit, OBJECT_COMMIT, &commit, err);
		if (!bad && !oid_from_hex(&tree, str_sub(buf_str(&commit), 5, 40)))
			bad = err_set(err, ERR_SYNTAX, "charter version %u has no tree", v);
		bad = bad || tree_diff(s->repo, NULL, &tree, look, l, err);
		buf_release(&commit);
		if (bad)
			return err->code;
	}
	return 0;
}

/* --- mailboxes --- */

/* Drafts are judged by their path, which only says something where the hub is the order's. */
static bool is_of_record(struct store *s, const struct submission *item)
{
	const char *home = s->hub[0] ? s->hub : s->follow->home;
	for (size_t i = 0; i < s->erased->n; i++) {
		const struct erasure *order = s->erased->orders[i];
		struct buf path = BUF_INIT;
		buf_printf(&path, "records/%s/", order->record);
		bool is = strcmp(order->hub, home) == 0 &&
			  str_starts(str_from(item->path), buf_str(&path));
		buf_release(&path);
		if (is)
			return true;
	}
	return false;
}

static int clear_mailbox(struct settling *l, enum mailbox_side side, struct err *err)
{
	struct mailbox box;
	struct mailbox_removed removed;
	int bad = mailbox_read(&box, l->store, side, err);
	for (size_t i = 0; i < box.len && !bad; i++) {
		const struct submission *item = &box.items[i];
		if (!erased_is_text(l->store, item->record) && !is_of_record(l->store, item))
			continue;
		bad = mailbox_remove(&removed, l->store, side, item->id, (int64_t)time(NULL), err);
		for (size_t k = 0; k < removed.n && !bad; k++)
			push(&l->drafts, &removed.blobs[k]);
	}
	mailbox_release(&box);
	return bad;
}

/* --- objects --- */

static int drop_objects(struct settling *l, struct err *err)
{
	size_t n = 0;
	for (size_t i = 0; i < l->drafts.len; i++)
		push(&l->gone, &l->drafts.items[i]);
	sort(&l->kept);
	sort(&l->gone);
	for (size_t i = 0; i < l->gone.len; i++) {
		const struct oid *id = &l->gone.items[i];
		if ((n && oid_eq(&l->gone.items[n - 1], id)) || has(&l->kept, id) ||
		    !repo_has(l->store->repo, id))
			continue;
		l->gone.items[n++] = *id;
	}
	return n ? repo_erase(l->store->repo, l->gone.items, n, err) : 0;
}

/* The pages and files laid out from the store; whoever renders makes them anew. */
static int drop_site(struct store *s, struct err *err)
{
	struct buf path = BUF_INIT;
	store_path(s, &path, "site");
	int bad = 0;
	if (unlink(path.ptr) && errno != ENOENT && errno != EISDIR)
		bad = err_errno(err, "cannot remove %s", path.ptr);
	buf_puts(&path, ".d");
	bad = bad || file_remove_tree(path.ptr, err);
	buf_release(&path);
	return bad ? err->code : 0;
}

static int drop_texts(struct store *s, struct err *err)
{
	struct settling l = {.store = s};
	if (!any_is_here(s))
		return 0;
	int bad = clear_mailbox(&l, MAILBOX_INBOX, err) || clear_mailbox(&l, MAILBOX_OUTBOX, err);
	sort(&l.drafts);
	bad = bad || look_through_charters(&l, err);
	for (size_t i = 0; i < s->njournals && !bad; i++)
		bad = look_through_journal(&l, &s->journals[i], err);
	/* What was made of them goes first: that the texts are here is why this is done again. */
	bad = bad || drop_site(s, err) || drop_objects(&l, err);
	free(l.drafts.items);
	free(l.gone.items);
	free(l.kept.items);
	return bad ? err->code : 0;
}

/* --- attachments --- */

static bool is_wanted_still(const struct attach_list *list, const struct sha256 *hash)
{
	for (size_t i = 0; i < list->n; i++)
		if (sha256_eq(&list->rows[i].claim.hash, hash))
			return true;
	return false;
}

/* Those that no published record names any more. */
static int drop_attachments(struct store *s, struct err *err)
{
	struct attach_list list;
	size_t n = 0;
	for (size_t i = 0; i < s->erased->n; i++)
		n += s->erased->orders[i]->nattachments;
	if (!n)
		return 0;
	int bad = attach_list_read(&list, s, err);
	for (size_t i = 0; i < s->erased->n && !bad; i++)
		for (size_t k = 0; k < s->erased->orders[i]->nattachments && !bad; k++) {
			struct attachment a = {.hash = s->erased->orders[i]->attachments[k]};
			if (!is_wanted_still(&list, &a.hash))
				bad = attach_remove(s, &a, err);
		}
	attach_list_release(&list);
	return bad;
}

/* --- where git's history ends --- */

static bool has_erased(struct store *s, const struct journal *j)
{
	for (size_t i = 0; i < s->erased->nkeys; i++) {
		const struct erased_key *k = &s->erased->keys[i];
		char path[256];
		struct oid blob;
		struct err none;
		snprintf(path, sizeof path, "records/%s/%s.md", k->order->record, k->text->lang);
		if (strcmp(k->order->hub, j->head.hub) == 0 &&
		    tree_find(s->repo, &j->tree, str_from(path), &blob, &none) == 0 &&
		    erased_find(s, j->head.hub, &blob))
			return true;
	}
	return false;
}

/* The newest entry that takes an erased text's place: nothing from there on has one. */
static int find_end(struct ids *ends, struct store *s, struct journal *j, struct err *err)
{
	struct settling l = {.store = s, .journal = j};
	struct oid before, after = j->tree, id;
	int bad = 0;
	for (uint64_t seq = j->head.seq; seq > 1 && !l.is_end && !bad; seq--) {
		bad = store_entry_tree(s, j->head.hub, seq - 1, &before, err) ||
		      tree_diff(s->repo, &before, &after, look, &l, err);
		if (!bad && l.is_end && store_entry_id(s, j->head.hub, seq, &id, err) == 0)
			push(ends, &id);
		after = before;
	}
	free(l.gone.items);
	free(l.kept.items);
	return bad ? err->code : 0;
}

static int set_ends(struct store *s, struct err *err)
{
	struct ids ends = {.len = 0};
	int bad = 0;
	for (size_t i = 0; i < s->njournals && !bad; i++) {
		struct journal *j = &s->journals[i];
		bool is_named = false;
		for (size_t k = 0; k < s->erased->n; k++)
			is_named = is_named || strcmp(s->erased->orders[k]->hub, j->head.hub) == 0;
		if (is_named && j->head.seq && !has_erased(s, j))
			bad = find_end(&ends, s, j, err);
	}
	bad = bad || repo_set_shallow(s->repo, ends.items, ends.len, err);
	free(ends.items);
	return bad ? err->code : 0;
}

int erased_settle(struct store *s, struct err *err)
{
	if (s->access != STORE_WRITE || !s->erased->is_due || !s->charter_version)
		return 0;
	catalogue_cache_drop(s);
	if (drop_texts(s, err) || set_ends(s, err) || drop_attachments(s, err))
		return err_wrap(err, "what was ordered to be erased is not gone yet");
	s->erased->is_due = false;
	return 0;
}
