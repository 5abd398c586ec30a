/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions joined in memory come to hold the same, whoever lacked what and however bytes were cut.
 */
#include "session_model.h"

enum { SEEDS = 25 };

/* Two nodes, equal but for what `arrange` does, run for many seeds. */
static void run_pair(void (*arrange)(struct node *a, struct node *b), int admitted)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct world *w = world_new(seed);
		struct node *a = world_node(w, "alpha", 3), *b = world_node(w, "beta", 3);
		for (int i = 0; i < 2; i++) {
			node_has(&w->nodes[i], "alpha", 12);
			node_has(&w->nodes[i], "beta", 7);
			node_has(&w->nodes[i], "central", 3);
		}
		w->chunk_max = seed % 3 ? 3000 : 40;
		arrange(a, b);
		struct end *e = world_link(w, a, b);
		world_run(w);
		assert_in_sync(e, 1);
		assert_int_equal(a->admitted + b->admitted, admitted);
		assert_string_equal(e[0].peer_hub, "beta");
		assert_string_equal(e[1].peer_hub, "alpha");
		world_free(w);
	}
}

static void change_nothing(struct node *a, struct node *b)
{
	(void)a, (void)b;
}

static void equal_stores_need_no_message(void **state)
{
	(void)state;
	run_pair(change_nothing, 0);
}

static void a_leads(struct node *a, struct node *b)
{
	(void)b;
	node_has(a, "alpha", 40);
	node_has(a, "new-hub", 5);
}

static void b_leads(struct node *a, struct node *b)
{
	a_leads(b, a);
}

static void the_one_ahead_sends(void **state)
{
	(void)state;
	run_pair(a_leads, 33);
	run_pair(b_leads, 33);
}

static void both_lead(struct node *a, struct node *b)
{
	node_has(a, "alpha", 90);
	node_has(b, "beta", 95);
	node_has(a, "zulu", 2);
	node_has(b, "aaa", 3);
}

static void both_ahead_on_different_hubs(void **state)
{
	(void)state;
	run_pair(both_lead, 78 + 88 + 2 + 3);
}

static void a_has_new_charter(struct node *a, struct node *b)
{
	a->charter = 5;
	node_has(b, "beta", 9);
}

static void a_charter_behind_is_brought_up(void **state)
{
	(void)state;
	run_pair(a_has_new_charter, 2);
}

static void b_is_new(struct node *a, struct node *b)
{
	a->charter = 4;
	b->charter = 0;
	b->njournals = 0;
}

static void a_newcomer_gets_everything(void **state)
{
	(void)state;
	run_pair(b_is_new, 22);
}

static void both_new(struct node *a, struct node *b)
{
	a->charter = b->charter = 0;
	a->njournals = b->njournals = 0;
}

static void two_newcomers_have_nothing_to_say(void **state)
{
	(void)state;
	run_pair(both_new, 0);
}

static void charters_come_before_entries(void **state)
{
	(void)state;
	struct world *w = world_new(1);
	struct node *a = world_node(w, "alpha", 3), *b = world_node(w, "", 0);
	node_has(a, "alpha", 5);
	struct end *e = world_link(w, b, a);
	while (end_send(w, &e[0]) || end_send(w, &e[1]) || end_receive(w, &e[0]) ||
	       end_receive(w, &e[1]) || end_answer(w, &e[1]))
		;
	assert_int_equal(b->nqueue, 4);
	for (uint32_t i = 0; i < 3; i++) {
		assert_true(b->queue[i].is_charter);
		assert_int_equal(b->queue[i].seq, i + 1);
	}
	assert_string_equal(b->queue[3].hub, "alpha");
	assert_int_equal(e[1].in_syncs, 0); /* nothing of it is durable yet */
	world_run(w);
	assert_in_sync(e, 1);
	world_free(w);
}

static void a_new_entry_is_pushed(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct world *w = world_new(seed);
		struct node *a = world_node(w, "alpha", 1), *b = world_node(w, "beta", 1);
		struct end *e = world_link(w, a, b);
		world_run(w);
		assert_in_sync(e, 1);
		node_write(w, a, "alpha", 1);
		world_run(w);
		assert_in_sync(e, 2);
		assert_int_equal(e[0].acked, 1);
		node_write(w, a, "alpha", 30); /* many at once settle once */
		world_run(w);
		assert_in_sync(e, 3);
		a->charter++;
		node_changed(w, a);
		world_run(w);
		assert_in_sync(e, 4);
		world_free(w);
	}
}

