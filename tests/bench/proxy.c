/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCP relay on loopback that counts payload and can be as bad as a real line. COUNTS.port gets
 * the port it listens on; COUNTS always holds "<bytes to the other side> <bytes to the dialling
 * side> <connections>", counted as they are handed over: after the bottleneck, without framing of
 * TCP and IP. The other side is a port here, or a command that gets each connection as standard
 * input and output, as inetd does it.
 *
 *   proxy [OPTION…] COUNTS PORT
 *   proxy [OPTION…] COUNTS -- COMMAND…
 *
 * -r BYTES       a second, each way; all connections share it, so more of them gain nothing
 * -d MS          on the way, each way; a new connection takes there and back
 * -b BYTES       wait before the bottleneck at most, each way (default: half a second's)
 * -c LO,HI,SEED  every LO to HI seconds all connections are reset and what was on the way is lost;
 *                the clock starts with the first connection. COUNTS.cuts gets a line for each:
 *                seconds, bytes to the dialling side
 * -x BYTE        the same once, after exactly so many bytes to the dialling side
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINKS_MAX = 256, PACKET = 1460, BLOCK = 65536, KERNEL_BUFFER = 8192 };

/* Bytes on the way: handed over at `due`. */
struct chunk {
	struct chunk *next;
	double due;
	size_t at, len;
	char bytes[];
};

/* One connection. Index 0 is the dialling side; way 0 leads from it. */
struct link {
	bool is_used;
	double dial_at; /* not there yet: end[1] is -1 */
	int end[2];
	struct chunk *first[2], *last[2];
	bool has_ended[2]; /* this end writes no more, */
	bool is_told[2]; /* and the other knows */
};

static struct {
	double rate, delay, buffer, low, high;
	uint64_t seed, cut_byte;
	unsigned port;
	char **command;
} is;

static struct link links[LINKS_MAX];
static struct pollfd polled[1 + 2 * LINKS_MAX];
static unsigned long long bytes[2], connections;
static double busy[2], begun, next_cut;
static unsigned turn[2];
static int counts = -1, cuts = -1;

