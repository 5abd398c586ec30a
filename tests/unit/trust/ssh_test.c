/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: what we sign, ssh-keygen verifies; what it signs, we verify; what we accept, it accepts.
 * Runs the real ssh-keygen, ssh-agent and ssh-add; skips where they are not installed.
 */
#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define NS "belfry-review@test"

/* Run a shell line in the scratch folder; true when it ends with status 0. */
__attribute__((format(printf, 1, 2))) static bool run(const char *format, ...)
{
	char line[2048], whole[4096];
	va_list ap;
	va_start(ap, format);
	vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	snprintf(whole, sizeof whole, "cd %s && { %s ; } >out 2>&1 </dev/null", scratch, line);
	return system(whole) == 0;
}

static void need_ssh_keygen(void)
{
	if (!run("command -v ssh-keygen"))
		skip();
}

static struct signer *load(const char *name)
{
	struct err err = {0};
	struct signer *s;
	if (signer_load(&s, at(name), &err))
		fail_msg("%s", err.msg);
	return s;
}

/* A fresh key of ours in "k", and "allowed" which lets it sign as ama. */
static struct signer *fresh_key(const char *name)
{
	struct err err = {0};
	struct signer *s = signer_generate();
	unlink(at(name));
	char public[64];
	snprintf(public, sizeof public, "%s.pub", name);
	unlink(at(public));
	assert_int_equal(signer_save(s, at(name), STR("ama@example"), &err), 0);
	struct buf line = BUF_INIT;
	buf_puts(&line, "ama@example ");
	public_key_write(&line, signer_key(s));
	buf_putc(&line, '\n');
	spill(at("allowed"), buf_str(&line), 0644);
	buf_release(&line);
	return s;
}

static bool ssh_keygen_verifies(struct str message, struct str signature, const char *ns)
{
	spill(at("m"), message, 0644);
	spill(at("m.check"), signature, 0644);
	return run("ssh-keygen -Y verify -f allowed -I ama@example -n '%s' -s m.check < m", ns);
}

static void test_key_files_agree(void **state)
{
	(void)state;
	need_ssh_keygen();
	struct buf expected = BUF_INIT, said;
	struct signer *s = fresh_key("ours");
	assert_true(run("ssh-keygen -y -f ours"));
	said = slurp(at("out"));
	public_key_write(&expected, signer_key(s));
	buf_puts(&expected, " ama@example\n");
	assert_string_equal(said.ptr, expected.ptr);
	buf_release(&said);

	assert_true(run("ssh-keygen -lf ours.pub"));
	said = slurp(at("out"));
	buf_reset(&expected);
	buf_puts(&expected, "256 ");
	public_key_fingerprint(&expected, signer_key(s));
	buf_puts(&expected, " ama@example (ED25519)\n");
	assert_string_equal(said.ptr, expected.ptr);
	buf_release(&said);

	/* Ours, written again by ssh-keygen with other words, and one that it made itself. */
	assert_true(run("ssh-keygen -q -c -C 'other words' -f ours && ssh-keygen -lf ours"));
	struct signer *again = load("ours");
	assert_true(public_key_eq(signer_key(again), signer_key(s)));
	signer_free(again);
	assert_true(
	    run("ssh-keygen -q -t ed25519 -N '' -C '' -f theirs && ssh-keygen -y -f theirs"));
	said = slurp(at("out"));
	struct signer *theirs = load("theirs");
	buf_reset(&expected);
	public_key_write(&expected, signer_key(theirs));
	assert_true(str_eq(str_trim(buf_str(&said)), buf_str(&expected)));
	signer_free(theirs);
	buf_release(&said);
	signer_free(s);
	buf_release(&expected);
}

static void test_encrypted_file_refused(void **state)
{
	(void)state;
	need_ssh_keygen();
	assert_true(run("ssh-keygen -q -t ed25519 -N 'correct horse' -f sealed"));
	struct signer *s;
	struct err err = {0};
	assert_int_equal(signer_load(&s, at("sealed"), &err), ERR_UNSUPPORTED);
	assert_non_null(strstr(err.msg, "ssh-add"));
	assert_non_null(strstr(err.msg, "--agent"));
}

/* Messages of many sizes, and namespaces of lengths that move every base64 boundary. */
static void test_signatures_agree(void **state)
{
	(void)state;
	need_ssh_keygen();
	struct err err = {0};
	struct signer *s = fresh_key("k");
	for (size_t i = 0; i < 24; i++) {
		struct buf message = BUF_INIT, ours = BUF_INIT;
		char ns[64];
		snprintf(ns, sizeof ns, "belfry-record@%0*d", (int)i + 1, 7);
		buf_reserve(&message, i * i * i + 1);
		random_bytes(message.ptr, i * i * i);
		message.len = i * i * i;
		assert_int_equal(sshsig_sign(&ours, s, ns, buf_str(&message), &err), 0);
		assert_true(ssh_keygen_verifies(buf_str(&message), buf_str(&ours), ns));
		assert_false(ssh_keygen_verifies(STR("another text"), buf_str(&ours), ns));
		spill(at("m"), buf_str(&message), 0644);
		assert_true(run("rm -f m.sig && ssh-keygen -q -Y sign -f k -n '%s' m", ns));
		struct buf theirs = slurp(at("m.sig"));
		assert_string_equal(theirs.ptr, ours.ptr);
		struct sshsig sig;
		assert_int_equal(sshsig_parse(&sig, buf_str(&theirs), &err), 0);
		assert_int_equal(sshsig_verify(&sig, ns, buf_str(&message), &err), 0);
		buf_release(&theirs);
		buf_release(&ours);
		buf_release(&message);
	}
	signer_free(s);
}

