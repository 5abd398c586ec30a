/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long is the stream of segments that a link begins with entry FIRST of a store's own journal?
 * Prints "<last entry> <bytes so far>" for each segment, without frames (docs/protocol.md, rules 20
 * and 21).
 *
 *   segments STORE FIRST
 */
#include "base/mem.h"
#include "store/segment.h"
#include "store/store.h"
#include "sync/session.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_BYTES = 8192, AT_ONCE = 64 };

static _Noreturn void stop(const struct err *err)
{
	fprintf(stderr, "segments: %s\n", err->msg);
	exit(1);
}

int main(int argc, char **argv)
{
	struct store *s;
	struct err err;
	if (argc != 3) {
		fprintf(stderr, "usage: segments STORE FIRST\n");
		return 2;
	}
	if (store_open(&s, argv[1], STORE_READ, &err))
		stop(&err);
	const struct journal *j = store_journal(s, s->hub);
	uint64_t seq = strtoull(argv[2], NULL, 10);
	bool is_much = j && j->head.seq >= seq + SESSION_MUCH_ENTRIES;
	struct segment_writer *w = is_much ? segment_writer_new_much() : segment_writer_new();
	struct buf out = BUF_INIT;
	while (j && seq <= j->head.seq) {
		struct buf bytes = BUF_INIT;
		struct str entries[AT_ONCE];
		size_t lengths[AT_ONCE], got, n = 0, at = 0;
		if (store_entries(
			s, s->hub, seq, TEXT_BYTES, NULL, &bytes, lengths, AT_ONCE, &got, &err))
			stop(&err);
		for (; n < got && (n == 0 || at + lengths[n] <= TEXT_BYTES); at += lengths[n++])
			entries[n] = (struct str){bytes.ptr + at, lengths[n]};
		segment_write(w, &out, entries, n);
		seq += n;
		printf("%llu %zu\n", (unsigned long long)seq - 1, out.len);
		buf_release(&bytes);
	}
	buf_release(&out);
	segment_writer_free(w);
	store_close(s);
	return 0;
}
