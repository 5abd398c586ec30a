/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Against an agent that misbehaves on purpose: a child that listens in the scratch folder.
 */
#include "fixture.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

enum { TIMEOUT_MS = 300, PATIENT_MS = 20 * 1000 };

/* What the agent does with a request. Identities are answered well unless the name says LIST. */
enum manner {
	GOOD,
	REFUSES,
	SIGNS_OTHER_DATA,
	SIGNS_WITH_OTHER_KEY,
	ANSWERS_OTHER_TYPE,
	ANSWERS_RSA,
	CUTS_ANSWER,
	CLOSES,
	SILENT,
	TRICKLES,
	LIST_EMPTY,
	LIST_OF_TWO,
	LIST_OF_TWINS,
	LIST_OF_OTHERS,
	LIST_OF_FIVE,
	LIST_TOO_LONG,
	LIST_ZERO_BYTES,
	LIST_COUNT_LIES,
};

static void add_identity(struct buf *out, uint8_t seed)
{
	struct signer *s = seeded(seed);
	struct buf blob = BUF_INIT;
	public_key_blob(&blob, signer_key(s));
	buf_ssh_string(out, buf_str(&blob));
	buf_ssh_string(out, STR("a comment"));
	buf_release(&blob);
	signer_free(s);
}

static void add_strange_identities(struct buf *out)
{
	buf_ssh_string(out, STR("\0\0\0\7ssh-rsa\0\0\0\1\3"));
	buf_ssh_string(out, STR_EMPTY);
	buf_ssh_string(out, STR_EMPTY);
	buf_ssh_string(out, STR("no blob at all"));
	struct buf weak = unhex("0000000b7373682d65643235353139" /* "ssh-ed25519" */
				"0000002000000000000000000000000000000000"
				"00000000000000000000000000000000");
	buf_ssh_string(out, buf_str(&weak));
	buf_ssh_string(out, STR("small order"));
	buf_release(&weak);
}

static void answer_list(struct buf *out, enum manner how)
{
	buf_u8(out, 12);
	switch ((int)how) {
	case LIST_EMPTY:
		buf_u32(out, 0);
		break;
	case LIST_OF_OTHERS:
		buf_u32(out, 3);
		add_strange_identities(out);
		break;
	case LIST_OF_TWINS:
		buf_u32(out, 2);
		add_identity(out, 1);
		add_identity(out, 1);
		break;
	case LIST_OF_TWO:
		buf_u32(out, 2);
		add_identity(out, 2);
		add_identity(out, 1);
		break;
	case LIST_OF_FIVE:
		buf_u32(out, 5);
		for (uint8_t seed = 11; seed <= 15; seed++)
			add_identity(out, seed);
		break;
	case LIST_COUNT_LIES:
		buf_u32(out, UINT32_MAX);
		add_identity(out, 1);
		break;
	default:
		buf_u32(out, 4);
		add_strange_identities(out);
		add_identity(out, 1);
	}
}

