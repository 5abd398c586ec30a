/* SPDX-License-Identifier: Apache-2.0 */
#include "site/workers.h"

#include "base/mem.h"
#include "site/search.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Every kind of page that a language has, besides documents and the search. */
static int (*const of_language[])(struct site *s, struct site_lang *l, struct err *err) = {
    pages_of_facets,
    pages_of_overview,
    page_offline,
    page_governance,
    page_timeline,
    pages_of_types,
    pages_of_themes,
    pages_of_regions,
    pages_of_hubs,
    pages_of_cities,
    pages_of_directories,
    pages_of_frame,
    pages_of_feeds,
    pages_of_calendars,
};
/* And the site as a whole; the longest first. */
static int (*const of_site[])(struct site *s, struct err *err) = {
    pages_of_csv, pages_of_json, pages_above, page_llms};
enum {
	SITE_KINDS = sizeof of_site / sizeof *of_site,
	KINDS = sizeof of_language / sizeof *of_language,
	DOCS_A_JOB = 8, /* mostly there is nothing to do for them */
	PROGRESS_JOBS = 16
};

static size_t doc_jobs(const struct site *s)
{
	return (s->index.ndocs + DOCS_A_JOB - 1) / DOCS_A_JOB;
}

static int run_job(struct site *s, size_t job, struct err *err)
{
	size_t docs = doc_jobs(s);
	/* First what takes longest. */
	if (job < s->nlangs)
		return pages_of_search(s, &s->langs[job], err);
	job -= s->nlangs;
	if (job < docs) {
		size_t from = job * DOCS_A_JOB, to = from + DOCS_A_JOB;
		for (; from < to && from < s->index.ndocs; from++)
			if (pages_of_doc(s, &s->index.docs[from], err) != 0)
				return err->code;
		return 0;
	}
	job -= docs;
	if (job < KINDS * s->nlangs)
		return of_language[job / s->nlangs](s, &s->langs[job % s->nlangs], err);
	return of_site[job - KINDS * s->nlangs](s, err);
}

static void *work(void *ctx)
{
	struct worker *me = ctx;
	struct workers *w = me->of;
	const struct site_options *o = me->site.options;
	for (size_t job;
	     !atomic_load(&w->has_failed) && (job = atomic_fetch_add(&w->next, 1)) < w->jobs;) {
		if (run_job(&me->site, job, &me->err) != 0)
			atomic_store(&w->has_failed, true);
		if (me == &w->items[0] && o->progress && job % PROGRESS_JOBS < w->n)
			o->progress(o->progress_ctx, job, w->jobs);
	}
	return NULL;
}

static size_t processors(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	return n < 1 ? 1 : (size_t)n;
}

static void worker_init(struct worker *me, struct workers *w, const struct site *s, struct tree *t)
{
	me->of = w;
	me->report = (struct site_report){.notes = BUF_INIT};
	me->source = *s->source;
	if (s->source->fork)
		me->source.ctx = s->source->fork(s->source->ctx);
	me->site = *s;
	me->site.source = &me->source;
	me->site.report = &me->report;
	me->site.html = me->site.deps.bytes = BUF_INIT;
	me->site.fingerprints = json_object();
	me->site.scores = mem_alloc((s->index.ndocs + 1) * sizeof *me->site.scores);
	for (size_t i = 0; i < TEXTS_KEPT; i++)
		me->site.texts.bytes[i] = BUF_INIT;
	output_init(&me->site.output, t);
}

int workers_run(struct workers *w, const struct site *s, struct tree *t, struct err *err)
{
	size_t n = s->options->threads ? s->options->threads : processors(), started = 1;
	if (!s->source->fork)
		n = 1;
	w->jobs = doc_jobs(s) + (1 + KINDS) * s->nlangs + SITE_KINDS;
	for (; w->n < n && w->n < WORKERS_MAX; w->n++)
		worker_init(&w->items[w->n], w, s, t);
	/* Those that cannot be started are missed, and no more. */
	while (started < w->n &&
	       pthread_create(&w->items[started].thread, NULL, work, &w->items[started]) == 0)
		started++;
	work(&w->items[0]);
	for (size_t i = 1; i < started; i++)
		pthread_join(w->items[i].thread, NULL);
	for (size_t i = 0; i < w->n; i++)
		if (w->items[i].err.code) {
			*err = w->items[i].err;
			return err->code;
		}
	return 0;
}

static void each_of(const struct unit *u, void (*each)(void *ctx, struct str path), void *ctx)
{
	struct state_file f;
	for (struct str files = u->files; state_take_file(&files, &f);)
		each(ctx, f.path);
}

void workers_each_file(const struct workers *w, const struct tree *t,
    void (*each)(void *ctx, struct str path), void *ctx)
{
	for (size_t i = 0; i < t->old.n; i++)
		if (t->old.units[i].is_kept)
			each_of(&t->old.units[i], each, ctx);
	for (size_t i = 0; i < w->n; i++)
		for (size_t k = 0; k < w->items[i].site.output.nunits; k++)
			each_of(&w->items[i].site.output.units[k], each, ctx);
}

int workers_finish(struct workers *w, struct tree *t, struct err *err)
{
	const struct output *hands[WORKERS_MAX];
	for (size_t i = 0; i < w->n; i++)
		hands[i] = &w->items[i].site.output;
	return tree_finish(t, hands, w->n, err);
}

void workers_release(struct workers *w)
{
	for (size_t i = 0; i < w->n; i++) {
		struct worker *me = &w->items[i];
		output_release(&me->site.output);
		json_decref(me->site.fingerprints);
		free(me->site.scores);
		buf_release(&me->site.html);
		buf_release(&me->site.deps.bytes);
		for (size_t k = 0; k < TEXTS_KEPT; k++)
			buf_release(&me->site.texts.bytes[k]);
		arena_clear(&me->site.arena);
		if (me->source.join)
			me->source.join(me->source.ctx);
		buf_release(&me->report.notes);
	}
}
