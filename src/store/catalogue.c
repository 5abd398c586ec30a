/* SPDX-License-Identifier: Apache-2.0 */
#include "store/catalogue.h"

#include "base/mem.h"
#include "store/catalogue_cache.h"

#include <stdio.h>
#include <stdlib.h>

/* One journal being read: its rows, found by path, and the roster in force before the entry at
 * hand. */
struct reader {
	struct store *store;
	struct catalogue *out;
	json_t *published, *held; /* path → index in out->items */
	uint32_t roster_charter; /* the version `roster` was checked against; 0: read it again */
	const struct roster *roster;
	const char *fault;
	struct policy policy;
	size_t judged;
};

static const char *keep(struct catalogue *c, struct str s)
{
	return arena_str(&c->arena, s).ptr;
}

/* --- what is in force --- */

/* The roster in `tree`; read again only when it, a signature of it or the charter changed. */
static int read_roster(
    struct reader *r, const struct oid *tree, const char *hub, uint32_t charter, struct err *err)
{
	if (r->roster_charter == charter)
		return 0;
	r->roster_charter = 0;
	if (store_roster(r->store, tree, hub, charter, &r->roster, &r->fault, err))
		return err->code;
	r->roster_charter = charter;
	return 0;
}

static int enter(
    struct reader *r, const struct entry *e, const struct oid *parent_tree, struct err *err)
{
	struct policy *p = &r->policy;
	if (store_charter(r->store, e->charter, &p->charter, &p->schemas, err) ||
	    read_roster(r, parent_tree, e->hub, e->charter, err))
		return err->code;
	p->network = r->store->network;
	p->hub = charter_hub(p->charter, e->hub);
	p->roster = r->roster;
	p->roster_fault = r->fault;
	return 0;
}

/* --- one record --- */

struct version {
	struct str path; /* of the .md */
	struct str md, sig, rev;
	struct oid ids[3];
	struct buf found[3]; /* what the entry did not change is read from its tree */
};

static int part(
    struct reader *r, const struct entry *e, struct version *v, int which, struct err *err)
{
	static const char *const suffix[] = {"", ".sig", ".rev"};
	struct str *const into[] = {&v->md, &v->sig, &v->rev};
	struct buf path = BUF_INIT;
	struct err none;
	buf_printf(&path, "%.*s%s", STR_FMT(v->path), suffix[which]);
	*into[which] = STR_EMPTY;
	for (size_t i = 0; i < e->nchanges; i++)
		if (str_eq(e->changes[i].path, buf_str(&path))) {
			*into[which] = e->changes[i].content;
			v->ids[which] = e->changes[i].blob;
			buf_release(&path);
			return 0;
		}
	int bad = 0;
	if (tree_find(r->store->repo, &e->tree, buf_str(&path), &v->ids[which], &none) == 0) {
		bad = repo_read(r->store->repo, &v->ids[which], OBJECT_BLOB, &v->found[which], err);
		*into[which] = buf_str(&v->found[which]);
	}
	buf_release(&path);
	return bad;
}

static struct item *row(struct reader *r, json_t *index, struct str path, bool make)
{
	json_t *at = json_object_getn(index, path.ptr, path.len);
	if (at)
		return &r->out->items[json_integer_value(at)];
	if (!make)
		return NULL;
	struct catalogue *c = r->out;
	struct item *item = MEM_PUSH(c->items, c->len, c->cap);
	json_object_setn_new(index, path.ptr, path.len, json_integer((json_int_t)(c->len - 1)));
	return item;
}

static void drop_record(struct item *item)
{
	if (item->record)
		record_release(item->record);
	free(item->record);
	item->record = NULL;
}

/* A row that nobody lists any more; dropped at the end. */
static void forget(struct reader *r, json_t *index, struct str path)
{
	struct item *item = row(r, index, path, false);
	if (item) {
		item->path = NULL;
		drop_record(item);
	}
	json_object_deln(index, path.ptr, path.len);
}

static void fill_person(struct catalogue *c, const struct member *m, const char **id,
    const char **name, struct public_key *key)
{
	*id = m ? keep(c, str_from(m->id)) : "";
	*name = m ? keep(c, str_from(m->name)) : "";
	if (m)
		*key = m->key;
}

