/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link dies at any byte, and another one goes on: what arrives twice is counted where it arrives,
 * handshakes apart. Nothing that a peer left behind can spoil what another sends. TRIALS=200 cuts
 * so often; else a few times.
 */
#include "session_model.h"

#include "session_raw.h"

enum { TRIALS_MAX = 1000, MEDIAN_MOST = 2048, MOST = 8192 };

struct pair {
	struct world *w;
	struct node *from, *to;
	struct end *ends[2]; /* of the link at hand: the sender's, the receiver's */
	uint64_t received; /* by `to`, after handshakes */
	struct part *part, *recall; /* what the receiver offers on the next link */
	uint64_t recall_count;
};

static struct pair pair_new(uint64_t seed, size_t entry_size, uint64_t count)
{
	struct pair p = {.w = world_new(seed)};
	p.w->chunk_max = 1500;
	p.w->entry_size = entry_size;
	p.from = world_node(p.w, "alpha", 1);
	p.to = world_node(p.w, "beta", 1);
	node_has(p.from, "alpha", count);
	return p;
}

static void pair_free(struct pair *p)
{
	part_release(p->part);
	part_release(p->recall);
	world_free(p->w);
}

/* Give at most `most` of what waits to the receiver. */
static uint64_t deliver(struct pair *p, uint64_t most)
{
	struct end *from = p->ends[0], *to = p->ends[1];
	struct str out = str_sub(session_output(from->session), 0, (size_t)most);
	out = str_sub(out, 0, p->w->chunk_max);
	session_feed(to->session, out, p->w->now);
	session_sent(from->session, out.len);
	end_take_events(to);
	return out.len;
}

static void join(struct pair *p)
{
	struct end *e = world_link(p->w, p->to, p->from);
	p->ends[0] = &e[1];
	p->ends[1] = &e[0];
	while (!e[0].ups || !e[1].ups) {
		if (e[0].ups && p->recall && !session_has_recall(e[0].session))
			session_offer_recall(e[0].session, p->recall, p->recall_count);
		if (e[0].ups && p->part)
			session_offer(e[0].session, p->part);
		end_send(p->w, &e[0]);
		end_receive(p->w, &e[1]);
		if (!e[0].ups)
			deliver(p, UINT32_MAX);
	}
}

/* Until both hold the same, or the receiver's end has got so many bytes. */
static bool carry(struct pair *p, uint64_t most)
{
	struct end *from = p->ends[0], *to = p->ends[1];
	for (int idle = 0; idle < 3; idle++) {
		while (end_answer(p->w, from))
			idle = 0;
		uint64_t n = deliver(p, most);
		most -= n;
		p->received += n;
		if (!most)
			return false;
		while (node_admit(p->w, p->to))
			;
		if (n || end_send(p->w, to) || end_receive(p->w, from))
			idle = 0;
	}
	assert_same(p->from, p->to);
	return true;
}

static void cut(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		session_close(p->ends[i]->session, "the connection was cut", false);
		end_take_events(p->ends[i]);
	}
	struct part *left = session_part(p->ends[1]->session);
	if (left) {
		part_release(p->part);
		p->part = left;
	}
	while (node_admit(p->w, p->to))
		;
}

/* The receiver recalls the last `count` that it holds. */
static void recall(struct pair *p, uint64_t count)
{
	const struct journal *j = model_journal(p->to, "alpha");
	struct buf text = BUF_INIT;
	model_recall(&text, j, j->seq, count, p->w->entry_size);
	part_release(p->recall);
	p->recall = part_new("alpha", j->seq, buf_str(&text), STR_EMPTY);
	p->recall_count = count;
	buf_release(&text);
}

