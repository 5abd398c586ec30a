/* SPDX-License-Identifier: Apache-2.0 */
#include "site/output.h"

#include "base/mem.h"
#include "base/threads.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

/*
 * A few files are flushed one by one, for the whole file system may have much else to write. Each
 * waits until the disk has emptied its cache; those that wait at once do so together.
 */
enum { FLUSHED_ONE_BY_ONE = 200, FLUSHERS = 8 };

struct flusher {
	const struct tree *tree;
	pthread_t thread;
	bool has_thread; /* else it is done */
	size_t nchanges;
	struct buf all; /* the changes there were when it began */
	atomic_flag has_folder; /* the tree's own is somebody's */
	pthread_mutex_t lock; /* of what follows */
	struct str changes; /* those nobody has taken */
	struct err err; /* the first */
};

static bool take(struct flusher *f, struct state_file *file)
{
	pthread_mutex_lock(&f->lock);
	bool is = !f->err.code && state_take_file(&f->changes, file);
	pthread_mutex_unlock(&f->lock);
	return is;
}

static void fail(struct flusher *f, const char *path)
{
	pthread_mutex_lock(&f->lock);
	if (!f->err.code)
		err_errno(&f->err, "cannot flush %s/%s to the disk", f->tree->path.ptr, path);
	pthread_mutex_unlock(&f->lock);
}

static void flush(struct flusher *f, const char *path)
{
	int fd = openat(f->tree->folder, path, O_RDONLY | O_CLOEXEC);
	bool is_gone = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
	if (!is_gone && (fd < 0 || fsync(fd) != 0))
		fail(f, path);
	if (fd >= 0)
		close(fd);
}

/* The folder comes first: what is in it stands there already, and whoever waits for the disk later
 * than the others waits alone. */
static void flush_some(void *ctx)
{
	struct flusher *f = ctx;
	struct state_file file;
	char path[PATH_MAX];
	if (!atomic_flag_test_and_set(&f->has_folder))
		flush(f, ".");
	while (take(f, &file))
		for (size_t i = 0; i < TREE_SIBLINGS; i++) {
			snprintf(path, sizeof path, "%.*s%s", STR_FMT(file.path), tree_siblings[i]);
			flush(f, path);
		}
}

static void *flush_all(void *ctx)
{
	struct flusher *f = ctx;
	/* All have the one context; they wait for the disk: more than there are processors. */
	size_t n = f->nchanges + 1;
	threads_run(flush_some, f, 0, n < FLUSHERS ? n : FLUSHERS);
	return NULL;
}

void tree_flush_begin(struct tree *t)
{
	if (!t->has_old || t->nchanges > FLUSHED_ONE_BY_ONE)
		return;
	struct flusher *f = mem_alloc(sizeof *f);
	*f = (struct flusher){
	    .tree = t, .nchanges = t->nchanges, .all = BUF_INIT, .has_folder = ATOMIC_FLAG_INIT};
	buf_add(&f->all, buf_str(&t->changes));
	f->changes = buf_str(&f->all);
	pthread_mutex_init(&f->lock, NULL);
	t->flusher = f;
	f->has_thread = pthread_create(&f->thread, NULL, flush_all, f) == 0;
	if (!f->has_thread)
		flush_all(f);
}

int tree_flush(struct tree *t, struct err *err)
{
	struct flusher *f = t->flusher;
	if (!f)
		return syncfs(t->folder)
			   ? err_errno(err, "cannot flush %s to the disk", t->path.ptr)
			   : 0;
	if (f->has_thread)
		pthread_join(f->thread, NULL);
	int bad = f->err.code;
	if (bad)
		*err = f->err;
	t->flusher = NULL;
	pthread_mutex_destroy(&f->lock);
	buf_release(&f->all);
	free(f);
	return bad;
}

/* Ext4 and XFS have one journal: whoever flushes a file takes along what was linked before, too.
 * Source: statfs(2). */
enum { EXT4_MAGIC = 0xef53, XFS_MAGIC = 0x58465342 };

static bool keeps_order(int fd)
{
	struct statfs fs;
	return fstatfs(fd, &fs) == 0 && (fs.f_type == EXT4_MAGIC || fs.f_type == XFS_MAGIC);
}

int tree_flush_links(const struct tree *t, struct err *err)
{
	return keeps_order(t->folder) || syncfs(t->folder) == 0
		   ? 0
		   : err_errno(err, "cannot flush %s to the disk", t->path.ptr);
}
