/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world of nodes for the tests of the session: each node has a model store (journals as numbers,
 * entries made up from hub, number and branch), admits what arrives later than it arrives, and is
 * joined to others by links that cut the byte stream at random places. All from one seed.
 */
#ifndef BELFRY_TESTS_SESSION_MODEL_H
#define BELFRY_TESTS_SESSION_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "entry/segment.h"
#include "base/hash.h"
#include "base/mem.h"
#include "sync/session.h"

enum { NODES = 4, LINKS = 4, JOURNALS = 12, PUT_MAX = 64 };

struct journal {
	char hub[HUB_NAME_BYTES];
	uint64_t seq;
	uint64_t fork; /* entries from this number on are of our own branch; 0: none */
	char branch;
};

struct end {
	struct session *session;
	struct node *node;
	struct buf in; /* bytes under way to this end */
	int ups, in_syncs, disputes, closes, members, submits, notices, evidence;
	bool is_fault;
	char reason[600], peer_hub[HUB_NAME_BYTES], disputed[HUB_NAME_BYTES];
	uint64_t disputed_seq, acks;
	uint64_t acked; /* entries in all that the peer was seen to hold, charter apart */
	struct public_key member;
	struct buf last;
};

struct arrival {
	struct end *from;
	bool is_charter;
	char hub[HUB_NAME_BYTES];
	uint64_t seq;
	struct buf bytes;
};

struct node {
	char name[HUB_NAME_BYTES];
	uint8_t secret[LINK_KEY_BYTES], key[LINK_KEY_BYTES];
	uint32_t charter;
	struct journal journals[JOURNALS]; /* sorted */
	size_t njournals;
	struct arrival *queue;
	size_t nqueue, queue_cap, queue_at;
	uint64_t admitted, duplicates;
};

struct world {
	struct node nodes[NODES];
	size_t nnodes;
	struct end ends[2 * LINKS]; /* 2i and 2i+1 are the ends of link i */
	size_t nlinks;
	uint64_t random;
	int64_t now;
	size_t chunk_max, entry_size;
	struct sha256 network;
};

#define UNUSED __attribute__((unused))

UNUSED static uint64_t pick(struct world *w, uint64_t n)
{
	w->random = w->random * 6364136223846793005u + 1442695040888963407u;
	return (w->random >> 33) % n;
}

/* Bits of the noise in entries that are always 0: with some it shrinks as text does. */
UNUSED static uint8_t model_plain;
/* Of edges that are linked now; NULL: none. */
UNUSED static const struct scope *model_scope;
/* So many entries in a row are different, then they come again; 0: all are. */
UNUSED static uint64_t model_repeats;
/* As much at a time as is asked for, else some of it. */
UNUSED static bool model_puts_all;
/* A better writer behind the first one is a stream of its own, and what the first has sent is lost
 * to it. */
UNUSED static bool model_has_one_writer;

UNUSED static void model_entry(struct buf *out, const struct journal *j, uint64_t seq, size_t size)
{
	char branch = j->fork && seq >= j->fork ? j->branch : '-';
	char before = j->fork && seq > j->fork ? j->branch : '-';
	buf_printf(out, "%s %llu %c%c ", j->hub, (unsigned long long)seq, before, branch);
	uint64_t noise = 88172645463325252u +
			 (model_repeats ? seq % model_repeats
					: seq); /* xorshift64: what compression cannot help */
	for (size_t n = size + seq % 7 * size / 16; out->len < n;) {
		noise ^= noise << 13;
		noise ^= noise >> 7;
		noise ^= noise << 17;
		buf_u8(out, (uint8_t)(noise >> 32) & (uint8_t)~model_plain);
	}
}

UNUSED static void model_recall(
    struct buf *out, const struct journal *j, uint64_t last, uint64_t count, size_t size)
{
	for (uint64_t seq = last - count + 1; seq <= last && seq <= j->seq; seq++) {
		struct buf one = BUF_INIT;
		model_entry(&one, j, seq, size);
		buf_add(out, buf_str(&one));
		buf_release(&one);
	}
}

UNUSED static struct segment_writer *recalling(const struct recall_claim *c, struct str text)
{
	struct segment_writer *w = recall_fits(c, text) ? segment_writer_new_much() : NULL;
	if (w)
		segment_writer_recall(w, text, STR_EMPTY);
	return w;
}

UNUSED static void model_charter(struct buf *out, uint32_t version)
{
	buf_printf(out, "charter %u", version);
}

