/* SPDX-License-Identifier: Apache-2.0 */
#include "git/pack_read.h"

#include "base/file.h"
#include "base/mem.h"
#include "git/pack.h"

#include <dirent.h>
#include <libdeflate.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	IDS_AT = 8 + 256 * 4, /* in an index: behind magic, version and counts */
	HASHES_BYTES = 2 * OID_BYTES, /* at its end */
	OFS_DELTA = 6,
	REF_DELTA = 7,
	OBJECT_BYTES_MAX = 16 << 20 /* larger ones are not what this is for */
};

struct packs {
	char path[PATH_MAX];
	pthread_mutex_t lock; /* until it is open */
	bool is_open;
	struct pack {
		struct str index, objects;
		size_t n;
	} * items;
	size_t n, cap;
};

struct pack_reader {
	struct packs *packs;
	size_t last; /* where an object was found: the next is mostly there, too */
	struct libdeflate_decompressor *z; /* NULL before the first */
};

/* --- opening --- */

static uint32_t number_at(struct str s, size_t at)
{
	struct str rest = str_sub(s, at, 4);
	uint32_t n = 0;
	str_take_u32(&rest, &n);
	return n;
}

static bool is_index(struct str s)
{
	return s.len >= IDS_AT + HASHES_BYTES && str_starts(s, STR("\377tOc\0\0\0\2")) &&
	       (s.len - IDS_AT - HASHES_BYTES) / (OID_BYTES + 4 + 4) >= number_at(s, IDS_AT - 4);
}

static void add_pack(struct packs *p, const char *path, size_t stem)
{
	char name[PATH_MAX];
	struct pack pack = {.n = 0};
	struct err ignored;
	snprintf(name, sizeof name, "%.*s.idx", (int)stem, path);
	if (file_map_parts(&pack.index, name, &ignored) != 0)
		return;
	snprintf(name, sizeof name, "%.*s.pack", (int)stem, path);
	if (!is_index(pack.index) || file_map_parts(&pack.objects, name, &ignored) != 0) {
		file_unmap(&pack.index);
		return;
	}
	pack.n = number_at(pack.index, IDS_AT - 4);
	*MEM_PUSH(p->items, p->n, p->cap) = pack;
}

struct packs *packs_new(const char *path)
{
	struct packs *p = mem_alloc(sizeof *p);
	pthread_mutex_init(&p->lock, NULL);
	snprintf(p->path, sizeof p->path, "%s/objects/pack", path);
	return p;
}

static void open_all(struct packs *p)
{
	char name[PATH_MAX];
	DIR *d = opendir(p->path);
	for (struct dirent *e; d && (e = readdir(d));) {
		int n = snprintf(name, sizeof name, "%s/%s", p->path, e->d_name);
		if (n < (int)sizeof name && str_ends(str_from(name), STR(".idx")))
			add_pack(p, name, (size_t)n - 4);
	}
	if (d)
		closedir(d);
}

void packs_free(struct packs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		file_unmap(&p->items[i].index);
		file_unmap(&p->items[i].objects);
	}
	pthread_mutex_destroy(&p->lock);
	free(p->items);
	free(p);
}

struct pack_reader *pack_reader_new(struct packs *p)
{
	struct pack_reader *r = mem_alloc(sizeof *r);
	r->packs = p;
	return r;
}

static void begin(struct pack_reader *r)
{
	struct packs *p = r->packs;
	pthread_mutex_lock(&p->lock);
	if (!p->is_open)
		open_all(p);
	p->is_open = true;
	pthread_mutex_unlock(&p->lock);
	r->z = libdeflate_alloc_decompressor();
	if (!r->z)
		abort(); /* only for want of memory */
}

void pack_reader_free(struct pack_reader *r)
{
	libdeflate_free_decompressor(r->z);
	free(r);
}

/* --- objects --- */

