/* SPDX-License-Identifier: Apache-2.0 */
#include "site/compress.h"

#include <brotli/encode.h>
#include <libdeflate.h>

/*
 * What the 236 MB of text in a site of 10,000 records may cost, by CPU time and bytes of a sample
 * of its pages: gzip 5 is half a per cent larger than 6 at 6 tenths of its time. Brotli 4 makes
 * what gzip 6 does at the same price, and 7 makes 8 % less in three times of it: spent where it
 * saves a packet, and where a visitor begins. The style sheet and scripts, 26 KB that every reader
 * fetches and no edit changes, become 7 % smaller at 11 than at 7, for 22 ms instead of 1; 10 saves
 * 4 % in 10 ms.
 */
enum {
	GZIP_LEVEL = 5,
	BROTLI_QUALITY = 7,
	BROTLI_QUALITY_SHARED = 11,
	WORTH_BYTES = 600,
	WORTH_BYTES_MAX = 1 << 20,
	BROTLI_FROM_GZIP_BYTES = 7000,
	WINDOW_BITS_MIN = 16
};

bool compress_is_worth(struct str path, size_t bytes)
{
	static const char *const endings[] = {
	    ".html", ".css", ".js", ".json", ".xml", ".svg", ".csv", ".ics", ".txt"};
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (str_ends(path, str_from(endings[i])))
			return bytes >= WORTH_BYTES && bytes <= WORTH_BYTES_MAX;
	return false;
}

bool compress_is_worth_brotli(struct str path, size_t gzip_bytes)
{
	const char *slash = memchr(path.ptr, '/', path.len);
	size_t folder = slash ? (size_t)(slash - path.ptr) + 1 : 0;
	bool is_deep = memchr(path.ptr + folder, '/', path.len - folder) != NULL;
	return gzip_bytes > BROTLI_FROM_GZIP_BYTES || !is_deep || str_ends(path, STR(".js"));
}

struct compressor *compressor_new(void)
{
	/* The library's own, by another name; out of memory there is no form. */
	return (struct compressor *)libdeflate_alloc_compressor(GZIP_LEVEL);
}

void compressor_free(struct compressor *c)
{
	if (c)
		libdeflate_free_compressor((struct libdeflate_compressor *)c);
}

bool compress_gzip(struct buf *out, struct compressor *c, struct str bytes)
{
	struct libdeflate_compressor *d = (struct libdeflate_compressor *)c;
	buf_reserve(out, bytes.len);
	size_t n =
	    d ? libdeflate_gzip_compress(d, bytes.ptr, bytes.len, out->ptr + out->len, bytes.len)
	      : 0;
	out->len += n;
	out->ptr[out->len] = 0;
	return n > 0;
}

static bool is_shared(struct str path)
{
	return !memchr(path.ptr, '/', path.len) &&
	       (str_ends(path, STR(".css")) || str_ends(path, STR(".js")));
}

bool compress_brotli(struct buf *out, struct str path, struct str bytes)
{
	size_t n = bytes.len;
	int quality = is_shared(path) ? BROTLI_QUALITY_SHARED : BROTLI_QUALITY;
	int window = WINDOW_BITS_MIN;
	while (window < BROTLI_DEFAULT_WINDOW && ((size_t)1 << window) < bytes.len)
		window++;
	buf_reserve(out, bytes.len);
	if (!BrotliEncoderCompress(quality, window, BROTLI_MODE_TEXT, bytes.len,
		(const uint8_t *)bytes.ptr, &n, (uint8_t *)out->ptr + out->len) ||
	    n >= bytes.len)
		return false;
	out->len += n;
	out->ptr[out->len] = 0;
	return true;
}
