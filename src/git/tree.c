/* SPDX-License-Identifier: Apache-2.0 */
#include "git/tree.h"

#include "base/limits.h"
#include "base/mem.h"
#include "git/repo_impl.h"

#include <stdio.h>
#include <stdlib.h>

struct item {
	struct str name;
	bool is_tree;
	struct oid id;
};

/* A parsed tree; names point into `bytes` or to longer-lived paths. */
struct listing {
	struct buf bytes;
	struct item *items;
	size_t len, cap;
};

static bool name_is_valid(struct str name)
{
	struct str rest = name;
	if (!name.len || name.len > 160)
		return false;
	while (rest.len) {
		struct str part = str_cut(&rest, '.');
		if (!str_is_slug(part))
			return false;
	}
	rest = name;
	return name.ptr[name.len - 1] != '.' && !str_is_dos_device(str_cut(&rest, '.'));
}

static bool is_lang_file(struct str name)
{
	if (name.len < 5 || name.ptr[0] < 'a' || name.ptr[0] > 'z' || name.ptr[1] < 'a' ||
	    name.ptr[1] > 'z')
		return false;
	struct str rest = str_sub(name, 2, name.len);
	return str_is(rest, ".md") || str_is(rest, ".md.sig") || str_is(rest, ".md.rev");
}

static bool is_order_file(struct str name)
{
	struct sha256 hash;
	return str_ends(name, STR(".txt")) &&
	       sha256_from_hex(&hash, str_sub(name, 0, name.len - 4));
}

bool journal_path_is_text(struct str path)
{
	return str_starts(path, STR("records/")) && str_ends(path, STR(".md"));
}

bool journal_path_is_valid(struct str path)
{
	struct str rest = path, first = str_cut(&rest, '/');
	if (str_is(first, "erasures"))
		return is_order_file(rest);
	if (!str_is(first, "records")) {
		if (rest.len || !name_is_valid(path))
			return false;
		return str_is(path, "roster.md") ||
		       (str_starts(path, STR("roster.md.")) && str_ends(path, STR(".sig")) &&
			   path.len > 14 && str_is_slug(str_sub(path, 10, path.len - 14)));
	}
	for (int i = 0; i < 3; i++) {
		struct str part = str_cut(&rest, '/');
		if (!str_is_slug(part) || str_is_dos_device(part))
			return false;
	}
	return is_lang_file(rest);
}

/* Git orders a folder as if its name ended in '/'. */
static int order(struct str a, bool a_is_tree, struct str b, bool b_is_tree)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = memcmp(a.ptr, b.ptr, n);
	if (c)
		return c;
	int ca = a.len > n ? (unsigned char)a.ptr[n] : a_is_tree ? '/' : 0;
	int cb = b.len > n ? (unsigned char)b.ptr[n] : b_is_tree ? '/' : 0;
	return ca - cb;
}

static bool take_item(struct str *rest, struct item *out)
{
	struct str mode = str_cut(rest, ' '), raw;
	if (!str_is(mode, "100644") && !str_is(mode, "40000"))
		return false;
	out->is_tree = mode.len == 5;
	out->name = str_cut(rest, 0);
	if (!name_is_valid(out->name) || !str_take(rest, OID_BYTES, &raw))
		return false;
	memcpy(out->id.bytes, raw.ptr, OID_BYTES);
	return true;
}

static void listing_release(struct listing *l)
{
	buf_release(&l->bytes);
	free(l->items);
}

/* Is the newest item a folder with the name of a file? A folder sorts as if its name ended in '/',
 * so names that go on after the file's may stand between the two. */
static bool has_namesake(const struct listing *l)
{
	const struct item *last = &l->items[l->len - 1];
	for (size_t i = l->len - 1; last->is_tree && i-- > 0;) {
		if (!str_starts(l->items[i].name, last->name))
			return false;
		if (l->items[i].name.len == last->name.len)
			return true;
	}
	return false;
}

/* The items that `known`, which is good, begins with too, whatever their ids: what makes a name and
 * its place good is the names before it. */
static void take_known(struct str *rest, struct listing *l, const struct listing *known)
{
	for (size_t i = 0; i < known->len; i++) {
		const struct item *old = &known->items[i];
		size_t mode = old->is_tree ? sizeof "40000" : sizeof "100644";
		size_t head = mode + old->name.len + 1;
		if (rest->len < head + OID_BYTES || memcmp(rest->ptr, old->name.ptr - mode, head))
			return;
		struct item *item = MEM_PUSH(l->items, l->len, l->cap);
		*item = (struct item){str_sub(*rest, mode, old->name.len), old->is_tree, {{0}}};
		memcpy(item->id.bytes, rest->ptr + head, OID_BYTES);
		*rest = str_sub(*rest, head + OID_BYTES, rest->len);
	}
}

