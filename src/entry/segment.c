/* SPDX-License-Identifier: Apache-2.0 */
#include "entry/segment.h"

#include "base/asset.h"
#include "base/mem.h"
#include "entry/entry.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <zstd.h>

/* The first byte of a segment: it begins a stream with dictionary 1; it goes on from the one
 * before; it begins a stream behind text, the dictionary's bytes and, as the flags say, what both
 * sides recall. */
enum { FORM_BEGINS = 1, FORM_GOES_ON = 2, FORM_BEHIND = 3, FORMS_END = 7 };
enum { BEHIND_TEXT = 1, BEHIND_PART = 2 };
enum { FLUSH_BYTES = 2 * 1024, PIECE_BYTES = 4 * 1024 };
/* What a reader must be ready to remember. */
enum { WINDOW_LOG_MAX = 21 };

/*
 * News: level 19 would save another 0.6 % of a record and take twice the time. Much at once: texts
 * of one network repeat each other far apart, so a window of 2 MiB and the parser that level 16
 * begins to have save a sixth; chains and hashes a step below that level's cost 1 % and take
 * 13 MiB for 38. In bulk: 6 % more than for news, in a tenth of the time. Of 1,000 records, 4.3 MB
 * of text, that is 1.40 MB in 1.4 s, 1.18 MB in 3.5 s, and 1.49 MB in 0.13 s. The parser for much
 * takes 1 s to learn 2 MiB of text; the one of level 8, with a step more of hashes and a longer
 * look, 0.05 s, and then writes 9 % more.
 */
struct effort {
	int level, window_log, chain_log, hash_log, search_log; /* logs of 0: as the level has it */
};
static const struct effort for_news = {.level = 15, .window_log = 18};
static const struct effort for_much = {16, WINDOW_LOG_MAX, 21, 19, 0};
static const struct effort for_bulk = {6, WINDOW_LOG_MAX, 18, 18, 0};
static const struct effort for_soon = {8, WINDOW_LOG_MAX, .hash_log = 20, .search_log = 6};

/* Writers for much that may live at once in one program; more than these take less. */
enum { MUCH_MAX = 8 };
static atomic_int nmuch;

static const char dictionary_path[] = "content/dictionary-1.zstd";
static ZSTD_CDict *to_small;
static ZSTD_DDict *to_large;

static void load_writing(void)
{
	struct str d = asset_get(dictionary_path);
	to_small = ZSTD_createCDict(d.ptr, d.len, for_news.level);
	if (!to_small)
		abort(); /* a file of ours, built in and tested */
}

static void load_reading(void)
{
	struct str d = asset_get(dictionary_path);
	to_large = ZSTD_createDDict(d.ptr, d.len);
	if (!to_large)
		abort();
}

struct segment_writer {
	const struct effort *effort;
	struct buf prefix; /* the dictionary's bytes and what is recalled; zstd refers to it */
	uint8_t behind; /* flags: what that is */
	ZSTD_CCtx *zstd; /* made when something must be compressed by this one */
	struct buf first; /* what the stream began with, as long as that came from `last_first` */
	bool has_begun;
};

struct segment_reader {
	ZSTD_DCtx *zstd;
	struct buf prefix; /* as above */
	struct str text, part; /* recalled: for the segment that is read next */
	struct str kept; /* the text that the prefix ends with; empty: it ends otherwise */
	bool has_begun;
};

static void must(size_t zstd_result)
{
	if (ZSTD_isError(zstd_result))
		abort(); /* only memory or a wrong parameter of ours can do that */
}

/* With nothing recalled the dictionary where it stands. */
static struct str make_prefix(struct buf *prefix, struct str text, struct str part)
{
	buf_reset(prefix);
	if (!text.len && !part.len)
		return asset_get(dictionary_path);
	buf_add(prefix, asset_get(dictionary_path));
	buf_add(prefix, text);
	buf_add(prefix, part);
	return buf_str(prefix);
}

static struct segment_writer *writer_new(const struct effort *effort)
{
	struct segment_writer *w = mem_alloc(sizeof *w);
	w->effort = effort;
	w->first = BUF_INIT;
	w->prefix = BUF_INIT;
	return w;
}

static void set(struct segment_writer *w, ZSTD_cParameter parameter, int value)
{
	must(ZSTD_CCtx_setParameter(w->zstd, parameter, value));
}

/* A digested dictionary brings tables of its own size along, which reach no further than its own
 * text: enough for news. */
static bool begins_with_text(const struct segment_writer *w)
{
	return w->effort != &for_news || w->behind;
}

