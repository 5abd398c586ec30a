/* SPDX-License-Identifier: Apache-2.0 */
#include "store/publish.h"

#include "base/mem.h"
#include "store/catalogue.h"
#include "store/members.h"

#include <stdio.h>
#include <stdlib.h>

int own_policy(struct policy *out, struct store *s, struct err *err)
{
	static const struct oid none;
	struct store *rules = store_rules(s);
	struct journal *j = store_journal(rules, s->hub);
	*out = (struct policy){.network = s->network, .is_for_members = s->outer};
	if (!s->hub[0])
		return err_set(
		    err, ERR_POLICY, "this store has no journal: it is not a hub of the network");
	if (store_charter(s, 0, &out->charter, &out->schemas, err))
		return err->code;
	out->hub = charter_hub(out->charter, s->hub);
	if (!out->hub)
		return err_set(err, ERR_POLICY,
		    "hub %s is not in charter version %u: it waits to be admitted", s->hub,
		    out->charter->version);
	return store_roster(rules, j ? &j->tree : &none, s->hub, rules->charter_version,
	    &out->roster, &out->roster_fault, err);
}

bool publish_knows(struct store *s, const struct public_key *key)
{
	struct policy p;
	struct err none;
	if (own_policy(&p, s, &none) || !p.roster || p.hub->is_closed ||
	    charter_denies(p.charter, key))
		return false;
	const struct member *m = roster_member_by_key(p.roster, key);
	return m && m->is_active;
}

static struct str change_at(const struct change *changes, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(changes[i].path, path))
			return changes[i].content;
	return STR_EMPTY;
}

static int check_succession(struct store *s, const struct policy *p, const struct record *r,
    struct str path, struct err *err)
{
	struct buf old = BUF_INIT;
	struct record before = {.source = BUF_INIT};
	struct err none;
	int bad = 0;
	/* Nothing there, or nothing that a revision could follow? */
	if (store_file(s, s->hub, path, &old, &none) == 0 &&
	    record_parse(&before, buf_str(&old), "", p->schemas, NULL, &none) == 0) {
		struct sha256 hash = record_hash(&before);
		bad = record_check_next(r, before.revision, &hash, err);
	}
	record_release(&before);
	buf_release(&old);
	return bad;
}

/* What would be held everywhere is not published here. */
static int check_guest(struct store *s, const struct record *r, struct str path, struct err *err)
{
	const struct catalogue *c;
	struct record_name name;
	const json_t *translation = json_object_get(r->head, "translation");
	record_name_parse(&name, path); /* the policy's path is a record's */
	if (store_catalogue(&c, s, err))
		return err->code;
	return catalogue_check_guest(c, &name, json_get_text(translation, "of"),
	    (unsigned)json_get_int(translation, "revision"), err);
}

static int check_record(struct store *s, const struct policy *p, const struct change *c,
    const struct change *all, size_t n, struct err *err)
{
	struct judgement j;
	char beside[512];
	if (c->is_delete)
		return err_set(
		    err, ERR_POLICY, "a journal forgets nothing: withdraw the record instead");
	snprintf(beside, sizeof beside, "%.*s.sig", STR_FMT(c->path));
	struct str sig = change_at(all, n, beside);
	snprintf(beside, sizeof beside, "%.*s.rev", STR_FMT(c->path));
	struct str rev = change_at(all, n, beside);
	policy_judge(&j, p, c->path, c->content, sig, rev);
	int bad = 0;
	if (!j.is_published)
		bad = err_set(err, ERR_POLICY, "%s", j.reason);
	else
		bad = check_succession(s, p, &j.record, c->path, err) ||
		      (j.is_guest && check_guest(s, &j.record, c->path, err));
	judgement_release(&j);
	return bad ? err->code : 0;
}

