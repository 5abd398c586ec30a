/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/session_impl.h"

#include "base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { DH_BYTES = 32 };

bool session_is_edge(const char *hub)
{
	return !hub[0];
}

void session_set_state(struct session *s, enum state state)
{
	s->state = state;
	s->entered_ms = s->now_ms;
}

void session_emit(struct session *s, enum session_event_kind kind, const char *hub, uint64_t seq,
    struct str bytes)
{
	struct session_event e = {.kind = kind, .seq = seq, .bytes = bytes};
	snprintf(e.hub, sizeof e.hub, "%s", hub);
	events_push(&s->events, &e);
}

bool session_event(struct session *s, struct session_event *out)
{
	if (!events_pop(&s->events, out))
		return false;
	if (out->kind == SESSION_MEMBER)
		out->public_key = &s->member;
	return true;
}

void session_end(struct session *s, const char *why, bool is_fault)
{
	if (s->state == STATE_CLOSED)
		return;
	snprintf(s->reason, sizeof s->reason, "%s", why);
	buf_reset(&s->out.text);
	session_set_state(s, STATE_CLOSED);
	struct session_event e = {.kind = SESSION_CLOSED,
	    .bytes = STR_EMPTY,
	    .text = s->reason,
	    .is_fault = is_fault,
	    .refused = s->refused};
	events_push(&s->events, &e);
}

void session_close(struct session *s, const char *why, bool is_fault)
{
	if (s->state == STATE_CLOSED)
		return;
	struct buf last = BUF_INIT, bye = BUF_INIT;
	if (!is_fault)
		buf_add(&last, buf_str(&s->out.text));
	bool can_speak = s->state != STATE_HANDSHAKE;
	session_end(s, why, is_fault);
	if (can_speak) {
		buf_add(&s->out.text, buf_str(&last));
		bye_write(&bye, str_from(why));
		session_say(s, MESSAGE_BYE, &bye);
	}
	buf_release(&last);
	buf_release(&bye);
}

/* Our hello as of now; its digest is what the peer will know of us. */
static void compose_hello(struct session *s, const struct local_state *l)
{
	struct hello *h = &s->own_hello;
	memcpy(h->incarnation, s->incarnation, INCARNATION_BYTES);
	memcpy(h->hub, s->hub, sizeof h->hub);
	memcpy(h->charter_id, l->charter_hash.bytes, SHORT_ID_BYTES);
	h->charter = l->charter;
	h->digest = local_state_digest(l);
}

static void write_handshake(struct session *s, struct str payload)
{
	struct buf box = BUF_INIT;
	struct err err;
	int rc = noise_write(s->noise, &box, payload, &err);
	if (rc)
		session_end(s, err.msg, true);
	else
		outbox_frame(&s->out, buf_str(&box));
	s->round_trip_ms = -s->now_ms;
	buf_release(&box);
}

