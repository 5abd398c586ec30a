/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <sodium.h>
#include <sys/stat.h>

#define FINGERPRINT "SHA256:4mvmXr89CB4OZF2qv5fdE1rVBOQomrzhbrSbYB7T/js"
#define TOKEN_BASE64                                                                               \
	"AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"                             \
	"AuUXUvgFoTE2TrLfqXvrj3lIhfI+AAAABHNzaDo="
#define BASE64 "AAAAC3NzaC1lZDI1NTE5AAAAIIlvQig0FctcCb6rAuUXUvgFoTE2TrLfqXvrj3lIhfI+"

/* The key of ssh-keygen's file, its public half and its fingerprint belong together. */
static void test_known_key(void **state)
{
	(void)state;
	struct err err = {0};
	struct buf text = slurp(DATA "key"), line = slurp(DATA "key.pub"), out = BUF_INIT;
	struct signer *s;
	struct public_key k;
	assert_int_equal(signer_from_text(&s, buf_str(&text), "key", &err), 0);
	assert_int_equal(public_key_parse(&k, str_trim(buf_str(&line)), &err), 0);
	assert_true(public_key_eq(&k, signer_key(s)));
	public_key_fingerprint(&out, &k);
	assert_string_equal(out.ptr, FINGERPRINT);
	buf_reset(&out);
	public_key_write(&out, &k);
	assert_string_equal(out.ptr, "ssh-ed25519 " BASE64);
	signer_free(s);
	buf_release(&text);
	buf_release(&line);
	buf_release(&out);
}

/* RFC 8032 §7.1, TEST 2. */
static void test_rfc8032(void **state)
{
	(void)state;
	struct err err = {0};
	struct buf seed = unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
	struct buf public =
	    unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
	struct buf want = unhex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
				"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
	struct signer *s = signer_from_seed((const uint8_t *)seed.ptr);
	uint8_t signature[SIGNATURE_TOKEN_BYTES];
	assert_memory_equal(signer_key(s)->bytes, public.ptr, PUBLIC_KEY_BYTES);
	assert_int_equal(signer_sign(s, signature, STR("\x72"), &err), 0);
	assert_memory_equal(signature, want.ptr, SIGNATURE_BYTES);
	signer_free(s);
	buf_release(&seed);
	buf_release(&public);
	buf_release(&want);
}

