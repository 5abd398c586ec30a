/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: what commands get, what nonsense gets, and what happens without a daemon.
 */
#include "one_hub.h"

#include "net/control_socket.h"

#include <sys/resource.h>
#include <sys/stat.h>

static void test_ping_and_mode(void **state)
{
	(void)state;
	struct stat st;
	char path[PATH_MAX + 16];
	json_t *reply = ask(&hub, json_pack("{s:s}", "op", "ping"));
	assert_int_equal(json_get_int(reply, "pid"), hub.pid);
	json_decref(reply);
	snprintf(path, sizeof path, "%s/control", hub.dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_status(void **state)
{
	(void)state;
	json_t *v = ask(&hub, json_pack("{s:s}", "op", "status"));
	const json_t *daemon = json_object_get(v, "daemon"), *store = json_object_get(v, "store");
	assert_string_equal(
	    json_text(json_array_get(json_object_get(daemon, "listening"), 0)).ptr, hub.address);
	assert_string_equal(json_get_text(store, "network").ptr, network.text);
	assert_string_equal(json_get_text(store, "hub").ptr, "central");
	assert_int_equal(json_get_int(json_object_get(store, "charter"), "version"), 1);
	assert_int_equal(json_array_size(json_object_get(store, "hubs")), 3);
	assert_true(json_is_true(json_object_get(store, "is_writable")));
	json_decref(v);
}

static void ask_badly(json_t *request, enum err_code code, const char *says)
{
	json_t *reply;
	struct err err = {0};
	refused(control_call(hub.dir, request, &reply, &err), code, &err, says);
	assert_null(reply);
	json_decref(request);
}

static void test_refusals(void **state)
{
	(void)state;
	ask_badly(json_pack("{s:s}", "op", "fly"), ERR_SYNTAX, "fly");
	ask_badly(json_string("ping"), ERR_SYNTAX, "operation");
	ask_badly(json_pack("{s:s, s:s}", "op", "sync", "peer", "../x"), ERR_SYNTAX, "no name");
	/* An error of the operation itself comes through with its code. */
	ask_badly(json_pack("{s:s, s:s}", "op", "charter", "bundle", "!"), ERR_SYNTAX, "base64");
	ask_badly(json_pack("{s:s, s:s, s:s}", "op", "accept", "id", "0123", "review", ""),
	    ERR_MISSING, "0123");
}

/* Bytes as they are; what comes back, or "" when the daemon just hangs up. */
static struct str send_bytes(struct str bytes)
{
	static char answer[4096];
	struct err err = {0};
	size_t n = 0;
	int fd;
	good(control_connect(&fd, hub.dir, &err), &err);
	assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
	for (;;) {
		ssize_t got = read(fd, answer + n, sizeof answer - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	close(fd);
	return str_of(answer, n);
}

static bool has(struct str s, const char *words)
{
	return memmem(s.ptr, s.len, words, strlen(words)) != NULL;
}

static void test_nonsense(void **state)
{
	(void)state;
	assert_true(has(send_bytes(STR("\xff\xff\xff\xff")), "\"limit\""));
	assert_true(has(send_bytes(STR("\0\0\0\0")), "\"syntax\""));
	assert_true(has(send_bytes(STR("\0\0\0\2{]")), "\"syntax\""));
	/* Two requests where one is allowed: no answer to the second. */
	assert_int_equal(
	    send_bytes(STR("\0\0\0\x0d{\"op\":\"ping\"}\0\0\0\x0d{\"op\":\"ping\"}")).len > 0, 1);
	ask_badly(json_pack("{s:s}", "op", "fly"), ERR_SYNTAX, "fly");
}

/* Whoever leaves before the answer harms nobody. */
static void test_leaves_early(void **state)
{
	(void)state;
	static const char *const requests[] = {"{\"op\":\"status\"}",
	    "{\"op\":\"sync\",\"timeout\":60}", "{\"op\":\"config\",\"key\":\"belfry.x\"}"};
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		struct buf out = BUF_INIT;
		struct err err = {0};
		int fd;
		buf_ssh_string(&out, str_from(requests[i]));
		good(control_connect(&fd, hub.dir, &err), &err);
		assert_int_equal(write(fd, out.ptr, out.len), out.len);
		close(fd);
		good(control_connect(&fd, hub.dir, &err), &err);
		assert_int_equal(write(fd, out.ptr, 7), 7); /* and in the middle */
		close(fd);
		buf_release(&out);
	}
	json_decref(ask(&hub, json_pack("{s:s}", "op", "ping")));
}

/* A path far longer than a unix address. */
static void test_long_path(void **state)
{
	(void)state;
	char name[400] = "";
	for (int i = 0; i < 3; i++)
		strcat(
		    name, "a-folder-with-a-name-that-is-longer-than-most-are-and-then-some-more/");
	strcat(name, "edge");
	make_edge(name, true);
	struct process p = start_as(name, true);
	json_decref(ask(&p, json_pack("{s:s}", "op", "ping")));
	stop(&p);
}

static void test_second_daemon(void **state)
{
	(void)state;
	struct err err = {0};
	refused(sync_once("central", NULL, 1000, &err), ERR_BUSY, &err, "in use by process");
}

static json_t *setting(const char *value)
{
	return json_pack("{s:s, s:s, s:s}", "op", "config", "key", "belfry.x", "value", value);
}

static void test_or_run(void **state)
{
	(void)state;
	struct err err = {0};
	struct store *s;
	json_t *reply, *request = setting("here");
	make_edge("laptop", true);
	/* Nobody listens: done in place. */
	good(control_or_run(at("laptop"), request, &reply, &err), &err);
	json_decref(reply);
	/* Somebody holds the store and does not listen: busy, after a moment. */
	good(store_open(&s, at("laptop"), STORE_WRITE, &err), &err);
	refused(control_or_run(at("laptop"), request, &reply, &err), ERR_BUSY, &err, "in use");
	store_close(s);
	/* No store at all. */
	refused(
	    control_or_run(at("nothing"), request, &reply, &err), ERR_MISSING, &err, "no store");
	/* The daemon does it; its "missing" is not taken for no daemon. */
	good(control_or_run(hub.dir, request, &reply, &err), &err);
	json_decref(reply);
	json_decref(request);
	request = json_pack("{s:s, s:s, s:s}", "op", "accept", "id", "0123", "review", "");
	refused(control_or_run(hub.dir, request, &reply, &err), ERR_MISSING, &err, "0123");
	json_decref(request);
}

static void test_stop(void **state)
{
	(void)state;
	int status;
	make_edge("laptop", true);
	struct process p = start_as("laptop", true);
	json_decref(ask(&p, json_pack("{s:s}", "op", "stop")));
	assert_int_equal(waitpid(p.pid, &status, 0), p.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_false(control_is_up(p.dir));
}

/* The disk is full: nothing more is taken in, reading goes on, and status says so. */
static void test_disk_full(void **state)
{
	(void)state;
	struct store *s = net_store("east", "east", EAST, true);
	struct local_state l, nothing = {.charter = 0};
	const struct rlimit none = {0, 0};
	struct session_want want;
	assert_int_equal(prlimit(hub.pid, RLIMIT_FSIZE, &none, NULL), 0);
	store_state(s, &l);
	struct raw r = raw_new(&hub, EAST, "east", network.text, &l);
	assert_true(raw_until(&r, SESSION_ENTRIES)); /* what it has, it still gives */
	assert_true(session_want(r.s, &want));
	struct wires *w = wires_new(s, "east", 1);
	session_put_entries(r.s, "east", 1, w->entries, 1);
	raw_until(&r, SESSION_CLOSED);
	assert_non_null(strstr(r.why, "this side cannot write its store"));
	raw_free(&r);
	wires_free(w);
	store_close(s);
	json_t *v = ask(&hub, json_pack("{s:s}", "op", "status"));
	assert_true(json_is_false(json_object_get(json_object_get(v, "store"), "is_writable")));
	json_decref(v);
	r = raw_new(&hub, 0x55, "", network.text, &nothing);
	assert_true(raw_until(&r, SESSION_CHARTER));
	raw_free(&r);
}

int main(void)
{
#define CONTROL(test) cmocka_unit_test_setup_teardown(test, hub_start, hub_stop)
	const struct CMUnitTest tests[] = {
	    CONTROL(test_ping_and_mode),
	    CONTROL(test_status),
	    CONTROL(test_refusals),
	    CONTROL(test_nonsense),
	    CONTROL(test_leaves_early),
	    CONTROL(test_long_path),
	    CONTROL(test_second_daemon),
	    CONTROL(test_or_run),
	    CONTROL(test_stop),
	    CONTROL(test_disk_full),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
