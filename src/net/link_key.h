/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The X25519 key of this store's links: <store>/keys/link, mode 0600, the secret half as 64 hex
 * digits and a newline. A hub's public half stands in the charter; an edge makes a key of its own
 * when it first dials.
 */
#ifndef BELFRY_NET_LINK_KEY_H
#define BELFRY_NET_LINK_KEY_H

#include "base/err.h"
#include "sync/noise.h"

/* Make a key and give its public half. Errors: ERR_EXISTS, ERR_IO. */
int link_key_create(uint8_t public_half[static LINK_KEY_BYTES], const char *dir, struct err *err);
/* Read the secret half; the caller wipes it. Errors: ERR_MISSING, ERR_SYNTAX, ERR_IO. */
int link_key_load(uint8_t secret[static LINK_KEY_BYTES], const char *dir, struct err *err);

#endif
