/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vectors are those for our pattern in the public test-vector files of two other Noise
 * implementations, cacophony (Haskell) and snow (Rust).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "sync/noise.h"

static int start(void **state)
{
	(void)state;
	hash_init();
	return 0;
}

static struct buf unhex(const json_t *object, const char *key)
{
	struct buf b = BUF_INIT;
	assert_true(buf_unhex(&b, json_get_text(object, key)));
	return b;
}

static struct noise *side(const json_t *vector, bool initiator)
{
	const char *p = initiator ? "init_prologue" : "resp_prologue";
	struct buf prologue = unhex(vector, p);
	struct buf s = unhex(vector, initiator ? "init_static" : "resp_static");
	struct buf e = unhex(vector, initiator ? "init_ephemeral" : "resp_ephemeral");
	assert_int_equal(s.len, LINK_KEY_BYTES);
	assert_int_equal(e.len, LINK_KEY_BYTES);
	struct noise *n = noise_new(
	    initiator, buf_str(&prologue), (const uint8_t *)s.ptr, (const uint8_t *)e.ptr);
	buf_release(&prologue);
	buf_release(&s);
	buf_release(&e);
	return n;
}

static void carry(struct noise *from, struct noise *to, const json_t *message)
{
	struct buf payload = unhex(message, "payload"), want = unhex(message, "ciphertext");
	struct buf box = BUF_INIT, text = BUF_INIT;
	struct err err = {0};
	if (noise_is_done(from)) {
		noise_encrypt(from, &box, buf_str(&payload));
	} else {
		assert_true(noise_is_writing(from));
		assert_false(noise_is_writing(to));
		assert_int_equal(noise_write(from, &box, buf_str(&payload), &err), 0);
	}
	assert_true(str_eq(buf_str(&box), buf_str(&want)));
	if (noise_is_done(to))
		assert_int_equal(noise_decrypt(to, &text, buf_str(&box), &err), 0);
	else
		assert_int_equal(noise_read(to, &text, buf_str(&box), &err), 0);
	assert_true(str_eq(buf_str(&text), buf_str(&payload)));
	buf_release(&payload);
	buf_release(&want);
	buf_release(&box);
	buf_release(&text);
}

static void check_remote(const struct noise *n, const json_t *vector, const char *key)
{
	struct buf secret = unhex(vector, key);
	uint8_t public[LINK_KEY_BYTES];
	link_key_public(public, (const uint8_t *)secret.ptr);
	assert_non_null(noise_remote_key(n));
	assert_memory_equal(noise_remote_key(n), public, sizeof public);
	buf_release(&secret);
}

static void check_vector(const json_t *vector)
{
	struct noise *a = side(vector, true), *b = side(vector, false);
	assert_true(
	    str_is(json_get_text(vector, "protocol_name"), "Noise_XX_25519_ChaChaPoly_BLAKE2b"));
	const json_t *messages = json_object_get(vector, "messages");
	assert_true(json_array_size(messages) > 4);
	for (size_t i = 0; i < json_array_size(messages); i++) {
		assert_int_equal(noise_is_done(a), i >= 3);
		assert_int_equal(noise_is_done(b), i >= 3);
		assert_int_equal(!noise_remote_key(a), i < 2);
		assert_int_equal(!noise_remote_key(b), i < 3);
		const json_t *m = json_array_get(messages, i);
		carry(i % 2 ? b : a, i % 2 ? a : b, m);
	}
	check_remote(a, vector, "resp_static");
	check_remote(b, vector, "init_static");
	assert_memory_equal(noise_handshake_hash(a), noise_handshake_hash(b), NOISE_HASH_BYTES);
	if (json_object_get(vector, "handshake_hash")) {
		struct buf want = unhex(vector, "handshake_hash");
		assert_int_equal(want.len, NOISE_HASH_BYTES);
		assert_memory_equal(noise_handshake_hash(a), want.ptr, want.len);
		buf_release(&want);
	}
	noise_free(a);
	noise_free(b);
}

