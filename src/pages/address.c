/* SPDX-License-Identifier: Apache-2.0 */
#include "pages/address.h"

#include "pages/page.h"

#include <time.h>

struct str address_of_site(struct site *s)
{
	struct str site = json_get_text(s->source->charter, "site");
	if (!site.len || site.ptr[site.len - 1] == '/')
		return site;
	return str_from(arena_printf(&s->index.arena, "%.*s/", STR_FMT(site)));
}

void address_put(struct buf *out, const struct site *s, struct str from, struct str path)
{
	if (s->address.len)
		buf_add(out, s->address);
	else
		for (size_t i = 0; i < from.len; i++)
			if (from.ptr[i] == '/')
				buf_puts(out, "../");
	buf_add(out, path);
}

void uuid_put(struct buf *out, const struct site *s, struct str name)
{
	struct buf text = BUF_INIT;
	buf_printf(&text, "%s/%.*s", s->source->network_id, STR_FMT(name));
	struct sha256 h = sha256(buf_str(&text));
	h.bytes[6] = (h.bytes[6] & 0x0f) | 0x80;
	h.bytes[8] = (h.bytes[8] & 0x3f) | 0x80;
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_putc(out, '-');
		buf_hex(out, str_of(&h.bytes[i], 1));
	}
	buf_release(&text);
}

void urn_put(struct buf *out, const struct site *s, const struct doc *d, struct str lang)
{
	struct buf name = BUF_INIT;
	buf_printf(&name, "%s/%s/%s", d->place, d->type, d->id);
	if (lang.len)
		buf_printf(&name, "/%.*s", STR_FMT(lang));
	buf_puts(out, "urn:uuid:");
	uuid_put(out, s, buf_str(&name));
	buf_release(&name);
}

/* Digits of `n`, as many as there are places. */
static void put_digits(char *to, int places, int n)
{
	for (; places; n /= 10)
		to[--places] = (char)('0' + n % 10);
}

void time_put(struct buf *out, int64_t seconds)
{
	char text[] = "1970-01-01T00:00:00Z";
	time_t when = (time_t)seconds;
	struct tm tm;
	if (seconds >= 0 && gmtime_r(&when, &tm) && tm.tm_year < 10000 - 1900) {
		put_digits(text, 4, tm.tm_year + 1900);
		put_digits(text + 5, 2, tm.tm_mon + 1);
		put_digits(text + 8, 2, tm.tm_mday);
		put_digits(text + 11, 2, tm.tm_hour);
		put_digits(text + 14, 2, tm.tm_min);
		put_digits(text + 17, 2, tm.tm_sec);
	}
	buf_add(out, str_of(text, sizeof text - 1));
}
