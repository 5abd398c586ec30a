/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of pull share.
 */
#ifndef BELFRY_NET_PULL_IMPL_H
#define BELFRY_NET_PULL_IMPL_H

#include "net/pull.h"
#include "store/doors.h"
#include "store/store.h"

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

#endif
