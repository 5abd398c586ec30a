/* SPDX-License-Identifier: Apache-2.0 */
#include "store/restore.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "store/pins.h"
#include "trust/secret.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool is_public(const char *name)
{
	return str_ends(str_from(name), STR(".pub"));
}

static bool is_key_name(const char *name)
{
	struct str s = str_from(name);
	return str_is_slug(is_public(name) ? str_sub(s, 0, s.len - 4) : s);
}

/* Append the file to secret memory, which cannot grow. */
static int read_secret(struct buf *out, struct str *text, const char *path, struct err *err)
{
	size_t start = out->len, room = out->cap - 1 - start;
	if (room > KEY_FILE_BYTES_MAX)
		room = KEY_FILE_BYTES_MAX;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "cannot open %s", path);
	ssize_t n = 1;
	while (n > 0 && room) {
		n = read(fd, out->ptr + out->len, room);
		if (n < 0 && errno == EINTR) {
			n = 1;
			continue;
		}
		out->len += n > 0 ? (size_t)n : 0;
		room -= n > 0 ? (size_t)n : 0;
	}
	int bad = n < 0 ? err_errno(err, "cannot read %s", path) : 0;
	close(fd);
	if (!bad && !room)
		bad = err_set(err, ERR_LIMIT, "%s is larger than a key file is", path);
	*text = str_sub(buf_str(out), start, out->len - start);
	return bad;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct backup_key *)a)->name, ((const struct backup_key *)b)->name);
}

static int collect_files(struct backup *b, DIR *dir, const char *path, struct err *err)
{
	char file[4096];
	for (struct dirent *d; (d = readdir(dir));) {
		if (!is_key_name(d->d_name))
			continue;
		if (b->nkeys == BACKUP_KEYS_MAX)
			return err_set(
			    err, ERR_LIMIT, "%s holds more than %d files", path, BACKUP_KEYS_MAX);
		struct backup_key *k = &b->keys[b->nkeys++];
		memcpy(k->name, d->d_name,
		    strlen(d->d_name) + 1); /* a slug, perhaps with .pub: it fits */
		snprintf(file, sizeof file, "%s/%s", path, d->d_name);
		if (read_secret(&b->secret, &k->text, file, err))
			return err->code;
	}
	if (!b->nkeys)
		return err_set(err, ERR_MISSING, "there are no keys in %s", path);
	qsort(b->keys, b->nkeys, sizeof *b->keys, by_name);
	return 0;
}

int restore_collect(struct backup *b, const char *dir, struct err *err)
{
	struct store *s;
	struct buf path = BUF_INIT;
	*b = (struct backup){.secret = BUF_INIT};
	if (store_open(&s, dir, STORE_READ, err))
		return err->code;
	memcpy(b->network, s->network, sizeof b->network);
	memcpy(b->hub, s->hub, sizeof s->hub);
	store_path(s, &path, "keys");
	store_close(s);
	b->secret = secret_buf(BACKUP_BYTES_MAX);
	DIR *keys = opendir(path.ptr);
	int bad = keys ? collect_files(b, keys, path.ptr, err)
		       : err_errno(err, "cannot look into %s", path.ptr);
	if (keys)
		closedir(keys);
	buf_release(&path);
	return bad;
}

/* --- back --- */

/* Is there another key of that name? *is_here: the same one is. */
static int check_place(bool *is_here, const struct backup_key *k, const char *path, struct err *err)
{
	struct buf there = secret_buf(KEY_FILE_BYTES_MAX + 2);
	struct str text = STR_EMPTY;
	*is_here = file_exists(path);
	int bad = *is_here ? read_secret(&there, &text, path, err) : 0;
	if (!bad && *is_here && !str_eq(text, k->text))
		bad = err_set(err, ERR_EXISTS,
		    "%s is there already, and another key: nothing was restored; move it away "
		    "first",
		    path);
	secret_buf_free(&there);
	return bad;
}

