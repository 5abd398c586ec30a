/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rolling up packs. Each batch is a pack of its own, and every read looks through all of them, so
 * once there are many small ones they become one: afterwards each has at least twice as many
 * objects as all smaller ones together, as after `git repack --geometric=2`. An object is so copied
 * a few times at most. Packs past PACK_BIG are left alone for good.
 */
#include "store/repo_impl.h"

#include "base/file.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	ROLL_AT = 40, /* small packs; opening and searching that many costs about a millisecond */
	PACK_BIG = 5000, /* objects */
	ROLL_MAX = 10000, /* objects copied at once: about a second, in which nothing is written */
	/* gitformat-pack(5), version 2: magic and version, 256 counts; ids, checksums and offsets;
	 * two hashes */
	INDEX_HEAD = 8 + 256 * 4,
	INDEX_EACH = OID_BYTES + 4 + 4,
	INDEX_TAIL = 2 * 20,
	PATH_BYTES = PATH_MAX + PACK_NAME_BYTES + 16,
};

struct pack {
	char name[PACK_NAME_BYTES]; /* pack-<hex> */
	size_t count; /* of objects */
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

/* One that is big is none of ours, and one that git keeps (.keep) is git's. */
static void add_pack(struct packs *packs, const char *dir, struct str stem)
{
	char path[PATH_BYTES];
	struct pack p = {.count = 0};
	struct stat st;
	if (stem.len >= sizeof p.name)
		return;
	memcpy(p.name, stem.ptr, stem.len);
	pack_path(path, dir, p.name, "keep");
	if (file_exists(path))
		return;
	pack_path(path, dir, p.name, "idx");
	if (stat(path, &st) || st.st_size < INDEX_HEAD + INDEX_TAIL)
		return;
	p.count = (size_t)(st.st_size - INDEX_HEAD - INDEX_TAIL) / INDEX_EACH;
	if (p.count < PACK_BIG)
		*MEM_PUSH(packs->items, packs->len, packs->cap) = p;
}

static int read_packs(struct packs *packs, const char *dir, struct err *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	if (!d)
		return err_errno(err, "cannot read %s", dir);
	while ((e = readdir(d))) {
		struct str name = str_from(e->d_name);
		if (str_starts(name, STR("pack-")) && str_ends(name, STR(".idx")))
			add_pack(packs, dir, str_sub(name, 0, name.len - 4));
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
static size_t choose(const struct packs *p)
{
	size_t split = p->len, sum = 0;
	while (split > 1 && p->items[split - 1].count >= 2 * p->items[split - 2].count)
		split--;
	for (size_t i = 0; i < split; i++)
		sum += p->items[i].count;
	while (split < p->len && p->items[split].count < 2 * sum)
		sum += p->items[split++].count;
	while (split > 0 && sum > ROLL_MAX)
		sum -= p->items[--split].count;
	return split > 1 ? split : 0;
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, OID_BYTES);
}

static int read_index(struct buf *index, const struct pack *p, const char *dir, struct err *err)
{
	char path[PATH_BYTES];
	uint32_t count;
	pack_path(path, dir, p->name, "idx");
	if (file_read(index, path, INDEX_HEAD + INDEX_TAIL + (size_t)PACK_BIG * INDEX_EACH, err))
		return err->code;
	struct str last = str_sub(buf_str(index), INDEX_HEAD - 4, 4);
	if (!str_starts(buf_str(index), STR("\377tOc\0\0\0\2")) || !str_take_u32(&last, &count) ||
	    count != p->count)
		return err_set(err, ERR_GIT, "%s is not a pack index of version 2", path);
	return 0;
}

/* The objects of the first `n` packs, each once. Owns: the caller. */
static int gather(struct oid **out, size_t *len, const struct packs *p, size_t n, const char *dir,
    struct err *err)
{
	struct oid *ids = NULL;
	struct buf index = BUF_INIT;
	size_t cap = 0, all = 0;
	*len = 0;
	for (size_t i = 0; i < n; i++) {
		size_t count = p->items[i].count;
		buf_reset(&index);
		if (read_index(&index, &p->items[i], dir, err))
			break;
		mem_grow((void **)&ids, &cap, all + count + 1, sizeof *ids);
		memcpy(ids + all, index.ptr + INDEX_HEAD, count * OID_BYTES);
		all += count;
	}
	if (all)
		qsort(ids, all, sizeof *ids, by_id);
	for (size_t i = 0; i < all; i++)
		if (!*len || !oid_eq(&ids[*len - 1], &ids[i]))
			ids[(*len)++] = ids[i];
	buf_release(&index);
	*out = ids;
	return err->code;
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
	static const char *const suffix[] = {"idx", "rev", "bitmap", "pack", "promisor"};
	char path[PATH_BYTES];
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 5 && strcmp(p->items[i].name, made) != 0; k++) {
			pack_path(path, dir, p->items[i].name, suffix[k]);
			if (unlink(path) && errno != ENOENT)
				return err_errno(err, "cannot remove %s", path);
		}
	return file_sync_dir(dir, err);
}

int repo_roll(struct repo *r, struct err *err)
{
	struct packs packs = {.len = 0};
	struct oid *ids = NULL;
	char dir[PATH_MAX], made[PACK_NAME_BYTES];
	size_t n = 0, len;
	err->code = ERR_NONE;
	snprintf(dir, sizeof dir, "%s/objects/pack", r->path);
	int bad = read_packs(&packs, dir, err);
	if (!bad && packs.len >= ROLL_AT) {
		qsort(packs.items, packs.len, sizeof *packs.items, by_count);
		n = choose(&packs);
	}
	if (n)
		bad = gather(&ids, &len, &packs, n, dir, err) ||
		      write_pack(r, ids, len, made, err) ||
		      remove_packs(&packs, n, dir, made, err) || repo_reopen_packs(r, err);
	free(ids);
	free(packs.items);
	return bad ? err->code : 0;
}
