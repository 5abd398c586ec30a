/* SPDX-License-Identifier: Apache-2.0 */
#include "net/attach_impl.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	TICK_MS = 2000,
	LOOK_MS = 200, /* between two looks, and so many times as long as one took */
	LOOK_SHARE = 20,
	ASK_MS = 500,
	ASK_ROUND_TRIPS = 4,
	STALL_MS = 60 * 1000, /* nothing of what was asked for: it is asked no more */
	HAND_OVER_MS = 5000, /* and before that, with some gaps and round trips: others go on */
	HAND_OVER_TIMES = 4,
	FAST_MS = 1000, /* a stretch that takes less is followed by a longer one */
	SLOW_MS = 4000, /* and one that takes more by a shorter one */
	REST_BYTES_MIN = 1024, /* of a cut piece; less is not worth a file */
};

/* --- what is here and wanted --- */

struct attach_row *attach_row_of(const struct station *n, const struct attachment *claim)
{
	for (size_t i = 0; i < n->attach.list.n; i++) {
		struct attach_row *r = &n->attach.list.rows[i];
		if (r->claim.size == claim->size && sha256_eq(&r->claim.hash, &claim->hash) &&
		    sha256_eq(&r->claim.chunks, &claim->chunks))
			return r;
	}
	return NULL;
}

struct looking {
	struct job job;
	struct station *station;
	struct attach_list list;
	uint64_t spent;
};

static int run_looking(struct job *job, struct store *s, struct err *err)
{
	struct looking *k = (struct looking *)job;
	k->spent = attach_spent(s, (int64_t)time(NULL));
	return attach_list_read(&k->list, s, err);
}

static int month_now(void)
{
	struct tm tm;
	time_t now = time(NULL);
	return gmtime_r(&now, &tm) ? tm.tm_year * 12 + tm.tm_mon : 0;
}

/* What nobody wants any more ends; what is under way else goes on. */
static void end_unwanted(struct station *n)
{
	for (struct transfer *next, *t = n->attach.transfers; t; t = next) {
		const struct attach_row *row = attach_row_of(n, &t->claim);
		next = t->next;
		if (row && row->is_wanted)
			continue;
		transfer_end(t);
		transfer_settle(t);
	}
}

static void looking_done(struct job *job)
{
	struct looking *k = (struct looking *)job;
	struct station *n = k->station;
	struct attach_state_of_station *a = &n->attach;
	a->is_scanning = false;
	a->chances++;
	a->look_took_ms = station_now_ms(n) - a->looked_ms;
	if (k->job.rc) {
		log_warn("the attachments cannot be listed: %s", k->job.err.msg);
		a->is_known = true; /* as none, until something changes */
	} else {
		attach_list_release(&a->list);
		a->list = k->list;
		a->is_known = true;
		a->spent = k->spent + a->unsaved;
		a->month = month_now();
		end_unwanted(n);
		a->has_any = false;
		for (size_t i = 0; i < a->list.n; i++)
			a->has_any = a->has_any || a->list.rows[i].state == ATTACH_HERE ||
				     a->list.rows[i].state == ATTACH_PARTLY;
		attach_forget_shares(n);
		attach_tell(n);
	}
	free(k);
	attach_step_all(n);
}

void attach_look(struct station *n)
{
	struct attach_state_of_station *a = &n->attach;
	if (!a->is_on || a->is_scanning || n->is_stopping)
		return;
	struct looking *k = mem_alloc(sizeof *k);
	k->job.run = run_looking;
	k->job.done = looking_done;
	k->station = n;
	a->is_stale = false;
	a->is_scanning = true;
	a->looked_ms = station_now_ms(n);
	work_add(&n->work, &k->job);
}

static void on_timer(uv_timer_t *timer);

/* Not after each of a thousand batches: when somebody is in sync, and a small part of the time. Who
 * ends when all is in sync is kept waiting by nothing else then. */
