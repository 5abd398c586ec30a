/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Submissions: an edge queues, its hub receives, a reviewer decides, the notice comes home, and a
 * confirmation ends it. Every step may come twice. What a hub refuses is in inbox_test.c, what an
 * edge does in outbox_test.c.
 */
#include "pair.h"
#include "store/publish.h"

#define MARKET "records/ke-mombasa/news/market/en.md"

static void from_queue_to_journal(void **state)
{
	struct pair p = pair_new();
	struct buf notice = BUF_INIT, review = review_by(&p, EAST + REV);
	struct err err = {0};
	(void)state;
	queue(&p);
	assert_string_equal(state_of(p.edge, MAILBOX_OUTBOX), "queued");
	submit(&p, &notice);
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "received");
	assert_false(deliver(&p, buf_str(&notice)));
	assert_string_equal(state_of(p.edge, MAILBOX_OUTBOX), "received");
	struct mailbox m = box_of(p.hub, MAILBOX_INBOX);
	assert_string_equal(m.items[0].path, MARKET);
	assert_string_equal(m.items[0].member, "ann");
	assert_string_equal(m.items[0].title, "News of ke-mombasa");
	assert_int_equal(m.items[0].time, T0 + 1);
	assert_true(str_eq(m.items[0].record, buf_str(&p.text)));
	assert_true(str_eq(m.items[0].signature, buf_str(&p.sig)));
	mailbox_release(&m);
	good(inbox_accept(p.hub, str_from(waiting_id(&p)), buf_str(&review), T0 + 2, &err), &err);
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "published");
	struct catalogue c = catalogue_of(p.hub);
	assert_non_null(catalogue_find(&c, STR(MARKET)));
	catalogue_release(&c);
	struct buf decided = notices(&p, &p.ann);
	assert_true(deliver(&p, buf_str(&decided)));
	assert_string_equal(state_of(p.edge, MAILBOX_OUTBOX), "published");
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "none");
	m = box_of(p.edge, MAILBOX_OUTBOX);
	assert_string_equal(m.items[0].reviewer, "rev");
	mailbox_release(&m);
	p.hub = reopened(p.hub); /* all of it is on disk */
	p.edge = reopened(p.edge);
	assert_string_equal(state_of(p.edge, MAILBOX_OUTBOX), "published");
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "none");
	sound(p.hub);
	sound(p.edge);
	buf_release(&notice);
	buf_release(&review);
	buf_release(&decided);
	pair_free(&p);
}

static void returned_with_a_remark(void **state)
{
	struct pair p = pair_new();
	struct buf notice = BUF_INIT;
	struct err err = {0};
	(void)state;
	queue(&p);
	submit(&p, &notice);
	char *id = waiting_id(&p);
	assert_int_equal(
	    inbox_return(p.hub, str_from(id), STR_EMPTY, STR("rev"), T0, &err), ERR_LIMIT);
	struct buf long_remark = BUF_INIT;
	while (long_remark.len <= REMARK_BYTES_MAX)
		buf_putc(&long_remark, 'x');
	assert_int_equal(
	    inbox_return(p.hub, str_from(id), buf_str(&long_remark), STR("rev"), T0, &err),
	    ERR_LIMIT);
	static const char *const bad[] = {"caf\xe9", "\x1b[2J", "a\x7f", "a\rb"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(
		    inbox_return(p.hub, str_from(id), str_from(bad[i]), STR("rev"), T0, &err),
		    ERR_SYNTAX);
	assert_int_equal(
	    inbox_return(p.hub, STR("ffffffffffffffff"), STR("x"), STR("rev"), T0, &err),
	    ERR_MISSING);
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "received");
	good(inbox_return(p.hub, str_from(id), STR("Say when:\n\t\xc3\xa9t\xc3\xa9 or hiver?"),
		 STR("rev"), T0 + 5, &err),
	    &err);
	refused(inbox_return(p.hub, str_from(id), STR("again"), STR("rev"), T0, &err), ERR_EXISTS,
	    &err, "returned already");
	struct buf review = review_by(&p, EAST + REV);
	refused(inbox_accept(p.hub, str_from(id), buf_str(&review), T0, &err), ERR_EXISTS, &err,
	    "returned already");
	struct buf decided = notices(&p, &p.ann);
	assert_true(deliver(&p, buf_str(&decided)));
	struct mailbox m = box_of(p.edge, MAILBOX_OUTBOX);
	assert_string_equal(m.items[0].state, "returned");
	assert_string_equal(m.items[0].remark, "Say when:\n\t\xc3\xa9t\xc3\xa9 or hiver?");
	assert_string_equal(m.items[0].reviewer, "rev");
	mailbox_release(&m);
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "none");
	buf_release(&notice);
	buf_release(&long_remark);
	buf_release(&review);
	buf_release(&decided);
	pair_free(&p);
}

