/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile segments: a stream of them, each behind its length as a u16. */
#include "base/hash.h"
#include "entry/segment.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct segment_reader *r = segment_reader_new();
	struct str rest = str_of(data, size), segment;
	uint16_t len;
	while (str_take_u16(&rest, &len)) {
		struct buf raw = BUF_INIT;
		struct err err;
		size_t n, seen = 0;
		segment = str_sub(rest, 0, len);
		rest = str_sub(rest, segment.len, rest.len);
		if (segment_read(r, segment, &raw, &n, &err) == 0) {
			struct str entries = buf_str(&raw), entry;
			while (segment_split(&entries, &entry))
				seen++;
			if (seen != n || entries.len || raw.len > SEGMENT_RAW_MAX)
				abort();
		}
		buf_release(&raw);
	}
	segment_reader_free(r);
	return 0;
}
