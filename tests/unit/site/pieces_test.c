/* SPDX-License-Identifier: Apache-2.0 */
#include "site/pieces.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static const char *const paths[PIECES_FILES] = {"rows.csv", "rows.json"};
static const struct digest version = {{1}}, shows = {{2}}, first = {{3}}, second = {{4}};

struct kept {
	char folder[32], out[64];
	struct tree tree;
};

static void write_file(const struct kept *k, const char *name, const char *text)
{
	struct buf path = BUF_INIT;
	struct err err;
	buf_printf(&path, "%s/%s", k->folder, name);
	assert_int_equal(file_write(path.ptr, str_from(text), 0644, &err), 0);
	buf_release(&path);
}

/* The tree of a build whose unit "rows" shows `unit_shows`. */
static void read_tree(struct kept *k, const struct digest *unit_shows)
{
	const struct unit unit = {.name = STR("rows"), .shows = *unit_shows};
	const struct state none = {.n = 0};
	struct buf path = BUF_INIT;
	struct err err;
	buf_printf(&path, "%s/state", k->folder);
	state_release(&k->tree.old);
	assert_int_equal(state_write(path.ptr, &none, &none, &unit, 1, &err), 0);
	assert_true(state_read(&k->tree.old, path.ptr));
	buf_release(&path);
}

/* A build with two pieces: "12" and "3" of the one file, "ab" and "cde" of the other. */
static int set_up(void **state)
{
	struct kept *k = calloc(1, sizeof *k);
	struct rope csv = ROPE_INIT, json = ROPE_INIT;
	struct rope *const out[] = {&csv, &json};
	struct pieces p;
	struct err err;
	snprintf(k->folder, sizeof k->folder, "/tmp/belfry-pieces-XXXXXX");
	assert_non_null(mkdtemp(k->folder));
	snprintf(k->out, sizeof k->out, "%s/site", k->folder);
	k->tree = (struct tree){.out = k->out, .version = version, .path = BUF_INIT};
	buf_puts(&k->tree.path, k->folder);
	k->tree.before = open(k->folder, O_RDONLY | O_DIRECTORY);
	assert_true(k->tree.before >= 0);
	snprintf(k->out, sizeof k->out, "%s/site.d", k->folder);
	assert_int_equal(file_mkdirs(k->out, 0755, &err), 0);
	snprintf(k->out, sizeof k->out, "%s/site", k->folder);
	pieces_open(&p, &k->tree, "kept", "rows", paths);
	assert_false(pieces_copy(&p, &first, out));
	buf_puts(&csv.made, "head");
	const size_t begin[] = {rope_len(&csv), rope_len(&json)};
	buf_puts(&csv.made, "12");
	buf_puts(&json.made, "ab");
	pieces_add(&p, &first, begin, out);
	const size_t next[] = {rope_len(&csv), rope_len(&json)};
	buf_puts(&csv.made, "3");
	buf_puts(&json.made, "cde");
	pieces_add(&p, &second, next, out);
	write_file(k, paths[0], csv.made.ptr);
	write_file(k, paths[1], json.made.ptr);
	pieces_save(&p, &shows);
	pieces_release(&p);
	rope_release(&csv);
	rope_release(&json);
	read_tree(k, &shows);
	*state = k;
	return 0;
}

static int tear_down(void **state)
{
	struct kept *k = *state;
	struct err ignored;
	state_release(&k->tree.old);
	buf_release(&k->tree.path);
	close(k->tree.before);
	file_remove_tree(k->folder, &ignored);
	free(k);
	return 0;
}

static bool append(void *ctx, struct str bytes)
{
	buf_add(ctx, bytes);
	return true;
}

static void assert_rope(const struct rope *r, const char *text)
{
	struct buf all = BUF_INIT;
	assert_true(rope_each(r, append, &all));
	assert_int_equal(all.len, rope_len(r));
	assert_string_equal(all.ptr, text ? text : "");
	buf_release(&all);
}