static void everything_may_come_twice(void **state)
{
	struct pair p = pair_new();
	struct buf first = BUF_INIT, second = BUF_INIT, review = review_by(&p, EAST + REV);
	struct err err = {0};
	(void)state;
	queue(&p);
	refused(outbox_add(p.edge, buf_str(&p.text), buf_str(&p.sig), T0, &err), ERR_EXISTS, &err,
	    "in the outbox already");
	submit(&p, &first);
	submit(&p, &second); /* the answer was lost */
	assert_true(first.len && str_eq(buf_str(&first), buf_str(&second)));
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "received");
	deliver(&p, buf_str(&first));
	deliver(&p, buf_str(&first));
	good(inbox_accept(p.hub, str_from(waiting_id(&p)), buf_str(&review), T0 + 2, &err), &err);
	uint64_t seq = store_journal(p.hub, "east")->head.seq;
	buf_reset(&second);
	submit(&p, &second); /* sent once more after the decision: the decision is the answer */
	struct buf decided = notices(&p, &p.ann);
	assert_true(str_eq(buf_str(&second), buf_str(&decided)));
	assert_true(deliver(&p, buf_str(&decided)));
	assert_true(deliver(&p, buf_str(&decided))); /* confirmed again, which does no harm */
	assert_string_equal(state_of(p.edge, MAILBOX_OUTBOX), "published");
	/* The first notice, replayed late, does not undo the decision. */
	deliver(&p, buf_str(&first));
	assert_string_equal(state_of(p.edge, MAILBOX_OUTBOX), "published");
	assert_int_equal(store_journal(p.hub, "east")->head.seq, seq);
	buf_release(&first);
	buf_release(&second);
	buf_release(&review);
	buf_release(&decided);
	pair_free(&p);
}

/* A crash between the entry and the answer: accepting again finishes it, with no second entry. */
static void accepted_but_not_answered(void **state)
{
	struct pair p = pair_new();
	struct draft d = {.n = 0};
	struct buf notice = BUF_INIT, review = review_by(&p, EAST + REV);
	struct err err = {0};
	(void)state;
	queue(&p);
	submit(&p, &notice);
	draft_record(&d, MARKET, buf_str(&p.text), EAST + ANN, EAST + REV);
	append(p.hub, &d);
	uint64_t seq = store_journal(p.hub, "east")->head.seq;
	good(inbox_accept(p.hub, str_from(waiting_id(&p)), buf_str(&review), T0 + 2, &err), &err);
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "published");
	assert_int_equal(store_journal(p.hub, "east")->head.seq, seq);
	buf_release(&notice);
	buf_release(&review);
	pair_free(&p);
}

static void a_refusal_comes_home(void **state)
{
	struct pair p = pair_new();
	struct buf notice = BUF_INIT;
	struct draft d = {.n = 0};
	(void)state;
	queue(&p);
	json_t *roster = roster_head("east", EAST, 2);
	json_object_set_new(roster_member_head(roster, "ann"), "state", json_string("retired"));
	draft_roster(&d, roster, EAST);
	append(p.hub, &d);
	submit(&p, &notice);
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "none");
	assert_true(deliver(&p, buf_str(&notice)));
	struct mailbox m = box_of(p.edge, MAILBOX_OUTBOX);
	assert_string_equal(m.items[0].state, "refused");
	assert_non_null(strstr(m.items[0].remark, "no longer an active member"));
	mailbox_release(&m);
	buf_release(&notice);
	pair_free(&p);
}

static void items_are_found_by_the_start_of_their_id(void **state)
{
	struct pair p = pair_new();
	struct err err = {0};
	(void)state;
	for (int i = 0; i < 40; i++) {
		char id[32];
		snprintf(id, sizeof id, "n%d", i);
		struct buf text = news("ke-mombasa", id, "");
		struct buf sig =
		    signed_by(EAST + ANN, "belfry-record", network.text, buf_str(&text));
		good(outbox_add(p.edge, buf_str(&text), buf_str(&sig), T0 + i / 4, &err), &err);
		buf_release(&text);
		buf_release(&sig);
	}
	struct mailbox m = box_of(p.edge, MAILBOX_OUTBOX);
	assert_int_equal(m.len, 40);
	size_t ambiguous = 0;
	for (size_t i = 0; i < m.len; i++) {
		assert_ptr_equal(mailbox_find(&m, str_from(m.items[i].id)), &m.items[i]);
		ambiguous += mailbox_find(&m, str_of(m.items[i].id, 1)) == NULL;
		if (i)
			assert_true(m.items[i - 1].time < m.items[i].time ||
				    (m.items[i - 1].time == m.items[i].time &&
					strcmp(m.items[i - 1].id, m.items[i].id) < 0));
	}
	assert_true(ambiguous > 24); /* 40 ids cannot all begin with another of 16 digits */
	assert_null(mailbox_find(&m, STR_EMPTY));
	assert_null(mailbox_find(&m, STR("x")));
	mailbox_release(&m);
	pair_free(&p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(from_queue_to_journal),
	    TEST(returned_with_a_remark),
	    TEST(everything_may_come_twice),
	    TEST(accepted_but_not_answered),
	    TEST(a_refusal_comes_home),
	    TEST(items_are_found_by_the_start_of_their_id),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
