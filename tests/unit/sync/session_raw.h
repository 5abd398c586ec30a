/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peer that does the handshake honestly and then says whatever a test makes it say.
 */
#ifndef BELFRY_TESTS_SESSION_RAW_H
#define BELFRY_TESTS_SESSION_RAW_H

#include <stdio.h>

#include "entry/segment.h"

#include <assert.h>

#include "sync/frame.h"
#include "sync/session_impl.h"

struct raw {
	struct noise *noise;
	struct session *session; /* the one under test; it dialled if `is_dialled` */
	bool is_dialled;
	struct hello hello; /* what the raw peer says of itself */
	struct buf heard; /* plaintext from the session */
};

enum { RAW_EDGE = 1, RAW_EQUAL = 2, RAW_SESSION_DIALS = 4, RAW_SESSION_IS_EDGE = 8 };

__attribute__((unused)) static struct local_state raw_state(const struct head *heads, size_t n)
{
	struct local_state l = {.charter = 2, .heads = heads, .nheads = n};
	memset(l.charter_hash.bytes, 0xcc, SHA256_BYTES);
	return l;
}

/* Take what the session has to say: handshake frames go to noise, text into r->heard. */
__attribute__((unused)) static void raw_listen(struct raw *r, struct buf *answer)
{
	struct str out;
	while ((out = session_output(r->session)).len) {
		struct str rest = out, box;
		struct err err;
		while (frame_take(&box, &rest, 1, FRAME_BYTES_MAX, &err) == TAKE_DONE) {
			struct buf payload = BUF_INIT;
			if (noise_is_done(r->noise))
				noise_decrypt(r->noise, &r->heard, box, &err);
			else
				noise_read(r->noise, &payload, box, &err);
			buf_release(&payload);
		}
		session_sent(r->session, out.len);
		if (noise_is_writing(r->noise)) {
			struct buf box_out = BUF_INIT, hello = BUF_INIT;
			hello_write(&hello, &r->hello);
			noise_write(r->noise, &box_out, buf_str(&hello), &err);
			buf_u16(answer, (uint16_t)box_out.len);
			buf_add(answer, buf_str(&box_out));
			buf_release(&box_out);
			buf_release(&hello);
		}
	}
}

/* Raw bytes in a frame, encrypted. */
__attribute__((unused)) static void raw_text(struct raw *r, struct str text)
{
	struct buf wire = BUF_INIT;
	buf_u16(&wire, (uint16_t)(text.len + NOISE_TAG_BYTES));
	noise_encrypt(r->noise, &wire, text);
	session_feed(r->session, buf_str(&wire), 0);
	buf_release(&wire);
}

__attribute__((unused)) static void raw_say(struct raw *r, unsigned type, struct str body)
{
	struct buf text = BUF_INIT;
	buf_varint(&text, body.len + 1);
	buf_u8(&text, (uint8_t)type);
	buf_add(&text, body);
	for (size_t at = 0; at < text.len; at += 60000)
		raw_text(r, str_sub(buf_str(&text), at, 60000));
	buf_release(&text);
}

/* A session with the state of `heads` after an honest handshake. */
__attribute__((unused)) static struct raw raw_new(int how, const struct head *heads, size_t n)
{
	struct raw r = {.is_dialled = how & RAW_SESSION_DIALS, .heard = BUF_INIT};
	struct session_config c = {
	    .initiator = r.is_dialled, .hub = how & RAW_SESSION_IS_EDGE ? "" : "tested"};
	struct local_state l = raw_state(heads, n);
	struct buf prologue = BUF_INIT, wire = BUF_INIT;
	uint8_t secret[LINK_KEY_BYTES];
	hash_init();
	memset(secret, 0x42, sizeof secret);
	memset(c.link_secret, 0x77, sizeof c.link_secret);
	buf_puts(&prologue, "belfry-link 1\n");
	buf_add(&prologue, str_of(c.network.bytes, SHA256_BYTES));
	r.hello.charter = 2;
	memset(r.hello.charter_id, 0xcc, SHORT_ID_BYTES);
	if (how & RAW_EQUAL)
		r.hello.digest = local_state_digest(&l);
	snprintf(r.hello.hub, sizeof r.hello.hub, "%s", how & RAW_EDGE ? "" : "raw");
	r.noise = noise_new(!r.is_dialled, buf_str(&prologue), secret, NULL);
	r.session = session_new(&c, &l, 0);
	if (!r.is_dialled) {
		struct err err;
		buf_u16(&wire, 32);
		noise_write(r.noise, &wire, STR_EMPTY, &err);
		session_feed(r.session, buf_str(&wire), 0);
		buf_reset(&wire);
	}
	raw_listen(&r, &wire);
	session_feed(r.session, buf_str(&wire), 0);
	raw_listen(&r, &wire);
	buf_release(&prologue);
	buf_release(&wire);
	return r;
}

__attribute__((unused)) static void raw_free(struct raw *r)
{
	noise_free(r->noise);
	session_free(r->session);
	buf_release(&r->heard);
}

/* One segment that begins a stream: `n` of `text`. */
__attribute__((unused)) static void lone_segment(struct buf *out, struct str text, size_t n)
{
	struct segment_writer *w = segment_writer_new();
	struct str entries[64];
	assert(n <= 64);
	for (size_t i = 0; i < n; i++)
		entries[i] = text;
	segment_write(w, out, entries, n);
	segment_writer_free(w);
}

/* The body of ENTRIES: `n` of `text`, in a stream of their own. */
__attribute__((unused)) static void body_entries(
    struct buf *b, const char *hub, uint64_t from, struct str text, size_t n)
{
	struct buf segment = BUF_INIT;
	lone_segment(&segment, text, n);
	entries_write(b, hub, from, buf_str(&segment));
	buf_release(&segment);
}
__attribute__((unused)) static struct head sample_head(const char *hub, uint64_t seq)
{
	struct head h = {.seq = seq};
	snprintf(h.hub, sizeof h.hub, "%s", hub);
	memset(h.id.bytes, (int)seq, OID_BYTES);
	return h;
}

__attribute__((unused)) static void body_heads(struct buf *b, const char *hub, uint64_t seq)
{
	struct short_head h = {.seq = seq};
	snprintf(h.hub, sizeof h.hub, "%s", hub);
	memset(h.id, (int)seq, SHORT_ID_BYTES);
	heads_write(b, &h, 1);
}

__attribute__((unused)) static void say_heads(struct raw *r, const char *hub, uint64_t seq)
{
	struct buf b = BUF_INIT;
	body_heads(&b, hub, seq);
	raw_say(r, MESSAGE_HEADS, buf_str(&b));
	buf_release(&b);
}

__attribute__((unused)) static void say_entries(
    struct raw *r, const char *hub, uint64_t from, size_t n)
{
	struct buf b = BUF_INIT;
	body_entries(&b, hub, from, STR("an entry"), n);
	raw_say(r, MESSAGE_ENTRIES, buf_str(&b));
	buf_release(&b);
}

#endif
