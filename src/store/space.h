/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room on the disk. Before it is full, a store stops to take in what is new (entries, submissions,
 * imports, publications), so that what it has can still be read, served, rendered and put in order.
 * Charters and decisions are taken all the same: they are few, and a revocation must not wait.
 * Should the room end in the middle of a write in spite of that, the write is undone (ERR_FULL) and
 * the store goes on; any other failed write, and a failed fsync, make it read-only until it is
 * opened again.
 *
 * The setting belfry.reserve says how much is kept free on the store's file system: bytes, or with
 * k, m or g 1024-fold as in git's settings; RESERVE_BYTES unless set.
 */
#ifndef BELFRY_STORE_SPACE_H
#define BELFRY_STORE_SPACE_H

#include "store/store.h"

#define RESERVE_BYTES (UINT64_C(64) << 20)

struct space {
	uint64_t free; /* for this user, on the store's file system */
	uint64_t reserve;
	bool is_short; /* less is free than the reserve */
};

/* Look now. Errors: ERR_IO. */
int store_space(struct store *s, struct space *out, struct err *err);
/* May anything new be kept? Errors: ERR_FULL, with where, how much and what would help; a file
 * system that does not say is taken to have room. */
int store_has_room(struct store *s, struct err *err);
/* The same of a space already looked at. */
int space_check(const struct space *p, const char *dir, struct err *err);
/* Read what belfry.reserve may hold. Errors: ERR_SYNTAX. */
int space_parse_reserve(uint64_t *out, struct str text, struct err *err);

#endif