/* A steward's signature of the roster before would make this one bad: it goes with that. */
static int check_left(struct store *s, const struct charter_hub *hub, const struct change *all,
    size_t n, struct err *err)
{
	const struct journal *j = store_journal(s, hub->id);
	for (size_t i = 0; i < hub->nstewards && j; i++) {
		char path[96];
		struct oid old;
		struct err none;
		bool is_changed = false;
		snprintf(path, sizeof path, "roster.md.%s.sig", hub->stewards[i].id);
		for (size_t k = 0; k < n && !is_changed; k++)
			is_changed = str_is(all[k].path, path);
		if (!is_changed && tree_find(s->repo, &j->tree, str_from(path), &old, &none) == 0)
			return err_set(err, ERR_POLICY,
			    "%s, which is there, signs another roster: delete it with the same "
			    "entry",
			    path);
	}
	return 0;
}

static int check_roster(struct store *s, const struct policy *p, const struct change *c,
    const struct change *all, size_t n, struct err *err)
{
	struct named_signature signatures[STEWARDS_MAX];
	size_t found = 0;
	struct roster *roster;
	char path[96];
	if (c->is_delete)
		return err_set(err, ERR_POLICY, "a hub cannot be without its roster");
	if (roster_parse(&roster, c->content, "roster.md", err))
		return err->code;
	for (size_t i = 0; i < p->hub->nstewards && found < STEWARDS_MAX; i++) {
		snprintf(path, sizeof path, "roster.md.%s.sig", p->hub->stewards[i].id);
		struct str armor = change_at(all, n, path);
		if (armor.len)
			signatures[found++] =
			    (struct named_signature){str_from(p->hub->stewards[i].id), armor};
	}
	int bad = roster_check(roster, p->charter, p->hub, s->network, signatures, found, err);
	if (!bad && p->roster && roster->version != p->roster->version + 1)
		bad = err_set(err, ERR_CHAIN,
		    "roster version %u cannot follow version %u, which is here by now: make the "
		    "change again",
		    roster->version, p->roster->version);
	bad = bad || check_left(s, p->hub, all, n, err);
	roster_free(roster);
	return bad ? err->code : 0;
}

/* A signature goes with what it signs: alone it could only make something else of what is there. */
static int check_signature(
    const struct change *c, const struct change *all, size_t n, struct err *err)
{
	char signed_path[512];
	size_t len = str_starts(c->path, STR("roster.md.")) ? strlen("roster.md")
		     : c->path.len > 4			    ? c->path.len - 4
							    : 0;
	snprintf(signed_path, sizeof signed_path, "%.*s", (int)len, c->path.ptr);
	for (size_t i = 0; i < n; i++)
		if (str_is(all[i].path, signed_path))
			return 0;
	return err_set(err, ERR_POLICY, "a signature is published together with what it signs");
}

static int publish_check(struct store *s, const struct change *changes, size_t n, struct err *err)
{
	struct policy p;
	int bad = own_policy(&p, s, err);
	for (size_t i = 0; i < n && !bad; i++) {
		const struct change *c = &changes[i];
		if (str_is(c->path, "roster.md"))
			bad = check_roster(s, &p, c, changes, n, err);
		else if (str_ends(c->path, STR(".md")))
			bad = check_record(s, &p, c, changes, n, err);
		else
			bad = check_signature(c, changes, n, err);
		if (bad)
			err_wrap(err, "%.*s", STR_FMT(c->path));
	}
	return bad ? err->code : 0;
}

/* Under a charter that has expired nobody learns new authority on our word. What others enrol is
 * judged without a clock, like all that is signed. */
static int check_gains(
    struct store *s, const struct change *changes, size_t n, int64_t now, struct err *err)
{
	struct policy p;
	struct roster *roster;
	struct str text = change_at(changes, n, "roster.md");
	if (!text.len || own_policy(&p, s, err) || !charter_is_expired(p.charter, now))
		return 0; /* publish_check has said the rest */
	if (roster_parse(&roster, text, "roster.md", err))
		return err->code;
	const struct member *m = roster_gains(p.roster, roster);
	if (m)
		err_set(err, ERR_POLICY,
		    "charter version %u has expired: %s can be given nothing new until the central "
		    "team's next version is here; records are published as before",
		    p.charter->version, m->id);
	roster_free(roster);
	return m ? err->code : 0;
}

