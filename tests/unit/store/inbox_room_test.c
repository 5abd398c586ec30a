/* SPDX-License-Identifier: Apache-2.0 */
/* How much a hub's inbox holds, and what it says when that is all. */
#include "pair.h"

/* Filling an inbox by submissions would take long: as many folders in its tree are the same to it.
 * Each with this state, and with a record of so many bytes. */
static void fill(struct pair *p, size_t n, const char *json, size_t record_bytes)
{
	struct change *files = mem_alloc(2 * n * sizeof *files);
	struct arena a = {.blocks = NULL};
	struct oid tree, commit;
	struct buf text = BUF_INIT, record = BUF_INIT;
	struct err err = {0};
	for (size_t i = 0; i < record_bytes; i++)
		buf_putc(&record, 'x');
	for (size_t i = 0; i < n; i++) {
		files[2 * i] =
		    (struct change){.path = str_from(arena_printf(&a, "%016zx/record.md", i)),
			.content = buf_str(&record)};
		files[2 * i + 1] =
		    (struct change){.path = str_from(arena_printf(&a, "%016zx/state.json", i)),
			.content = str_from(json)};
	}
	good(tree_apply(p->hub->repo, NULL, files, 2 * n, &tree, &err), &err);
	buf_printf(&text, "tree %s\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nmailbox\n",
	    oid_hex(&tree).text);
	good(repo_put(p->hub->repo, &commit, OBJECT_COMMIT, buf_str(&text), &err) ||
		 repo_flush(p->hub->repo, &err) ||
		 repo_set_ref(p->hub->repo, "refs/belfry/inbox", &commit, &err),
	    &err);
	arena_clear(&a);
	free(files);
	buf_release(&text);
	buf_release(&record);
}

static size_t inbox_size(const struct pair *p)
{
	struct mailbox m = box_of(p->hub, MAILBOX_INBOX);
	size_t n = m.len;
	mailbox_release(&m);
	return n;
}

/* What the hub answers to the record by `byte`; by file, with `reply`. */
static struct buf answer_to(struct pair *p, unsigned byte, const uint8_t *reply)
{
	struct buf sig = signed_by(byte, "belfry-record", network.text, buf_str(&p->text));
	struct buf message = message_of(buf_str(&p->text), buf_str(&sig)), notice = BUF_INIT;
	struct err err = {0};
	good(reply ? inbox_receive_letter(p->hub, reply, buf_str(&message), T0 + 99, &err)
		   : inbox_receive(p->hub, signer_key(key_of(byte)), buf_str(&message), T0 + 99,
			 &notice, &err),
	    &err);
	buf_release(&sig);
	buf_release(&message);
	return notice;
}

static void answers(struct pair *p, unsigned byte, const char *says)
{
	struct buf notice = answer_to(p, byte, NULL);
	if (!memmem(notice.ptr, notice.len, says, strlen(says)))
		fail_msg("\"%.*s\" does not say \"%s\"", (int)notice.len, notice.ptr, says);
	buf_release(&notice);
}

static void a_full_inbox_says_so(void **state)
{
	struct pair p = pair_new();
	(void)state;
	fill(&p, INBOX_MAX, "{}", 0);
	answers(&p, EAST + ANN, "inbox is full");
	assert_int_equal(inbox_size(&p), INBOX_MAX);
	pair_free(&p);
}

static void each_member_has_a_share(void **state)
{
	static const char of_ann[] = "{\"state\":\"received\",\"member\":\"ann\"}";
	struct pair p = pair_new();
	(void)state;
	fill(&p, INBOX_MEMBER_MAX, of_ann, 1);
	answers(&p, EAST + ANN, "128 submissions of yours are in this hub's inbox");
	assert_int_equal(inbox_size(&p), INBOX_MEMBER_MAX);
	answers(&p, EAST + BOTH, "received"); /* others are not held up */
	fill(&p, INBOX_MEMBER_MAX - 1, of_ann, 1);
	answers(&p, EAST + ANN, "received");

	size_t n = INBOX_MEMBER_BYTES_MAX / RECORD_BYTES_MAX;
	fill(&p, n, of_ann, RECORD_BYTES_MAX);
	answers(&p, EAST + ANN, "of 2048 KiB in all");
	assert_int_equal(inbox_size(&p), n);
	fill(&p, n - 1, of_ann, RECORD_BYTES_MAX);
	answers(&p, EAST + ANN, "received");
	pair_free(&p);
}

/* A file may bring any number of letters by anybody; each refusal waits for a file to go out. */
static void refusals_by_file_are_bounded(void **state)
{
	static const uint8_t reply[LINK_KEY_BYTES] = {1};
	struct pair p = pair_new();
	(void)state;
	fill(&p, INBOX_REFUSED_MAX, "{\"state\":\"refused\",\"reply\":\"00\"}", 1);
	answer_to(&p, STRANGER, reply);
	assert_int_equal(inbox_size(&p), INBOX_REFUSED_MAX);
	struct mailbox m = box_of(p.hub, MAILBOX_INBOX);
	const struct submission *last = &m.items[m.len - 1];
	assert_int_equal(last->time, T0 + 99);
	assert_non_null(strstr(last->remark, "not on the roster"));
	assert_null(mailbox_find(&m, STR("0000000000000000"))); /* the oldest */
	mailbox_release(&m);
	pair_free(&p);
}

static void what_was_refused_may_be_queued_again(void **state)
{
	struct pair p = pair_new();
	struct buf notice = BUF_INIT;
	(void)state;
	fill(&p, INBOX_MAX, "{}", 0);
	queue(&p);
	submit(&p, &notice);
	deliver(&p, buf_str(&notice));
	assert_string_equal(state_of(p.edge, MAILBOX_OUTBOX), "refused");
	fill(&p, 1, "{}", 0);
	queue(&p);
	buf_reset(&notice);
	submit(&p, &notice);
	deliver(&p, buf_str(&notice));
	assert_string_equal(state_of(p.edge, MAILBOX_OUTBOX), "received");
	buf_release(&notice);
	pair_free(&p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_full_inbox_says_so),
	    TEST(each_member_has_a_share),
	    TEST(refusals_by_file_are_bounded),
	    TEST(what_was_refused_may_be_queued_again),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
