/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is asked for what.
 */
#include "net/attach_impl.h"

#include "base/mem.h"

#include <stdlib.h>

/* --- pieces in the making --- */

struct assembly *assembly_new(struct transfer *t, size_t index)
{
	struct attach_state_of_station *s = &t->station->attach;
	struct assembly *a = mem_alloc(sizeof *a);
	*a = (struct assembly){
	    .next = s->assemblies, .transfer = t, .index = index, .bytes = BUF_INIT};
	s->assemblies = a;
	s->nassemblies++;
	t->is_taken[index] = true;
	return a;
}

/* What comes of what is open for it is for nobody. */
static void forget_open(struct station *n, const struct transfer *t, const struct assembly *a)
{
	for (struct link *l = n->links; l; l = l->next)
		for (size_t i = 0; i < l->attach.nopen; i++) {
			struct attach_open *o = &l->attach.open[i];
			if ((a && o->assembly == a) || (t && o->transfer == t)) {
				o->assembly = NULL;
				o->transfer = NULL;
			}
		}
}

/* --- what peers have of it --- */

struct link_map *attach_map_of(struct link *l, const struct transfer *t)
{
	for (size_t i = 0; i < TRANSFERS_MAX; i++)
		if (t && l->attach.maps[i].transfer == t)
			return &l->attach.maps[i];
	return NULL;
}

void attach_want_map(struct link *l, const struct transfer *t)
{
	for (size_t i = 0; i < TRANSFERS_MAX && !attach_map_of(l, t); i++)
		if (!l->attach.maps[i].transfer)
			l->attach.maps[i] = (struct link_map){.transfer = t};
}

void attach_note_lack(struct link *l, const struct sha256 *chunks)
{
	struct link_attach *la = &l->attach;
	if (!attach_is_lacked(l, chunks))
		*MEM_PUSH(la->lacks, la->nlacks, la->cap_lacks) = *chunks;
}

static bool has_piece(const struct link_map *m, size_t i)
{
	return m->bits[i / 8] >> i % 8 & 1;
}

/* Whoever did not say which pieces it has is taken to have all. */
static bool may_have(struct link *l, const struct transfer *t, size_t i)
{
	const struct link_map *m = attach_map_of(l, t);
	return !m || (m->state == MAP_KNOWN && has_piece(m, i));
}

static bool offers_more(const struct link_map *m)
{
	const struct attach_part *part = &m->transfer->part;
	for (size_t i = 0; i < attachment_chunks(m->transfer->claim.size); i++)
		if (!part->has[i] && has_piece(m, i))
			return true;
	return false;
}

/* A peer all of whose pieces are here lacks the file, until it has more. */
static void settle_maps(struct link *l)
{
	bool is_changed = false;
	for (size_t i = 0; i < TRANSFERS_MAX; i++) {
		struct link_map *m = &l->attach.maps[i];
		if (!m->transfer || m->state != MAP_KNOWN || offers_more(m))
			continue;
		const struct transfer *t = m->transfer;
		bool is_stale = m->is_stale;
		*m = (struct link_map){.transfer = NULL};
		if (is_stale) {
			attach_want_map(l, t);
		} else {
			attach_note_lack(l, &t->claim.chunks);
			is_changed = true;
		}
	}
	if (is_changed)
		transfers_prune(l->station);
}

static void forget_maps(struct station *n, const struct transfer *t)
{
	for (struct link *l = n->links; l; l = l->next) {
		struct link_map *m = attach_map_of(l, t);
		if (m)
			*m = (struct link_map){.transfer = NULL};
	}
}

/* --- the life of pieces and files --- */

void assembly_drop(struct assembly *a)
{
	struct station *n = a->transfer->station;
	a->transfer->is_taken[a->index] = false;
	forget_open(n, NULL, a);
	for (struct assembly **at = &n->attach.assemblies; *at; at = &(*at)->next)
		if (*at == a) {
			*at = a->next;
			break;
		}
	n->attach.nassemblies--;
	buf_release(&a->bytes);
	free(a);
}

