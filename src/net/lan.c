/* SPDX-License-Identifier: Apache-2.0 */
#include "net/lan.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/lan_word.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	ANSWER_MS = 500, /* at random within it, so that a room does not answer in chorus */
	QUIET_MS = 2000, /* between two announcements, however often we are asked */
	CHECKS_A_SECOND = 16, /* of strangers' addresses against our networks */
	INTERFACES_MAX = 32,
};

struct lan {
	struct station *station;
	uv_udp_t v4, v6;
	uv_timer_t timer;
	bool has_v4, has_v6;
	unsigned handles;
	bool is_stopping;
	uint8_t tag[LAN_TAG_BYTES];
	struct lan_peers peers;
	int64_t said_ms; /* the last announcement */
	int64_t due_ms; /* the next */
	int64_t second; /* in which so many were checked */
	unsigned checked;
	char joined[INTERFACES_MAX][INET6_ADDRSTRLEN + IF_NAMESIZE + 1]; /* as of the last one */
	size_t njoined;
	char input[LAN_WORD_BYTES + 1]; /* one more shows what is too long */
};

static void name_of(char out[static HUB_NAME_BYTES], const uint8_t id[static LAN_ID_BYTES])
{
	size_t at =
	    (size_t)snprintf(out, HUB_NAME_BYTES, "lan:"); /* no setting and no hub has a colon */
	for (size_t i = 0; i < LAN_ID_BYTES; i++)
		at += (size_t)snprintf(out + at, HUB_NAME_BYTES - at, "%02x", id[i]);
}

/* --- our networks --- */

/* Without a scope two links may have the same address: "fe80::1%eth0". */
static bool interface_text(char *out, size_t size, const uv_interface_address_t *i)
{
	char text[INET6_ADDRSTRLEN];
	if (i->address.address4.sin_family == AF_INET) {
		uv_ip4_name(&i->address.address4, text, sizeof text);
		snprintf(out, size, "%s", text);
		return true;
	}
	if (!IN6_IS_ADDR_LINKLOCAL(&i->address.address6.sin6_addr))
		return false;
	uv_ip6_name(&i->address.address6, text, sizeof text);
	snprintf(out, size, "%s%%%s", text, i->name);
	return true;
}

static bool is_within(const void *a, const void *b, const void *mask, size_t n)
{
	const uint8_t *x = a, *y = b, *m = mask;
	for (size_t i = 0; i < n; i++)
		if ((x[i] ^ y[i]) & m[i])
			return false;
	return true;
}

static bool is_on(const uv_interface_address_t *i, const struct sockaddr *from)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	if (i->address.address4.sin_family != from->sa_family)
		return false;
	if (from->sa_family == AF_INET) {
		memcpy(&v4, from, sizeof v4);
		return is_within(&v4.sin_addr, &i->address.address4.sin_addr,
		    &i->netmask.netmask4.sin_addr, sizeof v4.sin_addr);
	}
	memcpy(&v6, from, sizeof v6);
	return is_within(&v6.sin6_addr, &i->address.address6.sin6_addr,
	    &i->netmask.netmask6.sin6_addr, sizeof v6.sin6_addr);
}

/* Asking the system costs more than a datagram: strangers get so many a second. */
static bool is_near(struct lan *l, const struct sockaddr *from)
{
	uv_interface_address_t *list;
	int n;
	bool is = false;
	int64_t second = station_now_ms(l->station) / 1000;
	if (second != l->second)
		l->checked = 0;
	l->second = second;
	if (l->checked++ >= CHECKS_A_SECOND || uv_interface_addresses(&list, &n))
		return false;
	for (int i = 0; i < n && !is; i++)
		is = is_on(&list[i], from);
	uv_free_interface_addresses(list, n);
	return is;
}

/* --- speaking --- */

static void send_on(struct lan *l, const uv_interface_address_t *i, const char *at, struct str word)
{
	uv_buf_t b = uv_buf_init((char *)(uintptr_t)word.ptr, (unsigned)word.len);
	bool is_v4 = i->address.address4.sin_family == AF_INET;
	uv_udp_t *socket = is_v4 ? &l->v4 : &l->v6;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	uv_ip4_addr(LAN_GROUP_4, LAN_PORT, &v4);
	uv_ip6_addr(LAN_GROUP_6, LAN_PORT, &v6);
	v6.sin6_scope_id = i->address.address6.sin6_scope_id;
	const struct sockaddr *to =
	    is_v4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6;
	/* No network is no news: it comes back, and we with it. */
	if (uv_udp_set_multicast_interface(socket, at) == 0)
		uv_udp_try_send(socket, &b, 1, to);
}

