/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fenced examples of a page in docs/, for the tests that run them.
 */
#ifndef BELFRY_TESTS_PAGE_H
#define BELFRY_TESTS_PAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"

struct example {
	unsigned line; /* in the page */
	struct str kind, says,
	    text; /* the fence's first word, the rest of its line, what it holds */
};

struct page {
	struct buf source;
	struct example *items;
	size_t len, cap;
};

static inline void read_page(struct page *page, const char *path)
{
	struct err err;
	struct str fence = STR("```"), rest;
	struct example *open = NULL;
	if (file_read(&page->source, path, 1 << 20, &err))
		fail_msg("%s", err.msg);
	rest = buf_str(&page->source);
	for (unsigned line = 1; rest.len; line++) {
		struct str text = str_cut(&rest, '\n');
		if (open && str_eq(text, fence)) {
			open->text.len = (size_t)(text.ptr - open->text.ptr);
			open = NULL;
		} else if (!open && str_starts(text, fence)) {
			struct str says = str_sub(text, fence.len, text.len);
			struct str kind = str_cut(&says, ' ');
			open = MEM_PUSH(page->items, page->len, page->cap);
			*open = (struct example){line, kind, says, rest};
		}
	}
	assert_null(open);
}

#endif
