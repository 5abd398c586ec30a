/* SPDX-License-Identifier: Apache-2.0 */
#include "store/repo_impl.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"

#include <fcntl.h>
#include <ftw.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int git_fail(struct err *err, const char *what)
{
	const git_error *e = git_error_last();
	return err_set(
	    err, ERR_GIT, "%s: %s", what, e && e->message ? e->message : "unknown git error");
}

static void start_libgit2(void)
{
	git_libgit2_init();
	/* libgit2 could fsync all it writes, and would do it to folders twice and to refs that pins
	 * can restore: what must be durable is fsynced here. */
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0); /* our own store, opened by path */
	/* Packs are closed and opened again past this many: a process may have 1024 files. */
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, (size_t)128);
	/* Hashing each object again as it is read costs more than reading it. Damage is caught by
	 * what readers check anyway: the pack's own checksums, SHA-256 of a record, signatures over
	 * it. */
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
}

void repo_start_libgit2(void)
{
	static pthread_once_t started = PTHREAD_ONCE_INIT;
	pthread_once(&started, start_libgit2);
}

git_oid repo_to_git(const struct oid *id)
{
	git_oid g;
	git_oid_fromraw(&g, id->bytes);
	return g;
}

int repo_make_durable(const char *path, const char *name, struct err *err)
{
	char file[PATH_MAX];
	if (snprintf(file, sizeof file, "%s/%s", path, name) >= (int)sizeof file)
		return err_set(err, ERR_LIMIT, "the store's path is too long");
	if (file_sync(file, err))
		return err->code;
	*strrchr(file, '/') = 0;
	return file_sync_dir(file, err);
}

