/* SPDX-License-Identifier: Apache-2.0 */
/* Deltas: what is made gives the file again, is short, costs little; what is bent is refused. */
#include "../store/fixture.h"

#include "git/delta.h"

#include <time.h>

static int setup(void **state)
{
	(void)state;
	hash_init();
	return 0;
}

static struct buf base_of(struct str old)
{
	struct buf b = BUF_INIT;
	buf_add(&b, old);
	delta_base(&b);
	assert_int_equal(b.len, old.len + 64);
	return b;
}

/* There and back; the delta's length. */
static size_t round_trip(struct str old, struct str new)
{
	struct buf base = base_of(old), delta = BUF_INIT, again = BUF_INIT, made = BUF_INIT;
	struct err err = {0};
	delta_make(&delta, buf_str(&base), new);
	delta_make(&again, buf_str(&base), new);
	assert_true(str_eq(buf_str(&delta), buf_str(&again)));
	buf_putc(&again, '!');
	struct str s = buf_str(&again);
	if (delta_take(&made, &s, buf_str(&base), new.len, &err))
		fail_msg("%s", err.msg);
	assert_true(str_is(s, "!"));
	assert_true(str_eq(buf_str(&made), new));
	s = buf_str(&delta);
	buf_reset(&made);
	if (new.len)
		assert_int_equal(
		    delta_take(&made, &s, buf_str(&base), new.len - 1, &err), ERR_LIMIT);
	for (size_t n = 0; n < delta.len && delta.len < 500; n++) {
		s = str_of(delta.ptr, n);
		buf_reset(&made);
		assert_int_equal(delta_take(&made, &s, buf_str(&base), new.len, &err), ERR_SYNTAX);
	}
	size_t len = delta.len;
	buf_release(&base);
	buf_release(&delta);
	buf_release(&again);
	buf_release(&made);
	return len;
}

static uint32_t draw(uint32_t below)
{
	static uint64_t x = 88172645463325252u;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % below;
}

static void add_words(struct buf *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "w%u%c", draw(100000), i % 12 == 11 ? '\n' : ' ');
}

static struct buf record(unsigned revision, struct str previous, const char *line)
{
	struct buf b = BUF_INIT;
	buf_printf(&b, "---\ntype: news\nid: market\nlang: en\ndate: \"2025-05-0%u\"\n", revision);
	buf_printf(&b, "revision: %u\n", revision);
	if (previous.len) {
		struct sha256 h = sha256(previous);
		buf_printf(&b, "previous: [\"sha256:%s\"]\n", sha256_hex(&h).text);
	}
	buf_puts(&b, "---\n");
	for (unsigned i = 0; i < 120; i++)
		buf_printf(&b, "%s\n",
		    i == 60 ? line : sha256_hex(&(struct sha256){.bytes = {(uint8_t)i}}).text);
	return b;
}

/* The line, the numbers and dates that change, and some thirty bytes to say where. */
static void a_revision_is_what_changed(void **state)
{
	static const char line[] = "The market now opens at seven, and on Sundays it does not.";
	struct buf one = record(1, STR_EMPTY, "The market opens at six."),
		   two = record(2, buf_str(&one), line),
		   three = record(3, buf_str(&two), "Closed.");
	(void)state;
	assert_in_range(round_trip(buf_str(&one), buf_str(&two)), 50, sizeof line + 55);
	assert_in_range(round_trip(buf_str(&two), buf_str(&three)), 20, sizeof "Closed." + 35);
	buf_release(&one);
	buf_release(&two);
	buf_release(&three);
}

static void short_and_none(void **state)
{
	(void)state;
	assert_int_equal(round_trip(STR_EMPTY, STR_EMPTY), 1);
	assert_int_equal(round_trip(STR("abc"), STR_EMPTY), 1);
	round_trip(STR_EMPTY, STR("abc"));
	round_trip(STR("abc"), STR("abc"));
	round_trip(STR("0123456"), STR("0123456"));
	round_trip(STR("01234567"), STR("01234567"));
	round_trip(STR("0123456789abcde"), STR("x0123456789abcde"));
	round_trip(STR("0123456789abcdef"), STR("x0123456789abcdef"));
	assert_int_equal(round_trip(STR("a longer text"), STR("a longer text")), 4);
}

static void moved_and_cut(void **state)
{
	struct buf old = BUF_INIT, new = BUF_INIT;
	(void)state;
	add_words(&old, 2000);
	for (int i = 0; i < 300; i++) {
		buf_reset(&new);
		for (uint32_t parts = draw(6); parts > 0; parts--) {
			uint32_t from = draw((uint32_t)old.len);
			buf_add(&new, str_sub(buf_str(&old), from, draw(4000)));
			add_words(&new, draw(20));
		}
		round_trip(buf_str(&old), buf_str(&new));
		round_trip(buf_str(&new), buf_str(&old));
	}
	/* The second half before the first. */
	buf_reset(&new);
	buf_add(&new, str_sub(buf_str(&old), 5000, old.len));
	buf_add(&new, str_sub(buf_str(&old), 0, 5000));
	assert_in_range(round_trip(buf_str(&old), buf_str(&new)), 5, 20);
	buf_release(&old);
	buf_release(&new);
}

