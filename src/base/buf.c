/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

char buf_nothing[1];

void buf_release(struct buf *b)
{
	if (b->cap)
		free(b->ptr);
	*b = BUF_INIT;
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->cap)
		b->ptr[0] = 0;
}

void buf_reserve(struct buf *b, size_t more)
{
	if (b->cap - b->len > more)
		return;
	size_t to = b->cap ? b->cap * 2 : 64;
	if (to - b->len <= more) /* what is added at once is mostly all there will be */
		to = b->len + more + 1;
	b->ptr = mem_realloc(b->cap ? b->ptr : NULL, to);
	b->cap = to;
	b->ptr[b->len] = 0;
}

/* Nearly all formats only join texts, and vsnprintf() takes several times as long for that. False,
 * and nothing is put, where there is more than that in it. */
static bool put_joined(struct buf *b, const char *format, va_list ap)
{
	const size_t before = b->len;
	for (const char *at = format, *next; *at; at = next) {
		next = strchrnul(at, '%');
		buf_add(b, str_of(at, (size_t)(next - at)));
		if (strncmp(next, "%s", 2) == 0) {
			next += 2;
			buf_puts(b, va_arg(ap, const char *));
		} else if (strncmp(next, "%.*s", 4) == 0) {
			next += 4;
			size_t most = (size_t)va_arg(ap, int);
			const char *text = va_arg(ap, const char *);
			buf_add(b, str_of(text, strnlen(text, most)));
		} else if (strncmp(next, "%%", 2) == 0) {
			next += 2;
			buf_putc(b, '%');
		} else if (*next) {
			b->len = before;
			return false;
		}
	}
	return true;
}

__attribute__((format(printf, 2, 0))) static void put_formatted(
    struct buf *b, const char *format, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	buf_reserve(b, 1);
	size_t room = b->cap - b->len;
	int n = vsnprintf(b->ptr + b->len, room, format, ap);
	if (n >= 0 && (size_t)n >= room) {
		buf_reserve(b, (size_t)n);
		vsnprintf(b->ptr + b->len, (size_t)n + 1, format, again);
	}
	b->len += n > 0 ? (size_t)n : 0;
	b->ptr[b->len] = 0;
	va_end(again);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap, again;
	va_start(ap, format);
	va_copy(again, ap);
	if (!put_joined(b, format, again))
		put_formatted(b, format, ap);
	va_end(again);
	va_end(ap);
}

void buf_drop_front(struct buf *b, size_t n)
{
	if (!n)
		return;
	memmove(b->ptr, b->ptr + n, b->len - n);
	b->len -= n;
	b->ptr[b->len] = 0;
}

static void put_big_endian(struct buf *b, uint64_t v, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		buf_u8(b, (uint8_t)(v >> (8 * i)));
}

void buf_u16(struct buf *b, uint16_t v)
{
	put_big_endian(b, v, 2);
}

void buf_u32(struct buf *b, uint32_t v)
{
	put_big_endian(b, v, 4);
}

void buf_u64(struct buf *b, uint64_t v)
{
	put_big_endian(b, v, 8);
}

void buf_ssh_string(struct buf *b, struct str s)
{
	buf_u32(b, (uint32_t)s.len);
	buf_add(b, s);
}

void buf_varint(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_u8(b, (uint8_t)(v | 0x80));
	buf_u8(b, (uint8_t)v);
}

static bool take_big_endian(struct str *s, size_t bytes, uint64_t *out)
{
	struct str raw;
	if (!str_take(s, bytes, &raw))
		return false;
	uint64_t v = 0;
	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | (uint8_t)raw.ptr[i];
	*out = v;
	return true;
}

bool str_take_u16(struct str *s, uint16_t *out)
{
	uint64_t v;
	if (!take_big_endian(s, 2, &v))
		return false;
	*out = (uint16_t)v;
	return true;
}

bool str_take_u32(struct str *s, uint32_t *out)
{
	uint64_t v;
	if (!take_big_endian(s, 4, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

bool str_take_u64(struct str *s, uint64_t *out)
{
	return take_big_endian(s, 8, out);
}

bool str_take_ssh_string(struct str *s, struct str *out)
{
	struct str rest = *s;
	uint32_t n;
	if (!str_take_u32(&rest, &n) || !str_take(&rest, n, out))
		return false;
	*s = rest;
	return true;
}

bool str_take_varint_long(struct str *s, uint64_t *out)
{
	struct str rest = *s;
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t b;
		if (!str_take_u8(&rest, &b))
			return false;
		if (shift == 63 && b > 1)
			return false;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80)) {
			if (!b && shift)
				return false;
			*s = rest;
			*out = v;
			return true;
		}
	}
	return false;
}

void buf_hex(struct buf *b, struct str bytes)
{
	static const char digit[] = "0123456789abcdef";
	buf_reserve(b, 2 * bytes.len);
	for (size_t i = 0; i < bytes.len; i++) {
		buf_putc(b, digit[(uint8_t)bytes.ptr[i] >> 4]);
		buf_putc(b, digit[bytes.ptr[i] & 15]);
	}
}

bool buf_unhex(struct buf *b, struct str hex)
{
	size_t n = hex.len / 2;
	buf_reserve(b, n);
	if (!str_unhex(b->ptr + b->len, n, hex))
		return false;
	b->len += n;
	b->ptr[b->len] = 0;
	return true;
}

static const char base64_digit[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void buf_base64(struct buf *b, struct str bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.ptr;
	buf_reserve(b, (bytes.len + 2) / 3 * 4);
	char *to = b->ptr + b->len;
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t n = bytes.len - i;
		uint32_t v = (uint32_t)p[i] << 16 | (n > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
			     (n > 2 ? (uint32_t)p[i + 2] : 0);
		*to++ = base64_digit[v >> 18];
		*to++ = base64_digit[v >> 12 & 63];
		*to++ = n > 1 ? base64_digit[v >> 6 & 63] : '=';
		*to++ = n > 2 ? base64_digit[v & 63] : '=';
	}
	b->len += (bytes.len + 2) / 3 * 4;
	b->ptr[b->len] = 0;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool buf_unbase64(struct buf *b, struct str text)
{
	size_t before = b->len;
	if (text.len % 4)
		return false;
	for (size_t i = 0; i < text.len; i += 4) {
		uint32_t v = 0;
		int pad = 0;
		for (size_t k = 0; k < 4; k++) {
			char c = text.ptr[i + k];
			int digit = base64_value(c);
			if (c == '=' && i + 4 == text.len && k >= 2)
				pad++;
			else if (digit < 0 || pad)
				goto refuse;
			v = v << 6 | (digit < 0 ? 0 : (uint32_t)digit);
		}
		if ((pad == 1 && (v & 0xff)) || (pad == 2 && (v & 0xffff)))
			goto refuse; /* bits that no byte carries: a second form of the same bytes
				      */
		buf_u8(b, (uint8_t)(v >> 16));
		if (pad < 2)
			buf_u8(b, (uint8_t)(v >> 8));
		if (pad < 1)
			buf_u8(b, (uint8_t)v);
	}
	return true;
refuse:
	b->len = before;
	return false;
}
