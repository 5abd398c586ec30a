/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/session_impl.h"

typedef int (*message_handler)(struct session *s, struct str body, struct err *err);

/* Returns err's code; what was refused may have been said more closely already. */
static int refuse(struct session *s, enum refusal what, struct err *err)
{
	if (!s->refused)
		s->refused = what;
	return err->code;
}

static int on_heads(struct session *s, struct str body, struct err *err)
{
	struct short_head heads[MESSAGE_HEADS_MAX];
	size_t n;
	if (heads_read(heads, &n, body, err))
		return err->code;
	for (size_t i = 0; i < n; i++) {
		const struct short_head *h = &heads[i];
		struct track *t = progress_meet(&s->progress, h->hub, err);
		if (!t)
			return refuse(s, REFUSED_LIMIT, err);
		if (h->seq < t->said) {
			err_set(err, ERR_PEER, "'%s' goes back from %llu to %llu", h->hub,
			    (unsigned long long)t->said, (unsigned long long)h->seq);
			return refuse(s, REFUSED_ORDER, err);
		}
		bool is_news = h->seq > track_peer(t);
		t->is_stirred = true;
		t->said = h->seq;
		memcpy(t->said_id, h->id, SHORT_ID_BYTES);
		if (is_news)
			session_emit(s, SESSION_ACK, h->hub, h->seq, STR_EMPTY);
		session_compare(s, t);
	}
	return 0;
}

static int on_first_heads(struct session *s, struct str body, struct err *err)
{
	int rc = on_heads(s, body, err);
	if (!rc)
		session_set_state(s, STATE_OPEN);
	return rc;
}

/*
 * Numbers `from` to `from + count - 1` came of `t`: are they in turn, and how many of them are not
 * new? Ours may have grown by another peer while they travelled. What one peer sends twice is a
 * fault: else it could go on for ever.
 */
static int take_in(
    struct session *s, struct track *t, uint64_t from, size_t count, size_t *old, struct err *err)
{
	uint64_t expected = track_expected(t), last = from + count - 1;
	if (from <= t->received) {
		err_set(
		    err, ERR_PEER, "'%s' %llu was sent before", t->hub, (unsigned long long)from);
		return refuse(s, REFUSED_ORDER, err);
	}
	if (from > expected) {
		err_set(err, ERR_PEER, "'%s' %llu came where %llu is next", t->hub,
		    (unsigned long long)from, (unsigned long long)expected);
		return refuse(s, REFUSED_ORDER, err);
	}
	bool is_news = last > track_peer(t);
	t->received = last;
	t->is_stirred = true;
	if (t->part && t->part->seq <= last) {
		part_release(t->part);
		t->part = NULL;
	}
	*old = last < expected ? count : (size_t)(expected - from);
	t->has_old |= *old == count;
	t->has_new |= *old < count;
	if (*old == count && is_news)
		session_emit(s, SESSION_ACK, t->hub, last, STR_EMPTY);
	return 0;
}

/* Every segment is read, also one that is passed over: the next may go on from it. */
static int read_segment(struct session *s, struct str segment, size_t *count, struct err *err)
{
	struct err why;
	s->moved_ms = s->now_ms;
	if (!s->reader)
		s->reader = segment_reader_new();
	buf_reset(&s->raw);
	if (segment_read(s->reader, segment, &s->raw, count, &why)) {
		err_set(err, ERR_PEER, "%s", why.msg);
		return refuse(s, REFUSED_SEGMENT, err);
	}
	return 0;
}

/* A version is the one text of a segment, so that the next costs what changed. */
static int take_charter(struct session *s, uint64_t version, struct str segment, struct err *err)
{
	struct str rest, bytes;
	size_t count, old;
	struct track *t = progress_find(&s->progress, "");
	if (read_segment(s, segment, &count, err))
		return err->code;
	if (count != 1)
		return err_set(err, ERR_PEER, "a charter's version is one text, not %zu", count);
	if (t->is_disputed)
		return 0;
	if (take_in(s, t, version, 1, &old, err))
		return err->code;
	rest = buf_str(&s->raw);
	if (!old && segment_split(&rest, &bytes))
		session_emit(s, SESSION_CHARTER, "", version, bytes);
	return 0;
}

