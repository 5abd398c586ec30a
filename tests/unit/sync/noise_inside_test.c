/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only a peer with a changed program, or 2^64 frames, would bring about: so the module itself
 * is included, and its state set by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../src/sync/noise.c"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int start(void **state)
{
	(void)state;
	hash_init();
	return 0;
}

static struct noise *side(bool initiator)
{
	uint8_t s[KEY], e[KEY];
	memset(s, initiator ? 10 : 11, sizeof s);
	memset(e, initiator ? 20 : 21, sizeof e);
	return noise_new(initiator, STR("N"), s, e);
}

/* Carry message by message until `steps` are done. */
static void carry(struct noise *a, struct noise *b, unsigned steps)
{
	struct err err = {0};
	for (unsigned i = 0; i < steps; i++) {
		struct buf box = BUF_INIT, payload = BUF_INIT;
		assert_int_equal(noise_write(i % 2 ? b : a, &box, STR_EMPTY, &err), 0);
		assert_int_equal(noise_read(i % 2 ? a : b, &payload, buf_str(&box), &err), 0);
		buf_release(&box);
		buf_release(&payload);
	}
}

static void test_last_nonce(void **state)
{
	(void)state;
	struct noise *a = side(true), *b = side(false);
	struct buf box = BUF_INIT, out = BUF_INIT;
	struct err err = {0};
	carry(a, b, 3);
	a->send.n = b->receive.n = UINT64_MAX - 1;
	noise_encrypt(a, &box, STR("last"));
	assert_int_equal(noise_decrypt(b, &out, buf_str(&box), &err), 0);
	assert_int_equal(noise_decrypt(b, &out, buf_str(&box), &err), ERR_PEER);
	assert_false(noise_is_done(b));

	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
		signal(SIGABRT, SIG_DFL);
		noise_encrypt(a, &box, STR("one too many"));
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	buf_release(&box);
	buf_release(&out);
	noise_free(a);
	noise_free(b);
}

/* A static key of small order, honestly encrypted by whoever sends it. */
static void test_small_order_static(void **state)
{
	(void)state;
	struct err err = {0};
	struct buf box = BUF_INIT, payload = BUF_INIT;
	struct noise *a = side(true), *b = side(false);
	carry(a, b, 1);
	memset(b->s_public, 0, KEY);
	assert_int_equal(noise_write(b, &box, STR_EMPTY, &err), 0);
	assert_int_equal(noise_read(a, &payload, buf_str(&box), &err), ERR_PEER);
	assert_non_null(strstr(err.msg, "safe"));
	assert_null(noise_remote_key(a));
	noise_free(a);
	noise_free(b);

	a = side(true);
	b = side(false);
	carry(a, b, 2);
	memset(a->s_public, 0, KEY);
	buf_reset(&box);
	assert_int_equal(noise_write(a, &box, STR_EMPTY, &err), 0);
	assert_int_equal(noise_read(b, &payload, buf_str(&box), &err), ERR_PEER);
	assert_non_null(strstr(err.msg, "safe"));
	assert_false(noise_is_done(b));
	buf_release(&box);
	buf_release(&payload);
	noise_free(a);
	noise_free(b);
}

/* Somebody who claims another's static key without its secret gets nowhere. */
static void test_claimed_key(void **state)
{
	(void)state;
	struct err err = {0};
	struct buf box = BUF_INIT, payload = BUF_INIT;
	struct noise *a = side(true), *b = side(false), *victim = side(true);
	memset(b->s, 77, KEY);
	carry(a, b, 1);
	assert_int_equal(noise_write(b, &box, STR_EMPTY, &err), 0);
	assert_int_equal(noise_read(a, &payload, buf_str(&box), &err), ERR_PEER);
	noise_free(a);
	noise_free(b);

	a = side(true);
	b = side(false);
	memset(a->s, 77, KEY);
	memcpy(a->s_public, victim->s_public, KEY);
	carry(a, b, 2);
	buf_reset(&box);
	assert_int_equal(noise_write(a, &box, STR_EMPTY, &err), 0);
	assert_int_equal(noise_read(b, &payload, buf_str(&box), &err), ERR_PEER);
	assert_null(noise_remote_key(b));
	buf_release(&box);
	buf_release(&payload);
	noise_free(a);
	noise_free(b);
	noise_free(victim);
}

/* When the link is up, what could decrypt a recorded handshake is gone. */
static void test_wiped(void **state)
{
	(void)state;
	static const uint8_t zero[HASH];
	struct noise *a = side(true), *b = side(false);
	carry(a, b, 3);
	struct noise *both[] = {a, b};
	for (size_t i = 0; i < 2; i++) {
		assert_memory_equal(both[i]->e, zero, KEY);
		assert_memory_equal(both[i]->s, zero, KEY);
		assert_memory_equal(both[i]->ck, zero, HASH);
		assert_memory_equal(both[i]->handshake.k, zero, KEY);
		assert_memory_not_equal(both[i]->send.k, zero, KEY);
		assert_memory_not_equal(both[i]->send.k, both[i]->receive.k, KEY);
	}
	noise_free(a);
	noise_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_last_nonce),
	    cmocka_unit_test(test_small_order_static),
	    cmocka_unit_test(test_claimed_key),
	    cmocka_unit_test(test_wiped),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
