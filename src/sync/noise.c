/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names follow the specification: h is the transcript's hash, ck the chaining key, k a cipher key,
 * e and s the ephemeral and the static key pair, re and rs the other side's public halves.
 */
#include "sync/noise.h"

#include "base/hash.h"
#include "base/limits.h"
#include "trust/secret.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

enum { HASH = NOISE_HASH_BYTES, BLOCK = 128, KEY = LINK_KEY_BYTES, TAG = NOISE_TAG_BYTES };
enum { MESSAGES = 3, TOKENS_MAX = 4 };

enum token { NO_TOKEN, E, S, EE, ES, SE };
static const enum token pattern[MESSAGES][TOKENS_MAX] = {{E}, {E, EE, S, ES}, {S, SE}};

struct cipher {
	uint8_t k[KEY];
	uint64_t n; /* the next nonce */
	bool has_key;
};

/* All of it in secret memory. */
struct noise {
	uint8_t h[HASH], ck[HASH];
	struct cipher handshake, send, receive;
	uint8_t e[KEY], s[KEY], e_public[KEY], s_public[KEY], re[KEY], rs[KEY];
	unsigned step; /* handshake messages done */
	bool is_initiator, has_rs;
	bool is_broken; /* a message failed: nothing more may be made of this link */
};

static void blake2b(uint8_t out[static HASH], struct str a, struct str b)
{
	crypto_generichash_state st;
	crypto_generichash_init(&st, NULL, 0, HASH);
	crypto_generichash_update(&st, (const uint8_t *)a.ptr, a.len);
	crypto_generichash_update(&st, (const uint8_t *)b.ptr, b.len);
	crypto_generichash_final(&st, out, HASH);
	sodium_memzero(&st, sizeof st);
}

/* RFC 2104 over BLAKE2b. Noise does not use BLAKE2b's own keyed mode. */
static void hmac(
    uint8_t out[static HASH], const uint8_t key[static HASH], struct str a, struct str b)
{
	uint8_t pad[BLOCK], inner[HASH];
	crypto_generichash_state st;
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] = (uint8_t)((i < HASH ? key[i] : 0) ^ 0x36);
	crypto_generichash_init(&st, NULL, 0, HASH);
	crypto_generichash_update(&st, pad, BLOCK);
	crypto_generichash_update(&st, (const uint8_t *)a.ptr, a.len);
	crypto_generichash_update(&st, (const uint8_t *)b.ptr, b.len);
	crypto_generichash_final(&st, inner, HASH);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	blake2b(out, str_of(pad, BLOCK), str_of(inner, HASH));
	sodium_memzero(&st, sizeof st);
	sodium_memzero(pad, sizeof pad);
	sodium_memzero(inner, sizeof inner);
}

/* HKDF of §4.3 with two outputs. `out1` may be `ck`. */
static void hkdf(uint8_t out1[static HASH], uint8_t out2[static HASH],
    const uint8_t ck[static HASH], struct str input)
{
	uint8_t temp[HASH];
	hmac(temp, ck, input, STR_EMPTY);
	hmac(out1, temp, STR("\1"), STR_EMPTY);
	hmac(out2, temp, str_of(out1, HASH), STR("\2"));
	sodium_memzero(temp, sizeof temp);
}

static void mix_hash(struct noise *n, struct str data)
{
	blake2b(n->h, str_of(n->h, HASH), data);
}

static void mix_key(struct noise *n, const uint8_t input[static KEY])
{
	uint8_t k[HASH];
	hkdf(n->ck, k, n->ck, str_of(input, KEY));
	n->handshake = (struct cipher){.has_key = true};
	memcpy(n->handshake.k, k, KEY);
	sodium_memzero(k, sizeof k);
}

/* 32 bits of zero, then the counter little-endian. The last counter value is never used (§5.1). */
static bool next_nonce(uint8_t out[static 12], struct cipher *c)
{
	if (c->n == UINT64_MAX)
		return false;
	memset(out, 0, 12);
	for (size_t i = 0; i < 8; i++)
		out[4 + i] = (uint8_t)(c->n >> 8 * i);
	c->n++;
	return true;
}