static int on_charter(struct session *s, struct str body, struct err *err)
{
	uint64_t version;
	struct str segment;
	if (charter_body_read(&version, &segment, body, err))
		return err->code;
	return take_charter(s, version, segment, err);
}

static int take_entries(
    struct session *s, const char *hub, uint64_t from, struct str segment, struct err *err)
{
	struct str entry;
	size_t count, old;
	if (read_segment(s, segment, &count, err))
		return err->code;
	if (count > SEQ_MAX - from + 1)
		return err_set(err, ERR_PEER, "'%s': a number above %d", hub, SEQ_MAX);
	struct track *t = progress_meet(&s->progress, hub, err);
	if (!t)
		return refuse(s, REFUSED_LIMIT, err);
	t->got += count;
	t->got_bytes += segment.len;
	s->raw_in += s->raw.len;
	if (t->is_disputed)
		return 0; /* it was under way when we refused */
	if (take_in(s, t, from, count, &old, err))
		return err->code;
	struct str rest = buf_str(&s->raw);
	for (size_t i = 0; i < old; i++)
		segment_split(&rest, &entry);
	if (rest.len)
		session_emit(s, SESSION_ENTRIES, hub, from + old, rest);
	return 0;
}

static int on_entries(struct session *s, struct str body, struct err *err)
{
	char hub[HUB_NAME_BYTES];
	uint64_t from;
	struct str segment;
	if (entries_read(hub, &from, &segment, body, err))
		return err->code;
	return take_entries(s, hub, from, segment, err);
}

/* The peer holds the beginning of an entry that it is still to be sent. */
static int on_part(struct session *s, struct str body, struct err *err)
{
	struct part_claim claim;
	if (part_read(&claim, body, err))
		return err->code;
	struct track *t = progress_meet(&s->progress, claim.hub, err);
	if (!t)
		return refuse(s, REFUSED_LIMIT, err);
	t->part_seq = claim.seq;
	t->part_len = claim.len;
	memcpy(t->part_hash, claim.hash, sizeof t->part_hash);
	return 0;
}

/* The part that `rest` goes on from; NULL: no such part was told of here. */
static struct part *part_of(
    struct session *s, const char *hub, uint64_t seq, uint64_t at, struct track **track)
{
	struct track *t = progress_find(&s->progress, hub);
	*track = t;
	if (!t || !t->part || !t->is_part_told || t->part->seq != seq || t->part->bytes.len != at)
		return NULL;
	return t->part;
}

/*
 * The beginning came over another link, perhaps from another peer: when the whole is no segment it
 * is not known who is to blame, and next time nothing is kept.
 */
static int on_rest(struct session *s, struct str body, struct err *err)
{
	char hub[HUB_NAME_BYTES];
	uint64_t seq, at;
	struct str bytes;
	struct track *t;
	if (rest_read(hub, &seq, &at, &bytes, body, err))
		return err->code;
	struct part *part = part_of(s, hub, seq, at, &t);
	if (!part) {
		err_set(err, ERR_PEER, "'%s' %llu: no such part was told of here", hub,
		    (unsigned long long)seq);
		return refuse(s, REFUSED_UNEXPECTED, err);
	}
	struct buf whole = BUF_INIT;
	buf_add(&whole, buf_str(&part->bytes));
	buf_add(&whole, bytes);
	t->part = NULL;
	int rc = hub[0] ? take_entries(s, hub, seq, buf_str(&whole), err)
			: take_charter(s, seq, buf_str(&whole), err);
	if (rc && s->refused == REFUSED_SEGMENT) {
		part->is_bad = true;
		s->refused = REFUSED_NOTHING;
		rc = err_set(err, ERR_SYNTAX,
		    "what was kept of '%s' %llu and what came do not fit together: it must be "
		    "sent anew",
		    hub, (unsigned long long)seq);
	}
	part_release(part);
	buf_release(&whole);
	return rc;
}

