/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

void items_free(struct item *i)
{
	for (struct item *next; i; i = next) {
		next = i->next;
		buf_release(&i->bytes);
		free(i);
	}
}

static void job_free(struct job *j)
{
	items_free(j->items);
	free(j);
}

void node_init(struct world *w, unsigned number)
{
	struct node *n = &w->nodes[number];
	*n = (struct node){.world = w, .number = number, .is_up = true};
	n->own = number < w->njournals ? (uint16_t)number : JOURNALS_MAX;
	if (n->own < JOURNALS_MAX)
		snprintf(n->name, sizeof n->name, "%s", journal_name(n->own));
	else
		snprintf(n->name, sizeof n->name, "n%u", number);
	struct sha256 secret = sha256_pair(STR("link"), str_of(&number, sizeof number));
	memcpy(n->secret, secret.bytes, sizeof n->secret);
	link_key_public(n->key, n->secret);
	n->held = mem_alloc(sizeof *n->held);
	n->held->charter = number ? (uint32_t)pick(w, 2) : 1;
	n->last_job = &n->jobs;
	memset(n->ever_followed, true, sizeof n->ever_followed);
	memset(n->ever_wanted, true, sizeof n->ever_wanted);
	model_heads(n);
}

static void drop_jobs(struct node *n)
{
	for (struct job *j; (j = n->jobs);) {
		n->jobs = j->next;
		job_free(j);
	}
	n->last_job = &n->jobs;
}

void node_release(struct node *n)
{
	drop_jobs(n);
	parts_release(&n->parts);
	for (struct dial *d; (d = n->dials);) {
		n->dials = d->next;
		free(d);
	}
	model_release(n->held);
	free(n->held);
	if (n->backup)
		model_release(n->backup);
	free(n->backup);
	free(n->ends);
}

/* --- work --- */

static void schedule(struct node *n)
{
	struct world *w = n->world;
	const struct job *j = n->jobs;
	int64_t ms = j->kind == JOB_FETCH ? 1 + (int64_t)pick(w, 4) : 5 + (int64_t)pick(w, 30);
	for (const struct item *i = j->items; i; i = i->next)
		ms++;
	event_add(w, w->now + ms, EVENT_JOB, n, n->epoch);
}

void node_job(struct node *n, enum job_kind kind, struct end *e)
{
	struct job *j = mem_alloc(sizeof *j);
	*j = (struct job){.kind = kind, .end = e};
	if (kind == JOB_ADMIT) {
		j->items = e->items;
		e->items = NULL;
		e->last_item = &e->items;
	} else if (kind == JOB_FETCH) {
		session_want(e->session, &j->want);
	}
	bool is_first = !n->jobs;
	*n->last_job = j;
	n->last_job = &j->next;
	if (is_first)
		schedule(n);
}

void node_gossip(struct node *n, struct end *e)
{
	struct world *w = n->world;
	struct end *next;
	if (e)
		gossip_look(&n->gossip, e->session, w->now);
	else
		gossip_tick(&n->gossip, w->now);
	while ((next = gossip_next(&n->gossip)))
		end_step(next);
	int64_t due = gossip_due(&n->gossip);
	if (due != INT64_MAX && (!n->ask_ms || due < n->ask_ms)) {
		n->ask_ms = due;
		event_add(w, due, EVENT_ASK, n, n->epoch);
	}
}

/* What a peer was not to tell it did not: who wishes something else meets it anew. */
static void follow_anew(struct node *n)
{
	for (size_t i = 0; i < n->nends; i++) {
		struct end *e = n->ends[i];
		if (e->state != END_TALKING || e->wish_changes == n->wish_changes)
			continue;
		session_close(e->session, "this side follows other things from now on", false);
		end_step(e);
	}
}

static void node_changed(struct node *n)
{
	wish_settle(n);
	model_heads(n);
	follow_anew(n);
	parts_settle(&n->parts, &n->state);
	for (size_t i = 0; i < n->nends; i++) {
		struct end *e = n->ends[i];
		if (e->state != END_TALKING)
			continue;
		session_local(e->session, &n->state);
		node_gossip(n, e);
		end_step(e);
	}
}