/* `known` (may be NULL): one that was read and is perhaps much like it. */
static int listing_read_beside(struct repo *r, const struct oid *tree, struct listing *l,
    const struct listing *known, struct err *err)
{
	*l = (struct listing){.bytes = BUF_INIT};
	if (!tree || oid_is_zero(tree))
		return 0;
	if (repo_read(r, tree, OBJECT_TREE, &l->bytes, err))
		return err->code;
	struct str rest = buf_str(&l->bytes);
	if (known)
		take_known(&rest, l, known);
	while (rest.len) {
		struct item *item = MEM_PUSH(l->items, l->len, l->cap);
		if (!take_item(&rest, item) || has_namesake(l) ||
		    (l->len > 1 &&
			order(item[-1].name, item[-1].is_tree, item->name, item->is_tree) >= 0))
			return err_set(err, ERR_SYNTAX, "tree %s breaks the grammar at item %zu",
			    oid_hex(tree).text, l->len);
	}
	return 0;
}

static int listing_read(struct repo *r, const struct oid *tree, struct listing *l, struct err *err)
{
	return listing_read_beside(r, tree, l, NULL, err);
}

static struct item *listing_find(struct listing *l, struct str name)
{
	for (size_t i = 0; i < l->len; i++)
		if (str_eq(l->items[i].name, name))
			return &l->items[i];
	return NULL;
}

static int by_order(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	return order(x->name, x->is_tree, y->name, y->is_tree);
}

static int listing_write(struct repo *r, struct listing *l, struct oid *out, struct err *err)
{
	struct buf b = BUF_INIT;
	if (l->len)
		qsort(l->items, l->len, sizeof *l->items, by_order);
	for (size_t i = 0; i < l->len; i++) {
		buf_puts(&b, l->items[i].is_tree ? "40000 " : "100644 ");
		buf_add(&b, l->items[i].name);
		buf_putc(&b, 0);
		buf_add(&b, str_of(l->items[i].id.bytes, OID_BYTES));
	}
	int bad = repo_put(r, out, OBJECT_TREE, buf_str(&b), err);
	buf_release(&b);
	return bad;
}

static void listing_remove(struct listing *l, struct item *item)
{
	*item = l->items[--l->len];
}

/* How many of the changes share the first part of the first one's path below `depth` bytes. */
static size_t group(const struct change *c, size_t n, size_t depth, struct str *name, bool *is_file)
{
	struct str rest = str_sub(c[0].path, depth, c[0].path.len);
	*name = str_cut(&rest, '/');
	*is_file = rest.len == 0;
	size_t k = 1;
	while (!*is_file && k < n) {
		struct str other = str_sub(c[k].path, depth, c[k].path.len);
		struct str head = str_cut(&other, '/');
		if (!str_eq(head, *name))
			break;
		k++;
	}
	return k;
}

static int apply(struct repo *r, const struct oid *base, const struct change *c, size_t n,
    size_t depth, struct oid *out, struct err *err);

static int apply_group(struct repo *r, struct listing *l, const struct change *c, size_t n,
    size_t depth, struct err *err)
{
	struct str name;
	bool is_file;
	struct oid id;
	group(c, n, depth, &name, &is_file);
	struct item *item = listing_find(l, name);
	if (!name_is_valid(name))
		return err_set(
		    err, ERR_SYNTAX, "%.*s cannot be the name of a file or folder", STR_FMT(name));
	if (item && item->is_tree == is_file)
		return err_set(
		    err, ERR_SYNTAX, "%.*s is a file here and a folder there", STR_FMT(c->path));
	if (is_file && c->is_delete) {
		if (!item)
			return err_set(err, ERR_MISSING, "cannot delete %.*s: it is not there",
			    STR_FMT(c->path));
		id = (struct oid){{0}};
	} else if (is_file && c->is_bare) {
		id = c->blob;
	} else if (is_file) {
		if (repo_put(r, &id, OBJECT_BLOB, c->content, err))
			return err->code;
		if (item)
			repo_follows(r, &id, &item->id);
	} else if (apply(r, item ? &item->id : NULL, c, n, depth + name.len + 1, &id, err)) {
		return err->code;
	}
	if (oid_is_zero(&id)) {
		if (item)
			listing_remove(l, item);
		return 0;
	}
	if (!item) {
		item = MEM_PUSH(l->items, l->len, l->cap);
		item->name = name;
		item->is_tree = !is_file;
	}
	item->id = id;
	return 0;
}

/* The zero id in `out` stands for a folder that became empty. */
static int apply(struct repo *r, const struct oid *base, const struct change *c, size_t n,
    size_t depth, struct oid *out, struct err *err)
{
	struct listing l;
	*out = (struct oid){{0}};
	if (listing_read(r, base, &l, err))
		goto out;
	for (size_t i = 0; i < n;) {
		struct str name;
		bool is_file;
		size_t k = group(c + i, n - i, depth, &name, &is_file);
		if (apply_group(r, &l, c + i, k, depth, err))
			goto out;
		i += k;
	}
	if ((l.len || depth == 0) && listing_write(r, &l, out, err) == 0 && base)
		repo_follows(r, out, base);
out:
	listing_release(&l);
	return err->code;
}

int tree_apply(struct repo *r, const struct oid *base, const struct change *changes, size_t n,
    struct oid *out, struct err *err)
{
	err->code = ERR_NONE;
	return apply(r, base, changes, n, 0, out, err);
}

