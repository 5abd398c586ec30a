/* SPDX-License-Identifier: Apache-2.0 */
#include "render/workers.h"

#include "base/mem.h"
#include "search/search.h"

#include <stdatomic.h>
#include <stdlib.h>

/* --- what all pages of a kind show, but for deps_lists() --- */

/* The index is of whole texts; what is erased leaves what is kept for it, too. */
static void search_deps(struct deps *d, const struct site *s, const struct site_lang *l)
{
	deps_number(d, s->source->has_erased);
	deps_texts(d, s, l);
}

static void feeds_deps(struct deps *d, const struct site *s, const struct site_lang *l)
{
	deps_times(d, l, s->index.newest, s->index.nnewest);
}

static void calendars_deps(struct deps *d, const struct site *s, const struct site_lang *l)
{
	const struct group *g = group_find(&s->index.types, STR("event"));
	if (g)
		deps_times(d, l, g->docs, g->len);
}

/* A city's page shows its profile. */
static void profiles_deps(struct deps *d, const struct site *s)
{
	const struct group *g = group_find(&s->index.types, STR("city-profile"));
	for (size_t i = 0; g && i < g->len; i++)
		deps_doc(d, s, g->docs[i]);
}

/* How to check a text is shown by the newest one. */
static void frame_deps(struct deps *d, const struct site *s)
{
	deps_heads(d, s);
	if (s->index.nnewest)
		deps_doc(d, s, s->index.newest[0]);
}

static void changes_deps(struct deps *d, const struct site *s)
{
	for (size_t i = 0; i < s->index.nlatest; i++) {
		const struct variant *v = s->index.latest[i];
		deps_number(d, (uint64_t)(v - s->index.variants));
		deps_number(d, (uint64_t)v->item->time);
		deps_number(d, v->item->seq << 1 | (v->face.revision > 1));
	}
}

static void conflicts_deps(struct deps *d, const struct site *s)
{
	for (size_t i = 0; i < s->index.nvariants; i++) {
		const struct variant *v = &s->index.variants[i];
		if (!v->item->nothers && !v->item->is_disputed && !v->face.is_withdrawn)
			continue;
		deps_number(d, i);
		deps_number(d, (uint64_t)v->item->time);
		deps_number(d, v->item->nothers << 1 | v->item->is_disputed);
	}
}

/* Which translations are behind. */
static void behind_deps(struct deps *d, const struct site *s)
{
	for (size_t i = 0; i < s->index.nvariants; i++)
		if (variant_is_behind(&s->index.variants[i]))
			deps_number(d, i);
}

static void sizes_deps(struct deps *d, const struct site *s)
{
	const struct site_index *x = &s->index;
	for (size_t i = 0; i < x->nlangs; i++)
		deps_number(d, x->langs[i].sum.bytes);
	for (size_t i = 0; i < x->hubs.len; i++)
		deps_number(d, x->of_hubs[i].bytes);
	deps_number(d, x->all.bytes);
}

/* Every kind of page that a language has, besides documents. The first is what takes longest; then
 * what any edit makes anew. */
static const struct {
	int (*make)(struct site *s, struct site_lang *l, struct err *err);
	void (*deps)(struct deps *d, const struct site *s); /* the same in every language */
	void (*lang_deps)(struct deps *d, const struct site *s, const struct site_lang *l);
} of_language[] = {
    {pages_of_search, NULL, search_deps},
    {pages_of_feeds, NULL, feeds_deps},
    {page_changes, changes_deps, NULL},
    {pages_of_facets, NULL, NULL},
    {pages_of_letters, NULL, NULL},
    {page_conflicts, conflicts_deps, NULL},
    {page_dashboard, behind_deps, NULL},
    {pages_of_gaps, behind_deps, NULL},
    {page_offline, sizes_deps, NULL},
    {page_governance, NULL, NULL},
    {page_timeline, NULL, NULL},
    {page_strategy, NULL, NULL},
    {page_partners, NULL, NULL},
    {page_questions, NULL, NULL},
    {pages_of_types, NULL, NULL},
    {pages_of_themes, NULL, NULL},
    {pages_of_regions, NULL, NULL},
    {pages_of_hubs, deps_heads, NULL},
    {pages_of_cities, profiles_deps, NULL},
    {pages_of_directories, NULL, NULL},
    {pages_of_frame, frame_deps, NULL},
    {pages_of_calendars, NULL, calendars_deps},
};
/* And the site as a whole; the longest first. */
static int (*const of_site[])(struct site *s, struct err *err) = {
    pages_of_catalog, pages_above, page_llms};
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

static void deps_part(struct deps *d, const struct digest *part)
{
	deps_text(d, str_of(part->bytes, sizeof part->bytes));
}

/* What a kind's pages are made from in each language, to `jobs`. */
static void kind_deps(struct digest *jobs, struct site *s, size_t kind)
{
	const struct digest lists = s->output.tree->lists;
	struct deps *d = &s->deps;
	buf_reset(&d->bytes);
	if (of_language[kind].deps)
		of_language[kind].deps(d, s);
	const struct digest everywhere = deps_digest_of_hashes(d);
	for (size_t i = 0; i < s->nlangs; i++) {
		deps_begin(s, &s->langs[i]);
		deps_part(d, &lists);
		deps_part(d, &everywhere);
		if (of_language[kind].lang_deps)
			of_language[kind].lang_deps(d, s, &s->langs[i]);
		jobs[i] = deps_digest_of_hashes(d);
	}
}

