/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits of journals: made from values, read back to them, and nothing else is read. Stock git
 * takes most of the forged ones below for good (two signatures, unsigned headers, NUL in the
 * message).
 */
#include "../store/fixture.h"

#include "../trust/token.h"

static const char n64[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static struct head heads[] = {
    {.hub = "central", .seq = 7, .id = {{1}}},
    {.hub = "west", .seq = INT64_MAX, .id = {{2}}},
};

static struct entry sample(void)
{
	struct entry e = {
	    .hub = "east", .seq = 2, .time = T0, .charter = 3, .heads = heads, .nheads = 2};
	memset(e.content.bytes, 0x5a, sizeof e.content.bytes);
	memset(e.parent.bytes, 0x11, OID_BYTES);
	memset(e.tree.bytes, 0x22, OID_BYTES);
	return e;
}

static struct buf commit_of(struct entry *e)
{
	struct buf b = BUF_INIT;
	struct err err = {0};
	good(entry_sign(e, n64, key_of(EAST), &err), &err);
	entry_commit(&b, e, n64, signer_key(key_of(EAST)));
	return b;
}

static bool is_read(struct str commit)
{
	struct entry e;
	struct public_key key;
	struct err err = {0};
	int bad = entry_parse(&e, &key, commit, n64, &err);
	if (bad && (bad != ERR_SYNTAX || !strstr(err.msg, "journal entry")))
		fail_msg("%d %s", bad, err.msg);
	if (!bad)
		entry_release(&e);
	return !bad;
}

static void values_come_back(void **state)
{
	struct entry e = sample(), got;
	struct buf b = commit_of(&e);
	struct public_key key;
	struct err err = {0};
	(void)state;
	good(entry_parse(&got, &key, buf_str(&b), n64, &err), &err);
	assert_string_equal(got.hub, "east");
	assert_int_equal(got.seq, 2);
	assert_int_equal(got.time, T0);
	assert_int_equal(got.charter, 3);
	assert_true(sha256_eq(&got.content, &e.content));
	assert_true(oid_eq(&got.parent, &e.parent) && oid_eq(&got.tree, &e.tree));
	assert_int_equal(got.nheads, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(got.heads[i].hub, heads[i].hub);
		assert_int_equal(got.heads[i].seq, heads[i].seq);
		assert_true(oid_eq(&got.heads[i].id, &heads[i].id));
	}
	assert_true(public_key_eq(&key, signer_key(key_of(EAST))));
	good(entry_verify(&got, n64, &key, &err), &err);
	entry_release(&got);
	buf_release(&b);
}

/* A hub signs by itself; a token could not. */
static void no_token_signs_a_journal(void **state)
{
	uint8_t seed[SEED_BYTES] = {7};
	struct signer *s = token_from(signer_from_seed(seed), "ssh:");
	struct entry e = sample();
	struct buf plain = commit_of(&e), payload = BUF_INIT, armor = BUF_INIT, b = BUF_INIT;
	struct err err = {0};
	(void)state;
	token.flags = 0; /* an entry has no room for these two: */
	token.counter = 0;
	entry_payload(&payload, &e, n64);
	good(sshsig_sign(&armor, s, "git", buf_str(&payload), &err), &err);
	char *from = strstr(plain.ptr, "gpgsig "), *to = strstr(from, "\n\n");
	buf_add(&b, str_of(plain.ptr, (size_t)(from - plain.ptr)));
	buf_puts(&b, "gpgsig");
	for (struct str rest = buf_str(&armor); rest.len;) {
		struct str line = str_cut(&rest, '\n');
		buf_printf(&b, " %.*s\n", STR_FMT(line));
	}
	buf_puts(&b, to + 1);
	assert_false(is_read(buf_str(&b)));
	signer_free(s);
	buf_release(&plain);
	buf_release(&payload);
	buf_release(&armor);
	buf_release(&b);
}

static void a_first_entry_has_no_parent(void **state)
{
	struct entry e = sample();
	(void)state;
	e.parent = (struct oid){{0}};
	e.seq = 1;
	struct buf b = commit_of(&e);
	assert_true(is_read(buf_str(&b)));
	assert_null(strstr(b.ptr, "parent"));
	buf_release(&b);
}

static void values_have_bounds(void **state)
{
	struct entry e = sample();
	struct buf b;
	(void)state;
#define BENT(field, value, want)                                                                   \
	do {                                                                                       \
		e = sample();                                                                      \
		e.field = value;                                                                   \
		b = commit_of(&e);                                                                 \
		if (is_read(buf_str(&b)) != (want))                                                \
			fail_msg(#field " = " #value);                                             \
		buf_release(&b);                                                                   \
	} while (0)
	BENT(seq, 2, true);
	BENT(seq, 0, false);
	BENT(seq, 1, false); /* with a parent */
	BENT(seq, (uint64_t)INT64_MAX, true);
	BENT(seq, (uint64_t)INT64_MAX + 1, false);
	BENT(parent, (struct oid){{0}}, false); /* seq 2 without one */
	BENT(charter, 0, false);
	BENT(charter, UINT32_MAX, true);
	BENT(time, 0, true);
	BENT(time, -1, false);
	BENT(time, 4102444800, true); /* 2100 */
	BENT(time, INT64_MAX, false);
	struct head bent[2] = {heads[1], heads[0]}, twice[2] = {heads[0], heads[0]},
		    zero[2] = {heads[0], heads[1]};
	zero[1].seq = 0;
	BENT(heads, bent, false);
	BENT(heads, twice, false);
	BENT(heads, zero, false);
	zero[1].seq = (uint64_t)INT64_MAX + 1;
	BENT(heads, zero, false);
#undef BENT
}

/* --- bytes that are not ours --- */

/* The commit with the first `old` replaced, or all of them. */
static struct buf replaced(struct str commit, const char *old, const char *with)
{
	struct buf b = BUF_INIT;
	const char *found = memmem(commit.ptr, commit.len, old, strlen(old));
	if (!found)
		fail_msg("no \"%s\" to replace", old);
	size_t before = (size_t)(found - commit.ptr);
	buf_add(&b, str_sub(commit, 0, before));
	buf_puts(&b, with);
	buf_add(&b, str_sub(commit, before + strlen(old), commit.len));
	return b;
}

static void forged_commits_are_refused(void **state)
{
	static const struct {
		const char *what, *old, *with;
	} cases[] = {
	    {"signed extra header", "\ngpgsig ", "\nencoding UTF-8\ngpgsig "},
	    {"unsigned gpgsig-sha256", "\ngpgsig ", "\ngpgsig-sha256 x\ngpgsig "},
	    {"mergetag", "\ngpgsig ", "\nmergetag x\ngpgsig "},
	    {"second gpgsig of junk", "\ngpgsig ", "\ngpgsig junk\ngpgsig "},
	    {"second gpgsig after", "\n\neast 2", "\ngpgsig junk\n\neast 2"},
	    {"no gpgsig", "\ngpgsig ", "\nx-gpgsig "},
	    {"second tree", "\nparent ",
		"\ntree 2222222222222222222222222222222222222222\nparent "},
	    {"two parents", "\nauthor ",
		"\nparent 1111111111111111111111111111111111111111\nauthor "},
	    {"parent of zeros", "1111111111111111111111111111111111111111",
		"0000000000000000000000000000000000000000"},
	    {"two authors", "\ncommitter ", "\nauthor a <a@b> 1 +0000\ncommitter "},
	    {"no author", "\nauthor east", "\nauthored east"},
	    {"no committer", "\ncommitter east", "\ncommitted east"},
	    {"committer of another", "\ncommitter east", "\ncommitter west"},
	    {"author of another", "\nauthor east", "\nauthor west"},
	    {"another network's mail", "@0123456789abcdef>", "@1123456789abcdef>"},
	    {"time zone", " +0000\ncommitter", " +0100\ncommitter"},
	    {"time of the committer", "1767225600 +0000\ngpgsig", "1767225601 +0000\ngpgsig"},
	    {"time with a zero first", "1767225600 +0000", "01767225600 +0000"},
	    {"time beyond 64 bits", "1767225600 +0000", "99999999999999999999 +0000"},
	    {"negative time", "1767225600 +0000", "-1767225600 +0000"},
	    {"subject", "\n\neast 2\n", "\n\neast 3\n"},
	    {"no subject", "\n\neast 2\n", "\n\n"},
	    {"another network", "Network: 0", "Network: 1"},
	    {"another hub", "Hub: east", "Hub: west"},
	    {"hub that is no slug", "Hub: east", "Hub: ea/t"},
	    {"sequence with a sign", "Seq: 2", "Seq: +2"},
	    {"sequence with a zero first", "Seq: 2", "Seq: 02"},
	    {"no sequence", "Seq: 2\n", ""},
	    {"no charter", "Charter: 3\n", ""},
	    {"charter beyond 32 bits", "Charter: 3\n", "Charter: 4294967296\n"},
	    {"content in capitals", "Content: 5a", "Content: 5A"},
	    {"short content", "Content: 5a5a", "Content: 5a"},
	    {"lines in another order", "Seq: 2\nCharter: 3\n", "Charter: 3\nSeq: 2\n"},
	    {"the same line twice", "Seq: 2\n", "Seq: 2\nSeq: 2\n"},
	    {"unknown line", "Content: ", "Surprise: x\nContent: "},
	    {"head of no hub", "Head: central 7", "Head: cen/ral 7"},
	    {"head of a long name", "Head: central 7",
		"Head: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
		"7"},
	    {"head without id", "Head: central 7 01", "Head: central 7 0"},
	    {"CR LF", "Seq: 2\n", "Seq: 2\r\n"},
	    {"armor line folded twice", "\n ", "\n  "},
	    {"armor without BEGIN", "-----BEGIN SSH SIGNATURE-----",
		"-----BEGIN PGP SIGNATURE-----"},
	};
	struct entry e = sample();
	struct buf b = commit_of(&e);
	(void)state;
	assert_true(is_read(buf_str(&b)));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf bent = replaced(buf_str(&b), cases[i].old, cases[i].with);
		if (is_read(buf_str(&bent)))
			fail_msg("%s is taken", cases[i].what);
		buf_release(&bent);
	}
	buf_release(&b);
}

/* 89 letters */
static const char longer[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/* Everything agrees, but the hub's name is none. */
static void hubs_have_names(void **state)
{
	static const char *const names[] = {"ea/t", "East", "e t", "-", longer};
	struct entry e = sample();
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct buf b = commit_of(&e), bent = BUF_INIT;
		for (struct str rest = buf_str(&b); rest.len;) {
			const char *found = memmem(rest.ptr, rest.len, "east", 4);
			size_t n = found ? (size_t)(found - rest.ptr) : rest.len;
			buf_add(&bent, str_sub(rest, 0, n));
			buf_puts(&bent, found ? names[i] : "");
			rest = str_sub(rest, n + 4, rest.len);
		}
		if (is_read(buf_str(&bent)))
			fail_msg("%s is a hub", names[i]);
		buf_release(&b);
		buf_release(&bent);
	}
}

static void heads_are_counted(void **state)
{
	struct entry e = sample();
	static struct head many[ENTRY_HEADS_MAX + 1];
	(void)state;
	for (size_t i = 0; i <= ENTRY_HEADS_MAX; i++) {
		snprintf(many[i].hub, sizeof many[i].hub, "h%04zu", i);
		many[i].seq = 1;
	}
	e.heads = many;
	for (size_t more = 0; more < 2; more++) {
		e.nheads = ENTRY_HEADS_MAX + more;
		struct buf b = commit_of(&e);
		assert_int_equal(is_read(buf_str(&b)), !more);
		buf_release(&b);
	}
}

static void headers_in_another_order(void **state)
{
	struct entry e = sample();
	struct buf b = commit_of(&e), bent = BUF_INIT;
	(void)state;
	const char *author = strstr(b.ptr, "author"), *sig = strstr(b.ptr, "gpgsig"),
		   *end = strstr(sig, "\n\n") + 1;
	buf_add(&bent, str_of(b.ptr, (size_t)(author - b.ptr)));
	buf_add(&bent, str_of(sig, (size_t)(end - sig)));
	buf_add(&bent, str_of(author, (size_t)(sig - author)));
	buf_puts(&bent, end);
	assert_int_equal(bent.len, b.len);
	assert_false(is_read(buf_str(&bent)));
	buf_release(&bent);
	buf_release(&b);
}

static void no_byte_too_many(void **state)
{
	struct entry e = sample();
	struct buf b = commit_of(&e);
	size_t whole = b.len;
	(void)state;
	for (size_t n = 0; n < whole; n++) {
		struct buf cut = BUF_INIT;
		if (str_starts(str_sub(buf_str(&b), n, whole), STR("Head: ")))
			continue; /* an entry with fewer heads, which its signature does not cover
				   */
		buf_add(&cut, str_sub(buf_str(&b), 0, n));
		if (is_read(buf_str(&cut)))
			fail_msg("%zu of %zu bytes are enough", n, whole);
		buf_release(&cut);
	}
	static const char *const more[] = {
	    "\n", "x", " ", "Head: zzz 1 0000000000000000000000000000000000000000\nx"};
	for (size_t i = 0; i < 4; i++) {
		buf_puts(&b, more[i]);
		assert_false(is_read(buf_str(&b)));
		b.len = whole;
	}
	buf_putc(&b, 0);
	assert_false(is_read(buf_str(&b)));
	for (size_t i = 0; i < whole; i++) { /* NUL anywhere */
		char kept = b.ptr[i];
		b.ptr[i] = 0;
		assert_false(is_read(str_of(b.ptr, whole)));
		b.ptr[i] = kept;
	}
	assert_true(is_read(str_of(b.ptr, whole)));
	buf_release(&b);
}

/* A commit with another bit either is no entry, or its signature does not verify. */
static void no_bit_changes_unnoticed(void **state)
{
	struct entry e = sample();
	struct buf b = commit_of(&e);
	(void)state;
	for (size_t i = 0; i < 8 * b.len; i++) {
		struct entry got;
		struct public_key key;
		struct err err = {0};
		b.ptr[i / 8] ^= (char)(1 << i % 8);
		if (entry_parse(&got, &key, buf_str(&b), n64, &err) == 0) {
			bool same_key = public_key_eq(&key, signer_key(key_of(EAST)));
			if (same_key && entry_verify(&got, n64, &key, &err) == 0)
				fail_msg("bit %zu does not matter", i);
			entry_release(&got);
		}
		b.ptr[i / 8] ^= (char)(1 << i % 8);
	}
	assert_true(is_read(buf_str(&b)));
	buf_release(&b);
}

static void content_covers_every_change(void **state)
{
	struct sha256 none = {{0}}, one = {{1}};
	struct change c[] = {
	    {.path = STR("records/a/b/c/en.md"), .content = STR("x")},
	    {.path = STR("roster.md"), .content = STR("y")},
	};
	struct sha256 base = entry_content(&none, c, 2), other;
	(void)state;
	other = entry_content(&none, c, 2);
	assert_true(sha256_eq(&base, &other));
	other = entry_content(&one, c, 2);
	assert_false(sha256_eq(&base, &other));
	other = entry_content(&none, c, 1);
	assert_false(sha256_eq(&base, &other));
	c[0].is_delete = true;
	other = entry_content(&none, c, 2);
	assert_false(sha256_eq(&base, &other));
	c[0].is_delete = false;
	c[1].content = STR("z");
	other = entry_content(&none, c, 2);
	assert_false(sha256_eq(&base, &other));
	c[1].content = STR("y");
	c[1].path = STR("roster.me");
	other = entry_content(&none, c, 2);
	assert_false(sha256_eq(&base, &other));
	/* What the documents say, spelled out. */
	struct sha256 h = sha256(STR("x"));
	struct buf b = BUF_INIT;
	buf_printf(&b, "belfry-content 1\n%s\n+ %s records/a/b/c/en.md\n- roster.md\n",
	    sha256_hex(&one).text, sha256_hex(&h).text);
	c[1] = (struct change){.path = STR("roster.md"), .is_delete = true};
	other = entry_content(&one, c, 2);
	base = sha256(buf_str(&b));
	assert_true(sha256_eq(&base, &other));
	buf_release(&b);
}

static void the_right_key_for_the_right_network(void **state)
{
	struct entry e = sample();
	struct err err = {0};
	char other[65];
	(void)state;
	snprintf(other, sizeof other, "f%s", n64 + 1);
	good(entry_sign(&e, n64, key_of(EAST), &err), &err);
	good(entry_verify(&e, n64, signer_key(key_of(EAST)), &err), &err);
	assert_int_equal(entry_verify(&e, n64, signer_key(key_of(WEST)), &err), ERR_SIGNATURE);
	assert_int_equal(entry_verify(&e, other, signer_key(key_of(EAST)), &err), ERR_SIGNATURE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_come_back),
	    cmocka_unit_test(a_first_entry_has_no_parent),
	    cmocka_unit_test(no_token_signs_a_journal),
	    cmocka_unit_test(values_have_bounds),
	    cmocka_unit_test(forged_commits_are_refused),
	    cmocka_unit_test(hubs_have_names),
	    cmocka_unit_test(heads_are_counted),
	    cmocka_unit_test(headers_in_another_order),
	    cmocka_unit_test(no_byte_too_many),
	    cmocka_unit_test(no_bit_changes_unnoticed),
	    cmocka_unit_test(content_covers_every_change),
	    cmocka_unit_test(the_right_key_for_the_right_network),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
