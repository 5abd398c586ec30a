/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making, opening and closing a store: the lock, what a killed writer left, the way from refs to
 * values.
 */
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/attachments.h"
#include "store/catalogue.h"
#include "store/cut.h"
#include "store/erased.h"
#include "store/follow.h"
#include "store/keyring.h"
#include "store/members.h"
#include "store/pins.h"
#include "store/quarantine.h"
#include "store/restore.h"
#include "store/rosters.h"
#include "store/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int store_create(const char *dir, struct err *err)
{
	struct buf path = BUF_INIT;
	buf_printf(&path, "%s/store.git", dir);
	int bad = 0;
	if (file_exists(path.ptr))
		bad = err_set(err, ERR_EXISTS, "there is a store at %s already", dir);
	bad = bad || file_mkdirs(dir, 0700, err) || repo_create(path.ptr, err);
	buf_reset(&path);
	buf_printf(&path, "%s/keys", dir);
	bad = bad || file_mkdirs(path.ptr, 0700, err) || file_sync_dir(dir, err);
	buf_release(&path);
	return bad ? err->code : 0;
}

static int take_lock(struct store *s, struct err *err)
{
	struct buf path = BUF_INIT;
	char pid[32];
	store_path(s, &path, "lock");
	int fd = open(path.ptr, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		err_errno(err, "cannot open %s", path.ptr);
	} else if (flock(fd, LOCK_EX | LOCK_NB)) {
		ssize_t n = read(fd, pid, sizeof pid - 1);
		pid[n > 0 ? n : 0] = 0;
		err_set(err, ERR_BUSY, "the store %s is in use by process %s", s->dir,
		    n > 0 ? pid : "?");
		close(fd);
		fd = -1;
	} else {
		int n = snprintf(pid, sizeof pid, "%ld", (long)getpid());
		if (ftruncate(fd, 0) || pwrite(fd, pid, (size_t)n, 0) != n)
			log_warn("cannot write %s", path.ptr); /* only helps messages */
	}
	s->lock = fd;
	buf_release(&path);
	return fd < 0 ? err->code : 0;
}

long store_holder(const char *dir)
{
	char path[PATH_MAX], line[256];
	struct stat st;
	long pid, holder = 0;
	unsigned long inode;
	if (snprintf(path, sizeof path, "%s/lock", dir) >= (int)sizeof path || stat(path, &st))
		return 0;
	FILE *locks = fopen("/proc/locks", "re");
	while (locks && !holder && fgets(line, sizeof line, locks))
		if (sscanf(line, "%*d: FLOCK %*s %*s %ld %*x:%*x:%lu", &pid, &inode) == 2 &&
		    inode == st.st_ino)
			holder = pid;
	if (locks)
		fclose(locks);
	return holder;
}

/* Is what a pin names here? A writer may have added it since we opened. */
static bool is_here(struct store *s, const struct oid *id)
{
	if (repo_has(s->repo, id))
		return true;
	repo_refresh(s->repo);
	return repo_has(s->repo, id);
}

static int two_stories(struct store *s, const char *ref, struct err *err)
{
	return err_set(err, ERR_CHAIN,
	    "%s of %s does not go on from what pins knows of it: put back the refs that belong to "
	    "it, "
	    "or fetch from a peer into a fresh store",
	    ref, s->dir);
}

/*
 * After a crash between pins and refs the refs are behind; the pack is there, so they are moved up.
 * Refs ahead of pins come from an old copy of that file: they stay, a ref never goes back.
 */
static int heal_charter(struct store *s, const struct pins *p, struct err *err)
{
	struct oid at;
	struct err none;
	if (!p->charter)
		return 0;
	if (!is_here(s, &p->charter_id))
		return err_set(err, ERR_CHAIN,
		    "%s/pins knows charter version %u, which store.git does not have: was an "
		    "older store.git put back? Fetch from a peer into a fresh store",
		    s->dir, p->charter);
	if (repo_ref(s->repo, CHARTER_REF, &at, &none) == 0 && !oid_eq(&at, &p->charter_id)) {
		if (charters_load(s, &at, err))
			return err->code;
		if (s->charter_version >= p->charter)
			return oid_eq(&s->charters[p->charter - 1].commit, &p->charter_id)
				   ? 0
				   : two_stories(s, CHARTER_REF, err);
	}
	return s->access == STORE_WRITE ? repo_lift_ref(s->repo, CHARTER_REF, &p->charter_id, err)
					: 0;
}