struct session *session_new(
    const struct session_config *c, const struct local_state *l, int64_t now_ms)
{
	struct session *s = mem_alloc(sizeof *s);
	struct buf prologue = BUF_INIT;
	struct err err;
	assert(!c->hub[0] || str_is_slug(str_from(c->hub)));
	*s = (struct session){.is_initiator = c->initiator,
	    .has_expected_key = c->expect_key != NULL,
	    .wire_in = BUF_INIT,
	    .text_in = BUF_INIT,
	    .raw = BUF_INIT,
	    .out = {BUF_INIT, BUF_INIT, 0},
	    .events = {.bytes = BUF_INIT},
	    .unit_bytes = UNIT_BYTES_UNKNOWN,
	    .rule_told = WANT_ENTRIES,
	    .now_ms = now_ms,
	    .heard_ms = now_ms,
	    .spoke_ms = now_ms,
	    .taken_ms = now_ms};
	session_set_state(s, STATE_HANDSHAKE);
	if (c->expect_key)
		memcpy(s->expected_key, c->expect_key, LINK_KEY_BYTES);
	link_key_public(s->own_key, c->link_secret);
	snprintf(s->hub, sizeof s->hub, "%s", c->hub);
	memcpy(s->incarnation, c->incarnation, INCARNATION_BYTES);
	snprintf(
	    s->name_space, sizeof s->name_space, "belfry-link@%s", sha256_hex(&c->network).text);
	buf_puts(&prologue, "belfry-link 1\n");
	buf_add(&prologue, str_of(c->network.bytes, SHA256_BYTES));
	s->noise = noise_new(c->initiator, buf_str(&prologue), c->link_secret, NULL);
	buf_release(&prologue);
	progress_init(&s->progress, s->hub);
	if (c->scope) {
		assert(session_is_edge(s->hub));
		s->scope = mem_alloc(sizeof *s->scope);
		*s->scope = *c->scope;
		s->progress.is_mute = true;
	}
	progress_local(&s->progress, l, &err);
	compose_hello(s, l);
	if (c->initiator)
		write_handshake(s, STR_EMPTY);
	return s;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	noise_free(s->noise);
	buf_release(&s->wire_in);
	buf_release(&s->text_in);
	outbox_release(&s->out);
	session_end_stream(s);
	segment_reader_free(s->reader);
	part_release(s->recalled);
	buf_release(&s->raw);
	progress_release(&s->progress);
	free(s->scope);
	free(s->peer_scope);
	events_release(&s->events);
	free(s);
}

void session_set_unit(struct session *s, size_t bytes)
{
	s->unit_bytes = bytes;
}

void session_forget(struct session *s)
{
	session_end_stream(s);
}

void session_compare(struct session *s, struct track *t)
{
	if (t->is_disputed || !track_is_forked(t) || progress_is_shut(&s->progress, t))
		return;
	t->is_disputed = t->is_stirred = true;
	session_emit(s, SESSION_DISPUTED, t->hub, t->local, STR_EMPTY);
	session_say_refuse(s, t, t->local);
}

void session_compare_members(struct session *s)
{
	for (size_t i = 0; i < s->progress.n; i++)
		if (name_is_for_members(s->progress.tracks[i].hub))
			session_compare(s, &s->progress.tracks[i]);
}

void session_settle(struct session *s)
{
	bool is_settled =
	    s->state == STATE_OPEN && !s->awaits_members && progress_is_settled(&s->progress);
	if (is_settled && !s->is_settled)
		session_emit(s, SESSION_IN_SYNC, "", 0, STR_EMPTY);
	s->is_settled = is_settled;
}

bool session_is_settled(const struct session *s)
{
	return s->is_settled;
}

void session_await_members(struct session *s, bool is_awaited)
{
	s->awaits_members = is_awaited && !s->has_heard_members;
	session_settle(s);
}

void session_local(struct session *s, const struct local_state *l)
{
	struct err err;
	if (s->state == STATE_CLOSED)
		return;
	if (progress_local(&s->progress, l, &err)) {
		session_close(s, err.msg, false);
		return;
	}
	if (!s->has_greeted) /* it only alters what the hello will say */
		compose_hello(s, l);
	if (s->state != STATE_OPEN)
		return;
	for (size_t i = 0; i < s->progress.n; i++)
		session_compare(s, &s->progress.tracks[i]);
	session_settle(s);
}

/* The handshake is done and both hellos are known. */
static void go_up(struct session *s)
{
	const struct hello *peer = &s->peer_hello;
	struct session_event e = {.kind = SESSION_UP,
	    .charter = peer->charter,
	    .link_key = noise_remote_key(s->noise),
	    .incarnation = peer->incarnation,
	    .bytes = STR_EMPTY};
	memcpy(e.hub, peer->hub, sizeof e.hub);
	events_push(&s->events, &e);
	if (s->scope)
		session_say_scope(s);
	if (s->progress.is_choosy)
		wants_say_rule(s);
	if (sha256_eq(&peer->digest, &s->own_hello.digest)) {
		progress_mirror(&s->progress);
		session_set_state(s, STATE_OPEN);
		return;
	}
	struct track *charter = progress_find(&s->progress, "");
	charter->said = peer->charter;
	memcpy(charter->said_id, peer->charter_id, SHORT_ID_BYTES);
	s->has_differed = true;
	session_set_state(s, STATE_MEETING);
	session_say_all(s);
	session_compare(s, charter);
}

