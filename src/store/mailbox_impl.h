/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What inbox and outbox share below store/mailbox.h: writing items, and the forms of messages and
 * notices (docs/protocol.md §15).
 */
#ifndef BELFRY_STORE_MAILBOX_IMPL_H
#define BELFRY_STORE_MAILBOX_IMPL_H

#include "store/mailbox.h"

/* First byte of a SUBMIT message. */
enum { SUBMIT_RECORD = 1, SUBMIT_CONFIRM = 2 };

/* Set record, signature and id; the rest empty. Borrowed. */
void submission_fill(struct submission *item, struct str record, struct str signature);
/* The item's time, or one behind all that is there for the same record: a correction comes after
 * what it corrects, also where both came in one second, as after days without a link. */
int64_t mailbox_time(const struct mailbox *box, const struct submission *item);
int mailbox_put(struct store *s, enum mailbox_side side, const struct submission *item, int64_t now,
    struct err *err);
/* Take an item out of a mailbox, and say what its files were: nothing else leads to them. */
struct mailbox_removed {
	struct oid blobs[4];
	size_t n;
};
int mailbox_remove(struct mailbox_removed *out, struct store *s, enum mailbox_side side,
    const char *id, int64_t now, struct err *err);

#endif
