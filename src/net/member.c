/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hub's part.
 */
#include "net/member.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/room.h"
#include "store/mailbox.h"
#include "store/publish.h"

#include <stdlib.h>
#include <time.h>

bool member_is_given(struct link *l, struct str bytes)
{
	struct link_member *m = &l->member;
	struct sha256 hash = sha256(bytes);
	for (size_t i = 0; i < m->ngiven; i++)
		if (sha256_eq(&m->given[i], &hash))
			return true;
	*MEM_PUSH(m->given, m->ngiven, m->cap_given) = hash;
	return false;
}

/* --- notices of what was decided --- */

struct notice {
	struct buf bytes;
};

struct telling {
	struct job job;
	struct link *link;
	struct public_key key;
	bool is_active; /* on our roster */
	struct notice *notices;
	size_t n, cap;
};

static void keep_notice(void *ctx, struct str bytes)
{
	struct telling *t = ctx;
	struct notice *n = MEM_PUSH(t->notices, t->n, t->cap);
	n->bytes = BUF_INIT;
	buf_add(&n->bytes, bytes);
}

static int run_telling(struct job *job, struct store *s, struct err *err)
{
	struct telling *t = (struct telling *)job;
	t->is_active = publish_knows(s, &t->key);
	return inbox_notices(s, &t->key, keep_notice, t, err);
}

static void put_notice(struct link *l, struct str bytes)
{
	if (l->state == LINK_TALKING && bytes.len && bytes.len <= NOTICE_BYTES_MAX)
		session_put_notice(l->session, bytes);
}

static void telling_done(struct job *job)
{
	struct telling *t = (struct telling *)job;
	struct link *l = t->link;
	l->jobs--;
	if (t->job.rc)
		log_warn("%s: the inbox cannot be read: %s", link_label(l), t->job.err.msg);
	for (size_t i = 0; i < t->n; i++) {
		if (!member_is_given(l, buf_str(&t->notices[i].bytes)))
			put_notice(l, buf_str(&t->notices[i].bytes));
		buf_release(&t->notices[i].bytes);
	}
	if (l->opens_members && !t->is_active)
		link_close(l, "this member is on the hub's roster no more", false);
	else
		link_open_members(l, t->is_active);
	free(t->notices);
	free(t);
	link_step(l);
	link_settle(l);
}

static void tell(struct link *l)
{
	struct telling *t = mem_alloc(sizeof *t);
	t->job.run = run_telling;
	t->job.done = telling_done;
	t->link = l;
	t->key = l->member.key;
	l->jobs++;
	work_add(&l->station->work, &t->job);
}

void member_meet(struct link *l, const struct public_key *key)
{
	struct buf print = BUF_INIT;
	public_key_fingerprint(&print, key);
	log_info("%s: a member with the key %s", link_label(l), print.ptr);
	buf_release(&print);
	l->member.state = MEMBER_PROVED;
	l->member.key = *key;
	tell(l);
}

void member_tell(struct station *n)
{
	if (!n->work.now.hub[0])
		return;
	for (struct link *l = n->links; l; l = l->next)
		if (l->state == LINK_TALKING && l->member.state == MEMBER_PROVED)
			tell(l);
}

/* --- submissions --- */

struct receipt {
	struct job job;
	struct link *link;
	struct public_key key;
	struct buf message, notice;
};

static int run_receipt(struct job *job, struct store *s, struct err *err)
{
	struct receipt *r = (struct receipt *)job;
	return inbox_receive(
	    s, &r->key, buf_str(&r->message), (int64_t)time(NULL), &r->notice, err);
}

static void receipt_done(struct job *job)
{
	struct receipt *r = (struct receipt *)job;
	struct link *l = r->link;
	l->jobs--;
	if (r->job.rc == ERR_IO || r->job.rc == ERR_GIT) {
		log_warn("THE STORE CANNOT BE WRITTEN: %s", r->job.err.msg);
		link_close(l, "this side cannot write its store", false);
	} else if (r->job.rc == ERR_FULL) {
		room_is_gone(
		    l->station, r->job.err.msg); /* which tells the member's edge to keep it */
	} else if (r->job.rc) {
		l->peer->refused[REFUSED_SUBMISSION]++;
		link_close(l, r->job.err.msg, true);
	} else {
		put_notice(l, buf_str(&r->notice));
	}
	buf_release(&r->message);
	buf_release(&r->notice);
	free(r);
	link_step(l);
	link_settle(l);
}

void member_take_submission(struct link *l, struct str bytes)
{
	struct receipt *r = mem_alloc(sizeof *r);
	r->job.run = run_receipt;
	r->job.done = receipt_done;
	r->link = l;
	r->key = l->member.key;
	r->message = r->notice = BUF_INIT;
	buf_add(&r->message, bytes);
	l->jobs++;
	work_add(&l->station->work, &r->job);
}