static void greet(struct session *s)
{
	struct buf payload = BUF_INIT;
	struct sha256 *digest = &s->own_hello.digest;
	/* Who wants less than all must be heard before anything is sent. */
	if (s->scope || s->progress.is_choosy)
		*digest = sha256_pair(
		    str_of(digest->bytes, SHA256_BYTES), str_of(s->incarnation, INCARNATION_BYTES));
	hello_write(&payload, &s->own_hello);
	write_handshake(s, buf_str(&payload));
	progress_told_all(&s->progress);
	s->has_greeted = true;
	buf_release(&payload);
}

/* The other end must be whom we dialled, and not ourselves, before our name goes out. */
static int check_key(struct session *s, struct err *err)
{
	const uint8_t *key = noise_remote_key(s->noise);
	if (!memcmp(key, s->own_key, LINK_KEY_BYTES))
		return err_set(err, ERR_USAGE, "this address leads back to this hub itself");
	s->refused = REFUSED_KEY;
	if (s->has_expected_key && memcmp(key, s->expected_key, LINK_KEY_BYTES))
		return err_set(err, ERR_PEER,
		    "the peer at this address has another link key than "
		    "the charter gives for it");
	s->refused = REFUSED_NOTHING;
	return 0;
}

/* Handshake message 1 or 3 at the responder, 2 at the initiator. */
static int take_handshake(struct session *s, struct str box, struct err *err)
{
	struct buf payload = BUF_INIT;
	bool is_first = !s->is_initiator && !s->peer_spoke;
	int rc = noise_read(s->noise, &payload, box, err);
	if (!is_first)
		s->round_trip_ms += s->now_ms;
	s->peer_spoke = true;
	if (rc) {
		err_wrap(err, "the handshake failed (another network, or no Belfry?)");
		s->refused = REFUSED_HANDSHAKE;
		goto out;
	}
	if (is_first && payload.len)
		rc = err_set(err, ERR_PEER, "handshake message 1 has a payload");
	else if (!is_first)
		rc = check_key(s, err);
	bool has_read = !rc && !is_first;
	if (has_read)
		rc = hello_read(&s->peer_hello, buf_str(&payload), err);
	if (rc && (is_first || has_read))
		s->refused = REFUSED_HANDSHAKE;
	int64_t round_trip_ms = s->round_trip_ms;
	if (!rc && noise_is_writing(s->noise))
		greet(s);
	if (!is_first)
		s->round_trip_ms = round_trip_ms;
	if (!rc && s->state == STATE_HANDSHAKE && noise_is_done(s->noise))
		go_up(s);
out:
	buf_release(&payload);
	return rc;
}

/* Is the beginning of an entry or a charter what waits for its rest? */
static void note_movement(struct session *s)
{
	struct str rest = buf_str(&s->text_in);
	uint64_t length;
	uint8_t type;
	if (str_take_varint(&rest, &length) && str_take_u8(&rest, &type) &&
	    (type == MESSAGE_ENTRIES || type == MESSAGE_CHARTER || type == MESSAGE_REST))
		s->moved_ms = s->now_ms;
}

