/* SPDX-License-Identifier: Apache-2.0 */
/* Which words the network has for types, regions, places, themes and languages: what a mistyped one
 * is answered with. */
#ifndef BELFRY_STORE_KNOWN_H
#define BELFRY_STORE_KNOWN_H

#include "store/store.h"

enum known_kind { KNOWN_TYPE, KNOWN_REGION, KNOWN_PLACE, KNOWN_THEME, KNOWN_LANG };

/*
 * Has the newest charter that word, or the network's schemas a type of that name? A place is a
 * region, or a city on a roster that is here. Where not, a sentence that says so is appended to
 * `why` (may be NULL), with those that there are. Also true where the charter cannot be read:
 * nobody can tell.
 */
bool known_has(struct buf *why, struct store *s, enum known_kind kind, struct str word);

/* Append the words of that kind that `word` may have been meant for, with commas; nothing where
 * none is like it. */
void known_near(struct buf *out, struct store *s, enum known_kind kind, struct str word);

/* The first hub in byte order whose newest roster has the city, or NULL. Stops there: rosters are
 * dear to read, and a thousand records may ask. Borrowed; good until the store changes. */
const char *known_city(struct store *s, struct str place);

#endif
