/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All terms of one language, in order, and how many texts have each: what the index is cut into
 * shards by. It is kept from build to build, in OUT.d/search-<lang>.terms, so that an edit costs
 * what it changes: the terms that a text had are taken away, and those that it has are added.
 * Deleted, damaged or of another version, it is made again from the lists of all texts, with the
 * same result.
 */
#ifndef BELFRY_SEARCH_VOCABULARY_H
#define BELFRY_SEARCH_VOCABULARY_H

#include "site/stash.h"

/* A text of the language: its number in the index, and the hash of its record. */
struct search_doc {
	uint32_t slot;
	struct sha256 hash;
	struct str terms; /* search/terms.h */
};

struct vocabulary_term {
	struct str key;
	uint64_t sum; /* of what stands in the index about it: changes with that */
	uint32_t texts, marked; /* marked: those where its level is MARKED or more */
	bool is_alias;
};

struct vocabulary {
	struct vocabulary_term *terms;
	size_t n;
	struct buf kept; /* keys, as they were kept; */
	struct arena arena; /* and new ones */
};

/*
 * The vocabulary of `docs`, which are in the order of slots. `path` names what was kept, and is
 * written anew where it came out otherwise; `stash` has the lists of texts as they were then.
 * Owns: the caller; vocabulary_release().
 */
void vocabulary_make(struct vocabulary *v, const char *path, const struct digest *version,
    struct stash *stash, const struct search_doc *docs, size_t n);
void vocabulary_release(struct vocabulary *v);

#endif
