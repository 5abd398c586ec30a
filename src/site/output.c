/* SPDX-License-Identifier: Apache-2.0 */
#include "site/output.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/threads.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What stands in a tree and is in no unit: a mirror's, which store/mirror.h writes anew each time.
 */
static const char *const beside[] = {"belfry", "local/index.txt"};

const char *const tree_siblings[TREE_SIBLINGS] = {"", ".gz", ".br"};

/* "site.d/a" for OUT "/srv/site": a link that moves with its folder. */
static void link_text(struct buf *b, const char *out, char name)
{
	const char *slash = strrchr(out, '/');
	buf_printf(b, "%s.d/%c", slash ? slash + 1 : out, name);
}

static bool is_empty_folder(const char *path)
{
	DIR *d = opendir(path);
	bool is_empty = d != NULL;
	struct dirent *e;
	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			is_empty = false;
	if (d)
		closedir(d);
	return is_empty;
}

/* Which tree is shown now, 'a' or 'b', or 0 for none. */
static int find_shown(const char *out, char *name, struct err *err)
{
	char target[PATH_MAX];
	struct stat st;
	*name = 0;
	if (lstat(out, &st) != 0)
		return errno == ENOENT ? 0 : err_errno(err, "cannot look at %s", out);
	if (S_ISDIR(st.st_mode) && is_empty_folder(out))
		return 0;
	ssize_t n = S_ISLNK(st.st_mode) ? readlink(out, target, sizeof target) : -1;
	for (char c = 'a'; c <= 'b' && n > 0; c++) {
		struct buf ours = BUF_INIT;
		link_text(&ours, out, c);
		if (str_eq(buf_str(&ours), str_of(target, (size_t)n)))
			*name = c;
		buf_release(&ours);
	}
	if (*name)
		return 0;
	return err_set(err, ERR_EXISTS,
	    "%s is there already and was not made by belfry build; name another folder, or an "
	    "empty one",
	    out);
}

int tree_check_out(const char *out, struct err *err)
{
	char shown;
	size_t n = strlen(out);
	if (!n || out[n - 1] == '/')
		return err_set(err, ERR_USAGE,
		    "the folder for the site is \"%s\"; leave out the last slash", out);
	return find_shown(out, &shown, err);
}

static void tree_path(struct buf *b, const struct tree *t, char name, const char *suffix)
{
	buf_reset(b);
	buf_printf(b, "%s.d/%c%s", t->out, name, suffix);
}

static char other_of(char name)
{
	return name == 'a' ? 'b' : 'a';
}

