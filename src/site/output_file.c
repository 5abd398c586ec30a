/* SPDX-License-Identifier: Apache-2.0 */
#include "site/output.h"

#include "base/mem.h"
#include "site/compress.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- which paths this build has --- */

static size_t slot_of(const struct tree *t, struct str path)
{
	size_t at = state_hash(path);
	for (at &= t->cap_written - 1; t->written[at].len; at = (at + 1) & (t->cap_written - 1))
		if (str_eq(t->written[at], path))
			break;
	return at;
}

static void grow(struct tree *t)
{
	struct str *old = t->written;
	size_t cap = t->cap_written;
	t->cap_written = cap ? 2 * cap : 1024;
	t->written = mem_alloc(t->cap_written * sizeof *t->written);
	for (size_t i = 0; i < cap; i++)
		if (old[i].len)
			t->written[slot_of(t, old[i])] = old[i];
	free(old);
}

/* False where the path is there already. */
static bool claim(struct tree *t, struct str path)
{
	pthread_mutex_lock(&t->lock);
	if (2 * t->nwritten >= t->cap_written)
		grow(t);
	size_t at = slot_of(t, path);
	bool is_new = !t->written[at].len;
	if (is_new) {
		t->written[at] = arena_str(&t->arena, path);
		t->nwritten++;
	}
	pthread_mutex_unlock(&t->lock);
	return is_new;
}

bool tree_is_claimed(const struct tree *t, struct str path)
{
	return t->cap_written && t->written[slot_of(t, path)].len;
}

void tree_note_change(struct tree *t, struct str path)
{
	struct state_file f = {.path = path};
	pthread_mutex_lock(&t->lock);
	state_put_file(&t->changes, &f);
	t->nchanges++;
	pthread_mutex_unlock(&t->lock);
}

/* --- units --- */

static bool is_page(const struct state_file *f)
{
	return str_ends(f->path, STR(".html"));
}

static void count(struct output_count *c, const struct state_file *f)
{
	c->files++;
	c->pages += is_page(f);
	c->bytes += f->bytes;
}

void output_init(struct output *o, struct tree *t)
{
	*o = (struct output){.tree = t,
	    .files = BUF_INIT,
	    .needs = BUF_INIT,
	    .gives = BUF_INIT,
	    .squeezed = BUF_INIT,
	    .piece = BUF_INIT};
}

static void keep(struct output *o, struct unit *was)
{
	o->all.files += was->nfiles;
	o->all.pages += was->npages;
	o->all.bytes += was->bytes;
	was->is_kept = true;
}

static bool is_of_ours(const struct tree *t)
{
	return digest_eq(&t->old.version, &t->version);
}

void output_keep_jobs(struct output *o, const struct digest *jobs, size_t n, bool *is_kept)
{
	struct tree *t = o->tree;
	struct str were = t->old.jobs;
	buf_reset(&t->jobs);
	for (size_t i = 0; i < n; i++) {
		size_t at = i * sizeof jobs->bytes;
		buf_add(&t->jobs, str_of(jobs[i].bytes, sizeof jobs->bytes));
		is_kept[i] = is_of_ours(t) && at + sizeof jobs->bytes <= were.len &&
			     memcmp(were.ptr + at, jobs[i].bytes, sizeof jobs->bytes) == 0;
	}
	for (size_t i = 0; i < t->old.n; i++) {
		struct unit *u = &t->old.units[i];
		if (u->job && u->job <= n && is_kept[u->job - 1])
			keep(o, u);
	}
}

bool output_is_as_before(struct output *o, struct str name, const struct digest *own)
{
	struct tree *t = o->tree;
	if (!is_of_ours(t) || !digest_eq(&t->old.lists, &t->lists))
		return false;
	struct unit *was = state_find(&t->old, name);
	bool is = was && !was->job && digest_eq(&was->own, own);
	if (is)
		keep(o, was);
	return is;
}

void output_own(struct output *o, struct str name, const struct digest *own)
{
	struct unit *kept = o->is_open ? NULL : state_find(&o->tree->old, name);
	if (o->is_open) {
		o->now.own = *own;
	} else if (kept) {
		kept->own = *own;
		kept->written = STR_EMPTY;
	}
}

bool output_begin(struct output *o, struct str name, const struct digest *shows)
{
	static const struct digest none;
	struct tree *t = o->tree;
	struct unit *was = state_find(&t->old, name);
	if (was && is_of_ours(t) && !digest_eq(shows, &none) && digest_eq(&was->shows, shows)) {
		keep(o, was);
		return true;
	}
	o->was = was;
	o->now = (struct unit){.name = arena_str(&o->arena, name), .shows = *shows, .job = o->job};
	buf_reset(&o->files);
	o->is_open = true;
	return false;
}

void output_end(struct output *o)
{
	o->now.files = arena_str(&o->arena, buf_str(&o->files));
	o->now.needs = arena_str(&o->arena, buf_str(&o->needs));
	o->now.gives = arena_str(&o->arena, buf_str(&o->gives));
	buf_reset(&o->needs);
	buf_reset(&o->gives);
	*MEM_PUSH(o->units, o->nunits, o->cap_units) = o->now;
	o->is_open = false;
	o->was = NULL;
}

static bool find_before(const struct output *o, struct str path, struct state_file *out)
{
	if (!o->was)
		return false;
	for (struct str files = o->was->files; state_take_file(&files, out);)
		if (str_eq(out->path, path))
			return true;
	return false;
}

/* Most pages name a thing more than once. */
static void add_number(struct buf *b, uint32_t n)
{
	for (size_t i = 0; i < b->len; i += sizeof n)
		if (memcmp(b->ptr + i, &n, sizeof n) == 0)
			return;
	buf_add(b, str_of(&n, sizeof n));
}