/* Appends. 2^64 messages are centuries away, and one more would give the keys away: stop hard. */
static void encrypt(struct cipher *c, struct buf *out, struct str ad, struct str text)
{
	uint8_t nonce[12];
	if (!next_nonce(nonce, c))
		abort();
	buf_reserve(out, text.len + TAG);
	crypto_aead_chacha20poly1305_ietf_encrypt((uint8_t *)out->ptr + out->len, NULL,
	    (const uint8_t *)text.ptr, text.len, (const uint8_t *)ad.ptr, ad.len, NULL, nonce,
	    c->k);
	out->len += text.len + TAG;
	out->ptr[out->len] = 0;
}

static bool decrypt(struct cipher *c, struct buf *out, struct str ad, struct str box)
{
	uint8_t nonce[12];
	if (box.len < TAG || !next_nonce(nonce, c))
		return false;
	buf_reserve(out, box.len - TAG);
	int bad = crypto_aead_chacha20poly1305_ietf_decrypt((uint8_t *)out->ptr + out->len, NULL,
	    NULL, (const uint8_t *)box.ptr, box.len, (const uint8_t *)ad.ptr, ad.len, nonce, c->k);
	if (!bad)
		out->len += box.len - TAG;
	out->ptr[out->len] = 0;
	return !bad;
}

/* EncryptAndHash and DecryptAndHash of §5.2; before the first key, text goes as it is. */
static void encrypt_and_hash(struct noise *n, struct buf *out, struct str text)
{
	size_t before = out->len;
	if (n->handshake.has_key)
		encrypt(&n->handshake, out, str_of(n->h, HASH), text);
	else
		buf_add(out, text);
	mix_hash(n, str_sub(buf_str(out), before, out->len - before));
}

static bool decrypt_and_hash(struct noise *n, struct buf *out, struct str box)
{
	if (!n->handshake.has_key)
		buf_add(out, box);
	else if (!decrypt(&n->handshake, out, str_of(n->h, HASH), box))
		return false;
	mix_hash(n, box);
	return true;
}

/* The Diffie-Hellman of a token: each side puts in its own secret and the other's public half. */
static bool mix_dh(struct noise *n, enum token t)
{
	bool own_is_e = t == EE || (t == ES) == n->is_initiator;
	bool other_is_e = t == EE || (t == SE) == n->is_initiator;
	uint8_t shared[KEY];
	/* Not 0: the other's point has small order, so that anybody knows the result. */
	bool good = crypto_scalarmult_curve25519(
			shared, own_is_e ? n->e : n->s, other_is_e ? n->re : n->rs) == 0;
	if (good)
		mix_key(n, shared);
	sodium_memzero(shared, sizeof shared);
	return good;
}

struct noise *noise_new(bool initiator, struct str prologue,
    const uint8_t secret[static LINK_KEY_BYTES], const uint8_t *ephemeral)
{
	static const char name[] = "Noise_XX_25519_ChaChaPoly_BLAKE2b";
	struct noise *n = secret_alloc(sizeof *n);
	n->is_initiator = initiator;
	memcpy(n->s, secret, KEY);
	if (ephemeral)
		memcpy(n->e, ephemeral, KEY);
	else
		random_bytes(n->e, KEY);
	link_key_public(n->s_public, n->s);
	link_key_public(n->e_public, n->e);
	/* A name shorter than a hash is padded with zeros, not hashed. */
	memcpy(n->h, name, sizeof name - 1);
	memcpy(n->ck, n->h, HASH);
	mix_hash(n, prologue);
	return n;
}

void noise_free(struct noise *n)
{
	secret_free(n);
}

bool noise_is_done(const struct noise *n)
{
	return n->step == MESSAGES && !n->is_broken;
}

bool noise_is_writing(const struct noise *n)
{
	return n->step < MESSAGES && !n->is_broken && (n->step % 2 == 0) == n->is_initiator;
}

/* After the third message: two transport keys, and nothing left from which they could be made
 * again. */
