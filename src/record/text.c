/* SPDX-License-Identifier: Apache-2.0 */
#include "record/text.h"

#include <utf8proc.h>

/* A starter, its marks, and a few of the starters that can join the one before them. */
enum { SEGMENT_MAX = 1 + TEXT_MARKS_MAX, DECOMPOSED_MAX = SEGMENT_MAX * 4, EXCERPT_MAX = 40 };
static const utf8proc_option_t NFC = UTF8PROC_STABLE | UTF8PROC_COMPOSE;

static bool within(int32_t c, int32_t first, int32_t last)
{
	return c >= first && c <= last;
}

/* Refused in heads and bodies alike. */
static const char *never(int32_t c)
{
	if (c < 0x20 || within(c, 0x7f, 0x9f))
		return "is a control character; take it out";
	if (c == 0x2028 || c == 0x2029)
		return "breaks the line for some programs only; use an ordinary line end";
	if (within(c, 0x202a, 0x202e) || within(c, 0x2066, 0x2069))
		return "makes text appear in another order than it is stored in; take it out";
	if (c == 0xfeff)
		return "is a byte-order mark; take it out (`belfry fmt` does at the file's start)";
	if ((c & 0xfffe) == 0xfffe || within(c, 0xfdd0, 0xfdef))
		return "is not a character; take it out";
	if (within(c, 0xe000, 0xf8ff) || c >= 0xf0000)
		return "means nothing outside one font (private use); take it out";
	if (within(c, 0xe0000, 0xe00ff) || within(c, 0xe01f0, 0xe0fff) || within(c, 0xfff9, 0xfffb))
		return "is an invisible tag; take it out";
	return NULL;
}

/* Refused in heads: what nobody sees. Joiners are judged by joiner_is_needed(). */
static bool is_invisible(int32_t c)
{
	static const int32_t alone[] = {0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x200b,
	    0x200e, 0x200f, 0x3164, 0xffa0};
	for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
		if (c == alone[i])
			return true;
	return within(c, 0x180b, 0x180f) || within(c, 0x2060, 0x206f) ||
	       within(c, 0xfe00, 0xfe0f) || within(c, 0xe0100, 0xe01ef) ||
	       within(c, 0x1d173, 0x1d17a);
}

bool text_is_blank(struct str s)
{
	for (size_t at = 0; at < s.len;) {
		int32_t c = str_utf8_next(s, &at);
		if (c < 0)
			return false;
		bool is_space = c <= ' ' || c == 0xa0 || c == 0x1680 || within(c, 0x2000, 0x200d) ||
				within(c, 0x2028, 0x202f) || c == 0x205f || c == 0x2800 ||
				c == 0x3000;
		if (!is_space && !is_invisible(c))
			return false;
	}
	return true;
}

static bool is_arabic_letter(int32_t c)
{
	return within(c, 0x620, 0x64a) || within(c, 0x66e, 0x6d3) || within(c, 0x6fa, 0x6ff) ||
	       within(c, 0x750, 0x77f) || within(c, 0x8a0, 0x8c9);
}

/* IDNA's rule for joiners (RFC 5892 A.1, A.2), with "Arabic letter" for its joining types. */
static bool joiner_is_needed(struct str s, size_t at, int32_t before)
{
	size_t next = at;
	int32_t joiner = str_utf8_next(s, &next);
	int32_t after = next < s.len ? str_utf8_next(s, &next) : -1;
	if (before > 0 && utf8proc_get_property(before)->combining_class == 9)
		return true;
	return joiner == 0x200c && is_arabic_letter(before) && is_arabic_letter(after);
}

/*
 * Can the characters up to here be normalised without looking at `c`, and those from `c` on
 * without looking back? True for starters that never join the character before them. Says in
 * `*changes` whether `c` alone may have another normal form.
 */
