/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

static const struct node *peer_of(const struct end *e)
{
	return e->link->ends[e == e->link->ends].node;
}

static bool follows(const struct node *n, unsigned journal)
{
	return wish_follows(&n->held->wish, journal);
}

/* An honest peer sends what was asked for: nothing of another journal, no text of another type or
 * language, and no revision of what may not be here. */
void oracle_came(const struct end *e, struct str bytes)
{
	const struct node *n = e->node;
	const struct wish *wish = &n->held->wish;
	struct entry_front f;
	if (peer_of(e)->hostility || e->wish_changes != n->wish_changes || !model_front(&f, bytes))
		return;
	bool is_text = f.form != FORM_BARE;
	const char *what = NULL;
	if (e->link->ends[e == e->link->ends].has_scope)
		what = "by one who lacks some text itself";
	else if (!wish_follows(wish, f.hub))
		what = "of a journal that it does not follow";
	else if (is_text && !wish_wants(wish, f.type, f.lang))
		what = "with a text that it does not want";
	else if (f.form == FORM_REVISION && wish->is_lacking)
		what = "as a revision of what may not be here";
	if (what)
		world_fail(n->world, "%s was sent entry %llu of %s, %s", n->name,
		    (unsigned long long)f.seq, journal_name(f.hub), what);
}

/* What a peer says that it holds durably is there now, and stays. */
void oracle_ack(struct end *e, const char *hub, uint64_t seq)
{
	struct world *w = e->node->world;
	struct node *peer = e->link->ends[e == e->link->ends].node;
	if (peer->hostility || e->node->hostility || peer->restores != e->peer_restores)
		return;
	int j = hub[0] ? journal_number(hub) : -1;
	if (j < 0 && hub[0]) {
		world_fail(w, "%s was told of the journal %s that never was", e->node->name, hub);
		return;
	}
	uint64_t held = hub[0] ? peer->held->journals[j].n : peer->held->charter;
	if (held < seq)
		world_fail(w, "%s was told that %s holds '%s' up to %llu, but it holds %llu",
		    e->node->name, peer->name, hub, (unsigned long long)seq,
		    (unsigned long long)held);
	if (hub[0] && peer->promised[j] < seq)
		peer->promised[j] = seq;
}

void oracle_promises(const struct node *n)
{
	for (unsigned i = 0; i < n->world->njournals; i++)
		if (n->held->journals[i].n < n->promised[i])
			world_fail(n->world,
			    "%s lost entries of %s: it holds %zu, it promised %llu", n->name,
			    journal_name(i), n->held->journals[i].n,
			    (unsigned long long)n->promised[i]);
}

/* Honest peers never call each other faulty, and dispute only what was signed twice. */
void oracle_quarrel(const struct end *e, const char *hub, const char *what)
{
	struct world *w = e->node->world;
	const struct node *peer = peer_of(e);
	int j = journal_number(hub);
	log_line(w, "%s-%s %s: %s", e->node->name, peer->name, hub, what);
	if (e->node->hostility || peer->hostility || (j >= 0 && w->is_forked[j]))
		return;
	world_fail(
	    w, "%s quarrels with %s, both honest: '%s' %s", e->node->name, peer->name, hub, what);
}

void oracle_components(struct world *w)
{
	for (unsigned i = 0; i < w->nnodes; i++)
		w->nodes[i].component = i;
	for (bool did = true; did;) {
		did = false;
		for (unsigned i = 0; i < w->nnodes; i++)
			for (struct dial *d = w->nodes[i].dials; d; d = d->next) {
				struct node *a = d->from, *b = d->to;
				if (a->hostility || b->hostility || a->component == b->component)
					continue;
				unsigned least =
				    a->component < b->component ? a->component : b->component;
				a->component = b->component = least;
				did = true;
			}
	}
}

static bool holds(const struct node *n, const struct entry *e)
{
	const struct journal *j = &n->held->journals[e->hub];
	return e->seq <= j->n && j->entries[e->seq - 1].entry == e;
}

static bool has_text(const struct node *n, const struct entry *e)
{
	return holds(n, e) && !n->held->journals[e->hub].entries[e->seq - 1].is_bare;
}

/* Who lacks some text passes nothing on, so what nobody else holds any more reaches nobody. */
static bool passes_on(const struct node *n)
{
	struct scope scope;
	return !n->hostility && !wish_scope(&scope, &n->held->wish);
}

/* How much of a journal there is to be had in the component of `n`. */
static size_t to_be_had(const struct node *n, unsigned journal)
{
	const struct world *w = n->world;
	size_t most = 0;
	for (unsigned i = 0; i < w->nnodes; i++) {
		const struct node *o = &w->nodes[i];
		size_t held = o->held->journals[journal].n;
		if (o->component == n->component && passes_on(o) && held > most)
			most = held;
	}
	return most;
}

static bool has_all(const struct node *n, uint32_t charter, const size_t *most)
{
	if (!n->is_up || n->held->charter != charter)
		return false;
	for (unsigned j = 0; j < n->world->njournals; j++)
		if (!n->world->is_forked[j] && follows(n, j) && wish_whole(n->held, j) < most[j])
			return false;
	return true;
}