void output_needs(struct output *o, uint32_t what)
{
	add_number(&o->needs, what);
}

void output_gives(struct output *o, uint32_t what)
{
	add_number(&o->gives, what);
}

static void take(struct output *o, const struct state_file *f)
{
	output_gives(o, state_hash(f->path));
	state_put_file(&o->files, f);
	o->now.nfiles++;
	o->now.npages += is_page(f);
	o->now.bytes += f->bytes;
	count(&o->all, f);
}

/* --- files --- */

/* The same, smaller, for web servers that send what stands beside a file. */
static int write_squeezed(
    struct output *o, const char *path, struct str bytes, struct state_file *f, struct err *err)
{
	static const struct {
		const char *suffix;
		uint8_t flag;
	} forms[] = {{".gz", FILE_GZ}, {".br", FILE_BR}};
	char name[PATH_MAX];
	size_t least = bytes.len;
	bool is_text = o->tree->compresses && compress_is_worth(f->path, bytes.len);
	bool may_have_been = o->tree->has_old;
	if (!is_text && !may_have_been)
		return 0;
	if (is_text && !o->compressor)
		o->compressor = compressor_new();
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		snprintf(name, sizeof name, "%s%s", path, forms[i].suffix);
		buf_reset(&o->squeezed);
		bool is = is_text && (forms[i].flag == FILE_GZ
					     ? compress_gzip(&o->squeezed, o->compressor, bytes)
					     : compress_is_worth_brotli(f->path, least) &&
						   compress_brotli(&o->squeezed, f->path, bytes));
		is = is && o->squeezed.len < least; /* else the form before serves all better */
		if (is)
			least = o->squeezed.len;
		if (is && tree_write(o->tree, name, buf_str(&o->squeezed), err) != 0)
			return err->code;
		if (is)
			f->flags |= forms[i].flag;
		else if (may_have_been)
			unlinkat(o->tree->folder, name, 0);
	}
	return 0;
}

/* `whole`: the same bytes where they are in one piece; else "", and there are no smaller forms. */
static int put(
    struct output *o, const char *path, const struct rope *bytes, struct str whole, struct err *err)
{
	struct state_file f = {.path = str_from(path)}, before;
	if (!claim(o->tree, f.path))
		return err_set(err, ERR_EXISTS, "two pages want the name %s", path);
	f.bytes = rope_len(bytes);
	/* A rope is all of what its unit shows, which has changed where that can be told. */
	bool may_be = whole.len || !is_of_ours(o->tree);
	if (may_be && find_before(o, f.path, &before) && before.bytes == f.bytes &&
	    tree_has(o->tree, path, bytes, &o->piece)) {
		take(o, &before);
		return 0;
	}
	if ((whole.len ? tree_write(o->tree, path, whole, err)
		       : tree_write_rope(o->tree, path, bytes, &o->piece, err)) ||
	    write_squeezed(o, path, whole, &f, err))
		return err->code;
	tree_note_change(o->tree, f.path);
	count(&o->changed, &f);
	take(o, &f);
	return 0;
}

static const struct digest unknown;

static int put_alone(
    struct output *o, const char *path, const struct rope *bytes, struct str whole, struct err *err)
{
	bool is_alone = !o->is_open;
	if (is_alone)
		output_begin(o, str_from(path), &unknown);
	int bad = put(o, path, bytes, whole, err);
	if (is_alone)
		output_end(o);
	return bad;
}

int output_file(struct output *o, const char *path, struct str bytes, struct err *err)
{
	struct rope rope = ROPE_INIT;
	rope_borrow(&rope, bytes);
	int bad = put_alone(o, path, &rope, bytes, err);
	rope_release(&rope);
	return bad;
}

int output_rope(struct output *o, const char *path, const struct rope *bytes, struct err *err)
{
	return put_alone(o, path, bytes, STR_EMPTY, err);
}

static int copy_to(struct tree *t, const char *path, const char *from, struct err *err)
{
	char piece[32 * 1024];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = openat(t->folder, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int bad = in < 0 || out < 0;
	for (ssize_t n; !bad && (n = read(in, piece, sizeof piece)) != 0;)
		bad = n < 0 || write(out, piece, (size_t)n) != n;
	if (bad)
		err_errno(err, "cannot copy %s to %s/%s", from, t->path.ptr, path);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return bad ? err->code : 0;
}

int output_link(struct output *o, const char *path, const char *from, struct err *err)
{
	struct state_file f = {.path = str_from(path)};
	struct tree *t = o->tree;
	struct stat st;
	if (claim(t, f.path)) { /* else another text has the same file */
		if (t->before < 0 || fstatat(t->before, path, &st, AT_SYMLINK_NOFOLLOW) != 0) {
			unlinkat(t->folder, path, 0);
			if (tree_make_folders(t, t->folder, f.path, err) != 0)
				return err->code;
			if (linkat(AT_FDCWD, from, t->folder, path, 0) != 0 &&
			    copy_to(t, path, from, err) != 0)
				return err->code;
			tree_note_change(t, f.path);
			count(&o->changed, &f);
		}
		if (fstatat(t->folder, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
		    (t->before >= 0 && fstatat(t->before, path, &st, AT_SYMLINK_NOFOLLOW) == 0))
			f.bytes = (uint64_t)st.st_size;
	}
	take(o, &f);
	return 0;
}

void output_release(struct output *o)
{
	free(o->units);
	compressor_free(o->compressor);
	arena_clear(&o->arena);
	buf_release(&o->files);
	buf_release(&o->needs);
	buf_release(&o->gives);
	buf_release(&o->squeezed);
	buf_release(&o->piece);
}
