/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads that render: as many as there are processors, each with a struct site of its own that
 * shares what is not changed any more. Jobs are a document in all languages, or pages of one kind
 * in one language; who makes which page is chance, what it is made of is not.
 */
#ifndef BELFRY_RENDER_WORKERS_H
#define BELFRY_RENDER_WORKERS_H

#include "base/threads.h"
#include "pages/page.h"

struct worker {
	struct site site;
	struct site_source source;
	struct site_report report;
	struct workers *of;
	struct err err;
};

struct workers {
	struct worker items[THREADS_MAX];
	size_t n;
	_Atomic size_t next; /* what nobody has taken */
	size_t jobs;
	struct digest *deps; /* what the jobs behind documents' are made from */
	bool *is_kept; /* of the same */
	_Atomic bool has_failed;
};

/* Make all pages of `s` in the tree. Errors: of the first worker that had one. */
int workers_run(struct workers *w, const struct site *s, struct tree *t, struct err *err);
/* tree_finish() with what they have made. */
int workers_finish(struct workers *w, struct tree *t, struct err *err);
/* Each file of this build, in any order: kept or made by now. */
void workers_each_file(const struct workers *w, const struct tree *t,
    void (*each)(void *ctx, struct str path), void *ctx);
/* Then, by one of them: what needs to know all pages. */
int pages_after(struct site *s, const struct workers *w, const struct tree *t, struct err *err);
void workers_release(struct workers *w);

#endif
