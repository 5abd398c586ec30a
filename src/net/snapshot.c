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
		n->hubs[i].is_closed = c->hubs[i].is_closed;
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

/* Room for all heads, those for members first, as their names are. */
static void take_members(struct snapshot *n, struct store *s)
{
	struct local_state m = {.nheads = 0};
	if (s->members)
		store_state(s->members, &m);
	n->all = mem_alloc((m.nheads + n->state.nheads + 1) * sizeof *n->all);
	for (size_t i = 0; i < m.nheads; i++) {
		n->all[i] = m.heads[i];
		n->all[i].hub[0] = MEMBERS_MARK;
		memcpy(n->all[i].hub + 1, m.heads[i].hub, HUB_NAME_BYTES - 1);
	}
	n->heads = n->all + m.nheads;
	n->inner.nheads = m.nheads;
}

/* A key in a file; an agent may ask a person each time, so it is only asked for a submission. Who
 * lacks some text takes in nothing for members. */
static void take_member(struct snapshot *n, struct store *s)
{
	struct buf member = BUF_INIT;
	struct err none;
	n->shows_member = !s->hub[0] && !follow_scope(s) &&
			  repo_config(s->repo, "belfry.member", &member, &none) == 0 &&
			  !str_starts(buf_str(&member), STR("agent"));
	memcpy(n->home, s->follow->home, sizeof n->home);
	buf_release(&member);
}

void snapshot_take(struct snapshot *out, struct store *s)
{
	const struct charter *charter;
	struct err none;
	*out = (struct snapshot){.is_broken = s->is_broken || (s->members && s->members->is_broken),
	    .evidence = s->evidence,
	    .attachments = s->attachments};
	memcpy(out->network, s->network, sizeof out->network);
	memcpy(out->hub, s->hub, sizeof out->hub);
	memcpy(out->incarnation, s->incarnation, sizeof out->incarnation);
	out->is_restored = s->is_restored;
	store_state(s, &out->state);
	take_members(out, s);
	out->times = mem_alloc((out->state.nheads + 1) * sizeof *out->times);
	whole_state(&out->state, out->heads, s);
	out->inner = (struct local_state){out->state.charter, out->state.charter_hash, out->all,
	    out->inner.nheads + out->state.nheads};
	for (size_t i = 0; i < out->state.nheads; i++) {
		const struct journal *j = store_journal(s, out->heads[i].hub);
		out->times[i] = j ? j->time : 0;
	}
	if (out->state.charter && store_charter(s, 0, &charter, NULL, &none) == 0)
		take_hubs(out, charter);
	take_follow(out, s);
	take_member(out, s);
}

void snapshot_release(struct snapshot *n)
{
	free(n->all);
	free(n->times);
	free(n->hubs);
	free(n->follow);
	free(n->scope);
	*n = (struct snapshot){.nhubs = 0};
}

bool snapshot_eq(const struct snapshot *a, const struct snapshot *b)
{
	if (a->evidence != b->evidence || a->attachments != b->attachments ||
	    a->follow_changes != b->follow_changes || a->state.charter != b->state.charter ||
	    a->inner.nheads != b->inner.nheads ||
	    !sha256_eq(&a->state.charter_hash, &b->state.charter_hash))
		return false;
	for (size_t i = 0; i < a->inner.nheads; i++)
		if (strcmp(a->all[i].hub, b->all[i].hub) != 0 || a->all[i].seq != b->all[i].seq ||
		    memcmp(a->all[i].id.bytes, b->all[i].id.bytes, OID_BYTES) != 0)
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
