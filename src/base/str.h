/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Borrowed bytes: a pointer and a length, never owned, not NUL-terminated. Whoever stores one
 * keeps the owner alive. The empty string's ptr may be anything, also NULL.
 */
#ifndef BELFRY_BASE_STR_H
#define BELFRY_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *ptr;
	size_t len;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_EMPTY ((struct str){"", 0})
/* For printf: "%.*s", STR_FMT(s). */
#define STR_FMT(s) (int)(s).len, (s).ptr

static inline struct str str_from(const char *c)
{
	return c ? (struct str){c, strlen(c)} : STR_EMPTY;
}

static inline struct str str_of(const void *p, size_t len)
{
	return len ? (struct str){p, len} : STR_EMPTY;
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (!a.len || (*a.ptr == *b.ptr && memcmp(a.ptr, b.ptr, a.len) == 0));
}

static inline bool str_is(struct str a, const char *b)
{
	return str_eq(a, str_from(b));
}

/* Order by bytes, the shorter first where one begins the other. */
static inline int str_cmp(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
	return c ? c : (a.len > b.len) - (a.len < b.len);
}

static inline bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq((struct str){s.ptr, prefix.len}, prefix);
}

static inline bool str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len &&
	       str_eq((struct str){s.ptr + (s.len - suffix.len), suffix.len}, suffix);
}

/* The bytes from `from` on, at most `len` of them; never past the end. */
static inline struct str str_sub(struct str s, size_t from, size_t len)
{
	if (from >= s.len)
		return STR_EMPTY;
	return str_of(s.ptr + from, len < s.len - from ? len : s.len - from);
}

/* Cut `*rest` at the first `sep`: returns what stood before it, leaves what follows. Without a
 * `sep` returns everything and leaves the empty string. */
struct str str_cut(struct str *rest, char sep);
struct str str_trim(struct str s); /* of space, tab and line feed at both ends */
/* The number, from 1 on, of the line of `all` that the byte at `at` is in; 1 where that stands
 * elsewhere. */
size_t str_line(struct str all, const char *at);

/* Read a decimal without sign or leading zeros, at most `max`; false when it is anything else. */
bool str_u64(struct str s, uint64_t max, uint64_t *out);

/* Read exactly `n` bytes from hex digits in lower case; false when it is anything else, and `out`
 * is as before. */
bool str_unhex(void *out, size_t n, struct str hex);

/* `[a-z0-9]` at both ends, `[a-z0-9-]` between, no "--", 1 to 64 bytes: ids, hubs, places. */
bool str_is_slug(struct str s);
/* con, nul, com1, …: no name of a file on some systems, whatever its ending. */
bool str_is_dos_device(struct str stem);

/* How many bytes at the front are printable ASCII, space among them. */
size_t str_printable(struct str s);
/* The same for what is more than one byte: str_utf8_next(). */
int32_t str_utf8_long(struct str s, size_t *at);
/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms). Steps over one code point at `*at`;
 * returns it, or -1 where the bytes are not UTF-8. */
static inline int32_t str_utf8_next(struct str s, size_t *at)
{
	bool is_ascii = *at < s.len && !((unsigned char)s.ptr[*at] & 0x80);
	return is_ascii ? s.ptr[(*at)++] : str_utf8_long(s, at);
}

#endif