bool oracle_is_converged(struct world *w)
{
	size_t most[JOURNALS_MAX];
	for (unsigned c = 0; c < w->nnodes; c++) {
		const struct node *first = &w->nodes[c];
		if (first->component != c || first->hostility)
			continue;
		for (unsigned j = 0; j < w->njournals; j++)
			most[j] = to_be_had(first, j);
		for (unsigned i = 0; i < w->nnodes; i++)
			if (w->nodes[i].component == c && !w->nodes[i].hostility &&
			    !has_all(&w->nodes[i], first->held->charter, most))
				return false;
	}
	return true;
}

/* A node has the text of what it wants, and of nothing that it never wanted. */
static void check_wish(const struct node *n, const struct entry *e)
{
	struct world *w = n->world;
	const char *what = NULL;
	if (holds(n, e) && !n->ever_followed[e->hub])
		what = "holds, and never followed,";
	else if (has_text(n, e) && !n->ever_wanted[e->type][e->lang])
		what = "has the text of, and never wanted,";
	else if (holds(n, e) && !has_text(n, e) && follows(n, e->hub) && !w->is_forked[e->hub] &&
		 e->seq <= to_be_had(n, e->hub) && wish_wants(&n->held->wish, e->type, e->lang))
		what = "lacks the text of, and wants,";
	if (what)
		world_fail(w, "%s %s entry %llu of %s", n->name, what, (unsigned long long)e->seq,
		    journal_name(e->hub));
}

/* All published entries that are at any honest node of a component that passes things on, or were
 * published there, are at each of its nodes that follow them: a set union. */
static void check_union(struct world *w, const struct entry *e)
{
	for (unsigned c = 0; c < w->nnodes; c++) {
		const struct node *author = &w->nodes[e->hub];
		unsigned members = 0, holders = 0;
		bool is_due = author->component == c && !author->hostility;
		if (w->nodes[c].component != c || w->nodes[c].hostility)
			continue;
		for (unsigned i = 0; i < w->nnodes; i++) {
			const struct node *n = &w->nodes[i];
			if (n->component != c || n->hostility)
				continue;
			check_wish(n, e);
			if (!follows(n, e->hub))
				continue;
			members++;
			holders += holds(n, e);
			is_due |= holds(n, e) && passes_on(n);
			if (holds(n, e) && !e->is_published)
				world_fail(w, "%s holds entry %llu of %s that nobody published",
				    n->name, (unsigned long long)e->seq, journal_name(e->hub));
		}
		if (w->is_forked[e->hub])
			continue;
		if (e->is_published && is_due && holders != members)
			world_fail(w, "entry %llu of %s is at %u of %u nodes",
			    (unsigned long long)e->seq, journal_name(e->hub), holders, members);
	}
}

/* Of what `by` follows, and can have. */
static struct sha256 held_by(const struct node *n, const struct node *by)
{
	struct head heads[JOURNALS_MAX];
	struct local_state l = n->state;
	l.heads = heads;
	l.nheads = 0;
	for (size_t i = 0; i < n->state.nheads; i++) {
		unsigned j = (unsigned)journal_number(n->heads[i].hub);
		if (!n->world->is_forked[j] && follows(by, j) &&
		    by->held->journals[j].n <= to_be_had(by, j))
			heads[l.nheads++] = n->heads[i];
	}
	return local_state_digest(&l);
}

/* Links that had time to say so agree that nothing is missing. */
static void check_links(struct world *w)
{
	bool has_hostile = false;
	for (unsigned i = 0; i < w->nnodes; i++)
		has_hostile |= w->nodes[i].hostility != HONEST;
	for (struct link *l = w->links; l && !has_hostile; l = l->next)
		for (int i = 0; i < 2; i++) {
			const struct end *e = &l->ends[i], *o = &l->ends[!i];
			struct session_counts c;
			if (e->state != END_TALKING || o->state != END_TALKING || !e->is_up ||
			    !o->is_up || l->is_stalled || e->up_ms > w->now - 30000)
				continue;
			session_counts(e->session, &c);
			if (c.behind || c.peer_behind)
				world_fail(w,
				    "%s thinks of %s: %llu behind, %llu ahead, where "
				    "both hold the same",
				    e->node->name, o->node->name, (unsigned long long)c.peer_behind,
				    (unsigned long long)c.behind);
		}
}

void oracle_end(struct world *w)
{
	for (size_t b = 0; b < sizeof w->entries / sizeof w->entries[0]; b++)
		for (const struct entry *e = w->entries[b]; e; e = e->next)
			check_union(w, e);
	for (unsigned i = 0; i < w->nnodes; i++) {
		const struct node *n = &w->nodes[i];
		if (n->hostility)
			continue;
		oracle_promises(n);
		struct sha256 a = held_by(n, n), b = held_by(&w->nodes[n->component], n);
		if (!sha256_eq(&a, &b))
			world_fail(w, "%s and %s differ in their digests", n->name,
			    w->nodes[n->component].name);
	}
	check_links(w);
}
