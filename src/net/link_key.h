/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The X25519 key of this store's links: <store>/keys/link, mode 0600, the secret half as 64 hex
 * digits and a newline. A hub's public half stands in the charter; an edge has one too.
 */
#ifndef BELFRY_NET_LINK_KEY_H
#define BELFRY_NET_LINK_KEY_H

#include "base/err.h"
#include "sync/noise.h"

/* Read the secret half; the caller wipes it. Errors: ERR_MISSING, ERR_SYNTAX, ERR_IO. */
int link_key_load(uint8_t secret[static LINK_KEY_BYTES], const char *dir, struct err *err);

#endif
