/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/session_impl.h"

#include <assert.h>

void session_say(struct session *s, enum message type, const struct buf *body)
{
	outbox_message(&s->out, (uint8_t)type, buf_str(body));
}

static void note_head(struct short_head *h, struct track *t)
{
	memcpy(h->hub, t->hub, sizeof h->hub);
	h->seq = t->local;
	memcpy(h->id, t->local_id, SHORT_ID_BYTES);
	t->told = t->local;
}

static void say_heads(struct session *s, const struct short_head *heads, size_t n)
{
	struct buf body = BUF_INIT;
	heads_write(&body, heads, n);
	session_say(s, MESSAGE_HEADS, &body);
	buf_release(&body);
}

void session_say_all(struct session *s)
{
	struct short_head heads[MESSAGE_HEADS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < s->progress.n && n < MESSAGE_HEADS_MAX; i++) {
		struct track *t = &s->progress.tracks[i];
		bool was_in_hello = !t->hub[0] && t->local == t->told;
		if (t->local && !was_in_hello)
			note_head(&heads[n++], t);
	}
	say_heads(s, heads, n);
}

void session_say_untold(struct session *s)
{
	struct short_head heads[MESSAGE_HEADS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < s->progress.n && n < MESSAGE_HEADS_MAX; i++)
		if (progress_is_untold(&s->progress, &s->progress.tracks[i]))
			note_head(&heads[n++], &s->progress.tracks[i]);
	if (n)
		say_heads(s, heads, n);
}

void session_open_members(struct session *s, bool is_open)
{
	struct short_head heads[MESSAGE_HEADS_MAX] = {{.seq = 0}};
	struct progress *p = &s->progress;
	struct buf body = BUF_INIT;
	size_t n = 0;
	if ((s->state != STATE_MEETING && s->state != STATE_OPEN) || p->is_open_here)
		return;
	p->is_open_here = is_open;
	for (size_t i = 1; is_open && i < p->n && n < MESSAGE_HEADS_MAX; i++)
		if (name_is_for_members(p->tracks[i].hub) && p->tracks[i].local)
			note_head(&heads[n++], &p->tracks[i]);
	members_write(&body, is_open, heads, n);
	session_say(s, MESSAGE_MEMBERS, &body);
	buf_release(&body);
	session_compare_members(s);
	session_settle(s);
}

/* Is the entry that it begins the next one to come? */
static bool is_awaited(const struct track *t)
{
	return t->part && t->part->seq == track_expected(t) && !t->is_disputed;
}

/* So that nobody makes us hold more by ending link after link. */
static bool has_room(const struct session *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->progress.n; i++)
		n += s->progress.tracks[i].part != NULL;
	return n < PARTS_MAX;
}

void session_offer(struct session *s, struct part *p)
{
	struct err err;
	if ((s->state != STATE_MEETING && s->state != STATE_OPEN) || !has_room(s))
		return;
	struct track *t = progress_meet(&s->progress, p->hub, &err);
	if (!t || p->seq != track_expected(t) || (t->is_part_told && t->part))
		return;
	part_release(t->part);
	t->part = part_use(p);
	t->is_part_told = false;
}

/* To who may hold it: that is not known before the first HEADS has come. */
void session_say_parts(struct session *s)
{
	for (size_t i = 0; i < s->progress.n; i++) {
		struct track *t = &s->progress.tracks[i];
		bool may_hold = s->state == STATE_MEETING || (t->part && t->said >= t->part->seq);
		if (!is_awaited(t) || t->is_part_told || !may_hold ||
		    progress_is_shut(&s->progress, t))
			continue;
		struct part_claim claim = {.seq = t->part->seq, .len = t->part->bytes.len};
		struct buf body = BUF_INIT;
		memcpy(claim.hub, t->hub, sizeof claim.hub);
		memcpy(claim.hash, t->part->hash, sizeof claim.hash);
		part_write(&body, &claim);
		session_say(s, MESSAGE_PART, &body);
		buf_release(&body);
		t->is_part_told = true;
	}
}

