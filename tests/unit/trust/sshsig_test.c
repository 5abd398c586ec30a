/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/limits.h"

#include <sodium.h>

#define NS "belfry-record@test"
#define MESSAGE STR("The market opens at five.\n")

/* What ssh-keygen wrote with the committed key is what we write, and verifies. */
static void test_known_signature(void **state)
{
	(void)state;
	struct err err = {0};
	struct buf key = slurp(DATA "key"), theirs = slurp(DATA "message.sig"), ours = BUF_INIT;
	struct signer *s;
	struct sshsig sig;
	assert_int_equal(signer_from_text(&s, buf_str(&key), "key", &err), 0);
	assert_int_equal(sshsig_sign(&ours, s, NS, MESSAGE, &err), 0);
	assert_string_equal(ours.ptr, theirs.ptr);
	assert_int_equal(sshsig_parse(&sig, buf_str(&theirs), &err), 0);
	assert_string_equal(sig.name_space, NS);
	assert_true(public_key_eq(&sig.key, signer_key(s)));
	assert_int_equal(sshsig_verify(&sig, NS, MESSAGE, &err), 0);

	assert_int_equal(
	    sshsig_verify(&sig, NS, STR("The market opens at six.\n"), &err), ERR_SIGNATURE);
	assert_int_equal(sshsig_verify(&sig, NS, STR_EMPTY, &err), ERR_SIGNATURE);
	assert_int_equal(sshsig_verify(&sig, "belfry-record@other", MESSAGE, &err), ERR_NETWORK);
	assert_non_null(strstr(err.msg, "belfry-record@other"));
	assert_int_equal(sshsig_verify(&sig, "belfry-record@tes", MESSAGE, &err), ERR_NETWORK);
	assert_int_equal(sshsig_verify(&sig, "", MESSAGE, &err), ERR_NETWORK);
	signer_free(s);
	buf_release(&key);
	buf_release(&theirs);
	buf_release(&ours);
}

static void test_name_spaces(void **state)
{
	(void)state;
	struct err err = {0};
	struct signer *s = seeded(1);
	struct buf out = BUF_INIT;
	struct sshsig sig;
	char ns[161];
	memset(ns, 'n', sizeof ns);
	for (size_t len = 0; len <= 160; len++) {
		ns[len] = 0;
		buf_reset(&out);
		int rc = sshsig_sign(&out, s, ns, STR("m"), &err);
		assert_int_equal(rc, len >= 1 && len <= 159 ? 0 : ERR_SYNTAX);
		if (!rc) {
			assert_int_equal(sshsig_parse(&sig, buf_str(&out), &err), 0);
			assert_int_equal(sshsig_verify(&sig, ns, STR("m"), &err), 0);
		} else {
			assert_int_equal(out.len, 0);
		}
		ns[len] = 'n';
	}
	assert_int_equal(sshsig_sign(&out, s, "a b", STR("m"), &err), ERR_SYNTAX);
	assert_int_equal(sshsig_sign(&out, s, "a\n", STR("m"), &err), ERR_SYNTAX);
	assert_int_equal(sshsig_sign(&out, s, "\xc3\xa9", STR("m"), &err), ERR_SYNTAX);
	signer_free(s);
	buf_release(&out);
}

/* Every field of a signature, so that a case can change one. Signed well over what it claims. */
struct form {
	const char *magic, *outer_type, *inner_type;
	struct str reserved, name_space, hash, extra, key_extra, signature_extra;
	uint32_t version;
	bool is_sha256;
};

static const struct form plain = {
    .magic = "SSHSIG",
    .outer_type = "ssh-ed25519",
    .inner_type = "ssh-ed25519",
    .reserved = {"", 0},
    .name_space = {NS, sizeof NS - 1},
    .hash = {"sha512", 6},
    .extra = {"", 0},
    .key_extra = {"", 0},
    .signature_extra = {"", 0},
    .version = 1,
};

static void form_sign(uint8_t out[SIGNATURE_TOKEN_BYTES], struct signer *s, const struct form *f)
{
	struct err err = {0};
	uint8_t hash[SHA512_BYTES];
	struct sha256 short_hash = sha256(MESSAGE);
	sha512(hash, MESSAGE);
	struct buf data = BUF_INIT;
	buf_puts(&data, f->magic);
	buf_ssh_string(&data, f->name_space);
	buf_ssh_string(&data, f->reserved);
	buf_ssh_string(&data, f->hash);
	buf_ssh_string(&data,
	    f->is_sha256 ? str_of(short_hash.bytes, SHA256_BYTES) : str_of(hash, sizeof hash));
	assert_int_equal(signer_sign(s, out, buf_str(&data), &err), 0);
	buf_release(&data);
}

