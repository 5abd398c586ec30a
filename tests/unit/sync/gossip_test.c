/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several peers tell of crosses one link, whoever ends, lies or falls silent. Time stands
 * still unless a test moves it; everything on a link arrives in the order it was sent.
 */
#include "session_model.h"

#include "sync/gossip.h"
#include "sync/session_impl.h"

struct lab {
	struct world *w;
	struct gossip gossip[NODES];
	bool is_in[2 * LINKS], is_mute[2 * LINKS], is_cut[LINKS];
};

static struct lab lab_new(void)
{
	struct lab l = {.w = world_new(1)};
	l.w->chunk_max = 1 << 20;
	return l;
}

static void lab_free(struct lab *l)
{
	for (size_t i = 0; i < 2 * l->w->nlinks; i++)
		gossip_remove(
		    &l->gossip[l->w->ends[i].node - l->w->nodes], l->w->ends[i].session, 0);
	for (size_t i = 0; i < l->w->nnodes; i++)
		assert_null(l->gossip[i].links);
	world_free(l->w);
}

static struct gossip *gossip_of(struct lab *l, const struct end *e)
{
	return &l->gossip[e->node - l->w->nodes];
}

static void look(struct lab *l, struct end *e)
{
	size_t i = (size_t)(e - l->w->ends);
	struct gossip *g = gossip_of(l, e);
	if (e->ups && !e->closes && !l->is_in[i]) {
		gossip_add(g, e->session, e, l->w->now);
		l->is_in[i] = true;
	} else if (e->closes && l->is_in[i]) {
		gossip_remove(g, e->session, l->w->now);
		l->is_in[i] = false;
	}
	gossip_look(g, e->session, l->w->now);
	while (gossip_next(g))
		; /* what they say goes out in settle() */
}

/* Until nothing moves. */
static void settle(struct lab *l)
{
	struct world *w = l->w;
	for (bool did = true; did;) {
		did = false;
		for (size_t i = 0; i < 2 * w->nlinks; i++) {
			struct end *e = &w->ends[i];
			if (l->is_cut[i / 2])
				continue;
			did |= end_receive(w, e);
			look(l, e);
			if (!l->is_mute[i])
				did |= end_answer(w, e);
			did |= end_send(w, e);
		}
		for (size_t i = 0; i < w->nnodes; i++)
			while (node_admit(w, &w->nodes[i]))
				did = true;
	}
}

static void tick(struct lab *l, int64_t now)
{
	l->w->now = now;
	for (size_t i = 0; i < l->w->nnodes; i++)
		gossip_tick(&l->gossip[i], now);
	settle(l);
}

static void write_at(struct lab *l, struct node *n, const char *hub, uint64_t count)
{
	node_write(l->w, n, hub, count);
	for (size_t i = 0; i < 2 * l->w->nlinks; i++)
		if (l->w->ends[i].node == n)
			look(l, &l->w->ends[i]);
}

/* Neither side says goodbye. */
static void cut(struct lab *l, struct end *e)
{
	l->is_cut[(e - l->w->ends) / 2] = true;
	for (int i = 0; i < 2; i++) {
		session_close(e[i].session, "the connection was cut", false);
		end_take_events(&e[i]);
		look(l, &e[i]);
	}
}

static uint64_t came(const struct end *e)
{
	struct session_counts c;
	session_counts(e->session, &c);
	return c.raw_in;
}

static struct track *track(const struct end *e, const char *hub)
{
	return progress_find(&e->session->progress, hub);
}

/* Four hubs: delta is linked to each of the others, which are linked to nobody else; ends of delta
 * are e[0], e[2], e[4]. */
static struct lab star(struct end **e, struct node **n)
{
	struct lab l = lab_new();
	static const char *const name[] = {"alpha", "beta", "gamma", "delta"};
	for (int i = 0; i < 4; i++)
		n[i] = world_node(l.w, name[i], 1);
	for (int i = 0; i < 3; i++)
		world_link(l.w, n[3], n[i]);
	*e = l.w->ends;
	settle(&l);
	for (int i = 0; i < 6; i++)
		assert_int_equal(l.w->ends[i].in_syncs, 1);
	return l;
}

static unsigned sources(struct end *e, const char *hub)
{
	unsigned n = 0;
	for (int i = 0; i < 6; i += 2)
		n += track(&e[i], hub) && came(&e[i]) > 0;
	return n;
}

