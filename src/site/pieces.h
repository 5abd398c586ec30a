/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two large files that say the same in two forms, made of pieces of which most stay as they were:
 * where each stands in the files of the build before, from which it is copied. In OUT.d/<name>,
 * which names the state of the unit it is of, and only saves time: deleted, damaged, or of another
 * state, all pieces are made anew.
 */
#ifndef BELFRY_SITE_PIECES_H
#define BELFRY_SITE_PIECES_H

#include "site/output.h"
#include "site/rope.h"

enum { PIECES_FILES = 2 };

struct pieces {
	const struct tree *tree;
	const char *name;
	int before[PIECES_FILES]; /* the files as they were, open; -1: none */
	struct piece *old, *now;
	size_t nold, nnow, cap_now, next; /* next: of the old ones, where the last was found */
};

/* What is known of the files at `paths`, which are the unit's; call before they are written. */
void pieces_open(struct pieces *p, const struct tree *t, const char *name, const char *unit,
    const char *const paths[PIECES_FILES]);
/* Append the piece made from what has that digest to both; false where it is not known, and then
 * make it and say with pieces_add() where it begins. Both are to hold the whole file. */
bool pieces_copy(struct pieces *p, const struct digest *key, struct rope *const out[PIECES_FILES]);
void pieces_add(struct pieces *p, const struct digest *key, const size_t from[PIECES_FILES],
    struct rope *const out[PIECES_FILES]);
/* Keep where all of them are, for the unit that shows that. Nothing is flushed to the disk; what
 * cannot be written costs the next build time and nothing else. */
void pieces_save(const struct pieces *p, const struct digest *shows);
void pieces_release(struct pieces *p);

#endif
