/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bodies of the link's messages and the hello that rides in the handshake: bytes to values and
 * back, judged for grammar and limits only. docs/protocol.md §3, §4.
 *
 * Errors: ERR_PEER for bytes a peer may not send, ERR_UNSUPPORTED for another protocol version.
 * What is read is borrowed from the body.
 */
#ifndef BELFRY_SYNC_MESSAGE_H
#define BELFRY_SYNC_MESSAGE_H

#include "base/err.h"
#include "base/limits.h"
#include "entry/head.h"
#include "sync/part.h"
#include "trust/key.h"

enum {
	PROTOCOL_VERSION = 1,
	INCARNATION_BYTES = 8,
	SHORT_ID_BYTES = 8, /* the first bytes of an id or hash */
	SEQ_MAX = 0x7fffffff, /* entries of a journal, versions of a charter */
	MESSAGE_HEADS_MAX = 2 * HUBS_MAX + 1, /* of each hub two journals, and the charter */
	BYE_BYTES_MAX = 200,
	NOTICE_BYTES_MAX = REMARK_BYTES_MAX + 4096, /* the remark, names, signatures */
};

enum message {
	MESSAGE_HEADS = 1,
	MESSAGE_CHARTER,
	MESSAGE_ENTRIES,
	MESSAGE_REFUSE,
	MESSAGE_PROVE,
	MESSAGE_SUBMIT,
	MESSAGE_NOTICE,
	MESSAGE_PING,
	MESSAGE_BYE,
	MESSAGE_HOLD,
	MESSAGE_WANT,
	MESSAGE_PART,
	MESSAGE_REST,
	MESSAGE_GET, /* these three: sync/attach.h */
	MESSAGE_PIECE,
	MESSAGE_HAVE,
	MESSAGE_SCOPE, /* entry/scope.h */
	MESSAGE_RECALL, /* session_offer_recall() */
	MESSAGE_MEMBERS, /* session_open_members() */
	MESSAGE_EVIDENCE, /* store/evidence.h */
	MESSAGES,
	MESSAGE_IF_KNOWN = 0x80, /* in a type: who does not know it passes the message over */
};

/* "HEADS"; NULL for a type that does not exist. */
const char *message_name(unsigned type);

struct hello {
	uint8_t incarnation[INCARNATION_BYTES];
	uint32_t charter;
	uint8_t charter_id[SHORT_ID_BYTES];
	struct sha256 digest;
	char hub[HUB_NAME_BYTES]; /* "" for an edge */
};

void hello_write(struct buf *out, const struct hello *h);
int hello_read(struct hello *h, struct str payload, struct err *err);

/* How far something is held: a journal or, with the empty name, the charter. */
struct short_head {
	char hub[HUB_NAME_BYTES];
	uint64_t seq;
	uint8_t id[SHORT_ID_BYTES];
};

/* HEADS: a count, then heads in strictly rising order of name. */
void heads_write(struct buf *out, const struct short_head *h, size_t n);
/* `heads` has room for MESSAGE_HEADS_MAX. */
int heads_read(struct short_head *heads, size_t *n, struct str body, struct err *err);

/* MEMBERS: is what is for members open to the peer, and if so heads of these journals alone. */
void members_write(struct buf *out, bool is_open, const struct short_head *h, size_t n);
int members_read(
    bool *is_open, struct short_head *heads, size_t *n, struct str body, struct err *err);

/* CHARTER: version, then a segment with one text, the version's bundle. */
int charter_body_read(uint64_t *version, struct str *segment, struct str body, struct err *err);
void charter_body_write(struct buf *out, uint64_t version, struct str segment);

/* ENTRIES: hub, number of the first, then a segment (entry/segment.h). */
void entries_write(struct buf *out, const char *hub, uint64_t from, struct str segment);
int entries_read(char hub[static HUB_NAME_BYTES], uint64_t *from, struct str *segment,
    struct str body, struct err *err);

void refuse_write(struct buf *out, const char *hub, uint64_t seq);
int refuse_read(char hub[static HUB_NAME_BYTES], uint64_t *seq, struct str body, struct err *err);

/* WANT: what is wanted, then the journals' names, none twice; without any all are meant. */
enum want {
	WANT_NEWS, /* to be told how far it is held, and no more */
	WANT_ENTRIES,
	WANT_NOTHING, /* it is not followed */
	WANTS
};
void want_write(struct buf *out, enum want want, const struct str *names, size_t n);
int want_begin(enum want *want, struct str *body, struct err *err);
/* The next name, which is never empty. */
int want_next(char hub[static HUB_NAME_BYTES], struct str *body, struct err *err);

/* PART: the first so many bytes of this entry are here, with this hash. "" is the charter. */
struct part_claim {
	char hub[HUB_NAME_BYTES];
	uint64_t seq, len;
	uint8_t hash[PART_HASH_BYTES];
};
void part_write(struct buf *out, const struct part_claim *p);
int part_read(struct part_claim *p, struct str body, struct err *err);

/* RECALL: the text of the last `count` entries up to `last`, at most RECALL_BYTES_MAX, has this
 * hash here. */
enum { RECALL_BYTES_MAX = 2 * 1024 * 1024, RECALL_ENTRIES_MAX = 65536 };
struct recall_claim {
	char hub[HUB_NAME_BYTES];
	uint64_t last, count; /* 1 to `last` */
	uint8_t hash[PART_HASH_BYTES]; /* the first bytes of its SHA-256 */
};
void recall_write(struct buf *out, const struct recall_claim *r);
int recall_read(struct recall_claim *r, struct str body, struct err *err);
bool recall_fits(const struct recall_claim *r, struct str text);

/* REST: a segment of one text, what follows the first `at` bytes of that entry. */
void rest_write(struct buf *out, const char *hub, uint64_t seq, uint64_t at, struct str segment);
int rest_read(char hub[static HUB_NAME_BYTES], uint64_t *seq, uint64_t *at, struct str *segment,
    struct str body, struct err *err);

/* PROVE: a member's key and a signature by it; behind a token's, its application. */
void prove_write(struct buf *out, const struct public_key *key, const uint8_t *signature);
int prove_read(struct public_key *key, uint8_t signature[static SIGNATURE_TOKEN_BYTES],
    struct str body, struct err *err);

/* HOLD: is nothing new to be sent from now on? */
void hold_write(struct buf *out, bool is_held);
int hold_read(bool *is_held, struct str body, struct err *err);

/* EVIDENCE: two commits of a journal, each at most ENTRY_COMMIT_BYTES_MAX; `second` may be empty:
 * the receiver's own. */
void evidence_write(struct buf *out, const char *hub, struct str first, struct str second);
int evidence_read(char hub[static HUB_NAME_BYTES], struct str *first, struct str *second,
    struct str body, struct err *err);

/* SUBMIT, NOTICE: 1 to `most` bytes, as they are. */
int opaque_read(struct str body, size_t most, struct err *err);

/* Append at most BYE_BYTES_MAX of `text`, with '?' for what is not printable ASCII. */
void bye_write(struct buf *out, struct str text);

#endif
