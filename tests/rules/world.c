/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network of a seed. Honest hubs mostly keep the rules, by accident not always; one hub in five
 * writes what it likes. Charters change keys, people's rights, countries, and cut journals.
 */
#include "rules.h"

#include <string.h>

uint64_t world_random(uint64_t *state) /* splitmix64 */
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static int below(struct world *w, int n)
{
	return (int)(world_random(&w->seed) % (uint64_t)n);
}

static bool chance(struct world *w, int percent)
{
	return below(w, 100) < percent;
}

/* --- keys: 16 a hub, and the central one --- */

enum { KEYS_OF_HUB = 0x10, JOURNAL = 0, STEWARD = 2, MEMBER = 5 };

static int key_of(int hub, int which)
{
	return (hub + 1) * KEYS_OF_HUB + which;
}

static int any_key(struct world *w)
{
	return key_of(below(w, HUBS), MEMBER + below(w, MEMBERS + 1));
}

/* --- charters --- */

static void first_charter(struct world *w, struct m_charter *c)
{
	static const int regions[HUBS] = {0, 1, 1, 2};
	c->review_optional = chance(w, 20);
	c->themes = 1;
	for (int i = 0; i < HUBS; i++) {
		struct m_hub *h = &c->hubs[i];
		h->region = regions[i];
		h->journal = key_of(i, JOURNAL);
		h->nstewards = 1 + chance(w, 40);
		for (int k = 0; k < STEWARDS; k++)
			h->stewards[k] = key_of(i, STEWARD + k);
		h->threshold = 1 + below(w, h->nstewards);
		if (chance(w, 25))
			h->countries = 1u << below(w, CITIES);
	}
	if (chance(w, 50))
		c->hubs[2].region = 3;
}

static int back(struct world *w, int head, int n)
{
	while (n-- > 0 && head != NONE)
		head = w->entries[head].parent;
	return head;
}

/* Its journal goes on after one of its entries, with its key or another, or ends there. */
static void cut(struct world *w, struct m_charter *c, int version, int hub)
{
	struct m_hub *h = &c->hubs[hub];
	h->has_base = true;
	h->base_charter = version;
	h->base = back(w, w->head[hub], chance(w, 10) ? 100 : below(w, 5));
	w->head[hub] = h->base;
	if (chance(w, 60))
		h->journal = key_of(hub, JOURNAL + version % 2);
	h->is_closed = chance(w, 25);
}

static void next_charter(struct world *w)
{
	struct m_charter *c = &w->charters[w->ncharters];
	int version = ++w->ncharters;
	*c = c[-1];
	if (chance(w, 20))
		c->review_optional = !c->review_optional;
	if (chance(w, 30))
		c->themes ^= 2;
	if (chance(w, 40) && c->ndenied < DENIED)
		c->denied[c->ndenied++] = any_key(w);
	for (int i = 0; i < HUBS; i++) {
		struct m_hub *h = &c->hubs[i];
		if (chance(w, w->is_malicious[i] ? 50 : 15) && !h->is_closed)
			cut(w, c, version, i);
		if (chance(w, 10))
			h->stewards[0] = key_of(i, STEWARD + 2);
		if (chance(w, 15))
			h->countries ^= 1u << below(w, CITIES);
		if (chance(w, 5))
			h->region = below(w, REGIONS);
	}
}

/* --- entries --- */

/* One that is being written. */
struct writing {
	struct world *world;
	struct m_entry *entry;
	struct m_tree tree; /* with what it has so far */
	const struct m_charter *charter;
	int hub, fault_percent;
};

static bool slips(struct writing *x)
{
	return chance(x->world, x->fault_percent);
}

static bool is_same(const struct m_file *f, const struct m_change *c)
{
	return f->has == !c->is_delete &&
	       (!f->has || (f->content == c->content &&
			       memcmp(&f->signature, &c->signature, sizeof c->signature) == 0));
}

