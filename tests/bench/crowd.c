/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many mirrors at once on one hub: each has its own connection and session (sync/session.h), takes
 * the handshake, decrypts and expands what comes, and acknowledges it. None keeps anything: all
 * say they hold what the hub's store holds, so what is measured is the hub, beside a crowd that
 * costs little.
 *
 *   crowd STORE PORT N PID ACTION…
 *
 * Connects N to the daemon PID of STORE, then runs ACTION, which publishes one entry. Prints
 * "<ms until all are in sync> <resident KiB of the daemon then> <and after ACTION> <ms from the
 * start of ACTION until the hub has it> <until the first has it> <until the last>".
 */
#include "base/hash.h"
#include "base/mem.h"
#include "store/store.h"
#include "sync/session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Fewer than the hub's limit on handshakes that are under way. */
enum { CROWD_MAX = 256, AT_ONCE = 32, PATIENCE_MS = 60000 };

struct mirror {
	int fd;
	struct session *session;
	bool is_up, is_in_sync, has_news;
};

static struct mirror crowd[CROWD_MAX];
static size_t ncrowd, nup, nsync, nnews;
static struct store *store;

static _Noreturn void stop(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("crowd: ", stderr);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void join_in(unsigned port)
{
	struct mirror *m = &crowd[ncrowd++];
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct session_config c = {.initiator = true, .hub = ""};
	struct buf network = BUF_INIT;
	struct local_state l;
	int one = 1;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	m->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (m->fd < 0 || connect(m->fd, (struct sockaddr *)&a, sizeof a))
		stop("cannot connect number %zu: %s", ncrowd, strerror(errno));
	fcntl(m->fd, F_SETFL, O_NONBLOCK);
	setsockopt(m->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	buf_unhex(&network, str_from(store->network));
	memcpy(c.network.bytes, network.ptr, sizeof c.network.bytes);
	random_bytes(c.link_secret, sizeof c.link_secret);
	random_bytes(c.incarnation, sizeof c.incarnation);
	store_state(store, &l);
	m->session = session_new(&c, &l, (int64_t)now_ms());
	buf_release(&network);
}

/* What the hub has is what we say we have: read from its own store. */
static void take_news(struct mirror *m)
{
	struct err err;
	struct local_state l;
	if (store_refresh(store, &err))
		stop("%s", err.msg);
	store_state(store, &l);
	m->has_news = true;
	nnews++;
	session_local(m->session, &l);
}

static void take_events(struct mirror *m)
{
	struct session_event e;
	while (session_event(m->session, &e)) {
		if (e.kind == SESSION_CLOSED)
			stop("a link was closed: %s", e.text);
		if (e.kind == SESSION_UP && !m->is_up) {
			m->is_up = true;
			nup++;
		} else if (e.kind == SESSION_IN_SYNC && !m->is_in_sync) {
			m->is_in_sync = true;
			nsync++;
		} else if (e.kind == SESSION_ENTRIES && !m->has_news) {
			take_news(m);
		}
	}
}

static void move(struct mirror *m)
{
	char block[16384];
	ssize_t n;
	while ((n = read(m->fd, block, sizeof block)) > 0)
		session_feed(m->session, str_of((uint8_t *)block, (size_t)n), (int64_t)now_ms());
	if (n == 0)
		stop("the hub has hung up");
	session_tick(m->session, (int64_t)now_ms());
	take_events(m);
	for (struct str out; (out = session_output(m->session)).len;) {
		n = write(m->fd, out.ptr, out.len);
		if (n <= 0)
			break;
		session_sent(m->session, (size_t)n);
	}
}

static void step(void)
{
	struct pollfd p[CROWD_MAX];
	for (size_t i = 0; i < ncrowd; i++)
		p[i] = (struct pollfd){.fd = crowd[i].fd, .events = POLLIN};
	poll(p, ncrowd, 1);
	for (size_t i = 0; i < ncrowd; i++)
		if (p[i].revents || !crowd[i].is_up)
			move(&crowd[i]);
}

static unsigned long resident_kib(const char *pid)
{
	char path[64], line[256];
	unsigned long kib = 0;
	snprintf(path, sizeof path, "/proc/%s/status", pid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "VmRSS: %lu", &kib) == 1)
			break;
	if (!f || fclose(f) || !kib)
		stop("there is no process %s", pid);
	return kib;
}

static pid_t start(char **argv)
{
	pid_t child = fork();
	if (child == 0) {
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	return child;
}

static void gather(size_t n, unsigned port)
{
	double begun = now_ms();
	while (nsync < n) {
		while (ncrowd < n && ncrowd - nup < AT_ONCE)
			join_in(port);
		step();
		if (now_ms() - begun > PATIENCE_MS)
			stop("only %zu of %zu are in sync", nsync, n);
	}
}

int main(int argc, char **argv)
{
	struct buf ref = BUF_INIT;
	struct stat before, after;
	struct err err;
	double here = 0, first = 0, last = 0;
	int status;
	if (argc < 6) {
		fprintf(stderr, "usage: crowd STORE PORT N PID ACTION…\n");
		return 2;
	}
	size_t n = strtoul(argv[3], NULL, 10);
	if (n == 0 || n > CROWD_MAX)
		stop("1 to %d mirrors", CROWD_MAX);
	hash_init();
	if (store_open(&store, argv[1], STORE_READ, &err))
		stop("%s", err.msg);
	store_path(store, &ref, "store.git/refs/heads/main");
	double begun = now_ms();
	gather(n, (unsigned)strtoul(argv[2], NULL, 10));
	double gathered = now_ms() - begun;
	unsigned long idle = resident_kib(argv[4]);
	if (stat(ref.ptr, &before))
		stop("there is no %s", ref.ptr);
	begun = now_ms();
	pid_t action = start(argv + 5);
	while (nnews < n) {
		step();
		if (!(here > 0) && stat(ref.ptr, &after) == 0 && after.st_ino != before.st_ino)
			here = now_ms() - begun;
		if (!(first > 0) && nnews)
			first = now_ms() - begun;
		if (now_ms() - begun > PATIENCE_MS)
			stop("only %zu of %zu have the news", nnews, n);
	}
	last = now_ms() - begun;
	if (waitpid(action, &status, 0) != action || status)
		stop("%s failed", argv[5]);
	printf("%.0f %lu %lu %.1f %.1f %.1f\n", gathered, idle, resident_kib(argv[4]), here, first,
	    last);
	store_close(store);
	buf_release(&ref);
	return 0;
}