static void copied(struct kept *k, const struct digest *key, const char *csv, const char *json)
{
	struct rope a = ROPE_INIT, b = ROPE_INIT;
	struct rope *const out[] = {&a, &b};
	struct pieces p;
	pieces_open(&p, &k->tree, "kept", "rows", paths);
	assert_int_equal(pieces_copy(&p, key, out), csv != NULL);
	assert_rope(&a, csv);
	assert_rope(&b, json);
	rope_release(&a);
	rope_release(&b);
	pieces_release(&p);
}

static void pieces_are_copied(void **state)
{
	static const struct digest other = {{9}};
	copied(*state, &first, "12", "ab");
	copied(*state, &second, "3", "cde");
	copied(*state, &other, NULL, NULL);
}

/* Those of a build that failed afterwards, or of another program. */
static void pieces_of_another_build_are_refused(void **state)
{
	struct kept *k = *state;
	read_tree(k, &first);
	copied(k, &first, NULL, NULL);
	read_tree(k, &shows);
	copied(k, &first, "12", "ab");
	k->tree.version.bytes[0]++;
	copied(k, &first, NULL, NULL);
}

static void damaged_pieces_are_refused(void **state)
{
	struct kept *k = *state;
	struct buf bytes = BUF_INIT, path = BUF_INIT;
	struct err err;
	buf_printf(&path, "%s.d/kept", k->out);
	assert_int_equal(file_read(&bytes, path.ptr, 4096, &err), 0);
	for (size_t i = 0; i < bytes.len; i++) {
		bytes.ptr[i] ^= 1;
		assert_int_equal(file_write(path.ptr, buf_str(&bytes), 0644, &err), 0);
		copied(k, &first, NULL, NULL);
		bytes.ptr[i] ^= 1;
		struct str cut = str_sub(buf_str(&bytes), 0, i);
		assert_int_equal(file_write(path.ptr, cut, 0644, &err), 0);
		copied(k, &first, NULL, NULL);
	}
	buf_release(&bytes);
	buf_release(&path);
}

static void pieces_of_cut_files_are_refused(void **state)
{
	write_file(*state, paths[1], "abc");
	copied(*state, &first, NULL, NULL);
}

/* Of what is read only as much is held as is handed on at once. */
static void ropes_are_long(void **state)
{
	const struct kept *k = *state;
	enum { LONG = 300 * 1000, SHORT = 7 };
	struct rope r = ROPE_INIT;
	struct buf long_text = BUF_INIT, all = BUF_INIT;
	for (size_t i = 0; i < LONG; i++)
		buf_putc(&long_text, (char)('a' + i % 23));
	write_file(k, "long", long_text.ptr);
	int fd = openat(k->tree.before, "long", O_RDONLY);
	for (size_t i = 0; i < 3; i++) {
		buf_puts(&r.made, "<");
		rope_borrow_file(&r, fd, i, LONG - 2 * i);
		rope_borrow_file(&r, fd, LONG - SHORT, SHORT);
		buf_puts(&r.made, ">");
		rope_borrow(&r, str_sub(buf_str(&long_text), 0, i ? LONG : SHORT));
		buf_putc(&all, '<');
		buf_add(&all, str_sub(buf_str(&long_text), i, LONG - 2 * i));
		buf_add(&all, str_sub(buf_str(&long_text), LONG - SHORT, SHORT));
		buf_putc(&all, '>');
		buf_add(&all, str_sub(buf_str(&long_text), 0, i ? LONG : SHORT));
	}
	assert_rope(&r, all.ptr);
	rope_borrow_file(&r, fd, LONG - 1, 2); /* it ends before */
	buf_reset(&all);
	assert_false(rope_each(&r, append, &all));
	assert_int_equal(errno, EIO);
	close(fd);
	rope_release(&r);
	buf_release(&all);
	buf_release(&long_text);
}

int main(void)
{
#define WITH_KEPT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    WITH_KEPT(pieces_are_copied),
	    WITH_KEPT(pieces_of_another_build_are_refused),
	    WITH_KEPT(damaged_pieces_are_refused),
	    WITH_KEPT(pieces_of_cut_files_are_refused),
	    WITH_KEPT(ropes_are_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
