/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: signatures of FIDO tokens. What we accept ssh-keygen accepts; what it accepts beyond that
 * is named here: it asks for no touch.
 */
#include "fixture.h"

#include "token.h"

#include <sodium.h>

#define NS "belfry-record@test"
#define MESSAGE STR("The market opens at five.\n")

static struct signer *ann(void)
{
	token.flags = 1;
	token.counter = 0x01020304;
	token.application = NULL;
	return token_from(seeded(7), "ssh:");
}

/* What ssh-keygen says of `text` over MESSAGE, with `key` allowed to sign. */
static bool stock_verifies(const struct public_key *key, struct str text)
{
	char line[512];
	struct buf allowed = BUF_INIT;
	buf_puts(&allowed, "ann@example namespaces=\"" NS "\" ");
	public_key_write(&allowed, key);
	buf_putc(&allowed, '\n');
	spill(at("allowed"), buf_str(&allowed), 0644);
	spill(at("m"), MESSAGE, 0644);
	spill(at("m.sig"), text, 0644);
	buf_release(&allowed);
	snprintf(line, sizeof line,
	    "cd %s && ssh-keygen -Y verify -f allowed -I ann@example -n " NS
	    " -s m.sig < m >/dev/null 2>&1",
	    scratch);
	return system(line) == 0;
}

static int our_verdict(struct str text, struct err *err)
{
	struct sshsig sig;
	return sshsig_parse(&sig, text, err) ? err->code : sshsig_verify(&sig, NS, MESSAGE, err);
}

/* MESSAGE signed as `token` has it. */
static struct buf signed_text(struct signer *s)
{
	struct buf text = BUF_INIT;
	struct err err = {0};
	assert_int_equal(sshsig_sign(&text, s, NS, MESSAGE, &err), 0);
	return text;
}

static void check(const char *what, const struct public_key *key, struct str text,
    enum err_code ours, const char *words, bool stock)
{
	struct err err = {0};
	int rc = our_verdict(text, &err);
	if (rc != (int)ours || !strstr(err.msg, words))
		fail_msg("%s: %d, \"%s\" should say \"%s\"", what, rc, err.msg, words);
	if (stock_verifies(key, text) != stock)
		fail_msg("%s: ssh-keygen thinks otherwise", what);
}

static void check_signed(
    const char *what, struct signer *s, enum err_code ours, const char *words, bool stock)
{
	struct buf text = signed_text(s);
	check(what, signer_key(s), buf_str(&text), ours, words, stock);
	buf_release(&text);
}

static void test_verdicts(void **state)
{
	(void)state;
	if (system("command -v ssh-keygen >/dev/null"))
		skip();
	struct signer *s = ann();
	check_signed("good", s, ERR_NONE, "", true);
	token.counter = 0;
	check_signed("counter 0", s, ERR_NONE, "", true);
	token.counter = UINT32_MAX;
	token.flags = 0xff;
	check_signed("all flags, highest counter", s, ERR_NONE, "", true);
	token.flags = 5;
	check_signed("touch and PIN", s, ERR_NONE, "", true);
	token.flags = 0;
	check_signed("no touch", s, ERR_SIGNATURE, "without a touch", true);
	token.flags = 4;
	check_signed("a PIN but no touch", s, ERR_SIGNATURE, "without a touch", true);
	token.flags = 1;
	token.application = "ssh:other";
	check_signed("for another application", s, ERR_SIGNATURE, "does not verify", false);
	signer_free(s);

	s = token_from(seeded(7), "ssh:work");
	token.application = NULL;
	check_signed("application ssh:work", s, ERR_NONE, "", true);
	token.application = "ssh:";
	check_signed("its key says another", s, ERR_SIGNATURE, "does not verify", false);
	signer_free(s);
	/* An application that we do not take, and ssh-keygen does. */
	s = ann();
	snprintf(s->key.application, sizeof s->key.application, "web:example.org");
	check_signed("application web:", s, ERR_UNSUPPORTED, "ssh:", true);
	signer_free(s);
}

