/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every command of Belfry on a disk that fails where a test says: linked with the commands as they
 * are, this stands between them (and their libraries) and the calls that write. Loading the
 * libraries and starting them costs more than most commands do (libgit2 reads all certificates of
 * the system), so that is done once and each request gets a fork.
 *
 *   failing REQUESTS REPLIES     two fifos; it ends when nobody has the first open for writing
 *
 * A request is lines, and an empty one ends it:
 *   CALLS     the calls that count, with commas around each: ,write,fsync,
 *   FILE      only those on paths that hold this
 *   N         which of them fails; 0 for none
 *   HOW       KILL: the process dies as that call begins; EIO, ENOSPC, EPERM: that call fails
 *             with it; SHORT: a write takes half of what it was given
 *   OUT ERR   files to append what is printed to, a line each
 *   WORD      of the command, a line each
 * The reply is one line: the exit status (128 and the signal, if that ended it), how many calls
 * counted, and the name of the one that failed or "-".
 *
 * What writes to a pipe, a socket or a terminal never counts, nor does opening what is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <git2/global.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 64 };
enum how { KILL, SHORT, FAIL };

/* Set in the fork before its command runs; the parent keeps `calls` NULL, and nothing counts. */
static const char *calls, *only;
static long fails_at;
static enum how how;
static int failure;
static struct seen {
	atomic_long n;
	char name[32];
} * seen; /* shared with the parent */

static bool is_the_one(const char *name, const char *path)
{
	char listed[40];
	snprintf(listed, sizeof listed, ",%s,", name);
	if (!strstr(path, only) || !strstr(calls, listed) ||
	    atomic_fetch_add(&seen->n, 1) + 1 != fails_at)
		return false;
	snprintf(seen->name, sizeof seen->name, "%s", name);
	if (how == KILL)
		for (kill(getpid(), SIGKILL);;)
			pause();
	return true;
}

static bool is_the_one_at(const char *name, int folder, const char *path)
{
	char link[64], full[2 * PATH_MAX];
	if (!calls)
		return false;
	if (path[0] == '/' || folder == AT_FDCWD)
		return is_the_one(name, path);
	snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
	ssize_t n = readlink(link, full, PATH_MAX);
	snprintf(full + (n > 0 ? n : 0), PATH_MAX, "/%s", path);
	return is_the_one(name, full);
}

static bool is_the_one_open(const char *name, int fd)
{
	struct stat st;
	return calls && fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) &&
	       is_the_one_at(name, fd, "");
}

/* --- the calls; each is the system's own unless it is the one --- */

static long failed(void)
{
	errno = failure;
	return -1;
}

#define UNLESS(is_one, ...) ((is_one) && how == FAIL ? failed() : syscall(__VA_ARGS__))

static size_t taken(bool is_one, size_t n)
{
	return is_one && how == SHORT && n > 1 ? n / 2 : n;
}

ssize_t write(int fd, const void *p, size_t n)
{
	bool is_one = is_the_one_open("write", fd);
	return UNLESS(is_one, SYS_write, fd, p, taken(is_one, n));
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	bool is_one = is_the_one_open("pwrite", fd);
	return UNLESS(is_one, SYS_pwrite64, fd, p, taken(is_one, n), at);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
	return pwrite(fd, p, n, at);
}

