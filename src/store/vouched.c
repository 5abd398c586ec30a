/* SPDX-License-Identifier: Apache-2.0 */
#include "store/vouched.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

const struct named_head *named_find(const struct named_heads *l, const char *hub)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].head.hub, hub) == 0)
			return &l->items[i];
	return NULL;
}

static void note(struct named_heads *l, const struct named_head *said)
{
	size_t i = 0;
	while (i < l->n && strcmp(l->items[i].head.hub, said->head.hub) != 0)
		i++;
	if (i == l->n)
		MEM_PUSH(l->items, l->n, l->cap);
	else if (l->items[i].by > said->by)
		return;
	l->items[i] = *said;
}

static void note_entry(struct named_heads *l, const struct entry *e)
{
	for (size_t i = 0; i < e->nheads; i++)
		note(l, &(struct named_head){e->heads[i], e->seq, e->time, e->charter});
}

void named_add(struct journal *j, const struct entry *e)
{
	if (!j->said || !oid_eq(&j->said->at, &e->parent))
		return;
	note_entry(j->said, e);
	j->said->at = j->head.id;
}

void named_free(struct named_heads *l)
{
	if (l)
		free(l->items);
	free(l);
}

int named_read(const struct named_heads **out, struct store *s, struct journal *j, struct err *err)
{
	struct oid at = j->head.id;
	struct named_heads fresh = {.at = at};
	if (!j->said)
		j->said = mem_alloc(sizeof *j->said);
	struct named_heads *old = j->said;
	*out = old;
	if (oid_eq(&old->at, &at))
		return 0;
	/* What the head does not name again stands at most that far behind it. */
	for (int back = 0; back <= NAMED_LOOK_BACK && !oid_is_zero(&at); back++) {
		struct entry e;
		if (oid_eq(&at, &old->at)) {
			for (size_t i = 0; i < old->n; i++)
				note(&fresh, &old->items[i]);
			break;
		}
		if (journal_commit(s, &at, &e, err)) {
			free(fresh.items);
			return err->code;
		}
		note_entry(&fresh, &e);
		at = e.parent;
		entry_release(&e);
	}
	free(old->items);
	*old = fresh;
	return 0;
}

/* --- what is not here --- */

/* Was it said before a charter cut that journal? Then it is of what was cut off, or may be. Who is
 * closed has nothing after the base. */
static bool is_settled(const struct charter_hub *h, uint64_t seq, uint32_t charter, bool is_other)
{
	if (!h->has_base)
		return false;
	if (seq > h->base.seq && h->is_closed)
		return true;
	return charter < h->base.charter && (seq > h->base.seq || is_other);
}

static int weigh(struct vouched_list *out, struct store *s, const struct charter *c,
    const struct journal *by, const struct named_head *said, struct err *err)
{
	const struct charter_hub *h = charter_hub(c, said->head.hub);
	const struct journal *j = store_journal(s, said->head.hub);
	struct oid id = {{0}};
	bool is_here = j && j->head.seq >= said->head.seq;
	if (!h || strcmp(said->head.hub, by->head.hub) == 0)
		return 0;
	if (is_here && store_entry_id(s, said->head.hub, said->head.seq, &id, err))
		return err->code;
	if ((is_here && oid_eq(&id, &said->head.id)) ||
	    is_settled(h, said->head.seq, said->charter, is_here))
		return 0;
	struct vouched *v = MEM_PUSH(out->items, out->n, out->cap);
	*v = (struct vouched){
	    .seq = said->head.seq, .entry = said->by, .time = said->time, .is_other = is_here};
	memcpy(v->hub, said->head.hub, sizeof v->hub);
	memcpy(v->by, by->head.hub, sizeof v->by);
	return 0;
}

/* A base is an entry that exists, by the word of the central team. */
static void weigh_bases(struct vouched_list *out, struct store *s, const struct charter *c)
{
	for (size_t i = 0; i < c->nhubs; i++) {
		const struct charter_hub *h = &c->hubs[i];
		const struct journal *j = store_journal(s, h->id);
		if (!h->has_base || h->base.seq <= (j ? j->head.seq : 0))
			continue;
		struct vouched *v = MEM_PUSH(out->items, out->n, out->cap);
		*v =
		    (struct vouched){.seq = h->base.seq, .entry = h->base.charter, .time = c->time};
		snprintf(v->hub, sizeof v->hub, "%s", h->id);
	}
}

static int by_hub(const void *a, const void *b)
{
	const struct vouched *x = a, *y = b;
	int c = strcmp(x->hub, y->hub);
	if (!c)
		c = (x->seq < y->seq) - (x->seq > y->seq);
	return c ? c : strcmp(x->by, y->by);
}

int vouched_list(struct vouched_list *out, struct store *s, struct err *err)
{
	const struct charter *c;
	*out = (struct vouched_list){.n = 0};
	if (!s->charter_version)
		return 0;
	if (store_charter(s, 0, &c, NULL, err))
		return err->code;
	int bad = 0;
	for (size_t i = 0; i < s->njournals && !bad; i++) {
		struct journal *j = &s->journals[i];
		const struct named_heads *said = NULL;
		bad = named_read(&said, s, j, err);
		for (size_t k = 0; !bad && k < said->n; k++)
			bad = weigh(out, s, c, j, &said->items[k], err);
	}
	if (bad) {
		free(out->items);
		*out = (struct vouched_list){.n = 0};
		return bad;
	}
	weigh_bases(out, s, c);
	if (out->n)
		qsort(out->items, out->n, sizeof *out->items, by_hub);
	return 0;
}
