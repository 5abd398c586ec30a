/* SPDX-License-Identifier: Apache-2.0 */
#include "record/word.h"

#include <utf8proc.h>

enum {
	MULTIPLIED = 0xd7,
	DIVIDED = 0xf7,
	TATWEEL = 0x640,
	NON_JOINER = 0x200c,
	JOINER = 0x200d,
	BMP_END = 0x10000,
	PARTS_MAX = 24
};

static bool is_of_word(int32_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
	/* Letters all of them, without asking for each. */
	if ((c >= 0xc0 && c <= 0x24f && c != MULTIPLIED && c != DIVIDED) ||
	    (c >= 0x620 && c <= 0x64a))
		return true;
	if (c == NON_JOINER || c == JOINER)
		return true;
	if (c >= BMP_END)
		return false;
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_ND:
		return true;
	default:
		return false;
	}
}

bool word_next(struct str *word, struct str s, size_t *at)
{
	size_t from = *at, end = *at;
	for (;;) {
		int32_t c = end < s.len ? str_utf8_next(s, &end) : -1;
		if (c >= 0 && is_of_word(c)) {
			*at = end;
		} else if (*at > from) {
			*word = str_sub(s, from, *at - from);
			return true;
		} else if (c < 0) {
			return false;
		} else {
			from = *at = end;
		}
	}
}

static void add(struct buf *out, int32_t c)
{
	utf8proc_uint8_t bytes[4];
	utf8proc_ssize_t n = utf8proc_encode_char(c, bytes);
	buf_add(out, str_of(bytes, (size_t)n));
}

/* Letters that stand for others, and have no decomposition that says so. */
static const struct {
	int32_t from;
	char to[3];
} alike[] = {{0xe6, "ae"}, {0xf0, "d"}, {0xf8, "o"}, {0xfe, "th"}, {0x111, "d"}, {0x131, "i"},
    {0x142, "l"}, {0x153, "oe"}, {0x629, "\xd9\x87"}, {0x649, "\xd9\x8a"}, {0x671, "\xd8\xa7"},
    {0x6a9, "\xd9\x83"}, {0x6cc, "\xd9\x8a"}};

static void add_alike(struct buf *out, int32_t c)
{
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++)
		if (alike[i].from == c) {
			buf_printf(out, "%.2s", alike[i].to);
			return;
		}
	if (c >= 0x660 && c <= 0x669)
		c += '0' - 0x660;
	else if (c >= 0x6f0 && c <= 0x6f9)
		c += '0' - 0x6f0;
	add(out, c);
}

void word_fold(struct buf *out, struct str word)
{
	for (size_t at = 0; at < word.len;) {
		int32_t parts[PARTS_MAX], c = str_utf8_next(word, &at);
		int ignored = 0;
		if (c >= 0 && c < 0x80) {
			buf_putc(out, (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c));
			continue;
		}
		if (c < 0 || c == TATWEEL || c == NON_JOINER || c == JOINER)
			continue;
		utf8proc_ssize_t n = utf8proc_decompose_char(c, parts, PARTS_MAX,
		    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK,
		    &ignored);
		for (utf8proc_ssize_t i = 0; i < n && i < PARTS_MAX; i++)
			add_alike(out, parts[i]);
	}
}

void word_lower(struct buf *out, struct str word)
{
	for (size_t at = 0; at < word.len;) {
		int32_t c = str_utf8_next(word, &at);
		if (c >= 0 && c != TATWEEL && c != NON_JOINER && c != JOINER)
			add(out, utf8proc_tolower(c));
	}
}

struct str word_start(struct str s, size_t n)
{
	size_t at = 0;
	while (n-- && at < s.len && str_utf8_next(s, &at) >= 0)
		;
	return str_sub(s, 0, at);
}
