/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packs that are read without libgit2. The first byte says how many objects the index names, each
 * by where it stands in the pack (4 bytes), which is the rest; with its highest bit the input is
 * the index itself, of 2 bytes length, and the pack. What is read is a whole object or nothing.
 */
#include "git/pack_read.h"
#include "scratch.h"

#include <limits.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OBJECTS_MAX = 16 };

static void begin(void)
{
	struct err err;
	char path[PATH_MAX];
	scratch_begin();
	snprintf(path, sizeof path, "%s/objects/pack", scratch);
	must(file_mkdirs(path, 0700, &err) == 0);
}

static void put(const char *name, struct str bytes)
{
	char path[PATH_MAX];
	struct err err;
	snprintf(path, sizeof path, "%s/objects/pack/%s", scratch, name);
	must(file_write_cache(path, bytes, 0600, &err) == 0);
}

static struct oid id_of(unsigned i)
{
	return (struct oid){{(uint8_t)i, 7}};
}

/* Ids in order, as git's indexes have them. */
static void write_index(struct buf *b, struct str *rest, unsigned n)
{
	static const char zeros[4 * OBJECTS_MAX + 2 * OID_BYTES];
	struct str at;
	buf_add(b, str_of("\377tOc\0\0\0\2", 8));
	for (unsigned i = 0; i < 256; i++)
		buf_u32(b, i < n ? i + 1 : n);
	for (unsigned i = 0; i < n; i++) {
		struct oid id = id_of(i);
		buf_add(b, str_of(id.bytes, sizeof id.bytes));
	}
	buf_add(b, str_of(zeros, 4 * (size_t)n));
	if (str_take(rest, 4 * (size_t)n, &at))
		buf_add(b, at);
	else
		buf_add(b, str_of(zeros, 4 * (size_t)n));
	buf_add(b, str_of(zeros, 2 * OID_BYTES));
}

static void read_all(void)
{
	struct packs *packs = packs_new(scratch);
	struct pack_reader *r = pack_reader_new(packs);
	struct buf out = BUF_INIT;
	for (unsigned i = 0; i < OBJECTS_MAX; i++) {
		struct oid id = id_of(i);
		size_t before = out.len;
		must(pack_read(r, &id, OBJECT_BLOB, &out) || out.len == before);
		must(!out.cap || out.ptr[out.len] == 0);
	}
	buf_release(&out);
	pack_reader_free(r);
	packs_free(packs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_of(data, size), given;
	struct buf index = BUF_INIT;
	uint8_t n = 0, high = 0, low = 0;
	if (!scratch[0])
		begin();
	str_take_u8(&rest, &n);
	if (n & 0x80) {
		str_take_u8(&rest, &high);
		str_take_u8(&rest, &low);
		if (str_take(&rest, (size_t)high << 8 | low, &given))
			buf_add(&index, given);
	} else {
		write_index(&index, &rest, n % (OBJECTS_MAX + 1));
	}
	put("pack-1.idx", buf_str(&index));
	put("pack-1.pack", rest);
	read_all();
	buf_release(&index);
	return 0;
}
