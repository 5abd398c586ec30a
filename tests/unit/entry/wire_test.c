/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries on the wire: what is written is read back; what is cut, lengthened or bent is refused or
 * fails its signature. What was never written is in wire_lies_test.c.
 */
#include "wire.h"

#include "../trust/token.h"

static struct head heads[] = {
    {.hub = "central", .seq = 300, .id = {{1}}}, {.hub = "west", .seq = 1, .id = {{2}}}};

/* One entry with a file, a signature by a known key, one by a stranger, a roster, a deletion. */
struct sample {
	struct buf md, sig, rev;
	struct change changes[6];
	struct entry e;
};

static struct sample *sample_new(unsigned author, unsigned reviewer)
{
	struct sample *s = mem_alloc(sizeof *s);
	s->md = news("ke-mombasa", "market", "");
	s->sig = signed_by(author, "belfry-record", n64, buf_str(&s->md));
	s->rev = signed_by(reviewer, "belfry-review", n64, buf_str(&s->md));
	struct change c[6] = {
	    {.path = STR("records/ke-mombasa/news/market/en.md"), .content = buf_str(&s->md)},
	    {.path = STR("records/ke-mombasa/news/market/en.md.rev"), .content = buf_str(&s->rev)},
	    {.path = STR("records/ke-mombasa/news/market/en.md.sig"), .content = buf_str(&s->sig)},
	    {.path = STR("records/ke-mombasa/news/old/en.md"),
		.content = STR_EMPTY,
		.is_delete = true},
	    {.path = STR("roster.md"), .content = STR("not a roster, but a file")},
	    {.path = STR("roster.md.steward-1.sig"), .content = STR_EMPTY},
	};
	memcpy(s->changes, c, sizeof c);
	s->e = (struct entry){.hub = "east",
	    .seq = 7,
	    .time = T0,
	    .charter = 2,
	    .heads = heads,
	    .nheads = 2,
	    .changes = s->changes,
	    .nchanges = 6};
	memset(s->e.signature, 0x77, SIGNATURE_BYTES);
	return s;
}

static void sample_free(struct sample *s)
{
	buf_release(&s->md);
	buf_release(&s->sig);
	buf_release(&s->rev);
	free(s);
}

static void same_entry(const struct entry *a, const struct entry *b)
{
	assert_string_equal(a->hub, b->hub);
	assert_int_equal(a->seq, b->seq);
	assert_int_equal(a->time, b->time);
	assert_int_equal(a->charter, b->charter);
	assert_int_equal(a->nheads, b->nheads);
	for (size_t i = 0; i < a->nheads; i++) {
		assert_string_equal(a->heads[i].hub, b->heads[i].hub);
		assert_int_equal(a->heads[i].seq, b->heads[i].seq);
		assert_true(oid_eq(&a->heads[i].id, &b->heads[i].id));
	}
	assert_int_equal(a->nchanges, b->nchanges);
	for (size_t i = 0; i < a->nchanges; i++) {
		assert_true(str_eq(a->changes[i].path, b->changes[i].path));
		assert_true(str_eq(a->changes[i].content, b->changes[i].content));
		assert_int_equal(a->changes[i].is_delete, b->changes[i].is_delete);
	}
	assert_memory_equal(a->signature, b->signature, SIGNATURE_BYTES);
}

/* Written, read back the same, written again the same. Returns the bytes. */
static struct buf round_trip(const struct entry *e, const struct entry_context *c)
{
	struct buf b = BUF_INIT, again = BUF_INIT;
	struct entry got;
	struct err err = {0};
	entry_encode(&b, e, c);
	good(entry_decode(&got, e->hub, buf_str(&b), c, &err), &err);
	same_entry(e, &got);
	assert_int_equal(entry_peek_seq(buf_str(&b)), e->seq);
	entry_encode(&again, &got, c);
	assert_true(str_eq(buf_str(&b), buf_str(&again)));
	entry_release(&got);
	buf_release(&again);
	return b;
}

static void an_entry_comes_back(void **state)
{
	struct sample *s = sample_new(EAST + ANN, EAST + REV);
	struct buf b = round_trip(&s->e, &context);
	(void)state;
	buf_release(&b);
	s->e.nchanges = s->e.nheads = 0;
	s->e.seq = INT64_MAX;
	s->e.time = ENTRY_TIME_MAX;
	s->e.charter = UINT32_MAX;
	b = round_trip(&s->e, &context);
	buf_release(&b);
	sample_free(s);
}

static size_t length(unsigned author, unsigned reviewer, const struct entry_context *c)
{
	struct sample *s = sample_new(author, reviewer);
	struct buf b = round_trip(&s->e, c);
	size_t n = b.len;
	buf_release(&b);
	sample_free(s);
	return n;
}

