/* SPDX-License-Identifier: Apache-2.0 */
/* What stick_write.c and stick_read.c share: the form of the file (docs/protocol.md §16). */
#ifndef BELFRY_STORE_STICK_IMPL_H
#define BELFRY_STORE_STICK_IMPL_H

/* Its first bytes; the network's follow. */
#define STICK_MAGIC "belfry-segments 1\n"

enum block_kind {
	BLOCK_HEADS = 1,
	BLOCK_CHARTER,
	BLOCK_ENTRIES,
	BLOCK_TO_HUB,
	BLOCK_TO_MEMBER,
	BLOCK_FILE,
	BLOCK_PIECE,
};

#endif
