/* SPDX-License-Identifier: Apache-2.0 */
#include "store/mirror.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char index_head[] = "belfry-mirror 1";
static const char list_head[] = "belfry-files 1";

/* FAN runs become a longer one as soon as LOW more of their length came after them, so the newest
 * entries are always in short ones. The longest have FAN^(LEVELS - 1) = 1024 entries. */
enum { FAN = 4, LOW = 2, LEVELS = 6 };
/* What an entry's or a version's block can have beside its text: names, lengths, and what zstd adds
 * to what it cannot make smaller. */
enum { BLOCK_EXTRA = 4096, FRONT_BYTES = 64 };

void mirror_index_release(struct mirror_index *index)
{
	free(index->lines);
	*index = (struct mirror_index){.n = 0};
}

void mirror_list_release(struct mirror_list *list)
{
	free(list->files);
	*list = (struct mirror_list){.n = 0};
}

const struct mirror_line *mirror_line_of(const struct mirror_index *index, const char *hub)
{
	for (size_t i = 0; i < index->n; i++)
		if (strcmp(index->lines[i].hub, hub) == 0)
			return &index->lines[i];
	return NULL;
}

struct mirror_name mirror_list_name(const struct sha256 *hash)
{
	struct mirror_name n;
	snprintf(n.text, sizeof n.text, "%s.txt", sha256_hex(hash).text);
	return n;
}

struct mirror_name mirror_file_name(const struct sha256 *hash)
{
	struct mirror_name n;
	snprintf(n.text, sizeof n.text, "%s.belfry", sha256_hex(hash).text);
	return n;
}

void mirror_layout(struct mirror_list *out, uint64_t n)
{
	uint64_t keep[LEVELS], size = 1, next = 1;
	size_t cap = out->n;
	for (int level = 0; level < LEVELS; level++) {
		uint64_t up = n < LOW + FAN || level == LEVELS - 1 ? 0 : (n - LOW) / FAN;
		keep[level] = n - up * FAN;
		n = up;
		size *= FAN;
	}
	for (int level = LEVELS - 1; level >= 0; level--) {
		size /= FAN;
		for (uint64_t i = 0; i < keep[level]; i++, next += size) {
			struct mirror_file *f = MEM_PUSH(out->files, out->n, cap);
			*f = (struct mirror_file){.first = next, .last = next + size - 1};
		}
	}
}

/* --- writing --- */

void mirror_index_write(struct buf *out, const struct mirror_index *index)
{
	buf_printf(out, "%s\nnetwork %s\n", index_head, index->network);
	for (size_t i = 0; i < index->n; i++) {
		const struct mirror_line *l = &index->lines[i];
		buf_printf(out, "%s%s %" PRIu64 " %s %" PRIu64 " %s\n",
		    *l->hub ? "journal " : "charter", l->hub, l->last, l->id, l->list_bytes,
		    sha256_hex(&l->list).text);
	}
}

void mirror_list_write(struct buf *out, const struct mirror_list *list)
{
	buf_printf(out, "%s\n", list_head);
	for (size_t i = 0; i < list->n; i++) {
		const struct mirror_file *f = &list->files[i];
		buf_printf(out, "%" PRIu64 " %" PRIu64 " %s %" PRIu64 " %s\n", f->first, f->last,
		    f->id, f->bytes, sha256_hex(&f->hash).text);
	}
}

/* --- reading --- */

/* A line up to its line feed, which must be there. */
static bool take_line(struct str *rest, struct str *line)
{
	if (!memchr(rest->ptr, '\n', rest->len))
		return false;
	*line = str_cut(rest, '\n');
	return true;
}

static bool take_hex(struct str *line, size_t digits, char out[static MIRROR_ID_BYTES])
{
	uint8_t ignored[MIRROR_ID_BYTES];
	struct str word = str_cut(line, ' ');
	bool good = str_unhex(ignored, digits / 2, word);
	if (good) {
		memcpy(out, word.ptr, digits);
		out[digits] = 0;
	}
	return good;
}

static bool take_number(struct str *line, uint64_t max, uint64_t *out)
{
	return str_u64(str_cut(line, ' '), max, out) && *out;
}

static bool read_line(struct mirror_line *out, struct str line, bool is_charter)
{
	*out = (struct mirror_line){.last = 0};
	if (!str_is(str_cut(&line, ' '), is_charter ? "charter" : "journal"))
		return false;
	if (!is_charter) {
		struct str hub = str_cut(&line, ' ');
		if (!str_is_slug(hub))
			return false;
		memcpy(out->hub, hub.ptr, hub.len);
	}
	size_t digits = is_charter ? 2 * SHA256_BYTES : 2 * OID_BYTES;
	return take_number(&line, is_charter ? UINT32_MAX : ENTRY_SEQ_MAX, &out->last) &&
	       take_hex(&line, digits, out->id) &&
	       take_number(&line, MIRROR_LIST_BYTES_MAX, &out->list_bytes) &&
	       sha256_from_hex(&out->list, line);
}

