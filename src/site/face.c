/* SPDX-License-Identifier: Apache-2.0 */
#include "site/face.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The file: magic, version, then for each face: sha256 of the record, length of the rest (u32), the
 * rest, sum of hash and rest (u64); all of it filled up to a multiple of 8.
 */
static const char magic[] = "belfry-faces 01\n";
enum { HEAD_BYTES = sizeof magic - 1 + sizeof(struct digest), FRAME_BYTES = SHA256_BYTES + 4 };

/* --- one face --- */

static void put_text(struct buf *b, struct str s)
{
	buf_varint(b, s.len);
	buf_add(b, s);
}

static bool take_text(struct str *s, struct str *out)
{
	uint64_t n;
	return str_take_varint(s, &n) && n <= s->len && str_take(s, n, out);
}

static void texts_of(struct face *f, struct str *texts[static 11])
{
	struct str *const all[] = {&f->place, &f->type, &f->id, &f->lang, &f->title, &f->summary,
	    &f->date, &f->from, &f->terms, &f->links, &f->head};
	memcpy(texts, all, sizeof all);
}

static void put_face(struct buf *b, struct face *f)
{
	struct str *texts[11];
	texts_of(f, texts);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		put_text(b, *texts[i]);
	buf_varint(b, f->revision);
	buf_varint(b, f->from_revision);
	buf_u8(b, (uint8_t)(f->is_withdrawn | f->is_machine << 1 | f->is_for_members << 2 |
			    f->has_attachments << 3));
	buf_varint(b, f->body);
	buf_add(b, str_of(f->shown.bytes, sizeof f->shown.bytes));
}

static bool take_face(struct str s, struct face *f)
{
	struct str *texts[11], shown;
	uint64_t revision, from, body;
	uint8_t flags;
	*f = (struct face){.revision = 0};
	texts_of(f, texts);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!take_text(&s, texts[i]))
			return false;
	if (!str_take_varint(&s, &revision) || !str_take_varint(&s, &from) ||
	    !str_take_u8(&s, &flags) || !str_take_varint(&s, &body) ||
	    !str_take(&s, sizeof f->shown.bytes, &shown))
		return false;
	f->revision = (unsigned)revision;
	f->from_revision = (unsigned)from;
	f->is_withdrawn = flags & 1;
	f->is_machine = flags & 2;
	f->is_for_members = flags & 4;
	f->has_attachments = flags & 8;
	f->body = body;
	memcpy(f->shown.bytes, shown.ptr, shown.len);
	return true;
}

/* What lists and other pages may show: all of the head but the numbers that an edit of the text
 * changes, too. */
static struct digest shown_of(const json_t *head)
{
	struct buf text = BUF_INIT;
	json_t *kept = json_copy((json_t *)(uintptr_t)head);
	json_t *translation = json_copy(json_object_get(kept, "translation"));
	json_object_del(kept, "revision");
	json_object_del(kept, "previous");
	json_object_del(translation, "revision");
	if (translation)
		json_object_set_new(kept, "translation", translation);
	json_write(&text, kept, 0);
	struct digest d = digest_of(buf_str(&text));
	json_decref(kept);
	buf_release(&text);
	return d;
}

/* More than its links, perhaps: the same words in a block of code. */
static void add_links(struct buf *out, struct str body)
{
	static const char scheme[] = "record:";
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-/";
	for (const char *p; (p = memmem(body.ptr, body.len, scheme, sizeof scheme - 1));) {
		body = str_sub(body, (size_t)(p - body.ptr) + sizeof scheme - 1, body.len);
		size_t n = 0;
		while (n < body.len && strchr(letters, body.ptr[n]))
			n++;
		buf_add(out, str_sub(body, 0, n));
		buf_putc(out, '\n');
	}
}

static void add_term(struct buf *out, const char *field, const json_t *v)
{
	struct str s = json_text(v);
	if (json_is_real(v))
		buf_printf(out, "%s %.10g\n", field, json_real_value(v));
	else if (json_is_integer(v))
		buf_printf(out, "%s %lld\n", field, (long long)json_integer_value(v));
	else if (s.len && s.len <= TERM_BYTES_MAX && !memchr(s.ptr, ' ', s.len) &&
		 !memchr(s.ptr, '\n', s.len))
		buf_printf(out, "%s %.*s\n", field, STR_FMT(s));
}

