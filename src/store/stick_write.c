/* SPDX-License-Identifier: Apache-2.0 */
#include "store/stick.h"

#include "base/file.h"
#include "entry/segment.h"
#include "store/letter.h"
#include "store/stick_attach.h"
#include "store/stick_impl.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static void put_name(struct buf *b, const char *name)
{
	buf_u8(b, (uint8_t)strlen(name));
	buf_puts(b, name);
}

struct writing {
	FILE *file;
	struct segment_writer *stream;
	const char *path;
	uint64_t bytes;
};

static int put(struct writing *w, struct str bytes, struct err *err)
{
	if (fwrite(bytes.ptr, 1, bytes.len, w->file) != bytes.len)
		return err_errno(err, "cannot write %s", w->path);
	w->bytes += bytes.len;
	return 0;
}

static int put_block(
    struct writing *w, enum block_kind kind, const struct buf *body, struct err *err)
{
	struct buf head = BUF_INIT;
	buf_u8(&head, (uint8_t)kind);
	buf_varint(&head, body->len);
	int bad = put(w, buf_str(&head), err) || put(w, buf_str(body), err);
	buf_release(&head);
	return bad ? err->code : 0;
}

static int put_magic(struct writing *w, const struct store *s, struct err *err)
{
	struct buf front = BUF_INIT;
	buf_puts(&front, STICK_MAGIC);
	buf_unhex(&front, str_from(s->network));
	int bad = put(w, buf_str(&front), err);
	buf_release(&front);
	return bad;
}

static int put_front(struct writing *w, struct store *s, struct err *err)
{
	struct buf body = BUF_INIT;
	struct local_state l;
	store_state(s, &l);
	put_name(&body, s->hub);
	buf_varint(&body, l.charter);
	buf_varint(&body, l.nheads);
	for (size_t i = 0; i < l.nheads; i++) {
		put_name(&body, l.heads[i].hub);
		buf_varint(&body, l.heads[i].seq);
		buf_add(&body, str_of(l.heads[i].id.bytes, OID_BYTES));
	}
	int bad = put_magic(w, s, err) || put_block(w, BLOCK_HEADS, &body, err);
	buf_release(&body);
	return bad ? err->code : 0;
}

static int put_charters(struct writing *w, struct store *s, const struct stick_range *range,
    struct stick_report *report, struct err *err)
{
	int bad = 0;
	for (uint64_t v = range->first; v <= range->last && !bad; v++) {
		struct buf body = BUF_INIT, bundle = BUF_INIT;
		bad = store_charter_bundle(s, (uint32_t)v, &bundle, err);
		struct str text = buf_str(&bundle);
		if (!bad && text.len > ENTRY_BYTES_MAX)
			bad = err_set(err, ERR_LIMIT,
			    "charter version %llu has %zu bytes with its schemas; at most %d can "
			    "travel",
			    (unsigned long long)v, text.len, ENTRY_BYTES_MAX);
		buf_varint(&body, v);
		if (!bad)
			segment_write(w->stream, &body, &text, 1);
		bad = bad || put_block(w, BLOCK_CHARTER, &body, err);
		buf_release(&bundle);
		report->charters += !bad;
		buf_release(&body);
	}
	return bad ? err->code : 0;
}

/* Each entry has a block and a segment of its own, so that a file cut anywhere gives all that is
 * whole; the stream's memory makes that cost little. */
static int put_entry(
    struct writing *w, struct store *s, const char *hub, uint64_t seq, struct err *err)
{
	struct buf bytes = BUF_INIT, body = BUF_INIT;
	size_t length, n;
	int bad = store_entries(s, hub, seq, ENTRY_BYTES_MAX, NULL, &bytes, &length, 1, &n, err);
	if (!bad) {
		struct str entry = buf_str(&bytes);
		put_name(&body, hub);
		buf_varint(&body, seq);
		segment_write(w->stream, &body, &entry, 1);
		bad = put_block(w, BLOCK_ENTRIES, &body, err);
	}
	buf_release(&bytes);
	buf_release(&body);
	return bad ? err->code : 0;
}

static int put_journal(struct writing *w, struct store *s, const struct stick_range *range,
    struct stick_report *report, struct err *err)
{
	for (uint64_t seq = range->first; seq <= range->last; seq++, report->entries++)
		if (put_entry(w, s, range->hub, seq, err))
			return err->code;
	return 0;
}

