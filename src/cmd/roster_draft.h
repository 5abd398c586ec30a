/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hub's next roster on its way from one steward to the next, as one file that can be mailed.
 * JSON:
 * {"belfry": "roster-draft/1", "network": N, "roster": the text, "signatures": {steward's id:
 * armor}}. Like the draft of a charter it has no authority of its own (cmd/draft.h).
 */
#ifndef BELFRY_CMD_ROSTER_DRAFT_H
#define BELFRY_CMD_ROSTER_DRAFT_H

#include "cmd/common.h"
#include "cmd/signing_key.h"

struct roster_draft {
	json_t *json;
	struct roster *roster;
};

/* The roster `head` (borrowed) without signatures. Owns: the caller, roster_draft_release(), also
 * after a failure; so with roster_draft_read(). Errors: as roster_parse. */
int roster_draft_make(
    struct roster_draft *d, const char *network, const json_t *head, struct err *err);
int roster_draft_read(struct roster_draft *d, const char *path, struct err *err);
int roster_draft_write(const struct roster_draft *d, const char *path, struct err *err);
void roster_draft_release(struct roster_draft *d);

/* Its hub in the newest charter, where the draft is what can follow the roster here. Errors:
 * ERR_NETWORK, ERR_POLICY (no such hub), ERR_CHAIN (overtaken, or what is here is too old). */
int roster_draft_hub(
    const struct charter_hub **hub, const struct roster_draft *d, struct store *s, struct err *err);
/* What it changes. */
int roster_draft_changes(
    struct buf *out, const struct roster_draft *d, struct store *s, struct err *err);
/* A sentence: how many stewards have signed, and who is wanted. *is_complete: nobody. Errors: one
 * signature in it is not good. */
int roster_draft_tally(struct buf *out, bool *is_complete, const struct roster_draft *d,
    const struct charter_hub *hub, struct err *err);
/* Add a signature with the key that is said, or keys/steward. Errors: ERR_POLICY (no steward's
 * key), ERR_EXISTS (that one has signed). */
int roster_draft_sign(struct roster_draft *d, const struct charter_hub *hub, struct store *s,
    const struct signing_key *key, struct err *err);
/* Write it to our own journal, in the place of the one before and its signatures. */
int roster_draft_publish(
    const struct roster_draft *d, const struct cmd_common *c, struct store *s, struct err *err);

#endif