static void test_sha256_refused(void **state)
{
	(void)state;
	need_ssh_keygen();
	struct signer *s = fresh_key("k");
	spill(at("m"), STR("text"), 0644);
	if (run("rm -f m.sig && ssh-keygen -q -Y sign -O hashalg=sha256 -f k -n " NS " m")) {
		struct buf theirs = slurp(at("m.sig"));
		struct sshsig sig;
		struct err err = {0};
		assert_int_equal(sshsig_parse(&sig, buf_str(&theirs), &err), ERR_SYNTAX);
		assert_non_null(strstr(err.msg, "sha512"));
		buf_release(&theirs);
	}
	signer_free(s);
}

/* Small damage at random places: of all these texts we accept the one that ssh-keygen wrote. */
static void test_never_looser(void **state)
{
	(void)state;
	need_ssh_keygen();
	struct err err = {0};
	struct signer *s = fresh_key("k");
	struct buf good = BUF_INIT, bad = BUF_INIT;
	assert_int_equal(sshsig_sign(&good, s, NS, STR("text"), &err), 0);
	unsigned seed = 1;
	for (int i = 0; i < 20000; i++) {
		buf_reset(&bad);
		buf_add(&bad, buf_str(&good));
		seed = seed * 1103515245u + 12345u;
		size_t place = (seed >> 8) % bad.len;
		seed = seed * 1103515245u + 12345u;
		char c = "\n\r =-+/AQgwxyz0189"[(seed >> 8) % 18];
		switch (i % 3) {
		case 0:
			bad.ptr[place] = c;
			break;
		case 1:
			memmove(bad.ptr + place, bad.ptr + place + 1, bad.len - place);
			bad.len--;
			break;
		case 2:
			buf_putc(&bad, 0);
			memmove(bad.ptr + place + 1, bad.ptr + place, bad.len - place - 1);
			bad.ptr[place] = c;
		}
		struct sshsig sig;
		if (sshsig_parse(&sig, buf_str(&bad), &err) == 0 &&
		    sshsig_verify(&sig, NS, STR("text"), &err) == 0)
			assert_true(str_eq(buf_str(&bad), buf_str(&good)));
	}
	assert_true(ssh_keygen_verifies(STR("text"), buf_str(&good), NS));
	buf_release(&good);
	buf_release(&bad);
	signer_free(s);
}

static pid_t ssh_agent_start(const char *path)
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		dup2(null, 1);
		dup2(null, 2);
		execlp("ssh-agent", "ssh-agent", "-D", "-a", path, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 500 && !file_exists(path); i++)
		nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
	return pid;
}

/* An encrypted key and a plain one in a real agent: each signs, chosen by its public half. */
static void test_real_agent(void **state)
{
	(void)state;
	if (!run("command -v ssh-agent && command -v ssh-add && command -v ssh-keygen"))
		skip();
	pid_t pid = ssh_agent_start(at("sock"));
	setenv("SSH_AUTH_SOCK", at("sock"), 1);
	struct err err = {0};
	struct signer *none = NULL, *any = NULL, *picked = NULL;
	assert_int_equal(signer_agent(&none, NULL, 0, &err), ERR_MISSING);
	struct signer *plain = fresh_key("plain");
	assert_true(run("ssh-add -q plain"));
	assert_int_equal(signer_agent(&any, NULL, 0, &err), 0);
	assert_true(public_key_eq(signer_key(any), signer_key(plain)));
	assert_true(run(
	    "ssh-keygen -q -t ed25519 -N 'correct horse' -f with-words &&"
	    " printf '#!/bin/sh\\necho correct horse\\n' > ask && chmod 700 ask &&"
	    " DISPLAY=:0 SSH_ASKPASS=$PWD/ask SSH_ASKPASS_REQUIRE=force ssh-add -q with-words"));
	assert_int_equal(signer_agent(&none, NULL, 0, &err), ERR_MISSING);
	assert_non_null(strstr(err.msg, "several"));

	struct buf line = slurp(at("with-words.pub")), ours = BUF_INIT, allowed = BUF_INIT;
	struct public_key k;
	assert_int_equal(public_key_parse(&k, str_trim(buf_str(&line)), &err), 0);
	assert_int_equal(signer_agent(&picked, &k, 1, &err), 0);
	assert_int_equal(sshsig_sign(&ours, picked, NS, STR("text"), &err), 0);
	buf_puts(&allowed, "ama@example ");
	buf_add(&allowed, buf_str(&line));
	spill(at("allowed"), buf_str(&allowed), 0644);
	assert_true(ssh_keygen_verifies(STR("text"), buf_str(&ours), NS));

	/* Gone from the agent since it was chosen. */
	assert_true(run("ssh-add -q -D"));
	assert_int_equal(sshsig_sign(&ours, picked, NS, STR("text"), &err), ERR_SIGNATURE);
	assert_non_null(strstr(err.msg, "refused"));
	signer_free(picked);
	signer_free(any);
	signer_free(plain);
	buf_release(&line);
	buf_release(&ours);
	buf_release(&allowed);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_key_files_agree),
	    cmocka_unit_test(test_encrypted_file_refused),
	    cmocka_unit_test(test_signatures_agree),
	    cmocka_unit_test(test_sha256_refused),
	    cmocka_unit_test(test_never_looser),
	    cmocka_unit_test(test_real_agent),
	};
	return cmocka_run_group_tests(tests, scratch_new, scratch_remove);
}
