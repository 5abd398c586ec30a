/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML 1.0 for feeds and sitemaps: an escaping writer, and a reader that knows only the form that
 * this program writes, as the last gate before a file.
 */
#ifndef BELFRY_MARKUP_XML_H
#define BELFRY_MARKUP_XML_H

#include "base/buf.h"
#include "base/err.h"

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"

/* Append as text, or as the inside of a double-quoted attribute. What XML cannot hold (control
 * characters, U+FFFE, U+FFFF) becomes U+FFFD. */
void xml_text(struct buf *out, struct str s);
/* Append <name>text</name> and a line end; with xml:lang where `lang` is not "". */
void xml_element(struct buf *out, const char *name, struct str lang, struct str text);

/*
 * Is it well formed: XML_HEAD, one element `root` with all others closed in order, attributes in
 * double quotes and once each, text escaped, UTF-8 of XML's characters?
 * Errors: ERR_SYNTAX "<name>:<line>: …".
 */
int xml_check(struct str xml, const char *root, const char *name, struct err *err);

#endif
