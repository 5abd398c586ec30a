/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int map(struct str *out, const char *path, int how, struct err *err)
{
	struct stat st;
	void *at = NULL;
	*out = STR_EMPTY;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "cannot open %s", path);
	int bad = fstat(fd, &st) != 0;
	if (!bad && st.st_size)
		at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | how, fd, 0);
	if (bad || at == MAP_FAILED)
		bad = err_errno(err, "cannot read %s", path);
	else if (at)
		*out = str_of(at, (size_t)st.st_size);
	close(fd);
	return bad;
}

/* All of it is read: page by page it would come slower. */
int file_map(struct str *out, const char *path, struct err *err)
{
	return map(out, path, MAP_POPULATE, err);
}

int file_map_parts(struct str *out, const char *path, struct err *err)
{
	return map(out, path, 0, err);
}

void file_unmap(struct str *bytes)
{
	if (bytes->len)
		munmap((void *)(uintptr_t)bytes->ptr, bytes->len);
	*bytes = STR_EMPTY;
}

int file_read(struct buf *out, const char *path, size_t max_bytes, struct err *err)
{
	size_t before = out->len;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "cannot open %s", path);
	for (;;) {
		buf_reserve(out, 32 * 1024);
		ssize_t n = read(fd, out->ptr + out->len, 32 * 1024);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_errno(err, "cannot read %s", path);
			break;
		}
		out->len += (size_t)n;
		out->ptr[out->len] = 0;
		if (out->len - before > max_bytes) {
			err_set(err, ERR_LIMIT, "%s is larger than the %zu bytes allowed", path,
			    max_bytes);
			break;
		}
		if (n == 0) {
			close(fd);
			return 0;
		}
	}
	close(fd);
	out->len = before;
	return err->code;
}

int file_write_fd(int fd, const char *path, struct str bytes, struct err *err)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "cannot write %s", path);
		bytes = str_sub(bytes, (size_t)n, bytes.len);
	}
	return 0;
}

static int sync_fd(int fd, const char *path, struct err *err)
{
	if (fsync(fd) == 0)
		return 0;
	err_errno(err, "cannot fsync %s", path);
	return err->code = ERR_IO;
}

static int sync_path(const char *path, int flags, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	if (fd < 0)
		return err_errno(err, "cannot open %s", path);
	int bad = sync_fd(fd, path, err);
	close(fd);
	return bad;
}

int file_sync(const char *path, struct err *err)
{
	return sync_path(path, 0, err);
}

int file_sync_dir(const char *path, struct err *err)
{
	return sync_path(path, O_DIRECTORY, err);
}

static int sync_parent(const char *path, struct err *err)
{
	char copy[PATH_MAX];
	snprintf(copy, sizeof copy, "%s", path);
	return file_sync_dir(dirname(copy), err);
}

/* `bad`: it could not be written. */
static int close_fd(int fd, const char *path, int bad, bool is_durable, struct err *err)
{
	bad = bad || (is_durable && sync_fd(fd, path, err));
	if (close(fd) && !bad)
		bad = err_errno(err, "cannot close %s", path);
	return bad ? err->code : 0;
}

static int write_fd(int fd, const char *path, struct str bytes, bool is_durable, struct err *err)
{
	return close_fd(fd, path, file_write_fd(fd, path, bytes, err), is_durable, err);
}

/* A device or pipe that lost its name to a file would be missed: /dev/stdout, say. */
int file_check_plain(const char *path, struct err *err)
{
	struct stat st;
	if (stat(path, &st) || S_ISREG(st.st_mode))
		return 0;
	return err_set(err, ERR_EXISTS, "%s is %s; name a file", path,
	    S_ISDIR(st.st_mode) ? "a folder" : "no plain file");
}

int file_take_name(const char *aside, const char *path, struct err *err)
{
	if (rename(aside, path))
		return err_errno(err, "cannot rename %s to %s", aside, path);
	return sync_parent(path, err);
}

static int replace(
    const char *path, struct str bytes, unsigned mode, bool is_durable, struct err *err)
{
	char aside[PATH_MAX];
	if (snprintf(aside, sizeof aside, "%s.new", path) >= (int)sizeof aside)
		return err_set(err, ERR_LIMIT, "path too long: %s", path);
	if (is_durable && file_check_plain(path, err))
		return err->code;
	int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return err_errno(err, "cannot create %s", aside);
	if (write_fd(fd, aside, bytes, is_durable, err))
		goto fail;
	if (rename(aside, path)) {
		err_errno(err, "cannot rename %s to %s", aside, path);
		goto fail;
	}
	return is_durable ? sync_parent(path, err) : 0;
fail:
	unlink(aside);
	return err->code;
}

/* Who gets a lease to write is alone with it, fcntl(2). Somebody who opens it until that is given
 * back sends a signal, which is to be one that ends no process. */
static bool may_be_read(int fd)
{
	if (fcntl(fd, F_SETSIG, SIGURG) != 0 || fcntl(fd, F_SETLEASE, F_WRLCK) != 0)
		return true;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return false;
}

int file_open_again(int at, const char *path, size_t bytes)
{
	struct stat st;
	int fd = openat(at, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 && !may_be_read(fd) &&
	    ((size_t)st.st_size <= bytes || ftruncate(fd, (off_t)bytes) == 0))
		return fd;
	close(fd);
	return -1;
}

int file_write(const char *path, struct str bytes, unsigned mode, struct err *err)
{
	return replace(path, bytes, mode, true, err);
}

int file_write_cache(const char *path, struct str bytes, unsigned mode, struct err *err)
{
	int fd = file_open_again(AT_FDCWD, path, bytes.len);
	return fd >= 0 ? write_fd(fd, path, bytes, false, err)
		       : replace(path, bytes, mode, false, err);
}

int file_create(const char *path, struct str bytes, unsigned mode, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return err_errno(err, "cannot create %s", path);
	if (write_fd(fd, path, bytes, true, err)) {
		unlink(path);
		return err->code;
	}
	return sync_parent(path, err);
}

int file_append(const char *path, struct str bytes, unsigned mode, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode);
	if (fd < 0)
		return err_errno(err, "cannot open %s", path);
	off_t end = lseek(fd, 0, SEEK_END);
	if (file_write_fd(fd, path, bytes, err)) {
		if (err->code == ERR_FULL && (end < 0 || ftruncate(fd, end)))
			err->code = ERR_IO;
		close(fd);
		return err->code;
	}
	return write_fd(fd, path, STR_EMPTY, true, err);
}

int file_mkdirs(const char *path, unsigned mode, struct err *err)
{
	char copy[PATH_MAX];
	if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy)
		return err_set(err, ERR_LIMIT, "path too long: %s", path);
	for (char *p = copy + 1;; p++) {
		if (*p && *p != '/')
			continue;
		char keep = *p;
		*p = 0;
		if (mkdir(copy, (mode_t)mode) && errno != EEXIST)
			return err_errno(err, "cannot make folder %s", copy);
		*p = keep;
		if (!keep)
			return 0;
	}
}

int file_room(const char *path, uint64_t *bytes, struct err *err)
{
	struct statvfs st;
	*bytes = 0;
	if (statvfs(path, &st))
		return err_errno(err, "cannot see how much room %s has", path);
	*bytes = (uint64_t)st.f_bavail * st.f_frsize;
	return 0;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

int file_remove_tree(const char *path, struct err *err)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) && errno != ENOENT)
		return err_errno(err, "cannot remove %s", path);
	return 0;
}
