/* SPDX-License-Identifier: Apache-2.0 */
#include "store/quarantine.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "store/pins.h"
#include "git/repo_impl.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <git2/sys/odb_backend.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "quarantine-"

struct quarantine {
	struct store *store; /* the one that shall get it */
	struct store *inside; /* what git brought, as a store to read from; NULL before _open */
	char dir[PATH_MAX - 128], git[PATH_MAX - 64];
	int lock; /* held while somebody is at work here */
};

/* --- the folder --- */

static int make_folder(struct quarantine *q, struct err *err)
{
	int n = snprintf(q->dir, sizeof q->dir, "%s/" PREFIX "XXXXXX", q->store->dir);
	if (n >= (int)sizeof q->dir)
		return err_set(err, ERR_LIMIT, "the store's path is too long");
	if (!mkdtemp(q->dir)) {
		err_errno(err, "cannot make %s", q->dir);
		q->dir[0] = 0;
		return err->code;
	}
	snprintf(q->git, sizeof q->git, "%s/git", q->dir);
	q->lock = open(q->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (q->lock < 0 || flock(q->lock, LOCK_EX | LOCK_NB))
		return err_errno(err, "cannot lock %s", q->dir);
	return 0;
}

/* Git follows this file; libgit2 is never asked to. */
static int borrow_objects(struct quarantine *q, struct err *err)
{
	struct buf path = BUF_INIT, line = BUF_INIT;
	char real[PATH_MAX];
	store_path(q->store, &path, "store.git/objects");
	int bad = realpath(path.ptr, real) ? 0 : err_errno(err, "cannot find %s", path.ptr);
	buf_reset(&path);
	buf_printf(&path, "%s/objects/info", q->git);
	bad = bad || file_mkdirs(path.ptr, 0700, err);
	buf_puts(&path, "/alternates");
	if (!bad) {
		buf_printf(&line, "%s\n", real);
		bad = file_write(path.ptr, buf_str(&line), 0600, err);
	}
	buf_release(&path);
	buf_release(&line);
	return bad ? err->code : 0;
}

int quarantine_new(struct quarantine **out, struct store *s, struct err *err)
{
	*out = NULL;
	if (repo_is_partial(s->repo))
		return err_set(err, ERR_UNSUPPORTED,
		    "some text is left out here (belfry subscribe), and git fetches all or "
		    "nothing: use a link, or subscribe to everything first");
	struct quarantine *q = mem_alloc(sizeof *q);
	q->store = s;
	q->lock = -1;
	if (make_folder(q, err) || repo_create(q->git, err) || borrow_objects(q, err)) {
		quarantine_free(q);
		return err->code;
	}
	*out = q;
	return 0;
}

void quarantine_free(struct quarantine *q)
{
	struct err ignored;
	if (!q)
		return;
	store_close(q->inside);
	if (q->dir[0])
		file_remove_tree(q->dir, &ignored);
	if (q->lock >= 0)
		close(q->lock);
	free(q);
}

void quarantine_clean(const char *store_dir)
{
	DIR *d = opendir(store_dir);
	for (struct dirent *e; d && (e = readdir(d));) {
		char path[PATH_MAX];
		struct err ignored;
		if (!str_starts(str_from(e->d_name), STR(PREFIX)) ||
		    snprintf(path, sizeof path, "%s/%s", store_dir, e->d_name) >= PATH_MAX)
			continue;
		int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			file_remove_tree(path, &ignored);
		if (fd >= 0)
			close(fd);
	}
	if (d)
		closedir(d);
}

const char *quarantine_dir(const struct quarantine *q)
{
	return q->dir;
}

const char *quarantine_git(const struct quarantine *q)
{
	return q->git;
}

static _Thread_local uint64_t bytes_seen; /* nftw() passes nothing on */

static int add_bytes(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)path;
	(void)ftw;
	bytes_seen += flag == FTW_F ? (uint64_t)st->st_size : 0;
	return 0;
}

uint64_t quarantine_bytes(const struct quarantine *q)
{
	bytes_seen = 0;
	nftw(q->dir, add_bytes, 16, FTW_PHYS);
	return bytes_seen;
}

/* --- what git brought --- */

struct measuring {
	git_odb_backend *packs;
	struct err *err;
};

/* Sizes stand in the pack's own heads: nothing is unpacked for this. A base that is huge would be,
 * as soon as something made from it is read, so it does not matter whether anything leads to an
 * object. */