static int heal_journal(struct store *s, const struct head *pin, struct err *err)
{
	struct journal *j = store_journal(s, pin->hub);
	struct oid id = pin->id;
	char ref[128];
	snprintf(ref, sizeof ref, "%s%s", HUBS_PREFIX, pin->hub);
	if (!pin->seq) /* cut to nothing; a ref that is still there was taken back on loading */
		return j && j->head.seq		  ? 0
		       : s->access == STORE_WRITE ? pins_drop_journal(s, pin->hub, err)
						  : 0;
	if (!is_here(s, &pin->id))
		return err_set(err, ERR_CHAIN,
		    "%s/pins knows entry %" PRIu64 " of %s, which store.git does not have: was an "
		    "older store.git put back? Fetch from a peer into a fresh store",
		    s->dir, pin->seq, pin->hub);
	if (j && j->head.seq >= pin->seq) {
		if (j->head.seq == pin->seq)
			id = j->head.id;
		else if (store_entry_id(s, pin->hub, pin->seq, &id, err))
			return err_wrap(err, "%s in %s", ref, s->dir);
		if (!oid_eq(&id, &pin->id))
			return two_stories(s, ref, err);
		id = j->head.id;
	}
	return s->access == STORE_WRITE ? pins_lift_journal(s, pin->hub, &id, err) : 0;
}

static int load_journal(void *ctx, const char *name, const struct oid *id, struct err *err)
{
	struct store *s = ctx;
	const char *hub = name + sizeof HUBS_PREFIX - 1;
	struct journal *j = store_journal(s, hub);
	if (!j)
		j = store_add_journal(s, hub);
	j->at_ref = *id;
	if (j->head.seq && oid_eq(&j->head.id, id))
		return 0;
	j->head.id = *id;
	return journal_load(s, j, err);
}

static int load(struct store *s, struct err *err)
{
	struct oid charter;
	struct err none;
	if (!s->outer && repo_ref(s->repo, CHARTER_REF, &charter, &none))
		return 0; /* an empty store, before init or join */
	if (!s->outer && charters_load(s, &charter, err))
		return err->code;
	if (repo_refs(s->repo, HUBS_PREFIX, load_journal, s, err))
		return err->code;
	return cut_apply(s, false, err); /* refs that an adoption did not come to move */
}

static uint64_t pinned_seq(const struct pins *p, const char *hub)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->heads[i].hub, hub) == 0)
			return p->heads[i].seq;
	return 0;
}

/*
 * Beyond the pins nothing was checked by us: a git fetch or push may have brought it. It is checked
 * once, before it counts, and pinned.
 */
static int verify_beyond(struct store *s, const struct pins *p, struct err *err)
{
	bool is_news = s->charter_version > p->charter;
	for (uint32_t v = p->charter + 1; v <= s->charter_version; v++)
		if (verify_charter(s, v, err))
			return err_wrap(err, "%s in %s", CHARTER_REF, s->dir);
	for (size_t i = 0; i < s->njournals; i++) {
		const char *hub = s->journals[i].head.hub;
		uint64_t seq = pinned_seq(p, hub);
		if (s->journals[i].head.seq <= seq)
			continue;
		is_news = true;
		if (verify_entries(s, hub, seq + 1, err))
			return err_wrap(err, "%s%s in %s", HUBS_PREFIX, hub, s->dir);
	}
	return is_news && s->access == STORE_WRITE ? pins_write(s, err) : 0;
}

/* What the file has already need not be written again. */
static void take_pinned(struct store *s, const struct pins *p)
{
	s->pinned_charter = p->charter_id;
	for (size_t i = 0; i < p->n; i++) {
		struct journal *j = store_journal(s, p->heads[i].hub);
		if (j)
			j->pinned = p->heads[i].id;
	}
}

