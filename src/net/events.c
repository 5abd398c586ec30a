/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a session says: who is there, what came, how it ended.
 */
#include "base/log.h"
#include "base/mem.h"
#include "net/dial.h"
#include "net/dispute.h"
#include "net/member.h"
#include "net/recall.h"
#include "net/room.h"
#include "net/wait.h"
#include "store/restore.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* --- who it is --- */

/* The name under which status shows this peer. */
static const char *peer_name(const struct link *l)
{
	if (l->dial && !l->dial->is_heard)
		return l->dial->name;
	for (const struct dial *d = l->station->dials; d; d = d->next)
		if (l->is_up && !d->is_heard && d->has_key &&
		    !memcmp(d->key, l->key, sizeof d->key))
			return d->name;
	return l->hub[0] ? l->hub : l->host;
}

static void attach_peer(struct link *l)
{
	struct peer *p = peers_get(&l->station->peers, peer_name(l));
	snprintf(p->address, sizeof p->address, "%s", l->address);
	snprintf(p->hub, sizeof p->hub, "%s", l->hub);
	p->is_kept = p->is_kept || (l->dial && !l->dial->is_heard) || l->hub[0];
	p->links++;
	l->peer = p;
}

/*
 * Which hub of the charter it is, by its link key. One that goes by the name of another is refused,
 * unless its charter is newer than ours, which may have given it that key: then it is a stranger
 * until we hold that charter too. Returns whether it may go on.
 */
static bool identify(struct link *l)
{
	const struct snapshot *s = &l->station->work.now;
	const struct snapshot_hub *by_key = snapshot_hub_by_link(s, l->key);
	const struct snapshot_hub *by_name = snapshot_hub(s, l->claimed);
	l->hub[0] = 0;
	if (by_key && strcmp(by_key->id, l->claimed) == 0)
		snprintf(l->hub, sizeof l->hub, "%s", l->claimed);
	if (l->hub[0] || !l->claimed[0] || (!by_key && !by_name) ||
	    l->peer_charter > s->state.charter)
		return true;
	char why[200];
	snprintf(why, sizeof why, "hub %s has another link key in charter version %u", l->claimed,
	    s->state.charter);
	link_close(l, why, true);
	return false;
}

const struct local_state *link_state(const struct link *l)
{
	const struct snapshot *s = &l->station->work.now;
	return l->opens_members ? &s->inner : &s->state;
}

void link_open_members(struct link *l, bool is_open)
{
	if (l->opens_members || l->state != LINK_TALKING || session_has_scope(l->session) ||
	    (!is_open && l->has_declined))
		return;
	l->opens_members = is_open;
	l->has_declined = !is_open;
	if (is_open)
		session_local(l->session, link_state(l));
	session_open_members(l->session, is_open);
	/* Often there is nothing for members to move: then the session does not say it again. */
	l->is_in_sync = l->is_in_sync && session_is_settled(l->session);
}

/* Hubs of the charter in force have what is for members; an edge whose member can prove it waits
 * for the home hub's word. A hub that is another's news only learns not to wait. */
static void greet_members(struct link *l)
{
	const struct snapshot *s = &l->station->work.now;
	const struct snapshot_hub *hub = l->hub[0] ? snapshot_hub(s, l->hub) : NULL;
	const struct snapshot_hub *own = s->hub[0] ? snapshot_hub(s, s->hub) : NULL;
	bool is_hub = own && !own->is_closed && hub && !hub->is_closed;
	if (s->hub[0] && l->claimed[0]) {
		link_open_members(l, is_hub);
		session_await_members(l->session, is_hub);
	} else if (s->shows_member && hub && (!s->home[0] || strcmp(s->home, l->hub) == 0)) {
		session_await_members(l->session, true);
	}
}

void link_identify_again(struct link *l)
{
	char before[HUB_NAME_BYTES];
	memcpy(before, l->hub, sizeof before);
	if (!l->is_up || l->state != LINK_TALKING)
		return;
	bool is_welcome = identify(l);
	l->peer->refused[REFUSED_KEY] += !is_welcome;
	if (!is_welcome || strcmp(before, l->hub) == 0)
		return;
	l->peer->links--;
	attach_peer(l);
	log_info("%s: is now known as %s%s", link_label(l), l->hub[0] ? "hub " : "no hub", l->hub);
	if (l->opens_members && !l->hub[0] && before[0])
		link_close(l, "this peer is no hub of the network any more", false);
	else
		greet_members(l);
}

