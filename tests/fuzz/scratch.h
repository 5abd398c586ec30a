/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for a fuzzer's files, in memory where that can be, which goes with the process. */
#ifndef BELFRY_TESTS_FUZZ_SCRATCH_H
#define BELFRY_TESTS_FUZZ_SCRATCH_H

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char scratch[64]; /* "" before scratch_begin() */

static void must(bool good)
{
	if (!good)
		abort();
}

static void scratch_remove(void)
{
	struct err ignored;
	file_remove_tree(scratch, &ignored);
}

static void scratch_begin(void)
{
	snprintf(scratch, sizeof scratch, "%s/belfry-fuzz-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	must(mkdtemp(scratch) != NULL && atexit(scratch_remove) == 0);
}

#endif
