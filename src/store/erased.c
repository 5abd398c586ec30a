/* SPDX-License-Identifier: Apache-2.0 */
#include "store/erased.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES_MAX = 256 * 1024 * 1024 };

/* --- the set --- */

static int by_blob(const void *a, const void *b)
{
	const struct erased_key *x = a, *y = b;
	return memcmp(x->blob.bytes, y->blob.bytes, OID_BYTES);
}

static bool has_order(const struct erased *set, struct str bytes)
{
	for (size_t i = 0; i < set->n; i++)
		if (str_eq(buf_str(&set->orders[i]->source), bytes))
			return true;
	return false;
}

/* Takes `order` over. */
static void add(struct erased *set, struct erasure *order)
{
	*MEM_PUSH(set->orders, set->n, set->cap) = order;
	for (size_t i = 0; i < order->ntexts; i++) {
		struct erased_key *k = MEM_PUSH(set->keys, set->nkeys, set->cap_keys);
		*k = (struct erased_key){.order = order, .text = &order->texts[i]};
		memcpy(k->blob.bytes, order->texts[i].blob, OID_BYTES);
	}
	qsort(set->keys, set->nkeys, sizeof *set->keys, by_blob);
	set->is_due = true;
}

static void forget(struct erased *set, const struct erasure *order)
{
	size_t kept = 0;
	for (size_t i = 0; i < set->nkeys; i++)
		if (set->keys[i].order != order)
			set->keys[kept++] = set->keys[i];
	set->nkeys = kept;
	for (kept = 0; set->orders[kept] != order;)
		kept++;
	erasure_free(set->orders[kept]);
	set->orders[kept] = set->orders[--set->n];
	set->is_unsaved = true;
}

void erased_free(struct erased *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->n; i++)
		erasure_free(e->orders[i]);
	free(e->orders);
	free(e->keys);
	free(e);
}

const struct erased_key *erased_find(const struct store *s, const char *hub, const struct oid *blob)
{
	const struct erased *set = s->erased;
	size_t low = 0, high = set ? set->nkeys : 0;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (memcmp(set->keys[mid].blob.bytes, blob->bytes, OID_BYTES) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; set && low < set->nkeys && oid_eq(&set->keys[low].blob, blob); low++)
		if (strcmp(set->keys[low].order->hub, hub) == 0)
			return &set->keys[low];
	return NULL;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, SHA256_BYTES);
}

struct sha256 erased_digest(const struct erased *set)
{
	struct sha256 *each = mem_alloc((set->n + 1) * sizeof *each);
	for (size_t i = 0; i < set->n; i++)
		each[i] = sha256(buf_str(&set->orders[i]->source));
	qsort(each, set->n, sizeof *each, by_bytes);
	struct sha256 digest = sha256(str_of(each, set->n * sizeof *each));
	free(each);
	return digest;
}

/* --- the file --- */

static void file_path(struct buf *path, const struct store *s)
{
	store_path(s, path, "erased");
}

/* Orders that were checked when they were kept, each behind its length. */
int erased_read(struct store *s, struct err *err)
{
	struct buf path = BUF_INIT, bytes = BUF_INIT;
	struct str one;
	uint64_t len;
	file_path(&path, s);
	if (!s->erased)
		s->erased = mem_alloc(sizeof *s->erased);
	int bad =
	    !s->outer && file_exists(path.ptr) && file_read(&bytes, path.ptr, FILE_BYTES_MAX, err);
	for (struct str rest = buf_str(&bytes); rest.len && !bad;) {
		struct erasure *order;
		if (!str_take_varint(&rest, &len) || !str_take(&rest, len, &one))
			bad = err_set(err, ERR_SYNTAX, "%s is cut short", path.ptr);
		else if (!has_order(s->erased, one) &&
			 (bad = erasure_parse(&order, one, s->network, err)) == 0)
			add(s->erased, order);
	}
	buf_release(&path);
	buf_release(&bytes);
	return bad ? err_wrap(err, "what was erased") : 0;
}

