/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a daemon pulls by itself (net/pull.h): the addresses in the setting belfry.pull, parted by
 * spaces, soon after it has started and then every belfry.pullEvery seconds (an hour unless set),
 * sooner where one failed. By a process of its own, so that what a host sends is never in this one
 * before it is admitted, and a host that lets it wait holds nobody up.
 */
#ifndef BELFRY_NET_PULL_AGAIN_H
#define BELFRY_NET_PULL_AGAIN_H

#include "net/settings.h"

#include <uv.h>

enum { PULL_ADDRESSES_MAX = 16 };

/* All zero: nothing is pulled. */
struct pull_again {
	uv_timer_t timer;
	uv_process_t process;
	bool is_on, is_running;
	uint64_t every_ms;
	struct buf words; /* the folder and the addresses, each ended by a NUL */
	char *argv[PULL_ADDRESSES_MAX + 5];
	char program[4096];
};

/* Read the settings; starts nothing where there are none. `dir`, the store's, outlives it. */
void pull_again_start(struct pull_again *p, uv_loop_t *loop, struct store *s, const char *dir);
/* A pull that is under way is ended; what it has brought stays. */
void pull_again_stop(struct pull_again *p);
/* At the very end. */
void pull_again_release(struct pull_again *p);

#endif