/* Twice: first all are looked at, then what is missing is written. */
static int put_keys(const struct backup *b, const char *dir, bool is_writing, struct err *err)
{
	char path[4096];
	bool is_here;
	for (size_t i = 0; i < b->nkeys; i++) {
		const struct backup_key *k = &b->keys[i];
		snprintf(path, sizeof path, "%s/keys/%s", dir, k->name);
		if (check_place(&is_here, k, path, err) ||
		    (is_writing && !is_here &&
			file_create(path, k->text, is_public(k->name) ? 0644 : 0600, err)))
			return err->code;
	}
	return 0;
}

static int check_store(const struct backup *b, const struct store *s, struct err *err)
{
	if (s->network[0] && b->network[0] && strcmp(s->network, b->network) != 0)
		return err_set(err, ERR_NETWORK,
		    "%s belongs to network %.16s…, the keys to network %.16s…", s->dir, s->network,
		    b->network);
	if (s->hub[0] && strcmp(s->hub, b->hub) != 0)
		return err_set(err, ERR_NETWORK, "%s is the store of hub %s, the keys are %s%s",
		    s->dir, s->hub, b->hub[0] ? "of hub " : "no hub's", b->hub);
	return 0;
}

/* Who we are, and that we must ask first: durable before there is a key to sign with. */
static int prepare(struct store *s, const struct backup *b, bool is_alone, struct err *err)
{
	bool must_ask = b->hub[0] && !is_alone;
	if ((b->network[0] && repo_set_config(s->repo, "belfry.network", b->network, err)) ||
	    (b->hub[0] && repo_set_config(s->repo, "belfry.hub", b->hub, err)) ||
	    repo_set_config(s->repo, "belfry.restored", must_ask ? "true" : NULL, err))
		return err->code;
	random_bytes(s->incarnation, sizeof s->incarnation);
	s->pins_bytes = 0; /* without a charter there are none, and every start is a new one */
	return s->charter_version ? pins_write(s, err) : 0;
}

int restore_keys(const struct backup *b, const char *dir, bool is_alone, struct err *err)
{
	struct store *s = NULL;
	struct buf path = BUF_INIT;
	buf_printf(&path, "%s/store.git", dir);
	int bad = put_keys(b, dir, false, err) ||
		  (!file_exists(path.ptr) && store_create(dir, err)) ||
		  store_open(&s, dir, STORE_WRITE, err) || check_store(b, s, err) ||
		  prepare(s, b, is_alone, err) || put_keys(b, dir, true, err);
	store_close(s);
	buf_release(&path);
	return bad ? err->code : 0;
}

static bool has_other_hub(struct store *s)
{
	const struct charter *c;
	struct err none;
	if (!s->charter_version || store_charter(s, 0, &c, NULL, &none))
		return false;
	for (size_t i = 0; i < c->nhubs; i++)
		if (!c->hubs[i].is_closed && strcmp(c->hubs[i].id, s->hub) != 0)
			return true;
	return false;
}

int restore_notice(struct store *s, struct err *err)
{
	bool must_ask = s->hub[0] && has_other_hub(s);
	s->is_restored |= must_ask;
	if (s->access == STORE_READ)
		return 0;
	if (must_ask) {
		log_warn("%s was copied or comes from a backup: hub %s signs nothing before it was "
			 "in sync with another hub",
		    s->dir, s->hub);
		if (repo_set_config(s->repo, "belfry.restored", "true", err))
			return err->code;
	}
	random_bytes(s->incarnation, sizeof s->incarnation);
	s->pins_bytes = 0;
	return s->charter_version ? pins_write(s, err) : 0;
}

int restore_is_over(struct store *s, struct err *err)
{
	if (!s->is_restored)
		return 0;
	if (repo_set_config(s->repo, "belfry.restored", NULL, err))
		return err->code;
	s->is_restored = false;
	return 0;
}
