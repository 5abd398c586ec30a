/* SPDX-License-Identifier: Apache-2.0 */
#include "net/gauge.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>

static bool is_heard(const struct link *l)
{
	return l->state == LINK_TALKING && l->is_up && (l->dial || l->hub[0]);
}

/* --- per journal --- */

static bool is_further(const struct session_journal *j, uint64_t behind, bool is_first)
{
	return !j->is_disputed && (is_first || j->behind > behind);
}

bool gauge_hub(struct gauge_hub *out, const struct station *n, const char *hub)
{
	struct session_journal j;
	*out = (struct gauge_hub){.told_by = NULL};
	for (const struct link *l = n->links; l; l = l->next)
		for (size_t i = 0; is_heard(l) && session_journal(l->session, i, &j); i++)
			if (strcmp(j.hub, hub) == 0 && is_further(&j, out->behind, !out->told_by))
				*out = (struct gauge_hub){
				    j.behind, j.to_come, j.is_to_come_known, l->peer->name};
	return out->told_by != NULL;
}

/* --- all --- */

struct most {
	const char *hub;
	uint64_t behind, bytes;
	bool is_known;
};

static struct most *most_of(struct most **list, size_t *n, size_t *cap, const char *hub)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp((*list)[i].hub, hub) == 0)
			return &(*list)[i];
	struct most *m = MEM_PUSH(*list, *n, *cap);
	*m = (struct most){.hub = hub};
	return m;
}

void gauge_take(struct gauge *out, const struct station *n)
{
	struct most *list = NULL;
	size_t len = 0, cap = 0;
	struct session_journal j;
	*out = (struct gauge){.is_known = true,
	    .entries_in = n->peers.others.entries_in,
	    .bytes_in = n->peers.others.bytes_in};
	for (const struct link *l = n->links; l; l = l->next) {
		struct session_counts c;
		if (!is_heard(l))
			continue;
		session_counts(l->session, &c);
		out->links++;
		out->rate += meter_rate(&l->meter_in, c.bytes_in, station_now_ms(n));
		for (size_t i = 0; session_journal(l->session, i, &j); i++) {
			if (!j.behind || j.is_disputed)
				continue;
			struct most *m = most_of(&list, &len, &cap, j.hub);
			if (j.behind > m->behind)
				*m = (struct most){j.hub, j.behind, j.to_come, j.is_to_come_known};
		}
	}
	for (size_t i = 0; i < len; i++) {
		out->behind += list[i].behind;
		out->bytes_to_go += list[i].bytes;
		out->is_known = out->is_known && list[i].is_known;
	}
	for (const struct peer *p = n->peers.first; p; p = p->next) {
		out->entries_in += p->entries_in;
		out->bytes_in += p->bytes_in;
	}
	free(list);
}

int64_t gauge_seconds(const struct gauge *g)
{
	if (!g->behind)
		return 0;
	if (!g->is_known || !g->rate)
		return -1;
	return (int64_t)(g->bytes_to_go / g->rate) + 1;
}

/* --- for people --- */

void gauge_write_bytes(struct buf *out, uint64_t bytes)
{
	static const char *const unit[] = {"B", "kB", "MB", "GB", "TB"};
	double v = (double)bytes;
	size_t u = 0;
	while (v >= 1000 && u < 4) {
		v /= 1000;
		u++;
	}
	buf_printf(out, u ? "%.1f %s" : "%.0f %s", v, unit[u]);
}

void gauge_write_span(struct buf *out, int64_t seconds)
{
	if (seconds < 90)
		buf_printf(out, "%" PRId64 " s", seconds);
	else if (seconds < 90 * 60)
		buf_printf(out, "%" PRId64 " min", (seconds + 59) / 60);
	else if (seconds < 48 * 3600)
		buf_printf(out, "%" PRId64 " h", (seconds + 3599) / 3600);
	else
		buf_printf(out, "%" PRId64 " days", (seconds + 86399) / 86400);
}

void gauge_write(struct buf *out, const struct gauge *g, const struct gauge *begin)
{
	uint64_t here = g->entries_in - begin->entries_in;
	int64_t seconds = gauge_seconds(g);
	buf_printf(out, "%" PRIu64 " of %" PRIu64 " entries, ", here, here + g->behind);
	gauge_write_bytes(out, g->bytes_in - begin->bytes_in);
	buf_puts(out, ", ");
	gauge_write_bytes(out, g->rate);
	buf_puts(out, "/s");
	if (!g->behind)
		return;
	if (seconds < 0) {
		buf_puts(out, ", time left not known yet");
		return;
	}
	buf_puts(out, ", about ");
	gauge_write_span(out, seconds);
	buf_puts(out, " left");
}
