/* SPDX-License-Identifier: Apache-2.0 */
#include "store/attach.h"

#include "base/file.h"
#include "base/mem.h"
#include "store/space.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- names --- */

void attach_path(const struct store *s, struct buf *out, const struct sha256 *hash)
{
	struct sha256_hex hex = sha256_hex(hash);
	store_path(s, out, "attachments/");
	buf_printf(out, "%.2s/%s", hex.text, hex.text);
}

static void part_path(
    const struct store *s, struct buf *out, const struct attachment *claim, const char *ending)
{
	store_path(s, out, "attachments/part/");
	buf_printf(out, "%s-%" PRIu64 "%s", sha256_hex(&claim->chunks).text, claim->size, ending);
}

static int make_folder(const struct buf *path, struct err *err)
{
	struct buf folder = BUF_INIT;
	buf_add(&folder, str_sub(buf_str(path), 0, (size_t)(strrchr(path->ptr, '/') - path->ptr)));
	int rc = file_mkdirs(folder.ptr, 0700, err);
	buf_release(&folder);
	return rc;
}

static bool has_size(const char *path, uint64_t size)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == size;
}

/* --- reading --- */

static int read_at(
    int fd, uint64_t offset, size_t length, struct buf *out, const char *path, struct err *err)
{
	buf_reserve(out, length + 1);
	while (length) {
		ssize_t n = pread(fd, out->ptr + out->len, length, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "cannot read %s", path);
		if (!n)
			return err_set(err, ERR_IO, "%s is shorter than it was", path);
		out->len += (size_t)n;
		out->ptr[out->len] = 0;
		offset += (uint64_t)n;
		length -= (size_t)n;
	}
	return 0;
}

static int read_file_at(
    const char *path, uint64_t offset, size_t length, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "cannot open %s", path);
	int rc = read_at(fd, offset, length, out, path, err);
	close(fd);
	return rc;
}

int attach_read(const struct store *s, const struct sha256 *hash, bool is_list, uint64_t offset,
    size_t length, struct buf *out, struct err *err)
{
	struct buf path = BUF_INIT;
	attach_path(s, &path, hash);
	buf_puts(&path, is_list ? ".chunks" : "");
	int rc = read_file_at(path.ptr, offset, length, out, err);
	buf_release(&path);
	return rc;
}

int attach_read_part(const struct store *s, const struct attachment *claim, uint64_t offset,
    size_t length, struct buf *out, struct err *err)
{
	struct buf path = BUF_INIT;
	part_path(s, &path, claim, "");
	int rc = read_file_at(path.ptr, offset, length, out, err);
	buf_release(&path);
	return rc;
}

bool attach_is_list(const struct attachment *claim, struct str list)
{
	struct sha256 hash = sha256(list);
	return list.len == attachment_chunks(claim->size) * SHA256_BYTES &&
	       sha256_eq(&hash, &claim->chunks);
}

static bool is_here(const struct store *s, const struct attachment *claim)
{
	struct buf path = BUF_INIT, list = BUF_INIT;
	struct err none;
	attach_path(s, &path, &claim->hash);
	bool is = has_size(path.ptr, claim->size);
	buf_puts(&path, ".chunks");
	is = is && file_read(&list, path.ptr, ATTACH_LIST_BYTES_MAX, &none) == 0 &&
	     attach_is_list(claim, buf_str(&list));
	buf_release(&list);
	buf_release(&path);
	return is;
}

/* What its list stands for is here, or was, and is something else than the claim says. */
static bool is_false(const struct store *s, const struct attachment *claim)
{
	struct buf path = BUF_INIT, hex = BUF_INIT;
	struct sha256 is;
	struct err none;
	part_path(s, &path, claim, ".false");
	bool is_other = file_read(&hex, path.ptr, 2 * SHA256_BYTES, &none) == 0 &&
			sha256_from_hex(&is, buf_str(&hex)) && !sha256_eq(&is, &claim->hash);
	buf_release(&hex);
	buf_release(&path);
	return is_other;
}

enum attach_state attach_state(
    const struct store *s, const struct attachment *claim, uint64_t *bytes_here)
{
	struct buf path = BUF_INIT;
	struct stat st;
	enum attach_state state = ATTACH_MISSING;
	*bytes_here = 0;
	part_path(s, &path, claim, "");
	if (is_here(s, claim)) {
		state = ATTACH_HERE;
		*bytes_here = claim->size;
	} else if (is_false(s, claim)) {
		state = ATTACH_FALSE;
	} else if (stat(path.ptr, &st) == 0) { /* pieces not here are holes in it */
		uint64_t kept = (uint64_t)st.st_blocks * 512;
		state = ATTACH_PARTLY;
		*bytes_here = kept < claim->size ? kept : claim->size;
	}
	buf_release(&path);
	return state;
}

