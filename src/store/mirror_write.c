/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/mem.h"
#include "store/erased.h"
#include "store/mirror.h"
#include "store/stick.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct laying {
	struct store *store;
	const char *dir, *before;
	struct mirror_index old; /* of `before` */
	struct mirror_list old_files; /* of the journal that is being laid out */
	struct mirror_report *report;
};

static int path_in(char out[static PATH_MAX], const char *dir, const char *name, struct err *err)
{
	if (snprintf(out, PATH_MAX, "%s/%s", dir, name) < PATH_MAX)
		return 0;
	return err_set(err, ERR_LIMIT, "path too long: %s/%s", dir, name);
}

/* Does the layout before have it? Then it stands in both folders. */
static bool link_old(struct laying *l, const char *name, uint64_t bytes)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct err ignored;
	struct stat st;
	if (!l->before || path_in(from, l->before, name, &ignored) ||
	    path_in(to, l->dir, name, &ignored) || stat(from, &st) || !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_size != bytes || (link(from, to) && errno != EEXIST))
		return false;
	l->report->files++;
	l->report->bytes += bytes;
	return true;
}

static int write_text(struct laying *l, const char *name, const struct buf *text, struct err *err)
{
	char path[PATH_MAX];
	if (path_in(path, l->dir, name, err))
		return err->code;
	FILE *f = fopen(path, "wb");
	bool good = f && fwrite(text->ptr, 1, text->len, f) == text->len;
	if ((f && fclose(f)) || !good)
		return err_errno(err, "cannot write %s", path);
	l->report->files++;
	l->report->written++;
	l->report->bytes += text->len;
	return 0;
}

static void read_old(struct buf *text, const struct laying *l, const char *name, size_t max)
{
	char path[PATH_MAX];
	struct err ignored;
	if (path_in(path, l->before, name, &ignored) || file_read(text, path, max, &ignored))
		buf_reset(text);
}

static void read_old_index(struct laying *l)
{
	struct buf text = BUF_INIT;
	struct err ignored;
	if (l->before) {
		read_old(&text, l, MIRROR_INDEX, MIRROR_INDEX_BYTES_MAX);
		if (mirror_index_read(&l->old, buf_str(&text), &ignored) == 0 &&
		    strcmp(l->old.network, l->store->network) != 0)
			mirror_index_release(&l->old);
	}
	buf_release(&text);
}

static void read_old_files(struct laying *l, const struct mirror_line *line)
{
	struct buf text = BUF_INIT;
	struct err ignored;
	mirror_list_release(&l->old_files);
	if (line) {
		read_old(&text, l, mirror_list_name(&line->list).text, MIRROR_LIST_BYTES_MAX);
		mirror_list_read(&l->old_files, buf_str(&text), line, &ignored);
	}
	buf_release(&text);
}

/* The id of a version or an entry, as lines give it. */
static int find_id(struct laying *l, const char *hub, uint64_t at, char out[static MIRROR_ID_BYTES],
    struct err *err)
{
	const struct charter *c;
	struct oid id;
	if (*hub ? store_entry_id(l->store, hub, at, &id, err)
		 : store_charter(l->store, (uint32_t)at, &c, NULL, err))
		return err->code;
	snprintf(out, MIRROR_ID_BYTES, "%s", *hub ? oid_hex(&id).text : sha256_hex(&c->hash).text);
	return 0;
}

static int write_file(struct laying *l, const char *hub, struct mirror_file *f, struct err *err)
{
	char aside[PATH_MAX], path[PATH_MAX];
	struct stick_report written;
	const struct stick_range range = {*hub ? hub : NULL, f->first, f->last};
	if (path_in(aside, l->dir, "new", err) ||
	    stick_write_range(l->store, aside, &range, &written, err))
		return err->code;
	if (file_hash(&f->hash, &f->bytes, aside, err) ||
	    path_in(path, l->dir, mirror_file_name(&f->hash).text, err))
		return err->code;
	if (rename(aside, path))
		return err_errno(err, "cannot rename %s to %s", aside, path);
	l->report->files++;
	l->report->written++;
	l->report->bytes += f->bytes;
	return 0;
}

/* A run that the layout before had is known by its place and the id it ends with. */
static bool keep_file(struct laying *l, struct mirror_file *f)
{
	for (size_t i = 0; i < l->old_files.n; i++) {
		const struct mirror_file *old = &l->old_files.files[i];
		if (old->first != f->first || old->last != f->last || strcmp(old->id, f->id) != 0)
			continue;
		if (!link_old(l, mirror_file_name(&old->hash).text, old->bytes))
			return false;
		*f = *old;
		return true;
	}
	return false;
}

