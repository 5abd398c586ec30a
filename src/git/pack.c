/* SPDX-License-Identifier: Apache-2.0 */
#include "git/pack.h"

#include "base/file.h"
#include "base/mem.h"
#include "git/delta.h"
#include "git/sha1.h"

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
	PIECE_BYTES = 256 * 1024, /* worth a system call */
	PACK_HEAD = 4 + 4 + 4, /* magic, version, how many objects */
	/* Magic and version, 256 counts; ids, checksums and offsets; two hashes. */
	INDEX_HEAD = 8 + 256 * 4,
	INDEX_EACH = OID_BYTES + 4 + 4,
	INDEX_TAIL = 2 * SHA1_BYTES,
	OFS_DELTA = 6,
	COPY_MAX = 0xffff, /* of one instruction of a delta */
	INSERT_MAX = 0x7f,
	DELTA_LEAST = 96, /* bytes of an object: below, a difference saves nothing */
	/* A pack of so few objects has them as they are, but for large ones. */
	FEW = 32,
	PLAIN_MAX = 8 * 1024, /* bytes of such an object */
};

struct member {
	struct oid id;
	uint32_t offset, crc;
	unsigned depth; /* objects to read before it */
};

struct pack_writer {
	char path[PATH_MAX], index_path[PATH_MAX];
	int fd;
	bool is_done;
	struct buf piece; /* not written yet */
	struct sha1 sum; /* of what was written */
	uint64_t at; /* bytes written */
	z_stream z;
	struct buf delta, steps, head;
	struct member *members;
	size_t n, count;
};

static int too_large(struct err *err)
{
	return err_set(err, ERR_LIMIT, "a pack would have more than 2 GiB");
}

static int write_piece(struct pack_writer *w, struct err *err)
{
	sha1_add(&w->sum, buf_str(&w->piece));
	int bad = file_write_fd(w->fd, w->path, buf_str(&w->piece), err);
	w->at += w->piece.len;
	buf_reset(&w->piece);
	return bad;
}

