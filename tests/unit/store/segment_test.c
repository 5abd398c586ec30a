/* SPDX-License-Identifier: Apache-2.0 */
/* Segments: what goes in comes out; what is cut, bent or boasts is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "store/segment.h"

#include <stdlib.h>

static struct buf sample; /* a real record's text */

static int read_sample(void **state)
{
	struct err err;
	(void)state;
	sample = BUF_INIT;
	return file_read(&sample,
	    "content/demo/bf-dori/case-study/dori-fraternal-union-of-believers/fr.md",
	    RECORD_BYTES_MAX, &err);
}

static int drop_sample(void **state)
{
	(void)state;
	buf_release(&sample);
	return 0;
}

static struct buf made(const struct str *entries, size_t n)
{
	struct buf s = BUF_INIT;
	segment_write(&s, entries, n);
	return s;
}

static void comes_back(const struct str *entries, size_t n)
{
	struct buf s = made(entries, n), raw = BUF_INIT;
	struct str *got = mem_alloc(n * sizeof *got);
	size_t count;
	struct err err;
	assert_int_equal(segment_count(buf_str(&s)), n);
	if (segment_read(buf_str(&s), &raw, got, n, &count, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(count, n);
	for (size_t i = 0; i < n; i++)
		assert_true(str_eq(got[i], entries[i]));
	free(got);
	buf_release(&s);
	buf_release(&raw);
}

static void what_goes_in_comes_out(void **state)
{
	(void)state;
	static char noise[ENTRY_BYTES_MAX];
	struct str many[SEGMENT_ENTRIES_MAX];
	random_bytes(noise, sizeof noise);
	for (size_t i = 0; i < SEGMENT_ENTRIES_MAX; i++)
		many[i] = str_sub(buf_str(&sample), i % 7, 1 + i % 100);
	comes_back(many, 1);
	comes_back(many, SEGMENT_ENTRIES_MAX);
	comes_back(&(struct str){sample.ptr, sample.len}, 1);
	comes_back(&(struct str){noise, 1}, 1);
	comes_back(&(struct str){noise, sizeof noise}, 1);
}

static void one_record_shrinks_alone(void **state)
{
	(void)state;
	struct str whole = buf_str(&sample);
	struct buf s = made(&whole, 1);
	assert_true(s.len < sample.len / 2);
	buf_release(&s);
}

static void cut_anywhere_is_refused(void **state)
{
	(void)state;
	struct str entries[2] = {str_sub(buf_str(&sample), 0, 900),
	    str_sub(buf_str(&sample), 900, 400)},
		   got[2];
	struct buf s = made(entries, 2);
	for (size_t len = 0; len < s.len; len++) {
		struct buf raw = BUF_INIT;
		struct err err;
		size_t n;
		assert_int_not_equal(segment_read(str_of(s.ptr, len), &raw, got, 2, &n, &err), 0);
		assert_int_equal(raw.len, 0);
		buf_release(&raw);
	}
	buf_release(&s);
}

/* A bent bit may pass here: entries are signed. But it stays inside what the head allows. */
static void bent_bits_stay_in_bounds(void **state)
{
	(void)state;
	struct str entry = str_sub(buf_str(&sample), 0, 600), got[4];
	struct buf s = made(&entry, 1);
	for (size_t bit = 0; bit < s.len * 8; bit++) {
		struct buf raw = BUF_INIT;
		struct err err;
		size_t n;
		s.ptr[bit / 8] ^= (char)(1 << bit % 8);
		if (segment_read(buf_str(&s), &raw, got, 4, &n, &err) == 0)
			assert_true(n <= 4 && raw.len <= SEGMENT_RAW_MAX);
		s.ptr[bit / 8] ^= (char)(1 << bit % 8);
		buf_release(&raw);
	}
	buf_release(&s);
}

static void refused(const char *hex, enum err_code code)
{
	struct buf s = BUF_INIT, raw = BUF_INIT;
	struct str got[4];
	struct err err;
	size_t n;
	assert_true(buf_unhex(&s, str_from(hex)));
	assert_int_equal(segment_read(buf_str(&s), &raw, got, 4, &n, &err), code);
	assert_true(raw.cap == 0); /* nothing was allocated for it */
	buf_release(&s);
	buf_release(&raw);
}

static void boasts_are_refused_before_allocation(void **state)
{
	(void)state;
	refused("", ERR_SYNTAX);
	refused("0000", ERR_SYNTAX); /* no entries */
	refused("000100", ERR_SYNTAX); /* no bytes */
	refused("0201016161", ERR_UNSUPPORTED); /* method 2 */
	refused("00050461616161", ERR_LIMIT); /* five entries where four fit */
	refused("0101ffffffff0f00", ERR_LIMIT); /* 4 GiB */
	refused("010180801000000000", ERR_LIMIT); /* 256 KiB out of 4 bytes */
}

int main(void)
{
	hash_init();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_goes_in_comes_out),
	    cmocka_unit_test(one_record_shrinks_alone),
	    cmocka_unit_test(cut_anywhere_is_refused),
	    cmocka_unit_test(bent_bits_stay_in_bounds),
	    cmocka_unit_test(boasts_are_refused_before_allocation),
	};
	return cmocka_run_group_tests(tests, read_sample, drop_sample);
}
