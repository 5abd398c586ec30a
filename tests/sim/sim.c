/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHRINK_SEEDS = 8 };

static const char usage[] =
    "usage: sim [--seed S] [--seeds N] [--hubs H] [--seconds T] [--scenario NAME]\n"
    "           [--verbose] [--shrink]\n"
    "Runs N seeds from S on, with faults and news for T seconds. NAME is one below, 'mixed' (in "
    "turn; the default) or 'gossip'\n"
    "(one new record among H hubs that each dial three others). With --shrink what fails is\n"
    "followed by a smaller run that fails too.\n";

struct options {
	uint64_t seed, seeds, hubs, seconds;
	const char *scenario;
	bool is_verbose, shrinks;
};

static int say_usage(void)
{
	fputs(usage, stderr);
	for (unsigned i = 0; i < nscenarios; i++)
		fprintf(stderr, "  %-8s  %s\n", scenarios[i].name, scenarios[i].about);
	return 2;
}

static bool parse(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct str a = str_from(argv[i]);
		bool *flag = str_is(a, "--verbose")  ? &o->is_verbose
			     : str_is(a, "--shrink") ? &o->shrinks
						     : NULL;
		if (flag) {
			*flag = true;
			continue;
		}
		if (++i == argc)
			return false;
		struct str v = str_from(argv[i]);
		if (str_is(a, "--scenario"))
			o->scenario = argv[i];
		else if (!(str_is(a, "--seed") && str_u64(v, UINT64_MAX, &o->seed)) &&
			 !(str_is(a, "--seeds") && str_u64(v, 1000000000, &o->seeds)) &&
			 !(str_is(a, "--seconds") && str_u64(v, 86400, &o->seconds)) &&
			 !(str_is(a, "--hubs") && str_u64(v, 1000, &o->hubs) && o->hubs > 1))
			return false;
	}
	return true;
}

/* --- figures over seeds --- */

struct figures {
	int64_t *ms;
	size_t n, cap;
	double ratio;
	uint64_t connections, published;
};

