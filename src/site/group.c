/* SPDX-License-Identifier: Apache-2.0 */
#include "site/group.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>

/* Where it stands in the table, or would. */
static uint32_t *slot_of(const struct groups *g, struct str id)
{
	size_t at = hash_sum(id) & (g->nslots - 1);
	while (g->slots[at] && !str_eq(g->items[g->slots[at] - 1].id, id))
		at = (at + 1) & (g->nslots - 1);
	return &g->slots[at];
}

static void index_ids(struct groups *g)
{
	free(g->slots);
	for (g->nslots = 16; g->nslots < 4 * g->len;)
		g->nslots *= 2;
	g->slots = mem_alloc(g->nslots * sizeof *g->slots);
	for (size_t i = 0; i < g->len; i++)
		*slot_of(g, g->items[i].id) = (uint32_t)i + 1;
}

struct group *group_add(struct groups *g, struct str id)
{
	if (2 * g->len >= g->nslots)
		index_ids(g);
	uint32_t *slot = slot_of(g, id);
	if (*slot)
		return &g->items[*slot - 1];
	struct group *new = MEM_PUSH(g->items, g->len, g->cap);
	*new = (struct group){.id = id};
	*slot = (uint32_t)g->len;
	return new;
}

void group_push(struct groups *g, struct str id, const struct doc *d)
{
	if (!id.len)
		return;
	struct group *to = group_add(g, id);
	*MEM_PUSH(to->docs, to->len, to->cap) = d;
}

const struct group *group_find(const struct groups *g, struct str id)
{
	uint32_t at = g->nslots ? *slot_of(g, id) : 0;
	return at ? &g->items[at - 1] : NULL;
}

void groups_release(struct groups *g)
{
	for (size_t i = 0; i < g->len; i++)
		free(g->items[i].docs);
	free(g->items);
	free(g->slots);
}

static int by_group_id(const void *a, const void *b)
{
	return str_cmp(((const struct group *)a)->id, ((const struct group *)b)->id);
}

void groups_sort(struct groups *g)
{
	if (!g->len)
		return;
	qsort(g->items, g->len, sizeof *g->items, by_group_id);
	index_ids(g);
}
