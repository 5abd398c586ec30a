/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rolling up packs. Each batch is a pack of its own, and every read looks through all of them, so
 * once there are many small ones they become one: afterwards each has at least twice as many
 * objects as all smaller ones together, as after `git repack --geometric=2`. An object is so copied
 * a few times at most. What came in one by one is compared by libgit2 on the way, which finds what
 * is alike; packs past PACK_BIG have been through that, or came as large batches, and become one as
 * their bytes stand.
 */
#include "git/repo_impl.h"

#include "base/file.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	/* So many of a kind are rolled up, and few more are there at any time: opening and
	 * searching 40 costs about a millisecond. */
	ROLL_SMALL = 32,
	ROLL_BIG = 8,
	PACK_BIG = 2000, /* objects */
	/* Objects compared at once: about a second, in which nothing is written. */
	ROLL_MAX = 4000,
	/* Bytes of a pack that is joined yet, and of what they make. */
	JOIN_MAX = 512 * 1024 * 1024,
	PATH_BYTES = PATH_MAX + PACK_NAME_BYTES + 16,
};

struct pack {
	char name[PACK_NAME_BYTES]; /* pack-<hex> */
	size_t count; /* of objects */
	uint64_t bytes;
};
struct packs {
	struct pack *items;
	size_t len, cap;
};

static void pack_path(
    char path[static PATH_BYTES], const char *dir, const char *name, const char *suffix)
{
	snprintf(path, PATH_BYTES, "%s/%s.%s", dir, name, suffix);
}

/* Which packs are looked for; git's own (.keep) only where all are. */
enum which { SMALL, BIG, ALL };

static void add_pack(struct packs *packs, const char *dir, struct str stem, enum which which)
{
	char path[PATH_BYTES];
	struct pack p = {.count = 0};
	struct stat st;
	if (stem.len >= sizeof p.name)
		return;
	memcpy(p.name, stem.ptr, stem.len);
	pack_path(path, dir, p.name, "keep");
	if (which != ALL && file_exists(path))
		return;
	pack_path(path, dir, p.name, "idx");
	if (stat(path, &st))
		return;
	p.count = pack_count((uint64_t)st.st_size);
	if (!p.count || (which != ALL && (p.count >= PACK_BIG) != (which == BIG)))
		return;
	pack_path(path, dir, p.name, "pack");
	if (stat(path, &st) || (which != ALL && st.st_size > JOIN_MAX))
		return;
	p.bytes = (uint64_t)st.st_size;
	*MEM_PUSH(packs->items, packs->len, packs->cap) = p;
}

static int read_packs(struct packs *packs, const char *dir, enum which which, struct err *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	if (!d)
		return err_errno(err, "cannot read %s", dir);
	while ((e = readdir(d))) {
		struct str name = str_from(e->d_name);
		if (str_starts(name, STR("pack-")) && str_ends(name, STR(".idx")))
			add_pack(packs, dir, str_sub(name, 0, name.len - 4), which);
	}
	closedir(d);
	return 0;
}

static int by_count(const void *a, const void *b)
{
	const struct pack *x = a, *y = b;
	return x->count < y->count ? -1 : x->count > y->count;
}

/* How many of the packs, sorted by count, are to become one: 0 or at least 2. */
static size_t choose(const struct packs *p, size_t count_max)
{
	size_t split = p->len, sum = 0;
	uint64_t bytes = 0;
	while (split > 1 && p->items[split - 1].count >= 2 * p->items[split - 2].count)
		split--;
	for (size_t i = 0; i < split; i++)
		sum += p->items[i].count;
	while (split < p->len && p->items[split].count < 2 * sum)
		sum += p->items[split++].count;
	for (size_t i = 0; i < split; i++)
		bytes += p->items[i].bytes;
	while (split > 0 && (sum > count_max || bytes > JOIN_MAX)) {
		sum -= p->items[--split].count;
		bytes -= p->items[split].bytes;
	}
	return split > 1 ? split : 0;
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, OID_BYTES);
}

