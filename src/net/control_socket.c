/* SPDX-License-Identifier: Apache-2.0 */
#include "net/control_socket.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int control_path(char out[static CONTROL_PATH_BYTES], int *folder, const char *dir, struct err *err)
{
	*folder = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*folder < 0)
		return err_errno(err, "cannot open the store's folder %s", dir);
	snprintf(out, CONTROL_PATH_BYTES, "/proc/self/fd/%d/control", *folder);
	return 0;
}

int control_connect(int *fd, const char *dir, struct err *err)
{
	char path[CONTROL_PATH_BYTES];
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int folder, bad = 0;
	*fd = -1;
	if (control_path(path, &folder, dir, err))
		return err->code;
	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		bad = err_errno(err, "cannot make a socket");
	else if (connect(s, (const struct sockaddr *)&to, sizeof to))
		bad = errno == ENOENT || errno == ECONNREFUSED
			  ? err_set(err, ERR_MISSING, "no daemon runs on the store %s", dir)
			  : err_errno(err, "cannot reach the daemon at %s/control", dir);
	close(folder);
	if (bad && s >= 0)
		close(s);
	else
		*fd = s;
	return bad;
}

int control_frame(struct buf *out, const json_t *v, struct err *err)
{
	struct buf text = BUF_INIT;
	json_write(&text, v, 0);
	int bad = 0;
	if (text.len > CONTROL_BYTES_MAX)
		bad = err_set(err, ERR_LIMIT,
		    "%zu bytes are too many for the control socket, which takes %d", text.len,
		    CONTROL_BYTES_MAX);
	else
		buf_ssh_string(out, buf_str(&text));
	buf_release(&text);
	return bad;
}

int control_take(struct str *from, struct str *message, struct err *err)
{
	struct str rest = *from;
	uint32_t length;
	if (!str_take_u32(&rest, &length))
		return 0;
	if (length > CONTROL_BYTES_MAX)
		return err_set(err, ERR_LIMIT,
		    "a control message of %u bytes, where %d are allowed", length,
		    CONTROL_BYTES_MAX);
	if (!length)
		return err_set(err, ERR_SYNTAX, "an empty control message");
	if (!str_take(&rest, length, message))
		return 0;
	*from = rest;
	return 1;
}