/* An entry holds only what changes something, each file once. */
static void put(struct writing *x, struct m_change c)
{
	struct m_file *const files[] = {
	    x->tree.text, x->tree.sig, x->tree.rev, &x->tree.roster, x->tree.roster_sig};
	struct m_file *f = &files[c.part][c.at];
	for (int i = 0; i < x->entry->nchanges; i++)
		if (x->entry->changes[i].part == c.part && x->entry->changes[i].at == c.at)
			return;
	if (x->entry->nchanges == CHANGES || is_same(f, &c))
		return;
	x->entry->changes[x->entry->nchanges++] = c;
	*f = c.is_delete ? (struct m_file){.has = false}
			 : (struct m_file){true, c.content, c.signature};
}

static void put_signature(struct writing *x, enum part part, int at, int key, int of)
{
	struct m_change c = {.part = part, .at = at};
	struct m_signature *s = &c.signature;
	memset(s, 0, sizeof *s); /* compared as bytes */
	s->key = key;
	s->of = of;
	s->kind = part == PART_ROSTER_SIG ? ROSTER_KIND
		  : part == PART_REV	  ? REVIEW_KIND
					  : RECORD_KIND;
	if (slips(x) && chance(x->world, 30)) {
		switch (below(x->world, 4)) {
		case 0:
			s->kind = (s->kind + 1) % 3;
			break;
		case 1:
			s->is_of_other_network = true;
			break;
		case 2:
			s->of = of ? of - 1 : of;
			break;
		default:
			s->key = NONE, s->junk = below(x->world, 1 << 20);
		}
	}
	put(x, c);
}

static void sign_roster(struct writing *x, int roster)
{
	const struct m_hub *h = &x->charter->hubs[x->hub];
	for (int i = 0; i < STEWARDS; i++) {
		int key = h->stewards[i];
		if (slips(x) || (i >= h->threshold && chance(x->world, 50)))
			continue;
		if (slips(x))
			key = chance(x->world, 50) ? h->stewards[0] : key_of(x->hub, JOURNAL);
		put_signature(x, PART_ROSTER_SIG, i, key, roster);
	}
}

static void fill_member(struct writing *x, struct m_member *m, int i)
{
	struct world *w = x->world;
	static const unsigned usual[MEMBERS] = {
	    AUTHOR, REVIEWER, AUTHOR | REVIEWER, AUTHOR | REVIEWER | TRANSLATOR, TRANSLATOR};
	*m = (struct m_member){key_of(x->hub, MEMBER + i), usual[i], true, false, 0};
	if (chance(w, 10))
		m->roles = 1 + (unsigned)below(w, 7);
	if (i && chance(w, 12))
		m->is_active = false;
	if (chance(w, 15)) {
		m->has_places = true;
		m->places = 1 + (unsigned)below(w, (1 << NOWHERE) - 1);
	}
	if (chance(w, 8))
		m->key = key_of(x->hub, MEMBER + MEMBERS); /* a new one */
	if (slips(x) && chance(w, 20))
		m->key = any_key(w);
}

static void write_roster(struct writing *x)
{
	static const int where[CITIES] = {1, 1, 2, 2, 3};
	struct world *w = x->world;
	if (w->nrosters == ROSTERS)
		return;
	int serial = w->nrosters++;
	struct m_roster *r = &w->rosters[serial];
	*r = (struct m_roster){.hub = x->hub, .serial = serial + 1};
	if (slips(x) && chance(w, 20))
		r->hub = below(w, HUBS);
	for (int i = 0; i < CITIES; i++) {
		r->city_region[i] = NONE;
		if (chance(w, where[i] == x->charter->hubs[x->hub].region ? 90 : 15))
			r->city_region[i] = slips(x) ? x->charter->hubs[x->hub].region : where[i];
	}
	for (int i = 0; i < MEMBERS; i++) {
		fill_member(x, &r->members[i], i);
		for (int k = 0; k < i; k++)
			if (r->members[k].key == r->members[i].key)
				r->is_spoilt = true;
	}
	put(x, (struct m_change){.part = PART_ROSTER, .content = serial});
	sign_roster(x, serial);
}

