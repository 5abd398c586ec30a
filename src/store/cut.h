/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journals that the newest charter has cut at an entry (trust/charter.h, base): because a journal
 * key was stolen, or changed, or a hub is closed. What an older charter let follow that entry is
 * void, whatever its date and whenever it comes. Which entries count is a function of the charter
 * and the entries alone, so all stores agree, in any order of arrival.
 */
#ifndef BELFRY_STORE_CUT_H
#define BELFRY_STORE_CUT_H

#include "store/pins.h"

#define CUT_PREFIX "refs/belfry/cut/"

/* May an entry be number `seq` of this journal, naming that charter? Judged by every base in the
 * charters here; of the version it names itself a hub that is closed takes none. Errors:
 * ERR_POLICY. */
int cut_check_entry(
    struct store *s, const char *hub, uint64_t seq, uint32_t charter, struct err *err);
/* The same of what it is: at the base it must be the very entry. Errors: ERR_POLICY. */
int cut_check_head(struct store *s, const char *hub, uint64_t seq, const struct oid *id,
    const struct sha256 *content, struct err *err);
/* May we write to our own journal? Errors: ERR_POLICY (closed), ERR_MISSING (entries up to the base
 * are still to come). */
int cut_check_own(struct store *s, const struct charter_hub *hub, struct err *err);

/* Is this journal, as far as it goes, void by the newest charter? Then another may take its place.
 */
int cut_is_void(bool *is_void, struct store *s, const struct journal *j, struct err *err);

/* Take back every journal that goes past its base against the newest charter: to the base, or,
 * where this store has another branch, to nothing, to be fetched again. In memory, for load and
 * refresh. With `keeps`, what is cut off stays under refs/belfry/cut/<hub>/, for those who include
 * it again. */
int cut_apply(struct store *s, bool keeps, struct err *err);
/* The same of a pin that a stopped adoption may have left. */
int cut_pin(struct store *s, struct head *pin, struct err *err);

/* Take back all of a journal that has its base still before it, because a person says that what is
 * here does not lead there: a base names one entry and none before it. It is then fetched again
 * from its first entry; what was here is kept as above. Errors: ERR_MISSING (no such journal),
 * ERR_POLICY (no base lies beyond it). */
int cut_restart(struct store *s, const char *hub, struct err *err);

#endif
