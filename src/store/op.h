/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations on a store, as JSON requests: a command runs one in place, or sends it to the daemon
 * that holds the store's lock. The same code either way.
 */
#ifndef BELFRY_STORE_OP_H
#define BELFRY_STORE_OP_H

#include "store/store.h"

/*
 * Run `request` on a store, open for writing unless op_only_reads(). *reply is an object (the
 * caller's) on success. It has a "notice" where people must be told of the charter's age.
 * With "alone":true what signs goes on although no other hub was asked first (store/restore.h).
 *   {"op":"publish","records":[{"record","signature","review"}…]}
 *                                       → {"hub","seq","commit","audience"}
 *   {"op":"append","files":[{"path","content"|null}…],"audience"?}       → the same
 *   {"op":"erase","order"}              → the same: erased_publish()
 *   {"op":"list",…}                     → store/listing.h
 *   {"op":"charter","bundle":base64}    → {"version"}
 *   {"op":"submit","record","signature"}            → {"id"}
 *   {"op":"accept","id","review"}                   → {"id","hub","seq"}
 *   {"op":"return","id","remark","reviewer"}        → {"id"}
 *   {"op":"config","key","value"|null}              → {}
 *   {"op":"attach","file","name"}       → {"name","media","size","sha256","chunks"}
 *   {"op":"attach-want","name"}         → {"files"}
 *   {"op":"attach-remove","name"}       → {"files","bytes"}
 *   {"op":"attach-spend","bytes"}       → {}: so many came by another way than a link
 *   {"op":"attachments"}                → store/attachments.h, attach_report()
 *   {"op":"subscribe","all","regions","types","languages"}  → store/follow.h, follow_op()
 *   {"op":"import","file","door"}       → {"charters","entries","letters","files","maker","cut",
 *                                          "fault"?}: a fault is no error here where something
 *                                          came before it, since that is kept (store/doors.h)
 * Errors: as the functions behind them; ERR_SYNTAX for a request that is none of these.
 */
int op_run(struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err);
bool op_only_reads(const json_t *request);

#endif
