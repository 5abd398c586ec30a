/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Write a pack that no honest git makes, to standard output.
 *
 *   hostile_pack KIND
 *
 * "bomb" is 16 KB that unfold to 2 GB; the others lie about sizes, kinds and counts, or end too
 * early.
 */
#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "git/sha1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { BLOB = 3, REF_DELTA = 7, MIB = 1024 * 1024 };

static void sum_of(uint8_t sum[static SHA1_BYTES], struct str bytes)
{
	struct sha1 s;
	sha1_init(&s);
	sha1_add(&s, bytes);
	sha1_end(&s, sum);
}

static void object_head(struct buf *out, unsigned kind, uint64_t size)
{
	uint8_t byte = (uint8_t)(kind << 4 | (size & 15));
	for (size >>= 4; size; size >>= 7) {
		buf_u8(out, byte | 0x80);
		byte = size & 0x7f;
	}
	buf_u8(out, byte);
}

static void deflated(struct buf *out, struct str raw)
{
	uLongf room = compressBound(raw.len);
	buf_reserve(out, room);
	if (compress2((Bytef *)out->ptr + out->len, &room, (const Bytef *)raw.ptr, raw.len, 9) !=
	    Z_OK)
		abort();
	out->len += room;
}

static void object(struct buf *out, unsigned kind, uint64_t says, struct str raw)
{
	object_head(out, kind, says);
	deflated(out, raw);
}

/* Little-endian, seven bits a byte: the sizes that a delta begins with. */
static void delta_size(struct buf *out, uint64_t size)
{
	for (; size > 0x7f; size >>= 7)
		buf_u8(out, (uint8_t)(size | 0x80));
	buf_u8(out, (uint8_t)size);
}

static void id_of_blob(struct buf *out, struct str raw)
{
	struct buf whole = BUF_INIT;
	uint8_t id[SHA1_BYTES];
	buf_printf(&whole, "blob %zu", raw.len);
	buf_u8(&whole, 0);
	buf_add(&whole, raw);
	sum_of(id, buf_str(&whole));
	buf_add(out, str_of(id, sizeof id));
	buf_release(&whole);
}

/* A base of 16 MiB less one byte, all zeros, and so many times all of it. */
static void bomb(struct buf *out, size_t copies)
{
	const size_t base = 16 * MIB - 1;
	char *zeros = mem_alloc(base);
	struct buf delta = BUF_INIT;
	object(out, BLOB, base, str_of(zeros, base));
	delta_size(&delta, base);
	delta_size(&delta, base * copies);
	for (size_t i = 0; i < copies; i++)
		buf_puts(&delta, "\xf0\xff\xff\xff"); /* from 0, three bytes of length */
	object_head(out, REF_DELTA, delta.len);
	id_of_blob(out, str_of(zeros, base));
	deflated(out, buf_str(&delta));
	buf_release(&delta);
	free(zeros);
}

static int make(struct buf *out, const char *kind)
{
	const struct str text = STR("fifty bytes of text, which is what this object has");
	bool is_bomb = strcmp(kind, "bomb") == 0 || strcmp(kind, "blast") == 0;
	uint32_t count = is_bomb ? 2 : strcmp(kind, "many") == 0 ? UINT32_MAX : 1;
	buf_puts(out, "PACK");
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_u8(out, (uint8_t)(2u >> shift));
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_u8(out, (uint8_t)(count >> shift));
	if (strcmp(kind, "bomb") == 0)
		bomb(out, 128);
	else if (strcmp(kind, "blast") == 0)
		bomb(out, 2);
	else if (strcmp(kind, "too-little") == 0)
		object(out, BLOB, 3, text);
	else if (strcmp(kind, "too-much") == 0)
		object(out, BLOB, 500, text);
	else if (strcmp(kind, "huge") == 0)
		object(out, BLOB, 5ull * 1024 * MIB, text);
	else if (strcmp(kind, "kind-0") == 0)
		object(out, 0, text.len, text);
	else if (strcmp(kind, "kind-5") == 0)
		object(out, 5, text.len, text);
	else if (strcmp(kind, "baseless") == 0) {
		object_head(out, REF_DELTA, text.len);
		buf_puts(out, "twenty bytes of name");
		deflated(out, text);
	} else
		object(out, BLOB, text.len, text);
	return strcmp(kind, "cut") == 0;
}

int main(int argc, char **argv)
{
	struct buf pack = BUF_INIT;
	uint8_t sum[SHA1_BYTES];
	if (argc != 2)
		return 2;
	hash_init();
	int is_cut = make(&pack, argv[1]);
	sum_of(sum, buf_str(&pack));
	if (strcmp(argv[1], "wrong-sum") == 0)
		sum[0] ^= 1;
	buf_add(&pack, str_of(sum, sizeof sum));
	if (is_cut)
		pack.len -= 30;
	if (strcmp(argv[1], "more-behind") == 0)
		buf_puts(&pack, "and more");
	size_t written = fwrite(pack.ptr, 1, pack.len, stdout);
	bool is_good = written == pack.len && fflush(stdout) == 0;
	buf_release(&pack);
	return !is_good;
}
