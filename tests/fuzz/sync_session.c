/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile peer against one session. The first byte says how they meet, the second how the rest
 * is cut. Raw: the rest is what arrives in place of a handshake. Else the handshake is done
 * honestly and the rest is the peer's decrypted stream, so that every message can be reached; a
 * small driver admits what comes and answers what is wanted, and checks what a driver relies on. A
 * second, quiet peer may be there, so that it matters who is asked (sync/gossip.h).
 */
#include <assert.h>
#include <stdlib.h>

#include "entry/segment.h"
#include "../unit/sync/session_raw.h"
#include "sync/gossip.h"

enum { RAW_STREAM = 16, PROVED = 32, ADMIT = 64, TWO_PEERS = 128, STORE_MAX = 2 * HUBS_MAX + 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct store {
	uint32_t charter;
	struct head heads[STORE_MAX];
	size_t n;
	bool is_closed, is_up, is_in_gossip;
};

static struct head *store_head(struct store *st, const char *hub)
{
	size_t at = 0;
	while (at < st->n && strcmp(st->heads[at].hub, hub) < 0)
		at++;
	if (at < st->n && !strcmp(st->heads[at].hub, hub))
		return &st->heads[at];
	assert(st->n < STORE_MAX);
	memmove(&st->heads[at + 1], &st->heads[at], (st->n++ - at) * sizeof st->heads[0]);
	st->heads[at] = (struct head){.seq = 0};
	snprintf(st->heads[at].hub, HUB_NAME_BYTES, "%s", hub);
	return &st->heads[at];
}

static void take_entries(struct store *st, const struct session_event *v)
{
	struct head *h = store_head(st, v->hub);
	struct str rest = v->bytes, entry;
	assert(str_is_slug(str_from(v->hub)) && v->seq == h->seq + 1);
	while (segment_split(&rest, &entry)) {
		assert(entry.len && entry.len <= ENTRY_BYTES_MAX);
		h->seq++;
		memset(h->id.bytes, (int)(h->seq & 0xff), OID_BYTES);
	}
	assert(!rest.len && h->seq >= v->seq);
}

static bool take_events(struct session *s, struct store *st)
{
	struct session_event v;
	bool is_changed = false;
	while (session_event(s, &v)) {
		assert(!st->is_closed);
		assert(st->is_up != (v.kind == SESSION_UP) || v.kind == SESSION_CLOSED);
		st->is_up |= v.kind == SESSION_UP;
		st->is_closed = v.kind == SESSION_CLOSED;
		if (v.kind == SESSION_ENTRIES)
			take_entries(st, &v);
		if (v.kind == SESSION_CHARTER) {
			st->charter++;
			assert(v.seq == st->charter);
		}
		is_changed |= v.kind == SESSION_ENTRIES || v.kind == SESSION_CHARTER;
		if (v.kind == SESSION_PIECE)
			assert(v.bytes.len <= PIECE_BYTES);
		if (v.kind == SESSION_HAVE)
			assert(v.bytes.len == SHA256_BYTES);
		if (v.kind == SESSION_SUBMIT)
			assert(v.bytes.len && v.bytes.len <= SUBMISSION_BYTES_MAX);
		if (v.kind == SESSION_CLOSED)
			assert(v.text && strlen(v.text));
	}
	return is_changed;
}

static void admit(struct session *s, struct store *st)
{
	struct head held[STORE_MAX];
	struct local_state l = {.charter = st->charter, .heads = held};
	memset(l.charter_hash.bytes, st->charter == 2 ? 0xcc : (int)(st->charter & 0xff),
	    SHA256_BYTES);
	for (size_t i = 0; i < st->n; i++)
		if (st->heads[i].seq)
			held[l.nheads++] = st->heads[i];
	session_local(s, &l);
	take_events(s, st);
}

/* Files of one's own making: of every other one there is nothing. */
static void serve(struct session *s)
{
	static const char zeros[PIECE_BYTES];
	struct get g;
	for (int i = 0; i < 100 && session_asked(s, &g); i++) {
		assert(g.length && g.length <= GET_BYTES_MAX && g.size <= ATTACHMENT_BYTES_MAX);
		size_t n = g.length < PIECE_BYTES ? g.length : PIECE_BYTES;
		if (g.chunks.bytes[0] & 1)
			session_put_lack(s);
		else
			session_put_piece(s, str_of(zeros, n));
	}
	g = (struct get){.size = 3 * GET_BYTES_MAX, .offset = GET_BYTES_MAX, .length = 5000};
	if (session_can_get(s))
		session_get(s, &g);
}

static void answer(struct session *s)
{
	serve(s);
	struct session_want want;
	struct recall_claim claim;
	struct str one = STR("an entry");
	if (session_wants_recall(s, &claim))
		session_put_recall(s, NULL);
	for (int i = 0; i < 100 && session_want(s, &want); i++) {
		assert(want.from <= want.to && want.is_charter == !want.hub[0]);
		if (want.is_charter)
			session_put_charter(s, (uint32_t)want.from, one);
		else
			session_put_entries(s, want.hub, want.from, &one, 1);
	}
}

/* Time passes by seconds, so that who is asked changes. */
static void ask(struct gossip *g, struct session *s, struct store *st, int64_t *now)
{
	if (st->is_up && !st->is_closed && !st->is_in_gossip) {
		struct part *p = part_new("east", 6, STR("the beginning"), STR_EMPTY);
		session_offer(s, p);
		part_release(p);
		p = part_new("east", 5, STR("what was said before, and the beginning"), STR_EMPTY);
		session_offer_recall(s, p, 2);
		part_release(p);
		gossip_add(g, s, s, *now);
		st->is_in_gossip = true;
	}
	if (st->is_closed)
		gossip_remove(g, s, *now);
	gossip_look(g, s, *now);
	while (gossip_next(g))
		;
	assert(gossip_due(g) > *now);
	gossip_tick(g, *now += 1000);
	assert(g->nlinks <= 2 && g->njournals <= 2 * HUBS_MAX + 2);
}

static void drain(struct session *s)
{
	struct str out = session_output(s);
	assert(out.len <= SESSION_QUEUE_BYTES + 64 * 1024);
	session_sent(s, out.len);
}

static void drive(struct raw *r, int how, struct str rest, size_t frame)
{
	struct store st = {.charter = 2};
	store_head(&st, "east")->seq = 5;
	memset(st.heads[0].id.bytes, 5, OID_BYTES);
	int64_t now = 0, clock = 0;
	struct gossip g = {.nlinks = 0};
	struct raw quiet = {.heard = BUF_INIT};
	struct head none = {.seq = 0};
	if (frame % 3 == 1) /* east is what the store has */
		session_follow(r->session, &STR("west"), 1, how & TWO_PEERS);
	if (how & TWO_PEERS) {
		quiet = raw_new(RAW_EQUAL, &none, 0);
		gossip_add(&g, quiet.session, quiet.session, 0);
	}
	while (rest.len && !st.is_closed) {
		struct str part = str_sub(rest, 0, frame);
		rest = str_sub(rest, part.len, rest.len);
		if (how & RAW_STREAM)
			session_feed(r->session, part, now);
		else
			raw_text(r, part);
		if (take_events(r->session, &st) && how & ADMIT)
			admit(r->session, &st);
		ask(&g, r->session, &st, &clock);
		answer(r->session);
		drain(r->session);
		assert(session_deadline(r->session) >= now);
	}
	struct part *left = session_part(r->session);
	assert(!left || left->bytes.len <= ENTRY_BYTES_MAX);
	part_release(left);
	gossip_remove(&g, r->session, clock);
	if (how & TWO_PEERS) {
		gossip_remove(&g, quiet.session, clock);
		raw_free(&quiet);
	}
	assert(!g.links);
	session_tick(r->session, now + IDLE_PING_MS);
	session_close(r->session, "the end", false);
	take_events(r->session, &st);
	assert(st.is_closed);
	drain(r->session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	int how = data[0];
	struct head have = {.hub = "east", .seq = 5};
	memset(have.id.bytes, 5, OID_BYTES);
	struct raw r = {.heard = BUF_INIT};
	if (how & RAW_STREAM) {
		struct session_config c = {.initiator = how & RAW_SESSION_DIALS, .hub = "tested"};
		struct local_state l = raw_state(&have, 1);
		hash_init();
		memset(c.link_secret, 0x77, sizeof c.link_secret);
		r.session = session_new(&c, &l, 0);
	} else {
		r = raw_new(how & 15, &have, 1);
		if (how & PROVED)
			r.session->is_member = r.session->has_proved = true;
	}
	drive(&r, how, str_of(data + 2, size - 2), 1 + 16 * (size_t)data[1]);
	raw_free(&r);
	return 0;
}
