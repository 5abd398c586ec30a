/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a link key file is read in its one form, its public half is X25519's, and what was sealed
 * to it is read by its owner alone, whole or not at all.
 */
#include "fixture.h"

#include "trust/link_key.h"

#define ZEROS_62 "00000000000000000000000000000000000000000000000000000000000000"
/* RFC 7748 §5.2, after one iteration: the base point times 9. */
#define SECRET "09" ZEROS_62
#define PUBLIC "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"

static void test_known_key(void **state)
{
	(void)state;
	struct err err = {0};
	uint8_t secret[LINK_KEY_BYTES], public[LINK_KEY_BYTES];
	struct buf want = unhex(PUBLIC);
	assert_int_equal(file_mkdirs(at("keys"), 0700, &err), 0);
	spill(at("keys/link"), STR(SECRET "\n"), 0600);
	assert_int_equal(link_key_load(secret, scratch, &err), 0);
	link_key_public(public, secret);
	assert_memory_equal(public, want.ptr, LINK_KEY_BYTES);
	buf_release(&want);
}

static void refuse(const char *text, enum err_code code, const char *words)
{
	struct err err = {0};
	uint8_t secret[LINK_KEY_BYTES];
	assert_int_equal(file_mkdirs(at("keys"), 0700, &err), 0);
	spill(at("keys/link"), str_from(text), 0600);
	if (link_key_load(secret, scratch, &err) != (int)code || !strstr(err.msg, words))
		fail_msg("\"%s\": %d %s", text, err.code, err.msg);
}

static void test_files_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "\n", "09", SECRET "00\n", "0x" SECRET, "0G" ZEROS_62,
	    "0A" ZEROS_62, "09 " ZEROS_62, SECRET "\n" SECRET "\n",
	    "-----BEGIN OPENSSH PRIVATE KEY-----\n"};
	struct err err = {0};
	uint8_t secret[LINK_KEY_BYTES];
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refuse(bad[i], ERR_SYNTAX, "keys/link: a link key is 64 hex digits on one line");
	assert_int_equal(unlink(at("keys/link")), 0);
	assert_int_equal(link_key_load(secret, scratch, &err), ERR_MISSING);
	assert_non_null(strstr(err.msg, "keys/link"));
	struct buf huge = BUF_INIT;
	for (int i = 0; i < 20000; i++)
		buf_putc(&huge, '0');
	refuse(huge.ptr, ERR_LIMIT, "keys/link");
	buf_release(&huge);
}

static void test_sealed(void **state)
{
	(void)state;
	struct buf secret = unhex(SECRET), public = unhex(PUBLIC), out = BUF_INIT, got = BUF_INIT;
	const uint8_t *own = (const uint8_t *)secret.ptr;
	uint8_t other[LINK_KEY_BYTES] = {7};
	buf_puts(&out, "before");
	assert_true(link_key_seal(&out, (const uint8_t *)public.ptr, STR("for you alone")));
	assert_int_equal(out.len, strlen("before") + 48 + strlen("for you alone"));
	buf_drop_front(&out, strlen("before"));
	buf_puts(&got, "got: ");
	assert_true(link_key_unseal(&got, own, buf_str(&out)));
	assert_string_equal(got.ptr, "got: for you alone");
	/* Nothing less, nothing changed, by nobody else; and what is there stays as it was. */
	assert_false(link_key_unseal(&got, other, buf_str(&out)));
	for (size_t i = 0; i < out.len; i++) {
		assert_false(link_key_unseal(&got, own, str_sub(buf_str(&out), 0, i)));
		out.ptr[i] ^= 1;
		assert_false(link_key_unseal(&got, own, buf_str(&out)));
		out.ptr[i] ^= 1;
	}
	assert_true(str_is(buf_str(&got), "got: for you alone"));
	/* Even nothing can be sealed; to a point of small order nothing can. */
	buf_reset(&out);
	buf_reset(&got);
	assert_true(link_key_seal(&out, (const uint8_t *)public.ptr, STR_EMPTY));
	assert_true(link_key_unseal(&got, own, buf_str(&out)) && got.len == 0);
	memset(other, 0, sizeof other);
	buf_reset(&out);
	assert_false(link_key_seal(&out, other, STR("x")));
	assert_int_equal(out.len, 0);
	buf_release(&secret);
	buf_release(&public);
	buf_release(&out);
	buf_release(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_key),
	    cmocka_unit_test(test_files_refused),
	    cmocka_unit_test(test_sealed),
	};
	return cmocka_run_group_tests(tests, scratch_new, scratch_remove);
}
