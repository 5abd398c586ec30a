/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects of a repository that stock git keeps, read by `git cat-file`: what a push brought, packed
 * or loose, where the environment of git's hooks says. libgit2 never sees those bytes unless our
 * own grammar asked for them. One process serves all reads.
 */
#ifndef BELFRY_GIT_CAT_FILE_H
#define BELFRY_GIT_CAT_FILE_H

#include "base/buf.h"
#include "git/repo.h"

struct cat_file;

/* Start git in the current folder. Owns: the caller; cat_file_free(). Errors: ERR_IO. */
int cat_file_new(struct cat_file **out, struct err *err);
void cat_file_free(struct cat_file *c);

/* The id that a ref's name stands for. Errors: ERR_MISSING, ERR_IO. */
int cat_file_find(struct cat_file *c, const char *ref, struct oid *id, struct err *err);
/* Append an object's bytes and say its kind. Nothing larger than OBJECT_BYTES_MAX is asked for.
 * Errors: ERR_MISSING, ERR_LIMIT, ERR_SYNTAX (a tag), ERR_IO. */
int cat_file_read(struct cat_file *c, const struct oid *id, enum object_kind *kind, struct buf *out,
    struct err *err);

/* Look at all that a push brought, while git holds it back (GIT_QUARANTINE_PATH; without it this
 * does nothing), also what nothing leads to. Errors: ERR_LIMIT (too large), ERR_MISSING (git calls
 * what it cannot unpack so), ERR_IO. */
int cat_file_measure(struct err *err);

#endif
