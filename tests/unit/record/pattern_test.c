/* SPDX-License-Identifier: Apache-2.0 */
#include "record/pattern.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <regex.h>
#include <time.h>

static bool matches(const char *pattern, const char *text)
{
	struct arena arena = {0};
	struct pattern *p;
	struct err err = {0};
	int code = pattern_compile(&p, &arena, str_from(pattern), &err);
	if (code)
		print_error("%s\n", err.msg);
	assert_int_equal(code, 0);
	bool yes = pattern_matches(p, str_from(text));
	arena_clear(&arena);
	return yes;
}

static void refuses(const char *pattern)
{
	struct arena arena = {0};
	struct pattern *p;
	struct err err = {0};
	assert_int_equal(pattern_compile(&p, &arena, str_from(pattern), &err), ERR_UNSUPPORTED);
	assert_null(p);
	assert_non_null(strstr(err.msg, "byte"));
	arena_clear(&arena);
}

static void parts(void **state)
{
	(void)state;
	assert_true(matches("b", "abc"));
	assert_false(matches("^b", "abc"));
	assert_true(matches("c$", "abc"));
	assert_false(matches("b$", "abc"));
	assert_true(matches("^$", ""));
	assert_false(matches("^$", "a"));
	assert_true(matches("^a.c$", "a\xc3\xa9"
				     "c"));
	assert_false(matches("a.c", "a\nc"));
	assert_true(matches("^(ab|cd|e)+$", "abecd"));
	assert_false(matches("^(ab|cd|e)+$", "abec"));
	assert_true(matches("^[^a-c]$", "\xd8\xa7"));
	assert_false(matches("^[^a-c]$", "b"));
	assert_true(matches("^[a\\-\\]]+$", "]-a"));
	assert_true(matches("^[-a]+[a-]$", "-a-"));
	assert_true(matches("^a\\.b\\\\$", "a.b\\"));
	assert_true(matches("^(a*)*$", "aaa"));
	assert_true(matches("^(a?){3}b{2,}c{0,1}$", "aabbbb"));
	assert_false(matches("^a{2,3}$", "a"));
	assert_false(matches("^a{2,3}$", "aaaa"));
	assert_true(matches("a|^b", "xa"));
	assert_false(matches("^a|^b", "xa"));
	assert_true(matches("^[\xc3\xa0-\xc3\xbf]{2}$", "\xc3\xa9\xc3\xa8"));
}

static void outside_the_subset(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "a|", "()", "(a", "a)", "[a", "[]", "[b-a]",
	    "[[:alpha:]]", "a**", "a+?", "*a", "^*", "a{", "a{2", "a{3,2}", "a{0}", "a{256}",
	    "a{,2}", "\\d", "\\b", "\\", "(?:a)", "(?=a)", "a]", "}", "\n", "\xff",
	    "((((((((((((((((((a))))))))))))))))))", "((a{255}){255}){255}", "(a{200}){200}"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refuses(bad[i]);
}

/* Random patterns over a small alphabet mean what POSIX says they mean. */
static unsigned seed = 7;
static unsigned dice(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

static void random_pattern(struct buf *out, int depth)
{
	static const char *const atoms[] = {"a", "b", "[ab]", "[^b]", "."};
	static const char *const repeats[] = {"", "", "*", "+", "?", "{2}", "{1,2}"};
	unsigned n = 1 + dice(3);
	for (unsigned i = 0; i < n; i++) {
		if (depth < 3 && dice(3) == 0) {
			buf_puts(out, "(");
			random_pattern(out, depth + 1);
			buf_puts(out, ")");
		} else {
			buf_puts(out, atoms[dice(5)]);
		}
		buf_puts(out, repeats[dice(7)]);
		if (i + 1 < n && dice(4) == 0)
			buf_puts(out, "|");
	}
}

static void agrees_with_posix(void **state)
{
	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct buf p = BUF_INIT;
		regex_t re;
		buf_puts(&p, "^(");
		random_pattern(&p, 0);
		buf_puts(&p, ")$");
		assert_int_equal(regcomp(&re, p.ptr, REG_EXTENDED | REG_NOSUB), 0);
		for (int i = 0; i < 20; i++) {
			char text[8] = {0};
			for (unsigned k = 0, n = dice(8); k < n; k++)
				text[k] = "abc"[dice(3)];
			bool want = regexec(&re, text, 0, NULL, 0) == 0;
			if (matches(p.ptr, text) != want)
				fail_msg("%s on '%s': POSIX says %d", p.ptr, text, want);
		}
		regfree(&re);
		buf_release(&p);
	}
}

/* Patterns that make other engines take years. */
static void linear_time(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;
	for (int i = 0; i < 20000; i++)
		buf_puts(&text, "a");
	clock_t start = clock();
	assert_false(matches("^(a+)+b$", text.ptr));
	assert_false(matches("(a|a|aa)*b", text.ptr));
	assert_false(matches("(.*a){20}b", text.ptr));
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 2.0);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parts),
	    cmocka_unit_test(outside_the_subset),
	    cmocka_unit_test(agrees_with_posix),
	    cmocka_unit_test(linear_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
