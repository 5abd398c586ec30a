/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a site is written over one that nobody sees any more, and never over what somebody reads.
 */
#include "site/output.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

struct kept {
	char folder[40], out[64], page[80], other[96];
	unsigned rest_s;
};

static int set_up(void **state)
{
	struct kept *k = calloc(1, sizeof *k);
	snprintf(k->folder, sizeof k->folder, "/tmp/belfry-output-XXXXXX");
	assert_non_null(mkdtemp(k->folder));
	snprintf(k->out, sizeof k->out, "%s/site", k->folder);
	snprintf(k->page, sizeof k->page, "%s/page.html", k->out);
	snprintf(k->other, sizeof k->other, "%s/more/other.html", k->out);
	*state = k;
	return 0;
}

static int tear_down(void **state)
{
	struct kept *k = *state;
	struct err err;
	assert_int_equal(file_remove_tree(k->folder, &err), 0);
	free(k);
	return 0;
}

static void write_page(struct output *o, const char *name, struct str first, struct str second)
{
	struct rope bytes = ROPE_INIT;
	struct err err = {0};
	rope_borrow(&bytes, first);
	rope_borrow(&bytes, second);
	assert_int_equal(
	    second.len ? output_rope(o, name, &bytes, &err) : output_file(o, name, first, &err), 0);
	rope_release(&bytes);
}

/* A site of perhaps more/other.html, and of page.html, in two pieces where there is a second. */
static void build_both(const struct kept *k, struct str first, struct str second, const char *other)
{
	struct tree t = {.folder = -1, .before = -1, .rest_s = k->rest_s};
	struct output o;
	const struct output *const hands[] = {&o};
	struct err err = {0};
	assert_int_equal(tree_begin(&t, k->out, false, &err), 0);
	output_init(&o, &t);
	output_keep_jobs(&o, NULL, 0, NULL);
	if (other)
		write_page(&o, "more/other.html", str_from(other), STR_EMPTY);
	write_page(&o, "page.html", first, second);
	assert_int_equal(tree_settle(&t, &err), 0);
	assert_int_equal(tree_finish(&t, hands, 1, &err), 0);
	output_release(&o);
	tree_release(&t);
}

static void build(const struct kept *k, struct str first, struct str second)
{
	build_both(k, first, second, NULL);
}

static void assert_holds(const char *path, const char *text)
{
	struct buf b = BUF_INIT;
	struct err err;
	assert_int_equal(file_read(&b, path, 1 << 20, &err), 0);
	assert_string_equal(b.ptr, text);
	buf_release(&b);
}

static void assert_shows(const struct kept *k, const char *text)
{
	assert_holds(k->page, text);
}

