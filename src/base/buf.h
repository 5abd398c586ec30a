/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owned, growing bytes: output is built in one. `ptr` is never NULL after BUF_INIT and always
 * followed by a NUL that `len` does not count. Appending cannot fail (base/mem.h).
 */
#ifndef BELFRY_BASE_BUF_H
#define BELFRY_BASE_BUF_H

#include "base/str.h"

struct buf {
	char *ptr;
	size_t len, cap;
};

extern char buf_nothing[1];
#define BUF_INIT ((struct buf){buf_nothing, 0, 0})

void buf_release(struct buf *b); /* frees; then as after BUF_INIT */
void buf_reset(struct buf *b); /* forgets the bytes, keeps the memory */
void buf_reserve(struct buf *b, size_t more); /* room for so many bytes, and the NUL */
static inline void buf_add(struct buf *b, struct str s)
{
	if (!s.len)
		return;
	if (b->cap - b->len <= s.len)
		buf_reserve(b, s.len);
	memcpy(b->ptr + b->len, s.ptr, s.len);
	b->len += s.len;
	b->ptr[b->len] = 0;
}
static inline void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, str_from(s));
}
static inline void buf_putc(struct buf *b, char c)
{
	if (b->cap - b->len < 2)
		buf_reserve(b, 1);
	b->ptr[b->len++] = c;
	b->ptr[b->len] = 0;
}
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_drop_front(struct buf *b, size_t n);

static inline struct str buf_str(const struct buf *b)
{
	return str_of(b->ptr, b->len);
}

/* Big-endian integers and SSH strings (uint32 length, bytes; RFC 4251 §5). */
static inline void buf_u8(struct buf *b, uint8_t v)
{
	buf_putc(b, (char)v);
}
void buf_u16(struct buf *b, uint16_t v);
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);
void buf_ssh_string(struct buf *b, struct str s);
/* LEB128, the shortest form. */
void buf_varint(struct buf *b, uint64_t v);

/*
 * Read from the front of `*s`. Each returns false, and leaves `*out` alone, when the bytes are
 * not there (varint: or not the shortest form).
 */
static inline bool str_take(struct str *s, size_t n, struct str *out)
{
	if (s->len < n)
		return false;
	*out = str_of(s->ptr, n);
	s->ptr += n;
	s->len -= n;
	return true;
}
static inline bool str_take_u8(struct str *s, uint8_t *out)
{
	if (!s->len)
		return false;
	*out = (uint8_t)*s->ptr++;
	s->len--;
	return true;
}
bool str_take_u16(struct str *s, uint16_t *out);
bool str_take_u32(struct str *s, uint32_t *out);
bool str_take_u64(struct str *s, uint64_t *out);
bool str_take_ssh_string(struct str *s, struct str *out);
/* The same for what is more than one byte: str_take_varint(). */
bool str_take_varint_long(struct str *s, uint64_t *out);
static inline bool str_take_varint(struct str *s, uint64_t *out)
{
	uint8_t first = s->len ? (uint8_t)*s->ptr : 0x80;
	if (first & 0x80)
		return str_take_varint_long(s, out);
	*out = first;
	s->ptr++;
	s->len--;
	return true;
}

/* Text forms. base64: RFC 4648 §4 with padding; decoding takes that one form only. */
void buf_hex(struct buf *b, struct str bytes);
/* Digits in lower case, an even number of them; else false, and `b` is as before. */
bool buf_unhex(struct buf *b, struct str hex);
void buf_base64(struct buf *b, struct str bytes);
bool buf_unbase64(struct buf *b, struct str text);

#endif
