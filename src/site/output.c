/* SPDX-License-Identifier: Apache-2.0 */
#include "site/output.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* "site.d/a" for OUT "/srv/site": a link that moves with its folder. */
static void link_text(struct buf *b, const char *out, char name)
{
	const char *slash = strrchr(out, '/');
	buf_printf(b, "%s.d/%c", slash ? slash + 1 : out, name);
}

static bool is_empty_folder(const char *path)
{
	DIR *d = opendir(path);
	bool is_empty = d != NULL;
	struct dirent *e;
	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			is_empty = false;
	if (d)
		closedir(d);
	return is_empty;
}

/* Which tree is shown now, 'a' or 'b', or 0 for none. */
static int shown(const char *out, char *name, struct err *err)
{
	char target[PATH_MAX];
	struct stat st;
	*name = 0;
	if (lstat(out, &st) != 0)
		return errno == ENOENT ? 0 : err_errno(err, "cannot look at %s", out);
	if (S_ISDIR(st.st_mode) && is_empty_folder(out))
		return 0;
	ssize_t n = S_ISLNK(st.st_mode) ? readlink(out, target, sizeof target) : -1;
	for (char c = 'a'; c <= 'b' && n > 0; c++) {
		struct buf ours = BUF_INIT;
		link_text(&ours, out, c);
		if (str_eq(buf_str(&ours), str_of(target, (size_t)n)))
			*name = c;
		buf_release(&ours);
	}
	if (*name)
		return 0;
	return err_set(err, ERR_EXISTS,
	    "%s is there already and was not made by belfry build; name another folder, or an "
	    "empty one",
	    out);
}

int output_begin(struct output *o, const char *out, struct err *err)
{
	char now;
	*o = (struct output){.out = out, .tree = BUF_INIT, .folder = -1};
	size_t n = strlen(out);
	if (!n || out[n - 1] == '/')
		return err_set(err, ERR_USAGE,
		    "the folder for the site is \"%s\"; leave out the last slash", out);
	if (shown(out, &now, err) != 0)
		return err->code;
	o->name = now == 'a' ? 'b' : 'a';
	buf_printf(&o->tree, "%s.d/%c", out, o->name);
	if (file_remove_tree(o->tree.ptr, err) != 0 || file_mkdirs(o->tree.ptr, 0755, err) != 0)
		return err->code;
	o->folder = open(o->tree.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return o->folder < 0 ? err_errno(err, "cannot open %s", o->tree.ptr) : 0;
}

/* The folder that `path` stands in; mostly only the last of its folders is missing. */
static int make_folder(struct output *o, struct str path, struct err *err)
{
	char folder[PATH_MAX];
	while (path.len && path.ptr[path.len - 1] != '/')
		path.len--;
	if (!path.len)
		return 0;
	path.len--;
	snprintf(folder, sizeof folder, "%.*s", STR_FMT(path));
	int bad = mkdirat(o->folder, folder, 0755);
	if (bad && errno == ENOENT) {
		if (make_folder(o, path, err) != 0)
			return err->code;
		bad = mkdirat(o->folder, folder, 0755);
	}
	if (bad && errno != EEXIST)
		return err_errno(err, "cannot make the folder %s/%s", o->tree.ptr, folder);
	return 0;
}

int output_file(struct output *o, const char *path, struct str bytes, struct err *err)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = openat(o->folder, path, flags, 0644);
	if (fd < 0 && errno == ENOENT) {
		if (make_folder(o, str_from(path), err) != 0)
			return err->code;
		fd = openat(o->folder, path, flags, 0644);
	}
	if (fd < 0 && errno == EEXIST)
		return err_set(err, ERR_EXISTS, "two pages want the name %s", path);
	if (fd < 0)
		return err_errno(err, "cannot create %s/%s", o->tree.ptr, path);
	for (struct str rest = bytes; rest.len;) {
		ssize_t n = write(fd, rest.ptr, rest.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_errno(err, "cannot write %s/%s", o->tree.ptr, path);
			close(fd);
			return err->code;
		}
		rest = str_sub(rest, (size_t)n, rest.len);
	}
	if (close(fd) != 0)
		return err_errno(err, "cannot write %s/%s", o->tree.ptr, path);
	o->files++;
	o->bytes += bytes.len;
	return 0;
}

/* Without holding it all in memory. */
static int copy_to(struct output *o, const char *path, const char *from, struct err *err)
{
	char piece[32 * 1024];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = openat(o->folder, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int bad = in < 0 || out < 0;
	for (ssize_t n; !bad && (n = read(in, piece, sizeof piece)) != 0;)
		bad = n < 0 || write(out, piece, (size_t)n) != n;
	if (bad)
		err_errno(err, "cannot copy %s to %s/%s", from, o->tree.ptr, path);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return bad ? err->code : 0;
}

int output_link(struct output *o, const char *path, const char *from, struct err *err)
{
	struct stat st;
	if (make_folder(o, str_from(path), err) != 0)
		return err->code;
	if (fstatat(o->folder, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (linkat(AT_FDCWD, from, o->folder, path, 0) != 0 && copy_to(o, path, from, err) != 0)
		return err->code;
	if (fstatat(o->folder, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		o->bytes += (uint64_t)st.st_size;
	o->files++;
	return 0;
}

int output_finish(struct output *o, struct err *err)
{
	struct buf target = BUF_INIT, aside = BUF_INIT;
	int r = 0;
	link_text(&target, o->out, o->name);
	buf_printf(&aside, "%s.d/new", o->out);
	if (syncfs(o->folder) != 0) {
		r = err_errno(err, "cannot flush %s to the disk", o->tree.ptr);
		goto out;
	}
	if (unlink(aside.ptr) != 0 && errno != ENOENT) {
		r = err_errno(err, "cannot remove %s", aside.ptr);
		goto out;
	}
	rmdir(o->out); /* an empty folder; rename cannot replace it by a link */
	if (symlink(target.ptr, aside.ptr) != 0 || rename(aside.ptr, o->out) != 0) {
		r = err_errno(err, "cannot turn %s to the new site", o->out);
		goto out;
	}
	o->name = 0;
	char folder[PATH_MAX];
	snprintf(folder, sizeof folder, "%s", o->out);
	r = file_sync_dir(dirname(folder), err);
out:
	buf_release(&target);
	buf_release(&aside);
	return r;
}

int output_drop_old(const struct output *o, struct err *err)
{
	struct buf old = BUF_INIT;
	buf_add(&old, buf_str(&o->tree));
	old.ptr[old.len - 1] = old.ptr[old.len - 1] == 'a' ? 'b' : 'a';
	int bad = file_remove_tree(old.ptr, err);
	buf_release(&old);
	return bad;
}

void output_release(struct output *o)
{
	struct err ignored = {0};
	if (o->folder >= 0)
		close(o->folder);
	if (o->folder >= 0 && o->name)
		file_remove_tree(o->tree.ptr, &ignored);
	buf_release(&o->tree);
	o->folder = -1;
}
