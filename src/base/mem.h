/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is always there: sizes are bounded before allocation, so running out means the
 * machine is in trouble, and these abort with a line on standard error.
 */
#ifndef BELFRY_BASE_MEM_H
#define BELFRY_BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size); /* zeroed */
void *mem_realloc(void *p, size_t size); /* not zeroed */
char *mem_strdup(const char *s);

/* Grow the array `*p` so that `need` items of `size` bytes fit; `*cap` counts items. */
void mem_grow(void **p, size_t *cap, size_t need, size_t size);
/* The address of one more item at the end of an array: zeroed, unless one stood there before. */
#define MEM_PUSH(array, len, cap)                                                                  \
	(mem_grow((void **)&(array), &(cap), (len) + 1, sizeof *(array)), &(array)[(len)++])

/* For a process that ends soon, before it has threads: ask the system for memory in larger pieces,
 * and give none back before the end. Each asking waits for the other threads. */
void mem_take_in_bulk(void);

#endif