static void look_if_due(struct station *n)
{
	struct attach_state_of_station *a = &n->attach;
	int64_t wait = a->looked_ms + LOOK_MS + LOOK_SHARE * a->look_took_ms - station_now_ms(n);
	bool is_calm = false, is_last = a->is_passing;
	if (!a->is_stale || a->is_scanning || !a->is_on)
		return;
	for (const struct link *l = n->links; l; l = l->next) {
		bool is_in_sync = l->state == LINK_TALKING && l->is_in_sync;
		is_calm = is_calm || is_in_sync;
		is_last = is_last && is_in_sync;
	}
	if (!is_calm)
		return;
	if (!a->looked_ms || wait <= 0 || is_last)
		attach_look(n);
	else if (uv_timer_get_due_in(&a->timer) > (uint64_t)wait)
		uv_timer_start(&a->timer, on_timer, (uint64_t)wait, TICK_MS);
}

/* --- time --- */

/* What comes of it yet is for nobody. */
static void leave_open(struct link *l)
{
	for (size_t i = 0; i < l->attach.nopen; i++) {
		struct attach_open *o = &l->attach.open[i];
		if (o->assembly)
			o->assembly->from = NULL;
		if (o->assembly)
			o->assembly->asked = o->assembly->bytes.len;
		else if (o->transfer && !o->is_map)
			o->transfer->list_from = NULL;
		o->transfer = NULL;
		o->assembly = NULL;
	}
}

/* Another link that has nothing to do: then a second way costs nothing but bytes. */
static bool has_idle_link(const struct link *but)
{
	for (const struct link *l = but->station->links; l; l = l->next)
		if (l != but && l->state == LINK_TALKING && l->is_in_sync && !l->attach.nopen &&
		    !l->attach.is_slow)
			return true;
	return false;
}

/* A peer that says that it has a file and does not send it, and lives, must not hold it up. A slow
 * one is measured by itself, and loses nothing but what it was late with. */
static void end_stalls(struct station *n)
{
	int64_t now = station_now_ms(n);
	for (struct link *l = n->links; l; l = l->next) {
		struct link_attach *la = &l->attach;
		int64_t silent = now - la->heard_ms,
			late = HAND_OVER_MS + HAND_OVER_TIMES * (la->gap_ms + l->round_trip_ms);
		if (!la->nopen || la->is_slow || !l->is_in_sync)
			continue;
		if (silent >= STALL_MS)
			log_info(
			    "%s: brings nothing of an attachment; others are asked", link_label(l));
		la->is_slow = silent >= STALL_MS;
		if (la->is_slow || (silent >= late && has_idle_link(l)))
			leave_open(l);
	}
	transfers_prune(n);
}

static void on_timer(uv_timer_t *timer)
{
	struct station *n = timer->data;
	struct attach_state_of_station *a = &n->attach;
	uv_timer_set_repeat(timer, a->is_passing ? ASK_MS : TICK_MS);
	if (a->is_known && a->month != month_now())
		a->is_stale = true; /* a new month, a new budget */
	if (a->retry_ms && a->retry_ms <= station_now_ms(n)) {
		a->is_stale = true;
		a->retry_ms = 0;
	}
	end_stalls(n);
	attach_save_spent(n);
	look_if_due(n);
	if (a->ntransfers || n->waits)
		attach_step_all(n);
}

void attach_start(struct station *n, void (*came)(void *ctx), void *ctx)
{
	struct attach_state_of_station *a = &n->attach;
	a->is_on = true;
	a->came = came;
	a->ctx = ctx;
	uv_timer_init(&n->loop, &a->timer);
	a->timer.data = n;
	uv_timer_start(&a->timer, on_timer, TICK_MS, TICK_MS);
	a->is_stale = true;
}

void attach_stop(struct station *n)
{
	if (!n->attach.is_on)
		return;
	n->attach.is_on = false;
	uv_close((uv_handle_t *)&n->attach.timer, NULL);
	attach_save_spent(n);
}

void attach_release(struct station *n)
{
	while (n->attach.transfers) {
		struct transfer *t = n->attach.transfers;
		transfer_end(t);
		transfer_settle(t);
	}
	attach_forget_shares(n);
	attach_list_release(&n->attach.list);
}

void attach_touch(struct station *n)
{
	n->attach.is_stale = true;
	look_if_due(n);
}

void attach_step_all(struct station *n)
{
	for (struct link *l = n->links; l; l = l->next)
		if (l->state == LINK_TALKING && l->is_up)
			link_step(l);
	if (n->waits && !attach_is_due(n))
		wait_check(n);
}