static struct buf form_blob(const struct form *f)
{
	struct signer *s = seeded(1);
	uint8_t signature[SIGNATURE_TOKEN_BYTES];
	form_sign(signature, s, f);
	struct buf blob = BUF_INIT, part = BUF_INIT;
	buf_puts(&blob, f->magic);
	buf_u32(&blob, f->version);
	buf_ssh_string(&part, str_from(f->outer_type));
	buf_ssh_string(&part, str_of(signer_key(s)->bytes, PUBLIC_KEY_BYTES));
	buf_add(&part, f->key_extra);
	buf_ssh_string(&blob, buf_str(&part));
	buf_ssh_string(&blob, f->name_space);
	buf_ssh_string(&blob, f->reserved);
	buf_ssh_string(&blob, f->hash);
	buf_reset(&part);
	buf_ssh_string(&part, str_from(f->inner_type));
	buf_ssh_string(&part, str_of(signature, SIGNATURE_BYTES));
	buf_add(&part, f->signature_extra);
	buf_ssh_string(&blob, buf_str(&part));
	buf_add(&blob, f->extra);
	buf_release(&part);
	signer_free(s);
	return blob;
}

static struct buf form_armor(const struct form *f)
{
	struct buf blob = form_blob(f), text = BUF_INIT;
	armor(&text, SIG_BEGIN, SIG_END, buf_str(&blob), 70);
	buf_release(&blob);
	return text;
}

static void refuse_text(const char *what, struct str text, enum err_code code, const char *words)
{
	struct err err = {0};
	struct sshsig sig;
	memset(&sig, 'x', sizeof sig);
	int rc = sshsig_parse(&sig, text, &err);
	if (rc != (int)code || !strstr(err.msg, words))
		fail_msg("%s: %d, \"%s\" should say \"%s\"", what, rc, err.msg, words);
	assert_int_equal(sig.name_space[0], 0);
}

static void refuse_form(const char *what, struct form f, enum err_code code, const char *words)
{
	struct buf text = form_armor(&f);
	refuse_text(what, buf_str(&text), code, words);
	buf_release(&text);
}

#define WITH(...)                                                                                  \
	__extension__({                                                                            \
		struct form f_ = plain;                                                            \
		struct form *f = &f_;                                                              \
		__VA_ARGS__;                                                                       \
		f_;                                                                                \
	})

