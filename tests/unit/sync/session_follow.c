/* SPDX-License-Identifier: Apache-2.0 */
/* Which journals a side follows, and in what order they come. */
#include "session_model.h"
#include "sync/session_impl.h"

static const char *const hubs[] = {"alpha", "beta", "central", "delta", "echo"};

/* A hub that holds `n` entries of each journal, and an edge that holds nothing. */
static struct end *meet(struct world *w, uint64_t n)
{
	struct node *hub = world_node(w, "central", 2), *edge = world_node(w, "", 1);
	for (size_t i = 0; i < 5; i++)
		node_has(hub, hubs[i], n);
	return world_link(w, edge, hub);
}

static void follow(struct end *e, const char *first, const char *second, bool is_only)
{
	struct str names[] = {str_from(first), str_from(second ? second : "")};
	session_follow(e->session, names, second ? 2 : 1, is_only);
}

static uint64_t held(const struct end *e, const char *hub)
{
	return model_journal(e->node, hub)->seq;
}

/* The journals in the order in which something of them first came. */
static void assert_came(const struct end *e, const char *const *want, size_t n)
{
	size_t k = 0;
	for (size_t i = 0; i < e->node->nqueue; i++) {
		const struct arrival *a = &e->node->queue[i];
		if (k && strcmp(a->hub, want[k - 1]) == 0)
			continue;
		assert_true(k < n);
		assert_string_equal(a->hub, want[k++]);
	}
	assert_int_equal(k, n);
}

static void assert_settled(struct end *e, int times)
{
	for (int i = 0; i < 2; i++) {
		struct session_counts c;
		session_counts(e[i].session, &c);
		assert_string_equal(e[i].reason, "");
		assert_int_equal(e[i].in_syncs, times);
		assert_int_equal(c.behind, 0);
		assert_int_equal(c.peer_behind, 0);
		assert_int_equal(c.to_come, 0);
		assert_int_equal(c.to_send, 0);
	}
}

static void what_is_named_comes_first(void **state)
{
	(void)state;
	static const char *const order[] = {"", "delta", "beta", "alpha", "central", "echo"};
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct world *w = world_new(seed);
		struct end *e = meet(w, 30);
		follow(&e[0], "delta", "beta", false);
		world_run(w);
		assert_in_sync(e, 1);
		assert_came(&e[0], order, 6);
		world_free(w);
	}
}

static void only_what_is_followed_comes(void **state)
{
	(void)state;
	static const char *const order[] = {"", "echo", "beta"};
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct world *w = world_new(seed);
		struct end *e = meet(w, 30);
		follow(&e[0], "echo", "beta", true);
		world_run(w);
		assert_settled(e, 1);
		assert_came(&e[0], order, 3);
		assert_int_equal(held(&e[0], "echo"), 30);
		assert_int_equal(held(&e[0], "alpha"), 0);

		uint64_t before = link_bytes(e);
		node_write(w, e[1].node, "alpha", 3); /* nobody here asked for it */
		node_write(w, e[1].node, "central", 1); /* its own is no other */
		world_run(w);
		assert_int_equal(link_bytes(e), before);
		assert_settled(e, 1);
		node_write(w, e[1].node, "beta", 1);
		world_run(w);
		assert_int_equal(held(&e[0], "beta"), 31);
		assert_settled(e, 2);
		world_free(w);
	}
}

/* What is held of a journal that is not followed any more still goes to who lacks it. */
static void what_is_not_followed_is_passed_on(void **state)
{
	(void)state;
	struct world *w = world_new(3);
	struct end *e = meet(w, 10);
	node_has(e[0].node, "alpha", 12);
	node_has(e[0].node, "delta", 4);
	world_link(w, e[0].node, e[1].node);
	follow(&e[2], "beta", NULL, true);
	follow(&e[0], "beta", NULL, true);
	world_run(w);
	assert_int_equal(held(&e[1], "alpha"), 12);
	assert_int_equal(held(&e[0], "alpha"), 12);
	assert_int_equal(held(&e[0], "delta"), 4);
	assert_int_equal(held(&e[0], "beta"), 10);
	assert_settled(e, e[0].in_syncs);
	world_free(w);
}

/* A new charter brings a hub into the region. */
static void one_more_is_followed_later(void **state)
{
	(void)state;
	struct world *w = world_new(4);
	struct end *e = meet(w, 10);
	session_follow(e[0].session, NULL, 0, true);
	world_run(w);
	assert_settled(e, 1);
	assert_int_equal(e[0].node->charter, 2);
	assert_int_equal(e[0].node->njournals, 0);
	follow(&e[0], "delta", "unheard-of", true);
	world_run(w);
	assert_int_equal(held(&e[0], "delta"), 10);
	assert_int_equal(held(&e[0], "alpha"), 0);
	assert_settled(e, e[0].in_syncs);
	node_write(w, e[1].node, "unheard-of", 2);
	world_run(w);
	assert_int_equal(held(&e[0], "unheard-of"), 2);
	follow(&e[0], "delta", NULL, true); /* and out of it */
	world_run(w);
	node_write(w, e[1].node, "unheard-of", 2);
	world_run(w);
	assert_int_equal(held(&e[0], "unheard-of"), 2);
	follow(&e[0], "central", NULL, false);
	world_run(w);
	assert_same(e[0].node, e[1].node);
	world_free(w);
}