static void test_vectors(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;
	struct err err = {0};
	json_t *file;
	assert_int_equal(file_read(&text, "tests/unit/sync/noise-vectors.json", 1 << 20, &err), 0);
	assert_int_equal(json_parse(&file, buf_str(&text), "noise-vectors.json", &err), 0);
	const json_t *vectors = json_object_get(file, "vectors");
	assert_int_equal(json_array_size(vectors), 2);
	size_t hashes = 0;
	for (size_t i = 0; i < json_array_size(vectors); i++) {
		const json_t *v = json_array_get(vectors, i);
		check_vector(v);
		hashes += json_object_get(v, "handshake_hash") != NULL;
	}
	assert_int_equal(hashes, 1);
	json_decref(file);
	buf_release(&text);
}

/* Two sides with fixed keys; `prologue` is the responder's, the initiator has "N". */
struct pair {
	struct noise *side[2];
	struct buf box;
};

static struct pair pair_new(const char *prologue)
{
	struct pair p = {.box = BUF_INIT};
	for (int i = 0; i < 2; i++) {
		uint8_t s[LINK_KEY_BYTES], e[LINK_KEY_BYTES];
		memset(s, 10 + i, sizeof s);
		memset(e, 20 + i, sizeof e);
		p.side[i] = noise_new(i == 0, str_from(i ? prologue : "N"), s, e);
	}
	return p;
}

static void pair_free(struct pair *p)
{
	noise_free(p->side[0]);
	noise_free(p->side[1]);
	buf_release(&p->box);
}

/* Write message `i` (0 to 2) into p->box, after carrying those before it. */
static void pair_until(struct pair *p, int i)
{
	struct err err = {0};
	struct buf payload = BUF_INIT;
	for (int m = 0;; m++) {
		buf_reset(&p->box);
		assert_int_equal(noise_write(p->side[m % 2], &p->box, STR("greeting"), &err), 0);
		if (m == i)
			break;
		assert_int_equal(
		    noise_read(p->side[1 - m % 2], &payload, buf_str(&p->box), &err), 0);
	}
	buf_release(&payload);
}

/* Reading `message` as number i fails, leaves nothing, and nothing can be done with that side
 * later. */
static void refuse_read(struct pair *p, int i, struct str message)
{
	struct noise *reader = p->side[1 - i % 2];
	struct err err = {0};
	struct buf payload = BUF_INIT;
	buf_puts(&payload, "before");
	assert_int_equal(noise_read(reader, &payload, message, &err), ERR_PEER);
	assert_string_equal(payload.ptr, "before");
	assert_int_equal(payload.len, 6);
	assert_true(err.msg[0]);
	assert_false(noise_is_done(reader));
	assert_false(noise_is_writing(reader));
	assert_null(noise_remote_key(reader));
	assert_null(noise_handshake_hash(reader));
	assert_int_equal(noise_read(reader, &payload, buf_str(&p->box), &err), ERR_PEER);
	buf_release(&payload);
}

/* Every message cut at every byte, and with every bit changed. A change to message 1 shows when
 * message 2 arrives, for the first message is not encrypted. */
static void test_damage(void **state)
{
	(void)state;
	static const size_t least[] = {32, 32 + 48 + 16, 48 + 16};
	for (int i = 0; i < 3; i++) {
		struct pair p = pair_new("N");
		pair_until(&p, i);
		size_t len = p.box.len;
		assert_int_equal(len, least[i] + strlen("greeting"));
		pair_free(&p);
		for (size_t n = 0; n < (i ? len : least[0]); n++) {
			p = pair_new("N");
			pair_until(&p, i);
			refuse_read(&p, i, str_sub(buf_str(&p.box), 0, n));
			pair_free(&p);
		}
		for (size_t bit = 0; i && bit < len * 8; bit++) {
			p = pair_new("N");
			pair_until(&p, i);
			p.box.ptr[bit / 8] ^= (char)(1 << bit % 8);
			refuse_read(&p, i, buf_str(&p.box));
			pair_free(&p);
		}
	}
}

