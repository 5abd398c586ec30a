/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one more entry costs a store that has judged everything before: publish the record in FILE
 * (signed beside it), in a store that has read its catalogue, then check that entry (commit form,
 * chain, Content, signature) and judge its record again. Prints milliseconds of CPU time,
 * publishing not counted.
 *
 *   incremental STORE FILE
 */
#include "base/file.h"
#include "base/hash.h"
#include "store/catalogue.h"
#include "store/publish.h"
#include "store/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void must(int bad, const struct err *err)
{
	if (bad) {
		fprintf(stderr, "incremental: %s\n", err->msg);
		exit(1);
	}
}

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void read_beside(struct buf *out, const char *path, const char *suffix)
{
	char name[4096];
	struct err err;
	snprintf(name, sizeof name, "%s%s", path, suffix);
	must(file_read(out, name, RECORD_BYTES_MAX, &err), &err);
}

int main(int argc, char **argv)
{
	struct store *s;
	struct err err;
	const struct catalogue *c;
	struct buf text[3] = {BUF_INIT, BUF_INIT, BUF_INIT};
	if (argc != 3) {
		fprintf(stderr, "usage: incremental STORE FILE\n");
		return 2;
	}
	hash_init();
	must(store_open(&s, argv[1], STORE_WRITE, &err), &err);
	must(store_catalogue(&c, s, &err), &err);
	size_t rows = c->len;
	read_beside(&text[0], argv[2], "");
	read_beside(&text[1], argv[2], ".sig");
	read_beside(&text[2], argv[2], ".rev");
	const struct publication p = {buf_str(&text[0]), buf_str(&text[1]), buf_str(&text[2])};
	must(publish_records(s, &p, 1, (int64_t)time(NULL), &err), &err);
	double begun = now_ms();
	must(verify_entries(s, s->hub, store_journal(s, s->hub)->head.seq, &err), &err);
	must(store_catalogue(&c, s, &err), &err);
	printf("%.3f\n", now_ms() - begun);
	if (c->len != rows + 1) {
		fprintf(stderr, "incremental: the record was not judged\n");
		return 1;
	}
	for (int i = 0; i < 3; i++)
		buf_release(&text[i]);
	store_close(s);
	return 0;
}
