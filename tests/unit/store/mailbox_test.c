/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Submissions: an edge queues, its hub receives, a reviewer decides, the notice comes home, and a
 * confirmation ends it. Every step may come twice.
 */
#include "pair.h"
#include "store/publish.h"

#define MARKET "records/ke-mombasa/news/market/en.md"

static void add_notice(void *ctx, struct str notice)
{
	struct buf *b = ctx;
	assert_int_equal(b->len, 0);
	buf_add(b, notice);
}

/* The notice of a decided item, as a new connection asks for it. */
static struct buf notices(struct pair *p, const struct public_key *key)
{
	struct buf b = BUF_INIT;
	struct err err = {0};
	good(inbox_notices(p->hub, key, add_notice, &b, &err), &err);
	return b;
}

static struct buf review_by(struct pair *p, unsigned byte)
{
	return signed_by(byte, "belfry-review", network.text, buf_str(&p->text));
}

static char *waiting_id(struct pair *p)
{
	static char id[SUBMISSION_ID_CHARS + 1];
	struct mailbox m = box_of(p->hub, MAILBOX_INBOX);
	assert_int_equal(m.len, 1);
	memcpy(id, m.items[0].id, sizeof id);
	mailbox_release(&m);
	return id;
}

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

/* --- what comes twice --- */

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

/* --- refusals --- */

static void refuse(struct pair *p, struct str record, struct str sig, const struct public_key *key,
    const char *says)
{
	struct buf message = message_of(record, sig), notice = BUF_INIT;
	struct err err = {0};
	good(inbox_receive(p->hub, key, buf_str(&message), T0, &notice, &err), &err);
	assert_string_equal(state_of(p->hub, MAILBOX_INBOX), "none");
	if (!memmem(notice.ptr, notice.len, "\"state\":\"refused\"", 17) ||
	    !memmem(notice.ptr, notice.len, says, strlen(says)))
		fail_msg("\"%.*s\" does not say \"%s\"", (int)notice.len, notice.ptr, says);
	buf_release(&message);
	buf_release(&notice);
}

static void refusals_say_why(void **state)
{
	struct pair p = pair_new();
	struct public_key both = *signer_key(key_of(EAST + BOTH));
	struct str text = buf_str(&p.text), sig = buf_str(&p.sig);
	(void)state;
	struct buf stranger = signed_by(STRANGER, "belfry-record", network.text, text);
	struct buf use = signed_by(EAST + ANN, "belfry-review", network.text, text);
	struct buf reviewer = signed_by(EAST + REV, "belfry-record", network.text, text);
	struct buf away = news("ke-nairobi", "market", "");
	struct buf away_sig = signed_by(EAST + ANN, "belfry-record", network.text, buf_str(&away));
	refuse(&p, text, buf_str(&stranger), &p.ann, "not on the roster");
	refuse(&p, text, buf_str(&use), &p.ann, "author: ");
	refuse(&p, text, buf_str(&reviewer), signer_key(key_of(EAST + REV)), "role author");
	refuse(&p, buf_str(&away), buf_str(&away_sig), &p.ann, "ke-nairobi");
	refuse(&p, STR("junk\n"), sig, &p.ann, "record:1");
	refuse(&p, STR("\xff\x1b[2J\n"), sig, &p.ann, "record:1");
	refuse(&p, text, STR("junk"), &p.ann, "author: ");
	refuse(&p, text, STR_EMPTY, &p.ann, "no author's signature");
	refuse(&p, text, sig, &both, "another key than the one this connection proved");
	struct buf notice = BUF_INIT, message = message_of(text, sig); /* the control */
	struct err err = {0};
	good(inbox_receive(p.hub, &p.ann, buf_str(&message), T0, &notice, &err), &err);
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "received");
	buf_release(&stranger);
	buf_release(&use);
	buf_release(&reviewer);
	buf_release(&away);
	buf_release(&away_sig);
	buf_release(&notice);
	buf_release(&message);
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

