/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a backup comes back whole or not at all, says what is wrong, and never makes us do more
 * work than is bearable.
 */
#include "fixture.h"

#include "trust/backup.h"

#define WORDS STR("granite lantern six otters")
#define N "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct backup sample = {.network = N,
    .hub = "mena",
    .keys = {{"journal", {"a secret of its own", 19}}, {"journal.pub", {"", 0}},
	{"link", {"\0x", 2}}},
    .nkeys = 3};

static struct buf sealed(const struct backup *b)
{
	struct buf file = BUF_INIT;
	struct err err = {0};
	if (backup_seal(&file, b, &backup_work_least, WORDS, &err))
		fail_msg("%s", err.msg);
	return file;
}

static void comes_back(void **state)
{
	(void)state;
	struct backup got;
	struct err err = {0};
	struct buf file = sealed(&sample);
	assert_null(memmem(file.ptr, file.len, "secret", 6));
	assert_null(memmem(file.ptr, file.len, "mena", 4));
	assert_int_equal(backup_open(&got, buf_str(&file), "f", WORDS, &err), 0);
	assert_string_equal(got.network, N);
	assert_string_equal(got.hub, "mena");
	assert_int_equal(got.nkeys, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(got.keys[i].name, sample.keys[i].name);
		assert_true(str_eq(got.keys[i].text, sample.keys[i].text));
	}
	backup_release(&got);
	assert_int_equal(
	    backup_open(&got, buf_str(&file), "f", STR("granite lantern"), &err), ERR_SIGNATURE);
	assert_non_null(strstr(err.msg, "not its passphrase"));
	assert_int_equal(got.nkeys, 0);
	backup_release(&got);

	/* The same twice is two files: nobody sees whether a key has changed. */
	struct buf again = sealed(&sample);
	assert_int_equal(again.len, file.len);
	assert_memory_not_equal(again.ptr + 26, file.ptr + 26, file.len - 26);
	buf_release(&again);
	buf_release(&file);
}

static void passphrases_have_bounds(void **state)
{
	(void)state;
	struct buf file = BUF_INIT, words = BUF_INIT;
	struct err err = {0};
	assert_int_equal(
	    backup_seal(&file, &sample, &backup_work_least, STR("eleven byte"), &err), ERR_LIMIT);
	while (words.len <= PASSPHRASE_BYTES_MAX)
		buf_putc(&words, 'w');
	assert_int_equal(
	    backup_seal(&file, &sample, &backup_work_least, buf_str(&words), &err), ERR_LIMIT);
	assert_int_equal(file.len, 0);
	buf_release(&words);
}

/* The file with this work in it, and a sum that fits: from somebody who means ill. */
static int with_work(uint32_t passes, uint64_t memory, struct err *err)
{
	struct buf file = BUF_INIT;
	struct backup b;
	buf_puts(&file, "belfry-keys 1\n");
	buf_u32(&file, passes);
	buf_u64(&file, memory);
	for (int i = 0; i < 100; i++)
		buf_putc(&file, 'x');
	struct sha256 sum = sha256(buf_str(&file));
	buf_add(&file, str_of(sum.bytes, SHA256_BYTES));
	int rc = backup_open(&b, buf_str(&file), "f", WORDS, err);
	backup_release(&b);
	buf_release(&file);
	return rc;
}

static void work_has_bounds(void **state)
{
	(void)state;
	static const struct {
		uint32_t passes;
		uint64_t memory;
	} row[] = {{0, 64 << 20}, {1, 64 << 20}, {11, 64 << 20}, {UINT32_MAX, 64 << 20}, {2, 0},
	    {2, (64 << 20) - 1}, {2, (1ull << 30) + 1}, {2, 1ull << 32}, {2, UINT64_MAX}};
	struct err err = {0};
	assert_int_equal(with_work(2, 64 << 20, &err), ERR_SIGNATURE);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		assert_int_equal(with_work(row[i].passes, row[i].memory, &err), ERR_LIMIT);
		assert_non_null(strstr(err.msg, "passes"));
	}
}

