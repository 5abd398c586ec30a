/* SPDX-License-Identifier: Apache-2.0 */
#include "site/state.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const char magic[] = "belfry-site 5\n";
enum { DIGEST_BYTES = sizeof(struct digest) };

static void put_text(struct buf *b, struct str s)
{
	buf_varint(b, s.len);
	buf_add(b, s);
}

static void put_digest(struct buf *b, const struct digest *d)
{
	buf_add(b, str_of(d->bytes, DIGEST_BYTES));
}

static bool take_text(struct str *s, struct str *out)
{
	uint64_t n;
	return str_take_varint(s, &n) && n <= s->len && str_take(s, n, out);
}

static bool take_digest(struct str *s, struct digest *d)
{
	struct str raw;
	if (!str_take(s, DIGEST_BYTES, &raw))
		return false;
	memcpy(d->bytes, raw.ptr, DIGEST_BYTES);
	return true;
}

void state_put_file(struct buf *out, const struct state_file *f)
{
	put_text(out, f->path);
	buf_varint(out, f->bytes);
	buf_u8(out, f->flags);
}

bool state_take_file(struct str *files, struct state_file *out)
{
	return take_text(files, &out->path) && str_take_varint(files, &out->bytes) &&
	       str_take_u8(files, &out->flags);
}

/* --- finding --- */

/* FNV-1a: names are ours, and a slow table is the worst that chosen ones could make of it. */
uint32_t state_hash(struct str name)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < name.len; i++)
		h = (h ^ (uint8_t)name.ptr[i]) * 16777619u;
	return h;
}

static void index_units(struct state *st)
{
	for (st->nslots = 16; st->nslots < 2 * st->n;)
		st->nslots *= 2;
	st->slots = mem_alloc(st->nslots * sizeof *st->slots);
	for (size_t i = 0; i < st->n; i++) {
		size_t at = state_hash(st->units[i].name) & (st->nslots - 1);
		while (st->slots[at])
			at = (at + 1) & (st->nslots - 1);
		st->slots[at] = (uint32_t)i + 1;
	}
}

struct unit *state_find(const struct state *st, struct str name)
{
	if (!st->nslots)
		return NULL;
	for (size_t at = state_hash(name) & (st->nslots - 1); st->slots[at];
	     at = (at + 1) & (st->nslots - 1)) {
		struct unit *u = &st->units[st->slots[at] - 1];
		if (str_eq(u->name, name))
			return u;
	}
	return NULL;
}

/* --- reading --- */

static bool take_head(struct str *s, struct state *st)
{
	struct str start;
	return str_take(s, sizeof magic - 1, &start) && str_is(start, magic) &&
	       take_digest(s, &st->id) && take_digest(s, &st->before) &&
	       take_digest(s, &st->version) && take_digest(s, &st->inputs);
}

static bool take_units(struct str *s, struct state *st)
{
	uint64_t n, nfiles, npages, job;
	if (!take_text(s, &st->report) || !take_digest(s, &st->lists) || !take_text(s, &st->jobs) ||
	    !take_text(s, &st->changes) || !str_take_varint(s, &n) || n > s->len)
		return false;
	st->units = mem_alloc((n + 1) * sizeof *st->units);
	for (; st->n < n; st->n++) {
		struct unit *u = &st->units[st->n];
		const struct str from = *s;
		if (!take_text(s, &u->name) || !take_digest(s, &u->shows) ||
		    !str_take_varint(s, &job) || job > st->jobs.len / DIGEST_BYTES ||
		    (!job && !take_digest(s, &u->own)) || !str_take_varint(s, &nfiles) ||
		    !str_take_varint(s, &npages) || !str_take_varint(s, &u->bytes) ||
		    !take_text(s, &u->files) || !take_text(s, &u->needs) ||
		    !take_text(s, &u->gives))
			return false;
		u->job = (uint32_t)job;
		u->nfiles = nfiles;
		u->npages = npages;
		u->written = str_sub(from, 0, from.len - s->len);
	}
	return s->len == 0;
}

bool state_is_of(struct buf *report, const char *path, const struct digest *inputs)
{
	static const struct digest nobody_said;
	struct state st = {.n = 0};
	struct err ignored;
	/* Mostly it is of others: then no more of it is read than its head. */
	if (digest_eq(inputs, &nobody_said) || file_map_parts(&st.bytes, path, &ignored) != 0)
		return false;
	struct str rest = st.bytes, whole = st.bytes;
	bool is = take_head(&rest, &st) && digest_eq(&st.inputs, inputs) &&
		  take_text(&rest, &st.report) && hash_is_whole(&whole);
	if (is)
		buf_add(report, st.report);
	state_release(&st);
	return is;
}

