/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peers that bring pieces of a file: wrong ones, half ones, none. A hub holds a record that names a
 * file it lacks; peers by hand are asked for it.
 */
#include "fixture.h"
#include "one_file.h"

/* How often the daemon is found asleep before it is believed to ask for nothing more. */
enum { LOOK_MS = 20, LOOKS = 10, LOOKS_LONG = 75 };

static struct process hub;
static struct head heads[4];
static struct local_state held_by_all;

/* A hub with a record that names `named`, and with the file if `has_file`. */
static void make_store(bool has_file)
{
	struct store *s = net_store("east", "east", EAST, true);
	struct draft d = {.n = 0};
	struct buf lines = BUF_INIT;
	struct attachment a;
	struct err err = {0};
	struct local_state l;
	buf_puts(&lines, "attachments:\n");
	attachment_write(&lines, &named);
	draft_news(&d, EAST, "ke-mombasa", "plan", lines.ptr);
	append(s, &d);
	set(s, "belfry.attachments", "all");
	if (has_file) {
		good(file_write(at("plan.pdf"), str_of(file, SIZE), 0600, &err), &err);
		good(attach_add(&a, s, at("plan.pdf"), named.name, &err), &err);
		good(file_write(at("draft.pdf"), str_of(file, 900), 0600, &err), &err);
		good(attach_add(&a, s, at("draft.pdf"), STR("draft.pdf"), &err), &err);
	}
	store_state(s, &l);
	assert_true(l.nheads <= 4);
	memcpy(heads, l.heads, l.nheads * sizeof *heads);
	held_by_all = l;
	held_by_all.heads = heads;
	store_close(s);
	buf_release(&lines);
}

static int setup(void **state, bool has_file)
{
	if (net_new(state))
		return -1;
	make_file();
	make_store(has_file);
	hub = start("east");
	return 0;
}

static int without(void **state)
{
	return setup(state, false);
}

static int with(void **state)
{
	return setup(state, true);
}

static int teardown(void **state)
{
	stop(&hub);
	return scratch_remove(state);
}

/* One that holds the same entries. */
static struct raw peer(unsigned byte)
{
	struct raw r = raw_new(&hub, byte, byte == WEST ? "west" : "", network.text, &held_by_all);
	assert_true(raw_until(&r, SESSION_IN_SYNC));
	return r;
}

/* Has it nothing to do in any of its threads? What waits for a processor or a disk does not sleep.
 */
static bool is_asleep(const struct process *p)
{
	return !*output_of("grep -hv '^.*) S ' /proc/%d/task/*/stat", (int)p->pid);
}

/* Wait for what the daemon asks of this peer; false once it has slept for so many looks. */
static bool asked_in(struct raw *r, struct get *g, int looks)
{
	static char bytes[65536];
	struct session_event e;
	while (!session_asked(r->s, g) && looks > 0) {
		while (session_event(r->s, &e))
			if (e.kind == SESSION_CLOSED)
				return false;
		raw_flush(r);
		struct pollfd p = {.fd = r->fd, .events = POLLIN};
		bool has_come = poll(&p, 1, LOOK_MS) > 0;
		ssize_t n = has_come ? read(r->fd, bytes, sizeof bytes) : -1;
		if (n == 0)
			return false;
		if (n > 0)
			session_feed(r->s, str_of(bytes, (size_t)n), clock_ms());
		else if (is_asleep(&hub))
			looks--;
	}
	return session_asked(r->s, g);
}

static bool asked(struct raw *r, struct get *g)
{
	return asked_in(r, g, LOOKS);
}

/* Where it has to come: the daemon may sleep until its next tick. */
static bool is_asked(struct raw *r, struct get *g)
{
	return asked_in(r, g, PATIENCE_MS / LOOK_MS);
}

/* Put what is asked for, until the daemon asks for nothing more for a while, or `most` bytes. What
 * is put of the list, or of the file from byte `bad` on, has its bits turned. */
