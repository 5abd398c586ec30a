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
 *   {"op":"publish","records":[{"record","signature","review"}…]} → {"hub","seq","commit"}
 * With "alone":true what signs goes on although no other hub was asked first (store/restore.h).
 *   {"op":"list","type","region","place","theme","lang","search","held","max"}
 *                                                            → {"items":[…]}: store/listing.c; all
 * optional; ERR_LIMIT for more than `max`
 *   {"op":"append","files":[{"path","content"|null}…]}       → {"hub","seq","commit"}
 *   {"op":"erase","order"}                                   → the same: erased_publish()
 *   {"op":"charter","bundle":base64}                         → {"version"}
 *   {"op":"submit","record","signature"}                     → {"id"}
 *   {"op":"accept","id","review"} {"op":"return","id","remark","reviewer"} → {"id"}
 *   {"op":"config","key","value"|null}                       → {}
 *   {"op":"attach","file","name"}           → {"name","media","size","sha256","chunks"}
 *   {"op":"attach-want","name"}             → {"files"}
 *   {"op":"attach-remove","name"}           → {"files","bytes"}
 *   {"op":"attach-spend","bytes"}           → {}: so many came by another way than a link
 *   {"op":"attachments"}                    → store/attachments.h, attach_report()
 *   {"op":"subscribe","all","regions","types","languages"} → store/follow.h, follow_op()
 *   {"op":"import","file"}       → {"charters","entries","letters","files","maker","cut","fault"?}:
 * a fault is no error here, since what came before it is kept Errors: as the functions behind them;
 * ERR_SYNTAX for a request that is none of these.
 */
int op_run(struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err);
bool op_only_reads(const json_t *request);

#endif
