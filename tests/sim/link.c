/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link is two pipes of a few KiB that drain at the link's rate, and what has left them and not
 * arrived. The driver is the daemon's (net/link.c, net/carry.c) in short: one admission and one
 * fetch at a time per link, segments of any size that the daemon may choose.
 */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	PIPE_BYTES = 16 * 1024,
	PACKET_BYTES = 1460,
	QUEUE_BYTES = 32 * 1024,
	FETCH_BYTES = 32 * 1024,
	FETCH_ENTRIES = 256,
	GOODBYE_MS = 2000,
	IDLE_MS = 10 * 1000,
};

static struct end *other(const struct end *e)
{
	return &e->link->ends[e == e->link->ends];
}

static int64_t clock_of(const struct end *e)
{
	return e->node->world->now + e->node->clock_off_ms;
}

/* --- the end --- */

static void session_over(struct end *e, bool was_good)
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

/* What had come is kept, and another peer may be asked for the rest. */
static void leave(struct end *e)
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

void end_drop(struct end *e, bool is_seen)
{
	struct end *o = other(e);
	struct world *w = e->node->world;
	if (e->state == END_CLOSED)
		return;
	leave(e);
	e->state = END_CLOSED;
	session_over(e, e->has_moved);
	*MEM_PUSH(w->reap, w->nreap, w->reap_cap) = e;
	int64_t at = w->now + e->link->delay_ms;
	if (is_seen) /* after the last bytes */
		event_add(w, at > e->arrives_ms ? at : e->arrives_ms, EVENT_FIN, o, 1);
	else
		e->link->is_stalled = true;
}

static void count_raw(struct end *e)
{
	struct session_counts c;
	session_counts(e->session, &c);
	e->node->world->raw_came += c.raw_in;
}

void links_reap(struct world *w)
{
	for (size_t i = 0; i < w->nreap; i++) {
		struct end *e = w->reap[i];
		struct node *n = e->node;
		size_t at = 0;
		while (at < n->nends && n->ends[at] != e)
			at++;
		if (at < n->nends)
			memmove(
			    &n->ends[at], &n->ends[at + 1], (--n->nends - at) * sizeof n->ends[0]);
		count_raw(e);
		session_free(e->session);
		e->session = NULL;
		buf_release(&e->pipe);
		if (e->items && !e->is_admitting && n->is_up)
			node_job(n, JOB_ADMIT, e); /* what has come whole is not lost */
	}
	w->nreap = 0;
}

static void free_flight(struct end *e)
{
	for (struct chunk *c; (c = e->flight);) {
		e->flight = c->next;
		buf_release(&c->bytes);
		free(c);
	}
}

void links_free(struct world *w)
{
	for (struct link *l; (l = w->links);) {
		w->links = l->next;
		for (int i = 0; i < 2; i++) {
			struct end *e = &l->ends[i];
			free_flight(e);
			gossip_remove(&e->node->gossip, e->session, w->now);
			session_free(e->session);
			buf_release(&l->ends[i].pipe);
			items_free(l->ends[i].items);
		}
		free(l);
	}
}

/* --- events of the session --- */

