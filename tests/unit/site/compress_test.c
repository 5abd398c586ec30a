/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: smaller forms are of the same bytes, and only where they help. */
#include "site/compress.h"

#include <libdeflate.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct buf text_of(size_t bytes)
{
	struct buf b = BUF_INIT;
	for (unsigned i = 0; b.len < bytes; i++)
		buf_printf(&b, "<li><a href=\"city-%u.html\">City %u</a></li>\n", i, i * 7919);
	return b;
}

static void only_what_it_helps(void **state)
{
	static const struct {
		const char *path;
		size_t bytes;
		bool is;
	} cases[] = {
	    {"en/city/ke-mombasa.html", 600, true},
	    {"en/city/ke-mombasa.html", 599, false},
	    {"en/city/ke-mombasa.html", 1 << 20, true},
	    {"data/catalog.csv", (1 << 20) + 1, false},
	    {"records/ke-mombasa/news/a/en.md", 4000, false},
	    {"records/ke-mombasa/news/a/en.md.sig", 4000, false},
	    {"local/files/picture.png", 4000, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(
		    compress_is_worth(str_from(cases[i].path), cases[i].bytes), cases[i].is);
}

static void brotli_for_what_many_load_or_what_is_long(void **state)
{
	static const struct {
		const char *path;
		size_t bytes;
		bool is;
	} cases[] = {
	    {"style.css", 3000, true},
	    {"en/index.html", 3000, true},
	    {"search/en/9-ab.js", 2000, true},
	    {"en/news/ke-mombasa.a.html", 7000, false},
	    {"en/news/ke-mombasa.a.html", 7001, true},
	    {"en/city/ke-mombasa.xml", 2000, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(
		    compress_is_worth_brotli(str_from(cases[i].path), cases[i].bytes), cases[i].is);
}

static void gzip_gives_the_same_bytes_back(void **state)
{
	struct compressor *c = compressor_new();
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	(void)state;
	for (size_t bytes = 600; bytes < 100000; bytes *= 5) {
		struct buf text = text_of(bytes), form = BUF_INIT, back = BUF_INIT;
		assert_true(compress_gzip(&form, c, buf_str(&text)));
		assert_true(form.len < text.len / 2);
		buf_reserve(&back, text.len);
		assert_int_equal(libdeflate_gzip_decompress(
				     d, form.ptr, form.len, back.ptr, text.len, &back.len),
		    LIBDEFLATE_SUCCESS);
		assert_true(str_eq(buf_str(&back), buf_str(&text)));
		size_t gzip = form.len;
		buf_reset(&form);
		assert_true(compress_brotli(&form, STR("en/a.html"), buf_str(&text)));
		assert_true(form.len < gzip);
		size_t brotli = form.len;
		buf_reset(&form);
		assert_true(compress_brotli(&form, STR("search.js"), buf_str(&text)));
		assert_true(form.len < brotli);
		buf_release(&text);
		buf_release(&form);
		buf_release(&back);
	}
	libdeflate_free_decompressor(d);
	compressor_free(c);
}

static void nothing_where_it_is_not_smaller(void **state)
{
	struct compressor *c = compressor_new();
	struct buf form = BUF_INIT;
	(void)state;
	assert_false(compress_gzip(&form, c, STR("qZ")));
	assert_false(compress_brotli(&form, STR("en/a.html"), STR("qZ")));
	assert_int_equal(form.len, 0);
	buf_release(&form);
	compressor_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_what_it_helps),
	    cmocka_unit_test(brotli_for_what_many_load_or_what_is_long),
	    cmocka_unit_test(gzip_gives_the_same_bytes_back),
	    cmocka_unit_test(nothing_where_it_is_not_smaller),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