/* Fields moved about by hand; the armor is right each time. */
static void check_blob(const char *what, const struct public_key *key, struct str head,
    struct str signature, enum err_code ours, bool stock)
{
	struct buf blob = BUF_INIT, text = BUF_INIT, part = BUF_INIT;
	public_key_blob(&part, key);
	buf_puts(&blob, "SSHSIG");
	buf_u32(&blob, 1);
	buf_ssh_string(&blob, buf_str(&part));
	buf_ssh_string(&blob, STR(NS));
	buf_ssh_string(&blob, STR_EMPTY);
	buf_ssh_string(&blob, STR("sha512"));
	buf_reset(&part);
	buf_ssh_string(&part, head);
	buf_add(&part, signature);
	buf_ssh_string(&blob, buf_str(&part));
	armor(&text, SIG_BEGIN, SIG_END, buf_str(&blob), 70);
	check(what, key, buf_str(&text), ours, "", stock);
	buf_release(&part);
	buf_release(&text);
	buf_release(&blob);
}

static void test_forms(void **state)
{
	(void)state;
	if (system("command -v ssh-keygen >/dev/null"))
		skip();
	struct signer *s = ann();
	struct sshsig sig;
	struct err err = {0};
	struct buf text = signed_text(s), raw = BUF_INIT;
	static const char type[] = "sk-ssh-ed25519@openssh.com";
	assert_int_equal(sshsig_parse(&sig, buf_str(&text), &err), 0);
	assert_int_equal(sig.signature[64], 1);
	assert_memory_equal(sig.signature + 65, "\1\2\3\4", 4);
	buf_ssh_string(&raw, str_of(sig.signature, SIGNATURE_BYTES));
	buf_add(&raw, str_of(sig.signature + 64, 5));
	const struct public_key *key = signer_key(s);
	struct str whole = buf_str(&raw);
	check_blob("as it was", key, str_from(type), whole, ERR_NONE, true);
	check_blob("no counter", key, str_from(type), str_sub(whole, 0, 69), ERR_SYNTAX, false);
	check_blob("no tail", key, str_from(type), str_sub(whole, 0, 68), ERR_SYNTAX, false);
	check_blob("half a counter", key, str_from(type), str_sub(whole, 0, 71), ERR_SYNTAX, false);
	buf_putc(&raw, 0);
	check_blob("a byte more", key, str_from(type), buf_str(&raw), ERR_SYNTAX, false);
	check_blob("plain type", key, STR("ssh-ed25519"), whole, ERR_SYNTAX, false);
	buf_reset(&raw);
	public_key_signature_blob(&raw, key, sig.signature);
	for (size_t n = 0; n < raw.len; n++)
		assert_false(
		    public_key_take_signature(sig.signature, key, str_sub(buf_str(&raw), 0, n)));
	assert_true(public_key_take_signature(sig.signature, key, buf_str(&raw)));
	buf_reset(&raw);

	/* What a token answers is nothing for the plain key of the same point, nor the other way.
	 */
	struct signer *plain = seeded(7);
	buf_ssh_string(&raw, str_of(sig.signature, SIGNATURE_BYTES));
	check_blob("a token's, for a plain key", signer_key(plain), STR("ssh-ed25519"),
	    buf_str(&raw), ERR_SIGNATURE, false);
	struct buf other = signed_text(plain);
	assert_int_equal(sshsig_parse(&sig, buf_str(&other), &err), 0);
	buf_reset(&raw);
	buf_ssh_string(&raw, str_of(sig.signature, SIGNATURE_BYTES));
	buf_add(&raw, STR("\1\0\0\0\1"));
	check_blob("plain, for a token", key, str_from(type), buf_str(&raw), ERR_SIGNATURE, false);
	assert_false(public_key_eq(key, signer_key(plain)));
	signer_free(plain);
	buf_release(&other);
	signer_free(s);
	buf_release(&raw);
	buf_release(&text);
}