static bool is_boundary(int32_t c, bool *changes)
{
	*changes = false;
	if (c < 0x300 || within(c, 0x620, 0x64a) || within(c, 0xac00, 0xd7a3))
		return true;
	/* Hangul vowels and finals, and Kirat Rai vowels: letters that join what stands before. */
	if (within(c, 0x1160, 0x11ff) || within(c, 0x16d63, 0x16d6a))
		return false;
	const utf8proc_property_t *p = utf8proc_get_property(c);
	int32_t first = c;
	if (p->decomp_type == 0 && p->decomp_seqindex != UINT16_MAX) {
		int32_t parts[8];
		if (utf8proc_decompose_char(c, parts, 8, NFC, NULL) > 0)
			first = parts[0];
		*changes = true;
		p = utf8proc_get_property(first);
	}
	return p->combining_class == 0 && p->category != UTF8PROC_CATEGORY_MN &&
	       p->category != UTF8PROC_CATEGORY_MC && p->category != UTF8PROC_CATEGORY_ME;
}

/* The normal form of one segment as code points; their count. */
static size_t compose(int32_t *out, struct str segment)
{
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)segment.ptr;
	utf8proc_ssize_t n =
	    utf8proc_decompose(bytes, (utf8proc_ssize_t)segment.len, out, DECOMPOSED_MAX, NFC);
	if (n > 0 && n <= DECOMPOSED_MAX)
		n = utf8proc_normalize_utf32(out, n, NFC);
	return n < 0 ? 0 : (size_t)n;
}

static bool segment_is_nfc(struct str segment)
{
	int32_t composed[DECOMPOSED_MAX];
	size_t n = compose(composed, segment), at = 0;
	for (size_t i = 0; i < n; i++)
		if (at == segment.len || str_utf8_next(segment, &at) != composed[i])
			return false;
	return at == segment.len;
}

static void add_nfc(struct buf *out, struct str segment)
{
	int32_t composed[DECOMPOSED_MAX];
	size_t n = compose(composed, segment);
	for (size_t i = 0; i < n; i++) {
		utf8proc_uint8_t bytes[4];
		utf8proc_ssize_t len = utf8proc_encode_char(composed[i], bytes);
		buf_add(out, str_of(bytes, (size_t)len));
	}
}

/* A walk over text, one segment (a character and what joins it) at a time. */
struct walk {
	struct str text;
	size_t at; /* next code point */
	size_t start; /* of the segment at hand */
	size_t count; /* code points in it */
	bool suspect; /* it may not be NFC */
};

static struct str walk_segment(const struct walk *w, size_t end)
{
	return str_sub(w->text, w->start, end - w->start);
}

/* Take the code point at w->at. Returns it, or -1 with a sentence. Sets `*closed` to the segment
 * that it ends, with `*suspect`; to nothing while that goes on. */
static int32_t walk_next(struct walk *w, struct str *closed, bool *suspect, struct err *err)
{
	size_t here = w->at;
	int32_t c = str_utf8_next(w->text, &w->at);
	bool changes;
	*closed = STR_EMPTY;
	if (c < 0) {
		err_set(err, ERR_SYNTAX,
		    "byte 0x%02x is not UTF-8; save the file with the encoding UTF-8",
		    (unsigned char)w->text.ptr[here]);
		return -1;
	}
	if (is_boundary(c, &changes)) {
		*closed = walk_segment(w, here);
		*suspect = w->suspect;
		w->start = here;
		w->count = 0;
		w->suspect = changes;
	} else {
		w->suspect = true;
	}
	if (++w->count > SEGMENT_MAX) {
		w->at = here;
		err_set(
		    err, ERR_SYNTAX, "more than %d marks stand on one character", TEXT_MARKS_MAX);
		return -1;
	}
	return c;
}

/* Why `c`, at `here`, may not stand in `part`; NULL where it may. */
static const char *refusal(
    struct str s, size_t here, int32_t c, int32_t before, enum text_part part)
{
	if (c == '\n')
		return part == TEXT_LINE
			   ? "is a line break; a value is one line (before a long one, write >-)"
			   : NULL;
	if (c == '\t')
		return part == TEXT_BODY ? NULL : "is a tab; use spaces";
	if (c == '\r')
		return "is a carriage return; lines end with LF alone (`belfry fmt` mends it)";
	const char *why = never(c);
	if (why || part == TEXT_BODY || c < 0x80)
		return why;
	bool joiner = c == 0x200c || c == 0x200d;
	if (joiner ? !joiner_is_needed(s, here, before) : is_invisible(c))
		return "cannot be seen, so it may not stand in the head; take it out";
	return NULL;
}

