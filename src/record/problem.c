/* SPDX-License-Identifier: Apache-2.0 */
#include "record/problem.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void problems_add(struct problems *p, unsigned line, unsigned column, const char *format, ...)
{
	char text[1024];
	va_list ap;
	if (p->len == PROBLEMS_MAX)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	*MEM_PUSH(p->items, p->len, p->cap) = (struct problem){line, column, mem_strdup(text)};
}

static int by_place(const void *a, const void *b)
{
	const struct problem *x = a, *y = b;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return strcmp(x->text, y->text);
}

void problems_sort(struct problems *p)
{
	if (p->len > 1)
		qsort(p->items, p->len, sizeof *p->items, by_place);
}

void problems_release(struct problems *p)
{
	for (size_t i = 0; i < p->len; i++)
		free(p->items[i].text);
	free(p->items);
	*p = (struct problems){0};
}
