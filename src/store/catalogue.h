/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: every record in the journals, published or held with its reason. A pure function
 * of charter and journals: order of arrival never matters. What is for members has one of its own,
 * of the store s->members (members.h).
 */
#ifndef BELFRY_STORE_CATALOGUE_H
#define BELFRY_STORE_CATALOGUE_H

#include "store/store.h"

/* ABSENT: the text was left out here (entry/scope.h), so that nothing can be said of it. ERASED: an
 * order took it from everybody (store/erased.h); the row has no text, and its reason. */
enum item_state { ITEM_PUBLISHED, ITEM_WITHDRAWN, ITEM_HELD, ITEM_ABSENT, ITEM_ERASED };

/* One file of one journal. A path may have a published row and, newer, a held and an absent one.
 * Strings are the catalogue's. */
struct item {
	const char *path; /* records/… */
	const char *place, *type, *id, *lang, *region; /* from the path; region by the roster */
	const char *own_region; /* by its own hub's roster; a guest's region is its source's */
	const char *title, *summary, *date; /* "" where the record did not parse */
	const char *themes; /* ids between spaces: " youth gender " */
	enum item_state state;
	const char *reason; /* why it is held, absent or withdrawn */
	enum item_state
	    own_state; /* the same by its journal alone, whatever other hubs published */
	const char *own_reason;
	const char *hub;
	uint64_t seq;
	int64_t time; /* of the entry */
	unsigned revision;
	/* Of what was published, to settle it with other hubs' (docs/format.md rule 49): every
	 * revision that it or an earlier one of its journal follows. */
	struct sha256 *follows;
	size_t nfollows;
	bool is_guest; /* a translation by a hub that the place is not of */
	bool is_followed; /* another hub's follows it */
	/* It and others were made apart: the one that is shown, and each that differs. */
	bool is_contested;
	const char *of; /* the language it was translated from, "" where it is none */
	unsigned of_revision;
	struct oid commit, md, sig, rev;
	bool has_rev;
	struct sha256 hash; /* of the record's bytes */
	const char *author, *author_name, *reviewer, *reviewer_name; /* "" when unknown */
	const struct public_key *author_key, *reviewer_key; /* zero where nobody is known */
	const char
	    *folded; /* title, summary and id in small ASCII letters; only by store_catalogue */
	bool is_gone; /* while journals are read: no row any more */
};

struct catalogue {
	struct item *items; /* by path, then published before held, then hub */
	size_t len, cap;
	struct head *heads; /* how far the rows of each journal go; sorted by hub */
	size_t nheads;
	size_t nsorted; /* while journals are read: the first rows, still by path */
	size_t nreplaced; /* rows whose strings the arena still holds for nobody */
	struct arena arena;
	struct str
	    kept; /* mapped: what rows that were kept have their strings in (catalogue_cache.h) */
	struct sha256 rules; /* of members' journals: the public state they were judged by */
};

/* Read all journals. Owns: the caller; catalogue_release(). Calls `progress` (may be NULL) now and
 * then. */
int catalogue_read(struct catalogue *c, struct store *s,
    void (*progress)(void *ctx, size_t done, size_t all), void *ctx, struct err *err);
/* The same in two steps, into one that is empty: what an earlier reading has kept, while another
 * thread may ask the store for rosters and schemas; then what the journals have besides. */
void catalogue_open(struct catalogue *c, struct store *s);
int catalogue_read_on(struct catalogue *c, struct store *s,
    void (*progress)(void *ctx, size_t done, size_t all), void *ctx, struct err *err);
/* The same from the journals alone, without what an earlier reading has kept. Calls `each` (may be
 * NULL) with every entry, a journal after the other, each from its first. */
int catalogue_read_anew(struct catalogue *c, struct store *s,
    void (*each)(void *ctx, const struct journal *j, struct entry *e), void *ctx, struct err *err);
/* One that stays with the store and is read on where journals have grown: for who asks often.
 * Borrowed; good until the store changes. */
int store_catalogue(const struct catalogue **out, struct store *s, struct err *err);
void catalogue_release(struct catalogue *c);

/* The published (or withdrawn) row at `path`, or NULL. */
const struct item *catalogue_find(const struct catalogue *c, struct str path);

/* May a guest's translation at `path` stand: is revision `of_revision` of what it was made from
 * published by a hub of the place, and none of its own in this language? Errors: ERR_POLICY with
 * the reason; ERR_MISSING where the text was left out here, so that nobody can tell. */
int catalogue_check_guest(const struct catalogue *c, const struct record_name *name, struct str of,
    unsigned of_revision, struct err *err);

/* Cities by the newest rosters that count: {"ke-mombasa": {"region","names":{…},"hub"}, …}; where
 * two hubs name one, the hub first in byte order. Owns: *out is the caller's. */
int catalogue_places(json_t **out, struct store *s, struct err *err);

#endif
