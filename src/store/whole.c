/* SPDX-License-Identifier: Apache-2.0 */
#include "store/whole.h"

#include "store/catalogue_cache.h"
#include "store/erased.h"
#include "store/follow.h"
#include "store/journal_impl.h"

#include <inttypes.h>

struct looking {
	struct store *store;
	const char *hub;
	const struct scope *scope;
	bool is_lacking;
};

static int look(
    void *ctx, struct str path, const struct oid *before, const struct oid *after, struct err *err)
{
	struct looking *l = ctx;
	(void)before;
	(void)err;
	l->is_lacking = l->is_lacking || (!oid_is_zero(after) && scope_has(l->scope, path) &&
					     !erased_find(l->store, l->hub, after) &&
					     !repo_has(l->store->repo, after));
	return 0;
}

/* From entry j->whole on, as far as nothing of this scope is missing. */
static int find(
    struct store *s, struct journal *j, const struct scope *scope, uint64_t *whole, struct err *err)
{
	struct looking l = {.store = s, .hub = j->head.hub, .scope = scope};
	struct oid before = {{0}}, after;
	if (*whole > j->head.seq)
		*whole = 0; /* it was cut back */
	if (*whole && store_entry_tree(s, j->head.hub, *whole, &before, err))
		return err->code;
	while (*whole < j->head.seq) {
		if (store_entry_tree(s, j->head.hub, *whole + 1, &after, err) ||
		    tree_diff(s->repo, &before, &after, look, &l, err))
			return err->code;
		if (l.is_lacking)
			return 0;
		++*whole;
		before = after;
	}
	return 0;
}

int whole_find(struct store *s, struct journal *j, struct err *err)
{
	return find(s, j, &s->follow->scope, &j->whole, err);
}

void whole_state(struct local_state *state, struct head *heads, struct store *s)
{
	const struct scope *scope = follow_scope(s);
	size_t n = 0;
	for (size_t i = 0; i < state->nheads; i++) {
		struct head h = state->heads[i];
		struct journal *j = store_journal(s, h.hub);
		struct err none;
		bool is_read = scope && scope->is_lacking && j && follow_has(s, h.hub) &&
			       whole_find(s, j, &none) == 0;
		if (is_read && j->whole < h.seq) {
			h.seq = j->whole;
			if (h.seq && store_entry_id(s, h.hub, h.seq, &h.id, &none))
				h.seq = 0;
		}
		if (h.seq)
			heads[n++] = h;
	}
	state->heads = heads;
	state->nheads = n;
}

void whole_forget(struct store *s)
{
	for (size_t i = 0; i < s->njournals; i++)
		s->journals[i].whole = 0;
}

int whole_settle(struct store *s, struct err *err)
{
	static const struct scope all = {.is_lacking = false};
	bool is_missing = false;
	if (!s->follow->scope.is_lacking)
		return 0;
	for (size_t i = 0; i < s->njournals; i++) {
		struct journal *j = &s->journals[i];
		if (!follow_has(s, j->head.hub))
			continue;
		if (whole_find(s, j, err))
			return err->code;
		if (j->whole < j->head.seq)
			return 0;
	}
	for (size_t i = 0; i < s->njournals && !is_missing; i++) {
		uint64_t whole = 0;
		if (find(s, &s->journals[i], &all, &whole, err))
			return err->code;
		is_missing = whole < s->journals[i].head.seq;
	}
	bool stays_partial = is_missing || !scope_is_all(&s->follow->scope);
	if (repo_set_partial(s->repo, stays_partial, err))
		return err->code;
	return follow_set_lacking(s, false, err);
}

int whole_fill(struct store *s, struct journal *j, struct str bytes, const struct scope *scope,
    struct err *err)
{
	const uint64_t seq = j->whole + 1;
	struct oid id, tree;
	struct entry own = {.seq = 0}, before = {.seq = 0}, e = {.seq = 0};
	size_t mark = repo_mark(s->repo);
	int bad = store_entry_id(s, j->head.hub, seq, &id, err) ||
		  journal_commit(s, &id, &own, err) ||
		  (seq > 1 && journal_commit(s, &own.parent, &before, err)) ||
		  journal_decode(&e, s, j->head.hub, &before.tree, bytes, scope, err);
	if (!bad) {
		struct sha256 content = entry_content(&before.content, e.changes, e.nchanges);
		bad = tree_apply(s->repo, &before.tree, e.changes, e.nchanges, &tree, err);
		if (!bad && (!sha256_eq(&content, &own.content) || !oid_eq(&tree, &own.tree)))
			bad = err_set(err, ERR_SIGNATURE,
			    "entry %" PRIu64 " of %s is another than the one here", seq,
			    j->head.hub);
	}
	if (bad)
		repo_back_to(s->repo, mark);
	else
		j->whole = seq;
	entry_release(&own);
	entry_release(&before);
	entry_release(&e);
	if (!bad)
		catalogue_cache_drop(s);
	return bad ? err->code : 0;
}