static void several_tell_and_one_sends(void **state)
{
	(void)state;
	struct end *e;
	struct node *n[4];
	struct lab l = star(&e, n);
	for (int i = 0; i < 3; i++)
		write_at(&l, n[i], "zulu", 5);
	settle(&l);
	assert_int_equal(model_journal(n[3], "zulu")->seq, 5);
	assert_int_equal(sources(e, "zulu"), 1);
	assert_int_equal(n[3]->duplicates, 0);
	for (int i = 0; i < 6; i++)
		assert_string_equal(e[i].reason, "");
	lab_free(&l);
}

/* A hub that meets three which hold the same, one after the other, and is new to it all. */
static void the_first_mirror_is_streamed_by_one(void **state)
{
	(void)state;
	struct lab l = lab_new();
	struct node *n[4];
	static const char *const name[] = {"alpha", "beta", "gamma", "delta"};
	for (int i = 0; i < 4; i++) {
		n[i] = world_node(l.w, name[i], 1);
		if (i < 3)
			node_has(n[i], "zulu", 500), node_has(n[i], "mike", 100);
	}
	for (int i = 0; i < 3; i++)
		world_link(l.w, n[3], n[i]);
	struct end *e = l.w->ends;
	settle(&l);
	assert_int_equal(model_journal(n[3], "zulu")->seq, 500);
	assert_int_equal(sources(e, "zulu"), 1);
	assert_int_equal(n[3]->duplicates, 0);
	/* It asked nobody: what it lacked was on its way with the first answer. */
	assert_int_equal(track(&e[0], "zulu")->asked_last, TURN_BY_RULE);
	lab_free(&l);
}

static void its_own_news_is_pushed(void **state)
{
	(void)state;
	struct end *e;
	struct node *n[4];
	struct lab l = star(&e, n);
	assert_int_equal(e[3].session->progress.rule, WANT_NEWS);
	write_at(&l, n[1], "beta", 1);
	assert_true(end_answer(l.w, &e[3]));
	while (end_send(l.w, &e[3]) || end_receive(l.w, &e[2]))
		;
	assert_int_equal(n[3]->nqueue, 1); /* half a round trip, and nothing was asked */
	settle(&l);
	assert_int_equal(model_journal(n[0], "beta")->seq, 1);
	assert_int_equal(n[0]->duplicates + n[2]->duplicates + n[3]->duplicates, 0);
	lab_free(&l);
}

/* Who has one link is sent what its peer relays as it comes. */
static void a_single_link_is_never_asked(void **state)
{
	(void)state;
	struct end *e;
	struct node *n[4];
	struct lab l = star(&e, n);
	assert_int_equal(e[0].session->progress.rule, WANT_ENTRIES);
	write_at(&l, n[1], "beta", 1);
	settle(&l);
	assert_int_equal(track(&e[1], "beta")->asked_last, TURN_BY_RULE);
	assert_int_equal(model_journal(n[0], "beta")->seq, 1);
	cut(&l, &e[0]);
	cut(&l, &e[2]);
	settle(&l);
	assert_int_equal(e[5].session->progress.rule, WANT_ENTRIES); /* delta has one link left */
	lab_free(&l);
}

static void a_path_is_kept(void **state)
{
	(void)state;
	struct end *e;
	struct node *n[4];
	struct lab l = star(&e, n);
	write_at(&l, n[0], "zulu", 1);
	settle(&l);
	assert_int_equal(track(&e[0], "zulu")->asked_last, TURN_ON);
	write_at(&l, n[0], "zulu", 1);
	assert_true(end_answer(l.w, &e[1])); /* unasked */
	settle(&l);
	assert_int_equal(model_journal(n[3], "zulu")->seq, 2);
	lab_free(&l);
}

static void when_the_source_ends_the_next_is_asked(void **state)
{
	(void)state;
	struct end *e;
	struct node *n[4];
	struct lab l = star(&e, n);
	l.is_mute[1] = l.is_mute[3] = true;
	write_at(&l, n[0], "zulu", 5);
	settle(&l);
	assert_int_equal(track(&e[0], "zulu")->asked_last, TURN_ON);
	write_at(&l, n[1], "zulu", 5);
	settle(&l);
	assert_int_equal(track(&e[2], "zulu")->asked_last, TURN_BY_RULE);
	l.is_mute[3] = false;
	cut(&l, &e[0]);
	settle(&l);
	assert_int_equal(model_journal(n[3], "zulu")->seq, 5);
	assert_int_equal(came(&e[0]), 0);
	lab_free(&l);
}