static uint64_t give(struct raw *r, bool is_list_bad, uint64_t bad, uint64_t most)
{
	struct get g;
	uint64_t sum = 0;
	while (sum < most && asked(r, &g)) {
		char bytes[PIECE_BYTES];
		const char *from = g.what == GET_LIST ? (const char *)list : file;
		size_t n = g.length < PIECE_BYTES ? g.length : PIECE_BYTES;
		assert_true(g.size == SIZE && sha256_eq(&g.chunks, &named.chunks));
		for (size_t i = 0; i < n; i++) {
			bool is_bad = g.what == GET_LIST ? is_list_bad : g.offset + i >= bad;
			bytes[i] = (char)(from[g.offset + i] ^ (is_bad ? 0x55 : 0));
		}
		session_put_piece(r->s, str_of(bytes, n));
		raw_flush(r);
		sum += n;
		if (sum >= SIZE + sizeof list)
			break;
	}
	return sum;
}

static bool is_here(void)
{
	json_t *all = ask(&hub, json_pack("{s:s}", "op", "attachments"));
	const json_t *one = json_array_get(json_object_get(all, "items"), 0);
	bool is = str_is(json_get_text(one, "state"), "here");
	json_decref(all);
	return is;
}

static int64_t spent(void)
{
	json_t *all = ask(&hub, json_pack("{s:s}", "op", "attachments"));
	int64_t n = json_get_int(all, "spent");
	json_decref(all);
	return n;
}

static int64_t refused_of(const char *name)
{
	json_t *o = peer_of(&hub, name);
	int64_t n = json_get_int(json_object_get(o, "refused"), "attachment");
	json_decref(o);
	return n;
}

static void an_honest_peer(void **state)
{
	struct raw r = peer(WEST);
	(void)state;
	assert_true(give(&r, false, UINT64_MAX, UINT64_MAX) == SIZE + sizeof list);
	UNTIL(is_here());
	UNTIL(spent() == (int64_t)(SIZE + sizeof list));
	raw_free(&r);
	assert_string_equal(output_of("find %s/attachments/part -type f 2>/dev/null", hub.dir), "");
}

static void a_wrong_list(void **state)
{
	struct raw r = peer(WEST);
	(void)state;
	give(&r, true, UINT64_MAX, sizeof list);
	assert_false(raw_until(&r, SESSION_IN_SYNC)); /* only its end can come */
	UNTIL(peer_ended(&hub, "west", "what came as the list of attachment plan.pdf is not that"));
	assert_int_equal(refused_of("west"), 1);
	raw_free(&r);
	r = peer(0x55);
	give(&r, false, UINT64_MAX, UINT64_MAX);
	UNTIL(is_here());
	raw_free(&r);
}

static void a_wrong_piece(void **state)
{
	struct raw r = peer(WEST);
	(void)state;
	/* The first two are right; of the third the last byte is not. */
	give(&r, false, 3 * PIECE - 1, UINT64_MAX);
	UNTIL(peer_ended(&hub, "west", "what came as a piece of attachment plan.pdf is not that"));
	assert_int_equal(refused_of("west"), 1);
	raw_free(&r);
	int64_t before = spent();
	r = peer(0x55);
	give(&r, false, UINT64_MAX, UINT64_MAX);
	UNTIL(is_here());
	assert_true(
	    spent() - before < SIZE - 2 * PIECE + 2 * PIECE_BYTES); /* no more than was bad */
	raw_free(&r);
}

/* Of a piece that two brought nobody is blamed, unless one then brings all of it wrong. */
static void of_two_peers(void **state)
{
	struct raw r = peer(WEST);
	(void)state;
	give(&r, false, UINT64_MAX, sizeof list + 20480);
	UNTIL(spent() >= 20480);
	raw_free(&r);
	UNTIL(peer_ended(&hub, "west", "cut"));
	r = peer(0x55);
	give(&r, false, 0, PIECE - 20480);
	struct get g;
	assert_true(is_asked(&r, &g)); /* it lives, and is asked anew */
	give(&r, false, UINT64_MAX, UINT64_MAX);
	UNTIL(is_here());
	raw_free(&r);
	assert_int_equal(refused_of("west"), 0);
}

