/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/mem.h"
#include "net/dial.h"
#include "net/recall.h"

#include <assert.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	/* Handed to libuv at a time, so that a stalled peer is noticed; and little, for what is
	 * done within SILENCE_MS must not take a slow one for a stalled one: 8 KiB are 0.6 kbit/s.
	 */
	WRITE_BYTES = 8 * 1024,
	/* Not sent yet in the system's hands: news and questions wait behind it. */
	UNSENT_BYTES = 16 * 1024,
	ITEM_BYTES_MAX = 32 * 1024 * 1024, /* not in the store yet, of all links together */
	GOODBYE_MS = 2000, /* for the last bytes and the peer's end of stream */
	ENDING_MAX = 64, /* links over PEERS_MAX, while older ones end */
	/* What sending remembers makes the next record some hundred bytes smaller and takes MiB:
	 * where links are few it is kept for a while after entries, where they are many not for
	 * long. */
	WARM_MS = 10 * 60 * 1000,
	WARM_LINKS_MAX = 8,
	IDLE_MS = 10 * 1000,
	KEEPALIVE_SECONDS = 60,
};

static void on_timer(uv_timer_t *timer);
static void shut(struct link *l);

const char *link_label(const struct link *l)
{
	static char text[sizeof l->hub + sizeof l->address + 16];
	if (l->hub[0])
		snprintf(text, sizeof text, "hub %s (%s)", l->hub, l->address);
	else
		snprintf(text, sizeof text, "%s", l->address);
	return text;
}

/* --- life --- */

static void leave_list(struct link *l)
{
	for (struct link **at = &l->station->links; *at; at = &(*at)->next)
		if (*at == l) {
			*at = l->next;
			l->station->nlinks--;
			return;
		}
}

void link_settle(struct link *l)
{
	if (l->state != LINK_CLOSED || l->handles || l->jobs || l->items)
		return;
	leave_list(l);
	session_free(l->session);
	buf_release(&l->writing);
	free(l->member.given);
	attach_link_release(l);
	free(l);
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct link *l = handle->data;
	l->handles--;
	link_settle(l);
}

/* Every state but the last ends by itself: this arms its end. */
static void set_state(struct link *l, enum link_state state)
{
	l->state = state;
	switch (state) {
	case LINK_CONNECTING:
		uv_timer_start(&l->timer, on_timer, HANDSHAKE_TIMEOUT_MS, 0);
		break;
	case LINK_TALKING: /* link_step() follows what the session says */
		break;
	case LINK_ENDING:
		uv_timer_start(&l->timer, on_timer, GOODBYE_MS, 0);
		break;
	case LINK_CLOSED:
		uv_close((uv_handle_t *)&l->tcp, on_handle_closed);
		uv_close((uv_handle_t *)&l->timer, on_handle_closed);
		break;
	case LINK_STATES:
		assert(false);
	}
}

static struct link *link_new(struct station *n)
{
	struct link *l = mem_alloc(sizeof *l);
	l->station = n;
	l->writing = BUF_INIT;
	l->last_item = &l->items;
	uv_tcp_init(&n->loop, &l->tcp);
	uv_timer_init(&n->loop, &l->timer);
	l->tcp.data = l->timer.data = l->connecting.data = l->write.data = l->shutdown.data = l;
	l->handles = 2;
	l->next = n->links;
	n->links = l;
	n->nlinks++;
	return l;
}

static void count_bytes(struct link *l)
{
	struct session_counts c;
	if (!l->peer || !l->session)
		return;
	session_counts(l->session, &c);
	peer_count_bytes(
	    l->peer, c.bytes_in - l->counted_in, c.bytes_out - l->counted_out, (int64_t)time(NULL));
	meter_note(&l->meter_in, c.bytes_in, station_now_ms(l->station));
	meter_note(&l->meter_out, c.bytes_out, station_now_ms(l->station));
	l->counted_in = c.bytes_in;
	l->counted_out = c.bytes_out;
	if (c.bytes_in + c.bytes_out >= l->bulk_bytes + PROGRESS_BYTES) {
		l->bulk_bytes = c.bytes_in + c.bytes_out;
		l->bulk_ms = station_now_ms(l->station);
	}
}