/* It says that it holds it and never sends; nothing else happens on its link. */
static void a_black_hole_is_passed_by(void **state)
{
	(void)state;
	struct end *e;
	struct node *n[4];
	struct lab l = star(&e, n);
	l.is_mute[1] = true;
	write_at(&l, n[0], "zulu", 5);
	settle(&l);
	write_at(&l, n[1], "zulu", 5);
	settle(&l);
	int64_t due = gossip_due(&l.gossip[3]);
	assert_in_range(due, 500, 5000);
	tick(&l, due - 1);
	assert_int_equal(model_journal(n[3], "zulu")->seq, 0);
	tick(&l, due);
	assert_int_equal(model_journal(n[3], "zulu")->seq, 5);
	assert_int_equal(e[0].closes, 0); /* and it is not blamed */
	assert_int_equal(track(&e[0], "zulu")->failures, 1);
	lab_free(&l);
}

/* The same, who says that it holds what nobody has: others are not waited for because of it. */
static void a_boaster_is_left_aside(void **state)
{
	(void)state;
	struct end *e;
	struct node *n[4];
	struct lab l = star(&e, n);
	l.is_mute[1] = true;
	write_at(&l, n[0], "zulu", 99);
	settle(&l);
	for (int64_t now = 0; now < 20000; now += 500)
		tick(&l, now);
	for (uint64_t k = 1; k <= 3; k++) {
		write_at(&l, n[1], "zulu", 1);
		settle(&l);
		assert_int_equal(model_journal(n[3], "zulu")->seq, k); /* at once */
	}
	assert_int_equal(n[3]->duplicates, 0);
	lab_free(&l);
}

/* Bytes of a large entry arrive, slowly: its link is waited for. */
static void a_slow_source_is_waited_for(void **state)
{
	(void)state;
	struct end *e;
	struct node *n[4];
	struct lab l = star(&e, n);
	l.w->entry_size = 200 * 1000;
	write_at(&l, n[0], "zulu", 1);
	write_at(&l, n[1], "zulu", 1);
	while (!track(&e[0], "zulu") || !track(&e[1], "zulu")->asked) {
		end_send(l.w, &e[1]);
		end_receive(l.w, &e[0]);
		look(&l, &e[0]);
		end_send(l.w, &e[0]);
		end_receive(l.w, &e[1]);
	}
	end_answer(l.w, &e[1]);
	l.is_cut[0] = true; /* by hand from here */
	settle(&l);
	for (int64_t now = 1000; now < 40000; now += 1000) {
		struct str part = str_sub(session_output(e[1].session), 0, 5000);
		if (part.len) {
			session_feed(e[0].session, part, now);
			session_sent(e[1].session, part.len);
			end_take_events(&e[0]);
		}
		tick(&l, now);
		assert_int_equal(came(&e[2]), 0);
	}
	/* Once it stops it is not. */
	for (int64_t now = 40000; now < 60000; now += 1000)
		tick(&l, now);
	assert_true(model_journal(n[3], "zulu")->seq == 1);
	lab_free(&l);
}

static void a_refusal_goes_to_the_next(void **state)
{
	(void)state;
	struct end *e;
	struct node *n[4];
	struct lab l = star(&e, n);
	model_journal(n[0], "zulu")->fork = 2; /* it holds another branch */
	write_at(&l, n[0], "zulu", 3);
	write_at(&l, n[1], "zulu", 1);
	settle(&l);
	write_at(&l, n[1], "zulu", 3);
	settle(&l);
	assert_int_equal(model_journal(n[3], "zulu")->seq, 4);
	assert_int_equal(e[1].disputes, 1);
	assert_int_equal(e[0].closes + e[1].closes, 0);
	lab_free(&l);
}

/* The same number under another id is a dispute on that link, and no reason to ask. */
static void an_equal_number_of_another_branch(void **state)
{
	(void)state;
	struct end *e;
	struct node *n[4];
	struct lab l = star(&e, n);
	l.is_mute[0] = true;
	write_at(&l, n[1], "zulu", 3);
	settle(&l);
	model_journal(n[0], "zulu")->fork = 3;
	write_at(&l, n[0], "zulu", 3);
	settle(&l);
	assert_int_equal(e[0].disputes + e[1].disputes, 2);
	assert_int_equal(came(&e[0]), 0);
	write_at(&l, n[1], "zulu", 1);
	settle(&l);
	assert_int_equal(model_journal(n[3], "zulu")->seq, 4);
	assert_int_equal(gossip_due(&l.gossip[3]), INT64_MAX);
	lab_free(&l);
}

