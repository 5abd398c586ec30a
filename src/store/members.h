/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is for members only: <store>/members.git holds a second journal for each hub, in a store of
 * its own inside the store. So whatever goes through a store's journals (the site, mirrors, sticks,
 * relays, digests, heads) cannot come upon it. Charter and rosters are those of the store around
 * it: each entry names the public entry of its hub that holds the roster in force. No public entry
 * names one of its own hub, so that neither can pass for the other (docs/format.md "Journal").
 */
#ifndef BELFRY_STORE_MEMBERS_H
#define BELFRY_STORE_MEMBERS_H

#include "store/store.h"

#define MEMBERS_REPO "members.git"

/* The store with the journal of that name, and in `*hub` the name it has there; NULL where there is
 * none. */
struct store *members_home(struct store *s, const char **hub);

/* s->members, made where there is none yet and the store may be written. Errors: ERR_MISSING (for a
 * reader), those of store_open(). */
int members_open(struct store **out, struct store *s, struct err *err);

/* Which public entry of its hub an entry names; 0 in a public journal. */
uint64_t members_named(const struct store *s, const struct entry *e);
/* Name the newest public entry of our own journal. Errors: ERR_POLICY where there is none. */
int members_name_roster(struct store *s, struct entry *e, struct err *err);
/* Does the entry name a public entry of its own hub exactly if it is for members? Errors:
 * ERR_SYNTAX. */
int members_check_heads(const struct store *s, const struct entry *e, struct err *err);
/* The same of an entry with its changes, after one that named `before`. Errors: ERR_SYNTAX,
 * ERR_CHAIN. */
int members_check_entry(
    const struct store *s, uint64_t before, const struct entry *e, struct err *err);
/* The tree with the roster in force for an entry; `*fault` says so where it is not here. Errors:
 * ERR_GIT and the like. */
int members_roster_tree(
    struct store *s, const struct entry *e, struct oid *tree, const char **fault, struct err *err);

#endif
