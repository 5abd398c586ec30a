/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hubs say of each other's journals: an entry names the heads of others that its hub held then
 * (docs/format.md "Journal"). So a store knows of entries that nobody brings it, and that a peer
 * who keeps a journal from it holds back. A hub may say what is not so: its word is shown as its
 * word, and decides nothing.
 */
#ifndef BELFRY_STORE_VOUCHED_H
#define BELFRY_STORE_VOUCHED_H

#include "store/store.h"

/* What one entry said of another hub's journal. */
struct named_head {
	struct head head;
	uint64_t by; /* that entry's number */
	int64_t time; /* its time, and the charter's version it was written under */
	uint32_t charter;
};
/* The newest word about each hub in a journal's last entries. */
struct named_heads {
	struct named_head *items;
	size_t n, cap;
	struct oid at; /* as of this entry */
};
/* A head that was named so many entries ago is named again, though nothing moved. */
enum { NAMED_LOOK_BACK = 32 };
/* What the last entries of `j` say, up to its head. Borrowed; good until the journal moves. Reads
 * what came since the last time. Errors: ERR_GIT, ERR_IO, ERR_SYNTAX. */
int named_read(const struct named_heads **out, struct store *s, struct journal *j, struct err *err);
/* NULL: nothing is said of that hub. */
const struct named_head *named_find(const struct named_heads *l, const char *hub);
/* `e`, which was just written, is the head of `j` now. */
void named_add(struct journal *j, const struct entry *e);
void named_free(struct named_heads *l);

/* Somebody's word that entry `seq` of a hub exists, which is not here. */
struct vouched {
	char hub[HUB_NAME_BYTES];
	uint64_t seq;
	char by[HUB_NAME_BYTES]; /* the hub that says so; "": the charter, by a base */
	uint64_t entry; /* in which of its entries; the charter's version */
	int64_t time; /* as written there */
	bool is_other; /* there is an entry of that number here, and it is another one */
};
struct vouched_list {
	struct vouched *items; /* by hub, then the largest number first */
	size_t n, cap;
};
/* All that is said and not here; of what a charter has cut off nothing. Hubs that the newest
 * charter does not have are passed over. Owns: free(out->items). */
int vouched_list(struct vouched_list *out, struct store *s, struct err *err);

#endif
