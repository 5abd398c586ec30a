/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An order to erase: which texts of one record every store has to drop, why, and signatures of
 * those who may say so: the stewards of the hub in whose journal the texts stand, or the central
 * team. It proves itself, beside the charter version that it names, so it can be passed on with
 * the entry whose text is gone (docs/format.md "Erasure").
 */
#ifndef BELFRY_TRUST_ERASURE_H
#define BELFRY_TRUST_ERASURE_H

#include "trust/charter.h"

enum { ERASURE_BYTES_MAX = 64 * 1024, ERASURE_REASON_BYTES_MAX = 1000 };

/* A text: its language, git's id of it (an address) and its SHA-256. */
struct erased_text {
	char lang[3];
	uint8_t blob[20];
	struct sha256 hash;
};

struct erasure {
	struct buf source; /* the whole file */
	struct str text; /* what is signed, into source; the armors follow it */
	const char *hub, *record, *reason; /* record: place/type/id */
	uint32_t charter;
	struct erased_text *texts; /* at least one; by language, then id */
	size_t ntexts;
	struct sha256 *attachments; /* rising */
	size_t nattachments;
	struct arena arena;
};

/* Append what is to be signed; texts and attachments in any order, which is changed. */
void erasure_write(struct buf *out, struct erasure *e, const char *network);

/* Read a file of the one form. Owns: the caller; erasure_free(). Errors: ERR_SYNTAX, ERR_LIMIT,
 * ERR_NETWORK. */
int erasure_parse(struct erasure **out, struct str bytes, const char *network, struct err *err);
void erasure_free(struct erasure *e);

/* Have enough of those signed it who may? `c` is the charter version that it names. Errors:
 * ERR_SIGNATURE (none of theirs, below the threshold, or one that does not verify), ERR_POLICY (a
 * denied key). */
int erasure_check(
    const struct erasure *e, const struct charter *c, const char *network, struct err *err);

#endif