int repo_create(const char *path, struct err *err)
{
	git_repository *git = NULL;
	git_config *config = NULL;
	git_repository_init_options o;
	repo_start_libgit2();
	git_repository_init_options_init(&o, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	o.flags =
	    GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_NO_REINIT;
	o.initial_head = "main";
	o.description = "Belfry store: clone it to read and check every record";
	/* Members' messages stay here when stock git serves this repository; what it brings comes
	 * as packs, for loose objects are not read; gc would drop packs under us. */
	int bad = git_repository_init_ext(&git, path, &o) || git_repository_config(&config, git) ||
		  git_config_set_string(config, "transfer.hideRefs", "refs/belfry/inbox") ||
		  git_config_set_string(config, "uploadpack.hideRefs", "refs/belfry/outbox") ||
		  git_config_set_int32(config, "transfer.unpackLimit", 1) ||
		  git_config_set_int32(config, "gc.auto", 0);
	if (bad)
		git_fail(err, "cannot create the repository");
	git_config_free(config);
	git_repository_free(git);
	bad = bad || repo_make_durable(path, "HEAD", err) || repo_make_durable(path, "config", err);
	return bad ? err->code : 0;
}

static int open_odb(struct repo *r, struct err *err)
{
	char objects[PATH_MAX];
	snprintf(objects, sizeof objects, "%s/objects", r->path);
	if (git_odb_new(&r->odb) || git_odb_backend_pack(&r->packs, objects) ||
	    git_odb_add_backend(r->odb, r->packs, 1) || git_mempack_new(&r->pending) ||
	    git_odb_add_backend(r->odb, r->pending, 999) ||
	    git_repository_set_odb(r->git, r->odb) || git_repository_wrap_odb(&r->bare, r->odb))
		return git_fail(err, "cannot open the repository's packs");
	return 0;
}

int repo_open(struct repo **out, const char *path, struct err *err)
{
	struct repo *r = mem_alloc(sizeof *r);
	repo_start_libgit2();
	*out = NULL;
	if (!file_exists(path)) {
		err_set(err, ERR_MISSING, "there is no store at %s", path);
		goto fail;
	}
	if (snprintf(r->path, sizeof r->path, "%s", path) >= (int)sizeof r->path) {
		err_set(err, ERR_LIMIT, "the store's path is too long");
		goto fail;
	}
	if (git_repository_open_bare(&r->git, path)) {
		git_fail(err, path);
		goto fail;
	}
	if (open_odb(r, err))
		goto fail;
	*out = r;
	return 0;
fail:
	repo_close(r);
	return err->code;
}

int repo_reopen_packs(struct repo *r, struct err *err)
{
	git_odb *before = r->odb;
	git_repository *bare = r->bare;
	git_odb_backend *packs = r->packs, *pending = r->pending;
	if (open_odb(r, err) == 0) {
		git_repository_free(bare);
		git_odb_free(before);
		return 0;
	}
	if (r->odb != before)
		git_odb_free(r->odb);
	r->odb = before;
	r->bare = bare;
	r->packs = packs;
	r->pending = pending;
	git_repository_set_odb(r->git, before);
	return err->code;
}

void repo_close(struct repo *r)
{
	if (!r)
		return;
	git_repository_free(r->bare);
	git_odb_free(r->odb);
	git_repository_free(r->git);
	free(r->batch);
	free(r);
}

static bool has_beside(const char *path, size_t stem, const char *suffix)
{
	char other[PATH_MAX];
	snprintf(other, sizeof other, "%.*s%s", (int)stem, path, suffix);
	return file_exists(other);
}

/* A pack whose index never came: nobody can read it. With a .keep beside it a git process is at
 * work on it (git-index-pack(1)). */
static bool is_half_pack(const char *path, struct str name)
{
	size_t stem = strlen(path) - strlen(".pack");
	return str_starts(name, STR("pack-")) && str_ends(name, STR(".pack")) &&
	       !has_beside(path, stem, ".idx") && !has_beside(path, stem, ".keep");
}

/* Refs that pins can restore are not fsynced: a power cut may leave one empty or filled with zeros.
 */
static bool is_torn_ref(const char *path, off_t size)
{
	char text[5] = "";
	if (!strstr(path, ".git/refs/") || size > 41)
		return false;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_read = fd >= 0 && read(fd, text, sizeof text) == sizeof text;
	if (fd >= 0)
		close(fd);
	return !is_read || (memcmp(text, "ref: ", sizeof text) != 0 && (size < 41 || !text[0]));
}

static int remove_leftover(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	struct str name = str_from(path + ftw->base);
	if (flag == FTW_F && (is_torn_ref(path, st->st_size) || str_ends(name, STR(".lock")) ||
				 str_starts(name, STR("pack_git2_")) ||
				 str_starts(name, STR("tmp_")) || is_half_pack(path, name)))
		return unlink(path);
	return 0;
}

int repo_clean(const char *path, struct err *err)
{
	char dir[PATH_MAX];
	snprintf(dir, sizeof dir, "%s/objects/incoming", path);
	if (file_remove_tree(dir, err))
		return err->code;
	if (nftw(path, remove_leftover, 16, FTW_PHYS))
		return err_errno(err, "cannot clear leftovers in %s", path);
	return 0;
}

int repo_read(
    struct repo *r, const struct oid *id, enum object_kind kind, struct buf *out, struct err *err)
{
	git_oid g = repo_to_git(id);
	git_odb_object *o = NULL;
	int bad = git_odb_read(&o, r->odb, &g);
	if (bad == GIT_ENOTFOUND)
		return err_set(err, ERR_MISSING, "object %s is not in the store", oid_hex(id).text);
	if (bad)
		return git_fail(err, oid_hex(id).text);
	if ((int)git_odb_object_type(o) != (int)kind)
		err_set(err, ERR_GIT, "object %s is not of the kind expected", oid_hex(id).text);
	else
		buf_add(out, str_of(git_odb_object_data(o), git_odb_object_size(o)));
	bad = (int)git_odb_object_type(o) != (int)kind;
	git_odb_object_free(o);
	return bad ? err->code : 0;
}

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

int repo_put(
    struct repo *r, struct oid *id, enum object_kind kind, struct str bytes, struct err *err)
{
	git_oid g;
	git_object_t type = (git_object_t)kind;
	if (git_odb_hash(&g, bytes.ptr, bytes.len, type))
		return git_fail(err, "cannot hash an object");
	memcpy(id->bytes, g.id, OID_BYTES);
	if (is_kept(r, &g))
		return 0;
	/* Straight to the memory backend: git_odb_write would fall back to others and hide an
	 * error. */
	if (r->pending->write(r->pending, &g, bytes.ptr, bytes.len, type))
		return git_fail(err, "cannot keep an object");
	*MEM_PUSH(r->batch, r->nbatch, r->cap) = *id;
	return 0;
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

/* The pack before its index: an index without its pack would be taken for damage. libgit2 would
 * fsync the folder they come from too, twice. */
static int move_pack(struct repo *r, const char *incoming, const char *name, struct err *err)
{
	static const char *const suffix[] = {"pack", "idx"};
	char from[PATH_MAX], to[PATH_MAX], dir[PATH_MAX];
	snprintf(dir, sizeof dir, "%s/objects/pack", r->path);
	for (int i = 0; i < 2; i++) {
		if (snprintf(from, sizeof from, "%s/%s.%s", incoming, name, suffix[i]) >=
			(int)sizeof from ||
		    snprintf(to, sizeof to, "%s/%s.%s", dir, name, suffix[i]) >= (int)sizeof to)
			return err_set(err, ERR_LIMIT, "the store's path is too long");
		if (file_sync(from, err))
			return err->code;
		if (rename(from, to))
			return err_errno(err, "cannot move %s into place", from);
	}
	return file_sync_dir(dir, err);
}

int repo_write_pack(struct repo *r, const struct oid *ids, size_t n,
    char name[static PACK_NAME_BYTES], struct err *err)
{
	char incoming[PATH_MAX];
	snprintf(incoming, sizeof incoming, "%s/objects/incoming", r->path);
	if (file_mkdirs(incoming, 0700, err) || build_pack(r, ids, n, incoming, name, err))
		return err->code;
	return move_pack(r, incoming, name, err);
}

int repo_flush(struct repo *r, struct err *err)
{
	char name[PACK_NAME_BYTES];
	if (!r->nbatch)
		return 0;
	if (repo_write_pack(r, r->batch, r->nbatch, name, err))
		return err_wrap(err, "the batch was not kept");
	repo_drop(r);
	if (git_odb_refresh(r->odb))
		return git_fail(err, "cannot see the new pack");
	return 0;
}

void repo_drop(struct repo *r)
{
	git_mempack_reset(r->pending);
	r->nbatch = 0;
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

void repo_refresh(struct repo *r)
{
	git_odb_refresh(r->odb);
}

bool oid_is_zero(const struct oid *id)
{
	static const struct oid zero;
	return oid_eq(id, &zero);
}

struct oid_hex oid_hex(const struct oid *id)
{
	struct oid_hex h;
	git_oid g = repo_to_git(id);
	git_oid_tostr(h.text, sizeof h.text, &g);
	return h;
}

bool oid_from_hex(struct oid *out, struct str hex)
{
	struct buf b = BUF_INIT;
	bool good = hex.len == 2 * OID_BYTES && buf_unhex(&b, hex);
	if (good)
		memcpy(out->bytes, b.ptr, OID_BYTES);
	buf_release(&b);
	return good;
}
