/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rendering alone costs of a `belfry build --no-mirror`: the store is opened and judged
 * first. Prints "<judging s> <rendering s> <rendering CPU s> <pages written> <files written>".
 *
 *   rebuild STORE OUT
 */
#include "base/hash.h"
#include "render/source.h"
#include "store/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void must(int bad, const struct err *err)
{
	if (bad) {
		fprintf(stderr, "rebuild: %s\n", err->msg);
		exit(1);
	}
}

static double seconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct store *s;
	struct err err;
	const struct catalogue *c;
	struct site_report report = {.notes = BUF_INIT};
	if (argc != 3) {
		fprintf(stderr, "usage: rebuild STORE OUT\n");
		return 2;
	}
	hash_init();
	struct site_options o = {.out = argv[2], .has_no_mirror = true};
	double begun = seconds(CLOCK_MONOTONIC);
	must(store_open(&s, argv[1], STORE_READ, &err), &err);
	must(store_catalogue(&c, s, &err), &err);
	double judged = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	must(site_build_from(s, &o, &report, &err), &err);
	printf("%.3f %.3f %.3f %zu %zu\n", judged - begun, seconds(CLOCK_MONOTONIC) - judged,
	    seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, report.written_pages, report.written_files);
	site_report_release(&report);
	store_close(s);
	return 0;
}