/* Whatever the bytes, the work is in proportion to their number: 98 pairs of 64 KiB take a
 * second; were every place tried for every byte, one pair would take longer. */
static void worst_cases(void **state)
{
	enum { SIZE = 65536 };
	static const char *const lines[] = {
	    "a", "ab", "the same line\n", "0123456789abcdef", "aaaaaaaaaaaaaaab", "- x\n"};
	enum { KINDS = sizeof lines / sizeof *lines };
	struct buf files[KINDS + 1];
	clock_t begun = clock();
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		files[i] = BUF_INIT;
		while (files[i].len + strlen(lines[i]) <= SIZE)
			buf_puts(&files[i], lines[i]);
	}
	files[KINDS] = BUF_INIT; /* the first 15 bytes of a place, over and over */
	while (files[KINDS].len < SIZE - 16)
		buf_printf(&files[KINDS], "aaaaaaaaaaaaaaa%c", (char)('b' + draw(20)));
	for (size_t i = 0; i <= KINDS; i++) {
		for (size_t k = 0; k <= KINDS; k++) {
			struct buf bent = BUF_INIT;
			round_trip(buf_str(&files[i]), buf_str(&files[k]));
			buf_add(&bent, buf_str(&files[k]));
			for (int n = 0; n < 1000; n++)
				bent.ptr[draw((uint32_t)bent.len)] = '?';
			round_trip(buf_str(&files[i]), buf_str(&bent));
			buf_release(&bent);
		}
	}
	assert_in_range(round_trip(buf_str(&files[0]), buf_str(&files[0])), 1, 8);
	if (clock() - begun > 20 * CLOCKS_PER_SEC)
		fail_msg("it took %ld s", (long)((clock() - begun) / CLOCKS_PER_SEC));
	for (size_t i = 0; i <= KINDS; i++)
		buf_release(&files[i]);
}

static void grammar(void **state)
{
	/* Of the base "abcdefgh" with its 64 digits: 72 bytes. At most 100 may be made. */
	static const struct {
		const char *what, *hex;
		int result;
	} cases[] = {
	    {"nothing", "00", 0},
	    {"all of it", "01004800", 0},
	    {"back and forth", "0200080000080f", 0},
	    {"no count", "", ERR_SYNTAX},
	    {"steps that are not there", "02004800", ERR_SYNTAX},
	    {"2^64 - 1 steps", "ffffffffffffffffff01004800", ERR_SYNTAX},
	    {"a step that does nothing", "010000", ERR_SYNTAX},
	    {"an insertion that is not there", "01056162", ERR_SYNTAX},
	    {"an insertion of 2^63", "0180808080808080808001", ERR_SYNTAX},
	    {"one byte beyond the end", "01004900", ERR_CHAIN},
	    {"one byte from the end", "0100019001", ERR_CHAIN},
	    {"the last byte", "0100018e01", 0},
	    {"before the start", "01000101", ERR_CHAIN},
	    {"far before the start", "010001ffffffffffffffffff01", ERR_CHAIN},
	    {"far behind the end", "010001feffffffffffffffff01", ERR_CHAIN},
	    {"more than may be made", "0200480000488f01", ERR_LIMIT},
	    {"a copy of 2^64 - 1", "0100ffffffffffffffffff0100", ERR_LIMIT},
	    {"a sum beyond 2^64", "010161ffffffffffffffffff0100", ERR_LIMIT},
	    {"a number in a longer form", "0100c80000", ERR_SYNTAX},
	    {"a copy without its place", "010008", ERR_SYNTAX},
	};
	struct buf base = base_of(STR("abcdefgh"));
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = BUF_INIT, made = BUF_INIT;
		struct err err = {0};
		assert_true(buf_unhex(&b, str_from(cases[i].hex)));
		struct str s = buf_str(&b);
		int bad = delta_take(&made, &s, buf_str(&base), 100, &err);
		if (bad != cases[i].result || made.len > 100 || (!bad && s.len))
			fail_msg("%s: %d %s", cases[i].what, bad, bad ? err.msg : "");
		buf_release(&b);
		buf_release(&made);
	}
	buf_release(&base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(short_and_none),
	    cmocka_unit_test(a_revision_is_what_changed),
	    cmocka_unit_test(moved_and_cut),
	    cmocka_unit_test(worst_cases),
	    cmocka_unit_test(grammar),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
