/* SPDX-License-Identifier: Apache-2.0 */
#include "store/signers.h"

#include "base/file.h"
#include "base/mem.h"
#include "store/erased.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * What rosters say is kept in <store>/signers with how far each journal was read for it, as there
 * may be tens of thousands of entries: magic, network, digest of what is erased, places, lines, the
 * commit of a charter and the lines of that and all before, sum of all that (u64). Deleted or
 * damaged, or where a journal has another past, it is made again; of another charter, its lines.
 */
static const char magic[] = "belfry-signers 2\n";
enum { KEPT_BYTES_MAX = 64 * 1024 * 1024, READ_WORTH_KEEPING = 16 };

/* A journal, as far as it was read. */
struct place_read {
	char hub[HUB_NAME_BYTES];
	uint64_t seq;
	struct oid id, roster; /* of that entry */
};

struct signers {
	struct store *store;
	json_t *lines; /* of rosters, as keys */
	json_t *of_charters; /* the same of charters; NULL until they were read */
	struct place_read *places;
	size_t nplaces, cap_places;
	size_t nread; /* entries that were read just now */
};

void signers_line(struct buf *out, const char *id, const char *at, const char *spaces,
    const struct public_key *key)
{
	buf_printf(out, "%s@%s namespaces=\"%s\" ", id, at, spaces);
	public_key_write(out, key);
}

/* Lines as keys of an object: each stands once, in whatever order it was met. */
static void add(
    json_t *lines, const char *id, const char *at, const char *spaces, const struct public_key *key)
{
	struct buf line = BUF_INIT;
	signers_line(&line, id, at, spaces, key);
	json_object_set_new(lines, line.ptr, json_true());
	buf_release(&line);
}

static int add_charters(struct signers *x, struct err *err)
{
	struct store *s = x->store;
	json_t *lines = x->of_charters = json_object();
	char spaces[160];
	for (uint32_t v = 1; v <= s->charter_version; v++) {
		const struct charter *c;
		if (store_charter(s, v, &c, NULL, err))
			return err->code;
		snprintf(spaces, sizeof spaces, "belfry-charter@%s", s->network);
		for (size_t i = 0; i < c->ncentral; i++)
			add(lines, c->central[i].id, "charter", spaces, &c->central[i].key);
		for (size_t i = 0; i < c->nhubs; i++) {
			const struct charter_hub *h = &c->hubs[i];
			snprintf(spaces, sizeof spaces, "git,belfry-notice@%s", s->network);
			add(lines, "journal", h->id, spaces, &h->journal);
			snprintf(spaces, sizeof spaces, "belfry-roster@%s", s->network);
			for (size_t k = 0; k < h->nstewards; k++)
				add(lines, h->stewards[k].id, h->id, spaces, &h->stewards[k].key);
		}
	}
	return 0;
}

static void add_members(json_t *lines, struct store *s, const char *hub, struct str roster)
{
	struct roster *r;
	struct err ignored; /* a roster that does not parse names nobody */
	char spaces[320];
	snprintf(
	    spaces, sizeof spaces, "belfry-record@%s,belfry-review@%s", s->network, s->network);
	if (roster_parse(&r, roster, "roster.md", &ignored))
		return;
	for (size_t i = 0; i < r->nmembers; i++)
		add(lines, r->members[i].id, hub, spaces, &r->members[i].key);
	roster_free(r);
}

/* The roster as entry `seq` left it; `at` has the one met before. Only trees and rosters are read:
 * this may run over every entry there is. */
static int add_roster_at(
    struct signers *x, struct place_read *at, uint64_t seq, const struct oid *id, struct err *err)
{
	struct store *s = x->store;
	struct buf bytes = BUF_INIT;
	struct entry e = {.seq = 0};
	struct public_key key;
	struct oid blob;
	struct err none; /* an entry without a roster */
	int bad = repo_read(s->repo, id, OBJECT_COMMIT, &bytes, err) ||
		  entry_parse(&e, &key, buf_str(&bytes), s->network, err);
	if (!bad && tree_find(s->repo, &e.tree, STR("roster.md"), &blob, &none) == 0 &&
	    !oid_eq(&blob, &at->roster)) {
		at->roster = blob;
		buf_reset(&bytes);
		bad = repo_read(s->repo, &blob, OBJECT_BLOB, &bytes, err);
		if (!bad)
			add_members(x->lines, s, at->hub, buf_str(&bytes));
	}
	at->seq = seq;
	at->id = *id;
	x->nread++;
	entry_release(&e);
	buf_release(&bytes);
	return bad ? err->code : 0;
}

static struct place_read *place_of(struct signers *x, const char *hub)
{
	for (size_t i = 0; i < x->nplaces; i++)
		if (strcmp(x->places[i].hub, hub) == 0)
			return &x->places[i];
	struct place_read *p = MEM_PUSH(x->places, x->nplaces, x->cap_places);
	*p = (struct place_read){.seq = 0};
	snprintf(p->hub, sizeof p->hub, "%s", hub);
	return p;
}

static int add_rosters(struct signers *x, const struct journal *j, struct err *err)
{
	struct oid id;
	if (!j->head.seq)
		return 0;
	struct place_read *at = place_of(x, j->head.hub);
	for (uint64_t seq = at->seq + 1; seq <= j->head.seq; seq++)
		if (store_entry_id(x->store, j->head.hub, seq, &id, err) ||
		    add_roster_at(x, at, seq, &id, err))
			return err->code;
	return 0;
}

/* --- what is kept of it --- */

static void put_text(struct buf *b, const char *text)
{
	buf_ssh_string(b, str_from(text));
}