static enum verdict admit_charter(struct node *n, const struct item *i)
{
	struct buf text = BUF_INIT;
	model_charter_write(&text, (uint32_t)i->seq);
	bool is_genuine = str_eq(buf_str(&text), buf_str(&i->bytes));
	buf_release(&text);
	if (i->seq <= n->held->charter)
		return HELD_ALREADY;
	if (!is_genuine || i->seq != n->held->charter + 1)
		return NOT_THAT_NUMBER;
	n->held->charter = (uint32_t)i->seq;
	return ADMITTED;
}

/* Up to the first entry that is not taken; its number, or where the journal stands, in *seq. */
static enum verdict admit_item(struct node *n, struct job *j, uint64_t *seq)
{
	struct world *w = n->world;
	const struct item *i = j->items;
	struct str rest = buf_str(&i->bytes), entry;
	if (i->is_charter)
		return admit_charter(n, i);
	struct journal *mine = &n->held->journals[i->hub];
	const struct node *from = j->end->link->ends[j->end == j->end->link->ends].node;
	for (*seq = i->seq; segment_split(&rest, &entry); ++*seq) {
		oracle_came(j->end, entry);
		enum verdict v = model_admit(n, i->hub, *seq, entry);
		w->raw_in += entry.len;
		if (v > HELD_ALREADY)
			return v;
		if (v == HELD_ALREADY)
			continue;
		w->raw_new += entry.len;
		mine->hops = from->held->journals[i->hub].hops + 1;
		n->got_ms = w->now;
	}
	return ADMITTED;
}

/* As the daemon judges: another branch of a journal fails its signature, and only that stops. */
static void judge(struct node *n, struct job *j, enum verdict v, uint64_t seq)
{
	struct end *e = j->end;
	uint16_t hub = j->items->hub;
	bool may_be_fork =
	    !j->items->is_charter && (v == NOT_NAMED || (v == NOT_SIGNED && seq > 1));
	log_line(n->world, "%s does not admit entry %llu of %s (%d)", n->name,
	    (unsigned long long)seq, journal_name(hub), (int)v);
	if (!may_be_fork) {
		items_free(e->items);
		e->items = NULL;
		e->last_item = &e->items;
		if (v == WITHOUT_BASE && !n->held->wish.is_lacking) {
			n->held->wish.is_lacking = true;
			n->wish_changes++;
		}
		if (v != WITHOUT_BASE)
			end_fault(e, "an entry that its number or signature does not fit");
		return;
	}
	struct item *all = j->items, **last = &all;
	while (*last)
		last = &(*last)->next;
	*last = e->items;
	e->items = NULL;
	e->last_item = &e->items;
	for (struct item *i; (i = all);) {
		all = i->next;
		i->next = NULL;
		if (!i->is_charter && i->hub == hub) {
			items_free(i);
			continue;
		}
		*e->last_item = i;
		e->last_item = &i->next;
	}
	j->items = NULL;
	end_refuse(e, hub, n->held->journals[hub].n + 1);
}

static void admit(struct node *n, struct job *j, bool is_crashing)
{
	enum verdict v = ADMITTED;
	uint64_t seq = 0;
	while (j->items) {
		v = admit_item(n, j, &seq);
		if (v > HELD_ALREADY)
			break;
		struct item *done = j->items;
		j->items = done->next;
		done->next = NULL;
		items_free(done);
	}
	if (is_crashing)
		return;
	j->end->is_admitting = false;
	if (v > HELD_ALREADY)
		judge(n, j, v, seq);
	node_changed(n);
	end_step(j->end);
	if (j->end->state == END_CLOSED && j->end->items)
		node_job(n, JOB_ADMIT, j->end);
}

static void publish(struct node *n)
{
	struct world *w = n->world;
	if (n->held->charter < w->named_from[n->own])
		return;
	struct entry *e = model_sign(n);
	model_append(n->held, e, false);
	e->is_published = true;
	w->published++;
	log_line(w, "%s publishes %llu", n->name, (unsigned long long)e->seq);
}

static void adopt_own_charter(struct node *n)
{
	if (n->world->charter < CHARTERS_MAX)
		n->held->charter = ++n->world->charter;
}

