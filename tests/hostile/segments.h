/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile runs of entries, for every door that takes entries: a link, a file, a web host. Each case
 * makes one body "journal, first number, segment", which is the same bytes in an ENTRIES message
 * and in a file's block, and says by what name each door must refuse it.
 *
 * Include after store/fixture.h. The honest entries they are bent from are those of the hub east.
 */
#ifndef BELFRY_TESTS_HOSTILE_SEGMENTS_H
#define BELFRY_TESTS_HOSTILE_SEGMENTS_H

#include "entry/entry.h"
#include "entry/segment.h"

#include <zstd.h>

struct hostile_body {
	char hub[HUB_NAME_BYTES];
	uint64_t from;
	struct buf segment;
};

struct hostile_source {
	struct store *east; /* two entries or more */
	struct wires *wires; /* of its journal, from 1 */
};

struct hostile_case {
	const char *name;
	void (*make)(struct hostile_body *b, const struct hostile_source *s);
	/* By what name a link, a file and a web host's file are refused. */
	const char *link, *file, *web;
};

/* --- segments --- */

/* A segment's head, then zstd's bytes of `raw`, which claims to be `says` bytes. */
static inline void hostile_frame(struct hostile_body *b, size_t says, struct str raw)
{
	size_t room = ZSTD_compressBound(raw.len);
	buf_u8(&b->segment, 1);
	buf_varint(&b->segment, says);
	buf_reserve(&b->segment, room);
	size_t n = ZSTD_compress(b->segment.ptr + b->segment.len, room, raw.ptr, raw.len, 3);
	assert_false(ZSTD_isError(n));
	b->segment.len += n;
}

static inline void hostile_whole(struct hostile_body *b, const struct str *entries, size_t n)
{
	struct segment_writer *w = segment_writer_new();
	segment_write(w, &b->segment, entries, n);
	segment_writer_free(w);
}

static void no_segment(struct hostile_body *b, const struct hostile_source *s)
{
	(void)s;
	buf_puts(&b->segment, "\x01GET / HTTP/1.1");
}

static void empty_segment(struct hostile_body *b, const struct hostile_source *s)
{
	(void)b;
	(void)s;
}

static void unknown_form(struct hostile_body *b, const struct hostile_source *s)
{
	hostile_whole(b, s->wires->entries, 1);
	b->segment.ptr[0] = 5;
}

static void goes_on_from_nothing(struct hostile_body *b, const struct hostile_source *s)
{
	hostile_whole(b, s->wires->entries, 1);
	b->segment.ptr[0] = 2;
}

static void says_four_gigabytes(struct hostile_body *b, const struct hostile_source *s)
{
	(void)s;
	hostile_frame(b, UINT32_MAX, STR("\x01x"));
}

static void says_too_little(struct hostile_body *b, const struct hostile_source *s)
{
	(void)s;
	hostile_frame(b, 10, STR("\x0ffifteen letters"));
}

static void says_too_much(struct hostile_body *b, const struct hostile_source *s)
{
	(void)s;
	hostile_frame(b, 500, STR("\x0ffifteen letters"));
}

/* A thousand to one, within the size that is allowed. */
static void zeros(struct hostile_body *b, const struct hostile_source *s)
{
	static const char nothing[SEGMENT_RAW_MAX];
	(void)s;
	hostile_frame(b, sizeof nothing, str_of(nothing, sizeof nothing));
}

/* Sixty-four MiB that come as some kilobytes, behind a head that claims what is allowed. */
static void bomb(struct hostile_body *b, const struct hostile_source *s)
{
	enum { BOMB = 64 * 1024 * 1024 };
	char *nothing = mem_alloc(BOMB);
	(void)s;
	hostile_frame(b, SEGMENT_RAW_MAX, str_of(nothing, BOMB));
	free(nothing);
}

/* The smallest entries that a segment can hold, as many as it can. */
static void dust(struct hostile_body *b, const struct hostile_source *s)
{
	char *grains = mem_alloc(SEGMENT_RAW_MAX);
	(void)s;
	for (size_t i = 0; i < SEGMENT_RAW_MAX; i++)
		grains[i] = 1;
	hostile_frame(b, SEGMENT_RAW_MAX, str_of(grains, SEGMENT_RAW_MAX));
	free(grains);
}