/* Nothing has changed: every file of the list is linked. */
static bool keep_all(struct laying *l, const struct mirror_line *line)
{
	size_t i = 0;
	while (i < l->old_files.n && link_old(l, mirror_file_name(&l->old_files.files[i].hash).text,
					 l->old_files.files[i].bytes))
		i++;
	return i && i == l->old_files.n &&
	       link_old(l, mirror_list_name(&line->list).text, line->list_bytes);
}

static int write_files(struct laying *l, struct mirror_line *line, struct err *err)
{
	struct mirror_list list = {.n = 0};
	struct buf text = BUF_INIT;
	int bad = 0;
	mirror_layout(&list, line->last);
	for (size_t i = 0; i < list.n && !bad; i++) {
		struct mirror_file *f = &list.files[i];
		bad = find_id(l, line->hub, f->last, f->id, err) ||
		      (!keep_file(l, f) && write_file(l, line->hub, f, err));
	}
	mirror_list_write(&text, &list);
	line->list = sha256(buf_str(&text));
	line->list_bytes = text.len;
	bad = bad || write_text(l, mirror_list_name(&line->list).text, &text, err);
	buf_release(&text);
	mirror_list_release(&list);
	return bad ? err->code : 0;
}

/* `line` has all but the list. */
static int lay(struct laying *l, struct mirror_line *line, struct err *err)
{
	const struct mirror_line *old = mirror_line_of(&l->old, line->hub);
	struct mirror_report before = *l->report;
	read_old_files(l, old);
	if (old && old->last == line->last && strcmp(old->id, line->id) == 0 && keep_all(l, old)) {
		*line = *old;
		return 0;
	}
	*l->report = before;
	return write_files(l, line, err);
}

static int lay_all(struct laying *l, struct mirror_index *index, struct err *err)
{
	struct store *s = l->store;
	memcpy(index->network, s->network, sizeof index->network);
	index->lines = mem_alloc((s->njournals + 1) * sizeof *index->lines);
	struct mirror_line *charter = &index->lines[index->n++];
	charter->last = s->charter_version;
	if (find_id(l, "", charter->last, charter->id, err) || lay(l, charter, err))
		return err->code;
	for (size_t i = 0; i < s->njournals; i++) {
		const struct head *h = &s->journals[i].head;
		if (!h->seq)
			continue;
		struct mirror_line *line = &index->lines[index->n++];
		memcpy(line->hub, h->hub, sizeof line->hub);
		line->last = h->seq;
		memcpy(line->id, oid_hex(&h->id).text, 2 * OID_BYTES + 1);
		if (lay(l, line, err))
			return err->code;
	}
	return 0;
}

/* Which orders to erase a layout heeds; "" where there are none. */
static void describe_erased(struct buf *out, const struct store *s)
{
	if (!s->erased->n)
		return;
	struct sha256 digest = erased_digest(s->erased);
	buf_printf(out, "%s\n", sha256_hex(&digest).text);
}

static bool before_has_erased_the_same(const struct laying *l)
{
	struct buf now = BUF_INIT, then = BUF_INIT;
	describe_erased(&now, l->store);
	if (l->before)
		read_old(&then, l, MIRROR_ERASED, MIRROR_INDEX_BYTES_MAX);
	bool is = str_eq(buf_str(&now), buf_str(&then));
	buf_release(&now);
	buf_release(&then);
	return is;
}

static int write_erased(struct laying *l, struct err *err)
{
	struct buf text = BUF_INIT;
	describe_erased(&text, l->store);
	int bad = text.len ? write_text(l, MIRROR_ERASED, &text, err) : 0;
	buf_release(&text);
	return bad;
}

int mirror_write(struct store *s, const char *dir, const char *before, struct mirror_report *report,
    struct err *err)
{
	struct mirror_report unread;
	struct laying l = {
	    .store = s, .dir = dir, .before = before, .report = report ? report : &unread};
	struct mirror_index index = {.n = 0};
	struct buf text = BUF_INIT;
	*l.report = (struct mirror_report){.files = 0};
	if (!before_has_erased_the_same(&l))
		l.before = NULL; /* its runs may hold what nobody may keep */
	read_old_index(&l);
	int bad = file_mkdirs(dir, 0755, err) || lay_all(&l, &index, err) || write_erased(&l, err);
	if (!bad) {
		mirror_index_write(&text, &index);
		bad = write_text(&l, MIRROR_INDEX, &text, err);
	}
	buf_release(&text);
	mirror_index_release(&index);
	mirror_index_release(&l.old);
	mirror_list_release(&l.old_files);
	return bad ? err->code : 0;
}
