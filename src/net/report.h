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
 * {"network","hub","home","is_writable","charter":{"version","time"}|null,
 *  "hubs":[{"hub","region","entries","newest"}…],
 *  "inbox":{state:count…} at a hub, "outbox":{state:count…} at an edge}
 * Owns: the caller.
 */
int report_store(json_t **out, struct store *s, struct err *err);

/*
 * [{"name","address","hub","is_configured","state","is_in_sync","behind","peer_behind",
 *   "bytes_in","bytes_out","entries_in","entries_out","last_exchange","last_end","last_reason",
 *   "is_fault"}…] by name; state is "connected", "connecting", "waiting" or "gone"; behind and
 * peer_behind are null where no link is up.
 */
json_t *report_peers(const struct station *n);
/* The same from what the last daemon has left and the settings say; state is "idle". */
json_t *report_idle_peers(struct store *s);

/* Keep, and read back, what is remembered of peers: <store>/peers/counts.json. Counts are those of
 * peers_save(). */
int report_save_counts(const json_t *counts, const char *dir, struct err *err);
void report_load_peers(struct peers *p, const char *dir);

#endif
