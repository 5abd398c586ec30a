/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a count grows: bytes a second over the last METER_WINDOW_MS, for "at the present rate".
 * Embedded; all zero is ready. The clock is handed in.
 */
#ifndef BELFRY_NET_METER_H
#define BELFRY_NET_METER_H

#include <stddef.h>
#include <stdint.h>

enum { METER_WINDOW_MS = 30 * 1000, METER_STEP_MS = 2000, METER_SAMPLES = 17 };

struct meter {
	int64_t at_ms[METER_SAMPLES];
	uint64_t total[METER_SAMPLES];
	size_t n; /* ever taken; sample i lies at i % METER_SAMPLES */
};

/* The count is `total` now. Cheap: most calls only look at the clock. */
void meter_note(struct meter *m, uint64_t total, int64_t now_ms);
/* Bytes a second up to now; 0 before the first sample. */
uint64_t meter_rate(const struct meter *m, uint64_t total, int64_t now_ms);

#endif
