/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSH Ed25519 keys. Public keys are refused when their point is small-order, not canonical or
 * outside the prime-order group. Secret keys live in sodium memory and are wiped.
 */
#ifndef BELFRY_TRUST_KEY_H
#define BELFRY_TRUST_KEY_H

#include "base/buf.h"
#include "base/err.h"

enum { PUBLIC_KEY_BYTES = 32, SIGNATURE_BYTES = 64 };

struct public_key {
	uint8_t bytes[PUBLIC_KEY_BYTES];
};

/* Parse "ssh-ed25519 BASE64[ comment]": one line without its line end, no options. Whoever reads it
 * out of a .pub file trims it first. Errors: ERR_SYNTAX; ERR_UNSUPPORTED for other key types;
 * ERR_SIGNATURE for an unsafe point. */
int public_key_parse(struct public_key *k, struct str line, struct err *err);
/* Errors: ERR_SIGNATURE for an unsafe point. */
int public_key_from_bytes(struct public_key *k, struct str bytes, struct err *err);
/* Append "ssh-ed25519 BASE64", no newline. */
void public_key_write(struct buf *out, const struct public_key *k);
/* Append the key blob: string "ssh-ed25519", string pk (RFC 8709). */
void public_key_blob(struct buf *out, const struct public_key *k);
/* Append "SHA256:…" as `ssh-keygen -l` prints it. */
void public_key_fingerprint(struct buf *out, const struct public_key *k);
bool public_key_eq(const struct public_key *a, const struct public_key *b);

/* Whatever can sign with one Ed25519 key: a key file or an agent. */
struct signer;
const struct public_key *signer_key(const struct signer *s);
/* Sign `data` as it is (Ed25519). An agent may take up to a minute; its answer is verified here.
 * Errors: ERR_IO, ERR_LIMIT (over 128 KiB for an agent), ERR_SIGNATURE (it refused or answered
 * wrongly). */
int signer_sign(
    struct signer *s, uint8_t out[static SIGNATURE_BYTES], struct str data, struct err *err);
void signer_free(struct signer *s); /* NULL is fine */

/* Make a new key, only in memory. */
struct signer *signer_generate(void);
/* The key of a 32-byte seed, for tests. */
struct signer *signer_from_seed(const uint8_t seed[static 32]);
/* Read an unencrypted OpenSSH private key file. The public half is recomputed, not believed.
 * Errors: ERR_MISSING, ERR_SYNTAX, ERR_UNSUPPORTED (encrypted: "use --agent"; another type or
 * format), ERR_SIGNATURE (unsafe point), ERR_LIMIT, ERR_IO (also when others may read the file, as
 * ssh-keygen has it). */
int signer_load(struct signer **out, const char *path, struct err *err);
/* Write `path` (0600, must not exist) and `path`.pub (0644), in OpenSSH's format. Only for keys
 * from signer_generate/from_seed/load. Errors: ERR_EXISTS, ERR_IO, ERR_SYNTAX or ERR_LIMIT
 * (comment). */
int signer_save(const struct signer *s, const char *path, struct str comment, struct err *err);
/* A key held by the ssh-agent at $SSH_AUTH_SOCK: the one equal to `want`, or with NULL the agent's
 * only Ed25519 key. Errors: ERR_IO (no agent, or silent), ERR_MISSING (no such key, or several to
 * choose from), ERR_SIGNATURE (its answer makes no sense). */
int signer_agent(struct signer **out, const struct public_key *want, struct err *err);

#endif
