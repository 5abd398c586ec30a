/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be said of a Markdown body without rendering it. The title of a page is the record's
 * own, so headings in a body begin at level 2.
 */
#ifndef BELFRY_RECORD_BODY_H
#define BELFRY_RECORD_BODY_H

#include "base/str.h"
#include "record/problem.h"

/*
 * Report each heading of level 1, "# x" or a line of "=" below text, outside fenced code. A body's
 * first line is line `first` of its file. Works line by line: inside lists nested by four spaces
 * and more it sees no headings. Report too what no page can show (record/markdown_limits.h).
 */
void body_check(struct str body, unsigned first, struct problems *out);

#endif
