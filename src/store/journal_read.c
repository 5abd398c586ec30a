/* SPDX-License-Identifier: Apache-2.0 */
/* Journals: their entries read back from git, and as they go over the wire. */
#include "store/erased.h"
#include "store/keyring.h"

#include <inttypes.h>

int store_entry_id(struct store *s, const char *hub, uint64_t seq, struct oid *id, struct err *err)
{
	struct journal *j = store_journal(s, hub);
	if (!j || !seq || seq > j->head.seq)
		return err_set(err, ERR_MISSING, "entry %" PRIu64 " of %s is not here", seq, hub);
	if (journal_ids(s, j, err))
		return err->code;
	*id = j->ids[seq - 1];
	return 0;
}

int store_entry_tree(
    struct store *s, const char *hub, uint64_t seq, struct oid *tree, struct err *err)
{
	struct oid id;
	struct entry e;
	if (store_entry_id(s, hub, seq, &id, err) || journal_commit(s, &id, &e, err))
		return err->code;
	*tree = e.tree;
	entry_release(&e);
	return 0;
}

struct reading {
	struct store *store;
	struct entry *entry;
	bool with_old;
};

/* `*is_bare`: it was left out here. */
static int read_blob(
    struct reading *r, struct str *out, bool *is_bare, const struct oid *id, struct err *err)
{
	struct buf content = BUF_INIT;
	int bad = repo_read(r->store->repo, id, OBJECT_BLOB, &content, err);
	*is_bare = bad == ERR_MISSING && repo_is_partial(r->store->repo);
	if (!bad)
		*out = arena_str(&r->entry->arena, buf_str(&content));
	buf_release(&content);
	return *is_bare ? 0 : bad;
}

/* Room for a power of two, at least four: most entries have three, and 256 would be 30 KB each. */
static void grow(struct entry *e)
{
	size_t n = e->nchanges;
	if (n && (n < 4 || n & (n - 1)))
		return;
	struct change *more = arena_alloc(&e->arena, (n ? 2 * n : 4) * sizeof *more);
	if (n)
		memcpy(more, e->changes, n * sizeof *more);
	e->changes = more;
}

static int add_change(
    void *ctx, struct str path, const struct oid *before, const struct oid *after, struct err *err)
{
	struct reading *r = ctx;
	struct entry *e = r->entry;
	if (e->nchanges == ENTRY_CHANGES_MAX)
		return err_set(
		    err, ERR_LIMIT, "entry %" PRIu64 " of %s has too many changes", e->seq, e->hub);
	grow(e);
	struct change *c = &e->changes[e->nchanges];
	c->path = arena_str(&e->arena, path);
	c->blob = *after;
	c->is_delete = oid_is_zero(after);
	bool is_old_bare;
	const struct store *s = r->store;
	if (!c->is_delete && !erased_strip(s, e->hub, c) &&
	    read_blob(r, &c->content, &c->is_bare, after, err))
		return err->code;
	bool is_old_erased = journal_path_is_text(path) && erased_find(s, e->hub, before);
	if (r->with_old && !c->is_delete && !oid_is_zero(before) && !is_old_erased &&
	    read_blob(r, &c->old, &is_old_bare, before, err))
		return err->code;
	e->nchanges++;
	return 0;
}

static int parent_tree(struct store *s, const struct oid *parent, struct oid *tree, struct err *err)
{
	struct entry e;
	*tree = (struct oid){{0}};
	if (oid_is_zero(parent))
		return 0;
	if (oid_eq(parent, &s->last_read)) { /* who reads on has just had it */
		*tree = s->last_tree;
		return 0;
	}
	if (journal_commit(s, parent, &e, err))
		return err->code;
	*tree = e.tree;
	entry_release(&e);
	return 0;
}

/* With `tree_before`, which it fills, the files there that were replaced are read too. */
static int read_entry(struct store *s, const struct oid *id, struct entry *e,
    struct oid *tree_before, struct err *err)
{
	struct reading r = {.store = s, .entry = e, .with_old = tree_before};
	struct oid before;
	if (journal_commit(s, id, e, err))
		return err->code;
	if (parent_tree(s, &e->parent, &before, err) ||
	    tree_diff(s->repo, &before, &e->tree, add_change, &r, err)) {
		entry_release(e);
		return err->code;
	}
	s->last_read = *id;
	s->last_tree = e->tree;
	if (tree_before)
		*tree_before = before;
	return 0;
}

int store_entry(struct store *s, const char *hub, uint64_t seq, struct entry *out, struct err *err)
{
	struct oid id;
	*out = (struct entry){.seq = 0};
	if (store_entry_id(s, hub, seq, &id, err))
		return err->code;
	return read_entry(s, &id, out, NULL, err);
}

static int check_whole(const struct entry *e, struct err *err)
{
	for (size_t i = 0; i < e->nchanges; i++)
		if (e->changes[i].is_bare && !e->changes[i].order.len)
			return err_set(err, ERR_MISSING,
			    "entry %" PRIu64 " of %s: the content of %.*s is not here (not "
			    "subscribed)",
			    e->seq, e->hub, STR_FMT(e->changes[i].path));
	return 0;
}

int store_entries(struct store *s, const char *hub, uint64_t from, size_t max_bytes,
    const struct scope *scope, struct buf *out, size_t *lengths, size_t max, size_t *n,
    struct err *err)
{
	struct journal *j = store_journal(s, hub);
	size_t start = out->len;
	*n = 0;
	if (!j || !from || from > j->head.seq)
		return err_set(err, ERR_MISSING, "entry %" PRIu64 " of %s is not here", from, hub);
	if (journal_ids(s, j, err))
		return err->code;
	for (uint64_t seq = from; seq <= j->head.seq && *n < max; seq++) {
		struct entry e;
		struct oid before;
		const struct keyring *ring;
		size_t at = out->len;
		if (read_entry(s, &j->ids[seq - 1], &e, &before, err))
			return err->code;
		int bad = check_whole(&e, err) || keyring_get(&ring, s, &before, err);
		/* Nobody would take it; git can bring such a one to where it is read. */
		size_t most = entry_bytes_max(e.changes, e.nchanges, e.nheads);
		if (!bad && most > ENTRY_BYTES_MAX)
			bad = err_set(err, ERR_LIMIT,
			    "entry %" PRIu64 " of %s has %zu bytes; at most %d are allowed", seq,
			    hub, most, ENTRY_BYTES_MAX);
		if (!bad)
			entry_encode(out, &e,
			    &(struct entry_context){
				s->network, ring->keys, ring->n, NULL, NULL, scope});
		entry_release(&e);
		if (bad)
			return err->code;
		if (*n && out->len - start > max_bytes) {
			out->len = at;
			return 0;
		}
		lengths[(*n)++] = out->len - at;
	}
	return 0;
}

int store_file(struct store *s, const char *hub, struct str path, struct buf *out, struct err *err)
{
	struct journal *j = store_journal(s, hub);
	struct oid blob;
	if (!j || !j->head.seq)
		return err_set(err, ERR_MISSING, "there is no journal of %s here", hub);
	if (tree_find(s->repo, &j->tree, path, &blob, err))
		return err->code;
	return repo_read(s->repo, &blob, OBJECT_BLOB, out, err);
}
