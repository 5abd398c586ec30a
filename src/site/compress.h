/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small forms of a page that web servers send as they stand beside it (nginx gzip_static and
 * brotli_static, Caddy precompressed, the daemon's own). The same bytes give the same form.
 */
#ifndef BELFRY_SITE_COMPRESS_H
#define BELFRY_SITE_COMPRESS_H

#include "base/buf.h"

/* Is it text by its name that readers are sent, long enough that a smaller form saves a packet, and
 * not so long that one edit of a record waits for it? Records themselves are left out: few read
 * them, to check signatures. */
bool compress_is_worth(struct str path, size_t bytes);
/* Is it, then, among what most visitors load (the pages at the top of a language, style, scripts
 * and what the search needs), or is its gzip form so long that a tenth of it is a packet? For all
 * else brotli saves less than it costs. */
bool compress_is_worth_brotli(struct str path, size_t gzip_bytes);
/* Append the form; false, with nothing appended, where it would not be smaller. Source: RFC 1952;
 * RFC 7932. */
struct compressor; /* what one thread needs for it: 2 MB */
struct compressor *compressor_new(void);
void compressor_free(struct compressor *c);
bool compress_gzip(struct buf *out, struct compressor *c, struct str bytes);
bool compress_brotli(struct buf *out, struct str path, struct str bytes);

#endif
