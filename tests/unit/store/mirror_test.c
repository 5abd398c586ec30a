/* SPDX-License-Identifier: Apache-2.0 */
/* Static files: how runs are chosen, the grammar of index and list, the folder they make. */
#include "fixture.h"

#include "store/mirror.h"
#include "store/stick.h"

#include <sys/stat.h>

/* --- runs --- */

static uint64_t size_of(const struct mirror_file *f)
{
	return f->last - f->first + 1;
}

static void runs_follow_each_other(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 6000; n += n < 100 ? 1 : 37) {
		struct mirror_list l = {.n = 0};
		uint64_t next = 1, last_size = UINT64_MAX;
		mirror_layout(&l, n);
		for (size_t i = 0; i < l.n; i++) {
			assert_int_equal(l.files[i].first, next);
			assert_true(size_of(&l.files[i]) <= last_size);
			last_size = size_of(&l.files[i]);
			next = l.files[i].last + 1;
		}
		assert_int_equal(next, n + 1);
		assert_true(l.n <= n / 1024 + 30);
		if (n)
			assert_int_equal(last_size, 1);
		mirror_list_release(&l);
	}
}

/* Who lacks the last d of n entries fetches at most 2.5 d + 1 of them; and a run that was there
 * stays, until it becomes part of a longer one. */
static void news_are_in_short_runs(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 3000; n += 13) {
		struct mirror_list l = {.n = 0};
		mirror_layout(&l, n);
		for (uint64_t d = 1; d <= n && d < 1000; d++) {
			uint64_t fetched = 0;
			for (size_t i = 0; i < l.n; i++)
				fetched += l.files[i].last > n - d ? size_of(&l.files[i]) : 0;
			assert_true(fetched * 2 <= 5 * d + 2);
		}
		mirror_list_release(&l);
	}
}

static void only_the_tail_changes(void **state)
{
	(void)state;
	uint64_t written = 0;
	for (uint64_t n = 1; n < 2000; n++) {
		struct mirror_list a = {.n = 0}, b = {.n = 0};
		size_t same = 0;
		mirror_layout(&a, n);
		mirror_layout(&b, n + 1);
		while (same < a.n && a.files[same].last == b.files[same].last)
			same++;
		written += n + 1 - b.files[same].first + 1;
		mirror_list_release(&a);
		mirror_list_release(&b);
	}
	/* Each entry is written about once a level. */
	assert_true(written < 2000 * 12);
}

/* --- the grammar --- */

static const char hex64[] = "89940951aa0a21af3e299cb67be8ac29dc6642444deec2acea882565a48a043c";

static void fill(struct buf *b, const char *text)
{
	for (; *text; text++)
		if (*text == 'H')
			buf_puts(b, hex64);
		else if (*text == 'C')
			buf_add(b, str_of(hex64, 40));
		else
			buf_putc(b, *text);
}

static void bad_indexes_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} table[] = {
	    {"", "first line"},
	    {"belfry-mirror 1", "first line"},
	    {"belfry-mirror 2\n", "first line"},
	    {"<html>\n", "first line"},
	    {"belfry-mirror 1\nnetwork C\n", "line 2"},
	    {"belfry-mirror 1\nnetwork H \n", "line 2"},
	    {"belfry-mirror 1\nnetwork H\n", "no charter"},
	    {"belfry-mirror 1\nnetwork H\njournal a 1 C 1 H\n", "line 3"},
	    {"belfry-mirror 1\nnetwork H\ncharter 0 H 1 H\n", "line 3"},
	    {"belfry-mirror 1\nnetwork H\ncharter 4294967296 H 1 H\n", "line 3"},
	    {"belfry-mirror 1\nnetwork H\ncharter 01 H 1 H\n", "line 3"},
	    {"belfry-mirror 1\nnetwork H\ncharter 1 C 1 H\n", "line 3"},
	    {"belfry-mirror 1\nnetwork H\ncharter 1 H 9999999 H\n", "line 3"},
	    {"belfry-mirror 1\nnetwork H\ncharter 1 H 1 H", "line 3"},
	    {"belfry-mirror 1\nnetwork H\ncharter 1 H 1 H \n", "line 3"},
	    {"belfry-mirror 1\nnetwork H\ncharter 1 H 1 H\ncharter 1 H 1 H\n", "line 4"},
	    {"belfry-mirror 1\nnetwork H\ncharter 1 H 1 H\njournal ../x 1 C 1 H\n", "line 4"},
	    {"belfry-mirror 1\nnetwork H\ncharter 1 H 1 H\njournal b 1 C 1 H\njournal a 1 C 1 H\n",
		"line 5"},
	    {"belfry-mirror 1\nnetwork H\ncharter 1 H 1 H\njournal b 1 C 1 H\njournal b 1 C 1 H\n",
		"line 5"},
	    {"belfry-mirror 1\nnetwork H\ncharter 1 H 1 H\njournal b 9223372036854775808 C 1 H\n",
		"line 4"},
	    {"belfry-mirror 1\nnetwork H\ncharter 1 H 1 H\n\n", "line 4"},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct buf text = BUF_INIT;
		struct mirror_index index;
		struct err err = {0};
		fill(&text, table[i].text);
		refused(mirror_index_read(&index, buf_str(&text), &err), ERR_SYNTAX, &err,
		    table[i].says);
		buf_release(&text);
	}
}