/* It has begun a piece, lives, and says no more: what it was to bring comes from the other, long
 * before it is given up; and what it says later does no harm. */
static void of_one_that_falls_silent(void **state)
{
	struct raw silent = peer(WEST);
	int64_t begun = clock_ms();
	struct get g;
	(void)state;
	give(&silent, false, UINT64_MAX, sizeof list + 3000);
	assert_true(is_asked(&silent, &g));
	struct raw other = peer(0x55);
	while (!is_here() && clock_ms() < begun + 40000)
		give(&other, false, UINT64_MAX, UINT64_MAX);
	assert_true(is_here());
	uint64_t late = give(&silent, false, UINT64_MAX, UINT64_MAX);
	assert_true(late >= g.length && late <= 2 * PIECE); /* what was open, and no more */
	assert_int_equal(refused_of("west"), 0);
	assert_true(peer_is(&hub, "west", "connected"));
	raw_free(&silent);
	raw_free(&other);
}

static void one_that_lacks_it(void **state)
{
	struct raw r = peer(WEST);
	struct get g;
	(void)state;
	assert_true(is_asked(&r, &g));
	session_put_lack(r.s);
	raw_flush(&r);
	struct raw other = peer(0x55);
	give(&other, false, UINT64_MAX, 30000);
	session_put_have(r.s, &named.chunks); /* now two have it, and both are asked */
	raw_flush(&r);
	assert_true(is_asked(&r, &g));
	uint64_t from_other = 0, from_first = 0;
	for (int i = 0; i < 200 && !is_here(); i++) {
		if (session_asked(other.s, &g))
			from_other += give(&other, false, UINT64_MAX, g.length);
		if (session_asked(r.s, &g))
			from_first += give(&r, false, UINT64_MAX, g.length);
		if (!asked(&other, &g) && !asked(&r, &g))
			break;
	}
	UNTIL(is_here());
	assert_true(from_first > 0 && from_other > 0);
	raw_free(&r);
	raw_free(&other);
}

/* Goes on where the daemon before it was. */
static void over_a_restart(void **state)
{
	struct raw r = peer(WEST);
	(void)state;
	give(&r, false, UINT64_MAX, sizeof list + 2 * PIECE + 20000);
	UNTIL(spent() >= 2 * PIECE + 20000);
	raw_free(&r);
	stop(&hub);
	hub = start("east");
	int64_t before = spent();
	assert_true(before >= 2 * PIECE + 20000);
	r = peer(WEST);
	give(&r, false, UINT64_MAX, SIZE - 2 * PIECE - 20480);
	UNTIL(is_here());
	assert_true(spent() - before <= SIZE - 2 * PIECE - 20000 + PIECE_BYTES);
	raw_free(&r);
}

static void a_budget(void **state)
{
	struct get g;
	(void)state;
	json_decref(ask(&hub, json_pack("{s:s, s:s, s:s}", "op", "config", "key",
				  "belfry.attachmentsBudget", "value", "100000")));
	struct raw r = peer(WEST);
	assert_false(asked_in(&r, &g, LOOKS_LONG)); /* too large as a whole: not begun */
	json_decref(ask(&hub, json_pack("{s:s, s:s, s:s}", "op", "config", "key",
				  "belfry.attachmentsBudget", "value", "1m")));
	assert_true(is_asked(&r, &g));
	raw_free(&r);
}

/* --- serving --- */

