/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of a signer, and the parsers behind key files and agents as pure functions of bytes, for
 * tests and fuzzers. Everybody else needs trust/key.h only.
 */
#ifndef BELFRY_TRUST_SIGNER_H
#define BELFRY_TRUST_SIGNER_H

#include "trust/key.h"

enum { SEED_BYTES = 32 };

/* One of the two holds the key: `secret` (seed, then public half, in secret memory), or the agent
 * listening at `socket`; the other is NULL. */
struct signer {
	struct public_key key;
	uint8_t *secret;
	char *socket;
	int timeout_ms;
	int (*sign)(struct signer *s, uint8_t out[static SIGNATURE_TOKEN_BYTES], struct str data,
	    struct err *err);
};

/* Take apart a key blob (RFC 8709 §4). `what` begins the sentence: "the key".
 * Errors: ERR_SYNTAX, ERR_UNSUPPORTED, ERR_SIGNATURE. */
int public_key_from_blob(struct public_key *k, struct str blob, const char *what, struct err *err);

/* signer_load on the file's text; `name` begins the sentence. */
int signer_from_text(struct signer **out, struct str text, const char *name, struct err *err);

/* The body of an answer (draft-ietf-sshm-ssh-agent), its type byte included. */
int agent_choose(struct public_key *k, struct str answer, const struct public_key *want,
    size_t nwant, struct err *err);
int agent_signature(uint8_t out[static SIGNATURE_TOKEN_BYTES], const struct public_key *k,
    struct str answer, struct err *err);
/* signer_agent with the socket's path and the deadline of one exchange said. */
int signer_agent_at(struct signer **out, const char *socket, int timeout_ms,
    const struct public_key *want, size_t nwant, struct err *err);

#endif
