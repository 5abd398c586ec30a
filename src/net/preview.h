/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a site whenever the files behind it change, and serves it to browsers on this machine
 * (net/http_live.h), until SIGINT, SIGTERM or SIGHUP. What is made, and of which files, is the
 * caller's.
 */
#ifndef BELFRY_NET_PREVIEW_H
#define BELFRY_NET_PREVIEW_H

#include "base/buf.h"
#include "base/err.h"

#include <stdatomic.h>

struct preview_options {
	const char *root; /* the folder that is served */
	unsigned port; /* on 127.0.0.1; 0 for any */
	/* Make it, on another thread; append lines to show on each page, whether it fails or not.
	 * A sentence of `err` is added to them. It may end early once `stop` is true. */
	int (*make)(void *ctx, const atomic_bool *stop, struct buf *problems, struct err *err);
	/* Call add(to, folder) for each folder whose changes ask for another; after each make(). */
	void (*watch)(void *ctx, void (*add)(void *to, const char *folder), void *to);
	/* There is another, or there is not (`err`); url: "http://127.0.0.1:1234/". */
	void (*made)(void *ctx, const char *url, const struct err *err);
	const char *opener; /* a program that is given the address once, or NULL */
	void *ctx;
};

/* Errors: ERR_IO, ERR_SYNTAX of the address. What make() says is shown and ends nothing. */
int preview_run(const struct preview_options *o, struct err *err);

#endif