static int put_journals(struct writing *w, struct store *s, const struct stick_heads *since,
    struct stick_report *report, struct err *err)
{
	int bad = 0;
	for (size_t i = 0; i < s->njournals && !bad; i++) {
		const struct head *mine = &s->journals[i].head;
		const struct head *theirs =
		    since ? head_find(since->heads, since->nheads, mine->hub) : NULL;
		bad = put_journal(w, s,
		    &(struct stick_range){mine->hub, theirs ? theirs->seq + 1 : 1, mine->seq},
		    report, err);
	}
	return bad ? err->code : 0;
}

struct posting {
	struct writing *writing;
	struct stick_report *report;
};

static int put_letter(void *ctx, enum letter_kind kind, const struct buf *body, struct err *err)
{
	struct posting *p = ctx;
	p->report->letters++;
	return put_block(
	    p->writing, kind == LETTER_TO_HUB ? BLOCK_TO_HUB : BLOCK_TO_MEMBER, body, err);
}

static int put_letters(
    struct writing *w, struct store *s, struct stick_report *report, struct err *err)
{
	struct posting p = {w, report};
	return letters_write(s, put_letter, &p, &report->unsent, err);
}

static int put_file_block(void *ctx, bool is_list, const struct buf *body, struct err *err)
{
	return put_block(ctx, is_list ? BLOCK_FILE : BLOCK_PIECE, body, err);
}

/* fflush and fsync before the name appears: a stick is pulled out without a word. */
static int finish(struct writing *w, const char *aside, struct err *err)
{
	int bad = fflush(w->file) || fsync(fileno(w->file));
	if (bad)
		err_errno(err, "cannot write %s", w->path);
	if (fclose(w->file) && !bad)
		bad = err_errno(err, "cannot write %s", w->path);
	w->file = NULL;
	bad = bad || file_take_name(aside, w->path, err);
	return bad ? err->code : 0;
}

int stick_write(struct store *s, const char *path, const struct stick_order *order,
    struct stick_report *report, struct err *err)
{
	char aside[PATH_MAX];
	const struct stick_heads *since = order->since;
	*report = (struct stick_report){.bytes = 0};
	if (!s->charter_version)
		return err_set(
		    err, ERR_MISSING, "no charter is here yet: there is nothing to export");
	if (snprintf(aside, sizeof aside, "%s.new", path) >= (int)sizeof aside)
		return err_set(err, ERR_LIMIT, "path too long: %s", path);
	if (file_check_plain(path, err))
		return err->code;
	struct writing w = {.file = fopen(aside, "wb"), .path = path};
	if (!w.file)
		return err_errno(err, "cannot create %s", aside);
	w.stream = segment_writer_new_much();
	if (!w.stream)
		w.stream = segment_writer_new();
	const struct stick_range versions = {
	    .first = since ? since->charter + 1 : 1, .last = s->charter_version};
	int bad =
	    put_front(&w, s, err) || put_charters(&w, s, &versions, report, err) ||
	    (!repo_is_partial(s->repo) && put_journals(&w, s, since, report, err)) ||
	    put_letters(&w, s, report, err) ||
	    (order->has_files && stick_attach_write(s, put_file_block, &w, &report->files, err)) ||
	    finish(&w, aside, err);
	segment_writer_free(w.stream);
	if (w.file)
		fclose(w.file);
	if (bad)
		unlink(aside);
	else
		stick_note_taken(s, path);
	report->bytes = w.bytes;
	return bad ? err->code : 0;
}

int stick_write_range(struct store *s, const char *path, const struct stick_range *range,
    struct stick_report *report, struct err *err)
{
	struct writing w = {.file = fopen(path, "wb"), .path = path};
	*report = (struct stick_report){.bytes = 0};
	if (!w.file)
		return err_errno(err, "cannot create %s", path);
	w.stream = segment_writer_new_bulk();
	int bad = put_magic(&w, s, err) ||
		  (range->hub ? put_journal : put_charters)(&w, s, range, report, err);
	segment_writer_free(w.stream);
	if (fclose(w.file) && !bad)
		bad = err_errno(err, "cannot write %s", path);
	report->bytes = w.bytes;
	return bad ? err->code : 0;
}

int stick_begin(FILE **out, const struct store *s, const char *path, struct err *err)
{
	struct writing w = {.file = fopen(path, "wb"), .path = path};
	*out = NULL;
	if (!w.file)
		return err_errno(err, "cannot create %s", path);
	if (put_magic(&w, s, err)) {
		fclose(w.file);
		return err->code;
	}
	*out = w.file;
	return 0;
}

int stick_put_file(FILE *file, bool is_list, const struct buf *body, struct err *err)
{
	struct writing w = {.file = file, .path = "what came of an attachment"};
	return put_file_block(&w, is_list, body, err);
}