int pack_new(struct pack_writer **out, const char *dir, size_t n, struct err *err)
{
	struct pack_writer *w = mem_alloc(sizeof *w);
	*out = NULL;
	w->piece = w->delta = w->steps = w->head = BUF_INIT;
	w->members = mem_alloc((n + 1) * sizeof *w->members);
	w->count = n;
	w->fd = -1;
	sha1_init(&w->sum);
	if (deflateInit(&w->z, Z_DEFAULT_COMPRESSION) != Z_OK)
		abort(); /* only for want of memory */
	if (snprintf(w->path, sizeof w->path, "%s/new.pack", dir) >= (int)sizeof w->path ||
	    snprintf(w->index_path, sizeof w->index_path, "%s/new.idx", dir) >=
		(int)sizeof w->index_path) {
		w->path[0] = w->index_path[0] = 0;
		err_set(err, ERR_LIMIT, "the store's path is too long");
		goto fail;
	}
	w->fd = open(w->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
	if (w->fd < 0) {
		err_errno(err, "cannot create %s", w->path);
		goto fail;
	}
	buf_puts(&w->piece, "PACK");
	buf_u32(&w->piece, 2);
	buf_u32(&w->piece, (uint32_t)n);
	*out = w;
	return 0;
fail:
	pack_free(w);
	return err->code;
}

void pack_free(struct pack_writer *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	if (w->fd >= 0 && !w->is_done) {
		unlink(w->path);
		unlink(w->index_path);
	}
	deflateEnd(&w->z);
	buf_release(&w->piece);
	buf_release(&w->delta);
	buf_release(&w->steps);
	buf_release(&w->head);
	free(w->members);
	free(w);
}

/* --- differences --- */

static void add_copy(struct buf *out, size_t from, size_t len)
{
	while (len) {
		size_t n = len < COPY_MAX ? len : COPY_MAX, at = out->len;
		uint8_t which = 0x80;
		buf_putc(out, 0);
		for (int i = 0; i < 4; i++)
			if (from >> 8 * i & 0xff) {
				which |= (uint8_t)(1 << i);
				buf_u8(out, (uint8_t)(from >> 8 * i));
			}
		for (int i = 0; i < 2; i++)
			if (n >> 8 * i & 0xff) {
				which |= (uint8_t)(0x10 << i);
				buf_u8(out, (uint8_t)(n >> 8 * i));
			}
		out->ptr[at] = (char)which;
		from += n;
		len -= n;
	}
}

static void add_insert(struct buf *out, struct str bytes)
{
	while (bytes.len) {
		struct str run = str_sub(bytes, 0, INSERT_MAX);
		buf_u8(out, (uint8_t)run.len);
		buf_add(out, run);
		bytes = str_sub(bytes, run.len, bytes.len);
	}
}

/* The steps of git/delta.h as git's instructions. */
static void make_delta(struct pack_writer *w, struct str base, struct str new)
{
	uint64_t n, inserted, copied, folded = 0;
	struct str run, steps;
	size_t last = 0;
	buf_reset(&w->steps);
	buf_reset(&w->delta);
	delta_make(&w->steps, base, new);
	buf_varint(&w->delta, base.len);
	buf_varint(&w->delta, new.len);
	steps = buf_str(&w->steps);
	bool good = str_take_varint(&steps, &n);
	for (; n > 0 && good; n--) {
		good = str_take_varint(&steps, &inserted) && str_take(&steps, inserted, &run) &&
		       str_take_varint(&steps, &copied) &&
		       (!copied || str_take_varint(&steps, &folded));
		assert(good);
		add_insert(&w->delta, run);
		if (!copied)
			continue;
		last = folded & 1 ? last - (size_t)(folded >> 1) - 1 : last + (size_t)(folded >> 1);
		add_copy(&w->delta, last, (size_t)copied);
		last += (size_t)copied;
	}
}

static bool is_worth_a_delta(struct pack_writer *w, const struct pack_object *o)
{
	if (!o->has_base || o->bytes.len < DELTA_LEAST || !o->base_bytes.len ||
	    w->members[o->base].depth >= PACK_DEPTH_MAX)
		return false;
	make_delta(w, o->base_bytes, o->bytes);
	return w->delta.len < o->bytes.len / 2;
}

/* --- objects --- */

/* Kind and size: four bits of it, then seven a byte. */
static void put_head(struct buf *out, unsigned kind, size_t size)
{
	uint8_t byte = (uint8_t)(kind << 4 | (size & 15));
	for (size >>= 4; size; size >>= 7) {
		buf_u8(out, byte | 0x80);
		byte = size & 0x7f;
	}
	buf_u8(out, byte);
}

/* How far back the base is: seven bits a byte, the highest first, each but the last less one. */
static void put_distance(struct buf *out, uint64_t far)
{
	uint8_t bytes[10];
	size_t at = sizeof bytes;
	bytes[--at] = far & 0x7f;
	while (far >>= 7)
		bytes[--at] = 0x80 | (--far & 0x7f);
	buf_add(out, str_of(bytes + at, sizeof bytes - at));
}

/*
 * What is published or admitted one by one somebody waits for, and more than half of what writing
 * it cost was compressing: hashes in trees and signatures, which get hardly smaller. Rolling up
 * compresses it all the same (git/repo_roll.c), and until then there are few such packs.
 */
static int level_for(const struct pack_writer *w, struct str bytes)
{
	return w->count <= FEW && bytes.len <= PLAIN_MAX ? Z_NO_COMPRESSION : Z_DEFAULT_COMPRESSION;
}

static void put_deflated(struct pack_writer *w, struct str bytes)
{
	buf_reserve(&w->piece, deflateBound(&w->z, bytes.len));
	deflateReset(&w->z);
	int rc = deflateParams(&w->z, level_for(w, bytes), Z_DEFAULT_STRATEGY);
	assert(rc == Z_OK); /* nothing is in it yet */
	w->z.next_in = (Bytef *)(uintptr_t)bytes.ptr;
	w->z.avail_in = (uInt)bytes.len;
	w->z.next_out = (Bytef *)w->piece.ptr + w->piece.len;
	w->z.avail_out = (uInt)(w->piece.cap - w->piece.len);
	rc = deflate(&w->z, Z_FINISH);
	assert(rc == Z_STREAM_END);
	(void)rc;
	w->piece.len += w->z.total_out;
}

int pack_add(struct pack_writer *w, const struct pack_object *o, struct err *err)
{
	struct member *m = &w->members[w->n];
	size_t begin = w->piece.len;
	uint64_t offset = w->at + begin;
	assert(w->n < w->count && (!o->has_base || o->base < w->n));
	if (offset > INT32_MAX)
		return too_large(err);
	*m = (struct member){.id = o->id, .offset = (uint32_t)offset};
	if (is_worth_a_delta(w, o)) {
		m->depth = w->members[o->base].depth + 1;
		put_head(&w->piece, OFS_DELTA, w->delta.len);
		put_distance(&w->piece, offset - w->members[o->base].offset);
		put_deflated(w, buf_str(&w->delta));
	} else {
		put_head(&w->piece, o->kind, o->bytes.len);
		put_deflated(w, o->bytes);
	}
	m->crc =
	    (uint32_t)crc32(0, (const Bytef *)w->piece.ptr + begin, (uInt)(w->piece.len - begin));
	w->n++;
	return w->piece.len < PIECE_BYTES ? 0 : write_piece(w, err);
}

/* --- other packs --- */

size_t pack_count(uint64_t index_bytes)
{
	if (index_bytes < INDEX_HEAD + INDEX_TAIL)
		return 0;
	return (size_t)((index_bytes - INDEX_HEAD - INDEX_TAIL) / INDEX_EACH);
}

/* An index whose pack is shorter than 2 GiB: what is behind the offsets is then only two hashes. */
static int read_index(struct buf *index, size_t n, const char *path, struct err *err)
{
	char file[PATH_MAX];
	uint32_t count = 0;
	if (snprintf(file, sizeof file, "%s.idx", path) >= (int)sizeof file)
		return err_set(err, ERR_LIMIT, "the store's path is too long");
	size_t bytes = INDEX_HEAD + INDEX_TAIL + n * INDEX_EACH;
	if (file_read(index, file, bytes, err))
		return err->code;
	struct str last = str_sub(buf_str(index), INDEX_HEAD - 4, 4);
	if (!str_starts(buf_str(index), STR("\377tOc\0\0\0\2")) || !str_take_u32(&last, &count) ||
	    count != n || index->len != bytes)
		return err_set(
		    err, ERR_GIT, "%s is not an index of version 2 for %zu objects", file, n);
	return 0;
}

int pack_ids(struct oid *ids, size_t n, const char *path, struct err *err)
{
	struct buf index = BUF_INIT;
	int bad = read_index(&index, n, path, err);
	if (!bad)
		memcpy(ids, index.ptr + INDEX_HEAD, n * OID_BYTES);
	buf_release(&index);
	return bad;
}

static int join_index(struct pack_writer *w, size_t n, const char *path, struct err *err)
{
	struct buf index = BUF_INIT;
	uint64_t begin = w->at + w->piece.len - PACK_HEAD;
	if (read_index(&index, n, path, err)) {
		buf_release(&index);
		return err->code;
	}
	struct str ids = str_sub(buf_str(&index), INDEX_HEAD, n * OID_BYTES);
	struct str crcs = str_sub(buf_str(&index), INDEX_HEAD + ids.len, n * 4);
	struct str offsets = str_sub(buf_str(&index), INDEX_HEAD + ids.len + crcs.len, n * 4);
	for (size_t i = 0; i < n; i++) {
		struct member *m = &w->members[w->n++];
		uint32_t offset = 0;
		str_take_u32(&crcs, &m->crc);
		str_take_u32(&offsets, &offset);
		memcpy(m->id.bytes, ids.ptr + i * OID_BYTES, OID_BYTES);
		m->depth = PACK_DEPTH_MAX; /* unknown: no base for what is added */
		if (begin + offset > INT32_MAX) {
			buf_release(&index);
			return too_large(err);
		}
		m->offset = (uint32_t)(begin + offset);
	}
	buf_release(&index);
	return 0;
}

/* Objects that were found similar are named by how far before they stand, which stays true. The
 * checksum is looked at, as the new one would hide what a disk has damaged. */
static int join_objects(
    struct pack_writer *w, int fd, uint64_t size, const char *file, struct err *err)
{
	struct sha1 sum;
	uint8_t end[SHA1_BYTES];
	size_t skip = PACK_HEAD;
	sha1_init(&sum);
	for (uint64_t left = size - SHA1_BYTES; left;) {
		size_t want = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
		buf_reserve(&w->piece, want);
		ssize_t n = read(fd, w->piece.ptr + w->piece.len, want);
		if (n < 0)
			return err_errno(err, "cannot read %s", file);
		struct str got = str_of(w->piece.ptr + w->piece.len, (size_t)n);
		sha1_add(&sum, got);
		left -= got.len;
		if (got.len <= skip)
			return err_set(err, ERR_GIT, "%s ends too early", file);
		memmove(w->piece.ptr + w->piece.len, got.ptr + skip, got.len - skip);
		w->piece.len += got.len - skip;
		skip = 0;
		if (w->piece.len >= PIECE_BYTES && write_piece(w, err))
			return err->code;
	}
	uint8_t own[SHA1_BYTES];
	sha1_end(&sum, own);
	if (read(fd, end, sizeof end) != sizeof end || memcmp(own, end, sizeof end) != 0)
		return err_set(err, ERR_GIT, "%s is damaged: its checksum is another", file);
	return 0;
}

int pack_join(struct pack_writer *w, const char *path, size_t n, struct err *err)
{
	char file[PATH_MAX];
	struct stat st;
	assert(n <= w->count - w->n);
	if (snprintf(file, sizeof file, "%s.pack", path) >= (int)sizeof file)
		return err_set(err, ERR_LIMIT, "the store's path is too long");
	if (join_index(w, n, path, err))
		return err->code;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "cannot open %s", file);
	int bad;
	if (fstat(fd, &st) || st.st_size < PACK_HEAD + SHA1_BYTES)
		bad = err_set(err, ERR_GIT, "%s is no pack", file);
	else
		bad = join_objects(w, fd, (uint64_t)st.st_size, file, err);
	close(fd);
	return bad;
}