static int compare_ms(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static int64_t percentile(const struct figures *f, unsigned percent)
{
	return f->n ? f->ms[(f->n - 1) * percent / 100] : 0;
}

static void note(struct figures *f, const struct result *r)
{
	*MEM_PUSH(f->ms, f->n, f->cap) = r->converged_ms;
	f->ratio += r->ratio;
	f->connections += r->connections;
	f->published += r->published;
}

static void print_figures(const char *name, struct figures *f)
{
	if (!f->n)
		return;
	qsort(f->ms, f->n, sizeof *f->ms, compare_ms);
	printf("%-8s %6zu runs %8llu entries %8llu connections; equal after %.1f s (median), "
	       "%.1f s (p99), %.1f s (most); %.2f bytes per new byte\n",
	    name, f->n, (unsigned long long)f->published, (unsigned long long)f->connections,
	    (double)percentile(f, 50) / 1000, (double)percentile(f, 99) / 1000,
	    (double)percentile(f, 100) / 1000, f->ratio / (double)f->n);
}

static unsigned hubs_of(const struct scenario *s, const struct options *o, uint64_t seed)
{
	if (o->hubs)
		return o->hubs <= JOURNALS_MAX ? (unsigned)o->hubs : JOURNALS_MAX;
	return 3 + (unsigned)((seed * 2654435761u >> 7) % s->hubs);
}

/* One run of this seed as wide and as long as that. */
struct trial {
	uint64_t seed;
	unsigned hubs;
	int64_t seconds;
	struct result r;
};

static bool try(const struct scenario *s, struct trial *t, bool is_verbose)
{
	struct scenario this = *s;
	this.lasts_ms = t->seconds * 1000;
	t->r = world_run(&this, t->seed, t->hubs, is_verbose);
	return !t->r.is_failed;
}

/* Fewer hubs, with this seed or those behind it; then less time. */
static void shrink(const struct scenario *s, struct trial *worst)
{
	struct trial t = *worst;
	for (t.hubs = 3; t.hubs < worst->hubs; t.hubs++)
		for (t.seed = worst->seed; t.seed < worst->seed + SHRINK_SEEDS; t.seed++)
			if (!try(s, &t, false)) {
				*worst = t;
				break;
			}
	t = *worst;
	while ((t.seconds = worst->seconds / 2) > 0 && !try(s, &t, false))
		*worst = t;
}

static int fail(const struct scenario *s, const struct trial *t)
{
	printf("FAILED: %s\nagain: sim --scenario %s --seed %llu --hubs %u --seconds %lld "
	       "--verbose\n",
	    t->r.why, s->name, (unsigned long long)t->seed, t->hubs, (long long)t->seconds);
	return 1;
}

static int campaign(const struct options *o, const struct scenario *only)
{
	struct figures *all = mem_alloc(nscenarios * sizeof *all);
	int rc = 0;
	for (uint64_t k = 0; k < o->seeds && !rc; k++) {
		uint64_t seed = o->seed + k;
		unsigned i = only ? (unsigned)(only - scenarios) : (unsigned)(seed % nscenarios);
		const struct scenario *s = &scenarios[i];
		struct trial t = {
		    .seed = seed, .hubs = hubs_of(s, o, seed), .seconds = (int64_t)o->seconds};
		bool is_good = try(s, &t, o->is_verbose);
		struct result r = t.r;
		note(&all[i], &r);
		if (!is_good) {
			rc = fail(s, &t);
			if (o->shrinks)
				shrink(s, &t);
			if (o->shrinks)
				fail(s, &t);
		} else if (all[i].n == 1 && !o->is_verbose) {
			try(s, &t, false);
			if (t.r.log_hash != r.log_hash) {
				snprintf(t.r.why, sizeof t.r.why, "a second run was not the same");
				rc = fail(s, &t);
			}
		}
		if (o->is_verbose)
			printf("log %016llx\n", (unsigned long long)r.log_hash);
	}
	for (unsigned i = 0; i < nscenarios; i++) {
		print_figures(scenarios[i].name, &all[i]);
		free(all[i].ms);
	}
	free(all);
	return rc;
}

static int compare_hops(const void *a, const void *b)
{
	unsigned x = ((const struct wave *)a)->hops, y = ((const struct wave *)b)->hops;
	return (x > y) - (x < y);
}

static int compare_wave(const void *a, const void *b)
{
	return compare_ms(&((const struct wave *)a)->ms, &((const struct wave *)b)->ms);
}

static void print_waves(const char *name, struct wave *v, size_t n)
{
	double copies = 0, ratio = 0;
	if (!n)
		return;
	for (size_t i = 0; i < n; i++) {
		copies += v[i].copies / (double)n;
		ratio += v[i].ratio / (double)n;
	}
	qsort(v, n, sizeof *v, compare_hops);
	unsigned hops[] = {v[(n - 1) / 2].hops, v[(n - 1) * 99 / 100].hops, v[n - 1].hops};
	qsort(v, n, sizeof *v, compare_wave);
	printf("  %-14s rounds %u (median), %u (p99), %u (most); %.2f s (median), %.2f s (p99); "
	       "received / unique %.3f, with all else on the wire %.2f\n",
	    name, hops[0], hops[1], hops[2], (double)v[(n - 1) / 2].ms / 1000,
	    (double)v[(n - 1) * 99 / 100].ms / 1000, copies, ratio);
}

static int gossip(const struct options *o)
{
	struct wave *first = mem_alloc(o->seeds * sizeof *first);
	struct wave *second = mem_alloc(o->seeds * sizeof *second);
	unsigned hubs = o->hubs ? (unsigned)o->hubs : 9;
	size_t n = 0;
	int rc = 0;
	for (uint64_t k = 0; k < o->seeds && !rc; k++) {
		struct result r = gossip_run(o->seed + k, hubs, o->is_verbose);
		first[n] = r.first;
		second[n++] = r.second;
		if (r.is_failed) {
			printf("FAILED: %s\nagain: sim --scenario gossip --seed %llu --hubs %u "
			       "--verbose\n",
			    r.why, (unsigned long long)(o->seed + k), hubs);
			rc = 1;
		}
	}
	printf("gossip   %6zu runs of %u hubs\n", n, hubs);
	print_waves("first record", first, n);
	print_waves("second record", second, n);
	free(first);
	free(second);
	return rc;
}

int main(int argc, char **argv)
{
	struct options o = {.seed = 1, .seeds = 1, .seconds = 180, .scenario = "mixed"};
	const struct scenario *only = NULL;
	if (!parse(&o, argc, argv))
		return say_usage();
	/* Links come and go with some MiB each: getting pages from the system anew costs half the
	 * time. */
	mallopt(M_MMAP_THRESHOLD, 64 << 20);
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
	for (unsigned i = 0; i < nscenarios; i++)
		if (!strcmp(scenarios[i].name, o.scenario))
			only = &scenarios[i];
	if (!strcmp(o.scenario, "gossip"))
		return gossip(&o);
	if (!only && strcmp(o.scenario, "mixed") != 0)
		return say_usage();
	return campaign(&o, only);
}
