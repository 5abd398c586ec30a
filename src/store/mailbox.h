/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a member and their hub say to each other outside the journals: submissions one way, signed
 * notices (received, returned with a remark, published, refused) the other. Kept as git trees under
 * refs/belfry/inbox (hub) and refs/belfry/outbox (edge), which are never passed on.
 */
#ifndef BELFRY_STORE_MAILBOX_H
#define BELFRY_STORE_MAILBOX_H

#include "store/store.h"
#include "trust/link_key.h"

enum { SUBMISSION_ID_CHARS = 16 };

/* One submission, on either side. Strings live in the owner's arena. */
struct submission {
	char id[SUBMISSION_ID_CHARS + 1]; /* first hex digits of SHA-256(record, signature) */
	struct str record, signature; /* canonical Markdown and the author's armor */
	const char
	    *state; /* outbox: queued, then as the hub said; inbox: received, returned, published */
	const char *path; /* records/… */
	const char *title, *member, *reviewer, *remark; /* "" where there is none */
	const char
	    *reply; /* where it came by file: the edge's link key in hex, to seal the answer to */
	struct str notice; /* the newest signed notice, "" where there is none */
	int64_t time;
};
/* The id of what a member hands in. */
void submission_id(
    char id[static SUBMISSION_ID_CHARS + 1], struct str record, struct str signature);
struct mailbox {
	struct submission *items; /* by time, then id */
	size_t len, cap;
	struct arena arena;
};
void mailbox_release(struct mailbox *m);

enum mailbox_side { MAILBOX_INBOX, MAILBOX_OUTBOX };
/* Owns: mailbox_release(). Errors: ERR_SYNTAX, ERR_GIT. */
int mailbox_read(struct mailbox *out, struct store *s, enum mailbox_side side, struct err *err);
/* NULL where there is none whose id begins with `id`, or several. */
const struct submission *mailbox_find(const struct mailbox *m, struct str id);

/* --- the edge --- */

/* Queue a signed record for the home hub; again, where it was refused. Errors: what policy would
 * say of form and signature, and of the revision that is published; ERR_EXISTS, ERR_FULL. */
int outbox_add(
    struct store *s, struct str record, struct str signature, int64_t now, struct err *err);
/* Home is the hub that has enrolled who signed: an address or an invitation may have been
 * another's. Where a roster here says so, and home's does not, belfry.home changes; outbox_add()
 * does it too. Errors: ERR_SYNTAX (the signature), ERR_GIT. */
int outbox_settle_home(struct store *s, struct str signature, struct err *err);
/* The bytes of SUBMIT for an item that the hub has not decided yet. */
void submission_message(struct buf *out, const struct submission *item);
/* And of the one that says we have the hub's decision of it. */
void confirmation_message(struct buf *out, const struct submission *item);
bool submission_is_decided(const struct submission *item);
/* Take in a notice: its signature must be that of a hub's journal key in our charter.
 * *confirm (appended) is the SUBMIT message that tells the hub we have it; may stay empty. One that
 * is about nothing here is passed over. Errors: ERR_SYNTAX, ERR_NETWORK, ERR_SIGNATURE, ERR_FULL,
 * ERR_GIT. */
int outbox_notice(struct store *s, struct str notice, struct buf *confirm, struct err *err);

/* --- the hub --- */

/* A SUBMIT message from the member who proved `key`: a record is checked and kept durably, or
 * refused with the reason, as when the member has its share of the inbox already; a confirmation
 * ends the matter. Appends the notice to answer with (may stay empty). Errors: ERR_SYNTAX (a peer's
 * fault), ERR_FULL, ERR_IO, ERR_GIT. A refusal is no error: it is in the notice. */
int inbox_receive(struct store *s, const struct public_key *key, struct str message, int64_t now,
    struct buf *notice, struct err *err);
/* The same for a message that came by file from the edge with this link key. Its record is its
 * proof of who sent it. Answers are kept until the next file goes out. */
int inbox_receive_letter(struct store *s, const uint8_t reply[static LINK_KEY_BYTES],
    struct str message, int64_t now, struct err *err);
/* Calls `each` with the newest notice of every decided, unconfirmed item of that member. */
int inbox_notices(struct store *s, const struct public_key *key,
    void (*each)(void *ctx, struct str notice), void *ctx, struct err *err);
/* Publish with the reviewer's signature over the record. `id` is as much of the submission's as
 * tells it from others. Errors: ERR_MISSING (none, or several), ERR_EXISTS (decided already), what
 * policy says, those of store_append(). */
int inbox_accept(struct store *s, struct str id, struct str review, int64_t now, struct err *err);
/* Send back with a remark by `reviewer`, a member's id or "". Errors: ERR_LIMIT, ERR_SYNTAX (the
 * remark); as above. */
int inbox_return(struct store *s, struct str id, struct str remark, struct str reviewer,
    int64_t now, struct err *err);

#endif
