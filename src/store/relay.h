/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bare repository that only passes journals on, on any host that has stock git: what a push would
 * change there is judged by the grammar and signatures that a store reads its own by, before git
 * lets it in. It holds the charter and journals for everybody, and nothing else.
 */
#ifndef BELFRY_STORE_RELAY_H
#define BELFRY_STORE_RELAY_H

#include "git/repo.h"

struct relay;

/* What a push asks for: `before` is zero for a new ref, `after` for one to delete. */
struct relay_move {
	struct str ref;
	struct oid before, after;
};
/* "<before> <after> <ref>", as git's hooks are told. Errors: ERR_SYNTAX. */
int relay_move_parse(struct relay_move *out, struct str line, struct err *err);

/*
 * Judge what is pushed to the repository of the current folder, which carries `network` (N in hex),
 * by way of `git cat-file`. Looks at the size of all that came. Owns: the caller; relay_free().
 * Errors: ERR_POLICY (this repository is a store's own), ERR_LIMIT, ERR_IO.
 */
int relay_open(struct relay **out, const char *network, struct err *err);
void relay_free(struct relay *r);

/*
 * May this ref move so? The charter's, where it moves, comes before journals: they are judged by
 * it. Errors: ERR_POLICY (no ref of a relay, or a delete), ERR_CHAIN (back, or another story),
 * ERR_NETWORK, and those of verify_charter and verify_entries.
 */
int relay_judge(struct relay *r, const struct relay_move *move, struct err *err);

#endif
