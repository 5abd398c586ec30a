/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Noise_XX_25519_ChaChaPoly_BLAKE2b (Noise Protocol Framework rev. 34) on libsodium.
 * No socket, no clock; randomness only where an ephemeral key is not given.
 */
#ifndef BELFRY_SYNC_NOISE_H
#define BELFRY_SYNC_NOISE_H

#include "trust/link_key.h"

enum { NOISE_HASH_BYTES = 64, NOISE_TAG_BYTES = 16 };

struct noise;

/* `ephemeral` NULL: a random one (tests give the vectors'). Copies; secrets in sodium memory. */
struct noise *noise_new(bool initiator, struct str prologue,
    const uint8_t secret[static LINK_KEY_BYTES], const uint8_t *ephemeral);
void noise_free(struct noise *n);

/* Handshake messages 1 to 3 in turn; write when it is this side's turn, else read.
 * Errors: ERR_PEER when a message does not decrypt, is short, or carries an all-zero DH. */
bool noise_is_writing(const struct noise *n);
int noise_write(struct noise *n, struct buf *out, struct str payload, struct err *err);
int noise_read(struct noise *n, struct buf *payload, struct str message, struct err *err);
bool noise_is_done(const struct noise *n);

/* After message 2 (initiator) or 3 (responder). */
const uint8_t *noise_remote_key(const struct noise *n);
/* After the handshake: what a member signs to prove who they are. */
const uint8_t *noise_handshake_hash(const struct noise *n);

/* Transport, after the handshake. `text` at most FRAME_BYTES_MAX - NOISE_TAG_BYTES. */
void noise_encrypt(struct noise *n, struct buf *out, struct str text);
int noise_decrypt(struct noise *n, struct buf *out, struct str box, struct err *err);

#endif
