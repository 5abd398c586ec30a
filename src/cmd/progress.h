/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far long work is, on standard error: on a terminal one line that is written again and again,
 * elsewhere a plain line every 10 seconds. There is one of it in the process; lines of the log do
 * not run into it.
 */
#ifndef BELFRY_CMD_PROGRESS_H
#define BELFRY_CMD_PROGRESS_H

#include <stdbool.h>

/* Call it as often as there is news. The last time (`is_over`) leaves the line standing, if any was
 * shown. As daemon_options.progress; ctx is not used. */
void progress_show(void *ctx, const char *line, bool is_over);
/* What follows is talk: take the line away; progress_show() brings it back. */
void progress_hide(void);

#endif
