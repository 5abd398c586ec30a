/* SPDX-License-Identifier: Apache-2.0 */
#include "entry/head.h"

struct sha256 local_state_digest(const struct local_state *l)
{
	struct buf b = BUF_INIT;
	struct sha256_hex hash = sha256_hex(&l->charter_hash);
	buf_printf(&b, "belfry-state 1\n%u %s\n", l->charter, hash.text);
	for (size_t i = 0; i < l->nheads; i++) {
		const struct head *h = &l->heads[i];
		buf_printf(&b, "%s %llu ", h->hub, (unsigned long long)h->seq);
		buf_hex(&b, str_of(h->id.bytes, OID_BYTES));
		buf_putc(&b, '\n');
	}
	struct sha256 digest = sha256(buf_str(&b));
	buf_release(&b);
	return digest;
}

const struct head *head_find(const struct head *heads, size_t n, const char *hub)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t mid = (low + high) / 2;
		int c = strcmp(hub, heads[mid].hub);
		if (!c)
			return &heads[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}
