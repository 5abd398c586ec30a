/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a file, each thing with its place: all of it at once, for who has to mend it.
 */
#ifndef BELFRY_RECORD_PROBLEM_H
#define BELFRY_RECORD_PROBLEM_H

#include <stddef.h>

/* `text` says what is wrong and what would be right. */
struct problem {
	unsigned line, column; /* from 1 */
	char *text;
};
/* At most PROBLEMS_MAX are kept; more are dropped. */
enum { PROBLEMS_MAX = 100 };
struct problems {
	struct problem *items; /* in file order after problems_sort() */
	size_t len, cap;
};

void problems_add(struct problems *p, unsigned line, unsigned column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void problems_sort(struct problems *p);
void problems_release(struct problems *p);

#endif
