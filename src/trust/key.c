/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/key.h"

#include "base/hash.h"
#include "base/mem.h"
#include "trust/secret.h"
#include "trust/signer.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

static const char key_type[] = "ssh-ed25519", token_type[] = "sk-ssh-ed25519@openssh.com";

enum { TOKEN_WAS_TOUCHED = 1 }; /* of a signature's flags */

/*
 * Small-order and mixed-order keys let one signature stand for many messages or keys. The check
 * costs as much as two verifications, and a network has few keys for its many signatures: those
 * found good are remembered, one to a slot.
 */
static bool is_safe_point(const uint8_t p[static PUBLIC_KEY_BYTES])
{
	static uint8_t good[256][PUBLIC_KEY_BYTES];
	static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
	uint8_t *slot = good[p[0]];
	pthread_mutex_lock(&guard);
	bool is_known = memcmp(slot, p, PUBLIC_KEY_BYTES) == 0;
	pthread_mutex_unlock(&guard);
	static const uint8_t
	    zero[PUBLIC_KEY_BYTES]; /* an empty slot's bytes, and a small-order point */
	if (is_known && memcmp(p, zero, sizeof zero) != 0)
		return true;
	if (!crypto_core_ed25519_is_valid_point(p))
		return false;
	pthread_mutex_lock(&guard);
	memcpy(slot, p, PUBLIC_KEY_BYTES);
	pthread_mutex_unlock(&guard);
	return true;
}

int public_key_from_bytes(struct public_key *k, struct str bytes, struct err *err)
{
	if (bytes.len != PUBLIC_KEY_BYTES)
		return err_set(err, ERR_SIGNATURE, "an Ed25519 key has %d bytes, this one has %zu",
		    PUBLIC_KEY_BYTES, bytes.len);
	const uint8_t *p = (const uint8_t *)bytes.ptr;
	if (!is_safe_point(p))
		return err_set(err, ERR_SIGNATURE,
		    "the key is not a safe Ed25519 point (its bytes are not canonical, or it lies "
		    "outside "
		    "the prime-order group); make one with: ssh-keygen -t ed25519");
	*k = (struct public_key){.application = ""};
	memcpy(k->bytes, p, PUBLIC_KEY_BYTES);
	return 0;
}

bool public_key_set_application(struct public_key *k, struct str application)
{
	if (!str_starts(application, STR("ssh:")) || application.len >= APPLICATION_BYTES)
		return false;
	for (size_t i = 0; i < application.len; i++)
		if (application.ptr[i] <= ' ' || application.ptr[i] > '~')
			return false;
	memset(k->application, 0, sizeof k->application);
	memcpy(k->application, application.ptr, application.len);
	return true;
}

bool public_key_is_token(const struct public_key *k)
{
	return k->application[0] != 0;
}

static const char *type_of(const struct public_key *k)
{
	return public_key_is_token(k) ? token_type : key_type;
}

/* Is it a type that OpenSSH knows, so that the sentence can say "unsupported" rather than "wrong"?
 */