static void test_damaged_first_message(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < (32 + strlen("greeting")) * 8; bit++) {
		struct pair p = pair_new("N");
		struct buf payload = BUF_INIT;
		struct err err = {0};
		pair_until(&p, 0);
		p.box.ptr[bit / 8] ^= (char)(1 << bit % 8);
		if (noise_read(p.side[1], &payload, buf_str(&p.box), &err) == 0) {
			buf_reset(&p.box);
			assert_int_equal(noise_write(p.side[1], &p.box, STR("x"), &err), 0);
			refuse_read(&p, 1, buf_str(&p.box));
		}
		buf_release(&payload);
		pair_free(&p);
	}
}

static void test_other_network(void **state)
{
	(void)state;
	struct pair p = pair_new("M");
	pair_until(&p, 1);
	refuse_read(&p, 1, buf_str(&p.box));
	pair_free(&p);
}

/* Points of small order make the shared secret known to everybody. */
static void test_small_order(void **state)
{
	(void)state;
	uint8_t low[2][LINK_KEY_BYTES] = {{0}, {1}};
	for (int k = 0; k < 2; k++) {
		/* As the initiator's ephemeral: the responder notices when it answers. */
		struct pair p = pair_new("N");
		struct buf none = BUF_INIT;
		struct err err = {0};
		assert_int_equal(
		    noise_read(p.side[1], &none, str_of(low[k], LINK_KEY_BYTES), &err), 0);
		assert_int_equal(noise_write(p.side[1], &p.box, STR("x"), &err), ERR_PEER);
		assert_int_equal(p.box.len, 0);
		assert_false(noise_is_writing(p.side[1]));
		pair_free(&p);

		/* As the responder's. */
		p = pair_new("N");
		pair_until(&p, 1);
		memcpy(p.box.ptr, low[k], LINK_KEY_BYTES);
		refuse_read(&p, 1, buf_str(&p.box));
		pair_free(&p);
		buf_release(&none);
	}
}

static void test_out_of_turn(void **state)
{
	(void)state;
	struct pair p = pair_new("N");
	pair_until(&p, 0);
	refuse_read(&p, 1, buf_str(&p.box)); /* its own message, sent back */
	pair_free(&p);

	p = pair_new("N");
	pair_until(&p, 2);
	struct buf payload = BUF_INIT;
	struct err err = {0};
	assert_int_equal(noise_read(p.side[1], &payload, buf_str(&p.box), &err), 0);
	assert_int_equal(noise_read(p.side[1], &payload, buf_str(&p.box), &err), ERR_PEER);
	assert_false(noise_is_done(p.side[1]));
	buf_release(&payload);
	pair_free(&p);
}

static struct pair pair_done(void)
{
	struct pair p = pair_new("N");
	struct buf payload = BUF_INIT;
	struct err err = {0};
	pair_until(&p, 2);
	assert_int_equal(noise_read(p.side[1], &payload, buf_str(&p.box), &err), 0);
	assert_true(noise_is_done(p.side[0]) && noise_is_done(p.side[1]));
	buf_reset(&p.box);
	buf_release(&payload);
	return p;
}

static void test_transport_sizes(void **state)
{
	(void)state;
	struct pair p = pair_done();
	static const size_t size[] = {0, 1, 15, 16, 17, 63, 64, 65, 4096, FRAME_BYTES_MAX - 16};
	struct buf text = BUF_INIT, out = BUF_INIT;
	struct err err = {0};
	for (size_t i = 0; i < sizeof size / sizeof *size * 2; i++) {
		struct noise *from = p.side[i % 2], *to = p.side[1 - i % 2];
		buf_reset(&text);
		buf_reset(&p.box);
		buf_reset(&out);
		while (text.len < size[i / 2])
			buf_u8(&text, (uint8_t)text.len);
		buf_puts(&p.box, "kept");
		noise_encrypt(from, &p.box, buf_str(&text));
		assert_int_equal(p.box.len, 4 + text.len + NOISE_TAG_BYTES);
		struct str box = str_sub(buf_str(&p.box), 4, p.box.len);
		assert_int_equal(noise_decrypt(to, &out, box, &err), 0);
		assert_true(str_eq(buf_str(&out), buf_str(&text)));
	}
	buf_release(&text);
	buf_release(&out);
	pair_free(&p);
}