static void run_job(struct node *n, struct job *j, bool is_crashing)
{
	switch (j->kind) {
	case JOB_ADMIT:
		admit(n, j, is_crashing);
		return;
	case JOB_FETCH:
		if (!is_crashing)
			end_put(j->end, &j->want);
		return;
	case JOB_PUBLISH:
		publish(n);
		break;
	case JOB_CHARTER:
		adopt_own_charter(n);
		break;
	case JOB_WISH:
		wish_choose(n);
		log_line(n->world, "%s follows other things", n->name);
		break;
	}
	if (!is_crashing)
		node_changed(n);
}

static struct job *take_job(struct node *n)
{
	struct job *j = n->jobs;
	n->jobs = j->next;
	if (!n->jobs)
		n->last_job = &n->jobs;
	return j;
}

static void on_job(struct node *n)
{
	struct job *j = take_job(n);
	if (n->jobs)
		schedule(n);
	run_job(n, j, false);
	job_free(j);
}

/* --- crashes and backups --- */

static void start(struct node *n)
{
	n->is_up = true;
	model_heads(n);
	oracle_promises(n);
	for (struct dial *d = n->dials; d; d = d->next)
		event_add(n->world, n->world->now, EVENT_DIAL, d, n->epoch);
}

/* A process that dies is noticed by its peers; a machine that loses power is not. What was being
 * made durable is so, or is not. */
static void stop(struct node *n)
{
	struct world *w = n->world;
	bool is_power_cut = pick(w, 100) < w->scenario->half_open_percent;
	if (n->jobs && pick(w, 2)) {
		struct job *j = take_job(n);
		run_job(n, j, true);
		job_free(j);
	}
	n->epoch++;
	n->is_up = false;
	n->ask_ms = 0;
	drop_jobs(n);
	parts_release(&n->parts);
	for (size_t i = 0; i < n->nends; i++)
		end_drop(n->ends[i], !is_power_cut);
	for (struct dial *d = n->dials; d; d = d->next) {
		d->failures = 0;
		d->is_linked = false;
	}
	event_add(w, w->now + 1 + (int64_t)pick(w, 20000), EVENT_START, n, n->epoch);
}

/* The journal that it signs itself is newer than its backup, and so is the charter that named it;
 * that is another story (docs). */
static void keep_own(struct node *n, struct holding *old, uint32_t charter)
{
	struct journal *own = &n->held->journals[n->own], mine = *own;
	*own = (struct journal){.n = 0};
	free(old->journals[n->own].entries);
	old->journals[n->own] = (struct journal){.n = 0};
	model_copy(n->held, old);
	*own = mine;
	if (mine.n && n->held->charter < n->world->named_from[n->own])
		n->held->charter = n->world->named_from[n->own];
	if (!n->number)
		n->held->charter = charter > n->held->charter ? charter : n->held->charter;
	n->promised[n->own] = mine.n;
}

static void restore(struct node *n)
{
	struct holding *old = n->backup;
	uint32_t charter = n->held->charter;
	log_line(n->world, "%s is set back to its backup", n->name);
	stop(n);
	n->restores++;
	n->wish_changes++;
	memset(n->promised, 0, sizeof n->promised);
	if (n->own < JOURNALS_MAX)
		keep_own(n, old, charter);
	else
		model_copy(n->held, old);
	model_release(old);
	free(old);
	n->backup = NULL;
}

static void back_up(struct node *n)
{
	if (!n->backup)
		n->backup = mem_alloc(sizeof *n->backup);
	model_copy(n->backup, n->held);
}

/* The next of a kind of event, as long as there is weather. */
static void again(struct node *n, enum event_kind kind, int64_t mean_ms)
{
	struct world *w = n->world;
	int64_t at = w->now + pick_mean(w, mean_ms);
	if (at < w->calm_ms)
		event_add(w, at, kind, n, 0);
}

static void on_crash(struct node *n)
{
	struct world *w = n->world;
	if (n->is_up) {
		log_line(w, "%s goes down", n->name);
		stop(n);
	}
	again(n, EVENT_CRASH, w->scenario->crash_ms);
}

