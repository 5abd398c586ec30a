/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A FIDO token in software for OpenSSH itself: the middleware that ssh-keygen -w and ssh-agent load
 * (openssh PROTOCOL.u2f, sk-api.h, version 10). The key handle is the seed, so this protects
 * nothing; it is always touched when a touch is asked for. With BELFRY_TOKEN=away the token is not
 * plugged in.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { API_VERSION = 0x000a0000, ALG_ED25519 = 1, FLAG_TOUCH = 1 };
enum { FAIL_GENERAL = -1, FAIL_UNSUPPORTED = -2, FAIL_NO_DEVICE = -4 };

struct enrolled {
	uint8_t flags;
	uint8_t *public_key;
	size_t public_key_len;
	uint8_t *key_handle;
	size_t key_handle_len;
	uint8_t *signature;
	size_t signature_len;
	uint8_t *attestation_cert;
	size_t attestation_cert_len;
	uint8_t *authdata;
	size_t authdata_len;
};

struct answer {
	uint8_t flags;
	uint32_t counter;
	uint8_t *r;
	size_t r_len;
	uint8_t *s;
	size_t s_len;
};

struct option;
struct resident;

uint32_t sk_api_version(void);
int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len, const char *application,
    uint8_t flags, const char *pin, struct option **options, struct enrolled **out);
int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application,
    const uint8_t *handle, size_t handle_len, uint8_t flags, const char *pin,
    struct option **options, struct answer **out);
int sk_load_resident_keys(
    const char *pin, struct option **options, struct resident ***keys, size_t *n);

uint32_t sk_api_version(void)
{
	return API_VERSION;
}

int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len, const char *application,
    uint8_t flags, const char *pin, struct option **options, struct enrolled **out)
{
	(void)challenge, (void)challenge_len, (void)application, (void)pin, (void)options;
	struct enrolled *e = calloc(1, sizeof *e);
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	if (alg != ALG_ED25519)
		return FAIL_UNSUPPORTED;
	if (!e || sodium_init() < 0)
		return FAIL_GENERAL;
	e->flags = flags;
	e->public_key = calloc(1, e->public_key_len = crypto_sign_PUBLICKEYBYTES);
	e->key_handle = calloc(1, e->key_handle_len = crypto_sign_SEEDBYTES);
	e->signature = calloc(1, e->signature_len = crypto_sign_BYTES);
	randombytes_buf(e->key_handle, e->key_handle_len);
	crypto_sign_seed_keypair(e->public_key, secret, e->key_handle);
	*out = e;
	return 0;
}

int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application,
    const uint8_t *handle, size_t handle_len, uint8_t flags, const char *pin,
    struct option **options, struct answer **out)
{
	(void)pin, (void)options;
	const char *away = getenv("BELFRY_TOKEN");
	struct answer *a = calloc(1, sizeof *a);
	uint8_t public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
	uint8_t seen[32 + 1 + 4 + 32];
	if (away && strcmp(away, "away") == 0)
		return FAIL_NO_DEVICE;
	if (alg != ALG_ED25519 || handle_len != crypto_sign_SEEDBYTES || !a || sodium_init() < 0)
		return FAIL_GENERAL;
	a->flags = flags & FLAG_TOUCH;
	a->counter = randombytes_random();
	a->r = calloc(1, a->r_len = crypto_sign_BYTES);
	crypto_hash_sha256(seen, (const uint8_t *)application, strlen(application));
	seen[32] = a->flags;
	for (int i = 0; i < 4; i++)
		seen[33 + i] = (uint8_t)(a->counter >> (24 - 8 * i));
	crypto_hash_sha256(seen + 37, data, data_len);
	crypto_sign_seed_keypair(public, secret, handle);
	crypto_sign_detached(a->r, NULL, seen, sizeof seen, secret);
	*out = a;
	return 0;
}

int sk_load_resident_keys(
    const char *pin, struct option **options, struct resident ***keys, size_t *n)
{
	(void)pin, (void)options, (void)keys, (void)n;
	return FAIL_UNSUPPORTED;
}
