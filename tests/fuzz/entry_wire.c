/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries from the wire, beside a tree that has a text at every path. What is decoded must be
 * written and decoded again to the same entry, as deltas of other texts and without any, in the
 * room there is; and make a commit that our own reader takes: else a peer could give us what we
 * cannot open again.
 */
#include "base/hash.h"
#include "entry/entry.h"
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
		       a->changes[i].is_bare == b->changes[i].is_bare &&
		       str_eq(a->changes[i].order, b->changes[i].order) &&
		       memcmp(&a->changes[i].blob, &b->changes[i].blob, OID_BYTES) == 0 &&
		       sha256_eq(&a->changes[i].hash, &b->changes[i].hash) &&
		       str_eq(a->changes[i].content, b->changes[i].content);
	return good;
}

/* What a sender would leave out was left out: else it is not written as it came. What is erased is
 * told as that where the receiver would have it. */
static bool all_bare(const struct entry *e, const struct scope *scope)
{
	for (size_t i = 0; i < e->nchanges; i++)
		if (!e->changes[i].is_delete &&
		    (e->changes[i].is_bare && !e->changes[i].order.len) ==
			scope_has(scope, e->changes[i].path))
			return false;
	return true;
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

static const struct str old_texts[] = {
    {"---\nrevision: 1\nthe same line\nthe same line\nthe same line\n---\nAnd an end.\n", 74},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 64},
};

static int old_file(void *of, struct str path, struct buf *out, struct err *err)
{
	(void)path;
	(void)err;
	buf_add(out, *(const struct str *)of);
	return 0;
}

/* Written beside old texts of its own choice, read again beside the same. */
static void check_again(struct entry *e, const struct str *old, struct entry_context context)
{
	struct entry again;
	struct err err = {0};
	struct buf bytes = BUF_INIT;
	for (size_t i = 0; i < e->nchanges; i++)
		e->changes[i].old = old ? *old : STR_EMPTY;
	context.old = old ? old_file : NULL;
	context.of = (void *)(uintptr_t)old;
	entry_encode(&bytes, e, &context);
	require(bytes.len <= entry_bytes_max(e->changes, e->nchanges, e->nheads));
	require(entry_decode(&again, "east", buf_str(&bytes), &context, &err) == 0);
	require(same(e, &again));
	entry_release(&again);
	buf_release(&bytes);
}

static void check(struct str bytes, struct entry_context context, const struct public_key *key)
{
	struct entry e;
	struct err err = {0};
	if (entry_decode(&e, "east", bytes, &context, &err)) {
		require(err.code != ERR_NONE && err.msg[0]);
		return;
	}
	require(entry_peek_seq(bytes) == e.seq);
	for (size_t i = 0; i < e.nchanges; i++)
		require(!e.changes[i].is_bare || e.changes[i].order.len || context.scope);
	if (!context.scope) {
		check_again(&e, NULL, context);
		check_again(&e, &old_texts[0], context);
		check_again(&e, &old_texts[1], context);
	} else if (all_bare(&e, context.scope)) {
		check_again(&e, NULL, context);
	}
	check_commit(&e, key);
	entry_release(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct public_key keys[4];
	static bool is_ready;
	if (!is_ready) {
		hash_init();
		for (uint8_t i = 0; i < 3; i++) {
			uint8_t seed[SEED_BYTES];
			memset(seed, 0x22 + i, sizeof seed);
			struct signer *s = signer_from_seed(seed);
			keys[i] = *signer_key(s);
			signer_free(s);
		}
		keys[3] = keys[2];
		require(public_key_set_application(&keys[3], STR("ssh:seed")));
		is_ready = true;
	}
	struct entry_context context = {.network = network,
	    .keys = keys,
	    .nkeys = 4,
	    .old = old_file,
	    .of = (void *)(uintptr_t)&old_texts[0]};
	check(str_of(data, size), context, &keys[0]);
	/* For one who can do without everything but English news. */
	struct scope scope = {.is_lacking = size & 1};
	words_add(&scope.types, STR("news"));
	words_add(&scope.langs, STR("en"));
	context.scope = &scope;
	check(str_of(data, size), context, &keys[0]);
	return 0;
}