bool state_read(struct state *st, const char *path)
{
	struct err ignored;
	*st = (struct state){.n = 0};
	bool good = file_map(&st->bytes, path, &ignored) == 0;
	struct str rest = st->bytes;
	good = good && hash_is_whole(&rest) && take_head(&rest, st) && take_units(&rest, st);
	if (good)
		index_units(st);
	else
		state_release(st);
	return good;
}

struct digest state_id(const char *path)
{
	char head[sizeof magic - 1 + 4 * DIGEST_BYTES];
	struct state st = {.n = 0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head);
	struct str rest = str_of(head, n > 0 ? (size_t)n : 0);
	if (fd >= 0)
		close(fd);
	return take_head(&rest, &st) ? st.id : (struct digest){{0}};
}

void state_release(struct state *st)
{
	file_unmap(&st->bytes);
	free(st->units);
	free(st->slots);
	*st = (struct state){.n = 0};
}

/* --- writing --- */

static void put_unit(struct buf *b, const struct unit *u)
{
	put_text(b, u->name);
	put_digest(b, &u->shows);
	buf_varint(b, u->job);
	if (!u->job)
		put_digest(b, &u->own);
	buf_varint(b, u->nfiles);
	buf_varint(b, u->npages);
	buf_varint(b, u->bytes);
	put_text(b, u->files);
	put_text(b, u->needs);
	put_text(b, u->gives);
}

/* A file of pieces: its head, runs of units that stand in the old one as they stay, and the rest.
 */
struct pieces {
	struct str *items;
	size_t n, cap;
	struct buf head, rest;
};

static void put_head(struct buf *b, const struct state *head, uint64_t units)
{
	buf_puts(b, magic);
	put_digest(b, &head->id);
	put_digest(b, &head->before);
	put_digest(b, &head->version);
	put_digest(b, &head->inputs);
	put_text(b, head->report);
	put_digest(b, &head->lists);
	put_text(b, head->jobs);
	put_text(b, head->changes);
	buf_varint(b, units);
}

/* Returns how many. */
static size_t put_kept(struct pieces *p, const struct state *old)
{
	size_t n = 0;
	for (size_t i = 0; i < old->n; i++) {
		const struct unit *u = &old->units[i];
		struct str *last = &p->items[p->n - 1];
		if (!u->is_kept)
			continue;
		n++;
		if (!u->written.len)
			put_unit(&p->rest, u);
		else if (u->written.ptr == last->ptr + last->len)
			last->len += u->written.len;
		else
			*MEM_PUSH(p->items, p->n, p->cap) = u->written;
	}
	return n;
}

static size_t length(const struct pieces *p)
{
	size_t len = 0;
	for (size_t i = 0; i < p->n; i++)
		len += p->items[i].len;
	return len;
}

static void add_up(struct pieces *p)
{
	struct hash_pieces sum = hash_begin(length(p));
	for (size_t i = 0; i < p->n; i++)
		hash_add(&sum, p->items[i]);
	buf_u64(&p->rest, hash_end(&sum));
	p->items[p->n - 1] = buf_str(&p->rest);
}

static int write_pieces(const char *path, const struct pieces *p, struct err *err)
{
	int fd = file_open_again(AT_FDCWD, path, length(p));
	int bad = 0;
	if (fd < 0 && unlink(path) != 0 && errno != ENOENT)
		return err_errno(err, "cannot remove %s", path);
	if (fd < 0)
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_errno(err, "cannot create %s", path);
	for (size_t i = 0; i < p->n && !bad; i++)
		bad = file_write_fd(fd, path, p->items[i], err);
	if (close(fd) != 0 && !bad)
		bad = err_errno(err, "cannot write %s", path);
	return bad;
}

int state_write(const char *path, const struct state *head, const struct state *old,
    const struct unit *units, size_t n, struct err *err)
{
	struct pieces p = {.head = BUF_INIT, .rest = BUF_INIT};
	*MEM_PUSH(p.items, p.n, p.cap) = STR_EMPTY;
	put_head(&p.head, head, put_kept(&p, old) + n);
	p.items[0] = buf_str(&p.head);
	for (size_t i = 0; i < n; i++)
		put_unit(&p.rest, &units[i]);
	*MEM_PUSH(p.items, p.n, p.cap) = buf_str(&p.rest);
	add_up(&p);
	int bad = write_pieces(path, &p, err);
	free(p.items);
	buf_release(&p.head);
	buf_release(&p.rest);
	return bad;
}