static void two_frames(struct hostile_body *b, const struct hostile_source *s)
{
	struct hostile_body other = {.segment = BUF_INIT};
	(void)s;
	hostile_frame(&other, 16, STR("\x0ffifteen letters"));
	hostile_frame(b, 16, STR("\x0ffifteen letters"));
	buf_add(&b->segment, str_sub(buf_str(&other.segment), 2, other.segment.len));
	buf_release(&other.segment);
}

static void bytes_behind(struct hostile_body *b, const struct hostile_source *s)
{
	hostile_whole(b, s->wires->entries, 1);
	buf_puts(&b->segment, "and more");
}

static void other_dictionary(struct hostile_body *b, const struct hostile_source *s)
{
	(void)s;
	/* A frame whose head names dictionary 7; nothing of it can be read without that. */
	static const char frame[] = "\x28\xb5\x2f\xfd\x21\x07\x10\x81\x00\x00\x0f"
				    "fifteen letters";
	buf_u8(&b->segment, 1);
	buf_varint(&b->segment, 16);
	buf_add(&b->segment, str_of(frame, sizeof frame - 1));
}

static void wide_window(struct hostile_body *b, const struct hostile_source *s)
{
	/* Single-segment flag off, a window of 2^31 bytes: a reader that obeyed would allocate it.
	 */
	static const char frame[] = "\x28\xb5\x2f\xfd\x00\xa8\x81\x00\x00\x0f"
				    "fifteen letters";
	(void)s;
	buf_u8(&b->segment, 1);
	buf_varint(&b->segment, 16);
	buf_add(&b->segment, str_of(frame, sizeof frame - 1));
}

static void length_beyond_its_end(struct hostile_body *b, const struct hostile_source *s)
{
	(void)s;
	hostile_frame(b, 16,
	    STR("\x7f"
		"fifteen letters"));
}

static void cut_short(struct hostile_body *b, const struct hostile_source *s)
{
	hostile_whole(b, s->wires->entries, 1);
	b->segment.len /= 2;
}

/* --- entries --- */

static void nonsense(struct hostile_body *b, const struct hostile_source *s)
{
	struct str words = STR("\x01no entry at all");
	(void)s;
	hostile_whole(b, &words, 1);
}

static void entry_cut_short(struct hostile_body *b, const struct hostile_source *s)
{
	struct str part = str_sub(s->wires->entries[0], 0, s->wires->entries[0].len - 1);
	hostile_whole(b, &part, 1);
}

static void entry_too_long(struct hostile_body *b, const struct hostile_source *s)
{
	struct buf more = BUF_INIT;
	buf_add(&more, s->wires->entries[0]);
	buf_putc(&more, 0);
	struct str text = buf_str(&more);
	hostile_whole(b, &text, 1);
	buf_release(&more);
}

static void forged(struct hostile_body *b, const struct hostile_source *s)
{
	struct buf bent = BUF_INIT;
	buf_add(&bent, s->wires->entries[0]);
	bent.ptr[bent.len - 1] ^= 1;
	struct str text = buf_str(&bent);
	hostile_whole(b, &text, 1);
	buf_release(&bent);
}

static void without_the_first(struct hostile_body *b, const struct hostile_source *s)
{
	b->from = 2;
	hostile_whole(b, &s->wires->entries[1], 1);
}

/* The second entry, sent as the first. */
static void under_another_number(struct hostile_body *b, const struct hostile_source *s)
{
	hostile_whole(b, &s->wires->entries[1], 1);
}

static void of_another_hub(struct hostile_body *b, const struct hostile_source *s)
{
	snprintf(b->hub, sizeof b->hub, "west");
	hostile_whole(b, s->wires->entries, 1);
}

static void of_no_hub(struct hostile_body *b, const struct hostile_source *s)
{
	snprintf(b->hub, sizeof b->hub, "atlantis");
	hostile_whole(b, s->wires->entries, 1);
}

/* East's first entry with another file in it, signed anew by `key`. */
static inline void hostile_file(struct hostile_body *b, const struct hostile_source *s,
    const char *path, struct str content, unsigned key)
{
	struct buf wire = BUF_INIT;
	struct entry e;
	struct err err = {0};
	good(store_entry(s->east, "east", 1, &e, &err), &err);
	e.changes[0].path = str_from(path);
	e.changes[0].content = content;
	good(entry_sign(&e, network.text, key_of(key), &err), &err);
	entry_encode(&wire, &e, &(struct entry_context){.network = network.text});
	struct str text = buf_str(&wire);
	hostile_whole(b, &text, 1);
	entry_release(&e);
	buf_release(&wire);
}

