/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for secrets: page-guarded, kept out of swap and core dumps where the system lets us, and
 * wiped when it is freed (libsodium's sodium_malloc).
 */
#ifndef BELFRY_TRUST_SECRET_H
#define BELFRY_TRUST_SECRET_H

#include "base/buf.h"

/* Zeroed, aligned for any type. Aborts when the machine has none left. */
void *secret_alloc(size_t size);
void secret_free(void *p); /* NULL is fine */

/* A buffer in such memory, for output that is secret. It cannot grow: whoever fills it knows that
 * `cap` - 1 bytes are enough. Only secret_buf_free may release it. */
struct buf secret_buf(size_t cap);
void secret_buf_free(struct buf *b);

#endif
