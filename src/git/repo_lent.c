/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A repository whose objects somebody else reads for us; it has no refs and no settings, and what
 * is put into it stays in memory.
 */
#include "git/repo_impl.h"

#include "base/buf.h"
#include "base/mem.h"

#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <stdlib.h>

struct lent {
	git_odb_backend backend;
	struct repo_reader reader;
};

static int read_lent(struct lent *l, const git_oid *g, enum object_kind *kind, struct buf *bytes)
{
	struct err err;
	struct oid id;
	memcpy(id.bytes, g->id, OID_BYTES);
	int bad = l->reader.read(l->reader.of, &id, kind, bytes, &err);
	if (bad)
		git_error_set_str(GIT_ERROR_ODB, err.msg);
	return bad == ERR_MISSING ? GIT_ENOTFOUND : bad ? GIT_ERROR : 0;
}

static int lent_read(
    void **data, size_t *len, git_object_t *type, git_odb_backend *backend, const git_oid *id)
{
	struct buf bytes = BUF_INIT;
	enum object_kind kind;
	int bad = read_lent((struct lent *)backend, id, &kind, &bytes);
	if (!bad) {
		*data = git_odb_backend_data_alloc(backend, bytes.len ? bytes.len : 1);
		memcpy(*data, bytes.ptr, bytes.len);
		*len = bytes.len;
		*type = (git_object_t)kind;
	}
	buf_release(&bytes);
	return bad;
}

static int lent_exists(git_odb_backend *backend, const git_oid *id)
{
	struct buf bytes = BUF_INIT;
	enum object_kind kind;
	int bad = read_lent((struct lent *)backend, id, &kind, &bytes);
	buf_release(&bytes);
	return !bad;
}

static void lent_free(git_odb_backend *backend)
{
	free(backend);
}

int repo_open_lent(struct repo **out, const struct repo_reader *reader, struct err *err)
{
	struct repo *r = mem_alloc(sizeof *r);
	struct lent *l = mem_alloc(sizeof *l);
	repo_start_libgit2();
	*out = NULL;
	git_odb_init_backend(&l->backend, GIT_ODB_BACKEND_VERSION);
	l->backend.read = lent_read;
	l->backend.exists = lent_exists;
	l->backend.free = lent_free;
	l->reader = *reader;
	r->packs = &l->backend;
	if (git_odb_new(&r->odb) || git_odb_add_backend(r->odb, r->packs, 1)) {
		free(l); /* nobody else has it */
		goto fail;
	}
	if (git_mempack_new(&r->pending) || git_odb_add_backend(r->odb, r->pending, 999))
		goto fail;
	*out = r;
	return 0;
fail:
	git_fail(err, "cannot read through git");
	repo_close(r);
	return err->code;
}
