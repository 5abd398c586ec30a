/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several addresses in turn. Not at the same time: on a thin line they would bring the same twice.
 */
#include "base/mem.h"
#include "net/pull.h"
#include "net/pull_hosts.h"

#include <stdlib.h>

enum {
	LEAST_RATE = 256, /* bytes a second: less is no answer, as long as others wait */
	MUCH_SLOWER = 8, /* times, than another that waits was */
};

struct trial {
	const char *url;
	enum { WAITING, PUT_OFF, OVER } state;
	struct pull_report report;
	struct err why;
	uint64_t rate; /* as last seen */
};

struct round {
	const struct pull_options *options;
	struct trial *trials;
	size_t n;
	pull_told told;
	void *ctx;
	bool has_worked; /* one of them */
};

/* 0: nobody else waits. */
static uint64_t least_rate(const struct round *r, const struct trial *this)
{
	uint64_t least = 0;
	for (const struct trial *t = r->trials; t < r->trials + r->n; t++) {
		uint64_t share = t->rate / MUCH_SLOWER;
		if (t == this || t->state == OVER)
			continue;
		least = least ? least : LEAST_RATE;
		least = share > least ? share : least;
	}
	return least;
}

static void try(struct round *r, struct trial *t, uint64_t least)
{
	struct pull_options o = *r->options;
	o.url = t->url;
	o.least_rate = least;
	t->why = (struct err){.code = ERR_NONE};
	int bad = pull(&o, &t->report, &t->why);
	if (t->report.rate)
		t->rate = t->report.rate;
	t->state = t->report.is_put_off ? PUT_OFF : OVER;
	r->has_worked |= !bad && !t->report.fault.code;
	r->told(r->ctx, t->url, &t->report, &t->why);
}

static struct trial *quickest(const struct round *r)
{
	struct trial *best = NULL;
	for (struct trial *t = r->trials; t < r->trials + r->n; t++)
		if (t->state == PUT_OFF && (!best || t->rate > best->rate))
			best = t;
	return best;
}

void pull_many(
    const struct pull_options *o, const char *const *urls, size_t n, pull_told told, void *ctx)
{
	struct round r = {.options = o, .n = n, .told = told, .ctx = ctx};
	struct trial *t;
	r.trials = mem_alloc(n * sizeof *r.trials);
	for (size_t i = 0; i < n; i++)
		r.trials[i] = (struct trial){.url = urls[i], .rate = hosts_rate(o->dir, urls[i])};
	for (size_t i = 0; i < n; i++)
		try(&r, &r.trials[i], least_rate(&r, &r.trials[i]));
	while ((t = quickest(&r))) {
		if (t->report.bytes || !r.has_worked) {
			try(&r, t, 0);
			continue;
		}
		t->state = OVER;
		t->report.is_put_off = false;
		told(ctx, t->url, &t->report, &t->why);
	}
	free(r.trials);
}
