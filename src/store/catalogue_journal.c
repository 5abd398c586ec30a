/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a journal's entries to rows: each version of a record is judged as of its entry.
 */
#include "base/mem.h"
#include "store/catalogue_impl.h"
#include "store/erased.h"
#include "store/members.h"

#include <stdio.h>

/* A journal has at most one row of each kind at a path. */
enum row_kind { ROW_PUBLISHED, ROW_HELD, ROW_ABSENT, ROW_ERASED, ROW_KINDS };

/* One journal being read, and the roster in force before the entry at hand. */
struct reader {
	struct store *store;
	struct catalogue *out;
	const char *hub;
	json_t *rows[ROW_KINDS]; /* of those made now: path → index in out->items */
	uint32_t roster_charter; /* the version `roster` was checked against; 0: read it again */
	struct oid roster_named; /* the public entry, where the journal is for members; else zero */
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

/* The roster in force for an entry after that tree; read again only when it, a signature of it or
 * the charter changed. */
static int read_roster(
    struct reader *r, const struct entry *e, const struct oid *parent_tree, struct err *err)
{
	struct oid tree = *parent_tree;
	struct oid named = r->store->outer ? e->heads[0].id : (struct oid){{0}};
	const char *fault = NULL;
	if (r->roster_charter == e->charter && oid_eq(&r->roster_named, &named))
		return 0;
	r->roster_charter = 0;
	if (r->store->outer && members_roster_tree(r->store, e, &tree, &fault, err))
		return err->code;
	r->roster = NULL;
	r->fault = fault;
	if (!fault && store_roster(store_rules(r->store), &tree, e->hub, e->charter, &r->roster,
			  &r->fault, err))
		return err->code;
	r->roster_charter = e->charter;
	r->roster_named = named;
	return 0;
}

static int enter(
    struct reader *r, const struct entry *e, const struct oid *parent_tree, struct err *err)
{
	struct policy *p = &r->policy;
	if (store_charter(r->store, e->charter, &p->charter, &p->schemas, err) ||
	    read_roster(r, e, parent_tree, err))
		return err->code;
	p->network = r->store->network;
	p->hub = charter_hub(p->charter, e->hub);
	p->roster = r->roster;
	p->roster_fault = r->fault;
	p->is_for_members = r->store->outer;
	return 0;
}

/* --- one record --- */

struct version {
	struct str path; /* of the .md */
	struct str md, sig, rev;
	const struct change *md_change; /* NULL where the entry did not change it */
	struct oid ids[3];
	struct buf found[3]; /* what the entry did not change is read from its tree */
	bool is_absent; /* the .md is there, and its content is not here */
	const struct erasure *order; /* for it was erased */
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
			const struct erased_key *gone =
			    which ? NULL : erased_find(r->store, r->hub, &v->ids[0]);
			if (!which)
				v->md_change = &e->changes[i];
			if (gone)
				v->order = gone->order;
			else
				v->is_absent = v->is_absent || e->changes[i].is_bare;
			buf_release(&path);
			return 0;
		}
	int bad = 0;
	bool is_there =
	    tree_find(r->store->repo, &e->tree, buf_str(&path), &v->ids[which], &none) == 0;
	const struct erased_key *gone =
	    is_there && !which ? erased_find(r->store, r->hub, &v->ids[0]) : NULL;
	if (gone) {
		v->order = gone->order;
	} else if (is_there) {
		bad = repo_read(r->store->repo, &v->ids[which], OBJECT_BLOB, &v->found[which], err);
		*into[which] = buf_str(&v->found[which]);
	}
	if (bad == ERR_MISSING && repo_is_partial(r->store->repo)) {
		v->is_absent = true;
		bad = 0;
	}
	buf_release(&path);
	return bad;
}

static enum row_kind row_kind(enum item_state s)
{
	return s == ITEM_HELD	  ? ROW_HELD
	       : s == ITEM_ABSENT ? ROW_ABSENT
	       : s == ITEM_ERASED ? ROW_ERASED
				  : ROW_PUBLISHED;
}

