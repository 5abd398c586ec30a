/* SPDX-License-Identifier: Apache-2.0 */
#include "site/face.h"

/* --- one face --- */

enum { TEXTS = 11, IS_WITHDRAWN = 1, IS_MACHINE = 2, IS_FOR_MEMBERS = 4, HAS_ATTACHMENTS = 8 };

/* What its written form begins with, as it stands in memory: ten thousand of them are read before
 * anything is built. Behind it the texts, each with a NUL, as records have: some of them are asked
 * for as C strings. */
struct written {
	uint32_t lengths[TEXTS];
	uint32_t revision, from_revision, flags, body, bytes;
	struct digest shown;
};

static void texts_of(struct face *f, struct str *texts[static TEXTS])
{
	struct str *const all[] = {&f->place, &f->type, &f->id, &f->lang, &f->title, &f->summary,
	    &f->date, &f->from, &f->terms, &f->links, &f->head};
	memcpy(texts, all, sizeof all);
}

static void put_face(struct buf *b, struct face *f)
{
	struct str *texts[TEXTS];
	struct written w = {.revision = f->revision,
	    .from_revision = f->from_revision,
	    .flags = (f->is_withdrawn ? IS_WITHDRAWN : 0) | (f->is_machine ? IS_MACHINE : 0) |
		     (f->is_for_members ? IS_FOR_MEMBERS : 0) |
		     (f->has_attachments ? HAS_ATTACHMENTS : 0),
	    .body = (uint32_t)f->body,
	    .bytes = (uint32_t)f->bytes,
	    .shown = f->shown};
	texts_of(f, texts);
	for (size_t i = 0; i < TEXTS; i++)
		w.lengths[i] = (uint32_t)texts[i]->len;
	buf_add(b, str_of(&w, sizeof w));
	for (size_t i = 0; i < TEXTS; i++) {
		buf_add(b, *texts[i]);
		buf_u8(b, 0);
	}
}

/* It was written by put_face(), by the sum over it: to look at its texts would cost most of this.
 */
static bool take_face(struct str s, struct face *f)
{
	struct str *texts[TEXTS];
	struct written w;
	if (s.len < sizeof w)
		return false;
	memcpy(&w, s.ptr, sizeof w);
	const char *at = s.ptr + sizeof w;
	texts_of(f, texts);
	for (size_t i = 0; i < TEXTS; i++) {
		if (w.lengths[i] >= (size_t)(s.ptr + s.len - at))
			return false;
		*texts[i] = (struct str){at, w.lengths[i]};
		at += w.lengths[i] + 1;
	}
	f->revision = w.revision;
	f->from_revision = w.from_revision;
	f->is_withdrawn = w.flags & IS_WITHDRAWN;
	f->is_machine = w.flags & IS_MACHINE;
	f->is_for_members = w.flags & IS_FOR_MEMBERS;
	f->has_attachments = w.flags & HAS_ATTACHMENTS;
	f->body = w.body;
	f->bytes = w.bytes;
	f->shown = w.shown;
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
	for (const char *p;
	     body.len && (p = memmem(body.ptr, body.len, scheme, sizeof scheme - 1));) {
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
	const size_t n = strlen(field);
	while (terms->len) {
		struct str line = str_cut(terms, '\n');
		if (line.len > n && line.ptr[n] == ' ' && memcmp(line.ptr, field, n) == 0) {
			*value = str_sub(line, n + 1, line.len);
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
	    .bytes = r->source.len,
	    .shown = shown_of(r->head),
	    .terms = buf_str(&parts->terms),
	    .links = buf_str(&parts->links),
	    .head = buf_str(&parts->head)};
}

void face_write(struct buf *out, const struct record *r)
{
	struct parts parts = {BUF_INIT, BUF_INIT, BUF_INIT};
	struct face made;
	make_face(&made, r, &parts);
	put_face(out, &made);
	buf_release(&parts.terms);
	buf_release(&parts.links);
	buf_release(&parts.head);
}

/* --- the file --- */

void faces_open(struct stash *f, const char *path, const struct digest *version)
{
	stash_open(f, path, "belfry-faces 02\n", version);
}

bool faces_get(struct stash *f, const struct sha256 *hash, struct face *out)
{
	struct str written;
	return stash_get(f, hash, &written) && take_face(written, out);
}

void faces_keep(struct stash *f, const struct sha256 *hash, struct str written, struct face *out)
{
	take_face(stash_add(f, hash, written), out);
}