static bool is_other_type(struct str type)
{
	static const char *const start[] = {
	    "ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "rsa-sha2-"};
	for (size_t i = 0; i < sizeof start / sizeof *start; i++)
		if (str_starts(type, str_from(start[i])))
			return true;
	return false;
}

static int refuse_type(struct str type, const char *what, struct err *err)
{
	bool is_known = is_other_type(type);
	for (size_t i = 0; i < type.len; i++)
		is_known = is_known && type.ptr[i] > ' ' && type.ptr[i] < 127;
	if (is_known && type.len <= 64)
		return err_set(err, ERR_UNSUPPORTED, "%s is of type %.*s; only %s and %s are taken",
		    what, STR_FMT(type), key_type, token_type);
	return err_set(err, ERR_SYNTAX, "%s does not begin with the type %s or %s", what, key_type,
	    token_type);
}

int public_key_from_blob(struct public_key *k, struct str blob, const char *what, struct err *err)
{
	struct str type, point, application = STR_EMPTY;
	if (!str_take_ssh_string(&blob, &type))
		return err_set(err, ERR_SYNTAX, "%s is cut short", what);
	bool is_token = str_is(type, token_type);
	if (!is_token && !str_is(type, key_type))
		return refuse_type(type, what, err);
	if (!str_take_ssh_string(&blob, &point) || point.len != PUBLIC_KEY_BYTES ||
	    (is_token && !str_take_ssh_string(&blob, &application)) || blob.len)
		return err_set(err, ERR_SYNTAX, "%s is not a type%s %d bytes%s, as %s keys are",
		    what, is_token ? "," : " and", PUBLIC_KEY_BYTES,
		    is_token ? " and an application" : "", is_token ? token_type : key_type);
	if (public_key_from_bytes(k, point, err))
		return err->code;
	if (is_token && !public_key_set_application(k, application))
		return err_set(err, ERR_UNSUPPORTED,
		    "%s is a FIDO token's for an application that is not ssh: and at most %d plain "
		    "characters; make one with: ssh-keygen -t ed25519-sk",
		    what, APPLICATION_BYTES - 5);
	return 0;
}

static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((uint8_t)s.ptr[i] < ' ' || s.ptr[i] == 127)
			return true;
	return false;
}

int public_key_parse(struct public_key *k, struct str line, struct err *err)
{
	if (has_control(line))
		return err_set(err, ERR_SYNTAX,
		    "a public key is one line of plain text (%s AAAA…); this one has a line end or "
		    "control "
		    "character in it",
		    key_type);
	struct str type = str_cut(&line, ' ');
	if (!str_is(type, key_type) && !str_is(type, token_type))
		return refuse_type(type, "the public key", err);
	struct buf blob = BUF_INIT;
	struct str text = str_cut(&line, ' ');
	int rc;
	if (!buf_unbase64(&blob, text))
		rc = err_set(err, ERR_SYNTAX, "what follows %.*s in the public key is not base64",
		    STR_FMT(type));
	else
		rc = public_key_from_blob(k, buf_str(&blob), "the public key's base64", err);
	if (!rc && !str_is(type, type_of(k)))
		rc = err_set(err, ERR_SYNTAX, "the public key says %.*s and is of type %s",
		    STR_FMT(type), type_of(k));
	buf_release(&blob);
	return rc;
}

void public_key_blob(struct buf *out, const struct public_key *k)
{
	buf_ssh_string(out, str_from(type_of(k)));
	buf_ssh_string(out, str_of(k->bytes, PUBLIC_KEY_BYTES));
	if (public_key_is_token(k))
		buf_ssh_string(out, str_from(k->application));
}

void public_key_write(struct buf *out, const struct public_key *k)
{
	struct buf blob = BUF_INIT;
	public_key_blob(&blob, k);
	buf_printf(out, "%s ", type_of(k));
	buf_base64(out, buf_str(&blob));
	buf_release(&blob);
}

void public_key_fingerprint(struct buf *out, const struct public_key *k)
{
	struct buf blob = BUF_INIT, text = BUF_INIT;
	public_key_blob(&blob, k);
	struct sha256 h = sha256(buf_str(&blob));
	buf_base64(&text, str_of(h.bytes, sizeof h.bytes));
	/* 32 bytes end in exactly one '=', which OpenSSH does not print. */
	buf_puts(out, "SHA256:");
	buf_add(out, str_sub(buf_str(&text), 0, text.len - 1));
	buf_release(&text);
	buf_release(&blob);
}

bool public_key_eq(const struct public_key *a, const struct public_key *b)
{
	return memcmp(a->bytes, b->bytes, PUBLIC_KEY_BYTES) == 0 &&
	       strcmp(a->application, b->application) == 0;
}

size_t public_key_signature_bytes(const struct public_key *k)
{
	return public_key_is_token(k) ? SIGNATURE_TOKEN_BYTES : SIGNATURE_BYTES;
}