void session_say_scope(struct session *s)
{
	struct buf body = BUF_INIT;
	scope_write(&body, s->scope);
	session_say(s, MESSAGE_SCOPE, &body);
	buf_release(&body);
}

const struct scope *session_peer_scope(const struct session *s)
{
	return s->peer_scope;
}

bool session_has_scope(const struct session *s)
{
	return s->scope;
}

bool session_want(struct session *s, struct session_want *out)
{
	*out = (struct session_want){.from = 0};
	if (s->state != STATE_OPEN || outbox_size(&s->out) > SESSION_QUEUE_BYTES)
		return false;
	const struct track *t = progress_want(&s->progress);
	if (!t || (s->is_held && t->hub[0]))
		return false;
	out->is_charter = !t->hub[0];
	memcpy(out->hub, t->hub, sizeof out->hub);
	out->from = track_next(t);
	out->to = t->local;
	return true;
}

/*
 * The track to send `*n` numbers from `from` on of, or NULL when none of them is to be sent (any
 * more); `*n` is cut to what we have told of. Where more than one number is missing the peer is
 * first told how far it goes, so that neither side takes the middle of it for the end.
 */
static struct track *begin_sending(struct session *s, const char *hub, uint64_t from, size_t *n)
{
	struct track *t = s->state == STATE_OPEN ? progress_find(&s->progress, hub) : NULL;
	uint64_t next = t ? track_next(t) : 0;
	if (!t || t->is_disputed || next > t->local || next >= from + *n)
		return NULL;
	assert(from <= next); /* else a gap: not what session_want() said */
	if (*n > t->local - from + 1)
		*n = (size_t)(t->local - from + 1);
	if (next < t->local && t->told < t->local) {
		struct short_head head;
		note_head(&head, t);
		say_heads(s, &head, 1);
	}
	return t;
}

static void note_sent(struct track *t, uint64_t last)
{
	if (t->sent < last)
		t->sent = last;
	if (t->told < last)
		t->told = last;
}

/* Does the peer hold the beginning of this entry? */
static bool is_begun(const struct track *t, uint64_t seq, struct str text)
{
	return t->part_seq == seq && part_fits(text, (size_t)t->part_len, t->part_hash);
}

/* Texts as a message, or the rest of the one that the peer holds a part of. Returns the bytes of
 * the body. */
static size_t say_texts(
    struct session *s, struct track *t, uint64_t seq, const struct str *texts, size_t n)
{
	struct buf body = BUF_INIT, segment = BUF_INIT;
	bool is_rest = is_begun(t, seq, texts[0]);
	struct str part = is_rest ? str_sub(texts[0], 0, (size_t)t->part_len) : STR_EMPTY;
	struct segment_writer *w = recall_writer(s, t, seq, part);
	enum message type = t->hub[0] ? MESSAGE_ENTRIES : MESSAGE_CHARTER;
	if (is_rest) {
		assert(n == 1);
		type = MESSAGE_REST;
		segment_write_rest(w, &segment, texts[0], (size_t)t->part_len);
		rest_write(&body, t->hub, seq, t->part_len, buf_str(&segment));
	} else {
		segment_write(w, &segment, texts, n);
		if (type == MESSAGE_ENTRIES)
			entries_write(&body, t->hub, seq, buf_str(&segment));
		else
			charter_body_write(&body, seq, buf_str(&segment));
	}
	if (t->part_seq <= seq)
		t->part_seq = 0;
	session_say(s, type, &body);
	size_t len = body.len;
	buf_release(&segment);
	buf_release(&body);
	return len;
}

void session_put_charter(struct session *s, uint32_t version, struct str bytes)
{
	assert(bytes.len && bytes.len <= ENTRY_BYTES_MAX);
	size_t n = 1;
	struct track *t = begin_sending(s, "", version, &n);
	if (!t)
		return;
	say_texts(s, t, version, &bytes, 1);
	note_sent(t, version);
}

