/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/passphrase.h"

#include "trust/backup.h"
#include "trust/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t caught; /* while the terminal shows nothing */

static void catch (int signal)
{
	caught = signal;
}

/* One line, without its end. A byte at a time: what follows it may be somebody else's. */
static int read_line(struct buf *out, int fd, const char *name, struct err *err)
{
	for (;;) {
		char c = 0;
		ssize_t n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR && !caught)
			continue;
		if (n < 0)
			return err_errno(err, "cannot read the passphrase from %s", name);
		if (n == 0 || c == '\n')
			break;
		if (out->len == PASSPHRASE_BYTES_MAX)
			return err_set(err, ERR_LIMIT,
			    "the first line of %s is longer than the %d bytes of a passphrase",
			    name, PASSPHRASE_BYTES_MAX);
		buf_putc(out, c);
	}
	if (out->len && out->ptr[out->len - 1] == '\r')
		out->ptr[--out->len] = 0;
	return 0;
}

static int read_file(struct buf *out, const char *file, struct err *err)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "cannot open %s", file);
	int bad = read_line(out, fd, file, err);
	close(fd);
	return bad;
}

/* The terminal is as before whatever ends this: what a person types must be seen again. */
static int ask(struct buf *out, const char *prompt, struct err *err)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
	enum { N = sizeof signals / sizeof *signals };
	struct sigaction ours = {.sa_handler = catch}, before[N];
	struct termios shown, hidden;
	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &shown))
		return err_set(err, ERR_USAGE,
		    "there is no terminal to ask for the passphrase at: give --passphrase-file "
		    "FILE");
	caught = 0;
	for (size_t i = 0; i < N; i++)
		sigaction(signals[i], &ours, &before[i]);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	fputs(prompt, stderr);
	int bad = read_line(out, STDIN_FILENO, "the terminal", err);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	fputc('\n', stderr);
	for (size_t i = 0; i < N; i++)
		sigaction(signals[i], &before[i], NULL);
	if (caught)
		raise(caught);
	return bad;
}

int passphrase_read(struct buf *out, const char *file, bool is_new, struct err *err)
{
	*out = secret_buf(PASSPHRASE_BYTES_MAX + 2);
	if (file)
		return read_file(out, file, err);
	if (ask(out, "Passphrase: ", err))
		return err->code;
	if (!is_new)
		return 0;
	struct buf again = secret_buf(PASSPHRASE_BYTES_MAX + 2);
	int bad = ask(&again, "The same again: ", err);
	if (!bad && !str_eq(buf_str(out), buf_str(&again)))
		bad = err_set(err, ERR_USAGE, "the two are not the same; nothing was written");
	secret_buf_free(&again);
	return bad;
}
