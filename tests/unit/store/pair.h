/* SPDX-License-Identifier: Apache-2.0 */
/* A hub and an author's laptop that send each other submissions and notices. */
#ifndef BELFRY_TESTS_STORE_PAIR_H
#define BELFRY_TESTS_STORE_PAIR_H

#include "fixture.h"

#include "store/mailbox.h"

/* A hub, the laptop of its author ann, and one record of hers. */
struct pair {
	struct store *hub, *edge;
	struct buf text, sig;
	struct public_key ann;
};

UNUSED static struct pair pair_new(void)
{
	struct pair p = {.hub = east_new(), .edge = store_new("edge", NULL, 0)};
	p.text = news("ke-mombasa", "market", "");
	p.sig = signed_by(EAST + ANN, "belfry-record", network.text, buf_str(&p.text));
	p.ann = *signer_key(key_of(EAST + ANN));
	return p;
}

UNUSED static void pair_free(struct pair *p)
{
	store_close(p->hub);
	store_close(p->edge);
	buf_release(&p->text);
	buf_release(&p->sig);
}

UNUSED static void queue(struct pair *p)
{
	struct err err = {0};
	good(outbox_add(p->edge, buf_str(&p->text), buf_str(&p->sig), T0, &err), &err);
}

UNUSED static struct mailbox box_of(struct store *s, enum mailbox_side side)
{
	struct mailbox m;
	struct err err = {0};
	good(mailbox_read(&m, s, side, &err), &err);
	return m;
}

/* The state of the only item there, or "none". */
UNUSED static const char *state_of(struct store *s, enum mailbox_side side)
{
	static char state[32];
	struct mailbox m = box_of(s, side);
	assert_true(m.len < 2);
	snprintf(state, sizeof state, "%s", m.len ? m.items[0].state : "none");
	mailbox_release(&m);
	return state;
}

/* The edge's only item travels; the hub's answer is appended to `notice`. */
UNUSED static void submit(struct pair *p, struct buf *notice)
{
	struct mailbox m = box_of(p->edge, MAILBOX_OUTBOX);
	struct buf message = BUF_INIT;
	struct err err = {0};
	submission_message(&message, &m.items[0]);
	good(inbox_receive(p->hub, &p->ann, buf_str(&message), T0 + 1, notice, &err), &err);
	buf_release(&message);
	mailbox_release(&m);
}

/* A notice arrives; the confirmation goes back at once. Returns whether there was one. */
UNUSED static bool deliver(struct pair *p, struct str notice)
{
	struct buf confirm = BUF_INIT, none = BUF_INIT;
	struct err err = {0};
	good(outbox_notice(p->edge, notice, &confirm, &err), &err);
	bool is_confirmed = confirm.len > 0;
	if (is_confirmed)
		good(inbox_receive(p->hub, &p->ann, buf_str(&confirm), T0 + 9, &none, &err), &err);
	assert_int_equal(none.len, 0);
	buf_release(&confirm);
	buf_release(&none);
	return is_confirmed;
}

UNUSED static struct buf message_of(struct str record, struct str sig)
{
	struct buf b = BUF_INIT;
	struct submission item = {.record = record, .signature = sig};
	submission_message(&b, &item);
	return b;
}

UNUSED static void add_notice(void *ctx, struct str notice)
{
	struct buf *b = ctx;
	assert_int_equal(b->len, 0);
	buf_add(b, notice);
}

/* The notice of a decided item, as a new connection asks for it. */
UNUSED static struct buf notices(struct pair *p, const struct public_key *key)
{
	struct buf b = BUF_INIT;
	struct err err = {0};
	good(inbox_notices(p->hub, key, add_notice, &b, &err), &err);
	return b;
}

UNUSED static struct buf review_by(struct pair *p, unsigned byte)
{
	return signed_by(byte, "belfry-review", network.text, buf_str(&p->text));
}

UNUSED static char *waiting_id(struct pair *p)
{
	static char id[SUBMISSION_ID_CHARS + 1];
	struct mailbox m = box_of(p->hub, MAILBOX_INBOX);
	assert_int_equal(m.len, 1);
	memcpy(id, m.items[0].id, sizeof id);
	mailbox_release(&m);
	return id;
}

#endif