static void signatures_are_compact(void **state)
{
	struct sample *s = sample_new(EAST + ANN, EAST + REV);
	struct buf b = round_trip(&s->e, &context);
	(void)state;
	/* 1 kind, 1 place in the roster, 64 bytes: nothing of the armor, not even its path. */
	assert_null(memmem(b.ptr, b.len, "SSH SIGNATURE", 13));
	assert_null(memmem(b.ptr, b.len, "en.md.rev", 9));
	size_t known = b.len;
	buf_release(&b);
	/* A key that is not on the roster adds its 32 bytes. */
	assert_int_equal(length(STRANGER, EAST + REV, &context), known + 32);
	assert_int_equal(length(STRANGER, STRANGER, &context), known + 64);
	struct entry_context no_roster = {.network = n64};
	assert_int_equal(length(EAST + ANN, EAST + REV, &no_roster), known + 64);
	sample_free(s);
}

/* A roster whose second member has a token, and a signature by that. */
static struct buf signed_with_token(
    struct entry_context *c, struct public_key keys[static 2], const char *kind, struct str text)
{
	uint8_t seed[SEED_BYTES] = {7};
	struct signer *s = token_from(signer_from_seed(seed), "ssh:rev");
	struct name_space ns = name_space(kind, n64);
	struct buf armor = BUF_INIT;
	struct err err = {0};
	keys[0] = ring[0];
	keys[1] = *signer_key(s);
	*c = (struct entry_context){.network = n64, .keys = keys, .nkeys = 2};
	good(sshsig_sign(&armor, s, ns.text, text, &err), &err);
	signer_free(s);
	return armor;
}

/* A token's signature takes its 5 bytes more. By one who is not on the roster it is a file. */
static void tokens_are_compact_too(void **state)
{
	struct sample *s = sample_new(EAST + ANN, EAST + REV);
	struct entry_context c;
	struct public_key keys[2];
	size_t plain = length(EAST + ANN, EAST + REV, &context);
	struct buf rev = signed_with_token(&c, keys, "belfry-review", buf_str(&s->md)),
		   sig = signed_with_token(&c, keys, "belfry-record", buf_str(&s->md));
	(void)state;
	s->changes[1].content = buf_str(&rev);
	struct buf b = round_trip(&s->e, &c);
	assert_int_equal(b.len, plain + 5);
	buf_release(&b);
	s->changes[2].content = buf_str(&sig);
	b = round_trip(&s->e, &c);
	assert_int_equal(b.len, plain + 10);
	buf_release(&b);
	b = round_trip(&s->e, &context);
	assert_non_null(memmem(b.ptr, b.len, "SSH SIGNATURE", 13));
	buf_release(&b);
	buf_release(&rev);
	buf_release(&sig);
	sample_free(s);
}

/* Where another branch has another kind of key in that place, the chain is broken, not the grammar:
 * nobody is to blame for it. */
static void kinds_of_keys_may_differ(void **state)
{
	struct sample *s = sample_new(EAST + ANN, EAST + REV);
	struct entry_context c;
	struct public_key keys[2];
	struct entry got;
	struct err err = {0};
	struct buf rev = signed_with_token(&c, keys, "belfry-review", buf_str(&s->md)),
		   b = BUF_INIT;
	(void)state;
	entry_encode(&b, &s->e, &context);
	assert_int_equal(entry_decode(&got, "east", buf_str(&b), &c, &err), ERR_CHAIN);
	assert_non_null(strstr(err.msg, "another kind of key"));
	buf_reset(&b);
	s->changes[1].content = buf_str(&rev);
	entry_encode(&b, &s->e, &c);
	assert_int_equal(entry_decode(&got, "east", buf_str(&b), &context, &err), ERR_CHAIN);
	buf_release(&b);
	buf_release(&rev);
	sample_free(s);
}

/* A signature in another network's name, or with one byte more, stays the file it is. */
static void other_signatures_travel_as_files(void **state)
{
	struct sample *s = sample_new(EAST + ANN, EAST + REV);
	(void)state;
	static const char *const kinds[] = {"belfry-review", "git"};
	for (size_t i = 0; i < 2; i++) {
		struct buf odd = signed_by(EAST + ANN, kinds[i], n64, buf_str(&s->md));
		s->changes[2].content = buf_str(&odd);
		struct buf b = round_trip(&s->e, &context);
		assert_non_null(memmem(b.ptr, b.len, "SSH SIGNATURE", 13));
		buf_release(&b);
		buf_release(&odd);
	}
	struct buf longer = BUF_INIT;
	buf_printf(&longer, "%s\n", s->sig.ptr);
	s->changes[2].content = buf_str(&longer);
	struct buf b = round_trip(&s->e, &context);
	assert_non_null(memmem(b.ptr, b.len, "SSH SIGNATURE", 13));
	buf_release(&b);
	buf_release(&longer);
	/* A signature whose record does not change in this entry. */
	s->changes[0] = s->changes[2];
	s->changes[0].content = buf_str(&s->sig);
	s->e.nchanges = 1;
	b = round_trip(&s->e, &context);
	assert_non_null(memmem(b.ptr, b.len, "SSH SIGNATURE", 13));
	buf_release(&b);
	sample_free(s);
}

