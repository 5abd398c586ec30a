/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said in one room (docs/protocol.md §18), and what is remembered of it: datagrams and a
 * small table, pure. Anyone in the room can say anything; the link alone decides whom we talk to,
 * so the table only has to stay small and to leave a place for those who mean it.
 */
#ifndef BELFRY_NET_LAN_WORD_H
#define BELFRY_NET_LAN_WORD_H

#include "base/err.h"
#include "base/hash.h"
#include "net/address.h"

enum {
	LAN_TAG_BYTES = 16,
	LAN_ID_BYTES = 8,
	LAN_WORD_BYTES = 4 + 1 + LAN_TAG_BYTES + LAN_ID_BYTES + 2,
	LAN_PEERS_MAX = 8,
	LAN_PEERS_A_HOST = 2,
	LAN_EVERY_MS = 30 * 1000, /* between announcements, give or take a sixth */
	LAN_FORGET_MS = 120 * 1000, /* of silence */
	LAN_PATIENCE_MS = 50 * 1000, /* for the other side to dial, whose turn it is */
	LAN_HOPELESS = 3, /* failures in a row, then it gives way to another */
};

enum lan_kind {
	LAN_HERE = 1,
	LAN_ASK = 2 /* the same, and who else? */
};

struct lan_word {
	enum lan_kind kind;
	uint8_t tag[LAN_TAG_BYTES], id[LAN_ID_BYTES];
	uint16_t port; /* TCP; 0: dials, and cannot be dialled */
};

/* The first bytes of SHA-256("belfry-lan" and N): who knows N knows it again, who does not learns
 * nothing of N. */
void lan_tag(uint8_t out[static LAN_TAG_BYTES], const struct sha256 *network);
void lan_write(struct buf *out, const struct lan_word *w);
/* Errors: ERR_SYNTAX for any other bytes. */
int lan_read(struct lan_word *out, struct str bytes, struct err *err);

struct lan_peer {
	uint8_t id[LAN_ID_BYTES];
	struct address address;
	int64_t first_ms, heard_ms;
	bool is_dialled;
	unsigned failures; /* in a row, as the driver last said */
};

struct lan_peers {
	uint8_t id[LAN_ID_BYTES]; /* ours */
	uint16_t port; /* ours */
	struct lan_peer peers[LAN_PEERS_MAX];
	size_t n;
};

enum lan_verdict {
	LAN_IGNORED, /* ours, another's place, or there is none left */
	LAN_KNOWN,
	LAN_NEW, /* it has a place now */
};

/*
 * Somebody of our network said `w` from `host`. Who cannot be dialled needs no place. A new one
 * takes a free place, or that of one with LAN_HOPELESS failures, which goes to *gone (its id; else
 * all zero). An id stays with the address it was heard from first, until that is silent or
 * hopeless.
 */
enum lan_verdict lan_hear(struct lan_peers *p, const struct lan_word *w, const char *host,
    int64_t now_ms, struct lan_peer **peer, uint8_t gone[static LAN_ID_BYTES]);
/* Take out one that was silent too long, to *out; false when there is none. */
bool lan_forget(struct lan_peers *p, int64_t now_ms, struct lan_peer *out);
/* Is it ours to dial? Of two that hear each other the one with the smaller id dials, or who alone
 * can; the other only after LAN_PATIENCE_MS without a link from there. */
bool lan_is_our_turn(
    const struct lan_peers *p, const struct lan_peer *peer, bool is_linked, int64_t now_ms);
struct lan_peer *lan_find(struct lan_peers *p, const uint8_t id[static LAN_ID_BYTES]);

#endif
