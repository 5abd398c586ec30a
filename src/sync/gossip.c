/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/gossip.h"

#include "base/mem.h"
#include "sync/session_impl.h"

#include <stdlib.h>

enum {
	/* For a source that has not told of the news yet: another path may only be quicker. */
	GRACE_MS = 300,
	/* For one that has, over what its link was seen to need: its store is others' too. */
	PATIENCE_MS = 2000,
	/* However much else it sends meanwhile. Both double with each miss. */
	PATIENCE_LAST_MS = 60 * 1000,
	MISSES_MAX = 6,
};

/* One way to more of a journal. */
struct offer {
	struct gossip_link *link;
	struct track *track;
};

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static struct gossip_link *link_of(const struct gossip *g, const struct session *s)
{
	for (size_t i = 0; i < g->nlinks; i++)
		if (g->links[i].session == s)
			return &g->links[i];
	return NULL;
}

static struct offer offer_of(struct gossip_link *l, const char *hub)
{
	struct offer o = {.link = l};
	if (l->session->state == STATE_OPEN && !l->session->is_holding &&
	    !l->session->peer_has_scope)
		o.track = progress_find(&l->session->progress, hub);
	if (o.track && (o.track->is_disputed || o.track->is_out ||
			   progress_is_shut(&l->session->progress, o.track)))
		o.track = NULL;
	return o;
}

static struct gossip_journal *journal_of(struct gossip *g, const char *hub)
{
	size_t low = 0, high = g->njournals;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (strcmp(g->journals[mid].hub, hub) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < g->njournals && !strcmp(g->journals[low].hub, hub))
		return &g->journals[low];
	mem_grow((void **)&g->journals, &g->journals_cap, g->njournals + 1, sizeof *g->journals);
	struct gossip_journal *j = &g->journals[low];
	memmove(j + 1, j, (g->njournals++ - low) * sizeof *j);
	*j = (struct gossip_journal){.had = 0};
	memcpy(j->hub, hub, sizeof j->hub);
	return j;
}

/* --- what peers are asked --- */

/* Does the peer send this journal as it comes? */
static bool is_on(const struct offer *o)
{
	const struct session *s = o->link->session;
	if (o->track->asking != TURN_BY_RULE)
		return o->track->asking == TURN_ON;
	return !s->is_sparing || strcmp(name_of_hub(o->track->hub), s->peer_hello.hub) == 0;
}

static void turn(struct offer *o, bool on)
{
	if (is_on(o) == on)
		return;
	o->track->asking = TURN_BY_RULE;
	if (is_on(o) != on)
		o->track->asking = on ? TURN_ON : TURN_OFF;
	o->link->is_changed = true;
}

/* From now on it comes from there. */
static void choose(struct gossip *g, struct gossip_journal *j, struct offer *o)
{
	for (size_t i = 0; i < g->nlinks; i++) {
		struct offer other = offer_of(&g->links[i], j->hub);
		if (other.track && other.link != o->link && !other.link->is_edge)
			turn(&other, false);
	}
	turn(o, true);
	j->source = o->link->session;
	j->since_ms = g->now_ms;
}

/* --- who may bring it --- */

static bool holds_more(const struct offer *o, const struct gossip_journal *j)
{
	return o->track && track_peer(o->track) > j->had;
}

/* The asked one; else one that sends by rule: what it is known to hold, its own, or anything. */
static struct offer source_of(const struct gossip *g, const struct gossip_journal *j)
{
	struct offer best = {.link = NULL};
	int best_rank = 0;
	for (size_t i = 0; i < g->nlinks; i++) {
		struct offer o = offer_of(&g->links[i], j->hub);
		if (!o.track || !is_on(&o))
			continue;
		int rank = 1;
		if (o.link->session == j->source)
			rank = 4;
		else if (holds_more(&o, j))
			rank = 3;
		else if (strcmp(o.link->session->peer_hello.hub, name_of_hub(j->hub)) == 0)
			rank = 2;
		else if (o.link->is_edge)
			continue;
		if (rank > best_rank) {
			best_rank = rank;
			best = o;
		}
	}
	return best;
}