static void refuse_frame(struct pair *p, struct str box)
{
	struct err err = {0};
	struct buf out = BUF_INIT;
	assert_int_equal(noise_decrypt(p->side[1], &out, box, &err), ERR_PEER);
	assert_int_equal(out.len, 0);
	assert_false(noise_is_done(p->side[1]));
	/* Dead from the first bad tag on, also for what would have been right. */
	assert_int_equal(noise_decrypt(p->side[1], &out, buf_str(&p->box), &err), ERR_PEER);
	buf_release(&out);
	pair_free(p);
}

static void test_bad_frames(void **state)
{
	(void)state;
	for (size_t n = 0; n < 5 + NOISE_TAG_BYTES; n++) {
		struct pair p = pair_done();
		noise_encrypt(p.side[0], &p.box, STR("hello"));
		refuse_frame(&p, str_sub(buf_str(&p.box), 0, n));
	}
	for (size_t bit = 0; bit < (5 + NOISE_TAG_BYTES) * 8; bit++) {
		struct pair p = pair_done();
		noise_encrypt(p.side[0], &p.box, STR("hello"));
		p.box.ptr[bit / 8] ^= (char)(1 << bit % 8);
		refuse_frame(&p, buf_str(&p.box));
	}
	struct err err = {0};
	struct buf out = BUF_INIT;
	struct pair p = pair_done(); /* the same frame twice */
	noise_encrypt(p.side[0], &p.box, STR("hello"));
	assert_int_equal(noise_decrypt(p.side[1], &out, buf_str(&p.box), &err), 0);
	refuse_frame(&p, buf_str(&p.box));

	p = pair_done(); /* a frame left out */
	noise_encrypt(p.side[0], &p.box, STR("hello"));
	buf_reset(&p.box);
	noise_encrypt(p.side[0], &p.box, STR("world"));
	refuse_frame(&p, buf_str(&p.box));

	p = pair_done(); /* our own frame, sent back */
	noise_encrypt(p.side[1], &p.box, STR("hello"));
	refuse_frame(&p, buf_str(&p.box));

	p = pair_done();
	while (p.box.len <= FRAME_BYTES_MAX)
		buf_putc(&p.box, 0);
	refuse_frame(&p, buf_str(&p.box));
	buf_release(&out);
}

/* Without given ephemeral keys no two handshakes are alike. */
static void test_random_ephemeral(void **state)
{
	(void)state;
	uint8_t secret[LINK_KEY_BYTES] = {9};
	struct buf first = BUF_INIT, second = BUF_INIT;
	struct err err = {0};
	struct noise *a = noise_new(true, STR("N"), secret, NULL);
	struct noise *b = noise_new(true, STR("N"), secret, NULL);
	assert_int_equal(noise_write(a, &first, STR_EMPTY, &err), 0);
	assert_int_equal(noise_write(b, &second, STR_EMPTY, &err), 0);
	assert_int_equal(first.len, 32);
	assert_false(str_eq(buf_str(&first), buf_str(&second)));
	noise_free(a);
	noise_free(b);
	buf_release(&first);
	buf_release(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_damage),
	    cmocka_unit_test(test_damaged_first_message),
	    cmocka_unit_test(test_other_network),
	    cmocka_unit_test(test_small_order),
	    cmocka_unit_test(test_out_of_turn),
	    cmocka_unit_test(test_transport_sizes),
	    cmocka_unit_test(test_bad_frames),
	    cmocka_unit_test(test_random_ephemeral),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