void transfer_end(struct transfer *t)
{
	struct station *n = t->station;
	if (t->state == TRANSFER_OVER)
		return;
	for (struct assembly *next, *a = n->attach.assemblies; a; a = next) {
		next = a->next;
		if (a->transfer == t)
			assembly_drop(a);
	}
	forget_open(n, t, NULL);
	forget_maps(n, t);
	attach_forget_shares(n); /* more is here of it now */
	t->state = TRANSFER_OVER;
	attach_tell_part(t);
	n->attach.ntransfers--;
	n->attach.chances++;
}

/* --- which links, which files --- */

/* Not only while all is in sync: what comes between does not make a file hopeless. */
static bool may_bring(const struct link *l, const struct attachment *claim)
{
	return l->state == LINK_TALKING && l->is_up && !l->attach.is_slow &&
	       !attach_is_lacked(l, &claim->chunks);
}

void transfers_prune(struct station *n)
{
	for (struct transfer *next, *t = n->attach.transfers; t; t = next) {
		bool is_hopeful = t->state == TRANSFER_FINISHING || t->state == TRANSFER_OVER;
		next = t->next;
		for (struct link *l = n->links; l && !is_hopeful; l = l->next)
			is_hopeful = may_bring(l, &t->claim);
		if (is_hopeful)
			continue;
		transfer_end(t);
		transfer_settle(t);
	}
}

/* Bytes that may still be asked for in this month. */
static uint64_t left_of_budget(const struct station *n)
{
	const struct attach_state_of_station *a = &n->attach;
	uint64_t used = a->spent + a->promised, budget = a->list.policy.budget;
	if (!budget)
		return UINT64_MAX;
	return used < budget ? budget - used : 0;
}

static bool is_allowed(const struct link *l)
{
	const struct station *n = l->station;
	return l->state == LINK_TALKING && l->is_in_sync && !l->attach.is_slow &&
	       n->attach.is_known && !n->is_stopping && !n->room.is_short &&
	       !n->work.now.is_broken && left_of_budget(n);
}

static bool is_under_way(const struct station *n, const struct attachment *claim)
{
	for (const struct transfer *t = n->attach.transfers; t; t = t->next)
		if (t->claim.size == claim->size && sha256_eq(&t->claim.chunks, &claim->chunks))
			return true;
	return false;
}

/* The next file to begin with on this link. A budget that a file does not fit into any more is kept
 * for one that does; what is here of a part already counts for it. */
static const struct attach_row *next_row(const struct link *l)
{
	const struct station *n = l->station;
	const struct attach_row *best = NULL;
	if (l->attach.is_dry && l->attach.dry_at == n->attach.chances)
		return NULL; /* a step of a link is to cost little */
	uint64_t budget = left_of_budget(n);
	for (size_t i = 0; i < n->attach.list.n; i++) {
		const struct attach_row *r = &n->attach.list.rows[i];
		if (attach_is_to_come(r) && r->claim.size - r->bytes_here <= budget &&
		    !attach_is_lacked(l, &r->claim.chunks) && !is_under_way(n, &r->claim) &&
		    (!best || attach_is_before(r, best)))
			best = r;
	}
	return best;
}

/* --- asking --- */

static bool send_get(
    struct link *l, enum get_what what, struct transfer *t, uint64_t offset, uint64_t length)
{
	struct link_attach *la = &l->attach;
	struct station *n = l->station;
	if (length > left_of_budget(n))
		return false;
	const struct get g = {.chunks = t->claim.chunks,
	    .size = t->claim.size,
	    .what = what,
	    .offset = offset,
	    .length = (size_t)length};
	session_get(l->session, &g);
	if (!la->nopen)
		la->begun_ms = la->heard_ms = station_now_ms(n);
	la->open[la->nopen++] = (struct attach_open){.chunks = t->claim.chunks,
	    .transfer = t,
	    .is_map = what == GET_MAP,
	    .left = (size_t)length};
	n->attach.promised += length;
	return true;
}

static bool ask_list(struct link *l, struct transfer *t)
{
	if (t->list_from)
		return false;
	uint64_t left = attachment_chunks(t->claim.size) * SHA256_BYTES - t->list.len;
	if (!send_get(l, GET_LIST, t, t->list.len, left))
		return false;
	t->list_from = l;
	return true;
}

static bool ask_map(struct link *l, struct transfer *t, struct link_map *m)
{
	if (!send_get(l, GET_MAP, t, 0, MAP_BYTES(attachment_chunks(t->claim.size))))
		return false;
	m->state = MAP_ASKED;
	return true;
}

