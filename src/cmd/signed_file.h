/* SPDX-License-Identifier: Apache-2.0 */
/* A record file with what stands beside it: FILE.sig and FILE.rev. */
#ifndef BELFRY_CMD_SIGNED_FILE_H
#define BELFRY_CMD_SIGNED_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Absent signatures are empty. */
struct signed_file {
	struct buf record, sig, rev;
};
/* Owns: the caller, also after a failure; signed_file_release(). */
int signed_file_read(struct signed_file *f, const char *path, struct err *err);
void signed_file_release(struct signed_file *f);

#endif