static _Noreturn void stop(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void write_counts(void)
{
	char text[96];
	int n = snprintf(text, sizeof text, "%llu %llu %llu\n", bytes[0], bytes[1], connections);
	if (pwrite(counts, text, (size_t)n, 0) != n)
		stop("counts");
}

/* --- connections --- */

static struct sockaddr_in loopback(unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

/* With a model, what waits shall wait here and not in the kernel. */
static void set_up(int fd)
{
	int size = KERNEL_BUFFER, one = 1;
	if (is.rate > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static int listen_anywhere(const char *file)
{
	char path[4096], aside[4096];
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		stop("socket");
	set_up(fd);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 64) ||
	    getsockname(fd, (struct sockaddr *)&a, &len))
		stop("listen");
	snprintf(path, sizeof path, "%s.port", file);
	snprintf(aside, sizeof aside, "%s.port.part", file);
	FILE *f = fopen(aside, "w");
	if (!f || fprintf(f, "%u\n", ntohs(a.sin_port)) < 0 || fclose(f) || rename(aside, path))
		stop(path);
	return fd;
}

static int dial(void)
{
	struct sockaddr_in a = loopback(is.port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	set_up(fd);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int run(void)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -1;
	if (fork() == 0) {
		signal(SIGPIPE, SIG_DFL);
		signal(SIGCHLD, SIG_DFL);
		dup2(pair[1], STDIN_FILENO);
		dup2(pair[1], STDOUT_FILENO);
		execvp(is.command[0], is.command);
		_exit(127);
	}
	close(pair[1]);
	return pair[0];
}

static void drop_first(struct link *l, int way)
{
	struct chunk *c = l->first[way];
	l->first[way] = c->next;
	if (!c->next)
		l->last[way] = NULL;
	free(c);
}

/* At once, with a reset: what is on the way is lost. */
static void hang_up(struct link *l)
{
	struct linger at_once = {.l_onoff = 1};
	for (int i = 0; i < 2; i++) {
		while (l->first[i])
			drop_first(l, i);
		if (l->end[i] < 0)
			continue;
		setsockopt(l->end[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
		close(l->end[i]);
	}
	*l = (struct link){.end = {-1, -1}};
}

static void cut_all(double t)
{
	for (struct link *l = links; l < links + LINKS_MAX; l++)
		if (l->is_used)
			hang_up(l);
	busy[0] = busy[1] = 0;
	dprintf(cuts, "%.2f %llu\n", t - begun, bytes[1]);
}

static double draw_pause(void)
{
	is.seed ^= is.seed >> 12;
	is.seed ^= is.seed << 25;
	is.seed ^= is.seed >> 27;
	double part = (double)((is.seed * 2685821657736338717u) >> 11) / 9007199254740992.0;
	return is.low + part * (is.high - is.low);
}

static void take_call(int listener, double t)
{
	int here = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (here < 0)
		return;
	set_up(here);
	if (begun <= 0) {
		begun = t;
		next_cut = is.high > 0 ? t + draw_pause() : 0;
	}
	for (struct link *l = links; l < links + LINKS_MAX; l++) {
		if (l->is_used)
			continue;
		*l = (struct link){true, t + 2 * is.delay, {here, -1}, {0}, {0}, {0}, {0}};
		connections++;
		write_counts();
		return;
	}
	close(here);
}

static void reach_other_side(struct link *l)
{
	l->end[1] = is.command ? run() : dial();
	if (l->end[1] < 0)
		hang_up(l);
	else
		fcntl(l->end[1], F_SETFL, fcntl(l->end[1], F_GETFL) | O_NONBLOCK);
}

/* --- bytes --- */

static bool has_room(int way, double t)
{
	return is.rate <= 0 || (busy[way] - t) * is.rate + PACKET <= is.buffer;
}

/* Take one packet from an end and say when it will arrive. */
static void take(struct link *l, int way, double t)
{
	static char block[BLOCK];
	ssize_t n = read(l->end[way], block, is.rate > 0 ? PACKET : sizeof block);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		hang_up(l);
		return;
	}
	if (n == 0) {
		l->has_ended[way] = true;
		return;
	}
	struct chunk *c = malloc(sizeof *c + (size_t)n);
	if (!c)
		stop("memory");
	if (busy[way] < t)
		busy[way] = t;
	if (is.rate > 0)
		busy[way] += (double)n / is.rate;
	*c = (struct chunk){.due = busy[way] + is.delay, .len = (size_t)n};
	memcpy(c->bytes, block, (size_t)n);
	if (l->last[way])
		l->last[way]->next = c;
	else
		l->first[way] = c;
	l->last[way] = c;
}

/* Hand over what has arrived; false when everything was cut over it. */
static bool hand_over(struct link *l, int way, double t)
{
	while (l->first[way] && l->first[way]->due <= t) {
		struct chunk *c = l->first[way];
		size_t len = c->len - c->at;
		if (way == 1 && is.cut_byte && is.cut_byte - bytes[1] < len)
			len = (size_t)(is.cut_byte - bytes[1]);
		ssize_t n = write(l->end[!way], c->bytes + c->at, len);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n < 0) {
			hang_up(l);
			return true;
		}
		bytes[way] += (size_t)n;
		write_counts();
		c->at += (size_t)n;
		if (c->at == c->len)
			drop_first(l, way);
		if (way == 1 && is.cut_byte && bytes[1] >= is.cut_byte) {
			is.cut_byte = 0;
			cut_all(t);
			return false;
		}
	}
	if (l->has_ended[way] && !l->first[way] && !l->is_told[way]) {
		shutdown(l->end[!way], SHUT_WR);
		l->is_told[way] = true;
	}
	return true;
}

static void hand_over_all(double t)
{
	for (struct link *l = links; l < links + LINKS_MAX; l++) {
		if (l->is_used && l->end[1] < 0 && l->dial_at <= t)
			reach_other_side(l);
		for (int way = 0; way < 2 && l->is_used && l->end[1] >= 0; way++)
			if (!hand_over(l, way, t))
				return;
		if (l->is_used && l->is_told[0] && l->is_told[1]) {
			close(l->end[0]);
			close(l->end[1]);
			*l = (struct link){.end = {-1, -1}};
		}
	}
}

/* --- the loop --- */

static void sooner(double *when, double t)
{
	if (t < *when)
		*when = t;
}

/* What to wait for on each end; returns when something is due by the clock. */
static double prepare(double t)
{
	double when = t + 3600;
	bool room[2] = {has_room(0, t), has_room(1, t)};
	for (int way = 0; way < 2; way++)
		if (!room[way])
			sooner(&when, busy[way] - (is.buffer - PACKET) / is.rate);
	if (next_cut > 0)
		sooner(&when, next_cut);
	for (int i = 0; i < 2 * LINKS_MAX; i++) {
		const struct link *l = &links[i / 2];
		int end = i % 2;
		const struct chunk *c = l->first[!end];
		short events = 0;
		polled[1 + i].fd = -1;
		if (!l->is_used)
			continue;
		if (l->end[1] < 0) {
			sooner(&when, l->dial_at);
			continue;
		}
		if (!l->has_ended[end] && room[end])
			events |= POLLIN;
		if (c && c->due <= t)
			events |= POLLOUT;
		else if (c)
			sooner(&when, c->due);
		if (events)
			polled[1 + i] = (struct pollfd){.fd = l->end[end], .events = events};
	}
	return when;
}

/* One packet from each end that has some, way by way, beginning after the last one served. */
static void take_in_turn(double t)
{
	for (int way = 0; way < 2; way++) {
		unsigned start = turn[way];
		for (unsigned k = 1; k <= LINKS_MAX && has_room(way, t); k++) {
			unsigned i = (start + k) % LINKS_MAX;
			struct link *l = &links[i];
			const struct pollfd *p = &polled[1 + 2 * i + (unsigned)way];
			if (p->fd >= 0 && p->fd == l->end[way] && !l->has_ended[way] &&
			    p->revents & (POLLIN | POLLHUP | POLLERR)) {
				take(l, way, t);
				turn[way] = i;
			}
		}
	}
}

static bool read_options(int argc, char **argv)
{
	int option;
	is.buffer = -1;
	while ((option = getopt(argc, argv, "+r:d:b:c:x:")) != -1) {
		unsigned long seed;
		switch (option) {
		case 'r':
			is.rate = strtod(optarg, NULL);
			break;
		case 'd':
			is.delay = strtod(optarg, NULL) / 1000;
			break;
		case 'b':
			is.buffer = strtod(optarg, NULL);
			break;
		case 'x':
			is.cut_byte = strtoull(optarg, NULL, 10);
			break;
		case 'c':
			if (sscanf(optarg, "%lf,%lf,%lu", &is.low, &is.high, &seed) != 3 ||
			    is.low <= 0 || is.high < is.low)
				return false;
			is.seed = seed * 2654435761u + 88172645463325252u;
			break;
		default:
			return false;
		}
	}
	if (is.buffer < 0)
		is.buffer = is.rate / 2;
	if (is.buffer < 2 * PACKET)
		is.buffer = 2 * PACKET;
	if (argc - optind < 2)
		return false;
	if (strcmp(argv[optind + 1], "--") == 0)
		is.command = argv + optind + 2;
	else
		is.port = (unsigned)strtoul(argv[optind + 1], NULL, 10);
	return is.port || (is.command && is.command[0]);
}

static int open_aside(const char *file, const char *suffix)
{
	char path[4096];
	snprintf(path, sizeof path, "%s%s", file, suffix);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		stop(path);
	return fd;
}

int main(int argc, char **argv)
{
	if (!read_options(argc, argv)) {
		fprintf(stderr, "usage: proxy [-r BYTES] [-d MS] [-b BYTES] [-c LO,HI,SEED] "
				"[-x BYTE] COUNTS PORT | COUNTS -- COMMAND…\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	for (struct link *l = links; l < links + LINKS_MAX; l++)
		*l = (struct link){.end = {-1, -1}};
	counts = open_aside(argv[optind], "");
	cuts = open_aside(argv[optind], ".cuts");
	write_counts();
	polled[0] = (struct pollfd){.fd = listen_anywhere(argv[optind]), .events = POLLIN};
	for (;;) {
		double t = now(), pause = prepare(t) - t;
		if (pause < 0)
			pause = 0;
		struct timespec wait = {
		    (time_t)pause, (long)((pause - (double)(time_t)pause) * 1e9)};
		if (ppoll(polled, 1 + 2 * LINKS_MAX, &wait, NULL) < 0)
			continue;
		t = now();
		if (next_cut > 0 && t >= next_cut) {
			cut_all(t);
			next_cut = t + draw_pause();
			continue;
		}
		take_in_turn(t);
		hand_over_all(t);
		if (polled[0].revents)
			take_call(polled[0].fd, t);
	}
}
