/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/secret.h"

#include <sodium.h>
#include <stdlib.h>

void *secret_alloc(size_t size)
{
	/* The block ends at a page's end, so that its size decides its alignment. */
	size_t whole = (size + 15) / 16 * 16;
	void *p = sodium_malloc(whole);
	if (!p)
		abort();
	sodium_memzero(p, whole);
	return p;
}

void secret_free(void *p)
{
	sodium_free(p);
}

struct buf secret_buf(size_t cap)
{
	return (struct buf){secret_alloc(cap), 0, cap};
}

void secret_buf_free(struct buf *b)
{
	if (b->cap)
		sodium_free(b->ptr);
	*b = BUF_INIT;
}
