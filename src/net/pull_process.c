/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pull_process.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LOOK_MS = 250,
	TALK_KEPT = 4096, /* the end of it */
	TALK_BYTES_MAX = 16 * 1024 * 1024, /* progress of a transfer that takes days is less */
	CANNOT_RUN = 127,
};
/* A pack is mapped as a whole. */
#define MEMORY_EXTRA (UINT64_C(2) * 1024 * 1024 * 1024)
/* The watch says better what is wrong, if it comes in time. */
#define FILE_EXTRA (UINT64_C(512) * 1024 * 1024)

struct running {
	const struct process *p;
	pid_t pid;
	struct pollfd pipes[2]; /* its standard output and error */
	struct buf *out, *talk;
	uint64_t talk_bytes, size;
	int64_t moved_ms; /* when something was written or grew */
};

static void limit(unsigned what, uint64_t most)
{
	const struct rlimit r = {.rlim_cur = most, .rlim_max = most};
	setrlimit(what, &r); /* on top of the watch, not instead of it */
}

/* After fork(): only what is safe there. */
static void become(const struct process *p, int in, int out, int talk)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, p->size_max + FILE_EXTRA);
	limit(RLIMIT_AS, 2 * p->size_max + MEMORY_EXTRA);
	if (dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(talk, 2) == 2 &&
	    close_range(3, ~0U, 0) == 0)
		execvpe(p->argv[0], (char *const *)(uintptr_t)p->argv,
		    (char *const *)(uintptr_t)p->env);
	_exit(CANNOT_RUN);
}

static int start(struct running *r, struct err *err)
{
	int out[2] = {-1, -1}, talk[2] = {-1, -1}, in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	r->pid = -1;
	if (in >= 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(talk, O_CLOEXEC) == 0)
		r->pid = fork();
	if (r->pid == 0)
		become(r->p, in, out[1], talk[1]);
	int bad = r->pid < 0 ? err_errno(err, "cannot start %s", r->p->argv[0]) : 0;
	if (!bad)
		setpgid(r->pid, r->pid); /* whoever of us comes first */
	close(in);
	close(out[1]);
	close(talk[1]);
	r->pipes[0] = (struct pollfd){.fd = out[0], .events = POLLIN};
	r->pipes[1] = (struct pollfd){.fd = talk[0], .events = POLLIN};
	return bad;
}

static void keep_end(struct buf *talk)
{
	if (talk->len > 2 * TALK_KEPT)
		buf_drop_front(talk, talk->len - TALK_KEPT);
}

static int take(struct running *r, int i, struct err *err)
{
	struct pollfd *p = &r->pipes[i];
	struct buf *to = i ? r->talk : r->out;
	char piece[8192];
	ssize_t n = read(p->fd, piece, sizeof piece);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0) {
		close(p->fd);
		p->fd = -1;
		return 0;
	}
	r->moved_ms = clock_now_ms();
	buf_add(to, str_of(piece, (size_t)n));
	if (i) {
		r->talk_bytes += (uint64_t)n;
		keep_end(to);
	}
	if (r->out->len > r->p->out_max || r->talk_bytes > TALK_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "%s talks without end", r->p->argv[0]);
	return 0;
}

static int look(struct running *r, struct err *err)
{
	uint64_t size = r->p->size ? r->p->size(r->p->ctx) : 0;
	if (size != r->size)
		r->moved_ms = clock_now_ms();
	r->size = size;
	if (size > r->p->size_max)
		return err_set(
		    err, ERR_LIMIT, "more than the %" PRIu64 " bytes allowed came", r->p->size_max);
	if (clock_now_ms() - r->moved_ms > (int64_t)r->p->stall_s * 1000)
		return err_set(err, ERR_IO, "nothing has moved for %u seconds", r->p->stall_s);
	return 0;
}

static int watch(struct running *r, struct err *err)
{
	int64_t looked_ms = 0;
	while (r->pipes[0].fd >= 0 || r->pipes[1].fd >= 0) {
		int n = poll(r->pipes, 2, LOOK_MS);
		for (int i = 0; i < 2 && n > 0; i++)
			if (r->pipes[i].fd >= 0 && r->pipes[i].revents && take(r, i, err))
				return err->code;
		if (clock_now_ms() - looked_ms < LOOK_MS)
			continue;
		looked_ms = clock_now_ms();
		if (look(r, err))
			return err->code;
	}
	return look(r, err);
}

/* With all that it started: its group goes before its number can be another's. */
static int end(struct running *r, int bad, struct err *err)
{
	siginfo_t info;
	int status = 0;
	if (bad)
		kill(-r->pid, SIGKILL);
	while (waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	kill(-r->pid, SIGKILL);
	while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (bad)
		return bad;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
		return err_set(
		    err, ERR_LIMIT, "more than the %" PRIu64 " bytes allowed came", r->p->size_max);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_RUN)
		return err_set(err, ERR_IO, "%s cannot be run: is it installed?", r->p->argv[0]);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return err_set(err, ERR_PEER, "%s failed", r->p->argv[0]);
	return 0;
}

int process_run(const struct process *p, struct buf *out, struct buf *talk, struct err *err)
{
	struct running r = {.p = p, .out = out, .talk = talk, .moved_ms = clock_now_ms()};
	int bad = start(&r, err);
	if (!bad)
		bad = end(&r, watch(&r, err), err);
	for (int i = 0; i < 2; i++)
		if (r.pipes[i].fd >= 0)
			close(r.pipes[i].fd);
	return bad;
}
