/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is published: each rule of docs/format.md once, in the plainest way, whatever it costs.
 */
#include "rules.h"

#include <string.h>

int model_place(int path)
{
	return path / (IDS * LANGS);
}

/* --- the journal (rules 40 to 45a) --- */

static void apply(struct m_tree *tree, const struct m_change *c)
{
	struct m_file file = {!c->is_delete, c->content, c->signature};
	if (c->is_delete)
		file = (struct m_file){.has = false};
	if (c->part == PART_TEXT)
		tree->text[c->at] = file;
	if (c->part == PART_SIG)
		tree->sig[c->at] = file;
	if (c->part == PART_REV)
		tree->rev[c->at] = file;
	if (c->part == PART_ROSTER)
		tree->roster = file;
	if (c->part == PART_ROSTER_SIG)
		tree->roster_sig[c->at] = file;
}

void model_tree(struct m_tree *tree, const struct world *w, int head)
{
	if (head == NONE) {
		memset(tree, 0, sizeof *tree);
		return;
	}
	const struct m_entry *e = &w->entries[head];
	model_tree(tree, w, e->parent);
	for (int i = 0; i < e->nchanges; i++)
		apply(tree, &e->changes[i]);
}

static bool is_on_the_way_to(const struct world *w, int entry, int head)
{
	for (; head != NONE; head = w->entries[head].parent)
		if (head == entry)
			return true;
	return false;
}

/* Rule 45a. */
static bool counts(const struct world *w, int entry)
{
	const struct m_entry *e = &w->entries[entry];
	const struct m_hub *newest = &w->charters[w->ncharters - 1].hubs[e->hub];
	if (w->charters[e->charter - 1].hubs[e->hub].is_closed)
		return false;
	for (int v = 1; v <= w->ncharters; v++) {
		const struct m_hub *h = &w->charters[v - 1].hubs[e->hub];
		int last = h->base == NONE ? 0 : w->entries[h->base].seq;
		if (h->has_base && e->seq > last && e->charter < h->base_charter)
			return false;
	}
	return !newest->has_base || newest->base == NONE ||
	       is_on_the_way_to(w, entry, newest->base) || is_on_the_way_to(w, newest->base, entry);
}

int model_head(const struct world *w, int hub)
{
	int head = NONE;
	for (int i = 0; i < w->nentries; i++)
		if (w->entries[i].hub == hub && counts(w, i) &&
		    (head == NONE || w->entries[i].seq > w->entries[head].seq))
			head = i;
	return head;
}

/* --- the roster (rules 36 to 38) --- */

static bool is_good(const struct m_signature *s, enum kind kind, int of)
{
	return s->key != NONE && s->kind == (int)kind && s->of == of && !s->is_of_other_network;
}

const struct m_roster *model_roster(
    const struct world *w, const struct m_tree *tree, const struct m_charter *c, int hub)
{
	const struct m_hub *h = &c->hubs[hub];
	bool has_signed[STEWARDS] = {false};
	int n = 0;
	if (!tree->roster.has)
		return NULL;
	for (int i = 0; i < h->nstewards; i++) {
		const struct m_file *f = &tree->roster_sig[i];
		if (!f->has)
			continue;
		if (!is_good(&f->signature, ROSTER_KIND, tree->roster.content))
			return NULL;
		for (int k = 0; k < h->nstewards; k++)
			if (h->stewards[k] == f->signature.key)
				has_signed[k] = true;
	}
	for (int k = 0; k < h->nstewards; k++)
		n += has_signed[k];
	const struct m_roster *r = &w->rosters[tree->roster.content];
	return n >= h->threshold && r->hub == hub && !r->is_spoilt ? r : NULL;
}

/* --- places (rule 47) --- */

static bool is_another_hubs_country(const struct m_charter *c, int hub, int city)
{
	bool is_given = false;
	for (int i = 0; i < HUBS; i++)
		if (i != hub && !c->hubs[i].is_closed && c->hubs[i].countries & 1u << city)
			is_given = true;
	return is_given && !(c->hubs[hub].countries & 1u << city);
}

bool model_may_publish_for(const struct m_charter *c, const struct m_roster *r, int hub, int place)
{
	int own = c->hubs[hub].region;
	bool is_global = own == 0;
	if (place >= CITIES && place < NOWHERE) {
		int region = place - CITIES;
		if (region == own)
			return true;
		for (int i = 0; i < HUBS; i++)
			if (!c->hubs[i].is_closed && c->hubs[i].region == region)
				return false;
		return is_global;
	}
	if (place == NOWHERE || r->city_region[place] == NONE)
		return false;
	if (!is_global && r->city_region[place] != own)
		return false;
	return !is_another_hubs_country(c, hub, place);
}

