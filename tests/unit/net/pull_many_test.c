/* SPDX-License-Identifier: Apache-2.0 */
/* Several addresses, of which some are dead, silent or slow. */
#include "mirror.h"
#include "net/pull.h"
#include "net/pull_hosts.h"

#include <time.h>

enum { STALL_S = 1, TOLD_MAX = 8, TICK_MS = 50 };

static struct web quick, other;
static struct told {
	char url[128];
	bool is_put_off;
	int code;
	uint64_t entries;
} told[TOLD_MAX];
static size_t ntold;
static size_t tick_bytes; /* what a slow host sends every TICK_MS; 0: it is not slow any more */
static bool is_let_go; /* it is quick once another address was told of */

static void note(void *ctx, const char *url, const struct pull_report *r, const struct err *why)
{
	(void)ctx;
	assert_true(ntold < TOLD_MAX);
	struct told *t = &told[ntold++];
	*t = (struct told){.is_put_off = r->is_put_off, .code = why->code, .entries = r->entries};
	snprintf(t->url, sizeof t->url, "%s", url);
	if (is_let_go && ntold > 1)
		tick_bytes = 0;
}

static void was_told(size_t i, const char *url, int code, bool is_put_off, uint64_t entries)
{
	assert_true(i < ntold);
	assert_string_equal(told[i].url, url);
	assert_int_equal(told[i].code, code);
	assert_int_equal(told[i].is_put_off, is_put_off);
	assert_int_equal(told[i].entries, entries);
}

static void pull_these(const char *const *urls, size_t n)
{
	ntold = 0;
	pull_many(
	    &(struct pull_options){.dir = at("edge"), .stall_s = STALL_S}, urls, n, note, NULL);
}

/* It takes the connection and says nothing until that is given up. */
static void silence(struct web *w, int fd, const char *path, long range)
{
	char byte;
	(void)w;
	(void)path;
	(void)range;
	while (recv(fd, &byte, 1, 0) > 0)
		;
}

/* A large body in drops. */
static void drops(struct web *w, int fd, const char *path, long range)
{
	static const char zeros[4096];
	if (!tick_bytes) {
		from_disk(w, fd, path, range);
		return;
	}
	web_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n");
	for (size_t sent = 0; sent < 60000 && tick_bytes; sent += tick_bytes) {
		web_bytes(fd, zeros, tick_bytes);
		nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000L}, NULL);
	}
}

static int begin(web_answer how)
{
	web_start(&quick, from_disk, NULL);
	web_start(&other, how, NULL);
	return 0;
}

static void end(void)
{
	web_stop(&quick);
	web_stop(&other);
}

static json_t *host_of(const char *url)
{
	json_t *list = hosts_json(at("edge")), *one, *found = NULL;
	size_t i;
	json_array_foreach(list, i, one)
	{
		if (str_is(json_get_text(one, "address"), url))
			found = json_incref(one);
	}
	json_decref(list);
	assert_non_null(found);
	return found;
}

static void who_does_not_answer_holds_nobody_up(void **state)
{
	(void)state;
	static const char dead[] = "http://127.0.0.1:1";
	begin(silence);
	pull_these((const char *const[]){other.url, dead, quick.url}, 3);
	assert_int_equal(ntold, 4);
	was_told(0, other.url, ERR_IO, true, 0);
	was_told(1, dead, ERR_IO, false, 0);
	was_told(2, quick.url, 0, false, 14);
	was_told(3, other.url, ERR_IO, false, 0);
	assert_int_equal(other.nseen, 1); /* it was not asked again */

	json_t *silent = host_of(other.url), *good = host_of(quick.url);
	assert_int_equal(json_get_int(silent, "worked"), 0);
	assert_true(json_get_int(silent, "tried") > 0);
	assert_non_null(strstr(json_get_text(silent, "last_reason").ptr, "stands still"));
	assert_true(json_get_int(good, "worked") > 0);
	assert_string_equal(json_get_text(good, "last_reason").ptr, "");
	json_decref(silent);
	json_decref(good);
	end();
}

/* Where none has worked there is nothing better to do than to wait for it. */
static void a_silent_one_is_asked_again_where_all_failed(void **state)
{
	(void)state;
	static const char dead[] = "http://127.0.0.1:1";
	begin(silence);
	pull_these((const char *const[]){other.url, dead}, 2);
	assert_int_equal(ntold, 3);
	was_told(0, other.url, ERR_IO, true, 0);
	was_told(2, other.url, ERR_IO, false, 0);
	assert_int_equal(other.nseen, 2);
	end();
}

/* The slow one goes on at the end. */
static void is_put_off_at(size_t bytes)
{
	tick_bytes = bytes;
	is_let_go = true;
	pull_these((const char *const[]){other.url, quick.url}, 2);
	assert_int_equal(ntold, 3);
	was_told(0, other.url, ERR_IO, true, 0);
	was_told(1, quick.url, 0, false, 14);
	was_told(2, other.url, 0, false, 0);
}

static void a_trickle_goes_on_at_the_end(void **state)
{
	(void)state;
	begin(drops);
	is_put_off_at(5); /* 100 bytes a second: enough where nobody waits */
	end();
}

/* 4 KB a second are much, until another is known to bring a hundred. */
static void slow_is_who_is_slower_than_another(void **state)
{
	(void)state;
	begin(drops);
	hosts_note(at("edge"), &(struct host_trial){quick.url, 1, "", 100000});
	is_put_off_at(200);
	end();
}

static void one_alone_has_time(void **state)
{
	(void)state;
	begin(drops);
	tick_bytes = 1500; /* 60000 zeros in 2 s, which are no index */
	is_let_go = false;
	pull_these((const char *const[]){other.url}, 1);
	assert_int_equal(ntold, 1);
	was_told(0, other.url, ERR_SYNTAX, false, 0);
	end();
}

static void what_is_remembered_is_bounded(void **state)
{
	(void)state;
	for (int i = 0; i < 3 * HOSTS_MAX; i++) {
		char url[32];
		snprintf(url, sizeof url, "http://host-%d", i);
		hosts_note(at("edge"), &(struct host_trial){url, 100 + i, "why", 0});
	}
	hosts_note(at("edge"), &(struct host_trial){"http://host-47", 500, "", 77});
	json_t *all = hosts_json(at("edge")), *one = host_of("http://host-47");
	assert_int_equal(json_array_size(all), HOSTS_MAX);
	assert_int_equal(json_get_int(one, "worked"), 500);
	assert_int_equal(hosts_rate(at("edge"), "http://host-47"), 77);
	assert_int_equal(hosts_rate(at("edge"), "http://host-1"), 0);
	json_decref(all);
	json_decref(one);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(who_does_not_answer_holds_nobody_up),
	    TEST(a_silent_one_is_asked_again_where_all_failed),
	    TEST(a_trickle_goes_on_at_the_end),
	    TEST(slow_is_who_is_slower_than_another),
	    TEST(one_alone_has_time),
	    TEST(what_is_remembered_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
