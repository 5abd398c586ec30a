/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder a site is written to. OUT is a symbolic link to OUT.d/a or OUT.d/b; a build writes the
 * other of the two and then turns the link, so that a reader finds the old site or the new one and
 * never a mixture. Whatever is at OUT that is neither such a link nor an empty folder is somebody's
 * and is left alone.
 *
 * Only what differs from what is shown is written; the rest of it appears in the tree by hard
 * links: those that both trees have are one file. A file that stands in this tree alone is what was
 * shown two builds ago: it is written over unless somebody has it open still, who keeps it to its
 * end, or it was shown until a moment ago: what a web server gave to sendfile(2) is read from the
 * file until the visitor has it all, when the server has long closed it. So whatever a build that
 * broke off left half written is what the next one writes or links anew.
 *
 * What a tree holds stands in OUT.d/<tree>.state (site/state.h), which is gone while the tree is
 * being written: a tree without it is nobody's and is laid out again.
 *
 * A struct output is a worker's hand on the tree: one a thread, on one struct tree.
 */
#ifndef BELFRY_SITE_OUTPUT_H
#define BELFRY_SITE_OUTPUT_H

#include "base/arena.h"
#include "base/err.h"
#include "site/rope.h"
#include "site/state.h"

#include <pthread.h>
#include <stdatomic.h>

struct tree {
	const char *out;
	struct buf path; /* OUT.d/a or OUT.d/b: the one that is written */
	char name, shown; /* 'a' or 'b'; shown: 0 where there is none */
	int folder; /* open on it; -1 when closed */
	int before; /* open on what is shown, which pages are compared with; -1: it counts for
		       nothing */
	bool is_behind; /* it is what was shown two builds ago: tree_catch_up() */
	bool is_at_rest; /* and for so long that its files may be written over: */
	unsigned rest_s;
	bool compresses; /* .gz and .br beside what is text */
	struct digest version; /* its first byte: options; a site by others is made from nothing */
	struct digest lists, inputs; /* as in struct state */
	struct buf jobs, report;
	struct state old; /* of what is shown */
	bool has_old; /* it is known, and the tree becomes as it */
	pthread_mutex_t lock; /* of what follows */
	struct str spares; /* of old.changes, those whose files nobody has taken for others */
	size_t spare_form; /* of the first of them: the next of tree_siblings */
	struct str *written; /* paths of this build, but for kept units: a hash table */
	size_t nwritten, cap_written;
	struct arena arena; /* theirs */
	struct buf changes; /* as in struct state */
	size_t nchanges;
	struct flusher *flusher; /* from tree_flush_begin() to tree_flush(), mostly */
};

struct output_count {
	size_t files, pages; /* pages: those that end in .html */
	uint64_t bytes;
};

struct output {
	struct tree *tree;
	struct unit *units; /* made by this hand */
	size_t nunits, cap_units;
	struct arena arena; /* theirs */
	bool is_open; /* between output_begin and output_end */
	uint32_t job; /* of what it makes; 0: of none */
	struct unit now;
	struct buf files, needs, gives; /* of `now` */
	const struct unit *was; /* what it was in the state before */
	struct buf squeezed, piece; /* piece: of a file that is compared */
	struct compressor *compressor; /* made when first wanted */
	struct output_count all, changed; /* changed: those whose content is new */
};

/* Be the only one that writes to OUT, until tree_unlock() or the end of the process: wait for who
 * does so now. `stop`: as in struct site_options. -1 in `lock` where it fails. Errors: ERR_EXISTS
 * where OUT holds something else; ERR_BUSY when it was to stop; ERR_USAGE, ERR_IO. */
int tree_lock(int *lock, const char *out, const atomic_bool *stop, struct err *err);
void tree_unlock(int lock, const char *out);
/* Find out which tree is whose, and make the one to write what is shown, or empty. `inputs`,
 * `compresses`, `rest_s` and the first byte of `version` are set; the rest of it is, before
 * anything is written, and `report`, before the end. Errors: ERR_EXISTS where OUT holds something
 * else; ERR_IO, ERR_FULL. */
int tree_begin(struct tree *t, const char *out, bool is_anew, struct err *err);
/* Is what is shown at OUT the last build's, from these inputs, and both trees are there? Then
 * append its report. */
bool tree_is_of(struct buf *report, const char *out, const struct digest *inputs);
/* A hand on it; output_release(). */
void output_init(struct output *o, struct tree *t);

/* Before anything is made: say what all jobs are made from, job 1 first. Units of those that were
 * made from the same stay, and it is true in `is_kept`. Counted in `o`. */
