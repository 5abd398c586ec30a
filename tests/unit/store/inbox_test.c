/* SPDX-License-Identifier: Apache-2.0 */
/* What a hub does not take from an edge, or not as a reviewer's decision: it says why. */
#include "pair.h"

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

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(refusals_say_why),
	    TEST(messages_have_a_grammar),
	    TEST(confirmations_are_the_authors),
	    TEST(reviews_must_be_good),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
