/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A git object id. An address only: what is signed is also bound by SHA-256 (docs/format.md).
 */
#ifndef BELFRY_GIT_OID_H
#define BELFRY_GIT_OID_H

#include <stdint.h>

enum { OID_BYTES = 20 };

struct oid {
	uint8_t bytes[OID_BYTES];
};

#endif
