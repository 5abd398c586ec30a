/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Daemons among themselves: what one publishes the others come to hold, whoever dials whom, and
 * whatever ends in between.
 */
#include "fixture.h"

static void test_two_hubs(void **state)
{
	(void)state;
	make_hub("central", CENTRAL_HUB);
	make_hub("east", EAST);
	struct process central = start("central"), east = start("east");
	add_peer(&east, "central", central.address);
	UNTIL(held(&central, "east") == 1 && held(&east, "central") == 1);
	publish_news(&east, EAST, "ke-mombasa", "first");
	UNTIL(held(&central, "east") == 2);
	UNTIL(peer_is(&central, "east", "connected"));
	json_t *o = peer_of(&central, "east");
	assert_true(json_get_int(o, "bytes_in") > 0);
	assert_int_equal(json_get_int(o, "entries_in"), 2);
	assert_int_equal(json_get_int(o, "entries_out"), 1);
	json_decref(o);
	stop(&east);
	UNTIL(peer_is(&central, "east", "gone"));
	assert_true(peer_ended(&central, "east", "the program ends"));
	stop(&central);
}

/* An edge without the charter, behind a hub that only relays. */
static void test_relay_and_newcomer(void **state)
{
	(void)state;
	make_hub("central", CENTRAL_HUB);
	make_hub("east", EAST);
	make_edge("laptop", false);
	struct process central = start("central"), east = start("east"),
		       laptop = start_as("laptop", true);
	add_peer(&east, "central", central.address);
	add_peer(&laptop, "home", central.address);
	UNTIL(held(&laptop, "east") == 1 && held(&laptop, "central") == 1);
	publish_news(&east, EAST, "ke-mombasa", "first");
	UNTIL(held(&laptop, "east") == 2);
	assert_true(peer_is(&laptop, "home", "connected"));
	stop(&laptop);
	stop(&east);
	stop(&central);
}

/* Both dial: one link is left, and it carries both ways. */
static void test_both_dial(void **state)
{
	(void)state;
	make_hub("east", EAST);
	make_hub("west", WEST);
	struct process east = start("east"), west = start("west");
	add_peer(&east, "west", west.address);
	add_peer(&west, "east", east.address);
	UNTIL(held(&east, "west") == 1 && held(&west, "east") == 1);
	publish_news(&east, EAST, "ke-mombasa", "first");
	publish_news(&west, WEST, "sn-dakar", "first");
	UNTIL(held(&east, "west") == 2 && held(&west, "east") == 2);
	UNTIL(peer_is(&east, "west", "connected") && peer_is(&west, "east", "connected"));
	pause_ms(1500); /* whoever lost tries again after 250 to 750 ms */
	assert_true(peer_is(&east, "west", "connected") && peer_is(&west, "east", "connected"));
	assert_string_equal(output_of("grep -c 'another link is open' %s.log", east.dir),
	    output_of("grep -c 'another link is open' %s.log", west.dir));
	assert_true(strtol(output_of("grep -c ': connected' %s.log", east.dir), NULL, 10) <= 3);
	stop(&east);
	stop(&west);
}

static void test_hub_that_comes_back(void **state)
{
	(void)state;
	make_hub("central", CENTRAL_HUB);
	make_hub("east", EAST);
	struct process central = start("central"), east = start("east");
	char address[ADDRESS_TEXT_BYTES];
	snprintf(address, sizeof address, "%s", central.address);
	add_peer(&east, "central", address);
	UNTIL(held(&east, "central") == 1);
	kill(central.pid, SIGKILL);
	waitpid(central.pid, NULL, 0);
	UNTIL(!peer_is(&east, "central", "connected"));
	publish_news(&east, EAST, "ke-mombasa", "first");
	struct err err = {0};
	json_t *none;
	assert_int_equal(control_call(central.dir, json_null(), &none, &err), ERR_MISSING);
	central = start("central"); /* its old socket and `listening` are in the way of nothing */
	add_peer(&east, "central", central.address);
	UNTIL(held(&central, "east") == 2);
	stop(&east);
	stop(&central);
	assert_false(file_exists(output_of("printf %%s/control %s", central.dir)));
	assert_false(file_exists(output_of("printf %%s/listening %s", central.dir)));
}