/* Both follow little, and not the same. */
static void two_that_follow_little(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct world *w = world_new(seed);
		struct node *a = world_node(w, "", 1), *b = world_node(w, "", 1);
		b->secret[1]++;
		link_key_public(b->key, b->secret);
		node_has(a, "alpha", 9);
		node_has(a, "beta", 9);
		node_has(b, "beta", 11);
		node_has(b, "delta", 11);
		struct end *e = world_link(w, a, b);
		follow(&e[0], "beta", NULL, true);
		follow(&e[1], "alpha", NULL, true);
		world_run(w);
		assert_settled(e, 1);
		assert_int_equal(held(&e[0], "beta"), 11);
		assert_int_equal(held(&e[0], "delta"), 0);
		assert_int_equal(held(&e[1], "alpha"), 9);
		world_free(w);
	}
}

/* Equal stores stay at one round trip, and an order costs nothing where there is nothing to order.
 */
static void an_order_is_free_between_equals(void **state)
{
	(void)state;
	struct world *w = world_new(5);
	struct node *a = world_node(w, "alpha", 1), *b = world_node(w, "central", 1);
	node_has(a, "alpha", 300);
	node_has(b, "alpha", 300);
	struct end *e = world_link(w, a, b);
	follow(&e[0], "central", "delta", false);
	world_run(w);
	assert_in_sync(e, 1);
	assert_int_equal(link_bytes(e), 312);
	world_free(w);
}

/* --- SCOPE --- */

/* An edge with this scope, which holds `n` of alpha, and a hub that holds more. */
static struct end *meet_scoped(struct world *w, const struct scope *scope, bool edge_dials)
{
	struct node *hub = world_node(w, "central", 2), *edge = world_node(w, "", 2);
	node_has(hub, "alpha", 9);
	node_has(edge, "alpha", 4);
	node_has(edge, "beta", 3);
	model_scope = scope;
	struct end *e = edge_dials ? world_link(w, edge, hub) : world_link(w, hub, edge);
	model_scope = NULL;
	return e;
}

/* The hub knows it before it sends anything, and waits for nothing that does not come. */
static void a_scope_is_heard_and_nothing_awaited(void **state)
{
	(void)state;
	struct scope scope = {.is_lacking = true};
	words_add(&scope.langs, STR("fr"));
	for (int edge_dials = 0; edge_dials < 2; edge_dials++) {
		struct world *w = world_new(6);
		struct end *e = meet_scoped(w, &scope, edge_dials);
		struct end *hub = &e[edge_dials], *edge = &e[!edge_dials];
		struct session_want want;
		while (!session_want(hub->session, &want))
			assert_true(end_send(w, hub) || end_receive(w, edge) ||
				    end_send(w, edge) || end_receive(w, hub));
		const struct scope *heard = session_peer_scope(hub->session);
		assert_non_null(heard);
		assert_true(heard->is_lacking && words_have(&heard->langs, STR("fr")));
		assert_null(session_peer_scope(edge->session));
		assert_true(session_has_scope(edge->session));
		assert_true(hub->session->peer_has_scope);
		world_run(w);
		assert_settled(e, 1);
		assert_int_equal(held(edge, "alpha"), 9);
		assert_int_equal(held(hub, "beta"), 0); /* it sends no entries */
		node_write(w, edge->node, "beta", 1);
		node_write(w, hub->node, "alpha", 1);
		world_run(w);
		assert_int_equal(held(edge, "alpha"), 10);
		assert_int_equal(held(hub, "beta"), 0);
		assert_int_equal(hub->node->duplicates + edge->node->duplicates, 0);
		assert_settled(e, 2);
		world_free(w);
	}
}

/* Two of that kind have nothing for each other but charters. */
static void two_with_a_scope(void **state)
{
	(void)state;
	struct scope scope = {.is_lacking = false};
	words_add(&scope.types, STR("news"));
	struct world *w = world_new(7);
	struct node *a = world_node(w, "", 2), *b = world_node(w, "", 1);
	b->secret[1]++;
	link_key_public(b->key, b->secret);
	node_has(a, "alpha", 3);
	node_has(b, "beta", 3);
	model_scope = &scope;
	struct end *e = world_link(w, a, b);
	model_scope = NULL;
	world_run(w);
	assert_settled(e, e[0].in_syncs);
	assert_true(e[1].in_syncs > 0);
	assert_int_equal(b->charter, 2);
	assert_int_equal(held(&e[0], "beta") + held(&e[1], "alpha"), 0);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_named_comes_first),
	    cmocka_unit_test(only_what_is_followed_comes),
	    cmocka_unit_test(what_is_not_followed_is_passed_on),
	    cmocka_unit_test(one_more_is_followed_later),
	    cmocka_unit_test(two_that_follow_little),
	    cmocka_unit_test(an_order_is_free_between_equals),
	    cmocka_unit_test(a_scope_is_heard_and_nothing_awaited),
	    cmocka_unit_test(two_with_a_scope),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