/* A writer may not have moved refs up to its pins yet: for a reader the pins count. */
static int read_up_to_pins(struct store *s, const struct pins *p, struct err *err)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct journal *j = store_journal(s, p->heads[i].hub);
		char ref[128];
		if (j && j->head.seq >= p->heads[i].seq)
			continue;
		snprintf(ref, sizeof ref, "%s%s", HUBS_PREFIX, p->heads[i].hub);
		if (is_here(s, &p->heads[i].id) && load_journal(s, ref, &p->heads[i].id, err))
			return err->code;
	}
	return 0;
}

static int heal_and_load(struct store *s, struct pins *p, struct err *err)
{
	if (heal_charter(s, p, err) || load(s, err))
		return err->code;
	for (size_t i = 0; i < p->n; i++)
		if (cut_pin(s, &p->heads[i], err) || heal_journal(s, &p->heads[i], err))
			return err->code;
	if (load(s, err) || (s->access == STORE_READ && read_up_to_pins(s, p, err)))
		return err->code;
	take_pinned(s, p);
	return erased_gather(s, err) || verify_beyond(s, p, err) ? err->code : 0;
}

/* Git always writes this setting first; libgit2 opens a repository without it, or any. */
static bool is_git_config(struct repo *r)
{
	struct buf value = BUF_INIT;
	struct err why;
	int bad = repo_config(r, "core.repositoryformatversion", &value, &why);
	buf_release(&value);
	return bad != ERR_MISSING;
}

/* Who we are; and, until a first charter is here, which network we mean to join. Settings that
 * cannot be read are not settings that say nothing: a hub would go on as an edge. */
static int read_settings(struct store *s, struct err *err)
{
	struct buf value = BUF_INIT;
	struct err none;
	if (!is_git_config(s->repo))
		return err_set(err, ERR_SYNTAX,
		    "%s/store.git/config, which has the settings and says which hub this is, is "
		    "missing or not whole: put it back from a copy, or begin a fresh store "
		    "(belfry key restore, belfry join) and sync",
		    s->dir);
	int bad = repo_config(s->repo, "belfry.hub", &value, err);
	if (!bad && value.len < sizeof s->hub)
		memcpy(s->hub, value.ptr, value.len + 1);
	bad = bad && err->code != ERR_MISSING;
	if (bad)
		err->code = ERR_SYNTAX;
	s->is_restored = repo_config(s->repo, "belfry.restored", &value, &none) == 0;
	buf_reset(&value);
	if (!s->network[0] && repo_config(s->repo, "belfry.network", &value, &none) == 0 &&
	    value.len == 64)
		memcpy(s->network, value.ptr, 65);
	buf_release(&value);
	return bad ? err_wrap(err, "the settings of %s", s->dir) : 0;
}

/* What the store around it is. */
static void take_identity(struct store *m)
{
	const struct store *s = m->outer;
	memcpy(m->network, s->network, sizeof m->network);
	memcpy(m->hub, s->hub, sizeof m->hub);
	m->is_restored = s->is_restored;
}

static int fill(struct store *s, struct err *err)
{
	struct pins pins;
	int bad = pins_read(&pins, s, err);
	if (!bad) {
		if (s->outer) {
			take_identity(s);
		} else {
			memcpy(s->network, pins.network, sizeof s->network);
			bad = read_settings(s, err);
		}
		follow_read(s);
		bad = bad || erased_read(s, err) || heal_and_load(s, &pins, err) ||
		      (!s->outer && pins_are_moved(&pins, s) && restore_notice(s, err));
	}
	free(pins.heads);
	return bad ? err->code : 0;
}

