/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files from a web server, with libcurl. Nothing that a server does is trusted: bodies, headers and
 * redirects have limits, and a transfer that stands still ends. Redirects go to http and https
 * only, and never from https back to http. Nothing is sent that would tell one reader from another.
 *
 * These functions block; they are for commands, not for the loop. One thread at a time a handle.
 */
#ifndef BELFRY_NET_FETCH_H
#define BELFRY_NET_FETCH_H

#include "base/buf.h"
#include "base/err.h"

struct fetch_options {
	unsigned stall_s; /* give up after so long without progress; 0: FETCH_STALL_S */
	uint64_t least_rate; /* or after FETCH_HURRY_S with fewer bytes a second; 0: any rate will
			      * do */
	const char *ca_file; /* certificates to trust instead of the system's; NULL: those */
	/* Called now and then while a file comes in; may be NULL. */
	void (*progress)(void *ctx, uint64_t done, uint64_t size);
	void *ctx;
};

enum { FETCH_STALL_S = 60, FETCH_HURRY_S = 15, FETCH_URL_BYTES = 2048, FETCH_MARK_BYTES = 256 };

/* What a server said to know a version of a text by; "" where it said nothing. */
struct fetch_mark {
	char etag[FETCH_MARK_BYTES], modified[FETCH_MARK_BYTES];
};

/* What was spent so far. */
struct fetch_cost {
	uint64_t requests, bytes; /* bytes of bodies and headers received */
};

struct fetch; /* keeps its connections open from one request to the next */
/* Errors: ERR_IO (libcurl does not start). */
int fetch_new(struct fetch **out, const struct fetch_options *o, struct err *err);
void fetch_free(struct fetch *f);
struct fetch_cost fetch_cost(const struct fetch *f);
/* Did the last request end because least_rate was missed? */
bool fetch_was_slow(const struct fetch *f);

/* May the names of files be put behind this address? http or https, a host, nothing secret in it,
 * no "?" or "#". Errors: ERR_USAGE. */
int fetch_check_url(const char *url, struct err *err);

/*
 * Append the text at `url` to `out`, at most `max_bytes`. With a `mark` the server is asked only
 * for a version other than the marked one: *is_same then says that there is none, and nothing is
 * appended; else the mark becomes the new version's. `mark` and `is_same` may be NULL.
 * Errors: ERR_MISSING (404, 410), ERR_LIMIT, ERR_PEER (another answer), ERR_IO (no connection, TLS,
 * stalled, cut).
 */
int fetch_text(struct fetch *f, struct buf *out, const char *url, uint64_t max_bytes,
    struct fetch_mark *mark, bool *is_same, struct err *err);

/*
 * Make the file at `path` as long as it shall be, `size`, by what the server has at `url`: from
 * where it ends, or from the start where the server cannot do that. A connection that breaks is
 * made again as long as that brings the file on. After ERR_IO what came is kept for another day.
 * Errors: as fetch_text; ERR_LIMIT: the server's file is longer; ERR_PEER: it is shorter.
 */
int fetch_file(struct fetch *f, const char *path, const char *url, uint64_t size, struct err *err);

/* `length` bytes from `from` on of what the server has at `url`. */
struct fetch_stretch {
	const char *url;
	uint64_t from, length;
	/* Where the server knows of no ranges and sends all from its start, what comes before is
	 * passed over; one that would send more than that in all is not asked. */
	uint64_t most;
	/* Gets them in order, as they come. An error of its own ends the transfer. */
	int (*take)(void *ctx, struct str bytes, struct err *err);
	void *ctx;
};
/* A connection that breaks is made again as for fetch_file(). Errors: as fetch_file; take()'s. */
int fetch_stretch(struct fetch *f, const struct fetch_stretch *s, struct err *err);

#endif
