/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/file.h"

#include "base/file.h"
#include "base/limits.h"

#include <stdio.h>

bool file_name_parse(struct record_name *out, const char *path)
{
	struct buf as_in_a_store = BUF_INIT;
	struct str s = str_from(path);
	size_t cut = s.len, slashes = 0;
	while (cut && slashes < 4)
		slashes += s.ptr[--cut] == '/';
	struct str tail = str_sub(s, slashes == 4 ? cut + 1 : 0, s.len);
	buf_puts(&as_in_a_store, "records/");
	buf_add(&as_in_a_store, tail);
	bool found = record_name_parse(out, buf_str(&as_in_a_store));
	if (found) {
		/* the same parts of `path` itself, which outlives the copy */
		const char *from = as_in_a_store.ptr + strlen("records/");
		struct str *const parts[] = {&out->place, &out->type, &out->id, &out->lang};
		for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
			parts[i]->ptr = tail.ptr + (parts[i]->ptr - from);
	}
	buf_release(&as_in_a_store);
	return found;
}

bool file_load(struct buf *out, const char *path, struct problems *problems)
{
	struct err err;
	if (!file_read(out, path, 2 * RECORD_BYTES_MAX, &err))
		return true;
	size_t n = strlen(path);
	bool named = strncmp(err.msg, path, n) == 0 && strncmp(err.msg + n, ": ", 2) == 0;
	problems_add(problems, 1, 1, "%s", named ? err.msg + n + 2 : err.msg);
	return false;
}

int file_begin(const char *path, struct str text, struct err *err)
{
	struct buf folder = BUF_INIT;
	const char *slash = strrchr(path, '/');
	int code = 0;
	if (slash && slash > path) {
		buf_add(&folder, str_of(path, (size_t)(slash - path)));
		code = file_mkdirs(folder.ptr, 0755, err);
	}
	if (!code)
		code = file_create(path, text, 0644, err);
	buf_release(&folder);
	return code;
}

void file_report(json_t *list, const char *path, const struct problems *problems)
{
	for (size_t i = 0; i < problems->len; i++) {
		const struct problem *p = &problems->items[i];
		if (list) {
			json_array_append_new(
			    list, json_pack("{s:s, s:i, s:i, s:s}", "file", path, "line",
				      (int)p->line, "column", (int)p->column, "text", p->text));
			continue;
		}
		printf("%s:%u:%u: ", path, p->line, p->column);
		cmd_print_text(str_from(p->text));
		printf("\n");
	}
}
