/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dial.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/wait.h"

#include <stdio.h>
#include <stdlib.h>

/* A link that has lived so long is dialled again at once; and how far many do that apart. */
enum { STEADY_MS = 5000, AGAIN_MS = 100 };

int64_t dial_pause_ms(unsigned failures, uint32_t random)
{
	int64_t pause = RETRY_FIRST_MS;
	for (unsigned i = 1; i < failures && pause < RETRY_LAST_MS; i++)
		pause *= 2;
	if (pause > RETRY_LAST_MS)
		pause = RETRY_LAST_MS;
	return pause / 2 + random % (pause + 1);
}

struct dial *dial_find(const struct station *n, const char *name)
{
	for (struct dial *d = n->dials; d; d = d->next)
		if (strcmp(d->name, name) == 0)
			return d;
	return NULL;
}

static void start(struct dial *d);

static void drop_addresses(struct dial *d)
{
	if (d->found)
		freeaddrinfo(d->found);
	d->found = d->at = NULL;
}

/* --- the end of one --- */

static void settle(struct dial *d)
{
	if (d->state != DIAL_GONE || d->is_looking_up || !d->is_timer_closed)
		return;
	drop_addresses(d);
	free(d);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct dial *d = handle->data;
	d->is_timer_closed = true;
	settle(d);
}

/* Take it out of the list; its link, if any, is closed with `why`. */
static void end(struct dial *d, const char *why)
{
	for (struct dial **at = &d->station->dials; *at; at = &(*at)->next)
		if (*at == d) {
			*at = d->next;
			break;
		}
	d->state = DIAL_GONE;
	if (d->is_looking_up)
		uv_cancel((uv_req_t *)&d->lookup);
	uv_close((uv_handle_t *)&d->timer, on_timer_closed);
	if (d->link) {
		struct link *l = d->link;
		d->link = NULL;
		l->dial = NULL;
		link_close(l, why, false);
	}
}

void dial_stop(struct station *n)
{
	while (n->dials)
		end(n->dials, "the program ends");
}

/* --- attempts --- */

static bool is_linked_otherwise(const struct dial *d)
{
	for (const struct link *l = d->station->links; l; l = l->next)
		if (l->is_up && l->state == LINK_TALKING &&
		    ((d->has_key && !memcmp(l->key, d->key, sizeof d->key)) ||
			strcmp(l->hub, d->name) == 0))
			return true;
	return false;
}

static void on_timer(uv_timer_t *timer)
{
	struct dial *d = timer->data;
	if (is_linked_otherwise(d))
		uv_timer_start(&d->timer, on_timer, RETRY_LAST_MS, 0);
	else
		start(d);
}

/* Who lost a link that had lived for a while wants it back; one that ends as soon as it is up must
 * not be dialled in a circle. */
static bool is_wanted_back(const struct dial *d)
{
	return !d->failures && station_now_ms(d->station) - d->linked_ms >= STEADY_MS;
}

static void rest(struct dial *d)
{
	uint32_t random;
	random_bytes(&random, sizeof random);
	int64_t pause = is_wanted_back(d) ? random % AGAIN_MS
					  : dial_pause_ms(d->failures ? d->failures : 1, random);
	d->state = DIAL_WAITING;
	drop_addresses(d);
	uv_timer_start(&d->timer, on_timer, (uint64_t)pause, 0);
}

static void fail(struct dial *d, const char *why)
{
	if (!d->failures || strcmp(d->why, why) != 0)
		log_info("peer %s: %s", d->name, why);
	d->failures++;
	snprintf(d->why, sizeof d->why, "%.255s", why);
	if (!d->is_heard) {
		struct peer *p = peers_get(&d->station->peers, d->name);
		snprintf(p->why, sizeof p->why, "%.255s", why);
	}
	rest(d);
	wait_check(d->station);
}

/* The next address of this attempt, or the end of it. */
static void connect_next(struct dial *d, const char *why)
{
	while (d->at) {
		const struct addrinfo *a = d->at;
		d->at = a->ai_next;
		d->link = link_connect(d->station, d, a->ai_addr);
		if (d->link) {
			d->state = DIAL_LINKED;
			d->linked_ms = station_now_ms(d->station);
			return;
		}
		why = "no connection can be made from here";
	}
	fail(d, why);
}

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
	struct dial *d = request->data;
	char why[sizeof d->why];
	d->is_looking_up = false;
	d->found = d->at = found;
	if (d->state == DIAL_GONE) {
		settle(d);
		return;
	}
	if (status) {
		snprintf(
		    why, sizeof why, "cannot find %s: %s", d->address.host, uv_strerror(status));
		fail(d, why);
		return;
	}
	connect_next(d, "the name has no address");
}

static void start(struct dial *d)
{
	char port[8];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	snprintf(port, sizeof port, "%u", d->address.port);
	d->is_looking_up = true;
	d->state = DIAL_LOOKING_UP;
	int rc =
	    uv_getaddrinfo(&d->station->loop, &d->lookup, on_found, d->address.host, port, &hints);
	if (rc) {
		d->is_looking_up = false;
		fail(d, uv_strerror(rc));
	}
}

void dial_link_ended(struct dial *d, bool was_good, bool is_fault, const char *why)
{
	d->link = NULL;
	if (d->state == DIAL_GONE)
		return;
	d->is_fault = is_fault;
	if (was_good) {
		d->failures = 0;
		d->why[0] = 0;
		rest(d);
	} else if (is_fault) {
		fail(d, why);
	} else {
		connect_next(d, why);
	}
}

void dial_now(struct station *n, const char *name)
{
	for (struct dial *d = n->dials; d; d = d->next) {
		if (name && strcmp(d->name, name) != 0)
			continue;
		d->is_fault = false;
		d->failures = 0;
		if (d->state == DIAL_WAITING && !is_linked_otherwise(d)) {
			uv_timer_stop(&d->timer);
			start(d);
		}
	}
}

/* --- settings --- */

static void add(struct station *n, const char *name, const struct address *address, bool is_heard)
{
	struct dial *d = mem_alloc(sizeof *d);
	d->station = n;
	d->is_heard = is_heard;
	snprintf(d->name, sizeof d->name, "%s", name);
	d->address = *address;
	d->lookup.data = d;
	uv_timer_init(&n->loop, &d->timer);
	d->timer.data = d;
	d->next = n->dials;
	n->dials = d;
	if (!is_heard)
		peers_get(&n->peers, d->name)->is_kept = true;
	start(d);
}

void dial_hear(struct station *n, const char *name, const struct address *address)
{
	if (!dial_find(n, name))
		add(n, name, address, true);
}

void dial_forget(struct station *n, const char *name, const char *why)
{
	struct dial *d = dial_find(n, name);
	if (d && d->is_heard)
		end(d, why);
}

static bool is_wanted(const struct dial *d, const struct dial_setting *settings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(settings[i].name, d->name) == 0)
			return strcmp(settings[i].address.host, d->address.host) == 0 &&
			       settings[i].address.port == d->address.port;
	return false;
}

void dial_configure(struct station *n, const struct dial_setting *settings, size_t count)
{
	for (struct dial *next, *d = n->dials; d; d = next) {
		next = d->next;
		if (d->is_heard || is_wanted(d, settings, count))
			continue;
		struct peer *p = peers_get(&n->peers, d->name);
		p->is_kept = p->hub[0];
		end(d, "this peer was taken out of the settings");
	}
	for (size_t i = 0; i < count; i++)
		if (!dial_find(n, settings[i].name))
			add(n, settings[i].name, &settings[i].address, false);
}
