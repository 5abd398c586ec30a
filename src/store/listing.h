/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue as the answer to a question, for `belfry list`. */
#ifndef BELFRY_STORE_LISTING_H
#define BELFRY_STORE_LISTING_H

#include "store/store.h"

/*
 * Rows that agree with every filter of `request` (texts type, region, place, theme, lang; by: id of
 * the author or the reviewer; search: part of title, summary or id, ASCII case aside; held: those,
 * and absent ones, instead of the published; conflicts: what was made apart, at each path first
 * what is shown). *reply is
 * {"items":[{"path","place","type","id","lang","region","title","state","reason","hub","seq",
 * "revision","author","reviewer","sha256","contested","disputed"}…],"unfollowed","absent"}, the
 * caller's: how many of the charter's hubs this store does not follow (store/follow.h), and how
 * many records' text was left out here. Where there is no row and the network has not one of the
 * words that were asked for, "hint" says so. Errors: ERR_LIMIT for more than the request's "max";
 * ERR_MISSING before a charter is here.
 */
int listing(json_t **reply, struct store *s, const json_t *request, struct err *err);

#endif