/* Somebody who may, mostly; the journal's own roster says who. */
static int somebody(struct writing *x, enum role role, int place, int but)
{
	const struct m_file *f = &x->tree.roster;
	int found = NONE;
	if (!f->has || slips(x))
		return any_key(x->world);
	for (int i = 0, n = 0; i < MEMBERS; i++) {
		const struct m_member *m = &x->world->rosters[f->content].members[i];
		if (m->roles & role && m->is_active && m->key != but &&
		    (!m->has_places || m->places & 1u << place) && !below(x->world, ++n))
			found = m->key;
	}
	return found == NONE ? any_key(x->world) : found;
}

static void sign_text(struct writing *x, int path, int text)
{
	int place = model_place(path);
	bool is_translation = x->world->texts[text].of != NONE && chance(x->world, 80);
	int author = somebody(x, is_translation ? TRANSLATOR : AUTHOR, place, NONE);
	if (!slips(x) || chance(x->world, 70))
		put_signature(x, PART_SIG, path, author, text);
	if (slips(x) && chance(x->world, 40))
		put_signature(x, PART_REV, path, author, text); /* their own reviewer */
	else if (!chance(x->world, x->charter->review_optional ? 50 : 12))
		put_signature(x, PART_REV, path, somebody(x, REVIEWER, place, author), text);
}

static int choose_path(struct writing *x)
{
	struct world *w = x->world;
	int place = below(w, PLACES);
	const struct m_file *f = &x->tree.roster;
	for (int i = 0; i < 20 && !slips(x); i++) {
		place = below(w, NOWHERE);
		if (f->has &&
		    model_may_publish_for(x->charter, &w->rosters[f->content], x->hub, place))
			break;
	}
	/* The first id and language more often, so that revisions meet. */
	return place * IDS * LANGS + (chance(w, 70) ? 0 : below(w, IDS * LANGS));
}

/* What a hub's journal has published at `path`; NONE. */
static int last_published(struct writing *x, int hub, int path)
{
	static struct outcome so_far;
	int head = hub == x->hub ? x->entry->parent : x->world->head[hub];
	model_journal(&so_far, x->world, hub, head);
	for (int i = 0; i < so_far.n; i++)
		if (so_far.rows[i].path == path && so_far.rows[i].state != M_HELD)
			return so_far.rows[i].text;
	return NONE;
}

/* The revision after `before`, and after what it followed already. */
static void go_on_from(struct world *w, struct m_text *t, int before)
{
	t->previous[t->previous[0] != NONE] = before;
	if (t->revision <= w->texts[before].revision)
		t->revision = w->texts[before].revision + 1;
}

/* A path at which another language has been published by some hub; that becomes `*from`. */
static int path_to_translate(struct writing *x, int *from)
{
	struct world *w = x->world;
	int start = below(w, PATHS), hub = below(w, HUBS);
	for (int i = 0; i < PATHS; i++) {
		int path = (start + i) % PATHS;
		*from = w->head[hub] == NONE ? NONE : last_published(x, hub, path);
		if (*from != NONE)
			return path / LANGS * LANGS + (path % LANGS + 1) % LANGS;
	}
	return NONE;
}

static int new_text(struct writing *x, int path)
{
	struct world *w = x->world;
	int before = last_published(x, x->hub, path), at = w->ntexts++;
	struct m_text *t = &w->texts[at];
	*t = (struct m_text){
	    .path = path, .revision = 1, .previous = {NONE, NONE}, .of = NONE, .theme = NONE};
	if (before != NONE && !slips(x))
		go_on_from(w, t, before);
	int other = chance(w, 40) ? last_published(x, below(w, HUBS), path) : NONE;
	if (other != NONE && other != before)
		go_on_from(w, t, other);
	if (slips(x) && t->previous[0] != NONE) {
		t->revision = 2 + below(w, 4);
		t->previous[0] = chance(w, 50) ? before : below(w, at);
		if (t->previous[0] == NONE || t->previous[0] == t->previous[1])
			t->previous[0] = at - 1;
		if (t->previous[0] == t->previous[1])
			t->previous[1] = NONE;
	}
	if (chance(w, 30))
		t->theme = slips(x) ? THEMES - 1 : below(w, 2);
	t->is_withdrawn = chance(w, 12);
	t->is_for_members = slips(x) && chance(w, 15);
	t->is_spoilt = slips(x) && chance(w, 15);
	if (slips(x) && chance(w, 15))
		t->path = below(w, PATHS);
	return at;
}

