/* SPDX-License-Identifier: Apache-2.0 */
/* What `belfry charter` does, a verb each; every one takes options of its own. */
#ifndef BELFRY_CMD_CHARTER_H
#define BELFRY_CMD_CHARTER_H

#include "cmd/draft.h"

extern const struct cmd charter_propose, charter_sign, charter_apply;

/* Read "ID=FILE.pub" into {"id", "key"}. Owns: *out is the caller's. Errors: ERR_SYNTAX,
 * ERR_MISSING, as public_key_parse. */
int charter_holder(json_t **out, const char *text, struct err *err);

/* Open the store that a draft belongs to; one without a charter is fine where the draft founds a
 * network, and then *out may be NULL. */
int charter_store(
    struct store **out, const struct draft *d, const struct cmd_common *c, struct err *err);

/* Tell on standard error what a draft changes and who has signed it. */
int charter_tell(const struct draft *d, const struct charter *before, struct err *err);

#endif
