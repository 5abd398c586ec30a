/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a site is made with: templates, style, drawings and words. They come with the program; a
 * folder of a hub's own may stand over them, with files of the same names:
 *
 *   NAME.mustache, style.css, favicon.svg,
 *   search.js, offline.js, sw.js            in the place of content/theme/NAME.mustache, …
 *   custom.css                              behind the style sheet: colours, mostly
 *   logo.svg                                in the place of the drawing before the network's name
 *   fr.json, …                              words in the place of those of content/strings/fr.json
 *
 * A drawing holds nothing but shapes (LINT_DRAWING) and a sheet loads nothing, so that no page
 * fetches what the program's own would not. A script runs in every reader's browser, within the
 * policy of head.mustache: whoever puts one there answers for it. A file by another name is an
 * error, but for hidden files, README.md and an editor's copies ("~"), so that a slip does not pass
 * unseen.
 */
#ifndef BELFRY_MARKUP_THEME_H
#define BELFRY_MARKUP_THEME_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/str.h"

struct theme;

/* Read the folder; NULL or "": only what the program has. Owns: the caller; theme_free().
 * Errors: ERR_MISSING (no folder, or a name that means nothing), ERR_LIMIT, ERR_SYNTAX
 * "<file>:<line>: …", ERR_IO. */
int theme_open(struct theme **out, const char *folder, struct err *err);
void theme_free(struct theme *t);

/* The file that stands for content/theme/<name>, and what to call it in messages. Borrowed;
 * `ptr` NULL where there is none. */
struct str theme_get(const struct theme *t, const char *name, const char **file);
/* A file of the folder alone: words to lay over the program's. */
struct str theme_own(const struct theme *t, const char *name, const char **file);
/* The style sheet with custom.css behind it, as it is sent (markup/sheet.h). */
struct str theme_sheet(const struct theme *t);
/* A script, as it is sent. Owns: the caller's buffer, appended to. */
void theme_script(struct buf *out, const struct theme *t, const char *name);
/* Of all files in the folder. */
struct digest theme_digest(const struct theme *t);

#endif
