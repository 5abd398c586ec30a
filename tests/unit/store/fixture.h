/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores for tests: a scratch folder, hubs of the network of trust/network.h with their keys,
 * entries to append, and their wire forms. store_append() checks no policy, so a test can write
 * into a journal what publish() would refuse.
 */
#ifndef BELFRY_TESTS_STORE_FIXTURE_H
#define BELFRY_TESTS_STORE_FIXTURE_H

#include "../trust/network.h"

#include "base/file.h"
#include "base/mem.h"
#include "store/catalogue.h"
#include "store/store.h"

#include <limits.h>
#include <unistd.h>

enum { T0 = 1767225600 }; /* when the charter was written */

static char scratch[64];
static struct buf charter_one; /* version 1's text */
static struct sha256_hex network;

UNUSED static int scratch_new(void **state)
{
	(void)state;
	hash_init();
	/* In memory where that can be: what a disk keeps after a crash is tested elsewhere. */
	snprintf(scratch, sizeof scratch, "%s/belfry-store-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	charter_one = charter_text(charter_head());
	network = network_of(buf_str(&charter_one));
	return mkdtemp(scratch) ? 0 : -1;
}

UNUSED static int scratch_remove(void **state)
{
	struct err err;
	(void)state;
	buf_release(&charter_one);
	return file_remove_tree(scratch, &err);
}

UNUSED static int done(void **state)
{
	(void)state;
	keys_free();
	return 0;
}

/* A path in the scratch folder; good until the fourth call from here. */
UNUSED static const char *at(const char *name)
{
	static char path[4][PATH_MAX];
	static unsigned next;
	char *p = path[next++ % 4];
	snprintf(p, PATH_MAX, "%s/%s", scratch, name);
	return p;
}

UNUSED static void good(int bad, const struct err *err)
{
	if (bad)
		fail_msg("%d: %s", bad, err->msg);
}

UNUSED static void refused(int bad, enum err_code code, const struct err *err, const char *says)
{
	if (bad != (int)code || err->code != code)
		fail_msg("result %d, code %d, expected %d (%s)", bad, err->code, code,
		    bad ? err->msg : "");
	if (!strstr(err->msg, says))
		fail_msg("\"%s\" does not say \"%s\"", err->msg, says);
}

/* --- charters --- */

struct bundle {
	struct charter_files files;
	struct buf text, armor[CENTRAL_KEYS_MAX];
};

/* `head` signed for network `n` by the keys whose bytes are in `keys`; drops head. */
UNUSED static struct bundle *bundle_new(json_t *head, const char *n, const char *keys)
{
	struct bundle *b = mem_alloc(sizeof *b);
	static const char *const ids[] = {"one", "two", "three", "four"};
	const char *path;
	b->text = charter_text(head);
	b->files.charter = buf_str(&b->text);
	for (; *keys; keys++) {
		size_t i = b->files.nsignatures++;
		b->armor[i] =
		    signed_by((unsigned char)*keys, "belfry-charter", n, buf_str(&b->text));
		b->files.signatures[i] =
		    (struct named_signature){str_from(ids[i]), buf_str(&b->armor[i])};
	}
	for (size_t i = 0; (path = asset_path("schemas/", i)); i++)
		if (!strstr(path, "charter.json") && !strstr(path, "roster.json"))
			b->files.schemas[b->files.nschemas++] = (struct named_signature){
			    str_sub(str_from(path), 8, strlen(path) - 13), asset_get(path)};
	return b;
}

UNUSED static void bundle_free(struct bundle *b)
{
	buf_release(&b->text);
	for (size_t i = 0; i < CENTRAL_KEYS_MAX; i++)
		if (i < b->files.nsignatures)
			buf_release(&b->armor[i]);
	free(b);
}

/* Adopt `head` as the next version; drops it. */
UNUSED static void adopt(struct store *s, json_t *head)
{
	struct bundle *b = bundle_new(head, network.text, "\x01");
	struct err err = {0};
	good(store_adopt_charter(s, &b->files, s->charter_version ? NULL : network.text, &err),
	    &err);
	bundle_free(b);
}

/* --- stores --- */

UNUSED static struct store *reopened(struct store *s)
{
	struct err err = {0};
	char dir[PATH_MAX];
	snprintf(dir, sizeof dir, "%s", s->dir);
	store_close(s);
	good(store_open(&s, dir, STORE_WRITE, &err), &err);
	return s;
}

/* An open store with charter 1; `hub` NULL: an edge without a journal. */
UNUSED static struct store *store_new(const char *name, const char *hub, unsigned byte)
{
	struct store *s = NULL;
	struct err err = {0};
	char path[PATH_MAX];
	good(store_create(at(name), &err) || store_open(&s, at(name), STORE_WRITE, &err), &err);
	adopt(s, charter_head());
	if (!hub)
		return s;
	snprintf(path, sizeof path, "%s/%s/keys/journal", scratch, name);
	good(signer_save(key_of(byte), path, STR("journal"), &err), &err);
	good(repo_set_config(s->repo, "belfry.hub", hub, &err), &err);
	return reopened(s);
}

UNUSED static struct sha256 digest(const struct store *s)
{
	struct local_state l;
	store_state(s, &l);
	return local_state_digest(&l);
}

UNUSED static void same_digest(const struct sha256 *a, const struct sha256 *b)
{
	assert_string_equal(sha256_hex(a).text, sha256_hex(b).text);
}

/* What a command prints, at most 4000 bytes of it. */
UNUSED static const char *output_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *output_of(const char *format, ...)
{
	static char out[4001];
	char command[2 * PATH_MAX];
	va_list ap;
	va_start(ap, format);
	vsnprintf(command, sizeof command, format, ap);
	va_end(ap);
	FILE *p = popen(command, "r");
	assert_non_null(p);
	out[fread(out, 1, sizeof out - 1, p)] = 0;
	pclose(p);
	return out;
}

#define GIT "env -i PATH=\"$PATH\" HOME=/nowhere git --git-dir=%s/store.git "

/* Stock git finds nothing to say (but that an edge has no branch of its own), and there is no loose
 * object. */
UNUSED static void sound(const struct store *s)
{
	assert_string_equal(
	    output_of(
		GIT "fsck --strict --no-dangling 2>&1 | grep -v '^notice: HEAD points'", s->dir),
	    "");
	assert_string_equal(
	    output_of("find %s/store.git/objects -regex '.*/[0-9a-f][0-9a-f]/.*'", s->dir), "");
}

UNUSED static long object_count(const struct store *s)
{
	return strtol(
	    output_of(GIT "count-objects -v | sed -n 's/^in-pack: //p'", s->dir), NULL, 10);
}

/* --- entries --- */

/* The files of an entry to come. */
struct draft {
	struct change changes[ENTRY_CHANGES_MAX];
	size_t n;
	struct arena arena;
};

UNUSED static void draft_file(struct draft *d, const char *path, struct str content)
{
	d->changes[d->n++] = (struct change){
	    .path = arena_str(&d->arena, str_from(path)), .content = arena_str(&d->arena, content)};
}

UNUSED static void draft_delete(struct draft *d, const char *path)
{
	d->changes[d->n++] = (struct change){
	    .path = arena_str(&d->arena, str_from(path)), .content = STR_EMPTY, .is_delete = true};
}

/* Add `text` at `path`, signed; key byte 0 leaves that signature out. */
UNUSED static void draft_record(
    struct draft *d, const char *path, struct str text, unsigned author, unsigned reviewer)
{
	char beside[512];
	draft_file(d, path, text);
	if (author) {
		struct buf sig = signed_by(author, "belfry-record", network.text, text);
		snprintf(beside, sizeof beside, "%s.sig", path);
		draft_file(d, beside, buf_str(&sig));
		buf_release(&sig);
	}
	if (reviewer) {
		struct buf rev = signed_by(reviewer, "belfry-review", network.text, text);
		snprintf(beside, sizeof beside, "%s.rev", path);
		draft_file(d, beside, buf_str(&rev));
		buf_release(&rev);
	}
}

/* News at its place, by ann and rev of the hub `byte`; `more` as news(). Returns the text, kept by
 * the draft. */
UNUSED static struct str draft_news(
    struct draft *d, unsigned byte, const char *place, const char *id, const char *more)
{
	char path[256];
	struct buf text = news(place, id, more);
	snprintf(path, sizeof path, "records/%s/news/%s/en.md", place, id);
	size_t i = d->n;
	draft_record(d, path, buf_str(&text), byte + ANN, byte + REV);
	buf_release(&text);
	return d->changes[i].content;
}

/* A roster signed by the steward of hub `byte`; drops `head`. */
UNUSED static void draft_roster(struct draft *d, json_t *head, unsigned byte)
{
	struct buf text = roster_text(head);
	struct buf sig = signed_by(byte + STEWARD, "belfry-roster", network.text, buf_str(&text));
	draft_file(d, "roster.md", buf_str(&text));
	draft_file(d, "roster.md.steward-1.sig", buf_str(&sig));
	buf_release(&text);
	buf_release(&sig);
}

/* Append and empty it. */
UNUSED static void append(struct store *s, struct draft *d)
{
	struct err err = {0};
	struct journal *j = store_journal(s, s->hub);
	good(store_append(s, d->changes, d->n, T0 + 60 * (j ? (int64_t)j->head.seq + 1 : 1), &err),
	    &err);
	arena_clear(&d->arena);
	*d = (struct draft){.n = 0};
}

/* A hub with its roster as entry 1. */
UNUSED static struct store *hub_new(const char *name, const char *hub, unsigned byte)
{
	struct store *s = store_new(name, hub, byte);
	struct draft d = {.n = 0};
	draft_roster(&d, roster_head(hub, byte, 1), byte);
	append(s, &d);
	return s;
}

UNUSED static struct store *east_new(void)
{
	return hub_new("east", "east", EAST);
}

/* --- what only a program that minds no rule writes --- */

/* The entry after the head of that journal, with every value right. `c` is sorted and outlives it.
 */
UNUSED static struct entry next_entry(struct store *s, const char *hub, struct change *c, size_t n)
{
	const struct journal *j = store_journal(s, hub);
	struct err err = {0};
	struct entry e = {.seq = j->head.seq + 1,
	    .charter = s->charter_version,
	    .time = j->time,
	    .parent = j->head.id,
	    .changes = c,
	    .nchanges = n};
	snprintf(e.hub, sizeof e.hub, "%s", hub);
	e.content = entry_content(&j->content, c, n);
	good(tree_apply(s->repo, &j->tree, c, n, &e.tree, &err), &err);
	return e;
}

/* Its commit, signed by key `byte`, put into the store. */
UNUSED static struct oid forged_commit(struct store *s, struct entry *e, unsigned byte)
{
	struct buf commit = BUF_INIT;
	struct err err = {0};
	struct oid id;
	good(entry_sign(e, s->network, key_of(byte), &err), &err);
	entry_commit(&commit, e, s->network, signer_key(key_of(byte)));
	good(repo_put(s->repo, &id, OBJECT_COMMIT, buf_str(&commit), &err), &err);
	buf_release(&commit);
	return id;
}

/* The same as the head of that journal. */
UNUSED static void forge(struct store *s, const char *hub, struct entry *e, unsigned byte)
{
	struct journal *j = store_journal(s, hub);
	struct err err = {0};
	j->head.id = forged_commit(s, e, byte);
	j->head.seq = e->seq;
	j->content = e->content;
	j->time = e->time;
	j->charter = e->charter;
	j->tree = e->tree;
	good(store_commit(s, &err), &err);
}

/* Wire forms of a journal's entries from `from` on. */
struct wires {
	struct buf bytes;
	struct str entries[512];
	size_t n;
};

UNUSED static struct wires *wires_new(struct store *s, const char *hub, uint64_t from)
{
	struct wires *w = mem_alloc(sizeof *w);
	static size_t lengths[512];
	struct err err = {0};
	size_t offset = 0;
	w->bytes = BUF_INIT;
	good(store_entries(s, hub, from, SIZE_MAX, NULL, &w->bytes, lengths, 512, &w->n, &err),
	    &err);
	for (size_t i = 0; i < w->n; i++, offset += lengths[i - 1])
		w->entries[i] = str_sub(buf_str(&w->bytes), offset, lengths[i]);
	return w;
}

UNUSED static void wires_free(struct wires *w)
{
	buf_release(&w->bytes);
	free(w);
}

/* Let `to` admit all it lacks of that journal. */
UNUSED static void carry(struct store *to, struct store *from, const char *hub)
{
	struct journal *j = store_journal(to, hub);
	uint64_t next = j ? j->head.seq + 1 : 1;
	struct err err = {0};
	size_t n;
	if (next > store_journal(from, hub)->head.seq)
		return;
	struct wires *w = wires_new(from, hub, next);
	good(store_admit(to, hub, w->entries, w->n, &n, &err), &err);
	assert_int_equal(n, w->n);
	wires_free(w);
}

/* --- catalogue --- */

/* The row at `path` that is held, or that is not. */
UNUSED static const struct item *row_of(const struct catalogue *c, const char *path, bool held)
{
	for (size_t i = 0; i < c->len; i++)
		if (strcmp(c->items[i].path, path) == 0 && (c->items[i].state == ITEM_HELD) == held)
			return &c->items[i];
	return NULL;
}

UNUSED static struct catalogue catalogue_of(struct store *s)
{
	struct catalogue c;
	struct err err = {0};
	good(catalogue_read_anew(&c, s, NULL, NULL, &err), &err);
	return c;
}

#endif
