/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The orders to erase that this store knows (trust/erasure.h): from journals, whose orders stay in
 * them for ever, and those that came with an entry without its text before their own entry did.
 * They are kept in <store>/erased too, so that none is forgotten. A text is erased as of one
 * journal: the same bytes in another hub's journal are that hub's.
 *
 * Only public journals: an order is public, and so is the path that it names. The set of a members'
 * store is empty.
 *
 * erased_settle() drops what they name: from git's packs, the mailboxes, attachments and what was
 * made of all that. Nothing of it is needed for the chain: an order has the hashes.
 */
#ifndef BELFRY_STORE_ERASED_H
#define BELFRY_STORE_ERASED_H

#include "store/store.h"
#include "trust/erasure.h"

struct erased_key {
	struct oid blob;
	const struct erasure *order;
	const struct erased_text *text;
};

struct erased {
	struct erasure **orders;
	size_t n, cap;
	struct erased_key *keys; /* by blob */
	size_t nkeys, cap_keys;
	bool is_unsaved; /* the file lacks some */
	bool is_due; /* something named may still be here */
};

/* Fill s->erased from the file: before anything is read from journals. Errors: ERR_IO,
 * ERR_SYNTAX. */
int erased_read(struct store *s, struct err *err);
/* Take in the orders at the heads of all journals. Those that do not hold are passed over. Errors:
 * ERR_GIT. */
int erased_gather(struct store *s, struct err *err);
/* Make them durable, where any is new: before the entries that rest on them. Errors: ERR_IO,
 * ERR_FULL. */
int erased_save(struct store *s, struct err *err);
void erased_free(struct erased *e);

/* Tells sets of orders apart, whatever the order they came in. */
struct sha256 erased_digest(const struct erased *set);

/* Is this text of that hub's journal erased? NULL: no. Borrowed; good until the store is closed. */
const struct erased_key *erased_find(
    const struct store *s, const char *hub, const struct oid *blob);

/* Is a text with these bytes erased, in whichever journal? */
bool erased_is_text(const struct store *s, struct str text);

/* Fill a change of `hub` whose text is erased: bare, with its hash and the order. Returns whether
 * it is. */
bool erased_strip(const struct store *s, const char *hub, struct change *c);
/*
 * What an entry of `hub` says of erasure, on its way in: orders in it are taken in where they hold;
 * text that is erased is dropped; and text that is not here must be named by its order. Errors:
 * ERR_SYNTAX (an order is deleted, or its name is not its hash), those of erasure_parse() and
 * erasure_check() for what came without text.
 */
int erased_admit(struct store *s, struct entry *e, struct err *err);
/* The first of these: what the grammar says of an order's file. */
int erased_check_file(const struct change *c, struct err *err);

/* Drop what is named and here. Only for a writer with nothing pending. After an error the next
 * start goes on with it. Errors: ERR_GIT, ERR_IO, ERR_FULL. */
int erased_settle(struct store *s, struct err *err);
/*
 * Write an order to our own journal, and in the same entry take what it names of this journal out
 * of the tree. STR_EMPTY: only that, for an order of the central team that came. Errors: those of
 * erasure_parse(), erasure_check() and store_append(); ERR_EXISTS where there is nothing to do.
 */
int erased_publish(struct store *s, struct str order, int64_t now, struct err *err);

#endif
