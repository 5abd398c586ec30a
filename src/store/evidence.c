/* SPDX-License-Identifier: Apache-2.0 */
#include "store/evidence.h"

#include "base/mem.h"
#include "store/space.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* One commit, read and judged by itself. */
struct witness {
	struct entry entry;
	struct public_key key;
	struct oid id;
	bool counts; /* its charter is here, and no later one has made it void */
};

/* What a later charter has cut off, or gone on from, is settled; as another key always begins with
 * a base, those that count are by one key. */
static int check_charter(struct witness *w, struct store *s, const char *hub, struct err *err)
{
	const struct charter *named, *newest;
	if (w->entry.charter > s->charter_version)
		return 0;
	if (store_charter(s, w->entry.charter, &named, NULL, err) ||
	    store_charter(s, 0, &newest, NULL, err))
		return err->code;
	const struct charter_hub *then = charter_hub(named, hub), *now = charter_hub(newest, hub);
	w->counts = then && public_key_eq(&then->journal, &w->key) &&
		    !(now && now->has_base && w->entry.charter < now->base.charter);
	return 0;
}

/* Owns: entry_release(&w->entry), also after a failure. */
static int judge(
    struct witness *w, struct store *s, const char *hub, struct str commit, struct err *err)
{
	*w = (struct witness){.entry = {.seq = 0}};
	if (entry_parse(&w->entry, &w->key, commit, s->network, err))
		return err->code;
	if (strcmp(w->entry.hub, hub) != 0)
		return err_set(err, ERR_SYNTAX, "it is an entry of %s", w->entry.hub);
	return repo_hash(&w->id, OBJECT_COMMIT, commit, err) || check_charter(w, s, hub, err)
		   ? err->code
		   : entry_verify(&w->entry, s->network, &w->key, err);
}

static bool contradicts(const struct witness *a, const struct witness *b)
{
	const struct witness *low = a->entry.seq < b->entry.seq ? a : b, *high = low == a ? b : a;
	if (!a->counts || !b->counts)
		return false;
	if (low->entry.seq == high->entry.seq)
		return !oid_eq(&a->id, &b->id);
	return low->entry.seq + 1 == high->entry.seq && !oid_eq(&high->entry.parent, &low->id);
}

/* Do the two prove something? `*seq` is the larger number. */
static int weigh(bool *is_proof, uint64_t *seq, struct store *s, const char *hub, struct str first,
    struct str second, struct err *err)
{
	struct witness a, b = {.entry = {.seq = 0}};
	int bad = judge(&a, s, hub, first, err) || judge(&b, s, hub, second, err);
	*is_proof = !bad && contradicts(&a, &b);
	*seq = a.entry.seq > b.entry.seq ? a.entry.seq : b.entry.seq;
	entry_release(&a.entry);
	entry_release(&b.entry);
	return bad ? err->code : 0;
}

/* --- what is kept --- */

struct reading {
	struct store *store;
	struct evidence_list *list;
	char folder[160]; /* <hub>/<number> of the commit before */
	struct buf commit;
};

static int add(struct reading *r, const char *hub, struct str commit, struct err *err)
{
	bool is_proof;
	uint64_t seq;
	if (evidence_of(r->list, hub))
		return 0;
	if (weigh(&is_proof, &seq, r->store, hub, buf_str(&r->commit), commit, err))
		is_proof = false; /* somebody else's ref; it proves nothing */
	if (!is_proof)
		return 0;
	struct evidence *e = MEM_PUSH(r->list->items, r->list->n, r->list->cap);
	*e = (struct evidence){.seq = seq, .first = BUF_INIT, .second = BUF_INIT};
	snprintf(e->hub, sizeof e->hub, "%s", hub);
	buf_add(&e->first, buf_str(&r->commit));
	buf_add(&e->second, commit);
	return 0;
}

