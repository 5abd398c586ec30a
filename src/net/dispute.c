/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dispute.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/wait.h"
#include "store/evidence.h"

#include <stdlib.h>

struct dispute {
	struct job job;
	struct link *link;
	char hub[HUB_NAME_BYTES];
	uint64_t seq;
	struct buf first, second; /* commits */
	struct evidence_list all;
	bool is_new;
};

static struct dispute *begin(struct link *l, const char *hub, uint64_t seq)
{
	struct dispute *d = mem_alloc(sizeof *d);
	d->link = l;
	memcpy(d->hub, hub, strlen(hub));
	d->seq = seq;
	d->first = d->second = BUF_INIT;
	l->jobs++;
	return d;
}

static void end(struct dispute *d)
{
	struct link *l = d->link;
	l->jobs--;
	buf_release(&d->first);
	buf_release(&d->second);
	evidence_list_release(&d->all);
	free(d);
	if (l->state != LINK_CLOSED)
		link_step(l);
	link_settle(l);
}

/* --- what the peer is told --- */

static int run_greeting(struct job *job, struct store *s, struct err *err)
{
	return evidence_list(&((struct dispute *)job)->all, s, err);
}

static void put_all(struct link *l, const struct evidence_list *all)
{
	for (size_t i = 0; i < all->n; i++)
		session_put_evidence(l->session, all->items[i].hub, buf_str(&all->items[i].first),
		    buf_str(&all->items[i].second));
}

static void greeting_done(struct job *job)
{
	struct dispute *d = (struct dispute *)job;
	if (job->rc)
		log_warn("what is known of disputes cannot be read: %s", job->err.msg);
	else if (d->link->state == LINK_TALKING)
		put_all(d->link, &d->all);
	end(d);
}

void dispute_greet(struct link *l)
{
	struct dispute *d = begin(l, "", 0);
	d->job.run = run_greeting;
	d->job.done = greeting_done;
	work_add(&l->station->work, &d->job);
}

static int run_tell(struct job *job, struct store *s, struct err *err)
{
	struct dispute *d = (struct dispute *)job;
	return evidence_ours(&d->first, s, d->hub, d->seq, err);
}

static void tell_done(struct job *job)
{
	struct dispute *d = (struct dispute *)job;
	if (!job->rc && d->link->state == LINK_TALKING)
		session_put_evidence(d->link->session, d->hub, buf_str(&d->first), STR_EMPTY);
	end(d);
}

void dispute_tell(struct link *l, const char *hub, uint64_t seq)
{
	if (!hub[0] || !str_is_slug(str_from(hub))) /* the charter, or a journal for members */
		return;
	l->awaits_evidence = true;
	struct dispute *d = begin(l, hub, seq);
	d->job.run = run_tell;
	d->job.done = tell_done;
	work_add(&l->station->work, &d->job);
}

/* --- what the peer tells --- */

static int run_take(struct job *job, struct store *s, struct err *err)
{
	struct dispute *d = (struct dispute *)job;
	int bad =
	    evidence_take(&d->is_new, s, d->hub, buf_str(&d->first), buf_str(&d->second), err);
	return bad ? bad : d->is_new ? evidence_list(&d->all, s, err) : 0;
}

static void pass_on(const struct dispute *d)
{
	const struct evidence *e = evidence_of(&d->all, d->hub);
	if (!e)
		return; /* a charter has settled it meanwhile */
	log_warn(
	    "HUB %s IS IN DISPUTE: it has signed two entries where one can be. The evidence is "
	    "under refs/belfry/evidence/%s; the central team decides which one counts",
	    d->hub, d->hub);
	for (struct link *o = d->link->station->links; o; o = o->next) {
		if (o == d->link || o->state != LINK_TALKING || !o->is_up)
			continue;
		session_put_evidence(o->session, d->hub, buf_str(&e->first), buf_str(&e->second));
		link_step(o);
	}
}

static void take_done(struct job *job)
{
	struct dispute *d = (struct dispute *)job;
	struct link *l = d->link;
	bool is_fault = job->rc == ERR_SYNTAX || job->rc == ERR_SIGNATURE;
	l->awaits_evidence = false;
	if (d->is_new && !job->rc)
		pass_on(d);
	if (is_fault && l->peer)
		l->peer->refused[refusal_of_entry(job->rc)]++;
	if (is_fault)
		link_close(l, job->err.msg, true);
	else if (job->rc)
		log_warn("evidence about hub %s is not kept: %s", d->hub, job->err.msg);
	wait_check(l->station);
	end(d);
}

void dispute_take(struct link *l, const struct session_event *e)
{
	struct dispute *d = begin(l, e->hub, 0);
	buf_add(&d->first, str_sub(e->bytes, 0, (size_t)e->seq));
	buf_add(&d->second, str_sub(e->bytes, (size_t)e->seq, e->bytes.len - (size_t)e->seq));
	d->job.run = run_take;
	d->job.done = take_done;
	work_add(&l->station->work, &d->job);
}

bool dispute_is_due(const struct station *n)
{
	for (const struct link *l = n->links; l; l = l->next)
		if (l->state == LINK_TALKING && l->awaits_evidence)
			return true;
	return false;
}
