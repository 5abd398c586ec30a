/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The site's own judge: nothing is shown whose pages hold HTML that is not ours, lead nowhere, or
 * name one another as translations that do not answer.
 *
 * Each page made anew is read by site/lint.h. What it leads to and what it has become numbers of
 * its unit (site/state.h): of the path of a file, of "<path>#<id>", and of "<path> is of <cluster>"
 * for its languages. When all pages stand, every number that a new page needs must be given by
 * some unit; and where something went away, no unit that was kept may need it. So an edit costs a
 * pass over what is remembered, and no page is read twice.
 *
 * Two that share a number by chance (1 in 4 thousand million) would hide a fault, never make one.
 */
#ifndef BELFRY_SITE_CHECK_H
#define BELFRY_SITE_CHECK_H

#include "site/workers.h"

/* Before the page at `path` is written. Errors: ERR_SYNTAX "<path>:<line>: …". */
int check_page(struct site *s, const char *path, struct str html, struct err *err);
/* When all pages stand. Errors: ERR_MISSING, with the page's line, and the line of the template or
 * record that the link comes from. */
int check_links(struct site *s, const struct workers *w, const struct tree *t, struct err *err);

#endif
