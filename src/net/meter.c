/* SPDX-License-Identifier: Apache-2.0 */
#include "net/meter.h"

void meter_note(struct meter *m, uint64_t total, int64_t now_ms)
{
	size_t last = (m->n + METER_SAMPLES - 1) % METER_SAMPLES;
	if (m->n && now_ms - m->at_ms[last] < METER_STEP_MS)
		return;
	m->at_ms[m->n % METER_SAMPLES] = now_ms;
	m->total[m->n++ % METER_SAMPLES] = total;
}

uint64_t meter_rate(const struct meter *m, uint64_t total, int64_t now_ms)
{
	size_t kept = m->n < METER_SAMPLES ? m->n : METER_SAMPLES;
	if (!kept)
		return 0;
	/* From the newest sample that is as old as the window, else from the oldest. */
	size_t base = (m->n - kept) % METER_SAMPLES;
	for (size_t i = m->n - kept; i < m->n; i++)
		if (now_ms - m->at_ms[i % METER_SAMPLES] >= METER_WINDOW_MS)
			base = i % METER_SAMPLES;
	int64_t elapsed = now_ms - m->at_ms[base];
	if (elapsed < 1000) /* a burst is no rate yet */
		elapsed = 1000;
	return (total - m->total[base]) * 1000 / (uint64_t)elapsed;
}