/* Of those that hold more, who has failed least, then who answers soonest. */
static struct offer best_offer(
    const struct gossip *g, const struct gossip_journal *j, const struct offer *but)
{
	struct offer best = {.link = NULL};
	for (size_t i = 0; i < g->nlinks; i++) {
		struct offer o = offer_of(&g->links[i], j->hub);
		if (!holds_more(&o, j) || o.link == but->link)
			continue;
		if (!best.track || o.track->failures < best.track->failures ||
		    (o.track->failures == best.track->failures &&
			o.link->answer_ms < best.link->answer_ms))
			best = o;
	}
	return best;
}

/* Until when the source is waited for. What waits behind our own output was not asked yet. */
static int64_t deadline_of(const struct gossip_journal *j, const struct offer *src)
{
	const struct session *s = src->link->session;
	int64_t since = j->since_ms;
	if (!holds_more(src, j))
		return since + GRACE_MS + 2 * src->link->answer_ms;
	int64_t last = since + ((int64_t)PATIENCE_LAST_MS << j->misses);
	since = later(since, s->moved_ms);
	if (outbox_size(&s->out))
		since = later(since, s->taken_ms);
	int64_t due = since + ((PATIENCE_MS + 4 * src->link->answer_ms) << j->misses);
	return due < last ? due : last;
}

static void note_miss(struct gossip *g, struct gossip_journal *j, struct offer *src)
{
	if (holds_more(src, j)) {
		src->track->failures++;
		if (j->misses < MISSES_MAX)
			j->misses++;
	}
	j->since_ms = g->now_ms;
}

static void decide(struct gossip *g, struct gossip_journal *j)
{
	struct offer src = source_of(g, j);
	struct offer best = best_offer(g, j, &src);
	if (!src.track) {
		if (best.track)
			choose(g, j, &best);
		return;
	}
	/* A source that once failed gives way to one that did not, and keeps its place before one
	 * that failed more. */
	bool is_better = best.track && best.track->failures < src.track->failures;
	bool is_worse = best.track && best.track->failures > src.track->failures;
	if (!is_better && g->now_ms < deadline_of(j, &src))
		return;
	note_miss(g, j, &src);
	if (best.track && (is_better || !is_worse || holds_more(&src, j)))
		choose(g, j, &best);
}

/* --- what has changed --- */

static uint64_t held(const struct gossip *g, const char *hub)
{
	uint64_t most = 0;
	for (size_t i = 0; i < g->nlinks; i++) {
		const struct session *s = g->links[i].session;
		const struct track *t = progress_find(&g->links[i].session->progress, hub);
		if (t && t->local > most)
			most = t->local;
		if (t && !t->is_disputed && s->state == STATE_OPEN && t->received > most)
			most = t->received;
	}
	return most;
}

static void review(struct gossip *g, const char *hub)
{
	struct gossip_journal *j = journal_of(g, hub);
	uint64_t had = held(g, hub);
	struct offer none = {.link = NULL};
	if (had != j->had || !j->is_open) {
		j->had = had;
		j->misses = 0;
		j->since_ms = g->now_ms;
	}
	j->is_open = best_offer(g, j, &none).track != NULL;
	if (j->is_open)
		decide(g, j);
}

/* Something of this journal came from this peer: it is the quickest way, or one too many. */
static void note_arrival(struct gossip *g, struct gossip_link *l, struct track *t)
{
	struct gossip_journal *j = journal_of(g, t->hub);
	struct offer o = {l, t};
	if (t->has_new) {
		int64_t took = g->now_ms - j->since_ms;
		if (j->is_open && j->source == l->session)
			l->answer_ms = later(took, (3 * l->answer_ms + took) / 4);
		t->failures = 0;
		if (!l->is_edge && is_on(&o) && j->source != l->session)
			choose(g, j, &o);
	} else if (t->has_old && j->source && j->source != l->session) {
		turn(&o, false);
	}
	t->has_new = t->has_old = false;
}

/* --- one link or several --- */

