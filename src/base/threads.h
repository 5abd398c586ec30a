/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same work by several threads, which share a queue of jobs; who does which is chance.
 */
#ifndef BELFRY_BASE_THREADS_H
#define BELFRY_BASE_THREADS_H

#include <stddef.h>

enum { THREADS_MAX = 16 };

/* `wanted`, or where that is 0 as many as there are processors for this process; THREADS_MAX at
 * most. */
size_t threads_count(unsigned wanted);
/* Call work() with each of `n` contexts of `size` bytes (0: all have the one), `first` being the
 * first of them, which has this thread. Those that no thread can be started for are missed, and no
 * more. Returns when all are done. */
void threads_run(void (*work)(void *ctx), void *first, size_t size, size_t n);

#endif
