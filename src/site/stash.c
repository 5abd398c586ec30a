/* SPDX-License-Identifier: Apache-2.0 */
#include "site/stash.h"

#include "base/file.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * The file: magic, version, then for each value: sha256 of the record, length of the value (u32),
 * the value, sum of all that (u64); filled up to a multiple of 8.
 */
enum { HEAD_BYTES = STASH_MAGIC_BYTES + sizeof(struct digest), FRAME_BYTES = SHA256_BYTES + 4 };

static uint64_t padded(uint64_t n)
{
	return (n + 7) & ~(uint64_t)7;
}

/* Values lie far apart: what a hash begins with stands in the table, too. */
struct stash_slot {
	uint32_t start;
	uint32_t at; /* offset / 8; 0: empty */
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

static void grow(struct stash *s)
{
	struct stash_slot *old = s->slots;
	size_t n = s->nslots;
	s->nslots = n ? 2 * n : 1024;
	s->slots = mem_alloc(s->nslots * sizeof *s->slots);
	for (size_t i = 0; i < n; i++) {
		size_t at = old[i].start & (s->nslots - 1);
		while (old[i].at && s->slots[at].at)
			at = (at + 1) & (s->nslots - 1);
		if (old[i].at)
			s->slots[at] = old[i];
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
	grow(s);
	for (; (step = frame_at(all, at, &value)); at += step) {
		const uint8_t *hash = (const uint8_t *)all.ptr + at;
		if (!is_whole(all, at, value)) {
			s->is_torn = true;
			continue;
		}
		if (2 * s->n++ >= s->nslots)
			grow(s);
		*slot_of(s, hash) = (struct stash_slot){start_of(hash), (uint32_t)(at / 8)};
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

/* Where its frame is, or 0. */
static uint64_t find(const struct stash *s, const struct sha256 *hash, struct str *value)
{
	if (!s->nslots)
		return 0;
	uint64_t at = (uint64_t)slot_of(s, hash->bytes)->at * 8;
	return at && frame_at(s->file, at, value) ? at : 0;
}

bool stash_peek(const struct stash *s, const struct sha256 *hash, struct str *value)
{
	return find(s, hash, value) != 0;
}

bool stash_get(struct stash *s, const struct sha256 *hash, struct str *value)
{
	uint64_t at = find(s, hash, value);
	if (!at)
		return false;
	*MEM_PUSH(s->used, s->nused, s->cap_used) = (uint32_t)(at / 8);
	s->used_bytes += padded(FRAME_BYTES + value->len + 8);
	return true;
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

/* All that was asked for. */
static int write_anew(const struct stash *s, const char *path)
{
	struct buf b = BUF_INIT;
	struct err ignored;
	buf_add(&b, str_of(s->magic, STASH_MAGIC_BYTES));
	buf_add(&b, str_of(s->version.bytes, sizeof s->version.bytes));
	for (size_t i = 0; i < s->nused; i++) {
		struct str value;
		uint64_t at = (uint64_t)s->used[i] * 8, n = frame_at(s->file, at, &value);
		buf_add(&b, str_sub(s->file, at, n));
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
	bool has_unused = s->used_bytes + HEAD_BYTES < s->file.len;
	bool is_anew = !s->file.len || s->is_torn || 2 * s->used_bytes < s->file.len ||
		       (is_strict && has_unused);
	if (!is_anew || write_anew(s, path) == 0)
		append(s, path);
}

void stash_release(struct stash *s)
{
	file_unmap(&s->file);
	free(s->slots);
	free(s->used);
	free(s->added);
	buf_release(&s->frame);
	arena_clear(&s->arena);
	*s = (struct stash){.frame = BUF_INIT};
}
