/* SPDX-License-Identifier: Apache-2.0 */
#include "net/control.h"

#include "net/control_socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum code_range { LAST_CODE = ERR_UNSUPPORTED };

enum err_code control_code(struct str name)
{
	for (int code = -1; code >= (int)LAST_CODE; code--)
		if (str_is(name, err_name((enum err_code)code)))
			return (enum err_code)code;
	return ERR_PEER;
}

static int write_all(int fd, struct str bytes, struct err *err)
{
	while (bytes.len) {
		ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "the daemon does not take the request");
		bytes = str_sub(bytes, (size_t)n, bytes.len);
	}
	return 0;
}

/* Read on until there is one whole message in `in`. */
static int read_message(int fd, struct buf *in, struct str *message, struct err *err)
{
	enum { STEP = 16 * 1024 };
	for (;;) {
		struct str rest = buf_str(in);
		int rc = control_take(&rest, message, err);
		if (rc)
			return rc < 0 ? rc : 0;
		buf_reserve(in, STEP);
		ssize_t n = read(fd, in->ptr + in->len, STEP);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "the daemon's answer cannot be read");
		if (n == 0)
			return err_set(err, ERR_IO, "the daemon ended before it answered");
		in->len += (size_t)n;
	}
}

/* An answer's result, or its error. */
static int open_answer(json_t **reply, struct str text, struct err *err)
{
	json_t *answer;
	if (json_parse(&answer, text, "the daemon's answer", err))
		return err->code;
	int rc = 0;
	if (json_is_true(json_object_get(answer, "ok"))) {
		json_t *result = json_object_get(answer, "result");
		*reply = result ? json_incref(result) : json_object();
	} else {
		struct str message = json_get_text(answer, "message");
		rc = err_set(
		    err, control_code(json_get_text(answer, "code")), "%.*s", STR_FMT(message));
	}
	json_decref(answer);
	return rc;
}

int control_exchange(int fd, const json_t *request, json_t **reply, struct err *err)
{
	struct buf out = BUF_INIT, in = BUF_INIT;
	struct str message;
	int rc = control_frame(&out, request, err);
	if (!rc)
		rc = write_all(fd, buf_str(&out), err);
	if (!rc)
		rc = read_message(fd, &in, &message, err);
	if (!rc)
		rc = open_answer(reply, message, err);
	close(fd);
	buf_release(&out);
	buf_release(&in);
	return rc;
}

int control_call(const char *dir, const json_t *request, json_t **reply, struct err *err)
{
	int fd;
	*reply = NULL;
	if (control_connect(&fd, dir, err))
		return err->code;
	return control_exchange(fd, request, reply, err);
}

bool control_is_up(const char *dir)
{
	struct err none;
	int fd;
	if (control_connect(&fd, dir, &none))
		return false;
	close(fd);
	return true;
}