static int each(void *ctx, const char *name, const struct oid *id, struct err *err)
{
	struct reading *r = ctx;
	struct buf commit = BUF_INIT;
	struct str rest = str_from(name + sizeof EVIDENCE_PREFIX - 1), folder = rest;
	struct str hub = str_cut(&rest, '/');
	struct str number = str_cut(&rest, '/');
	char text[HUB_NAME_BYTES];
	folder.len = hub.len + 1 + number.len;
	if (!str_is_slug(hub) || !rest.len || folder.len >= sizeof r->folder)
		return 0;
	snprintf(text, sizeof text, "%.*s", STR_FMT(hub));
	int bad = repo_read(r->store->repo, id, OBJECT_BLOB, &commit, err);
	if (bad == ERR_GIT || bad == ERR_MISSING)
		bad = 0; /* no blob: not of our making */
	else if (!bad && str_is(folder, r->folder))
		bad = add(r, text, buf_str(&commit), err);
	snprintf(r->folder, sizeof r->folder, "%.*s", STR_FMT(folder));
	buf_release(&r->commit);
	r->commit = commit;
	return bad;
}

int evidence_list(struct evidence_list *out, struct store *s, struct err *err)
{
	struct reading r = {.store = s, .list = out, .commit = BUF_INIT};
	*out = (struct evidence_list){.n = 0};
	int bad = s->charter_version ? repo_refs(s->repo, EVIDENCE_PREFIX, each, &r, err) : 0;
	buf_release(&r.commit);
	if (bad)
		evidence_list_release(out);
	return bad;
}

void evidence_list_release(struct evidence_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		buf_release(&l->items[i].first);
		buf_release(&l->items[i].second);
	}
	free(l->items);
	*l = (struct evidence_list){.n = 0};
}

const struct evidence *evidence_of(const struct evidence_list *l, const char *hub)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].hub, hub) == 0)
			return &l->items[i];
	return NULL;
}

/* --- taking --- */

int evidence_ours(
    struct buf *commit, struct store *s, const char *hub, uint64_t seq, struct err *err)
{
	const struct journal *j = store_journal(s, hub);
	struct oid id;
	if (!j || !j->head.seq)
		return err_set(err, ERR_MISSING, "nothing of %s is here", hub);
	if (store_entry_id(s, hub, seq < j->head.seq ? seq : j->head.seq, &id, err))
		return err->code;
	return repo_read(s->repo, &id, OBJECT_COMMIT, commit, err);
}

static int keep_one(
    struct store *s, const char *hub, uint64_t seq, struct str commit, struct err *err)
{
	char ref[256];
	struct oid blob, id;
	if (repo_hash(&id, OBJECT_COMMIT, commit, err))
		return err->code;
	if (repo_put(s->repo, &blob, OBJECT_BLOB, commit, err) || repo_flush(s->repo, err)) {
		if (err->code == ERR_FULL)
			repo_drop(s->repo);
		return err->code;
	}
	snprintf(ref, sizeof ref, EVIDENCE_PREFIX "%s/%" PRIu64 "/%s", hub, seq, oid_hex(&id).text);
	return repo_set_ref(s->repo, ref, &blob, err);
}

static int keep(struct store *s, const char *hub, uint64_t seq, struct str first, struct str second,
    struct err *err)
{
	if (store_has_room(s, err) || keep_one(s, hub, seq, first, err) ||
	    keep_one(s, hub, seq, second, err))
		return err->code;
	s->evidence++;
	return 0;
}

int evidence_take(bool *is_new, struct store *s, const char *hub, struct str first,
    struct str second, struct err *err)
{
	struct buf ours = BUF_INIT;
	struct evidence_list known;
	struct entry peek = {.seq = 0};
	struct public_key key;
	bool is_proof = false;
	uint64_t seq = 0;
	*is_new = false;
	if (evidence_list(&known, s, err))
		return err->code;
	bool is_known = evidence_of(&known, hub);
	evidence_list_release(&known);
	if (is_known)
		return 0;
	int bad = 0;
	if (!second.len) {
		bad = entry_parse(&peek, &key, first, s->network, err);
		if (!bad && evidence_ours(&ours, s, hub, peek.seq, err))
			goto out; /* nothing to hold against it */
		second = buf_str(&ours);
	}
	bad = bad || weigh(&is_proof, &seq, s, hub, first, second, err);
	if (!bad && is_proof)
		bad = keep(s, hub, seq, first, second, err);
	*is_new = !bad && is_proof;
out:
	entry_release(&peek);
	buf_release(&ours);
	return bad ? err->code : 0;
}
