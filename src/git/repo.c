/* SPDX-License-Identifier: Apache-2.0 */
#include "git/repo_impl.h"
#include "git/tree.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* libgit2 keeps errno only as the end of its sentence. */
static bool says(const git_error *e, int number)
{
	return e->klass == GIT_ERROR_OS &&
	       str_ends(str_from(e->message), str_from(strerror(number)));
}

int git_fail(struct err *err, const char *what)
{
	const git_error *e = git_error_last();
	if (!e || !e->message)
		return err_set(err, ERR_GIT, "%s: unknown git error", what);
	return err_set(err, says(e, ENOSPC) || says(e, EDQUOT) ? ERR_FULL : ERR_GIT, "%s: %s", what,
	    e->message);
}

static const char PARTIAL[] = "extensions.partialclone";

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
	char aside[PATH_MAX];
	if (snprintf(aside, sizeof aside, "%s.new", path) >= (int)sizeof aside)
		return err_set(err, ERR_LIMIT, "the store's path is too long");
	if (file_remove_tree(aside, err)) /* half of one, from a run that was killed */
		return err->code;
	repo_start_libgit2();
	git_repository_init_options_init(&o, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	o.flags =
	    GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_NO_REINIT;
	o.initial_head = "main";
	o.description = "Belfry store: clone it to read and check every record";
	/* Members' messages stay here when stock git serves this repository; what it brings comes
	 * as packs, for loose objects are not read; gc would drop packs under us. */
	int bad = git_repository_init_ext(&git, aside, &o) || git_repository_config(&config, git) ||
		  git_config_set_string(config, "transfer.hideRefs", "refs/belfry/inbox") ||
		  git_config_set_string(config, "uploadpack.hideRefs", "refs/belfry/outbox") ||
		  git_config_set_int32(config, "transfer.unpackLimit", 1) ||
		  git_config_set_int32(config, "gc.auto", 0);
	if (bad)
		git_fail(err, "cannot create the repository");
	git_config_free(config);
	git_repository_free(git);
	bad =
	    bad || repo_make_durable(aside, "HEAD", err) || repo_make_durable(aside, "config", err);
	if (!bad && rename(aside, path))
		bad = err_errno(err, "cannot rename %s to %s", aside, path);
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
	struct buf setting = BUF_INIT;
	struct err none;
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
	r->is_partial = repo_config(r, PARTIAL, &setting, &none) == 0;
	buf_release(&setting);
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
	free(r->renewals);
	tree_memo_free(r->trees);
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

static bool is_leftover(const char *path, struct str name, off_t size)
{
	return is_torn_ref(path, size) || str_ends(name, STR(".lock")) ||
	       str_starts(name, STR("pack_git2_")) || str_starts(name, STR("tmp_")) ||
	       is_half_pack(path, name);
}

static int remove_leftover(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	if (flag == FTW_F && is_leftover(path, str_from(path + ftw->base), st->st_size))
		return unlink(path);
	return 0;
}

static _Thread_local size_t leftovers; /* nftw() hands nothing on */

static int count_leftover(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	leftovers +=
	    flag == FTW_F && (strstr(path, "/objects/incoming/") ||
				 is_leftover(path, str_from(path + ftw->base), st->st_size));
	return 0;
}

size_t repo_count_leftovers(const char *path)
{
	leftovers = 0;
	nftw(path, count_leftover, 16, FTW_PHYS);
	return leftovers;
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

bool repo_is_partial(const struct repo *r)
{
	return r->is_partial;
}

int repo_set_partial(struct repo *r, bool is_partial, struct err *err)
{
	/* With the repository's format at version 0 git heeds this one extension, and libgit2,
	 * which does not know it, ignores it. */
	if (r->is_partial == is_partial)
		return 0;
	if (repo_set_config(r, PARTIAL, is_partial ? "belfry" : NULL, err))
		return err->code;
	r->is_partial = is_partial;
	return 0;
}

void repo_refresh(struct repo *r)
{
	git_odb_refresh(r->odb);
}
