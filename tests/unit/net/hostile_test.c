/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peers that speak nonsense, lie, stop in the middle or belong elsewhere. In each case the daemon
 * ends that link with a reason, and goes on serving an honest peer.
 */
#include "one_hub.h"

/* What an honest newcomer gets from it now. */
static void still_serves(void)
{
	struct local_state nothing = {.charter = 0};
	struct raw r = raw_new(&hub, 0x55, "", network.text, &nothing);
	assert_true(raw_until(&r, SESSION_CHARTER));
	raw_free(&r);
}

static bool logged(const char *words)
{
	return output_of("grep -F -- '%s' %s.log", words, hub.dir)[0];
}

static struct str status_of_loopback(void)
{
	static char why[600];
	json_t *o = peer_of(&hub, "127.0.0.1");
	assert_non_null(o);
	snprintf(why, sizeof why, "%s", json_get_text(o, "last_reason").ptr);
	json_decref(o);
	return str_from(why);
}

/* --- below the session --- */

static void test_nonsense(void **state)
{
	(void)state;
	int fd = dial_port(hub.port);
	static const char request[] = "GET / HTTP/1.1\r\nHost: central\r\n\r\n";
	assert_true(write(fd, request, sizeof request - 1) > 0);
	assert_true(hangs_up(fd));
	close(fd);
	UNTIL(strstr(status_of_loopback().ptr, "a frame of 18245 bytes"));
	still_serves();
}

static void test_lengths(void **state)
{
	(void)state;
	static const struct {
		uint8_t bytes[2];
	} cases[] = {{{0, 0}}, {{0, 31}}, {{0xff, 0xff}}, {{2, 1}}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int fd = dial_port(hub.port);
		assert_int_equal(write(fd, cases[i].bytes, 2), 2);
		assert_true(hangs_up(fd));
		close(fd);
	}
	still_serves();
}

/* Cut after each byte of the first two of our flights. */
static void test_stops_in_the_middle(void **state)
{
	(void)state;
	struct local_state nothing = {.charter = 0};
	for (size_t stop_at = 1; stop_at < 34; stop_at += 4) {
		struct raw r = raw_new(&hub, 0x55, "", network.text, &nothing);
		struct str first = session_output(r.s);
		assert_true(first.len >= 34);
		assert_int_equal(write(r.fd, first.ptr, stop_at), stop_at);
		raw_free(&r);
	}
	UNTIL(strstr(status_of_loopback().ptr, "the connection was cut"));
	still_serves();
}

static void test_random_after_first_flight(void **state)
{
	(void)state;
	uint8_t bytes[4096];
	struct local_state nothing = {.charter = 0};
	struct raw r = raw_new(&hub, 0x55, "", network.text, &nothing);
	raw_flush(&r);
	random_bytes(bytes, sizeof bytes);
	bytes[0] = 0;
	bytes[1] = 200;
	assert_int_equal(write(r.fd, bytes, sizeof bytes), sizeof bytes);
	assert_true(hangs_up(r.fd));
	raw_free(&r);
	UNTIL(strstr(status_of_loopback().ptr, "the handshake failed"));
	still_serves();
}

/* Silent ones never keep out who comes later. */
static void test_many_silent(void **state)
{
	(void)state;
	enum { CROWD = HANDSHAKES_OPEN_MAX + 20 };
	int fds[CROWD];
	for (int i = 0; i < CROWD; i++)
		fds[i] = dial_port(hub.port);
	UNTIL(logged("too many handshakes are open"));
	still_serves();
	for (int i = 0; i < CROWD; i++)
		close(fds[i]);
}

/* --- strangers and impostors --- */

