/* SPDX-License-Identifier: Apache-2.0 */
/* A file of five pieces that a record can name, the last of them a short one. */
#ifndef BELFRY_TESTS_NET_ONE_FILE_H
#define BELFRY_TESTS_NET_ONE_FILE_H

#include "base/hash.h"
#include "store/attachments.h"

enum {
	PIECE = ATTACHMENT_CHUNK_BYTES,
	PIECES = 5,
	SIZE = (PIECES - 1) * PIECE + 1234,
};

static char file[SIZE];
static struct sha256 list[PIECES];
static struct attachment named;

static void make_file(void)
{
	for (size_t i = 0; i < SIZE; i++)
		file[i] = (char)(i * 31 + i / PIECE);
	memcpy(file, "%PDF-1.7\n", 9);
	for (size_t i = 0; i < PIECES; i++)
		list[i] = sha256(str_of(file + i * PIECE, attachment_chunk_bytes(SIZE, i)));
	named = (struct attachment){.name = STR("plan.pdf"),
	    .media = STR("application/pdf"),
	    .size = SIZE,
	    .hash = sha256(str_of(file, SIZE)),
	    .chunks = sha256(str_of(list, sizeof list))};
}

#endif