static int take_messages(struct session *s, struct str box, struct err *err)
{
	int rc = noise_decrypt(s->noise, &s->text_in, box, err);
	if (rc) {
		s->refused = REFUSED_SEAL;
		return rc;
	}
	struct str rest = buf_str(&s->text_in), body;
	uint8_t type;
	while (s->state != STATE_CLOSED &&
	       (rc = message_take(&type, &body, &rest, err)) == TAKE_DONE) {
		rc = session_receive(s, type, body, err);
		if (rc)
			break;
	}
	buf_drop_front(&s->text_in, s->text_in.len - rest.len);
	note_movement(s);
	if (rc == ERR_PEER && !s->refused)
		s->refused = REFUSED_MESSAGE;
	return rc;
}

static int take_frame(struct session *s, struct str *wire, struct err *err)
{
	struct str box;
	bool is_handshake = s->state == STATE_HANDSHAKE;
	size_t least = is_handshake ? DH_BYTES : NOISE_TAG_BYTES + 1;
	size_t most = is_handshake ? HANDSHAKE_BYTES_MAX : FRAME_BYTES_MAX;
	int rc = frame_take(&box, wire, least, most, err);
	if (rc < 0)
		s->refused = REFUSED_FRAME;
	if (rc < 0 && is_handshake && s->is_initiator)
		err_wrap(err, "what answers there does not speak as Belfry does");
	if (rc != TAKE_DONE)
		return rc;
	rc = is_handshake ? take_handshake(s, box, err) : take_messages(s, box, err);
	return rc ? rc : TAKE_DONE;
}

