/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/signed_file.h"

#include "base/file.h"
#include "base/limits.h"

#include <limits.h>
#include <stdio.h>

int signed_file_read(struct signed_file *f, const char *path, struct err *err)
{
	char beside[PATH_MAX];
	*f = (struct signed_file){BUF_INIT, BUF_INIT, BUF_INIT};
	if (file_read(&f->record, path, RECORD_BYTES_MAX, err))
		return err->code;
	snprintf(beside, sizeof beside, "%s.sig", path);
	if (file_exists(beside) && file_read(&f->sig, beside, SIGNATURE_BYTES_MAX, err))
		return err->code;
	snprintf(beside, sizeof beside, "%s.rev", path);
	if (file_exists(beside) && file_read(&f->rev, beside, SIGNATURE_BYTES_MAX, err))
		return err->code;
	return 0;
}

void signed_file_release(struct signed_file *f)
{
	buf_release(&f->record);
	buf_release(&f->sig);
	buf_release(&f->rev);
}