/* The head of a segment that is worth keeping though it is not whole: it holds one large text and
 * begins a stream. */
static bool is_resumable(struct str segment)
{
	enum { FORM_BEGINS = 1 };
	uint8_t form;
	uint64_t len;
	return segment.len >= PART_BYTES_MIN && str_take_u8(&segment, &form) &&
	       form == FORM_BEGINS && str_take_varint(&segment, &len) && len > LARGE_TEXT_BYTES &&
	       len <= SEGMENT_RAW_MAX;
}

struct part *session_part(struct session *s)
{
	struct str rest = buf_str(&s->text_in), segment = STR_EMPTY;
	struct err err;
	char hub[HUB_NAME_BYTES] = "";
	uint64_t length, seq, at = 0;
	uint8_t type;
	int rc = -1;
	if (!str_take_varint(&rest, &length) || !str_take_u8(&rest, &type))
		return NULL;
	if (type == MESSAGE_ENTRIES)
		rc = entries_read(hub, &seq, &segment, rest, &err);
	else if (type == MESSAGE_CHARTER)
		rc = charter_body_read(&seq, &segment, rest, &err);
	else if (type == MESSAGE_REST)
		rc = rest_read(hub, &seq, &at, &segment, rest, &err);
	const struct track *t = rc ? NULL : progress_find(&s->progress, hub);
	if (!t || t->is_disputed || seq != track_expected(t))
		return NULL;
	if (!at)
		return is_resumable(segment) ? part_new(hub, seq, segment, STR_EMPTY) : NULL;
	if (!t->part || t->part->seq != seq || t->part->bytes.len != at)
		return NULL;
	return part_new(hub, seq, buf_str(&t->part->bytes), segment);
}

static int on_refuse(struct session *s, struct str body, struct err *err)
{
	char hub[HUB_NAME_BYTES];
	uint64_t seq;
	if (refuse_read(hub, &seq, body, err))
		return err->code;
	struct track *t = progress_find(&s->progress, hub);
	if (!t)
		return err_set(err, ERR_PEER, "'%s' is no journal that was named here", hub);
	if (t->is_disputed)
		return 0; /* ours crossed it */
	t->is_disputed = t->is_stirred = true;
	session_emit(s, SESSION_DISPUTED, hub, seq, STR_EMPTY);
	return 0;
}

/* Which journals the peer wants to have sent as they come; others it is told of. */
static int on_want(struct session *s, struct str body, struct err *err)
{
	bool is_wanted;
	char hub[HUB_NAME_BYTES];
	if (want_begin(&is_wanted, &body, err))
		return err->code;
	if (!body.len) {
		s->progress.is_sparing = !is_wanted;
		for (size_t i = 0; i < s->progress.n; i++)
			s->progress.tracks[i].asked = TURN_BY_RULE;
	}
	while (body.len) {
		if (want_next(hub, &body, err))
			return err->code;
		struct track *t = progress_meet(&s->progress, hub, err);
		if (!t)
			return refuse(s, REFUSED_LIMIT, err);
		t->asked = is_wanted ? TURN_ON : TURN_OFF;
	}
	return 0;
}

static int on_prove(struct session *s, struct str body, struct err *err)
{
	struct sshsig sig = {.key = {{0}}};
	struct buf message = BUF_INIT;
	if (!session_is_edge(s->peer_hello.hub) || session_is_edge(s->hub))
		return err_set(err, ERR_PEER, "only an edge proves a member, and only to a hub");
	if (s->is_member)
		return err_set(err, ERR_PEER, "a member was proved before");
	if (prove_read(&sig.key, sig.signature, body, err))
		return err->code;
	memcpy(sig.name_space, s->name_space, sizeof sig.name_space);
	session_proof_message(s, &message);
	int rc = sshsig_verify(&sig, s->name_space, buf_str(&message), err);
	buf_release(&message);
	if (rc)
		return refuse(s, REFUSED_SIGNATURE, err);
	s->is_member = true;
	session_emit(s, SESSION_MEMBER, "", 0, str_of(sig.key.bytes, PUBLIC_KEY_BYTES));
	return 0;
}