void session_feed(struct session *s, struct str bytes, int64_t now_ms)
{
	struct err err;
	int rc = TAKE_DONE;
	s->now_ms = now_ms;
	s->bytes_in += bytes.len;
	if (s->state == STATE_CLOSED || !bytes.len)
		return;
	s->heard_ms = now_ms;
	buf_add(&s->wire_in, bytes);
	struct str rest = buf_str(&s->wire_in);
	while (s->state != STATE_CLOSED && rc == TAKE_DONE)
		rc = take_frame(s, &rest, &err);
	buf_drop_front(&s->wire_in, s->wire_in.len - rest.len);
	if (rc < 0)
		session_close(s, err.msg, err.code == ERR_PEER || err.code == ERR_SIGNATURE);
	session_settle(s);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t session_deadline(const struct session *s)
{
	if (s->state == STATE_CLOSED)
		return INT64_MAX;
	if (s->state == STATE_HANDSHAKE)
		return s->entered_ms + HANDSHAKE_TIMEOUT_MS;
	int64_t due = earlier(s->heard_ms + SILENCE_MS, s->spoke_ms + IDLE_PING_MS);
	return outbox_size(&s->out) ? earlier(due, s->taken_ms + SILENCE_MS) : due;
}

void session_tick(struct session *s, int64_t now_ms)
{
	s->now_ms = now_ms;
	if (s->state == STATE_CLOSED)
		return;
	bool is_waiting = outbox_size(&s->out);
	if (s->state == STATE_HANDSHAKE) {
		if (now_ms >= s->entered_ms + HANDSHAKE_TIMEOUT_MS) {
			s->refused = REFUSED_LATE;
			session_close(s,
			    s->bytes_in || !s->is_initiator
				? "the handshake was not done within 10 seconds"
				: "something takes the connection there, and has said nothing that "
				  "Belfry would within 10 seconds",
			    false);
		}
	} else if (now_ms >= s->heard_ms + SILENCE_MS) {
		session_close(s, "nothing was heard for two minutes", false);
	} else if (is_waiting && now_ms >= s->taken_ms + SILENCE_MS) {
		session_close(s, "the peer took nothing for two minutes", false);
	} else if (now_ms >= s->spoke_ms + IDLE_PING_MS) {
		s->spoke_ms = now_ms;
		if (!is_waiting)
			outbox_message(&s->out, MESSAGE_PING, STR_EMPTY);
	}
}

struct str session_output(struct session *s)
{
	if (s->state == STATE_OPEN)
		session_say_untold(s);
	if (s->state == STATE_MEETING || s->state == STATE_OPEN) {
		session_say_parts(s);
		wants_say(s);
	}
	if (s->out.text.len) {
		if (!outbox_wire(&s->out).len)
			s->taken_ms = s->now_ms;
		s->spoke_ms = s->now_ms;
		outbox_seal(&s->out, s->noise);
	}
	return outbox_wire(&s->out);
}

void session_sent(struct session *s, size_t n)
{
	outbox_taken(&s->out, n);
	s->bytes_out += n;
	s->taken_ms = s->now_ms;
}

/* So many entries, as large as those were, of this journal or else of all. Returns whether anything
 * is known to go by. */
static bool estimate(uint64_t *bytes, uint64_t n, const uint64_t own[2], const uint64_t all[2])
{
	const uint64_t *known = own[0] ? own : all;
	if (n && known[0])
		*bytes += (uint64_t)((double)n * (double)known[1] / (double)known[0]);
	return !n || known[0];
}

static uint64_t lead(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* Entries and their bytes, of all journals: those that came, and those that went out. */
static void sum_up(const struct session *s, uint64_t got[2], uint64_t put[2])
{
	for (size_t i = 1; i < s->progress.n; i++) {
		const struct track *t = &s->progress.tracks[i];
		got[0] += t->got;
		got[1] += t->got_bytes;
		put[0] += t->put;
		put[1] += t->put_bytes;
	}
}

static bool estimate_to_come(
    uint64_t *bytes, const struct session *s, const struct track *t, const uint64_t all[2])
{
	const uint64_t own[2] = {t->got, t->got_bytes};
	uint64_t n =
	    t->is_out || s->progress.is_peer_mute ? 0 : lead(track_peer(t) + 1, track_expected(t));
	return estimate(bytes, n, own, all);
}

static bool estimate_to_send(
    uint64_t *bytes, const struct session *s, const struct track *t, const uint64_t all[2])
{
	const uint64_t own[2] = {t->put, t->put_bytes};
	bool is_followed = !s->progress.is_mute && progress_wanted(&s->progress, t) != WANT_NOTHING;
	return estimate(bytes, is_followed ? lead(t->local + 1, track_next(t)) : 0, own, all);
}

static uint64_t behind(const struct session *s, const struct track *t)
{
	return progress_lacks_here(&s->progress, t) ? track_peer(t) - t->local : 0;
}

void session_counts(const struct session *s, struct session_counts *out)
{
	uint64_t got[2] = {0, 0}, put[2] = {0, 0};
	sum_up(s, got, put);
	*out = (struct session_counts){.bytes_in = s->bytes_in,
	    .bytes_out = s->bytes_out,
	    .raw_in = s->raw_in,
	    .is_to_come_known = true,
	    .is_to_send_known = true,
	    .to_send = outbox_size(&s->out)};
	for (size_t i = 1; i < s->progress.n; i++) {
		const struct track *t = &s->progress.tracks[i];
		if (progress_lacks_there(&s->progress, t))
			out->peer_behind += t->local - track_peer(t);
		out->behind += behind(s, t);
		if (!estimate_to_come(&out->to_come, s, t, got))
			out->is_to_come_known = false;
		if (!estimate_to_send(&out->to_send, s, t, put))
			out->is_to_send_known = false;
	}
}

bool session_journal(const struct session *s, size_t i, struct session_journal *out)
{
	uint64_t got[2] = {0, 0}, put[2] = {0, 0};
	if (i + 1 >= s->progress.n)
		return false;
	const struct track *t = &s->progress.tracks[i + 1]; /* the first is the charter */
	sum_up(s, got, put);
	*out = (struct session_journal){.hub = t->hub,
	    .local = t->local,
	    .peer = track_peer(t),
	    .behind = behind(s, t),
	    .is_disputed = t->is_disputed};
	out->is_to_come_known = estimate_to_come(&out->to_come, s, t, got);
	return true;
}
