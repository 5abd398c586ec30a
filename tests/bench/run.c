/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run a command and say what it cost: "<wall s> <CPU s> <peak MiB>" goes to FILE (or standard
 * error). CPU is user and system time of the command and all it waited for; the peak is the largest
 * resident set of one process among them (wait4(2), getrusage(2)). Exits as the command did.
 *
 *   run [-o FILE] COMMAND…
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	const char *out = NULL;
	int status, first = 1;
	struct rusage used;
	if (argc > 3 && strcmp(argv[1], "-o") == 0) {
		out = argv[2];
		first = 3;
	}
	if (first >= argc) {
		fprintf(stderr, "usage: run [-o FILE] COMMAND…\n");
		return 2;
	}
	double start = now();
	pid_t child = fork();
	if (child == 0) {
		execvp(argv[first], argv + first);
		perror(argv[first]);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &used) != child) {
		perror("run");
		return 1;
	}
	double wall = now() - start;
	FILE *f = out ? fopen(out, "w") : stderr;
	if (!f) {
		perror(out);
		return 1;
	}
	fprintf(f, "%.3f %.3f %.1f\n", wall, seconds(used.ru_utime) + seconds(used.ru_stime),
	    (double)used.ru_maxrss / 1024);
	if (out && fclose(f) != 0) {
		perror(out);
		return 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