static void on_restore(struct node *n)
{
	struct world *w = n->world;
	if (n->is_up && n->backup)
		restore(n);
	again(n, EVENT_BACKUP, w->scenario->restore_ms / 2);
}

/* --- dialling, with the daemon's pauses --- */

void dial_add(struct node *from, struct node *to)
{
	struct dial *d = mem_alloc(sizeof *d);
	*d = (struct dial){.next = from->dials, .from = from, .to = to};
	from->dials = d;
}

static void rest(struct dial *d)
{
	struct world *w = d->from->world;
	int64_t pause = RETRY_FIRST_MS;
	for (unsigned i = 1; i < d->failures && pause < RETRY_LAST_MS; i++)
		pause *= 2;
	if (pause > RETRY_LAST_MS)
		pause = RETRY_LAST_MS;
	pause = pause / 2 + (int64_t)pick(w, (uint64_t)pause + 1);
	event_add(w, w->now + pause, EVENT_DIAL, d, d->from->epoch);
}

void dial_ended(struct dial *d, bool was_good)
{
	d->is_linked = false;
	d->failures = was_good ? 0 : d->failures + 1;
	if (d->from->is_up)
		rest(d);
}

static bool is_linked_otherwise(const struct dial *d)
{
	for (size_t i = 0; i < d->from->nends; i++) {
		const struct end *e = d->from->ends[i];
		if (e->is_up && e->state == END_TALKING &&
		    e->link->ends[e == e->link->ends].node == d->to)
			return true;
	}
	return false;
}

static void on_dial(struct dial *d)
{
	struct world *w = d->from->world;
	if (d->is_linked)
		return;
	if (is_linked_otherwise(d)) {
		event_add(w, w->now + RETRY_LAST_MS, EVENT_DIAL, d, d->from->epoch);
		return;
	}
	/* Now and then no answer comes at all. */
	bool is_lost = w->now < w->calm_ms && w->scenario->cut_ms && !pick(w, 16);
	d->is_linked = true;
	d->has_answer = d->to->is_up && !is_lost;
	int64_t ms = is_lost ? HANDSHAKE_TIMEOUT_MS : 2 + (int64_t)pick(w, 200);
	event_add(w, w->now + ms, EVENT_CONNECT, d, d->from->epoch);
}

static void on_connect(struct dial *d)
{
	if (d->has_answer && d->to->is_up)
		link_open(d);
	else
		dial_ended(d, false);
}

void node_event(struct world *w, const struct event *v)
{
	struct node *n = v->what;
	struct dial *d = v->what;
	switch (v->kind) {
	case EVENT_DIAL:
	case EVENT_CONNECT:
		if (v->epoch == d->from->epoch && d->from->is_up)
			v->kind == EVENT_DIAL ? on_dial(d) : on_connect(d);
		break;
	case EVENT_JOB:
		if (v->epoch == n->epoch)
			on_job(n);
		break;
	case EVENT_ASK:
		if (v->epoch == n->epoch && n->ask_ms <= w->now) {
			n->ask_ms = 0;
			node_gossip(n, NULL);
		}
		break;
	case EVENT_START:
		if (v->epoch == n->epoch)
			start(n);
		break;
	case EVENT_PUBLISH:
		if (n->is_up)
			node_job(n, JOB_PUBLISH, NULL);
		again(n, EVENT_PUBLISH, w->scenario->publish_ms);
		break;
	case EVENT_CHARTER:
		if (n->is_up)
			node_job(n, JOB_CHARTER, NULL);
		again(n, EVENT_CHARTER, w->scenario->charter_ms);
		break;
	case EVENT_WISH:
		if (n->is_up)
			node_job(n, JOB_WISH, NULL);
		again(n, EVENT_WISH, w->scenario->wish_ms);
		break;
	case EVENT_CRASH:
		on_crash(n);
		break;
	case EVENT_BACKUP:
		back_up(n);
		again(n, EVENT_RESTORE, w->scenario->restore_ms / 2);
		break;
	case EVENT_RESTORE:
		on_restore(n);
		break;
	default:
		break;
	}
}
