/* SPDX-License-Identifier: Apache-2.0 */
/* One build at a time: of two, each would write over what the other has just shown. */
#include "site/output.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Is the folder at `path` the open one, and not another by now? */
static bool is_at(int fd, const char *path)
{
	struct stat mine, there;
	return fstat(fd, &mine) == 0 && stat(path, &there) == 0 && mine.st_dev == there.st_dev &&
	       mine.st_ino == there.st_ino;
}

static int open_folder(const char *path, struct err *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = open(path, flags);
	if (fd < 0 && errno == ENOENT) {
		if (file_mkdirs(path, 0755, err) != 0)
			return -1;
		fd = open(path, flags);
	}
	if (fd < 0)
		err_errno(err, "cannot open %s", path);
	return fd;
}

/* False when it is to stop. A system that has no locks there is trusted to have no second build. */
static bool wait_for(int fd, const atomic_bool *stop)
{
	const struct timespec moment = {.tv_nsec = 20 * 1000 * 1000};
	while (flock(fd, LOCK_EX | LOCK_NB) != 0 && (errno == EWOULDBLOCK || errno == EINTR)) {
		if (stop && atomic_load(stop))
			return false;
		nanosleep(&moment, NULL);
	}
	return true;
}

int tree_lock(int *lock, const char *out, const atomic_bool *stop, struct err *err)
{
	struct buf path = BUF_INIT;
	int fd = -1, bad = tree_check_out(out, err);
	buf_printf(&path, "%s.d", out);
	for (bool is = false; !bad && !is;) {
		if (fd >= 0)
			close(fd);
		fd = open_folder(path.ptr, err);
		bad = fd < 0 ? err->code : 0;
		if (!bad && !wait_for(fd, stop))
			bad = err_set(err, ERR_BUSY, "another build writes to %s", out);
		is = !bad && is_at(fd, path.ptr);
	}
	if (bad && fd >= 0) {
		close(fd);
		fd = -1;
	}
	buf_release(&path);
	*lock = fd;
	return bad;
}

void tree_unlock(int lock, const char *out)
{
	struct buf path = BUF_INIT;
	if (lock < 0)
		return;
	buf_printf(&path, "%s.d", out);
	rmdir(path.ptr); /* where there is no site: nobody asked for that folder */
	buf_release(&path);
	close(lock);
}