static int open_tree(const struct tree *t, char name)
{
	struct buf path = BUF_INIT;
	tree_path(&path, t, name, "");
	int fd = open(path.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_release(&path);
	return fd;
}

/* --- files between trees --- */

int tree_make_folders(const struct tree *t, int at, struct str path, struct err *err)
{
	char folder[PATH_MAX];
	while (path.len && path.ptr[path.len - 1] != '/')
		path.len--;
	if (!path.len)
		return 0;
	path.len--;
	snprintf(folder, sizeof folder, "%.*s", STR_FMT(path));
	int bad = mkdirat(at, folder, 0755);
	if (bad && errno == ENOENT) {
		if (tree_make_folders(t, at, path, err) != 0)
			return err->code;
		bad = mkdirat(at, folder, 0755);
	}
	if (bad && errno != EEXIST)
		return err_errno(err, "cannot make the folder %s/%s", t->path.ptr, folder);
	return 0;
}

/* Without holding it all in memory. What is there already, another thread is copying. */
static int copy(const struct tree *t, int from, int to, const char *path, struct err *err)
{
	char piece[32 * 1024];
	int in = openat(from, path, O_RDONLY | O_CLOEXEC);
	int out = openat(to, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	bool is_anothers = out < 0 && errno == EEXIST;
	int bad = in < 0 || (out < 0 && !is_anothers);
	for (ssize_t n; !bad && !is_anothers && (n = read(in, piece, sizeof piece)) != 0;)
		bad = n < 0 || write(out, piece, (size_t)n) != n;
	if (bad)
		err_errno(err, "cannot copy %s to %s", path, t->path.ptr);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return bad ? err->code : 0;
}

static bool is_one_file(int a, int b, const char *path)
{
	struct stat x, y;
	return fstatat(a, path, &x, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(b, path, &y, AT_SYMLINK_NOFOLLOW) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* Make what is at `path` from the open folder `from` appear in `to`, in the place of what is there.
 * Another thread may be at it: what texts have attached is in the unit of each. */
static int tree_link(const struct tree *t, int from, int to, const char *path, struct err *err)
{
	enum { TRIES = 4 };
	for (int i = 0; linkat(from, path, to, path, 0) != 0; i++) {
		if (errno == EEXIST && is_one_file(from, to, path))
			return 0;
		if (i == TRIES || (errno != EEXIST && errno != ENOENT))
			return copy(t, from, to, path, err);
		if (errno == EEXIST)
			unlinkat(to, path, 0);
		else if (tree_make_folders(t, to, str_from(path), err) != 0)
			return err->code;
	}
	return 0;
}

/* The folders above a file that is gone, as far as they are empty. */
static void remove_folders(int at, const char *path)
{
	char folder[PATH_MAX];
	snprintf(folder, sizeof folder, "%s", path);
	for (char *slash; (slash = strrchr(folder, '/'));) {
		*slash = 0;
		if (unlinkat(at, folder, AT_REMOVEDIR) != 0)
			return;
	}
}

void tree_unlink(int at, const char *path)
{
	if (unlinkat(at, path, 0) == 0 || errno == ENOENT) /* it may have been lent */
		remove_folders(at, path);
}

int tree_by_path(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* As in the other tree, or gone as there. */
static int repeat_file(const struct tree *t, int from, int to, const char *path, struct err *err)
{
	struct stat st;
	bool was_there = unlinkat(to, path, 0) == 0;
	if (linkat(from, path, to, path, 0) == 0)
		return 0;
	if (fstatat(from, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return tree_link(t, from, to, path, err);
	if (was_there)
		remove_folders(to, path);
	return 0;
}

int tree_repeat(const struct tree *t, int from, int to, struct str changes, const struct str *but,
    size_t n, struct err *err)
{
	struct state_file f;
	struct buf path = BUF_INIT;
	int bad = 0;
	while (!bad && state_take_file(&changes, &f)) {
		if (n && bsearch(&f.path, but, n, sizeof *but, tree_by_path))
			continue;
		for (size_t i = 0; i < TREE_SIBLINGS && !bad; i++) {
			buf_reset(&path);
			buf_add(&path, f.path);
			buf_puts(&path, tree_siblings[i]);
			bad = repeat_file(t, from, to, path.ptr, err);
		}
	}
	buf_release(&path);
	return bad;
}

static int link_unit(const struct tree *t, int from, int to, const struct unit *u, struct err *err)
{
	struct state_file f;
	char path[PATH_MAX];
	for (struct str files = u->files; state_take_file(&files, &f);)
		for (size_t i = 0; i < TREE_SIBLINGS; i++) {
			if (i && !(f.flags & (1u << (i - 1))))
				continue;
			snprintf(path, sizeof path, "%.*s%s", STR_FMT(f.path), tree_siblings[i]);
			if (tree_link(t, from, to, path, err) != 0)
				return err->code;
		}
	return 0;
}

static int remove_beside(const struct tree *t, char name, struct err *err)
{
	struct buf path = BUF_INIT;
	int bad = 0;
	for (size_t i = 0; i < sizeof beside / sizeof *beside && !bad; i++) {
		tree_path(&path, t, name, "/");
		buf_puts(&path, beside[i]);
		bad = file_remove_tree(path.ptr, err);
	}
	buf_release(&path);
	return bad;
}

/* Beside its place: it counts once all that it tells of is on the disk. */
static void state_path(struct buf *path, const struct tree *t, char name, bool is_aside)
{
	tree_path(path, t, name, is_aside ? ".state.new" : ".state");
}

/* What follows changes the tree, and file systems keep that order also past a crash. The next state
 * is written over this one. */
static int drop_state(const struct tree *t, char name, struct err *err)
{
	struct buf aside = BUF_INIT, path = BUF_INIT;
	state_path(&aside, t, name, true);
	state_path(&path, t, name, false);
	int bad = rename(path.ptr, aside.ptr) != 0 && errno != ENOENT
		      ? err_errno(err, "cannot rename %s to %s", path.ptr, aside.ptr)
		      : 0;
	buf_release(&aside);
	buf_release(&path);
	return bad;
}

/* Make tree `to` hold what `t->old` says of tree `from`, from whatever it was: in an unknown state,
 * or a few changes behind it, which is left to tree_repeat(). */
static int bring_up(struct tree *t, char from, char to, bool *is_behind, struct err *err)
{
	struct buf path = BUF_INIT;
	static const struct digest none;
	tree_path(&path, t, to, ".state");
	struct digest id = state_id(path.ptr);
	bool is_same = digest_eq(&id, &t->old.id);
	*is_behind = digest_eq(&id, &t->old.before) && !digest_eq(&id, &none);
	int bad = drop_state(t, to, err);
	tree_path(&path, t, to, "");
	if (!bad && !is_same && !*is_behind)
		bad = file_remove_tree(path.ptr, err);
	bad = bad || file_mkdirs(path.ptr, 0755, err);
	int in = bad ? -1 : open_tree(t, from), out = bad ? -1 : open_tree(t, to);
	if (!bad && (in < 0 || out < 0))
		bad = err_errno(err, "cannot open %s", path.ptr);
	for (size_t i = 0; i < t->old.n && !bad && !is_same && !*is_behind; i++)
		bad = link_unit(t, in, out, &t->old.units[i], err);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	buf_release(&path);
	return bad ? err->code : 0;
}

static int begin_empty(const struct tree *t, char name, struct err *err)
{
	struct buf path = BUF_INIT;
	int bad = drop_state(t, name, err);
	tree_path(&path, t, name, "");
	bad = bad || file_remove_tree(path.ptr, err) || file_mkdirs(path.ptr, 0755, err);
	buf_release(&path);
	return bad ? err->code : 0;
}

/* Since the link was turned from it. */
static bool has_rested(const struct tree *t)
{
	struct stat st;
	return !t->rest_s ||
	       (lstat(t->out, &st) == 0 && time(NULL) - st.st_mtime >= (time_t)t->rest_s);
}

int tree_begin(struct tree *t, const char *out, bool is_anew, struct err *err)
{
	struct buf state = BUF_INIT;
	t->out = out;
	t->path = t->changes = t->jobs = t->report = BUF_INIT;
	t->folder = t->before = -1;
	pthread_mutex_init(&t->lock, NULL);
	if (find_shown(out, &t->shown, err) != 0)
		return err->code;
	t->name = t->shown ? other_of(t->shown) : 'a';
	tree_path(&t->path, t, t->name, "");
	if (t->shown && !is_anew) {
		tree_path(&state, t, t->shown, ".state");
		t->has_old = state_read(&t->old, state.ptr) &&
			     t->old.version.bytes[0] == t->version.bytes[0];
		if (!t->has_old)
			state_release(&t->old);
	}
	buf_release(&state);
	if (t->has_old ? bring_up(t, t->shown, t->name, &t->is_behind, err) ||
			     remove_beside(t, t->name, err)
		       : begin_empty(t, t->name, err))
		return err->code;
	t->is_at_rest = t->is_behind && has_rested(t);
	t->spares = t->is_at_rest ? t->old.changes : STR_EMPTY;
	t->folder = open_tree(t, t->name);
	t->before = t->has_old ? open_tree(t, t->shown) : -1;
	if (t->folder < 0 || (t->has_old && t->before < 0))
		return err_errno(err, "cannot open %s", t->path.ptr);
	return 0;
}

bool tree_is_of(struct buf *report, const char *out, const struct digest *inputs)
{
	struct tree t = {.out = out};
	struct buf path = BUF_INIT;
	struct err ignored;
	bool is = find_shown(out, &t.shown, &ignored) == 0 && t.shown && tree_has_other(&t);
	if (is) {
		tree_path(&path, &t, t.shown, ".state");
		is = state_is_of(report, path.ptr, inputs);
	}
	buf_release(&path);
	return is;
}

/* --- the end --- */

static int write_state(
    const struct tree *t, const struct output *const *hands, size_t n, struct err *err)
{
	struct state head = {.before = t->old.id,
	    .version = t->version,
	    .inputs = t->inputs,
	    .report = buf_str(&t->report),
	    .lists = t->lists,
	    .jobs = buf_str(&t->jobs),
	    .changes = buf_str(&t->changes)};
	struct buf path = BUF_INIT;
	struct unit *all = NULL;
	size_t len = 0, cap = 0;
	random_bytes(head.id.bytes, sizeof head.id.bytes);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < hands[i]->nunits; k++)
			*MEM_PUSH(all, len, cap) = hands[i]->units[k];
	state_path(&path, t, t->name, true);
	int bad = state_write(path.ptr, &head, &t->old, all, len, err);
	free(all);
	buf_release(&path);
	return bad;
}

/* Or take it away, where something went wrong. */
static int place_state(const struct tree *t, struct err *err)
{
	struct buf aside = BUF_INIT, path = BUF_INIT;
	state_path(&aside, t, t->name, true);
	state_path(&path, t, t->name, false);
	int bad = err->code;
	if (bad)
		unlink(aside.ptr);
	else if (rename(aside.ptr, path.ptr) != 0)
		bad = err_errno(err, "cannot rename %s to %s", aside.ptr, path.ptr);
	buf_release(&aside);
	buf_release(&path);
	return bad;
}

static int turn(struct tree *t, struct err *err)
{
	struct buf target = BUF_INIT, aside = BUF_INIT;
	int r = 0;
	link_text(&target, t->out, t->name);
	buf_printf(&aside, "%s.d/new", t->out);
	if (unlink(aside.ptr) != 0 && errno != ENOENT) {
		r = err_errno(err, "cannot remove %s", aside.ptr);
		goto out;
	}
	rmdir(t->out); /* an empty folder; rename cannot replace it by a link */
	int no_link = symlink(target.ptr, aside.ptr) != 0;
	if (no_link && errno == EPERM) { /* symlink(2): FAT, mostly */
		r = err_set(err, ERR_UNSUPPORTED,
		    "the disk that %s is on has no symbolic links, as sticks often do: build the "
		    "site on another, then copy it with cp -rL",
		    t->out);
		goto out;
	}
	if (no_link || rename(aside.ptr, t->out) != 0) {
		r = err_errno(err, "cannot turn %s to the new site", t->out);
		goto out;
	}
	char folder[PATH_MAX];
	snprintf(folder, sizeof folder, "%s", t->out);
	r = file_sync_dir(dirname(folder), err);
	t->shown = t->name;
	t->name = 0;
out:
	buf_release(&target);
	buf_release(&aside);
	return r;
}

/* While the disk is waited for, the tree is completed, its state is written, and a first site is
 * laid out twice: until its state is there, what stands in the other tree is nobody's. */
struct ending {
	struct tree *tree;
	const struct output *const *hands;
	size_t nhands;
	int other; /* the tree to lay out, open; -1: none */
	pthread_mutex_t lock; /* of what follows */
	bool is_flushed, is_whole, is_written; /* or somebody is about it */
	size_t hand, unit; /* the next to lay out */
	struct err flush, whole, state, link; /* what went wrong */
};

static const struct unit *next_unit(struct ending *e)
{
	while (e->hand < e->nhands && e->unit == e->hands[e->hand]->nunits) {
		e->hand++;
		e->unit = 0;
	}
	bool is_over = e->other < 0 || e->link.code || e->hand == e->nhands;
	return is_over ? NULL : &e->hands[e->hand]->units[e->unit++];
}

/* Is it for this thread to do? */
static bool is_left(struct ending *e, bool *is_done)
{
	pthread_mutex_lock(&e->lock);
	bool is = !*is_done;
	*is_done = true;
	pthread_mutex_unlock(&e->lock);
	return is;
}

static void end_some(void *ctx)
{
	struct ending *e = ctx;
	const struct unit *u;
	struct err err;
	if (is_left(e, &e->is_flushed))
		tree_flush(e->tree, &e->flush);
	if (is_left(e, &e->is_whole))
		tree_catch_up(e->tree, &e->whole);
	if (is_left(e, &e->is_written))
		write_state(e->tree, e->hands, e->nhands, &e->state);
	pthread_mutex_lock(&e->lock);
	while ((u = next_unit(e))) {
		pthread_mutex_unlock(&e->lock);
		int bad = link_unit(e->tree, e->tree->folder, e->other, u, &err);
		pthread_mutex_lock(&e->lock);
		if (bad)
			e->link = err;
	}
	pthread_mutex_unlock(&e->lock);
}

/* Both trees are the same. Without the state one would be laid out once more, and nothing else. */
static void share_state(const struct tree *t)
{
	struct buf mine = BUF_INIT, others = BUF_INIT;
	tree_path(&mine, t, t->shown, ".state");
	tree_path(&others, t, other_of(t->shown), ".state");
	(void)!link(mine.ptr, others.ptr);
	buf_release(&mine);
	buf_release(&others);
}

int tree_finish(struct tree *t, const struct output *const *hands, size_t n, struct err *err)
{
	struct ending e = {.tree = t, .hands = hands, .nhands = n, .other = -1};
	bool is_first = !t->shown;
	char other = other_of(t->name);
	if (is_first && begin_empty(t, other, err) != 0)
		return err->code;
	e.other = is_first ? open_tree(t, other) : -1;
	pthread_mutex_init(&e.lock, NULL);
	threads_run(end_some, &e, 0, 1 + threads_count(0));
	pthread_mutex_destroy(&e.lock);
	if (e.other >= 0)
		close(e.other);
	*err = e.flush.code ? e.flush : e.whole.code ? e.whole : e.state;
	if (!err->code)
		tree_flush_links(t, err);
	if (place_state(t, err) || turn(t, err))
		return err->code;
	if (e.other >= 0 && !e.link.code)
		share_state(t);
	*err = e.link;
	return err->code;
}

bool tree_has_other(const struct tree *t)
{
	struct buf path = BUF_INIT;
	tree_path(&path, t, other_of(t->shown), "");
	bool has = file_exists(path.ptr);
	buf_release(&path);
	return has;
}

int tree_follow(struct tree *t, struct err *err)
{
	struct buf mine = BUF_INIT;
	char other = other_of(t->shown);
	tree_path(&mine, t, t->shown, ".state");
	state_release(&t->old);
	int bad = !state_read(&t->old, mine.ptr)
		      ? err_set(err, ERR_IO, "cannot read %s again", mine.ptr)
		      : 0;
	bool is_behind = false;
	bad = bad || remove_beside(t, other, err) || bring_up(t, t->shown, other, &is_behind, err);
	int to = bad || !is_behind ? -1 : open_tree(t, other);
	if (to >= 0)
		bad = tree_repeat(t, t->folder, to, t->old.changes, NULL, 0, err);
	else if (is_behind)
		bad = err_errno(err, "cannot open %s.d/%c", t->out, other);
	if (to >= 0)
		close(to);
	if (!bad)
		share_state(t);
	buf_release(&mine);
	return bad ? err->code : 0;
}

void tree_release(struct tree *t)
{
	struct err ignored = {0};
	if (t->flusher)
		tree_flush(t, &ignored);
	if (t->before >= 0)
		close(t->before);
	if (t->folder >= 0)
		close(t->folder);
	if (t->folder >= 0 && t->name && !t->has_old)
		file_remove_tree(t->path.ptr, &ignored);
	buf_release(&t->path);
	buf_release(&t->changes);
	buf_release(&t->jobs);
	buf_release(&t->report);
	free(t->written);
	arena_clear(&t->arena);
	state_release(&t->old);
	pthread_mutex_destroy(&t->lock);
	t->folder = t->before = -1;
}