static void too_many_journals_are_refused(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;
	struct mirror_index index;
	struct err err = {0};
	fill(&text, "belfry-mirror 1\nnetwork H\ncharter 1 H 1 H\n");
	for (int i = 0; i <= HUBS_MAX; i++) {
		buf_printf(&text, "journal a%04d 1 ", i);
		fill(&text, "C 1 H\n");
	}
	refused(mirror_index_read(&index, buf_str(&text), &err), ERR_LIMIT, &err, "256 journals");
	buf_release(&text);
}

static void bad_lists_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum err_code code;
		const char *says;
	} table[] = {
	    {"belfry-files 2\n1 5 C 9 H\n", ERR_SYNTAX, "first line"},
	    {"belfry-files 1\n", ERR_CHAIN, "end where"},
	    {"belfry-files 1\n1 4 C 9 H\n", ERR_CHAIN, "end where"},
	    {"belfry-files 1\n1 6 C 9 H\n", ERR_SYNTAX, "line 2"},
	    {"belfry-files 1\n2 5 C 9 H\n", ERR_SYNTAX, "line 2"},
	    {"belfry-files 1\n1 2 C 9 H\n4 5 C 9 H\n", ERR_SYNTAX, "line 3"},
	    {"belfry-files 1\n1 3 C 9 H\n3 5 C 9 H\n", ERR_SYNTAX, "line 3"},
	    {"belfry-files 1\n1 5 C 9 H\n1 5 C 9 H\n", ERR_SYNTAX, "line 3"},
	    {"belfry-files 1\n1 5 C 9 H", ERR_SYNTAX, "line 2"},
	    {"belfry-files 1\n1 5 H 9 H\n", ERR_SYNTAX, "line 2"},
	    {"belfry-files 1\n1 5 C 0 H\n", ERR_SYNTAX, "line 2"},
	    {"belfry-files 1\n1 5 C 2642025 H\n", ERR_LIMIT, "line 2 claims 2642025 bytes"},
	    {"belfry-files 1\n1 5 C 9223372036854775807 H\n", ERR_LIMIT, "claims"},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct buf text = BUF_INIT;
		struct mirror_line line = {.hub = "east", .last = 5};
		struct mirror_list list;
		struct err err = {0};
		fill(&text, table[i].text);
		memcpy(line.id, hex64, 40);
		line.list = sha256(buf_str(&text));
		line.list_bytes = text.len;
		refused(mirror_list_read(&list, buf_str(&text), &line, &err), table[i].code, &err,
		    table[i].says);
		line.list.bytes[0] ^= 1;
		refused(mirror_list_read(&list, buf_str(&text), &line, &err), ERR_CHAIN, &err,
		    "the index names");
		buf_release(&text);
	}
}

/* --- the folder --- */

static struct store *east_with(size_t records)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	for (size_t i = 0; i < records; i++) {
		char id[32];
		snprintf(id, sizeof id, "news-%zu", i);
		draft_news(&d, EAST, "ke-mombasa", id, "");
		append(s, &d);
	}
	return s;
}

static void more(struct store *s, const char *id)
{
	struct draft d = {.n = 0};
	draft_news(&d, EAST, "ke-mombasa", id, "");
	append(s, &d);
}

