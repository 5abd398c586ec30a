/* SPDX-License-Identifier: Apache-2.0 */
#include "git/delta.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>

/* A copy takes about five bytes, and cuts text in two that zstd would have shrunk; below LONG it
 * must be where the last one ended, or as far behind as was inserted since. Of places that begin
 * alike only the first few are tried, so that a file of equal lines takes no longer than others. */
enum { LONG = 16, SHORT = 8, TRIES = 16 };

void delta_base(struct buf *old)
{
	struct sha256 h = sha256(buf_str(old));
	buf_puts(old, sha256_hex(&h).text);
}

/* --- making --- */

/* Every place of the base by its LONG bytes; places count from 1, and 0 ends a chain. */
struct index {
	struct str base;
	uint32_t *first, *next;
	unsigned bits;
};

/* The same number on any machine; compilers make one load of it. */
static uint64_t word(const char *p)
{
	const uint8_t *b = (const uint8_t *)p;
	return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 |
	       (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 |
	       (uint64_t)b[7] << 56;
}

static size_t slot(const struct index *x, const char *p)
{
	uint64_t h = word(p) * 0x9e3779b97f4a7c15u;
	h = (h ^ word(p + 8)) * 0xc2b2ae3d27d4eb4fu;
	return (size_t)(h >> (64 - x->bits));
}

static struct index index_of(struct str base)
{
	struct index x = {.base = base, .bits = 8};
	while (x.bits < 20 && (size_t)1 << x.bits < base.len)
		x.bits++;
	x.first = mem_alloc(sizeof *x.first << x.bits);
	x.next = mem_alloc(sizeof *x.next * (base.len + 1));
	for (size_t at = base.len < LONG ? 0 : base.len - LONG + 1; at > 0; at--) {
		uint32_t *first = &x.first[slot(&x, base.ptr + at - 1)];
		x.next[at] = *first;
		*first = (uint32_t)at;
	}
	return x;
}

struct copy {
	size_t from, len;
};

/* Keep what is longer; of two that are as long, what was found first. */
static void try_copy(struct copy *best, struct str base, size_t from, struct str new, size_t least)
{
	size_t n = 0;
	while (from + n < base.len && n < new.len &&base.ptr[from + n] == new.ptr[n])
		n++;
	if (n >= least && n > best->len)
		*best = (struct copy){from, n};
}

/* The best copy for the front of `new`, `pending` bytes behind a copy that ended at `last`. */
static struct copy find(const struct index *x, struct str new, size_t last, size_t pending)
{
	struct copy best = {0, 0};
	try_copy(&best, x->base, last, new, SHORT);
	try_copy(&best, x->base, last + pending, new, SHORT);
	if (new.len < LONG)
		return best;
	uint32_t at = x->first[slot(x, new.ptr)];
	for (int i = 0; at && i < TRIES; i++, at = x->next[at])
		try_copy(&best, x->base, at - 1, new, LONG);
	return best;
}

/* Signed, so that small ones stay small: 0, -1, 1, -2, … */
static uint64_t fold(size_t from, size_t last)
{
	return from >= last ? (uint64_t)(from - last) << 1 : ((uint64_t)(last - from) << 1) - 1;
}

static void add_step(struct buf *out, struct str insert, struct copy copy, size_t last)
{
	buf_varint(out, insert.len);
	buf_add(out, insert);
	buf_varint(out, copy.len);
	if (copy.len)
		buf_varint(out, fold(copy.from, last));
}

void delta_make(struct buf *out, struct str base, struct str new)
{
	struct index x = index_of(base);
	struct buf steps = BUF_INIT;
	size_t n = 0, last = 0, done = 0, at = 0;
	while (at < new.len) {
		struct copy c = find(&x, str_sub(new, at, new.len), last, at - done);
		if (!c.len) {
			at++;
			continue;
		}
		add_step(&steps, str_sub(new, done, at - done), c, last);
		n++;
		last = c.from + c.len;
		done = at += c.len;
	}
	if (done < new.len) {
		add_step(&steps, str_sub(new, done, new.len), (struct copy){0, 0}, last);
		n++;
	}
	buf_varint(out, n);
	buf_add(out, buf_str(&steps));
	buf_release(&steps);
	free(x.first);
	free(x.next);
}

/* --- taking --- */

static int damaged(struct err *err)
{
	return err_set(err, ERR_SYNTAX, "a delta breaks its grammar");
}

static int take_copy(
    struct str *run, struct str *s, struct str base, uint64_t len, size_t *last, struct err *err)
{
	uint64_t folded;
	if (!str_take_varint(s, &folded))
		return damaged(err);
	bool is_back = folded & 1;
	uint64_t far = (folded >> 1) + is_back;
	if (far > (is_back ? *last : base.len - *last))
		return err_set(err, ERR_CHAIN,
		    "a delta copies from outside the %zu bytes of its base", base.len);
	size_t from = is_back ? *last - (size_t)far : *last + (size_t)far;
	if (len > base.len - from)
		return err_set(
		    err, ERR_CHAIN, "a delta copies beyond the %zu bytes of its base", base.len);
	*run = str_sub(base, from, (size_t)len);
	*last = from + (size_t)len;
	return 0;
}

static int take_step(
    struct buf *out, struct str *s, struct str base, size_t *last, size_t *room, struct err *err)
{
	uint64_t inserted, copied;
	struct str run;
	if (!str_take_varint(s, &inserted) || !str_take(s, inserted, &run) ||
	    !str_take_varint(s, &copied) || (!inserted && !copied))
		return damaged(err);
	if (inserted > *room || copied > *room - inserted)
		return err_set(err, ERR_LIMIT, "a delta makes more than fits there");
	buf_add(out, run);
	if (copied && take_copy(&run, s, base, copied, last, err))
		return err->code;
	if (copied)
		buf_add(out, run);
	*room -= (size_t)(inserted + copied);
	return 0;
}

int delta_take(struct buf *out, struct str *s, struct str base, size_t max, struct err *err)
{
	uint64_t steps;
	size_t last = 0, room = max;
	if (!str_take_varint(s, &steps))
		return damaged(err);
	for (; steps > 0; steps--)
		if (take_step(out, s, base, &last, &room, err))
			return err->code;
	return 0;
}
