/* SPDX-License-Identifier: Apache-2.0 */
/* Which results are drawn, and how long their bars are. */
#include "pages/page.h"

#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct {
	const char *lang, *before, *value;
	const char *bars; /* "text=share|…", "" where nothing is drawn */
} cases[] = {
    {"en", "37 (2023)", "40 (2024)", "37 (2023)=93|40 (2024)=100"},
    {"en", "5,817 vendors across the city", "989", "5,817 vendors across the city=100|989=17"},
    {"fr", "5\u202f817 vendeurs", "989", "5\u202f817 vendeurs=100|989=17"},
    {"es", "5.817 vendedores", "989", "5.817 vendedores=100|989=17"},
    {"ar", "6% (المتوسط الوطني)", "4.5%", "6% (المتوسط الوطني)=100|4.5%=75"},
    {"fr", "6 % (moyenne)", "4,5 %", "6 % (moyenne)=100|4,5 %=75"},
    {"en", "31 (2013)", "1 (2014), 2 (2015)", "31 (2013)=100|1 (2014)=3|2 (2015)=6"},
    {"ar", "31 (2013)", "1 (2014)، 2 (2015)", "31 (2013)=100|1 (2014)=3|2 (2015)=6"},
    {"en", "", "62 %", "62 %=62"},
    {"en", "", "62.5 % of those asked", "62.5 % of those asked=63"},
    {"en", "0", "12", "0=0|12=100"},
    {"en", "1", "100,000", "1=1|100,000=100"},
    /* What cannot be compared, or is no plain number, is not drawn. */
    {"en", "", "114", ""},
    {"en", "", "140 %", ""},
    {"en", "", "40 cities, 12 countries", ""},
    {"en", "about one third", "under 8 %", ""},
    {"en", "6 %", "9", ""},
    {"en", "2013", "2019", ""},
    {"en", "0", "0", ""},
    {"en", "3rd", "1st", ""},
    {"en", "12 of 40", "20 of 40", ""},
    {"en", "", "", ""},
    {"en", "1, 2, 3, 4, 5, 6, 7", "1, 2, 3, 4, 5, 6, 7", ""},
    {"en", "99999999999999999999999999", "5", "99999999999999999999999999=100|5=1"},
};

static void bars_are_as_long_as_the_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = {0};
		struct site_lang l = {.terms = NULL};
		struct site s = {.langs = &l, .nlangs = 1};
		struct str lang = str_from(cases[i].lang);
		struct buf is = BUF_INIT;
		if (words_load(&l.words, lang, &err) != 0)
			fail_msg("%s", err.msg);
		json_t *rows = json_pack("[{s:s, s:s, s:s}]", "indicator", "x", "baseline",
		    cases[i].before, "value", cases[i].value);
		json_t *chart = chart_context(&s, &l, lang, rows);
		const json_t *charts = json_object_get(chart, "charts");
		const json_t *bars = json_object_get(json_array_get(charts, 0), "bars");
		for (size_t k = 0; k < json_array_size(bars); k++) {
			const json_t *bar = json_array_get(bars, k);
			buf_printf(&is, "%s%.*s=%d", k ? "|" : "",
			    STR_FMT(json_get_text(bar, "text")), (int)json_get_int(bar, "share"));
		}
		assert_string_equal(is.ptr, cases[i].bars);
		buf_release(&is);
		json_decref(chart);
		json_decref(rows);
		words_release(&l.words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(bars_are_as_long_as_the_numbers)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