static void cut_anywhere(void **state)
{
	struct sample *s = sample_new(STRANGER, EAST + REV);
	struct buf b = round_trip(&s->e, &context);
	(void)state;
	for (size_t n = 0; n < b.len; n++) {
		char *exact = mem_alloc(n + 1); /* so that a sanitizer sees a read past the end */
		memcpy(exact, b.ptr, n);
		if (decode(str_of(exact, n)) == 0)
			fail_msg("%zu of %zu bytes are enough", n, b.len);
		free(exact);
	}
	buf_putc(&b, 0);
	assert_int_equal(decode(buf_str(&b)), ERR_SYNTAX);
	buf_release(&b);
	sample_free(s);
}

/* Any other byte anywhere: refused, or an entry whose values are not those that were signed. */
static void bent_anywhere(void **state)
{
	struct sample *s = sample_new(STRANGER, EAST + REV);
	struct buf b = round_trip(&s->e, &context);
	struct sha256 none = {{0}}, content = entry_content(&none, s->e.changes, s->e.nchanges);
	struct buf payload = BUF_INIT, other = BUF_INIT;
	static const uint8_t flips[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff, 0x2e};
	(void)state;
	s->e.content = content;
	entry_payload(&payload, &s->e, n64);
	for (size_t i = 0; i < b.len * sizeof flips; i++) {
		struct entry got;
		struct err err = {0};
		char *byte = &b.ptr[i / sizeof flips], kept = *byte;
		*byte = (char)(*byte ^ flips[i % sizeof flips]);
		if (entry_decode(&got, "east", buf_str(&b), &context, &err) == 0) {
			got.content = entry_content(&none, got.changes, got.nchanges);
			buf_reset(&other);
			entry_payload(&other, &got, n64);
			if (str_eq(buf_str(&other), buf_str(&payload)) &&
			    memcmp(got.signature, s->e.signature, SIGNATURE_BYTES) == 0)
				fail_msg(
				    "byte %zu of %zu does not matter", i / sizeof flips, b.len);
			entry_release(&got);
		}
		*byte = kept;
	}
	buf_release(&payload);
	buf_release(&other);
	buf_release(&b);
	sample_free(s);
}

static void files_have_limits(void **state)
{
	struct sample *s = sample_new(EAST + ANN, EAST + REV);
	struct buf big = BUF_INIT, b = BUF_INIT;
	struct entry e;
	struct err err = {0};
	static const struct {
		size_t change, max;
	} cases[] = {{0, RECORD_BYTES_MAX}, {2, SIGNATURE_BYTES_MAX}, {4, ROSTER_BYTES_MAX},
	    {5, SIGNATURE_BYTES_MAX}};
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct str kept = s->changes[cases[i].change].content;
		for (size_t more = 0; more < 2; more++) {
			buf_reset(&big);
			buf_reset(&b);
			while (big.len < cases[i].max + more)
				buf_putc(&big, 'x');
			s->changes[cases[i].change].content = buf_str(&big);
			entry_encode(&b, &s->e, &context);
			int bad = entry_decode(&e, "east", buf_str(&b), &context, &err);
			if (!bad)
				entry_release(&e);
			assert_int_equal(bad, more ? ERR_LIMIT : 0);
		}
		s->changes[cases[i].change].content = kept;
	}
	buf_reset(&big);
	while (big.len <= ENTRY_BYTES_MAX)
		buf_putc(&big, 1);
	assert_int_equal(decode(buf_str(&big)), ERR_LIMIT);
	buf_release(&big);
	buf_release(&b);
	sample_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_entry_comes_back),
	    cmocka_unit_test(signatures_are_compact),
	    cmocka_unit_test(tokens_are_compact_too),
	    cmocka_unit_test(kinds_of_keys_may_differ),
	    cmocka_unit_test(other_signatures_travel_as_files),
	    cmocka_unit_test(cut_anywhere),
	    cmocka_unit_test(bent_anywhere),
	    cmocka_unit_test(files_have_limits),
	};
	return cmocka_run_group_tests(tests, setup, done);
}
