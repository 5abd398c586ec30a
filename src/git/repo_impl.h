/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the repo*.c files share: the handle, and writing packs.
 */
#ifndef BELFRY_GIT_REPO_IMPL_H
#define BELFRY_GIT_REPO_IMPL_H

#include "git/pack.h"
#include "git/repo.h"

#include <git2.h>
#include <limits.h>

/* Both put in this batch. */
struct renewal {
	struct oid old, id;
};

struct repo {
	char path[PATH_MAX - 64]; /* room for the names below it */
	git_repository *git;
	git_repository
	    *bare; /* the objects alone: whoever makes a pack with `git` reads all refs first */
	git_odb *odb;
	git_odb_backend *packs, *pending;
	struct oid *batch; /* ids of the objects in `pending` */
	size_t nbatch, cap;
	struct renewal *renewals; /* what repo_follows() said */
	size_t nrenewals, cap_renewals;
	bool is_partial;
	struct tree_memo *trees; /* tree.c's */
};

/* Once a process; may be called again. */
void repo_start_libgit2(void);
int git_fail(struct err *err, const char *what);
git_oid repo_to_git(const struct oid *id);
/* fsync a file below `path` that git has written, and its folder. */
int repo_make_durable(const char *path, const char *name, struct err *err);
/* The folder where packs are made, which is made. */
int repo_incoming(struct repo *r, char path[static PATH_MAX], struct err *err);
/* fsync the pack "<incoming>/<name>.pack" and its index, and move them into place, durably. */
int repo_move_pack(struct repo *r, const char *incoming, const char *name, struct err *err);
/* Forget which packs were there; the batch must be empty. After an error only repo_close() is left.
 */
int repo_reopen_packs(struct repo *r, struct err *err);

#endif
