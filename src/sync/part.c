/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/part.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static void hash_of(uint8_t out[static PART_HASH_BYTES], struct str bytes)
{
	struct sha256 whole = sha256(bytes);
	memcpy(out, whole.bytes, PART_HASH_BYTES);
}

struct part *part_new(const char *hub, uint64_t seq, struct str begin, struct str more)
{
	struct part *p = mem_alloc(sizeof *p);
	*p = (struct part){.users = 1, .seq = seq, .bytes = BUF_INIT};
	snprintf(p->hub, sizeof p->hub, "%s", hub);
	buf_add(&p->bytes, begin);
	buf_add(&p->bytes, more);
	hash_of(p->hash, buf_str(&p->bytes));
	return p;
}

struct part *part_use(struct part *p)
{
	p->users++;
	return p;
}

void part_release(struct part *p)
{
	if (!p || --p->users)
		return;
	buf_release(&p->bytes);
	free(p);
}

bool part_fits(struct str entry, size_t len, const uint8_t hash[static PART_HASH_BYTES])
{
	uint8_t own[PART_HASH_BYTES];
	if (!len || len >= entry.len)
		return false;
	hash_of(own, str_sub(entry, 0, len));
	return memcmp(own, hash, sizeof own) == 0;
}

static void drop(struct parts *all, size_t i)
{
	part_release(all->held[i]);
	memmove(&all->held[i], &all->held[i + 1], (--all->n - i) * sizeof all->held[0]);
}

static size_t sum_of(const struct parts *all)
{
	size_t sum = 0;
	for (size_t i = 0; i < all->n; i++)
		sum += all->held[i]->bytes.len;
	return sum;
}

void parts_keep(struct parts *all, struct part *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < all->n; i++) {
		const struct part *old = all->held[i];
		if (strcmp(old->hub, p->hub) != 0)
			continue;
		if (old->seq == p->seq && old->bytes.len >= p->bytes.len) {
			part_release(p);
			return;
		}
		drop(all, i);
		break;
	}
	while (all->n && (all->n == PARTS_MAX || sum_of(all) + p->bytes.len > PARTS_BYTES_MAX))
		drop(all, 0);
	all->held[all->n++] = p;
}

void parts_settle(struct parts *all, const struct local_state *state)
{
	for (size_t i = all->n; i-- > 0;) {
		const struct part *p = all->held[i];
		const struct head *h = head_find(state->heads, state->nheads, p->hub);
		uint64_t held = p->hub[0] ? (h ? h->seq : 0) : state->charter;
		if (held >= p->seq)
			drop(all, i);
	}
}

void parts_release(struct parts *all)
{
	while (all->n)
		drop(all, all->n - 1);
}