static int check_segment(
    struct walk *w, struct str segment, bool suspect, size_t *at, struct err *err)
{
	if (!suspect || segment_is_nfc(segment))
		return 0;
	*at = (size_t)(segment.ptr - w->text.ptr);
	return err_set(err, ERR_SYNTAX,
	    "this character is not in normal form (Unicode NFC); `belfry fmt` mends it");
}

/* Letters of two bytes in Latin and Arabic: fine everywhere, and NFC unless a mark follows. */
static bool is_plain_letter(int32_t c)
{
	return within(c, 0xc0, 0x24f) || within(c, 0x620, 0x64a);
}

/* Step over characters that are fine everywhere; most of a text is such. False where there is none.
 */
static bool skip_plain(struct walk *w, enum text_part part, int32_t *before)
{
	const char *p = w->text.ptr;
	size_t at = w->at, last = at;
	for (int32_t c; at < w->text.len; *before = c) {
		size_t next = at + str_printable(str_sub(w->text, at, w->text.len));
		if (next > at) {
			last = next - 1;
			at = next;
			c = p[last];
			continue;
		}
		next = at + 1;
		c = p[at];
		if (c != '\n' || part == TEXT_LINE) {
			next = at;
			c = str_utf8_next(w->text, &next);
			if (!is_plain_letter(c))
				break;
		}
		last = at;
		at = next;
	}
	if (at == w->at)
		return false;
	w->at = at;
	w->start = last; /* what follows may join the last of them */
	w->count = 1;
	return true;
}

int text_check(struct str s, enum text_part part, size_t *at, struct err *err)
{
	struct walk w = {.text = s};
	int32_t before = -1;
	while (w.at < s.len) {
		if (!w.suspect && skip_plain(&w, part, &before))
			continue;
		size_t here = w.at;
		struct str closed;
		bool suspect = false;
		int32_t c = walk_next(&w, &closed, &suspect, err);
		if (c < 0) {
			*at = here;
			return err->code;
		}
		if (check_segment(&w, closed, suspect, at, err))
			return err->code;
		const char *why = refusal(s, here, c, before, part);
		if (why) {
			*at = here;
			return err_set(err, ERR_SYNTAX, "U+%04X %s", (unsigned)c, why);
		}
		before = c;
	}
	return check_segment(&w, walk_segment(&w, s.len), w.suspect, at, err);
}

int text_nfc(struct buf *out, struct str s, size_t *at, struct err *err)
{
	struct walk w = {.text = s};
	size_t before = out->len;
	while (w.at < s.len) {
		struct str closed;
		bool suspect = false;
		*at = w.at;
		if (walk_next(&w, &closed, &suspect, err) < 0) {
			out->len = before;
			return err->code;
		}
		if (suspect)
			add_nfc(out, closed);
		else
			buf_add(out, closed);
	}
	if (w.suspect)
		add_nfc(out, walk_segment(&w, s.len));
	else
		buf_add(out, walk_segment(&w, s.len));
	return 0;
}

void text_place(struct str s, size_t at, unsigned *line, unsigned *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < at && i < s.len; i++) {
		if (s.ptr[i] == '\n') {
			++*line;
			*column = 1;
		} else if (((unsigned char)s.ptr[i] & 0xc0) != 0x80) {
			++*column;
		}
	}
}

size_t text_length(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
	return n;
}

struct text_excerpt text_excerpt(struct str s)
{
	struct text_excerpt e;
	size_t n = 0, count = 0;
	for (; n < s.len && n < sizeof e.text - 8; n++)
		if (((unsigned char)s.ptr[n] & 0xc0) != 0x80 && count++ == EXCERPT_MAX)
			break;
	while (n < s.len && n && ((unsigned char)s.ptr[n] & 0xc0) == 0x80)
		n--;
	memcpy(e.text, s.ptr, n);
	memcpy(e.text + n, n < s.len ? "…" : "", n < s.len ? sizeof "…" : 1);
	return e;
}
