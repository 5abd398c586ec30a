/* SPDX-License-Identifier: Apache-2.0 */
/* Who may come in: handshakes of another network, key, version or shape end before a name goes out.
 */
#include "session_model.h"

static void handshake_frames_are_small(void **state)
{
	(void)state;
	static const struct str bad[] = {
	    {"\0\37", 2}, {"\2\1", 2}, {"\xff\xff", 2}, {"GET / HTTP/1.1\r\n\r\n", 18}};
	for (size_t i = 0; i < 4; i++) {
		struct session_config c = {.hub = "tested", .link_secret = {1}};
		struct local_state l = {.heads = NULL};
		struct session *s = session_new(&c, &l, 0);
		struct session_event v;
		session_feed(s, bad[i], 0);
		assert_true(session_event(s, &v));
		assert_int_equal(v.kind, SESSION_CLOSED);
		assert_true(v.is_fault);
		assert_non_null(strstr(v.text, "where 32 to 512 are possible"));
		assert_int_equal(session_output(s).len, 0); /* not one byte to a stranger */
		session_free(s);
	}
}

static void the_first_message_says_nothing(void **state)
{
	(void)state;
	struct session_config c = {.hub = "tested", .link_secret = {1}};
	struct local_state l = {.heads = NULL};
	struct session *s = session_new(&c, &l, 0);
	struct buf prologue = BUF_INIT, wire = BUF_INIT;
	uint8_t secret[LINK_KEY_BYTES] = {9};
	struct session_event v;
	struct err err;
	buf_puts(&prologue, "belfry-link 1\n");
	buf_add(&prologue, str_of(c.network.bytes, SHA256_BYTES));
	struct noise *n = noise_new(true, buf_str(&prologue), secret, NULL);
	buf_u16(&wire, 32 + 5);
	noise_write(n, &wire, STR("hello"), &err);
	session_feed(s, buf_str(&wire), 0);
	assert_true(session_event(s, &v) && v.kind == SESSION_CLOSED && v.is_fault);
	assert_string_equal(v.text, "handshake message 1 has a payload");
	assert_int_equal(session_output(s).len, 0);
	buf_release(&prologue);
	buf_release(&wire);
	noise_free(n);
	session_free(s);
}

static void another_network(void **state)
{
	(void)state;
	struct world *w = world_new(1);
	struct node *a = world_node(w, "alpha", 1), *b = world_node(w, "beta", 1);
	struct end *e = world_link(w, a, b);
	session_free(e[1].session);
	w->network.bytes[31] ^= 1;
	e[1].session = model_session(w, b, false, NULL);
	world_run(w);
	assert_int_equal(e[0].ups + e[1].ups, 0);
	assert_int_equal(e[0].closes, 1);
	assert_non_null(strstr(e[0].reason, "another network"));
	world_free(w);
}

static void the_wrong_hub_answers(void **state)
{
	(void)state;
	struct world *w = world_new(1);
	struct node *a = world_node(w, "alpha", 1), *b = world_node(w, "beta", 1);
	struct end *e = world_link(w, a, b);
	session_free(e[0].session);
	e[0].session = model_session(w, a, true, a->secret);
	world_run(w);
	assert_int_equal(e[0].ups + e[1].ups, 0);
	assert_non_null(strstr(e[0].reason, "another link key"));
	assert_true(e[0].is_fault);
	struct session_counts c;
	session_counts(e[0].session, &c);
	assert_int_equal(c.bytes_out, 2 + 32); /* our name has not gone out */
	world_free(w);
}

static void dialling_oneself(void **state)
{
	(void)state;
	struct world *w = world_new(1);
	struct node *a = world_node(w, "alpha", 1);
	struct end *e = world_link(w, a, a);
	world_run(w);
	assert_non_null(strstr(e[0].reason, "this hub itself"));
	assert_false(e[0].is_fault);
	assert_int_equal(e[0].ups, 0);
	world_free(w);
}

/* The handshake byte by byte, and with one bit of each byte of its first message turned. */
static void handshake_cut_and_turned(void **state)
{
	(void)state;
	struct world *w = world_new(1);
	struct node *a = world_node(w, "alpha", 1), *b = world_node(w, "beta", 1);
	struct end *e = world_link(w, a, b);
	w->chunk_max = 1;
	size_t steps = 0;
	while (!e[1].ups) {
		for (int i = 0; i < 2; i++) {
			end_send(w, &e[i]);
			end_receive(w, &e[i]);
		}
		assert_true(steps++ < 2000);
	}
	assert_int_equal(e[0].closes + e[1].closes, 0);
	world_free(w);
	for (size_t at = 0; at < 34; at++) {
		w = world_new(1);
		a = world_node(w, "alpha", 1), b = world_node(w, "beta", 1);
		e = world_link(w, a, b);
		w->chunk_max = 1000;
		while (end_send(w, &e[0]))
			;
		e[1].in.ptr[at] ^= 4;
		world_run(w);
		assert_int_equal(e[0].ups + e[1].ups, 0);
		world_free(w);
	}
}

static void hello_of_another_version(void **state)
{
	(void)state;
	struct session_config c = {.hub = "tested", .initiator = true, .link_secret = {1}};
	struct local_state l = {.heads = NULL};
	struct session *s = session_new(&c, &l, 0);
	struct buf prologue = BUF_INIT, wire = BUF_INIT, payload = BUF_INIT, box = BUF_INIT;
	uint8_t secret[LINK_KEY_BYTES] = {9};
	struct err err;
	buf_puts(&prologue, "belfry-link 1\n");
	buf_add(&prologue, str_of(c.network.bytes, SHA256_BYTES));
	struct noise *n = noise_new(false, buf_str(&prologue), secret, NULL);
	struct str out = session_output(s);
	assert_int_equal(noise_read(n, &payload, str_sub(out, 2, out.len), &err), 0);
	session_sent(s, out.len);
	assert_int_equal(noise_write(n, &box, STR("\2 and what else version 2 says"), &err), 0);
	buf_u16(&wire, (uint16_t)box.len);
	buf_add(&wire, buf_str(&box));
	session_feed(s, buf_str(&wire), 0);
	struct session_event v;
	assert_true(session_event(s, &v));
	assert_int_equal(v.kind, SESSION_CLOSED);
	assert_false(v.is_fault);
	assert_non_null(strstr(v.text, "speaks version 2"));
	assert_int_equal(session_output(s).len, 0);
	buf_release(&prologue);
	buf_release(&payload);
	buf_release(&box);
	buf_release(&wire);
	noise_free(n);
	session_free(s);
}

int main(void)
{
	hash_init();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(handshake_frames_are_small),
	    cmocka_unit_test(the_first_message_says_nothing),
	    cmocka_unit_test(another_network),
	    cmocka_unit_test(the_wrong_hub_answers),
	    cmocka_unit_test(dialling_oneself),
	    cmocka_unit_test(handshake_cut_and_turned),
	    cmocka_unit_test(hello_of_another_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