static void test_new_charter(void **state)
{
	(void)state;
	make_hub("central", CENTRAL_HUB);
	make_hub("east", EAST);
	struct process central = start("central"), east = start("east");
	add_peer(&east, "central", central.address);
	UNTIL(held(&east, "central") == 1);
	struct bundle *b =
	    bundle_new(with_links(charter_next(buf_str(&charter_one), 2)), network.text, "\x01");
	struct buf bytes = BUF_INIT, text = BUF_INIT;
	charter_bundle_write(&bytes, &b->files);
	buf_base64(&text, buf_str(&bytes));
	json_decref(ask(&central, json_pack("{s:s, s:s}", "op", "charter", "bundle", text.ptr)));
	UNTIL(output_of("grep 'charter version 2 is in force' %s.log", east.dir)[0]);
	assert_true(peer_is(&east, "central", "connected"));
	bundle_free(b);
	buf_release(&bytes);
	buf_release(&text);
	stop(&east);
	stop(&central);
}

/* --- one exchange --- */

static void set_peer(const char *name, const char *peer, const char *address)
{
	struct store *s;
	struct err err = {0};
	char key[128];
	snprintf(key, sizeof key, "belfry-peer.%s.address", peer);
	good(store_open(&s, at(name), STORE_WRITE, &err), &err);
	set(s, key, address);
	store_close(s);
}

static void test_once(void **state)
{
	(void)state;
	struct err err;
	make_hub("central", CENTRAL_HUB);
	make_edge("laptop", false);
	struct process central = start("central");
	set_peer("laptop", "central", central.address);
	assert_int_equal(sync_once("laptop", NULL, 10000, &err), 0);
	assert_int_equal(sync_once("laptop", "central", 10000, &err), 0);
	struct store *s;
	good(store_open(&s, at("laptop"), STORE_READ, &err), &err);
	assert_int_equal(s->charter_version, 1);
	assert_int_equal(store_journal(s, "central")->head.seq, 1);
	store_close(s);
	refused(sync_once("laptop", "nobody", 10000, &err), ERR_PEER, &err, "no peer nobody");
	stop(&central);
	/* Nobody is there: three tries, then the reason. */
	refused(sync_once("laptop", NULL, 10000, &err), ERR_PEER, &err, "connection refused");
}

/* --- a line that dies --- */

/* Pass on what goes through one connection, and cut it after `most` bytes of the answer. */
static void relay(int client, uint16_t port, size_t most)
{
	char bytes[512];
	size_t sent = 0;
	int hub = dial_port(port);
	while (sent < most) {
		struct pollfd p[2] = {
		    {.fd = client, .events = POLLIN}, {.fd = hub, .events = POLLIN}};
		poll(p, 2, -1);
		for (int i = 0; i < 2; i++) {
			if (!p[i].revents)
				continue;
			ssize_t n = read(p[i].fd, bytes, sizeof bytes);
			if (n <= 0 || write(p[!i].fd, bytes, (size_t)n) != n)
				goto out;
			sent += i ? (size_t)n : 0;
		}
	}
out:
	close(hub);
	close(client);
}

/* A process that does so for each connection in turn, counting them in `<scratch>/cuts`. */
static pid_t cutter(char address[static ADDRESS_TEXT_BYTES], uint16_t port, size_t most)
{
	struct sockaddr_storage where;
	socklen_t length = sizeof where;
	char text[ADDRESS_TEXT_BYTES];
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(listen(s, 8), 0);
	getsockname(s, (struct sockaddr *)&where, &length);
	address_write(text, (struct sockaddr *)&where);
	snprintf(address, ADDRESS_TEXT_BYTES, "127.0.0.1%s", strchr(text, ':'));
	fflush(NULL);
	pid_t pid = fork();
	if (pid) {
		close(s);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct err err;
		int client = accept(s, NULL, NULL);
		file_append(at("cuts"), STR("x"), 0600, &err);
		relay(client, port, most);
	}
}

