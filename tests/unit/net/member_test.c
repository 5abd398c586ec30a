/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An author's laptop and its hub: what was queued is handed over when a link is there, and what the
 * hub decides comes back.
 */
#include "fixture.h"

static struct process hub;
static struct buf text, signature;

/* A hub, a laptop that knows it, and news by the hub's author ann. */
static int setup(void **state)
{
	struct err err = {0};
	char path[PATH_MAX], key[] = "belfry-peer.east.address";
	if (net_new(state))
		return -1;
	make_hub("east", EAST);
	hub = start("east");
	struct store *s = net_store("laptop", NULL, 0x55, true);
	snprintf(path, sizeof path, "%s/laptop/keys/ann", scratch);
	good(signer_save(key_of(EAST + ANN), path, STR("ann"), &err), &err);
	set(s, key, hub.address);
	set(s, "belfry.member", path);
	store_close(s);
	text = news("ke-mombasa", "first", "");
	signature = signed_by(EAST + ANN, "belfry-record", network.text, buf_str(&text));
	return 0;
}

static int teardown(void **state)
{
	buf_release(&text);
	buf_release(&signature);
	stop(&hub);
	return scratch_remove(state);
}

static void submit(const char *dir, char id[static 17])
{
	struct err err = {0};
	json_t *reply, *request = json_pack("{s:s, s:s, s:s}", "op", "submit", "record", text.ptr,
			   "signature", signature.ptr);
	good(control_or_run(dir, request, &reply, &err), &err);
	snprintf(id, 17, "%s", json_get_text(reply, "id").ptr);
	json_decref(request);
	json_decref(reply);
}

static int64_t count(const struct process *p, const char *box, const char *in_state)
{
	json_t *status = ask(p, json_pack("{s:s}", "op", "status"));
	int64_t n = json_get_int(json_object_get(json_object_get(status, "store"), box), in_state);
	json_decref(status);
	return n;
}

static json_t *acceptance(const char *id)
{
	struct buf review = signed_by(EAST + REV, "belfry-review", network.text, buf_str(&text));
	json_t *v = json_pack("{s:s, s:s, s:s}", "op", "accept", "id", id, "review", review.ptr);
	buf_release(&review);
	return v;
}

static void test_accepted_while_connected(void **state)
{
	(void)state;
	char id[17];
	struct process laptop = start_as("laptop", true);
	submit(laptop.dir, id);
	UNTIL(count(&hub, "inbox", "received") == 1);
	UNTIL(count(&laptop, "outbox", "received") == 1);
	json_decref(ask(&hub, acceptance(id)));
	UNTIL(count(&laptop, "outbox", "published") == 1);
	UNTIL(held(&laptop, "east") == 2);
	UNTIL(count(&hub, "inbox", "published") == 0); /* the laptop confirmed */
	stop(&laptop);
}

static void test_returned_while_away(void **state)
{
	(void)state;
	char id[17];
	struct err err;
	submit(at("laptop"), id);
	good(sync_once("laptop", NULL, 10000, &err), &err);
	assert_int_equal(count(&hub, "inbox", "received"), 1);
	json_decref(ask(&hub, json_pack("{s:s, s:s, s:s, s:s}", "op", "return", "id", id, "remark",
				  "Which year was it?", "reviewer", "rev")));
	good(sync_once("laptop", NULL, 10000, &err), &err);
	struct process laptop = start_as("laptop", true);
	assert_int_equal(count(&laptop, "outbox", "returned"), 1);
	stop(&laptop);
}

static bool is_in_sync(const struct process *p)
{
	json_t *status = ask(p, json_pack("{s:s}", "op", "status"));
	json_t *peer = json_array_get(json_object_get(status, "peers"), 0);
	bool is = json_is_true(json_object_get(peer, "is_in_sync"));
	json_decref(status);
	return is;
}

/* With nothing to move the hub is in sync before it has looked the member up, and stays that. */
static void test_in_sync_before_proof(void **state)
{
	(void)state;
	struct err err;
	good(sync_once("laptop", NULL, 10000, &err), &err);
	struct process laptop = start_as("laptop", true);
	UNTIL(is_in_sync(&laptop)); /* the hub has opened what is for members */
	UNTIL(is_in_sync(&hub));
	stop(&laptop);
}

/* The first hub that was met is home from then on. */
static void test_home_is_kept(void **state)
{
	(void)state;
	struct err err;
	struct buf home = BUF_INIT;
	struct store *s;
	good(sync_once("laptop", NULL, 10000, &err), &err);
	good(store_open(&s, at("laptop"), STORE_READ, &err), &err);
	good(repo_config(s->repo, "belfry.home", &home, &err), &err);
	assert_string_equal(home.ptr, "east");
	store_close(s);
	buf_release(&home);
}

/* Without the member's key what is queued stays, and the exchange says why it is not done. */
static void test_no_key(void **state)
{
	(void)state;
	char id[17];
	struct err err = {0};
	struct store *s;
	good(store_open(&s, at("laptop"), STORE_WRITE, &err), &err);
	set(s, "belfry.member", NULL);
	store_close(s);
	submit(at("laptop"), id);
	refused(sync_once("laptop", NULL, 10000, &err), ERR_PEER, &err,
	    "1 submission waits for the home hub: no key is known");
	good(store_open(&s, at("laptop"), STORE_WRITE, &err), &err);
	set(s, "belfry.member", "/nowhere/key");
	store_close(s);
	refused(sync_once("laptop", NULL, 10000, &err), ERR_PEER, &err, "/nowhere/key");
	assert_int_equal(count(&hub, "inbox", "received"), 0);
}

/* Somebody whom the roster does not name: the hub refuses, and says so. */
static void test_no_member(void **state)
{
	(void)state;
	char id[17], path[PATH_MAX];
	struct err err = {0};
	struct store *s;
	snprintf(path, sizeof path, "%s/laptop/keys/stranger", scratch);
	good(signer_save(key_of(STRANGER), path, STR("stranger"), &err), &err);
	good(store_open(&s, at("laptop"), STORE_WRITE, &err), &err);
	set(s, "belfry.member", path);
	store_close(s);
	submit(at("laptop"), id);
	sync_once("laptop", NULL, 10000, &err);
	struct process laptop = start_as("laptop", true);
	UNTIL(count(&laptop, "outbox", "refused") == 1);
	assert_int_equal(count(&hub, "inbox", "received"), 0);
	stop(&laptop);
}

int main(void)
{
#define MEMBER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
	    MEMBER(test_accepted_while_connected),
	    MEMBER(test_returned_while_away),
	    MEMBER(test_in_sync_before_proof),
	    MEMBER(test_home_is_kept),
	    MEMBER(test_no_key),
	    MEMBER(test_no_member),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
