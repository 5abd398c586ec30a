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
#include "entry/segment.h"

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

enum { MANY = 1000 };

static void expect(
    struct segment_reader *r, struct str segment, const struct str *entries, size_t n)
{
	struct buf raw = BUF_INIT;
	struct str entry;
	struct err err;
	size_t count;
	if (segment_read(r, segment, &raw, &count, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(count, n);
	struct str rest = buf_str(&raw);
	for (size_t i = 0; i < n; i++) {
		assert_true(segment_split(&rest, &entry));
		assert_true(str_eq(entry, entries[i]));
	}
	assert_false(segment_split(&rest, &entry));
	buf_release(&raw);
}

static void comes_back_by(struct segment_writer *w, const struct str *entries, size_t n)
{
	struct segment_reader *r = segment_reader_new();
	struct buf s = BUF_INIT;
	segment_write(w, &s, entries, n);
	expect(r, buf_str(&s), entries, n);
	buf_release(&s);
	segment_writer_free(w);
	segment_reader_free(r);
}

static void comes_back(const struct str *entries, size_t n)
{
	comes_back_by(segment_writer_new(), entries, n);
	comes_back_by(segment_writer_new_much(), entries, n);
	comes_back_by(segment_writer_new_bulk(), entries, n);
	comes_back_by(segment_writer_new_soon(), entries, n);
}

/* Streams that begin alike share that work; what follows is as if each had done it alone. */
static void streams_that_begin_alike(void **state)
{
	enum { N = 5 };
	struct str first = str_sub(buf_str(&sample), 0, 3000), between = STR("something else");
	struct str next = str_sub(buf_str(&sample), 500, 4000);
	struct segment_writer *w[N];
	struct segment_reader *r[N];
	struct buf begun[N], then[N];
	(void)state;
	for (int i = 0; i < N; i++) {
		w[i] = segment_writer_new();
		r[i] = segment_reader_new();
		begun[i] = then[i] = BUF_INIT;
		segment_write(w[i], &begun[i], &first, 1);
		if (i == 2)
			comes_back(&between, 1);
	}
	for (int i = 0; i < N; i++) {
		segment_write(w[i], &then[i], &next, 1);
		expect(r[i], buf_str(&begun[i]), &first, 1);
		expect(r[i], buf_str(&then[i]), &next, 1);
		assert_true(str_eq(buf_str(&begun[i]), buf_str(&begun[0])));
		assert_true(str_eq(buf_str(&then[i]), buf_str(&then[0])));
	}
	assert_true(then[0].len < 1000); /* it does remember the first */
	for (int i = 0; i < N; i++) {
		segment_writer_free(w[i]);
		segment_reader_free(r[i]);
		buf_release(&begun[i]);
		buf_release(&then[i]);
	}
}

static void what_goes_in_comes_out(void **state)
{
	(void)state;
	static char noise[ENTRY_BYTES_MAX];
	struct str many[MANY];
	random_bytes(noise, sizeof noise);
	for (size_t i = 0; i < MANY; i++)
		many[i] = str_sub(buf_str(&sample), i % 7, 1 + i % 100);
	comes_back(many, 1);
	comes_back(many, MANY);
	comes_back(&(struct str){sample.ptr, sample.len}, 1);
	comes_back(&(struct str){noise, 1}, 1);
	comes_back(&(struct str){noise, sizeof noise}, 1);
}

/* What both sides recall costs next to nothing; who recalls something else, or nothing, cannot
 * read. */
static void a_stream_recalls(void **state)
{
	static char noise[6000];
	struct segment_writer *(*const writers[])(void) = {
	    segment_writer_new, segment_writer_new_soon, segment_writer_new_much};
	struct str text = str_of(noise, 4000), part = str_of(noise + 5000, 700);
	struct buf all = BUF_INIT;
	(void)state;
	random_bytes(noise, sizeof noise);
	struct str other = str_sub(text, 0, 3993);
	buf_add(&all, str_sub(text, 500, 2000));
	buf_add(&all, part);
	for (int i = 0; i < 12; i++) {
		bool is_text = i & 1, is_part = i & 2;
		struct segment_writer *w = writers[i / 4]();
		struct segment_reader *r = segment_reader_new();
		struct buf s = BUF_INIT, raw = BUF_INIT;
		struct err err;
		size_t n;
		segment_writer_recall(w, is_text ? text : STR_EMPTY, is_part ? part : STR_EMPTY);
		segment_write(w, &s, &(struct str){all.ptr, all.len}, 1);
		assert_true(s.len < 100 || !is_text || !is_part);
		if (is_text || is_part)
			assert_int_equal(segment_read(r, buf_str(&s), &raw, &n, &err), ERR_CHAIN);
		segment_reader_recall(r, other, part);
		if (is_text && (segment_read(r, buf_str(&s), &raw, &n, &err) == 0))
			assert_false(str_ends(buf_str(&raw), buf_str(&all)));
		segment_reader_recall(r, text, part);
		expect(r, buf_str(&s), &(struct str){all.ptr, all.len}, 1);
		buf_reset(&s);
		segment_reader_recall(r, STR_EMPTY, STR_EMPTY);
		segment_write_rest(w, &s, text, 1000);
		expect(r, buf_str(&s), &(struct str){text.ptr + 1000, text.len - 1000}, 1);
		buf_release(&s);
		buf_release(&raw);
		segment_writer_free(w);
		segment_reader_free(r);
	}
	buf_release(&all);
}

/* Each segment is read as it comes; what came before makes the next one small. */
static void a_stream_remembers(void **state)
{
	(void)state;
	struct segment_writer *w = segment_writer_new();
	struct segment_reader *r = segment_reader_new();
	struct str whole = buf_str(&sample);
	size_t first = 0;
	for (int i = 0; i < 200; i++) {
		struct buf s = BUF_INIT;
		segment_write(w, &s, &whole, 1);
		expect(r, buf_str(&s), &whole, 1);
		first = i ? first : s.len;
		assert_true(i ? s.len < first / 10 : s.len < sample.len / 2);
		buf_release(&s);
	}
	segment_writer_free(w);
	segment_reader_free(r);
}

/* A new stream may begin at any time; one that was not begun here cannot go on. */
static void a_stream_begins_anew(void **state)
{
	(void)state;
	struct segment_reader *r = segment_reader_new();
	struct str whole = buf_str(&sample);
	struct buf later = BUF_INIT, raw = BUF_INIT;
	struct err err;
	size_t n;
	for (int i = 0; i < 3; i++) {
		struct segment_writer *w = segment_writer_new();
		struct buf s = BUF_INIT;
		segment_write(w, &s, &whole, 1);
		expect(r, buf_str(&s), &whole, 1);
		buf_reset(&later);
		segment_write(w, &later, &whole, 1);
		segment_writer_free(w);
		buf_release(&s);
	}
	segment_reader_free(r);
	r = segment_reader_new();
	assert_int_equal(segment_read(r, buf_str(&later), &raw, &n, &err), ERR_CHAIN);
	segment_reader_free(r);
	buf_release(&later);
	buf_release(&raw);
}

static void cut_anywhere_is_refused(void **state)
{
	(void)state;
	struct str entries[2] = {
	    str_sub(buf_str(&sample), 0, 900), str_sub(buf_str(&sample), 900, 400)};
	struct segment_writer *w = segment_writer_new();
	struct buf s = BUF_INIT;
	segment_write(w, &s, entries, 2);
	for (size_t len = 0; len < s.len; len++) {
		struct segment_reader *r = segment_reader_new();
		struct buf raw = BUF_INIT;
		struct err err;
		size_t n;
		assert_int_not_equal(segment_read(r, str_of(s.ptr, len), &raw, &n, &err), 0);
		assert_int_equal(raw.len, 0);
		buf_release(&raw);
		segment_reader_free(r);
	}
	buf_release(&s);
	segment_writer_free(w);
}

/* A bent bit may pass here: entries are signed. But it stays inside what the head allows. */
static void bent_bits_stay_in_bounds(void **state)
{
	(void)state;
	struct str entry = str_sub(buf_str(&sample), 0, 600);
	struct segment_writer *w = segment_writer_new();
	struct buf s = BUF_INIT;
	segment_write(w, &s, &entry, 1);
	for (size_t bit = 0; bit < s.len * 8; bit++) {
		struct segment_reader *r = segment_reader_new();
		struct buf raw = BUF_INIT;
		struct err err;
		size_t n;
		s.ptr[bit / 8] ^= (char)(1 << bit % 8);
		if (segment_read(r, buf_str(&s), &raw, &n, &err) == 0)
			assert_true(n > 0 && raw.len <= SEGMENT_RAW_MAX);
		s.ptr[bit / 8] ^= (char)(1 << bit % 8);
		buf_release(&raw);
		segment_reader_free(r);
	}
	buf_release(&s);
	segment_writer_free(w);
}

static void refused(const char *hex, enum err_code code)
{
	struct segment_reader *r = segment_reader_new();
	struct buf s = BUF_INIT, raw = BUF_INIT;
	struct err err;
	size_t n;
	assert_true(buf_unhex(&s, str_from(hex)));
	assert_int_equal(segment_read(r, buf_str(&s), &raw, &n, &err), code);
	assert_true(raw.cap == 0); /* nothing was allocated for it */
	buf_release(&s);
	buf_release(&raw);
	segment_reader_free(r);
}

static void boasts_are_refused_before_allocation(void **state)
{
	(void)state;
	refused("", ERR_SYNTAX);
	refused("01", ERR_SYNTAX);
	refused("010000", ERR_SYNTAX); /* no bytes */
	refused("070161", ERR_UNSUPPORTED); /* form 7 */
	refused("040161", ERR_CHAIN); /* behind text that is not here */
	refused("050161", ERR_CHAIN);
	refused("020161", ERR_CHAIN); /* goes on from nothing */
	refused("01ffffffff0f00", ERR_LIMIT); /* 4 GiB */
	refused("0181882000", ERR_LIMIT); /* a byte more than there may be */
}

/* What a cut link has brought of a large entry can be read but for its last few KiB. */
static void a_beginning_can_be_read(void **state)
{
	(void)state;
	struct buf large = BUF_INIT, s = BUF_INIT, raw = BUF_INIT;
	struct str entry;
	uint32_t noise = 1;
	for (int i = 0; i < 60 * 1000; i++) {
		noise = noise * 1664525 + 1013904223;
		buf_u8(&large, (uint8_t)(noise >> 24));
	}
	entry = buf_str(&large);
	struct segment_writer *w = segment_writer_new();
	segment_write(w, &s, &entry, 1);
	segment_writer_free(w);
	for (size_t n = 0; n < s.len; n += 997) {
		struct segment_reader *r = segment_reader_new();
		struct err err;
		uint64_t length;
		size_t count;
		buf_reset(&raw);
		int rc = segment_read_beginning(r, str_sub(buf_str(&s), 0, n), &raw, &err);
		struct str text = buf_str(&raw);
		assert_int_equal(rc, n < 5 ? ERR_SYNTAX : 0);
		assert_true(text.len + 4500 >= n); /* nothing shrinks here */
		if (text.len) {
			assert_true(str_take_varint(&text, &length));
			assert_int_equal(length, entry.len);
			assert_true(str_starts(entry, text));
		}
		/* It goes on only from a new beginning. */
		buf_reset(&raw);
		if (!rc && s.ptr[0] == 1)
			assert_int_equal(segment_read(r, buf_str(&s), &raw, &count, &err), 0);
		segment_reader_free(r);
	}
	buf_release(&large);
	buf_release(&s);
	buf_release(&raw);
}

int main(void)
{
	hash_init();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(streams_that_begin_alike),
	    cmocka_unit_test(what_goes_in_comes_out),
	    cmocka_unit_test(a_stream_remembers),
	    cmocka_unit_test(a_stream_recalls),
	    cmocka_unit_test(a_stream_begins_anew),
	    cmocka_unit_test(cut_anywhere_is_refused),
	    cmocka_unit_test(a_beginning_can_be_read),
	    cmocka_unit_test(bent_bits_stay_in_bounds),
	    cmocka_unit_test(boasts_are_refused_before_allocation),
	};
	return cmocka_run_group_tests(tests, read_sample, drop_sample);
}