static uint64_t uncut(size_t entry_size, uint64_t count)
{
	struct pair p = pair_new(1, entry_size, count);
	join(&p);
	assert_true(carry(&p, UINT64_MAX));
	uint64_t n = p.received;
	pair_free(&p);
	return n;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* One cut at a random byte, so many times. */
static void try_cuts(const char *what, size_t entry_size, uint64_t count, int trials)
{
	int64_t twice[TRIALS_MAX];
	const char *wanted = getenv("TRIALS");
	uint64_t plain = uncut(entry_size, count);
	if (wanted && atoi(wanted) > 0 && atoi(wanted) <= TRIALS_MAX)
		trials = atoi(wanted);
	for (int i = 0; i < trials; i++) {
		struct pair p = pair_new(1, entry_size, count);
		p.w->random += (uint64_t)i * 7919;
		pick(p.w, plain);
		uint64_t at = 1 + pick(p.w, plain - 1);
		join(&p);
		twice[i] = 0;
		if (!carry(&p, at)) {
			const struct session *to = p.ends[1]->session;
			uint64_t open = to->wire_in.len + to->text_in.len;
			cut(&p);
			/* Of an entry that goes on: all that came, less what it takes uncut. A
			 * stream that begins anew forgets what came before, which is no repetition,
			 * so of others: what came and was not whole. */
			bool goes_on = p.part != NULL;
			join(&p);
			assert_true(carry(&p, UINT64_MAX));
			twice[i] = (int64_t)(goes_on ? p.received - plain : open);
			assert_true(p.received <= plain + open + plain / 50 + 400);
		}
		pair_free(&p);
	}
	qsort(twice, (size_t)trials, sizeof *twice, compare);
	print_message("%s: %lld bytes; again after one cut: median %lld, most %lld\n", what,
	    (long long)plain, (long long)twice[trials / 2], (long long)twice[trials - 1]);
	assert_true(twice[trials / 2] <= MEDIAN_MOST);
	assert_true(twice[trials - 1] <= MOST);
}

static void small_entries(void **state)
{
	(void)state;
	model_plain = 0xe0; /* 5 of 8 bits, where real text has 3 */
	try_cuts("300 entries of 0.7 kB of text", 600, 300, 30);
	model_plain = 0;
}

static void middling_entries(void **state)
{
	(void)state;
	try_cuts("40 entries of 9 kB that nothing shrinks", 8000, 40, 20);
}

static void one_large_entry(void **state)
{
	(void)state;
	try_cuts("one entry of 500 kB that nothing shrinks", 480000, 1, 8);
}

/* Cut after cut, each a little further. */
static void many_cuts_of_one_entry(void **state)
{
	(void)state;
	uint64_t plain = uncut(200000, 1);
	struct pair p = pair_new(1, 200000, 1);
	join(&p);
	assert_false(carry(&p, 60000));
	for (int i = 0; i < 2; i++) {
		cut(&p);
		join(&p);
		assert_false(carry(&p, 60000));
	}
	cut(&p);
	join(&p);
	assert_true(carry(&p, UINT64_MAX));
	assert_true(p.received < plain + 3 * 2500);
	pair_free(&p);
}

/* Any peer that holds the entry can go on. */
static void another_peer_goes_on(void **state)
{
	(void)state;
	struct pair p = pair_new(1, 200000, 1);
	join(&p);
	assert_false(carry(&p, 100000));
	cut(&p);
	p.from = world_node(p.w, "gamma", 1);
	node_has(p.from, "alpha", 1);
	join(&p);
	uint64_t before = p.received;
	assert_true(carry(&p, UINT64_MAX));
	assert_true(p.received - before < 120000);
	pair_free(&p);
}

/* A part that is not the beginning of the entry costs nothing but itself. */
static void a_poisoned_part_is_started_over(void **state)
{
	(void)state;
	for (int how = 0; how < 3; how++) {
		uint64_t plain = uncut(100000, 3);
		struct pair p = pair_new(1, 100000, 3);
		struct buf junk = BUF_INIT;
		while (junk.len < (how == 2 ? 500000 : 50000)) /* longer than the whole */
			buf_add(&junk, STR("and more of it; "));
		p.part = part_new("alpha", how == 1 ? 2 : 1, buf_str(&junk), STR_EMPTY);
		buf_release(&junk);
		join(&p);
		assert_true(carry(&p, UINT64_MAX));
		assert_in_range(p.received, plain - 100, plain + 100);
		assert_int_equal(p.ends[1]->closes, 0);
		pair_free(&p);
	}
}

/* The charter goes on like an entry. */
static void a_charter_goes_on(void **state)
{
	(void)state;
	struct head have = {.hub = "east", .seq = 5};
	struct raw r = raw_new(RAW_EQUAL, &have, 1);
	struct buf text = BUF_INIT, body = BUF_INIT, segment = BUF_INIT;
	struct session_event e;
	while (text.len < 3000)
		buf_printf(&text, "line %zu\n", text.len);
	struct str begin = str_sub(buf_str(&text), 0, 1000);
	struct part *part = part_new("", 3, begin, STR_EMPTY);
	struct short_head more = {"", 3, {9}};
	while (session_event(r.session, &e))
		;
	session_offer(r.session, part);
	heads_write(&body, &more, 1);
	raw_say(&r, MESSAGE_HEADS, buf_str(&body));
	buf_reset(&body);
	raw_listen(&r, &body);
	struct str rest = str_sub(buf_str(&text), 1000, text.len);
	lone_segment(&segment, rest, 1);
	rest_write(&body, "", 3, 1000, buf_str(&segment));
	raw_say(&r, MESSAGE_REST, buf_str(&body));
	while (session_event(r.session, &e) && e.kind != SESSION_CHARTER)
		;
	assert_int_equal(e.kind, SESSION_CHARTER);
	assert_true(str_eq(e.bytes, buf_str(&text)));
	part_release(part);
	buf_release(&text);
	buf_release(&body);
	buf_release(&segment);
	raw_free(&r);
}

/* --- a peer that lies about it --- */

static struct session_event last_event(struct session *s)
{
	struct session_event e, last = {.kind = SESSION_NONE};
	while (session_event(s, &e))
		last = e;
	return last;
}

static void rest_that_does_not_fit(void **state)
{
	(void)state;
	struct head have = {.hub = "east", .seq = 5};
	static const struct {
		bool is_told;
		uint64_t at;
		const char *hub;
		size_t texts, size;
		const char *why;
	} row[] = {{false, 1000, "east", 1, 9, "no such part was told of"},
	    {true, 999, "east", 1, 9, "no such part was told of"},
	    {true, 1000, "west", 1, 9, "no such part was told of"},
	    {true, 1000, "east", 0, 9, "a segment's head is cut short"},
	    {true, 1000, "east", 2, 9, "it is one text, not 2"},
	    {true, 1000, "east", 1, ENTRY_BYTES_MAX - 999, "bytes with what was here"}};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct raw r = raw_new(RAW_EQUAL, &have, 1);
		char *junk = mem_alloc(ENTRY_BYTES_MAX);
		struct part *part = part_new("east", 6, str_of(junk, 1000), STR_EMPTY);
		struct buf b = BUF_INIT, segment = BUF_INIT;
		struct short_head more = {"east", 6, {9}};
		last_event(r.session);
		session_offer(r.session, part);
		if (row[i].is_told) {
			heads_write(&b, &more, 1);
			raw_say(&r, MESSAGE_HEADS, buf_str(&b));
			buf_reset(&b);
			raw_listen(&r, &b);
			buf_reset(&b);
		}
		if (row[i].texts)
			lone_segment(&segment, str_of(junk, row[i].size), row[i].texts);
		else
			buf_putc(&segment, 1);
		rest_write(&b, row[i].hub, 6, row[i].at, buf_str(&segment));
		raw_say(&r, MESSAGE_REST, buf_str(&b));
		struct session_event e = last_event(r.session);
		assert_int_equal(e.kind, SESSION_CLOSED);
		assert_true(e.is_fault);
		if (!strstr(e.text, row[i].why))
			fail_msg("%s", e.text);
		part_release(part);
		buf_release(&b);
		buf_release(&segment);
		free(junk);
		raw_free(&r);
	}
}

