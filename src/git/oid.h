/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A git object id. An address only: what is signed is also bound by SHA-256 (docs/format.md).
 */
#ifndef BELFRY_GIT_OID_H
#define BELFRY_GIT_OID_H

#include "base/str.h"

#include <stdint.h>
#include <string.h>

enum { OID_BYTES = 20 };

struct oid {
	uint8_t bytes[OID_BYTES];
};

static inline bool oid_eq(const struct oid *a, const struct oid *b)
{
	return memcmp(a->bytes, b->bytes, OID_BYTES) == 0;
}
bool oid_is_zero(const struct oid *id);
struct oid_hex {
	char text[2 * OID_BYTES + 1];
};
struct oid_hex oid_hex(const struct oid *id);
bool oid_from_hex(struct oid *out, struct str hex); /* 40 lower-case digits, else false */

#endif
