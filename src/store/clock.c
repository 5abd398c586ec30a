/* SPDX-License-Identifier: Apache-2.0 */
#include "store/clock.h"

#include <stdio.h>

enum { DAY = 86400, YEAR = 365 * DAY };

void clock_look(struct clock_look *out, const struct store *s, int64_t now)
{
	size_t later = 0;
	*out = (struct clock_look){.state = CLOCK_GOOD};
	for (size_t i = 0; i < s->njournals; i++) {
		const struct journal *j = &s->journals[i];
		if (!j->head.seq)
			continue;
		later += j->time > now + DAY;
		if (!out->hub[0] || j->time > out->newest) {
			out->newest = j->time;
			snprintf(out->hub, sizeof out->hub, "%s", j->head.hub);
		}
	}
	if (later > 1)
		out->state = CLOCK_BEHIND;
	else if (later)
		out->state = CLOCK_DOUBTFUL;
	else if (out->hub[0] && out->newest + YEAR < now)
		out->state = CLOCK_AHEAD;
}
