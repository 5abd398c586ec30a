/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bare git repository through libgit2, which nothing but src/git and store/quarantine.c names.
 * Loose objects are neither read nor written (libgit2 1.5 hangs or overflows on damaged ones): new
 * objects gather in memory and become one fsynced pack per batch. Foreign bytes reach it only after
 * our own grammar.
 */
#ifndef BELFRY_GIT_REPO_H
#define BELFRY_GIT_REPO_H

#include "base/buf.h"
#include "base/err.h"
#include "git/oid.h"

enum object_kind { OBJECT_COMMIT = 1, OBJECT_TREE = 2, OBJECT_BLOB = 3 }; /* git's own numbers */

struct repo;

/* Make an empty bare repository whose HEAD is refs/heads/main. It appears whole; the caller fsyncs
 * the folder that it is in. */
int repo_create(const char *path, struct err *err);
/* Errors: ERR_MISSING, ERR_GIT. */
int repo_open(struct repo **out, const char *path, struct err *err);
/* One without a folder: `read` appends an object's bytes (ERR_MISSING where there is none), and
 * what is put stays in memory. It has no refs and no settings. */
struct repo_reader {
	int (*read)(void *of, const struct oid *id, enum object_kind *kind, struct buf *out,
	    struct err *err);
	void *of; /* outlives the repository */
};
int repo_open_lent(struct repo **out, const struct repo_reader *reader, struct err *err);
void repo_close(struct repo *r);
/*
 * A repository that may lack blobs which its trees name is what git calls a partial clone: its
 * config says so, and each pack written meanwhile has a .promisor beside it, so that git's own
 * checks take what is missing for left out. Not to be unset before nothing is missing.
 */
bool repo_is_partial(const struct repo *r);
int repo_set_partial(struct repo *r, bool is_partial, struct err *err);
/* Remove what a killed writer left: lock files, half-made packs. Only under the instance lock. */
int repo_clean(const char *path, struct err *err);
/* How many files that would remove. While somebody writes, some are in use. */
size_t repo_count_leftovers(const char *path);

/* Append the object's content. Errors: ERR_MISSING, ERR_GIT (damaged, or of another kind). */
int repo_read(
    struct repo *r, const struct oid *id, enum object_kind kind, struct buf *out, struct err *err);
bool repo_has(struct repo *r, const struct oid *id);

/* The id that an object with these bytes has. Errors: ERR_GIT. */
int repo_hash(struct oid *id, enum object_kind kind, struct str bytes, struct err *err);
/* Add an object to the batch; it can be read at once, by this handle. */
int repo_put(
    struct repo *r, struct oid *id, enum object_kind kind, struct str bytes, struct err *err);
/* What was put as `id` is the new form of `old`: where the batch has both, the pack keeps only how
 * they differ. A hint, any ids will do. */
void repo_follows(struct repo *r, const struct oid *id, const struct oid *old);
/* Make the batch durable as one pack. After ERR_FULL nothing of it is on the disk, and the batch is
 * as it was; after any other error the store must be reopened. */
int repo_flush(struct repo *r, struct err *err);
/* Where there are many packs, make one of the small ones. Only the writer, with an empty batch; who
 * reads meanwhile finds the objects in the new pack by itself. After an error everything is still
 * there, in more files than need be. */
int repo_roll(struct repo *r, struct err *err);
/* Remove these objects (sorted) from every pack, durably: a pack that has one is written again
 * without it, and what was told as a difference from it is told anew. As for repo_roll(). */
int repo_erase(struct repo *r, const struct oid *ids, size_t n, struct err *err);
/* Where git's history ends: the commits (none: nowhere) whose parents stock git shall not look for.
 * What it has of them stays, and is no matter to whoever reads by this handle. Durable. */
int repo_set_shallow(struct repo *r, const struct oid *ids, size_t n, struct err *err);
/* Forget the batch. */
void repo_drop(struct repo *r);
/* Where the batch stands, and back to there: what was put since is forgotten. */
size_t repo_mark(const struct repo *r);
void repo_back_to(struct repo *r, size_t mark);
/* See packs that another process has written. */
void repo_refresh(struct repo *r);

/* Errors: ERR_MISSING. */
int repo_ref(struct repo *r, const char *name, struct oid *id, struct err *err);
/* Create or move; durable on return. */
int repo_set_ref(struct repo *r, const char *name, const struct oid *id, struct err *err);
/* The same unless it points there already, and not durable: for refs that pins can restore. */
int repo_lift_ref(struct repo *r, const char *name, const struct oid *id, struct err *err);
int repo_delete_ref(struct repo *r, const char *name, struct err *err);
/* Calls `each` for refs whose name starts with `prefix`, in byte order, until it returns non-zero.
 */
int repo_refs(struct repo *r, const char *prefix,
    int (*each)(void *ctx, const char *name, const struct oid *id, struct err *err), void *ctx,
    struct err *err);

/* Settings live in the repository's git config. Get appends to `out`; ERR_MISSING when not set. */
int repo_config(struct repo *r, const char *key, struct buf *out, struct err *err);
int repo_set_config(
    struct repo *r, const char *key, const char *value, struct err *err); /* NULL: remove */
/* Each "<section>.<name>.<key>" of a section; `each` gets name and value. */
int repo_config_section(struct repo *r, const char *section, const char *key,
    void (*each)(void *ctx, const char *name, const char *value), void *ctx, struct err *err);

#endif