UNUSED static struct journal *model_journal(struct node *n, const char *hub)
{
	size_t at = 0;
	while (at < n->njournals && strcmp(n->journals[at].hub, hub) < 0)
		at++;
	if (at < n->njournals && !strcmp(n->journals[at].hub, hub))
		return &n->journals[at];
	assert_true(n->njournals < JOURNALS);
	memmove(
	    &n->journals[at + 1], &n->journals[at], (n->njournals++ - at) * sizeof n->journals[0]);
	n->journals[at] = (struct journal){.seq = 0, .branch = n->name[0]};
	snprintf(n->journals[at].hub, HUB_NAME_BYTES, "%s", hub);
	return &n->journals[at];
}

/* `heads` has JOURNALS places. */
UNUSED static struct local_state model_state(const struct node *n, struct head *heads)
{
	struct local_state l = {.charter = n->charter, .heads = heads};
	struct buf b = BUF_INIT;
	model_charter(&b, n->charter);
	if (n->charter)
		l.charter_hash = sha256(buf_str(&b));
	for (size_t i = 0; i < n->njournals; i++) {
		const struct journal *j = &n->journals[i];
		if (!j->seq)
			continue;
		buf_reset(&b);
		model_entry(&b, j, j->seq, 1);
		struct sha256 id = sha256(buf_str(&b));
		struct head *h = &heads[l.nheads++];
		*h = (struct head){.seq = j->seq};
		memcpy(h->hub, j->hub, sizeof h->hub);
		memcpy(h->id.bytes, id.bytes, OID_BYTES);
	}
	buf_release(&b);
	return l;
}

UNUSED static struct world *world_new(uint64_t seed)
{
	hash_init();
	struct world *w = mem_alloc(sizeof *w);
	w->random = seed;
	w->chunk_max = 3000;
	w->entry_size = 200;
	w->network = sha256(STR("a network"));
	return w;
}

UNUSED static struct node *world_node(struct world *w, const char *name, uint32_t charter)
{
	assert_true(w->nnodes < NODES);
	struct node *n = &w->nodes[w->nnodes++];
	snprintf(n->name, sizeof n->name, "%s", name);
	struct sha256 secret = sha256(str_from(name));
	memcpy(n->secret, secret.bytes, sizeof n->secret);
	n->secret[0] ^= (uint8_t)w->nnodes;
	link_key_public(n->key, n->secret);
	n->charter = charter;
	return n;
}

UNUSED static struct session *model_session(
    struct world *w, struct node *n, bool is_initiator, const uint8_t *expect)
{
	struct head heads[JOURNALS];
	struct local_state l = model_state(n, heads);
	struct session_config c = {.initiator = is_initiator,
	    .network = w->network,
	    .expect_key = expect,
	    .hub = n->name,
	    .scope = n->name[0] ? NULL : model_scope};
	memcpy(c.link_secret, n->secret, LINK_KEY_BYTES);
	memset(c.incarnation, n->name[0], sizeof c.incarnation);
	return session_new(&c, &l, w->now);
}

/* `a` dials `b`; ends 2i and 2i + 1. */
UNUSED static struct end *world_link(struct world *w, struct node *a, struct node *b)
{
	assert_true(w->nlinks < LINKS);
	struct end *e = &w->ends[2 * w->nlinks++];
	e[0].in = e[1].in = e[0].last = e[1].last = BUF_INIT;
	e[0].node = a;
	e[1].node = b;
	e[0].session = model_session(w, a, true, b->key);
	e[1].session = model_session(w, b, false, NULL);
	return e;
}

UNUSED static struct end *end_other(struct world *w, struct end *e)
{
	return &w->ends[(size_t)(e - w->ends) ^ 1];
}

UNUSED static void model_arrival(struct end *e, const struct session_event *v)
{
	struct node *n = e->node;
	struct arrival *a = MEM_PUSH(n->queue, n->nqueue, n->queue_cap);
	*a = (struct arrival){
	    .from = e, .is_charter = v->kind == SESSION_CHARTER, .seq = v->seq, .bytes = BUF_INIT};
	memcpy(a->hub, v->hub, sizeof a->hub);
	buf_add(&a->bytes, v->bytes);
}

