/* SPDX-License-Identifier: Apache-2.0 */
#include "render/source.h"

#include "base/mem.h"
#include "git/pack_read.h"
#include "site/index.h"
#include "store/attach.h"
#include "store/catalogue.h"
#include "store/erased.h"
#include "store/evidence.h"
#include "store/members.h"
#include "store/mirror.h"
#include "store/signers.h"

#include <stdio.h>
#include <stdlib.h>

/* What a build reads the store into, and from what. */
struct contents {
	struct store *store;
	const struct site_options *options;
	const struct site_drafts *drafts; /* or NULL */
	const struct evidence_list *disputes;
	struct catalogue all, members;
	struct site_item *items;
	struct arena arena; /* what those borrow */
	json_t *places;
	struct buf signers;
};

/* A thread's way into the store: a repository's handle is for one thread. Opened when something is
 * not found in the packs, which all threads share. */
struct reader {
	struct store *store;
	struct packs *packs;
	struct pack_reader *public;
	struct repo *repo, *members;
	struct contents *contents; /* of the first one */
};

static int open_repos(struct reader *r, struct err *err)
{
	struct buf path = BUF_INIT;
	store_path(r->store, &path, "store.git");
	int bad = repo_open(&r->repo, path.ptr, err);
	if (!bad && r->store->members) {
		buf_reset(&path);
		store_path(r->store, &path, MEMBERS_REPO);
		bad = repo_open(&r->members, path.ptr, err);
	}
	buf_release(&path);
	return bad;
}

static int read_blob(void *ctx, const uint8_t id[20], struct buf *out, struct err *err)
{
	struct reader *r = ctx;
	struct oid oid;
	memcpy(oid.bytes, id, sizeof oid.bytes);
	if (pack_read(r->public, &oid, OBJECT_BLOB, out))
		return 0;
	if (!r->repo && open_repos(r, err))
		return err->code;
	bool is_public = !r->members || repo_has(r->repo, &oid);
	return repo_read(is_public ? r->repo : r->members, &oid, OBJECT_BLOB, out, err);
}

static void *reader_fork(void *ctx)
{
	const struct reader *of = ctx;
	struct reader *r = mem_alloc(sizeof *r);
	r->store = of->store;
	r->packs = of->packs;
	r->public = pack_reader_new(r->packs);
	return r;
}

static void reader_join(void *forked)
{
	struct reader *r = forked;
	if (r->repo)
		repo_close(r->repo);
	if (r->members)
		repo_close(r->members);
	pack_reader_free(r->public);
	free(r);
}

static bool find_file(void *ctx, const struct attachment *a, struct buf *path)
{
	const struct store *s = ((struct reader *)ctx)->store;
	uint64_t bytes;
	bool is_here = attach_state(s, a, &bytes) == ATTACH_HERE;
	if (is_here)
		attach_path(s, path, &a->hash);
	return is_here;
}

/* So that whoever serves the site is a mirror, too. */
static int add_mirror(void *ctx, const char *tree, const char *before, struct err *err)
{
	struct store *s = ((struct reader *)ctx)->store;
	struct buf to = BUF_INIT, from = BUF_INIT;
	if (repo_is_partial(s->repo))
		return 0; /* what is not here cannot be passed on */
	buf_printf(&to, "%s/" MIRROR_FOLDER, tree);
	buf_printf(&from, "%s/" MIRROR_FOLDER, before);
	int bad =
	    mirror_write(s, to.ptr, from.ptr, NULL, err) || mirror_write_attachments(s, tree, err);
	buf_release(&to);
	buf_release(&from);
	return bad ? err->code : 0;
}

/* Lines of keys that were met; few people write most of it, and a line takes long to make. */
enum { LINES_KEPT = 256 };
struct lines {
	struct arena *arena;
	struct public_key keys[LINES_KEPT];
	const char *texts[LINES_KEPT];
};

static const char *key_line(struct lines *l, const char *who, const struct public_key *key)
{
	struct buf line = BUF_INIT;
	size_t at = key->bytes[PUBLIC_KEY_BYTES - 1] % LINES_KEPT; /* keys are random */
	if (!*who)
		return "";
	if (l->texts[at] && memcmp(&l->keys[at], key, sizeof *key) == 0)
		return l->texts[at];
	public_key_write(&line, key);
	l->keys[at] = *key;
	l->texts[at] = arena_str(l->arena, buf_str(&line)).ptr;
	buf_release(&line);
	return l->texts[at];
}

