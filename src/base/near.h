/* SPDX-License-Identifier: Apache-2.0 */
/* Which word somebody meant who mistyped it. */
#ifndef BELFRY_BASE_NEAR_H
#define BELFRY_BASE_NEAR_H

#include "base/str.h"

enum { NEAR_LETTERS = 64 };

/* Edits (insert, drop, replace) that make `a` into `b`, which has at most NEAR_LETTERS bytes. */
size_t near_distance(struct str a, struct str b);
/* Are they a slip of the fingers apart? Not where only numbers differ: those are counted. */
bool near_is_slip(struct str a, struct str b);

#endif
