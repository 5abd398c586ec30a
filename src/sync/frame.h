/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three nested byte forms of the link, without a peer's state: frames in the TCP stream (u16
 * length, then that many bytes), and messages in the decrypted stream (varint length, u8 type,
 * body). A message may lie in several frames. docs/protocol.md §2, §4.
 */
#ifndef BELFRY_SYNC_FRAME_H
#define BELFRY_SYNC_FRAME_H

#include "base/limits.h"
#include "sync/noise.h"

enum {
	/* Text in one frame we write: a link that dies wastes at most this much. Whole messages end
	 * with their frame once that has FRAME_FULL_BYTES, and one that is too long for a frame is
	 * cut into pieces, for 18 bytes each. */
	FRAME_TEXT_BYTES = 4096,
	FRAME_FULL_BYTES = 1024,
	FRAME_PIECE_BYTES = 2048,
};

enum { TAKE_WAIT = 0, TAKE_DONE = 1 }; /* below zero: an error code */

/*
 * Take one frame, or one message, off the front of `*from`; the result is borrowed from it.
 * TAKE_WAIT leaves `*from` as it is: the rest has not arrived. Lengths are judged before the bytes
 * they announce are waited for. Errors: ERR_PEER.
 */
int frame_take(struct str *box, struct str *from, size_t least, size_t most, struct err *err);
int message_take(uint8_t *type, struct str *body, struct str *from, struct err *err);

/* What waits to be sent. Messages are gathered as text and sealed only when the bytes are asked
 * for, so that several small ones share a frame. */
struct outbox {
	struct buf text, wire;
	size_t taken; /* of wire */
};

void outbox_release(struct outbox *o);
void outbox_frame(struct outbox *o, struct str box);
void outbox_message(struct outbox *o, uint8_t type, struct str body);
/* Seal all text, unless a frame's worth of sealed bytes still waits: then it can go on growing. */
void outbox_seal(struct outbox *o, struct noise *noise);
struct str outbox_wire(const struct outbox *o);
void outbox_taken(struct outbox *o, size_t n);
/* Bytes that wait, sealed or not. */
size_t outbox_size(const struct outbox *o);

#endif
