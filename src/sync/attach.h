/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attachments on a link: a side asks for a stretch of a file, or of the list of its pieces, or
 * which pieces are there of a file that the peer is still fetching itself (GET), and gets it in
 * order, a little at a time (PIECE), or hears that it is not there, and later perhaps that it has
 * come (HAVE). Nothing comes unasked, and at most GETS_MAX stretches of GET_BYTES_MAX are open each
 * way, so that neither side can be flooded. What came is for the driver to judge, by its hash.
 * docs/protocol.md §21.
 *
 * The driver asks when all else is in sync and answers when session_asked() says so; both keep the
 * order of GETs. Functions for a session that is not open do nothing.
 */
#ifndef BELFRY_SYNC_ATTACH_H
#define BELFRY_SYNC_ATTACH_H

#include "base/err.h"
#include "base/hash.h"
#include "base/limits.h"

enum {
	PIECE_BYTES = 2048, /* an entry waits behind no more than some of these; one frame */
	GETS_MAX = 4,
	GET_BYTES_MAX = ATTACHMENT_CHUNK_BYTES,
	/* With as much waiting to be sent, no piece is put: entries go first. */
	PIECE_QUEUE_BYTES = 8 * 1024,
};

/* Which pieces are there: a bit a piece, the first of each eight the lowest. */
#define MAP_BYTES(pieces) (((pieces) + 7) / 8)

enum get_what { GET_FILE, GET_LIST, GET_MAP };

/* A stretch within one piece of the file, or of the list; or the whole map. */
struct get {
	struct sha256 chunks; /* names the file, with its size: the hash of its list */
	uint64_t size; /* of the file */
	enum get_what what;
	uint64_t offset;
	size_t length; /* 1 to GET_BYTES_MAX */
};

void get_write(struct buf *out, const struct get *g);
/* Errors: ERR_PEER. */
int get_read(struct get *g, struct str body, struct err *err);

struct get_queue {
	struct get items[GETS_MAX]; /* oldest first; of the first what is left */
	size_t n;
};

struct session;

/* May another GET be sent now? */
bool session_can_get(const struct session *s);
/* Each is answered by SESSION_PIECE events in turn: `bytes` are what follows; none: the peer does
 * not have it. SESSION_HAVE, with the 32 bytes of `chunks`, tells that it has it now. */
void session_get(struct session *s, const struct get *g);

/* What is left of the peer's oldest GET, if something may be put now. */
bool session_asked(const struct session *s, struct get *out);
/* The next bytes of it: 1 to PIECE_BYTES and to its length. */
void session_put_piece(struct session *s, struct str bytes);
/* It is not here, or no longer. */
void session_put_lack(struct session *s);
/* What was not here is now. */
void session_put_have(struct session *s, const struct sha256 *chunks);

#endif
