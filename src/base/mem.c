/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A large table is mostly filled at once: by a few large pages, and not a thousand small ones that
 * the system is asked for one by one. It may say no. */
static void *with_large_pages(char *p, size_t size)
{
	const size_t page = 2 * 1024 * 1024;
	size_t before = (page - (uintptr_t)p % page) % page;
	if (size >= before + page)
		madvise(p + before, (size - before) / page * page, MADV_HUGEPAGE);
	return p;
}

static void *or_abort(void *p, size_t size)
{
	if (!p && size) {
		fprintf(stderr, "belfry: out of memory (%zu bytes)\n", size);
		abort();
	}
	return p;
}

void *mem_alloc(size_t size)
{
	return with_large_pages(or_abort(calloc(1, size ? size : 1), size), size);
}

void *mem_realloc(void *p, size_t size)
{
	return with_large_pages(or_abort(realloc(p, size ? size : 1), size), size);
}

char *mem_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	return memcpy(mem_alloc(n), s, n);
}

void mem_grow(void **p, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap)
		return;
	size_t to = *cap ? *cap * 2 : 8;
	while (to < need)
		to *= 2;
	*p = mem_realloc(*p, to * size);
	memset((char *)*p + *cap * size, 0, (to - *cap) * size);
	*cap = to;
}

void mem_take_in_bulk(void)
{
	enum { MIB = 1 << 20 };
	mallopt(M_TOP_PAD, 1 * MIB);
	mallopt(M_MMAP_THRESHOLD, 4 * MIB);
	mallopt(M_TRIM_THRESHOLD, 64 * MIB);
}
