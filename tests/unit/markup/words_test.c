/* SPDX-License-Identifier: Apache-2.0 */
/* The interface's words, and what the theme's files promise. */
#include "base/asset.h"
#include "markup/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>

static struct words en, fr, es, ar;

static int load(void **state)
{
	struct err err = {0};
	(void)state;
	assert_int_equal(words_load(&en, STR("en"), &err), 0);
	assert_int_equal(words_load(&fr, STR("fr"), &err), 0);
	assert_int_equal(words_load(&es, STR("es"), &err), 0);
	assert_int_equal(words_load(&ar, STR("ar"), &err), 0);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	words_release(&en);
	words_release(&fr);
	words_release(&es);
	words_release(&ar);
	return 0;
}

static void date(const struct words *w, const char *in, const char *expected)
{
	struct buf b = BUF_INIT;
	words_date(w, &b, str_from(in));
	assert_string_equal(b.ptr, expected);
	buf_release(&b);
}

static void dates(void **state)
{
	(void)state;
	date(&en, "2019-10-14", "14 October 2019");
	date(&en, "2019-10-01", "1 October 2019");
	date(&fr, "2019-10-01", "1er octobre 2019");
	date(&fr, "2019-08-09", "9 août 2019");
	date(&en, "2019-10", "October 2019");
	date(&fr, "2019-12", "décembre 2019");
	date(&es, "2019-10-01", "1 de octubre de 2019");
	date(&es, "2019-12", "diciembre de 2019");
	date(&ar, "2019-10-14", "14 أكتوبر 2019");
	date(&en, "2019", "2019");
	date(&en, "last year", "last year");
	date(&en, "2019-1", "2019-1");
	date(&en, "", "");
}

static void days_of_seconds(void **state)
{
	static const struct {
		int64_t seconds;
		const char *day;
	} rows[] = {{0, "1970-01-01"}, {86399, "1970-01-01"}, {86400, "1970-01-02"},
	    {951782400, "2000-02-29"}, {951868800, "2000-03-01"}, {1763683200, "2025-11-21"},
	    {4107542400, "2100-03-01"}, {-1, "1969-12-31"}, {-2208988800, "1900-01-01"}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf b = BUF_INIT;
		date_of_time(&b, rows[i].seconds);
		assert_string_equal(b.ptr, rows[i].day);
		buf_release(&b);
	}
}

static void integer(const struct words *w, int64_t n, const char *expected)
{
	struct buf b = BUF_INIT;
	words_integer(w, &b, n);
	assert_string_equal(b.ptr, expected);
	buf_release(&b);
}

static void real(const struct words *w, double d, const char *expected)
{
	struct buf b = BUF_INIT;
	words_real(w, &b, d);
	assert_string_equal(b.ptr, expected);
	buf_release(&b);
}

static void numbers(void **state)
{
	(void)state;
	integer(&en, 0, "0");
	integer(&en, 2019, "2019");
	integer(&en, 12345, "12,345");
	integer(&fr, 1208333, "1\u202f208\u202f333");
	integer(&en, -10000, "\u221210,000");
	real(&en, 34.4, "34.4");
	real(&fr, -17.4, "\u221217,4");
	real(&en, 25000.5, "25,000.5");
	real(&en, 1e20, "1e+20");
}

static void count(const struct words *w, int64_t n, const char *expected)
{
	struct buf b = BUF_INIT;
	words_count(w, &b, "cities", n);
	assert_string_equal(b.ptr, expected);
	buf_release(&b);
}

/* CLDR's categories; French counts 0 as one, Arabic has six forms. */
static void counts(void **state)
{
	(void)state;
	count(&en, 0, "0 cities");
	count(&en, 1, "1 city");
	count(&fr, 0, "0 ville");
	count(&fr, 2, "2 villes");
	count(&es, 1, "1 ciudad");
	count(&es, 12345, "12\u202f345 ciudades");
	count(&ar, 0, "لا مدن");
	count(&ar, 1, "مدينة واحدة");
	count(&ar, 2, "مدينتان");
	count(&ar, 3, "3 مدن");
	count(&ar, 11, "11 مدينة");
	count(&ar, 102, "102 مدينة");
	count(&ar, 110, "110 مدن");
}

static void names(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	words_type(&fr, &b, "good-practice", true);
	assert_string_equal(b.ptr, "Bonnes pratiques");
	buf_reset(&b);
	words_type(&en, &b, "some-new-type", false);
	assert_string_equal(b.ptr, "Some new type");
	buf_reset(&b);
	words_field(&en, &b, "target_groups");
	assert_string_equal(b.ptr, "For whom");
	buf_reset(&b);
	words_field(&en, &b, "no_such_field");
	assert_string_equal(b.ptr, "No such field");
	buf_reset(&b);
	assert_true(str_is(words_language(&fr, STR("ar")), "arabe"));
	assert_true(str_is(words_language(&fr, STR("qq")), "qq"));
	const char *pairs[] = {"page", "2", "pages", "10", NULL};
	words_fill(&b, words_get(&fr, "ui", "page_of"), pairs);
	assert_string_equal(b.ptr, "Page 2 sur 10");
	buf_release(&b);
	assert_string_equal(language_dir(STR("ar")), "rtl");
	assert_string_equal(language_dir(STR("fr")), "ltr");
}

