/* SPDX-License-Identifier: Apache-2.0 */
/* A context in which entries are read, with two people, and a reading that leaves nothing behind.
 */
#ifndef BELFRY_TESTS_ENTRY_WIRE_H
#define BELFRY_TESTS_ENTRY_WIRE_H

#include "../store/fixture.h"

static const char n64[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static struct public_key ring[2]; /* ann and rev */
static struct entry_context context = {.network = n64, .keys = ring, .nkeys = 2};

UNUSED static int setup(void **state)
{
	(void)state;
	ring[0] = *signer_key(key_of(EAST + ANN));
	ring[1] = *signer_key(key_of(EAST + REV));
	return 0;
}

UNUSED static int decode(struct str bytes)
{
	struct entry e;
	struct err err = {0};
	int bad = entry_decode(&e, "east", bytes, &context, &err);
	if (bad && (!err.msg[0] || e.arena.blocks || e.changes))
		fail_msg("a failure leaves something behind, or says nothing");
	if (!bad)
		entry_release(&e);
	return bad;
}

#endif
