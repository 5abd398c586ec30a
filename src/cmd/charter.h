/* SPDX-License-Identifier: Apache-2.0 */
/* What `belfry charter` does, a verb each; every one takes options of its own. */
#ifndef BELFRY_CMD_CHARTER_H
#define BELFRY_CMD_CHARTER_H

#include "cmd/draft.h"

extern const struct cmd charter_propose, charter_sign, charter_apply;

/* Read "ID=FILE.pub" into {"id", "key"}. Owns: *out is the caller's. Errors: ERR_SYNTAX,
 * ERR_MISSING, as public_key_parse. */
int charter_holder(json_t **out, const char *text, struct err *err);

/* Is it an e-mail or web address, or NULL? Errors: ERR_USAGE. */
int charter_check_contact(const char *contact, struct err *err);

/* The item of a list called `id` (or, a schema, `name`; or a text), its place in *at; NULL where
 * there is none. */
json_t *charter_item(const json_t *list, struct str id, size_t *at);

/* What a proposal changes about hubs, as the command line has it. */
struct hub_changes {
	struct cmd_list addresses, countries; /* HUB=VALUE */
	struct cmd_list rekeys; /* files of `belfry request` */
	struct cmd_list bases; /* HUB=ENTRY */
	struct cmd_list closed; /* HUB */
	struct cmd_list denied; /* SHA256:…=REASON */
	bool keeps_stewards;
};
/* Errors: ERR_USAGE, ERR_MISSING (no such hub), ERR_EXISTS. */
int charter_change_hubs(
    json_t *head, const struct hub_changes *c, struct store *s, struct err *err);

/* Open the store that a draft belongs to; one without a charter is fine where the draft founds a
 * network, and then *out may be NULL. */
int charter_store(
    struct store **out, const struct draft *d, const struct cmd_common *c, struct err *err);

/* Tell on standard error what a draft changes and who has signed it. */
int charter_tell(const struct draft *d, const struct charter *before, struct err *err);

#endif
