/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of pull share.
 */
#ifndef BELFRY_NET_PULL_IMPL_H
#define BELFRY_NET_PULL_IMPL_H

#include "net/fetch.h"
#include "net/pull.h"
#include "store/doors.h"
#include "store/mirror.h"

#include <limits.h>

struct pulling {
	const struct pull_options *options;
	struct pull_report *report;
	struct store *store; /* for reading; what was admitted shows after pull_admit() */
	enum door door;
};

int pull_http(struct pulling *p, struct err *err);
int pull_git(struct pulling *p, struct err *err);

/* Admit the file at `path`, by the daemon or here; what is new goes to the report. Errors: ERR_IO,
 * ERR_GIT, ERR_BUSY for what is wrong here; any other for what is wrong with the file, of which all
 * that came before is kept. */
int pull_admit(struct pulling *p, const char *path, struct err *err);
/* What is wrong with one journal need not stop the others; a line that is down does. */
bool pull_stops_all(int bad);
/* Count for status that what came was refused, if it was; returns the error's code. What
 * pull_admit() refuses is counted there. */
int pull_refused(const struct pulling *p, enum refusal kind, const struct err *err);
/* Remember the first fault. */
void pull_fault(struct pulling *p, const struct err *fault);
void pull_progress(const struct pulling *p, const char *what, uint64_t done, uint64_t size);
/* How many charter versions (hub "") or entries are here. */
uint64_t pull_have(const struct pulling *p, const char *hub);

/* There are so many more bytes to fetch. Errors: ERR_LIMIT where that is more than was allowed. */
int pull_count(struct pulling *p, uint64_t bytes, struct err *err);

/* --- a web host --- */

struct mirror {
	struct pulling *pulling;
	struct fetch *fetch;
	char site[FETCH_URL_BYTES]; /* its address, without the last slash */
	char base[FETCH_URL_BYTES]; /* of the folder with the journals in it */
	char dir[PATH_MAX]; /* <store>/pull/<key> */
	int lock;
	struct mirror_index index;
	uint64_t booked; /* of what was received, up to here on account of the budget */
	char what[FETCH_URL_BYTES]; /* for progress */
};

/* "<dir>/<name>" */
void mirror_path(char out[static PATH_MAX], const struct mirror *m, const char *name);

/* A text that changes on the host: what came last is kept, with the server's mark of it. */
struct kept {
	const char *name;
	size_t max_bytes;
	struct buf text;
	struct fetch_mark mark;
	bool is_same; /* the host has the one that is kept */
};
/* The one that is kept; empty where there is none. */
void kept_read(struct kept *k, const struct mirror *m);
/* Ask for another; then the text is that. Errors: as fetch_text(). */
int kept_fetch(struct kept *k, const struct mirror *m, const char *url, struct err *err);
int kept_write(const struct kept *k, const struct mirror *m, struct err *err);
void kept_release(struct kept *k);

/* --- pull_attach.c --- */

#define PULL_LOCAL "local.txt"
#define PULL_REST "rest"
#define PULL_BATCH "attachment.belfry"

/* Errors: what stops everything; a file's fault is remembered and the next one is tried. */
int pull_attachments(struct mirror *m, struct err *err);

#endif