/* --- the end --- */

static int by_id(const void *a, const void *b)
{
	return memcmp(
	    ((const struct member *)a)->id.bytes, ((const struct member *)b)->id.bytes, OID_BYTES);
}

static void put_index(struct pack_writer *w, struct buf *b, struct str pack_sum)
{
	struct sha1 sum;
	uint8_t end[SHA1_BYTES];
	qsort(w->members, w->n, sizeof *w->members, by_id);
	buf_add(b, STR("\377tOc\0\0\0\2"));
	for (size_t first = 0, i = 0; first < 256; first++) {
		while (i < w->n && w->members[i].id.bytes[0] <= first)
			i++;
		buf_u32(b, (uint32_t)i);
	}
	for (size_t i = 0; i < w->n; i++)
		buf_add(b, str_of(w->members[i].id.bytes, OID_BYTES));
	for (size_t i = 0; i < w->n; i++)
		buf_u32(b, w->members[i].crc);
	for (size_t i = 0; i < w->n; i++)
		buf_u32(b, w->members[i].offset);
	buf_add(b, pack_sum);
	sha1_init(&sum);
	sha1_add(&sum, buf_str(b));
	sha1_end(&sum, end);
	buf_add(b, str_of(end, sizeof end));
}

static int write_index(struct pack_writer *w, struct str pack_sum, struct err *err)
{
	struct buf b = BUF_INIT;
	int fd = open(w->index_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
	if (fd < 0)
		return err_errno(err, "cannot create %s", w->index_path);
	put_index(w, &b, pack_sum);
	int bad = file_write_fd(fd, w->index_path, buf_str(&b), err);
	buf_release(&b);
	if (close(fd) && !bad)
		bad = err_errno(err, "cannot close %s", w->index_path);
	return bad;
}

/* new.<suffix> becomes pack-<hex>.<suffix>. */
static int name_file(
    char path[static PATH_MAX], const char *name, const char *suffix, struct err *err)
{
	char to[PATH_MAX];
	size_t folder = (size_t)(strrchr(path, '/') - path);
	if (snprintf(to, sizeof to, "%.*s/%s.%s", (int)folder, path, name, suffix) >=
	    (int)sizeof to)
		return err_set(err, ERR_LIMIT, "the store's path is too long");
	if (rename(path, to))
		return err_errno(err, "cannot rename %s to %s", path, to);
	memcpy(path, to, sizeof to);
	return 0;
}

int pack_end(struct pack_writer *w, char name[static PACK_NAME_BYTES], struct err *err)
{
	uint8_t bytes[SHA1_BYTES];
	struct str sum = str_of(bytes, sizeof bytes);
	struct buf hex = BUF_INIT;
	assert(w->n == w->count);
	int bad = write_piece(w, err);
	sha1_end(&w->sum, bytes);
	buf_hex(&hex, sum);
	snprintf(name, PACK_NAME_BYTES, "pack-%s", hex.ptr);
	buf_release(&hex);
	bad = bad || file_write_fd(w->fd, w->path, sum, err) || write_index(w, sum, err) ||
	      name_file(w->path, name, "pack", err) || name_file(w->index_path, name, "idx", err);
	w->is_done = !bad;
	return bad ? err->code : 0;
}
