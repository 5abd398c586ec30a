/* SPDX-License-Identifier: Apache-2.0 */
/* Text of entries that two stores hold: the same in both, as much as fits, and never half an entry.
 */
#include "fixture.h"

#include "store/recall.h"

static void append_news(struct store *s, const char *id, size_t size)
{
	struct draft d = {.n = 0};
	struct buf body = news("ke-mombasa", id, "");
	char where[128];
	while (body.len < size)
		buf_printf(&body, "Day %zu of %s.\n", body.len, id);
	snprintf(where, sizeof where, "records/ke-mombasa/news/%s/en.md", id);
	draft_record(&d, where, buf_str(&body), EAST + ANN, EAST + REV);
	append(s, &d);
	buf_release(&body);
}

static void it_is_what_the_entries_hold(void **state)
{
	(void)state;
	struct store *s = east_new();
	struct buf last = BUF_INIT, same = BUF_INIT;
	struct head head;
	struct err err;
	uint64_t count = 9;
	for (int i = 0; i < 5; i++)
		append_news(s, (char[]){'a', (char)('a' + i), 0}, 2000);
	const struct journal *j = store_journal(s, "east");
	good(store_recall_last(s, "east", 5000, &last, &head, &count, &err), &err);
	assert_int_equal(count, 2);
	assert_int_equal(head.seq, j->head.seq);
	assert_in_range(last.len, 4000, 5000);
	assert_null(memmem(last.ptr, last.len, "Day 1000 of ac", 14));
	assert_null(memmem(last.ptr, last.len, "SSH SIGNATURE", 13));
	assert_non_null(strstr(last.ptr, "of ae.\n"));
	assert_true(strstr(last.ptr, "of ad.\n") < strstr(last.ptr, "of ae.\n"));
	good(store_recall(s, "east", head.seq, count, 5000, &same, &err), &err);
	assert_true(str_eq(buf_str(&same), buf_str(&last)));
	/* Fewer, if no more are asked for. */
	buf_reset(&same);
	count = 1;
	good(store_recall_last(s, "east", 5000, &same, &head, &count, &err), &err);
	assert_int_equal(count, 1);
	assert_true(str_ends(buf_str(&last), buf_str(&same)));
	assert_in_range(same.len, 2000, 2500);
	/* It stays the same when more has come. */
	append_news(s, "later", 2000);
	buf_reset(&same);
	good(store_recall(s, "east", head.seq, 2, 5000, &same, &err), &err);
	assert_true(str_eq(buf_str(&same), buf_str(&last)));
	buf_release(&same);
	buf_release(&last);
	store_close(s);
}

static void what_is_not_here(void **state)
{
	(void)state;
	struct store *s = east_new();
	struct buf out = BUF_INIT;
	struct head head;
	struct err err = {0};
	uint64_t count = 1;
	append_news(s, "one", 2000);
	uint64_t n = store_journal(s, "east")->head.seq;
	refused(
	    store_recall(s, "east", n + 1, 1, 5000, &out, &err), ERR_MISSING, &err, "is not here");
	refused(store_recall(s, "west", 1, 1, 5000, &out, &err), ERR_MISSING, &err, "");
	buf_reset(&out);
	refused(store_recall(s, "east", n, 1, 1000, &out, &err), ERR_LIMIT, &err, "more than 1000");
	buf_reset(&out);
	good(store_recall_last(s, "west", 5000, &out, &head, &count, &err), &err);
	assert_int_equal(count, 0);
	count = n;
	good(store_recall_last(s, "east", 1000, &out, &head, &count, &err), &err);
	assert_int_equal(count, 0);
	assert_int_equal(out.len, 0);
	count = n + 1;
	good(store_recall_last(s, "east", 1 << 20, &out, &head, &count, &err), &err);
	assert_int_equal(count, n);
	buf_release(&out);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		it_is_what_the_entries_hold, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(what_is_not_here, scratch_new, scratch_remove),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
