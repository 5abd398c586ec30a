/* SPDX-License-Identifier: Apache-2.0 */
#include "store/recall.h"

#include "base/mem.h"

#include <stdlib.h>

static int add_entry(
    struct store *s, const char *hub, uint64_t seq, struct buf *out, struct err *err)
{
	struct entry e;
	if (store_entry(s, hub, seq, &e, err))
		return err->code;
	int bad = 0;
	for (size_t i = 0; i < e.nchanges && !bad; i++) {
		if (e.changes[i].is_bare)
			bad = err_set(err, ERR_MISSING, "entry %llu of %s is not here in full",
			    (unsigned long long)seq, hub);
		else if (!e.changes[i].is_delete && str_ends(e.changes[i].path, STR(".md")))
			buf_add(out, e.changes[i].content);
	}
	entry_release(&e);
	return bad;
}

int store_recall(struct store *s, const char *hub, uint64_t last, uint64_t count, size_t max_bytes,
    struct buf *out, struct err *err)
{
	for (uint64_t seq = last - count + 1; seq <= last; seq++) {
		if (add_entry(s, hub, seq, out, err))
			return err->code;
		if (out->len > max_bytes)
			return err_set(err, ERR_LIMIT,
			    "%llu entries of %s up to %llu have more than %zu bytes of text",
			    (unsigned long long)count, hub, (unsigned long long)last, max_bytes);
	}
	return 0;
}

int store_recall_last(struct store *s, const char *hub, size_t max_bytes, struct buf *out,
    struct head *last, uint64_t *count, struct err *err)
{
	const struct journal *j = store_journal(s, hub);
	struct buf *texts = NULL;
	size_t n = 0, cap = 0, bytes = 0;
	int bad = 0;
	*last = j ? j->head : (struct head){.seq = 0};
	while (!bad && n < last->seq && n < *count) {
		struct buf text = BUF_INIT;
		bad = add_entry(s, hub, last->seq - n, &text, err);
		if (bad || bytes + text.len > max_bytes) {
			buf_release(&text);
			/* Who does without some texts has nothing to tell before such a one. */
			bad = bad == ERR_MISSING ? 0 : bad;
			break;
		}
		bytes += text.len;
		*MEM_PUSH(texts, n, cap) = text;
	}
	*count = n;
	while (n--) {
		buf_add(out, buf_str(&texts[n]));
		buf_release(&texts[n]);
	}
	free(texts);
	return bad;
}