/* Added up: a folder has them in no order. */
static void add_names(struct digest *sum, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	while (dir && (e = readdir(dir))) {
		struct digest d = digest_of(str_from(e->d_name));
		for (size_t i = 0; i < sizeof d.bytes; i++)
			sum->bytes[i] ^= d.bytes[i];
	}
	if (dir)
		closedir(dir);
}

struct digest attach_digest(const struct store *s)
{
	struct digest sum = {{0}};
	struct buf path = BUF_INIT;
	store_path(s, &path, "attachments");
	const size_t folder = path.len, folders = file_exists(path.ptr) ? 256 : 0;
	for (unsigned i = 0; i < folders; i++) {
		path.len = folder;
		buf_printf(&path, "/%02x", i);
		add_names(&sum, path.ptr);
	}
	buf_release(&path);
	return sum;
}

/* --- adding --- */

static int hash_pieces(
    struct buf *list, struct str *begin_kind, int fd, const char *path, struct err *err)
{
	struct buf piece = BUF_INIT;
	struct stat st;
	int rc = fstat(fd, &st) ? err_errno(err, "cannot look at %s", path) : 0;
	uint64_t size = rc ? 0 : (uint64_t)st.st_size;
	for (size_t i = 0; i < attachment_chunks(size) && !rc; i++) {
		buf_reset(&piece);
		rc = read_at(fd, (uint64_t)i * ATTACHMENT_CHUNK_BYTES,
		    attachment_chunk_bytes(size, i), &piece, path, err);
		struct sha256 h = sha256(buf_str(&piece));
		buf_add(list, str_of(h.bytes, sizeof h.bytes));
		if (!i && !rc && !attachment_begins_as(*begin_kind, buf_str(&piece)))
			rc = err_set(err, ERR_SYNTAX,
			    "%s is not what its name says: it does not begin as a %s file does",
			    path, attachment_kind(*begin_kind));
	}
	buf_release(&piece);
	return rc;
}

static int copy_file(int from, const char *to, uint64_t size, struct err *err)
{
	struct buf piece = BUF_INIT;
	int rc = 0, fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
	if (fd < 0)
		return err_errno(err, "cannot create %s", to);
	for (uint64_t at = 0; at < size && !rc; at += ATTACHMENT_CHUNK_BYTES) {
		uint64_t left = size - at;
		size_t n = left < ATTACHMENT_CHUNK_BYTES ? (size_t)left : ATTACHMENT_CHUNK_BYTES;
		buf_reset(&piece);
		rc = read_at(from, at, n, &piece, "the file", err);
		if (!rc && write(fd, piece.ptr, piece.len) != (ssize_t)piece.len)
			rc = err_errno(err, "cannot write %s", to);
	}
	if (!rc && fsync(fd))
		rc = err_errno(err, "cannot fsync %s", to);
	close(fd);
	buf_release(&piece);
	return rc;
}

/* Give the file at `aside` its name, with its list beside it: the list first, so that a name never
 * stands without. */
static int settle(
    struct store *s, const char *aside, const struct sha256 *hash, struct str list, struct err *err)
{
	struct buf path = BUF_INIT, beside = BUF_INIT;
	attach_path(s, &path, hash);
	buf_printf(&beside, "%s.chunks", path.ptr);
	int rc = make_folder(&path, err);
	if (!rc)
		rc = file_write(beside.ptr, list, 0444, err);
	if (!rc && rename(aside, path.ptr))
		rc = err_errno(err, "cannot rename %s to %s", aside, path.ptr);
	if (!rc) {
		path.len = (size_t)(strrchr(path.ptr, '/') - path.ptr);
		path.ptr[path.len] = 0;
		rc = file_sync_dir(path.ptr, err);
	}
	s->attachments += !rc;
	buf_release(&beside);
	buf_release(&path);
	return rc;
}

int attach_check_room(struct store *s, uint64_t bytes, struct err *err)
{
	struct space p;
	struct err none;
	if (store_space(s, &p, &none))
		return 0;
	p.is_short = p.free < p.reserve || p.free - p.reserve < bytes;
	return space_check(&p, s->dir, err);
}

static int check_file(const char *from, struct str name, uint64_t *size, struct err *err)
{
	struct stat st;
	if (!attachment_is_name(name))
		return err_set(err, ERR_SYNTAX,
		    "'%.*s' is no name for an attachment: a-z, 0-9 and single '.', '-', '_' "
		    "between "
		    "them, at most %d, ending in .pdf, .jpg, .png, .webp, .mp3 or .ogg",
		    STR_FMT(str_sub(name, 0, 100)), ATTACHMENT_NAME_BYTES_MAX);
	if (stat(from, &st))
		return err_errno(err, "cannot open %s", from);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_SYNTAX, "%s is no file", from);
	*size = (uint64_t)st.st_size;
	if (!*size || *size > ATTACHMENT_BYTES_MAX)
		return err_set(err, ERR_LIMIT,
		    "%s has %" PRIu64 " bytes; an attachment has 1 to %d (64 MiB)", from, *size,
		    ATTACHMENT_BYTES_MAX);
	return 0;
}