/* "coordinates.lat 51.5". */
static void add_parts(struct buf *out, const char *field, const json_t *v)
{
	const char *key;
	json_t *part;
	char name[128];
	json_object_foreach((json_t *)(uintptr_t)v, key, part)
	{
		snprintf(name, sizeof name, "%s.%s", field, key);
		add_term(out, name, part);
	}
}

static void add_terms(struct buf *out, const json_t *head)
{
	const char *field;
	json_t *v;
	json_object_foreach((json_t *)(uintptr_t)head, field, v)
	{
		add_term(out, field, v);
		for (size_t i = 0; i < json_array_size(v); i++)
			add_term(out, field, json_array_get(v, i));
		add_parts(out, field, v);
	}
}

bool faces_term(struct str *terms, const char *field, struct str *value)
{
	while (terms->len) {
		struct str line = str_cut(terms, '\n'), name = str_cut(&line, ' ');
		if (str_is(name, field)) {
			*value = line;
			return true;
		}
	}
	return false;
}

/* What make_face() puts together; they outlive the face until it is written. */
struct parts {
	struct buf terms, links, head;
};

static void make_face(struct face *f, const struct record *r, struct parts *parts)
{
	const json_t *t = json_object_get(r->head, "translation");
	add_terms(&parts->terms, r->head);
	add_links(&parts->links, r->body);
	json_write(&parts->head, r->head, 0);
	*f = (struct face){.place = r->place,
	    .type = r->type,
	    .id = r->id,
	    .lang = r->lang,
	    .title = r->title,
	    .summary = r->summary,
	    .date = r->date,
	    .from = json_get_text(t, "of"),
	    .from_revision = (unsigned)json_get_int(t, "revision"),
	    .revision = r->revision,
	    .is_withdrawn = str_is(r->status, "withdrawn"),
	    .is_machine = str_is(json_get_text(t, "method"), "machine"),
	    .is_for_members = str_is(r->audience, "members"),
	    .has_attachments = json_object_get(r->head, "attachments") != NULL,
	    .body = r->body.len ? (size_t)(r->body.ptr - r->source.ptr) : r->source.len,
	    .shown = shown_of(r->head),
	    .terms = buf_str(&parts->terms),
	    .links = buf_str(&parts->links),
	    .head = buf_str(&parts->head)};
}

/* --- the file --- */

static struct str all_of(const struct faces *f)
{
	return str_of(f->map, f->map_bytes);
}

static uint64_t padded(uint64_t n)
{
	return (n + 7) & ~(uint64_t)7;
}

static size_t slot_of(const struct faces *f, const uint8_t *hash)
{
	size_t at;
	memcpy(&at, hash, sizeof at);
	for (at &= f->nslots - 1; f->slots[at]; at = (at + 1) & (f->nslots - 1))
		if (memcmp(all_of(f).ptr + (size_t)f->slots[at] * 8, hash, SHA256_BYTES) == 0)
			break;
	return at;
}

/* The frame at `at`: its bytes in the file, or 0 where there is none or it is damaged. */
static uint64_t frame_at(struct str all, uint64_t at, struct str *face)
{
	struct str rest = str_sub(all, at, all.len), hash;
	uint32_t n;
	if (!str_take(&rest, SHA256_BYTES, &hash) || !str_take_u32(&rest, &n) ||
	    !str_take(&rest, n, face))
		return 0;
	return padded(FRAME_BYTES + (uint64_t)n + 8);
}

static bool is_whole(struct str all, uint64_t at, struct str face)
{
	struct str sum = str_sub(all, at + FRAME_BYTES + face.len, 8);
	uint64_t is;
	return str_take_u64(&sum, &is) && is == hash_sum(str_sub(all, at, FRAME_BYTES + face.len));
}

static void index_frames(struct faces *f)
{
	struct str all = all_of(f), face;
	uint64_t step, end = HEAD_BYTES;
	for (; (step = frame_at(all, end, &face)); end += step)
		f->n++;
	f->is_torn = end != all.len;
	for (f->nslots = 64; f->nslots < 2 * f->n;)
		f->nslots *= 2;
	f->slots = mem_alloc(f->nslots * sizeof *f->slots);
	for (uint64_t at = HEAD_BYTES; (step = frame_at(all, at, &face)); at += step)
		f->slots[slot_of(f, (const uint8_t *)all.ptr + at)] = (uint32_t)(at / 8);
}

