/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <endian.h>

struct str str_cut(struct str *rest, char sep)
{
	const char *p = rest->len ? memchr(rest->ptr, sep, rest->len) : NULL;
	struct str head = *rest;
	if (!p) {
		*rest = STR_EMPTY;
		return head;
	}
	head.len = (size_t)(p - rest->ptr);
	*rest = str_sub(*rest, head.len + 1, rest->len);
	return head;
}

struct str str_trim(struct str s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t' || s.ptr[0] == '\n'))
		s = str_sub(s, 1, s.len);
	while (s.len &&
	       (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t' || s.ptr[s.len - 1] == '\n'))
		s.len--;
	return s;
}

size_t str_line(struct str all, const char *at)
{
	bool is_within = at >= all.ptr && at <= all.ptr + all.len;
	size_t line = 1;
	for (const char *p = all.ptr; is_within && p < at; p++)
		line += *p == '\n';
	return line;
}

bool str_u64(struct str s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	if (!s.len || s.len > 20 || (s.len > 1 && s.ptr[0] == '0'))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
		uint64_t d = (uint64_t)(s.ptr[i] - '0');
		if (v > (max - d) / 10 || d > max)
			return false;
		v = v * 10 + d;
	}
	*out = v;
	return true;
}

static bool is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool str_unhex(void *out, size_t n, struct str hex)
{
	uint8_t *to = out;
	if (hex.len != 2 * n)
		return false;
	for (size_t i = 0; i < hex.len; i++)
		if (hex_value(hex.ptr[i]) < 0)
			return false;
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)(hex_value(hex.ptr[2 * i]) << 4 | hex_value(hex.ptr[2 * i + 1]));
	return true;
}

bool str_is_slug(struct str s)
{
	if (!s.len || s.len > 64 || !is_lower_or_digit(s.ptr[0]) ||
	    !is_lower_or_digit(s.ptr[s.len - 1]))
		return false;
	for (size_t i = 1; i < s.len; i++)
		if (!is_lower_or_digit(s.ptr[i]) && (s.ptr[i] != '-' || s.ptr[i - 1] == '-'))
			return false;
	return true;
}

bool str_is_dos_device(struct str stem)
{
	static const char *const plain[] = {"con", "prn", "aux", "nul"};
	for (size_t i = 0; i < 4; i++)
		if (str_is(stem, plain[i]))
			return true;
	return stem.len == 4 && (str_starts(stem, STR("com")) || str_starts(stem, STR("lpt"))) &&
	       stem.ptr[3] >= '1' && stem.ptr[3] <= '9';
}

/* Eight at a time: with no bit 7 among them, a subtraction sets the first where a byte is less;
 * what it borrows changes only those behind. */
size_t str_printable(struct str s)
{
	const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
	size_t i = 0;
	for (uint64_t x; i + sizeof x <= s.len; i += sizeof x) {
		memcpy(&x, s.ptr + i, sizeof x);
		x = le64toh(x);
		uint64_t other = (x | (x - ones * 0x20) | ((x ^ ones * 0x7f) - ones)) & high;
		if (other)
			return i + (size_t)__builtin_ctzll(other) / 8;
	}
	while (i < s.len && s.ptr[i] >= 0x20 && s.ptr[i] < 0x7f)
		i++;
	return i;
}

int32_t str_utf8_long(struct str s, size_t *at)
{
	static const int32_t least[] = {0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s.ptr + *at;
	size_t left = s.len - *at;
	int32_t c = p[0];
	size_t extra = c < 0x80 ? 0 : c < 0xc2 ? 4 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf5 ? 3 : 4;
	if (extra == 4 || extra >= left)
		return -1;
	if (extra)
		c &= 0x3f >> extra;
	for (size_t i = 1; i <= extra; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return -1;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[extra] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return -1;
	*at += extra + 1;
	return c;
}