static void fill(struct site_item *to, const struct item *from, struct lines *l)
{
	*to = (struct site_item){.place = from->place,
	    .type = from->type,
	    .id = from->id,
	    .lang = from->lang,
	    .hub = from->hub,
	    .seq = from->seq,
	    .time = from->time,
	    .author_id = from->author,
	    .author_name = from->author_name,
	    .author_key = key_line(l, from->author, from->author_key),
	    .reviewer_id = from->reviewer,
	    .reviewer_name = from->reviewer_name,
	    .reviewer_key = key_line(l, from->reviewer, from->reviewer_key),
	    .commit = from->commit,
	    .hash = from->hash,
	    .has_rev = from->has_rev,
	    .revision = from->revision};
	memcpy(to->md, from->md.bytes, sizeof to->md);
	memcpy(to->sig, from->sig.bytes, sizeof to->sig);
	memcpy(to->rev, from->rev.bytes, sizeof to->rev);
}

/* What is shown at a path comes first there, and what was made apart from it behind. */
static void fill_with_others(
    struct site_item *to, const struct catalogue *c, size_t at, struct lines *l)
{
	const struct item *shown = &c->items[at];
	struct site_item others[HUBS_MAX];
	fill(to, shown, l);
	if (!shown->is_contested)
		return;
	for (; ++at < c->len && strcmp(c->items[at].path, shown->path) == 0;)
		if (c->items[at].is_contested)
			fill(&others[to->nothers++], &c->items[at], l);
	struct site_item *kept = arena_alloc(l->arena, to->nothers * sizeof *kept);
	memcpy(kept, others, to->nothers * sizeof *kept);
	to->others = kept;
}

/* A path that is in a public journal, too, is shown as there. */
static bool is_in(const struct site_item *items, size_t n, const struct item *i)
{
	for (size_t k = 0; k < n; k++)
		if (!strcmp(items[k].place, i->place) && !strcmp(items[k].type, i->type) &&
		    !strcmp(items[k].id, i->id) && !strcmp(items[k].lang, i->lang))
			return true;
	return false;
}

/* A page that says that something was here and why it is not. It has no text to take a title
 * from. */
static void fill_tombstone(struct site_item *to, const struct item *from, struct lines *l)
{
	struct record *r = arena_alloc(l->arena, sizeof *r);
	fill(to, from, l);
	*r = (struct record){.source = BUF_INIT,
	    .head = json_pack("{s:s, s:s}", "status", "withdrawn", "reason", from->reason),
	    .type = str_from(from->type),
	    .id = str_from(from->id),
	    .lang = str_from(from->lang),
	    .place = str_from(from->place),
	    .title = str_from(from->id),
	    .summary = STR_EMPTY,
	    .date = STR_EMPTY,
	    .status = STR("withdrawn"),
	    .audience = STR("public"),
	    .revision = 1};
	to->record = r;
	to->is_erased = true;
}

/* One a path, and none where a text counts. */
static bool is_tombstone(const struct catalogue *c, size_t i)
{
	const char *path = c->items[i].path;
	if (c->items[i].state != ITEM_ERASED || catalogue_find(c, str_from(path)))
		return false;
	for (; i > 0 && strcmp(c->items[i - 1].path, path) == 0; i--)
		if (c->items[i - 1].state == ITEM_ERASED)
			return false;
	return true;
}

static void fill_all(
    struct site_source *source, struct site_item *items, const struct catalogue *c, struct lines *l)
{
	for (size_t i = 0; i < c->len; i++)
		if (c->items[i].state < ITEM_HELD)
			fill_with_others(&items[source->nitems++], c, i, l);
		else if (is_tombstone(c, i))
			fill_tombstone(&items[source->nitems++], &c->items[i], l);
}

static const char *draft_hub(const struct site_source *source, const struct record *r)
{
	const json_t *hubs = json_object_get(source->charter, "hubs");
	struct str region = place_region(source, r->place);
	for (size_t i = 0; i < json_array_size(hubs); i++)
		if (str_eq(json_get_text(json_array_get(hubs, i), "region"), region))
			return json_get_text(json_array_get(hubs, i), "id").ptr;
	return json_get_text(json_array_get(hubs, 0), "id").ptr;
}