void public_key_signature_blob(
    struct buf *out, const struct public_key *k, const uint8_t *signature)
{
	buf_ssh_string(out, str_from(type_of(k)));
	buf_ssh_string(out, str_of(signature, SIGNATURE_BYTES));
	if (public_key_is_token(k))
		buf_add(out,
		    str_of(signature + SIGNATURE_BYTES, SIGNATURE_TOKEN_BYTES - SIGNATURE_BYTES));
}

bool public_key_take_signature(
    uint8_t out[static SIGNATURE_TOKEN_BYTES], const struct public_key *k, struct str blob)
{
	struct str type, raw;
	if (!str_take_ssh_string(&blob, &type) || !str_is(type, type_of(k)) ||
	    !str_take_ssh_string(&blob, &raw) || raw.len != SIGNATURE_BYTES ||
	    raw.len + blob.len != public_key_signature_bytes(k))
		return false;
	memcpy(out, raw.ptr, raw.len);
	memcpy(out + raw.len, blob.ptr, blob.len);
	return true;
}

/* libsodium also refuses S+L, small-order keys and small-order R, as ssh-keygen does not. */
static bool is_good(const struct public_key *k, const uint8_t *signature, struct str data)
{
	return crypto_sign_verify_detached(
		   signature, (const uint8_t *)data.ptr, data.len, k->bytes) == 0;
}

static bool is_good_of_token(const struct public_key *k, const uint8_t *signature, struct str data)
{
	struct buf seen = BUF_INIT;
	struct sha256 application = sha256(str_from(k->application)), hash = sha256(data);
	buf_add(&seen, str_of(application.bytes, SHA256_BYTES));
	buf_add(
	    &seen, str_of(signature + SIGNATURE_BYTES, SIGNATURE_TOKEN_BYTES - SIGNATURE_BYTES));
	buf_add(&seen, str_of(hash.bytes, SHA256_BYTES));
	bool good = is_good(k, signature, buf_str(&seen));
	buf_release(&seen);
	return good;
}

int public_key_verify(
    const struct public_key *k, const uint8_t *signature, struct str data, struct err *err)
{
	const char *why = "does not verify: the bytes are not those that were signed";
	bool is_token = public_key_is_token(k);
	bool good = is_token ? is_good_of_token(k, signature, data) : is_good(k, signature, data);
	if (good && is_token && !(signature[SIGNATURE_BYTES] & TOKEN_WAS_TOUCHED)) {
		why = "was made by its token without a touch, and such signatures do not count";
		good = false;
	}
	if (good)
		return 0;
	struct buf name = BUF_INIT;
	public_key_fingerprint(&name, k);
	err_set(err, ERR_SIGNATURE, "the signature by %s %s", name.ptr, why);
	buf_release(&name);
	return err->code;
}

const struct public_key *signer_key(const struct signer *s)
{
	return &s->key;
}

int signer_sign(
    struct signer *s, uint8_t out[static SIGNATURE_TOKEN_BYTES], struct str data, struct err *err)
{
	return s->sign(s, out, data, err);
}

void signer_free(struct signer *s)
{
	if (!s)
		return;
	secret_free(s->secret);
	free(s->socket);
	free(s);
}

static int sign_with_secret(
    struct signer *s, uint8_t out[static SIGNATURE_TOKEN_BYTES], struct str data, struct err *err)
{
	(void)err;
	crypto_sign_detached(out, NULL, (const uint8_t *)data.ptr, data.len, s->secret);
	return 0;
}

struct signer *signer_from_seed(const uint8_t seed[static SEED_BYTES])
{
	struct signer *s = mem_alloc(sizeof *s);
	s->secret = secret_alloc(crypto_sign_SECRETKEYBYTES);
	crypto_sign_seed_keypair(s->key.bytes, s->secret, seed);
	s->sign = sign_with_secret;
	return s;
}

struct signer *signer_generate(void)
{
	uint8_t *seed = secret_alloc(SEED_BYTES);
	random_bytes(seed, SEED_BYTES);
	struct signer *s = signer_from_seed(seed);
	secret_free(seed);
	return s;
}