static void fill_record(struct reader *r, struct item *item, const struct judgement *j)
{
	struct catalogue *c = r->out;
	const struct record *rec = &j->record;
	struct buf themes = BUF_INIT;
	size_t i;
	json_t *theme;
	item->title = item->summary = item->date = item->themes = "";
	if (!rec->head)
		return;
	item->title = keep(c, rec->title);
	item->summary = keep(c, rec->summary);
	item->date = keep(c, rec->date);
	item->revision = rec->revision;
	buf_putc(&themes, ' ');
	json_array_foreach(json_object_get(rec->head, "themes"), i, theme)
	    buf_printf(&themes, "%s ", json_string_value(theme));
	item->themes = keep(c, buf_str(&themes));
	buf_release(&themes);
}

static void fill(struct reader *r, struct item *item, const struct entry *e,
    const struct version *v, const struct judgement *j)
{
	struct catalogue *c = r->out;
	struct record_name name;
	struct oid commit = {{0}};
	struct err none;
	*item = (struct item){.path = keep(c, v->path),
	    .hub = keep(c, str_from(e->hub)),
	    .seq = e->seq,
	    .time = e->time,
	    .md = v->ids[0],
	    .sig = v->ids[1],
	    .rev = v->ids[2],
	    .has_rev = v->rev.len > 0,
	    .hash = sha256(v->md),
	    .reason = keep(c, str_from(j->reason))};
	record_name_parse(&name, v->path); /* journal_path_is_valid said so */
	item->place = keep(c, name.place);
	item->type = keep(c, name.type);
	item->id = keep(c, name.id);
	item->lang = keep(c, name.lang);
	item->region = keep(c, policy_region(&r->policy, name.place));
	if (store_entry_id(r->store, e->hub, e->seq, &commit, &none) == 0)
		item->commit = commit;
	fill_record(r, item, j);
	fill_person(c, j->author, &item->author, &item->author_name, &item->author_key);
	fill_person(c, j->reviewer, &item->reviewer, &item->reviewer_name, &item->reviewer_key);
}

/* A new revision must name the one it follows; else two people's work could silently replace each
 * other. */
static void check_succession(struct judgement *j, const struct item *before)
{
	char previous[80];
	if (!j->is_published || !before)
		return;
	snprintf(previous, sizeof previous, "sha256:%s", sha256_hex(&before->hash).text);
	struct sha256 hash = record_hash(&j->record);
	if (sha256_eq(&before->hash, &hash) ||
	    (j->record.revision == before->revision + 1 &&
		json_has_text(json_object_get(j->record.head, "previous"), str_from(previous))))
		return;
	j->is_published = false;
	snprintf(j->reason, sizeof j->reason,
	    "revision %u does not follow revision %u, which is published", j->record.revision,
	    before->revision);
}

static void keep_record(struct item *item, struct judgement *j)
{
	item->record = mem_alloc(sizeof *item->record);
	*item->record = j->record;
	j->record = (struct record){.source = BUF_INIT};
}

static int take_version(struct reader *r, const struct entry *e, struct str path, struct err *err)
{
	struct version v = {.path = path, .found = {BUF_INIT, BUF_INIT, BUF_INIT}};
	struct judgement j;
	int bad = 0;
	for (int i = 0; i < 3 && !bad; i++)
		bad = part(r, e, &v, i, err);
	if (bad)
		goto out;
	if (oid_is_zero(&v.ids[0])) {
		/* Deleting takes back only what was not published: a withdrawal is a signed
		 * revision, and an older one must not look like the first again. */
		forget(r, r->held, path);
		goto out;
	}
	r->judged++;
	policy_judge(&j, &r->policy, path, v.md, v.sig, v.rev);
	check_succession(&j, row(r, r->published, path, false));
	struct item *item = row(r, j.is_published ? r->published : r->held, path, true);
	drop_record(item);
	fill(r, item, e, &v, &j);
	item->state = ITEM_HELD;
	if (j.is_published) {
		bool is_withdrawn = str_is(j.record.status, "withdrawn");
		item->state = is_withdrawn ? ITEM_WITHDRAWN : ITEM_PUBLISHED;
		if (is_withdrawn)
			item->reason = keep(r->out, json_get_text(j.record.head, "reason"));
		forget(r, r->held, path);
		if (r->out->keeps_records)
			keep_record(row(r, r->published, path, false), &j);
	}
	judgement_release(&j);
out:
	for (int i = 0; i < 3; i++)
		buf_release(&v.found[i]);
	return bad ? err->code : 0;
}

