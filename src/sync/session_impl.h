/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside a session: shared by session.c (life and link), session_receive.c (what the peer may say)
 * and session_send.c (what we say). Nobody else includes it.
 */
#ifndef BELFRY_SYNC_SESSION_IMPL_H
#define BELFRY_SYNC_SESSION_IMPL_H

#include "entry/segment.h"
#include "sync/events.h"
#include "sync/frame.h"
#include "sync/message.h"
#include "sync/progress.h"
#include "trust/sshsig.h"

enum state {
	STATE_HANDSHAKE, /* Noise messages; ends by HANDSHAKE_TIMEOUT_MS */
	STATE_MEETING, /* encrypted; the stores differ and the peer's HEADS is still to come */
	STATE_OPEN, /* what the peer holds is known */
	STATE_CLOSED,
	STATES
};

struct session {
	enum state state;
	bool is_initiator, has_expected_key;
	uint8_t expected_key[LINK_KEY_BYTES], own_key[LINK_KEY_BYTES];
	char hub[HUB_NAME_BYTES];
	uint8_t incarnation[INCARNATION_BYTES];
	char name_space[sizeof((struct sshsig *)0)->name_space];

	struct noise *noise;
	struct buf wire_in, text_in; /* no whole frame yet; no whole message yet */
	struct outbox out;
	struct segment_writer *writer; /* made when there is something to write */
	bool writes_much; /* it is one for much at once */
	struct part *recalled; /* text of ours that what comes may refer to; the peer was told */
	struct recall_claim peer_recall; /* what the peer says that it recalls; count 0: nothing */
	bool is_recall_open; /* the driver was not asked for that text */
	struct segment_reader *reader;
	struct buf raw; /* the entries of the segment at hand */
	struct progress progress;
	struct events events;
	size_t unit_bytes; /* of entries that share a segment */

	struct hello own_hello, peer_hello;
	bool has_greeted; /* our hello is on its way */
	bool peer_spoke; /* a handshake message of the peer's was read */
	bool awaits_members; /* the peer is to say whether it opens what is for members */
	bool has_heard_members; /* it has, perhaps before the driver knew of it */
	bool is_settled; /* SESSION_IN_SYNC was given and nothing has changed */
	bool is_member; /* the peer, an edge, has proved a key */
	struct public_key member; /* that key */
	bool has_proved; /* we, an edge, have */
	bool is_sparing; /* we want little unasked (sync/gossip.h) */
	enum want rule_told; /* the peer knows that so much is wanted of what is not named */
	bool has_differed; /* the handshake showed that the stores are not equal */
	bool is_order_told;
	struct scope *scope, *peer_scope; /* NULL: everything */
	bool peer_has_scope; /* it lacks what others hold: only what is whole in itself is for it */
	bool has_heard; /* a message came */
	bool is_holding; /* we have no room, and the peer knows */
	bool is_held; /* the peer has none */
	char reason[600]; /* why it closed */
	enum refusal refused; /* what of the peer's, if that is why */

	struct get_queue gets; /* of attachments: ours, not answered in full */
	struct get_queue asked; /* the peer's */

	int64_t now_ms; /* the clock as last handed in */
	int64_t entered_ms; /* this state */
	int64_t heard_ms; /* bytes came */
	int64_t spoke_ms; /* something was sealed for the peer */
	int64_t taken_ms; /* the driver took output, or none waited */
	int64_t moved_ms; /* some of an entry or charter came */
	int64_t round_trip_ms; /* of the handshake */
	uint64_t bytes_in, bytes_out, raw_in;
	unsigned nevidence; /* that came */
};

/* session.c */
void session_set_state(struct session *s, enum state state);
/* Queue an event of this kind about `hub` and `seq`, with `bytes`. */
void session_emit(struct session *s, enum session_event_kind kind, const char *hub, uint64_t seq,
    struct str bytes);
/* End without a word to the peer. */
void session_end(struct session *s, const char *why, bool is_fault);
/* Say so when both sides have come to hold the same. */
void session_settle(struct session *s);
/* Dispute `t` if the heads show a fork. */
void session_compare(struct session *s, struct track *t);
/* The same of what is for members, where that is open to both. */
void session_compare_members(struct session *s);
/* Whether the peer, or this side, calls itself an edge. */
bool session_is_edge(const char *hub);

/* session_receive.c: judge and carry out one message. Errors: ERR_PEER, ERR_SIGNATURE: close. */
int session_receive(struct session *s, uint8_t type, struct str body, struct err *err);
/* Note what of the peer's was refused, unless that was said more closely already. Returns err's
 * code. */
int session_blame(struct session *s, enum refusal what, struct err *err);

/* wants.c: as session_receive(). */
int wants_on_want(struct session *s, struct str body, struct err *err);
/* WANT, where the peer is to know better. */
void wants_say(struct session *s);
/* The same without any names: before HEADS, so that nothing is sent that is not followed. */
void wants_say_rule(struct session *s);

/* recall.c */
int recall_on_claim(struct session *s, struct str body, struct err *err); /* as session_receive() */
/* Before the next segment is read. */
void recall_for_reading(struct session *s, struct str part);
/* The writer for the next segment, of `t` from `seq` on; the peer holds `part` of that entry. */
struct segment_writer *recall_writer(
    struct session *s, const struct track *t, uint64_t seq, struct str part);
void session_end_stream(struct session *s);

/* attach.c: as session_receive(). */
int attach_on_get(struct session *s, struct str body, struct err *err);
int attach_on_piece(struct session *s, struct str body, struct err *err);
int attach_on_have(struct session *s, struct str body, struct err *err);

/* session_send.c */
void session_say(struct session *s, enum message type, const struct buf *body);
/* SCOPE, before anything else. */
void session_say_scope(struct session *s);
/* HEADS of all that we hold, the first message after that. */
void session_say_all(struct session *s);
/* HEADS of what the peer does not know we hold, where that matters to it. */
void session_say_untold(struct session *s);
/* PART, for what was offered here and is still to come. */
void session_say_parts(struct session *s);
/* REFUSE: entry `seq` of the peer's does not follow ours. */
void session_say_refuse(struct session *s, const struct track *t, uint64_t seq);

#endif