int erased_save(struct store *s, struct err *err)
{
	struct buf path = BUF_INIT, bytes = BUF_INIT;
	if (!s->erased->is_unsaved)
		return 0;
	for (size_t i = 0; i < s->erased->n; i++) {
		buf_varint(&bytes, s->erased->orders[i]->source.len);
		buf_add(&bytes, buf_str(&s->erased->orders[i]->source));
	}
	file_path(&path, s);
	int bad = file_write(path.ptr, buf_str(&bytes), 0600, err);
	s->erased->is_unsaved = bad;
	buf_release(&path);
	buf_release(&bytes);
	return bad;
}

/* --- taking orders in --- */

/* What it names and is here must be what it says: else others could not check the chain by it. */
static int check_hashes(struct store *s, const struct erasure *order, struct err *err)
{
	for (size_t i = 0; i < order->ntexts; i++) {
		struct buf bytes = BUF_INIT;
		struct oid id;
		struct err none;
		memcpy(id.bytes, order->texts[i].blob, OID_BYTES);
		bool is_here = repo_has(s->repo, &id) &&
			       repo_read(s->repo, &id, OBJECT_BLOB, &bytes, &none) == 0;
		struct sha256 hash = sha256(buf_str(&bytes));
		buf_release(&bytes);
		if (is_here && !sha256_eq(&hash, &order->texts[i].hash))
			return err_set(err, ERR_SIGNATURE,
			    "order to erase %s: text %s has another SHA-256 than it says",
			    order->record, oid_hex(&id).text);
	}
	return 0;
}

/* `charter`: the newest version that it may name. Errors: ERR_MISSING where it names a later
 * one. */
static int take_order(struct store *s, struct str bytes, uint32_t charter, struct err *err)
{
	struct erasure *order;
	const struct charter *c;
	if (has_order(s->erased, bytes))
		return 0;
	if (erasure_parse(&order, bytes, s->network, err))
		return err->code;
	int bad = check_hashes(s, order, err);
	if (!bad && order->charter > charter)
		bad = err_set(err, ERR_MISSING, "order to erase %s: it names charter version %u",
		    order->record, order->charter);
	bad = bad || store_charter(s, order->charter, &c, NULL, err) ||
	      erasure_check(order, c, s->network, err);
	if (bad) {
		erasure_free(order);
		return err->code;
	}
	add(s->erased, order);
	s->erased->is_unsaved = true;
	return 0;
}

/* A file in a journal: one that does not hold binds nobody and stops nothing. */
static void take_file(struct store *s, const char *hub, struct str bytes, uint32_t charter)
{
	struct err why;
	if (take_order(s, bytes, charter, &why))
		log_warn("journal %s: %s; nothing is erased for it", hub, why.msg);
}

struct gathering {
	struct store *store;
	const struct journal *journal;
};

static int gather_one(
    void *ctx, struct str path, const struct oid *before, const struct oid *after, struct err *err)
{
	struct gathering *g = ctx;
	struct buf bytes = BUF_INIT;
	(void)path;
	(void)before;
	int bad = repo_read(g->store->repo, after, OBJECT_BLOB, &bytes, err);
	if (!bad)
		take_file(g->store, g->journal->head.hub, buf_str(&bytes), g->journal->charter);
	buf_release(&bytes);
	return bad;
}

int erased_gather(struct store *s, struct err *err)
{
	for (size_t i = 0; i < s->njournals && !s->outer; i++) {
		struct gathering g = {s, &s->journals[i]};
		struct oid folder;
		struct err none;
		if (!s->journals[i].head.seq || tree_find_folder(s->repo, &s->journals[i].tree,
						    STR("erasures"), &folder, &none))
			continue;
		if (tree_diff(s->repo, NULL, &folder, gather_one, &g, err))
			return err_wrap(err, "journal %s", s->journals[i].head.hub);
	}
	return 0;
}

/* --- an entry --- */

bool erased_is_text(const struct store *s, struct str text)
{
	struct sha256 hash = sha256(s->erased->nkeys ? text : STR_EMPTY);
	for (size_t i = 0; i < s->erased->nkeys; i++)
		if (sha256_eq(&s->erased->keys[i].text->hash, &hash))
			return true;
	return false;
}

