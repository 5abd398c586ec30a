/* SPDX-License-Identifier: Apache-2.0 */
#include "net/recall.h"

#include "base/log.h"
#include "base/mem.h"
#include "store/recall.h"

#include <stdio.h>
#include <stdlib.h>

/* As far as a writer for much looks back. */
enum { TEXT_BYTES = RECALL_BYTES_MAX, TEXT_BYTES_MIN = 16 * 1024 };

struct reading {
	struct job job;
	struct station *station;
	char hub[HUB_NAME_BYTES];
	struct part *text;
	uint64_t count; /* at most; then, of the text */
};

static int run_reading(struct job *job, struct store *s, struct err *err)
{
	struct reading *r = (struct reading *)job;
	struct buf text = BUF_INIT;
	struct head last;
	int rc = store_recall_last(s, r->hub, TEXT_BYTES, &text, &last, &r->count, err);
	if (!rc && text.len >= TEXT_BYTES_MIN)
		r->text = part_new(r->hub, last.seq, buf_str(&text), STR_EMPTY);
	buf_release(&text);
	return rc;
}

static void offer(struct link *l)
{
	const struct station *n = l->station;
	if (n->recall.text && l->is_up && l->state == LINK_TALKING)
		session_offer_recall(l->session, n->recall.text, n->recall.count);
}

/* The journal of which most is still to come, and how much of it: 0, if it is less than `least`. */
static uint64_t find_most(const struct link *l, uint64_t least, char hub[static HUB_NAME_BYTES])
{
	struct session_journal j;
	struct session_counts c;
	uint64_t most = least - 1;
	session_counts(l->session, &c);
	for (size_t i = 0; c.behind > most && session_journal(l->session, i, &j); i++)
		if (j.hub[0] && !name_is_for_members(j.hub) && j.local && !j.is_disputed &&
		    j.behind > most) {
			most = j.behind;
			snprintf(hub, HUB_NAME_BYTES, "%s", j.hub);
		}
	return most < least ? 0 : most;
}

static void reading_done(struct job *job)
{
	struct reading *r = (struct reading *)job;
	struct station *n = r->station;
	char hub[HUB_NAME_BYTES];
	n->recall.is_reading = false;
	if (r->job.rc)
		log_warn(
		    "what was to be recalled of %s cannot be read: %s", r->hub, r->job.err.msg);
	if (r->text) {
		recall_release(n);
		n->recall.text = r->text;
		n->recall.count = r->count;
	}
	for (struct link *l = n->links; r->text && l; l = l->next)
		if (l->is_up && l->state == LINK_TALKING && find_most(l, 1, hub) &&
		    strcmp(hub, r->hub) == 0) {
			offer(l);
			link_step(l);
			break; /* which may have changed the list; the others ask when they step */
		}
	free(r);
}

static void read_text(struct station *n, const char *hub, uint64_t behind)
{
	if (n->recall.is_reading || n->is_stopping)
		return;
	struct reading *r = mem_alloc(sizeof *r);
	r->job.run = run_reading;
	r->job.done = reading_done;
	r->station = n;
	snprintf(r->hub, sizeof r->hub, "%s", hub);
	r->count = behind < RECALL_ENTRIES_MAX / SESSION_RECALL_EACH ? behind * SESSION_RECALL_EACH
								     : RECALL_ENTRIES_MAX;
	n->recall.is_reading = true;
	work_add(&n->work, &r->job);
}

void recall_greet(struct link *l)
{
	offer(l);
}

void recall_look(struct link *l)
{
	struct station *n = l->station;
	struct session_counts c;
	char hub[HUB_NAME_BYTES];
	if (!l->is_up || l->has_recall_looked || session_has_recall(l->session))
		return;
	session_counts(l->session, &c);
	if (c.behind < SESSION_MUCH_ENTRIES)
		return;
	/* Not later of a journal that begins with this link: its stream has all that is here. */
	l->has_recall_looked = true;
	uint64_t behind = find_most(l, SESSION_MUCH_ENTRIES, hub);
	if (behind && n->recall.text && strcmp(n->recall.text->hub, hub) == 0)
		offer(l);
	else if (behind)
		read_text(n, hub, behind);
}