UNUSED static void end_take_events(struct end *e)
{
	struct session_event v;
	while (session_event(e->session, &v)) {
		assert_int_equal(e->closes, 0);
		if (v.kind != SESSION_CLOSED)
			assert_int_equal(e->ups, v.kind != SESSION_UP);
		switch (v.kind) {
		case SESSION_UP:
			e->ups++;
			memcpy(e->peer_hub, v.hub, sizeof e->peer_hub);
			assert_non_null(v.link_key);
			assert_non_null(v.incarnation);
			break;
		case SESSION_CHARTER:
		case SESSION_ENTRIES:
			model_arrival(e, &v);
			break;
		case SESSION_ACK:
			e->acks++;
			if (v.hub[0])
				e->acked = e->acked > v.seq ? e->acked : v.seq;
			break;
		case SESSION_MEMBER:
			e->members++;
			e->member = *v.public_key;
			break;
		case SESSION_SUBMIT:
		case SESSION_NOTICE:
			v.kind == SESSION_SUBMIT ? e->submits++ : e->notices++;
			buf_reset(&e->last);
			buf_add(&e->last, v.bytes);
			break;
		case SESSION_IN_SYNC:
			e->in_syncs++;
			break;
		case SESSION_DISPUTED:
			e->disputes++;
			memcpy(e->disputed, v.hub, sizeof e->disputed);
			e->disputed_seq = v.seq;
			break;
		case SESSION_CLOSED:
			e->closes++;
			e->is_fault = v.is_fault;
			snprintf(e->reason, sizeof e->reason, "%s", v.text);
			break;
		case SESSION_EVIDENCE:
			e->evidence++;
			buf_reset(&e->last);
			buf_add(&e->last, v.bytes);
			break;
		case SESSION_HELD:
		case SESSION_PIECE:
		case SESSION_HAVE:
			break;
		case SESSION_NONE:
			fail_msg("an event of no kind");
		}
	}
}

/* The node's store has changed: every session hears of it. */
UNUSED static void node_changed(struct world *w, struct node *n)
{
	struct head heads[JOURNALS];
	struct local_state l = model_state(n, heads);
	for (size_t i = 0; i < 2 * w->nlinks; i++) {
		if (w->ends[i].node != n)
			continue;
		session_local(w->ends[i].session, &l);
		end_take_events(&w->ends[i]);
	}
}

UNUSED static void node_write(struct world *w, struct node *n, const char *hub, uint64_t count)
{
	model_journal(n, hub)->seq += count;
	node_changed(w, n);
}

/* The same entries at several nodes, before they are linked. */
UNUSED static void node_has(struct node *n, const char *hub, uint64_t seq)
{
	model_journal(n, hub)->seq = seq;
}

UNUSED static void model_admit_entries(struct world *w, struct node *n, const struct arrival *a)
{
	struct journal *j = model_journal(n, a->hub);
	struct str rest = buf_str(&a->bytes), entry;
	for (uint64_t seq = a->seq; segment_split(&rest, &entry); seq++) {
		if (seq <= j->seq) {
			n->duplicates++;
			continue;
		}
		assert_int_equal(seq, j->seq + 1); /* the session lets no gap through */
		struct buf want = BUF_INIT;
		model_entry(&want, j, seq, w->entry_size);
		bool follows = str_eq(entry, buf_str(&want));
		buf_release(&want);
		if (!follows) {
			session_refuse(a->from->session, a->hub, seq);
			return;
		}
		j->seq = seq;
		n->admitted++;
	}
	assert_int_equal(rest.len, 0);
}

/* Admit some of what has arrived, and make it durable. */
UNUSED static bool node_admit(struct world *w, struct node *n)
{
	if (n->queue_at == n->nqueue)
		return false;
	for (uint64_t k = 1 + pick(w, 5); k && n->queue_at < n->nqueue; k--) {
		struct arrival *a = &n->queue[n->queue_at++];
		if (a->is_charter) {
			struct buf want = BUF_INIT;
			model_charter(&want, (uint32_t)a->seq);
			assert_true(str_eq(buf_str(&want), buf_str(&a->bytes)));
			buf_release(&want);
			if (a->seq > n->charter) {
				assert_int_equal(a->seq, n->charter + 1);
				n->charter = (uint32_t)a->seq;
			}
		} else {
			model_admit_entries(w, n, a);
		}
		buf_release(&a->bytes);
	}
	node_changed(w, n);
	return true;
}

/* Answer what the session wants, in part or whole; what is recalled by one writer, then another. */
UNUSED static bool end_answer(struct world *w, struct end *e)
{
	struct session_want want;
	struct recall_claim claim;
	struct buf bytes = BUF_INIT;
	struct segment_writer *better = NULL;
	if (session_wants_recall(e->session, &claim)) {
		model_recall(&bytes, model_journal(e->node, claim.hub), claim.last, claim.count,
		    w->entry_size);
		session_put_recall(e->session, recalling(&claim, buf_str(&bytes)));
		if (!model_has_one_writer)
			better = recalling(&claim, buf_str(&bytes));
		buf_reset(&bytes);
	}
	if (!session_want(e->session, &want)) {
		segment_writer_free(better);
		buf_release(&bytes);
		return false;
	}
	if (want.is_charter) {
		model_charter(&bytes, (uint32_t)want.from);
		session_put_charter(e->session, (uint32_t)want.from, buf_str(&bytes));
		segment_writer_free(better);
		buf_release(&bytes);
		return true;
	}
	struct str entries[PUT_MAX];
	size_t start[PUT_MAX + 1] = {0}, n = 0;
	const struct journal *j = model_journal(e->node, want.hub);
	uint64_t most = model_puts_all ? PUT_MAX : 1 + pick(w, PUT_MAX);
	for (uint64_t seq = want.from; seq <= want.to && n < most; seq++) {
		struct buf one = BUF_INIT;
		model_entry(&one, j, seq, w->entry_size);
		buf_add(&bytes, buf_str(&one));
		buf_release(&one);
		start[++n] = bytes.len;
	}
	for (size_t i = 0; i < n; i++)
		entries[i] = str_sub(buf_str(&bytes), start[i], start[i + 1] - start[i]);
	session_put_entries(e->session, want.hub, want.from, entries, n);
	if (better)
		session_put_recall(e->session, better);
	buf_release(&bytes);
	return true;
}