/* The record that a changed file belongs to: itself, or what it signs. */
static struct str record_of(struct str path)
{
	if (str_ends(path, STR(".sig")) || str_ends(path, STR(".rev")))
		path.len -= 4;
	return path;
}

static int take_entry(
    struct reader *r, const struct entry *e, const struct oid *parent_tree, struct err *err)
{
	struct str last = STR_EMPTY;
	if (enter(r, e, parent_tree, err))
		return err->code;
	for (size_t i = 0; i < e->nchanges; i++) {
		struct str path = e->changes[i].path;
		if (str_starts(path, STR("roster.md")))
			r->roster_charter = 0;
		if (!str_starts(path, STR("records/")) || str_eq(record_of(path), last))
			continue;
		last = record_of(path);
		if (take_version(r, e, last, err))
			return err->code;
	}
	return 0;
}

/* Cities by the newest roster; where two hubs name one, the hub first in byte order. */
static int take_places(struct reader *r, const struct journal *j, struct err *err)
{
	size_t i;
	json_t *city;
	if (read_roster(r, &j->tree, j->head.hub, j->charter, err))
		return err->code;
	if (!r->roster)
		return 0;
	json_array_foreach(json_object_get(r->roster->head, "cities"), i, city)
	{
		const char *id = json_string_value(json_object_get(city, "id"));
		if (json_object_get(r->out->places, id))
			continue;
		json_t *place = json_deep_copy(city);
		json_object_del(place, "id");
		json_object_set_new(place, "hub", json_string(j->head.hub));
		json_object_set_new(r->out->places, id, place);
	}
	return 0;
}

struct counter {
	void (*progress)(void *ctx, size_t done, size_t all);
	void *ctx;
	size_t done, all; /* entries */
	size_t judged; /* records */
};

/* Where the rows at hand end in this journal: its next entry and the tree before it. */
static int resume(struct reader *r, const struct journal *j, const struct catalogue_cache *cache,
    uint64_t *next, struct oid *tree, struct err *err)
{
	const struct head *h = head_find(cache->heads, cache->nheads, j->head.hub);
	struct entry e;
	*next = 1;
	*tree = (struct oid){{0}};
	if (!h)
		return 0;
	for (size_t i = 0; i < r->out->len; i++) {
		const struct item *item = &r->out->items[i];
		if (item->path && strcmp(item->hub, j->head.hub) == 0)
			json_object_set_new(item->state == ITEM_HELD ? r->held : r->published,
			    item->path, json_integer((json_int_t)i));
	}
	*next = h->seq + 1;
	if (*next > j->head.seq)
		return 0;
	if (store_entry(r->store, j->head.hub, h->seq, &e, err))
		return err->code;
	*tree = e.tree;
	entry_release(&e);
	return 0;
}

static int take_journal(struct reader *r, const struct journal *j,
    const struct catalogue_cache *cache, struct counter *n, struct err *err)
{
	struct oid tree;
	uint64_t seq;
	if (resume(r, j, cache, &seq, &tree, err))
		return err->code;
	for (; seq <= j->head.seq; seq++) {
		struct entry e;
		if (store_entry(r->store, j->head.hub, seq, &e, err))
			return err->code;
		int bad = take_entry(r, &e, &tree, err);
		tree = e.tree;
		entry_release(&e);
		if (bad)
			return bad;
		if (++n->done % 256 == 0 && n->progress)
			n->progress(n->ctx, n->done, n->all);
	}
	return take_places(r, j, err);
}

