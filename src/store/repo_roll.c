/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rolling up packs. Each batch is a pack of its own, and every read looks through all of them, so
 * once there are many the small ones become one: afterwards each pack has at least twice as
 * many objects as all smaller ones together, as after `git repack --geometric=2`. An object is so
 * copied a number of times that grows with the logarithm of the store.
 */
#include "store/repo_impl.h"

#include "base/file.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	ROLL_AT = 40, /* packs; opening and searching that many costs about a millisecond */
	ROLL_OBJECTS_MAX =
	    20000, /* copied at once: about two seconds, in which nothing else is written */
	INDEX_HEAD = 8, /* gitformat-pack(5), version 2: magic, version, 256 counts, ids */
	FANOUT_BYTES = 256 * 4,
	INDEX_BYTES_MAX = 1 << 30,
};

struct pack {
	char name[PACK_NAME_BYTES]; /* pack-<hex> */
	struct buf index;
	uint32_t count;
};
struct packs {
	struct pack *items;
	size_t len, cap;
};

static void packs_release(struct packs *p)
{
	for (size_t i = 0; i < p->len; i++)
		buf_release(&p->items[i].index);
	free(p->items);
}

static int read_index(struct pack *p, const char *path, struct err *err)
{
	if (file_read(&p->index, path, INDEX_BYTES_MAX, err))
		return err->code;
	struct str count = str_sub(buf_str(&p->index), INDEX_HEAD + FANOUT_BYTES - 4, 4);
	if (!str_starts(buf_str(&p->index), STR("\377tOc\0\0\0\2")) ||
	    !str_take_u32(&count, &p->count) ||
	    p->index.len < INDEX_HEAD + FANOUT_BYTES + (size_t)p->count * OID_BYTES)
		return err_set(err, ERR_GIT, "%s is not a pack index of version 2", path);
	return 0;
}

/* A pack that git keeps (.keep) is git's. */
static int add_pack(struct packs *packs, const char *dir, struct str stem, struct err *err)
{
	char path[PATH_MAX + PACK_NAME_BYTES + 16];
	snprintf(path, sizeof path, "%s/%.*s.keep", dir, STR_FMT(stem));
	if (stem.len >= PACK_NAME_BYTES || file_exists(path))
		return 0;
	struct pack *p = MEM_PUSH(packs->items, packs->len, packs->cap);
	*p = (struct pack){.index = BUF_INIT};
	memcpy(p->name, stem.ptr, stem.len);
	snprintf(path, sizeof path, "%s/%s.idx", dir, p->name);
	return read_index(p, path, err);
}

static int read_packs(struct packs *packs, const char *dir, struct err *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int bad = 0;
	if (!d)
		return err_errno(err, "cannot read %s", dir);
	while (!bad && (e = readdir(d))) {
		struct str name = str_from(e->d_name);
		if (str_starts(name, STR("pack-")) && str_ends(name, STR(".idx")))
			bad = add_pack(packs, dir, str_sub(name, 0, name.len - 4), err);
	}
	closedir(d);
	return bad;
}

static size_t count_packs(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0;
	while (d && (e = readdir(d)))
		n += str_ends(str_from(e->d_name), STR(".idx"));
	if (d)
		closedir(d);
	return n;
}

static int by_count(const void *a, const void *b)
{
	const struct pack *x = a, *y = b;
	return x->count < y->count ? -1 : x->count > y->count;
}

/* How many of the packs, sorted by count, are to become one: 0 or at least 2. */
static size_t choose(const struct packs *p)
{
	size_t split = p->len;
	uint64_t sum = 0;
	while (split > 1 && p->items[split - 1].count >= 2 * (uint64_t)p->items[split - 2].count)
		split--;
	for (size_t i = 0; i < split; i++)
		sum += p->items[i].count;
	while (split < p->len && p->items[split].count < 2 * sum)
		sum += p->items[split++].count;
	while (split > 0 && sum > ROLL_OBJECTS_MAX)
		sum -= p->items[--split].count;
	return split > 1 ? split : 0;
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, OID_BYTES);
}

/* The objects of the first `n` packs, each once. */
static struct oid *gather(const struct packs *p, size_t n, size_t *len)
{
	struct oid *ids = NULL;
	size_t cap = 0, all = 0;
	for (size_t i = 0; i < n; i++) {
		const struct pack *pack = &p->items[i];
		mem_grow((void **)&ids, &cap, all + pack->count, sizeof *ids);
		memcpy(ids + all, pack->index.ptr + INDEX_HEAD + FANOUT_BYTES,
		    (size_t)pack->count * OID_BYTES);
		all += pack->count;
	}
	*len = 0;
	if (all)
		qsort(ids, all, sizeof *ids, by_id);
	for (size_t i = 0; i < all; i++)
		if (!*len || !oid_eq(&ids[*len - 1], &ids[i]))
			ids[(*len)++] = ids[i];
	return ids;
}

/* The index first: a pack without one is a leftover that the next start clears away. */
static int remove_packs(
    const struct packs *p, size_t n, const char *dir, const char *made, struct err *err)
{
	static const char *const suffix[] = {"idx", "rev", "bitmap", "pack"};
	char path[PATH_MAX + PACK_NAME_BYTES + 16];
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 4 && strcmp(p->items[i].name, made) != 0; k++) {
			snprintf(path, sizeof path, "%s/%s.%s", dir, p->items[i].name, suffix[k]);
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
	size_t n, len;
	snprintf(dir, sizeof dir, "%s/objects/pack", r->path);
	if (count_packs(dir) < ROLL_AT)
		return 0;
	int bad = read_packs(&packs, dir, err);
	if (!bad && packs.len)
		qsort(packs.items, packs.len, sizeof *packs.items, by_count);
	n = bad ? 0 : choose(&packs);
	if (n) {
		ids = gather(&packs, n, &len);
		bad = repo_write_pack(r, ids, len, made, err) ||
		      remove_packs(&packs, n, dir, made, err) || repo_reopen_packs(r, err);
	}
	free(ids);
	packs_release(&packs);
	return bad ? err->code : 0;
}