/* Entries share a segment up to a unit: what is cut in the middle of one is lost. */
static size_t say_some(
    struct session *s, struct track *t, uint64_t from, const struct str *entries, size_t n)
{
	size_t i = 1, bytes = entries[0].len;
	bool is_rest = is_begun(t, from, entries[0]);
	while (i < n && !is_rest && bytes + entries[i].len <= s->unit_bytes)
		bytes += entries[i++].len;
	t->put_bytes += say_texts(s, t, from, entries, i);
	t->put += i;
	return i;
}

void session_put_entries(
    struct session *s, const char *hub, uint64_t from, const struct str *entries, size_t n)
{
	struct track *t = begin_sending(s, hub, from, &n);
	if (!t)
		return;
	for (size_t i = track_next(t) - from; i < n;)
		i += say_some(s, t, from + i, entries + i, n - i);
	note_sent(t, from + n - 1);
}

void session_say_refuse(struct session *s, const struct track *t, uint64_t seq)
{
	struct buf body = BUF_INIT;
	refuse_write(&body, t->hub, seq);
	session_say(s, MESSAGE_REFUSE, &body);
	buf_release(&body);
}

void session_refuse(struct session *s, const char *hub, uint64_t seq)
{
	struct track *t = progress_find(&s->progress, hub);
	if (s->state != STATE_OPEN || !t || t->is_disputed)
		return;
	t->is_disputed = t->is_stirred = true;
	session_say_refuse(s, t, seq);
	session_settle(s);
}

static bool is_up(const struct session *s)
{
	return s->state == STATE_MEETING || s->state == STATE_OPEN;
}

void session_put_evidence(struct session *s, const char *hub, struct str first, struct str second)
{
	struct buf body = BUF_INIT;
	assert(first.len && first.len <= ENTRY_COMMIT_BYTES_MAX &&
	       second.len <= ENTRY_COMMIT_BYTES_MAX);
	if (!is_up(s))
		return;
	evidence_write(&body, hub, first, second);
	session_say(s, MESSAGE_EVIDENCE, &body);
	buf_release(&body);
}

void session_hold(struct session *s, bool is_holding)
{
	struct buf body = BUF_INIT;
	if (!is_up(s) || s->is_holding == is_holding)
		return;
	s->is_holding = is_holding;
	hold_write(&body, is_holding);
	session_say(s, MESSAGE_HOLD, &body);
	buf_release(&body);
}

bool session_is_held(const struct session *s)
{
	return s->is_held;
}

void session_proof_message(const struct session *s, struct buf *out)
{
	buf_add(out, str_of(noise_handshake_hash(s->noise), NOISE_HASH_BYTES));
}

int session_put_proof(struct session *s, struct str armor, struct err *err)
{
	struct sshsig sig;
	struct buf message = BUF_INIT, body = BUF_INIT;
	int rc = 0;
	if (!is_up(s))
		goto out;
	assert(session_is_edge(s->hub) && !session_is_edge(s->peer_hello.hub) && !s->has_proved);
	session_proof_message(s, &message);
	rc = sshsig_parse(&sig, armor, err);
	if (!rc)
		rc = sshsig_verify(&sig, s->name_space, buf_str(&message), err);
	if (rc)
		goto out;
	prove_write(&body, &sig.key, sig.signature);
	session_say(s, MESSAGE_PROVE, &body);
	s->has_proved = true;
out:
	buf_release(&message);
	buf_release(&body);
	return rc;
}

static void say_opaque(struct session *s, enum message type, struct str bytes, size_t most)
{
	assert(bytes.len && bytes.len <= most);
	outbox_message(&s->out, (uint8_t)type, bytes);
}

void session_put_submit(struct session *s, struct str bytes)
{
	if (!is_up(s))
		return;
	assert(s->has_proved);
	say_opaque(s, MESSAGE_SUBMIT, bytes, SUBMISSION_BYTES_MAX);
}

void session_put_notice(struct session *s, struct str bytes)
{
	if (!is_up(s))
		return;
	assert(s->is_member);
	say_opaque(s, MESSAGE_NOTICE, bytes, NOTICE_BYTES_MAX);
}