static void set_dictionary(struct segment_writer *w)
{
	struct str prefix = w->behind ? buf_str(&w->prefix) : asset_get(dictionary_path);
	if (begins_with_text(w))
		must(ZSTD_CCtx_refPrefix(w->zstd, prefix.ptr, prefix.len));
	else
		must(ZSTD_CCtx_refCDict(w->zstd, to_small));
}

static void make_context(struct segment_writer *w)
{
	w->zstd = ZSTD_createCCtx();
	/* What the segment's own head says, and what the link's tags check, zstd need not say
	 * again. */
	set(w, ZSTD_c_contentSizeFlag, 0);
	set(w, ZSTD_c_checksumFlag, 0);
	set(w, ZSTD_c_dictIDFlag, 0);
	set(w, ZSTD_c_compressionLevel, w->effort->level);
	set(w, ZSTD_c_windowLog, w->effort->window_log);
	set(w, ZSTD_c_chainLog, w->effort->chain_log);
	set(w, ZSTD_c_hashLog, w->effort->hash_log);
	set(w, ZSTD_c_searchLog, w->effort->search_log);
	set_dictionary(w);
}

struct segment_writer *segment_writer_new(void)
{
	static pthread_once_t loaded = PTHREAD_ONCE_INIT;
	pthread_once(&loaded, load_writing);
	return writer_new(&for_news);
}

struct segment_writer *segment_writer_new_bulk(void)
{
	return writer_new(&for_bulk);
}

struct segment_writer *segment_writer_new_soon(void)
{
	return writer_new(&for_soon);
}

struct segment_writer *segment_writer_new_much(void)
{
	if (atomic_fetch_add(&nmuch, 1) < MUCH_MAX)
		return writer_new(&for_much);
	atomic_fetch_sub(&nmuch, 1);
	return NULL;
}

void segment_writer_recall(struct segment_writer *w, struct str text, struct str part)
{
	assert(!w->has_begun);
	make_prefix(&w->prefix, text, part);
	w->behind = (uint8_t)((text.len ? BEHIND_TEXT : 0) | (part.len ? BEHIND_PART : 0));
}

void segment_writer_warm(struct segment_writer *w)
{
	ZSTD_inBuffer in = {NULL, 0, 0};
	ZSTD_outBuffer to = {NULL, 0, 0};
	assert(!w->has_begun && !w->zstd);
	make_context(w);
	must(ZSTD_compressStream2(w->zstd, &to, &in, ZSTD_e_continue));
}

void segment_writer_free(struct segment_writer *w)
{
	if (!w)
		return;
	ZSTD_freeCCtx(w->zstd);
	if (w->effort == &for_much)
		atomic_fetch_sub(&nmuch, 1);
	buf_release(&w->prefix);
	buf_release(&w->first);
	free(w);
}

struct segment_reader *segment_reader_new(void)
{
	static pthread_once_t loaded = PTHREAD_ONCE_INIT;
	struct segment_reader *r = mem_alloc(sizeof *r);
	r->prefix = BUF_INIT;
	r->text = r->part = r->kept = STR_EMPTY;
	pthread_once(&loaded, load_reading);
	r->zstd = ZSTD_createDCtx();
	must(ZSTD_DCtx_setParameter(r->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX));
	return r;
}

void segment_reader_free(struct segment_reader *r)
{
	if (!r)
		return;
	ZSTD_freeDCtx(r->zstd);
	buf_release(&r->prefix);
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

/* Of each entry first what can be compressed, then what cannot, which zstd then leaves as it is:
 * signatures would spoil the codes of the text, by half a percent of the whole for news. */
static void compress_entries(struct segment_writer *w, struct buf *out, struct str raw)
{
	struct str rest = raw, entry;
	size_t from = 0;
	while (segment_split(&rest, &entry)) {
		size_t end = raw.len - rest.len, begin = end - entry_peek_raw(entry);
		if (begin == end)
			continue;
		compress(w, out, str_sub(raw, from, begin - from));
		compress_piece(w, out, str_sub(raw, begin, end - begin));
		from = end;
	}
	compress(w, out, str_sub(raw, from, raw.len));
}

/*
 * The segment that began some stream last, before and after. News go out to many peers whose
 * streams begin with them, and give the same bytes each time: compressing once saves a millisecond
 * and some MiB a peer.
 */
static struct {
	pthread_mutex_t lock;
	struct buf raw, small;
} last_first = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .raw = {.ptr = buf_nothing}, .small = {.ptr = buf_nothing}};