void output_keep_jobs(struct output *o, const struct digest *jobs, size_t n, bool *is_kept);
/* Does the unit stay because what it shows of itself has the digest `own` still, and no page shows
 * another document otherwise than before? */
bool output_is_as_before(struct output *o, struct str name, const struct digest *own);
/* Is the unit `name` as it was made from what now has that digest? Then it stays, and true; else
 * what is written until output_end() belongs to it. */
bool output_begin(struct output *o, struct str name, const struct digest *shows);
/* Remember `own` for output_is_as_before(); after output_begin(), whatever that said. */
void output_own(struct output *o, struct str name, const struct digest *own);
void output_end(struct output *o);
/* Numbers for the unit that ends next (struct unit). */
void output_needs(struct output *o, uint32_t what);
void output_gives(struct output *o, uint32_t what);
/* Write a file at `path` within the tree, where its content is new; folders are made as needed.
 * Outside of a unit it is one by itself, which is made each time. Not flushed to the disk.
 * Errors: ERR_EXISTS where two pages have one name (a bug), ERR_IO, ERR_FULL. */
int output_file(struct output *o, const char *path, struct str bytes, struct err *err);
/* The same for what is not in one piece, and too long for smaller forms. */
int output_rope(struct output *o, const char *path, const struct rope *bytes, struct err *err);
/* Make `from`, which never changes, appear at `path` too: a hard link, or a copy where the folder
 * is on another file system. One that is there already stays. Errors: ERR_IO, ERR_FULL. */
int output_link(struct output *o, const char *path, const char *from, struct err *err);
void output_release(struct output *o);

/* When all files are written: begin to flush them to the disk, while the rest is done, unless they
 * are many. */
void tree_flush_begin(struct tree *t);
/* Remove what no unit holds any more. Errors: ERR_EXISTS (two units want one file), ERR_IO,
 * ERR_FULL. */
int tree_settle(struct tree *t, struct err *err);
/* Link what has changed before and stays, flush everything, write its state and turn the link. The
 * first time, the other tree becomes the same. Errors: ERR_IO, ERR_FULL. */
int tree_finish(struct tree *t, const struct output *const *hands, size_t n, struct err *err);
/* After that, make the tree that was shown before the same: something in it may be kept no longer,
 * or there is none any more. Errors: ERR_IO. */
int tree_follow(struct tree *t, struct err *err);
bool tree_has_other(const struct tree *t);
/* Close; a tree that did not get finished and began empty is removed. */
void tree_release(struct tree *t);

/* --- shared by the files behind this header --- */

/* May a site be written there? Errors: ERR_USAGE, ERR_EXISTS, ERR_IO. */
int tree_check_out(const char *out, struct err *err);

/* Has this build a file there, but for kept units? Then it stays; tree_note_change() where it is
 * not what is shown. */
bool tree_is_claimed(const struct tree *t, struct str path);
void tree_note_change(struct tree *t, struct str path);
/* Write a file: over one that nobody sees any more, or a new one. Errors: ERR_IO, ERR_FULL. */
int tree_write(struct tree *t, const char *path, struct str bytes, struct err *err);
/* The same for a long one, of which the disk is given what differs. `piece` is to read through. */
int tree_write_rope(
    struct tree *t, const char *path, const struct rope *bytes, struct buf *piece, struct err *err);
/* Does the tree that is shown have it with those bytes? */
bool tree_has(const struct tree *t, const char *path, const struct rope *bytes, struct buf *piece);
/* Make the folders that `path` within the open folder `at` stands in. */
int tree_make_folders(const struct tree *t, int at, struct str path, struct err *err);
/* A file, and its smaller forms. */
enum { TREE_SIBLINGS = 3 };
extern const char *const tree_siblings[TREE_SIBLINGS];
/* Wait until what tree_flush_begin() found is past a power cut; where it left that alone, flush
 * everything. Errors: ERR_IO. */
int tree_flush(struct tree *t, struct err *err);
/* When the tree is complete, where the link could be turned on the disk before that is. Errors:
 * ERR_IO. */
int tree_flush_links(const struct tree *t, struct err *err);
/* Remove a file, and the folders above that it leaves empty. */
void tree_unlink(int at, const char *path);
/* Make each of `changes` in `to` what it is in `from`, or gone as there. Those among `n` sorted
 * paths are left alone. Errors: ERR_IO, ERR_FULL. */
int tree_repeat(const struct tree *t, int from, int to, struct str changes, const struct str *but,
    size_t n, struct err *err);
int tree_by_path(const void *a, const void *b); /* of struct str */
/* What led to the site that is shown, but for what is new since: until then `folder` lacks it. */
int tree_catch_up(const struct tree *t, struct err *err);

#endif
