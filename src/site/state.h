/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tree of the site holds and what it was made from, in OUT.d/<tree>.state. It only saves
 * time: without it, or where its sum is wrong, everything is made anew.
 *
 * Files are in units: a page, or what belongs to one document. A unit's digest is of all that it
 * shows (pages/deps.h); while that stays, its files stand as they are. Most edits change what a few
 * pages show, and to find out for each which would cost more than to make those: units that one job
 * makes stay together while that job's digest does.
 */
#ifndef BELFRY_SITE_STATE_H
#define BELFRY_SITE_STATE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

enum { FILE_GZ = 1, FILE_BR = 2 };

struct state_file {
	struct str path; /* within the tree */
	uint64_t bytes;
	uint8_t flags; /* <path>.gz, <path>.br stand beside it */
};

struct unit {
	struct str name;
	struct digest shows; /* zero: nobody said; made anew each time */
	struct str files; /* written forms, one after the other */
	size_t nfiles, npages; /* npages: those that end in .html */
	uint64_t bytes; /* of all files */
	/* Numbers of 4 bytes (render/check.h): what its pages lead to, and what they have. */
	struct str needs, gives;
	uint32_t job; /* that made it, from 1 on; 0: none of those in state.jobs */
	struct digest
	    own; /* of a document's: all but what it shows of others; only without a job */
	bool is_kept; /* in an old state: it is part of the new one, too */
	struct str
	    written; /* in an old state: all of this as it stands there; "": it has changed */
};

struct state {
	struct str bytes; /* mapped */
	struct digest id; /* of this state */
	struct digest before; /* of that from which `changes` led here; zero: of none */
	struct digest version; /* of program, templates, words, options */
	struct digest inputs; /* of all that was read for it; zero: nobody said */
	struct digest lists; /* of what any page may show of a document that is not its own */
	struct str report; /* what its build said, in the words of who wrote it */
	struct str jobs; /* digests: what each was made from */
	struct str changes; /* files written or gone since */
	struct unit *units;
	size_t n;
	uint32_t *slots; /* hash of name → position + 1 */
	size_t nslots;
};

/* The same on every machine; for tables of names, and to share names out. */
uint32_t state_hash(struct str name);

void state_put_file(struct buf *out, const struct state_file *f);
bool state_take_file(struct str *files, struct state_file *out);

/* False where there is none, or it is damaged; `st` is then empty. Owns: state_release(). */
bool state_read(struct state *st, const char *path);
void state_release(struct state *st);
/* The id of the state at `path`, zero where there is none; the rest is not read. */
struct digest state_id(const char *path);
/* Is the state at `path` whole, and of these inputs? Then append its report. */
bool state_is_of(struct buf *report, const char *path, const struct digest *inputs);
/* NULL where there is none. */
struct unit *state_find(const struct state *st, struct str name);

/* Write one, over what is at `path`, with `changes` and units (none is in both lists): those of
 * `old` that are kept, and `units`. Nothing is flushed to the disk. Errors: ERR_IO, ERR_FULL. */
int state_write(const char *path, const struct state *head, const struct state *old,
    const struct unit *units, size_t n, struct err *err);

#endif
