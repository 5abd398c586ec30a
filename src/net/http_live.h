/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A site that is looked at while it is being made (belfry preview). Its files stay as they are;
 * pages are sent with two additions: what is wrong with what was made last, and a script that waits
 * at /.preview/wait/N until there is another build than the N-th, and then loads the page again.
 * The page's policy is widened for that one script. Without scripts a reader reloads by hand.
 *
 * Only browsers on this machine are answered, and only by an address that names it, so that no page
 * from elsewhere can be made to read drafts by a name that suddenly leads here (DNS rebinding).
 */
#ifndef BELFRY_NET_HTTP_LIVE_H
#define BELFRY_NET_HTTP_LIVE_H

#include "base/buf.h"

#include <microhttpd.h>

struct http_live;

struct http_live *http_live_new(void);
/* After http_stop(). */
void http_live_free(struct http_live *l);

/* There was another build: `problems` are lines to show on each page, "" for none. */
void http_live_turn(struct http_live *l, struct str problems);
/* Answer all who wait, so that those who have gone are noticed. Call it every few seconds, and
 * before http_stop(), with `is_end`: nobody waits from then on. */
void http_live_wake(struct http_live *l, bool is_end);

/* Is a request for `url` answered here? What is no page is sent as it stands. */
bool http_live_takes(struct MHD_Connection *c, const char *url);
/* Answer it, from below the folder `root`; `state` is of this request. For http.c, on its thread;
 * the others may be called on any. */
enum MHD_Result http_live_answer(
    struct http_live *l, struct MHD_Connection *c, const char *root, const char *url, void **state);

#endif
