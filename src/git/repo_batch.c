/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is put gathers in memory, and becomes one pack in its place.
 */
#include "git/repo_impl.h"

#include "base/file.h"
#include "base/mem.h"
#include "git/pack.h"

#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Asks the packs and the batch themselves: git_odb_exists also knows what was read once and then
 * dropped. */
static bool is_kept(struct repo *r, const git_oid *id)
{
	return r->pending->exists(r->pending, id) || r->packs->exists(r->packs, id);
}

bool repo_has(struct repo *r, const struct oid *id)
{
	git_oid g = repo_to_git(id);
	return is_kept(r, &g);
}

int repo_hash(struct oid *id, enum object_kind kind, struct str bytes, struct err *err)
{
	git_oid g;
	if (git_odb_hash(&g, bytes.ptr, bytes.len, (git_object_t)kind))
		return git_fail(err, "cannot hash an object");
	memcpy(id->bytes, g.id, OID_BYTES);
	return 0;
}

int repo_put(
    struct repo *r, struct oid *id, enum object_kind kind, struct str bytes, struct err *err)
{
	git_object_t type = (git_object_t)kind;
	if (repo_hash(id, kind, bytes, err))
		return err->code;
	git_oid g = repo_to_git(id);
	if (is_kept(r, &g))
		return 0;
	/* Straight to the memory backend: git_odb_write would fall back to others and hide an
	 * error. */
	if (r->pending->write(r->pending, &g, bytes.ptr, bytes.len, type))
		return git_fail(err, "cannot keep an object");
	*MEM_PUSH(r->batch, r->nbatch, r->cap) = *id;
	return 0;
}

void repo_follows(struct repo *r, const struct oid *id, const struct oid *old)
{
	if (!oid_is_zero(old) && !oid_is_zero(id) && !oid_eq(id, old))
		*MEM_PUSH(r->renewals, r->nrenewals, r->cap_renewals) = (struct renewal){*old, *id};
}

int repo_incoming(struct repo *r, char path[static PATH_MAX], struct err *err)
{
	snprintf(path, PATH_MAX, "%s/objects/incoming", r->path);
	return file_mkdirs(path, 0700, err);
}

/* The pack before its index: an index without its pack would be taken for damage. */
static const char *const suffix[] = {"pack", "idx"};

/* After a failed move. A pack that stands in its place with its index
 * was there before. */
static void remove_pack(const char *incoming, const char *dir, const char *name)
{
	struct buf path = BUF_INIT;
	for (int i = 0; i < 2; i++) {
		buf_reset(&path);
		buf_printf(&path, "%s/%s.%s", incoming, name, suffix[i]);
		unlink(path.ptr);
	}
	buf_reset(&path);
	buf_printf(&path, "%s/%s.idx", dir, name);
	bool is_old = file_exists(path.ptr);
	buf_reset(&path);
	buf_printf(&path, "%s/%s.pack", dir, name);
	if (!is_old)
		unlink(path.ptr);
	buf_release(&path);
}

int repo_move_pack(struct repo *r, const char *incoming, const char *name, struct err *err)
{
	char from[PATH_MAX], to[PATH_MAX], dir[PATH_MAX];
	snprintf(dir, sizeof dir, "%s/objects/pack", r->path);
	snprintf(to, sizeof to, "%.*s/%.*s.promisor", PATH_MAX - PACK_NAME_BYTES - 16, dir,
	    PACK_NAME_BYTES, name);
	if (r->is_partial && file_write(to, STR_EMPTY, 0444, err))
		return err->code;
	for (int i = 0; i < 2; i++) {
		if (snprintf(from, sizeof from, "%s/%s.%s", incoming, name, suffix[i]) >=
			(int)sizeof from ||
		    snprintf(to, sizeof to, "%s/%s.%s", dir, name, suffix[i]) >= (int)sizeof to)
			return err_set(err, ERR_LIMIT, "the store's path is too long");
		if (file_sync(from, err))
			return err->code;
		if (rename(from, to)) {
			err_errno(err, "cannot move %s into place", from);
			remove_pack(incoming, dir, name);
			return err->code;
		}
	}
	return file_sync_dir(dir, err);
}

/* Where an object of the batch stands. */
struct place {
	struct oid id; /* first */
	size_t at;
};

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, OID_BYTES); /* what is looked for is an id alone */
}

/* By an object's place in the batch, the place of the newer form of it; itself where there is none.
 * Owns: the caller. */
