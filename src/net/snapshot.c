/* SPDX-License-Identifier: Apache-2.0 */
#include "net/snapshot.h"

#include "base/mem.h"
#include "store/follow.h"
#include "store/whole.h"

#include <stdio.h>
#include <stdlib.h>

static void take_hubs(struct snapshot *n, const struct charter *c)
{
	n->charter_time = c->time;
	n->nhubs = c->nhubs;
	n->hubs = mem_alloc(c->nhubs * sizeof *n->hubs);
	for (size_t i = 0; i < c->nhubs; i++) {
		snprintf(n->hubs[i].id, sizeof n->hubs[i].id, "%s", c->hubs[i].id);
		snprintf(n->hubs[i].region, sizeof n->hubs[i].region, "%s", c->hubs[i].region);
		memcpy(n->hubs[i].link, c->hubs[i].link, sizeof n->hubs[i].link);
	}
}

static void take_follow(struct snapshot *n, struct store *s)
{
	const char *hubs[HUBS_MAX];
	n->nfollow = follow_hubs(hubs, &n->is_only, s);
	n->follow_changes = s->follow->changes;
	if (follow_scope(s)) {
		n->scope = mem_alloc(sizeof *n->scope);
		*n->scope = *follow_scope(s);
	}
	n->follow = mem_alloc((n->nfollow + 1) * sizeof *n->follow);
	for (size_t i = 0; i < n->nfollow; i++)
		snprintf(n->follow[i], sizeof n->follow[i], "%s", hubs[i]);
}

void snapshot_take(struct snapshot *out, struct store *s)
{
	const struct charter *charter;
	struct err none;
	*out = (struct snapshot){.is_broken = s->is_broken, .attachments = s->attachments};
	memcpy(out->network, s->network, sizeof out->network);
	memcpy(out->hub, s->hub, sizeof out->hub);
	memcpy(out->incarnation, s->incarnation, sizeof out->incarnation);
	out->is_restored = s->is_restored;
	store_state(s, &out->state);
	out->heads = mem_alloc((out->state.nheads + 1) * sizeof *out->heads);
	out->times = mem_alloc((out->state.nheads + 1) * sizeof *out->times);
	whole_state(&out->state, out->heads, s);
	for (size_t i = 0; i < out->state.nheads; i++) {
		const struct journal *j = store_journal(s, out->heads[i].hub);
		out->times[i] = j ? j->time : 0;
	}
	if (out->state.charter && store_charter(s, 0, &charter, NULL, &none) == 0)
		take_hubs(out, charter);
	take_follow(out, s);
}

void snapshot_release(struct snapshot *n)
{
	free(n->heads);
	free(n->times);
	free(n->hubs);
	free(n->follow);
	free(n->scope);
	*n = (struct snapshot){.nhubs = 0};
}

bool snapshot_eq(const struct snapshot *a, const struct snapshot *b)
{
	if (a->attachments != b->attachments || a->follow_changes != b->follow_changes ||
	    a->state.charter != b->state.charter || a->state.nheads != b->state.nheads ||
	    !sha256_eq(&a->state.charter_hash, &b->state.charter_hash))
		return false;
	for (size_t i = 0; i < a->state.nheads; i++)
		if (strcmp(a->heads[i].hub, b->heads[i].hub) != 0 ||
		    a->heads[i].seq != b->heads[i].seq ||
		    memcmp(a->heads[i].id.bytes, b->heads[i].id.bytes, OID_BYTES) != 0)
			return false;
	return true;
}

const struct snapshot_hub *snapshot_hub(const struct snapshot *n, const char *id)
{
	for (size_t i = 0; i < n->nhubs; i++)
		if (strcmp(n->hubs[i].id, id) == 0)
			return &n->hubs[i];
	return NULL;
}

const struct snapshot_hub *snapshot_hub_by_link(
    const struct snapshot *n, const uint8_t link[static 32])
{
	for (size_t i = 0; i < n->nhubs; i++)
		if (memcmp(n->hubs[i].link, link, sizeof n->hubs[i].link) == 0)
			return &n->hubs[i];
	return NULL;
}
