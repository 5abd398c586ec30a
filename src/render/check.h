/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The site's own judge: nothing is shown whose pages lead nowhere, or name one another as
 * translations that do not answer.
 *
 * When all pages stand, every number that a new page needs (pages/links.h) must be given by some
 * unit; and where something went away, no unit that was kept may need it. So an edit costs a pass
 * over what is remembered, and no page is read twice.
 *
 * Two that share a number by chance (1 in 4 thousand million) would hide a fault, never make one.
 */
#ifndef BELFRY_RENDER_CHECK_H
#define BELFRY_RENDER_CHECK_H

#include "render/workers.h"

/* When all pages stand. Errors: ERR_MISSING, with the page's line, and the line of the template or
 * record that the link comes from. */
int check_links(struct site *s, const struct workers *w, const struct tree *t, struct err *err);

#endif
