/* SPDX-License-Identifier: Apache-2.0 */
/* For tests about one hub: the central one's daemon, from before each to after it. */
#ifndef BELFRY_TEST_ONE_HUB_H
#define BELFRY_TEST_ONE_HUB_H

#include "fixture.h"

static struct process hub;

static int hub_start(void **state)
{
	if (net_new(state))
		return -1;
	make_hub("central", CENTRAL_HUB);
	hub = start("central");
	return 0;
}

static int hub_stop(void **state)
{
	stop(&hub);
	return scratch_remove(state);
}

#endif