/* --- a record (rule 46) --- */

/* Who on the roster gave this signature, with one of those roles and for that place; NULL: nobody.
 */
static const struct m_member *signer(const struct m_charter *c, const struct m_roster *r,
    const struct m_file *f, enum kind kind, unsigned roles, int text, int place)
{
	if (!f->has || !is_good(&f->signature, kind, text))
		return NULL;
	for (int i = 0; i < c->ndenied; i++)
		if (c->denied[i] == f->signature.key)
			return NULL;
	for (int i = 0; i < MEMBERS; i++) {
		const struct m_member *m = &r->members[i];
		if (m->key == f->signature.key && m->is_active && m->roles & roles &&
		    (!m->has_places || m->places & 1u << place))
			return m;
	}
	return NULL;
}

struct judged {
	const struct m_charter *charter;
	const struct m_roster *roster;
	int hub, path;
	const struct m_row *before; /* what is published there; NULL: nothing */
};

/* By whom: at home by an author, or a translation by a translator; elsewhere only that (rule 46b).
 */
static unsigned roles_to_write(const struct judged *j, const struct m_text *t)
{
	unsigned translator = t->of != NONE ? TRANSLATOR : 0;
	bool is_home = model_may_publish_for(j->charter, j->roster, j->hub, model_place(j->path));
	return is_home ? AUTHOR | translator : translator;
}

static bool names(const struct m_text *t, int text)
{
	return t->previous[0] == text || t->previous[1] == text;
}

static bool is_published(
    struct m_row *row, const struct world *w, const struct judged *j, const struct m_tree *tree)
{
	const struct m_text *t = &w->texts[row->text];
	int place = model_place(j->path);
	if (t->is_spoilt || t->path != j->path || t->is_for_members)
		return false;
	if (t->theme != NONE && !(j->charter->themes & 1u << t->theme))
		return false;
	if (!j->roster)
		return false;
	row->is_guest = !model_may_publish_for(j->charter, j->roster, j->hub, place);
	const struct m_member *author = signer(j->charter, j->roster, &tree->sig[j->path],
	    RECORD_KIND, roles_to_write(j, t), row->text, place);
	const struct m_member *reviewer = signer(
	    j->charter, j->roster, &tree->rev[j->path], REVIEW_KIND, REVIEWER, row->text, place);
	bool needs_review = !j->charter->review_optional || tree->rev[j->path].has;
	if (!author || (needs_review && (!reviewer || reviewer == author)))
		return false;
	row->author = author->key;
	row->reviewer = reviewer ? reviewer->key : NONE;
	if (!j->before || j->before->text == row->text)
		return true;
	int last = w->texts[j->before->text].revision;
	return names(t, j->before->text) &&
	       (t->previous[1] == NONE ? t->revision == last + 1 : t->revision > last);
}

/* --- the rows of a journal (rule 48) --- */

static struct m_row *row_at(struct outcome *o, int path, bool is_held)
{
	for (int i = 0; i < o->n; i++)
		if (o->rows[i].path == path && (o->rows[i].state == M_HELD) == is_held)
			return &o->rows[i];
	return NULL;
}

static void drop(struct outcome *o, struct m_row *row)
{
	if (row)
		*row = o->rows[--o->n];
}

static void judge(struct outcome *o, const struct world *w, const struct m_entry *e, int path,
    const struct m_roster *roster, const struct m_tree *after)
{
	struct m_row row = {
	    M_HELD, path, e->hub, e->seq, after->text[path].content, NONE, NONE, false, false};
	struct judged j = {
	    &w->charters[e->charter - 1], roster, e->hub, path, row_at(o, path, false)};
	drop(o, row_at(o, path, true));
	if (!after->text[path].has)
		return;
	j.before = row_at(o, path, false);
	if (is_published(&row, w, &j, after)) {
		drop(o, row_at(o, path, false));
		row.state = w->texts[row.text].is_withdrawn ? M_WITHDRAWN : M_PUBLISHED;
		o->was_published[row.text] = true;
	} else {
		row.author = row.reviewer = NONE;
		row.is_guest = false;
	}
	o->rows[o->n++] = row;
}

