/* SPDX-License-Identifier: Apache-2.0 */
#include "record/word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <utf8proc.h>
#include <cmocka.h>

/* All words of a text, folded or in small letters, with a bar between. */
static void expect(struct str text, void (*form)(struct buf *, struct str), const char *words)
{
	struct buf b = BUF_INIT;
	struct str word;
	for (size_t at = 0; word_next(&word, text, &at);) {
		if (b.len)
			buf_putc(&b, '|');
		form(&b, word);
	}
	assert_string_equal(b.ptr, words);
	buf_release(&b);
}

static void words_are_letters_marks_and_digits(void **state)
{
	(void)state;
	expect(STR(""), word_fold, "");
	expect(STR(" -- "), word_fold, "");
	expect(STR("L’accès, à l'école: 2019-2021"), word_fold, "l|acces|a|l|ecole|2019|2021");
	expect(STR("**one**[two](three)"), word_fold, "one|two|three");
	/* Beyond the first 65,536 characters, and at a byte that is none. */
	expect(STR("a\xf0\x9d\x94\xb8z"), word_fold, "a|z");
	expect(STR("a\xff"), word_fold, "a");
}

static void what_looks_or_sounds_alike_is_alike(void **state)
{
	(void)state;
	expect(STR("CŒUR Straße Łódź İstanbul Đà Þór"), word_fold,
	    "coeur|strasse|lodz|istanbul|da|thor");
	expect(STR("ΟΔΟΣ οδός ﬁn"), word_fold, "οδοσ|οδοσ|fin");
	expect(STR("أحمد إلى آمن ٱلله مؤسسة شاطئ مُدَرِّسٌ كـتـاب"), word_fold,
	    "احمد|الي|امن|الله|موسسه|شاطي|مدرس|كتاب");
	expect(STR("٢٠١٩ ۲۰ کی"), word_fold, "2019|20|كي");
}

static void small_letters_keep_their_accents(void **state)
{
	(void)state;
	expect(STR("ÉCOLE Œuvre مدينة كـتـاب"), word_lower, "école|œuvre|مدينة|كتاب");
}

/* Ranges of letters that are known without looking each up. */
static void letters_are_what_unicode_says(void **state)
{
	(void)state;
	for (int32_t c = 0x80; c < 0x800; c++) {
		utf8proc_uint8_t bytes[4];
		struct str word, s = str_of(bytes, (size_t)utf8proc_encode_char(c, bytes));
		size_t at = 0;
		const char *category = utf8proc_category_string(c);
		bool is = memchr("LM", category[0], 2) || strcmp(category, "Nd") == 0;
		assert_int_equal(word_next(&word, s, &at), is);
	}
}

static void a_start_is_counted_in_characters(void **state)
{
	(void)state;
	assert_true(str_is(word_start(STR("مدينة"), 2), "مد"));
	assert_true(str_is(word_start(STR("ab"), 4), "ab"));
	assert_int_equal(word_start(STR("ab"), 0).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_are_letters_marks_and_digits),
	    cmocka_unit_test(what_looks_or_sounds_alike_is_alike),
	    cmocka_unit_test(small_letters_keep_their_accents),
	    cmocka_unit_test(letters_are_what_unicode_says),
	    cmocka_unit_test(a_start_is_counted_in_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
