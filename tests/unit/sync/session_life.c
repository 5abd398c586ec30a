/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines by a clock that is handed in, members who prove a key, and goodbyes. */
#include "session_model.h"

#include "../trust/token.h"
#include "trust/sshsig.h"

static struct end *open_pair(struct world **out, const char *a, const char *b)
{
	struct world *w = *out = world_new(3);
	struct node *na = world_node(w, a, 1), *nb = world_node(w, b, 1);
	w->chunk_max = 100000;
	struct end *e = world_link(w, na, nb);
	world_run(w);
	assert_in_sync(e, 1);
	return e;
}

static void tick(struct world *w, struct end *e, int64_t now)
{
	w->now = now;
	session_tick(e->session, now);
	end_take_events(e);
}

static void the_handshake_has_ten_seconds(void **state)
{
	(void)state;
	for (int who = 0; who < 2; who++) {
		struct world *w = world_new(1);
		w->now = 5000;
		struct node *a = world_node(w, "alpha", 1), *b = world_node(w, "beta", 1);
		struct end *e = world_link(w, a, b);
		assert_int_equal(session_deadline(e[who].session), 5000 + HANDSHAKE_TIMEOUT_MS);
		/* Bytes that drip in win no time. */
		session_feed(e[1].session, STR("\0"), 9000);
		tick(w, &e[who], 5000 + HANDSHAKE_TIMEOUT_MS - 1);
		assert_int_equal(e[who].closes, 0);
		tick(w, &e[who], 5000 + HANDSHAKE_TIMEOUT_MS);
		assert_int_equal(e[who].closes, 1);
		assert_false(e[who].is_fault);
		assert_non_null(strstr(e[who].reason, "10 seconds"));
		assert_int_equal(session_deadline(e[who].session), INT64_MAX);
		world_free(w);
	}
}

static void an_idle_link_is_kept_alive(void **state)
{
	(void)state;
	struct world *w;
	struct end *e = open_pair(&w, "alpha", "beta");
	uint64_t before = link_bytes(e);
	for (int64_t hour = 0; w->now < 3600 * 1000;) {
		int64_t a = session_deadline(e[0].session), b = session_deadline(e[1].session);
		assert_true(a > hour && b > hour);
		hour = a < b ? a : b;
		tick(w, &e[0], hour);
		tick(w, &e[1], hour);
		world_run(w);
	}
	assert_int_equal(e[0].closes + e[1].closes, 0);
	assert_int_equal(e[0].in_syncs, 1);
	/* Each side one message of 2 bytes, with 18 around it, every 30 seconds. */
	assert_int_equal(link_bytes(e) - before, 2 * 120 * 20);
	world_free(w);
}

static void silence_ends_it_without_blame(void **state)
{
	(void)state;
	struct world *w;
	struct end *e = open_pair(&w, "alpha", "beta");
	for (int64_t now = 0; now < SILENCE_MS; now += IDLE_PING_MS) {
		tick(w, &e[0], now);
		while (end_send(w, &e[0]))
			;
		assert_int_equal(e[0].closes, 0);
	}
	tick(w, &e[0], SILENCE_MS);
	assert_int_equal(e[0].closes, 1);
	assert_false(e[0].is_fault);
	assert_string_equal(e[0].reason, "nothing was heard for two minutes");
	world_free(w);
}

static void a_peer_that_takes_nothing(void **state)
{
	(void)state;
	struct world *w;
	struct end *e = open_pair(&w, "alpha", "beta");
	const int64_t start = 25000; /* time in which nothing waits does not count */
	tick(w, &e[0], start);
	node_write(w, e[0].node, "alpha", 5);
	while (end_answer(w, &e[0]))
		;
	session_output(e[0].session);
	for (int64_t now = start; now < start + SILENCE_MS; now += 10000) {
		node_write(w, e[1].node, "beta", 1);
		end_answer(w, &e[1]); /* it talks, but our output stays where it is */
		while (end_send(w, &e[1]))
			;
		w->now = now;
		while (end_receive(w, &e[0]))
			;
		size_t waiting = session_output(e[0].session).len;
		tick(w, &e[0], now);
		assert_int_equal(session_output(e[0].session).len, waiting); /* no ping on top */
	}
	assert_int_equal(e[0].closes, 0);
	session_feed(e[0].session, STR_EMPTY, start + SILENCE_MS);
	tick(w, &e[0], start + SILENCE_MS);
	assert_int_equal(e[0].closes, 1);
	assert_string_equal(e[0].reason, "the peer took nothing for two minutes");
	assert_false(e[0].is_fault);
	world_free(w);
}

static void a_slow_peer_is_waited_for(void **state)
{
	(void)state;
	struct world *w;
	struct end *e = open_pair(&w, "alpha", "beta");
	node_write(w, e[0].node, "alpha", 50);
	while (end_answer(w, &e[0]))
		;
	for (int64_t now = 0; now < 10 * SILENCE_MS; now += 20000) {
		tick(w, &e[1], now);
		while (end_send(w, &e[1]))
			;
		w->now = now;
		while (end_receive(w, &e[0]))
			;
		struct str some = str_sub(session_output(e[0].session), 0, 100); /* 40 bit/s */
		assert_int_equal(some.len, 100);
		session_feed(e[1].session, some, now);
		session_sent(e[0].session, 100);
		tick(w, &e[0], now);
		assert_int_equal(e[0].closes, 0);
	}
	world_free(w);
}

