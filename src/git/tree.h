/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Git trees by a whitelist: modes 100644 and 40000, names of `[a-z0-9.-]` that begin and end with a
 * letter or digit and name no DOS device, strictly in git's order. Paths are relative,
 * '/'-separated.
 */
#ifndef BELFRY_GIT_TREE_H
#define BELFRY_GIT_TREE_H

#include "base/hash.h"
#include "git/repo.h"

/* One file that an entry adds, replaces or deletes. Borrowed bytes. */
struct change {
	struct str path, content;
	bool is_delete;
	bool is_bare; /* its content is not here: `blob`, and `hash` where it came so */
	struct oid blob; /* the content's id, where the change was read from the store */
	bool is_hashed; /* by entry_content_keep(), or it came bare; then */
	struct sha256 hash; /* of the content */
	struct str order; /* where it is bare because it was erased: the order (trust/erasure.h) */
	struct str old; /* what it replaces, where that was asked for and is not empty */
};

/* May this path stand in a journal's tree? roster.md, roster.md.<slug>.sig,
 * records/<slug>/<slug>/<slug>/<xx>.md, and .sig and .rev beside it, erasures/<SHA-256>.txt. */
bool journal_path_is_valid(struct str path);
/* Is it that of a record's text? */
bool journal_path_is_text(struct str path);

/* Write `base` (NULL or zero: empty) with the changes (sorted by path, none twice) into the batch.
 * Errors: ERR_MISSING (a delete of what is not there), ERR_SYNTAX (a stored tree breaks the
 * grammar). */
int tree_apply(struct repo *r, const struct oid *base, const struct change *changes, size_t n,
    struct oid *out, struct err *err);

/* The blob at `path`. Errors: ERR_MISSING. */
int tree_find(
    struct repo *r, const struct oid *tree, struct str path, struct oid *blob, struct err *err);
int tree_find_folder(
    struct repo *r, const struct oid *tree, struct str path, struct oid *folder, struct err *err);

/* Calls `each` for every file that differs, in path order; the zero id stands for "not there".
 * `old` may be NULL. What was `new` is remembered: who goes from a tree to the next one reads each
 * of them once. */
typedef int (*tree_diff_cb)(
    void *ctx, struct str path, const struct oid *before, const struct oid *after, struct err *err);
int tree_diff(struct repo *r, const struct oid *old, const struct oid *new, tree_diff_cb each,
    void *ctx, struct err *err);
struct tree_memo;
void tree_memo_free(struct tree_memo *m);

#endif
