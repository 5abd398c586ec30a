/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence that a hub tells two stories: two entries of its journal, signed by one key, that no
 * honest hub signs both. Either they have one number and are not the same, or one has the number
 * after the other's and follows another. Two commits prove it, without trees, to anybody who has
 * the charter. They are kept as blobs under refs/belfry/evidence/<hub>/<number>/<commit id>, so
 * that git keeps, checks and clones them although their trees may be nowhere.
 *
 * While there is evidence a hub is in dispute. A charter settles it by a base (store/cut.h): what
 * was signed under older ones counts no more, as evidence neither. One pair for a hub is enough, so
 * no more is kept until then.
 */
#ifndef BELFRY_STORE_EVIDENCE_H
#define BELFRY_STORE_EVIDENCE_H

#include "store/store.h"

#define EVIDENCE_PREFIX "refs/belfry/evidence/"

struct evidence {
	char hub[HUB_NAME_BYTES];
	uint64_t seq; /* the larger of both numbers */
	struct buf first, second; /* commits */
};
struct evidence_list {
	struct evidence *items; /* sorted by hub, one each; only what no charter has settled */
	size_t n, cap;
};

/* All that counts here. Owns: evidence_list_release(), also after a failure. */
int evidence_list(struct evidence_list *out, struct store *s, struct err *err);
void evidence_list_release(struct evidence_list *l);
/* NULL: that hub is not in dispute. */
const struct evidence *evidence_of(const struct evidence_list *l, const char *hub);

/* The commit that our copy of a journal has under `seq`, or, where it has fewer entries, its last:
 * what we hold against somebody else's. Errors: ERR_MISSING. */
int evidence_ours(
    struct buf *commit, struct store *s, const char *hub, uint64_t seq, struct err *err);
/*
 * Judge two commits, and keep them durably where they are evidence and there was none. An empty
 * `second` is ours of the same journal. Returns 0 also where they prove nothing or name a charter
 * that is not here. Errors: ERR_SYNTAX, ERR_SIGNATURE (they are not what an honest peer sends),
 * ERR_IO, ERR_GIT, ERR_FULL.
 */
int evidence_take(bool *is_new, struct store *s, const char *hub, struct str first,
    struct str second, struct err *err);

#endif