static void step_on(struct noise *n)
{
	if (++n->step < MESSAGES)
		return;
	uint8_t first[HASH], second[HASH];
	hkdf(first, second, n->ck, STR_EMPTY);
	n->send.has_key = n->receive.has_key = true;
	memcpy(n->send.k, n->is_initiator ? first : second, KEY);
	memcpy(n->receive.k, n->is_initiator ? second : first, KEY);
	sodium_memzero(first, sizeof first);
	sodium_memzero(second, sizeof second);
	sodium_memzero(n->ck, sizeof n->ck);
	sodium_memzero(n->e, sizeof n->e);
	sodium_memzero(n->s, sizeof n->s);
	sodium_memzero(&n->handshake, sizeof n->handshake);
}

static int broken(struct noise *n, struct err *err, const char *why)
{
	n->is_broken = true;
	return err_set(err, ERR_PEER, "link handshake, message %u: %s", n->step + 1, why);
}

static const char small_order[] = "the other side's key is no safe Curve25519 point";

int noise_write(struct noise *n, struct buf *out, struct str payload, struct err *err)
{
	assert(noise_is_writing(n));
	size_t before = out->len;
	for (size_t i = 0; i < TOKENS_MAX && pattern[n->step][i]; i++) {
		enum token t = pattern[n->step][i];
		if (t == E) {
			buf_add(out, str_of(n->e_public, KEY));
			mix_hash(n, str_of(n->e_public, KEY));
		} else if (t == S) {
			encrypt_and_hash(n, out, str_of(n->s_public, KEY));
		} else if (!mix_dh(n, t)) {
			out->len = before;
			return broken(n, err, small_order);
		}
	}
	encrypt_and_hash(n, out, payload);
	assert(out->len - before <= FRAME_BYTES_MAX);
	step_on(n);
	return 0;
}

/* Take the token's bytes from `*message`. Returns why it cannot be done, or NULL. */
static const char *read_token(struct noise *n, enum token t, struct str *message)
{
	static const char garbled[] =
	    "it does not decrypt (another network, or somebody changed bytes on the way)";
	struct str raw;
	if (t == EE || t == ES || t == SE)
		return mix_dh(n, t) ? NULL : small_order;
	if (!str_take(message, t == E ? KEY : KEY + TAG, &raw))
		return "it is too short";
	if (t == E) {
		memcpy(n->re, raw.ptr, KEY);
		mix_hash(n, raw);
		return NULL;
	}
	struct buf key = BUF_INIT;
	bool good = decrypt_and_hash(n, &key, raw);
	if (good)
		memcpy(n->rs, key.ptr, KEY);
	n->has_rs = good;
	buf_release(&key);
	return good ? NULL : garbled;
}

int noise_read(struct noise *n, struct buf *payload, struct str message, struct err *err)
{
	if (n->is_broken || n->step == MESSAGES || noise_is_writing(n))
		return broken(n, err, "it comes out of turn");
	if (message.len > FRAME_BYTES_MAX)
		return broken(n, err, "it is too long");
	for (size_t i = 0; i < TOKENS_MAX && pattern[n->step][i]; i++) {
		const char *why = read_token(n, pattern[n->step][i], &message);
		if (why)
			return broken(n, err, why);
	}
	if (!decrypt_and_hash(n, payload, message))
		return broken(n, err, "its payload does not decrypt");
	step_on(n);
	return 0;
}

const uint8_t *noise_remote_key(const struct noise *n)
{
	return n->has_rs && !n->is_broken ? n->rs : NULL;
}

const uint8_t *noise_handshake_hash(const struct noise *n)
{
	return noise_is_done(n) ? n->h : NULL;
}

void noise_encrypt(struct noise *n, struct buf *out, struct str text)
{
	assert(n->send.has_key && text.len <= FRAME_BYTES_MAX - TAG);
	encrypt(&n->send, out, STR_EMPTY, text);
}

int noise_decrypt(struct noise *n, struct buf *out, struct str box, struct err *err)
{
	assert(n->receive.has_key);
	if (!n->is_broken && box.len <= FRAME_BYTES_MAX &&
	    decrypt(&n->receive, out, STR_EMPTY, box))
		return 0;
	n->is_broken = true;
	return err_set(err, ERR_PEER,
	    "a frame of %zu bytes does not decrypt: it was changed on the way, "
	    "repeated, or left out",
	    box.len);
}
