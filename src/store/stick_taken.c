/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sticks may be written over: <store>/taken has a line for each of the last files that were
 * taken in whole or written here, by sha256sum of their length, beginning and end. A file's
 * beginning says how far all journals were, so that no two of one network have the same three.
 */
#include "base/file.h"
#include "store/stick.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENDS_BYTES = 65536, TAKEN_MAX = 64, LINE_BYTES = 2 * SHA256_BYTES + 1 };

static bool add_part(struct buf *out, int fd, off_t from, size_t n)
{
	buf_reserve(out, n);
	ssize_t got = pread(fd, out->ptr + out->len, n, from);
	if (got > 0)
		out->len += (size_t)got;
	return got >= 0;
}

/* Its line, with the line end. */
static bool line_of(struct buf *line, const char *path)
{
	struct buf ends = BUF_INIT;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is = fd >= 0 && fstat(fd, &st) == 0;
	if (is) {
		off_t last = st.st_size > ENDS_BYTES ? st.st_size - ENDS_BYTES : 0;
		buf_u64(&ends, (uint64_t)st.st_size);
		is = add_part(&ends, fd, 0, ENDS_BYTES) && add_part(&ends, fd, last, ENDS_BYTES);
	}
	if (is) {
		struct sha256 hash = sha256(buf_str(&ends));
		buf_printf(line, "%s\n", sha256_hex(&hash).text);
	}
	if (fd >= 0)
		close(fd);
	buf_release(&ends);
	return is;
}

static void read_lines(struct buf *lines, const struct store *s)
{
	struct buf path = BUF_INIT;
	struct err none;
	store_path(s, &path, "taken");
	if (file_read(lines, path.ptr, (size_t)TAKEN_MAX * LINE_BYTES, &none) ||
	    lines->len % LINE_BYTES)
		buf_reset(lines);
	buf_release(&path);
}

static bool has(const struct buf *lines, const struct buf *line)
{
	for (size_t at = 0; at + LINE_BYTES <= lines->len; at += LINE_BYTES)
		if (memcmp(lines->ptr + at, line->ptr, LINE_BYTES) == 0)
			return true;
	return false;
}

bool stick_is_taken(const struct store *s, const char *path)
{
	struct buf lines = BUF_INIT, line = BUF_INIT;
	read_lines(&lines, s);
	bool is = line_of(&line, path) && has(&lines, &line);
	buf_release(&lines);
	buf_release(&line);
	return is;
}

void stick_note_taken(const struct store *s, const char *path)
{
	const size_t most = (TAKEN_MAX - 1) * LINE_BYTES;
	struct buf lines = BUF_INIT, line = BUF_INIT, all = BUF_INIT, to = BUF_INIT;
	struct err none;
	read_lines(&lines, s);
	if (line_of(&line, path) && !has(&lines, &line)) {
		size_t from = lines.len > most ? lines.len - most : 0;
		buf_add(&all, str_sub(buf_str(&lines), from, lines.len));
		buf_add(&all, buf_str(&line));
		store_path(s, &to, "taken");
		file_write(to.ptr, buf_str(&all), 0600, &none);
	}
	buf_release(&lines);
	buf_release(&line);
	buf_release(&all);
	buf_release(&to);
}