/* The link never lives long enough for all of it: each one goes on where the last was cut. */
static void test_line_that_dies(void **state)
{
	(void)state;
	enum { RECORDS = 24, MOST = 3000 };
	struct err err;
	struct buf cuts = BUF_INIT;
	char address[ADDRESS_TEXT_BYTES], id[32];
	make_hub("east", EAST);
	make_edge("laptop", true);
	struct process east = start("east");
	for (int i = 0; i < RECORDS; i++) {
		snprintf(id, sizeof id, "number-%d", i);
		publish_news(&east, EAST, "ke-mombasa", id);
	}
	pid_t proxy = cutter(address, east.port, MOST);
	set_peer("laptop", "east", address);
	good(sync_once("laptop", NULL, 10000, &err), &err);
	kill(proxy, SIGKILL);
	waitpid(proxy, NULL, 0);
	struct store *s;
	good(store_open(&s, at("laptop"), STORE_READ, &err), &err);
	assert_int_equal(store_journal(s, "east")->head.seq, RECORDS + 1);
	store_close(s);
	good(file_read(&cuts, at("cuts"), 1000, &err), &err);
	assert_true(cuts.len > 2); /* so it was cut */
	assert_true(cuts.len < 20); /* and never began anew */
	buf_release(&cuts);
	stop(&east);
}

/* Somebody listens and never speaks. */
static void test_once_silence(void **state)
{
	(void)state;
	struct err err;
	char address[64];
	struct sockaddr_storage where;
	socklen_t length = sizeof where;
	make_edge("laptop", true);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(listen(fd, 8), 0);
	getsockname(fd, (struct sockaddr *)&where, &length);
	char text[ADDRESS_TEXT_BYTES];
	address_write(text, (struct sockaddr *)&where);
	snprintf(address, sizeof address, "127.0.0.1%s", strchr(text, ':'));
	set_peer("laptop", "central", address);
	int64_t before = clock_ms();
	refused(sync_once("laptop", NULL, 1000, &err), ERR_PEER, &err,
	    "nothing has moved for 1 seconds");
	assert_true(clock_ms() - before < 5000);
	close(fd);
}

/* At the address of one hub another answers: our name never goes out. */
static void test_once_wrong_key(void **state)
{
	(void)state;
	struct err err;
	make_hub("east", EAST);
	make_hub("west", WEST);
	struct process east = start("east");
	set_peer("west", "central", east.address);
	refused(sync_once("west", NULL, 10000, &err), ERR_PEER, &err, "another link key");
	stop(&east);
}

static void test_sync_through_daemon(void **state)
{
	(void)state;
	struct err err = {0};
	json_t *reply, *request = json_pack("{s:s, s:i}", "op", "sync", "timeout", 10);
	make_hub("central", CENTRAL_HUB);
	make_edge("laptop", true);
	struct process central = start("central"), laptop = start_as("laptop", true);
	refused(control_call(laptop.dir, request, &reply, &err), ERR_PEER, &err,
	    "there is no peer: belfry peer add");
	add_peer(&laptop, "central", central.address);
	reply = ask(&laptop, json_incref(request));
	assert_string_equal(json_get_text(reply, "peer").ptr, "central");
	json_decref(reply);
	assert_int_equal(held(&laptop, "central"), 1);
	stop(&central);
	refused(control_call(laptop.dir, request, &reply, &err), ERR_PEER, &err, "refused");
	json_decref(request);
	stop(&laptop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_two_hubs, net_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(test_relay_and_newcomer, net_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(test_both_dial, net_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(test_hub_that_comes_back, net_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(test_new_charter, net_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(test_once, net_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(test_line_that_dies, net_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(test_once_silence, net_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(test_once_wrong_key, net_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(test_sync_through_daemon, net_new, scratch_remove),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