void link_has_put(struct link *l)
{
	l->has_put = true;
	l->put_ms = station_now_ms(l->station);
}

static bool is_worth_remembering(const struct link *l, int64_t now)
{
	int64_t last = l->put_ms > l->bulk_ms ? l->put_ms : l->bulk_ms;
	return now - last < (l->station->nlinks > WARM_LINKS_MAX ? IDLE_MS : WARM_MS);
}

size_t link_unit(const struct link *l)
{
	struct session_counts c;
	uint64_t life = l->peer ? l->peer->life : 0;
	session_counts(l->session, &c);
	/* One that already lives longer shows that it can. */
	return unit_bytes(life && life < c.bytes_out ? c.bytes_out : life);
}

static void shut(struct link *l)
{
	if (l->state == LINK_CLOSED)
		return;
	count_bytes(l);
	set_state(l, LINK_CLOSED);
	carry_on(l); /* what waited for room waits no longer */
}

/* --- writing --- */

static void on_shutdown(uv_shutdown_t *request, int status)
{
	struct link *l = request->data;
	if (status)
		shut(l); /* else until the peer's end of stream, or the timer */
}

static void on_written(uv_write_t *request, int status)
{
	struct link *l = request->data;
	l->is_writing = false;
	if (l->state == LINK_CLOSED)
		return;
	if (status) {
		l->is_cut = true;
		session_close(l->session, "the connection was cut", false);
	} else {
		session_sent(l->session, l->writing.len);
	}
	link_step(l);
}

/* One write at a time: what the session still holds back is the queue that session_want() and its
 * deadlines go by. */
static void write_out(struct link *l)
{
	if (l->is_writing || l->is_shut)
		return;
	struct str out = str_sub(session_output(l->session), 0, WRITE_BYTES);
	if (out.len) {
		buf_reset(&l->writing);
		buf_add(&l->writing, out);
		uv_buf_t b = uv_buf_init(l->writing.ptr, (unsigned)l->writing.len);
		l->is_writing = true;
		if (uv_write(&l->write, (uv_stream_t *)&l->tcp, &b, 1, on_written)) {
			l->is_writing = false;
			shut(l);
		}
	} else if (l->state == LINK_ENDING) {
		l->is_shut = true;
		if (uv_shutdown(&l->shutdown, (uv_stream_t *)&l->tcp, on_shutdown))
			shut(l);
	}
}

/* --- reading --- */

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
	struct link *l = handle->data;
	(void)wanted;
	*out = uv_buf_init(l->station->input, sizeof l->station->input);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct link *l = stream->data;
	if (l->state == LINK_ENDING && n < 0)
		shut(l);
	if (l->state != LINK_TALKING || n == 0)
		return;
	if (n > 0) {
		session_feed(l->session, str_of(b->base, (size_t)n), station_now_ms(l->station));
	} else {
		char why[128];
		bool is_mute = l->is_dialled && !l->is_up;
		snprintf(why, sizeof why, "the connection was cut%s%s%s",
		    is_mute ? " before anything that Belfry would say" : "",
		    n == UV_EOF ? "" : ": ", n == UV_EOF ? "" : uv_strerror((int)n));
		l->is_cut = true;
		session_close(l->session, why, false);
	}
	link_step(l);
}

/* Whoever sends faster than the store takes is left to wait in the network. */
static void mind_reading(struct link *l)
{
	bool is_crowded = l->item_bytes && l->station->item_bytes > ITEM_BYTES_MAX;
	bool wanted =
	    l->state == LINK_ENDING || (l->item_bytes < 2 * BATCH_BYTES_MAX && !is_crowded);
	if (wanted == l->is_reading)
		return;
	l->is_reading = wanted;
	if (wanted)
		uv_read_start((uv_stream_t *)&l->tcp, on_alloc, on_read);
	else
		uv_read_stop((uv_stream_t *)&l->tcp);
}

/* --- stepping --- */

static void arm(struct link *l)
{
	int64_t now = station_now_ms(l->station), due = session_deadline(l->session);
	/* Without room nothing that was asked for comes, and nobody is to blame. */
	int64_t awaited = l->station->room.is_short ? INT64_MAX : gossip_due(&l->station->gossip);
	due = awaited < due ? awaited : due;
	uv_timer_start(&l->timer, on_timer, due > now ? (uint64_t)(due - now) : 0, 0);
}