static size_t *find_newer(const struct repo *r)
{
	struct place *places = mem_alloc((r->nbatch + 1) * sizeof *places);
	size_t *newer = mem_alloc((r->nbatch + 1) * sizeof *newer);
	for (size_t i = 0; i < r->nbatch; i++) {
		places[i] = (struct place){r->batch[i], i};
		newer[i] = i;
	}
	qsort(places, r->nbatch, sizeof *places, by_id);
	for (size_t i = 0; i < r->nrenewals; i++) {
		const struct renewal *n = &r->renewals[i];
		const struct place *old =
		    bsearch(&n->old, places, r->nbatch, sizeof *places, by_id);
		const struct place *new = bsearch(&n->id, places, r->nbatch, sizeof *places, by_id);
		if (old && new &&new->at > old->at)
			newer[old->at] = new->at;
	}
	free(places);
	return newer;
}

struct pending {
	void *bytes;
	size_t len;
	git_object_t kind;
};

static int read_pending(struct pending *p, struct repo *r, size_t at, struct err *err)
{
	git_oid g = repo_to_git(&r->batch[at]);
	if (r->pending->read(&p->bytes, &p->len, &p->kind, r->pending, &g))
		return git_fail(err, "cannot read the batch");
	return 0;
}

/* The newest first and as it is, what it replaces as the difference: what is read most is read at
 * once. An object's place in the pack is so how far from the end of the batch it was put. */
static int add_object(
    struct pack_writer *w, struct repo *r, size_t at, size_t newer, struct err *err)
{
	struct pending own = {.len = 0}, base = {.len = 0};
	int bad =
	    read_pending(&own, r, at, err) || (newer != at && read_pending(&base, r, newer, err));
	if (!bad) {
		struct pack_object o = {.id = r->batch[at],
		    .kind = (unsigned)own.kind,
		    .bytes = str_of(own.bytes, own.len),
		    .has_base = newer != at && base.kind == own.kind,
		    .base = r->nbatch - 1 - newer,
		    .base_bytes = str_of(base.bytes, base.len)};
		bad = pack_add(w, &o, err);
	}
	git_odb_backend_data_free(r->pending, own.bytes);
	git_odb_backend_data_free(r->pending, base.bytes);
	return bad ? err->code : 0;
}

static int write_batch(
    struct repo *r, const char *incoming, char name[static PACK_NAME_BYTES], struct err *err)
{
	struct pack_writer *w;
	if (pack_new(&w, incoming, r->nbatch, err))
		return err->code;
	size_t *newer = find_newer(r);
	int bad = 0;
	for (size_t at = r->nbatch; at-- > 0 && !bad;)
		bad = add_object(w, r, at, newer[at], err);
	bad = bad || pack_end(w, name, err);
	free(newer);
	pack_free(w);
	return bad ? err->code : 0;
}

int repo_flush(struct repo *r, struct err *err)
{
	char incoming[PATH_MAX], name[PACK_NAME_BYTES];
	if (!r->nbatch)
		return 0;
	if (repo_incoming(r, incoming, err) || write_batch(r, incoming, name, err) ||
	    repo_move_pack(r, incoming, name, err))
		return err_wrap(err, "the batch was not kept");
	repo_drop(r);
	if (git_odb_refresh(r->odb))
		return git_fail(err, "cannot see the new pack");
	return 0;
}

void repo_drop(struct repo *r)
{
	git_mempack_reset(r->pending);
	r->nbatch = r->nrenewals = 0;
}

size_t repo_mark(const struct repo *r)
{
	return r->nbatch;
}

/* The memory backend forgets only as a whole, so what stays is put again. Only after a fault: rare.
 */
void repo_back_to(struct repo *r, size_t mark)
{
	git_odb_object **kept = mem_alloc((mark + 1) * sizeof *kept);
	for (size_t i = 0; i < mark; i++) {
		git_oid g = repo_to_git(&r->batch[i]);
		if (git_odb_read(&kept[i], r->odb, &g))
			kept[i] = NULL;
	}
	repo_drop(r);
	for (size_t i = 0; i < mark; i++) {
		struct oid id;
		struct err ignored;
		if (kept[i])
			repo_put(r, &id, (enum object_kind)git_odb_object_type(kept[i]),
			    str_of(git_odb_object_data(kept[i]), git_odb_object_size(kept[i])),
			    &ignored);
		git_odb_object_free(kept[i]);
	}
	free(kept);
}