/* A peer that wants something of what is here asks within some round trips; whoever leaves before
 * keeps an author's files at home. */
static int64_t time_to_ask_ms(const struct link *l)
{
	int64_t until = l->attach.served_ms + ASK_MS + ASK_ROUND_TRIPS * l->round_trip_ms;
	int64_t left = until - station_now_ms(l->station);
	return l->station->attach.has_any && left > 0 ? left : 0;
}

void attach_meet(struct link *l)
{
	struct station *n = l->station;
	l->attach.served_ms = station_now_ms(n);
	if (n->attach.is_on && n->attach.is_passing)
		uv_timer_start(&n->attach.timer, on_timer,
		    (uint64_t)(ASK_MS + ASK_ROUND_TRIPS * l->round_trip_ms + 1), ASK_MS);
}

bool attach_is_due(const struct station *n)
{
	const struct attach_state_of_station *a = &n->attach;
	bool is_calm = false;
	if (!a->is_on || !a->is_passing || n->is_stopping)
		return false;
	for (const struct transfer *t = a->transfers; t; t = t->next)
		if (t->jobs)
			return true;
	for (const struct link *l = n->links; l; l = l->next) {
		if (l->state != LINK_TALKING || !l->is_in_sync)
			continue;
		is_calm = true;
		if (attach_has_wish(l) || time_to_ask_ms(l))
			return true;
	}
	return is_calm && (a->is_stale || a->is_scanning);
}

/* --- a link --- */

bool attach_is_lacked(const struct link *l, const struct sha256 *chunks)
{
	for (size_t i = 0; i < l->attach.nlacks; i++)
		if (sha256_eq(&l->attach.lacks[i], chunks))
			return true;
	return false;
}

void attach_step(struct link *l)
{
	if (!l->station->attach.is_on || !l->is_up)
		return;
	attach_serve(l);
	look_if_due(l->station);
	attach_ask(l);
}

/* The first GET is done with. */
static void pop(struct link *l)
{
	struct link_attach *la = &l->attach;
	la->nopen--;
	memmove(&la->open[0], &la->open[1], la->nopen * sizeof la->open[0]);
	la->begun_ms = station_now_ms(l->station);
}

/* Ask for what comes in some seconds: news can then not be far behind. */
static void learn_window(struct link *l)
{
	struct link_attach *la = &l->attach;
	int64_t took = station_now_ms(l->station) - la->begun_ms;
	if (took < FAST_MS && la->window < GET_BYTES_MAX)
		la->window *= 2;
	else if (took > SLOW_MS && la->window > GET_BYTES_MIN)
		la->window /= 2;
}

/* Whatever else is open here for that piece, others may go on with it. */
static void leave_assembly(struct link *l, struct assembly *a)
{
	a->from = NULL;
	a->asked = a->bytes.len;
	for (size_t i = 0; i < l->attach.nopen; i++)
		if (l->attach.open[i].assembly == a) {
			l->attach.open[i].assembly = NULL;
			l->attach.open[i].transfer = NULL;
		}
}

static void take_lack(struct link *l, struct attach_open o)
{
	l->station->attach.promised -= o.left;
	struct link_map *m = attach_map_of(l, o.transfer);
	pop(l);
	if (!o.transfer)
		return; /* for nobody */
	/* It may have other pieces; but not if it said that it has this one. */
	if (o.assembly && !(m && m->state == MAP_KNOWN)) {
		attach_want_map(l, o.transfer);
	} else {
		attach_note_lack(l, &o.chunks);
		if (m)
			*m = (struct link_map){.transfer = NULL};
	}
	if (o.assembly)
		leave_assembly(l, o.assembly);
	else if (!o.is_map)
		o.transfer->list_from = NULL;
	transfers_prune(l->station);
}

static void refuse(struct link *l, const struct transfer *t, const char *what)
{
	char why[200];
	snprintf(why, sizeof why, "what came as %s of attachment %s is not that", what, t->name);
	l->peer->refused[REFUSED_ATTACHMENT]++;
	link_close(l, why, true);
}

