/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why something that a peer sent was refused, in a few words that hold: counters and status use
 * them. The sentence beside it says the rest.
 */
#ifndef BELFRY_SYNC_REFUSAL_H
#define BELFRY_SYNC_REFUSAL_H

enum refusal {
	REFUSED_NOTHING,
	REFUSED_FRAME, /* a length that no frame has */
	REFUSED_HANDSHAKE, /* another network or protocol, altered bytes, a hello that is none */
	REFUSED_LATE, /* a handshake that was not done in time */
	REFUSED_KEY, /* another link key than the charter gives */
	REFUSED_SEAL, /* a frame that does not open: altered, cut, or sent twice */
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
	REFUSALS
};

/* "frame", "handshake", …; for JSON and people. */
const char *refusal_name(enum refusal r);

#endif
