/* SPDX-License-Identifier: Apache-2.0 */
#include "store/segment.h"

#include "base/asset.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <zstd.h>

enum { METHOD_PLAIN = 0, METHOD_ZSTD = 1 }; /* zstd with dictionary 1 */
enum { LEVEL = 19 }; /* segments are small: time does not matter, bytes do */

static const char dictionary_path[] = "content/dictionary-1.zstd";
static ZSTD_CDict *to_small;
static ZSTD_DDict *to_large;

static void load_dictionary(void)
{
	struct str d = asset_get(dictionary_path);
	to_small = ZSTD_createCDict(d.ptr, d.len, LEVEL);
	to_large = ZSTD_createDDict(d.ptr, d.len);
	if (!to_small || !to_large)
		abort(); /* a file of ours, built in and tested */
}

static void once(void)
{
	static pthread_once_t loaded = PTHREAD_ONCE_INIT;
	pthread_once(&loaded, load_dictionary);
}

/* Append the compressed bytes; false, and nothing appended, when they are not fewer. */
static bool compress(struct buf *out, struct str raw)
{
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	size_t room = ZSTD_compressBound(raw.len);
	bool good = ctx != NULL;
	buf_reserve(out, room);
	/* What the segment's own head says, and what the link's tags check, zstd need not say
	 * again. */
	good = good && !ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, 0)) &&
	       !ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 0)) &&
	       !ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_dictIDFlag, 0)) &&
	       !ZSTD_isError(ZSTD_CCtx_refCDict(ctx, to_small));
	if (good) {
		size_t n = ZSTD_compress2(ctx, out->ptr + out->len, room, raw.ptr, raw.len);
		good = !ZSTD_isError(n) && n < raw.len;
		if (good)
			out->len += n;
	}
	ZSTD_freeCCtx(ctx);
	out->ptr[out->len] = 0;
	return good;
}

void segment_write(struct buf *out, const struct str *entries, size_t n)
{
	struct buf raw = BUF_INIT, small = BUF_INIT;
	once();
	assert(n > 0 && n <= SEGMENT_ENTRIES_MAX);
	for (size_t i = 0; i < n; i++) {
		buf_varint(&raw, entries[i].len);
		buf_add(&raw, entries[i]);
	}
	assert(raw.len <= SEGMENT_RAW_MAX + 1024);
	bool is_small = compress(&small, buf_str(&raw));
	buf_u8(out, is_small ? METHOD_ZSTD : METHOD_PLAIN);
	buf_varint(out, n);
	buf_varint(out, raw.len);
	buf_add(out, is_small ? buf_str(&small) : buf_str(&raw));
	buf_release(&raw);
	buf_release(&small);
}

static bool take_head(struct str *s, uint8_t *method, uint64_t *count, uint64_t *raw_len)
{
	return str_take_u8(s, method) && str_take_varint(s, count) && *count > 0 &&
	       str_take_varint(s, raw_len) && *raw_len > 0;
}

uint64_t segment_count(struct str segment)
{
	uint8_t method;
	uint64_t count, raw_len;
	return take_head(&segment, &method, &count, &raw_len) ? count : 0;
}

/* zstd's own head may ask for a window; what we made never needs more than the text it holds. */
static int expand(struct buf *out, struct str small, size_t raw_len, struct err *err)
{
	ZSTD_DCtx *ctx = ZSTD_createDCtx();
	buf_reserve(out, raw_len);
	size_t n = ctx ? ZSTD_decompress_usingDDict(
			     ctx, out->ptr + out->len, raw_len, small.ptr, small.len, to_large)
		       : 0;
	bool good = ctx && !ZSTD_isError(n) && n == raw_len;
	ZSTD_freeDCtx(ctx);
	if (!good)
		return err_set(err, ERR_SYNTAX, "a segment's compressed bytes are damaged");
	out->len += n;
	out->ptr[out->len] = 0;
	return 0;
}

static int split(struct str raw, uint64_t count, struct str *entries, struct err *err)
{
	for (uint64_t i = 0; i < count; i++) {
		uint64_t len;
		if (!str_take_varint(&raw, &len) || !len || len > ENTRY_BYTES_MAX ||
		    !str_take(&raw, len, &entries[i]))
			return err_set(err, ERR_SYNTAX, "a segment's entries do not fill it");
	}
	if (raw.len)
		return err_set(err, ERR_SYNTAX, "a segment holds more than its entries");
	return 0;
}

int segment_read(struct str segment, struct buf *raw, struct str *entries, size_t max, size_t *n,
    struct err *err)
{
	uint8_t method;
	uint64_t count, raw_len;
	size_t at = raw->len;
	*n = 0;
	once();
	if (!take_head(&segment, &method, &count, &raw_len))
		return err_set(err, ERR_SYNTAX, "a segment's head is cut short");
	if (method != METHOD_PLAIN && method != METHOD_ZSTD)
		return err_set(err, ERR_UNSUPPORTED,
		    "a segment is compressed by method %u, which is not known", method);
	if (count > max || raw_len > SEGMENT_RAW_MAX || raw_len / SEGMENT_RATIO_MAX > segment.len)
		return err_set(err, ERR_LIMIT,
		    "a segment says that it holds %llu entries in %llu bytes",
		    (unsigned long long)count, (unsigned long long)raw_len);
	if (method == METHOD_PLAIN && raw_len != segment.len)
		return err_set(err, ERR_SYNTAX, "a segment's bytes are not as many as it says");
	if (method == METHOD_PLAIN)
		buf_add(raw, segment);
	else if (expand(raw, segment, raw_len, err))
		return err->code;
	if (split(str_sub(buf_str(raw), at, raw->len), count, entries, err)) {
		raw->len = at;
		return err->code;
	}
	*n = count;
	return 0;
}
