/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	CALM_LIMIT_MS = 40 * 60 * 1000, /* for the slowest links; else it does not converge */
	AFTER_MS = 200 * 1000, /* so that what was silent is found out and replaced */
	PROBE_MS = 200,
	REGIONAL_HUBS = 8,
};

#define COMMON .hubs = 9, .charter_ms = 80000
#define FAST .rate_min = 8000, .rate_max = 200000, .delay_max_ms = 400, .publish_ms = 15000

const struct scenario scenarios[] = {
    {COMMON, FAST, .name = "calm", .about = "no faults"},
    {COMMON, FAST, .name = "cuts", .about = "connections break", .cut_ms = 20000,
	.half_open_percent = 20},
    {COMMON, FAST, .name = "silence", .about = "links swallow bytes", .topology = RANDOM,
	.stall_ms = 40000, .half_open_percent = 50},
    {COMMON, FAST, .name = "crashes", .about = "processes die, machines lose power",
	.topology = RANDOM, .crash_ms = 40000, .half_open_percent = 30, .cut_ms = 60000},
    {COMMON, FAST, .name = "backups", .about = "stores are set back to a backup",
	.topology = RANDOM, .restore_ms = 60000, .crash_ms = 90000},
    {COMMON, .name = "slow", .about = "2 to 8 kbit/s", .topology = REGIONS, .rate_min = 250,
	.rate_max = 1000, .delay_max_ms = 3000, .cut_ms = 60000, .publish_ms = 60000},
    {COMMON, FAST, .name = "doubles", .about = "both sides dial, connections overlap",
	.topology = RING, .dials_both_ways = true, .cut_ms = 15000, .half_open_percent = 40},
    {COMMON, FAST, .name = "clocks", .about = "clocks are years off", .topology = RANDOM,
	.has_wild_clocks = true, .cut_ms = 30000, .crash_ms = 90000},
    {COMMON, FAST, .name = "edges",
	.about = "half are edges that follow some journals, types and languages",
	.topology = REGIONS, .has_edges = true, .cut_ms = 30000, .crash_ms = 90000},
    {COMMON, FAST, .name = "wishes", .about = "edges that follow other things again and again",
	.topology = REGIONS, .has_edges = true, .wish_ms = 30000, .cut_ms = 30000,
	.crash_ms = 90000, .restore_ms = 120000, .hostile_percent = 8, .half_open_percent = 20},
    {COMMON, FAST, .name = "hostile", .about = "one in five forges, garbles, boasts or forks",
	.topology = RANDOM, .hostile_percent = 20, .cut_ms = 60000},
    {COMMON, FAST, .name = "storm", .about = "all at once", .topology = RANDOM, .cut_ms = 25000,
	.stall_ms = 60000, .crash_ms = 90000, .restore_ms = 120000, .hostile_percent = 12,
	.half_open_percent = 30, .dials_both_ways = true, .has_wild_clocks = true},
};
const unsigned nscenarios = sizeof scenarios / sizeof scenarios[0];

/* --- building --- */

static void join(struct world *w, unsigned a, unsigned b)
{
	struct node *n = &w->nodes[a];
	for (struct dial *d = n->dials; d; d = d->next)
		if (d->to == &w->nodes[b])
			return;
	dial_add(n, &w->nodes[b]);
	if (w->scenario->dials_both_ways)
		dial_add(&w->nodes[b], n);
}

static void build_links(struct world *w)
{
	unsigned n = w->nnodes;
	for (unsigned i = 1; i < n; i++)
		switch (w->scenario->topology) {
		case REGIONS: /* the centre, regional hubs, and below them the rest */
			join(w, i, i <= REGIONAL_HUBS ? 0 : 1 + i % REGIONAL_HUBS);
			if (i <= REGIONAL_HUBS && i > 1 && !pick(w, 3))
				join(w, i, i - 1);
			break;
		case RANDOM:
			join(w, i, (unsigned)pick(w, i));
			join(w, i, (unsigned)pick(w, i));
			break;
		case RING:
			join(w, i, i - 1);
			if (i == n - 1)
				join(w, i, 0);
		}
}