static void write_first_of_news(struct segment_writer *w, struct buf *out, struct str raw)
{
	pthread_mutex_lock(&last_first.lock);
	if (str_eq(buf_str(&last_first.raw), raw)) {
		buf_add(out, buf_str(&last_first.small));
		buf_add(&w->first, raw);
	} else {
		size_t at = out->len;
		make_context(w);
		compress_entries(w, out, raw);
		buf_reset(&last_first.raw);
		buf_reset(&last_first.small);
		buf_add(&last_first.raw, raw);
		buf_add(&last_first.small, str_sub(buf_str(out), at, out->len));
	}
	pthread_mutex_unlock(&last_first.lock);
}

static void write_first(struct segment_writer *w, struct buf *out, struct str raw)
{
	if (!begins_with_text(w)) {
		write_first_of_news(w, out, raw);
		return;
	}
	if (!w->zstd)
		make_context(w);
	compress_entries(w, out, raw);
}

/* What came from `last_first` must be in this stream's own memory before it goes on. */
static void write_next(struct segment_writer *w, struct buf *out, struct str raw)
{
	if (!w->zstd) {
		struct buf ignored = BUF_INIT;
		make_context(w);
		compress_entries(w, &ignored, buf_str(&w->first));
		buf_release(&ignored);
		buf_release(&w->first);
	}
	compress_entries(w, out, raw);
}

static void write_head(struct segment_writer *w, struct buf *out, size_t raw_len)
{
	int begins = begins_with_text(w) ? FORM_BEHIND + w->behind : FORM_BEGINS;
	assert(raw_len <= SEGMENT_RAW_MAX);
	buf_u8(out, (uint8_t)(w->has_begun ? FORM_GOES_ON : begins));
	buf_varint(out, raw_len);
}

void segment_write(struct segment_writer *w, struct buf *out, const struct str *entries, size_t n)
{
	struct buf raw = BUF_INIT;
	assert(n > 0);
	for (size_t i = 0; i < n; i++) {
		buf_varint(&raw, entries[i].len);
		buf_add(&raw, entries[i]);
	}
	write_head(w, out, raw.len);
	(w->has_begun ? write_next : write_first)(w, out, buf_str(&raw));
	w->has_begun = true;
	buf_release(&raw);
}

void segment_write_rest(struct segment_writer *w, struct buf *out, struct str entry, size_t at)
{
	struct str rest = str_sub(entry, at, entry.len);
	size_t nraw = entry_peek_raw(entry);
	struct buf raw = BUF_INIT;
	nraw = nraw < rest.len ? nraw : rest.len;
	buf_varint(&raw, rest.len);
	buf_add(&raw, rest);
	write_head(w, out, raw.len);
	if (!w->zstd)
		write_next(w, out, STR_EMPTY);
	compress(w, out, str_sub(buf_str(&raw), 0, raw.len - nraw));
	compress_piece(w, out, str_sub(buf_str(&raw), raw.len - nraw, nraw));
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

static int begin_behind(struct segment_reader *r, int flags, struct err *err)
{
	struct str text = flags & BEHIND_TEXT ? r->text : STR_EMPTY;
	struct str part = flags & BEHIND_PART ? r->part : STR_EMPTY;
	if ((flags & BEHIND_TEXT && !text.len) || (flags & BEHIND_PART && !part.len))
		return err_set(
		    err, ERR_CHAIN, "a segment refers to text that nobody has told of here");
	bool is_kept = text.len && !part.len && r->kept.ptr == text.ptr && r->kept.len == text.len;
	struct str prefix = is_kept ? buf_str(&r->prefix) : make_prefix(&r->prefix, text, part);
	r->kept = part.len ? STR_EMPTY : text;
	must(ZSTD_DCtx_refPrefix(r->zstd, prefix.ptr, prefix.len));
	return 0;
}

static int begin(struct segment_reader *r, uint8_t form, struct err *err)
{
	if (form < FORM_BEGINS || form >= FORMS_END)
		return err_set(
		    err, ERR_UNSUPPORTED, "a segment has form %u, which is not known here", form);
	if (form == FORM_GOES_ON && !r->has_begun)
		return err_set(
		    err, ERR_CHAIN, "a segment goes on from one that did not come before it");
	if (form == FORM_GOES_ON)
		return 0;
	r->has_begun = false;
	must(ZSTD_DCtx_reset(r->zstd, ZSTD_reset_session_only));
	if (form == FORM_BEGINS)
		must(ZSTD_DCtx_refDDict(r->zstd, to_large));
	else if (begin_behind(r, form - FORM_BEHIND, err))
		return err->code;
	r->has_begun = true;
	return 0;
}

void segment_reader_recall(struct segment_reader *r, struct str text, struct str part)
{
	r->text = text;
	r->part = part;
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
