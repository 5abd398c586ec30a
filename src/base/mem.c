/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	return or_abort(calloc(1, size ? size : 1), size);
}

void *mem_realloc(void *p, size_t size)
{
	return or_abort(realloc(p, size ? size : 1), size);
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