static void choose_hostile(struct world *w)
{
	for (unsigned i = 1; i < w->nnodes; i++) {
		struct node *n = &w->nodes[i];
		if (n->hostility || n->own == JOURNALS_MAX ||
		    pick(w, 100) >= w->scenario->hostile_percent)
			continue;
		n->hostility = (enum hostility)(1 + pick(w, HOSTILITIES - 1));
		if (n->hostility != FORKS || i + 1 >= w->njournals)
			continue;
		w->nodes[i + 1].hostility = FORKS;
		w->nodes[i + 1].own = n->own;
		w->is_forked[n->own] = true;
	}
}

static void choose_wishes(struct world *w)
{
	for (unsigned i = w->njournals; w->scenario->has_edges && i < w->nnodes; i++) {
		struct node *n = &w->nodes[i];
		memset(n->ever_followed, false, sizeof n->ever_followed);
		memset(n->ever_wanted, false, sizeof n->ever_wanted);
		wish_choose(n);
	}
}

static void first_event(struct node *n, enum event_kind kind, int64_t mean_ms)
{
	int64_t at = mean_ms ? pick_mean(n->world, mean_ms) : n->world->calm_ms;
	if (at < n->world->calm_ms)
		event_add(n->world, at, kind, n, 0);
}

static void begin_nodes(struct world *w)
{
	const struct scenario *s = w->scenario;
	for (unsigned i = 0; i < w->nnodes; i++) {
		struct node *n = &w->nodes[i];
		if (s->has_wild_clocks)
			n->clock_off_ms = ((int64_t)pick(w, 21) - 10) * 365 * 86400000;
		if (n->own < JOURNALS_MAX)
			first_event(n, EVENT_PUBLISH, s->publish_ms);
		first_event(n, EVENT_CRASH, s->crash_ms);
		first_event(n, EVENT_BACKUP, s->restore_ms);
		if (n->own == JOURNALS_MAX)
			first_event(n, EVENT_WISH, s->wish_ms);
		for (struct dial *d = n->dials; d; d = d->next)
			event_add(w, (int64_t)pick(w, 3000), EVENT_DIAL, d, 0);
	}
	first_event(&w->nodes[0], EVENT_CHARTER, s->charter_ms);
}

static struct world *world_new(
    const struct scenario *s, uint64_t seed, unsigned hubs, unsigned journals)
{
	struct world *w = mem_alloc(sizeof *w);
	w->scenario = s;
	w->seed = seed;
	chance_begin(w);
	w->nnodes = hubs;
	w->njournals = journals < hubs ? journals : hubs;
	w->network = sha256(STR("a simulated network"));
	w->charter = 1;
	w->calm_ms = s->lasts_ms;
	w->nodes = mem_alloc(hubs * sizeof *w->nodes);
	for (unsigned i = 0; i < hubs; i++)
		node_init(w, i);
	for (unsigned i = 1; i < w->njournals; i++)
		w->named_from[i] = 1 + (uint32_t)(s->charter_ms && !pick(w, 4));
	return w;
}

static void world_free(struct world *w)
{
	links_free(w);
	for (unsigned i = 0; i < w->nnodes; i++)
		node_release(&w->nodes[i]);
	for (size_t b = 0; b < sizeof w->entries / sizeof w->entries[0]; b++)
		for (struct entry *e; (e = w->entries[b]);) {
			w->entries[b] = e->next;
			free(e);
		}
	free(w->nodes);
	free(w->queue);
	free(w->reap);
	free(w);
}

/* --- running --- */

/* Up to, not including, what happens at `until`. */
static void run_until(struct world *w, int64_t until)
{
	struct event v;
	while (!w->is_failed && w->nqueue && w->queue[0].at < until) {
		event_take(w, &v);
		w->now = v.at;
		w->events++;
		if (v.kind <= EVENT_RESUME)
			link_event(w, &v);
		else
			node_event(w, &v);
		links_reap(w);
	}
	if (!w->is_failed)
		w->now = until;
}

