/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How large a segment should be, from what links with this peer carried before they died. Half a
 * segment is lost with each life, and each segment costs some 40 bytes; the sum is least when a
 * segment is as large as the root of 80 times a life. Text shrinks to about 2/5, so of it: 20 times
 * the root of the life's bytes.
 */
#ifndef BELFRY_SYNC_UNIT_H
#define BELFRY_SYNC_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	UNIT_BYTES_MIN = 2 * 1024,
	UNIT_BYTES_UNKNOWN = 4 * 1024, /* before anything was seen */
	UNIT_BYTES_MAX = 16 * 1024,
};

/* `life`: bytes that a link is thought to carry before it dies; 0: not known. */
size_t unit_bytes(uint64_t life);
/* What is thought once another link has carried so many, and died if `is_cut`: one that ended in
 * order only shows that it can be more. */
uint64_t unit_learn(uint64_t life, uint64_t carried, bool is_cut);

#endif