static void what_is_sent_puts_off_the_ping(void **state)
{
	(void)state;
	struct world *w;
	struct end *e = open_pair(&w, "alpha", "beta");
	tick(w, &e[0], 20000);
	assert_int_equal(session_deadline(e[0].session), IDLE_PING_MS);
	node_write(w, e[0].node, "alpha", 1);
	assert_true(end_answer(w, &e[0]) && end_send(w, &e[0]));
	assert_int_equal(session_deadline(e[0].session), 20000 + IDLE_PING_MS);
	world_free(w);
}

static void goodbye_reaches_the_peer_once(void **state)
{
	(void)state;
	struct world *w;
	struct end *e = open_pair(&w, "alpha", "beta");
	node_write(w, e[0].node, "alpha", 3);
	while (end_answer(w, &e[0]))
		;
	session_close(e[0].session, "going down\n(for a \xc3\xa9t\xc3\xa9)", false);
	session_close(e[0].session, "twice", true);
	session_tick(e[0].session, 1000000);
	end_take_events(&e[0]);
	assert_int_equal(e[0].closes, 1);
	assert_false(e[0].is_fault);
	world_run(w);
	assert_int_equal(e[1].closes, 1);
	assert_false(e[1].is_fault);
	assert_string_equal(e[1].reason, "the peer said goodbye: going down?(for a \?\?t\?\?)");
	assert_int_equal(e[1].node->admitted, 3); /* what was put before went out first */
	struct session_want want;
	assert_false(session_want(e[0].session, &want));
	assert_int_equal(session_output(e[0].session).len, 0);
	world_free(w);
}

static void a_fault_drops_what_waits(void **state)
{
	(void)state;
	struct world *w;
	struct end *e = open_pair(&w, "alpha", "beta");
	node_write(w, e[0].node, "alpha", 3);
	while (end_answer(w, &e[0]))
		;
	session_close(e[0].session, "your entry 7 is not signed", true);
	end_take_events(&e[0]);
	assert_true(e[0].is_fault);
	world_run(w);
	assert_int_equal(e[1].node->admitted, 0);
	assert_non_null(strstr(e[1].reason, "your entry 7"));
	world_free(w);
}

static void sign_proof(
    struct end *e, struct signer *signer, const struct sha256 *network, struct buf *armor)
{
	struct buf message = BUF_INIT;
	struct err err;
	char name_space[100];
	snprintf(name_space, sizeof name_space, "belfry-link@%s", sha256_hex(network).text);
	session_proof_message(e->session, &message);
	assert_int_equal(sshsig_sign(armor, signer, name_space, buf_str(&message), &err), 0);
	buf_release(&message);
}

static void prove_with(struct signer *signer)
{
	struct world *w;
	struct end *e = open_pair(&w, "", "beta");
	struct buf armor = BUF_INIT;
	struct err err;
	sign_proof(&e[0], signer, &w->network, &armor);
	assert_int_equal(session_put_proof(e[0].session, buf_str(&armor), &err), 0);
	session_put_submit(e[0].session, STR("a record and its signature"));
	world_run(w);
	assert_int_equal(e[1].members, 1);
	assert_true(public_key_eq(&e[1].member, signer_key(signer)));
	assert_int_equal(e[1].submits, 1);
	assert_string_equal(e[1].last.ptr, "a record and its signature");
	session_put_notice(e[1].session, STR("received"));
	world_run(w);
	assert_int_equal(e[0].notices, 1);
	assert_string_equal(e[0].last.ptr, "received");
	assert_in_sync(e, 1);
	buf_release(&armor);
	signer_free(signer);
	world_free(w);
}

static void a_member_proves_a_key(void **state)
{
	(void)state;
	prove_with(signer_generate());
	prove_with(token_from(signer_generate(), "ssh:"));
	prove_with(token_from(signer_generate(), "ssh:12345678901234567890123456"));
}

/* A signature for another session, another network or over something else is caught before it
 * leaves. */
static void a_wrong_proof_is_not_sent(void **state)
{
	(void)state;
	struct world *w, *other;
	struct end *e = open_pair(&w, "", "beta"), *f = open_pair(&other, "", "beta");
	struct signer *signer = signer_generate();
	struct buf armor = BUF_INIT;
	struct err err;
	struct sha256 network = sha256(STR("another"));
	sign_proof(&f[0], signer, &w->network, &armor);
	assert_int_equal(session_put_proof(e[0].session, buf_str(&armor), &err), ERR_SIGNATURE);
	buf_reset(&armor);
	sign_proof(&e[0], signer, &network, &armor);
	assert_int_equal(session_put_proof(e[0].session, buf_str(&armor), &err), ERR_NETWORK);
	assert_int_equal(session_put_proof(e[0].session, STR("no armor"), &err), ERR_SYNTAX);
	assert_int_equal(session_output(e[0].session).len, 0);
	buf_release(&armor);
	signer_free(signer);
	world_free(w);
	world_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_handshake_has_ten_seconds),
	    cmocka_unit_test(an_idle_link_is_kept_alive),
	    cmocka_unit_test(silence_ends_it_without_blame),
	    cmocka_unit_test(a_peer_that_takes_nothing),
	    cmocka_unit_test(a_slow_peer_is_waited_for),
	    cmocka_unit_test(what_is_sent_puts_off_the_ping),
	    cmocka_unit_test(goodbye_reaches_the_peer_once),
	    cmocka_unit_test(a_fault_drops_what_waits),
	    cmocka_unit_test(a_member_proves_a_key),
	    cmocka_unit_test(a_wrong_proof_is_not_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