static void ends_with(enum message type, struct str body, const char *why)
{
	struct head have = {.hub = "east", .seq = 5};
	struct raw r = raw_new(RAW_EQUAL, &have, 1);
	raw_say(&r, type, body);
	struct session_event e = last_event(r.session);
	assert_true(e.kind == SESSION_CLOSED && e.is_fault);
	if (!strstr(e.text, why))
		fail_msg("%s", e.text);
	raw_free(&r);
}

static void claims_have_limits(void **state)
{
	(void)state;
	struct head have = {.hub = "east", .seq = 5};
	static const struct {
		enum message type;
		const char *bytes;
		size_t n;
		const char *why;
	} row[] = {
	    {MESSAGE_PART, "\4east\6", 6, "PART: a length that is missing"},
	    {MESSAGE_PART, "\4east\6\0hhhhhhhhhhhhhhhh", 23, "PART: a length that is missing"},
	    {MESSAGE_PART, "\4east\6\xff\xff\xff\x7fhhhhhhhhhhhhhhhh", 26,
		"PART: a length that is missing"},
	    {MESSAGE_PART, "\4east\6\7hhhhhhhhhhhhhhh", 22, "PART: its hash is cut short"},
	    {MESSAGE_PART, "\4east\6\7hhhhhhhhhhhhhhhhh", 24, "PART: 1 bytes more"},
	    {MESSAGE_PART, "\4east\0\7hhhhhhhhhhhhhhhh", 23, "PART: a number that is missing"},
	    {MESSAGE_RECALL, "\0\5\1hhhhhhhhhhhhhhhh", 19, "RECALL: it names no entries"},
	    {MESSAGE_RECALL, "\4east\5\6hhhhhhhhhhhhhhhh", 23, "RECALL: it names no entries"},
	    {MESSAGE_RECALL, "\4east\5\0hhhhhhhhhhhhhhhh", 23, "RECALL: a number that is missing"},
	    {MESSAGE_RECALL, "\4east\5\5hhhhhhhhhhhhhhh", 22, "RECALL: its hash is cut short"},
	    {MESSAGE_RECALL, "\4east\5\5hhhhhhhhhhhhhhhhh", 24, "RECALL: 1 bytes more"},
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		ends_with(row[i].type, str_of(row[i].bytes, row[i].n), row[i].why);
	/* A claim about anything is only a claim. */
	struct raw r = raw_new(RAW_EQUAL, &have, 1);
	raw_say(&r, MESSAGE_PART, STR("\0\5\7hhhhhhhhhhhhhhhh"));
	raw_say(&r, MESSAGE_PART, STR("\4west\5\7hhhhhhhhhhhhhhhh"));
	raw_say(&r, MESSAGE_PART, STR("\4east\5\7hhhhhhhhhhhhhhhh"));
	assert_int_equal(last_event(r.session).kind, SESSION_IN_SYNC);
	raw_free(&r);
}

/* --- recalling --- */

/* 32 texts come again and again. After a cut each is sent anew, unless the receiver recalls them.
 */
static void a_stream_goes_on(void **state)
{
	(void)state;
	enum { ENTRIES = 200 };
	model_repeats = 32;
	model_has_one_writer = true;
	uint64_t plain = uncut(2000, ENTRIES), received[3];
	for (int i = 0; i < 3; i++) {
		struct pair p = pair_new(1, 2000, ENTRIES);
		join(&p);
		assert_false(carry(&p, plain - plain / 20));
		cut(&p);
		assert_true(model_journal(p.to, "alpha")->seq > 60);
		if (i)
			recall(&p, 40);
		if (i == 2) /* of entries that the sender has otherwise */
			p.recall->hash[3] ^= 1;
		join(&p);
		assert_true(carry(&p, UINT64_MAX));
		assert_int_equal(p.ends[1]->closes, 0);
		received[i] = p.received;
		pair_free(&p);
	}
	model_has_one_writer = false;
	print_message("uncut %llu, cut %llu, recalled %llu\n", (unsigned long long)plain,
	    (unsigned long long)received[0], (unsigned long long)received[1]);
	assert_true(received[0] > plain + 20 * 1000);
	assert_true(received[1] < plain + 6 * 1000);
	assert_in_range(received[2], received[0] - 100, received[0] + 100);
	model_repeats = 0;
}

/* The same with a few entries left. */
static void a_stream_goes_on_for_a_few(void **state)
{
	(void)state;
	enum { ENTRIES = 200 };
	model_repeats = 32;
	uint64_t plain = uncut(2000, ENTRIES), received[2];
	for (int i = 0; i < 2; i++) {
		struct pair p = pair_new(1, 2000, ENTRIES);
		join(&p);
		assert_false(carry(&p, plain - 160));
		cut(&p);
		uint64_t left = ENTRIES - model_journal(p.to, "alpha")->seq;
		assert_in_range(left, 4, SESSION_MUCH_ENTRIES - 1);
		if (i)
			recall(&p, 40);
		join(&p);
		assert_true(carry(&p, UINT64_MAX));
		assert_int_equal(p.ends[1]->closes, 0);
		received[i] = p.received;
		pair_free(&p);
	}
	print_message("uncut %llu, cut %llu, recalled %llu\n", (unsigned long long)plain,
	    (unsigned long long)received[0], (unsigned long long)received[1]);
	assert_true(received[0] > plain + 10 * 1000);
	assert_true(received[1] < plain + 4 * 1000);
	model_repeats = 0;
}

/* To read and compress a long text for little costs more than it saves. */
static void no_long_recall_for_little(void **state)
{
	(void)state;
	struct head have = {.hub = "east", .seq = 1000};
	for (uint64_t missing = 1; missing <= 3; missing++)
		for (uint64_t over = 0; over < 2; over++) {
			struct raw r = raw_new(RAW_EDGE, &have, 1);
			struct short_head held = {.hub = "east", .seq = have.seq - missing};
			struct recall_claim claim = {.hub = "east",
			    .last = held.seq,
			    .count = 4 * SESSION_RECALL_EACH * missing - 1 + over};
			struct recall_claim wanted;
			struct buf body = BUF_INIT;
			heads_write(&body, &held, 1);
			raw_say(&r, MESSAGE_HEADS, buf_str(&body));
			buf_reset(&body);
			assert_false(session_wants_recall(r.session, &wanted));
			recall_write(&body, &claim);
			raw_say(&r, MESSAGE_RECALL, buf_str(&body));
			assert_int_equal(session_wants_recall(r.session, &wanted), !over);
			buf_release(&body);
			raw_free(&r);
		}
}

static void recalls_are_checked(void **state)
{
	(void)state;
	struct head have = {.hub = "east", .seq = 5};
	struct raw r = raw_new(RAW_EQUAL, &have, 1);
	raw_say(&r, MESSAGE_RECALL, STR("\4east\5\5hhhhhhhhhhhhhhhh"));
	raw_say(&r, MESSAGE_RECALL, STR("\4east\5\5hhhhhhhhhhhhhhhh"));
	assert_non_null(strstr(last_event(r.session).text, "RECALL: it was said before"));
	raw_free(&r);
	/* A stream that refers to what was never told. */
	struct buf body = BUF_INIT, segment = BUF_INIT;
	struct segment_writer *w = segment_writer_new();
	segment_writer_recall(w, STR("a text of one's own"), STR_EMPTY);
	segment_write(w, &segment, &STR("an entry"), 1);
	entries_write(&body, "east", 6, buf_str(&segment));
	ends_with(MESSAGE_ENTRIES, buf_str(&body), "refers to text that nobody has told of");
	segment_writer_free(w);
	buf_release(&body);
	buf_release(&segment);
}

/* --- what is kept --- */

static struct part *part_of_size(const char *hub, uint64_t seq, size_t size)
{
	struct buf b = BUF_INIT;
	while (b.len < size)
		buf_putc(&b, 'x');
	struct part *p = part_new(hub, seq, buf_str(&b), STR_EMPTY);
	buf_release(&b);
	return p;
}

static void parts_are_bounded(void **state)
{
	(void)state;
	struct parts all = {.n = 0};
	parts_keep(&all, NULL);
	for (int i = 0; i < 3 * PARTS_MAX; i++) {
		char name[HUB_NAME_BYTES];
		snprintf(name, sizeof name, "hub%d", i);
		parts_keep(&all, part_of_size(name, 1, 1000));
	}
	assert_int_equal(all.n, PARTS_MAX);
	assert_string_equal(all.held[PARTS_MAX - 1]->hub, "hub23");
	for (int i = 0; i < 5; i++)
		parts_keep(&all, part_of_size(i % 2 ? "a" : "b", (uint64_t)i, 400 * 1000));
	assert_int_equal(all.n, 2 + 6);
	parts_keep(&all, part_of_size("c", 1, 500 * 1000));
	assert_true(all.n <= 2);
	parts_release(&all);
	assert_int_equal(all.n, 0);
}

static void parts_give_way(void **state)
{
	(void)state;
	struct parts all = {.n = 0};
	parts_keep(&all, part_of_size("a", 5, 2000));
	parts_keep(&all, part_of_size("a", 5, 1000)); /* less of the same */
	assert_int_equal(all.held[0]->bytes.len, 2000);
	parts_keep(&all, part_of_size("a", 6, 1000));
	assert_int_equal(all.n, 1);
	assert_int_equal(all.held[0]->seq, 6);
	parts_keep(&all, part_of_size("", 3, 1000));
	parts_keep(&all, part_of_size("b", 2, 1000));
	struct head heads[] = {{.hub = "a", .seq = 5}, {.hub = "b", .seq = 2}};
	struct local_state l = {.charter = 2, .heads = heads, .nheads = 2};
	parts_settle(&all, &l);
	assert_int_equal(all.n, 2);
	l.charter = 3;
	heads[0].seq = 6;
	parts_settle(&all, &l);
	assert_int_equal(all.n, 0);
	parts_release(&all);
}

int main(void)
{
	model_puts_all = true;
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(small_entries),
	    cmocka_unit_test(a_stream_goes_on),
	    cmocka_unit_test(a_stream_goes_on_for_a_few),
	    cmocka_unit_test(no_long_recall_for_little),
	    cmocka_unit_test(recalls_are_checked),
	    cmocka_unit_test(middling_entries),
	    cmocka_unit_test(one_large_entry),
	    cmocka_unit_test(many_cuts_of_one_entry),
	    cmocka_unit_test(another_peer_goes_on),
	    cmocka_unit_test(a_poisoned_part_is_started_over),
	    cmocka_unit_test(a_charter_goes_on),
	    cmocka_unit_test(rest_that_does_not_fit),
	    cmocka_unit_test(claims_have_limits),
	    cmocka_unit_test(parts_are_bounded),
	    cmocka_unit_test(parts_give_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
