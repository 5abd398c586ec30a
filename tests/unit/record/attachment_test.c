/* SPDX-License-Identifier: Apache-2.0 */
#include "record/attachment.h"

#include "record/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct schema_set *set;

static int start(void **state)
{
	(void)state;
	hash_init();
	set = schema_set_builtin();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	schema_set_free(set);
	return 0;
}

static void names(void **state)
{
	static const char *const good[] = {"a.pdf", "guide-for-mayors.pdf", "2024_plan.v2.jpg",
	    "x.png", "x.webp", "talk.mp3", "talk.ogg"};
	static const char *const bad[] = {"", ".pdf", "pdf", "a.PDF", "A.pdf", "a..pdf", "-a.pdf",
	    "a-.pdf", "../a.pdf", "a/b.pdf", "a b.pdf", "a.html", "a.svg", "a.zip", "a.pdf.exe",
	    "caf\xc3\xa9.pdf", "a\\b.pdf", "con:.pdf"};
	char long_name[ATTACHMENT_NAME_BYTES_MAX + 8];
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(attachment_is_name(str_from(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (attachment_is_name(str_from(bad[i])))
			fail_msg("'%s' was taken", bad[i]);
	memset(long_name, 'a', sizeof long_name);
	strcpy(long_name + ATTACHMENT_NAME_BYTES_MAX - 4, ".pdf");
	assert_true(attachment_is_name(str_from(long_name)));
	strcpy(long_name + ATTACHMENT_NAME_BYTES_MAX - 3, ".pdf");
	assert_false(attachment_is_name(str_from(long_name)));
}

static void media(void **state)
{
	(void)state;
	assert_true(str_is(attachment_media(STR("a.webp")), "image/webp"));
	assert_int_equal(attachment_media(STR("a.zip")).len, 0);
	assert_string_equal(attachment_kind(STR("image/jpeg")), "JPEG");
	assert_string_equal(attachment_kind(STR("text/html")), "");
	assert_true(attachment_begins_as(STR("application/pdf"), STR("%PDF-1.7\n")));
	assert_false(attachment_begins_as(STR("application/pdf"), STR("<html>")));
	assert_false(attachment_begins_as(STR("image/png"), STR("\x89PNG")));
	assert_true(attachment_begins_as(STR("image/webp"), str_of("RIFF\0\0\0\0WEBPVP8", 15)));
	assert_false(attachment_begins_as(STR("image/webp"), str_of("RIFF\0\0\0\0WAVEfmt", 15)));
	assert_true(attachment_begins_as(STR("audio/mpeg"), STR("\xff\xfb\x90")));
	assert_false(attachment_begins_as(STR("audio/mpeg"), STR("\xff")));
	assert_true(attachment_begins_as(STR("audio/ogg"), STR("OggS\x00")));
	assert_false(attachment_begins_as(STR("text/html"), STR("OggS")));
}

static void pieces(void **state)
{
	enum { PIECE = ATTACHMENT_CHUNK_BYTES };
	(void)state;
	assert_int_equal(attachment_chunks(1), 1);
	assert_int_equal(attachment_chunks(PIECE), 1);
	assert_int_equal(attachment_chunks(PIECE + 1), 2);
	assert_int_equal(attachment_chunks(ATTACHMENT_BYTES_MAX), ATTACHMENT_CHUNKS_MAX);
	assert_int_equal(attachment_chunk_bytes(PIECE + 1, 0), PIECE);
	assert_int_equal(attachment_chunk_bytes(PIECE + 1, 1), 1);
	assert_int_equal(attachment_chunk_bytes(PIECE + 1, 2), 0);
	assert_int_equal(attachment_chunk_bytes(PIECE, 0), PIECE);
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A record with these lines in its head; returns its first problem in `says`. */
static int parse(struct record *r, const char *lines, char says[static 256])
{
	struct buf text = BUF_INIT;
	struct err err = {.code = ERR_NONE};
	buf_printf(&text,
	    "---\ntype: news\nid: a-day\nlang: en\ntitle: A day\nsummary: What was said\n"
	    "place: ke-mombasa\ndate: \"2024-05-02\"\nthemes: [youth]\n"
	    "audiences: [public]\n%srevision: 1\n---\nText.\n",
	    lines);
	int rc = record_parse(r, buf_str(&text), "f", set, NULL, &err);
	snprintf(says, 256, "%.255s", rc ? err.msg : "");
	buf_release(&text);
	return rc;
}

static void in_a_record(void **state)
{
	struct record r;
	struct attachment a = {.name = STR("plan.pdf"), .media = STR("application/pdf")}, b;
	struct buf lines = BUF_INIT;
	char says[256];
	(void)state;
	a.size = ATTACHMENT_BYTES_MAX;
	a.hash = sha256(STR("a"));
	a.chunks = sha256(STR("b"));
	buf_puts(&lines, "attachments:\n");
	attachment_write(&lines, &a);
	if (parse(&r, lines.ptr, says)) /* what attachment_write() writes is canonical */
		fail_msg("%s", says);
	json_t *list = json_object_get(r.head, "attachments");
	assert_int_equal(json_array_size(list), 1);
	assert_true(attachment_read(&b, json_array_get(list, 0)));
	assert_true(str_eq(a.name, b.name) && str_eq(a.media, b.media) && a.size == b.size);
	assert_true(sha256_eq(&a.hash, &b.hash) && sha256_eq(&a.chunks, &b.chunks));
	record_release(&r);
	attachment_write(&lines, &a);
	assert_int_not_equal(parse(&r, lines.ptr, says), 0);
	assert_non_null(strstr(says, "two files have one name"));
	buf_release(&lines);
}

static void faults(void **state)
{
	static const struct {
		const char *item, *says;
	} table[] = {
	    {"name: a.pdf\n    media: image/png\n    size: 1\n", "must be what its name ends in"},
	    {"name: a.zip\n    media: image/png\n    size: 1\n", "'name' cannot be"},
	    {"name: a.pdf\n    media: application/pdf\n    size: 0\n", "'size'"},
	    {"name: a.pdf\n    media: application/pdf\n    size: 67108865\n", "'size'"},
	    {"name: a.pdf\n    media: application/pdf\n    size: -1\n", "'size'"},
	    {"name: a.pdf\n    media: text/html\n    size: 1\n", "'media'"},
	};
	struct record r;
	char says[256];
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct buf lines = BUF_INIT;
		buf_printf(&lines,
		    "attachments:\n  - %s    sha256: \"" HASH "\"\n    chunks: \"" HASH "\"\n",
		    table[i].item);
		assert_int_not_equal(parse(&r, lines.ptr, says), 0);
		if (!strstr(says, table[i].says))
			fail_msg("'%s' instead of '%s'", says, table[i].says);
		buf_release(&lines);
	}
}

/* A network's own schema may not make something else of the field. */
static void not_a_schema_s_to_widen(void **state)
{
	json_t *texts = json_pack("[s]", "a.pdf"), *none = json_array();
	json_t *text = json_string("a.pdf");
	struct attachment a;
	(void)state;
	assert_non_null(attachments_fault(texts));
	assert_non_null(attachments_fault(none));
	assert_non_null(attachments_fault(text));
	assert_false(attachment_read(&a, text));
	assert_false(attachment_read(&a, NULL));
	json_decref(texts);
	json_decref(none);
	json_decref(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names),
	    cmocka_unit_test(media),
	    cmocka_unit_test(pieces),
	    cmocka_unit_test(in_a_record),
	    cmocka_unit_test(faults),
	    cmocka_unit_test(not_a_schema_s_to_widen),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