/* Move output onto the link, some of it. */
UNUSED static bool end_send(struct world *w, struct end *e)
{
	struct str out = session_output(e->session);
	if (!out.len)
		return false;
	size_t n = 1 + (size_t)pick(w, w->chunk_max);
	out = str_sub(out, 0, n);
	buf_add(&end_other(w, e)->in, out);
	session_sent(e->session, out.len);
	return true;
}

UNUSED static bool end_receive(struct world *w, struct end *e)
{
	if (!e->in.len)
		return false;
	struct buf chunk = BUF_INIT;
	buf_add(&chunk, str_sub(buf_str(&e->in), 0, 1 + (size_t)pick(w, w->chunk_max)));
	buf_drop_front(&e->in, chunk.len);
	session_feed(e->session, buf_str(&chunk), w->now);
	buf_release(&chunk);
	end_take_events(e);
	return true;
}

/* Let things happen in random order until nothing can. */
UNUSED static void world_run(struct world *w)
{
	for (int idle = 0; idle < 64;) {
		bool did = false;
		struct end *e = w->nlinks ? &w->ends[pick(w, 2 * w->nlinks)] : NULL;
		switch (pick(w, 4)) {
		case 0:
			did = node_admit(w, &w->nodes[pick(w, w->nnodes)]);
			break;
		case 1:
			did = end_answer(w, e);
			break;
		case 2:
			did = end_send(w, e);
			break;
		default:
			did = end_receive(w, e);
		}
		idle = did ? 0 : idle + 1;
		if (idle < 64)
			continue;
		/* Certain, not only likely: look at everything once. */
		for (size_t i = 0; i < 2 * w->nlinks; i++)
			if (end_answer(w, &w->ends[i]) || end_send(w, &w->ends[i]) ||
			    end_receive(w, &w->ends[i]))
				idle = 0;
		for (size_t i = 0; i < w->nnodes; i++)
			if (node_admit(w, &w->nodes[i]))
				idle = 0;
	}
}

UNUSED static void assert_same(const struct node *a, const struct node *b)
{
	struct head ha[JOURNALS], hb[JOURNALS];
	struct local_state la = model_state(a, ha), lb = model_state(b, hb);
	struct sha256 da = local_state_digest(&la), db = local_state_digest(&lb);
	assert_memory_equal(da.bytes, db.bytes, SHA256_BYTES);
}

/* Both ends are up, in sync `times` times, and nothing is left over. */
UNUSED static void assert_in_sync(struct end *e, int times)
{
	for (int i = 0; i < 2; i++) {
		struct session_counts c;
		session_counts(e[i].session, &c);
		assert_string_equal(e[i].reason, "");
		assert_int_equal(e[i].ups, 1);
		assert_int_equal(e[i].in_syncs, times);
		assert_int_equal(c.behind, 0);
		assert_int_equal(c.peer_behind, 0);
	}
	assert_same(e[0].node, e[1].node);
}

UNUSED static uint64_t link_bytes(struct end *e)
{
	struct session_counts a, b;
	session_counts(e[0].session, &a);
	session_counts(e[1].session, &b);
	assert_int_equal(a.bytes_in, b.bytes_out);
	assert_int_equal(b.bytes_in, a.bytes_out);
	return a.bytes_in + a.bytes_out;
}

UNUSED static void world_free(struct world *w)
{
	for (size_t i = 0; i < 2 * w->nlinks; i++) {
		session_free(w->ends[i].session);
		buf_release(&w->ends[i].in);
		buf_release(&w->ends[i].last);
	}
	for (size_t i = 0; i < w->nnodes; i++) {
		for (size_t k = w->nodes[i].queue_at; k < w->nodes[i].nqueue; k++)
			buf_release(&w->nodes[i].queue[k].bytes);
		free(w->nodes[i].queue);
	}
	free(w);
}

#endif
