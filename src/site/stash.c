/* SPDX-License-Identifier: Apache-2.0 */
#include "site/stash.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * The file: magic, version, then for each value: sha256 of the record, length of the value (u32),
 * the value, sum of all that (u64); filled up to a multiple of 8.
 */
enum {
	HEAD_BYTES = STASH_MAGIC_BYTES + sizeof(struct digest),
	FRAME_BYTES = SHA256_BYTES + 4,
	GUESSED_BYTES =
	    512 /* of file a slot: fewer than most need, so that the table is made once */
};

static uint64_t padded(uint64_t n)
{
	return (n + 7) & ~(uint64_t)7;
}

/* Values lie far apart: what a hash begins with stands in the table, too. */
struct stash_slot {
	uint32_t start;
	uint32_t at; /* offset / 8; 0: empty */
	atomic_bool is_used; /* it was asked for */
};

static uint32_t start_of(const uint8_t *hash)
{
	uint32_t start;
	memcpy(&start, hash, sizeof start);
	return start;
}

static struct stash_slot *slot_of(const struct stash *s, const uint8_t *hash)
{
	const uint32_t start = start_of(hash);
	size_t at = start & (s->nslots - 1);
	for (; s->slots[at].at; at = (at + 1) & (s->nslots - 1))
		if (s->slots[at].start == start &&
		    memcmp(s->file.ptr + (size_t)s->slots[at].at * 8, hash, SHA256_BYTES) == 0)
			break;
	return &s->slots[at];
}

/* Before anything is asked for. */
static void make_slots(struct stash *s, size_t n)
{
	struct stash_slot *old = s->slots;
	const size_t nold = s->nslots;
	s->nslots = n;
	s->slots = mem_alloc(n * sizeof *s->slots);
	for (size_t i = 0; i < nold; i++) {
		size_t at = old[i].start & (n - 1);
		while (old[i].at && s->slots[at].at)
			at = (at + 1) & (n - 1);
		if (old[i].at) {
			s->slots[at].start = old[i].start;
			s->slots[at].at = old[i].at;
		}
	}
	free(old);
}

/* The frame at `at`: its bytes in the file, or 0 where there is none. */
static uint64_t frame_at(struct str all, uint64_t at, struct str *value)
{
	struct str rest = str_sub(all, at, all.len), hash;
	uint32_t n;
	if (!str_take(&rest, SHA256_BYTES, &hash) || !str_take_u32(&rest, &n) ||
	    !str_take(&rest, n, value))
		return 0;
	return padded(FRAME_BYTES + (uint64_t)n + 8);
}

static bool is_whole(struct str all, uint64_t at, struct str value)
{
	struct str sum = str_sub(all, at + FRAME_BYTES + value.len, 8);
	uint64_t is;
	return str_take_u64(&sum, &is) && is == hash_sum(str_sub(all, at, FRAME_BYTES + value.len));
}

static void index_frames(struct stash *s)
{
	struct str all = s->file, value;
	uint64_t step, at = HEAD_BYTES;
	size_t room = 1024;
	while (room < all.len / GUESSED_BYTES)
		room *= 2;
	make_slots(s, room);
	for (; (step = frame_at(all, at, &value)); at += step) {
		const uint8_t *hash = (const uint8_t *)all.ptr + at;
		if (!is_whole(all, at, value)) {
			s->is_torn = true;
			continue;
		}
		if (2 * s->n++ >= s->nslots)
			make_slots(s, 2 * s->nslots);
		struct stash_slot *slot = slot_of(s, hash);
		slot->start = start_of(hash);
		slot->at = (uint32_t)(at / 8);
	}
	s->is_torn |= at != all.len;
}

void stash_open(struct stash *s, const char *path, const char *magic, const struct digest *version)
{
	*s = (struct stash){.magic = magic, .version = *version, .frame = BUF_INIT};
	struct str head;
	struct err ignored;
	file_map(&s->file, path, &ignored);
	head = s->file;
	if (head.len < HEAD_BYTES || memcmp(head.ptr, magic, STASH_MAGIC_BYTES) != 0 ||
	    memcmp(head.ptr + STASH_MAGIC_BYTES, version, sizeof *version) != 0)
		file_unmap(&s->file);
	else
		index_frames(s);
}

/* Or NULL. */
static struct stash_slot *find(const struct stash *s, const struct sha256 *hash, struct str *value)
{
	if (!s->nslots)
		return NULL;
	struct stash_slot *slot = slot_of(s, hash->bytes);
	return slot->at && frame_at(s->file, (uint64_t)slot->at * 8, value) ? slot : NULL;
}

bool stash_peek(const struct stash *s, const struct sha256 *hash, struct str *value)
{
	return find(s, hash, value) != NULL;
}

bool stash_get(struct stash *s, const struct sha256 *hash, struct str *value)
{
	struct stash_slot *slot = find(s, hash, value);
	if (slot)
		atomic_store_explicit(&slot->is_used, true, memory_order_relaxed);
	return slot != NULL;
}

struct str stash_add(struct stash *s, const struct sha256 *hash, struct str value)
{
	struct buf *f = &s->frame;
	if (!hash)
		return arena_str(&s->arena, value);
	buf_reset(f);
	buf_add(f, str_of(hash->bytes, SHA256_BYTES));
	buf_u32(f, (uint32_t)value.len);
	buf_add(f, value);
	buf_u64(f, hash_sum(buf_str(f)));
	while (f->len % 8)
		buf_u8(f, 0);
	struct str kept = arena_str(&s->arena, buf_str(f));
	*MEM_PUSH(s->added, s->nadded, s->cap_added) = kept;
	return str_sub(kept, FRAME_BYTES, value.len);
}

static size_t used(const struct stash *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->nslots; i++)
		n += s->slots[i].at && atomic_load(&s->slots[i].is_used);
	return n;
}

/* All that was asked for, in the order of the file. */
static int write_anew(const struct stash *s, const char *path)
{
	struct buf b = BUF_INIT;
	struct str value;
	struct err ignored;
	buf_add(&b, str_of(s->magic, STASH_MAGIC_BYTES));
	buf_add(&b, str_of(s->version.bytes, sizeof s->version.bytes));
	for (uint64_t at = HEAD_BYTES, step; (step = frame_at(s->file, at, &value)); at += step) {
		const struct stash_slot *slot = slot_of(s, (const uint8_t *)s->file.ptr + at);
		if (slot->at == at / 8 && atomic_load(&slot->is_used))
			buf_add(&b, str_sub(s->file, at, step));
	}
	int bad = file_write_cache(path, buf_str(&b), 0600, &ignored);
	buf_release(&b);
	return bad;
}

static void append(const struct stash *s, const char *path)
{
	FILE *f = s->nadded ? fopen(path, "ae") : NULL;
	for (size_t i = 0; f && i < s->nadded; i++)
		fwrite(s->added[i].ptr, 1, s->added[i].len, f);
	if (f)
		fclose(f);
}

void stash_save(struct stash *s, const char *path, bool is_strict)
{
	const size_t nused = used(s);
	bool is_anew =
	    !s->file.len || s->is_torn || 2 * nused < s->n || (is_strict && nused < s->n);
	if (!is_anew || write_anew(s, path) == 0)
		append(s, path);
}

void stash_release(struct stash *s)
{
	file_unmap(&s->file);
	free(s->slots);
	free(s->added);
	buf_release(&s->frame);
	arena_clear(&s->arena);
	*s = (struct stash){.frame = BUF_INIT};
}
