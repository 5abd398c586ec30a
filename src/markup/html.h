/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The escaping writer: whatever people wrote reaches a page through one of these three functions,
 * so that it can be text, a quoted attribute's value or an address, and never markup.
 */
#ifndef BELFRY_MARKUP_HTML_H
#define BELFRY_MARKUP_HTML_H

#include "base/buf.h"

/* What an address is. Nothing else is ever put in an href: no other scheme, no "//host", no path
 * from the root (it would mean something else in a file opened from a disk), no backslash, control
 * character or surrounding space, with which browsers disagree about where a scheme ends. */
enum url_kind {
	URL_REFUSED,
	URL_RELATIVE, /* "../x.html", "x.html#s2" */
	URL_FRAGMENT, /* "#s2" */
	URL_EXTERNAL, /* http: or https: with a host */
	URL_MAIL, /* mailto: with something behind it */
	URL_RECORD /* "record:place/type/id", which only Markdown may hold */
};
enum url_kind url_kind(struct str url);
/* "desk@city.example": of letters, digits and . _ + - on both sides, so that it stands in a mailto:
 * as it is. */
bool is_mail_address(struct str s);

/* Append as text between tags. */
void html_text(struct buf *out, struct str s);
/* Append as the inside of a double-quoted attribute. */
void html_attr(struct buf *out, struct str s);
/*
 * Append an address as the inside of a double-quoted attribute; bytes that RFC 3986 keeps out of
 * addresses are percent-encoded. Returns false, with nothing appended, where url_kind() refuses it
 * or it is a record: link that nobody has resolved.
 */
bool html_url(struct buf *out, struct str url);

/* Append as a value in an address's query: all but RFC 3986's unreserved characters encoded. */
void html_escape_query(struct buf *out, struct str value);

#endif