static bool was_joined(const struct lan *l, const char *at)
{
	for (size_t i = 0; i < l->njoined; i++)
		if (strcmp(l->joined[i], at) == 0)
			return true;
	return false;
}

/* The group on each network that is there; whether one is new. */
static bool join(struct lan *l, const uv_interface_address_t *list, int n)
{
	char now[INTERFACES_MAX][sizeof l->joined[0]];
	size_t count = 0;
	bool is_new = false;
	for (int i = 0; i < n && count < INTERFACES_MAX; i++) {
		bool is_v4 = list[i].address.address4.sin_family == AF_INET;
		if (!(is_v4 ? l->has_v4 : l->has_v6) ||
		    !interface_text(now[count], sizeof now[count], &list[i]))
			continue;
		/* Joined already is an error that means it. */
		uv_udp_set_membership(is_v4 ? &l->v4 : &l->v6, is_v4 ? LAN_GROUP_4 : LAN_GROUP_6,
		    now[count], UV_JOIN_GROUP);
		is_new = is_new || !was_joined(l, now[count]);
		count++;
	}
	memcpy(l->joined, now, count * sizeof now[0]);
	l->njoined = count;
	return is_new;
}

static void say(struct lan *l)
{
	uv_interface_address_t *list;
	int n;
	struct buf word = BUF_INIT;
	if (uv_interface_addresses(&list, &n))
		return;
	bool is_new = join(l, list, n);
	struct lan_word w = {.kind = is_new ? LAN_ASK : LAN_HERE, .port = l->peers.port};
	memcpy(w.tag, l->tag, sizeof w.tag);
	memcpy(w.id, l->peers.id, sizeof w.id);
	lan_write(&word, &w);
	for (int i = 0; i < n; i++) {
		char at[sizeof l->joined[0]];
		if (interface_text(at, sizeof at, &list[i]) && was_joined(l, at))
			send_on(l, &list[i], at, buf_str(&word));
	}
	uv_free_interface_addresses(list, n);
	buf_release(&word);
	l->said_ms = station_now_ms(l->station);
}

static void on_timer(uv_timer_t *timer);

static void say_in(struct lan *l, int64_t ms)
{
	l->due_ms = station_now_ms(l->station) + ms;
	uv_timer_start(&l->timer, on_timer, (uint64_t)ms, 0);
}

/* A number from 0 to n - 1; none of its uses is a secret. */
static int64_t any_below(int64_t n)
{
	uint32_t random;
	random_bytes(&random, sizeof random);
	return random % n;
}

static void on_timer(uv_timer_t *timer)
{
	struct lan *l = timer->data;
	struct lan_peer gone;
	char name[HUB_NAME_BYTES];
	while (lan_forget(&l->peers, station_now_ms(l->station), &gone)) {
		name_of(name, gone.id);
		dial_forget(l->station, name, "nothing more was heard of it in this room");
	}
	say(l);
	say_in(l, LAN_EVERY_MS * 5 / 6 + any_below(LAN_EVERY_MS / 3));
}

/* Soon, but not twice in QUIET_MS. */
static void answer(struct lan *l)
{
	int64_t now = station_now_ms(l->station), wait = l->said_ms + QUIET_MS - now;
	int64_t in = (wait > 0 ? wait : 0) + any_below(ANSWER_MS);
	if (l->due_ms > now + in)
		say_in(l, in);
}

/* --- hearing --- */

static bool is_linked_from(const struct station *n, const char *host)
{
	for (const struct link *l = n->links; l; l = l->next) {
		struct str s = str_from(l->host);
		if (str_starts(s, STR("[")))
			s = str_sub(s, 1, s.len - 2);
		struct str of = str_from(host); /* has a scope, where the link's has none */
		if (l->is_up && (str_eq(s, of) || (s.len && s.len < of.len && str_starts(of, s) &&
						      of.ptr[s.len] == '%')))
			return true;
	}
	return false;
}

static void dial_if_ours(struct lan *l, struct lan_peer *peer)
{
	char name[HUB_NAME_BYTES];
	name_of(name, peer->id);
	const struct dial *d = dial_find(l->station, name);
	peer->failures = d ? d->failures : 0;
	if (d || !lan_is_our_turn(&l->peers, peer, is_linked_from(l->station, peer->address.host),
		     station_now_ms(l->station)))
		return;
	dial_hear(l->station, name, &peer->address);
}

