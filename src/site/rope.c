/* SPDX-License-Identifier: Apache-2.0 */
#include "site/rope.h"

#include "base/mem.h"

#include <stdlib.h>

/* So many bytes of `made`, and those behind them. */
struct rope_part {
	size_t made;
	struct str borrowed;
};

void rope_borrow(struct rope *r, struct str s)
{
	if (!s.len)
		return;
	*MEM_PUSH(r->parts, r->n, r->cap) =
	    (struct rope_part){.made = r->made.len - r->taken, .borrowed = s};
	r->taken = r->made.len;
	r->borrowed += s.len;
}

bool rope_each(const struct rope *r, bool (*each)(void *ctx, struct str bytes), void *ctx)
{
	struct str made = buf_str(&r->made);
	bool more = true;
	for (size_t i = 0; i < r->n && more; i++) {
		const struct rope_part *p = &r->parts[i];
		more = (!p->made || each(ctx, str_sub(made, 0, p->made))) && each(ctx, p->borrowed);
		made = str_sub(made, p->made, made.len);
	}
	return more && (!made.len || each(ctx, made));
}

void rope_release(struct rope *r)
{
	buf_release(&r->made);
	free(r->parts);
	*r = ROPE_INIT;
}
