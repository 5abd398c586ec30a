/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The faces of many records: those that are kept, and of all others, by as many threads as there
 * are processors, what the records say.
 */
#ifndef BELFRY_SITE_READING_H
#define BELFRY_SITE_READING_H

#include "site/face.h"
#include "site/site.h"

struct reading {
	const struct site_item *item;
	struct face *face; /* where to put it */
	/* --- */
	json_t *head; /* where it was read now: parsed, for variant_head(); else NULL */
	struct err *why; /* it is no record; or NULL */
};

/* Read what `n` items name. `threads` is 0 for as many as there are processors.
 * Owns: the caller; readings_free(), also after a failure. Errors: those of source->read. */
int readings_run(struct reading *items, size_t n, struct stash *faces,
    const struct site_source *source, unsigned threads, struct err *err);
/* What nobody has taken (and set to NULL) goes, too. */
void readings_free(struct reading *items, size_t n);

#endif
