/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/html.h"
#include "markup/find.h"

static const char *const entity[256] = {
    ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};

static inline void escape(struct buf *out, struct str s, const char set[static 5])
{
	const char *from = s.ptr, *at = s.ptr, *end = s.ptr + s.len;
	for (; (at = find_any(at, end, set)) < end; from = ++at) {
		buf_add(out, str_of(from, (size_t)(at - from)));
		buf_puts(out, entity[(unsigned char)*at]);
	}
	buf_add(out, str_of(from, (size_t)(end - from)));
}

void html_text(struct buf *out, struct str s)
{
	escape(out, s, "<>&&&");
}

void html_attr(struct buf *out, struct str s)
{
	escape(out, s, "<>&\"'");
}

/* ASCII case is ignored in schemes (RFC 3986 §3.1). */
static bool is_scheme(struct str s, const char *name)
{
	size_t n = strlen(name);
	if (s.len != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = s.ptr[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != name[i])
			return false;
	}
	return true;
}

static enum url_kind kind_with_scheme(struct str scheme, struct str rest)
{
	if (is_scheme(scheme, "mailto"))
		return rest.len ? URL_MAIL : URL_REFUSED;
	if (is_scheme(scheme, "record"))
		return rest.len ? URL_RECORD : URL_REFUSED;
	if (!is_scheme(scheme, "http") && !is_scheme(scheme, "https"))
		return URL_REFUSED;
	if (!str_starts(rest, STR("//")) || rest.len == 2 || strchr("/?#@:", rest.ptr[2]))
		return URL_REFUSED;
	return URL_EXTERNAL;
}

enum url_kind url_kind(struct str url)
{
	enum { PLAIN, ENDS_SCHEME, REFUSED };
	static const uint8_t kinds[256] = {[0x7f] = REFUSED,
	    ['\\'] = REFUSED,
	    [':'] = ENDS_SCHEME,
	    ['/'] = ENDS_SCHEME,
	    ['?'] = ENDS_SCHEME,
	    ['#'] = ENDS_SCHEME};
	size_t scheme = url.len;
	if (!url.len || url.ptr[0] == '/' || url.ptr[0] == ' ' || url.ptr[url.len - 1] == ' ')
		return URL_REFUSED;
	for (size_t i = 0; i < url.len; i++) {
		uint8_t c = (uint8_t)url.ptr[i], kind = kinds[c];
		if (c < 0x20 || kind == REFUSED)
			return URL_REFUSED;
		if (kind == ENDS_SCHEME && scheme == url.len)
			scheme = i;
	}
	if (url.ptr[0] == '#')
		return url.len > 1 ? URL_FRAGMENT : URL_REFUSED;
	if (scheme < url.len && url.ptr[scheme] == ':')
		return kind_with_scheme(str_of(url.ptr, scheme), str_sub(url, scheme + 1, url.len));
	return URL_RELATIVE;
}

bool is_mail_address(struct str s)
{
	const char *at = s.len ? memchr(s.ptr, '@', s.len) : NULL;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!is_letter && !(c >= '0' && c <= '9') && s.ptr + i != at && !strchr("._+-", c))
			return false;
	}
	return at && at > s.ptr && at + 1 < s.ptr + s.len;
}

/* RFC 3986 §2: unreserved, reserved, and '%', which may begin an octet that is encoded already. */
static bool may_stand_in_url(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-._~:/?#[]@!$&'()*+,;=%", c));
}

static void put_encoded(struct buf *out, char byte)
{
	static const char digits[] = "0123456789ABCDEF";
	buf_putc(out, '%');
	buf_putc(out, digits[(unsigned char)byte >> 4]);
	buf_putc(out, digits[byte & 15]);
}

bool html_url(struct buf *out, struct str url)
{
	enum url_kind kind = url_kind(url);
	if (kind == URL_REFUSED || kind == URL_RECORD)
		return false;
	for (size_t i = 0; i < url.len; i++) {
		unsigned char c = (unsigned char)url.ptr[i];
		if (entity[c] && may_stand_in_url(c))
			buf_puts(out, entity[c]);
		else if (may_stand_in_url(c))
			buf_putc(out, (char)c);
		else
			put_encoded(out, (char)c);
	}
	return true;
}

void html_escape_query(struct buf *out, struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
				(c >= '0' && c <= '9') || (c && strchr("-._~", c));
		if (is_plain)
			buf_putc(out, (char)c);
		else
			put_encoded(out, (char)c);
	}
}
