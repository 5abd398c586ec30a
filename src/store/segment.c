/* SPDX-License-Identifier: Apache-2.0 */
#include "store/segment.h"

#include "base/asset.h"
#include "base/mem.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <zstd.h>

/* The first byte of a segment: it begins a stream, with dictionary 1, or goes on from the one
 * before. */
enum { FORM_BEGINS = 1, FORM_GOES_ON = 2 };
/* Level 19 saves another 0.6 % of a record and takes twice the time. The window reaches back over
 * hundreds of records; a reader must be ready to remember as much. */
enum { FLUSH_BYTES = 2 * 1024, PIECE_BYTES = 4 * 1024 };
enum { LEVEL = 15, WINDOW_LOG = 18 };
/* What is 10.3 MB at level 15 is 11.6 MB at this one, in an eighth of the time. */
enum { LEVEL_QUICK = 6 };

static const char dictionary_path[] = "content/dictionary-1.zstd";
static ZSTD_CDict *to_small, *to_small_quickly;
static ZSTD_DDict *to_large;

static ZSTD_CDict *load_at(int level)
{
	struct str d = asset_get(dictionary_path);
	ZSTD_CDict *dictionary = ZSTD_createCDict(d.ptr, d.len, level);
	if (!dictionary)
		abort(); /* a file of ours, built in and tested */
	return dictionary;
}

static void load_writing(void)
{
	to_small = load_at(LEVEL);
}

static void load_writing_quickly(void)
{
	to_small_quickly = load_at(LEVEL_QUICK);
}

static void load_reading(void)
{
	struct str d = asset_get(dictionary_path);
	to_large = ZSTD_createDDict(d.ptr, d.len);
	if (!to_large)
		abort();
}

struct segment_writer {
	int level;
	const ZSTD_CDict *dictionary;
	ZSTD_CCtx *zstd; /* made when something must be compressed by this one */
	struct buf first; /* what the stream began with, as long as that came from `last_first` */
	bool has_begun;
};

struct segment_reader {
	ZSTD_DCtx *zstd;
	bool has_begun;
};

static void must(size_t zstd_result)
{
	if (ZSTD_isError(zstd_result))
		abort(); /* only memory or a wrong parameter of ours can do that */
}

static struct segment_writer *writer_new(int level, const ZSTD_CDict *dictionary)
{
	struct segment_writer *w = mem_alloc(sizeof *w);
	w->level = level;
	w->dictionary = dictionary;
	w->first = BUF_INIT;
	return w;
}

static void make_context(struct segment_writer *w)
{
	w->zstd = ZSTD_createCCtx();
	/* What the segment's own head says, and what the link's tags check, zstd need not say
	 * again. */
	must(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_contentSizeFlag, 0));
	must(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 0));
	must(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_dictIDFlag, 0));
	must(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, w->level));
	must(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_windowLog, WINDOW_LOG));
	must(ZSTD_CCtx_refCDict(w->zstd, w->dictionary));
}

struct segment_writer *segment_writer_new(void)
{
	static pthread_once_t loaded = PTHREAD_ONCE_INIT;
	pthread_once(&loaded, load_writing);
	return writer_new(LEVEL, to_small);
}

struct segment_writer *segment_writer_new_quick(void)
{
	static pthread_once_t loaded = PTHREAD_ONCE_INIT;
	pthread_once(&loaded, load_writing_quickly);
	return writer_new(LEVEL_QUICK, to_small_quickly);
}

void segment_writer_free(struct segment_writer *w)
{
	if (!w)
		return;
	ZSTD_freeCCtx(w->zstd);
	buf_release(&w->first);
	free(w);
}

struct segment_reader *segment_reader_new(void)
{
	static pthread_once_t loaded = PTHREAD_ONCE_INIT;
	struct segment_reader *r = mem_alloc(sizeof *r);
	pthread_once(&loaded, load_reading);
	r->zstd = ZSTD_createDCtx();
	must(ZSTD_DCtx_setParameter(r->zstd, ZSTD_d_windowLogMax, WINDOW_LOG));
	return r;
}

void segment_reader_free(struct segment_reader *r)
{
	if (!r)
		return;
	ZSTD_freeDCtx(r->zstd);
	free(r);
}

static void compress_piece(struct segment_writer *w, struct buf *out, struct str raw)
{
	ZSTD_inBuffer in = {raw.ptr, raw.len, 0};
	size_t left = 1;
	while (left || in.pos < in.size) {
		buf_reserve(out, ZSTD_CStreamOutSize());
		ZSTD_outBuffer to = {out->ptr + out->len, ZSTD_CStreamOutSize(), 0};
		left = ZSTD_compressStream2(w->zstd, &to, &in, ZSTD_e_flush);
		must(left);
		out->len += to.pos;
		out->ptr[out->len] = 0;
	}
}

/* Flushed whenever about FLUSH_BYTES have come out: what a cut link has brought can be read so far.
 */
static void compress(struct segment_writer *w, struct buf *out, struct str raw)
{
	size_t piece = PIECE_BYTES;
	while (raw.len) {
		struct str now = str_sub(raw, 0, raw.len > piece + piece / 2 ? piece : raw.len);
		size_t before = out->len;
		compress_piece(w, out, now);
		raw = str_sub(raw, now.len, raw.len);
		piece = now.len * FLUSH_BYTES / (out->len - before);
		if (piece < FLUSH_BYTES)
			piece = FLUSH_BYTES;
		else if (piece > 4 * PIECE_BYTES)
			piece = 4 * PIECE_BYTES;
	}
}

/*
 * The segment that began some stream last, before and after. News go out to many peers whose
 * streams begin with them, and give the same bytes each time: compressing once saves a millisecond
 * and some MiB a peer.
 */