static void take_list(struct link *l, struct transfer *t, struct str bytes)
{
	buf_add(&t->list, bytes);
	if (t->list.len < attachment_chunks(t->claim.size) * SHA256_BYTES)
		return;
	t->list_from = NULL;
	if (attach_is_list(&t->claim, buf_str(&t->list))) {
		transfer_keep_list(t);
		return;
	}
	buf_reset(&t->list);
	refuse(l, t, "the list");
}

static void take_map(struct link *l, const struct transfer *t, struct str bytes)
{
	struct link_map *m = attach_map_of(l, t);
	size_t all = MAP_BYTES(attachment_chunks(t->claim.size));
	if (!m || m->state != MAP_ASKED || bytes.len > all - m->len)
		return;
	memcpy(m->bits + m->len, bytes.ptr, bytes.len);
	m->len += bytes.len;
	if (m->len == all)
		m->state = MAP_KNOWN;
}

static void take_bytes(struct link *l, struct assembly *a, struct str bytes)
{
	struct transfer *t = a->transfer;
	size_t index = a->index;
	buf_add(&a->bytes, bytes);
	if (a->bytes.len < attachment_chunk_bytes(t->claim.size, index))
		return;
	struct sha256 hash = sha256(buf_str(&a->bytes));
	bool is_right = sha256_eq(&hash, &t->part.list[index]), is_mixed = a->is_mixed;
	if (is_right)
		transfer_keep_piece(t, index, &a->bytes);
	assembly_drop(a);
	t->is_taken[index] = is_right;
	if (!is_right && !is_mixed)
		refuse(l, t, "a piece");
}

void attach_take_piece(struct link *l, struct str bytes)
{
	struct link_attach *la = &l->attach;
	struct attach_state_of_station *s = &l->station->attach;
	struct attach_open o = la->open[0];
	if (!la->nopen)
		return; /* the session knows of none either */
	int64_t gap = station_now_ms(l->station) - la->heard_ms;
	la->heard_ms += gap;
	la->gap_ms = gap > la->gap_ms ? gap : la->gap_ms - la->gap_ms / 8;
	if (!bytes.len) {
		take_lack(l, o);
		return;
	}
	s->promised -= bytes.len;
	s->spent += bytes.len;
	s->unsaved += bytes.len;
	la->open[0].left -= bytes.len;
	if (!la->open[0].left) {
		learn_window(l);
		pop(l);
	}
	if (o.assembly)
		take_bytes(l, o.assembly, bytes);
	else if (o.transfer && o.is_map)
		take_map(l, o.transfer, bytes);
	else if (o.transfer)
		take_list(l, o.transfer, bytes);
}

void attach_take_have(struct link *l, struct str chunks)
{
	struct link_attach *la = &l->attach;
	for (size_t i = 0; i < TRANSFERS_MAX; i++) {
		struct link_map *m = &la->maps[i];
		if (m->transfer && memcmp(&m->transfer->claim.chunks, chunks.ptr, chunks.len) == 0)
			m->is_stale = true;
	}
	for (size_t i = 0; i < la->nlacks; i++)
		if (memcmp(la->lacks[i].bytes, chunks.ptr, SHA256_BYTES) == 0) {
			la->lacks[i] = la->lacks[--la->nlacks];
			l->station->attach.chances++;
			return;
		}
}

/* The longest of what it leaves of one file is worth a file, for the day after. */
static void leave_pieces(struct link *l)
{
	for (struct assembly *next, *a = l->station->attach.assemblies; a; a = next) {
		next = a->next;
		if (a->from != l)
			continue;
		leave_assembly(l, a);
		if (a->bytes.len >= REST_BYTES_MIN)
			transfer_keep_rest(a->transfer, a->index, buf_str(&a->bytes));
		else if (!a->bytes.len)
			assembly_drop(a);
	}
}

void attach_leave(struct link *l)
{
	struct station *n = l->station;
	leave_pieces(l);
	for (struct transfer *t = n->attach.transfers; t; t = t->next)
		if (t->list_from == l)
			t->list_from = NULL;
	for (size_t i = 0; i < l->attach.nopen; i++)
		n->attach.promised -= l->attach.open[i].left;
	l->attach.nopen = 0;
	attach_save_spent(n);
}

void attach_link_release(struct link *l)
{
	free(l->attach.lacks);
	free(l->attach.owed);
	buf_release(&l->attach.out);
}
