/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serves the rendered site, a folder of plain files, to browsers on this machine or network. GET
 * and HEAD; "index.html" for a folder; ETags from time and size. It runs on a thread of its own and
 * knows nothing of the store. What is served to the world belongs behind a web server.
 */
#ifndef BELFRY_NET_HTTP_H
#define BELFRY_NET_HTTP_H

#include "net/address.h"

struct http;
struct http_live;

struct http_options {
	const char *root; /* the folder, which may come to be, or be exchanged, meanwhile */
	const char *address; /* ADDR:PORT, port 0 for any */
	struct http_live *live; /* of a preview (net/http_live.h), which outlives it; else NULL */
};

/* Serve a folder; the real address goes to `real`.
 * Owns: the caller; http_stop(). Errors: ERR_SYNTAX, ERR_IO. */
int http_start(struct http **out, char real[static ADDRESS_TEXT_BYTES],
    const struct http_options *o, struct err *err);
void http_stop(struct http *h); /* NULL is fine */

#endif
