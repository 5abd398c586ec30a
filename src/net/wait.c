/* SPDX-License-Identifier: Apache-2.0 */
#include "net/wait.h"

#include "base/mem.h"
#include "net/dial.h"
#include "net/dispute.h"

#include <stdio.h>
#include <stdlib.h>

/* A hub that has nothing new for a member says nothing: so long, and some round trips, is waited.
 */
enum { NEWS_MS = 500, NEWS_ROUND_TRIPS = 4 };

struct wait {
	struct station *station;
	struct wait *next;
	uv_timer_t timer;
	uv_timer_t news; /* when the hub has had its time to speak */
	unsigned handles;
	char peer[HUB_NAME_BYTES];
	int64_t timeout_ms;
	uint64_t mark; /* station->moved when the time last began to run */
	bool is_starting;
	wait_done done;
	void *ctx;
};

static void on_closed(uv_handle_t *handle)
{
	struct wait *w = handle->data;
	if (!--w->handles)
		free(w);
}

void wait_cancel(struct wait *w)
{
	for (struct wait **at = &w->station->waits; *at; at = &(*at)->next)
		if (*at == w) {
			*at = w->next;
			break;
		}
	uv_close((uv_handle_t *)&w->timer, on_closed);
	uv_close((uv_handle_t *)&w->news, on_closed);
}

static void end(struct wait *w, const char *peer, const struct err *err)
{
	wait_cancel(w);
	w->done(w->ctx, peer, err);
}

/* --- how it stands --- */

static bool is_for(const struct wait *w, const char *name, const char *hub)
{
	return !w->peer[0] || strcmp(w->peer, name) == 0 || (hub[0] && strcmp(w->peer, hub) == 0);
}

/* A stranger who comes by and has the same is not the peer somebody waits for. */
static const struct link *find_in_sync(const struct wait *w)
{
	for (const struct link *l = w->station->links; l; l = l->next)
		if (l->state == LINK_TALKING && l->is_in_sync && (l->dial || l->hub[0]) &&
		    is_for(w, l->peer->name, l->hub))
			return l;
	return NULL;
}

/* Is there still something to hope for from this dial, other than what is in sync already? */
static bool is_under_way(const struct dial *d)
{
	if (d->state == DIAL_LINKED)
		return !d->link || !d->link->is_in_sync;
	return d->state == DIAL_LOOKING_UP || !d->failures;
}

static bool is_given_up(const struct dial *d)
{
	return d->state == DIAL_WAITING && (d->is_fault || d->failures >= WAIT_FAILURES);
}

/* Others that can still bring something: a first answer must not hide a better one. */
static bool are_others_under_way(const struct wait *w, const struct link *found)
{
	for (const struct dial *d = w->station->dials; d; d = d->next)
		if (is_for(w, d->name, "") && strcmp(d->name, found->peer->name) != 0 &&
		    is_under_way(d))
			return true;
	return false;
}

static bool are_all_given_up(const struct wait *w, struct buf *why)
{
	size_t n = 0;
	for (const struct link *l = w->station->links; l; l = l->next)
		if (l->state == LINK_TALKING && !l->dial && l->hub[0] && is_for(w, "", l->hub))
			return false; /* it came to us */
	for (const struct dial *d = w->station->dials; d; d = d->next) {
		if (!is_for(w, d->name, ""))
			continue;
		if (!is_given_up(d))
			return false;
		buf_printf(why, "%s%s (%s:%u): %s", n++ ? "; " : "", d->name, d->address.host,
		    d->address.port, d->why);
	}
	if (!n && w->peer[0])
		buf_printf(
		    why, "there is no peer %s: belfry peer add %s HOST:PORT", w->peer, w->peer);
	else if (!n)
		buf_puts(why, "there is no peer: belfry peer add NAME HOST:PORT");
	return true;
}

static bool check(struct wait *w, bool is_late);

static void on_news_due(uv_timer_t *timer)
{
	check(timer->data, false);
}

/* Is the outbox being worked on, or may the hub still tell what became of a submission? */
static bool is_news_due(struct wait *w)
{
	const struct station *n = w->station;
	if (n->outbox.is_reading)
		return true;
	for (const struct link *l = n->links; l; l = l->next) {
		const struct link_member *m = &l->member;
		if (l->state != LINK_TALKING || n->work.now.hub[0] || !n->outbox.undecided)
			continue;
		int64_t until = m->asked_ms + NEWS_MS + NEWS_ROUND_TRIPS * l->round_trip_ms;
		int64_t left = until - station_now_ms(n);
		if (m->state == MEMBER_SIGNING)
			return true;
		if (m->state == MEMBER_PROVED && !m->is_answered && left > 0) {
			uv_timer_start(&w->news, on_news_due, (uint64_t)left, 0);
			return true;
		}
	}
	return false;
}

static bool is_linked(const struct station *n, const char *hub)
{
	for (const struct link *l = n->links; l; l = l->next)
		if (l->state == LINK_TALKING && strcmp(l->hub, hub) == 0)
			return true;
	return false;
}

/* No link leads to the home hub, and none will: nothing here dials it, and whoever is dialled has
 * turned out to be somebody else. */
static bool is_home_undialled(const struct station *n)
{
	const char *home = n->outbox.home;
	if (!home[0] || is_linked(n, home) || n->can_be_found)
		return false;
	for (const struct dial *d = n->dials; d; d = d->next) {
		bool is_up = d->state == DIAL_LINKED && d->link && d->link->is_up;
		if (strcmp(d->name, home) == 0 || (!is_up && !is_given_up(d)))
			return false;
	}
	return true;
}

