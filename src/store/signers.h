/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The allowed_signers file (ssh-keygen(1)) for stock tools: every key that charter or a roster has
 * ever named, each only for the namespaces of its role. It is an output; nothing here reads one.
 */
#ifndef BELFRY_STORE_SIGNERS_H
#define BELFRY_STORE_SIGNERS_H

#include "store/store.h"

/* Append lines sorted by bytes: "<id>@<hub> namespaces=\"…\" ssh-ed25519 AAAA…". */
int signers_write(struct buf *out, struct store *s, struct err *err);
/* Append one such line, without its end: `id` of `at` (slugs both) signs in `spaces`, "a,b". */
void signers_line(struct buf *out, const char *id, const char *at, const char *spaces,
    const struct public_key *key);

#endif
