/* SPDX-License-Identifier: Apache-2.0 */
/* A disk without room: nothing new is kept, all else goes on, and so does it when there is room. */
#include "one_hub.h"

#include "store/space.h"

static void reserve(const struct process *p, const char *bytes)
{
	json_decref(ask(p,
	    json_pack("{s:s, s:s, s:s}", "op", "config", "key", "belfry.reserve", "value", bytes)));
}

static bool is_short(const struct process *p)
{
	json_t *v = ask(p, json_pack("{s:s}", "op", "status"));
	json_t *disk = json_object_get(json_object_get(v, "store"), "disk");
	bool is = json_is_true(json_object_get(disk, "is_short"));
	assert_true(json_get_int(disk, "free") > 0);
	assert_int_equal(json_get_text(disk, "why").len > 0, is);
	json_decref(v);
	return is;
}

/* --- without a daemon --- */

static void test_reserve_is_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t bytes;
	} good_ones[] = {{"0", 0}, {"1", 1}, {"64m", 64u << 20}, {"2k", 2048}, {"3G", 3ull << 30},
	    {"1000000000000", 1000000000000}};
	static const char *const bad_ones[] = {
	    "", "m", "-1", "1.5g", "64 m", "64mb", "1e9", "99999999999999999999", "9999999999999g"};
	uint64_t bytes;
	struct err err = {0};
	for (size_t i = 0; i < sizeof good_ones / sizeof *good_ones; i++) {
		good(space_parse_reserve(&bytes, str_from(good_ones[i].text), &err), &err);
		assert_true(bytes == good_ones[i].bytes);
	}
	for (size_t i = 0; i < sizeof bad_ones / sizeof *bad_ones; i++)
		refused(space_parse_reserve(&bytes, str_from(bad_ones[i]), &err), ERR_SYNTAX, &err,
		    "belfry.reserve");
}

static void test_store(void **state)
{
	(void)state;
	struct store *s = net_store("east", "east", EAST, true);
	struct draft d = {.n = 0};
	struct space p;
	struct err err = {0};
	good(store_space(s, &p, &err), &err);
	assert_true(p.reserve == RESERVE_BYTES);
	good(store_has_room(s, &err), &err);
	set(s, "belfry.reserve", "1000000g");
	draft_news(&d, EAST, "ke-mombasa", "first", "");
	refused(store_append(s, d.changes, d.n, 1, &err), ERR_FULL, &err,
	    "MB are free, and 1073741824.0");
	arena_clear(&d.arena);
	d = (struct draft){.n = 0};
	assert_false(s->is_broken);
	assert_int_equal(store_journal(s, "east")->head.seq, 1);
	set(s, "belfry.reserve", "nonsense"); /* a slip of the pen must not stop a hub */
	good(store_space(s, &p, &err), &err);
	assert_true(p.reserve == RESERVE_BYTES);
	set(s, "belfry.reserve", "0");
	draft_news(&d, EAST, "ke-mombasa", "first", "");
	append(s, &d);
	assert_int_equal(store_journal(s, "east")->head.seq, 2);
	store_close(s);
}

/* --- a daemon --- */

static void test_what_is_refused(void **state)
{
	(void)state;
	json_t *reply = NULL;
	struct err err = {0};
	reserve(&hub, "1000000g");
	UNTIL(is_short(&hub));
	json_t *request = json_pack("{s:s, s:[{s:s, s:s}]}", "op", "append", "files", "path",
	    "charter-notes.md", "content", "x");
	assert_int_not_equal(control_call(hub.dir, request, &reply, &err), 0);
	json_decref(request);
	request = json_pack("{s:s, s:s}", "op", "import", "file", "/dev/null");
	refused(control_call(hub.dir, request, &reply, &err), ERR_FULL, &err, "belfry.reserve");
	json_decref(request);
	reserve(&hub, "0");
	UNTIL(!is_short(&hub));
}