/* Among the rows of earlier readings, which are still by path. */
static struct item *old_row(struct reader *r, enum row_kind kind, struct str path)
{
	struct catalogue *c = r->out;
	size_t at = catalogue_first_at(c, c->nsorted, path);
	for (; at < c->nsorted && str_is(path, c->items[at].path); at++) {
		struct item *i = &c->items[at];
		if (!i->is_gone && row_kind(i->own_state) == kind && strcmp(i->hub, r->hub) == 0)
			return i;
	}
	return NULL;
}

/* This journal's row at `path`; NULL when there is none. */
static struct item *find_row(struct reader *r, enum row_kind kind, struct str path)
{
	json_t *at = json_object_getn(r->rows[kind], path.ptr, path.len);
	return at ? &r->out->items[json_integer_value(at)] : old_row(r, kind, path);
}

static struct item *make_row(struct reader *r, enum row_kind kind, struct str path)
{
	struct catalogue *c = r->out;
	struct item *item = find_row(r, kind, path);
	if (item) {
		c->nreplaced++;
		return item;
	}
	item = MEM_PUSH(c->items, c->len, c->cap);
	json_object_setn_new(
	    r->rows[kind], path.ptr, path.len, json_integer((json_int_t)(c->len - 1)));
	return item;
}

/* Nobody lists the held row at `path` any more. */
static void forget_held(struct reader *r, struct str path)
{
	struct item *item = find_row(r, ROW_HELD, path);
	if (!item)
		return;
	item->is_gone = true;
	r->out->nreplaced++;
	json_object_deln(r->rows[ROW_HELD], path.ptr, path.len);
}

static const struct public_key nobodys;

static void fill_person(struct catalogue *c, const struct member *m, const char **id,
    const char **name, const struct public_key **key)
{
	*id = m ? keep(c, str_from(m->id)) : "";
	*name = m ? keep(c, str_from(m->name)) : "";
	*key = m ? memcpy(arena_alloc(&c->arena, sizeof m->key), &m->key, sizeof m->key) : &nobodys;
}

static void fill_record(struct reader *r, struct item *item, const struct judgement *j)
{
	struct catalogue *c = r->out;
	const struct record *rec = &j->record;
	struct buf themes = BUF_INIT;
	size_t i;
	json_t *theme;
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
	const json_t *translation = json_object_get(rec->head, "translation");
	item->of = keep(c, json_get_text(translation, "of"));
	item->of_revision = (unsigned)json_get_int(translation, "revision");
}

/* A published row goes on with what the one before it in this journal followed. */
static void fill_follows(
    struct catalogue *c, struct item *item, const struct item *before, const struct record *rec)
{
	size_t i;
	json_t *name;
	item->follows = before->follows;
	item->nfollows = before->nfollows;
	json_array_foreach(json_object_get(rec->head, "previous"), i, name)
	{
		struct sha256 hash;
		if (sha256_from_hex(&hash, str_sub(json_text(name), strlen("sha256:"), SIZE_MAX)))
			item_follow(c, item, &hash);
	}
}

/* All but what the record itself says. */
static void fill_place(
    struct reader *r, struct item *item, const struct entry *e, const struct version *v)
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
	    .title = "",
	    .summary = "",
	    .date = "",
	    .themes = "",
	    .of = "",
	    .author = "",
	    .author_name = "",
	    .author_key = &nobodys,
	    .reviewer = "",
	    .reviewer_name = "",
	    .reviewer_key = &nobodys};
	record_name_parse(&name, v->path); /* journal_path_is_valid said so */
	item->place = keep(c, name.place);
	item->type = keep(c, name.type);
	item->id = keep(c, name.id);
	item->lang = keep(c, name.lang);
	item->region = item->own_region = keep(c, policy_region(&r->policy, name.place));
	if (store_entry_id(r->store, e->hub, e->seq, &commit, &none) == 0)
		item->commit = commit;
}

static void fill(struct reader *r, struct item *item, const struct entry *e,
    const struct version *v, const struct judgement *j)
{
	struct catalogue *c = r->out;
	bool is_hashed = v->md_change && v->md_change->is_hashed;
	fill_place(r, item, e, v);
	item->hash = is_hashed ? v->md_change->hash : sha256(v->md);
	item->own_state = ITEM_HELD;
	item->own_reason = keep(c, str_from(j->reason));
	fill_record(r, item, j);
	fill_person(c, j->author, &item->author, &item->author_name, &item->author_key);
	fill_person(c, j->reviewer, &item->reviewer, &item->reviewer_name, &item->reviewer_key);
}