static void test_public_line(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		enum err_code code;
	} row[] = {
	    {"ssh-ed25519 " BASE64, ERR_NONE},
	    {"ssh-ed25519 " BASE64 " Ama, Kumasi", ERR_NONE},
	    {"ssh-ed25519 " BASE64 " a\xc3\xa9", ERR_NONE},
	    {"", ERR_SYNTAX},
	    {"ssh-ed25519", ERR_SYNTAX},
	    {"ssh-ed25519 ", ERR_SYNTAX},
	    {" ssh-ed25519 " BASE64, ERR_SYNTAX},
	    {"ssh-ed25519  " BASE64, ERR_SYNTAX},
	    {"ssh-ed25519\t" BASE64, ERR_SYNTAX},
	    {"ssh-ed25519 " BASE64 "\n", ERR_SYNTAX},
	    {"ssh-ed25519 " BASE64 "\nssh-ed25519 " BASE64, ERR_SYNTAX},
	    {"ssh-ed25519 " BASE64 "\r", ERR_SYNTAX},
	    {"ssh-ed25519 " BASE64 "AAAA", ERR_SYNTAX},
	    {"ssh-ed25519 " BASE64 "====", ERR_SYNTAX},
	    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIlvQig0FctcCb6rAuUXUvgFoTE2TrLfqXvrj3lIhf==",
		ERR_SYNTAX},
	    {"command=\"sh\" ssh-ed25519 " BASE64, ERR_SYNTAX},
	    {"no-pty ssh-ed25519 " BASE64, ERR_SYNTAX},
	    {BASE64, ERR_SYNTAX},
	    {"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7", ERR_UNSUPPORTED},
	    {"ssh-ed25519-cert-v01@openssh.com " BASE64, ERR_UNSUPPORTED},
	    {"sk-ssh-ed25519@openssh.com " BASE64, ERR_SYNTAX},
	    {"ssh-ed25519 " TOKEN_BASE64, ERR_SYNTAX},
	    {"ecdsa-sha2-nistp256 AAAA", ERR_UNSUPPORTED},
	    /* the type outside and inside of the base64 differ: "ssh-ed25518", "ssh-rsa" */
	    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE4AAAAIIlvQig0FctcCb6rAuUXUvgFoTE2TrLfqXvrj3lIhfI+",
		ERR_UNSUPPORTED},
	    {"ssh-ed25519 AAAAB3NzaC1yc2EAAAADAQABAAAAAQAA", ERR_UNSUPPORTED},
	    /* 31 and 33 bytes of key */
	    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAH4lvQig0FctcCb6rAuUXUvgFoTE2TrLfqXvrj3lIhfI=",
		ERR_SYNTAX},
	    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIYlvQig0FctcCb6rAuUXUvgFoTE2TrLfqXvrj3lIhfI+AA==",
		ERR_SYNTAX},
	    /* y = 0, a point of order 4 */
	    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		ERR_SIGNATURE},
	    /* tokens: applications that are taken */
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfI+AAAABHNzaDo=",
		ERR_NONE},
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfI+AAAADnNzaDphbm5Aa3VtYXNp",
		ERR_NONE},
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfI+AAAAH3NzaDp4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=",
		ERR_NONE},
	    /* and others */
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfI+AAAAIHNzaDp4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4",
		ERR_UNSUPPORTED},
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfI+AAAAAA==",
		ERR_UNSUPPORTED},
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfI+AAAAA3NzaA==",
		ERR_UNSUPPORTED},
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfI+AAAACHdlYjpzc2g6",
		ERR_UNSUPPORTED},
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfI+AAAAB3NzaDphIGI=",
		ERR_UNSUPPORTED},
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfI+AAAABXNzaDoA",
		ERR_UNSUPPORTED},
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfI+AAAABXNzaDoK",
		ERR_UNSUPPORTED},
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfI+AAAABnNzaDrDqQ==",
		ERR_UNSUPPORTED},
	    /* a byte more, no application, half of one, a key too short */
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfI+AAAABHNzaDoA",
		ERR_SYNTAX},
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfI+",
		ERR_SYNTAX},
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIlvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfI+AAAABHNzaA==",
		ERR_SYNTAX},
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAH4lvQig0FctcCb6r"
	     "AuUXUvgFoTE2TrLfqXvrj3lIhfIAAAAEc3NoOg==",
		ERR_SYNTAX},
	    /* y = 0 */
	    {"sk-ssh-ed25519@openssh.com "
	     "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAAAAAAAAAAAAAAA"
	     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABHNzaDo=",
		ERR_SIGNATURE},
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct public_key k;
		struct err err = {0};
		int rc = public_key_parse(&k, str_from(row[i].line), &err);
		if (rc != (int)row[i].code || (rc && !err.msg[0]))
			fail_msg("\"%s\": %d (%s)", row[i].line, rc, err.msg);
	}
}

static void refuse_point(const char *hex)
{
	struct buf b = unhex(hex);
	struct public_key k;
	struct err err = {0};
	if (public_key_from_bytes(&k, buf_str(&b), &err) != ERR_SIGNATURE)
		fail_msg("%s was taken for a safe key", hex);
	buf_release(&b);
}

/* Edge points of Curve25519 in Edwards form: every encoding of the small-order ones, and y >= p. */
static void test_unsafe_points(void **state)
{
	(void)state;
	static const char *const point[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000", /* order 4 */
	    "0000000000000000000000000000000000000000000000000000000000000080",
	    "0100000000000000000000000000000000000000000000000000000000000000", /* neutral */
	    "0100000000000000000000000000000000000000000000000000000000000080",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* order 2 */
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* 0 as p */
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* 1 as p + 1 */
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", /* order 8 */
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", /* order 8 */
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* y >= p */
	    "0200000000000000000000000000000000000000000000000000000000000000", /* not on the curve
										 */
	    /* CVE-2025-69277: a mixed-order point that older libsodium took for a safe one */
	    "9599999999999999999999999999999999999999999999999999999999999999",
	};
	for (size_t i = 0; i < sizeof point / sizeof *point; i++)
		refuse_point(point[i]);
	refuse_point("58"); /* the base point's first byte */
	struct buf base = unhex("5866666666666666666666666666666666666666666666666666666666666666");
	struct public_key k;
	struct err err = {0};
	assert_int_equal(public_key_from_bytes(&k, buf_str(&base), &err), 0);
	buf_release(&base);
}

