/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/json_file.h"

#include "base/file.h"
#include "base/limits.h"

#include <stdio.h>

int json_file_read(json_t **out, const char *path, const char *kind, struct err *err)
{
	struct buf text = BUF_INIT;
	*out = NULL;
	int bad = file_read(&text, path, CONTROL_BYTES_MAX, err) ||
		  json_parse(out, buf_str(&text), path, err);
	if (!bad && !str_is(json_get_text(*out, "belfry"), kind)) {
		bad = err_set(err, ERR_UNSUPPORTED, "%s is not a file of kind %s", path, kind);
		json_decref(*out);
		*out = NULL;
	}
	buf_release(&text);
	return bad ? err->code : 0;
}

int json_file_write(const char *path, const json_t *v, struct err *err)
{
	struct buf text = BUF_INIT;
	int bad = 0;
	json_write(&text, v, 2);
	buf_putc(&text, '\n');
	if (path)
		bad = file_write(path, buf_str(&text), 0644, err);
	else
		fputs(text.ptr, stdout);
	buf_release(&text);
	return bad;
}