void faces_open(struct faces *f, const char *path, const struct digest *version)
{
	*f = (struct faces){.version = *version, .added = BUF_INIT};
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size >= HEAD_BYTES) {
		void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p != MAP_FAILED) {
			f->map = p;
			f->map_bytes = (size_t)st.st_size;
		}
	}
	if (fd >= 0)
		close(fd);
	struct str all = all_of(f);
	if (f->map && (!str_starts(all, STR("belfry-faces 01\n")) ||
			  memcmp(all.ptr + sizeof magic - 1, version, sizeof *version) != 0)) {
		munmap(f->map, f->map_bytes);
		f->map = NULL;
		f->map_bytes = 0;
	}
	if (f->map)
		index_frames(f);
}

bool faces_get(struct faces *f, const struct sha256 *hash, struct face *out)
{
	struct str face;
	if (!f->nslots)
		return false;
	uint64_t at = (uint64_t)f->slots[slot_of(f, hash->bytes)] * 8;
	if (!at || !frame_at(all_of(f), at, &face) || !is_whole(all_of(f), at, face) ||
	    !take_face(face, out))
		return false;
	*MEM_PUSH(f->used, f->nused, f->cap_used) = (uint32_t)(at / 8);
	f->used_bytes += padded(FRAME_BYTES + face.len + 8);
	return true;
}

void faces_add(struct faces *f, const struct sha256 *hash, const struct record *r, struct face *out)
{
	struct parts parts = {BUF_INIT, BUF_INIT, BUF_INIT};
	struct buf written = BUF_INIT;
	struct face made;
	make_face(&made, r, &parts);
	put_face(&written, &made);
	struct str kept = arena_str(&f->arena, buf_str(&written));
	take_face(kept, out);
	if (hash) {
		size_t start = f->added.len;
		buf_add(&f->added, str_of(hash->bytes, SHA256_BYTES));
		buf_u32(&f->added, (uint32_t)kept.len);
		buf_add(&f->added, kept);
		buf_u64(&f->added, hash_sum(str_sub(buf_str(&f->added), start, SIZE_MAX)));
		while (f->added.len % 8)
			buf_u8(&f->added, 0);
	}
	buf_release(&parts.terms);
	buf_release(&parts.links);
	buf_release(&parts.head);
	buf_release(&written);
}

static void write_anew(const struct faces *f, const char *path)
{
	struct buf b = BUF_INIT, aside = BUF_INIT;
	struct err ignored;
	buf_printf(&aside, "%s.new", path);
	buf_puts(&b, magic);
	buf_add(&b, str_of(f->version.bytes, sizeof f->version.bytes));
	for (size_t i = 0; i < f->nused; i++) {
		struct str face;
		uint64_t at = (uint64_t)f->used[i] * 8, n = frame_at(all_of(f), at, &face);
		buf_add(&b, str_sub(all_of(f), at, n));
	}
	buf_add(&b, buf_str(&f->added));
	int fd = open(aside.ptr, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good = fd >= 0 && file_write_fd(fd, path, buf_str(&b), &ignored) == 0;
	if (fd >= 0)
		close(fd);
	if (!good || rename(aside.ptr, path) != 0)
		unlink(aside.ptr);
	buf_release(&aside);
	buf_release(&b);
}

static void append(const struct faces *f, const char *path)
{
	struct err ignored;
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd >= 0 && f->added.len)
		file_write_fd(fd, path, buf_str(&f->added), &ignored);
	if (fd >= 0)
		close(fd);
}

void faces_save(struct faces *f, const char *path, bool is_strict)
{
	bool has_unused = f->used_bytes + HEAD_BYTES < f->map_bytes;
	if (!f->map || f->is_torn || 2 * f->used_bytes < f->map_bytes || (is_strict && has_unused))
		write_anew(f, path);
	else
		append(f, path);
}

void faces_release(struct faces *f)
{
	if (f->map)
		munmap(f->map, f->map_bytes);
	free(f->slots);
	free(f->used);
	buf_release(&f->added);
	arena_clear(&f->arena);
	*f = (struct faces){.added = BUF_INIT};
}