static struct {
	pthread_mutex_t lock;
	struct buf raw, small;
	int level;
} last_first = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .raw = {.ptr = buf_nothing}, .small = {.ptr = buf_nothing}};

static void write_first(struct segment_writer *w, struct buf *out, struct str raw)
{
	pthread_mutex_lock(&last_first.lock);
	if (last_first.level == w->level && str_eq(buf_str(&last_first.raw), raw)) {
		buf_add(out, buf_str(&last_first.small));
		buf_add(&w->first, raw);
	} else {
		size_t at = out->len;
		make_context(w);
		compress(w, out, raw);
		buf_reset(&last_first.raw);
		buf_reset(&last_first.small);
		buf_add(&last_first.raw, raw);
		buf_add(&last_first.small, str_sub(buf_str(out), at, out->len));
		last_first.level = w->level;
	}
	pthread_mutex_unlock(&last_first.lock);
}

/* What came from `last_first` must be in this stream's own memory before it goes on. */
static void write_next(struct segment_writer *w, struct buf *out, struct str raw)
{
	if (!w->zstd) {
		struct buf ignored = BUF_INIT;
		make_context(w);
		compress(w, &ignored, buf_str(&w->first));
		buf_release(&ignored);
		buf_release(&w->first);
	}
	compress(w, out, raw);
}

void segment_write(struct segment_writer *w, struct buf *out, const struct str *entries, size_t n)
{
	struct buf raw = BUF_INIT;
	assert(n > 0);
	for (size_t i = 0; i < n; i++) {
		buf_varint(&raw, entries[i].len);
		buf_add(&raw, entries[i]);
	}
	assert(raw.len <= SEGMENT_RAW_MAX);
	buf_u8(out, w->has_begun ? FORM_GOES_ON : FORM_BEGINS);
	buf_varint(out, raw.len);
	(w->has_begun ? write_next : write_first)(w, out, buf_str(&raw));
	w->has_begun = true;
	buf_release(&raw);
}

/* As much as the bytes give, `most` at the most. */
static bool expand(struct segment_reader *r, struct buf *out, struct str small, size_t most)
{
	ZSTD_inBuffer in = {small.ptr, small.len, 0};
	buf_reserve(out, most);
	ZSTD_outBuffer to = {out->ptr + out->len, most, 0};
	while (in.pos < in.size) {
		size_t in_before = in.pos, out_before = to.pos;
		if (ZSTD_isError(ZSTD_decompressStream(r->zstd, &to, &in)))
			return false;
		if (in.pos == in_before && to.pos == out_before)
			return false; /* it wants room that its head did not claim */
	}
	out->len += to.pos;
	out->ptr[out->len] = 0;
	return true;
}

bool segment_split(struct str *raw, struct str *entry)
{
	uint64_t len;
	return str_take_varint(raw, &len) && str_take(raw, len, entry);
}

static int count(struct str raw, size_t *n, struct err *err)
{
	struct str entry;
	for (*n = 0; raw.len; ++*n)
		if (!segment_split(&raw, &entry) || !entry.len || entry.len > ENTRY_BYTES_MAX)
			return err_set(
			    err, ERR_SYNTAX, "a segment's entry %zu does not fit into it", *n + 1);
	return 0;
}

static int begin(struct segment_reader *r, uint8_t form, struct err *err)
{
	if (form != FORM_BEGINS && form != FORM_GOES_ON)
		return err_set(
		    err, ERR_UNSUPPORTED, "a segment has form %u, which is not known here", form);
	if (form == FORM_GOES_ON && !r->has_begun)
		return err_set(
		    err, ERR_CHAIN, "a segment goes on from one that did not come before it");
	if (form == FORM_BEGINS) {
		must(ZSTD_DCtx_reset(r->zstd, ZSTD_reset_session_only));
		must(ZSTD_DCtx_refDDict(r->zstd, to_large));
		r->has_begun = true;
	}
	return 0;
}

/* The head, and the stream begun if it says so; `*segment` is what follows. */
static int open_segment(
    struct segment_reader *r, struct str *segment, uint64_t *raw_len, struct err *err)
{
	uint8_t form;
	size_t whole = segment->len;
	if (!str_take_u8(segment, &form) || !str_take_varint(segment, raw_len) || !*raw_len ||
	    !segment->len)
		return err_set(err, ERR_SYNTAX, "a segment's head is cut short");
	if (*raw_len > SEGMENT_RAW_MAX)
		return err_set(err, ERR_LIMIT, "a segment of %zu bytes says that it holds %llu",
		    whole, (unsigned long long)*raw_len);
	return begin(r, form, err);
}

int segment_read(
    struct segment_reader *r, struct str segment, struct buf *raw, size_t *n, struct err *err)
{
	uint64_t raw_len;
	size_t at = raw->len;
	*n = 0;
	if (open_segment(r, &segment, &raw_len, err))
		return err->code;
	/* Exactly as many as its head says. */
	if (!expand(r, raw, segment, raw_len) || raw->len - at != raw_len) {
		raw->len = at;
		r->has_begun = false;
		return err_set(err, ERR_SYNTAX, "a segment's compressed bytes are damaged");
	}
	if (count(str_sub(buf_str(raw), at, raw->len), n, err)) {
		raw->len = at;
		r->has_begun = false;
		return err->code;
	}
	return 0;
}

int segment_read_beginning(
    struct segment_reader *r, struct str segment, struct buf *raw, struct err *err)
{
	uint64_t raw_len;
	if (open_segment(r, &segment, &raw_len, err))
		return err->code;
	r->has_begun = false;
	if (!expand(r, raw, segment, raw_len))
		return err_set(err, ERR_SYNTAX, "a segment's compressed bytes are damaged");
	return 0;
}