static void messages_have_a_grammar(void **state)
{
	struct pair p = pair_new();
	struct buf whole = message_of(buf_str(&p.text), buf_str(&p.sig)), notice = BUF_INIT;
	struct err err = {0};
	(void)state;
	for (size_t n = 0; n < whole.len; n++)
		if (inbox_receive(p.hub, &p.ann, str_sub(buf_str(&whole), 0, n), T0, &notice,
			&err) != ERR_SYNTAX)
			fail_msg("%zu of %zu bytes are enough", n, whole.len);
	buf_putc(&whole, 'x');
	assert_int_equal(
	    inbox_receive(p.hub, &p.ann, buf_str(&whole), T0, &notice, &err), ERR_SYNTAX);
	whole.len--;
	whole.ptr[0] = 9;
	assert_int_equal(
	    inbox_receive(p.hub, &p.ann, buf_str(&whole), T0, &notice, &err), ERR_SYNTAX);
	struct buf big = BUF_INIT;
	while (big.len <= RECORD_BYTES_MAX)
		buf_putc(&big, 'x');
	struct buf too_long = message_of(buf_str(&big), buf_str(&p.sig));
	assert_int_equal(
	    inbox_receive(p.hub, &p.ann, buf_str(&too_long), T0, &notice, &err), ERR_SYNTAX);
	big.len = SIGNATURE_BYTES_MAX + 1;
	struct buf long_sig = message_of(buf_str(&p.text), buf_str(&big));
	assert_int_equal(
	    inbox_receive(p.hub, &p.ann, buf_str(&long_sig), T0, &notice, &err), ERR_SYNTAX);
	assert_int_equal(notice.len, 0);
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "none");
	buf_release(&whole);
	buf_release(&notice);
	buf_release(&big);
	buf_release(&too_long);
	buf_release(&long_sig);
	pair_free(&p);
}

static void confirmations_are_the_authors(void **state)
{
	struct pair p = pair_new();
	struct buf notice = BUF_INIT, confirm = BUF_INIT, none = BUF_INIT;
	struct err err = {0};
	struct public_key both = *signer_key(key_of(EAST + BOTH)),
			  stranger = *signer_key(key_of(STRANGER));
	(void)state;
	queue(&p);
	submit(&p, &notice);
	char id[SUBMISSION_ID_CHARS + 1];
	memcpy(id, waiting_id(&p), sizeof id);
	buf_u8(&confirm, 2);
	buf_ssh_string(&confirm, str_from(id));
	buf_ssh_string(&confirm, STR("received"));
	good(inbox_receive(p.hub, &p.ann, buf_str(&confirm), T0, &none, &err),
	    &err); /* nothing is decided yet */
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "received");
	good(inbox_return(p.hub, str_from(id), STR("no"), STR("rev"), T0, &err), &err);
	buf_reset(&confirm);
	buf_u8(&confirm, 2);
	buf_ssh_string(&confirm, str_from(id));
	buf_ssh_string(&confirm, STR("published")); /* another decision than ours */
	good(inbox_receive(p.hub, &p.ann, buf_str(&confirm), T0, &none, &err), &err);
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "returned");
	buf_reset(&confirm);
	buf_u8(&confirm, 2);
	buf_ssh_string(&confirm, str_from(id));
	buf_ssh_string(&confirm, STR("returned"));
	buf_putc(&confirm, 'x');
	assert_int_equal(
	    inbox_receive(p.hub, &p.ann, buf_str(&confirm), T0, &none, &err), ERR_SYNTAX);
	confirm.len--;
	good(inbox_receive(p.hub, &both, buf_str(&confirm), T0, &none, &err), &err);
	good(inbox_receive(p.hub, &stranger, buf_str(&confirm), T0, &none, &err), &err);
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "returned");
	struct buf others = notices(&p, &both);
	assert_int_equal(others.len, 0); /* nor are decisions told to others */
	good(inbox_receive(p.hub, &p.ann, buf_str(&confirm), T0, &none, &err), &err);
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "none");
	buf_release(&notice);
	buf_release(&confirm);
	buf_release(&none);
	buf_release(&others);
	pair_free(&p);
}

static void reviews_must_be_good(void **state)
{
	struct pair p = pair_new();
	struct buf notice = BUF_INIT, ann = review_by(&p, EAST + ANN),
		   stranger = review_by(&p, STRANGER);
	struct buf use = signed_by(EAST + REV, "belfry-record", network.text, buf_str(&p.text));
	struct err err = {0};
	(void)state;
	queue(&p);
	submit(&p, &notice);
	struct str id = str_from(waiting_id(&p));
	struct sha256 before = digest(p.hub);
	assert_int_equal(inbox_accept(p.hub, id, buf_str(&ann), T0, &err), ERR_POLICY);
	assert_int_equal(inbox_accept(p.hub, id, buf_str(&stranger), T0, &err), ERR_POLICY);
	assert_int_equal(inbox_accept(p.hub, id, buf_str(&use), T0, &err), ERR_POLICY);
	assert_int_equal(inbox_accept(p.hub, id, STR("junk"), T0, &err), ERR_SYNTAX);
	assert_int_equal(inbox_accept(p.hub, id, STR_EMPTY, T0, &err), ERR_SYNTAX);
	struct sha256 after = digest(p.hub);
	same_digest(&before, &after);
	assert_string_equal(state_of(p.hub, MAILBOX_INBOX), "received");
	buf_release(&notice);
	buf_release(&ann);
	buf_release(&stranger);
	buf_release(&use);
	pair_free(&p);
}

