/* SPDX-License-Identifier: Apache-2.0 */
#include "site/output.h"

#include "base/mem.h"
#include "base/threads.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * A few files are flushed one by one, for the whole file system may have much else to write. Each
 * waits until the disk has emptied its cache; those that wait at once do so together.
 */
enum { FLUSHED_ONE_BY_ONE = 200 };

struct few {
	const struct tree *tree;
	pthread_mutex_t lock; /* of what follows */
	bool has_folder; /* the tree's own is somebody's */
	struct str changes; /* those nobody has taken */
	struct err err; /* the first */
};

/* The folder comes first: what is in it stands there already, and whoever waits for the disk later
 * than the others waits alone. */
static bool take(struct few *f, struct state_file *file)
{
	pthread_mutex_lock(&f->lock);
	*file = (struct state_file){.path = STR(".")};
	bool is = !f->err.code && (!f->has_folder || state_take_file(&f->changes, file));
	f->has_folder = true;
	pthread_mutex_unlock(&f->lock);
	return is;
}

static void fail(struct few *f, const char *path)
{
	pthread_mutex_lock(&f->lock);
	if (!f->err.code)
		err_errno(&f->err, "cannot flush %s/%s to the disk", f->tree->path.ptr, path);
	pthread_mutex_unlock(&f->lock);
}

static void flush_some(void *ctx)
{
	struct few *f = ctx;
	struct state_file file;
	char path[PATH_MAX];
	while (take(f, &file))
		for (size_t i = 0; i < TREE_SIBLINGS; i++) {
			snprintf(path, sizeof path, "%.*s%s", STR_FMT(file.path), tree_siblings[i]);
			int fd = openat(f->tree->folder, path, O_RDONLY | O_CLOEXEC);
			if (fd < 0)
				continue; /* it is gone */
			if (fsync(fd) != 0)
				fail(f, path);
			close(fd);
		}
}

static int flush_changes(const struct tree *t, struct err *err)
{
	struct few f = {.tree = t, .changes = buf_str(&t->changes)};
	pthread_mutex_init(&f.lock, NULL);
	/* All have the one context; they wait for the disk: more than there are processors. */
	size_t n = t->nchanges + 1;
	threads_run(flush_some, &f, 0, n < THREADS_MAX ? n : THREADS_MAX);
	pthread_mutex_destroy(&f.lock);
	if (f.err.code)
		*err = f.err;
	return f.err.code;
}

/* --- all at once --- */

static int flush_all(const struct tree *t, struct err *err)
{
	return syncfs(t->folder) ? err_errno(err, "cannot flush %s to the disk", t->path.ptr) : 0;
}

/* A thread that flushes whenever much has been written. The system tells of what it could not write
 * once: `err` has it until the end. */
struct flusher {
	struct tree *tree;
	pthread_t thread;
	pthread_cond_t wake; /* with the tree's lock, as what follows */
	bool is_wanted, is_over;
	struct err err;
};
enum { EARLY_BYTES = 32 * 1024 * 1024 };

static void *flush_early(void *ctx)
{
	struct flusher *f = ctx;
	struct tree *t = f->tree;
	pthread_mutex_lock(&t->lock);
	while (!f->is_over && !f->err.code) {
		if (!f->is_wanted) {
			pthread_cond_wait(&f->wake, &t->lock);
			continue;
		}
		f->is_wanted = false;
		pthread_mutex_unlock(&t->lock);
		flush_all(t, &f->err);
		pthread_mutex_lock(&t->lock);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

void tree_flush_early(struct tree *t, uint64_t bytes)
{
	t->unflushed += bytes;
	if (t->unflushed < EARLY_BYTES)
		return;
	t->unflushed = 0;
	if (!t->flusher) {
		struct flusher *f = mem_alloc(sizeof *f);
		f->tree = t;
		pthread_cond_init(&f->wake, NULL);
		if (pthread_create(&f->thread, NULL, flush_early, f) == 0) {
			t->flusher = f;
		} else {
			pthread_cond_destroy(&f->wake);
			free(f);
		}
	}
	if (t->flusher) {
		t->flusher->is_wanted = true;
		pthread_cond_signal(&t->flusher->wake);
	}
}

/* Returns what went wrong. */
static struct err end(struct tree *t)
{
	struct flusher *f = t->flusher;
	struct err err = {0};
	if (!f)
		return err;
	pthread_mutex_lock(&t->lock);
	f->is_over = true;
	pthread_cond_signal(&f->wake);
	pthread_mutex_unlock(&t->lock);
	pthread_join(f->thread, NULL);
	pthread_cond_destroy(&f->wake);
	err = f->err;
	free(f);
	t->flusher = NULL;
	return err;
}

void tree_flush_end(struct tree *t)
{
	end(t);
}

int tree_flush(struct tree *t, struct err *err)
{
	*err = end(t);
	if (err->code)
		return err->code;
	if (t->has_old && t->nchanges <= FLUSHED_ONE_BY_ONE)
		return flush_changes(t, err);
	return flush_all(t, err);
}
