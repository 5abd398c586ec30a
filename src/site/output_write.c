/* SPDX-License-Identifier: Apache-2.0 */
/* How a file gets its bytes: what is there is compared and written over before anything is created.
 */
#include "site/output.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a rope is compared with and written to. */
struct stream {
	int fd;
	struct buf *piece; /* read through one that stays in the processor's cache */
	const char *path;
	struct err *err;
};
enum { PIECE_BYTES = 128 * 1024 };

static bool is_next(void *ctx, struct str bytes)
{
	struct stream *s = ctx;
	bool is = true;
	buf_reset(s->piece);
	buf_reserve(s->piece, PIECE_BYTES);
	while (bytes.len && is) {
		size_t n = bytes.len < PIECE_BYTES ? bytes.len : PIECE_BYTES;
		is = read(s->fd, s->piece->ptr, n) == (ssize_t)n &&
		     memcmp(s->piece->ptr, bytes.ptr, n) == 0;
		bytes = str_sub(bytes, n, bytes.len);
	}
	return is;
}

bool tree_has(const struct tree *t, const char *path, const struct rope *bytes, struct buf *piece)
{
	struct stat st;
	int fd = openat(t->before, path, O_RDONLY | O_CLOEXEC);
	struct stream s = {.fd = fd, .piece = piece};
	bool is = fd >= 0 && fstat(fd, &st) == 0 && (size_t)st.st_size == rope_len(bytes) &&
		  rope_each(bytes, is_next, &s);
	if (fd >= 0)
		close(fd);
	return is;
}

/* The next name of a spare; nobody may have written the file that it is of. */
static bool next_spare(struct tree *t, char name[static PATH_MAX])
{
	struct state_file f;
	struct str rest = t->spares;
	bool is = false;
	while (!is && state_take_file(&rest, &f)) {
		is = !tree_is_claimed(t, f.path);
		if (is)
			snprintf(name, PATH_MAX, "%.*s%s", STR_FMT(f.path),
			    tree_siblings[t->spare_form++]);
		if (!is || t->spare_form == TREE_SIBLINGS) {
			t->spare_form = 0;
			t->spares = rest;
		}
	}
	return is;
}

/* To create a file and to free another costs a file system more than to write over that one, which
 * is linked in the end from the tree that is shown. -1: there is none. */
static int take_spare(struct tree *t, const char *path, size_t bytes)
{
	char name[PATH_MAX];
	int fd = -1;
	pthread_mutex_lock(&t->lock);
	while (fd < 0 && next_spare(t, name)) {
		fd = faccessat(t->before, name, F_OK, 0) == 0
			 ? file_open_again(t->folder, name, bytes)
			 : -1;
		if (fd >= 0 && renameat(t->folder, name, t->folder, path) != 0) {
			close(fd);
			fd = -1;
		}
	}
	pthread_mutex_unlock(&t->lock);
	return fd;
}

static int create(struct tree *t, const char *path, struct err *err)
{
	int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = openat(t->folder, path, flags, 0644);
	if (fd < 0 && errno == EEXIST) {
		unlinkat(t->folder, path, 0);
		fd = openat(t->folder, path, flags, 0644);
	}
	if (fd < 0 && errno == ENOENT) {
		if (tree_make_folders(t, t->folder, str_from(path), err) != 0)
			return -1;
		fd = openat(t->folder, path, flags, 0644);
	}
	if (fd < 0)
		err_errno(err, "cannot create %s/%s", t->path.ptr, path);
	return fd;
}

/* To write so many bytes to; what stands there already counts for nothing. If that is in no other
 * tree it is what was shown two builds ago. */
static int open_for(struct tree *t, const char *path, size_t bytes, struct err *err)
{
	int fd = t->is_at_rest ? file_open_again(t->folder, path, bytes) : -1;
	if (fd < 0)
		fd = take_spare(t, path, bytes);
	return fd < 0 ? create(t, path, err) : fd;
}

static int close_new(struct tree *t, int fd, const char *path, int bad, struct err *err)
{
	if (close(fd) != 0 && !bad)
		bad = err_errno(err, "cannot write %s/%s", t->path.ptr, path);
	return bad;
}

int tree_write(struct tree *t, const char *path, struct str bytes, struct err *err)
{
	int fd = open_for(t, path, bytes.len, err);
	return fd < 0 ? err->code
		      : close_new(t, fd, path, file_write_fd(fd, path, bytes, err), err);
}

/* Most of what a long file was two builds ago stands there still: the disk is not given that again.
 */
static bool write_next(void *ctx, struct str bytes)
{
	struct stream *s = ctx;
	off_t at = lseek(s->fd, 0, SEEK_CUR);
	if (is_next(ctx, bytes))
		return true;
	return at >= 0 && lseek(s->fd, at, SEEK_SET) == at &&
	       file_write_fd(s->fd, s->path, bytes, s->err) == 0;
}

int tree_write_rope(
    struct tree *t, const char *path, const struct rope *r, struct buf *piece, struct err *err)
{
	struct stream s = {
	    .fd = open_for(t, path, rope_len(r), err), .piece = piece, .path = path, .err = err};
	if (s.fd < 0)
		return err->code;
	*err = (struct err){0};
	bool good = rope_each(r, write_next, &s) && futimens(s.fd, NULL) == 0;
	if (!good && !err->code)
		err_errno(err, "cannot read %s/%s as it was", t->path.ptr, path);
	/* The disk may begin, so that less is left to wait for at the end. */
	if (good)
		sync_file_range(s.fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return close_new(t, s.fd, path, good ? 0 : err->code, err);
}
