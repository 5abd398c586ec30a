/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile indexes of a mirror, lists, and lists of attachments: what is taken is written again as
 * it came. The list's hash is made to fit, or nothing but its check would be tried. */
#include "base/hash.h"
#include "store/mirror.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be(const struct buf *written, struct str text)
{
	if (!str_eq(buf_str(written), text))
		abort();
}

static void try_list(struct str text)
{
	struct mirror_line line = {
	    .hub = "east", .last = 5, .list_bytes = text.len, .list = sha256(text)};
	struct mirror_list list;
	struct buf again = BUF_INIT;
	struct err err;
	snprintf(line.id, sizeof line.id, "%040d", 5);
	if (mirror_list_read(&list, text, &line, &err) == 0) {
		mirror_list_write(&again, &list);
		must_be(&again, text);
	}
	mirror_list_release(&list);
	buf_release(&again);
}

static void try_attachments(struct str text)
{
	struct mirror_attachments list;
	struct buf again = BUF_INIT;
	struct err err;
	if (mirror_attachments_read(&list, text, &err) == 0) {
		mirror_attachments_write(&again, &list);
		must_be(&again, text);
	}
	mirror_attachments_release(&list);
	buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_of(data, size);
	struct mirror_index index;
	struct buf again = BUF_INIT;
	struct err err;
	if (mirror_index_read(&index, text, &err) == 0) {
		mirror_index_write(&again, &index);
		must_be(&again, text);
	}
	mirror_index_release(&index);
	buf_release(&again);
	try_list(text);
	try_attachments(text);
	return 0;
}
