/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was made from a record and need not be made again: a file of values, each found by the hash
 * of the record's bytes. A value is a pure function of those bytes and of the file's version, so
 * that one that was made once is right for ever; the file grows by what is new, and is written anew
 * when half of them are of no use. It only saves time: deleted, damaged or of another version,
 * values are made again.
 */
#ifndef BELFRY_SITE_STASH_H
#define BELFRY_SITE_STASH_H

#include "base/arena.h"
#include "base/hash.h"

enum { STASH_MAGIC_BYTES = 16 };

struct stash {
	const char *magic; /* STASH_MAGIC_BYTES */
	struct str file; /* mapped */
	bool is_torn; /* it ends within a value, or one of them is damaged */
	struct stash_slot *slots; /* hash table */
	size_t nslots, n; /* n: of the values in the file */
	struct digest version;
	struct str *added; /* written forms of new ones */
	size_t nadded, cap_added;
	struct arena arena; /* theirs: the only copy, since all of a first build are in it */
	struct buf frame; /* the one at hand */
};

/* Read what is kept at `path`, if it is of that magic and version. */
void stash_open(struct stash *s, const char *path, const char *magic, const struct digest *version);
/* False where it is not kept. Threads may ask at once. Borrowed. */
bool stash_get(struct stash *s, const struct sha256 *hash, struct str *value);
/* The same for one that is not to stay in the file for that. */
bool stash_peek(const struct stash *s, const struct sha256 *hash, struct str *value);
/* Keep a value under `hash`, or not (NULL). Returns a copy that lives as long as `s`. */
struct str stash_add(struct stash *s, const struct sha256 *hash, struct str value);
/* Keep what was added. With `is_strict` nothing else stays in the file than what was asked for.
 * What cannot be written costs the next build time and nothing else. */
void stash_save(struct stash *s, const char *path, bool is_strict);
void stash_release(struct stash *s);

#endif