int fsync(int fd)
{
	return (int)UNLESS(is_the_one_open("fsync", fd), SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return (int)UNLESS(is_the_one_open("fdatasync", fd), SYS_fdatasync, fd);
}

int syncfs(int fd)
{
	return (int)UNLESS(is_the_one_open("syncfs", fd), SYS_syncfs, fd);
}

int ftruncate(int fd, off_t n)
{
	return (int)UNLESS(is_the_one_open("ftruncate", fd), SYS_ftruncate, fd, n);
}

int ftruncate64(int fd, off_t n)
{
	return ftruncate(fd, n);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	bool is_one = is_the_one_at("rename", to_folder, to);
	return (int)UNLESS(is_one, SYS_renameat2, from_folder, from, to_folder, to, 0);
}

int rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
	bool is_one = is_the_one_at("rename", to_folder, to);
	return (int)UNLESS(is_one, SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
	bool is_one = is_the_one_at("link", to_folder, to);
	return (int)UNLESS(is_one, SYS_linkat, from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to)
{
	return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int symlinkat(const char *target, int folder, const char *path)
{
	return (int)UNLESS(
	    is_the_one_at("link", folder, path), SYS_symlinkat, target, folder, path);
}

int symlink(const char *target, const char *path)
{
	return symlinkat(target, AT_FDCWD, path);
}

int unlinkat(int folder, const char *path, int flags)
{
	return (int)UNLESS(
	    is_the_one_at("unlink", folder, path), SYS_unlinkat, folder, path, flags);
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdirat(int folder, const char *path, mode_t mode)
{
	return (int)UNLESS(is_the_one_at("mkdir", folder, path), SYS_mkdirat, folder, path, mode);
}

int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

static int open_file(int folder, const char *path, int flags, mode_t mode)
{
	bool is_one = flags & O_CREAT && is_the_one_at("open", folder, path);
	return (int)UNLESS(is_one, SYS_openat, folder, path, flags, mode);
}

/* The mode is there only where a file may be made. */
#define MODE(mode, flags)                                                                          \
	mode_t mode = 0;                                                                           \
	if ((flags)&O_CREAT) {                                                                     \
		va_list ap;                                                                        \
		va_start(ap, flags);                                                               \
		mode = va_arg(ap, mode_t);                                                         \
		va_end(ap);                                                                        \
	}

int open(const char *path, int flags, ...)
{
	MODE(mode, flags)
	return open_file(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	MODE(mode, flags)
	return open_file(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
	MODE(mode, flags)
	return open_file(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
	MODE(mode, flags)
	return open_file(folder, path, flags, mode);
}

/* --- requests --- */

/* The commands' main(), which the linker calls so (--wrap=main). */
int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);

struct request {
	char *calls, *only, *n, *how, *out, *err, *words[WORDS_MAX + 1];
	int nwords;
};

static bool read_line(char **line, FILE *f)
{
	size_t room = 0;
	*line = NULL;
	ssize_t n = getline(line, &room, f);
	if (n > 0 && (*line)[n - 1] == '\n')
		(*line)[n - 1] = 0;
	return n > 0;
}

static bool read_request(struct request *r, FILE *f)
{
	char **const head[] = {&r->calls, &r->only, &r->n, &r->how, &r->out, &r->err};
	*r = (struct request){.nwords = 0};
	for (size_t i = 0; i < sizeof head / sizeof *head; i++)
		if (!read_line(head[i], f))
			return false;
	while (
	    r->nwords < WORDS_MAX && read_line(&r->words[r->nwords], f) && r->words[r->nwords][0])
		r->nwords++;
	free(r->words[r->nwords]);
	r->words[r->nwords] = NULL;
	return true;
}

static void free_request(struct request *r)
{
	char *const head[] = {r->calls, r->only, r->n, r->how, r->out, r->err};
	for (size_t i = 0; i < sizeof head / sizeof *head; i++)
		free(head[i]);
	for (int i = 0; i < r->nwords; i++)
		free(r->words[i]);
}

static void redirect(int fd, const char *path)
{
	int to = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
	if (to < 0 || dup2(to, fd) < 0) {
		perror(path);
		_exit(126);
	}
	close(to);
}

static _Noreturn void carry_out(struct request *r)
{
	redirect(STDOUT_FILENO, r->out);
	redirect(STDERR_FILENO, r->err);
	only = r->only;
	fails_at = strtol(r->n, NULL, 10);
	how = strcmp(r->how, "KILL") == 0 ? KILL : strcmp(r->how, "SHORT") == 0 ? SHORT : FAIL;
	failure = strcmp(r->how, "ENOSPC") == 0	 ? ENOSPC
		  : strcmp(r->how, "EPERM") == 0 ? EPERM
						 : EIO;
	calls = r->calls;
	exit(__real_main(r->nwords, r->words));
}

static int status_of(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int __wrap_main(int argc, char **argv)
{
	struct request r;
	FILE *requests = argc == 3 ? fopen(argv[1], "r") : NULL;
	int replies = argc == 3 ? open(argv[2], O_WRONLY | O_CLOEXEC) : -1;
	seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!requests || replies < 0 || seen == MAP_FAILED) {
		fprintf(stderr, "usage: failing REQUESTS REPLIES, two fifos\n");
		return 2;
	}
	git_libgit2_init();
	while (read_request(&r, requests)) {
		atomic_store(&seen->n, 0);
		snprintf(seen->name, sizeof seen->name, "-");
		pid_t pid = fork();
		if (pid == 0)
			carry_out(&r);
		int status = pid < 0 ? 125 : status_of(pid);
		dprintf(replies, "%d %ld %s\n", status, atomic_load(&seen->n), seen->name);
		free_request(&r);
	}
	git_libgit2_shutdown();
	fclose(requests);
	close(replies);
	return 0;
}
