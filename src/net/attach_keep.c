/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what came to the store: one job a step.
 */
#include "net/attach_impl.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RETRY_MS = 60 * 1000 };

enum keep { KEEP_OPEN, KEEP_LIST, KEEP_PIECE, KEEP_REST, KEEP_FINISH };

struct keeping {
	struct job job;
	struct transfer *transfer;
	struct attachment claim;
	enum keep what;
	size_t index;
	struct buf bytes;
	struct attach_part part;
};

/* The loop knows by itself what this changes: no new look at everything. */
static int finish(struct keeping *k, struct store *s, struct err *err)
{
	uint64_t before = s->attachments;
	int rc = attach_finish(s, &k->claim, err);
	s->attachments = before;
	return rc;
}

static int run_keeping(struct job *job, struct store *s, struct err *err)
{
	struct keeping *k = (struct keeping *)job;
	struct str bytes = buf_str(&k->bytes);
	switch (k->what) {
	case KEEP_OPEN:
		return attach_part_read(&k->part, s, &k->claim, err);
	case KEEP_LIST:
		return attach_put_list(s, &k->claim, bytes, err);
	case KEEP_PIECE:
		return attach_put_piece(s, &k->claim, k->index, bytes, err);
	case KEEP_REST:
		return attach_put_rest(s, &k->claim, k->index, bytes, err);
	case KEEP_FINISH:
		return finish(k, s, err);
	}
	return 0;
}

static void keeping_done(struct job *job);

static struct keeping *keep(struct transfer *t, enum keep what)
{
	struct keeping *k = mem_alloc(sizeof *k);
	k->job.run = run_keeping;
	k->job.done = keeping_done;
	k->transfer = t;
	k->claim = t->claim;
	k->what = what;
	k->bytes = k->part.rest = BUF_INIT;
	t->jobs++;
	return k;
}

static void start(struct keeping *k)
{
	work_add(&k->transfer->station->work, &k->job);
}

/* --- steps --- */

void transfer_begin(struct station *n, const struct attach_row *row)
{
	struct transfer *t = mem_alloc(sizeof *t);
	struct transfer **last = &n->attach.transfers;
	t->station = n;
	t->claim = row->claim;
	memcpy(t->name, row->name, sizeof t->name);
	t->claim.name = str_from(t->name);
	t->list = t->part.rest = BUF_INIT;
	t->is_taken = mem_alloc(attachment_chunks(t->claim.size) * sizeof *t->is_taken);
	while (*last)
		last = &(*last)->next;
	*last = t;
	n->attach.ntransfers++;
	start(keep(t, KEEP_OPEN));
}

void transfer_keep_list(struct transfer *t)
{
	size_t n = attachment_chunks(t->claim.size);
	struct keeping *k = keep(t, KEEP_LIST);
	t->part.list = mem_alloc(n * sizeof *t->part.list);
	t->part.has = mem_alloc(n);
	memcpy(t->part.list, t->list.ptr, t->list.len);
	k->bytes = t->list;
	t->list = BUF_INIT;
	t->state = TRANSFER_FETCHING;
	start(k);
}

void transfer_keep_piece(struct transfer *t, size_t index, struct buf *bytes)
{
	struct keeping *k = keep(t, KEEP_PIECE);
	k->index = index;
	k->bytes = *bytes;
	*bytes = BUF_INIT;
	start(k);
}

void transfer_keep_rest(struct transfer *t, size_t index, struct str bytes)
{
	struct keeping *k = keep(t, KEEP_REST);
	k->index = index;
	buf_add(&k->bytes, bytes);
	start(k);
}

/* --- what became of it --- */

static void opened(struct transfer *t, struct keeping *k)
{
	t->part = k->part;
	k->part = (struct attach_part){.rest = BUF_INIT};
	if (!t->part.list) {
		t->state = TRANSFER_LISTING;
		return;
	}
	t->state = TRANSFER_FETCHING;
	attach_tell_part(t);
	if (t->part.nhas == attachment_chunks(t->claim.size)) {
		t->state = TRANSFER_FINISHING;
		start(keep(t, KEEP_FINISH));
	} else if (t->part.rest.len) {
		struct assembly *a = assembly_new(t, t->part.rest_of);
		a->bytes = t->part.rest;
		t->part.rest = BUF_INIT;
		a->asked = a->bytes.len;
		a->is_mixed = true;
	}
}