static void put_prefix(struct buf *b, const struct store *s)
{
	struct sha256 erased = erased_digest(s->erased);
	buf_puts(b, magic);
	put_text(b, s->network);
	buf_add(b, str_of(erased.bytes, sizeof erased.bytes));
}

static void put_lines(struct buf *b, const json_t *lines)
{
	const char *line;
	json_t *unused;
	buf_u32(b, (uint32_t)json_object_size(lines));
	json_object_foreach((json_t *)(uintptr_t)lines, line, unused) put_text(b, line);
}

static struct oid newest_charter(const struct store *s)
{
	return s->charter_version ? s->charters[s->charter_version - 1].commit : (struct oid){{0}};
}

/* As far as this process may: a failure costs the next reader time and nothing else. */
static void keep(const struct signers *x)
{
	struct buf b = BUF_INIT, path = BUF_INIT;
	struct err ignored;
	struct oid charter = newest_charter(x->store);
	put_prefix(&b, x->store);
	buf_u32(&b, (uint32_t)x->nplaces);
	for (size_t i = 0; i < x->nplaces; i++) {
		put_text(&b, x->places[i].hub);
		buf_u64(&b, x->places[i].seq);
		buf_add(&b, str_of(x->places[i].id.bytes, OID_BYTES));
		buf_add(&b, str_of(x->places[i].roster.bytes, OID_BYTES));
	}
	put_lines(&b, x->lines);
	buf_add(&b, str_of(charter.bytes, OID_BYTES));
	put_lines(&b, x->of_charters);
	buf_u64(&b, hash_sum(buf_str(&b)));
	store_path(x->store, &path, "signers");
	file_write(path.ptr, buf_str(&b), 0600, &ignored);
	buf_release(&b);
	buf_release(&path);
}

static bool take_oid(struct str *s, struct oid *id)
{
	struct str raw;
	if (!str_take(s, OID_BYTES, &raw))
		return false;
	memcpy(id->bytes, raw.ptr, OID_BYTES);
	return true;
}

/* Only where the journal has that very entry still. */
static bool take_place(struct str *s, struct signers *x)
{
	struct place_read p = {.seq = 0};
	struct str hub;
	struct oid id;
	struct err none;
	if (!str_take_ssh_string(s, &hub) || hub.len >= sizeof p.hub || !str_take_u64(s, &p.seq) ||
	    !take_oid(s, &p.id) || !take_oid(s, &p.roster))
		return false;
	memcpy(p.hub, hub.ptr, hub.len);
	*MEM_PUSH(x->places, x->nplaces, x->cap_places) = p;
	return store_entry_id(x->store, p.hub, p.seq, &id, &none) == 0 && oid_eq(&id, &p.id);
}

static bool take_lines(struct str *s, json_t *lines)
{
	struct str line;
	uint32_t n;
	if (!str_take_u32(s, &n))
		return false;
	for (; n && str_take_ssh_string(s, &line); n--)
		json_object_setn_new(lines, line.ptr, line.len, json_true());
	return !n;
}

static bool take_charters(struct str *s, struct signers *x)
{
	struct oid charter, newest = newest_charter(x->store);
	json_t *lines = json_object();
	bool good = take_oid(s, &charter) && take_lines(s, lines);
	if (good && oid_eq(&charter, &newest))
		x->of_charters = json_incref(lines);
	json_decref(lines);
	return good;
}

static bool take_kept(struct signers *x, struct str bytes)
{
	struct buf prefix = BUF_INIT;
	uint32_t n;
	put_prefix(&prefix, x->store);
	bool good = hash_is_whole(&bytes) && str_starts(bytes, buf_str(&prefix));
	bytes = str_sub(bytes, prefix.len, bytes.len);
	buf_release(&prefix);
	good = good && str_take_u32(&bytes, &n) && n <= HUBS_MAX;
	for (; good && n; n--)
		good = take_place(&bytes, x);
	return good && take_lines(&bytes, x->lines) && take_charters(&bytes, x) && !bytes.len;
}

static void load_kept(struct signers *x)
{
	struct buf path = BUF_INIT, bytes = BUF_INIT;
	struct err none;
	store_path(x->store, &path, "signers");
	if (file_read(&bytes, path.ptr, KEPT_BYTES_MAX, &none) != 0 ||
	    !take_kept(x, buf_str(&bytes))) {
		x->nplaces = 0;
		json_object_clear(x->lines);
		json_decref(x->of_charters);
		x->of_charters = NULL;
	}
	buf_release(&path);
	buf_release(&bytes);
}

/* --- all of it --- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int signers_write(struct buf *out, struct store *s, struct err *err)
{
	struct signers x = {.store = s, .lines = json_object()};
	json_t *unused;
	const char *line;
	size_t n = 0;
	int bad = 0;
	load_kept(&x);
	bool is_behind = x.nplaces && !x.of_charters; /* only a charter is new */
	for (size_t i = 0; i < s->njournals && !bad; i++)
		bad = add_rosters(&x, &s->journals[i], err);
	if (!bad && !x.of_charters)
		bad = add_charters(&x, err);
	if (!bad && (x.nread >= READ_WORTH_KEEPING || is_behind) && !s->leaves_cache)
		keep(&x);
	json_object_update(x.lines, x.of_charters);
	const char **sorted = mem_alloc((json_object_size(x.lines) + 1) * sizeof *sorted);
	json_object_foreach(x.lines, line, unused) sorted[n++] = line;
	qsort(sorted, n, sizeof *sorted, by_text);
	for (size_t i = 0; i < n && !bad; i++)
		buf_printf(out, "%s\n", sorted[i]);
	free(sorted);
	free(x.places);
	json_decref(x.lines);
	json_decref(x.of_charters);
	return bad ? err->code : 0;
}