static int find(struct repo *r, const struct oid *tree, struct str path, bool is_folder,
    struct oid *out, struct err *err)
{
	struct oid at = *tree;
	struct str rest = path;
	while (rest.len) {
		struct listing l;
		struct str name = str_cut(&rest, '/');
		int bad = listing_read(r, &at, &l, err);
		struct item *item = bad ? NULL : listing_find(&l, name);
		if (item && item->is_tree == (rest.len > 0 || is_folder))
			at = item->id;
		else if (!bad)
			bad = err_set(err, ERR_MISSING, "there is no %.*s", STR_FMT(path));
		listing_release(&l);
		if (bad)
			return bad;
	}
	*out = at;
	return 0;
}

int tree_find(
    struct repo *r, const struct oid *tree, struct str path, struct oid *blob, struct err *err)
{
	return find(r, tree, path, false, blob, err);
}

int tree_find_folder(
    struct repo *r, const struct oid *tree, struct str path, struct oid *folder, struct err *err)
{
	return find(r, tree, path, true, folder, err);
}

enum { MEMO_DEPTH = 3 }; /* the root, records and a place: below that little comes again */
struct tree_memo {
	struct oid ids[MEMO_DEPTH];
	struct listing listings[MEMO_DEPTH];
};

void tree_memo_free(struct tree_memo *m)
{
	for (int i = 0; m && i < MEMO_DEPTH; i++)
		listing_release(&m->listings[i]);
	free(m);
}

struct diff {
	struct repo *repo;
	tree_diff_cb each;
	void *ctx;
	struct err *err;
	char path[1024];
	int depth; /* folders above the one at hand */
};

static int diff_trees(struct diff *d, const struct oid *old, const struct oid *new, size_t at);

/* One name that stands on one side or both; either item may be NULL. */
static int diff_item(struct diff *d, const struct item *a, const struct item *b, size_t at)
{
	static const struct oid none;
	const struct item *any = a ? a : b;
	if (a && b && oid_eq(&a->id, &b->id))
		return 0;
	if (at + any->name.len + 2 > sizeof d->path)
		return err_set(d->err, ERR_LIMIT, "a path in the tree is too long");
	memcpy(d->path + at, any->name.ptr, any->name.len);
	size_t end = at + any->name.len;
	if (!any->is_tree)
		return d->each(
		    d->ctx, str_of(d->path, end), a ? &a->id : &none, b ? &b->id : &none, d->err);
	d->path[end] = '/';
	d->depth++;
	int bad = diff_trees(d, a ? &a->id : NULL, b ? &b->id : NULL, end + 1);
	d->depth--;
	return bad;
}

/* The old side: as it was left when it was the new one. */
static int recall(struct diff *d, const struct oid *old, struct listing *l)
{
	struct tree_memo *m = d->repo->trees;
	int i = d->depth;
	if (!old || i >= MEMO_DEPTH || !m->listings[i].len || !oid_eq(old, &m->ids[i]))
		return listing_read(d->repo, old, l, d->err);
	*l = m->listings[i];
	m->listings[i] = (struct listing){.bytes = BUF_INIT};
	return 0;
}

static void remember(struct diff *d, const struct oid *new, struct listing *l)
{
	struct tree_memo *m = d->repo->trees;
	int i = d->depth;
	if (i >= MEMO_DEPTH || !new || !l->len) {
		listing_release(l);
		return;
	}
	listing_release(&m->listings[i]);
	m->listings[i] = *l;
	m->ids[i] = *new;
}

static int diff_trees(struct diff *d, const struct oid *old, const struct oid *new, size_t at)
{
	struct listing a, b = {.bytes = BUF_INIT};
	size_t i = 0, k = 0;
	int bad = recall(d, old, &a) || listing_read_beside(d->repo, new, &b, &a, d->err);
	/* Nobody writes such a folder. Were it allowed, a few trees full of them, one in another,
	 * would be a walk without end that finds nothing. */
	if (!bad && at && ((old && !a.len) || (new && !b.len)))
		bad = err_set(d->err, ERR_SYNTAX, "the folder %.*s is empty", (int)at, d->path);
	while (!bad && (i < a.len || k < b.len)) {
		int c = i >= a.len   ? 1
			: k >= b.len ? -1
				     : order(a.items[i].name, a.items[i].is_tree, b.items[k].name,
					   b.items[k].is_tree);
		bad = diff_item(d, c <= 0 ? &a.items[i] : NULL, c >= 0 ? &b.items[k] : NULL, at);
		i += c <= 0;
		k += c >= 0;
	}
	listing_release(&a);
	if (bad)
		listing_release(&b);
	else
		remember(d, new, &b);
	return bad ? d->err->code : 0;
}

int tree_diff(struct repo *r, const struct oid *old, const struct oid *new, tree_diff_cb each,
    void *ctx, struct err *err)
{
	struct diff d = {.repo = r, .each = each, .ctx = ctx, .err = err};
	err->code = ERR_NONE;
	if (!r->trees)
		r->trees = mem_alloc(sizeof *r->trees);
	return diff_trees(&d, old, new, 0);
}
