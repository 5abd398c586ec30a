/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/progress.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

enum { PLAIN_MS = 10 * 1000 };

/* Workers write to the log too. */
static atomic_bool is_on_screen;

void progress_hide(void)
{
	if (atomic_exchange(&is_on_screen, false))
		fputs("\r\033[K", stderr);
}

static void rewrite(const char *line, bool is_over)
{
	log_before(progress_hide);
	fprintf(stderr, "\r%s\033[K%s", line, is_over ? "\n" : "");
	atomic_store(&is_on_screen, !is_over);
	fflush(stderr);
}

/* Short work says nothing here: a pipe or a file is read later. */
static void write_plain(const char *line, bool is_over)
{
	static int64_t due;
	static bool has_spoken;
	int64_t now = clock_now_ms();
	if (!due)
		due = now + PLAIN_MS;
	if (is_over ? has_spoken : now >= due) {
		fprintf(stderr, "%s\n", line);
		due = now + PLAIN_MS;
		has_spoken = true;
	}
	if (is_over) {
		due = 0;
		has_spoken = false;
	}
}

void progress_show(void *ctx, const char *line, bool is_over)
{
	(void)ctx;
	if (isatty(STDERR_FILENO))
		rewrite(line, is_over);
	else
		write_plain(line, is_over);
}
