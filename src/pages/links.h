/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a page leads to and what it has, as numbers of its unit (site/state.h): of the path of a
 * file, of "<path>#<id>", and of "<path> is of <cluster>" for its languages. render/check.h finds
 * in them what leads nowhere.
 */
#ifndef BELFRY_PAGES_LINKS_H
#define BELFRY_PAGES_LINKS_H

#include "base/err.h"
#include "base/str.h"

struct site;

/* Before the page at `path` is written: judge its HTML (markup/lint.h) and note its numbers.
 * Errors: ERR_SYNTAX, ERR_MISSING "<path>:<line>: …". */
int links_note(struct site *s, const char *path, struct str html, struct err *err);
/* Find the address, and its line, whose number that is in the page at `path`; false where there is
 * none. */
bool links_find(struct str *url, size_t *line, const char *path, struct str html, uint32_t number);

#endif
