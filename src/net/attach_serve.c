/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The side that has a file, or pieces of it that were checked. Only what a published, public record
 * names is served: the store must not tell a stranger what else is in it.
 */
#include "net/attach_impl.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>

struct reading {
	struct job job;
	struct link *link;
	struct attachment claim;
	bool is_part;
	struct get get;
	struct buf bytes;
};

static bool is_claim(const struct attachment *a, const struct attachment *b)
{
	return a->size == b->size && sha256_eq(&a->chunks, &b->chunks);
}

/* Of several that promise the same pieces, the one that holds. */
static const struct attach_row *find_row(const struct station *n, const struct get *g)
{
	const struct attachment asked = {.chunks = g->chunks, .size = g->size};
	const struct attach_row *found = NULL;
	for (size_t i = 0; i < n->attach.list.n; i++) {
		const struct attach_row *r = &n->attach.list.rows[i];
		if (is_claim(&r->claim, &asked) && (!found || r->state == ATTACH_HERE))
			found = r;
	}
	return found;
}

/* --- parts that nobody is fetching now --- */

struct share {
	struct share *next;
	struct station *station;
	struct job job;
	struct attachment claim;
	struct attach_part part;
	bool is_reading, is_dropped;
};

static void share_free(struct share *h)
{
	attach_part_release(&h->part);
	free(h);
}

static void share_drop(struct share *h)
{
	h->is_dropped = true;
	if (!h->is_reading)
		share_free(h);
}

void attach_forget_shares(struct station *n)
{
	while (n->attach.shares) {
		struct share *h = n->attach.shares;
		n->attach.shares = h->next;
		share_drop(h);
	}
}

static int run_sharing(struct job *job, struct store *s, struct err *err)
{
	struct share *h = (struct share *)((char *)job - offsetof(struct share, job));
	return attach_part_read(&h->part, s, &h->claim, err);
}

static void sharing_done(struct job *job)
{
	struct share *h = (struct share *)((char *)job - offsetof(struct share, job));
	struct station *n = h->station;
	h->is_reading = false;
	if (h->is_dropped)
		share_free(h);
	attach_step_all(n);
}

static struct share *share_new(struct station *n, const struct attachment *claim)
{
	struct share *h = mem_alloc(sizeof *h);
	h->station = n;
	h->claim = *claim;
	h->claim.name = h->claim.media = STR_EMPTY;
	h->part.rest = BUF_INIT;
	h->is_reading = true;
	h->job.run = run_sharing;
	h->job.done = sharing_done;
	work_add(&n->work, &h->job);
	return h;
}

/* The one asked for is the first. Reading checks each piece, which is why it is remembered. */
static const struct share *share_of(struct station *n, const struct attachment *claim)
{
	struct share **at = &n->attach.shares, *h;
	while (*at && !is_claim(&(*at)->claim, claim))
		at = &(*at)->next;
	h = *at;
	if (h)
		*at = h->next;
	else
		h = share_new(n, claim);
	h->next = n->attach.shares;
	n->attach.shares = h;
	at = &h->next;
	for (size_t i = 1; *at && i < SHARES_MAX; i++)
		at = &(*at)->next;
	if (*at) {
		share_drop(*at);
		*at = NULL;
	}
	return h;
}

/* Which pieces are here of a file that is not; NULL: none, or *is_to_be_seen soon. */
static const struct attach_part *find_part(
    struct station *n, const struct attach_row *row, bool *is_to_be_seen)
{
	*is_to_be_seen = false;
	for (const struct transfer *t = n->attach.transfers; t; t = t->next) {
		if (t->state == TRANSFER_OVER || !is_claim(&t->claim, &row->claim))
			continue;
		*is_to_be_seen = t->state == TRANSFER_OPENING || t->state == TRANSFER_FINISHING;
		return t->part.list && !*is_to_be_seen ? &t->part : NULL;
	}
	if (row->state != ATTACH_PARTLY)
		return NULL;
	const struct share *h = share_of(n, &row->claim);
	*is_to_be_seen = h->is_reading;
	return h->is_reading || !h->part.list ? NULL : &h->part;
}

/* --- who is told when there is more --- */

static void note_owed(struct link *l, const struct sha256 *chunks, size_t npieces)
{
	struct link_attach *a = &l->attach;
	for (size_t i = 0; i < a->nowed; i++)
		if (sha256_eq(&a->owed[i].chunks, chunks)) {
			a->owed[i].npieces = npieces;
			return;
		}
	if (a->nowed < OWED_MAX)
		*MEM_PUSH(a->owed, a->nowed, a->cap_owed) = (struct owed){*chunks, npieces};
}

/* Calls `is_due` for each that this link waits for. */
static void tell(
    struct link *l, bool (*is_due)(const void *ctx, const struct owed *), const void *ctx)
{
	struct link_attach *a = &l->attach;
	for (size_t i = 0; i < a->nowed;) {
		if (!is_due(ctx, &a->owed[i])) {
			i++;
			continue;
		}
		session_put_have(l->session, &a->owed[i].chunks);
		a->owed[i] = a->owed[--a->nowed];
	}
}