/* Where there is no members.git, and none is made, s->members stays as it is. */
static int open_members(struct store *s, bool makes, struct err *err)
{
	struct buf path = BUF_INIT;
	store_path(s, &path, MEMBERS_REPO);
	bool is_here = file_exists(path.ptr);
	int bad = 0;
	if (!is_here && makes)
		bad = repo_create(path.ptr, err) || file_sync_dir(s->dir, err);
	if (!bad && (is_here || makes)) {
		struct store *m = mem_alloc(sizeof *m);
		m->access = s->access;
		m->outer = s;
		m->lock = -1;
		memcpy(m->dir, s->dir, sizeof m->dir);
		bad = (s->access == STORE_WRITE && repo_clean(path.ptr, err)) ||
		      repo_open(&m->repo, path.ptr, err) || fill(m, err);
		if (bad)
			store_close(m);
		else
			s->members = m;
	}
	buf_release(&path);
	return bad ? err->code : 0;
}

int members_open(struct store **out, struct store *s, struct err *err)
{
	*out = NULL;
	if (!s->members && open_members(s, s->access == STORE_WRITE, err))
		return err->code;
	if (!s->members)
		return err_set(err, ERR_MISSING, "nothing that is for members is in %s", s->dir);
	take_identity(s->members);
	*out = s->members;
	return 0;
}

int store_open(struct store **out, const char *dir, enum store_access access, struct err *err)
{
	struct store *s = mem_alloc(sizeof *s);
	struct buf path = BUF_INIT;
	*out = NULL;
	s->access = access;
	s->lock = -1;
	if (snprintf(s->dir, sizeof s->dir, "%s", dir) >= (int)sizeof s->dir) {
		err_set(err, ERR_LIMIT, "the store's path is too long");
		goto out;
	}
	store_path(s, &path, "store.git");
	if (!file_exists(path.ptr)) {
		if (errno == EACCES)
			err_set(err, ERR_IO,
			    "this user may not look into %s: run it as the one whose store it is, "
			    "with sudo -u for instance",
			    dir);
		else
			err_set(err, ERR_MISSING,
			    "there is no store at %s; belfry init or belfry join makes one", dir);
		goto out;
	}
	if (access == STORE_WRITE && (take_lock(s, err) || repo_clean(path.ptr, err)))
		goto out;
	if (access == STORE_WRITE)
		quarantine_clean(dir);
	if (repo_open(&s->repo, path.ptr, err))
		goto out;
	random_bytes(s->incarnation, sizeof s->incarnation);
	/* A crash may have come before what was erased was gone. */
	if (fill(s, err) || open_members(s, false, err) ||
	    (access == STORE_WRITE && (erased_save(s, err) || erased_settle(s, err))))
		goto out;
	*out = s;
	s = NULL;
out:
	buf_release(&path);
	store_close(s);
	return *out ? 0 : err->code;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	struct err why;
	store_close(s->members);
	if (store_lift(s, &why))
		log_warn("refs are behind, until the next start: %s", why.msg);
	if (s->access == STORE_WRITE && s->repo)
		store_tidy(s);
	charters_release(s);
	while (s->njournals)
		store_drop_journal(s, &s->journals[s->njournals - 1]);
	free(s->journals);
	free(s->heads);
	keyrings_free(s->keyrings);
	rosters_free(s->rosters);
	if (s->catalogue)
		catalogue_release(s->catalogue);
	free(s->catalogue);
	free(s->follow);
	erased_free(s->erased);
	attach_memo_free(s->attach_memo);
	signer_free(s->journal_key);
	repo_close(s->repo);
	if (s->lock >= 0)
		close(s->lock);
	free(s);
}

static int refresh(struct store *s, struct err *err)
{
	struct pins pins;
	repo_refresh(s->repo);
	int bad = erased_read(s, err) || pins_read(&pins, s, err) || load(s, err) ||
		  read_up_to_pins(s, &pins, err) || erased_gather(s, err) ||
		  verify_beyond(s, &pins, err);
	free(pins.heads);
	if (s->access == STORE_READ && s->erased->is_due) {
		if (s->catalogue) /* it may have what is erased now */
			catalogue_release(s->catalogue);
		s->erased->is_due = false;
	}
	return bad ? err->code : 0;
}

int store_refresh(struct store *s, struct err *err)
{
	if (refresh(s, err))
		return err->code;
	return s->members ? refresh(s->members, err) : open_members(s, false, err);
}