/* --- two links to the same peer --- */

/* Both ends must come to the same answer: between two directions the one that the smaller name
 * dialled stays, in one direction the newer one. */
static bool is_kept_over(const struct link *newer, const struct link *older)
{
	/* Two that crossed came up together; who dials later has lost the older, which may be dead
	 * here without a word for two minutes. */
	if (newer->is_dialled == older->is_dialled ||
	    newer->up_ms - older->up_ms > HANDSHAKE_TIMEOUT_MS)
		return true;
	int order = strcmp(newer->station->work.now.hub, newer->claimed);
	if (!order)
		order = memcmp(newer->station->link_key, newer->key, LINK_KEY_BYTES);
	bool is_ours_kept = order < 0;
	return is_ours_kept == newer->is_dialled;
}

static void end_double(struct link *l)
{
	for (struct link *o = l->station->links; o; o = o->next) {
		if (o == l || !o->is_up || o->state != LINK_TALKING ||
		    memcmp(o->key, l->key, LINK_KEY_BYTES) != 0)
			continue;
		struct link *loser = is_kept_over(l, o) ? o : l;
		link_close(loser, "another link is open", false);
		return; /* there were never three */
	}
}

/* --- what a link that died left behind --- */

static void offer_parts(struct link *l)
{
	const struct parts *all = &l->station->parts;
	for (size_t i = 0; i < all->n; i++)
		session_offer(l->session, all->held[i]);
}

/* Of strangers that come by nothing is kept: they could crowd out the rest. */
static void keep_part(struct link *l, bool is_fault)
{
	struct station *n = l->station;
	if (!is_fault && l->is_up && (l->is_dialled || l->hub[0]))
		parts_keep(&n->parts, session_part(l->session));
	parts_settle(&n->parts, &n->work.now.inner);
	for (struct link *o = n->links; o; o = o->next)
		if (o != l && o->is_up && o->state == LINK_TALKING)
			offer_parts(o);
}

static void note_life(struct link *l)
{
	struct session_counts c;
	if (!l->is_up || !l->peer)
		return;
	session_counts(l->session, &c);
	l->peer->life = unit_learn(l->peer->life, c.bytes_out, l->is_cut || l->is_late);
}

/* --- events --- */

static void on_up(struct link *l, const struct session_event *e)
{
	l->is_up = true;
	l->up_ms = l->bulk_ms = station_now_ms(l->station);
	if (!l->is_dialled)
		l->station->nhandshakes--;
	memcpy(l->key, e->link_key, sizeof l->key);
	memcpy(l->claimed, e->hub, sizeof l->claimed);
	l->peer_charter = e->charter;
	if (l->dial) {
		l->dial->has_key = true;
		memcpy(l->dial->key, l->key, sizeof l->key);
	}
	bool is_welcome = identify(l);
	attach_peer(l);
	l->peer->refused[REFUSED_KEY] += !is_welcome;
	if (!is_welcome)
		return;
	log_info("%s: connected%s%s%s, charter version %u", link_label(l),
	    l->hub[0]	    ? ""
	    : l->claimed[0] ? ", calls itself "
			    : ", no hub",
	    l->hub[0] ? "" : l->claimed, l->is_dialled ? ", dialled by us" : "", e->charter);
	greet_members(l);
	offer_parts(l);
	recall_greet(l);
	gossip_add(&l->station->gossip, l->session, l, station_now_ms(l->station));
	room_greet(l);
	dispute_greet(l);
	end_double(l);
	member_look(l->station);
}

/* A hub has told a restored store all that it knows of it. */
static int run_trust(struct job *job, struct store *s, struct err *err)
{
	(void)job;
	return restore_is_over(s, err);
}

static void trust_done(struct job *job)
{
	if (job->rc)
		log_warn("still taken for restored: %s", job->err.msg);
	free(job);
}

static void trust_own_head(struct link *l)
{
	struct job *job = mem_alloc(sizeof *job);
	job->run = run_trust;
	job->done = trust_done;
	work_add(&l->station->work, job);
}

