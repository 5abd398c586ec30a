/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one script that stands inside pages, content/theme/later.js. A script in a file of its own
 * cannot ask to be fetched after the page without delaying it. Its bytes are the same on every
 * page, so that the page's policy allows it by its hash, and nothing else that might get into a
 * page; a hub's theme cannot replace it.
 */
#ifndef BELFRY_MARKUP_LATER_H
#define BELFRY_MARKUP_LATER_H

#include "base/str.h"

/* As it is sent, without a line end behind it. Lasts as long as the program. */
struct str later_script(void);
/* SHA-256 of that, in base64, as script-src names it. Source: CSP 3 §2.3.1. */
struct str later_hash(void);

#endif
