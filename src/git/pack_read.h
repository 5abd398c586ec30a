/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading git's packs by many threads at once, for who reads nearly all there is: libgit2 maps
 * every pack once a handle, and inflates with zlib, which takes longer. What is not found here, or
 * is not as it should be, may still be read by repo_read(), which also says what is wrong.
 * Source: gitformat-pack(5), version 2 of both files.
 */
#ifndef BELFRY_GIT_PACK_READ_H
#define BELFRY_GIT_PACK_READ_H

#include "git/repo.h"

/* The packs that a repository has when the first object is asked for. */
struct packs;
/* `path` is the repository's. Owns: packs_free(), after all that read from it are freed. */
struct packs *packs_new(const char *path);
void packs_free(struct packs *p);

/* For one thread. */
struct pack_reader;
struct pack_reader *pack_reader_new(struct packs *p);
void pack_reader_free(struct pack_reader *r);
/* Append an object; false, and nothing is, where that cannot be done. */
bool pack_read(struct pack_reader *r, const struct oid *id, enum object_kind kind, struct buf *out);

#endif
