/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What status shows, as JSON: of a store, with or without a daemon; of a running daemon's peers.
 * Times are UTC as "2026-11-21T09:30:00Z", null where there is none.
 */
#ifndef BELFRY_NET_REPORT_H
#define BELFRY_NET_REPORT_H

#include "base/json.h"
#include "net/station.h"

/*
 * {"network","hub","home","is_writable","charter":{"version","time","age_days"}|null,
 *  "stewards":{"wanted","here","is_journal"}|null (of our own hub: store/stewards.h),
 *  "disk":{"free","reserve","is_short","why"} ("why" says so in a sentence),
 *  "hubs":[{"hub","region","state","entries","newest","is_followed","disputed",
 *    "known" (the largest number that anybody vouches for),
 *    "vouched":[{"seq","by"|null,"entry"|"charter","time","is_other"}…] (store/vouched.h),
 *    "behind","bytes_to_go","told_by"}…],
 *  "attachments": attach_report_counts() or null,
 *  "doors":[{"door","refused":{kind:count…},"last_reason"}…]: what came by no link,
 *  "pulls":[{"address","tried","worked","last_reason","rate"}…]: net/pull_hosts.h,
 *  "inbox":{state:count…} at a hub, "outbox":{state:count…} at an edge}
 * The last three of a hub are null here; report_add_links() knows them.
 * Owns: the caller.
 */
int report_store(json_t **out, struct store *s, struct err *err);

/*
 * Add to a report whose "store" is the above what a daemon knows:
 * "peers": [{"name","address","hub","is_configured","state","is_in_sync","behind","peer_behind",
 *   "is_held" (it has no room),"bytes_to_go","bytes_to_send","rate_in","rate_out","seconds_to_go",
 *   "bytes_in","bytes_out","entries_in","entries_out","month":{"month","bytes_in","bytes_out"},
 *   "refused":{kind:count…},"last_exchange","last_end","last_reason","is_fault",
 *   "last_behind","last_peer_behind"}…] by name; state is "connected", "connecting", "waiting" or
 *   "gone". What a link tells is null where none is up; the last two are as of the last link's end.
 *   Bytes to go are estimated (session_counts()) and null until there is something to go by; bytes
 *   are those of the link, without what TCP and IP add.
 * "heard": [{"address","state","last_reason","failures"}…] of those that were heard in this room
 * and are dialled for it; once they are connected they stand among the peers too. "month": of all
 * peers, strangers that are forgotten too. "progress": {"behind","bytes_to_go",
 *   "rate_in","seconds_to_go","entries_in","bytes_in"} of all journals, see net/gauge.h.
 */
void report_add_links(json_t *report, const struct station *n);
/* The same from what the last daemon has left and the settings say; state is "idle", "progress"
 * null. */
void report_add_idle(json_t *report, struct store *s);

/* Keep, and read back, what is remembered of peers: <store>/peers/counts.json. Counts are those of
 * peers_save(). */
int report_save_counts(const json_t *counts, const char *dir, struct err *err);
void report_load_peers(struct peers *p, const char *dir);

#endif