static void say_unsent(const struct station *n, struct buf *out)
{
	const char *home = n->outbox.home;
	buf_printf(out, "%zu submission%s wait%s for the home hub", n->outbox.unsent,
	    n->outbox.unsent == 1 ? "" : "s", n->outbox.unsent == 1 ? "s" : "");
	if (n->outbox.why[0])
		buf_printf(out, ": %s", n->outbox.why);
	else if (home[0] && !is_linked(n, home) && dial_find(n, home))
		buf_printf(out, ", %s, and there is no link to it", home);
	else if (home[0] && !is_linked(n, home))
		buf_printf(out, ", %s, and there is no link to it: belfry peer add %s HOST:PORT",
		    home, home);
}

static void fail(struct wait *w, enum err_code code, const char *text)
{
	struct err err;
	err_set(&err, code, "%s", text);
	end(w, "", &err);
}

/* Somebody has what is missing on the other side, whose disk is full. */
static bool is_out_of_room(const struct wait *w, struct buf *why)
{
	for (const struct link *l = w->station->links; l; l = l->next) {
		struct session_counts c;
		if (l->state != LINK_TALKING || !l->is_up || !is_for(w, l->peer->name, l->hub))
			continue;
		session_counts(l->session, &c);
		if (w->station->room.is_short && c.behind)
			buf_puts(why, w->station->room.why);
		else if (session_is_held(l->session) && c.peer_behind)
			buf_printf(why, "%s takes nothing new: its disk is full", l->peer->name);
	}
	return why->len > 0;
}

/* Connected, and not greeted. */
static bool is_mute(const struct dial *d)
{
	return d->state == DIAL_LINKED && d->link && d->link->state == LINK_TALKING &&
	       !d->link->is_up;
}

/* Returns whether it is over. */
static bool check(struct wait *w, bool is_late)
{
	struct buf why = BUF_INIT;
	struct station *n = w->station;
	const struct link *l = find_in_sync(w);
	bool is_unsent = n->outbox.unsent > 0, is_over = true;
	if (!is_late && (is_news_due(w) || attach_is_due(n) || dispute_is_due(n)))
		is_over = false;
	else if (l && !is_unsent && (is_late || !are_others_under_way(w, l))) {
		end(w, l->peer->name, NULL);
	} else if (l && is_unsent && (is_late || n->outbox.why[0] || is_home_undialled(n))) {
		say_unsent(n, &why);
		fail(w, ERR_PEER, why.ptr);
	} else if (!l && is_out_of_room(w, &why)) {
		fail(w, n->room.is_short ? ERR_FULL : ERR_PEER, why.ptr);
	} else if (!l && are_all_given_up(w, &why)) {
		fail(w, ERR_PEER, why.ptr);
	} else if (is_late) {
		buf_reset(&why);
		buf_printf(
		    &why, "nothing has moved for %lld seconds", (long long)(w->timeout_ms / 1000));
		for (const struct dial *d = n->dials; d; d = d->next)
			if (is_for(w, d->name, "") && (d->why[0] || is_mute(d)))
				buf_printf(&why, "; %s (%s:%u): %s", d->name, d->address.host,
				    d->address.port,
				    is_mute(d)
					? "something takes the connection there, and has said "
					  "nothing that Belfry would"
					: d->why);
		fail(w, ERR_PEER, why.ptr);
	} else {
		is_over = false;
	}
	buf_release(&why);
	return is_over;
}

void wait_check(struct station *n)
{
	struct wait *w = n->waits;
	while (w)
		w = !w->is_starting && check(w, false) ? n->waits : w->next;
}

void wait_stop(struct station *n, const char *why)
{
	while (n->waits)
		fail(n->waits, ERR_PEER, why);
}

/* --- its time --- */

/* A link that has lived all the time and still moves: something large on a slow line. */
static bool is_any_alive(const struct wait *w)
{
	int64_t since = station_now_ms(w->station) - w->timeout_ms;
	for (const struct link *l = w->station->links; l; l = l->next)
		if (l->state == LINK_TALKING && l->is_up && l->up_ms <= since && l->bulk_ms > since)
			return true;
	return false;
}

static void on_timer(uv_timer_t *timer)
{
	struct wait *w = timer->data;
	if (w->mark == w->station->moved && !is_any_alive(w)) {
		check(w, true);
		return;
	}
	w->mark = w->station->moved;
	uv_timer_start(&w->timer, on_timer, (uint64_t)w->timeout_ms, 0);
}

struct wait *wait_start(
    struct station *n, const char *peer, int64_t timeout_ms, wait_done done, void *ctx)
{
	struct wait *w = mem_alloc(sizeof *w);
	*w = (struct wait){
	    .station = n, .timeout_ms = timeout_ms, .mark = n->moved, .done = done, .ctx = ctx};
	snprintf(w->peer, sizeof w->peer, "%s", peer);
	uv_timer_init(&n->loop, &w->timer);
	uv_timer_init(&n->loop, &w->news);
	w->timer.data = w->news.data = w;
	w->handles = 2;
	uv_timer_start(&w->timer, on_timer, (uint64_t)timeout_ms, 0);
	w->next = n->waits;
	n->waits = w;
	w->is_starting = true;
	dial_now(n, peer[0] ? peer : NULL);
	w->is_starting = false;
	return check(w, false) ? NULL : w;
}