static void make_bare(struct change *c, const struct erased_key *k)
{
	c->is_bare = c->is_hashed = true;
	c->blob = k->blob;
	c->hash = k->text->hash;
	c->content = STR_EMPTY;
	c->order = buf_str(&k->order->source);
}

bool erased_strip(const struct store *s, const char *hub, struct change *c)
{
	const struct erased_key *k =
	    !c->is_delete && journal_path_is_text(c->path) ? erased_find(s, hub, &c->blob) : NULL;
	if (k)
		make_bare(c, k);
	return k;
}

int erased_check_file(const struct change *c, struct err *err)
{
	char name[96];
	if (!str_starts(c->path, STR("erasures/")))
		return 0;
	if (c->is_delete)
		return err_set(
		    err, ERR_SYNTAX, "%.*s is deleted: an order to erase stays", STR_FMT(c->path));
	struct sha256 hash = sha256(c->content);
	snprintf(name, sizeof name, "erasures/%s.txt", sha256_hex(&hash).text);
	if (!str_is(c->path, name))
		return err_set(err, ERR_SYNTAX, "%.*s is not named by the SHA-256 of what is in it",
		    STR_FMT(c->path));
	return 0;
}

static bool concerns(const struct erasure *order, const char *hub, struct str path)
{
	return strcmp(order->hub, hub) == 0 && str_starts(path, STR("records/")) &&
	       str_starts(str_sub(path, 8, path.len), str_from(order->record)) &&
	       str_sub(path, 8 + strlen(order->record), 1).len &&
	       path.ptr[8 + strlen(order->record)] == '/';
}

/* Text that came, though it is erased. An order that has an id with another hash than what is there
 * holds for nobody: the chain could not be checked by it. */
static void drop_text(struct store *s, const char *hub, struct change *c)
{
	if (!s->erased->n || c->is_bare || c->is_delete || !journal_path_is_text(c->path))
		return;
	struct oid id;
	struct err none;
	if (repo_hash(&id, OBJECT_BLOB, c->content, &none))
		return; /* no id, no erased text */
	struct sha256 hash = sha256(c->content);
	const struct erased_key *k;
	while ((k = erased_find(s, hub, &id)) && !sha256_eq(&k->text->hash, &hash)) {
		log_warn("the order to erase %s of %s names a text by a wrong hash; it counts for "
			 "nothing",
		    k->order->record, hub);
		forget(s->erased, k->order);
	}
	if (k)
		make_bare(c, k);
}

/* It came with its order, which must hold and name it. */
static int check_bare(struct store *s, const char *hub, struct change *c, struct err *err)
{
	if (take_order(s, c->order, s->charter_version, err))
		return err->code;
	const struct erased_key *k = erased_find(s, hub, &c->blob);
	if (!k || !sha256_eq(&k->text->hash, &c->hash))
		return err_set(err, ERR_SIGNATURE,
		    "it leaves out %.*s, which the order that it brings for that does not name",
		    STR_FMT(c->path));
	c->order = buf_str(&k->order->source);
	return 0;
}

/* Orders are public, and so would be what they name. */
static int refuse_orders(const struct entry *e, struct err *err)
{
	for (size_t i = 0; i < e->nchanges; i++)
		if (e->changes[i].order.len)
			return err_set(
			    err, ERR_SYNTAX, "an entry for members comes with all of its text");
	return 0;
}

int erased_admit(struct store *s, struct entry *e, struct err *err)
{
	if (s->outer)
		return refuse_orders(e, err);
	for (size_t i = 0; i < e->nchanges; i++) {
		struct change *c = &e->changes[i];
		if (erased_check_file(c, err))
			return err->code;
		if (str_starts(c->path, STR("erasures/")))
			take_file(s, e->hub, c->content, e->charter);
	}
	for (size_t i = 0; i < e->nchanges; i++) {
		struct change *c = &e->changes[i];
		if (c->order.len && check_bare(s, e->hub, c, err))
			return err->code;
		drop_text(s, e->hub, c);
		/* Where git's history may end moves with what takes an erased text's place. */
		for (size_t k = 0; k < s->erased->n && !s->erased->is_due; k++)
			s->erased->is_due = concerns(s->erased->orders[k], e->hub, c->path);
	}
	return 0;
}
