/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a command reaches the daemon that holds its store: one JSON request and one JSON answer over
 * the unix socket <store>/control (mode 0600), each behind its length as a uint32, big-endian, at
 * most CONTROL_BYTES_MAX. One request a connection.
 *
 * Requests are those of store/op.h, which the daemon runs on its store, and:
 *   {"op":"ping"}                        → {"pid"}
 *   {"op":"status"}                      → peers and what the daemon knows of them (net/report.h)
 *   {"op":"sync","peer":NAME|null,"timeout":SECONDS}
 *                                        → {"peer"} once in sync with it, or with any peer
 *   {"op":"peers"}                       → {} after reading the peers' settings again
 *   {"op":"stop"}                        → {} and the daemon ends
 * An answer is {"ok":true,"result":…} or {"ok":false,"code":"policy","message":…}.
 *
 * These functions block; they are for commands, not for the loop.
 */
#ifndef BELFRY_NET_CONTROL_H
#define BELFRY_NET_CONTROL_H

#include "base/err.h"
#include "base/json.h"

#include <stdbool.h>

/* Ask the daemon of the store at `dir`; *reply is its result (the caller's).
 * Errors: ERR_MISSING when no daemon listens there (or as its answer); ERR_IO, ERR_LIMIT,
 * ERR_SYNTAX for what goes wrong on the way; else as the daemon answered. */
int control_call(const char *dir, const json_t *request, json_t **reply, struct err *err);

/* Run one of the operations of store/op.h: by the daemon if there is one, else here. What only
 * reads is also read here when the daemon cannot answer. Errors: as op_run(); ERR_BUSY when another
 * process holds the store and does not listen. */
int control_or_run(const char *dir, const json_t *request, json_t **reply, struct err *err);

bool control_is_up(const char *dir);

/* The code of that name (err_name()); ERR_PEER for a name that is none. */
enum err_code control_code(struct str name);

#endif
