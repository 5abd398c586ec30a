/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: what stores publish is what the rules say, in any order of delivery, whatever hubs write.
 * A scenario is a seed: --seed says the first, and a failure prints its own.
 */
#include "stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t at_hand;
static bool is_done;

static void say_seed(void)
{
	if (!is_done)
		printf("again: rules --scenarios 1 --seed %llu\n", (unsigned long long)at_hand);
}

int main(int argc, char **argv)
{
	static struct world world;
	struct tally tally = {0};
	unsigned long long seed = 1, n = 10;
	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned long long *into = strcmp(argv[i], "--seed") == 0	 ? &seed
					   : strcmp(argv[i], "--scenarios") == 0 ? &n
										 : NULL;
		if (!into) {
			fprintf(stderr, "usage: rules [--scenarios N] [--seed N]\n");
			return 2;
		}
		*into = strtoull(argv[i + 1], NULL, 10);
	}
	atexit(say_seed);
	stores_start();
	for (at_hand = seed; at_hand < seed + n; at_hand++) {
		world_make(&world, at_hand);
		if (!stores_agree(&world, at_hand, &tally)) {
			stores_end();
			return 1;
		}
	}
	is_done = true;
	stores_end();
	printf(
	    "%llu scenarios from seed %llu, three orders each: %ld entries, %ld records published, "
	    "%ld held; no difference\n",
	    n, seed, tally.entries, tally.published, tally.held);
	return 0;
}