/* However many strangers hold a link, there is room for one more, and hubs stay. */
static void test_many_strangers(void **state)
{
	(void)state;
	enum { CROWD = PEERS_MAX + 20 };
	struct local_state nothing = {.charter = 0};
	static struct raw crowd[CROWD];
	struct raw east = raw_new(&hub, EAST, "east", network.text, &nothing);
	assert_true(raw_until(&east, SESSION_CHARTER));
	for (int i = 0; i < CROWD; i++) {
		crowd[i] =
		    raw_new(&hub, 256 * (unsigned)(i % 128 + 1) + 0x55 + (i >= 128) + (i >= 256),
			"", network.text, &nothing);
		assert_true(raw_until(&crowd[i], SESSION_CHARTER)); /* it is through at both ends */
	}
	assert_true(logged("closed: too many links are open"));
	assert_true(peer_is(&hub, "east", "connected"));
	for (int i = 0; i < CROWD; i++)
		raw_free(&crowd[i]);
	raw_free(&east);
	still_serves();
}

static void test_other_network(void **state)
{
	(void)state;
	char other[65];
	struct local_state nothing = {.charter = 0};
	memset(other, 'a', 64);
	other[64] = 0;
	struct raw r = raw_new(&hub, 0x55, "", other, &nothing);
	assert_false(raw_until(&r, SESSION_UP));
	assert_non_null(strstr(r.why, "another network"));
	raw_free(&r);
	UNTIL(strstr(status_of_loopback().ptr, "the connection was cut"));
	still_serves();
}

/* A name of the charter with another key. */
static void test_impostor(void **state)
{
	(void)state;
	struct store *s = net_store("forged", NULL, 0x55, true);
	struct local_state l;
	store_state(s, &l);
	struct raw r = raw_new(&hub, 0x55, "east", network.text, &l);
	assert_false(raw_until(&r, SESSION_IN_SYNC));
	assert_non_null(strstr(r.why, "hub east has another link key in charter version 1"));
	raw_free(&r);
	store_close(s);
	UNTIL(logged("warn 127.0.0.1:"));
	still_serves();
}

/* --- what they send --- */

/* Up to where it wants our entries of `name`; `l` says what we claim to hold. */
static struct raw wanted(const struct local_state *l, const char *name, unsigned byte)
{
	struct raw r = raw_new(&hub, byte, name, network.text, l);
	struct session_want want;
	assert_true(raw_until(&r, SESSION_UP));
	int64_t late = clock_ms() + PATIENCE_MS;
	while (!session_want(r.s, &want)) {
		struct pollfd p = {.fd = r.fd, .events = POLLIN};
		char bytes[4096];
		struct session_event e;
		assert_true(clock_ms() < late);
		raw_flush(&r);
		if (poll(&p, 1, 100) > 0) {
			ssize_t n = read(r.fd, bytes, sizeof bytes);
			assert_true(n > 0);
			session_feed(r.s, str_of(bytes, (size_t)n), clock_ms());
		}
		while (session_event(r.s, &e)) {
			r.seen |= 1u << e.kind;
			assert_int_not_equal(e.kind, SESSION_CLOSED);
		}
	}
	assert_string_equal(want.hub, "east");
	return r;
}

/* The first entry has a flipped bit in its signature: nobody else can have made it: a fault. */
static void test_forged_first_entry(void **state)
{
	(void)state;
	struct store *s = net_store("east", "east", EAST, true);
	struct local_state l;
	store_state(s, &l);
	struct raw r = wanted(&l, "east", EAST);
	struct wires *w = wires_new(s, "east", 1);
	w->bytes.ptr[w->n ? w->entries[0].len - 1 : 0] ^= 1;
	session_put_entries(r.s, "east", 1, w->entries, 1);
	assert_false(raw_until(&r, SESSION_IN_SYNC));
	assert_non_null(strstr(r.why, "entry 1 of east"));
	assert_int_equal(held(&hub, "east"), 0);
	assert_true(peer_ended(&hub, "east", "entry 1 of east"));
	wires_free(w);
	raw_free(&r);
	store_close(s);
	still_serves();
}

static void append_news(struct store *s, const char *id)
{
	struct draft d = {.n = 0};
	draft_news(&d, EAST, "ke-mombasa", id, "");
	append(s, &d);
}

