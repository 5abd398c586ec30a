/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder a site is written to. OUT is a symbolic link to OUT.d/a or OUT.d/b; a build writes the
 * other of the two and then turns the link, so that a reader finds the old site or the new one and
 * never a mixture. Whatever is at OUT that is neither such a link nor an empty folder is somebody's
 * and is left alone.
 */
#ifndef BELFRY_SITE_OUTPUT_H
#define BELFRY_SITE_OUTPUT_H

#include "base/buf.h"
#include "base/err.h"

struct output {
	const char *out;
	struct buf tree; /* OUT.d/a or OUT.d/b */
	char name; /* 'a' or 'b' */
	int folder; /* open on the tree; -1 when closed */
	size_t files;
	uint64_t bytes;
};

/* Empty the tree to write. Errors: ERR_EXISTS where OUT holds something else; ERR_IO. */
int output_begin(struct output *o, const char *out, struct err *err);
/* Write a new file at `path` within the tree; folders are made as needed. Not flushed to the disk.
 * Errors: ERR_EXISTS where two pages have one name (a bug), ERR_IO. */
int output_file(struct output *o, const char *path, struct str bytes, struct err *err);
/* Make `from`, which never changes, appear at `path` too: a hard link, or a copy where the folder
 * is on another file system. One that is there already stays. Errors: ERR_IO, ERR_FULL. */
int output_link(struct output *o, const char *path, const char *from, struct err *err);
/* Flush everything at once and turn the link. */
int output_finish(struct output *o, struct err *err);
/* After that, remove the tree that was shown before: something in it may be kept no longer. Errors:
 * ERR_IO. */
int output_drop_old(const struct output *o, struct err *err);
/* Close; remove the tree of a build that did not finish. */
void output_release(struct output *o);

#endif
