/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what cannot be flushed is never taken for done. */
#include "site/output.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

/* One change, of a file that is not in the folder. */
static void change(struct tree *t)
{
	*t = (struct tree){.folder = open(".", O_RDONLY | O_DIRECTORY), .has_old = true};
	buf_puts(&t->path, ".");
	state_put_file(&t->changes, &(struct state_file){.path = STR("no-such/a.html")});
	t->nchanges = 1;
	assert_true(t->folder >= 0);
}

static void release(struct tree *t)
{
	close(t->folder);
	buf_release(&t->path);
	buf_release(&t->changes);
}

static void a_file_that_is_gone_needs_none(void **state)
{
	struct tree t;
	struct err err = {.code = ERR_NONE};
	(void)state;
	change(&t);
	tree_flush_begin(&t);
	assert_int_equal(tree_flush(&t, &err), 0);
	release(&t);
}

static void one_that_does_not_open_is_a_failure(void **state)
{
	struct tree t;
	struct err err = {.code = ERR_NONE};
	struct rlimit were;
	(void)state;
	change(&t);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &were), 0);
	const struct rlimit none = {.rlim_cur = 0, .rlim_max = were.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	tree_flush_begin(&t);
	int bad = tree_flush(&t, &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &were), 0);
	assert_int_equal(bad, ERR_IO);
	assert_non_null(strstr(err.msg, strerror(EMFILE)));
	release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_that_is_gone_needs_none),
	    cmocka_unit_test(one_that_does_not_open_is_a_failure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