static int on_submit(struct session *s, struct str body, struct err *err)
{
	if (!s->is_member) {
		err_set(err, ERR_PEER, "no member was proved before");
		return refuse(s, REFUSED_UNEXPECTED, err);
	}
	int rc = opaque_read(body, SUBMISSION_BYTES_MAX, err);
	if (!rc)
		session_emit(s, SESSION_SUBMIT, "", 0, body);
	return rc;
}

static int on_notice(struct session *s, struct str body, struct err *err)
{
	if (!s->has_proved) {
		err_set(err, ERR_PEER, "it is for members, and none was proved here");
		return refuse(s, REFUSED_UNEXPECTED, err);
	}
	int rc = opaque_read(body, NOTICE_BYTES_MAX, err);
	if (!rc)
		session_emit(s, SESSION_NOTICE, "", 0, body);
	return rc;
}

static int on_hold(struct session *s, struct str body, struct err *err)
{
	bool was_held = s->is_held;
	int rc = hold_read(&s->is_held, body, err);
	if (!rc && s->is_held != was_held)
		session_emit(s, SESSION_HELD, "", s->is_held, STR_EMPTY);
	return rc;
}

static int on_ping(struct session *s, struct str body, struct err *err)
{
	(void)s; /* that it came is all it says */
	return body.len ? err_set(err, ERR_PEER, "it has a body") : 0;
}

static int on_bye(struct session *s, struct str body, struct err *err)
{
	if (body.len > BYE_BYTES_MAX)
		return err_set(
		    err, ERR_PEER, "%zu bytes, where %d are possible", body.len, BYE_BYTES_MAX);
	struct buf why = BUF_INIT;
	buf_puts(&why, "the peer said goodbye: ");
	bye_write(&why, body);
	session_end(s, why.ptr, false);
	buf_release(&why);
	return 0;
}

/* An empty slot: the message does not belong there. The peer's first one is HEADS, unless the
 * handshake has shown that the stores are equal. */
static const message_handler handlers[STATES][MESSAGES] = {
    [STATE_MEETING] = {[MESSAGE_HEADS] = on_first_heads, [MESSAGE_BYE] = on_bye},
    [STATE_OPEN] = {[MESSAGE_HEADS] = on_heads,
	[MESSAGE_CHARTER] = on_charter,
	[MESSAGE_ENTRIES] = on_entries,
	[MESSAGE_REFUSE] = on_refuse,
	[MESSAGE_PROVE] = on_prove,
	[MESSAGE_SUBMIT] = on_submit,
	[MESSAGE_NOTICE] = on_notice,
	[MESSAGE_PING] = on_ping,
	[MESSAGE_BYE] = on_bye,
	[MESSAGE_HOLD] = on_hold,
	[MESSAGE_WANT] = on_want,
	[MESSAGE_PART] = on_part,
	[MESSAGE_REST] = on_rest},
};

int session_receive(struct session *s, uint8_t type, struct str body, struct err *err)
{
	static const char *const state_name[STATES] = {"HANDSHAKE", "MEETING", "OPEN", "CLOSED"};
	const char *name = message_name(type);
	if (!name) {
		err_set(err, ERR_PEER, "a message of the unknown type %u", type);
		return refuse(s, REFUSED_TYPE, err);
	}
	message_handler handle = handlers[s->state][type];
	if (!handle) {
		err_set(err, ERR_PEER, "unexpected %s in %s", name, state_name[s->state]);
		return refuse(s, REFUSED_UNEXPECTED, err);
	}
	return handle(s, body, err) ? err_wrap(err, "%s", name) : 0;
}
