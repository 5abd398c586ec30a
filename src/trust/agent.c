/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys in an ssh-agent (draft-ietf-sshm-ssh-agent). One connection an exchange, so that an agent
 * which restarts or forgets idle clients does no harm; one deadline an exchange, so that one which
 * trickles does not hold us either. It is long, because people touch tokens and confirm dialogs.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "trust/signer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	FAILURE = 5,
	REQUEST_IDENTITIES = 11,
	IDENTITIES_ANSWER = 12,
	SIGN_REQUEST = 13,
	SIGN_RESPONSE = 14,

	IDENTITIES_BYTES_MAX = 256 * 1024, /* what OpenSSH's own agent sends at most */
	SIGNATURE_ANSWER_BYTES_MAX = 4096,
	SIGN_DATA_BYTES_MAX = 128 * 1024, /* well below what agents read at most (256 KiB) */
	TIMEOUT_MS = 60 * 1000,

	NAMED_MAX = 3, /* keys in a sentence, and how much of each comment */
	COMMENT_SHOWN = 24,
};

static int agent_connect(int *fd, const char *path, struct err *err)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof to.sun_path)
		return err_set(err, ERR_IO, "the ssh-agent's socket path is too long: %s", path);
	memcpy(to.sun_path, path, strlen(path) + 1);
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0) {
		err_errno(err, "cannot make a socket for the ssh-agent");
		return err->code = ERR_IO;
	}
	/* A full queue of a stopped agent would otherwise block connect() for ever. */
	struct timeval wait = {.tv_sec = 10};
	setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	if (connect(s, (const struct sockaddr *)&to, sizeof to)) {
		err_errno(err, "cannot reach the ssh-agent at %s (is it running?)", path);
		close(s);
		return err->code = ERR_IO;
	}
	*fd = s;
	return 0;
}

/* Wait until `fd` is ready for `events`, or the deadline. */
static int await(int fd, short events, int64_t deadline, struct err *err)
{
	for (;;) {
		int64_t left = deadline - clock_now_ms();
		struct pollfd p = {.fd = fd, .events = events};
		int n = left > 0 ? poll(&p, 1, (int)left) : 0;
		if (n > 0)
			return 0;
		if (n == 0)
			return err_set(err, ERR_IO, "the ssh-agent did not answer in time");
		if (errno != EINTR)
			return err_errno(err, "waiting for the ssh-agent failed");
	}
}

static int send_all(int fd, struct str bytes, int64_t deadline, struct err *err)
{
	while (bytes.len) {
		if (await(fd, POLLOUT, deadline, err))
			return err->code;
		ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0) {
			err_errno(err, "cannot write to the ssh-agent");
			return err->code = ERR_IO;
		}
		bytes = str_sub(bytes, (size_t)n, bytes.len);
	}
	return 0;
}