static int measure(const git_oid *id, void *ctx)
{
	struct measuring *m = ctx;
	size_t size;
	git_object_t type;
	if (m->packs->read_header(&size, &type, m->packs, id))
		return git_fail(m->err, "what git brought cannot be read");
	if (size <= OBJECT_BYTES_MAX)
		return 0;
	return err_set(m->err, ERR_LIMIT,
	    "an object of %zu bytes came: nothing of a network is larger than %d", size,
	    OBJECT_BYTES_MAX);
}

static int measure_all(struct repo *r, struct err *err)
{
	struct measuring m = {.packs = r->packs, .err = err};
	err->code = ERR_NONE;
	if (r->packs->foreach (r->packs, measure, &m) && !err->code)
		return git_fail(err, "what git brought cannot be read");
	return err->code;
}

/* Read what is not there from the store's packs. */
static int lend_packs(struct quarantine *q, struct repo *r, struct err *err)
{
	git_odb_backend *packs = NULL;
	struct buf path = BUF_INIT;
	store_path(q->store, &path, "store.git/objects");
	int bad = git_odb_backend_pack(&packs, path.ptr) || git_odb_add_alternate(r->odb, packs, 1);
	buf_release(&path);
	return bad ? git_fail(err, "cannot lend the store's packs") : 0;
}

int quarantine_open(struct quarantine *q, struct err *err)
{
	struct store *in = mem_alloc(sizeof *in);
	store_close(q->inside);
	q->inside = NULL;
	in->access = STORE_READ;
	in->lock = -1;
	snprintf(in->dir, sizeof in->dir, "%.3000s", q->dir);
	memcpy(in->network, q->store->network, sizeof in->network);
	if (repo_open(&in->repo, q->git, err) || measure_all(in->repo, err) ||
	    lend_packs(q, in->repo, err)) {
		store_close(in);
		return err->code;
	}
	q->inside = in;
	return 0;
}

static int another_story(const char *ref, uint64_t at, struct err *err)
{
	return err_set(err, ERR_CHAIN,
	    "%s tells another story than this store: they part at number %" PRIu64 " or before",
	    ref, at);
}

/* The newest number that both have is `both`; the range goes on from there. */
static int write_range(struct quarantine *q, const char *hub, uint64_t have, uint64_t theirs,
    const char *path, struct stick_report *report, struct err *err)
{
	const struct stick_range range = {hub, have + 1, theirs};
	return have < theirs ? stick_write_range(q->inside, path, &range, report, err) : 0;
}

static int write_charters(struct quarantine *q, const struct oid *head, const char *path,
    struct stick_report *report, struct err *err)
{
	struct store *in = q->inside;
	const uint32_t have = q->store->charter_version;
	if (charters_load(in, head, err))
		return err->code;
	if (strcmp(in->network, q->store->network) != 0) {
		err_set(err, ERR_NETWORK, "its charter is that of another network: %.16s…",
		    in->network);
		memcpy(in->network, q->store->network, sizeof in->network);
		return err->code;
	}
	uint32_t both = have < in->charter_version ? have : in->charter_version;
	if (both && !oid_eq(&in->charters[both - 1].commit, &q->store->charters[both - 1].commit))
		return another_story(CHARTER_REF, both, err);
	return write_range(q, NULL, have, in->charter_version, path, report, err);
}

static int write_journal(struct quarantine *q, const char *hub, const struct oid *head,
    const char *path, struct stick_report *report, struct err *err)
{
	const struct journal *ours = store_journal(q->store, hub);
	const uint64_t have = ours ? ours->head.seq : 0;
	struct oid a, b;
	struct journal *theirs = store_add_journal(q->inside, hub);
	theirs->head.id = *head;
	if (journal_load(q->inside, theirs, err))
		return err->code;
	const uint64_t last = theirs->head.seq, both = have < last ? have : last;
	if (both) {
		if (store_entry_id(q->inside, hub, both, &a, err) ||
		    store_entry_id(q->store, hub, both, &b, err))
			return err->code;
		if (!oid_eq(&a, &b))
			return another_story(hub, both, err);
	}
	return write_range(q, hub, have, last, path, report, err);
}

int quarantine_write(struct quarantine *q, const char *ref, const char *path,
    struct stick_report *report, struct err *err)
{
	struct oid head;
	int bad;
	*report = (struct stick_report){.bytes = 0};
	if (repo_ref(q->inside->repo, ref, &head, err))
		return err->code;
	if (strcmp(ref, CHARTER_REF) == 0) {
		bad = write_charters(q, &head, path, report, err);
	} else {
		const char *hub = ref + sizeof HUBS_PREFIX - 1;
		bad = write_journal(q, hub, &head, path, report, err);
		store_drop_journal(q->inside, store_journal(q->inside, hub));
	}
	if (bad == ERR_GIT)
		err->code = ERR_PEER; /* not our repository's fault */
	return bad ? err->code : 0;
}
