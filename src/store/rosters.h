/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rosters as trees hold them, each parsed and judged once: thousands of entries share one, and one
 * of 200 cities takes milliseconds to read. A small cache of the store; the newest are kept.
 * store_roster() and journal_roster() (store/store.h) answer from it.
 */
#ifndef BELFRY_STORE_ROSTERS_H
#define BELFRY_STORE_ROSTERS_H

#include "store/store.h"

struct kept_roster;
void rosters_free(struct kept_roster *k);

#endif