static void entries_cross(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct world *w = world_new(seed);
		struct node *a = world_node(w, "alpha", 1), *b = world_node(w, "beta", 1);
		struct end *e = world_link(w, a, b);
		world_run(w);
		for (int i = 0; i < 10; i++) {
			node_write(w, a, "alpha", 1);
			end_answer(w, &e[0]);
			node_write(w, b, "beta", 1);
			end_answer(w, &e[1]);
			end_send(w, &e[pick(w, 2)]);
		}
		world_run(w);
		assert_same(a, b);
		assert_int_equal(a->admitted, 10);
		assert_int_equal(b->admitted, 10);
		struct session_counts c;
		session_counts(e[0].session, &c);
		assert_int_equal(c.behind + c.peer_behind, 0);
		assert_in_range(e[0].in_syncs, 2, 21);
		world_free(w);
	}
}

/* The same entry reaches both ends from elsewhere, and each pushes it to the other. */
static void duplicates_are_no_fault(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct world *w = world_new(seed);
		struct node *a = world_node(w, "alpha", 1), *b = world_node(w, "beta", 1);
		struct end *e = world_link(w, a, b);
		world_run(w);
		node_write(w, a, "central", 3);
		node_write(w, b, "central", 4);
		while (end_answer(w, &e[0]) || end_answer(w, &e[1]))
			;
		world_run(w);
		assert_in_sync(e, 2);
		assert_int_equal(e[0].acked, 4);
		assert_int_equal(a->admitted, 1);
		assert_int_equal(b->admitted, 0);
		world_free(w);
	}
}

/* B holds the entry by another way when A's copy comes in: A must still learn that B has it. */
static void a_duplicate_is_acknowledged(void **state)
{
	(void)state;
	struct world *w = world_new(5);
	struct node *a = world_node(w, "alpha", 1), *b = world_node(w, "beta", 1);
	struct end *e = world_link(w, a, b);
	world_run(w);
	node_write(w, a, "central", 1);
	end_answer(w, &e[0]);
	node_write(w, b, "central", 1);
	while (end_send(w, &e[0]) || end_receive(w, &e[1]))
		;
	assert_int_equal(e[1].in_syncs, 2);
	assert_int_equal(e[1].acked, 1);
	assert_false(end_answer(w, &e[1])); /* no need to send it back */
	world_run(w);
	assert_in_sync(e, 2);
	assert_int_equal(e[0].acked, 1);
	world_free(w);
}

static void a_relay_passes_on(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct world *w = world_new(seed);
		struct node *a = world_node(w, "alpha", 2), *b = world_node(w, "beta", 1);
		struct node *c = world_node(w, "gamma", 0);
		node_has(a, "alpha", 30);
		node_has(c, "gamma", 20);
		struct end *ab = world_link(w, a, b);
		world_link(w, c, b);
		world_run(w);
		assert_same(a, b);
		assert_same(b, c);
		int before = ab[0].in_syncs;
		assert_in_range(before, 1, 60);
		node_write(w, a, "alpha", 1);
		world_run(w);
		assert_same(a, c);
		assert_int_equal(ab[0].in_syncs, before + 1);
		assert_int_equal(a->duplicates + b->duplicates + c->duplicates, 0);
		world_free(w);
	}
}

static void a_ring_settles(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct world *w = world_new(seed);
		struct node *n[3] = {
		    world_node(w, "alpha", 2), world_node(w, "beta", 2), world_node(w, "gamma", 2)};
		for (int i = 0; i < 3; i++)
			world_link(w, n[i], n[(i + 1) % 3]);
		world_run(w);
		for (int k = 0; k < 20; k++) {
			struct node *by = n[pick(w, 3)];
			node_write(w, by, by->name, 1 + pick(w, 3));
			end_answer(w, &w->ends[pick(w, 6)]);
			end_send(w, &w->ends[pick(w, 6)]);
			end_receive(w, &w->ends[pick(w, 6)]);
		}
		world_run(w);
		for (size_t i = 0; i < 6; i++) {
			struct session_counts c;
			session_counts(w->ends[i].session, &c);
			assert_int_equal(c.behind + c.peer_behind, 0);
			assert_string_equal(w->ends[i].reason, "");
			assert_true(w->ends[i].in_syncs >= 2);
		}
		assert_same(n[0], n[1]);
		assert_same(n[1], n[2]);
		world_free(w);
	}
}