/* --- the edge --- */

static void only_signed_records_are_queued(void **state)
{
	struct pair p = pair_new();
	struct err err = {0};
	struct str text = buf_str(&p.text);
	(void)state;
	struct buf net = signed_by(EAST + ANN, "belfry-record",
	    "0000000000000000000000000000000000000000000000000000000000000000", text);
	assert_int_equal(outbox_add(p.edge, text, STR("junk"), T0, &err), ERR_SYNTAX);
	assert_int_equal(outbox_add(p.edge, text, buf_str(&net), T0, &err), ERR_NETWORK);
	assert_int_equal(outbox_add(p.edge, STR("junk\n"), buf_str(&p.sig), T0, &err), ERR_SYNTAX);
	struct buf other = news("ke-mombasa", "other", "");
	assert_int_equal(
	    outbox_add(p.edge, buf_str(&other), buf_str(&p.sig), T0, &err), ERR_SIGNATURE);
	assert_string_equal(state_of(p.edge, MAILBOX_OUTBOX), "none");
	queue(&p);
	assert_string_equal(state_of(p.edge, MAILBOX_OUTBOX), "queued");
	buf_release(&net);
	buf_release(&other);
	pair_free(&p);
}

static int64_t forged_time = T0;
static const char *forged_reviewer = "", *forged_remark = "You have won";

/* {text, signature} as a hub writes it; key and namespace as the test wants. */
static struct buf forged(const char *id, const char *hub, const char *state, unsigned key,
    const char *kind, const char *net)
{
	struct buf text = BUF_INIT, out = BUF_INIT;
	json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "belfry", "notice/1",
	    "network", network.text, "hub", hub, "submission", id, "state", state, "reviewer",
	    forged_reviewer, "remark", forged_remark, "time", (json_int_t)forged_time);
	json_write(&text, j, 0);
	struct buf armor = signed_by(key, kind, net, buf_str(&text));
	buf_ssh_string(&out, buf_str(&text));
	buf_ssh_string(&out, buf_str(&armor));
	json_decref(j);
	buf_release(&text);
	buf_release(&armor);
	return out;
}

static void foreign_notices_are_refused(void **state)
{
	struct pair p = pair_new();
	static const char other[] =
	    "0000000000000000000000000000000000000000000000000000000000000000";
	struct err err = {0};
	struct buf confirm = BUF_INIT;
	(void)state;
	queue(&p);
	struct mailbox m = box_of(p.edge, MAILBOX_OUTBOX);
	const char *id = m.items[0].id;
	const struct {
		const char *hub, *state;
		unsigned key;
		const char *kind, *net;
		enum err_code code;
	} cases[] = {
	    {"east", "published", STRANGER, "belfry-notice", network.text, ERR_SIGNATURE},
	    {"east", "published", WEST, "belfry-notice", network.text, ERR_SIGNATURE},
	    {"east", "published", EAST + STEWARD, "belfry-notice", network.text, ERR_SIGNATURE},
	    {"north", "published", EAST, "belfry-notice", network.text, ERR_SIGNATURE},
	    {"", "published", EAST, "belfry-notice", network.text, ERR_SIGNATURE},
	    {"east", "published", EAST, "belfry-record", network.text, ERR_NETWORK},
	    {"east", "published", EAST, "belfry-notice", other, ERR_NETWORK},
	    {"east", "promoted", EAST, "belfry-notice", network.text, ERR_SYNTAX},
	    {"east", "queued", EAST, "belfry-notice", network.text, ERR_SYNTAX},
	    {"east", "", EAST, "belfry-notice", network.text, ERR_SYNTAX},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = forged(
		    id, cases[i].hub, cases[i].state, cases[i].key, cases[i].kind, cases[i].net);
		int bad = outbox_notice(p.edge, buf_str(&b), &confirm, &err);
		if (bad != (int)cases[i].code)
			fail_msg("case %zu: %d", i, bad);
		assert_int_equal(confirm.len, 0);
		assert_string_equal(state_of(p.edge, MAILBOX_OUTBOX), "queued");
		buf_release(&b);
	}
	struct buf unknown =
	    forged("0000000000000000", "east", "published", EAST, "belfry-notice", network.text);
	good(outbox_notice(p.edge, buf_str(&unknown), &confirm, &err),
	    &err); /* not ours: nothing to do */
	assert_int_equal(confirm.len, 0);
	struct buf b =
	    forged(id, "east", "returned", EAST, "belfry-notice", network.text); /* the control */
	for (size_t n = 0; n < b.len; n++)
		if (outbox_notice(p.edge, str_sub(buf_str(&b), 0, n), &confirm, &err) == 0)
			fail_msg("%zu of %zu bytes are enough", n, b.len);
	buf_putc(&b, 'x');
	assert_int_equal(outbox_notice(p.edge, buf_str(&b), &confirm, &err), ERR_SYNTAX);
	b.len--;
	good(outbox_notice(p.edge, buf_str(&b), &confirm, &err), &err);
	assert_string_equal(state_of(p.edge, MAILBOX_OUTBOX), "returned");
	assert_true(confirm.len > 0);
	buf_release(&b);
	buf_release(&unknown);
	buf_release(&confirm);
	mailbox_release(&m);
	pair_free(&p);
}

