/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replication between two peers as a pure state machine: bytes in, bytes and events out. It knows
 * neither sockets, nor files, nor the clock (`now_ms` is handed in, monotonic), so the daemon, the
 * fuzzers and the simulator drive the same code.
 *
 * The driver's part:
 *   - session_feed() what arrives; session_output() is to be sent; session_tick() when due.
 *   - after each call, take events with session_event() until there is none.
 *   - while its queue to the socket is short, ask session_want() what the peer lacks, charters
 *     first, and answer with session_put_charter() or session_put_entries().
 *   - admit what SESSION_ENTRIES and SESSION_CHARTER bring; when it is durable call session_local()
 *     with the new heads: the session acknowledges by itself.
 *   - a journal that does not follow ours (a fork): session_refuse(); the others go on. What breaks
 *     the rules: session_close() with the reason.
 *   - whenever the store changes for any other reason (a local entry, another peer's), call
 *     session_local(): the peer is then sent what it lacks at once.
 *   - after session_put_…() and session_local() there may be output, after session_local() and
 *     session_refuse() events too.
 *
 * An entry or charter is opaque bytes here (entry/entry.h); its hub and sequence number frame it.
 * docs/protocol.md has the byte layouts and the rules.
 */
#ifndef BELFRY_SYNC_SESSION_H
#define BELFRY_SYNC_SESSION_H

#include "base/limits.h"
#include "entry/scope.h"
#include "entry/segment.h"
#include "sync/attach.h"
#include "sync/message.h"
#include "sync/noise.h"
#include "base/refusal.h"
#include "sync/unit.h"

/* Above it session_want() asks for nothing more. */
enum { SESSION_QUEUE_BYTES = 128 * 1024 };

struct session_config {
	bool initiator;
	struct sha256 network;
	uint8_t link_secret[LINK_KEY_BYTES];
	const uint8_t *expect_key; /* initiator: the responder's link key, checked before our name
				      goes out; NULL: any */
	const char *hub; /* our hub's name (a slug), "" for an edge */
	uint8_t incarnation[8]; /* random per store; changes when a store is restored */
	const struct scope *scope; /* an edge that lacks some records' text: what it wants to be
				      sent of them. It sends no entries. NULL: all of it */
};

enum session_event_kind {
	SESSION_NONE,
	SESSION_UP, /* handshake done: link_key, hub (as claimed, may be ""), charter, incarnation
		     */
	SESSION_CHARTER, /* bytes: one charter version; seq: its version */
	SESSION_ENTRIES, /* hub, seq: the first one's number, bytes: entries to split with
			    segment_split() */
	SESSION_ACK, /* hub ("": the charter), seq: the peer holds it up to here durably */
	SESSION_MEMBER, /* public_key: the peer proved to hold it */
	SESSION_SUBMIT, /* bytes: a member's submission (only after SESSION_MEMBER) */
	SESSION_NOTICE, /* bytes: a receipt or remark for us */
	SESSION_IN_SYNC, /* neither lacks anything that it follows; again after each change that has
			    settled */
	SESSION_DISPUTED, /* hub ("": the charter), seq: the peer's entry of that number is another
			   * than ours, or it refused ours; nothing of that journal moves here any
			   * more */
	SESSION_EVIDENCE, /* hub, bytes: two commits of its journal that are to prove two stories;
			   * seq: the length of the first. Alone it is held against ours */
	SESSION_HELD, /* seq: 1, the peer has no room for anything new, or 0, it has again */
	SESSION_PIECE, /* bytes: of what session_get() asked for first (sync/attach.h) */
	SESSION_HAVE, /* bytes: what of attachments the peer has now that it had not */
	SESSION_CLOSED /* text: why; nothing follows */
};

/* Borrowed until the next call on the session. */
struct session_event {
	enum session_event_kind kind;
	char hub[HUB_NAME_BYTES];
	uint64_t seq;
	uint32_t charter;
	const uint8_t *link_key; /* LINK_KEY_BYTES */
	const uint8_t *incarnation; /* SESSION_UP: INCARNATION_BYTES; what was remembered of the
				     * peer under another incarnation is void */
	const struct public_key *public_key;
	struct str bytes;
	const char *text;
	bool is_fault; /* SESSION_CLOSED: the peer broke a rule (not merely gone, late or done) */
	enum refusal refused; /* SESSION_CLOSED: what of the peer's was refused here */
};

struct session;

/* Owns: copies `c` and `l`. */
struct session *session_new(
    const struct session_config *c, const struct local_state *l, int64_t now_ms);
void session_free(struct session *s);

void session_feed(struct session *s, struct str bytes, int64_t now_ms);
void session_tick(struct session *s, int64_t now_ms);
/* When session_tick is due next, on the clock of now_ms. */
int64_t session_deadline(const struct session *s);
bool session_event(struct session *s, struct session_event *out);

/* Bytes to send, borrowed until the next call; the driver drops what it has taken with
 * session_sent() and asks again until there is nothing: what was put meanwhile is sealed only then.
 */
struct str session_output(struct session *s);
void session_sent(struct session *s, size_t n);

/* Our own durable state has changed. A journal or charter that goes back (only a new charter can
 * cut one) ends the session, as what the peer was told no longer holds: dial again. */
void session_local(struct session *s, const struct local_state *l);
/* Which journals are to come first, in this order, each named once, at most HUBS_MAX. With
 * `is_only` nothing of any other is to come or to be told, and none of it counts as missing here;
 * what this side holds of them is sent as ever. To be said before the first
 * output, and again when it changes for other reasons than this side's wish: what the peer was not
 * to tell it did not, so a new wish is for a new session. */
void session_follow(struct session *s, const struct str *hubs, size_t n, bool is_only);

/* Entry `seq` of `hub` (version `seq` of the charter, with "") as the peer has it does not follow
 * ours: tell the peer, move no more of that journal on this session, and leave it out of what
 * SESSION_IN_SYNC means (which may now be true). The peer gets SESSION_DISPUTED. */
void session_refuse(struct session *s, const char *hub, uint64_t seq);

/* After SESSION_UP: tell the peer of two entries of a journal that cannot both be
 * (store/evidence.h); or, with an empty `second`, what this side holds where both disagree. */
void session_put_evidence(struct session *s, const char *hub, struct str first, struct str second);

/* After SESSION_UP: tell the peer that there is no room here for anything new but charters, or that
 * there is again. What was under way still comes. A peer that has told us is not sent entries, and
 * the driver should not put submissions. */
void session_hold(struct session *s, bool is_holding);
bool session_is_held(const struct session *s);

/* What the peer, an edge, wants the text of; NULL: all of it. Entries are encoded for it
 * (store_entries()). */
const struct scope *session_peer_scope(const struct session *s);
/* Whether this side has said that it wants less than everything: then what comes may be bare. */
bool session_has_scope(const struct session *s);

/*
 * Journals for members (store/members.h), whose names bear a mark: of them nothing is said, and
 * nothing that the peer says of them is taken, before session_open_members(), to be called after
 * SESSION_UP for who may have them, with what session_local() has told of these journals. Then both
 * sides move them like the others, once the peer has opened them too. With false the peer learns
 * only that it is not to wait. Which of the two is said is the driver's to judge.
 */
void session_open_members(struct session *s, bool is_open);
/* This side counts on the peer's word about it, yes or no: before that it is not in sync. */
void session_await_members(struct session *s, bool is_awaited);
/* Do both still hold the same? An event of it may be out of date once it is looked at. */
bool session_is_settled(const struct session *s);

struct session_want {
	bool is_charter;
	char hub[HUB_NAME_BYTES];
	uint64_t from, to; /* entries, or charter versions, both ends included */
};
/* What the peer lacks next; false when nothing, or while SESSION_QUEUE_BYTES wait to be sent. The
 * driver may answer with a first part of it. */
bool session_want(struct session *s, struct session_want *out);
/* One charter version, whole, 1 to ENTRY_BYTES_MAX. */
void session_put_charter(struct session *s, uint32_t version, struct str bytes);
/* Consecutive entries from number `from` on, each 1 to ENTRY_BYTES_MAX; `from` as session_want()
 * said or smaller. Left out is what the peer has come to hold meanwhile, and what session_local()
 * has not told of yet. */
void session_put_entries(
    struct session *s, const char *hub, uint64_t from, const struct str *entries, size_t n);

/* After SESSION_UP, before any output, or later: the beginning of an entry that another link left
 * behind. It is told to the peer, who may go on from there. Shares the part. */
void session_offer(struct session *s, struct part *p);
/* At SESSION_CLOSED, once: what this link leaves behind of one that is worth keeping. Owns: the
 * caller; NULL: nothing. */
struct part *session_part(struct session *s);

enum {
	SESSION_MUCH_ENTRIES = 16, /* in a row are worth a writer for much (entry/segment.h) */
	SESSION_RECALL_EACH = 32, /* for each to come: more takes longer than it saves */
};
/*
 * After SESSION_UP, before any output or later, once on a link: the text of the last `count`
 * entries up to number text->seq of a journal, which are durable here (store_recall()). The peer,
 * if it holds them too, may send what refers to it. Shares the text.
 */
void session_offer_recall(struct session *s, struct part *text, uint64_t count);
bool session_has_recall(const struct session *s); /* was it offered? */
/* The peer has offered one that is worth it for what it is to be sent: before it puts what
 * session_want() asks for, the driver reads that text, and if recall_fits() gives a new writer that
 * recalls it, and a better one when it has it; else NULL. Owns: the session takes it over. */
bool session_wants_recall(struct session *s, struct recall_claim *out);
void session_put_recall(struct session *s, struct segment_writer *w);

/* Entries share a segment up to so many bytes uncompressed: the more, the less each costs; the
 * fewer, the less is lost with a link that dies (sync/unit.h). */
void session_set_unit(struct session *s, size_t bytes);

/* Free what sending remembers of this link (a few MiB), at the price of a longer next entry. For
 * when it is idle. */
void session_forget(struct session *s);

/* An edge proves its member to a hub, after SESSION_UP and once: an armored SSHSIG over
 * session_proof_message() in the namespace belfry-link@N, checked here and by the hub's session
 * before SESSION_MEMBER. Errors: as sshsig_parse() and sshsig_verify(). */
void session_proof_message(const struct session *s, struct buf *out);
int session_put_proof(struct session *s, struct str armor, struct err *err);
/* From an edge that has proved its member to the hub: 1 to SUBMISSION_BYTES_MAX. */
void session_put_submit(struct session *s, struct str bytes);
/* From the hub to an edge that has proved its member (SESSION_MEMBER): 1 to NOTICE_BYTES_MAX. */
void session_put_notice(struct session *s, struct str bytes);

/* Say goodbye with a reason (sent to the peer in printable ASCII, at most 200 bytes) and end;
 * idempotent. SESSION_CLOSED follows; what was put before goes out first unless it is a fault. */
void session_close(struct session *s, const char *why, bool is_fault);

/* For status: bytes of the wire fed and sent, with lengths and tags; entries that the peer does not
 * hold durably and that we do not, as far as known, of journals that are followed there or here. */
struct session_counts {
	uint64_t bytes_in, bytes_out, peer_behind, behind;
	uint64_t raw_in; /* of entries that came, uncompressed; with those passed over */
	/* What is still to travel of these entries, in bytes: the mean of those that travelled here
	 * of the same journal, else of all, times how many. */
	uint64_t to_come, to_send;
	bool is_to_come_known, is_to_send_known; /* something has travelled that way, or nothing is
						  * to */
};
void session_counts(const struct session *s, struct session_counts *out);
/* The same of one journal: what the peer told, and how it stands. False past the last one. */
struct session_journal {
	const char *hub; /* borrowed until the next call */
	uint64_t local, peer; /* the last entry held here, and there as far as known */
	uint64_t behind; /* entries that are not durable here, where it is followed */
	uint64_t to_come; /* bytes, as above */
	bool is_to_come_known, is_disputed;
};
bool session_journal(const struct session *s, size_t i, struct session_journal *out);

#endif