/* The objects of the first `n` packs, each once; whether any is in two. Owns: the caller. */
static int gather(struct oid **out, size_t *len, bool *is_twice, const struct packs *p, size_t n,
    const char *dir, struct err *err)
{
	char path[PATH_BYTES];
	size_t all = 0, kept = 0;
	int bad = 0;
	for (size_t i = 0; i < n; i++)
		all += p->items[i].count;
	struct oid *ids = mem_alloc((all + 1) * sizeof *ids);
	all = 0;
	for (size_t i = 0; i < n && !bad; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, p->items[i].name);
		bad = pack_ids(ids + all, p->items[i].count, path, err);
		all += p->items[i].count;
	}
	if (!bad)
		qsort(ids, all, sizeof *ids, by_id);
	for (size_t i = 0; i < all && !bad; i++)
		if (!kept || !oid_eq(&ids[kept - 1], &ids[i]))
			ids[kept++] = ids[i];
	*out = ids;
	*len = kept;
	*is_twice = kept < all;
	return bad;
}

/* The pack goes to the indexer as it is made, in pieces worth a system call. */
struct writing {
	git_indexer *indexer;
	git_indexer_progress stats;
	struct buf piece;
};
enum { PIECE_BYTES = 256 * 1024 };

static int pass_on(struct writing *w)
{
	int bad = git_indexer_append(w->indexer, w->piece.ptr, w->piece.len, &w->stats);
	buf_reset(&w->piece);
	return bad;
}

static int collect(void *bytes, size_t size, void *ctx)
{
	struct writing *w = ctx;
	buf_add(&w->piece, str_of(bytes, size));
	return w->piece.len < PIECE_BYTES ? 0 : pass_on(w);
}

static int build_pack(struct repo *r, const struct oid *ids, size_t n, const char *dir,
    char name[static PACK_NAME_BYTES], struct err *err)
{
	git_packbuilder *pack = NULL;
	struct writing w = {.piece = BUF_INIT};
	int bad = git_packbuilder_new(&pack, r->bare) ||
		  git_indexer_new(&w.indexer, dir, 0444, NULL, NULL);
	if (pack)
		git_packbuilder_set_threads(pack, 1); /* the same bytes each time */
	for (size_t i = 0; i < n && !bad; i++) {
		git_oid g = repo_to_git(&ids[i]);
		bad = git_packbuilder_insert(pack, &g, NULL);
	}
	bad = bad || git_packbuilder_foreach(pack, collect, &w) || pass_on(&w) ||
	      git_indexer_commit(w.indexer, &w.stats);
	if (bad)
		git_fail(err, "cannot write a pack");
	else
		snprintf(name, PACK_NAME_BYTES, "pack-%s", git_indexer_name(w.indexer));
	buf_release(&w.piece);
	git_indexer_free(w.indexer);
	git_packbuilder_free(pack);
	return bad ? err->code : 0;
}

static int write_pack(struct repo *r, const struct oid *ids, size_t n,
    char name[static PACK_NAME_BYTES], struct err *err)
{
	char incoming[PATH_MAX];
	return repo_incoming(r, incoming, err) || build_pack(r, ids, n, incoming, name, err) ||
		       repo_move_pack(r, incoming, name, err)
		   ? err->code
		   : 0;
}

/* The index first: a pack without one is a leftover that the next start clears away. */
static int remove_packs(
    const struct packs *p, size_t n, const char *dir, const char *made, struct err *err)
{
	static const char *const suffix[] = {"idx", "rev", "bitmap", "pack", "promisor", "keep"};
	char path[PATH_BYTES];
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 6 && strcmp(p->items[i].name, made) != 0; k++) {
			pack_path(path, dir, p->items[i].name, suffix[k]);
			if (unlink(path) && errno != ENOENT)
				return err_errno(err, "cannot remove %s", path);
		}
	return file_sync_dir(dir, err);
}

static int join_packs(struct repo *r, const struct packs *p, size_t n, const char *dir,
    char name[static PACK_NAME_BYTES], struct err *err)
{
	struct pack_writer *w;
	char incoming[PATH_MAX], path[PATH_BYTES];
	size_t all = 0;
	for (size_t i = 0; i < n; i++)
		all += p->items[i].count;
	if (repo_incoming(r, incoming, err) || pack_new(&w, incoming, all, err))
		return err->code;
	int bad = 0;
	for (size_t i = 0; i < n && !bad; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, p->items[i].name);
		bad = pack_join(w, path, p->items[i].count, err);
	}
	bad = bad || pack_end(w, name, err) || repo_move_pack(r, incoming, name, err);
	pack_free(w);
	return bad ? err->code : 0;
}

