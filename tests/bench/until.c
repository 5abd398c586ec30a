/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long until what one command starts can be seen by another? Runs ACTION, and LOOK again and
 * again without a pause until WORD stands in what it prints. Prints milliseconds from the start of
 * ACTION to the end of the look that saw it, and to the end of ACTION. Both commands' start-up
 * counts.
 *
 *   until WORD ACTION… -- LOOK…
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUTPUT_MAX = 1 << 22, PATIENCE_MS = 30000 };

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static pid_t start(char **argv, int out)
{
	pid_t child = fork();
	if (child == 0) {
		dup2(out, STDOUT_FILENO);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	return child;
}

/* Run LOOK once; true when WORD is in its output. */
static int look(char **argv, const char *word, char *output)
{
	int ends[2], status;
	size_t len = 0;
	ssize_t n;
	if (pipe2(ends, O_CLOEXEC))
		return 0;
	pid_t child = start(argv, ends[1]);
	close(ends[1]);
	while (len < OUTPUT_MAX - 1 && (n = read(ends[0], output + len, OUTPUT_MAX - 1 - len)) > 0)
		len += (size_t)n;
	close(ends[0]);
	output[len] = 0;
	waitpid(child, &status, 0);
	return strstr(output, word) != NULL;
}

int main(int argc, char **argv)
{
	int split = 2, status = 0, quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	char *output = malloc(OUTPUT_MAX);
	double ended = 0;
	while (split < argc && strcmp(argv[split], "--") != 0)
		split++;
	if (!output || split == 2 || split + 1 >= argc) {
		fprintf(stderr, "usage: until WORD ACTION… -- LOOK…\n");
		return 2;
	}
	argv[split] = NULL;
	double begun = now_ms();
	pid_t action = start(argv + 2, quiet);
	for (int seen = 0; !seen;) {
		seen = look(argv + split + 1, argv[1], output);
		double now = now_ms();
		if (!ended && waitpid(action, &status, WNOHANG) == action)
			ended = now;
		if (ended && status) {
			fprintf(stderr, "until: %s failed\n", argv[2]);
			return 1;
		}
		if (now - begun > PATIENCE_MS) {
			fprintf(stderr, "until: %s not seen in %d ms\n", argv[1], PATIENCE_MS);
			return 1;
		}
		if (seen)
			printf("%.2f", now - begun);
	}
	if (!ended && waitpid(action, &status, 0) == action)
		ended = now_ms();
	printf(" %.2f\n", ended - begun);
	free(output);
	return status ? 1 : 0;
}
