/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which commit is entry N of a journal. Git knows only parents, so finding out is a walk from the
 * head to the first entry: a third of a second for 10,000. Who had to walk far writes what it found
 * to <store>/ids/<hub> (SHA-256 of the ids, then the ids), and the next walk ends where the head's
 * past meets that file. It only saves time: deleted, damaged or of another past, it counts for
 * nothing.
 */
#include "base/file.h"
#include "base/mem.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	FAR = 256, /* entries: walking them takes some 10 ms */
	FILE_BYTES_MAX = 64 * 1024 * 1024,
};

static void file_path(struct buf *path, const struct store *s, const char *hub)
{
	store_path(s, path, "ids");
	if (hub)
		buf_printf(path, "/%s%s", s->outer ? "+" : "", hub);
}

static void read_file(struct store *s, struct journal *j)
{
	struct buf path = BUF_INIT, bytes = BUF_INIT;
	struct err ignored;
	struct str ids = STR_EMPTY;
	file_path(&path, s, j->head.hub);
	if (file_exists(path.ptr) && file_read(&bytes, path.ptr, FILE_BYTES_MAX, &ignored) == 0 &&
	    bytes.len > SHA256_BYTES)
		ids = str_sub(buf_str(&bytes), SHA256_BYTES, bytes.len);
	struct sha256 sum = sha256(ids);
	if (ids.len && ids.len % OID_BYTES == 0 &&
	    memcmp(sum.bytes, bytes.ptr, SHA256_BYTES) == 0) {
		j->nids = ids.len / OID_BYTES;
		mem_grow((void **)&j->ids, &j->cap_ids, j->nids, sizeof *j->ids);
		memcpy(j->ids, ids.ptr, ids.len);
	}
	buf_release(&path);
	buf_release(&bytes);
}

/* As far as this process may. */
static void write_file(struct store *s, const struct journal *j)
{
	struct buf path = BUF_INIT, bytes = BUF_INIT;
	struct err ignored;
	struct str ids = str_of(j->ids, j->nids * OID_BYTES);
	struct sha256 sum = sha256(ids);
	buf_add(&bytes, str_of(sum.bytes, SHA256_BYTES));
	buf_add(&bytes, ids);
	file_path(&path, s, NULL);
	bool has_folder = file_mkdirs(path.ptr, 0700, &ignored) == 0;
	buf_reset(&path);
	file_path(&path, s, j->head.hub);
	if (has_folder)
		file_write(path.ptr, buf_str(&bytes), 0600, &ignored);
	buf_release(&path);
	buf_release(&bytes);
}

/* Is this entry `seq` of what we know already? Then so is all before it. */
static bool meets(const struct journal *j, uint64_t seq, const struct oid *id)
{
	return seq <= j->nids && oid_eq(&j->ids[seq - 1], id);
}

struct ids {
	struct oid *items;
	size_t len, cap;
};

/* Walk back from the head until the past is known, or ends. `back` gets what was met, newest first.
 * The head's number is only believed as far as there are entries below it. */
static int walk(struct ids *back, struct store *s, struct journal *j, struct err *err)
{
	struct oid at = j->head.id;
	uint64_t seq = j->head.seq;
	for (; seq && !meets(j, seq, &at); seq--) {
		struct entry e;
		*MEM_PUSH(back->items, back->len, back->cap) = at;
		if (journal_commit(s, &at, &e, err))
			return err->code;
		at = e.parent;
		bool is_next = e.seq == seq && oid_is_zero(&at) == (seq == 1);
		entry_release(&e);
		if (!is_next)
			return err_set(err, ERR_CHAIN,
			    "journal %s is no chain below entry %" PRIu64, j->head.hub, seq + 1);
	}
	return 0;
}

int journal_ids(struct store *s, struct journal *j, struct err *err)
{
	struct ids back = {.len = 0};
	if (!j->nids)
		read_file(s, j);
	int bad = walk(&back, s, j, err);
	if (!bad) {
		mem_grow((void **)&j->ids, &j->cap_ids, j->head.seq, sizeof *j->ids);
		for (size_t i = 0; i < back.len; i++)
			j->ids[j->head.seq - 1 - i] = back.items[i];
		j->nids = j->head.seq;
		if (back.len >= FAR)
			write_file(s, j);
	}
	free(back.items);
	return bad;
}

void journal_ids_add(struct journal *j, const struct oid *id)
{
	if (j->head.seq && !meets(j, j->head.seq, &j->head.id))
		return; /* found out when somebody asks */
	j->nids = j->head.seq;
	*MEM_PUSH(j->ids, j->nids, j->cap_ids) = *id;
}
