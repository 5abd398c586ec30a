/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A FIDO token in software, as a signer: what it answers is made as openssh PROTOCOL.u2f has it,
 * with libsodium alone.
 */
#ifndef BELFRY_TESTS_TRUST_TOKEN_H
#define BELFRY_TESTS_TRUST_TOKEN_H

#include "base/hash.h"
#include "trust/signer.h"

#include <assert.h>
#include <sodium.h>

/* What the next signatures say: bit 0 of the flags is the touch. */
static struct {
	uint8_t flags;
	uint32_t counter;
	const char *application; /* to sign for, where it is another than the key's */
} token = {.flags = 1, .counter = 0x01020304, .application = NULL};

static int token_sign(
    struct signer *s, uint8_t out[static SIGNATURE_TOKEN_BYTES], struct str data, struct err *err)
{
	(void)err;
	struct buf seen = BUF_INIT;
	struct sha256 hash = sha256(data),
		      application = sha256(
			  str_from(token.application ? token.application : s->key.application));
	buf_add(&seen, str_of(application.bytes, SHA256_BYTES));
	buf_u8(&seen, token.flags);
	buf_u32(&seen, token.counter);
	buf_add(&seen, str_of(hash.bytes, SHA256_BYTES));
	crypto_sign_detached(out, NULL, (const uint8_t *)seen.ptr, seen.len, s->secret);
	memcpy(out + SIGNATURE_BYTES, seen.ptr + SHA256_BYTES, 5);
	buf_release(&seen);
	return 0;
}

/* Turn a signer in memory into a token's. */
static inline struct signer *token_from(struct signer *s, const char *application)
{
	bool is_taken = public_key_set_application(&s->key, str_from(application));
	assert(is_taken);
	(void)is_taken;
	s->sign = token_sign;
	return s;
}

#endif