static void step_asked(struct station *n)
{
	struct link *l;
	while ((l = gossip_next(&n->gossip)))
		link_step(l);
}

/* After its session has changed: who is asked for what may change on any link. */
static void link_gossip(struct link *l)
{
	struct station *n = l->station;
	gossip_look(&n->gossip, l->session, station_now_ms(n));
	step_asked(n);
}

void link_leave_gossip(struct link *l)
{
	struct station *n = l->station;
	gossip_remove(&n->gossip, l->session, station_now_ms(n));
	step_asked(n);
	if (gossip_due(&n->gossip) == INT64_MAX)
		return;
	/* Its timer may have been the one that the others' answers hung on. */
	for (struct link *o = n->links; o; o = o->next)
		if (o != l && o->state == LINK_TALKING && !o->is_stepping)
			arm(o);
}

static void take_events(struct link *l)
{
	struct session_event e;
	while (session_event(l->session, &e)) {
		link_take_event(l, &e);
		if (e.kind != SESSION_CLOSED)
			continue;
		set_state(l, LINK_ENDING);
		if (!l->is_up) /* there is nobody to say goodbye to */
			l->is_cut = true;
	}
}

void link_step(struct link *l)
{
	if (l->is_stepping || (l->state != LINK_TALKING && l->state != LINK_ENDING))
		return;
	l->is_stepping = true;
	take_events(l);
	if (l->state == LINK_TALKING)
		link_gossip(l);
	if (l->state == LINK_TALKING)
		recall_look(l);
	carry_on(l);
	if (l->state == LINK_TALKING)
		carry_out(l);
	if (l->state == LINK_TALKING)
		attach_step(l);
	l->is_stepping = false;
	if (l->is_cut) {
		shut(l);
		return;
	}
	write_out(l);
	if (l->state == LINK_CLOSED)
		return;
	mind_reading(l);
	count_bytes(l);
	if (l->state == LINK_TALKING)
		arm(l);
}

static void on_timer(uv_timer_t *timer)
{
	struct link *l = timer->data;
	if (l->state == LINK_CONNECTING)
		link_close(l, "no answer within 10 seconds", false);
	else if (l->state == LINK_ENDING)
		shut(l);
	else if (l->state == LINK_TALKING) {
		int64_t now = station_now_ms(l->station);
		l->is_late = true; /* if it ends now, it is because of silence */
		session_tick(l->session, now);
		if (!l->station->room.is_short)
			gossip_tick(&l->station->gossip, now);
		step_asked(l->station);
		if (!is_worth_remembering(l, now))
			session_forget(l->session);
		link_step(l);
		l->is_late = false;
	}
}

void link_close(struct link *l, const char *why, bool is_fault)
{
	if (l->state == LINK_CONNECTING) {
		struct dial *d = l->dial;
		l->dial = NULL;
		shut(l);
		if (d)
			dial_link_ended(d, false, is_fault, why);
	} else if (l->state == LINK_TALKING) {
		session_close(l->session, why, is_fault);
		link_step(l);
	}
}

/* Which hubs a region has may change with the charter. */
static void follow(struct link *l)
{
	const struct snapshot *s = &l->station->work.now;
	struct str hubs[HUBS_MAX];
	for (size_t i = 0; i < s->nfollow; i++)
		hubs[i] = str_from(s->follow[i]);
	session_follow(l->session, hubs, s->nfollow, s->is_only);
}

void link_store_changed(struct link *l, bool has_new_charter)
{
	struct session_counts before, after;
	if (l->state != LINK_TALKING)
		return;
	parts_settle(&l->station->parts, &l->station->work.now.inner);
	session_counts(l->session, &before);
	if (has_new_charter)
		follow(l);
	session_local(l->session, link_state(l));
	session_counts(l->session, &after);
	/* The session says again when this has settled. */
	if (has_new_charter || before.behind != after.behind ||
	    before.peer_behind != after.peer_behind)
		l->is_in_sync = false;
	link_step(l);
}

