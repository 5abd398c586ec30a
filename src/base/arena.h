/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that dies together: one arena a job (a parsed file, a page run, a request). Allocations
 * are zeroed, aligned for any type, and freed only as a whole.
 */
#ifndef BELFRY_BASE_ARENA_H
#define BELFRY_BASE_ARENA_H

#include "base/str.h"

struct arena_block;
struct arena {
	struct arena_block *blocks;
};

void *arena_alloc(struct arena *a, size_t size);
/* Copies; the copy is followed by a NUL that `len` does not count. */
struct str arena_str(struct arena *a, struct str s);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Free everything; the arena is empty and usable again. */
void arena_clear(struct arena *a);

#endif
