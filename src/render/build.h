/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All pages of a site (site/site.h) into its folder, by as many threads as there are processors;
 * only those that show something new, and none of them before all have been checked.
 */
#ifndef BELFRY_RENDER_BUILD_H
#define BELFRY_RENDER_BUILD_H

#include "site/site.h"

/*
 * Build the site. `report` may be NULL; else owned by the caller, site_report_release(), also after
 * a failure.
 * Errors: what read(), the file system and theme_open() say; ERR_EXISTS where the folder holds a
 * site for others (members, or the public); ERR_MISSING where the charter names no language that
 * the program has words for. A record that does not parse is left out and noted.
 */
int site_build(const struct site_source *source, const struct site_options *o,
    struct site_report *report, struct err *err);
/*
 * Before a source is read at all: was OUT built last from these inputs, which have a digest, by
 * this program, theme and options? Then `report` is that of a build that found nothing new. Else
 * `*inputs` is what to put into the source. Errors: theme_open()'s are for site_build() to say.
 */
bool site_is_built(struct digest *inputs, const struct site_options *o, struct site_report *report);
void site_report_release(struct site_report *report);

#endif