static void ten_thousand_entries(void **state)
{
	(void)state;
	struct world *w = world_new(9);
	struct node *a = world_node(w, "alpha", 1), *b = world_node(w, "beta", 1);
	w->chunk_max = 60000;
	node_has(a, "alpha", 6000);
	node_has(a, "central", 4000);
	struct end *e = world_link(w, a, b);
	size_t most = 0;
	while (!e[1].in_syncs) {
		while (end_answer(w, &e[0])) {
			struct buf *waiting = &e[1].in; /* never read ahead of the queue's bound */
			most = waiting->len > most ? waiting->len : most;
		}
		struct str out = session_output(e[0].session);
		assert_true(out.len <= SESSION_QUEUE_BYTES + PUT_MAX * 300 + 4096);
		for (int i = 0; i < 8; i++) {
			end_send(w, &e[i % 2]);
			end_receive(w, &e[i % 2]);
			node_admit(w, b);
		}
	}
	world_run(w);
	assert_in_sync(e, 1);
	assert_int_equal(b->admitted, 10000);
	uint64_t content = 0;
	for (uint64_t i = 1; i <= 10000; i++) {
		struct buf one = BUF_INIT;
		const struct journal *j = &a->journals[i > 6000];
		model_entry(&one, j, i > 6000 ? i - 6000 : i, w->entry_size);
		content += one.len;
		buf_release(&one);
	}
	assert_true(link_bytes(e) < content + content / 50 + 20000);
	world_free(w);
}

/* Entries as large as they may be go through, alone in their message. */
static void large_entries(void **state)
{
	(void)state;
	struct world *w = world_new(2);
	struct node *a = world_node(w, "alpha", 1), *b = world_node(w, "beta", 1);
	w->chunk_max = 100000;
	w->entry_size = ENTRY_BYTES_MAX / 11 * 8 - 8; /* the largest is 6/16 more */
	node_has(a, "alpha", 7);
	struct end *e = world_link(w, a, b);
	world_run(w);
	assert_in_sync(e, 1);
	world_free(w);
}

static void a_fork_stops_only_its_own_hub(void **state)
{
	(void)state;
	static const struct {
		uint64_t a, b, fork;
	} row[] = {{5, 5, 5}, {5, 5, 2}, {9, 5, 4}, {5, 9, 4}, {9, 5, 9}};
	for (size_t r = 0; r < 5; r++)
		for (uint64_t seed = 0; seed < 5; seed++) {
			struct world *w = world_new(seed);
			struct node *a = world_node(w, "alpha", 1), *b = world_node(w, "beta", 1);
			node_has(a, "mid", row[r].a);
			node_has(b, "mid", row[r].b);
			model_journal(a, "mid")->fork = row[r].fork;
			if (row[r].b >= row[r].fork)
				model_journal(b, "mid")->fork = row[r].fork;
			node_has(a, "alpha", 4);
			node_has(b, "zulu", 4);
			struct end *e = world_link(w, a, b);
			world_run(w);
			for (int i = 0; i < 2; i++) {
				assert_string_equal(e[i].reason, "");
				assert_int_equal(e[i].in_syncs, 1);
				assert_int_equal(model_journal(e[i].node, "alpha")->seq, 4);
				assert_int_equal(model_journal(e[i].node, "zulu")->seq, 4);
			}
			assert_int_equal(e[0].disputes + e[1].disputes, r < 2 ? 2 : 1);
			for (int i = 0; i < 2; i++)
				if (e[i].disputes)
					assert_string_equal(e[i].disputed, "mid");
			world_free(w);
		}
}

static void a_forked_charter_is_disputed(void **state)
{
	(void)state;
	struct world *w = world_new(4);
	struct node *a = world_node(w, "alpha", 2), *b = world_node(w, "beta", 2);
	struct head heads[JOURNALS];
	struct end *e = world_link(w, a, b);
	struct local_state l = model_state(b, heads);
	l.charter_hash.bytes[0] ^= 1;
	session_free(e[1].session);
	struct session_config c = {.network = w->network, .hub = "beta"};
	memcpy(c.link_secret, b->secret, LINK_KEY_BYTES);
	e[1].session = session_new(&c, &l, 0);
	world_run(w);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(e[i].disputes, 1);
		assert_string_equal(e[i].disputed, "");
		assert_int_equal(e[i].disputed_seq, 2);
		assert_int_equal(e[i].closes, 0);
	}
	world_free(w);
}

