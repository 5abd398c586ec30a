/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSH Ed25519 keys: in a file or agent (ssh-ed25519), or in a FIDO token
 * (sk-ssh-ed25519@openssh.com, openssh PROTOCOL.u2f), whose signatures count only when it was
 * touched. Public keys are refused when their point is small-order, not canonical or outside the
 * prime-order group. Secret keys live in sodium memory and are wiped; those of tokens never get
 * here.
 */
#ifndef BELFRY_TRUST_KEY_H
#define BELFRY_TRUST_KEY_H

#include "base/buf.h"
#include "base/err.h"

enum {
	PUBLIC_KEY_BYTES = 32,
	SIGNATURE_BYTES = 64, /* Ed25519 */
	SIGNATURE_TOKEN_BYTES = 69, /* a token's: behind them its flags, and its counter as a u32 */
	APPLICATION_BYTES = 32, /* with its NUL */
};

/* Zeroed where nothing is said, so that keys may be copied and compared whole. */
struct public_key {
	uint8_t bytes[PUBLIC_KEY_BYTES];
	char application[APPLICATION_BYTES]; /* a token's: "ssh:" or more; "" for ssh-ed25519 */
};

/* Parse "ssh-ed25519 BASE64[ comment]", or a token's line: without its line end, no options.
 * Whoever reads it out of a .pub file trims it first. Errors: ERR_SYNTAX; ERR_UNSUPPORTED for other
 * key types; ERR_SIGNATURE for an unsafe point. */
int public_key_parse(struct public_key *k, struct str line, struct err *err);
/* The ssh-ed25519 key of these bytes. Errors: ERR_SIGNATURE for an unsafe point. */
int public_key_from_bytes(struct public_key *k, struct str bytes, struct err *err);
/* Make it a token's key. False where the text is no application that is taken: "ssh:" and up to 27
 * printable ASCII characters without space. */
bool public_key_set_application(struct public_key *k, struct str application);
bool public_key_is_token(const struct public_key *k);
/* Append "ssh-ed25519 BASE64" or a token's line, no newline. */
void public_key_write(struct buf *out, const struct public_key *k);
/* Append the key blob: string "ssh-ed25519", string pk (RFC 8709); a token's: string
 * "sk-ssh-ed25519@openssh.com", string pk, string application. */
void public_key_blob(struct buf *out, const struct public_key *k);
/* Append "SHA256:…" as `ssh-keygen -l` prints it. */
void public_key_fingerprint(struct buf *out, const struct public_key *k);
bool public_key_eq(const struct public_key *a, const struct public_key *b);

/* How many bytes a signature of this key has: SIGNATURE_BYTES or SIGNATURE_TOKEN_BYTES. */
size_t public_key_signature_bytes(const struct public_key *k);
/* Append what SSH puts around a signature: string type, string sig, and a token's flags and
 * counter. */
void public_key_signature_blob(
    struct buf *out, const struct public_key *k, const uint8_t *signature);
/* Take that apart. False unless it is of this key's type, whole, and nothing follows. */
bool public_key_take_signature(
    uint8_t out[static SIGNATURE_TOKEN_BYTES], const struct public_key *k, struct str blob);
/* Does `signature` hold over `data`? A token signs SHA-256(application), flags, counter and
 * SHA-256(data), and the flags must say that somebody touched it: ssh-keygen takes a signature
 * without. Errors: ERR_SIGNATURE. */
int public_key_verify(
    const struct public_key *k, const uint8_t *signature, struct str data, struct err *err);

/* Whatever can sign with one key: a key file or an agent, which may hold a token's. */
struct signer;
const struct public_key *signer_key(const struct signer *s);
/* Sign `data` as it is: public_key_signature_bytes() of `out` are written. An agent may take up to
 * a minute; its answer is verified here. Errors: ERR_IO, ERR_LIMIT (over 128 KiB for an agent),
 * ERR_SIGNATURE (it refused or answered wrongly). */
int signer_sign(
    struct signer *s, uint8_t out[static SIGNATURE_TOKEN_BYTES], struct str data, struct err *err);
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
/* A key held by the ssh-agent at $SSH_AUTH_SOCK: the one that is among `want`, or with none wanted
 * the agent's only one. Errors: ERR_IO (no agent, or silent), ERR_MISSING (no such key, or several
 * to choose from: the sentence names what the agent holds), ERR_SIGNATURE (its answer makes no
 * sense). */
int signer_agent(
    struct signer **out, const struct public_key *want, size_t nwant, struct err *err);

#endif
