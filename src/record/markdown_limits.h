/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much work a Markdown text may make. CommonMark parsers are quadratic in the depth of
 * containers (GHSA-66g8-4hjf-77xh) and in brackets that stay open (CVE-2023-22486), so both are
 * judged on the text, before one sees it. docs/format.md, rule 27a, says how to count.
 */
#ifndef BELFRY_RECORD_MARKDOWN_LIMITS_H
#define BELFRY_RECORD_MARKDOWN_LIMITS_H

#include "base/err.h"
#include "base/str.h"

/*
 * Errors: ERR_LIMIT with a sentence that names no place, and `*at` the byte it is about: past
 * NESTING_MAX containers or BRACKETS_MAX brackets.
 */
int markdown_limits(struct str text, size_t *at, struct err *err);

/* At least as many block containers as any line of `text` opens inside one another; stops counting
 * past `max`, behind the line that ends at `*end` (may be NULL). */
size_t markdown_depth(struct str text, size_t max, size_t *end);

#endif