/* A good key plus a point of order 2, 4 or 8 verifies the same signatures under some verifiers. */
static void test_mixed_order(void **state)
{
	(void)state;
	static const char *const torsion[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	};
	struct signer *s = seeded(7);
	for (size_t i = 0; i < 3; i++) {
		struct buf t = unhex(torsion[i]);
		uint8_t mixed[PUBLIC_KEY_BYTES];
		struct public_key k;
		struct err err = {0};
		assert_int_equal(
		    crypto_core_ed25519_add(mixed, signer_key(s)->bytes, (const uint8_t *)t.ptr),
		    0);
		assert_int_equal(
		    public_key_from_bytes(&k, str_of(mixed, sizeof mixed), &err), ERR_SIGNATURE);
		buf_release(&t);
	}
	signer_free(s);
}

static void test_save_and_load(void **state)
{
	(void)state;
	struct err err = {0};
	struct signer *s = signer_generate(), *again;
	assert_int_equal(signer_save(s, at("made"), STR("Ama in Kumasi"), &err), 0);
	struct stat st;
	assert_int_equal(stat(at("made"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(signer_load(&again, at("made"), &err), 0);
	assert_true(public_key_eq(signer_key(s), signer_key(again)));
	uint8_t a[SIGNATURE_TOKEN_BYTES], b[SIGNATURE_TOKEN_BYTES];
	assert_int_equal(signer_sign(s, a, STR("text"), &err), 0);
	assert_int_equal(signer_sign(again, b, STR("text"), &err), 0);
	assert_memory_equal(a, b, SIGNATURE_BYTES);

	/* Neither half is ever written over. */
	struct buf before = slurp(at("made"));
	assert_int_equal(signer_save(s, at("made"), STR_EMPTY, &err), ERR_EXISTS);
	assert_int_equal(unlink(at("made.pub")), 0);
	assert_int_equal(signer_save(s, at("made"), STR_EMPTY, &err), ERR_EXISTS);
	assert_false(file_exists(at("made.pub")));
	struct buf after = slurp(at("made"));
	assert_true(str_eq(buf_str(&before), buf_str(&after)));
	buf_release(&before);
	buf_release(&after);

	assert_int_equal(signer_save(s, at("n"), STR("two\nlines"), &err), ERR_SYNTAX);
	char comment[300];
	memset(comment, 'c', sizeof comment);
	assert_int_equal(signer_save(s, at("n"), str_of(comment, 257), &err), ERR_LIMIT);
	assert_false(file_exists(at("n")));
	assert_int_equal(signer_save(s, at("n"), str_of(comment, 256), &err), 0);
	signer_free(again);
	assert_int_equal(signer_load(&again, at("n"), &err), 0);
	signer_free(again);
	signer_free(s);
}

static void refuse_file(const char *name, enum err_code code, const char *words)
{
	struct err err = {0};
	struct signer *s = NULL;
	int rc = signer_load(&s, at(name), &err);
	if (rc != (int)code || s || !strstr(err.msg, words) || !strstr(err.msg, name))
		fail_msg("%s: %d, \"%s\" should say \"%s\"", name, rc, err.msg, words);
}

static void copy_data(const char *name, unsigned mode)
{
	char from[PATH_MAX];
	snprintf(from, sizeof from, DATA "%s", name);
	struct buf b = slurp(from);
	spill(at(name), buf_str(&b), mode);
	buf_release(&b);
}

static void test_files_refused(void **state)
{
	(void)state;
	copy_data("locked", 0600);
	refuse_file("locked", ERR_UNSUPPORTED, "--agent");
	copy_data("rsa", 0600);
	refuse_file("rsa", ERR_UNSUPPORTED, "ssh-rsa");
	copy_data("key.pub", 0600);
	refuse_file("key.pub", ERR_SYNTAX, "without .pub");
	copy_data("message.sig", 0600);
	refuse_file("message.sig", ERR_UNSUPPORTED, "ssh-keygen -t ed25519");
	copy_data("message", 0600);
	refuse_file("message", ERR_SYNTAX, "BEGIN OPENSSH PRIVATE KEY");
	spill(at("empty"), STR_EMPTY, 0600);
	refuse_file("empty", ERR_SYNTAX, "BEGIN OPENSSH PRIVATE KEY");
	spill(at("hollow"), STR(KEY_BEGIN KEY_END), 0600);
	refuse_file("hollow", ERR_SYNTAX, "openssh-key-v1");
	spill(at("overlap"), STR("-----BEGIN OPENSSH PRIVATE KEY-----END OPENSSH PRIVATE KEY-----"),
	    0600);
	refuse_file("overlap", ERR_SYNTAX, "");
	spill(at("pkcs8"),
	    STR("-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----\n"), 0600);
	refuse_file("pkcs8", ERR_UNSUPPORTED, "OpenSSH's format");
	copy_data("key", 0640);
	refuse_file("key", ERR_IO, "chmod 600");
	refuse_file("nothing", ERR_MISSING, "No such file");
	refuse_file("", ERR_SYNTAX, "folder");

	struct buf big = BUF_INIT;
	for (int i = 0; i < 17 * 1024; i++)
		buf_putc(&big, '\n');
	spill(at("big"), buf_str(&big), 0600);
	refuse_file("big", ERR_LIMIT, "16384");
	buf_release(&big);
}

static int load_blob(struct signer **s, struct str blob)
{
	struct err err = {0};
	struct buf text = BUF_INIT;
	armor(&text, KEY_BEGIN, KEY_END, blob, 70);
	int rc = signer_from_text(s, buf_str(&text), "key", &err);
	buf_release(&text);
	return rc;
}

/* Cut anywhere, a file is refused; with a bit changed, it is refused or holds the same key. */
static void test_damaged_files(void **state)
{
	(void)state;
	struct err err = {0};
	struct buf text = slurp(DATA "key"), blob = unarmored(buf_str(&text));
	struct signer *good, *s;
	assert_int_equal(signer_from_text(&good, buf_str(&text), "key", &err), 0);
	for (size_t n = 0; n + 1 < text.len; n++)
		assert_int_not_equal(
		    signer_from_text(&s, str_sub(buf_str(&text), 0, n), "key", &err), 0);
	for (size_t n = 0; n < blob.len; n++)
		assert_int_not_equal(load_blob(&s, str_sub(buf_str(&blob), 0, n)), 0);
	size_t same = 0;
	for (size_t bit = 0; bit < blob.len * 8; bit++) {
		blob.ptr[bit / 8] ^= (char)(1 << bit % 8);
		if (load_blob(&s, buf_str(&blob)) == 0) {
			assert_true(public_key_eq(signer_key(s), signer_key(good)));
			signer_free(s);
			same++;
		}
		blob.ptr[bit / 8] ^= (char)(1 << bit % 8);
	}
	/* Only the comment has no second copy to disagree with; one bit makes a NUL of its '@',
	 * which ssh-keygen refuses too. */
	assert_int_equal(same, 8 * strlen("ama@example") - 1);
	signer_free(good);
	buf_release(&blob);
	buf_release(&text);
}

/* All three copies of the public half are another key's: well formed, and it would leak the secret.
 */
static void test_swapped_public_half(void **state)
{
	(void)state;
	struct buf text = slurp(DATA "key"), blob = unarmored(buf_str(&text));
	struct signer *other = seeded(3), *s = NULL;
	struct err err = {0};
	struct public_key own;
	struct buf line = slurp(DATA "key.pub");
	assert_int_equal(public_key_parse(&own, str_trim(buf_str(&line)), &err), 0);
	int copies = 0;
	for (size_t i = 0; i + PUBLIC_KEY_BYTES <= blob.len; i++)
		if (memcmp(blob.ptr + i, own.bytes, PUBLIC_KEY_BYTES) == 0) {
			memcpy(blob.ptr + i, signer_key(other)->bytes, PUBLIC_KEY_BYTES);
			copies++;
		}
	assert_int_equal(copies, 3);
	assert_int_equal(load_blob(&s, buf_str(&blob)), ERR_SYNTAX);
	assert_null(s);
	signer_free(other);
	buf_release(&line);
	buf_release(&blob);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_key),
	    cmocka_unit_test(test_rfc8032),
	    cmocka_unit_test(test_public_line),
	    cmocka_unit_test(test_unsafe_points),
	    cmocka_unit_test(test_mixed_order),
	    cmocka_unit_test(test_save_and_load),
	    cmocka_unit_test(test_files_refused),
	    cmocka_unit_test(test_damaged_files),
	    cmocka_unit_test(test_swapped_public_half),
	};
	return cmocka_run_group_tests(tests, scratch_new, scratch_remove);
}
