/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The side that has a file. Only what a published, public record names is served: the store must
 * not tell a stranger what else is in it.
 */
#include "base/log.h"
#include "base/mem.h"
#include "net/link.h"

#include <stdlib.h>

struct reading {
	struct job job;
	struct link *link;
	struct sha256 hash;
	struct get get;
	struct buf bytes;
};

static const struct attach_row *find_row(const struct station *n, const struct get *g)
{
	for (size_t i = 0; i < n->attach.list.n; i++) {
		const struct attach_row *r = &n->attach.list.rows[i];
		if (r->claim.size == g->size && sha256_eq(&r->claim.chunks, &g->chunks) &&
		    r->state == ATTACH_HERE)
			return r;
	}
	return NULL;
}

static void note_owed(struct link *l, const struct sha256 *chunks)
{
	struct link_attach *a = &l->attach;
	for (size_t i = 0; i < a->nowed; i++)
		if (sha256_eq(&a->owed[i], chunks))
			return;
	if (a->nowed < OWED_MAX)
		*MEM_PUSH(a->owed, a->nowed, a->cap_owed) = *chunks;
}

static void tell(struct link *l, const struct attach_list *list)
{
	struct link_attach *a = &l->attach;
	for (size_t i = 0; i < a->nowed;) {
		bool is_here = false;
		for (size_t k = 0; k < list->n && !is_here; k++)
			is_here = list->rows[k].state == ATTACH_HERE &&
				  sha256_eq(&list->rows[k].claim.chunks, &a->owed[i]);
		if (is_here) {
			session_put_have(l->session, &a->owed[i]);
			a->owed[i] = a->owed[--a->nowed];
		} else {
			i++;
		}
	}
}

void attach_tell(struct station *n)
{
	for (struct link *l = n->links; l; l = l->next)
		if (l->state == LINK_TALKING && l->is_up && l->attach.nowed)
			tell(l, &n->attach.list);
}

static int run_reading(struct job *job, struct store *s, struct err *err)
{
	struct reading *r = (struct reading *)job;
	return attach_read(
	    s, &r->hash, r->get.is_list, r->get.offset, r->get.length, &r->bytes, err);
}

static void reading_done(struct job *job)
{
	struct reading *r = (struct reading *)job;
	struct link *l = r->link;
	l->jobs--;
	l->attach.is_reading = false;
	if (r->job.rc && l->state == LINK_TALKING) { /* it was removed, or the disk is bad */
		log_warn("%s: an attachment cannot be read: %s", link_label(l), r->job.err.msg);
		session_put_lack(l->session);
		attach_touch(l->station);
	} else if (!r->job.rc) {
		buf_release(&l->attach.out);
		l->attach.out = r->bytes;
		r->bytes = BUF_INIT;
	}
	buf_release(&r->bytes);
	free(r);
	link_step(l);
	link_settle(l);
}

static void begin_reading(struct link *l, const struct attach_row *row, const struct get *g)
{
	struct reading *r = mem_alloc(sizeof *r);
	r->job.run = run_reading;
	r->job.done = reading_done;
	r->link = l;
	r->hash = row->claim.hash;
	r->get = *g;
	r->bytes = BUF_INIT;
	l->attach.is_reading = true;
	l->jobs++;
	work_add(&l->station->work, &r->job);
}

void attach_serve(struct link *l)
{
	struct link_attach *a = &l->attach;
	struct session_want want;
	struct get g;
	while (!a->is_reading && !l->is_fetching && session_asked(l->session, &g) &&
	       !session_want(l->session, &want)) {
		const struct attach_row *row = a->out.len ? NULL : find_row(l->station, &g);
		size_t n = a->out.len < PIECE_BYTES ? a->out.len : PIECE_BYTES;
		if (n) {
			session_put_piece(l->session, str_sub(buf_str(&a->out), 0, n));
			a->served_ms = station_now_ms(l->station);
			buf_drop_front(&a->out, n);
		} else if (row) {
			begin_reading(l, row, &g);
		} else if (!l->station->attach.is_known) {
			attach_look(l->station); /* it goes on from there */
			return;
		} else {
			note_owed(l, &g.chunks);
			session_put_lack(l->session);
		}
	}
}