static uint64_t fetch(struct raw *r, const struct get *wanted)
{
	struct session_event e;
	static char bytes[65536];
	uint64_t got = 0, want = wanted->length;
	int64_t late = clock_ms() + PATIENCE_MS;
	session_get(r->s, wanted);
	raw_flush(r);
	while (got < want && clock_ms() < late) {
		struct pollfd p = {.fd = r->fd, .events = POLLIN};
		ssize_t n = poll(&p, 1, 100) > 0 ? read(r->fd, bytes, sizeof bytes) : -1;
		if (n > 0)
			session_feed(r->s, str_of(bytes, (size_t)n), clock_ms());
		while (session_event(r->s, &e)) {
			assert_int_not_equal(e.kind, SESSION_CLOSED);
			if (e.kind == SESSION_PIECE && !e.bytes.len)
				return got;
			if (e.kind == SESSION_PIECE && wanted->what == GET_FILE)
				assert_memory_equal(
				    e.bytes.ptr, file + wanted->offset + got, e.bytes.len);
			if (e.kind == SESSION_PIECE)
				got += e.bytes.len;
		}
	}
	return got;
}

static void what_is_served(void **state)
{
	struct raw r = peer(0x55);
	struct get g = {.chunks = named.chunks, .size = SIZE, .offset = PIECE, .length = PIECE};
	(void)state;
	assert_true(fetch(&r, &g) == PIECE);
	g.offset = (PIECES - 1) * PIECE + 1000;
	g.length = 234;
	assert_true(fetch(&r, &g) == 234);
	g = (struct get){
	    .chunks = named.chunks, .size = SIZE, .what = GET_LIST, .length = sizeof list};
	assert_true(fetch(&r, &g) == sizeof list);
	g.size = SIZE - 1; /* a claim that is not so */
	assert_true(fetch(&r, &g) == 0);
	/* A file in the store that no published record names. */
	struct sha256 own = sha256(str_of(file, 900));
	g = (struct get){.chunks = sha256(str_of(&own, sizeof own)), .size = 900, .length = 900};
	assert_true(fetch(&r, &g) == 0);
	raw_free(&r);
}

/* Which pieces the hub says it has; -1: none. */
static int map_of(struct raw *r)
{
	const struct get g = {.chunks = named.chunks, .size = SIZE, .what = GET_MAP, .length = 1};
	struct session_event e;
	int64_t late = clock_ms() + PATIENCE_MS;
	static char bytes[65536];
	session_get(r->s, &g);
	raw_flush(r);
	while (clock_ms() < late) {
		struct pollfd p = {.fd = r->fd, .events = POLLIN};
		ssize_t n = poll(&p, 1, 100) > 0 ? read(r->fd, bytes, sizeof bytes) : -1;
		if (n > 0)
			session_feed(r->s, str_of(bytes, (size_t)n), clock_ms());
		while (session_event(r->s, &e))
			if (e.kind == SESSION_PIECE)
				return e.bytes.len == 1 ? (uint8_t)e.bytes.ptr[0] : -1;
	}
	fail_msg("no answer");
	return -1;
}

static uint64_t fetch_piece(struct raw *r, size_t i)
{
	return fetch(r, &(struct get){.chunks = named.chunks,
			    .size = SIZE,
			    .offset = i * PIECE,
			    .length = attachment_chunk_bytes(SIZE, i)});
}

/* What was checked is served while the rest is still to come; also after that, and by a daemon that
 * finds it on the disk. */
