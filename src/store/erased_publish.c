/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entry of an order to erase. That the texts leave the tree in it is what lets git's history
 * begin anew there.
 */
#include "base/mem.h"
#include "store/erased.h"

#include <stdio.h>
#include <stdlib.h>

struct removing {
	struct store *store;
	const struct erasure *order; /* NULL: those that are known */
	struct change *changes;
	size_t n, cap;
	struct arena arena;
};

static bool names(const struct erasure *order, const struct oid *blob)
{
	for (size_t i = 0; i < order->ntexts; i++)
		if (memcmp(order->texts[i].blob, blob->bytes, OID_BYTES) == 0)
			return true;
	return false;
}

static void remove_file(struct removing *r, const char *path)
{
	const struct journal *j = store_journal(r->store, r->store->hub);
	struct oid blob;
	struct err none;
	if (tree_find(r->store->repo, &j->tree, str_from(path), &blob, &none) == 0)
		*MEM_PUSH(r->changes, r->n, r->cap) = (struct change){
		    .path = str_from(path), .content = STR_EMPTY, .is_delete = true};
}

/* A text goes with its signatures. */
static int look(
    void *ctx, struct str path, const struct oid *before, const struct oid *after, struct err *err)
{
	struct removing *r = ctx;
	(void)before;
	(void)err;
	bool is_named =
	    (r->order && names(r->order, after)) || erased_find(r->store, r->store->hub, after);
	if (!journal_path_is_text(path) || !is_named)
		return 0;
	const char *text = arena_str(&r->arena, path).ptr;
	remove_file(r, text);
	remove_file(r, arena_printf(&r->arena, "%s.rev", text));
	remove_file(r, arena_printf(&r->arena, "%s.sig", text));
	return 0;
}

static int gather(struct removing *r, struct err *err)
{
	const struct journal *j = store_journal(r->store, r->store->hub);
	if (!j || (r->order && strcmp(r->order->hub, r->store->hub) != 0))
		return 0;
	return tree_diff(r->store->repo, NULL, &j->tree, look, r, err);
}

static int check(struct erasure **out, struct store *s, struct str order, struct err *err)
{
	const struct charter *c;
	if (erasure_parse(out, order, s->network, err) ||
	    store_charter(s, (*out)->charter, &c, NULL, err) ||
	    erasure_check(*out, c, s->network, err))
		return err->code;
	return 0;
}

int erased_publish(struct store *s, struct str order, int64_t now, struct err *err)
{
	struct removing r = {.store = s};
	struct erasure *given = NULL;
	struct sha256 hash = sha256(order);
	int bad = order.len ? check(&given, s, order, err) : 0;
	r.order = given;
	bad = bad || gather(&r, err);
	if (order.len)
		*MEM_PUSH(r.changes, r.n, r.cap) = (struct change){.content = order,
		    .path = str_from(
			arena_printf(&r.arena, "erasures/%s.txt", sha256_hex(&hash).text))};
	if (!bad && !r.n)
		bad = err_set(err, ERR_EXISTS,
		    "nothing that was ordered to be erased stands in the journal of %s any more",
		    s->hub);
	bad = bad || store_append(s, r.changes, r.n, now, err);
	free(r.changes);
	arena_clear(&r.arena);
	erasure_free(given);
	return bad ? err->code : 0;
}