/* From here on the copy is what counts: the file may change while it is read. */
static int add_copy(
    struct attachment *out, struct store *s, const char *aside, const char *from, struct err *err)
{
	struct buf list = BUF_INIT;
	uint64_t size;
	int fd = open(aside, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? err_errno(err, "cannot open %s", aside)
			: hash_pieces(&list, &out->media, fd, from, err);
	if (fd >= 0)
		close(fd);
	if (!rc)
		rc = file_hash(&out->hash, &size, aside, err);
	if (!rc)
		out->chunks = sha256(buf_str(&list));
	if (!rc && !is_here(s, out))
		rc = settle(s, aside, &out->hash, buf_str(&list), err);
	buf_release(&list);
	return rc;
}

int attach_add(
    struct attachment *out, struct store *s, const char *from, struct str name, struct err *err)
{
	struct buf aside = BUF_INIT;
	*out = (struct attachment){.name = name, .media = attachment_media(name)};
	if (check_file(from, name, &out->size, err) || attach_check_room(s, out->size, err))
		return err->code;
	store_path(s, &aside, "attachments/new");
	int fd = -1, rc = make_folder(&aside, err);
	unlink(aside.ptr);
	if (!rc && (fd = open(from, O_RDONLY | O_CLOEXEC)) < 0)
		rc = err_errno(err, "cannot open %s", from);
	if (!rc)
		rc = copy_file(fd, aside.ptr, out->size, err);
	if (fd >= 0)
		close(fd);
	if (!rc)
		rc = add_copy(out, s, aside.ptr, from, err);
	unlink(aside.ptr);
	buf_release(&aside);
	return rc;
}

int attach_remove(struct store *s, const struct attachment *claim, struct err *err)
{
	static const char *const whole[] = {"", ".chunks"};
	static const char *const part[] = {"", ".list", ".rest", ".false"};
	struct buf path = BUF_INIT;
	int rc = 0;
	for (size_t i = 0; i < 6 && !rc; i++) {
		buf_reset(&path);
		if (i < 2) {
			attach_path(s, &path, &claim->hash);
			buf_puts(&path, whole[i]);
		} else {
			part_path(s, &path, claim, part[i - 2]);
		}
		if (unlink(path.ptr) && errno != ENOENT)
			rc = err_errno(err, "cannot remove %s", path.ptr);
	}
	s->attachments += !rc;
	buf_release(&path);
	return rc;
}

/* --- receiving --- */

void attach_part_release(struct attach_part *p)
{
	free(p->list);
	free(p->has);
	buf_release(&p->rest);
	*p = (struct attach_part){.rest = BUF_INIT};
}

static void check_pieces(struct attach_part *out, const char *path, const struct attachment *claim)
{
	struct buf piece = BUF_INIT;
	struct err none;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; i < attachment_chunks(claim->size) && fd >= 0; i++) {
		buf_reset(&piece);
		if (read_at(fd, (uint64_t)i * ATTACHMENT_CHUNK_BYTES,
			attachment_chunk_bytes(claim->size, i), &piece, path, &none))
			break; /* its end, so far */
		struct sha256 h = sha256(buf_str(&piece));
		out->has[i] = sha256_eq(&h, &out->list[i]);
		out->nhas += out->has[i];
	}
	if (fd >= 0)
		close(fd);
	buf_release(&piece);
}

/* A file of one piece is its own list. */
static bool read_list(
    struct attach_part *out, const struct store *s, const struct attachment *claim)
{
	size_t n = attachment_chunks(claim->size);
	struct buf path = BUF_INIT, list = BUF_INIT;
	struct err none;
	part_path(s, &path, claim, ".list");
	if (n == 1)
		buf_add(&list, str_of(claim->hash.bytes, SHA256_BYTES));
	else
		file_read(&list, path.ptr, ATTACH_LIST_BYTES_MAX, &none);
	bool is_good = attach_is_list(claim, buf_str(&list));
	if (is_good) {
		out->list = mem_alloc(n * sizeof *out->list);
		out->has = mem_alloc(n);
		memcpy(out->list, list.ptr, list.len);
	}
	buf_release(&list);
	buf_release(&path);
	return is_good;
}