static void tell_all(
    struct station *n, bool (*is_due)(const void *ctx, const struct owed *), const void *ctx)
{
	for (struct link *l = n->links; l; l = l->next)
		if (l->state == LINK_TALKING && l->is_up && l->attach.nowed)
			tell(l, is_due, ctx);
}

static bool is_listed(const void *ctx, const struct owed *owed)
{
	const struct attach_list *list = ctx;
	for (size_t i = 0; i < list->n; i++) {
		const struct attach_row *r = &list->rows[i];
		bool is = r->state == ATTACH_HERE || (r->state == ATTACH_PARTLY && !owed->npieces);
		if (is && sha256_eq(&r->claim.chunks, &owed->chunks))
			return true;
	}
	return false;
}

void attach_tell(struct station *n)
{
	tell_all(n, is_listed, &n->attach.list);
}

static bool is_worth_it(const void *ctx, const struct owed *owed)
{
	enum { STEPS = 32 };
	const struct transfer *t = ctx;
	size_t all = attachment_chunks(t->claim.size), step = all / STEPS;
	if (!sha256_eq(&owed->chunks, &t->claim.chunks) || t->part.nhas <= owed->npieces)
		return false;
	return t->state == TRANSFER_OVER || t->part.nhas - owed->npieces >= step;
}

void attach_tell_part(const struct transfer *t)
{
	tell_all(t->station, is_worth_it, t);
}

/* --- answers --- */

static int run_reading(struct job *job, struct store *s, struct err *err)
{
	struct reading *r = (struct reading *)job;
	if (r->is_part)
		return attach_read_part(s, &r->claim, r->get.offset, r->get.length, &r->bytes, err);
	return attach_read(s, &r->claim.hash, r->get.what == GET_LIST, r->get.offset, r->get.length,
	    &r->bytes, err);
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

static void begin_reading(
    struct link *l, const struct attach_row *row, bool is_part, const struct get *g)
{
	struct reading *r = mem_alloc(sizeof *r);
	r->job.run = run_reading;
	r->job.done = reading_done;
	r->link = l;
	r->claim = row->claim;
	r->claim.name = r->claim.media = STR_EMPTY; /* the row may go */
	r->is_part = is_part;
	r->get = *g;
	r->bytes = BUF_INIT;
	l->attach.is_reading = true;
	l->jobs++;
	work_add(&l->station->work, &r->job);
}

/* Of a file that is here whole `part` is NULL. */
static void write_map(struct buf *out, const struct attach_part *part, uint64_t size)
{
	uint8_t bits[MAP_BYTES(ATTACHMENT_CHUNKS_MAX)] = {0};
	size_t n = attachment_chunks(size);
	for (size_t i = 0; i < n; i++)
		if (!part || part->has[i])
			bits[i / 8] = (uint8_t)(bits[i / 8] | 1u << i % 8);
	buf_add(out, str_of(bits, MAP_BYTES(n)));
}

/* Get what answers the peer's oldest GET; false where it has to wait for that. */
static bool begin_answer(struct link *l, const struct get *g)
{
	struct link_attach *a = &l->attach;
	const struct attach_row *row = find_row(l->station, g);
	bool is_whole = row && row->state == ATTACH_HERE, is_to_be_seen = false;
	const struct attach_part *part =
	    row && !is_whole ? find_part(l->station, row, &is_to_be_seen) : NULL;
	size_t npieces = part ? part->nhas : 0;
	if (is_to_be_seen)
		return false;
	if (part && npieces < attachment_chunks(g->size) && g->what == GET_MAP)
		note_owed(l, &g->chunks, npieces);
	if (g->what == GET_MAP && (is_whole || npieces)) {
		write_map(&a->out, part, g->size);
	} else if (is_whole) {
		begin_reading(l, row, false, g);
	} else if (part && g->what == GET_LIST) {
		buf_add(&a->out, str_of((const char *)part->list + g->offset, g->length));
	} else if (part && g->what == GET_FILE && part->has[g->offset / ATTACHMENT_CHUNK_BYTES]) {
		begin_reading(l, row, true, g);
	} else {
		note_owed(l, &g->chunks, npieces);
		session_put_lack(l->session);
	}
	return true;
}

void attach_serve(struct link *l)
{
	struct link_attach *a = &l->attach;
	struct session_want want;
	struct get g;
	while (!a->is_reading && !l->is_fetching && session_asked(l->session, &g) &&
	       !session_want(l->session, &want)) {
		size_t n = a->out.len < PIECE_BYTES ? a->out.len : PIECE_BYTES;
		if (n) {
			session_put_piece(l->session, str_sub(buf_str(&a->out), 0, n));
			a->served_ms = station_now_ms(l->station);
			buf_drop_front(&a->out, n);
		} else if (!l->station->attach.is_known) {
			attach_look(l->station); /* it goes on from there */
			return;
		} else if (!begin_answer(l, &g)) {
			return;
		}
	}
}
