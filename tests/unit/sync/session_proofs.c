/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An edge's proof of who its member is, and the sizes of what members and hubs send then:
 * submissions, notices, evidence.
 */
#include "session_fault.h"

#include "../trust/token.h"

/* What an edge that signs honestly would send, over `message`. */
static void proof_body(
    struct buf *body, struct signer *signer, const char *name_space, struct str message)
{
	struct buf armor = BUF_INIT;
	struct sshsig sig;
	struct err err;
	assert_int_equal(sshsig_sign(&armor, signer, name_space, message, &err), 0);
	assert_int_equal(sshsig_parse(&sig, buf_str(&armor), &err), 0);
	buf_reset(body);
	prove_write(body, &sig.key, sig.signature);
	buf_release(&armor);
}

static void proofs_that_do_not_hold(void **state)
{
	(void)state;
	struct signer *signer = signer_generate();
	struct buf body = BUF_INIT;
	struct raw other = raw_new(RAW_EQUAL | RAW_EDGE, NULL, 0);
	for (int what = 0; what < 7; what++) {
		struct raw r = raw_new(RAW_EQUAL | RAW_EDGE, NULL, 0);
		const struct raw *signed_for = what == 1 ? &other : &r;
		const char *name_space = what == 2 ? "git" : r.session->name_space;
		take(&r);
		proof_body(&body, signer, name_space,
		    str_of(noise_handshake_hash(signed_for->noise), NOISE_HASH_BYTES));
		if (what == 3)
			body.ptr[PUBLIC_KEY_BYTES + 5] ^= 1;
		if (what == 4)
			memset(body.ptr, 0, PUBLIC_KEY_BYTES);
		if (what == 5)
			buf_putc(&body, 0);
		raw_say(&r, MESSAGE_PROVE, buf_str(&body));
		if (what == 0) {
			assert_int_equal(take(&r).of[SESSION_MEMBER], 1);
			raw_free(&r);
		} else if (what < 6) {
			assert_fault(&r, "PROVE: ");
		} else {
			take(&r);
			raw_say(&r, MESSAGE_PROVE, buf_str(&body));
			assert_fault(&r, "PROVE: a member was proved before");
		}
	}
	raw_free(&other);
	signer_free(signer);
	buf_release(&body);
}

/* With a token the application ends the body. */
static void tokens_that_do_not_hold(void **state)
{
	(void)state;
	struct signer *signer = token_from(signer_generate(), "ssh:"), *plain = signer_generate();
	struct buf body = BUF_INIT;
	for (int what = 0; what < 7; what++) {
		struct raw r = raw_new(RAW_EQUAL | RAW_EDGE, NULL, 0);
		take(&r);
		token.flags = what != 1;
		proof_body(&body, what == 6 ? plain : signer, r.session->name_space,
		    str_of(noise_handshake_hash(r.noise), NOISE_HASH_BYTES));
		token.flags = 1;
		if (what == 2)
			body.ptr[body.len - 1] = ';';
		if (what == 3)
			buf_puts(&body, "another");
		if (what == 4)
			body.len -= 4;
		if (what == 5)
			for (int i = 0; i < APPLICATION_BYTES; i++)
				buf_putc(&body, 'x');
		if (what == 6)
			buf_puts(&body, "12345"); /* a plain key's, made as long as a token's */
		raw_say(&r, MESSAGE_PROVE, buf_str(&body));
		if (what == 0) {
			assert_int_equal(take(&r).of[SESSION_MEMBER], 1);
			raw_free(&r);
		} else {
			assert_fault(&r, "PROVE: ");
		}
	}
	signer_free(plain);
	signer_free(signer);
	buf_release(&body);
}

static void submissions_have_limits(void **state)
{
	(void)state;
	struct buf big = BUF_INIT;
	struct raw r = raw_new(RAW_EQUAL | RAW_EDGE, NULL, 0);
	take(&r);
	r.session->is_member = true;
	for (int i = 0; i < SUBMISSION_BYTES_MAX; i++)
		buf_putc(&big, 'x');
	raw_say(&r, MESSAGE_SUBMIT, buf_str(&big));
	assert_int_equal(take(&r).of[SESSION_SUBMIT], 1);
	buf_putc(&big, 'x');
	raw_say(&r, MESSAGE_SUBMIT, buf_str(&big));
	assert_fault(&r, "SUBMIT: 81921 bytes, where 1 to 81920 are possible");
	r = raw_new(RAW_EQUAL | RAW_SESSION_IS_EDGE, NULL, 0);
	take(&r);
	r.session->has_proved = true;
	raw_say(&r, MESSAGE_NOTICE, str_sub(buf_str(&big), 0, NOTICE_BYTES_MAX));
	assert_int_equal(take(&r).of[SESSION_NOTICE], 1);
	raw_say(&r, MESSAGE_NOTICE, STR_EMPTY);
	assert_fault(&r, "NOTICE: 0 bytes");
	buf_release(&big);
}

/* Commits of both ends of what is allowed come through; more of them, or larger ones, do not. */
static void evidence_has_limits(void **state)
{
	(void)state;
	struct buf big = BUF_INIT, body = BUF_INIT;
	for (int i = 0; i <= ENTRY_COMMIT_BYTES_MAX; i++)
		buf_putc(&big, 'x');
	struct str most = str_sub(buf_str(&big), 0, ENTRY_COMMIT_BYTES_MAX);
	for (int what = 0; what < 4; what++) {
		struct raw r = raw_new(RAW_EQUAL, NULL, 0);
		take(&r);
		buf_reset(&body);
		evidence_write(&body, what == 3 ? "" : "east", what == 1 ? buf_str(&big) : most,
		    what == 2 ? buf_str(&big) : most);
		raw_say(&r, MESSAGE_EVIDENCE, buf_str(&body));
		if (what) {
			assert_fault(&r, "EVIDENCE: it has no journal, or no commits");
			continue;
		}
		struct tally t = take(&r);
		assert_int_equal(t.of[SESSION_EVIDENCE], 1);
		buf_reset(&body);
		evidence_write(&body, "east", STR("one"), STR_EMPTY);
		for (int i = 1; i < 2 * HUBS_MAX; i++)
			raw_say(&r, MESSAGE_EVIDENCE, buf_str(&body));
		assert_int_equal(take(&r).of[SESSION_EVIDENCE], 2 * HUBS_MAX - 1);
		raw_say(&r, MESSAGE_EVIDENCE, buf_str(&body));
		assert_fault(&r, "EVIDENCE: more than 512");
	}
	buf_release(&big);
	buf_release(&body);
}

static int setup(void **state)
{
	(void)state;
	hash_init(); /* before keys are made */
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(proofs_that_do_not_hold),
	    cmocka_unit_test(tokens_that_do_not_hold),
	    cmocka_unit_test(submissions_have_limits),
	    cmocka_unit_test(evidence_has_limits),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