/* Where it begins in the pack; 0: nowhere, or past 2 GiB. */
static size_t find(const struct pack *p, const struct oid *id)
{
	uint8_t first = id->bytes[0];
	size_t low = first ? number_at(p->index, IDS_AT - 4 * (256u - first + 1)) : 0;
	size_t high = number_at(p->index, IDS_AT - 4 * (256u - first));
	while (low < high && high <= p->n) {
		size_t middle = (low + high) / 2;
		int c = memcmp(p->index.ptr + IDS_AT + middle * OID_BYTES, id->bytes, OID_BYTES);
		if (c == 0) {
			size_t at =
			    number_at(p->index, IDS_AT + p->n * (OID_BYTES + 4) + middle * 4);
			return at >> 31 ? 0 : at;
		}
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

/* Seven bits a byte, the lowest first, behind those that `*n` has already. */
static bool take_bits(struct str *s, unsigned shift, uint64_t *n)
{
	for (uint8_t c = 0x80; c & 0x80; shift += 7) {
		if (shift > 32 || !str_take_u8(s, &c))
			return false;
		*n |= (uint64_t)(c & 0x7f) << shift;
	}
	return *n <= OBJECT_BYTES_MAX;
}

static bool take_head(struct str *s, unsigned *kind, uint64_t *size)
{
	uint8_t c;
	if (!str_take_u8(s, &c))
		return false;
	*kind = c >> 4 & 7;
	*size = c & 15;
	return !(c & 0x80) || take_bits(s, 4, size);
}

/* Seven bits a byte, the highest first, each but the last less one. */
static bool take_distance(struct str *s, uint64_t *far)
{
	uint8_t c;
	if (!str_take_u8(s, &c))
		return false;
	for (*far = c & 0x7f; c & 0x80; *far = (*far + 1) << 7 | (c & 0x7f))
		if (*far >> 32 || !str_take_u8(s, &c))
			return false;
	return true;
}

static bool inflate_to(struct buf *out, struct pack_reader *r, struct str s, uint64_t size)
{
	buf_reserve(out, (size_t)size);
	if (libdeflate_zlib_decompress(
		r->z, s.ptr, s.len, out->ptr + out->len, (size_t)size, NULL) != LIBDEFLATE_SUCCESS)
		return false;
	out->len += (size_t)size;
	out->ptr[out->len] = 0;
	return true;
}

/* One copy: bits say which bytes of offset and length follow. */
static bool take_copy(struct str *delta, uint8_t which, struct str base, struct str *out)
{
	uint32_t numbers[2] = {0}; /* offset, length */
	for (unsigned i = 0; i < 7; i++) {
		uint8_t c;
		if (!(which >> i & 1))
			continue;
		if (!str_take_u8(delta, &c))
			return false;
		numbers[i > 3] |= (uint32_t)c << (i > 3 ? i - 4 : i) * 8;
	}
	size_t from = numbers[0], len = numbers[1] ? numbers[1] : 0x10000;
	*out = str_sub(base, from, len);
	return out->len == len;
}

static bool apply(struct buf *out, struct str base, struct str delta)
{
	uint64_t was = 0, is = 0;
	size_t from = out->len;
	if (!take_bits(&delta, 0, &was) || !take_bits(&delta, 0, &is) || was != base.len)
		return false;
	buf_reserve(out, (size_t)is);
	for (uint8_t c; str_take_u8(&delta, &c);) {
		struct str run;
		bool good =
		    c & 0x80 ? take_copy(&delta, c, base, &run) : c && str_take(&delta, c, &run);
		if (!good || run.len > is - (out->len - from))
			return false;
		buf_add(out, run);
	}
	return out->len - from == is;
}

/* Where the object stands that another one, at `at`, is told as a difference from; 0: not in this
 * pack. */
static size_t take_base(struct str *s, const struct pack *p, size_t at, unsigned kind)
{
	uint64_t far;
	struct str id;
	struct oid oid;
	if (kind == OFS_DELTA)
		return take_distance(s, &far) && far < at ? at - (size_t)far : 0;
	if (!str_take(s, OID_BYTES, &id))
		return 0;
	memcpy(oid.bytes, id.ptr, OID_BYTES);
	return find(p, &oid);
}

static bool read_at(struct pack_reader *r, const struct pack *p, size_t at, unsigned depth,
    unsigned *kind, struct buf *out)
{
	struct str s = str_sub(p->objects, at, p->objects.len);
	uint64_t size;
	if (!take_head(&s, kind, &size))
		return false;
	if (*kind != OFS_DELTA && *kind != REF_DELTA)
		return inflate_to(out, r, s, size);
	size_t from = depth < PACK_DEPTH_MAX ? take_base(&s, p, at, *kind) : 0;
	if (!from)
		return false;
	struct buf delta = BUF_INIT, base = BUF_INIT;
	bool good = inflate_to(&delta, r, s, size) && read_at(r, p, from, depth + 1, kind, &base) &&
		    apply(out, buf_str(&base), buf_str(&delta));
	buf_release(&delta);
	buf_release(&base);
	return good;
}

bool pack_read(struct pack_reader *r, const struct oid *id, enum object_kind kind, struct buf *out)
{
	const size_t len = out->len;
	if (!r->z)
		begin(r);
	const size_t n = r->packs->n;
	for (size_t i = 0; i < n; i++) {
		size_t which = (r->last + i) % n, at = find(&r->packs->items[which], id);
		unsigned is = 0;
		if (!at)
			continue;
		r->last = which;
		if (read_at(r, &r->packs->items[which], at, 0, &is, out) && is == (unsigned)kind)
			return true;
		break;
	}
	out->len = len;
	if (out->cap)
		out->ptr[len] = 0;
	return false;
}