static int run_docs(struct site *s, size_t job, struct err *err)
{
	size_t from = job * DOCS_A_JOB, to = from + DOCS_A_JOB;
	for (; from < to && from < s->index.ndocs; from++)
		if (pages_of_doc(s, &s->index.docs[from], err) != 0)
			return err->code;
	return 0;
}

/* In the order of of_language, with what is of the site as a whole and documents behind the first
 * kind. */
static int run_job(struct site *s, size_t job, const bool *is_kept, struct err *err)
{
	const atomic_bool *stop = s->options->stop;
	size_t docs = doc_jobs(s);
	s->output.job = 0;
	if (stop && atomic_load(stop))
		return err_set(err, ERR_BUSY, "it was to end before all pages were made");
	if (job >= s->nlangs && job - s->nlangs < SITE_KINDS)
		return of_site[job - s->nlangs](s, err);
	if (job >= s->nlangs)
		job -= SITE_KINDS;
	if (job >= s->nlangs && job - s->nlangs < docs)
		return run_docs(s, job - s->nlangs, err);
	if (job >= s->nlangs)
		job -= docs;
	if (is_kept[job])
		return 0;
	s->output.job = (uint32_t)job + 1;
	int r = of_language[job / s->nlangs].make(s, &s->langs[job % s->nlangs], err);
	s->output.job = 0;
	return r;
}

/* --- three rounds of all threads, each of which asks for what the one before has made --- */

/* Whoever is free takes the next of `n`, until one fails. */
static bool take(struct workers *w, size_t n, size_t *next)
{
	return !atomic_load(&w->has_failed) && (*next = atomic_fetch_add(&w->next, 1)) < n;
}

static void note(struct worker *me, int bad)
{
	if (bad)
		atomic_store(&me->of->has_failed, true);
}

static void make_frames(void *ctx)
{
	struct worker *me = ctx;
	for (size_t i; take(me->of, me->site.nlangs, &i);)
		note(me, frame_build(&me->site, &me->site.langs[i], &me->err));
}

static void make_deps(void *ctx)
{
	struct worker *me = ctx;
	for (size_t kind; take(me->of, KINDS, &kind);)
		kind_deps(me->of->deps + kind * me->site.nlangs, &me->site, kind);
}

static void make_pages(void *ctx)
{
	struct worker *me = ctx;
	struct workers *w = me->of;
	const struct site_options *o = me->site.options;
	for (size_t job; take(w, w->jobs, &job);) {
		note(me, run_job(&me->site, job, w->is_kept, &me->err));
		if (me == &w->items[0] && o->progress && job % PROGRESS_JOBS < w->n)
			o->progress(o->progress_ctx, job, w->jobs);
	}
}

static int run_all(struct workers *w, void (*work)(void *ctx), struct err *err)
{
	atomic_store(&w->next, 0);
	threads_run(work, w->items, sizeof *w->items, w->n);
	for (size_t i = 0; i < w->n; i++)
		if (w->items[i].err.code) {
			*err = w->items[i].err;
			return err->code;
		}
	return 0;
}

/* What does not have to be looked at, because nothing it is made of has changed. */
static int keep_jobs(struct workers *w, struct err *err)
{
	struct site *s = &w->items[0].site;
	const size_t n = KINDS * s->nlangs;
	deps_lists(deps_begin(s, NULL), s);
	s->output.tree->lists = deps_digest_of_hashes(&s->deps);
	w->deps = mem_alloc(n * sizeof *w->deps);
	w->is_kept = mem_alloc(n);
	if (run_all(w, make_deps, err) != 0)
		return err->code;
	output_keep_jobs(&s->output, w->deps, n, w->is_kept);
	return 0;
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
	me->site.html = me->site.unit = me->site.deps.bytes = BUF_INIT;
	me->site.fingerprints = json_object();
	me->site.scores = mem_alloc((s->index.ndocs + 1) * sizeof *me->site.scores);
	for (size_t i = 0; i < TEXTS_KEPT; i++)
		me->site.texts.bytes[i] = BUF_INIT;
	output_init(&me->site.output, t);
}

int workers_run(struct workers *w, const struct site *s, struct tree *t, struct err *err)
{
	size_t n = s->source->fork ? threads_count(s->options->threads) : 1;
	w->jobs = doc_jobs(s) + KINDS * s->nlangs + SITE_KINDS;
	for (; w->n < n; w->n++)
		worker_init(&w->items[w->n], w, s, t);
	return run_all(w, make_frames, err) || keep_jobs(w, err) || run_all(w, make_pages, err)
		   ? err->code
		   : 0;
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
	const struct output *hands[THREADS_MAX];
	for (size_t i = 0; i < w->n; i++)
		hands[i] = &w->items[i].site.output;
	return tree_finish(t, hands, w->n, err);
}

void workers_release(struct workers *w)
{
	free(w->deps);
	free(w->is_kept);
	for (size_t i = 0; i < w->n; i++) {
		struct worker *me = &w->items[i];
		output_release(&me->site.output);
		json_decref(me->site.fingerprints);
		free(me->site.scores);
		buf_release(&me->site.html);
		buf_release(&me->site.unit);
		buf_release(&me->site.deps.bytes);
		for (size_t k = 0; k < TEXTS_KEPT; k++)
			buf_release(&me->site.texts.bytes[k]);
		arena_clear(&me->site.arena);
		if (me->source.join)
			me->source.join(me->source.ctx);
		buf_release(&me->report.notes);
	}
}