static int by_path(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	if (!x->path || !y->path)
		return !x->path - !y->path;
	int c = strcmp(x->path, y->path);
	if (!c)
		c = (x->state == ITEM_HELD) - (y->state == ITEM_HELD);
	if (!c)
		c = (x->revision < y->revision) - (x->revision > y->revision);
	return c ? c : strcmp(x->hub, y->hub);
}

/* Two hubs may both have published one path; the higher revision counts, then the hub first in
 * order. */
static void settle(struct catalogue *c)
{
	if (c->len)
		qsort(c->items, c->len, sizeof *c->items, by_path);
	while (c->len && !c->items[c->len - 1].path)
		c->len--;
	const struct item *first = NULL; /* the row that counts of the path at hand */
	for (size_t i = 0; i < c->len; i++) {
		struct item *item = &c->items[i];
		if (item->state == ITEM_HELD)
			continue;
		if (!first || strcmp(first->path, item->path) != 0) {
			first = item;
			continue;
		}
		item->state = ITEM_HELD;
		item->reason =
		    arena_printf(&c->arena, "hub %s has published this record too", first->hub);
	}
	if (c->len)
		qsort(c->items, c->len, sizeof *c->items, by_path);
}

/* Rewriting the rows costs more than judging a few records does: they are kept once enough is new.
 */
enum { JUDGED_WORTH_KEEPING = 16 };

static int read_all(struct catalogue *c, struct store *s, const struct catalogue_cache *cache,
    struct counter *n, struct err *err)
{
	int bad = 0;
	c->places = json_object();
	for (size_t i = 0; i < s->njournals; i++) {
		const struct head *h =
		    head_find(cache->heads, cache->nheads, s->journals[i].head.hub);
		n->all += s->journals[i].head.seq - (h ? h->seq : 0);
	}
	for (size_t i = 0; i < s->njournals && !bad; i++) {
		struct reader r = {
		    .store = s, .out = c, .published = json_object(), .held = json_object()};
		bad = take_journal(&r, &s->journals[i], cache, n, err);
		n->judged += r.judged;
		json_decref(r.published);
		json_decref(r.held);
	}
	return bad;
}

static int read_kept(struct catalogue *c, struct store *s, struct counter *n, struct err *err)
{
	struct catalogue_cache cache;
	catalogue_cache_load(&cache, c, s);
	int bad = read_all(c, s, &cache, n, err);
	catalogue_cache_release(&cache);
	if (!bad && n->judged >= JUDGED_WORTH_KEEPING)
		catalogue_cache_save(c, s);
	settle(c);
	if (bad)
		catalogue_release(c);
	return bad ? err->code : 0;
}

int catalogue_read(struct catalogue *c, struct store *s,
    void (*progress)(void *ctx, size_t done, size_t all), void *ctx, struct err *err)
{
	struct counter n = {.progress = progress, .ctx = ctx};
	*c = (struct catalogue){.len = 0};
	return read_kept(c, s, &n, err);
}

int catalogue_read_records(struct catalogue *c, struct store *s, struct err *err)
{
	struct counter n = {.progress = NULL};
	*c = (struct catalogue){.keeps_records = true};
	return read_kept(c, s, &n, err);
}

int catalogue_read_anew(struct catalogue *c, struct store *s,
    void (*progress)(void *ctx, size_t done, size_t all), void *ctx, struct err *err)
{
	struct counter n = {.progress = progress, .ctx = ctx};
	const struct catalogue_cache none = {.nheads = 0};
	*c = (struct catalogue){.len = 0};
	int bad = read_all(c, s, &none, &n, err);
	settle(c);
	if (bad)
		catalogue_release(c);
	return bad ? err->code : 0;
}

void catalogue_release(struct catalogue *c)
{
	for (size_t i = 0; i < c->len; i++)
		drop_record(&c->items[i]);
	free(c->items);
	json_decref(c->places);
	arena_clear(&c->arena);
	*c = (struct catalogue){.len = 0};
}

const struct item *catalogue_find(const struct catalogue *c, struct str path)
{
	size_t low = 0, high = c->len;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (str_cmp(str_from(c->items[mid].path), path) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < c->len && str_is(path, c->items[low].path) && c->items[low].state != ITEM_HELD)
		return &c->items[low];
	return NULL;
}