void recall_prepare(struct link *l)
{
	char hub[HUB_NAME_BYTES];
	uint64_t behind = find_most(l, 1, hub);
	if (behind)
		read_text(l->station, hub, behind);
	else
		recall_release(l->station);
}

/* --- what a peer recalls --- */

/*
 * To learn less takes a writer for much no longer than it saves: what is sent by another first, it
 * cannot refer to.
 */
enum { SOON_TEXT_BYTES = 512 * 1024 };

struct answer {
	struct job job; /* reads the text and, if it is long, makes a writer for now; then */
	uv_work_t request; /* one for much is made, without the store */
	struct link *link;
	struct recall_claim claim;
	struct buf text; /* empty: the same is not here */
	struct segment_writer *writer;
};

static struct segment_writer *recalling(struct segment_writer *w, struct str text)
{
	if (w) {
		segment_writer_recall(w, text, STR_EMPTY);
		segment_writer_warm(w);
	}
	return w;
}

/* Takes over the writer, also none: what waits for it goes out. */
static void give_writer(struct answer *a)
{
	struct link *l = a->link;
	if (l->state == LINK_TALKING)
		session_put_recall(l->session, a->writer);
	else
		segment_writer_free(a->writer);
	a->writer = NULL;
	l->awaits_writer = false;
}

static void end_answer(struct answer *a)
{
	struct link *l = a->link;
	l->jobs--;
	l->is_warming = l->awaits_writer = false;
	buf_release(&a->text);
	free(a);
	link_step(l);
	link_settle(l);
}

static void run_warming(uv_work_t *request)
{
	struct answer *a = request->data;
	struct str text = buf_str(&a->text);
	a->writer = recalling(segment_writer_new_much(), text);
	if (!a->writer && text.len < SOON_TEXT_BYTES)
		a->writer = recalling(segment_writer_new_soon(), text);
}

static void warming_done(uv_work_t *request, int status)
{
	struct answer *a = request->data;
	(void)status;
	if (a->writer)
		give_writer(a);
	end_answer(a);
}

static int run_answer(struct job *job, struct store *s, struct err *err)
{
	struct answer *a = (struct answer *)job;
	const struct recall_claim *c = &a->claim;
	if (store_recall(s, c->hub, c->last, c->count, RECALL_BYTES_MAX, &a->text, err) ||
	    !recall_fits(c, buf_str(&a->text)))
		buf_release(&a->text); /* another branch, or a lie: the stream goes without */
	else if (a->text.len >= SOON_TEXT_BYTES)
		a->writer = recalling(segment_writer_new_soon(), buf_str(&a->text));
	return 0;
}

static bool is_much_to_come(const struct link *l)
{
	struct session_want want;
	return session_want(l->session, &want) && want.to - want.from >= SESSION_MUCH_ENTRIES;
}

static void answer_done(struct job *job)
{
	struct answer *a = (struct answer *)job;
	struct link *l = a->link;
	bool is_soon = a->writer;
	if (is_soon || !a->text.len)
		give_writer(a);
	if (a->text.len && l->state == LINK_TALKING && (!is_soon || is_much_to_come(l))) {
		uv_queue_work(&l->station->loop, &a->request, run_warming, warming_done);
		link_step(l);
	} else {
		end_answer(a);
	}
}

void recall_answer(struct link *l)
{
	struct recall_claim claim;
	if (l->is_warming || !session_wants_recall(l->session, &claim))
		return;
	struct answer *a = mem_alloc(sizeof *a);
	a->job.run = run_answer;
	a->job.done = answer_done;
	a->request.data = a;
	a->link = l;
	a->claim = claim;
	a->text = BUF_INIT;
	l->is_warming = l->awaits_writer = true;
	l->jobs++;
	work_add(&l->station->work, &a->job);
}

void recall_release(struct station *n)
{
	part_release(n->recall.text);
	n->recall.text = NULL;
	n->recall.count = 0;
}
