/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCP relay on loopback that counts payload. COUNTS.port gets the port it listens on; COUNTS
 * always holds "<bytes from the dialing side> <bytes from the other> <connections>". Without
 * framing of TCP and IP: what the two programs wrote. The other side is an address, or a command
 * that gets each connection as standard input and output, as inetd does it.
 *
 *   proxy COUNTS PORT
 *   proxy COUNTS -- COMMAND…
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINKS_MAX = 32, BLOCK = 65536 };

/* The two ends of one connection; -1 marks a free place. */
struct link {
	int end[2];
};

static struct link links[LINKS_MAX];
static unsigned long long bytes[2], connections;
static int counts = -1;

static _Noreturn void stop(const char *what)
{
	perror(what);
	exit(1);
}

static void write_counts(void)
{
	char text[96];
	int n = snprintf(text, sizeof text, "%llu %llu %llu\n", bytes[0], bytes[1], connections);
	if (pwrite(counts, text, (size_t)n, 0) != n)
		stop("counts");
}

static struct sockaddr_in loopback(unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static int listen_anywhere(const char *file)
{
	char path[4096];
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 8) ||
	    getsockname(fd, (struct sockaddr *)&a, &len))
		stop("listen");
	snprintf(path, sizeof path, "%s.port", file);
	FILE *f = fopen(path, "w");
	if (!f || fprintf(f, "%u\n", ntohs(a.sin_port)) < 0 || fclose(f))
		stop(path);
	return fd;
}

static int dial(unsigned port)
{
	struct sockaddr_in a = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int run(char **command)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -1;
	if (fork() == 0) {
		signal(SIGPIPE, SIG_DFL);
		signal(SIGCHLD, SIG_DFL);
		dup2(pair[1], STDIN_FILENO);
		dup2(pair[1], STDOUT_FILENO);
		execvp(command[0], command);
		_exit(127);
	}
	close(pair[1]);
	return pair[0];
}

static void hang_up(struct link *l)
{
	for (int i = 0; i < 2; i++) {
		close(l->end[i]);
		l->end[i] = -1;
	}
}

/* Pass on what one end has; its half-close too, which git ends a request with. */
static void pass(struct link *l, int from)
{
	static char block[BLOCK];
	ssize_t n = read(l->end[from], block, sizeof block);
	if (n <= 0) {
		hang_up(l);
		return;
	}
	bytes[from] += (unsigned long long)n;
	write_counts();
	for (ssize_t at = 0; at < n;) {
		ssize_t k = write(l->end[!from], block + at, (size_t)(n - at));
		if (k <= 0) {
			hang_up(l);
			return;
		}
		at += k;
	}
}

static void take_call(int listener, unsigned port, char **command)
{
	int here = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int there = here < 0 ? -1 : command ? run(command) : dial(port);
	for (struct link *l = links; l < links + LINKS_MAX && there >= 0; l++) {
		if (l->end[0] >= 0)
			continue;
		*l = (struct link){{here, there}};
		connections++;
		write_counts();
		return;
	}
	if (here >= 0)
		close(here);
	if (there >= 0)
		close(there);
}

int main(int argc, char **argv)
{
	if (argc < 3 || (strcmp(argv[2], "--") == 0 && argc < 4)) {
		fprintf(stderr, "usage: proxy COUNTS PORT | COUNTS -- COMMAND…\n");
		return 2;
	}
	char **command = strcmp(argv[2], "--") == 0 ? argv + 3 : NULL;
	unsigned port = (unsigned)strtoul(argv[2], NULL, 10);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	for (struct link *l = links; l < links + LINKS_MAX; l++)
		*l = (struct link){{-1, -1}};
	counts = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (counts < 0)
		stop(argv[1]);
	write_counts();
	int listener = listen_anywhere(argv[1]);
	for (;;) {
		struct pollfd p[1 + 2 * LINKS_MAX] = {{.fd = listener, .events = POLLIN}};
		for (int i = 0; i < 2 * LINKS_MAX; i++)
			p[1 + i] = (struct pollfd){.fd = links[i / 2].end[i % 2], .events = POLLIN};
		if (poll(p, 1 + 2 * LINKS_MAX, -1) < 0)
			continue;
		for (int i = 0; i < 2 * LINKS_MAX; i++)
			if (p[1 + i].revents && links[i / 2].end[i % 2] == p[1 + i].fd)
				pass(&links[i / 2], i % 2);
		if (p[0].revents)
			take_call(listener, port, command);
	}
}