/* A fresh store that takes in every file of the folder holds what `s` holds. */
static void folder_is_whole(struct store *s, const char *dir)
{
	struct store *fresh = store_new("fresh", NULL, 0);
	struct mirror_index index;
	struct mirror_list list;
	struct buf text = BUF_INIT;
	struct err err = {0};
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", dir, MIRROR_INDEX);
	good(file_read(&text, path, MIRROR_INDEX_BYTES_MAX, &err), &err);
	good(mirror_index_read(&index, buf_str(&text), &err), &err);
	assert_string_equal(index.network, s->network);
	for (size_t i = 0; i < index.n; i++) {
		buf_reset(&text);
		snprintf(
		    path, sizeof path, "%s/%s", dir, mirror_list_name(&index.lines[i].list).text);
		good(file_read(&text, path, MIRROR_LIST_BYTES_MAX, &err), &err);
		good(mirror_list_read(&list, buf_str(&text), &index.lines[i], &err), &err);
		for (size_t k = 0; k < list.n; k++) {
			struct stick_report r;
			struct sha256 hash;
			uint64_t bytes;
			snprintf(path, sizeof path, "%s/%s", dir,
			    mirror_file_name(&list.files[k].hash).text);
			good(file_hash(&hash, &bytes, path, &err), &err);
			assert_int_equal(bytes, list.files[k].bytes);
			assert_true(sha256_eq(&hash, &list.files[k].hash));
			good(stick_read(fresh, path, 1, &r, &err), &err);
			assert_int_equal(r.entries,
			    *index.lines[i].hub ? list.files[k].last - list.files[k].first + 1 : 0);
		}
		mirror_list_release(&list);
	}
	struct sha256 a = digest(s), b = digest(fresh);
	same_digest(&a, &b);
	mirror_index_release(&index);
	buf_release(&text);
	store_close(fresh);
	good(file_remove_tree(at("fresh"), &err), &err);
}

static const char *differs(const char *a, const char *b)
{
	return output_of("diff -r %s/%s %s/%s 2>&1", scratch, a, scratch, b);
}

static void a_folder_is_a_function_of_the_store(void **state)
{
	(void)state;
	struct store *s = east_with(30);
	struct mirror_report r;
	struct err err = {0};
	good(mirror_write(s, at("one"), NULL, &r, &err), &err);
	assert_int_equal(r.files, r.written);
	folder_is_whole(s, at("one"));
	/* Another hub with the same entries, got one by one in another order of things. */
	struct store *other = store_new("other", NULL, 0);
	carry(other, s, "east");
	good(mirror_write(other, at("two"), NULL, NULL, &err), &err);
	assert_string_equal(differs("one", "two"), "");
	store_close(other);
	store_close(s);
}

static void a_rebuild_writes_only_the_tail(void **state)
{
	(void)state;
	struct store *s = east_with(45);
	struct mirror_report r;
	struct err err = {0};
	good(mirror_write(s, at("one"), NULL, &r, &err), &err);
	uint64_t all = r.files;
	good(mirror_write(s, at("two"), at("one"), &r, &err), &err);
	assert_int_equal(r.files, all);
	assert_int_equal(r.written, 1); /* the index */
	assert_string_equal(differs("one", "two"), "");
	more(s, "late");
	good(mirror_write(s, at("three"), at("two"), &r, &err), &err);
	assert_true(r.written <= 6);
	good(mirror_write(s, at("four"), NULL, &r, &err), &err);
	assert_string_equal(differs("three", "four"), "");
	folder_is_whole(s, at("three"));
	store_close(s);
}

/* What stands in the folder before is only believed as far as it fits. */
static void a_spoilt_folder_before_does_no_harm(void **state)
{
	(void)state;
	struct store *s = east_with(10);
	struct err err = {0};
	good(mirror_write(s, at("one"), NULL, NULL, &err), &err);
	output_of("cp -r %s/one %s/cut; for f in %s/cut/*.belfry; do echo >>$f; done", scratch,
	    scratch, scratch);
	good(mirror_write(s, at("a"), at("cut"), NULL, &err), &err);
	assert_string_equal(differs("one", "a"), "");
	output_of("cp -r %s/one %s/less; rm %s/less/*.belfry", scratch, scratch, scratch);
	good(mirror_write(s, at("b"), at("less"), NULL, &err), &err);
	assert_string_equal(differs("one", "b"), "");
	output_of("mkdir %s/junk; echo hello >%s/junk/index.txt", scratch, scratch);
	good(mirror_write(s, at("c"), at("junk"), NULL, &err), &err);
	assert_string_equal(differs("one", "c"), "");
	good(mirror_write(s, at("d"), at("nowhere"), NULL, &err), &err);
	assert_string_equal(differs("one", "d"), "");
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(runs_follow_each_other),
	    cmocka_unit_test(news_are_in_short_runs),
	    cmocka_unit_test(only_the_tail_changes),
	    cmocka_unit_test(bad_indexes_are_refused),
	    cmocka_unit_test(too_many_journals_are_refused),
	    cmocka_unit_test(bad_lists_are_refused),
	    cmocka_unit_test_setup_teardown(
		a_folder_is_a_function_of_the_store, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(
		a_rebuild_writes_only_the_tail, scratch_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(
		a_spoilt_folder_before_does_no_harm, scratch_new, scratch_remove),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
