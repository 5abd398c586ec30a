/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long from one repository having it to another having it? Runs ACTION and watches two files:
 * refs, which are replaced by renaming, or pins, which grow. Prints milliseconds from the start of
 * ACTION until the first has changed, until the second has, and until ACTION ended. Looks every 50
 * µs, which costs little beside what is measured.
 *
 *   refs FILE FILE ACTION…
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000 };

struct watch {
	const char *path;
	struct stat before;
	bool was_there;
	double changed_ms; /* 0: not yet */
};

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void look(struct watch *w)
{
	struct stat st;
	if (w->changed_ms > 0 || stat(w->path, &st) != 0)
		return;
	if (!w->was_there || st.st_ino != w->before.st_ino ||
	    st.st_mtim.tv_nsec != w->before.st_mtim.tv_nsec)
		w->changed_ms = now_ms();
}

int main(int argc, char **argv)
{
	int status = 0;
	double ended = 0;
	if (argc < 4) {
		fprintf(stderr, "usage: refs FILE FILE ACTION…\n");
		return 2;
	}
	struct watch a = {.path = argv[1]}, b = {.path = argv[2]};
	a.was_there = stat(a.path, &a.before) == 0;
	b.was_there = stat(b.path, &b.before) == 0;
	double begun = now_ms();
	pid_t action = fork();
	if (action == 0) {
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
		execvp(argv[3], argv + 3);
		perror(argv[3]);
		_exit(127);
	}
	while (!(a.changed_ms > 0 && b.changed_ms > 0 && ended > 0)) {
		nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
		look(&a);
		look(&b);
		if (!(ended > 0) && waitpid(action, &status, WNOHANG) == action)
			ended = now_ms();
		if (now_ms() - begun > PATIENCE_MS || (ended > 0 && status)) {
			fprintf(stderr, "refs: %s did not bring it to %s\n", argv[3], b.path);
			return 1;
		}
	}
	printf("%.2f %.2f %.2f\n", a.changed_ms - begun, b.changed_ms - begun, ended - begun);
	return 0;
}
