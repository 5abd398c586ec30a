/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a git pack and its index (gitformat-pack(5), version 2 of both) of objects whose ids are
 * known. libgit2 can do it too, but looks for similar objects by trying (a third of the time that
 * taking in entries took), and reads all it has written again for the index. Here whoever puts an
 * object says what it resembles, and each is compressed once; in a pack of a few small ones, which
 * somebody waits for and which is soon rolled up, not at all.
 */
#ifndef BELFRY_GIT_PACK_H
#define BELFRY_GIT_PACK_H

#include "base/buf.h"
#include "base/err.h"
#include "git/oid.h"

enum { PACK_NAME_BYTES = 80, PACK_DEPTH_MAX = 50 /* as git's own packs */ };

struct pack_writer;

/* Begin a pack of `n` objects in the folder `dir`, as the files new.pack and new.idx. Owns: the
 * caller; pack_free(), which removes what was not finished. Errors: ERR_FULL, ERR_IO. */
int pack_new(struct pack_writer **out, const char *dir, size_t n, struct err *err);
void pack_free(struct pack_writer *w);

/* An object to write; `kind` as enum object_kind. */
struct pack_object {
	struct oid id;
	unsigned kind;
	struct str bytes;
	/* One of the same kind that was added before, as the how manieth, and its bytes: where that
	 * is smaller only the difference is written. `has_base` may be set in vain. */
	bool has_base;
	size_t base;
	struct str base_bytes;
};
/* Each id once. Errors: ERR_FULL, ERR_IO, ERR_LIMIT (a pack past 2 GiB). */
int pack_add(struct pack_writer *w, const struct pack_object *o, struct err *err);
/* Append all `n` objects of another pack as its bytes stand; `path` is its file's without suffix.
 * No id may be in both. Errors: as pack_add(); ERR_GIT where it is damaged or not of version 2. */
int pack_join(struct pack_writer *w, const char *path, size_t n, struct err *err);
/* The ids in a pack's index, sorted, go to `ids`, which has room for the `n` there must be. */
int pack_ids(struct oid *ids, size_t n, const char *path, struct err *err);
/* How many objects a pack has whose index is that large; 0: that is no index. */
size_t pack_count(uint64_t index_bytes);
/* Write the index, once all objects were added, and give both files their names in the folder,
 * which `name` gets without suffix: "pack-<hex>". Nothing is fsynced. Errors: ERR_FULL, ERR_IO.
 */
int pack_end(struct pack_writer *w, char name[static PACK_NAME_BYTES], struct err *err);

#endif