/* Every bit of the blob turned: nothing verifies. Of some, ssh-keygen is asked, too. */
static void test_flipped(void **state)
{
	(void)state;
	bool has_stock = system("command -v ssh-keygen >/dev/null") == 0;
	struct signer *s = ann();
	struct buf good = signed_text(s), blob = unarmored(buf_str(&good)), t = BUF_INIT;
	struct err err = {0};
	for (size_t bit = 0; bit < blob.len * 8; bit++) {
		blob.ptr[bit / 8] ^= (char)(1 << bit % 8);
		buf_reset(&t);
		armor(&t, SIG_BEGIN, SIG_END, buf_str(&blob), 70);
		assert_int_not_equal(our_verdict(buf_str(&t), &err), 0);
		if (has_stock && bit % 41 == 0)
			assert_false(stock_verifies(signer_key(s), buf_str(&t)));
		blob.ptr[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (size_t n = 0; n < blob.len; n++) {
		buf_reset(&t);
		armor(&t, SIG_BEGIN, SIG_END, str_sub(buf_str(&blob), 0, n), 70);
		assert_int_equal(our_verdict(buf_str(&t), &err), ERR_SYNTAX);
	}
	buf_release(&t);
	buf_release(&blob);
	buf_release(&good);
	signer_free(s);
}

/* A token's line is read, written again alike, and shown by ssh-keygen under our fingerprint. */
static void test_public_line(void **state)
{
	(void)state;
	static const char *const applications[] = {"ssh:", "ssh:ann@kumasi"};
	struct signer *s = seeded(7);
	for (size_t i = 0; i < 2; i++) {
		struct buf line = BUF_INIT, print = BUF_INIT, again = BUF_INIT;
		struct public_key k;
		struct err err = {0};
		token_from(s, applications[i]);
		public_key_write(&line, signer_key(s));
		assert_int_equal(public_key_parse(&k, buf_str(&line), &err), 0);
		assert_true(public_key_eq(&k, signer_key(s)));
		public_key_write(&again, &k);
		assert_string_equal(again.ptr, line.ptr);
		public_key_fingerprint(&print, &k);
		buf_putc(&line, '\n');
		spill(at("k.pub"), buf_str(&line), 0644);
		char command[512];
		snprintf(command, sizeof command,
		    "ssh-keygen -lf %s | grep -qF '%s' || ! command -v ssh-keygen >/dev/null",
		    at("k.pub"), print.ptr);
		assert_int_equal(system(command), 0);
		buf_release(&line);
		buf_release(&again);
		buf_release(&print);
	}
	signer_free(s);
}

/* The file ssh-keygen keeps of a token's key has no secret for us. */
static void test_private_file(void **state)
{
	(void)state;
	struct signer *s = ann(), *got;
	struct err err = {0};
	struct buf blob = BUF_INIT, public = BUF_INIT, section = BUF_INIT, text = BUF_INIT;
	public_key_blob(&public, signer_key(s));
	buf_u32(&section, 9);
	buf_u32(&section, 9);
	buf_add(&section, buf_str(&public));
	buf_u8(&section, 1);
	buf_ssh_string(&section, STR("handle"));
	buf_ssh_string(&section, STR_EMPTY);
	buf_ssh_string(&section, STR("comment"));
	for (uint8_t i = 1; section.len % 8; i++)
		buf_u8(&section, i);
	buf_add(&blob, str_of("openssh-key-v1", 15));
	buf_ssh_string(&blob, STR("none"));
	buf_ssh_string(&blob, STR("none"));
	buf_ssh_string(&blob, STR_EMPTY);
	buf_u32(&blob, 1);
	buf_ssh_string(&blob, buf_str(&public));
	buf_ssh_string(&blob, buf_str(&section));
	armor(&text, KEY_BEGIN, KEY_END, buf_str(&blob), 70);
	assert_int_equal(signer_from_text(&got, buf_str(&text), "k", &err), ERR_UNSUPPORTED);
	assert_non_null(strstr(err.msg, "--agent"));
	assert_non_null(strstr(err.msg, "ssh-keygen -Y sign"));
	signer_free(s);
	buf_release(&blob);
	buf_release(&public);
	buf_release(&section);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_verdicts),
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_flipped),
	    cmocka_unit_test(test_public_line),
	    cmocka_unit_test(test_private_file),
	};
	return cmocka_run_group_tests(tests, scratch_new, scratch_remove);
}