/* Nonsense where an entry must stand. What was good before it is kept. */
static void test_good_then_garbage(void **state)
{
	(void)state;
	struct store *s = net_store("east", "east", EAST, true);
	struct local_state l;
	append_news(s, "second");
	append_news(s, "third");
	store_state(s, &l);
	struct raw r = wanted(&l, "east", EAST);
	struct wires *w = wires_new(s, "east", 1);
	struct str entries[] = {w->entries[0], w->entries[1], STR("no entry at all")};
	session_put_entries(r.s, "east", 1, entries, 3);
	assert_false(raw_until(&r, SESSION_IN_SYNC));
	assert_non_null(strstr(r.why, "what came as entry 3 of east is not that entry"));
	assert_int_equal(held(&hub, "east"), 2);
	wires_free(w);
	raw_free(&r);
	store_close(s);
	still_serves();
}

/*
 * East's journal forked at its second entry. Whoever brings the other branch may be honest: that
 * journal stops on their link, the rest of the link goes on.
 */
static void test_fork(void **state)
{
	(void)state;
	struct store *one = net_store("east", "east", EAST, true);
	struct store *two = net_store("twin", "east", EAST, true);
	struct local_state l;
	append_news(one, "second");
	append_news(two, "other");
	append_news(two, "third");
	store_state(one, &l);
	struct raw r = wanted(&l, "east", EAST);
	struct wires *w = wires_new(one, "east", 1);
	session_put_entries(r.s, "east", 1, w->entries, w->n);
	UNTIL((raw_flush(&r), held(&hub, "east") == 2));
	wires_free(w);
	raw_free(&r);

	store_state(two, &l);
	r = wanted(&l, "", 0x66);
	w = wires_new(two, "east", 3);
	session_put_entries(r.s, "east", 3, w->entries, 1);
	assert_true(raw_until(&r, SESSION_DISPUTED));
	if (!(r.seen & 1u << SESSION_ENTRIES)) /* central's own come all the same */
		assert_true(raw_until(&r, SESSION_ENTRIES));
	assert_false(r.seen & 1u << SESSION_CLOSED);
	assert_int_equal(held(&hub, "east"), 2);
	wires_free(w);
	raw_free(&r);
	store_close(one);
	store_close(two);
	still_serves();
}

/* Entries of a hub that no charter knows. */
static void test_unknown_hub(void **state)
{
	(void)state;
	struct store *s = net_store("east", "east", EAST, true);
	struct head head = {.hub = "atlantis", .seq = 1};
	struct local_state l;
	store_state(s, &l);
	l.heads = &head;
	l.nheads = 1;
	struct raw r = raw_new(&hub, 0x55, "", network.text, &l);
	assert_true(raw_until(&r, SESSION_ENTRIES)); /* open */
	struct wires *w = wires_new(s, "east", 1);
	session_put_entries(r.s, "atlantis", 1, w->entries, 1);
	assert_true(raw_until(&r, SESSION_DISPUTED));
	assert_true(logged("no charter here names a hub atlantis"));
	assert_int_equal(held(&hub, "atlantis"), -1);
	wires_free(w);
	raw_free(&r);
	store_close(s);
	still_serves();
}

int main(void)
{
#define HOSTILE(test) cmocka_unit_test_setup_teardown(test, hub_start, hub_stop)
	const struct CMUnitTest tests[] = {
	    HOSTILE(test_nonsense),
	    HOSTILE(test_lengths),
	    HOSTILE(test_stops_in_the_middle),
	    HOSTILE(test_random_after_first_flight),
	    HOSTILE(test_many_silent),
	    HOSTILE(test_many_strangers),
	    HOSTILE(test_other_network),
	    HOSTILE(test_impostor),
	    HOSTILE(test_forged_first_entry),
	    HOSTILE(test_good_then_garbage),
	    HOSTILE(test_fork),
	    HOSTILE(test_unknown_hub),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
