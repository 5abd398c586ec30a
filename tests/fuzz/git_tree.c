/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Git trees that another wrote, and what is made of them. The input is objects with "\n--\n"
 * between: the first is the tree that is read, and an id of byte k and zeros is that of the k-th
 * after it. Every path that is found can be looked up and harms no file system; what a change
 * makes of such a tree differs from it by that change alone.
 */
#include "base/hash.h"
#include "git/tree.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { READS_MAX = 100 }; /* an id that is not a hash may lead round in circles */

static void require(bool good)
{
	if (!good)
		abort();
}

struct objects {
	struct str input;
	int reads;
};

static struct str cut_object(struct str *rest)
{
	for (size_t i = 0; i + 4 <= rest->len; i++)
		if (memcmp(rest->ptr + i, "\n--\n", 4) == 0) {
			struct str head = str_sub(*rest, 0, i);
			*rest = str_sub(*rest, i + 4, rest->len);
			return head;
		}
	struct str all = *rest;
	*rest = STR_EMPTY;
	return all;
}

static int read_object(
    void *of, const struct oid *id, enum object_kind *kind, struct buf *out, struct err *err)
{
	struct objects *o = of;
	struct str rest = o->input, object = cut_object(&rest);
	for (int i = 1; i < OID_BYTES - 1; i++)
		if (id->bytes[i])
			return err_set(err, ERR_MISSING, "made meanwhile, if at all");
	if (++o->reads > READS_MAX)
		return err_set(err, ERR_MISSING, "enough");
	for (unsigned k = 0; k < id->bytes[0]; k++) {
		if (!rest.len)
			return err_set(err, ERR_MISSING, "there are not so many");
		object = cut_object(&rest);
	}
	*kind = OBJECT_TREE;
	buf_add(out, object);
	return 0;
}

/* What git, libgit2 or a file system could take for something else, in other words than tree.c. */
static void require_harmless(struct str path)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-./";
	char last = '/';
	for (size_t i = 0; i < path.len; i++) {
		char c = path.ptr[i];
		require(memchr(letters, c, sizeof letters - 1));
		require(!((last == '/' || last == '.') && (c == '/' || c == '.')));
		last = c;
	}
	require(path.len && last != '/' && last != '.');
}

struct found {
	struct repo *repo;
	const struct oid *tree;
	struct buf last; /* the path before */
	struct str only; /* the one that may differ; empty: any */
	size_t n;
};

static int found_file(
    void *ctx, struct str path, const struct oid *before, const struct oid *after, struct err *err)
{
	struct found *f = ctx;
	struct oid blob;
	struct err none;
	(void)before;
	require_harmless(path);
	require(!f->n++ || str_cmp(buf_str(&f->last), path) < 0);
	require(!f->only.len || str_eq(path, f->only));
	buf_reset(&f->last);
	buf_add(&f->last, path);
	if (!oid_is_zero(after) && tree_find(f->repo, f->tree, path, &blob, &none) == 0)
		require(oid_eq(&blob, after));
	return err->code;
}

static void check_change(struct repo *r, const struct oid *tree, const struct change *c)
{
	struct err err = {0};
	struct oid made, blob;
	struct found f = {.repo = r, .tree = &made, .last = BUF_INIT, .only = c->path};
	if (tree_apply(r, tree, c, 1, &made, &err)) {
		require(err.code != ERR_NONE && err.msg[0]);
		return;
	}
	if (c->is_delete)
		require(oid_is_zero(&made) || tree_find(r, &made, c->path, &blob, &err));
	else
		require(tree_find(r, &made, c->path, &blob, &err) == 0);
	if (!oid_is_zero(&made))
		tree_diff(r, tree, &made, found_file, &f, &err);
	buf_release(&f.last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {
	    "roster.md", "records/ke-mombasa/news/one/en.md", "records/zz/zz/zz/zz.md.rev"};
	struct objects o = {.input = str_of(data, size)};
	struct repo_reader reader = {read_object, &o};
	struct repo *r;
	struct err err = {0};
	struct oid root = {{0}}, old = {{0}};
	hash_init();
	root.bytes[OID_BYTES - 1] = 1; /* all zeros is no tree */
	old.bytes[0] = 1;
	require(repo_open_lent(&r, &reader, &err) == 0);
	for (int i = 0; i < 2; i++) {
		struct found f = {.repo = r, .tree = &root, .last = BUF_INIT};
		o.reads = 0;
		if (tree_diff(r, i ? &old : NULL, &root, found_file, &f, &err))
			require(err.code != ERR_NONE && err.msg[0]);
		buf_release(&f.last);
	}
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		for (int is_delete = 0; is_delete < 2; is_delete++) {
			o.reads = 0;
			check_change(r, &root,
			    &(struct change){.path = str_from(paths[i]),
				.content = STR("new"),
				.is_delete = is_delete});
		}
	repo_close(r);
	return 0;
}
