/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The X25519 key of this store's links: <store>/keys/link, mode 0600, the secret half as 64 hex
 * digits and a newline. A hub's public half stands in the charter; an edge has one too. What goes
 * by file to its owner alone is sealed to it.
 */
#ifndef BELFRY_TRUST_LINK_KEY_H
#define BELFRY_TRUST_LINK_KEY_H

#include "base/buf.h"
#include "base/err.h"

enum { LINK_KEY_BYTES = 32 };

/* Read the secret half; the caller wipes it. Errors: ERR_MISSING, ERR_SYNTAX, ERR_IO. */
int link_key_load(uint8_t secret[static LINK_KEY_BYTES], const char *dir, struct err *err);
/* The public half of an X25519 secret. */
void link_key_public(
    uint8_t out[static LINK_KEY_BYTES], const uint8_t secret[static LINK_KEY_BYTES]);

/* Append `text` so that only the owner of `key` can read it; 48 bytes longer, other bytes each
 * time. Returns whether the key is one. Source: libsodium's sealed boxes (X25519, BLAKE2b,
 * XSalsa20-Poly1305). */
bool link_key_seal(struct buf *out, const uint8_t key[static LINK_KEY_BYTES], struct str text);
/* Append what was sealed to us. Returns whether it was. */
bool link_key_unseal(
    struct buf *out, const uint8_t secret[static LINK_KEY_BYTES], struct str sealed);

#endif