static void unknown_languages_are_an_error(void **state)
{
	struct words w;
	struct err err = {0};
	(void)state;
	assert_int_equal(words_load(&w, STR("xx"), &err), ERR_MISSING);
	assert_string_equal(err.msg, "this program has no words in the language xx");
	words_release(&w);
}

/* Whatever one language says, the other does, and with the same places for values. */
static void same_keys(const json_t *a, const json_t *b, const char *path)
{
	const char *key;
	json_t *v;
	assert_int_equal(json_typeof(a), json_typeof(b));
	json_object_foreach((json_t *)(uintptr_t)a, key, v)
	{
		const json_t *other = json_object_get(b, key);
		if (!other && strcmp(key, "first_day") != 0)
			fail_msg("%s.%s stands in one language only", path, key);
		/* Each language has forms of its own for how many. */
		if (json_is_object(v) && strcmp(path, "counts") != 0)
			same_keys(v, other, key);
		else if (json_is_string(v) && other) {
			assert_true(json_string_length(v) > 0);
			bool has = strchr(json_string_value(v), '{') != NULL;
			/* "{language}" may be left out where a language says it otherwise. */
			if (has != (strchr(json_string_value(other), '{') != NULL))
				fail_msg("%s.%s takes a value in one language only", path, key);
		}
	}
}

static void languages_are_complete(void **state)
{
	(void)state;
	const struct words *const all[] = {&en, &fr, &es, &ar};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		same_keys(en.root, all[i]->root, "en");
		same_keys(all[i]->root, en.root, all[i]->lang.ptr);
		assert_int_equal(json_array_size(json_object_get(all[i]->root, "months")), 12);
	}
}

/* Two pages, or parts of one, that a menu or a heading names must not have one name. */
static void names_differ(void **state)
{
	static const char *const keys[] = {"latest", "changes", "timeline", "browse", "offline",
	    "saved", "verify", "search", "dashboard", "governance", "conflicts"};
	const struct words *const all[] = {&en, &fr, &es, &ar};
	const size_t n = sizeof keys / sizeof *keys;
	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (size_t k = 0; k < n * n; k++)
			if (k / n < k % n && str_eq(words_get(all[i], "ui", keys[k / n]),
						 words_get(all[i], "ui", keys[k % n])))
				fail_msg("%s: %s and %s have one name", all[i]->lang.ptr,
				    keys[k / n], keys[k % n]);
}

/* {{{x}}} is for the HTML of Markdown and of other templates, the sheet, and nothing else. */
static void only_html_is_raw(void **state)
{
	static const char *const made[] = {"body_html", "cards_html", "csl_html", "foot_html",
	    "later_html", "linked_html", "rows_html", "style_html"};
	size_t found = 0;
	(void)state;
	const char *path;
	for (size_t i = 0; (path = asset_path("content/theme/", i)); i++) {
		if (!str_ends(str_from(path), STR(".mustache")))
			continue;
		for (const char *p = asset_get(path).ptr; (p = strstr(p, "{{{")); p += 3, found++) {
			bool is_made = false;
			for (size_t k = 0; k < sizeof made / sizeof *made; k++)
				is_made = is_made || str_starts(str_from(p + 3), str_from(made[k]));
			if (!is_made)
				fail_msg("%s has a raw value: %.30s", path, p);
		}
		if (strstr(asset_get(path).ptr, "{{&"))
			fail_msg("%s has a raw value", path);
	}
	assert_true(found >= 3);
}

/* Every word that a template asks for is there, or the page would have a hole. */
static void templates_ask_for_words_that_exist(void **state)
{
	size_t found = 0;
	const char *path;
	(void)state;
	for (size_t i = 0; (path = asset_path("content/theme/", i)); i++) {
		if (!str_ends(str_from(path), STR(".mustache")))
			continue;
		for (const char *p = asset_get(path).ptr; (p = strstr(p, "{{ui.")); found++) {
			char key[64] = "";
			p += 5;
			assert_int_equal(sscanf(p, "%63[a-z0-9_]", key), 1);
			if (!words_get(&en, "ui", key).len)
				fail_msg("%s asks for ui.%s", path, key);
		}
	}
	assert_true(found > 50);
}

/* A sheet that names a side is wrong in one of the two directions. */
static void the_sheet_knows_no_left_and_right(void **state)
{
	const char *css = asset_get("content/theme/style.css").ptr;
	(void)state;
	assert_non_null(css);
	assert_null(strstr(css, "left"));
	assert_null(strstr(css, "right"));
	assert_null(strstr(css, "url("));
	assert_null(strstr(css, "@import"));
}

/* A line of French must not begin with what ends a phrase, nor end with an opening quote. */
static void french_marks_keep_to_their_words(void **state)
{
	static const char *const apart[] = {" :", " ;", " ?", " !", " »", "« "};
	const char *words = asset_get("content/strings/fr.json").ptr;
	(void)state;
	assert_non_null(words);
	for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
		assert_null(strstr(words, apart[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dates),
	    cmocka_unit_test(days_of_seconds),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(counts),
	    cmocka_unit_test(names),
	    cmocka_unit_test(unknown_languages_are_an_error),
	    cmocka_unit_test(languages_are_complete),
	    cmocka_unit_test(names_differ),
	    cmocka_unit_test(only_html_is_raw),
	    cmocka_unit_test(templates_ask_for_words_that_exist),
	    cmocka_unit_test(french_marks_keep_to_their_words),
	    cmocka_unit_test(the_sheet_knows_no_left_and_right),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
