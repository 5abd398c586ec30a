/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket's path and framing, for both of its ends (net/control.h has the protocol).
 */
#ifndef BELFRY_NET_CONTROL_SOCKET_H
#define BELFRY_NET_CONTROL_SOCKET_H

#include "base/err.h"
#include "base/json.h"

enum { CONTROL_PATH_BYTES = 64 };

/* A path to <dir>/control that fits a unix address however long `dir` is: it leads through
 * *folder, a descriptor the caller closes after use. Errors: ERR_MISSING, ERR_IO. */
int control_path(
    char out[static CONTROL_PATH_BYTES], int *folder, const char *dir, struct err *err);
/* Owns: *fd is the caller's. Errors: ERR_MISSING when no daemon listens; ERR_IO. */
int control_connect(int *fd, const char *dir, struct err *err);

/* Send the request, wait for its answer; closes `fd`. As control_call(). */
int control_exchange(int fd, const json_t *request, json_t **reply, struct err *err);

/* Append `v` behind its length. Errors: ERR_LIMIT. */
int control_frame(struct buf *out, const json_t *v, struct err *err);
/* Take one message off the front: 1 when it was there (borrowed), 0 when bytes are missing.
 * Errors: ERR_LIMIT, ERR_SYNTAX for an empty one. */
int control_take(struct str *from, struct str *message, struct err *err);

#endif