static void another_signer(struct hostile_body *b, const struct hostile_source *s)
{
	hostile_file(b, s, "roster.md", STR("x"), EAST + STEWARD);
}

static void path_out_of_the_store(struct hostile_body *b, const struct hostile_source *s)
{
	hostile_file(b, s, "../../etc/passwd", STR("x"), EAST);
}

static void path_into_git(struct hostile_body *b, const struct hostile_source *s)
{
	hostile_file(b, s, ".git/hooks/post-update", STR("#!/bin/sh\n"), EAST);
}

static void path_with_a_zero(struct hostile_body *b, const struct hostile_source *s)
{
	hostile_file(b, s, "roster.md", STR("x"), EAST);
	b->segment.len = 0;
	struct buf wire = BUF_INIT;
	struct entry e;
	struct err err = {0};
	good(store_entry(s->east, "east", 1, &e, &err), &err);
	e.changes[0].path = STR("roster.md\0.sig");
	entry_encode(&wire, &e, &(struct entry_context){.network = network.text});
	struct str text = buf_str(&wire);
	hostile_whole(b, &text, 1);
	entry_release(&e);
	buf_release(&wire);
}

static void record_too_large(struct hostile_body *b, const struct hostile_source *s)
{
	char *text = mem_alloc(RECORD_BYTES_MAX + 1);
	memset(text, 'a', RECORD_BYTES_MAX + 1);
	hostile_file(
	    b, s, "records/ke-mombasa/news/x/en.md", str_of(text, RECORD_BYTES_MAX + 1), EAST);
	free(text);
}

static const struct hostile_case hostile_cases[] = {
    {"no segment", no_segment, "segment", "segment", "segment"},
    {"an empty segment", empty_segment, "segment", "segment", "segment"},
    {"a segment of an unknown form", unknown_form, "segment", "segment", "segment"},
    {"a segment that goes on from nothing", goes_on_from_nothing, "segment", "segment", "segment"},
    {"four gigabytes, it says", says_four_gigabytes, "segment", "segment", "segment"},
    {"more than it says", says_too_little, "segment", "segment", "segment"},
    {"less than it says", says_too_much, "segment", "segment", "segment"},
    {"half a megabyte of zeros", zeros, "segment", "segment", "segment"},
    {"a bomb of 64 MiB", bomb, "segment", "segment", "segment"},
    {"dust", dust, "entry", "entry", "entry"},
    {"two frames", two_frames, "segment", "segment", "segment"},
    {"bytes behind the frame", bytes_behind, "segment", "segment", "segment"},
    {"another dictionary", other_dictionary, "segment", "segment", "segment"},
    {"a window of 2 GiB", wide_window, "segment", "segment", "segment"},
    {"an entry beyond the segment's end", length_beyond_its_end, "segment", "segment", "segment"},
    {"a segment cut short", cut_short, "segment", "segment", "segment"},
    {"nonsense for an entry", nonsense, "entry", "entry", "entry"},
    {"an entry cut short", entry_cut_short, "entry", "entry", "entry"},
    {"an entry with bytes behind it", entry_too_long, "entry", "entry", "entry"},
    {"a forged signature", forged, "signature", "signature", "signature"},
    {"a signature by the steward", another_signer, "signature", "signature", "signature"},
    {"the second entry alone", without_the_first, "order", "entry", "entry"},
    {"the second entry as the first", under_another_number, "entry", "entry", "entry"},
    {"another hub's journal", of_another_hub, "signature", "signature", "signature"},
    {"a hub that no charter names", of_no_hub, "entry", "signature", "signature"},
    {"a path that leads out", path_out_of_the_store, "entry", "entry", "entry"},
    {"a path into .git", path_into_git, "entry", "entry", "entry"},
    {"a path with a zero in it", path_with_a_zero, "entry", "entry", "entry"},
    {"a record of 65537 bytes", record_too_large, "limit", "limit", "limit"},
};

enum { HOSTILE_CASES = sizeof hostile_cases / sizeof *hostile_cases };

#endif