static int recv_exactly(struct buf *out, int fd, size_t want, int64_t deadline, struct err *err)
{
	buf_reserve(out, want);
	for (size_t end = out->len + want; out->len < end;) {
		if (await(fd, POLLIN, deadline, err))
			return err->code;
		ssize_t n = recv(fd, out->ptr + out->len, end - out->len, MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return err_set(
			    err, ERR_IO, "the ssh-agent closed the connection without an answer");
		out->len += (size_t)n;
		out->ptr[out->len] = 0;
	}
	return 0;
}

/* Send one request and append the body of the answer. */
static int exchange(struct buf *answer, const struct signer *s, struct str request,
    size_t max_bytes, struct err *err)
{
	int fd = -1;
	if (agent_connect(&fd, s->socket, err))
		return err->code;
	int64_t deadline = clock_now_ms() + s->timeout_ms;
	struct buf frame = BUF_INIT;
	buf_ssh_string(&frame, request);
	int rc = send_all(fd, buf_str(&frame), deadline, err);
	buf_reset(&frame);
	if (!rc)
		rc = recv_exactly(&frame, fd, 4, deadline, err);
	if (!rc) {
		struct str head = buf_str(&frame);
		uint32_t size = 0;
		str_take_u32(&head, &size);
		if (size == 0 || size > max_bytes)
			rc = err_set(err, ERR_SIGNATURE,
			    "the ssh-agent announced an answer of %lu bytes; 1 to %zu are taken",
			    (unsigned long)size, max_bytes);
		else
			rc = recv_exactly(answer, fd, size, deadline, err);
	}
	buf_release(&frame);
	close(fd);
	return rc;
}

static int malformed(struct err *err)
{
	return err_set(err, ERR_SIGNATURE, "the ssh-agent's answer does not follow its protocol");
}

/* What an agent's list comes to. */
struct choice {
	struct public_key found; /* the last that may be meant */
	size_t nfound, noffered; /* different ones that may be meant; all of our types */
	struct buf fitting, offered; /* their names, for a sentence */
};

/* "ann@laptop (SHA256:4Jx0CkQs…)": enough to tell one's own keys apart, where a sentence has room.
 */
static void name_key(struct buf *out, size_t n, const struct public_key *k, struct str comment)
{
	struct buf print = BUF_INIT;
	if (n == NAMED_MAX)
		buf_puts(out, " and others");
	if (n >= NAMED_MAX)
		return;
	public_key_fingerprint(&print, k);
	buf_puts(out, n ? ", " : "");
	for (size_t i = 0; i < comment.len && i < COMMENT_SHOWN; i++)
		buf_putc(
		    out, comment.ptr[i] >= ' ' && comment.ptr[i] <= '~' ? comment.ptr[i] : '?');
	buf_printf(out, " (%.15s…)", print.ptr);
	buf_release(&print);
}

/* Keys of other types or with unsafe points are not ours. */
static void consider(struct choice *c, struct str blob, struct str comment,
    const struct public_key *want, size_t nwant)
{
	struct public_key k;
	struct err ignored;
	bool fits = !nwant;
	if (public_key_from_blob(&k, blob, "", &ignored))
		return;
	name_key(&c->offered, c->noffered++, &k, comment);
	for (size_t i = 0; i < nwant && !fits; i++)
		fits = public_key_eq(&k, &want[i]);
	if (!fits || (c->nfound && public_key_eq(&k, &c->found)))
		return;
	name_key(&c->fitting, c->nfound++, &k, comment);
	c->found = k;
}

static int judge(
    const struct choice *c, const struct public_key *want, size_t nwant, struct err *err)
{
	struct buf name = BUF_INIT;
	if (c->nfound == 1)
		return 0;
	if (!c->noffered && nwant != 1)
		return err_set(err, ERR_MISSING,
		    "the ssh-agent holds no Ed25519 key, or is locked (ssh-add -X opens it); add "
		    "one with ssh-add");
	if (c->nfound)
		return err_set(err, ERR_MISSING,
		    "the ssh-agent holds several keys that may be meant: %s; name one with "
		    "--key FILE.pub",
		    c->fitting.ptr);
	if (nwant == 1)
		public_key_fingerprint(&name, want);
	err_set(err, ERR_MISSING, "the ssh-agent does not hold %s%s; it holds %s",
	    nwant == 1 ? "the key " : "any of the keys that may sign this",
	    nwant == 1 ? name.ptr : "",
	    c->noffered ? c->offered.ptr : "no Ed25519 key, or is locked (ssh-add -X opens it)");
	buf_release(&name);
	return err->code;
}

int agent_choose(struct public_key *k, struct str answer, const struct public_key *want,
    size_t nwant, struct err *err)
{
	uint8_t type;
	uint32_t n;
	struct choice c = {.fitting = BUF_INIT, .offered = BUF_INIT};
	int bad = 0;
	if (!str_take_u8(&answer, &type) || type != IDENTITIES_ANSWER || !str_take_u32(&answer, &n))
		return malformed(err);
	for (uint32_t i = 0; i < n && !bad; i++) {
		struct str blob, comment;
		if (str_take_ssh_string(&answer, &blob) && str_take_ssh_string(&answer, &comment))
			consider(&c, blob, comment, want, nwant);
		else
			bad = malformed(err);
	}
	if (!bad && answer.len)
		bad = malformed(err);
	bad = bad || judge(&c, want, nwant, err);
	if (!bad)
		*k = c.found;
	buf_release(&c.fitting);
	buf_release(&c.offered);
	return bad ? err->code : 0;
}

int agent_signature(uint8_t out[static SIGNATURE_TOKEN_BYTES], const struct public_key *k,
    struct str answer, struct err *err)
{
	uint8_t type;
	struct str blob;
	if (!str_take_u8(&answer, &type))
		return malformed(err);
	if (type == FAILURE)
		return err_set(err, ERR_SIGNATURE,
		    "the ssh-agent refused to sign (is it locked, or was the question answered "
		    "with no?)");
	if (type != SIGN_RESPONSE || !str_take_ssh_string(&answer, &blob) || answer.len ||
	    !public_key_take_signature(out, k, blob))
		return malformed(err);
	return 0;
}

static int sign_with_agent(
    struct signer *s, uint8_t out[static SIGNATURE_TOKEN_BYTES], struct str data, struct err *err)
{
	if (data.len > SIGN_DATA_BYTES_MAX)
		return err_set(err, ERR_LIMIT,
		    "an ssh-agent signs at most %d bytes at once, not %zu", SIGN_DATA_BYTES_MAX,
		    data.len);
	struct buf request = BUF_INIT, blob = BUF_INIT, answer = BUF_INIT;
	uint8_t signature[SIGNATURE_TOKEN_BYTES];
	public_key_blob(&blob, &s->key);
	buf_u8(&request, SIGN_REQUEST);
	buf_ssh_string(&request, buf_str(&blob));
	buf_ssh_string(&request, data);
	buf_u32(&request, 0);
	int rc = exchange(&answer, s, buf_str(&request), SIGNATURE_ANSWER_BYTES_MAX, err);
	if (!rc)
		rc = agent_signature(signature, &s->key, buf_str(&answer), err);
	if (!rc && public_key_verify(&s->key, signature, data, err))
		rc = err_wrap(err, "the ssh-agent's answer is wrong");
	if (!rc)
		memcpy(out, signature, public_key_signature_bytes(&s->key));
	buf_release(&answer);
	buf_release(&blob);
	buf_release(&request);
	return rc;
}

int signer_agent_at(struct signer **out, const char *socket, int timeout_ms,
    const struct public_key *want, size_t nwant, struct err *err)
{
	*out = NULL;
	struct signer *s = mem_alloc(sizeof *s);
	s->socket = mem_strdup(socket);
	s->timeout_ms = timeout_ms;
	s->sign = sign_with_agent;
	struct buf answer = BUF_INIT;
	const char request = REQUEST_IDENTITIES;
	int rc = exchange(&answer, s, str_of(&request, 1), IDENTITIES_BYTES_MAX, err);
	if (!rc)
		rc = agent_choose(&s->key, buf_str(&answer), want, nwant, err);
	buf_release(&answer);
	if (rc)
		signer_free(s);
	else
		*out = s;
	return rc;
}

int signer_agent(struct signer **out, const struct public_key *want, size_t nwant, struct err *err)
{
	*out = NULL;
	const char *socket = getenv("SSH_AUTH_SOCK");
	if (!socket || !*socket)
		return err_set(err, ERR_IO,
		    "no ssh-agent: SSH_AUTH_SOCK is not set (start one with: eval $(ssh-agent))");
	return signer_agent_at(out, socket, TIMEOUT_MS, want, nwant, err);
}