static void on_in_sync(struct link *l)
{
	if (!session_is_settled(l->session))
		return;
	if (l->hub[0] && l->station->work.now.is_restored)
		trust_own_head(l);
	l->is_in_sync = true;
	l->peer->exchanged = (int64_t)time(NULL);
	log_info("%s: in sync", link_label(l));
	attach_meet(l);
	if (!l->hub[0] && !l->is_dialled)
		session_forget(l->session); /* readers may be many, and news are few */
	wait_check(l->station);
}

/* For when nobody is there to tell. */
static void note_distance(struct link *l)
{
	struct session_counts c;
	session_counts(l->session, &c);
	if (!l->is_up)
		return;
	l->peer->has_told = true;
	l->peer->behind = c.behind;
	l->peer->peer_behind = c.peer_behind;
}

static void on_closed(struct link *l, const struct session_event *e)
{
	struct dial *d = l->dial;
	keep_part(l, e->is_fault);
	if (l->is_up)
		recall_prepare(l);
	attach_leave(l);
	note_life(l);
	link_leave_gossip(l);
	bool was_good = l->has_moved && !e->is_fault;
	if (!l->is_up && !l->is_dialled)
		l->station->nhandshakes--;
	if (!l->peer)
		attach_peer(l);
	l->peer->links--;
	l->peer->ended = (int64_t)time(NULL);
	l->peer->is_fault = e->is_fault;
	l->peer->refused[e->refused] += e->refused != REFUSED_NOTHING;
	note_distance(l);
	snprintf(l->peer->why, sizeof l->peer->why, "%s", e->text);
	l->is_in_sync = false;
	if (e->is_fault)
		log_warn("%s: closed: %s", link_label(l), e->text);
	else
		log_info("%s: closed: %s", link_label(l), e->text);
	l->dial = NULL;
	if (d)
		dial_link_ended(d, was_good, e->is_fault, e->text);
	wait_check(l->station);
}

static void on_disputed(struct link *l, const struct session_event *e)
{
	log_warn("%s: entry %llu of %s%s differs from ours; nothing of it moves on this link",
	    link_label(l), (unsigned long long)e->seq, e->hub[0] ? "journal " : "the charter",
	    e->hub);
	l->peer->refused[REFUSED_FORK]++;
	dispute_tell(l, e->hub, e->seq);
}

static void on_held(struct link *l, bool is_held)
{
	log_info("%s: %s", link_label(l),
	    is_held ? "takes nothing new: its disk is full" : "has room again");
	l->member.ngiven = 0; /* submissions may have met a full disk: they are given again */
	member_look(l->station);
	wait_check(l->station);
}

/* What peers say of their heads when they meet is acknowledged too: that alone is no progress. */
static void note_progress(struct link *l, enum session_event_kind kind)
{
	bool is_whole = kind == SESSION_CHARTER || kind == SESSION_ENTRIES ||
			kind == SESSION_SUBMIT || kind == SESSION_NOTICE ||
			(kind == SESSION_ACK && l->has_put);
	l->station->moved += is_whole;
	if (is_whole || kind == SESSION_IN_SYNC)
		l->has_moved = true;
}

void link_take_event(struct link *l, const struct session_event *e)
{
	note_progress(l, e->kind);
	switch (e->kind) {
	case SESSION_UP:
		on_up(l, e);
		break;
	case SESSION_CHARTER:
	case SESSION_ENTRIES:
		l->is_in_sync = false;
		carry_in(l, e);
		break;
	case SESSION_MEMBER:
		member_meet(l, e->public_key);
		break;
	case SESSION_SUBMIT:
		member_take_submission(l, e->bytes);
		break;
	case SESSION_NOTICE:
		member_take_notice(l, e->bytes);
		break;
	case SESSION_IN_SYNC:
		on_in_sync(l);
		break;
	case SESSION_DISPUTED:
		on_disputed(l, e);
		break;
	case SESSION_EVIDENCE:
		dispute_take(l, e);
		break;
	case SESSION_HELD:
		on_held(l, e->seq != 0);
		break;
	case SESSION_PIECE:
		attach_take_piece(l, e->bytes);
		break;
	case SESSION_HAVE:
		attach_take_have(l, e->bytes);
		break;
	case SESSION_CLOSED:
		on_closed(l, e);
		break;
	case SESSION_ACK: /* session_counts() says how far */
	case SESSION_NONE:
		break;
	}
}