static int read_lines(struct mirror_index *out, struct str rest, struct err *err)
{
	struct str line;
	size_t cap = 0;
	while (rest.len) {
		if (out->n > HUBS_MAX)
			return err_set(err, ERR_LIMIT, "it names more than %d journals", HUBS_MAX);
		struct mirror_line *l = MEM_PUSH(out->lines, out->n, cap);
		if (!take_line(&rest, &line) || !read_line(l, line, out->n == 1) ||
		    (out->n > 1 && strcmp(l[-1].hub, l->hub) >= 0))
			return err_set(err, ERR_SYNTAX, "line %zu breaks the grammar", out->n + 2);
	}
	return out->n ? 0 : err_set(err, ERR_SYNTAX, "it names no charter");
}

int mirror_index_read(struct mirror_index *out, struct str text, struct err *err)
{
	struct str line;
	*out = (struct mirror_index){.n = 0};
	if (text.len > MIRROR_INDEX_BYTES_MAX)
		return err_set(
		    err, ERR_LIMIT, "it is larger than %d bytes", MIRROR_INDEX_BYTES_MAX);
	if (!take_line(&text, &line) || !str_is(line, index_head))
		return err_set(err, ERR_SYNTAX, "its first line is not \"%s\"", index_head);
	if (!take_line(&text, &line) || !str_is(str_cut(&line, ' '), "network") ||
	    memchr(line.ptr, ' ', line.len) || !take_hex(&line, 2 * SHA256_BYTES, out->network))
		return err_set(err, ERR_SYNTAX, "line 2 does not name a network");
	if (read_lines(out, text, err))
		mirror_index_release(out);
	return out->n ? 0 : err->code;
}

static uint64_t bytes_max(const struct mirror_file *f, bool is_charter)
{
	uint64_t n = f->last - f->first + 1,
		 each = (is_charter ? MESSAGE_BYTES_MAX : ENTRY_BYTES_MAX) + BLOCK_EXTRA;
	return n > UINT32_MAX ? UINT64_MAX : n * each + FRONT_BYTES;
}

static bool read_file(
    struct mirror_file *out, struct str line, const struct mirror_line *of, uint64_t first)
{
	*out = (struct mirror_file){.first = 0};
	return take_number(&line, of->last, &out->first) && out->first == first &&
	       take_number(&line, of->last, &out->last) && out->last >= first &&
	       take_hex(&line, strlen(of->id), out->id) &&
	       take_number(&line, INT64_MAX, &out->bytes) && sha256_from_hex(&out->hash, line);
}

static int read_files(
    struct mirror_list *out, struct str rest, const struct mirror_line *of, struct err *err)
{
	struct str line;
	size_t cap = 0;
	uint64_t next = 1;
	while (rest.len) {
		struct mirror_file *f = MEM_PUSH(out->files, out->n, cap);
		if (!take_line(&rest, &line) || !read_file(f, line, of, next))
			return err_set(err, ERR_SYNTAX, "line %zu breaks the grammar", out->n + 1);
		if (f->bytes > bytes_max(f, !*of->hub))
			return err_set(err, ERR_LIMIT,
			    "line %zu claims %" PRIu64 " bytes, more than %" PRIu64
			    " entries can have",
			    out->n + 1, f->bytes, f->last - f->first + 1);
		next = f->last + 1;
	}
	if (next != of->last + 1 || strcmp(out->files[out->n - 1].id, of->id) != 0)
		return err_set(err, ERR_CHAIN, "it does not end where the index says");
	return 0;
}

int mirror_list_read(
    struct mirror_list *out, struct str text, const struct mirror_line *line, struct err *err)
{
	struct str head;
	struct sha256 hash = sha256(text);
	*out = (struct mirror_list){.n = 0};
	if (text.len != line->list_bytes || !sha256_eq(&hash, &line->list))
		return err_set(err, ERR_CHAIN, "it is not the one whose hash the index names");
	if (!take_line(&text, &head) || !str_is(head, list_head))
		return err_set(err, ERR_SYNTAX, "its first line is not \"%s\"", list_head);
	if (read_files(out, text, line, err)) {
		mirror_list_release(out);
		return err->code;
	}
	return 0;
}
