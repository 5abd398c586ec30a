/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of `belfry doctor`. Each looks at one thing and adds what it found, with the command or
 * step that mends it; none changes anything. The rules are those of the modules that keep them.
 */
#ifndef BELFRY_CMD_DOCTOR_H
#define BELFRY_CMD_DOCTOR_H

#include "cmd/common.h"

enum finding { FOUND_GOOD, FOUND_DOUBT, FOUND_BROKEN, FINDINGS };

struct checkup {
	const char *dir;
	int64_t now; /* seconds UTC, by this computer */
	struct store *store; /* NULL where it does not open */
	const struct charter *charter; /* NULL before one is here */
	json_t *status; /* net/report.h; NULL where it cannot be had */
	bool has_daemon;
	json_t *findings; /* [{"check","state","found","do"|null}…] */
	size_t counts[FINDINGS];
};

/* Add a finding: a sentence. */
void checkup_add(struct checkup *c, enum finding state, const char *check, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* What mends the one added last. */
void checkup_mend(struct checkup *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For a store that does not open: why. */
void doctor_no_store(struct checkup *c, const struct err *err);
void doctor_store(struct checkup *c);
void doctor_keys(struct checkup *c);
void doctor_peers(struct checkup *c);
void doctor_tools(struct checkup *c);

#endif
