/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { NAME_BYTES = 256 };

/* Open one step below `folder`; -1 when there is nothing to be had. */
static int step(int folder, struct str name, struct stat *st)
{
	char text[NAME_BYTES];
	if (!name.len || name.len >= sizeof text || name.ptr[0] == '.' ||
	    memchr(name.ptr, 0, name.len))
		return -1;
	snprintf(text, sizeof text, "%.*s", STR_FMT(name));
	/* Not to wait for a pipe that somebody left there. */
	int fd = openat(folder, text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, st)) {
		close(fd);
		return -1;
	}
	return fd;
}

enum http_found http_find(int *fd, struct stat *st, int root, struct str path)
{
	int at = dup(root);
	enum http_found found = HTTP_NOTHING;
	*fd = -1;
	if (at < 0 || !path.len || path.ptr[0] != '/')
		goto out;
	path = str_sub(path, 1, path.len);
	for (;;) {
		bool is_last = !memchr(path.ptr, '/', path.len);
		struct str name = str_cut(&path, '/');
		if (is_last && !name.len)
			name = STR("index.html");
		int next = step(at, name, st);
		if (next < 0)
			goto out;
		close(at);
		at = next;
		if (is_last)
			break;
		if (!S_ISDIR(st->st_mode))
			goto out;
	}
	if (S_ISDIR(st->st_mode)) {
		found = HTTP_FOLDER;
	} else if (S_ISREG(st->st_mode)) {
		found = HTTP_FILE;
		*fd = at;
		at = -1;
	}
out:
	if (at >= 0)
		close(at);
	return found;
}

const char *http_type(struct str path)
{
	static const struct {
		const char *ending, *type;
	} table[] = {{".html", "text/html; charset=utf-8"}, {".css", "text/css; charset=utf-8"},
	    {".js", "text/javascript; charset=utf-8"}, {".md", "text/markdown; charset=utf-8"},
	    {"feed.xml", "application/atom+xml; charset=utf-8"},
	    {".xml", "application/xml; charset=utf-8"}, {".ics", "text/calendar; charset=utf-8"},
	    {".csv", "text/csv; charset=utf-8"}, {".json", "application/json"},
	    {".webmanifest", "application/manifest+json"}, {".svg", "image/svg+xml"},
	    {".txt", "text/plain; charset=utf-8"}, {".sig", "text/plain; charset=utf-8"},
	    {".rev", "text/plain; charset=utf-8"}, {".png", "image/png"}, {".ico", "image/x-icon"},
	    {".woff2", "font/woff2"}, {".pdf", "application/pdf"},
	    {".jpg", "image/jpeg"}, {".webp", "image/webp"}, {".mp3", "audio/mpeg"},
	    {".ogg", "audio/ogg"},
	    {"allowed_signers", "text/plain; charset=utf-8"}};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_ends(path, str_from(table[i].ending)))
			return table[i].type;
	return "application/octet-stream";
}
