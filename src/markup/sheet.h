/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A style sheet or script for sending: what people read it by (comments, space, line ends) is left
 * out, for every first visit pays for it. Means the same to a browser.
 */
#ifndef BELFRY_MARKUP_SHEET_H
#define BELFRY_MARKUP_SHEET_H

#include "base/buf.h"

/* Append it. Strings and what a backslash stands before are kept as they are. */
void sheet_squeeze(struct buf *out, struct str sheet);
/* Append a script without the tabs that its lines begin with, and without lines that are comments
 * behind "//". For our own: a template literal over several lines would lose them too. */
void script_squeeze(struct buf *out, struct str script);

#endif
