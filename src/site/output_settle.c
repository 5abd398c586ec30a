/* SPDX-License-Identifier: Apache-2.0 */
/* What a tree holds besides what this build has written: what goes, and what stays as it was. */
#include "site/output.h"

#include "base/mem.h"
#include "site/sieve.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Paths of units that are no more, as far as nobody else has them. */
struct leftovers {
	struct str *paths;
	size_t n, cap;
};

static struct leftovers leftovers_of(const struct tree *t)
{
	struct leftovers l = {.n = 0};
	struct state_file f;
	for (size_t i = 0; i < t->old.n; i++) {
		if (t->old.units[i].is_kept)
			continue;
		for (struct str files = t->old.units[i].files; state_take_file(&files, &f);)
			if (!tree_is_claimed(t, f.path))
				*MEM_PUSH(l.paths, l.n, l.cap) = f.path;
	}
	if (l.n)
		qsort(l.paths, l.n, sizeof *l.paths, tree_by_path);
	return l;
}

/* `gives` has the number of each file. */
static bool may_have_any(const struct sieve *s, struct str gives)
{
	for (uint32_t n; number_take(&gives, &n);)
		if (sieve_may_have(s, n))
			return true;
	return false;
}

static int check_unit(
    const struct tree *t, const struct unit *u, struct leftovers *l, struct err *err)
{
	struct state_file f;
	for (struct str files = u->files; state_take_file(&files, &f);) {
		if (tree_is_claimed(t, f.path) && !str_starts(f.path, STR("local/")))
			return err_set(
			    err, ERR_EXISTS, "two pages want the name %.*s", STR_FMT(f.path));
		struct str *at =
		    l->n ? bsearch(&f.path, l->paths, l->n, sizeof *l->paths, tree_by_path) : NULL;
		if (at)
			at->len = 0; /* still in order: nothing looks for it again */
	}
	return 0;
}

/* Kept units: what they hold is no leftover, and was written by nobody else. Files under local/ may
 * belong to several. */
static int check_kept(const struct tree *t, struct leftovers *l, struct err *err)
{
	struct sieve *s = mem_alloc(sizeof *s);
	int bad = 0;
	for (size_t i = 0; i < t->cap_written; i++)
		if (t->written[i].len)
			sieve_add(s, state_hash(t->written[i]));
	for (size_t i = 0; i < l->n; i++)
		sieve_add(s, state_hash(l->paths[i]));
	for (size_t i = 0; i < t->old.n && !bad; i++)
		if (t->old.units[i].is_kept && may_have_any(s, t->old.units[i].gives))
			bad = check_unit(t, &t->old.units[i], l, err);
	free(s);
	return bad;
}

static void remove_file(struct tree *t, struct str path)
{
	static const char *const suffixes[] = {".gz", ".br", ""};
	char name[PATH_MAX];
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		snprintf(name, sizeof name, "%.*s%s", STR_FMT(path), suffixes[i]);
		tree_unlink(t->folder, name);
	}
	tree_note_change(t, path);
}

/* Beside an attachment's file stands a list of its pieces (store/mirror.h), which is written again
 * where the file stays. */
static void remove_pieces(struct tree *t, struct str path)
{
	char name[PATH_MAX];
	if (!str_starts(path, STR("local/")))
		return;
	const char *slash = memrchr(path.ptr, '/', path.len);
	snprintf(name, sizeof name, "%.*s/chunks", (int)(slash - path.ptr), path.ptr);
	remove_file(t, str_from(name));
}

int tree_settle(struct tree *t, struct err *err)
{
	struct leftovers l = leftovers_of(t);
	int bad = l.n || t->nwritten ? check_kept(t, &l, err) : 0;
	for (size_t i = 0; i < l.n && !bad; i++)
		if (l.paths[i].len) {
			remove_pieces(t, l.paths[i]);
			remove_file(t, l.paths[i]);
		}
	free(l.paths);
	return bad ? err->code : 0;
}

int tree_catch_up(const struct tree *t, struct err *err)
{
	if (!t->is_behind)
		return 0;
	struct str *own = mem_alloc((t->nchanges + 1) * sizeof *own);
	struct str changes = buf_str(&t->changes);
	struct state_file f;
	size_t n = 0;
	while (state_take_file(&changes, &f))
		own[n++] = f.path;
	qsort(own, n, sizeof *own, tree_by_path);
	int bad = tree_repeat(t, t->before, t->folder, t->old.changes, own, n, err);
	free(own);
	return bad;
}
