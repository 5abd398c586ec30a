/* SPDX-License-Identifier: Apache-2.0 */
/* Programs on a leash. */
#include "../store/fixture.h"

#include "net/pull_process.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

static struct buf out, talk;
static uint64_t grown; /* what size() says */

static uint64_t size(void *ctx)
{
	(void)ctx;
	return grown;
}

static uint64_t grow(void *ctx)
{
	(void)ctx;
	return grown += 100;
}

static int run(const char *script, uint64_t (*measure)(void *), struct err *err)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	const char *const env[] = {"PATH=/usr/bin:/bin", "COLOUR=blue", NULL};
	const struct process p = {.argv = argv,
	    .env = env,
	    .out_max = 100000,
	    .stall_s = 1,
	    .size = measure,
	    .size_max = 1000};
	buf_reset(&out);
	buf_reset(&talk);
	*err = (struct err){.code = ERR_NONE};
	return process_run(&p, &out, &talk, err);
}

static int setup(void **state)
{
	(void)state;
	out = talk = BUF_INIT;
	grown = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_release(&out);
	buf_release(&talk);
	return 0;
}

static void what_it_says_is_heard(void **state)
{
	(void)state;
	struct err err;
	good(run("echo $COLOUR; cat; echo well >&2", size, &err), &err);
	assert_string_equal(out.ptr, "blue\n");
	assert_string_equal(talk.ptr, "well\n");
}

/* Nothing of ours but what was given: neither settings nor open files. */
static void it_has_its_own_environment(void **state)
{
	(void)state;
	struct err err;
	setenv("GIT_SSH_COMMAND", "evil", 1);
	good(run("env | grep -c -v -e ^PATH -e ^COLOUR -e ^PWD -e ^SHLVL -e ^_=; ls /proc/$$/fd",
		 size, &err),
	    &err);
	assert_string_equal(out.ptr, "0\n0\n1\n2\n");
}

static void how_it_ends_is_told(void **state)
{
	(void)state;
	struct err err;
	refused(run("echo no >&2; exit 3", size, &err), ERR_PEER, &err, "sh failed");
	assert_string_equal(talk.ptr, "no\n");
	refused(run("kill -9 $$", size, &err), ERR_PEER, &err, "sh failed");
	const char *const argv[] = {"there-is-no-such-program", NULL};
	const struct process p = {.argv = argv, .env = argv + 1, .stall_s = 1, .size_max = 1000};
	refused(process_run(&p, &out, &talk, &err), ERR_IO, &err, "is it installed?");
}

static void what_stands_still_is_ended(void **state)
{
	(void)state;
	struct err err;
	time_t start = time(NULL);
	refused(run("sleep 30 & echo $!; wait", size, &err), ERR_IO, &err, "nothing has moved");
	assert_true(time(NULL) - start < 10);
	/* And what it had started. */
	pid_t child = (pid_t)strtol(out.ptr, NULL, 10);
	assert_true(child > 1);
	for (int i = 0; i < 100 && kill(child, 0) == 0; i++)
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	char path[64];
	snprintf(path, sizeof path, "/proc/%ld/stat", (long)child);
	struct buf stat = BUF_INIT;
	if (file_read(&stat, path, 4096, &err) == 0)
		assert_non_null(strstr(stat.ptr, ") Z")); /* nobody has buried it yet */
	buf_release(&stat);
}

static void slow_is_not_still(void **state)
{
	(void)state;
	struct err err;
	good(run("for i in 1 2 3; do sleep 0.5; echo $i; done", size, &err), &err);
	good(run("for i in 1 2 3; do sleep 0.5; echo $i >&2; done", size, &err), &err);
}

static void too_much_is_cut_off(void **state)
{
	(void)state;
	struct err err;
	refused(run("yes", size, &err), ERR_LIMIT, &err, "talks without end");
	assert_true(out.len < 200000);
	refused(run("yes >&2", size, &err), ERR_LIMIT, &err, "talks without end");
	assert_true(talk.len < 20000);
	refused(run("sleep 30", grow, &err), ERR_LIMIT, &err, "more than the 1000 bytes");
	grown = 1001; /* it was quicker than the watch */
	refused(run("true", size, &err), ERR_LIMIT, &err, "more than the 1000 bytes");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_it_says_is_heard),
	    TEST(it_has_its_own_environment),
	    TEST(how_it_ends_is_told),
	    TEST(what_stands_still_is_ended),
	    TEST(slow_is_not_still),
	    TEST(too_much_is_cut_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