static struct result result_of(const struct world *w)
{
	struct result r = {.log_hash = w->log_hash,
	    .ratio = w->raw_new ? (double)w->bytes_in / (double)w->raw_new : 0,
	    .connections = w->connections,
	    .published = w->published,
	    .events = w->events,
	    .is_failed = w->is_failed};
	snprintf(r.why, sizeof r.why, "%s", w->why);
	return r;
}

struct result world_run(const struct scenario *s, uint64_t seed, unsigned hubs, bool is_verbose)
{
	struct world *w = world_new(s, seed, hubs, s->has_edges ? hubs - hubs / 2 : JOURNALS_MAX);
	w->is_verbose = is_verbose;
	choose_wishes(w);
	build_links(w);
	choose_hostile(w);
	oracle_components(w);
	begin_nodes(w);
	run_until(w, w->calm_ms);
	while (!w->is_failed && !oracle_is_converged(w)) {
		run_until(w, w->now + PROBE_MS);
		if (w->now > w->calm_ms + CALM_LIMIT_MS)
			world_fail(
			    w, "no convergence in %d minutes of calm", CALM_LIMIT_MS / 60000);
	}
	int64_t converged = w->now - w->calm_ms;
	log_line(w, "all is equal %lld ms after the last fault", (long long)converged);
	run_until(w, w->now + AFTER_MS);
	if (!w->is_failed)
		oracle_end(w);
	struct result r = result_of(w);
	r.converged_ms = converged;
	world_free(w);
	return r;
}

/* --- gossip --- */

static const struct scenario gossip = {.name = "gossip",
    .about = "one new record, each node dials three others",
    .topology = RANDOM,
    .rate_min = 125000,
    .rate_max = 125000,
    .delay_max_ms = 200,
    .lasts_ms = 20000};

/* Bytes of entries that came, whether they were news or not. */
static uint64_t raw_came(const struct world *w)
{
	uint64_t sum = w->raw_came;
	for (const struct link *l = w->links; l; l = l->next)
		for (int i = 0; i < 2; i++) {
			struct session_counts c;
			if (!l->ends[i].session)
				continue;
			session_counts(l->ends[i].session, &c);
			sum += c.raw_in;
		}
	return sum;
}

/* One record goes from the first node to all. */
static struct wave publish_one(struct world *w)
{
	struct wave v = {.hops = 0};
	uint64_t bytes = w->bytes_in, fresh = w->raw_new, came = raw_came(w);
	int64_t began = w->now;
	size_t seq = w->nodes[0].held->journals[0].n + 1;
	unsigned without = 0;
	node_job(&w->nodes[0], JOB_PUBLISH, NULL);
	run_until(w, w->now + 8000);
	for (unsigned i = 1; i < w->nnodes; i++) {
		const struct node *n = &w->nodes[i];
		const struct journal *j = &n->held->journals[0];
		without += j->n != seq;
		v.ms = n->got_ms - began > v.ms ? n->got_ms - began : v.ms;
		v.hops = j->hops > v.hops ? j->hops : v.hops;
	}
	if (without)
		world_fail(w, "%u of %u nodes lack the record", without, w->nnodes - 1);
	fresh = w->raw_new > fresh ? w->raw_new - fresh : 1;
	v.copies = (double)(raw_came(w) - came) / (double)fresh;
	v.ratio = (double)(w->bytes_in - bytes) / (double)fresh;
	return v;
}

struct result gossip_run(uint64_t seed, unsigned hubs, bool is_verbose)
{
	struct world *w = world_new(&gossip, seed, hubs, 1);
	w->is_verbose = is_verbose;
	w->is_gossip = true;
	for (unsigned i = 0; i < hubs; i++)
		for (unsigned k = 0; k < 3; k++) {
			unsigned to = (unsigned)pick(w, hubs - 1);
			join(w, i, to + (to >= i));
		}
	begin_nodes(w);
	run_until(w, w->calm_ms);
	struct wave first = publish_one(w), second = publish_one(w);
	struct result r = result_of(w);
	r.first = first;
	r.second = second;
	world_free(w);
	return r;
}
