/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver of a session, which is the daemon's (net/link.c, net/carry.c) in short: one admission
 * and one fetch at a time per link, segments of any size that the daemon may choose.
 */
#include "sim.h"

#include <stdio.h>

enum {
	QUEUE_BYTES = 32 * 1024,
	FETCH_BYTES = 32 * 1024,
	FETCH_ENTRIES = 256,
	GOODBYE_MS = 2000,
};

void end_over(struct end *e, bool was_good)
{
	struct dial *d = e->dial;
	e->dial = NULL;
	if (d)
		dial_ended(d, was_good);
}

static void offer_parts(struct end *e)
{
	const struct parts *all = &e->node->parts;
	for (size_t i = 0; i < all->n; i++)
		session_offer(e->session, all->held[i]);
}

void end_leave(struct end *e)
{
	struct node *n = e->node;
	if (n->is_up && !e->has_left) {
		e->has_left = true;
		parts_keep(&n->parts, session_part(e->session));
		parts_settle(&n->parts, &n->state);
		for (size_t i = 0; i < n->nends; i++)
			if (n->ends[i] != e && n->ends[i]->is_up &&
			    n->ends[i]->state == END_TALKING)
				offer_parts(n->ends[i]);
	}
	gossip_remove(&n->gossip, e->session, n->world->now);
	if (n->is_up)
		node_gossip(n, NULL);
}

/* --- events of the session --- */

/* The daemon's rule: of two that crossed the one that the smaller name dialled, else the newer. */
static void end_double(struct end *e)
{
	struct node *n = e->node, *peer = end_other(e)->node;
	for (size_t i = 0; i < n->nends; i++) {
		struct end *o = n->ends[i];
		if (o == e || !o->is_up || o->state != END_TALKING || end_other(o)->node != peer)
			continue;
		bool is_dialled = e == e->link->ends, o_is = o == o->link->ends;
		bool is_kept = is_dialled == o_is || e->up_ms - o->up_ms > HANDSHAKE_TIMEOUT_MS ||
			       (strcmp(n->name, peer->name) < 0) == is_dialled;
		struct end *loser = is_kept ? o : e;
		session_close(loser->session, "another link is open", false);
		end_step(loser);
		return;
	}
}

/* What one recalls is the entries' text; one longer than the link takes is cut. */
static void recall_text(struct buf *out, const struct journal *j, uint64_t last, uint64_t count)
{
	for (uint64_t seq = last - count + 1; seq <= last && last <= j->n; seq++) {
		const struct held *h = &j->entries[seq - 1];
		if (h->is_bare) {
			buf_reset(out);
			return;
		}
		buf_add(out, str_of(h->entry->text, h->entry->len));
	}
	if (out->len > RECALL_BYTES_MAX)
		buf_reset(out);
}

/* Of some journal the last few, whether or not that will be of use. */
static void offer_recall(struct end *e)
{
	unsigned hub = (unsigned)pick(e->node->world, e->node->world->njournals);
	const struct journal *j = &e->node->held->journals[hub];
	struct buf text = BUF_INIT;
	if (!j->n || !pick(e->node->world, 3))
		return;
	uint64_t count = 1 + pick(e->node->world, j->n < 40 ? j->n : 40);
	recall_text(&text, j, j->n, count);
	struct part *p = part_new(journal_name(hub), j->n, buf_str(&text), STR_EMPTY);
	if (text.len)
		session_offer_recall(e->session, p, count);
	part_release(p);
	buf_release(&text);
}

static struct segment_writer *recalling(struct segment_writer *w, struct str text)
{
	if (w)
		segment_writer_recall(w, text, STR_EMPTY);
	return w;
}

/* One that is soon ready, and for every second link a better one, here at once. */
static void put_recall(struct end *e)
{
	struct recall_claim claim;
	struct buf text = BUF_INIT;
	if (!session_wants_recall(e->session, &claim))
		return;
	int hub = journal_number(claim.hub);
	if (hub >= 0)
		recall_text(&text, &e->node->held->journals[hub], claim.last, claim.count);
	bool fits = recall_fits(&claim, buf_str(&text));
	struct segment_writer *w = fits ? segment_writer_new_soon() : NULL;
	session_put_recall(e->session, recalling(w, buf_str(&text)));
	w = fits && pick(e->node->world, 2) ? segment_writer_new_much() : NULL;
	if (w)
		session_put_recall(e->session, recalling(w, buf_str(&text)));
	buf_release(&text);
}

static void take_item(struct end *e, const struct session_event *v)
{
	struct item *i = mem_alloc(sizeof *i);
	int hub = v->kind == SESSION_CHARTER ? 0 : journal_number(v->hub);
	*i = (struct item){.is_charter = v->kind == SESSION_CHARTER,
	    .hub = (uint16_t)(hub < 0 ? 0 : hub),
	    .seq = v->seq,
	    .bytes = BUF_INIT};
	buf_add(&i->bytes, v->bytes);
	*e->last_item = i;
	e->last_item = &i->next;
}

static void on_closed(struct end *e, const struct session_event *v)
{
	struct world *w = e->node->world;
	log_line(w, "%s-%s closed: %s", e->node->name, end_other(e)->node->name, v->text);
	e->state = END_ENDING;
	end_leave(e);
	w->faults += v->is_fault;
	if (v->is_fault)
		oracle_quarrel(e, "", v->text);
	end_over(e, e->has_moved && !v->is_fault);
	if (!e->is_up)
		end_drop(e, true);
	else
		event_add(w, w->now + GOODBYE_MS, EVENT_FIN, e, 0);
}