static void read_rest(
    struct attach_part *out, const struct store *s, const struct attachment *claim)
{
	struct buf path = BUF_INIT;
	struct err none;
	uint32_t i = 0;
	part_path(s, &path, claim, ".rest");
	file_read(&out->rest, path.ptr, ATTACHMENT_CHUNK_BYTES + 4, &none);
	struct str bytes = buf_str(&out->rest);
	bool is_good = str_take_u32(&bytes, &i) && i < attachment_chunks(claim->size) &&
		       bytes.len < attachment_chunk_bytes(claim->size, i) && !out->has[i];
	if (is_good)
		buf_drop_front(&out->rest, 4);
	else
		buf_reset(&out->rest);
	out->rest_of = i;
	buf_release(&path);
}

int attach_part_read(
    struct attach_part *out, const struct store *s, const struct attachment *claim, struct err *err)
{
	struct buf path = BUF_INIT;
	(void)err;
	*out = (struct attach_part){.rest = BUF_INIT};
	part_path(s, &path, claim, "");
	if (read_list(out, s, claim)) {
		check_pieces(out, path.ptr, claim);
		read_rest(out, s, claim);
	}
	buf_release(&path);
	return 0;
}

int attach_put_list(
    struct store *s, const struct attachment *claim, struct str list, struct err *err)
{
	struct buf path = BUF_INIT;
	part_path(s, &path, claim, ".list");
	int rc = attach_check_room(s, claim->size, err);
	if (!rc)
		rc = make_folder(&path, err);
	if (!rc)
		rc = file_write(path.ptr, list, 0600, err);
	buf_release(&path);
	return rc;
}

int attach_put_piece(
    struct store *s, const struct attachment *claim, size_t i, struct str bytes, struct err *err)
{
	struct buf path = BUF_INIT;
	off_t at = (off_t)i * ATTACHMENT_CHUNK_BYTES;
	part_path(s, &path, claim, "");
	int fd = -1, rc = attach_check_room(s, bytes.len, err);
	if (!rc)
		rc = make_folder(&path, err);
	if (!rc && (fd = open(path.ptr, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) < 0)
		rc = err_errno(err, "cannot open %s", path.ptr);
	while (!rc && bytes.len) {
		ssize_t n = pwrite(fd, bytes.ptr, bytes.len, at);
		if (n < 0 && errno != EINTR)
			rc = err_errno(err, "cannot write %s", path.ptr);
		if (n < 0)
			continue;
		at += n;
		bytes = str_sub(bytes, (size_t)n, bytes.len);
	}
	if (fd >= 0)
		close(fd);
	buf_release(&path);
	return rc;
}

int attach_put_rest(
    struct store *s, const struct attachment *claim, size_t i, struct str bytes, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	int rc = 0;
	part_path(s, &path, claim, ".rest");
	buf_u32(&text, (uint32_t)i);
	buf_add(&text, bytes);
	if (bytes.len)
		rc = make_folder(&path, err) || file_write(path.ptr, buf_str(&text), 0600, err)
			 ? err->code
			 : 0;
	else
		unlink(path.ptr);
	buf_release(&text);
	buf_release(&path);
	return rc;
}

int attach_finish(struct store *s, const struct attachment *claim, struct err *err)
{
	struct buf path = BUF_INIT, mark = BUF_INIT;
	struct attach_part p = {.rest = BUF_INIT};
	struct sha256 is;
	uint64_t size;
	part_path(s, &path, claim, "");
	int rc = attach_part_read(&p, s, claim, err);
	if (!rc && (!p.list || p.nhas < attachment_chunks(claim->size)))
		rc = err_set(err, ERR_IO, "%s is not whole on the disk", path.ptr);
	if (!rc)
		rc = file_sync(path.ptr, err);
	if (!rc)
		rc = file_hash(&is, &size, path.ptr, err);
	if (!rc)
		chmod(path.ptr, 0444); /* the site links to it */
	if (!rc)
		rc = settle(s, path.ptr, &is,
		    str_of(p.list, attachment_chunks(claim->size) * SHA256_BYTES), err);
	if (!rc && !sha256_eq(&is, &claim->hash)) {
		part_path(s, &mark, claim, ".false");
		rc = file_write(mark.ptr, str_from(sha256_hex(&is).text), 0600, err);
		rc = rc ? rc
			: err_set(err, ERR_SIGNATURE,
			      "a record promises %s and names the pieces of %s",
			      sha256_hex(&claim->hash).text, sha256_hex(&is).text);
	}
	if (!rc || rc == ERR_SIGNATURE) {
		struct err none;
		attach_put_rest(s, claim, 0, STR_EMPTY, &none);
		buf_puts(&path, ".list");
		unlink(path.ptr);
	}
	attach_part_release(&p);
	buf_release(&mark);
	buf_release(&path);
	return rc;
}