/* Both are shown to the author, on a terminal. */
static void names_and_remarks_have_bounds(void **state)
{
	struct pair p = pair_new();
	struct buf confirm = BUF_INIT;
	struct err err = {0};
	char remark[REMARK_BYTES_MAX + 2];
	const struct {
		const char *reviewer, *remark;
	} cases[] = {{"\x1b[2J", ""}, {"Rev", ""}, {"rev\nYou have won", ""}, {"rev", remark}};
	(void)state;
	memset(remark, 'x', sizeof remark - 1);
	remark[sizeof remark - 1] = 0;
	queue(&p);
	struct mailbox m = box_of(p.edge, MAILBOX_OUTBOX);
	for (size_t i = 0; i <= sizeof cases / sizeof *cases; i++) {
		bool is_last = i == sizeof cases / sizeof *cases;
		forged_reviewer = is_last ? "rev" : cases[i].reviewer;
		forged_remark = is_last ? remark + 1 : cases[i].remark;
		struct buf b =
		    forged(m.items[0].id, "east", "returned", EAST, "belfry-notice", network.text);
		int bad = outbox_notice(p.edge, buf_str(&b), &confirm, &err);
		if (is_last)
			good(bad, &err);
		else
			refused(bad, ERR_SYNTAX, &err, "what no hub can say");
		assert_string_equal(
		    state_of(p.edge, MAILBOX_OUTBOX), is_last ? "returned" : "queued");
		buf_release(&b);
	}
	forged_reviewer = "";
	forged_remark = "You have won";
	buf_release(&confirm);
	mailbox_release(&m);
	pair_free(&p);
}

/* Git takes no commit from before 1970, nor one of the year 300000. */
static void notices_from_another_age(void **state)
{
	static const int64_t times[] = {-5, INT64_MAX, INT64_MIN, 0};
	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		char name[32];
		struct pair p = {.edge = NULL};
		struct buf confirm = BUF_INIT;
		struct err err = {0};
		snprintf(name, sizeof name, "edge%zu", i);
		p.edge = store_new(name, NULL, 0);
		p.text = news("ke-mombasa", "market", "");
		p.sig = signed_by(EAST + ANN, "belfry-record", network.text, buf_str(&p.text));
		queue(&p);
		struct mailbox m = box_of(p.edge, MAILBOX_OUTBOX);
		forged_time = times[i];
		struct buf b =
		    forged(m.items[0].id, "east", "returned", EAST, "belfry-notice", network.text);
		forged_time = T0;
		good(outbox_notice(p.edge, buf_str(&b), &confirm, &err), &err);
		assert_string_equal(state_of(p.edge, MAILBOX_OUTBOX), "returned");
		sound(p.edge);
		mailbox_release(&m);
		buf_release(&b);
		buf_release(&confirm);
		buf_release(&p.text);
		buf_release(&p.sig);
		store_close(p.edge);
	}
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
	    TEST(refusals_say_why),
	    TEST(a_refusal_comes_home),
	    TEST(messages_have_a_grammar),
	    TEST(confirmations_are_the_authors),
	    TEST(reviews_must_be_good),
	    TEST(only_signed_records_are_queued),
	    TEST(foreign_notices_are_refused),
	    TEST(names_and_remarks_have_bounds),
	    TEST(notices_from_another_age),
	    TEST(items_are_found_by_the_start_of_their_id),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