/* Each is well signed over what it says, and ssh-keygen 9.2 takes several of them. */
static void test_hostile_fields(void **state)
{
	(void)state;
	struct err err = {0};
	struct sshsig sig;
	struct buf good = form_armor(&plain);
	assert_int_equal(sshsig_parse(&sig, buf_str(&good), &err), 0);
	assert_int_equal(sshsig_verify(&sig, NS, MESSAGE, &err), 0);
	buf_release(&good);

	refuse_form("reserved", WITH(f->reserved = STR("x")), ERR_SYNTAX, "reserved");
	refuse_form("version 0", WITH(f->version = 0), ERR_SYNTAX, "version 1");
	refuse_form("version 2", WITH(f->version = 2), ERR_SYNTAX, "version 1");
	refuse_form("version 2^32-1", WITH(f->version = UINT32_MAX), ERR_SYNTAX, "version 1");
	refuse_form("magic", WITH(f->magic = "SSHSIH"), ERR_SYNTAX, "SSHSIG");
	refuse_form(
	    "sha256", WITH(f->hash = STR("sha256"); f->is_sha256 = true), ERR_SYNTAX, "sha512");
	refuse_form("SHA512", WITH(f->hash = STR("SHA512")), ERR_SYNTAX, "sha512");
	refuse_form("sha512 NUL", WITH(f->hash = STR("sha512\0")), ERR_SYNTAX, "sha512");
	refuse_form("no hash", WITH(f->hash = STR_EMPTY), ERR_SYNTAX, "sha512");
	refuse_form("no namespace", WITH(f->name_space = STR_EMPTY), ERR_SYNTAX, "namespace");
	refuse_form(
	    "NUL in namespace", WITH(f->name_space = STR(NS "\0x")), ERR_SYNTAX, "namespace");
	refuse_form(
	    "line end in namespace", WITH(f->name_space = STR(NS "\n")), ERR_SYNTAX, "byte 19");
	refuse_form("bytes after", WITH(f->extra = STR("\0")), ERR_SYNTAX, "last field");
	refuse_form("bytes after key", WITH(f->key_extra = STR("x")), ERR_SYNTAX, "32 bytes");
	refuse_form("bytes after sig", WITH(f->signature_extra = STR("x")), ERR_SYNTAX, "64 bytes");
	refuse_form(
	    "a token's tail", WITH(f->signature_extra = STR("\1\0\0\0\1")), ERR_SYNTAX, "64 bytes");
	refuse_form("rsa key", WITH(f->outer_type = "ssh-rsa"), ERR_UNSUPPORTED, "ssh-rsa");
	refuse_form("sk key", WITH(f->outer_type = "sk-ssh-ed25519@openssh.com"), ERR_SYNTAX,
	    "application");
	refuse_form(
	    "cert", WITH(f->outer_type = "ssh-ed25519-cert-v01@openssh.com"), ERR_UNSUPPORTED, "");
	refuse_form("no type", WITH(f->outer_type = ""), ERR_SYNTAX, "type");
	refuse_form("escape in type", WITH(f->outer_type = "ssh-\033[2J"), ERR_SYNTAX, "type");
	refuse_form(
	    "other signature type", WITH(f->inner_type = "ssh-rsa"), ERR_SYNTAX, "64 bytes");
}

/* The same bytes in other text. All but the last few verify with ssh-keygen 9.2. */
static void test_hostile_armor(void **state)
{
	(void)state;
	struct buf blob = form_blob(&plain), good = form_armor(&plain), t = BUF_INIT;
	struct str text = buf_str(&good);
	static const size_t columns[] = {64, 69, 71, 76, 10000};
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		buf_reset(&t);
		armor(&t, SIG_BEGIN, SIG_END, buf_str(&blob), columns[i]);
		refuse_text("columns", buf_str(&t), ERR_SYNTAX, "70 characters");
	}

	buf_reset(&t);
	for (size_t i = 0; i < good.len; i++) {
		if (good.ptr[i] == '\n')
			buf_putc(&t, '\r');
		buf_putc(&t, good.ptr[i]);
	}
	refuse_text("CRLF", buf_str(&t), ERR_SYNTAX, "CR LF");

	for (size_t i = 0; i < good.len; i++)
		for (const char *c = " \t\n=-"; *c; c++) {
			struct sshsig sig;
			struct err err = {0};
			buf_reset(&t);
			buf_add(&t, str_sub(text, 0, i));
			buf_putc(&t, *c);
			buf_add(&t, str_sub(text, i, good.len));
			if (sshsig_parse(&sig, buf_str(&t), &err) != ERR_SYNTAX)
				fail_msg("taken with byte %d added at %zu", *c, i);
		}

	static const char *const after[] = {"\n", " ", "x", "# comment\n", SIG_END};
	for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
		buf_reset(&t);
		buf_add(&t, text);
		buf_puts(&t, after[i]);
		refuse_text(after[i], buf_str(&t), ERR_SYNTAX, "END line");
	}
	buf_reset(&t);
	buf_add(&t, text);
	buf_add(&t, text);
	refuse_text("two signatures", buf_str(&t), ERR_SYNTAX, "END line");
	refuse_text("no final line end", str_sub(text, 0, good.len - 1), ERR_SYNTAX, "line end");
	buf_reset(&t);
	buf_puts(&t, "\xef\xbb\xbf");
	buf_add(&t, text);
	refuse_text("BOM", buf_str(&t), ERR_SYNTAX, "BEGIN");
	refuse_text("empty", STR_EMPTY, ERR_SYNTAX, "BEGIN");
	refuse_text("hollow", STR(SIG_BEGIN SIG_END), ERR_SYNTAX, "SSHSIG");
	buf_reset(&t);
	while (t.len <= SIGNATURE_BYTES_MAX)
		buf_add(&t, text);
	refuse_text("too large", buf_str(&t), ERR_SYNTAX, "1024");
	buf_release(&t);
	buf_release(&good);
	buf_release(&blob);
}

