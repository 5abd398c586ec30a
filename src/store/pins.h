/* SPDX-License-Identifier: Apache-2.0 */
/*
 * <store>/pins (pins.members for members.git): what was durable last (network, charter, each
 * journal's head), so that a crash between two refs is healed and a step back is noticed. Lines, of
 * which the last about a journal counts: what moved is appended, since replacing a file costs a
 * disk many times that; once it is long it is written anew. A last line without its end was never
 * answered for, and is passed over.
 */
#ifndef BELFRY_STORE_PINS_H
#define BELFRY_STORE_PINS_H

#include "store/store.h"

enum { PIN_PLACE_BYTES = 64 };

struct pins {
	char network[65];
	uint32_t charter;
	struct oid charter_id;
	char place[PIN_PLACE_BYTES]; /* as of the file that it was written to */
	struct head *heads;
	size_t n, cap;
};

/* What the file says, and into `s` its incarnation; all empty where there is no file. Owns:
 * free(p->heads). */
int pins_read(struct pins *p, struct store *s, struct err *err);
/* Is the file another one than it was written to? Then it was copied, or restored from a backup,
 * and others may know more of this store than it does itself. */
bool pins_are_moved(const struct pins *p, const struct store *s);
/* Make durable what the store holds now. */
int pins_write(struct store *s, struct err *err);

/* Make a journal's ref point there; for our own refs/heads/main too, which a plain clone checks
 * out. */
int pins_lift_journal(struct store *s, const char *hub, const struct oid *id, struct err *err);

/* The same of one that a charter has cut to nothing. */
int pins_drop_journal(struct store *s, const char *hub, struct err *err);

#define HUBS_PREFIX "refs/belfry/hubs/"
#define CHARTER_REF "refs/belfry/charter"

#endif