static void piece_kept(struct transfer *t, size_t index)
{
	struct attach_row *row = attach_row_of(t->station, &t->claim);
	if (row && row->state == ATTACH_MISSING)
		row->state = ATTACH_PARTLY;
	if (row && row->bytes_here < t->claim.size)
		row->bytes_here += attachment_chunk_bytes(t->claim.size, index);
	if (row && row->bytes_here > t->claim.size)
		row->bytes_here = t->claim.size;
	t->is_taken[index] = false;
	t->part.has[index] = 1;
	t->station->moved++;
	t->part.nhas++;
	attach_tell_part(t);
	if (t->part.nhas < attachment_chunks(t->claim.size))
		return;
	t->state = TRANSFER_FINISHING;
	start(keep(t, KEEP_FINISH));
}

static void finished(struct transfer *t)
{
	struct attach_row *row = attach_row_of(t->station, &t->claim);
	log_info("attachment %s is here, %llu bytes", t->name, (unsigned long long)t->claim.size);
	if (row) {
		row->state = ATTACH_HERE;
		row->bytes_here = row->claim.size;
	}
	transfer_end(t);
	attach_tell(t->station);
	t->station->attach.came(t->station->attach.ctx);
}

static void failed(struct transfer *t, const struct keeping *k)
{
	struct attach_row *row = attach_row_of(t->station, &t->claim);
	if (k->what == KEEP_REST) { /* it only costs what would have been saved */
		log_info("attachment %s: %s", t->name, k->job.err.msg);
		return;
	}
	if (row)
		row->state = ATTACH_FALSE; /* until the next look: not to be tried in a circle */
	log_warn("attachment %s: %s", t->name, k->job.err.msg);
	if (k->job.rc == ERR_FULL) {
		t->station->attach.retry_ms = station_now_ms(t->station) + RETRY_MS;
		room_look(t->station);
	}
	transfer_end(t);
}

static void keeping_done(struct job *job)
{
	struct keeping *k = (struct keeping *)job;
	struct transfer *t = k->transfer;
	struct station *n = t->station;
	t->jobs--;
	if (t->state == TRANSFER_OVER)
		;
	else if (k->job.rc)
		failed(t, k);
	else if (k->what == KEEP_OPEN)
		opened(t, k);
	else if (k->what == KEEP_PIECE)
		piece_kept(t, k->index);
	else if (k->what == KEEP_FINISH)
		finished(t);
	buf_release(&k->bytes);
	attach_part_release(&k->part);
	free(k);
	transfer_settle(t);
	attach_step_all(n);
}

void transfer_settle(struct transfer *t)
{
	struct station *n = t->station;
	if (t->state != TRANSFER_OVER || t->jobs)
		return;
	for (struct transfer **at = &n->attach.transfers; *at; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			break;
		}
	attach_part_release(&t->part);
	buf_release(&t->list);
	free(t->is_taken);
	free(t);
}

/* --- what it cost --- */

struct spending {
	struct job job;
	struct station *station;
	uint64_t more, sum;
};

static int run_spending(struct job *job, struct store *s, struct err *err)
{
	struct spending *p = (struct spending *)job;
	int64_t now = (int64_t)time(NULL);
	int rc = attach_spend(s, p->more, now, err);
	p->sum = attach_spent(s, now);
	return rc;
}

static void spending_done(struct job *job)
{
	struct spending *p = (struct spending *)job;
	struct attach_state_of_station *a = &p->station->attach;
	a->is_saving = false;
	if (p->job.rc) {
		log_warn("what attachments cost is not kept: %s", p->job.err.msg);
		a->unsaved += p->more;
	} else {
		a->spent = p->sum + a->unsaved;
	}
	free(p);
}

void attach_save_spent(struct station *n)
{
	if (!n->attach.unsaved || n->attach.is_saving)
		return;
	struct spending *p = mem_alloc(sizeof *p);
	p->job.run = run_spending;
	p->job.done = spending_done;
	p->station = n;
	p->more = n->attach.unsaved;
	n->attach.unsaved = 0;
	n->attach.is_saving = true;
	work_add(&n->work, &p->job);
}