static void spare(struct gossip *g, struct gossip_link *l, bool is_sparing)
{
	struct progress *p = &l->session->progress;
	if (l->session->is_sparing == is_sparing)
		return;
	l->session->is_sparing = is_sparing;
	l->is_changed = true;
	for (size_t i = 0; i < p->n; i++)
		p->tracks[i].asking = TURN_BY_RULE;
	for (size_t i = 0; i < g->njournals; i++)
		if (g->journals[i].source == l->session)
			g->journals[i].source = NULL;
}

/* Is there anything left that only by rule is under way from this peer? */
static bool is_bringing(const struct session *s)
{
	for (size_t i = 1; i < s->progress.n; i++) {
		const struct track *t = &s->progress.tracks[i];
		if (!t->is_disputed && progress_lacks_here(&s->progress, t))
			return true;
	}
	return s->state != STATE_OPEN;
}

static void set_rules(struct gossip *g)
{
	size_t hubs = 0;
	for (size_t i = 0; i < g->nlinks; i++)
		hubs += !g->links[i].is_edge;
	for (size_t i = 0; i < g->nlinks; i++) {
		struct gossip_link *l = &g->links[i];
		if (l->is_edge)
			continue;
		if (hubs == 1)
			spare(g, l, false);
		else if (!is_bringing(l->session))
			spare(g, l, true);
	}
}

/* --- for the driver --- */

void gossip_add(struct gossip *g, struct session *s, void *owner, int64_t now_ms)
{
	struct gossip_link *l = MEM_PUSH(g->links, g->nlinks, g->links_cap);
	g->now_ms = now_ms;
	*l = (struct gossip_link){.session = s,
	    .owner = owner,
	    .answer_ms = s->round_trip_ms,
	    .is_edge = session_is_edge(s->peer_hello.hub)};
	for (size_t i = 0; i + 1 < g->nlinks && !l->is_edge; i++)
		if (!g->links[i].is_edge)
			s->is_sparing = true; /* from the first flight on */
	/* Its own journal it sends by rule, so it may be waited for. */
	struct err err;
	if (!l->is_edge)
		progress_meet(&s->progress, s->peer_hello.hub, &err);
	set_rules(g);
	gossip_look(g, s, now_ms);
}

void gossip_remove(struct gossip *g, const struct session *s, int64_t now_ms)
{
	struct gossip_link *l = link_of(g, s);
	if (!l)
		return;
	g->now_ms = now_ms;
	memmove(l, l + 1, (size_t)(&g->links[--g->nlinks] - l) * sizeof *l);
	if (!g->nlinks) {
		free(g->links);
		free(g->journals);
		*g = (struct gossip){.now_ms = now_ms};
		return;
	}
	set_rules(g);
	for (size_t i = 0; i < g->njournals; i++) {
		struct gossip_journal *j = &g->journals[i];
		if (j->source == s)
			j->source = NULL;
		review(g, j->hub);
	}
}

void gossip_look(struct gossip *g, struct session *s, int64_t now_ms)
{
	struct gossip_link *l = link_of(g, s);
	g->now_ms = now_ms;
	if (!l || s->state != STATE_OPEN)
		return;
	for (size_t i = 1; i < s->progress.n; i++) {
		struct track *t = &s->progress.tracks[i];
		if (!t->is_stirred)
			continue;
		t->is_stirred = false;
		note_arrival(g, l, t);
		review(g, t->hub);
	}
	if (!s->is_sparing)
		set_rules(g);
}

void gossip_tick(struct gossip *g, int64_t now_ms)
{
	g->now_ms = now_ms;
	for (size_t i = 0; i < g->njournals; i++)
		if (g->journals[i].is_open)
			review(g, g->journals[i].hub);
}

int64_t gossip_due(const struct gossip *g)
{
	int64_t due = INT64_MAX;
	for (size_t i = 0; i < g->njournals; i++) {
		const struct gossip_journal *j = &g->journals[i];
		if (!j->is_open)
			continue;
		struct offer src = source_of(g, j);
		int64_t at = src.track ? deadline_of(j, &src) : INT64_MAX;
		due = at < due ? at : due;
	}
	return due;
}

void *gossip_next(struct gossip *g)
{
	for (size_t i = 0; i < g->nlinks; i++)
		if (g->links[i].is_changed) {
			g->links[i].is_changed = false;
			return g->links[i].owner;
		}
	return NULL;
}
