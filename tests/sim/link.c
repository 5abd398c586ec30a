/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link is two pipes of a few KiB that drain at the link's rate, and what has left them and not
 * arrived.
 */
#include "sim.h"

#include <stdlib.h>

enum {
	PIPE_BYTES = 16 * 1024,
	PACKET_BYTES = 1460,
	IDLE_MS = 10 * 1000,
};

struct end *end_other(const struct end *e)
{
	return &e->link->ends[e == e->link->ends];
}

int64_t end_clock(const struct end *e)
{
	return e->node->world->now + e->node->clock_off_ms;
}

/* --- the end --- */

void end_drop(struct end *e, bool is_seen)
{
	struct end *o = end_other(e);
	struct world *w = e->node->world;
	if (e->state == END_CLOSED)
		return;
	end_leave(e);
	e->state = END_CLOSED;
	end_over(e, e->has_moved);
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

/* --- bytes --- */

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

void end_pump(struct end *e)
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
	end_pump(e);
}

static void on_arrive(struct end *e)
{
	struct world *w = e->node->world;
	struct end *to = end_other(e);
	struct chunk *c = e->flight;
	e->flight = c->next;
	if (!e->flight)
		e->last_chunk = &e->flight;
	if (to->state == END_TALKING && (!e->link->is_stalled || e->state != END_CLOSED)) {
		log_line(w, "%s>%s %zu bytes", e->node->name, to->node->name, c->bytes.len);
		log_bytes(w, c->bytes.ptr, c->bytes.len);
		w->bytes_in += c->bytes.len;
		session_feed(to->session, buf_str(&c->bytes), end_clock(to));
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
	session_tick(e->session, end_clock(e));
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
		on_fin(end_other(first), true);
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

/* --- the beginning --- */

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