/* What came in spite of it is neither kept nor lost; the link lives; reading goes on meanwhile. */
static void test_waits_for_room(void **state)
{
	(void)state;
	struct store *s = net_store("west", "west", WEST, true);
	struct local_state l, nothing = {.charter = 0};
	store_state(s, &l);
	reserve(&hub, "1000000g");
	UNTIL(is_short(&hub));
	struct raw r = raw_new(&hub, WEST, "west", network.text, &l);
	assert_true(raw_until(&r, SESSION_HELD));
	assert_true(session_is_held(r.s));
	struct wires *w = wires_new(s, "west", 1);
	session_put_entries(r.s, "west", 1, w->entries, 1);
	raw_flush(&r);
	struct raw reader = raw_new(&hub, 0x55, "", network.text, &nothing);
	assert_true(raw_until(&reader, SESSION_ENTRIES));
	raw_free(&reader);
	assert_int_equal(held(&hub, "west"), 0);
	assert_true(peer_is(&hub, "west", "connected"));
	reserve(&hub, "0");
	UNTIL(held(&hub, "west") == 1);
	assert_true(raw_until(&r, SESSION_HELD));
	assert_false(session_is_held(r.s));
	json_t *o = peer_of(&hub, "west");
	assert_true(json_is_null(json_object_get(o, "last_end")));
	assert_int_equal(json_object_size(json_object_get(o, "refused")), 0);
	json_decref(o);
	wires_free(w);
	raw_free(&r);
	store_close(s);
}

/* A link that ends while something waits takes it along. */
static void test_link_ends_meanwhile(void **state)
{
	(void)state;
	struct store *s = net_store("west", "west", WEST, true);
	struct local_state l;
	store_state(s, &l);
	reserve(&hub, "1000000g");
	UNTIL(is_short(&hub));
	struct wires *w = wires_new(s, "west", 1);
	for (int i = 0; i < 3; i++) {
		struct raw r = raw_new(&hub, WEST, "west", network.text, &l);
		assert_true(raw_until(&r, SESSION_HELD));
		session_put_entries(r.s, "west", 1, w->entries, 1);
		raw_flush(&r);
		pause_ms(50);
		raw_free(&r);
	}
	UNTIL(peer_is(&hub, "west", "gone"));
	reserve(&hub, "0");
	UNTIL(!is_short(&hub));
	assert_int_equal(held(&hub, "west"), 0);
	struct raw r = raw_new(&hub, WEST, "west", network.text, &l);
	assert_true(raw_until(&r, SESSION_ENTRIES)); /* central's */
	session_put_entries(r.s, "west", 1, w->entries, 1);
	UNTIL((raw_flush(&r), held(&hub, "west") == 1));
	raw_free(&r);
	wires_free(w);
	store_close(s);
}

static int sync_by(const struct process *p, const char *peer, struct err *err)
{
	json_t *reply,
	    *request = json_pack("{s:s, s:s, s:i}", "op", "sync", "peer", peer, "timeout", 15);
	int rc = control_call(p->dir, request, &reply, err);
	json_decref(request);
	if (!rc)
		json_decref(reply);
	return rc;
}

static bool is_told(const struct process *p, const char *peer)
{
	json_t *o = peer_of(p, peer);
	bool is = json_is_true(json_object_get(o, "is_held")) && json_get_int(o, "peer_behind") > 0;
	json_decref(o);
	return is;
}

/* Two daemons: one link all the time, and each says at once why it is not in sync. */
static void test_two_daemons(void **state)
{
	(void)state;
	make_hub("east", EAST);
	struct process east = start("east");
	struct err err = {0};
	reserve(&east, "1000000g");
	UNTIL(is_short(&east));
	add_peer(&east, "central", hub.address);
	UNTIL(is_told(&hub, "east"));
	refused(sync_by(&east, "central", &err), ERR_FULL, &err, "belfry.reserve");
	refused(sync_by(&hub, "east", &err), ERR_PEER, &err,
	    "east takes nothing new: its disk is full");
	publish_news(&hub, CENTRAL_HUB, "global", "news");
	assert_int_equal(held(&east, "central"), 0);
	reserve(&east, "0");
	UNTIL(held(&east, "central") == 2);
	good(sync_by(&hub, "east", &err), &err);
	json_t *o = peer_of(&hub, "east");
	assert_true(json_is_null(json_object_get(o, "last_end")));
	assert_false(json_is_true(json_object_get(o, "is_held")));
	json_decref(o);
	stop(&east);
}

int main(void)
{
#define ROOM(test) cmocka_unit_test_setup_teardown(test, hub_start, hub_stop)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reserve_is_read),
	    cmocka_unit_test_setup_teardown(test_store, net_new, scratch_remove),
	    ROOM(test_what_is_refused),
	    ROOM(test_waits_for_room),
	    ROOM(test_link_ends_meanwhile),
	    ROOM(test_two_daemons),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
