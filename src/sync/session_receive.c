/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/session_impl.h"

#include "base/mem.h"

typedef int (*message_handler)(struct session *s, struct str body, struct err *err);

int session_blame(struct session *s, enum refusal what, struct err *err)
{
	if (!s->refused)
		s->refused = what;
	return err->code;
}

static int take_heads(struct session *s, const struct short_head *heads, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct short_head *h = &heads[i];
		struct track *t = progress_meet(&s->progress, h->hub, err);
		if (!t)
			return session_blame(s, REFUSED_LIMIT, err);
		if (h->seq < t->said) {
			err_set(err, ERR_PEER, "'%s' goes back from %llu to %llu", h->hub,
			    (unsigned long long)t->said, (unsigned long long)h->seq);
			return session_blame(s, REFUSED_ORDER, err);
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

static int on_heads(struct session *s, struct str body, struct err *err)
{
	struct short_head heads[MESSAGE_HEADS_MAX];
	size_t n;
	if (heads_read(heads, &n, body, err))
		return err->code;
	return take_heads(s, heads, n, err);
}

/* What the peer holds for members. Where this side has not opened it yet that waits, for it may:
 * the driver hears of the peer only after this. */
static int on_members(struct session *s, struct str body, struct err *err)
{
	struct short_head heads[MESSAGE_HEADS_MAX];
	struct progress *p = &s->progress;
	bool is_open, was_open = p->is_open_here;
	size_t n;
	if (p->is_open_there) {
		err_set(err, ERR_PEER, "it was opened before on this link");
		return session_blame(s, REFUSED_UNEXPECTED, err);
	}
	if (members_read(&is_open, heads, &n, body, err))
		return err->code;
	s->awaits_members = false;
	s->has_heard_members = true;
	p->is_open_here = true; /* so that the names are taken */
	int rc = take_heads(s, heads, n, err);
	p->is_open_here = was_open;
	p->is_open_there = is_open;
	session_compare_members(s); /* only now: what is shut is not compared */
	return rc;
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
		return session_blame(s, REFUSED_ORDER, err);
	}
	if (from > expected) {
		err_set(err, ERR_PEER, "'%s' %llu came where %llu is next", t->hub,
		    (unsigned long long)from, (unsigned long long)expected);
		return session_blame(s, REFUSED_ORDER, err);
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
static int read_segment(
    struct session *s, struct str segment, struct str part, size_t *count, struct err *err)
{
	struct err why;
	s->moved_ms = s->now_ms;
	if (!s->reader)
		s->reader = segment_reader_new();
	recall_for_reading(s, part);
	buf_reset(&s->raw);
	if (segment_read(s->reader, segment, &s->raw, count, &why)) {
		err_set(err, ERR_PEER, "%s", why.msg);
		return session_blame(s, REFUSED_SEGMENT, err);
	}
	return 0;
}

/* A version is the one text of a segment, so that the next costs what changed. Its bundle is in
 * s->raw. */
static int take_charter(struct session *s, uint64_t version, size_t count, struct err *err)
{
	struct str rest = buf_str(&s->raw), bytes;
	size_t old;
	struct track *t = progress_find(&s->progress, "");
	if (count != 1)
		return err_set(err, ERR_PEER, "a charter's version is one text, not %zu", count);
	if (t->is_disputed)
		return 0;
	if (take_in(s, t, version, 1, &old, err))
		return err->code;
	if (!old && segment_split(&rest, &bytes))
		session_emit(s, SESSION_CHARTER, "", version, bytes);
	return 0;
}

static int on_charter(struct session *s, struct str body, struct err *err)
{
	uint64_t version;
	struct str segment;
	size_t count;
	if (charter_body_read(&version, &segment, body, err) ||
	    read_segment(s, segment, STR_EMPTY, &count, err))
		return err->code;
	return take_charter(s, version, count, err);
}

/* `count` entries in s->raw, which came in so many bytes. */
static int take_entries(
    struct session *s, const struct short_head *first, size_t count, size_t bytes, struct err *err)
{
	uint64_t from = first->seq;
	struct str rest = buf_str(&s->raw), entry;
	size_t old;
	if (count > SEQ_MAX - from + 1)
		return err_set(err, ERR_PEER, "'%s': a number above %d", first->hub, SEQ_MAX);
	struct track *t = progress_meet(&s->progress, first->hub, err);
	if (!t)
		return session_blame(s, REFUSED_LIMIT, err);
	t->got += count;
	t->got_bytes += bytes;
	s->raw_in += s->raw.len;
	if (t->is_disputed)
		return 0; /* it was under way when we refused */
	if (take_in(s, t, from, count, &old, err))
		return err->code;
	for (size_t i = 0; i < old; i++)
		segment_split(&rest, &entry);
	if (rest.len)
		session_emit(s, SESSION_ENTRIES, first->hub, from + old, rest);
	return 0;
}

static int on_entries(struct session *s, struct str body, struct err *err)
{
	struct short_head first = {.seq = 0};
	struct str segment;
	size_t count;
	if (entries_read(first.hub, &first.seq, &segment, body, err) ||
	    read_segment(s, segment, STR_EMPTY, &count, err))
		return err->code;
	return take_entries(s, &first, count, body.len, err);
}

/* The peer holds the beginning of an entry that it is still to be sent. */
static int on_part(struct session *s, struct str body, struct err *err)
{
	struct part_claim claim;
	if (part_read(&claim, body, err))
		return err->code;
	struct track *t = progress_meet(&s->progress, claim.hub, err);
	if (!t)
		return session_blame(s, REFUSED_LIMIT, err);
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

/* s->raw gets `begin` and the one text that is there, as one text. */
static int prepend(struct session *s, struct str begin, size_t count, struct err *err)
{
	struct str raw = buf_str(&s->raw), rest;
	if (count != 1 || !segment_split(&raw, &rest))
		return err_set(err, ERR_PEER, "it is one text, not %zu", count);
	if (begin.len + rest.len > ENTRY_BYTES_MAX)
		return err_set(err, ERR_PEER, "%zu bytes with what was here, where %d are possible",
		    begin.len + rest.len, ENTRY_BYTES_MAX);
	struct buf whole = BUF_INIT;
	buf_varint(&whole, begin.len + rest.len);
	buf_add(&whole, begin);
	buf_add(&whole, rest);
	buf_release(&s->raw);
	s->raw = whole;
	return 0;
}

/* What goes on from a part that we told of. Its sender has compared the part with its own entry, so
 * the whole is its word like any other. */
static int on_rest(struct session *s, struct str body, struct err *err)
{
	struct short_head first = {.seq = 0};
	uint64_t at;
	struct str segment;
	size_t count;
	struct track *t;
	if (rest_read(first.hub, &first.seq, &at, &segment, body, err))
		return err->code;
	struct part *part = part_of(s, first.hub, first.seq, at, &t);
	if (!part) {
		err_set(err, ERR_PEER, "'%s' %llu: no such part was told of here", first.hub,
		    (unsigned long long)first.seq);
		return session_blame(s, REFUSED_UNEXPECTED, err);
	}
	t->part = NULL;
	int rc = read_segment(s, segment, buf_str(&part->bytes), &count, err);
	if (!rc)
		rc = prepend(s, buf_str(&part->bytes), count, err);
	part_release(part);
	if (rc)
		return rc;
	return first.hub[0] ? take_entries(s, &first, 1, body.len, err)
			    : take_charter(s, first.seq, 1, err);
}

/* As much of a first text as the segment's bytes give; empty when it is whole, or too little. */
static struct str read_beginning(struct session *s, struct str segment, struct str part)
{
	struct err err;
	uint64_t length;
	buf_reset(&s->raw);
	if (!s->reader)
		s->reader = segment_reader_new();
	recall_for_reading(s, part);
	if (segment_read_beginning(s->reader, segment, &s->raw, &err))
		return STR_EMPTY;
	struct str text = buf_str(&s->raw);
	if (!str_take_varint(&text, &length) || length > ENTRY_BYTES_MAX || text.len >= length ||
	    text.len < PART_BYTES_MIN)
		return STR_EMPTY;
	return text;
}

struct part *session_part(struct session *s)
{
	struct str rest = buf_str(&s->text_in), segment = STR_EMPTY, begin = STR_EMPTY;
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
	if (at && (!t->part || t->part->seq != seq || t->part->bytes.len != at))
		return NULL;
	if (at)
		begin = buf_str(&t->part->bytes);
	struct str more = read_beginning(s, segment, begin);
	if (!more.len || begin.len + more.len > ENTRY_BYTES_MAX)
		return NULL;
	return part_new(hub, seq, begin, more);
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

/* Each costs the driver two signatures and a look at the disk, so that a link has a fixed number.
 */
static int on_evidence(struct session *s, struct str body, struct err *err)
{
	char hub[HUB_NAME_BYTES];
	struct str first, second;
	if (evidence_read(hub, &first, &second, body, err))
		return err->code;
	if (++s->nevidence > 2 * HUBS_MAX) {
		err_set(err, ERR_PEER, "more than %d on one link", 2 * HUBS_MAX);
		return session_blame(s, REFUSED_LIMIT, err);
	}
	session_emit(
	    s, SESSION_EVIDENCE, hub, first.len, str_of(first.ptr, first.len + second.len));
	return 0;
}

static int on_prove(struct session *s, struct str body, struct err *err)
{
	struct sshsig sig;
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
		return session_blame(s, REFUSED_SIGNATURE, err);
	s->is_member = true;
	s->member = sig.key;
	session_emit(s, SESSION_MEMBER, "", 0, STR_EMPTY);
	return 0;
}

static int on_submit(struct session *s, struct str body, struct err *err)
{
	if (!s->is_member) {
		err_set(err, ERR_PEER, "no member was proved before");
		return session_blame(s, REFUSED_UNEXPECTED, err);
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
		return session_blame(s, REFUSED_UNEXPECTED, err);
	}
	int rc = opaque_read(body, NOTICE_BYTES_MAX, err);
	if (!rc)
		session_emit(s, SESSION_NOTICE, "", 0, body);
	return rc;
}

/* It comes first, so that nothing is sent that the peer does not want. */
static int on_scope(struct session *s, struct str body, struct err *err)
{
	if (s->has_heard) {
		err_set(err, ERR_PEER, "it does not come first");
		return session_blame(s, REFUSED_UNEXPECTED, err);
	}
	if (!session_is_edge(s->peer_hello.hub))
		return err_set(err, ERR_PEER, "a hub wants everything, as it passes it on");
	s->peer_scope = mem_alloc(sizeof *s->peer_scope);
	s->peer_has_scope = s->progress.is_peer_mute = true;
	return scope_parse(s->peer_scope, body, err);
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

/* An empty slot: the message does not belong there. But for SCOPE and WANT the peer's first one is
 * HEADS, unless the handshake has shown that the stores are equal. */
static const message_handler handlers[STATES][MESSAGES] = {
    [STATE_MEETING] = {[MESSAGE_HEADS] = on_first_heads,
	[MESSAGE_BYE] = on_bye,
	[MESSAGE_WANT] = wants_on_want,
	[MESSAGE_SCOPE] = on_scope},
    [STATE_OPEN] = {[MESSAGE_HEADS] = on_heads,
	[MESSAGE_CHARTER] = on_charter,
	[MESSAGE_ENTRIES] = on_entries,
	[MESSAGE_REFUSE] = on_refuse,
	[MESSAGE_EVIDENCE] = on_evidence,
	[MESSAGE_PROVE] = on_prove,
	[MESSAGE_SUBMIT] = on_submit,
	[MESSAGE_NOTICE] = on_notice,
	[MESSAGE_PING] = on_ping,
	[MESSAGE_BYE] = on_bye,
	[MESSAGE_HOLD] = on_hold,
	[MESSAGE_WANT] = wants_on_want,
	[MESSAGE_PART] = on_part,
	[MESSAGE_REST] = on_rest,
	[MESSAGE_GET] = attach_on_get,
	[MESSAGE_PIECE] = attach_on_piece,
	[MESSAGE_HAVE] = attach_on_have,
	[MESSAGE_SCOPE] = on_scope,
	[MESSAGE_RECALL] = recall_on_claim,
	[MESSAGE_MEMBERS] = on_members},
};

int session_receive(struct session *s, uint8_t type, struct str body, struct err *err)
{
	static const char *const state_name[STATES] = {"HANDSHAKE", "MEETING", "OPEN", "CLOSED"};
	const char *name = message_name(type);
	if (!name && type & MESSAGE_IF_KNOWN) /* of a later version; as if it had not come */
		return 0;
	if (!name) {
		err_set(err, ERR_PEER, "a message of the unknown type %u", type);
		return session_blame(s, REFUSED_TYPE, err);
	}
	message_handler handle = handlers[s->state][type];
	if (!handle) {
		err_set(err, ERR_PEER, "unexpected %s in %s", name, state_name[s->state]);
		return session_blame(s, REFUSED_UNEXPECTED, err);
	}
	int rc = handle(s, body, err);
	s->has_heard = true;
	return rc ? err_wrap(err, "%s", name) : 0;
}
