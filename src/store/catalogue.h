/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: every record in the journals, published or held with its reason. A pure function
 * of charter and journals: order of arrival never matters. Also the cities and people that rosters
 * name.
 */
#ifndef BELFRY_STORE_CATALOGUE_H
#define BELFRY_STORE_CATALOGUE_H

#include "store/store.h"

enum item_state { ITEM_PUBLISHED, ITEM_WITHDRAWN, ITEM_HELD };

/* One file of one journal. A path may have a published row and, newer, a held one. Strings are the
 * catalogue's. */
struct item {
	const char *path; /* records/… */
	const char *place, *type, *id, *lang, *region; /* from the path; region by the roster */
	const char *title, *summary, *date; /* "" where the record did not parse */
	const char *themes; /* ids between spaces: " youth gender " */
	enum item_state state;
	const char *reason; /* why it is held, or withdrawn */
	const char *hub;
	uint64_t seq;
	int64_t time; /* of the entry */
	unsigned revision;
	struct oid commit, md, sig, rev;
	bool has_rev;
	struct sha256 hash; /* of the record's bytes */
	const char *author, *author_name, *reviewer, *reviewer_name; /* "" when unknown */
	struct public_key author_key, reviewer_key;
	struct record *record; /* as it was judged just now; only by catalogue_read_records */
};

struct catalogue {
	struct item *items; /* by path, then published before held, then hub */
	size_t len, cap;
	json_t *places; /* {"ke-mombasa": {"region","names":{…}}, …} from the newest good rosters */
	struct arena arena;
	bool keeps_records;
};

/* Read all journals. Owns: the caller; catalogue_release(). Calls `progress` (may be NULL) now and
 * then. */
int catalogue_read(struct catalogue *c, struct store *s,
    void (*progress)(void *ctx, size_t done, size_t all), void *ctx, struct err *err);
/* The same, keeping what it parses of published records: some 15 KB each, for who needs them all
 * anyway. */
int catalogue_read_records(struct catalogue *c, struct store *s, struct err *err);
/* The same from the journals alone, without what an earlier reading has kept: for `belfry verify`.
 */
int catalogue_read_anew(struct catalogue *c, struct store *s,
    void (*progress)(void *ctx, size_t done, size_t all), void *ctx, struct err *err);
void catalogue_release(struct catalogue *c);

/* The published (or withdrawn) row at `path`, or NULL. */
const struct item *catalogue_find(const struct catalogue *c, struct str path);

#endif