static void answer_sign(struct buf *out, struct str request, enum manner how)
{
	struct str blob, data;
	struct err err;
	uint8_t signature[SIGNATURE_TOKEN_BYTES];
	if (!str_take_ssh_string(&request, &blob) || !str_take_ssh_string(&request, &data))
		_exit(1);
	struct signer *s = seeded(how == SIGNS_WITH_OTHER_KEY ? 2 : 1);
	signer_sign(s, signature, how == SIGNS_OTHER_DATA ? STR("other") : data, &err);
	signer_free(s);
	struct buf part = BUF_INIT;
	buf_ssh_string(&part, how == ANSWERS_RSA ? STR("ssh-rsa") : STR("ssh-ed25519"));
	buf_ssh_string(&part, str_of(signature, SIGNATURE_BYTES));
	buf_u8(out, how == REFUSES ? 5 : how == ANSWERS_OTHER_TYPE ? 6 : 14);
	if (how != REFUSES)
		buf_ssh_string(out, buf_str(&part));
	buf_release(&part);
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static void send_answer(int fd, struct str body, bool is_list, enum manner how)
{
	struct buf frame = BUF_INIT;
	buf_ssh_string(&frame, body);
	size_t size = how == CUTS_ANSWER && !is_list ? frame.len / 2 : frame.len;
	if (how == LIST_TOO_LONG)
		memcpy(frame.ptr, "\0\4\0\1", 4);
	if (how == LIST_ZERO_BYTES)
		memset(frame.ptr, 0, 4);
	size_t step = how == TRICKLES && !is_list ? 1 : size;
	for (size_t i = 0; i < size; i += step) {
		if (send(fd, frame.ptr + i, step, MSG_NOSIGNAL) < 0)
			break;
		if (step == 1)
			pause_ms(20);
	}
	buf_release(&frame);
}

static void serve_one(int fd, enum manner how)
{
	static char in[1 << 20];
	size_t have = 0;
	uint32_t size = 0;
	do {
		ssize_t n = recv(fd, in + have, sizeof in - have, 0);
		if (n <= 0)
			return;
		have += (size_t)n;
		struct str head = str_of(in, have);
		str_take_u32(&head, &size);
	} while (have < 4 || have < 4 + (size_t)size);
	bool is_list = in[4] == 11;
	if (!is_list && how == CLOSES)
		return;
	if (!is_list && how == SILENT) {
		recv(fd, in, sizeof in, 0); /* until the other side gives up */
		return;
	}
	struct buf body = BUF_INIT;
	if (is_list)
		answer_list(&body, how);
	else
		answer_sign(&body, str_of(in + 5, have - 5), how);
	send_answer(fd, buf_str(&body), is_list, how);
	buf_release(&body);
}

static pid_t agent_start(const char *path, enum manner how)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	unlink(path);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (const struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(listen(listener, 4), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		for (;;) {
			int fd = accept(listener, NULL, NULL);
			if (fd < 0)
				_exit(1);
			serve_one(fd, how);
			close(fd);
		}
	}
	close(listener);
	return pid;
}

static void agent_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void check_choice(enum manner how, bool named, enum err_code code, const char *words)
{
	pid_t pid = agent_start(at("agent"), how);
	struct signer *want = seeded(1), *s = NULL;
	struct err err = {0};
	int rc = signer_agent_at(&s, at("agent"), PATIENT_MS, signer_key(want), named, &err);
	agent_stop(pid);
	if (rc != (int)code || !strstr(err.msg, words) || !s != !!rc)
		fail_msg("manner %d: %d, \"%s\" should say \"%s\"", (int)how, rc, err.msg, words);
	if (s)
		assert_true(public_key_eq(signer_key(s), signer_key(want)));
	signer_free(s);
	signer_free(want);
}

static void test_choice(void **state)
{
	(void)state;
	check_choice(GOOD, false, ERR_NONE, "");
	check_choice(GOOD, true, ERR_NONE, "");
	check_choice(LIST_OF_TWO, true, ERR_NONE, "");
	check_choice(LIST_OF_TWO, false, ERR_MISSING, "several");
	check_choice(LIST_OF_TWINS, false, ERR_NONE, "");
	check_choice(LIST_OF_TWINS, true, ERR_NONE, "");
	check_choice(LIST_EMPTY, false, ERR_MISSING, "ssh-add");
	check_choice(LIST_EMPTY, true, ERR_MISSING, "SHA256:");
	check_choice(LIST_OF_OTHERS, false, ERR_MISSING, "no Ed25519 key");
	check_choice(LIST_OF_TWO, false, ERR_MISSING, "a comment (SHA256:");
	check_choice(LIST_OF_FIVE, false, ERR_MISSING, " and others;");
	check_choice(LIST_OF_FIVE, true, ERR_MISSING, "it holds a comment (SHA256:");
	check_choice(LIST_TOO_LONG, false, ERR_SIGNATURE, "262145 bytes");
	check_choice(LIST_ZERO_BYTES, false, ERR_SIGNATURE, "0 bytes");
	check_choice(LIST_COUNT_LIES, false, ERR_SIGNATURE, "protocol");
}

static void check_sign(enum manner how, enum err_code code, const char *words)
{
	bool is_slow = how == SILENT || how == TRICKLES;
	pid_t pid = agent_start(at("agent"), how);
	struct signer *s;
	struct err err = {0};
	uint8_t out[SIGNATURE_TOKEN_BYTES] = {0};
	static const uint8_t untouched[SIGNATURE_TOKEN_BYTES];
	assert_int_equal(
	    signer_agent_at(&s, at("agent"), is_slow ? TIMEOUT_MS : PATIENT_MS, NULL, 0, &err), 0);
	int rc = signer_sign(s, out, STR("data"), &err);
	agent_stop(pid);
	if (rc != (int)code || !strstr(err.msg, words))
		fail_msg("manner %d: %d, \"%s\" should say \"%s\"", (int)how, rc, err.msg, words);
	if (rc)
		assert_memory_equal(out, untouched, sizeof out);
	signer_free(s);
}

static void test_sign(void **state)
{
	(void)state;
	check_sign(GOOD, ERR_NONE, "");
	check_sign(REFUSES, ERR_SIGNATURE, "refused");
	check_sign(SIGNS_OTHER_DATA, ERR_SIGNATURE, "does not verify");
	check_sign(SIGNS_WITH_OTHER_KEY, ERR_SIGNATURE, "does not verify");
	check_sign(ANSWERS_OTHER_TYPE, ERR_SIGNATURE, "protocol");
	check_sign(ANSWERS_RSA, ERR_SIGNATURE, "protocol");
	check_sign(CUTS_ANSWER, ERR_IO, "closed");
	check_sign(CLOSES, ERR_IO, "closed");
	check_sign(SILENT, ERR_IO, "in time");
	check_sign(TRICKLES, ERR_IO, "in time");
}

static void test_sign_sizes(void **state)
{
	(void)state;
	pid_t pid = agent_start(at("agent"), GOOD);
	struct signer *s;
	struct err err = {0};
	uint8_t a[SIGNATURE_TOKEN_BYTES], b[SIGNATURE_TOKEN_BYTES];
	assert_int_equal(signer_agent_at(&s, at("agent"), PATIENT_MS, NULL, 0, &err), 0);
	struct signer *same = seeded(1);
	struct buf data = BUF_INIT;
	while (data.len < 128 * 1024)
		buf_puts(&data, "0123456789abcdef");
	assert_int_equal(signer_sign(s, a, buf_str(&data), &err), 0);
	assert_int_equal(signer_sign(same, b, buf_str(&data), &err), 0);
	assert_memory_equal(a, b, SIGNATURE_BYTES);
	assert_int_equal(signer_sign(s, a, STR_EMPTY, &err), 0);
	buf_putc(&data, 'x');
	assert_int_equal(signer_sign(s, a, buf_str(&data), &err), ERR_LIMIT);
	agent_stop(pid);
	assert_int_equal(signer_sign(s, a, STR("gone"), &err), ERR_IO);
	buf_release(&data);
	signer_free(same);
	signer_free(s);
}

static void test_no_agent(void **state)
{
	(void)state;
	struct signer *s;
	struct err err = {0};
	unsetenv("SSH_AUTH_SOCK");
	assert_int_equal(signer_agent(&s, NULL, 0, &err), ERR_IO);
	assert_non_null(strstr(err.msg, "SSH_AUTH_SOCK"));
	setenv("SSH_AUTH_SOCK", "", 1);
	assert_int_equal(signer_agent(&s, NULL, 0, &err), ERR_IO);
	setenv("SSH_AUTH_SOCK", at("nobody-here"), 1);
	assert_int_equal(signer_agent(&s, NULL, 0, &err), ERR_IO);
	assert_non_null(strstr(err.msg, "nobody-here"));
	char longest[200];
	memset(longest, 'x', sizeof longest);
	longest[sizeof longest - 1] = 0;
	setenv("SSH_AUTH_SOCK", longest, 1);
	assert_int_equal(signer_agent(&s, NULL, 0, &err), ERR_IO);
	assert_non_null(strstr(err.msg, "too long"));

	pid_t pid = agent_start(at("agent"), GOOD);
	setenv("SSH_AUTH_SOCK", at("agent"), 1);
	assert_int_equal(signer_agent(&s, NULL, 0, &err), 0);
	signer_free(s);
	agent_stop(pid);
}

static void choose(
    const struct public_key *want, size_t n, uint8_t seed, enum err_code code, const char *words)
{
	struct buf list = BUF_INIT;
	struct public_key got;
	struct err err = {0};
	struct signer *s = seeded(seed);
	answer_list(&list, LIST_OF_FIVE);
	int rc = agent_choose(&got, buf_str(&list), want, n, &err);
	if (rc != (int)code || !strstr(err.msg, words))
		fail_msg("%d, \"%s\" should say \"%s\"", rc, err.msg, words);
	if (!rc)
		assert_true(public_key_eq(&got, signer_key(s)));
	signer_free(s);
	buf_release(&list);
}

/* Of many keys offered and many that may sign, the one that is both. */
static void test_choice_among_many(void **state)
{
	(void)state;
	static const uint8_t seeds[] = {1, 13, 2, 3, 15};
	struct public_key want[5];
	for (size_t i = 0; i < 5; i++) {
		struct signer *s = seeded(seeds[i]);
		want[i] = *signer_key(s);
		signer_free(s);
	}
	choose(want, 2, 13, ERR_NONE, "");
	choose(want, 4, 13, ERR_NONE, "");
	choose(want, 5, 13, ERR_MISSING, "may be meant: a comment (SHA256:");
	choose(want + 2, 2, 13, ERR_MISSING, "any of the keys that may sign this; it holds a comm");
	choose(want + 4, 1, 15, ERR_NONE, "");
	/* The token's key of the same point is another. */
	assert_true(public_key_set_application(&want[1], STR("ssh:")));
	choose(want, 2, 13, ERR_MISSING, "any of the keys");
}

/* Answers cut at every byte are refused. */
static void test_cut_answers(void **state)
{
	(void)state;
	struct err err = {0};
	struct buf list = BUF_INIT, signature = BUF_INIT;
	struct public_key k;
	uint8_t out[SIGNATURE_TOKEN_BYTES];
	struct signer *s = seeded(1);
	const struct public_key own = *signer_key(s);
	signer_free(s);
	answer_list(&list, GOOD);
	answer_sign(&signature, STR("\0\0\0\0\0\0\0\0"), GOOD);
	assert_int_equal(agent_choose(&k, buf_str(&list), NULL, 0, &err), 0);
	assert_int_equal(agent_signature(out, &own, buf_str(&signature), &err), 0);
	for (size_t n = 0; n < list.len; n++)
		assert_int_equal(
		    agent_choose(&k, str_sub(buf_str(&list), 0, n), NULL, 0, &err), ERR_SIGNATURE);
	for (size_t n = 0; n < signature.len; n++)
		assert_int_equal(
		    agent_signature(out, &own, str_sub(buf_str(&signature), 0, n), &err),
		    ERR_SIGNATURE);
	buf_putc(&list, 0);
	buf_putc(&signature, 0);
	assert_int_equal(agent_choose(&k, buf_str(&list), NULL, 0, &err), ERR_SIGNATURE);
	assert_int_equal(agent_signature(out, &own, buf_str(&signature), &err), ERR_SIGNATURE);
	buf_release(&list);
	buf_release(&signature);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_choice),
	    cmocka_unit_test(test_choice_among_many),
	    cmocka_unit_test(test_sign),
	    cmocka_unit_test(test_sign_sizes),
	    cmocka_unit_test(test_no_agent),
	    cmocka_unit_test(test_cut_answers),
	};
	return cmocka_run_group_tests(tests, scratch_new, scratch_remove);
}