/* Its names are texts of its head, which end in a NUL. */
static void add_draft(struct site_source *source, struct site_item *items, const struct record *r)
{
	struct site_item *to = items;
	while (to < items + source->nitems &&
	       (!str_is(r->place, to->place) || !str_is(r->type, to->type) ||
		   !str_is(r->id, to->id) || !str_is(r->lang, to->lang)))
		to++;
	bool is_new = to == items + source->nitems;
	source->nitems += is_new;
	if (!is_new && to->is_erased)
		json_decref(to->record->head);
	*to = (struct site_item){.place = r->place.ptr,
	    .type = r->type.ptr,
	    .id = r->id.ptr,
	    .lang = r->lang.ptr,
	    .hub = is_new ? draft_hub(source, r) : to->hub,
	    .author_id = "",
	    .author_name = "",
	    .author_key = "",
	    .reviewer_id = "",
	    .reviewer_name = "",
	    .reviewer_key = "",
	    .hash = record_hash(r),
	    .record = r,
	    .revision = r->revision,
	    .is_draft = true};
}

bool site_theme(struct buf *path, const struct store *s)
{
	struct buf setting = BUF_INIT;
	struct err none;
	bool is_set = repo_config(s->repo, "belfry.theme", &setting, &none) == 0 && setting.len;
	if (is_set && setting.ptr[0] == '/')
		buf_add(path, buf_str(&setting));
	else if (is_set)
		store_path(s, path, setting.ptr);
	buf_release(&setting);
	return is_set;
}

static void put_journals(struct buf *b, const struct store *s)
{
	buf_u64(b, s->njournals);
	for (size_t i = 0; i < s->njournals; i++) {
		const struct head *h = &s->journals[i].head;
		buf_puts(b, h->hub);
		buf_u8(b, 0);
		buf_u64(b, h->seq);
		buf_add(b, str_of(h->id.bytes, sizeof h->id.bytes));
	}
}

/* All that a site of this store is made from. Where text is left out, that may come without a word
 * in any journal, and drafts are nowhere: then zero. */
static struct digest inputs_of(struct store *s, const struct site_options *o,
    const struct evidence_list *disputes, bool has_drafts)
{
	struct buf b = BUF_INIT;
	struct digest files = attach_digest(s), none = {{0}};
	struct sha256 erased = erased_digest(s->erased);
	const struct store *members = o->has_members ? s->members : NULL;
	bool is_known = s->charter_version && !has_drafts && !repo_is_partial(s->repo) &&
			!(members && repo_is_partial(members->repo));
	if (!is_known)
		return none;
	const struct oid *charter = &s->charters[s->charter_version - 1].commit;
	buf_add(&b, str_of(charter->bytes, sizeof charter->bytes));
	buf_add(&b, str_of(erased.bytes, sizeof erased.bytes));
	buf_add(&b, str_of(files.bytes, sizeof files.bytes));
	put_journals(&b, s);
	if (members)
		put_journals(&b, members);
	for (size_t i = 0; i < disputes->n; i++) {
		buf_puts(&b, disputes->items[i].hub);
		buf_u8(&b, 0);
	}
	struct digest d = digest_of(buf_str(&b));
	buf_release(&b);
	return d;
}

int site_build_from(
    struct store *s, const struct site_options *o, struct site_report *report, struct err *err)
{
	return site_build_drafts(s, o, NULL, report, err);
}

static struct contents *contents_of(const struct site_source *source)
{
	return ((struct reader *)source->ctx)->contents;
}

static int find_kept(struct site_source *source, struct err *err)
{
	struct contents *x = contents_of(source);
	(void)err;
	catalogue_open(&x->all, x->store);
	return 0;
}

static int find_rules(struct site_source *source, struct err *err)
{
	struct contents *x = contents_of(source);
	const struct charter *charter;
	if (store_charter(x->store, 0, &charter, &source->schemas, err) ||
	    catalogue_places(&x->places, x->store, err) ||
	    signers_write(&x->signers, x->store, err))
		return err->code;
	source->places = x->places;
	source->allowed_signers = buf_str(&x->signers);
	return 0;
}