static void note_failures(struct lan *l)
{
	for (size_t i = 0; i < l->peers.n; i++) {
		char name[HUB_NAME_BYTES];
		name_of(name, l->peers.peers[i].id);
		const struct dial *d = dial_find(l->station, name);
		l->peers.peers[i].failures = d ? d->failures : 0;
	}
}

static void take(struct lan *l, const struct lan_word *w, const struct sockaddr *from)
{
	struct address a;
	struct lan_peer *peer;
	uint8_t gone[LAN_ID_BYTES];
	static const uint8_t nobody[LAN_ID_BYTES];
	char name[HUB_NAME_BYTES];
	address_from(&a, from, w->port);
	note_failures(l);
	if (!lan_find(&l->peers, w->id) && !is_near(l, from))
		return;
	enum lan_verdict v =
	    lan_hear(&l->peers, w, a.host, station_now_ms(l->station), &peer, gone);
	if (memcmp(gone, nobody, sizeof gone) != 0) {
		name_of(name, gone);
		dial_forget(l->station, name, "another in this room takes its place");
	}
	if (v == LAN_NEW)
		log_info("in this room: %s:%u", a.host, a.port);
	if (v == LAN_NEW || v == LAN_KNOWN)
		dial_if_ours(l, peer);
	if (v == LAN_NEW || w->kind == LAN_ASK)
		answer(l);
}

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
	struct lan *l = handle->data;
	(void)wanted;
	*out = uv_buf_init(l->input, sizeof l->input);
}

static void on_word(
    uv_udp_t *socket, ssize_t n, const uv_buf_t *b, const struct sockaddr *from, unsigned flags)
{
	struct lan *l = socket->data;
	struct lan_word w;
	struct err ignored;
	if (n <= 0 || !from || flags & UV_UDP_PARTIAL || l->station->is_stopping ||
	    lan_read(&w, str_of(b->base, (size_t)n), &ignored) ||
	    memcmp(w.tag, l->tag, LAN_TAG_BYTES) != 0 ||
	    memcmp(w.id, l->peers.id, LAN_ID_BYTES) == 0)
		return;
	take(l, &w, from);
}

/* --- life --- */

static bool open_socket(struct lan *l, uv_udp_t *socket, const struct sockaddr *at, unsigned flags)
{
	/* Several stores on one machine hear the same group. */
	int rc = uv_udp_bind(socket, at, flags | UV_UDP_REUSEADDR);
	if (!rc)
		rc = uv_udp_recv_start(socket, on_alloc, on_word);
	if (rc)
		log_info("peers in this room are not heard by %s: %s",
		    at->sa_family == AF_INET ? "IPv4" : "IPv6", uv_strerror(rc));
	(void)l;
	return !rc;
}

struct lan *lan_start(struct station *n, uint16_t port)
{
	struct lan *l = mem_alloc(sizeof *l);
	struct sha256 network;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	l->station = n;
	l->peers.port = port;
	random_bytes(l->peers.id, sizeof l->peers.id);
	sha256_from_hex(&network, str_from(n->network));
	lan_tag(l->tag, &network);
	uv_udp_init(&n->loop, &l->v4);
	uv_udp_init(&n->loop, &l->v6);
	uv_timer_init(&n->loop, &l->timer);
	l->v4.data = l->v6.data = l->timer.data = l;
	l->handles = 3;
	uv_ip4_addr("0.0.0.0", LAN_PORT, &v4);
	uv_ip6_addr("::", LAN_PORT, &v6);
	l->has_v4 = open_socket(l, &l->v4, (const struct sockaddr *)&v4, 0);
	l->has_v6 = open_socket(l, &l->v6, (const struct sockaddr *)&v6, UV_UDP_IPV6ONLY);
	on_timer(&l->timer);
	return l;
}

static void on_closed(uv_handle_t *handle)
{
	struct lan *l = handle->data;
	if (--l->handles == 0)
		free(l);
}

void lan_stop(struct lan *l)
{
	if (!l)
		return;
	uv_close((uv_handle_t *)&l->v4, on_closed);
	uv_close((uv_handle_t *)&l->v6, on_closed);
	uv_close((uv_handle_t *)&l->timer, on_closed);
}
