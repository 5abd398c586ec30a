/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"

#include <pthread.h>
#include <sched.h>

size_t threads_count(unsigned wanted)
{
	cpu_set_t set;
	int n = (int)wanted;
	if (!n)
		n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	return n < 1 ? 1 : n < THREADS_MAX ? (size_t)n : THREADS_MAX;
}

struct task {
	pthread_t thread;
	void (*work)(void *ctx);
	void *ctx;
};

static void *run(void *ctx)
{
	struct task *t = ctx;
	t->work(t->ctx);
	return NULL;
}

void threads_run(void (*work)(void *ctx), void *first, size_t size, size_t n)
{
	struct task tasks[THREADS_MAX];
	size_t started = 1;
	for (; started < n; started++) {
		struct task *t = &tasks[started];
		*t = (struct task){.work = work, .ctx = (char *)first + started * size};
		if (pthread_create(&t->thread, NULL, run, t) != 0)
			break;
	}
	work(first);
	while (--started)
		pthread_join(tasks[started].thread, NULL);
}
