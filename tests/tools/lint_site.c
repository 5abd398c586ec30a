/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judge what a site shows, and what it costs to show it.
 *
 *   lint_site FOLDER [RECORD…]    the linter on every .html below FOLDER; and each file RECORD is
 * parsed and its body rendered, whether or not it may be published: a second at most
 *
 * Prints how many pages there were and which record took the longest; exit status 1 says what is
 * wrong.
 */
#include "base/file.h"
#include "base/hash.h"
#include "record/record.h"
#include "markup/lint.h"
#include "markup/markdown.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PAGE_BYTES_MAX = 8 * 1024 * 1024, FILE_BYTES_MAX = 1024 * 1024 };

static size_t pages, bad; /* nftw() passes nothing on */

static int lint_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	struct buf html = BUF_INIT;
	struct err err = {0};
	(void)st, (void)at;
	if (kind != FTW_F || !str_ends(str_from(path), STR(".html")))
		return 0;
	pages++;
	if (file_read(&html, path, PAGE_BYTES_MAX, &err) ||
	    html_lint(buf_str(&html), LINT_PAGE, path, NULL, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		bad++;
	}
	buf_release(&html);
	return 0;
}

/* What is behind the head, or all of it where there is none. */
static struct str body_of(struct str file)
{
	for (struct str rest = file; rest.len;) {
		struct str line = str_cut(&rest, '\n');
		if (str_is(line, "---") && line.ptr != file.ptr)
			return rest;
	}
	return file;
}

/* Milliseconds of processor time. */
static long render(const char *path, const struct schema_set *schemas)
{
	struct buf file = BUF_INIT, html = BUF_INIT;
	struct record record;
	struct err err = {0}, ignored = {0};
	if (file_read(&file, path, FILE_BYTES_MAX, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		bad++;
	}
	clock_t start = clock();
	record_parse(&record, buf_str(&file), path, schemas, NULL, &ignored);
	if (!markdown_html(&html, body_of(buf_str(&file)), NULL, &ignored) &&
	    html_lint(buf_str(&html), LINT_FRAGMENT, path, NULL, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		bad++;
	}
	clock_t took = clock() - start;
	record_release(&record);
	buf_release(&file);
	buf_release(&html);
	return (long)(took * 1000 / CLOCKS_PER_SEC);
}

int main(int argc, char **argv)
{
	const char *which = "none";
	long worst = 0;
	hash_init();
	if (argc < 2 || nftw(argv[1], lint_one, 16, FTW_PHYS) || !pages) {
		fputs("usage: lint_site FOLDER [RECORD…]\n", stderr);
		return 2;
	}
	struct schema_set *schemas = schema_set_builtin();
	for (int i = 2; i < argc; i++) {
		long ms = render(argv[i], schemas);
		if (ms <= worst)
			continue;
		worst = ms;
		which = argv[i];
	}
	schema_set_free(schemas);
	printf("%zu pages; of %d records the slowest took %ld ms: %s\n", pages, argc - 2, worst,
	    which);
	if (worst >= 1000)
		bad++;
	return bad != 0;
}
