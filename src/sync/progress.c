/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/progress.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Where `hub` stands, or would have to. */
static size_t place_of(const struct progress *p, const char *hub)
{
	size_t low = 0, high = p->n;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (strcmp(p->tracks[mid].hub, hub) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct track *add(struct progress *p, const char *hub)
{
	size_t at = place_of(p, hub), length = strlen(hub);
	const struct track *open = name_is_for_members(hub) ? progress_find(p, hub + 1) : NULL;
	bool is_out = !open || open->is_out; /* both journals of a hub are followed, or none */
	assert(length < HUB_NAME_BYTES);
	mem_grow((void **)&p->tracks, &p->cap, p->n + 1, sizeof *p->tracks);
	struct track *t = &p->tracks[at];
	memmove(t + 1, t, (p->n++ - at) * sizeof *t);
	*t = (struct track){.is_out = length && p->is_choosy && is_out};
	memcpy(t->hub, hub, length);
	return t;
}

void progress_init(struct progress *p, const char *own)
{
	*p = (struct progress){.own = own, .rule = WANT_ENTRIES};
	add(p, "");
}

void progress_release(struct progress *p)
{
	for (size_t i = 0; i < p->n; i++)
		part_release(p->tracks[i].part);
	free(p->tracks);
	*p = (struct progress){.n = 0};
}

struct track *progress_find(struct progress *p, const char *hub)
{
	size_t at = place_of(p, hub);
	return at < p->n && !strcmp(p->tracks[at].hub, hub) ? &p->tracks[at] : NULL;
}

struct track *progress_meet(struct progress *p, const char *hub, struct err *err)
{
	bool is_for_members = name_is_for_members(hub);
	if (is_for_members && !p->is_open_here) {
		err_set(err, ERR_PEER, "'%s' is for members, and was not opened to this peer", hub);
		return NULL;
	}
	struct track *t = progress_find(p, hub);
	if (t)
		return t;
	size_t *foreign = is_for_members ? &p->foreign_members : &p->foreign;
	if (*foreign == HUBS_MAX) {
		err_set(err, ERR_PEER,
		    "'%s': the peer named more than %d hubs that are unknown here", hub, HUBS_MAX);
		return NULL;
	}
	++*foreign;
	return add(p, hub);
}

struct track *progress_name(struct progress *p, const char *hub)
{
	struct track *t = progress_find(p, hub);
	return t ? t : add(p, hub);
}

static int raise_local(struct track *t, uint64_t seq, const uint8_t *id, struct err *err)
{
	bool is_same = seq == t->local && (!seq || !memcmp(t->local_id, id, SHORT_ID_BYTES));
	if (seq < t->local || (seq == t->local && !is_same))
		return err_set(err, ERR_CHAIN,
		    "%s%s went back from %llu to %llu here: the session "
		    "must begin anew",
		    t->hub[0] ? "the journal of " : "the charter", t->hub,
		    (unsigned long long)t->local, (unsigned long long)seq);
	t->is_stirred |= seq > t->local;
	t->local = seq;
	if (seq)
		memcpy(t->local_id, id, SHORT_ID_BYTES);
	return 0;
}

int progress_local(struct progress *p, const struct local_state *l, struct err *err)
{
	for (size_t i = 0; i < l->nheads; i++)
		progress_name(p, l->heads[i].hub);
	int rc = raise_local(&p->tracks[0], l->charter, l->charter_hash.bytes, err);
	for (size_t i = 1, k = 0; i < p->n && !rc; i++) {
		struct track *t = &p->tracks[i];
		bool is_held = k < l->nheads && !strcmp(l->heads[k].hub, t->hub);
		const struct head *h = is_held ? &l->heads[k++] : NULL;
		rc = raise_local(t, h ? h->seq : 0, h ? h->id.bytes : NULL, err);
	}
	return rc;
}

void progress_told_all(struct progress *p)
{
	for (size_t i = 0; i < p->n; i++)
		p->tracks[i].told = p->tracks[i].local;
}

void progress_mirror(struct progress *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct track *t = &p->tracks[i];
		t->said = t->told;
		/* Another one's id where ours has grown since; it is compared at equal numbers
		 * only. */
		memcpy(t->said_id, t->local_id, SHORT_ID_BYTES);
	}
}

uint64_t track_peer(const struct track *t)
{
	return larger(t->said, t->received);
}

bool track_is_forked(const struct track *t)
{
	return t->said && t->said == t->local && memcmp(t->said_id, t->local_id, SHORT_ID_BYTES);
}

bool progress_is_shut(const struct progress *p, const struct track *t)
{
	return name_is_for_members(t->hub) && !(p->is_open_here && p->is_open_there);
}

enum want progress_wanted(const struct progress *p, const struct track *t)
{
	if (!t->hub[0])
		return WANT_ENTRIES;
	if (progress_is_shut(p, t))
		return WANT_NOTHING;
	if (t->asked != TURN_BY_RULE)
		return turn_want(t->asked);
	return p->rule == WANT_NEWS && strcmp(name_of_hub(t->hub), p->own) == 0 ? WANT_ENTRIES
										: p->rule;
}

bool progress_lacks_here(const struct progress *p, const struct track *t)
{
	bool is_to_come = !t->hub[0] || (!t->is_out && !p->is_peer_mute && !progress_is_shut(p, t));
	return is_to_come && track_peer(t) > t->local;
}

bool progress_lacks_there(const struct progress *p, const struct track *t)
{
	bool is_to_go = !t->hub[0] || !p->is_mute;
	return is_to_go && t->local > track_peer(t) && progress_wanted(p, t) != WANT_NOTHING;
}

bool progress_is_untold(const struct progress *p, const struct track *t)
{
	if (t->is_disputed || t->local <= t->told || progress_is_shut(p, t))
		return false;
	return track_peer(t) > t->told || (!p->is_mute && progress_wanted(p, t) == WANT_NEWS);
}

uint64_t track_next(const struct track *t)
{
	uint64_t has = larger(track_peer(t), t->sent);
	return t->is_disputed || has > t->local ? t->local + 1 : has + 1;
}

uint64_t track_expected(const struct track *t)
{
	return larger(t->local, t->received) + 1;
}

bool progress_is_settled(const struct progress *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct track *t = &p->tracks[i];
		if (!t->is_disputed && (progress_lacks_here(p, t) || progress_lacks_there(p, t)))
			return false;
	}
	return true;
}

/* Is `a` to be sent before `b`, which comes after it by name? */
static bool is_before(const struct track *a, const struct track *b)
{
	if (a->hub[0] && name_is_for_members(a->hub) != name_is_for_members(b->hub))
		return name_is_for_members(b->hub); /* rosters first */
	return !a->hub[0] || !b->rank || (a->rank && a->rank < b->rank);
}

const struct track *progress_want(const struct progress *p)
{
	const struct track *first = NULL;
	for (size_t i = 0; i < p->n; i++) {
		const struct track *t = &p->tracks[i];
		bool is_to_go = !t->hub[0] || !p->is_mute;
		if (is_to_go && track_next(t) <= t->local &&
		    progress_wanted(p, t) == WANT_ENTRIES && (!first || !is_before(first, t)))
			first = t;
	}
	return first;
}