static void take_event(struct end *e, const struct session_event *v)
{
	struct world *w = e->node->world;
	switch (v->kind) {
	case SESSION_UP:
		e->is_up = true;
		e->up_ms = w->now;
		log_line(w, "%s-%s up", e->node->name, end_other(e)->node->name);
		offer_parts(e);
		offer_recall(e);
		gossip_add(&e->node->gossip, e->session, e, w->now);
		end_double(e);
		break;
	case SESSION_CHARTER:
	case SESSION_ENTRIES:
		e->has_moved = true;
		take_item(e, v);
		break;
	case SESSION_ACK:
		e->has_moved |= e->has_put;
		oracle_ack(e, v->hub, v->seq);
		break;
	case SESSION_IN_SYNC:
		e->has_moved = true;
		log_line(w, "%s-%s in sync", e->node->name, end_other(e)->node->name);
		if (e->node->world->is_gossip)
			session_forget(e->session); /* thousands of them would not fit */
		break;
	case SESSION_DISPUTED:
		oracle_quarrel(e, v->hub, "disputed");
		break;
	case SESSION_CLOSED:
		on_closed(e, v);
		break;
	default:
		world_fail(w, "an event of kind %d that nobody caused", (int)v->kind);
	}
}

/* --- stepping --- */

static void carry_out(struct end *e)
{
	struct session_want want;
	if (e->is_fetching || e->is_mute || session_output(e->session).len > QUEUE_BYTES ||
	    !session_want(e->session, &want))
		return;
	e->is_fetching = true;
	node_job(e->node, JOB_FETCH, e);
}

static void arm(struct end *e)
{
	int64_t due = session_deadline(e->session);
	if (e->state != END_TALKING || due == INT64_MAX)
		return;
	due -= e->node->clock_off_ms;
	if (e->timer_ms && e->timer_ms <= due && e->timer_ms > e->node->world->now)
		return; /* it will look again */
	e->timer_ms = due;
	event_add(e->node->world, due, EVENT_TIMER, e, 0);
}

void end_step(struct end *e)
{
	struct session_event v;
	if (e->is_stepping || e->state == END_CLOSED)
		return;
	e->is_stepping = true;
	while (e->state != END_CLOSED && session_event(e->session, &v))
		take_event(e, &v);
	if (e->state == END_TALKING && e->node->is_up)
		node_gossip(e->node, e);
	if (!e->is_admitting && e->items && e->node->is_up) {
		e->is_admitting = true;
		node_job(e->node, JOB_ADMIT, e);
	}
	if (e->state == END_TALKING)
		carry_out(e);
	e->is_stepping = false;
	if (e->state == END_CLOSED)
		return;
	end_pump(e);
	arm(e);
}

void end_refuse(struct end *e, uint16_t hub, uint64_t seq)
{
	e->node->world->refused++;
	oracle_quarrel(e, journal_name(hub), "refused");
	if (e->state == END_TALKING)
		session_refuse(e->session, journal_name(hub), seq);
}

void end_fault(struct end *e, const char *why)
{
	if (e->state == END_TALKING)
		session_close(e->session, why, true);
}

/* --- what a fetch brings --- */

static void spoil(struct end *e, struct buf *bytes, size_t at)
{
	struct world *w = e->node->world;
	if (e->node->hostility == MISNUMBERS && !pick(w, 3))
		bytes->ptr[at + 9] ^= 1;
	if (e->node->hostility == FORGES && !pick(w, 3))
		bytes->ptr[at + 13] ^= 1;
}

/* What its peer wants, or, by one who holds back, a scope without anything. */
static const struct scope *scope_of(const struct end *e)
{
	static const struct scope nothing = {.langs = {.items = {"xx"}, .n = 1}};
	const struct scope *scope = session_peer_scope(e->session);
	return scope && e->node->hostility == HOLDS_BACK ? &nothing : scope;
}

void end_put(struct end *e, const struct session_want *want)
{
	struct str entries[FETCH_ENTRIES];
	struct buf bytes = BUF_INIT;
	size_t n = 0, starts[FETCH_ENTRIES + 1] = {0};
	e->is_fetching = false;
	if (e->state != END_TALKING)
		return;
	e->has_put = true;
	e->put_ms = e->node->world->now;
	if (want->is_charter) {
		model_charter_write(&bytes, (uint32_t)want->from);
		bytes.ptr[0] ^= e->node->hostility == FORGES && !pick(e->node->world, 3);
		session_put_charter(e->session, (uint32_t)want->from, buf_str(&bytes));
		goto out;
	}
	const struct journal *j = &e->node->held->journals[journal_number(want->hub)];
	for (uint64_t seq = want->from;
	     seq <= want->to && seq <= j->n && n < FETCH_ENTRIES && bytes.len < FETCH_BYTES;
	     seq++) {
		model_encode(&bytes, j, seq, scope_of(e));
		spoil(e, &bytes, starts[n]);
		starts[++n] = bytes.len;
	}
	for (size_t i = 0; i < n; i++)
		entries[i] = str_sub(buf_str(&bytes), starts[i], starts[i + 1] - starts[i]);
	e->is_mute = !n; /* only who boasts has nothing to give */
	session_set_unit(
	    e->session, UNIT_BYTES_MIN + pick(e->node->world, UNIT_BYTES_MAX - UNIT_BYTES_MIN));
	put_recall(e);
	session_put_entries(e->session, want->hub, want->from, entries, n);
out:
	buf_release(&bytes);
	end_step(e);
}