/* --- the ways in --- */

/* What the system holds and has not sent can no longer be overtaken; without this it takes some
 * 100 KB, which is 20 s on a slow line. Where it cannot be set, news is later. */
static void keep_queue_short(struct link *l)
{
#ifdef TCP_NOTSENT_LOWAT
	uv_os_fd_t fd;
	int most = UNSENT_BYTES;
	if (!uv_fileno((uv_handle_t *)&l->tcp, &fd))
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof most);
#else
	(void)l;
#endif
}

static void begin_session(struct link *l, const uint8_t *expect_key)
{
	const struct snapshot *s = &l->station->work.now;
	struct session_config c = {
	    .initiator = l->is_dialled, .expect_key = expect_key, .hub = s->hub, .scope = s->scope};
	sha256_from_hex(&c.network, str_from(l->station->network));
	memcpy(c.link_secret, l->station->link_secret, sizeof c.link_secret);
	memcpy(c.incarnation, s->incarnation, sizeof c.incarnation);
	uv_tcp_nodelay(&l->tcp, 1);
	uv_tcp_keepalive(&l->tcp, 1, KEEPALIVE_SECONDS);
	keep_queue_short(l);
	l->follow_changes = s->follow_changes;
	l->session = session_new(&c, &s->state, station_now_ms(l->station));
	explicit_bzero(c.link_secret, sizeof c.link_secret);
	follow(l);
	set_state(l, LINK_TALKING);
	link_step(l);
}

static void on_connected(uv_connect_t *request, int status)
{
	struct link *l = request->data;
	if (l->state != LINK_CONNECTING)
		return;
	if (status) {
		link_close(l, uv_strerror(status), false);
		return;
	}
	const struct snapshot_hub *hub = snapshot_hub(&l->station->work.now, l->dial->name);
	l->round_trip_ms += station_now_ms(l->station);
	begin_session(l, hub ? hub->link : NULL);
}

struct link *link_connect(struct station *n, struct dial *dial, const struct sockaddr *to)
{
	if (n->nlinks >= PEERS_MAX + ENDING_MAX)
		return NULL;
	struct link *l = link_new(n);
	l->is_dialled = true;
	l->dial = dial;
	address_write(l->address, to);
	address_write_host(l->host, to);
	l->round_trip_ms = -station_now_ms(n);
	set_state(l, LINK_CONNECTING);
	if (uv_tcp_connect(&l->connecting, &l->tcp, to, on_connected) == 0)
		return l;
	l->dial = NULL;
	shut(l);
	return NULL;
}

/*
 * A crowd of silent ones, or of strangers, must not keep out those who mean it: the oldest
 * handshake that is not through gives way, or the oldest link of one that is neither hub nor
 * member.
 */
static void make_room(struct station *n, bool is_handshake)
{
	struct link *oldest = NULL;
	for (struct link *l = n->links; l; l = l->next)
		if (!l->is_dialled && !l->hub[0] && l->member.state == MEMBER_NONE &&
		    l->is_up != is_handshake && l->state == LINK_TALKING)
			oldest = l;
	if (oldest)
		link_close(oldest,
		    is_handshake ? "too many handshakes are open" : "too many links are open",
		    false);
}

void link_accept(struct station *n, uv_stream_t *listener)
{
	struct sockaddr_storage from;
	int length = sizeof from;
	if (n->nlinks >= PEERS_MAX)
		make_room(n, false);
	bool is_full = n->nlinks >= PEERS_MAX + ENDING_MAX;
	struct link *l = link_new(n);
	if (uv_accept(listener, (uv_stream_t *)&l->tcp) || is_full ||
	    uv_tcp_getpeername(&l->tcp, (struct sockaddr *)&from, &length)) {
		if (is_full)
			log_warn("a connection is refused: %d are open already", PEERS_MAX);
		shut(l);
		return;
	}
	address_write(l->address, (const struct sockaddr *)&from);
	address_write_host(l->host, (const struct sockaddr *)&from);
	if (n->nhandshakes >= HANDSHAKES_OPEN_MAX)
		make_room(n, true);
	n->nhandshakes++;
	begin_session(l, NULL);
}
