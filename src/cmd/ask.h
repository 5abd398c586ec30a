/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a command gets an operation done (store/op.h). The whole program has one way, in ask.c; the
 * small one that runs first has another (src/quick).
 */
#ifndef BELFRY_CMD_ASK_H
#define BELFRY_CMD_ASK_H

#include "cmd/cmd.h"

/* Run an operation through the daemon or here. Owns: the request is dropped; *reply is the
 * caller's. */
int ask(json_t **reply, const struct cmd_common *c, json_t *request, struct err *err);

/* After a refusal: what is wrong with these record files, as far as they can tell, printed as
 * FILE:LINE:COLUMN. *err then is about the first that is at fault, or stays. */
void ask_explain(const struct cmd_common *c, char **files, int n, struct err *err);

#endif
