/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/mem.h"
#include "store/attachments.h"
#include "store/mirror.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char head[] = "belfry-attachments 1";

void mirror_attachments_release(struct mirror_attachments *list)
{
	free(list->items);
	*list = (struct mirror_attachments){.n = 0};
}

static int by_hash(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct sha256)); /* it stands first in both */
}

const struct mirror_attachment *mirror_attachment_of(
    const struct mirror_attachments *list, const struct attachment *claim)
{
	const struct mirror_attachment key = {.hash = claim->hash}, *found = NULL;
	if (list->n)
		found = bsearch(&key, list->items, list->n, sizeof key, by_hash);
	bool is_same =
	    found && found->size == claim->size && sha256_eq(&found->chunks, &claim->chunks);
	return is_same ? found : NULL;
}

/* --- the text --- */

static void write_item(struct buf *out, const struct mirror_attachment *a)
{
	buf_printf(out, "%s %" PRIu64 " ", sha256_hex(&a->hash).text, a->size);
	buf_printf(out, "%s %s\n", sha256_hex(&a->chunks).text, a->name);
}

void mirror_attachments_write(struct buf *out, const struct mirror_attachments *list)
{
	buf_printf(out, "%s\n", head);
	for (size_t i = 0; i < list->n; i++)
		write_item(out, &list->items[i]);
}

static bool read_item(struct mirror_attachment *out, struct str line)
{
	*out = (struct mirror_attachment){.size = 0};
	bool is_good = sha256_from_hex(&out->hash, str_cut(&line, ' ')) &&
		       str_u64(str_cut(&line, ' '), ATTACHMENT_BYTES_MAX, &out->size) &&
		       out->size && sha256_from_hex(&out->chunks, str_cut(&line, ' ')) &&
		       attachment_is_name(line);
	if (is_good)
		memcpy(out->name, line.ptr, line.len);
	return is_good;
}

int mirror_attachments_read(struct mirror_attachments *out, struct str text, struct err *err)
{
	size_t cap = 0;
	*out = (struct mirror_attachments){.n = 0};
	if (text.len > MIRROR_LOCAL_BYTES_MAX)
		return err_set(
		    err, ERR_LIMIT, "it is larger than %d bytes", MIRROR_LOCAL_BYTES_MAX);
	if (!text.len || text.ptr[text.len - 1] != '\n' || !str_is(str_cut(&text, '\n'), head))
		return err_set(err, ERR_SYNTAX, "its first line is not \"%s\"", head);
	while (text.len) {
		struct mirror_attachment *a = MEM_PUSH(out->items, out->n, cap);
		if (read_item(a, str_cut(&text, '\n')) && (out->n == 1 || by_hash(a - 1, a) < 0))
			continue;
		err_set(err, ERR_SYNTAX, "line %zu breaks the grammar", out->n + 1);
		mirror_attachments_release(out);
		return err->code;
	}
	return 0;
}

/* --- the folder --- */

/* The site has it, under the name that a record gives it. */
static bool stands(const char *dir, const struct attach_row *row)
{
	struct buf path = BUF_INIT;
	struct stat st;
	buf_printf(
	    &path, "%s/" MIRROR_LOCAL "/%s/%s", dir, sha256_hex(&row->claim.hash).text, row->name);
	bool is = stat(path.ptr, &st) == 0 && S_ISREG(st.st_mode) &&
		  (uint64_t)st.st_size == row->claim.size;
	buf_release(&path);
	return is;
}

/* On another file system it is written again: it is a two-thousandth of the file. */
static int add_pieces(
    struct store *s, const char *dir, const struct attachment *claim, struct err *err)
{
	struct buf from = BUF_INIT, to = BUF_INIT, list = BUF_INIT;
	int rc = 0;
	attach_path(s, &from, &claim->hash);
	buf_puts(&from, ".chunks");
	buf_printf(
	    &to, "%s/" MIRROR_LOCAL "/%s/" MIRROR_PIECES, dir, sha256_hex(&claim->hash).text);
	if (link(from.ptr, to.ptr) && errno != EEXIST) {
		rc = file_read(&list, from.ptr, ATTACH_LIST_BYTES_MAX, err);
		if (!rc)
			rc = file_write(to.ptr, buf_str(&list), 0644, err);
	}
	buf_release(&list);
	buf_release(&to);
	buf_release(&from);
	return rc;
}

static int gather(struct mirror_attachments *out, struct store *s, const char *dir,
    const struct attach_list *l, struct err *err)
{
	struct buf size = BUF_INIT;
	size_t cap = 0;
	int rc = 0;
	buf_printf(&size, "%s\n", head);
	for (size_t i = 0; i < l->n && !rc; i++) {
		const struct attach_row *r = &l->rows[i];
		if (r->state != ATTACH_HERE || !stands(dir, r))
			continue;
		struct mirror_attachment a = {
		    .hash = r->claim.hash, .chunks = r->claim.chunks, .size = r->claim.size};
		memcpy(a.name, r->name, sizeof a.name);
		write_item(&size, &a);
		if (size.len > MIRROR_LOCAL_BYTES_MAX)
			break;
		rc = add_pieces(s, dir, &r->claim, err);
		*MEM_PUSH(out->items, out->n, cap) = a;
	}
	buf_release(&size);
	return rc;
}

/* Most hubs have none, and to find what records name all of them are read. */
static bool has_any(const struct store *s)
{
	struct buf path = BUF_INIT;
	store_path(s, &path, "attachments");
	DIR *d = opendir(path.ptr);
	bool has = false;
	for (struct dirent *e; d && !has && (e = readdir(d));)
		has = e->d_name[0] != '.';
	if (d)
		closedir(d);
	buf_release(&path);
	return has;
}

int mirror_write_attachments(struct store *s, const char *dir, struct err *err)
{
	struct attach_list l = {.n = 0};
	struct mirror_attachments list = {.n = 0};
	struct buf text = BUF_INIT, path = BUF_INIT;
	if (has_any(s) && attach_list_read(&l, s, err))
		return err->code;
	int rc = gather(&list, s, dir, &l, err);
	if (list.n)
		qsort(list.items, list.n, sizeof *list.items, by_hash);
	mirror_attachments_write(&text, &list);
	buf_printf(&path, "%s/" MIRROR_LOCAL, dir);
	if (!rc)
		rc = file_mkdirs(path.ptr, 0755, err);
	buf_puts(&path, "/" MIRROR_LOCAL_INDEX);
	if (!rc)
		rc = file_write(path.ptr, buf_str(&text), 0644, err);
	mirror_attachments_release(&list);
	attach_list_release(&l);
	buf_release(&path);
	buf_release(&text);
	return rc;
}