/* The daemon's rule: of two that crossed the one that the smaller name dialled, else the newer. */
static void end_double(struct end *e)
{
	struct node *n = e->node, *peer = other(e)->node;
	for (size_t i = 0; i < n->nends; i++) {
		struct end *o = n->ends[i];
		if (o == e || !o->is_up || o->state != END_TALKING || other(o)->node != peer)
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
	log_line(w, "%s-%s closed: %s", e->node->name, other(e)->node->name, v->text);
	e->state = END_ENDING;
	leave(e);
	w->faults += v->is_fault;
	if (v->is_fault)
		oracle_quarrel(e, "", v->text);
	session_over(e, e->has_moved && !v->is_fault);
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
		log_line(w, "%s-%s up", e->node->name, other(e)->node->name);
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
		log_line(w, "%s-%s in sync", e->node->name, other(e)->node->name);
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

static void drain_soon(struct end *e)
{
	struct link *l = e->link;
	struct world *w = e->node->world;
	if (e->is_draining || l->is_stalled || !e->pipe.len)
		return;
	int64_t most = l->rate / 100 > PACKET_BYTES ? l->rate / 100 : PACKET_BYTES;
	int64_t n = (int64_t)e->pipe.len < most ? (int64_t)e->pipe.len : most;
	e->is_draining = true;
	event_add(w, w->now + (n * 1000 + l->rate - 1) / l->rate, EVENT_DRAIN, e, (uint32_t)n);
}

static void pump(struct end *e)
{
	for (;;) {
		struct str out = session_output(e->session);
		size_t room = e->pipe.len < PIPE_BYTES ? PIPE_BYTES - e->pipe.len : 0;
		out = str_sub(out, 0, room);
		if (!out.len)
			break;
		size_t at = e->pipe.len;
		buf_add(&e->pipe, out);
		if (e->node->hostility == GARBLES && e->is_up && !pick(e->node->world, 8))
			e->pipe.ptr[at + pick(e->node->world, out.len)] ^= 0x40;
		session_sent(e->session, out.len);
	}
	drain_soon(e);
	bool is_said = e->state == END_ENDING && !e->pipe.len && !e->has_fin;
	if (is_said) {
		e->has_fin = true;
		event_add(e->node->world, e->node->world->now + 1, EVENT_FIN, e, 0);
	}
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
	pump(e);
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

/* --- bytes --- */

static void on_drain(struct end *e, size_t n)
{
	struct world *w = e->node->world;
	struct link *l = e->link;
	e->is_draining = false;
	if (e->state == END_CLOSED || l->is_stalled || !e->pipe.len)
		return;
	struct chunk *c = mem_alloc(sizeof *c);
	c->bytes = BUF_INIT;
	buf_add(&c->bytes, str_sub(buf_str(&e->pipe), 0, n));
	buf_drop_front(&e->pipe, c->bytes.len);
	*e->last_chunk = c;
	e->last_chunk = &c->next;
	int64_t at = w->now + l->delay_ms;
	if (l->jitter_ms)
		at += (int64_t)pick(w, (uint64_t)l->jitter_ms);
	e->arrives_ms = at > e->arrives_ms ? at : e->arrives_ms;
	event_add(w, e->arrives_ms, EVENT_ARRIVE, e, 0);
	pump(e);
}

static void on_arrive(struct end *e)
{
	struct world *w = e->node->world;
	struct end *to = other(e);
	struct chunk *c = e->flight;
	e->flight = c->next;
	if (!e->flight)
		e->last_chunk = &e->flight;
	if (to->state == END_TALKING && (!e->link->is_stalled || e->state != END_CLOSED)) {
		log_line(w, "%s>%s %zu bytes", e->node->name, to->node->name, c->bytes.len);
		log_bytes(w, c->bytes.ptr, c->bytes.len);
		w->bytes_in += c->bytes.len;
		session_feed(to->session, buf_str(&c->bytes), clock_of(to));
		end_step(to);
	}
	buf_release(&c->bytes);
	free(c);
}

static void on_timer(struct end *e)
{
	if (e->state != END_TALKING || e->timer_ms > e->node->world->now)
		return;
	e->timer_ms = 0;
	session_tick(e->session, clock_of(e));
	if (e->node->world->now - e->put_ms >= IDLE_MS)
		session_forget(e->session);
	end_step(e);
}

/* With `by_peer` the connection is over at the other end; else this end has said all it had. */
static void on_fin(struct end *e, bool by_peer)
{
	if (e->state == END_CLOSED)
		return;
	if (!by_peer) {
		end_drop(e, !e->link->is_stalled);
		return;
	}
	if (e->state == END_TALKING) {
		session_close(e->session, "the connection was cut", false);
		end_step(e);
	}
	end_drop(e, false);
}

static void on_cut(struct link *l)
{
	struct world *w = l->ends[0].node->world;
	struct end *first = &l->ends[pick(w, 2)];
	if (w->now >= w->calm_ms)
		return;
	log_line(w, "%s-%s cut", l->ends[0].node->name, l->ends[1].node->name);
	bool both = pick(w, 100) >= w->scenario->half_open_percent;
	on_fin(first, true);
	if (both)
		on_fin(other(first), true);
	l->is_stalled = true;
}

static void on_stall(struct link *l)
{
	struct world *w = l->ends[0].node->world;
	if (l->is_stalled || w->now >= w->calm_ms)
		return;
	l->is_stalled = true;
	log_line(w, "%s-%s silent", l->ends[0].node->name, l->ends[1].node->name);
	if (pick(w, 2)) /* else for good */
		event_add(w, w->now + pick_mean(w, 20000), EVENT_RESUME, l, 0);
}

static void on_resume(struct link *l)
{
	if (l->ends[0].state == END_CLOSED || l->ends[1].state == END_CLOSED)
		return;
	l->is_stalled = false;
	drain_soon(&l->ends[0]);
	drain_soon(&l->ends[1]);
}

void link_event(struct world *w, const struct event *v)
{
	(void)w;
	switch (v->kind) {
	case EVENT_DRAIN:
		on_drain(v->what, v->epoch);
		break;
	case EVENT_ARRIVE:
		on_arrive(v->what);
		break;
	case EVENT_TIMER:
		on_timer(v->what);
		break;
	case EVENT_FIN:
		on_fin(v->what, v->epoch);
		break;
	case EVENT_CUT:
		on_cut(v->what);
		break;
	case EVENT_STALL:
		on_stall(v->what);
		break;
	case EVENT_RESUME:
		on_resume(v->what);
		break;
	default:
		break;
	}
}

/* Most wished for first, which is the last by name here. */
static void follow(struct end *e)
{
	struct str hubs[JOURNALS_MAX];
	const struct node *n = e->node;
	size_t count = 0;
	const struct wish *wish = &n->held->wish;
	for (unsigned i = n->world->njournals; i-- > 0;)
		if (wish->is_only && wish->follows[i])
			hubs[count++] = str_from(journal_name(i));
	if (wish->is_only)
		session_follow(e->session, hubs, count, true);
}

/* --- the beginning --- */

static void begin(struct end *e, struct node *n, struct node *peer, bool is_initiator)
{
	struct world *w = n->world;
	struct scope scope;
	struct session_config c = {.initiator = is_initiator,
	    .network = w->network,
	    .scope = wish_scope(&scope, &n->held->wish) ? &scope : NULL,
	    .expect_key = is_initiator ? peer->key : NULL,
	    .hub = w->scenario->has_edges && n->own == JOURNALS_MAX ? "" : n->name};
	memcpy(c.link_secret, n->secret, sizeof c.link_secret);
	memcpy(c.incarnation, n->key, sizeof c.incarnation);
	c.incarnation[0] ^= (uint8_t)n->restores;
	e->node = n;
	e->pipe = BUF_INIT;
	e->last_chunk = &e->flight;
	e->last_item = &e->items;
	e->peer_restores = peer->restores;
	e->wish_changes = n->wish_changes;
	e->has_scope = c.scope;
	e->session = session_new(&c, &n->state, w->now + n->clock_off_ms);
	follow(e);
	*MEM_PUSH(n->ends, n->nends, n->ends_cap) = e;
}

static void weather(struct world *w, struct link *l)
{
	const struct scenario *s = w->scenario;
	l->rate = s->rate_min + (int64_t)pick(w, (uint64_t)(s->rate_max - s->rate_min + 1));
	l->delay_ms = 1 + (int64_t)pick(w, (uint64_t)s->delay_max_ms);
	l->jitter_ms = w->is_gossip ? 0 : (int64_t)pick(w, 20);
	if (s->cut_ms)
		event_add(w, w->now + pick_mean(w, s->cut_ms), EVENT_CUT, l, 0);
	if (s->stall_ms)
		event_add(w, w->now + pick_mean(w, s->stall_ms), EVENT_STALL, l, 0);
}

void link_open(struct dial *d)
{
	struct world *w = d->from->world;
	struct link *l = mem_alloc(sizeof *l);
	l->next = w->links;
	w->links = l;
	w->connections++;
	l->ends[0].link = l->ends[1].link = l;
	weather(w, l);
	begin(&l->ends[0], d->from, d->to, true);
	begin(&l->ends[1], d->to, d->from, false);
	l->ends[0].dial = d;
	end_step(&l->ends[0]);
	end_step(&l->ends[1]);
}