static int find_items(struct site_source *source, struct err *err)
{
	struct contents *x = contents_of(source);
	struct store *members = x->options->has_members ? x->store->members : NULL;
	const size_t ndrafts = x->drafts ? x->drafts->n : 0;
	struct lines lines = {.arena = &x->arena};
	if (catalogue_read_on(&x->all, x->store, NULL, NULL, err) ||
	    (members && catalogue_read(&x->members, members, NULL, NULL, err)))
		return err->code;
	struct site_item *items = x->items =
	    mem_alloc((x->all.len + x->members.len + ndrafts + 1) * sizeof *items);
	fill_all(source, items, &x->all, &lines);
	const size_t npublic = source->nitems;
	for (size_t i = 0; i < x->members.len; i++)
		if (x->members.items[i].state < ITEM_HELD &&
		    !is_in(items, npublic, &x->members.items[i]))
			fill_with_others(&items[source->nitems++], &x->members, i, &lines);
	for (size_t i = 0; i < source->nitems; i++)
		items[i].is_disputed = evidence_of(x->disputes, items[i].hub);
	for (size_t i = 0; i < ndrafts; i++)
		add_draft(source, items, x->drafts->items[i]);
	source->items = items;
	return 0;
}

static void contents_release(struct contents *x)
{
	for (size_t i = 0; x->items && x->items[i].place; i++)
		if (x->items[i].is_erased)
			json_decref(x->items[i].record->head);
	free(x->items);
	json_decref(x->places);
	buf_release(&x->signers);
	arena_clear(&x->arena);
	catalogue_release(&x->all);
	catalogue_release(&x->members);
}

/* `source` has what is known before the store is read. */
static int build_from(
    struct site_source *source, struct contents *x, struct site_report *report, struct err *err)
{
	struct store *s = x->store;
	const struct charter *charter;
	if (store_charter(s, 0, &charter, NULL, err))
		return err->code;
	source->charter = charter->head;
	source->principles = charter->body;
	source->has_erased = s->erased->n;
	source->find[SOURCE_KEPT] = find_kept;
	source->find[SOURCE_RULES] = find_rules;
	source->find[SOURCE_ITEMS] = find_items;
	int bad = site_build(source, x->options, report, err);
	contents_release(x);
	return bad;
}

int site_build_drafts(struct store *s, const struct site_options *o,
    const struct site_drafts *drafts, struct site_report *report, struct err *err)
{
	struct buf theme = BUF_INIT, path = BUF_INIT;
	struct site_options options = *o;
	struct evidence_list disputes;
	struct site_report before = {.notes = BUF_INIT};
	struct contents contents = {.store = s,
	    .options = &options,
	    .drafts = drafts,
	    .disputes = &disputes,
	    .signers = BUF_INIT};
	struct reader reader = {.store = s, .repo = s->repo, .contents = &contents};
	struct site_source source = {.network_id = s->network,
	    .read = read_blob,
	    .find_file = find_file,
	    .add_files = o->has_members || o->has_no_mirror ? NULL : add_mirror,
	    .fork = reader_fork,
	    .join = reader_join,
	    .ctx = &reader};
	if (s->members)
		reader.members = s->members->repo;
	if (!o->theme && site_theme(&theme, s))
		options.theme = theme.ptr;
	store_path(s, &path, "store.git");
	reader.packs = packs_new(path.ptr);
	reader.public = pack_reader_new(reader.packs);
	int bad = evidence_list(&disputes, s, err);
	if (!bad)
		source.inputs = inputs_of(s, &options, &disputes, drafts != NULL);
	if (!bad && !site_is_built(&source.inputs, &options, &before))
		bad = build_from(&source, &contents, report, err);
	else if (!bad && report)
		*report = before;
	else
		site_report_release(&before);
	pack_reader_free(reader.public);
	packs_free(reader.packs);
	buf_release(&path);
	evidence_list_release(&disputes);
	buf_release(&theme);
	return bad;
}

int site_build_store(
    const char *store_dir, const char *out, const atomic_bool *stop, struct err *err)
{
	struct store *s;
	const struct site_options o = {.out = out, .stop = stop};
	if (store_open(&s, store_dir, STORE_READ, err))
		return err->code;
	int bad = site_build_from(s, &o, NULL, err);
	store_close(s);
	return bad;
}