int publish(struct store *s, struct change *changes, size_t n, int64_t now, struct err *err)
{
	if (publish_check(s, changes, n, err) || check_gains(s, changes, n, now, err))
		return err->code;
	return store_append(s, changes, n, now, err);
}

static void add_change(struct change *all, size_t *n, const char *path, struct str content)
{
	if (content.len)
		all[(*n)++] = (struct change){.path = str_from(path), .content = content};
}

/* What one journal is to get. */
struct batch {
	struct store *store;
	struct change *changes;
	size_t n;
};

/* At most three changes. */
static int add_record(struct batch to[2], const struct publication *from,
    const struct schema_set *schemas, struct arena *a, struct err *err)
{
	struct record r;
	struct buf path = BUF_INIT;
	int bad = record_parse(&r, from->record, "record", schemas, NULL, err);
	if (!bad) {
		struct batch *b = &to[str_is(r.audience, "members")];
		record_path(&path, &r);
		const char *at = arena_str(a, buf_str(&path)).ptr;
		add_change(b->changes, &b->n, at, from->record);
		add_change(b->changes, &b->n, arena_printf(a, "%s.sig", at), from->signature);
		add_change(b->changes, &b->n, arena_printf(a, "%s.rev", at), from->review);
	}
	buf_release(&path);
	record_release(&r);
	return bad ? err->code : 0;
}

/* One name is one record: it is not in both journals. */
static int check_other(struct store *other, const struct batch *b, struct err *err)
{
	struct buf text = BUF_INIT;
	struct err none;
	int bad = 0;
	for (size_t i = 0; i < b->n && other && !bad; i++)
		if (store_file(other, other->hub, b->changes[i].path, &text, &none) == 0)
			bad = err_set(err, ERR_EXISTS,
			    "%.*s: the journal %s has it already; a record keeps its audience",
			    STR_FMT(b->changes[i].path),
			    other->outer ? "for members" : "for everybody");
	buf_release(&text);
	return bad;
}

static int publish_batches(struct batch b[2], int64_t now, struct err *err)
{
	struct store *s = b[0].store;
	if (b[1].n && members_open(&b[1].store, s, err))
		return err->code;
	if (check_other(s->members, &b[0], err) || check_other(s, &b[1], err))
		return err->code;
	/* All are judged before any is written, and once: that takes as long as writing them. */
	for (int i = 0; i < 2; i++)
		if (b[i].n && publish_check(b[i].store, b[i].changes, b[i].n, err))
			return err->code;
	for (int i = 0; i < 2; i++)
		if (b[i].n && store_append(b[i].store, b[i].changes, b[i].n, now, err))
			return err->code;
	return 0;
}

int publish_records(
    struct store *s, const struct publication *records, size_t n, int64_t now, struct err *err)
{
	const struct charter *c;
	const struct schema_set *schemas;
	struct arena a = {.blocks = NULL};
	struct batch b[2] = {{.store = s}, {.store = NULL}};
	if (store_charter(s, 0, &c, &schemas, err))
		return err->code;
	for (int i = 0; i < 2; i++)
		b[i].changes = mem_alloc((3 * n + 1) * sizeof *b[i].changes);
	int bad = 0;
	for (size_t i = 0; i < n && !bad; i++)
		bad = add_record(b, &records[i], schemas, &a, err);
	bad = bad || publish_batches(b, now, err);
	for (int i = 0; i < 2; i++)
		free(b[i].changes);
	arena_clear(&a);
	return bad ? err->code : 0;
}
