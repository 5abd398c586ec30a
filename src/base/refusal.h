/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why something that came from outside was refused, by whatever way it came, in a few words that
 * hold: counters and status use them. The sentence beside it says the rest.
 */
#ifndef BELFRY_BASE_REFUSAL_H
#define BELFRY_BASE_REFUSAL_H

#include "base/err.h"

#include <stdbool.h>

enum refusal {
	REFUSED_NOTHING,
	REFUSED_FRAME, /* a length that no frame has */
	REFUSED_HANDSHAKE, /* another network or protocol, altered bytes, a hello that is none */
	REFUSED_LATE, /* a handshake that was not done in time */
	REFUSED_KEY, /* another link key than the charter gives */
	REFUSED_SEAL, /* a frame that does not open: altered, cut, or sent twice; a file that has
			 another hash */
	REFUSED_TYPE, /* a message of no known type */
	REFUSED_UNEXPECTED, /* a message that has no place there */
	REFUSED_MESSAGE, /* a message whose bytes do not follow its form */
	REFUSED_LIMIT, /* more or larger than base/limits.h allows */
	REFUSED_SEGMENT, /* compressed bytes that are no segment */
	REFUSED_ORDER, /* a number that was there before, is not the next, or goes back */
	REFUSED_SIGNATURE, /* a signature that does not verify */
	REFUSED_ENTRY, /* an entry that is none, or of a hub that no charter names */
	REFUSED_CHARTER, /* a charter's version that is not to be adopted */
	REFUSED_FORK, /* a second branch of a journal */
	REFUSED_SUBMISSION, /* what a member handed in, or a hub's notice to them */
	REFUSED_ATTACHMENT, /* bytes that are not what a record names */
	REFUSED_NETWORK, /* a file or host of another network; a link calls it a handshake */
	REFUSALS
};

/* "frame", "handshake", …; for JSON and people. */
const char *refusal_name(enum refusal r);
/* What an error of store_admit() says of the entries. */
enum refusal refusal_of_entry(int code);
/* Is this error the fault of what came? Else a disk, a lock or a line was in the way. */
bool is_refusal(int code);

#endif
