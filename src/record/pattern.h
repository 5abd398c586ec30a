/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns of schemas: the part of ECMA-262 regular expressions that every engine reads alike.
 * An engine of our own because results must be the same on every hub (a C library's depend on
 * version and locale) and because a schema from outside must cost a bounded time: matching is
 * linear in the text, whatever the pattern.
 *
 * Literals; "." (any character but a line break); classes [a-z0-9], [^…]; "\" before a punctuation
 * mark; anchors ^ and $; groups ( ); "|"; * + ? {m} {m,} {m,n} with m, n at most 255. As in JSON
 * Schema a pattern may match anywhere unless it is anchored. Characters are code points.
 */
#ifndef BELFRY_RECORD_PATTERN_H
#define BELFRY_RECORD_PATTERN_H

#include "base/arena.h"
#include "base/err.h"

/* Steps that a pattern may compile to, after counted repeats are written out. */
enum { PATTERN_STEPS_MAX = 1024, PATTERN_DEPTH_MAX = 16, PATTERN_REPEAT_MAX = 255 };

struct pattern;

/* Compile `source`. Owns: the arena. Errors: ERR_UNSUPPORTED; the sentence names the byte. */
int pattern_compile(struct pattern **out, struct arena *arena, struct str source, struct err *err);
bool pattern_matches(const struct pattern *p, struct str text);

#endif
