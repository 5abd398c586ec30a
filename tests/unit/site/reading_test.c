/* SPDX-License-Identifier: Apache-2.0 */
#include "site/reading.h"

#include "base/mem.h"
#include "record/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* Enough for several threads. Every BAD-th is no record. */
enum { N = 200, BAD = 7 };

struct state {
	struct site_item items[N];
	char ids[N][16];
	struct site_source source;
	struct stash faces;
	struct face found[N];
	struct schema_set *schemas;
	int lost; /* the one that cannot be read, or -1 */
};

static int read_one(void *ctx, const uint8_t id[20], struct buf *out, struct err *err)
{
	const struct state *t = ctx;
	const int n = atoi((const char *)id);
	if (n == t->lost)
		return err_set(err, ERR_MISSING, "it is not here");
	if (n % BAD == 0)
		buf_puts(out, "no record\n");
	else
		buf_printf(out,
		    "---\ntype: news\nid: n-%d\nlang: en\ntitle: News\nsummary: Short.\n"
		    "place: ke-mombasa\ndate: \"2026-01-02\"\nthemes: [youth]\n"
		    "audiences: [mayors]\nrevision: 1\n---\nText.\n",
		    n);
	return 0;
}

/* Threads read the same memory. */
static void *fork_reader(void *ctx)
{
	return ctx;
}

static void join_reader(void *ctx)
{
	(void)ctx;
}

static int setup(void **state)
{
	static const struct digest version = {{1}};
	struct state *t = *state = mem_alloc(sizeof *t);
	t->schemas = schema_set_builtin();
	t->source = (struct site_source){.read = read_one,
	    .fork = fork_reader,
	    .join = join_reader,
	    .ctx = t,
	    .schemas = t->schemas};
	t->lost = -1;
	faces_open(&t->faces, "/nonexistent/faces", &version);
	for (int i = 0; i < N; i++) {
		struct site_item *item = &t->items[i];
		snprintf(t->ids[i], sizeof t->ids[i], "n-%d", i);
		*item = (struct site_item){
		    .place = "ke-mombasa", .type = "news", .id = t->ids[i], .lang = "en"};
		snprintf((char *)item->md, sizeof item->md, "%d", i);
		item->hash = sha256(str_from(t->ids[i]));
	}
	return 0;
}

static int teardown(void **state)
{
	struct state *t = *state;
	stash_release(&t->faces);
	schema_set_free(t->schemas);
	free(t);
	return 0;
}

static struct reading *readings_of(struct state *t)
{
	struct reading *r = mem_alloc(N * sizeof *r);
	for (size_t i = 0; i < N; i++)
		r[i] = (struct reading){.item = &t->items[i], .face = &t->found[i]};
	return r;
}

static void test_each_record_gets_its_own_face(void **state)
{
	struct state *t = *state;
	struct reading *r = readings_of(t);
	struct err err = {0};
	assert_int_equal(readings_run(r, N, &t->faces, &t->source, 4, &err), 0);
	for (size_t i = 0; i < N; i++) {
		char name[64];
		snprintf(name, sizeof name, "records/ke-mombasa/news/%s/en.md", t->ids[i]);
		if (i % BAD == 0) {
			assert_non_null(strstr(r[i].why->msg, name));
			continue;
		}
		assert_null(r[i].why);
		assert_true(str_is(r[i].face->id, t->ids[i]));
		assert_true(str_is(json_get_text(r[i].head, "id"), t->ids[i]));
	}
	assert_int_equal(t->faces.nadded, N - (N + BAD - 1) / BAD);
	readings_free(r, N);
}

static void test_what_cannot_be_read_stops_all(void **state)
{
	struct state *t = *state;
	struct reading *r = readings_of(t);
	struct err err = {0};
	t->lost = 150;
	assert_int_equal(readings_run(r, N, &t->faces, &t->source, 4, &err), ERR_MISSING);
	assert_string_equal(err.msg, "records/ke-mombasa/news/n-150/en.md: it is not here");
	readings_free(r, N);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_each_record_gets_its_own_face, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_cannot_be_read_stops_all, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