static ino_t inode_of(const char *path)
{
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void a_page_nobody_sees_any_more_is_written_over(void **state)
{
	const struct kept *k = *state;
	ino_t was[4];
	static const char *const pages[] = {"one", "the second", "three", "4"};
	for (size_t i = 0; i < 4; i++) {
		build(k, str_from(pages[i]), STR_EMPTY);
		assert_shows(k, pages[i]);
		was[i] = inode_of(k->page);
	}
	assert_int_not_equal(was[1], was[2]);
	assert_int_equal(was[1], was[3]);
}

static void what_has_changed_before_lends_its_file_to_another(void **state)
{
	const struct kept *k = *state;
	build_both(k, STR("one"), STR_EMPTY, "first");
	ino_t lent = inode_of(k->page);
	build_both(k, STR("two"), STR_EMPTY, "first");
	build_both(k, STR("two"), STR_EMPTY, "the second");
	assert_int_equal(inode_of(k->other), lent);
	assert_shows(k, "two");
	assert_holds(k->other, "the second");
	build_both(k, STR("three"), STR_EMPTY, "the second");
	assert_shows(k, "three");
	assert_holds(k->other, "the second");
}

static void what_is_gone_leaves_no_folder_when_its_file_was_lent(void **state)
{
	const struct kept *k = *state;
	char folder[80];
	snprintf(folder, sizeof folder, "%s/more", k->out);
	build_both(k, STR("one"), STR_EMPTY, "first");
	ino_t lent = inode_of(k->other);
	build_both(k, STR("one"), STR_EMPTY, "the second");
	assert_true(file_exists(folder));
	build(k, STR("two"), STR_EMPTY);
	assert_int_equal(inode_of(k->page), lent);
	assert_false(file_exists(folder));
}

/* cp -al, say. */
static void what_has_another_name_is_left_alone(void **state)
{
	const struct kept *k = *state;
	char copy[80];
	snprintf(copy, sizeof copy, "%s/copy", k->folder);
	build_both(k, STR("one"), STR_EMPTY, "first");
	build_both(k, STR("two"), STR_EMPTY, "first");
	assert_int_equal(link(k->page, copy), 0);
	for (const char *text = "aaaa"; *text; text++) {
		build_both(k, str_from(text), STR_EMPTY, text);
		assert_holds(copy, "two");
	}
}

static void who_reads_an_old_page_reads_it_to_its_end(void **state)
{
	const struct kept *k = *state;
	char text[16] = "";
	build(k, STR("one"), STR_EMPTY);
	build(k, STR("two"), STR_EMPTY);
	int reader = open(k->page, O_RDONLY);
	assert_true(reader >= 0);
	build(k, STR("three"), STR_EMPTY);
	build(k, STR("four"), STR_EMPTY);
	assert_shows(k, "four");
	assert_int_equal(read(reader, text, sizeof text), 3);
	assert_string_equal(text, "two");
	close(reader);
}

/* sendfile(2) reads from the file until the visitor has it all; the server has closed it by then.
 */
static void what_was_sent_a_moment_ago_arrives_as_it_was(void **state)
{
	struct kept *k = *state;
	char text[16] = "";
	int ends[2];
	k->rest_s = 60;
	build(k, STR("one"), STR_EMPTY);
	build(k, STR("two"), STR_EMPTY);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	int page = open(k->page, O_RDONLY);
	assert_true(page >= 0);
	assert_int_equal(sendfile(ends[0], page, NULL, 3), 3);
	close(page);
	build(k, STR("three"), STR_EMPTY);
	build(k, STR("four"), STR_EMPTY);
	assert_int_equal(read(ends[1], text, sizeof text), 3);
	assert_string_equal(text, "two");
	close(ends[0]);
	close(ends[1]);
	/* Once it has rested it is written over as any. */
	const struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	ino_t rested = inode_of(k->page);
	build(k, STR("five"), STR_EMPTY);
	assert_int_equal(utimensat(AT_FDCWD, k->out, long_ago, AT_SYMLINK_NOFOLLOW), 0);
	build(k, STR("six"), STR_EMPTY);
	assert_int_equal(inode_of(k->page), rested);
}

/* What differs is somewhere, and it may end sooner or later. */
/* A first site is laid out twice, by as many threads as there are. */
static void what_many_texts_have_is_laid_out_once(void **state)
{
	const struct kept *k = *state;
	enum { TEXTS = 300 };
	static const struct digest none;
	struct buf from = BUF_INIT;
	struct err err = {0};
	buf_printf(&from, "%s/map", k->folder);
	assert_int_equal(file_write(from.ptr, STR("a map"), 0644, &err), 0);
	for (int round = 0; round < 10; round++) {
		char out[64], path[96], name[32];
		struct tree t = {.folder = -1, .before = -1};
		struct output o;
		const struct output *const hands[] = {&o};
		snprintf(out, sizeof out, "%.40s/first%d", k->folder, round);
		assert_int_equal(tree_begin(&t, out, false, &err), 0);
		output_init(&o, &t);
		output_keep_jobs(&o, NULL, 0, NULL);
		for (int i = 0; i < TEXTS; i++) {
			snprintf(name, sizeof name, "text%d", i);
			output_begin(&o, str_from(name), &none);
			assert_int_equal(output_link(&o, "local/1/map.pdf", from.ptr, &err), 0);
			output_end(&o);
		}
		assert_int_equal(tree_settle(&t, &err), 0);
		assert_int_equal(tree_finish(&t, hands, 1, &err), 0);
		output_release(&o);
		tree_release(&t);
		snprintf(path, sizeof path, "%s.d/b/local/1/map.pdf", out);
		assert_holds(path, "a map");
	}
	buf_release(&from);
}

static void a_long_file_becomes_what_it_is_to_be(void **state)
{
	const struct kept *k = *state;
	enum { LONG = 300 * 1000 };
	char *all = malloc(LONG + 1);
	static const size_t lengths[] = {LONG, LONG, LONG - 9, LONG, LONG / 2, 20, LONG};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		size_t n = lengths[i];
		memset(all, 'a', n);
		all[i * 40000 % n] = (char)('A' + i);
		all[n] = 0;
		build(k, str_of(all, n / 3), str_of(all + n / 3, n - n / 3));
		assert_shows(k, all);
	}
	free(all);
}

static void one_waits_no_longer_than_it_may(void **state)
{
	const struct kept *k = *state;
	const atomic_bool yes = true;
	char folder[80];
	struct err err = {0};
	int lock;
	build(k, STR("one"), STR_EMPTY);
	snprintf(folder, sizeof folder, "%s.d", k->out);
	int other = open(folder, O_RDONLY | O_DIRECTORY);
	assert_true(other >= 0);
	assert_int_equal(flock(other, LOCK_EX), 0);
	assert_int_equal(tree_lock(&lock, k->out, &yes, &err), ERR_BUSY);
	assert_int_equal(lock, -1);
	assert_int_equal(close(other), 0);
	assert_int_equal(tree_lock(&lock, k->out, NULL, &err), 0);
	tree_unlock(lock, k->out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_page_nobody_sees_any_more_is_written_over, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		what_has_changed_before_lends_its_file_to_another, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		who_reads_an_old_page_reads_it_to_its_end, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		what_many_texts_have_is_laid_out_once, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_long_file_becomes_what_it_is_to_be, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		what_is_gone_leaves_no_folder_when_its_file_was_lent, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(what_has_another_name_is_left_alone, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(one_waits_no_longer_than_it_may, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		what_was_sent_a_moment_ago_arrives_as_it_was, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
