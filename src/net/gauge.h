/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far this store is behind what its peers tell, what that costs and how long it takes: for
 * status and for the line that long work shows. Entries are what dialled peers and hubs have told
 * of their heads; bytes are estimated, see session_counts(). What strangers tell does not count:
 * they may tell anything.
 */
#ifndef BELFRY_NET_GAUGE_H
#define BELFRY_NET_GAUGE_H

#include "net/link.h"

struct gauge {
	uint64_t behind; /* entries, of each journal as many as the furthest peer tells */
	uint64_t bytes_to_go;
	bool is_known; /* bytes_to_go is */
	uint64_t rate; /* bytes a second that come in, of all links */
	uint64_t entries_in, bytes_in; /* since peers are counted */
	unsigned links; /* that tell */
};

/* Of all links that are up. */
void gauge_take(struct gauge *out, const struct station *n);
/* Seconds at the present rate; -1 when that cannot be told. */
int64_t gauge_seconds(const struct gauge *g);

struct gauge_hub {
	uint64_t behind, bytes_to_go;
	bool is_known;
	const char *told_by; /* the peer's name; borrowed from the station */
};
/* Of one journal; false when nobody who is connected tells of it. */
bool gauge_hub(struct gauge_hub *out, const struct station *n, const char *hub);

/* For people. Append "1.2 MB", "3 min"; a line such as
 * "120 of 3000 entries, 1.2 MB, 8.1 kB/s, about 3 min left", counted from `begin` on. */
void gauge_write_bytes(struct buf *out, uint64_t bytes);
void gauge_write_span(struct buf *out, int64_t seconds);
void gauge_write(struct buf *out, const struct gauge *g, const struct gauge *begin);

#endif
