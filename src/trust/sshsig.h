/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSHSIG signatures (openssh PROTOCOL.sshsig) over SHA-512, by Ed25519 keys and FIDO tokens'.
 * Exactly one byte form is accepted: parsed, written again and compared, so what we accept
 * `ssh-keygen -Y verify` accepts, and one signature never has two encodings.
 */
#ifndef BELFRY_TRUST_SSHSIG_H
#define BELFRY_TRUST_SSHSIG_H

#include "base/hash.h"
#include "trust/key.h"

struct sshsig {
	struct public_key key;
	uint8_t signature[SIGNATURE_TOKEN_BYTES]; /* public_key_signature_bytes() of them count */
	char name_space[160];
};

/* Append the armored signature by `signer` over `message` in `name_space` (1 to 159 printable ASCII
 * bytes, no space). Errors: ERR_SYNTAX for the namespace, and those of signer_sign. */
int sshsig_sign(struct buf *out, struct signer *signer, const char *name_space, struct str message,
    struct err *err);

/* Parse armored text. Errors: ERR_SYNTAX naming what differs from the one form; ERR_UNSUPPORTED for
 * other key types; ERR_SIGNATURE for an unsafe key. Says nothing about validity. */
int sshsig_parse(struct sshsig *s, struct str armor, struct err *err);
/* Append the one armored form: 70 columns, final newline. */
void sshsig_write(struct buf *out, const struct sshsig *s);

/* Verify. Errors: ERR_NETWORK when the namespaces differ, ERR_SIGNATURE when it does not verify, or
 * was made without a touch. */
int sshsig_verify(
    const struct sshsig *s, const char *name_space, struct str message, struct err *err);
/* The same where the message's SHA-512 is at hand: author and reviewer sign the same bytes. */
int sshsig_verify_hash(const struct sshsig *s, const char *name_space,
    const uint8_t hash[static SHA512_BYTES], struct err *err);

#endif