static void of_one_that_fetches(void **state)
{
	struct raw other = peer(0x55);
	struct get g;
	(void)state;
	assert_true(is_asked(&other, &g) && g.what == GET_LIST);
	session_put_lack(other.s);
	assert_int_equal(map_of(&other), -1);
	struct raw r = peer(WEST);
	give(&r, false, UINT64_MAX, sizeof list + 2 * PIECE + 3000);
	assert_true(raw_until(&other, SESSION_HAVE));
	UNTIL(spent() >= 2 * PIECE + 3000);
	g = (struct get){
	    .chunks = named.chunks, .size = SIZE, .what = GET_LIST, .length = sizeof list};
	assert_true(fetch(&other, &g) == sizeof list);
	int map = map_of(&other), pieces = 0;
	assert_true(map > 0);
	for (size_t i = 0; i < PIECES; i++) {
		bool has = map >> i & 1;
		pieces += has;
		assert_true(fetch_piece(&other, i) == (has ? attachment_chunk_bytes(SIZE, i) : 0));
	}
	assert_true(pieces >= 1 && pieces <= 3);
	raw_free(&r);
	raw_free(&other);
	stop(&hub);
	hub = start("east");
	other = peer(0x55);
	session_put_lack(other.s); /* nothing was asked yet: does nothing */
	assert_int_equal(map_of(&other), map);
	for (size_t i = 0; i < PIECES; i++)
		if (map >> i & 1)
			assert_true(fetch_piece(&other, i) == attachment_chunk_bytes(SIZE, i));
	raw_free(&other);
}

/* Answer what the hub asks as one that has the pieces of `map`; false when it asks for nothing
 * more. *nlacks counts pieces it asked for in vain. */
static bool answer_as(struct raw *r, uint8_t map, int *nlacks, int *nmaps)
{
	struct get g;
	if (!asked(r, &g))
		return false;
	bool has = g.what != GET_FILE || map >> (g.offset / PIECE) & 1;
	const char *from = g.what == GET_MAP	? (const char *)&map
			   : g.what == GET_LIST ? (const char *)list
						: file;
	*nmaps += g.what == GET_MAP;
	*nlacks += !has;
	if (has)
		session_put_piece(
		    r->s, str_of(from + g.offset, g.length < PIECE_BYTES ? g.length : PIECE_BYTES));
	else
		session_put_lack(r->s);
	raw_flush(r);
	return true;
}

/* A peer that has some pieces is asked which, then for those; when it has more, for more. */
static void of_some_pieces(void **state)
{
	struct raw r = peer(WEST);
	int nlacks = 0, nmaps = 0;
	(void)state;
	while (answer_as(&r, 0x0a, &nlacks, &nmaps))
		;
	assert_int_equal(nmaps, 1);
	assert_in_range(nlacks, 1, GETS_MAX);
	assert_int_equal(map_of(&r), 0x0a);
	assert_false(is_here());
	session_put_have(r.s, &named.chunks);
	raw_flush(&r);
	while (answer_as(&r, 0x1b, &nlacks, &nmaps))
		;
	assert_int_equal(map_of(&r), 0x1b);
	/* Another brings the last one. */
	struct raw other = peer(0x55);
	while (answer_as(&other, 0x04, &nlacks, &nmaps))
		;
	UNTIL(is_here());
	assert_int_equal(map_of(&other), 0x1f);
	raw_free(&other);
	raw_free(&r);
}

/* One that says it has what it then lacks is asked no more, nor is one that has none of it. */
static void a_lying_map(void **state)
{
	struct raw r = peer(WEST);
	struct get g;
	int n = 0;
	(void)state;
	for (; n < 50 && asked_in(&r, &g, LOOKS_LONG); n++) {
		if (g.what == GET_LIST)
			session_put_piece(r.s, str_of(list, sizeof list));
		else if (g.what == GET_MAP)
			session_put_piece(r.s, STR("\x1f"));
		else
			session_put_lack(r.s);
		raw_flush(&r);
	}
	assert_in_range(n, 3, 3 + 2 * GETS_MAX);
	raw_free(&r);
}

int main(void)
{
#define T(f, how) cmocka_unit_test_setup_teardown(f, how, teardown)
	const struct CMUnitTest tests[] = {
	    T(an_honest_peer, without),
	    T(a_wrong_list, without),
	    T(a_wrong_piece, without),
	    T(of_two_peers, without),
	    T(of_one_that_falls_silent, without),
	    T(one_that_lacks_it, without),
	    T(over_a_restart, without),
	    T(a_budget, without),
	    T(what_is_served, with),
	    T(of_one_that_fetches, without),
	    T(of_some_pieces, without),
	    T(a_lying_map, without),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
