/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that works on what a stranger sends, kept on a short leash: its own environment, no
 * input, limits on its memory and files, and an end when nothing moves or too much comes.
 */
#ifndef BELFRY_NET_PULL_PROCESS_H
#define BELFRY_NET_PULL_PROCESS_H

#include "base/buf.h"
#include "base/err.h"

struct process {
	const char *const *argv; /* argv[0] is looked for in PATH */
	const char *const *env; /* all there is of it */
	uint64_t out_max; /* of standard output */
	unsigned stall_s; /* the end, when for so long nothing was written and nothing grew */
	/* How much it has brought so far, and how much it may; called a few times a second. */
	uint64_t (*size)(void *ctx);
	uint64_t size_max;
	void *ctx;
};

/*
 * Run it. `out` gets its standard output, `talk` the end of its standard error.
 * Errors: ERR_LIMIT (too much came), ERR_IO (it cannot be started, or stood still), ERR_PEER (it
 * ended with another status than 0; `talk` says why).
 */
int process_run(const struct process *p, struct buf *out, struct buf *talk, struct err *err);

#endif
