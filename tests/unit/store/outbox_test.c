/* SPDX-License-Identifier: Apache-2.0 */
/* What an edge does not queue, and notices that no hub of its own has signed. */
#include "pair.h"

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

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(only_signed_records_are_queued),
	    TEST(foreign_notices_are_refused),
	    TEST(names_and_remarks_have_bounds),
	    TEST(notices_from_another_age),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
