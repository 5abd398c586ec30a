/* SPDX-License-Identifier: Apache-2.0 */
#include "store/doors.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

const char *door_name(enum door d)
{
	static const char *const name[DOORS] = {"file", "web", "git"};
	return name[d];
}

enum door door_from(struct str name)
{
	for (int d = 0; d < DOORS; d++)
		if (str_is(name, door_name((enum door)d)))
			return (enum door)d;
	return DOOR_FILE;
}

static void path_of(struct buf *path, const char *dir)
{
	buf_printf(path, "%s/peers/doors.json", dir);
}

/* An object by door; empty where there is none, or none that can be read. */
static json_t *read_all(const char *path)
{
	struct buf text = BUF_INIT;
	json_t *all = NULL;
	struct err err;
	int rc = file_read(&text, path, CONFIG_BYTES_MAX, &err);
	if (!rc)
		rc = json_parse(&all, buf_str(&text), path, &err);
	if (rc && rc != ERR_MISSING)
		log_warn("the counts of what was refused begin anew: %s", err.msg);
	buf_release(&text);
	if (json_is_object(all))
		return all;
	json_decref(all);
	return json_object();
}

static void add(json_t *all, enum door d, enum refusal kind, const char *why)
{
	const char *name = refusal_name(kind);
	json_t *one = json_object_get(all, door_name(d)), *counts;
	if (!json_is_object(one)) {
		one = json_object();
		json_object_set_new(all, door_name(d), one);
	}
	counts = json_object_get(one, "refused");
	if (!json_is_object(counts)) {
		counts = json_object();
		json_object_set_new(one, "refused", counts);
	}
	json_object_set_new(counts, name, json_integer((json_int_t)json_get_int(counts, name) + 1));
	json_t *text = json_string(why); /* a path in it may be no UTF-8 */
	json_object_set_new(one, "last_reason", text ? text : json_string(name));
}

static int write_all(const char *path, const json_t *all, struct err *err)
{
	struct buf text = BUF_INIT;
	json_write(&text, all, 1);
	int bad = file_write(path, buf_str(&text), 0600, err);
	buf_release(&text);
	return bad;
}

void doors_count(const char *dir, enum door d, enum refusal kind, const char *why)
{
	struct buf folder = BUF_INIT, path = BUF_INIT;
	struct err err;
	if (kind == REFUSED_NOTHING)
		return;
	buf_printf(&folder, "%s/peers", dir);
	path_of(&path, dir);
	int lock = -1, bad = file_mkdirs(folder.ptr, 0700, &err);
	if (!bad) {
		lock = open(folder.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (lock < 0 || flock(lock, LOCK_EX))
			bad = err_errno(&err, "cannot lock %s", folder.ptr);
	}
	if (!bad) {
		json_t *all = read_all(path.ptr);
		add(all, d, kind, why);
		bad = write_all(path.ptr, all, &err);
		json_decref(all);
	}
	if (bad)
		log_warn("what was refused is not counted: %s", err.msg);
	if (lock >= 0)
		close(lock);
	buf_release(&folder);
	buf_release(&path);
}

json_t *doors_json(const char *dir)
{
	struct buf path = BUF_INIT;
	path_of(&path, dir);
	json_t *all = read_all(path.ptr), *list = json_array();
	for (int d = 0; d < DOORS; d++) {
		const char *name = door_name((enum door)d);
		const json_t *one = json_object_get(all, name);
		json_t *counts = json_object_get(one, "refused");
		if (json_is_object(counts))
			json_array_append_new(
			    list, json_pack("{sssOss}", "door", name, "refused", counts,
				      "last_reason", json_get_text(one, "last_reason").ptr));
	}
	json_decref(all);
	buf_release(&path);
	return list;
}