/* A new revision must name the one it follows; else two people's work could silently replace each
 * other. */
static void check_succession(struct judgement *j, const struct item *before)
{
	if (!j->is_published || !before)
		return;
	struct sha256 hash = record_hash(&j->record);
	if (sha256_eq(&before->hash, &hash) ||
	    record_follows(&j->record, before->revision, &before->hash))
		return;
	j->is_published = false;
	snprintf(j->reason, sizeof j->reason,
	    "revision %u does not follow revision %u, which is published", j->record.revision,
	    before->revision);
}

/* Of a place that is not its own a hub says nothing to readers, not even why something went. */
static void take_erased(struct reader *r, const struct entry *e, const struct version *v)
{
	struct record_name name;
	struct err none;
	record_name_parse(&name, v->path);
	const struct schema *schema = schema_find(r->policy.schemas, name.type);
	bool is_known = schema && schema_is_record_type(schema) &&
			policy_place(&r->policy, name.place, &none) == 0;
	forget_held(r, v->path);
	struct item *gone = make_row(r, is_known ? ROW_ERASED : ROW_HELD, v->path);
	fill_place(r, gone, e, v);
	gone->own_state = is_known ? ITEM_ERASED : ITEM_HELD;
	gone->own_reason = is_known ? keep(r->out, str_from(v->order->reason))
				    : "it was erased, and was not this hub's to publish";
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
		forget_held(r, path);
		goto out;
	}
	/* The order stands for what was there, and a later text begins anew. */
	if (v.order) {
		take_erased(r, e, &v);
		goto out;
	}
	/* What follows an unknown revision cannot be judged either. */
	if (v.is_absent || find_row(r, ROW_ABSENT, path)) {
		struct item *absent = make_row(r, ROW_ABSENT, path);
		fill_place(r, absent, e, &v);
		absent->own_state = ITEM_ABSENT;
		absent->own_reason = "its text is not here (not subscribed)";
		forget_held(r, path);
		goto out;
	}
	r->judged++;
	policy_judge(&j, &r->policy, path, v.md, v.sig, v.rev);
	const struct item *found = find_row(r, ROW_PUBLISHED, path);
	const struct item before = found ? *found : (struct item){.nfollows = 0};
	check_succession(&j, found);
	struct item *item = make_row(r, j.is_published ? ROW_PUBLISHED : ROW_HELD, path);
	fill(r, item, e, &v, &j);
	if (j.is_published) {
		bool is_withdrawn = str_is(j.record.status, "withdrawn");
		item->own_state = is_withdrawn ? ITEM_WITHDRAWN : ITEM_PUBLISHED;
		if (is_withdrawn)
			item->own_reason = keep(r->out, json_get_text(j.record.head, "reason"));
		item->is_guest = j.is_guest;
		fill_follows(r->out, item, &before, &j.record);
		forget_held(r, path);
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

int catalogue_take_journal(struct catalogue *c, struct store *s, const struct journal *j,
    struct catalogue_counter *n, struct err *err)
{
	struct reader r = {.store = s, .out = c, .hub = j->head.hub};
	struct oid tree = {{0}};
	uint64_t seq = catalogue_next(c, j);
	int bad = 0;
	for (int i = 0; i < ROW_KINDS; i++)
		r.rows[i] = json_object();
	if (seq > 1 && seq <= j->head.seq)
		bad = store_entry_tree(s, j->head.hub, seq - 1, &tree, err);
	for (; seq <= j->head.seq && !bad; seq++) {
		struct entry e;
		bad = store_entry(s, j->head.hub, seq, &e, err);
		if (bad)
			break;
		if (n->each)
			n->each(n->ctx, j, &e);
		bad = take_entry(&r, &e, &tree, err);
		tree = e.tree;
		entry_release(&e);
		if (!bad && ++n->done % 256 == 0 && n->progress)
			n->progress(n->ctx, n->done, n->all);
	}
	n->judged += r.judged;
	for (int i = 0; i < ROW_KINDS; i++)
		json_decref(r.rows[i]);
	return bad;
}