static void changes_during_the_handshake_are_not_lost(void **state)
{
	(void)state;
	for (int at = 0; at < 8; at++)
		for (int who = 0; who < 2; who++) {
			struct world *w = world_new((uint64_t)at);
			struct node *n[2] = {world_node(w, "alpha", 1), world_node(w, "beta", 1)};
			w->chunk_max = 1000;
			struct end *e = world_link(w, n[0], n[1]);
			for (int step = 0; step < 8; step++) {
				if (step == at)
					node_write(w, n[who], "central", 1);
				if (step % 4 == 0 || step % 4 == 2)
					while (end_send(w, &e[step % 4 / 2]))
						;
				else
					while (end_receive(w, &e[1 - step % 4 / 2]))
						;
			}
			world_run(w);
			assert_same(n[0], n[1]);
			assert_string_equal(e[0].reason, "");
			struct session_counts c;
			session_counts(e[0].session, &c);
			assert_int_equal(c.behind + c.peer_behind, 0);
			assert_in_range(e[0].in_syncs, 1, 2);
			assert_in_range(e[1].in_syncs, 1, 2);
			world_free(w);
		}
}

static void a_journal_cut_back_ends_the_session(void **state)
{
	(void)state;
	struct world *w = world_new(4);
	struct node *a = world_node(w, "alpha", 1), *b = world_node(w, "beta", 1);
	node_has(a, "mid", 5);
	struct end *e = world_link(w, a, b);
	world_run(w);
	model_journal(a, "mid")->seq = 3;
	node_changed(w, a);
	world_run(w);
	assert_int_equal(e[0].closes, 1);
	assert_false(e[0].is_fault);
	assert_non_null(strstr(e[0].reason, "mid went back from 5 to 3"));
	assert_int_equal(e[1].closes, 1);
	assert_false(e[1].is_fault);
	world_free(w);
}

/* What a connection costs in which there is nothing to do, and one new entry on an open one. */
static void the_cost_is_bounded(void **state)
{
	(void)state;
	struct world *w = world_new(1);
	struct node *a = world_node(w, "alpha", 1), *b = world_node(w, "central", 1);
	w->entry_size = 1500;
	node_has(a, "alpha", 300);
	node_has(b, "alpha", 300);
	struct end *e = world_link(w, a, b);
	world_run(w);
	assert_in_sync(e, 1);
	uint64_t idle = link_bytes(e);
	assert_int_equal(idle, 312); /* docs/protocol.md §9 */
	node_write(w, a, "alpha", 1);
	world_run(w);
	assert_in_sync(e, 2);
	struct buf entry = BUF_INIT;
	model_entry(&entry, model_journal(a, "alpha"), 301, w->entry_size);
	assert_int_equal(link_bytes(e) - idle, entry.len + 43 + 37);
	buf_release(&entry);
	session_close(e[0].session, "done", false);
	world_run(w);
	assert_true(e[1].closes == 1);
	world_free(w);
}

/* One byte at a time is as good as any other way. */
static void byte_by_byte(void **state)
{
	(void)state;
	struct world *w = world_new(1);
	struct node *a = world_node(w, "alpha", 2), *b = world_node(w, "beta", 1);
	w->chunk_max = 1;
	node_has(a, "alpha", 20);
	node_has(b, "beta", 20);
	struct end *e = world_link(w, a, b);
	world_run(w);
	assert_in_sync(e, 1);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(equal_stores_need_no_message),
	    cmocka_unit_test(the_one_ahead_sends),
	    cmocka_unit_test(both_ahead_on_different_hubs),
	    cmocka_unit_test(a_charter_behind_is_brought_up),
	    cmocka_unit_test(a_newcomer_gets_everything),
	    cmocka_unit_test(two_newcomers_have_nothing_to_say),
	    cmocka_unit_test(charters_come_before_entries),
	    cmocka_unit_test(a_new_entry_is_pushed),
	    cmocka_unit_test(entries_cross),
	    cmocka_unit_test(duplicates_are_no_fault),
	    cmocka_unit_test(a_duplicate_is_acknowledged),
	    cmocka_unit_test(a_relay_passes_on),
	    cmocka_unit_test(a_ring_settles),
	    cmocka_unit_test(ten_thousand_entries),
	    cmocka_unit_test(large_entries),
	    cmocka_unit_test(a_fork_stops_only_its_own_hub),
	    cmocka_unit_test(a_forked_charter_is_disputed),
	    cmocka_unit_test(changes_during_the_handshake_are_not_lost),
	    cmocka_unit_test(a_journal_cut_back_ends_the_session),
	    cmocka_unit_test(the_cost_is_bounded),
	    cmocka_unit_test(byte_by_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