/* Roll up the small packs or the big ones. */
static int roll(struct repo *r, bool is_big, struct err *err)
{
	struct packs packs = {.len = 0};
	struct oid *ids = NULL;
	char dir[PATH_MAX], made[PACK_NAME_BYTES];
	size_t n = 0, len;
	bool is_twice;
	snprintf(dir, sizeof dir, "%s/objects/pack", r->path);
	int bad = read_packs(&packs, dir, is_big ? BIG : SMALL, err);
	if (!bad && packs.len >= (is_big ? ROLL_BIG : ROLL_SMALL)) {
		qsort(packs.items, packs.len, sizeof *packs.items, by_count);
		n = choose(&packs, is_big ? SIZE_MAX : ROLL_MAX);
	}
	if (n)
		bad = gather(&ids, &len, &is_twice, &packs, n, dir, err) ||
		      (is_big && !is_twice ? join_packs(r, &packs, n, dir, made, err)
					   : write_pack(r, ids, len, made, err)) ||
		      remove_packs(&packs, n, dir, made, err) || repo_reopen_packs(r, err);
	free(ids);
	free(packs.items);
	return bad ? err->code : 0;
}

int repo_roll(struct repo *r, struct err *err)
{
	return roll(r, false, err) || roll(r, true, err) ? err->code : 0;
}

/* --- erasing --- */

/* Write one pack again without these objects. */
static int rewrite(struct repo *r, const struct pack *p, const struct oid *gone, size_t ngone,
    const char *dir, struct err *err)
{
	const struct packs one = {.items = (struct pack[]){*p}, .len = 1};
	struct oid *ids;
	char made[PACK_NAME_BYTES] = "";
	size_t n, kept = 0;
	bool is_twice;
	int bad = gather(&ids, &n, &is_twice, &one, 1, dir, err);
	for (size_t i = 0; i < n && !bad; i++)
		if (!bsearch(&ids[i], gone, ngone, sizeof *gone, by_id))
			ids[kept++] = ids[i];
	if (!bad && kept < n)
		bad = (kept && write_pack(r, ids, kept, made, err)) ||
		      remove_packs(&one, 1, dir, made, err);
	free(ids);
	return bad ? err->code : 0;
}

/* What stock git may have left beside the packs: nothing here reads it. */
static int remove_loose(struct repo *r, const struct oid *id, struct err *err)
{
	char path[PATH_MAX];
	struct oid_hex hex = oid_hex(id);
	if (snprintf(path, sizeof path, "%s/objects/%.2s/%s", r->path, hex.text, hex.text + 2) >=
	    (int)sizeof path)
		return err_set(err, ERR_LIMIT, "the store's path is too long");
	if (unlink(path) && errno != ENOENT)
		return err_errno(err, "cannot remove %s", path);
	return 0;
}

int repo_erase(struct repo *r, const struct oid *ids, size_t n, struct err *err)
{
	struct packs packs = {.len = 0};
	char dir[PATH_MAX];
	snprintf(dir, sizeof dir, "%s/objects/pack", r->path);
	int bad = read_packs(&packs, dir, ALL, err);
	for (size_t i = 0; i < packs.len && !bad; i++)
		bad = rewrite(r, &packs.items[i], ids, n, dir, err);
	for (size_t i = 0; i < n && !bad; i++)
		bad = remove_loose(r, &ids[i], err);
	free(packs.items);
	return bad || repo_reopen_packs(r, err) ? err->code : 0;
}

int repo_set_shallow(struct repo *r, const struct oid *ids, size_t n, struct err *err)
{
	char path[PATH_MAX];
	struct buf now = BUF_INIT, next = BUF_INIT;
	struct err none;
	snprintf(path, sizeof path, "%s/shallow", r->path);
	for (size_t i = 0; i < n; i++)
		buf_printf(&next, "%s\n", oid_hex(&ids[i]).text);
	bool is_there = file_exists(path);
	bool is_same = is_there ? file_read(&now, path, SIZE_MAX, &none) == 0 &&
				      str_eq(buf_str(&now), buf_str(&next))
				: !n;
	int bad = 0;
	if (!is_same && n)
		bad = file_write(path, buf_str(&next), 0644, err);
	else if (!is_same && unlink(path))
		bad = err_errno(err, "cannot remove %s", path);
	buf_release(&now);
	buf_release(&next);
	return bad;
}
