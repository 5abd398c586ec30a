/* SPDX-License-Identifier: Apache-2.0 */
#include "store/notes.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static json_t *read_all(const char *path)
{
	struct buf text = BUF_INIT;
	json_t *all = NULL;
	struct err err;
	int rc = file_read(&text, path, CONFIG_BYTES_MAX, &err);
	if (!rc)
		rc = json_parse(&all, buf_str(&text), path, &err);
	if (rc && rc != ERR_MISSING)
		log_warn("what was noted for status begins anew: %s", err.msg);
	buf_release(&text);
	if (json_is_object(all))
		return all;
	json_decref(all);
	return json_object();
}

json_t *notes_read(const char *dir, const char *name)
{
	struct buf path = BUF_INIT;
	buf_printf(&path, "%s/peers/%s", dir, name);
	json_t *all = read_all(path.ptr);
	buf_release(&path);
	return all;
}

static int write_all(const char *path, const json_t *all, struct err *err)
{
	struct buf text = BUF_INIT;
	json_write(&text, all, 1);
	int bad = file_write(path, buf_str(&text), 0600, err);
	buf_release(&text);
	return bad;
}

void notes_change(const char *dir, const char *name, void (*change)(json_t *all, const void *ctx),
    const void *ctx)
{
	struct buf folder = BUF_INIT, path = BUF_INIT;
	struct err err;
	buf_printf(&folder, "%s/peers", dir);
	buf_printf(&path, "%s/%s", folder.ptr, name);
	int lock = -1, bad = file_mkdirs(folder.ptr, 0700, &err);
	if (!bad) {
		lock = open(folder.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (lock < 0 || flock(lock, LOCK_EX))
			bad = err_errno(&err, "cannot lock %s", folder.ptr);
	}
	if (!bad) {
		json_t *all = read_all(path.ptr);
		change(all, ctx);
		bad = write_all(path.ptr, all, &err);
		json_decref(all);
	}
	if (bad)
		log_warn("what status is to show is not noted: %s", err.msg);
	if (lock >= 0)
		close(lock);
	buf_release(&folder);
	buf_release(&path);
}
