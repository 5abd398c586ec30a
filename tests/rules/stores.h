/* SPDX-License-Identifier: Apache-2.0 */
/* Worlds as real stores, beside the model. */
#ifndef BELFRY_TESTS_RULES_STORES_H
#define BELFRY_TESTS_RULES_STORES_H

#include "rules.h"

enum order { AS_IT_CAME, CHARTERS_FIRST, AT_RANDOM, ORDERS };

struct tally {
	long entries, published, held;
};

void stores_start(void);
void stores_end(void);
/* In each order of delivery, the same heads and the rows of the model; prints what differs. `seed`
 * chooses the order at random. */
bool stores_agree(const struct world *w, uint64_t seed, struct tally *tally);

#endif