/* Two hubs with other links ask each other for what the other relays, at the same moment. */
static void asking_crosses(void **state)
{
	(void)state;
	struct lab l = lab_new();
	struct node *a = world_node(l.w, "alpha", 1), *b = world_node(l.w, "beta", 1);
	struct node *c = world_node(l.w, "charly", 1), *d = world_node(l.w, "delta", 1);
	struct end *ab = world_link(l.w, a, b);
	world_link(l.w, a, c);
	world_link(l.w, b, d);
	settle(&l);
	write_at(&l, a, "xray", 4);
	write_at(&l, b, "yankee", 4);
	for (int i = 0; i < 3; i++) {
		end_send(l.w, &ab[0]);
		end_send(l.w, &ab[1]);
		for (int k = 0; k < 2; k++) {
			end_receive(l.w, &ab[k]);
			look(&l, &ab[k]);
		}
	}
	settle(&l);
	for (size_t i = 0; i < 4; i++) {
		assert_same(a, &l.w->nodes[i]);
		assert_int_equal(l.w->nodes[i].duplicates, 0);
	}
	/* And when the news reaches both by another way while they ask. */
	write_at(&l, c, "zulu", 2);
	write_at(&l, d, "zulu", 2);
	settle(&l);
	assert_same(a, b);
	assert_same(c, d);
	lab_free(&l);
}

/* Both ends lose the link in the middle of a long answer and meet again. */
static void a_restart_in_the_middle(void **state)
{
	(void)state;
	struct end *e;
	struct node *n[4];
	struct lab l = star(&e, n);
	write_at(&l, n[0], "zulu", 200);
	while (model_journal(n[3], "zulu")->seq < 20) {
		for (int i = 0; i < 2; i++) {
			end_receive(l.w, &e[i]);
			look(&l, &e[i]);
			end_answer(l.w, &e[i]);
			end_send(l.w, &e[i]);
		}
		node_admit(l.w, n[3]);
	}
	cut(&l, &e[0]);
	write_at(&l, n[1], "mike", 1);
	world_link(l.w, n[3], n[0]);
	settle(&l);
	assert_int_equal(model_journal(n[3], "zulu")->seq, 200);
	assert_int_equal(model_journal(n[3], "mike")->seq, 1);
	assert_string_equal(l.w->ends[6].reason, "");
	assert_int_equal(gossip_due(&l.gossip[3]), INT64_MAX);
	lab_free(&l);
}

/* docs/protocol.md §9 */
static void the_cost_of_asking(void **state)
{
	(void)state;
	struct end *e;
	struct node *n[4];
	struct lab l = star(&e, n);
	assert_int_equal(link_bytes(&e[4]), 310 + 21);
	l.w->entry_size = 1500;
	uint64_t before = link_bytes(&e[0]);
	write_at(&l, n[0], "zulu", 1);
	settle(&l);
	struct buf entry = BUF_INIT;
	model_entry(&entry, model_journal(n[0], "zulu"), 1, 1500);
	/* It is told of it, wants it, gets it and acknowledges it. */
	assert_int_equal(link_bytes(&e[0]) - before, entry.len + 35 + 26 + 41 + 35);
	before = link_bytes(&e[0]);
	buf_reset(&entry);
	write_at(&l, n[0], "zulu", 1);
	settle(&l);
	model_entry(&entry, model_journal(n[0], "zulu"), 2, 1500);
	assert_in_range(link_bytes(&e[0]) - before, entry.len + 35 + 30, entry.len + 35 + 41);
	buf_release(&entry);
	lab_free(&l);
}

/* Two paths that both were asked, in error: the one that comes late is turned off. */
static void a_path_too_many_is_given_up(void **state)
{
	(void)state;
	struct end *e;
	struct node *n[4];
	struct lab l = star(&e, n);
	write_at(&l, n[0], "beta", 1); /* beta's own news comes round first */
	settle(&l);
	tick(&l, 1000);
	assert_int_equal(model_journal(n[3], "beta")->seq, 1);
	assert_int_equal(track(&e[0], "beta")->asked_last, TURN_ON);
	assert_int_equal(track(&e[2], "beta")->asking, TURN_OFF);
	lab_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(several_tell_and_one_sends),
	    cmocka_unit_test(the_first_mirror_is_streamed_by_one),
	    cmocka_unit_test(its_own_news_is_pushed),
	    cmocka_unit_test(a_single_link_is_never_asked),
	    cmocka_unit_test(a_path_is_kept),
	    cmocka_unit_test(when_the_source_ends_the_next_is_asked),
	    cmocka_unit_test(a_black_hole_is_passed_by),
	    cmocka_unit_test(a_boaster_is_left_aside),
	    cmocka_unit_test(a_slow_source_is_waited_for),
	    cmocka_unit_test(a_refusal_goes_to_the_next),
	    cmocka_unit_test(an_equal_number_of_another_branch),
	    cmocka_unit_test(asking_crosses),
	    cmocka_unit_test(a_restart_in_the_middle),
	    cmocka_unit_test(the_cost_of_asking),
	    cmocka_unit_test(a_path_too_many_is_given_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