/* Cut or flipped anywhere it is called damaged, before any work is done. */
static void damage_is_told(void **state)
{
	(void)state;
	struct backup_file f;
	struct err err = {0};
	struct buf file = sealed(&sample);
	assert_int_equal(backup_file_parse(&f, buf_str(&file), "f", &err), 0);
	for (size_t n = 0; n < file.len; n++) {
		int rc = backup_file_parse(&f, str_sub(buf_str(&file), 0, n), "f", &err);
		assert_int_equal(rc, ERR_SYNTAX);
		assert_non_null(strstr(err.msg, n < 14 ? "should begin" : "damaged"));
	}
	for (size_t i = 14 * 8; i < file.len * 8; i++) {
		file.ptr[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(backup_file_parse(&f, buf_str(&file), "f", &err), ERR_SYNTAX);
		file.ptr[i / 8] ^= (char)(1 << i % 8);
	}
	file.ptr[12] = '2';
	assert_int_equal(backup_file_parse(&f, buf_str(&file), "f", &err), ERR_UNSUPPORTED);
	file.ptr[12] = '1';
	buf_putc(&file, 0);
	assert_int_equal(backup_file_parse(&f, buf_str(&file), "f", &err), ERR_SYNTAX);
	while (file.len <= 128 * 1024)
		buf_putc(&file, 0);
	assert_int_equal(backup_file_parse(&f, buf_str(&file), "f", &err), ERR_LIMIT);
	buf_release(&file);
}

static void text(struct buf *out, const char *network, const char *hub, uint32_t count)
{
	buf_reset(out);
	buf_ssh_string(out, str_from(network));
	buf_ssh_string(out, str_from(hub));
	buf_u32(out, count);
}

static void add(struct buf *out, const char *name, struct str content)
{
	buf_ssh_string(out, str_from(name));
	buf_ssh_string(out, content);
}

static void texts(void **state)
{
	(void)state;
	struct backup b = {.secret = BUF_INIT};
	struct buf t = BUF_INIT, big = BUF_INIT;
	text(&t, N, "mena", 1);
	add(&t, "a", STR("x"));
	assert_true(backup_text_parse(&b, buf_str(&t)));
	for (size_t n = 0; n < t.len; n++)
		assert_false(backup_text_parse(&b, str_sub(buf_str(&t), 0, n)));
	buf_putc(&t, 0);
	assert_false(backup_text_parse(&b, buf_str(&t)));

	text(&t, "", "", 2);
	add(&t, "a", STR("x"));
	add(&t, "b", STR("x"));
	assert_true(backup_text_parse(&b, buf_str(&t)));
	text(&t, "", "", 2); /* twice, and out of order */
	add(&t, "a", STR("x"));
	add(&t, "a", STR("x"));
	assert_false(backup_text_parse(&b, buf_str(&t)));
	text(&t, "", "", 2);
	add(&t, "b", STR("x"));
	add(&t, "a", STR("x"));
	assert_false(backup_text_parse(&b, buf_str(&t)));

	static const char *const bad[][2] = {
	    {"x", "mena"}, {N "0", "mena"}, {N, "Mena"}, {N, "../mena"}, {"", " "}};
	for (size_t i = 0; i < 5; i++) {
		text(&t, bad[i][0], bad[i][1], 1);
		add(&t, "a", STR("x"));
		assert_false(backup_text_parse(&b, buf_str(&t)));
	}
	/* Names become paths. */
	static const char *const names[] = {"", ".", "..", ".pub", "../journal", "a/b",
	    "/etc/passwd", "journal.pub.pub", "journal\n", "Journal", "a--b"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		text(&t, N, "mena", 1);
		add(&t, names[i], STR("x"));
		assert_false(backup_text_parse(&b, buf_str(&t)));
	}
	text(&t, N, "mena", 0);
	assert_false(backup_text_parse(&b, buf_str(&t)));
	text(&t, N, "mena", BACKUP_KEYS_MAX + 1);
	for (int i = 0; i <= BACKUP_KEYS_MAX; i++) {
		char name[8];
		snprintf(name, sizeof name, "k%02d", i);
		add(&t, name, STR("x"));
	}
	assert_false(backup_text_parse(&b, buf_str(&t)));
	while (big.len <= 16 * 1024)
		buf_putc(&big, 'x');
	text(&t, N, "mena", 1);
	add(&t, "a", buf_str(&big));
	assert_false(backup_text_parse(&b, buf_str(&t)));
	buf_release(&big);
	buf_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(comes_back),
	    cmocka_unit_test(passphrases_have_bounds),
	    cmocka_unit_test(work_has_bounds),
	    cmocka_unit_test(damage_is_told),
	    cmocka_unit_test(texts),
	};
	return cmocka_run_group_tests(tests, scratch_new, scratch_remove);
}
