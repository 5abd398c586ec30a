/* SPDX-License-Identifier: Apache-2.0 */
#include "site/group.h"

#include "base/mem.h"

#include <stdlib.h>

struct group *group_add(struct groups *g, struct str id)
{
	if (!g->by_id)
		g->by_id = json_object();
	json_t *at = json_object_getn(g->by_id, id.ptr, id.len);
	if (at)
		return &g->items[json_integer_value(at)];
	json_object_setn_new(g->by_id, id.ptr, id.len, json_integer((json_int_t)g->len));
	struct group *new = MEM_PUSH(g->items, g->len, g->cap);
	*new = (struct group){.id = id};
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
	json_t *at = g->by_id ? json_object_getn(g->by_id, id.ptr, id.len) : NULL;
	return at ? &g->items[json_integer_value(at)] : NULL;
}

void groups_release(struct groups *g)
{
	for (size_t i = 0; i < g->len; i++)
		free(g->items[i].docs);
	free(g->items);
	json_decref(g->by_id);
}

static int by_group_id(const void *a, const void *b)
{
	return str_cmp(((const struct group *)a)->id, ((const struct group *)b)->id);
}

void groups_sort(struct groups *g)
{
	if (g->len)
		qsort(g->items, g->len, sizeof *g->items, by_group_id);
	for (size_t i = 0; i < g->len; i++)
		json_object_setn_new(
		    g->by_id, g->items[i].id.ptr, g->items[i].id.len, json_integer((json_int_t)i));
}
