/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attachments on the disk: added whole, received in pieces in any order, gone on with after a
 * power cut or damage, and never taken for what they are not.
 */
#include "fixture.h"

#include "store/attachments.h"

#include <sys/stat.h>

enum { PIECE = ATTACHMENT_CHUNK_BYTES, SIZE = 3 * PIECE + 100 };

/* A file that begins as a PDF does and whose pieces differ. */
static struct str make_file(const char *path, size_t size)
{
	static char bytes[SIZE];
	struct err err = {0};
	memset(bytes, 0, sizeof bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(i * 7 + i / PIECE);
	memcpy(bytes, "%PDF-1.4\n", size < 9 ? size : 9);
	good(file_write(path, str_of(bytes, size), 0600, &err), &err);
	return str_of(bytes, size);
}

static struct str piece_of(struct str file, size_t i)
{
	return str_sub(file, i * PIECE, attachment_chunk_bytes(file.len, i));
}

static enum attach_state state_of(const struct store *s, const struct attachment *a)
{
	uint64_t bytes;
	return attach_state(s, a, &bytes);
}

/* Added in one store; `list` is its list. */
static struct attachment added(struct store *s, struct str *file, struct buf *list)
{
	struct attachment a;
	struct err err = {0};
	*file = make_file(at("plan.pdf"), SIZE);
	good(attach_add(&a, s, at("plan.pdf"), STR("plan.pdf"), &err), &err);
	good(attach_read(s, &a.hash, true, 0, 4 * SHA256_BYTES, list, &err), &err);
	return a;
}

static void add(void **state)
{
	struct store *s = store_new("hub", "east", EAST);
	struct err err = {0};
	struct str file;
	struct buf list = BUF_INIT, part = BUF_INIT;
	struct attachment a = added(s, &file, &list), b;
	(void)state;
	assert_int_equal(a.size, SIZE);
	assert_true(str_is(a.media, "application/pdf"));
	struct sha256 hash = sha256(file);
	assert_true(sha256_eq(&a.hash, &hash));
	assert_true(attach_is_list(&a, buf_str(&list)));
	assert_int_equal(state_of(s, &a), ATTACH_HERE);
	good(attach_read(s, &a.hash, false, PIECE, 50, &part, &err), &err);
	assert_true(str_eq(buf_str(&part), str_sub(file, PIECE, 50)));
	refused(
	    attach_read(s, &a.hash, false, SIZE - 10, 11, &part, &err), ERR_IO, &err, "shorter");
	good(attach_add(&b, s, at("plan.pdf"), STR("other.pdf"), &err), &err); /* again */
	/* Other claims of the same bytes are not here. */
	b = a;
	b.size++;
	assert_int_equal(state_of(s, &b), ATTACH_MISSING);
	b = a;
	b.chunks = hash;
	assert_int_equal(state_of(s, &b), ATTACH_MISSING);
	good(attach_remove(s, &a, &err), &err);
	assert_int_equal(state_of(s, &a), ATTACH_MISSING);
	good(attach_remove(s, &a, &err), &err);
	buf_release(&part);
	buf_release(&list);
	store_close(s);
}

static void add_what_is_none(void **state)
{
	struct store *s = store_new("hub", "east", EAST);
	struct attachment a;
	struct err err = {0};
	(void)state;
	good(file_write(at("web.pdf"), STR("<html>"), 0600, &err), &err);
	good(file_write(at("empty.pdf"), STR_EMPTY, 0600, &err), &err);
	refused(attach_add(&a, s, at("web.pdf"), STR("web.pdf"), &err), ERR_SYNTAX, &err,
	    "does not begin as a PDF file does");
	refused(
	    attach_add(&a, s, at("web.pdf"), STR("web.html"), &err), ERR_SYNTAX, &err, "no name");
	refused(
	    attach_add(&a, s, at("web.pdf"), STR("../x.pdf"), &err), ERR_SYNTAX, &err, "no name");
	refused(attach_add(&a, s, at("empty.pdf"), STR("a.pdf"), &err), ERR_LIMIT, &err, "0 bytes");
	refused(
	    attach_add(&a, s, at("none.pdf"), STR("a.pdf"), &err), ERR_MISSING, &err, "none.pdf");
	refused(attach_add(&a, s, scratch, STR("a.pdf"), &err), ERR_SYNTAX, &err, "no file");
	assert_int_equal(truncate(at("web.pdf"), ATTACHMENT_BYTES_MAX + 1), 0);
	refused(attach_add(&a, s, at("web.pdf"), STR("a.pdf"), &err), ERR_LIMIT, &err, "64 MiB");
	good(repo_set_config(s->repo, "belfry.reserve", "1000000g", &err), &err);
	make_file(at("good.pdf"), 100);
	refused(attach_add(&a, s, at("good.pdf"), STR("a.pdf"), &err), ERR_FULL, &err, "full");
	assert_string_equal(output_of("find %s/attachments -type f", s->dir), "");
	store_close(s);
}

static void receive(void **state)
{
	struct store *from = store_new("hub", "east", EAST), *to = store_new("edge", NULL, 0);
	static const size_t order[] = {2, 0, 3};
	struct err err = {0};
	struct str file;
	struct buf list = BUF_INIT;
	struct attachment a = added(from, &file, &list);
	struct attach_part p;
	(void)state;
	good(attach_part_read(&p, to, &a, &err), &err);
	assert_null(p.list);
	attach_part_release(&p);
	good(attach_put_list(to, &a, buf_str(&list), &err), &err);
	for (size_t i = 0; i < 3; i++)
		good(attach_put_piece(to, &a, order[i], piece_of(file, order[i]), &err), &err);
	good(attach_put_rest(to, &a, 1, str_sub(file, PIECE, 777), &err), &err);
	assert_int_equal(state_of(to, &a), ATTACH_PARTLY);
	to = reopened(to);
	good(attach_part_read(&p, to, &a, &err), &err);
	assert_non_null(p.list);
	assert_int_equal(p.nhas, 3);
	assert_true(p.has[0] && !p.has[1] && p.has[2] && p.has[3]);
	assert_int_equal(p.rest_of, 1);
	assert_int_equal(p.rest.len, 777);
	attach_part_release(&p);
	refused(attach_finish(to, &a, &err), ERR_IO, &err, "not whole");
	good(attach_put_piece(to, &a, 1, piece_of(file, 1), &err), &err);
	good(attach_finish(to, &a, &err), &err);
	assert_int_equal(state_of(to, &a), ATTACH_HERE);
	assert_string_equal(output_of("find %s/attachments/part -type f", to->dir), "");
	buf_release(&list);
	store_close(from);
	store_close(to);
}

/* What a power cut or a bad disk left is found by its hash, and nothing else is fetched again. */
static void damaged(void **state)
{
	struct store *from = store_new("hub", "east", EAST), *to = store_new("edge", NULL, 0);
	struct err err = {0};
	struct str file;
	struct buf list = BUF_INIT, bent = BUF_INIT;
	struct attachment a = added(from, &file, &list);
	struct attach_part p;
	(void)state;
	good(attach_put_list(to, &a, buf_str(&list), &err), &err);
	for (size_t i = 0; i < 4; i++)
		good(attach_put_piece(to, &a, i, piece_of(file, i), &err), &err);
	good(attach_put_piece(to, &a, 2, STR("spoilt"), &err), &err);
	good(attach_part_read(&p, to, &a, &err), &err);
	assert_int_equal(p.nhas, 3);
	assert_false(p.has[2]);
	attach_part_release(&p);
	refused(attach_finish(to, &a, &err), ERR_IO, &err, "not whole");
	assert_int_equal(state_of(to, &a), ATTACH_PARTLY);
	/* Without its list, or with another one, it begins anew. */
	buf_add(&bent, str_sub(buf_str(&list), 0, list.len - 1));
	buf_putc(&bent, (char)(list.ptr[list.len - 1] + 1));
	assert_false(attach_is_list(&a, buf_str(&bent)));
	good(attach_put_list(to, &a, buf_str(&bent), &err), &err);
	good(attach_part_read(&p, to, &a, &err), &err);
	assert_null(p.list);
	attach_part_release(&p);
	buf_release(&bent);
	buf_release(&list);
	store_close(from);
	store_close(to);
}

/* A record that promises one file and names the pieces of another harms nobody but itself. */
static void a_false_claim(void **state)
{
	struct store *from = store_new("hub", "east", EAST), *to = store_new("edge", NULL, 0);
	struct err err = {0};
	struct str file;
	struct buf list = BUF_INIT;
	struct attachment a = added(from, &file, &list), lie = a;
	(void)state;
	lie.hash = sha256(STR("something else"));
	good(attach_put_list(to, &lie, buf_str(&list), &err), &err);
	for (size_t i = 0; i < 4; i++)
		good(attach_put_piece(to, &lie, i, piece_of(file, i), &err), &err);
	refused(attach_finish(to, &lie, &err), ERR_SIGNATURE, &err, "promises");
	assert_int_equal(state_of(to, &lie), ATTACH_FALSE);
	assert_int_equal(state_of(to, &a), ATTACH_HERE);
	assert_int_equal(state_of(from, &lie), ATTACH_MISSING);
	buf_release(&list);
	store_close(from);
	store_close(to);
}

static void of_one_piece(void **state)
{
	struct store *from = store_new("hub", "east", EAST), *to = store_new("edge", NULL, 0);
	struct err err = {0};
	struct attachment a;
	struct attach_part p;
	struct str file = make_file(at("small.pdf"), 500);
	(void)state;
	good(attach_add(&a, from, at("small.pdf"), STR("small.pdf"), &err), &err);
	good(attach_part_read(&p, to, &a, &err), &err);
	assert_non_null(p.list); /* it is its own list */
	attach_part_release(&p);
	good(attach_put_piece(to, &a, 0, file, &err), &err);
	good(attach_finish(to, &a, &err), &err);
	assert_int_equal(state_of(to, &a), ATTACH_HERE);
	store_close(from);
	store_close(to);
}

static void policy(void **state)
{
	struct store *hub = store_new("hub", "east", EAST), *edge = store_new("edge", NULL, 0);
	struct attach_policy p;
	struct err err = {0};
	(void)state;
	attach_policy_read(&p, hub);
	assert_int_equal(p.rule, ATTACH_SMALL);
	assert_int_equal(p.small, ATTACH_SMALL_BYTES);
	assert_int_equal(p.budget, 0);
	attach_policy_read(&p, edge);
	assert_int_equal(p.rule, ATTACH_NONE);
	good(repo_set_config(edge->repo, "belfry.attachments", "all", &err), &err);
	good(repo_set_config(edge->repo, "belfry.attachmentsBudget", "2m", &err), &err);
	good(repo_set_config(edge->repo, "belfry.attachmentsSmall", "much", &err), &err);
	attach_policy_read(&p, edge);
	assert_int_equal(p.rule, ATTACH_ALL);
	assert_int_equal(p.budget, 2 << 20);
	assert_int_equal(p.small, ATTACH_SMALL_BYTES);
	refused(attach_setting_check("belfry.attachments", STR("some"), &err), ERR_SYNTAX, &err,
	    "none, small, all");
	refused(attach_setting_check("belfry.attachmentsBudget", STR("-1"), &err), ERR_SYNTAX, &err,
	    "no number of bytes");
	good(attach_setting_check("belfry.attachmentsBudget", STR("500k"), &err), &err);
	store_close(hub);
	store_close(edge);
}

static void spent(void **state)
{
	enum { DAY = 86400 };
	struct store *s = store_new("hub", "east", EAST);
	struct err err = {0};
	(void)state;
	assert_int_equal(attach_spent(s, T0), 0);
	good(attach_spend(s, 1000, T0, &err), &err);
	good(attach_spend(s, 24, T0 + 30 * DAY, &err), &err); /* T0 is the first of January */
	assert_int_equal(attach_spent(s, T0), 1024);
	good(attach_spend(s, 5, T0 + 31 * DAY, &err), &err);
	assert_int_equal(attach_spent(s, T0 + 32 * DAY), 5);
	good(attach_spend(s, 1, T0, &err), &err); /* the clock goes back */
	assert_int_equal(attach_spent(s, T0), 1025);
	s = reopened(s);
	assert_int_equal(attach_spent(s, T0 + 31 * DAY), 5);
	good(file_write(at("hub/attachments/spent"), STR("[nonsense"), 0600, &err), &err);
	assert_int_equal(attach_spent(s, T0), 0);
	store_close(s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)
	const struct CMUnitTest tests[] = {
	    T(add),
	    T(add_what_is_none),
	    T(receive),
	    T(damaged),
	    T(a_false_claim),
	    T(of_one_piece),
	    T(policy),
	    T(spent),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