static bool ask_more(struct link *l, struct assembly *a)
{
	size_t left = attachment_chunk_bytes(a->transfer->claim.size, a->index) - a->asked;
	size_t n = left < l->attach.window ? left : l->attach.window;
	uint64_t offset = (uint64_t)a->index * ATTACHMENT_CHUNK_BYTES + a->asked;
	uint64_t budget = left_of_budget(l->station);
	n = n < budget ? n : (size_t)budget;
	if (!n || !send_get(l, GET_FILE, a->transfer, offset, n))
		return false;
	l->attach.open[l->attach.nopen - 1].assembly = a;
	a->asked += n;
	return true;
}

/* With one peer the pieces come in order; with several, who may be fetching the same from each
 * other, anywhere, so that they come to have different ones. */
static size_t first_to_try(const struct station *n, const struct transfer *t)
{
	size_t links = 0;
	uint32_t random;
	for (const struct link *l = n->links; l; l = l->next)
		links += l->state == LINK_TALKING && l->is_up;
	random_bytes(&random, sizeof random);
	return links > 1 ? random % attachment_chunks(t->claim.size) : 0;
}

/* A piece of this file that is this link's, nobody's, or not begun. */
static struct assembly *find_assembly(struct link *l, struct transfer *t)
{
	struct attach_state_of_station *s = &l->station->attach;
	struct assembly *orphan = NULL;
	for (struct assembly *a = s->assemblies; a; a = a->next) {
		if (a->transfer != t)
			continue;
		if (a->from == l && a->asked < attachment_chunk_bytes(t->claim.size, a->index))
			return a;
		if (!a->from && may_have(l, t, a->index))
			orphan = a;
	}
	if (orphan) {
		orphan->is_mixed |= orphan->bytes.len > 0;
		orphan->from = l;
		return orphan;
	}
	size_t n = attachment_chunks(t->claim.size), first = first_to_try(l->station, t);
	for (size_t k = 0; k < n && s->nassemblies < ASSEMBLIES_MAX; k++) {
		size_t i = (first + k) % n;
		if (t->part.has[i] || t->is_taken[i] || !may_have(l, t, i))
			continue;
		struct assembly *a = assembly_new(t, i);
		a->from = l;
		return a;
	}
	return NULL;
}

static bool ask_of(struct link *l, struct transfer *t)
{
	if (attach_is_lacked(l, &t->claim.chunks))
		return false;
	if (t->state == TRANSFER_LISTING)
		return ask_list(l, t);
	struct link_map *m = attach_map_of(l, t);
	if (m && m->state == MAP_WANTED)
		return ask_map(l, t, m);
	struct assembly *a = t->state == TRANSFER_FETCHING ? find_assembly(l, t) : NULL;
	return a && ask_more(l, a);
}

static bool ask_one(struct link *l)
{
	for (struct transfer *t = l->station->attach.transfers; t; t = t->next)
		if (ask_of(l, t))
			return true;
	return false;
}

void attach_ask(struct link *l)
{
	struct link_attach *la = &l->attach;
	const struct attach_row *row;
	if (!la->window)
		la->window = 2 * GET_BYTES_MIN;
	settle_maps(l);
	/* Two, so that the line is never empty; more where it is so fast that they do not last. */
	size_t most = la->window < GET_BYTES_MAX ? 2 : GETS_MAX;
	while (is_allowed(l) && la->nopen < most && session_can_get(l->session))
		if (!ask_one(l))
			break;
	while (is_allowed(l) && la->nopen < most && l->station->attach.ntransfers < TRANSFERS_MAX) {
		row = next_row(l);
		la->is_dry = !row;
		la->dry_at = l->station->attach.chances;
		if (!row)
			break;
		transfer_begin(l->station, row);
	}
}

bool attach_has_wish(const struct link *l)
{
	const struct station *n = l->station;
	for (size_t i = 0; i < l->attach.nopen; i++)
		if (l->attach.open[i].transfer && !l->attach.is_slow)
			return true;
	if (!is_allowed(l))
		return false;
	for (const struct transfer *t = n->attach.transfers; t; t = t->next)
		if (t->state != TRANSFER_OVER && may_bring(l, &t->claim))
			return true;
	return next_row(l) != NULL;
}