static void write_record(struct writing *x)
{
	struct world *w = x->world;
	int path = choose_path(x), text, from = NONE;
	if (w->ntexts == TEXTS)
		return;
	int translated = chance(w, 25) ? path_to_translate(x, &from) : NONE;
	if (translated != NONE) {
		path = translated;
		text = new_text(x, path);
		w->texts[text].of = (w->texts[text].path % LANGS + 1) % LANGS;
		w->texts[text].of_revision = w->texts[from].revision + chance(w, 10);
	} else if (w->ntexts && slips(x) && chance(w, 20))
		text = below(w, w->ntexts); /* one that was there before */
	else
		text = new_text(x, path);
	put(x, (struct m_change){.part = PART_TEXT, .at = path, .content = text});
	sign_text(x, path, text);
}

static int path_in_tree(struct writing *x)
{
	int start = below(x->world, PATHS);
	for (int i = 0; i < PATHS; i++)
		if (x->tree.text[(start + i) % PATHS].has)
			return (start + i) % PATHS;
	return NONE;
}

static void write_something(struct writing *x)
{
	struct world *w = x->world;
	int path = path_in_tree(x), what = below(w, 100);
	bool is_lost = !model_roster(w, &x->tree, x->charter, x->hub);
	if (what < 8 || (is_lost && what < 70)) {
		write_roster(x);
	} else if (what < 22 && path != NONE) {
		sign_text(x, path, x->tree.text[path].content);
	} else if (what < 28 && path != NONE) {
		enum part part = (enum part)below(w, 3);
		put(x, (struct m_change){.part = part, .at = path, .is_delete = true});
	} else if (what < 30) {
		sign_roster(x, x->tree.roster.content);
	} else if (what < 31 && slips(x)) {
		put(x, (struct m_change){
			   .part = PART_ROSTER_SIG, .at = below(w, STEWARDS), .is_delete = true});
	} else {
		write_record(x);
	}
}

static void write_entry(struct world *w, int hub)
{
	struct writing x = {.world = w,
	    .entry = &w->entries[w->nentries],
	    .charter = &w->charters[w->ncharters - 1],
	    .hub = hub,
	    .fault_percent = w->is_malicious[hub] ? 25 : 3};
	int parent = w->head[hub];
	*x.entry = (struct m_entry){.hub = hub,
	    .seq = parent == NONE ? 1 : w->entries[parent].seq + 1,
	    .charter = w->ncharters,
	    .parent = parent};
	model_tree(&x.tree, w, parent);
	for (int n = 1 + below(w, 3); n > 0; n--)
		write_something(&x);
	if (!x.entry->nchanges)
		return;
	w->head[hub] = w->nentries++;
}

void world_make(struct world *w, uint64_t seed)
{
	memset(w, 0, sizeof *w);
	w->seed = seed;
	for (int i = 0; i < HUBS; i++) {
		w->head[i] = NONE;
		w->is_malicious[i] = chance(w, 20);
	}
	first_charter(w, &w->charters[0]);
	w->ncharters = 1;
	int versions = 1 + below(w, CHARTERS);
	for (;;) {
		for (int n = 4 + below(w, 20); n > 0; n--) {
			int hub = below(w, HUBS);
			const struct m_charter *c = &w->charters[w->ncharters - 1];
			if (!c->hubs[hub].is_closed && w->nentries < ENTRIES)
				write_entry(w, hub);
		}
		if (w->ncharters == versions)
			return;
		next_charter(w);
	}
}
