/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries from the wire. What is decoded must be written and decoded again to the same entry, and
 * make a commit that our own reader takes: else a peer could give us what we cannot open again.
 */
#include "base/hash.h"
#include "store/entry.h"
#include "trust/signer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char network[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void require(bool good)
{
	if (!good)
		abort();
}

static bool same(const struct entry *a, const struct entry *b)
{
	bool good = a->seq == b->seq && a->time == b->time && a->charter == b->charter &&
		    a->nheads == b->nheads && a->nchanges == b->nchanges &&
		    memcmp(a->signature, b->signature, SIGNATURE_BYTES) == 0;
	for (size_t i = 0; good && i < a->nheads; i++)
		good = memcmp(&a->heads[i], &b->heads[i], sizeof a->heads[i]) == 0;
	for (size_t i = 0; good && i < a->nchanges; i++)
		good = str_eq(a->changes[i].path, b->changes[i].path) &&
		       a->changes[i].is_delete == b->changes[i].is_delete &&
		       str_eq(a->changes[i].content, b->changes[i].content);
	return good;
}

static void check_commit(struct entry *e, const struct public_key *key)
{
	struct sha256 before = {{0}};
	struct entry parsed;
	struct public_key signer;
	struct err err = {0};
	struct buf commit = BUF_INIT;
	e->content = entry_content(&before, e->changes, e->nchanges);
	memset(e->tree.bytes, 2, OID_BYTES);
	if (e->seq > 1)
		memset(e->parent.bytes, 1, OID_BYTES);
	entry_commit(&commit, e, network, key);
	require(entry_parse(&parsed, &signer, buf_str(&commit), network, &err) == 0);
	require(parsed.seq == e->seq && parsed.nheads == e->nheads);
	entry_verify(&parsed, network, key, &err);
	entry_release(&parsed);
	buf_release(&commit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct public_key keys[3];
	static bool is_ready;
	struct entry e, again;
	struct err err = {0};
	if (!is_ready) {
		hash_init();
		for (uint8_t i = 0; i < 3; i++) {
			uint8_t seed[SEED_BYTES];
			memset(seed, 0x22 + i, sizeof seed);
			struct signer *s = signer_from_seed(seed);
			keys[i] = *signer_key(s);
			signer_free(s);
		}
		is_ready = true;
	}
	struct entry_context context = {.network = network, .keys = keys, .nkeys = 3};
	if (entry_decode(&e, "east", str_of(data, size), &context, &err)) {
		require(err.code != ERR_NONE && err.msg[0]);
		return 0;
	}
	struct buf bytes = BUF_INIT;
	require(entry_peek_seq(str_of(data, size)) == e.seq);
	entry_encode(&bytes, &e, &context);
	require(entry_decode(&again, "east", buf_str(&bytes), &context, &err) == 0);
	require(same(&e, &again));
	check_commit(&e, &keys[0]);
	entry_release(&e);
	entry_release(&again);
	buf_release(&bytes);
	return 0;
}