/* Base64 whose last character carries bits that no byte has: same bytes, other text. */
static void test_base64_tail(void **state)
{
	(void)state;
	int tried = 0;
	for (size_t len = 1; len <= 3; len++) {
		struct form f = plain;
		f.name_space = str_sub(STR("abc"), 0, len);
		struct buf text = form_armor(&f);
		char *pad = strchr(text.ptr, '=');
		if (pad) {
			pad[-1]++;
			refuse_text("tail bits", buf_str(&text), ERR_SYNTAX, "base64");
			tried++;
		}
		buf_release(&text);
	}
	assert_int_equal(tried, 2);
}

static void test_cut_and_flipped(void **state)
{
	(void)state;
	struct buf blob = form_blob(&plain), good = form_armor(&plain), t = BUF_INIT;
	struct sshsig sig;
	struct err err = {0};
	for (size_t n = 0; n < good.len; n++)
		assert_int_equal(
		    sshsig_parse(&sig, str_sub(buf_str(&good), 0, n), &err), ERR_SYNTAX);
	for (size_t n = 0; n < blob.len; n++) {
		buf_reset(&t);
		armor(&t, SIG_BEGIN, SIG_END, str_sub(buf_str(&blob), 0, n), 70);
		assert_int_equal(sshsig_parse(&sig, buf_str(&t), &err), ERR_SYNTAX);
	}
	for (size_t bit = 0; bit < good.len * 8; bit++) {
		good.ptr[bit / 8] ^= (char)(1 << bit % 8);
		if (sshsig_parse(&sig, buf_str(&good), &err) == 0)
			assert_int_not_equal(sshsig_verify(&sig, NS, MESSAGE, &err), 0);
		good.ptr[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < blob.len * 8; bit++) {
		blob.ptr[bit / 8] ^= (char)(1 << bit % 8);
		buf_reset(&t);
		armor(&t, SIG_BEGIN, SIG_END, buf_str(&blob), 70);
		if (sshsig_parse(&sig, buf_str(&t), &err) == 0)
			assert_int_not_equal(sshsig_verify(&sig, NS, MESSAGE, &err), 0);
		blob.ptr[bit / 8] ^= (char)(1 << bit % 8);
	}
	buf_release(&t);
	buf_release(&good);
	buf_release(&blob);
}

/* S + L is the same number to a verifier that does not look (RFC 8032 §5.1.7). */
static void test_malleated(void **state)
{
	(void)state;
	static const char order[] = "edd3f55c1a631258d69cf7a2def9de14"
				    "00000000000000000000000000000010";
	struct buf text = form_armor(&plain), l = unhex(order);
	struct sshsig sig;
	struct err err = {0};
	assert_int_equal(sshsig_parse(&sig, buf_str(&text), &err), 0);
	assert_int_equal(sshsig_verify(&sig, NS, MESSAGE, &err), 0);
	unsigned carry = 0;
	for (size_t i = 0; i < 32; i++) {
		carry += (unsigned)sig.signature[32 + i] + (uint8_t)l.ptr[i];
		sig.signature[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(sshsig_verify(&sig, NS, MESSAGE, &err), ERR_SIGNATURE);
	buf_release(&l);
	buf_release(&text);
}

/* With a small-order key, R = key and S = 0 verify every message where nobody checks. */
static void test_small_order_key(void **state)
{
	(void)state;
	struct err err = {0};
	struct sshsig s = {.name_space = NS}, parsed;
	s.key.bytes[0] = 1;
	s.signature[0] = 1;
	struct buf text = BUF_INIT;
	sshsig_write(&text, &s);
	assert_int_equal(sshsig_parse(&parsed, buf_str(&text), &err), ERR_SIGNATURE);
	assert_int_equal(sshsig_verify(&s, NS, MESSAGE, &err), ERR_SIGNATURE);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_signature),
	    cmocka_unit_test(test_name_spaces),
	    cmocka_unit_test(test_hostile_fields),
	    cmocka_unit_test(test_hostile_armor),
	    cmocka_unit_test(test_base64_tail),
	    cmocka_unit_test(test_cut_and_flipped),
	    cmocka_unit_test(test_malleated),
	    cmocka_unit_test(test_small_order_key),
	};
	return cmocka_run_group_tests(tests, scratch_new, scratch_remove);
}