void model_journal(struct outcome *out, const struct world *w, int hub, int head)
{
	struct m_tree before, after;
	if (head == NONE) {
		memset(out, 0, sizeof *out);
		return;
	}
	const struct m_entry *e = &w->entries[head];
	model_journal(out, w, hub, e->parent);
	model_tree(&before, w, e->parent);
	model_tree(&after, w, head);
	const struct m_roster *roster = model_roster(w, &before, &w->charters[e->charter - 1], hub);
	for (int path = 0; path < PATHS; path++)
		for (int i = 0; i < e->nchanges; i++)
			if (e->changes[i].part <= PART_REV && e->changes[i].at == path) {
				judge(out, w, e, path, roster, &after);
				break;
			}
}

/* --- all journals (rules 49 to 49b) --- */

/* The journals, and which rows of all are still among those that may be shown. */
struct settling {
	const struct world *w;
	struct outcome *out;
	bool was_published[HUBS][TEXTS];
};

static bool is_running(const struct m_row *r, int path, bool is_guest)
{
	return r->state != M_HELD && r->path == path && r->is_guest == is_guest;
}

static bool is_followed(const struct settling *s, const struct m_row *row)
{
	for (int i = 0; i < s->out->n; i++) {
		const struct m_row *by = &s->out->rows[i];
		if (by->hub == row->hub || !is_running(by, row->path, row->is_guest))
			continue;
		for (int t = 0; t < s->w->ntexts; t++)
			if (s->was_published[by->hub][t] && s->w->texts[t].path == row->path &&
			    names(&s->w->texts[t], row->text))
				return true;
	}
	return false;
}

static bool goes_before(const struct settling *s, const struct m_row *a, const struct m_row *b)
{
	int x = s->w->texts[a->text].revision, y = s->w->texts[b->text].revision;
	if (is_followed(s, a) != is_followed(s, b))
		return is_followed(s, b);
	return x != y ? x > y : a->hub < b->hub; /* hubs are numbered in byte order */
}

static void settle(struct settling *s, int path, bool is_guest)
{
	struct m_row *rows[HUBS], *first = NULL;
	bool followed[HUBS];
	int n = 0;
	for (int i = 0; i < s->out->n; i++)
		if (is_running(&s->out->rows[i], path, is_guest))
			rows[n++] = &s->out->rows[i];
	for (int i = 0; i < n; i++) {
		followed[i] = is_followed(s, rows[i]);
		if (!first || goes_before(s, rows[i], first))
			first = rows[i];
	}
	for (int i = 0; i < n; i++) {
		bool is_said = followed[i] || rows[i]->text == first->text;
		for (int k = 0; k < n; k++)
			if (rows[k]->hub < rows[i]->hub && rows[k]->text == rows[i]->text)
				is_said = true;
		if (!is_said)
			rows[i]->is_contested = first->is_contested = true;
	}
	for (int i = 0; i < n; i++)
		if (rows[i] != first)
			rows[i]->state = M_HELD;
}

static const struct m_row *home_row(const struct settling *s, int path)
{
	for (int i = 0; i < s->out->n; i++)
		if (is_running(&s->out->rows[i], path, false))
			return &s->out->rows[i];
	return NULL;
}

/* Rule 49b. */
static bool may_stay(const struct settling *s, const struct m_row *guest)
{
	const struct m_text *t = &s->w->texts[guest->text];
	const struct m_row *source = home_row(s, guest->path / LANGS * LANGS + t->of);
	return !home_row(s, guest->path) && source && source->state == M_PUBLISHED &&
	       s->w->texts[source->text].revision >= t->of_revision;
}

void model_outcome(struct outcome *out, const struct world *w)
{
	static struct outcome one;
	static struct settling s;
	s.w = w;
	s.out = out;
	memset(out, 0, sizeof *out);
	for (int hub = 0; hub < HUBS; hub++) {
		model_journal(&one, w, hub, model_head(w, hub));
		memcpy(s.was_published[hub], one.was_published, sizeof one.was_published);
		for (int i = 0; i < one.n; i++)
			out->rows[out->n++] = one.rows[i];
	}
	for (int path = 0; path < PATHS; path++)
		settle(&s, path, false);
	for (int i = 0; i < out->n; i++)
		if (out->rows[i].state != M_HELD && out->rows[i].is_guest &&
		    !may_stay(&s, &out->rows[i]))
			out->rows[i].state = M_HELD;
	for (int path = 0; path < PATHS; path++)
		settle(&s, path, true);
}
