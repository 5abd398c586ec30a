/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which records an edge with little room wants the content of, by type and language. Of the others
 * it is sent only the ids and hashes, so that every entry can still be checked; their signatures
 * and everything else come as ever. docs/protocol.md §22.
 */
#ifndef BELFRY_ENTRY_SCOPE_H
#define BELFRY_ENTRY_SCOPE_H

#include "base/buf.h"
#include "base/err.h"
#include "entry/head.h"

enum { SCOPE_WORDS_MAX = 64, LANG_BYTES = 2 };

/* Slugs, none twice. */
struct words {
	char items[SCOPE_WORDS_MAX][HUB_NAME_BYTES];
	size_t n;
};
bool words_have(const struct words *w, struct str word);
/* Passes over what is no slug or one too many. */
void words_add(struct words *w, struct str word);

struct scope {
	struct words types, langs; /* none: all */
	/* Some of what is in it is not here, or may not be: it was wider before, or is wider now.
	 */
	bool is_lacking;
};

/* Is the content of the file at this journal path in it? */
bool scope_has(const struct scope *s, struct str path);
/* Does it want every record? */
bool scope_is_all(const struct scope *s);

/* As the link has it. Errors: ERR_PEER. */
void scope_write(struct buf *out, const struct scope *s);
int scope_parse(struct scope *s, struct str body, struct err *err);

#endif
