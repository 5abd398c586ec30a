/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A draft: the next version of a charter on its way from one holder of a central key to the next,
 * as one file that can be mailed. JSON: {"belfry": "charter-draft/1", "network": N, "charter": the
 * text, "signatures": {id: armor}, "schemas": {name: JSON text of those that are new}}. It has no
 * authority of its own: what counts are the signatures in it.
 */
#ifndef BELFRY_CMD_DRAFT_H
#define BELFRY_CMD_DRAFT_H

#include "cmd/common.h"
#include "cmd/signing_key.h"

struct draft {
	json_t *json;
	struct charter *charter;
};

/* The head of the version after `c`, to be changed. Owns: the caller. */
json_t *draft_next_head(const struct charter *c);
/* Take head and body into a draft without signatures; `network` NULL: a founding, version 1. Drops
 * the head. Owns: the caller, draft_release(), also after a failure. Errors: as charter_parse. */
int draft_make(
    struct draft *d, const char *network, json_t *head, struct str body, struct err *err);
int draft_read(struct draft *d, const char *path, struct err *err);
/* path NULL: printed. */
int draft_write(const struct draft *d, const char *path, struct err *err);
void draft_release(struct draft *d);
const char *draft_network(const struct draft *d);
/* A schema whose hash the draft's charter names and no charter before it did. */
void draft_add_schema(struct draft *d, struct str name, struct str json);

/* The charter in `s` that the draft follows: NULL for version 1. Errors: ERR_NETWORK, ERR_CHAIN
 * (overtaken, or ours is too old), each with what to do. */
int draft_before(
    const struct charter **before, const struct draft *d, struct store *s, struct err *err);
/* Add a signature. Errors: ERR_POLICY (no central key of either version), ERR_EXISTS (that key has
 * signed). */
int draft_sign(
    struct draft *d, const struct charter *before, struct signer *signer, struct err *err);
/* The signer that is said, or the central key of the store (NULL: there is none): one of this
 * draft's or of the version before it. */
int draft_signer(struct signer **out, const struct draft *d, const struct charter *before,
    struct store *s, const struct signing_key *key, struct err *err);
/* The same as draft_sign() of one that ssh-keygen -Y sign made over the charter's text. */
int draft_add_signature(
    struct draft *d, const struct charter *before, struct str armor, struct err *err);

/* A sentence for each threshold: how many signatures are there, and whose are wanted.
 * *is_complete: none is. Errors: ERR_SIGNATURE, ERR_SYNTAX, ERR_NETWORK: one in it is not good. */
int draft_tally(struct buf *out, bool *is_complete, const struct draft *d,
    const struct charter *before, struct err *err);
/* What it changes. */
void draft_changes(struct buf *out, const struct draft *d, const struct charter *before);

/* Is it an object of texts by id, at most so many? Of drafts of rosters too (cmd/roster_draft.h).
 */
bool draft_has_texts(json_t *object, size_t most);
/* These as signatures, borrowed, into a list with room for all; how many. */
size_t draft_take_texts(struct named_signature *list, json_t *object);
/* What the store is given; borrowed from the draft. */
void draft_files(struct charter_files *files, const struct draft *d);
/* Hand it to the store of `c`. Errors: as charter_check. */
int draft_apply(const struct draft *d, const struct cmd_common *c, struct err *err);

/* For commands that change the charter on their own: sign, and apply it where that is enough; else
 * write the draft to charter-<version>.json, *is_done is false, and what comes next is said. */
int draft_carry_out(struct draft *d, bool *is_done, const struct cmd_common *c, struct store *s,
    const struct signing_key *key, struct err *err);

#endif
