/* SPDX-License-Identifier: Apache-2.0 */
#include "site/rope.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* So many bytes of `made`, and those behind them: `bytes`, or as many of a file. */
struct rope_part {
	size_t made;
	struct str bytes;
	int fd; /* -1: none */
	uint64_t from;
};

static void add_part(struct rope *r, struct rope_part part)
{
	part.made = r->made.len - r->taken;
	*MEM_PUSH(r->parts, r->n, r->cap) = part;
	r->taken = r->made.len;
	r->elsewhere += part.bytes.len;
}

void rope_borrow(struct rope *r, struct str s)
{
	if (s.len)
		add_part(r, (struct rope_part){.bytes = s, .fd = -1});
}

void rope_borrow_file(struct rope *r, int fd, uint64_t from, size_t len)
{
	if (len)
		add_part(r, (struct rope_part){.bytes = {NULL, len}, .fd = fd, .from = from});
}

/* Short ones and what is read are handed on together, for each call costs whoever takes them. */
struct gatherer {
	bool (*each)(void *ctx, struct str bytes);
	void *ctx;
	struct buf buf;
};
enum { GATHERED_BYTES = 128 * 1024, SHORT_BYTES = 4096 };

static bool hand_on(struct gatherer *g)
{
	bool more = !g->buf.len || g->each(g->ctx, buf_str(&g->buf));
	buf_reset(&g->buf);
	return more;
}

static bool give(struct gatherer *g, struct str s)
{
	if (s.len > SHORT_BYTES)
		return hand_on(g) && g->each(g->ctx, s);
	if (g->buf.len + s.len >= GATHERED_BYTES && !hand_on(g))
		return false;
	buf_add(&g->buf, s);
	return true;
}

static bool give_file(struct gatherer *g, const struct rope_part *p)
{
	uint64_t at = p->from, end = at + p->bytes.len;
	buf_reserve(&g->buf, GATHERED_BYTES - g->buf.len);
	while (at < end) {
		size_t room = GATHERED_BYTES - g->buf.len;
		size_t want = end - at < room ? (size_t)(end - at) : room;
		ssize_t n = pread(p->fd, g->buf.ptr + g->buf.len, want, (off_t)at);
		if (n <= 0) {
			errno = n ? errno : EIO; /* it was longer when this part was added */
			return false;
		}
		g->buf.len += (size_t)n;
		at += (size_t)n;
		if (g->buf.len == GATHERED_BYTES && !hand_on(g))
			return false;
	}
	return true;
}

bool rope_each(const struct rope *r, bool (*each)(void *ctx, struct str bytes), void *ctx)
{
	struct gatherer g = {.each = each, .ctx = ctx, .buf = BUF_INIT};
	struct str made = buf_str(&r->made);
	bool more = true;
	for (size_t i = 0; i < r->n && more; i++) {
		const struct rope_part *p = &r->parts[i];
		more = give(&g, str_sub(made, 0, p->made)) &&
		       (p->fd < 0 ? give(&g, p->bytes) : give_file(&g, p));
		made = str_sub(made, p->made, made.len);
	}
	more = more && give(&g, made) && hand_on(&g);
	buf_release(&g.buf);
	return more;
}

void rope_release(struct rope *r)
{
	buf_release(&r->made);
	free(r->parts);
	*r = ROPE_INIT;
}
