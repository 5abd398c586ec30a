/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/xml.h"

#include "markup/find.h"

enum { DEPTH_MAX = 16, ATTRIBUTES_MAX = 16 };

/* XML 1.0 §2.2; surrogates are no UTF-8. */
static bool is_char(int32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' ||
	       (c >= 0x20 && c != 0x7f && c != 0xfffe && c != 0xffff);
}

/* How many bytes at the front mean themselves, of the next few that are ASCII: up to `end`, a
 * reference, or a bracket. */
static size_t plain_bytes(struct str s, char end)
{
	const char set[] = {'<', '>', '&', '"', end};
	size_t n = str_printable(str_sub(s, 0, 64));
	return n ? (size_t)(find_any(s.ptr, s.ptr + n, set) - s.ptr) : 0;
}

void xml_text(struct buf *out, struct str s)
{
	for (size_t at = 0, from = 0; at < s.len; from = at) {
		size_t plain = plain_bytes(str_sub(s, at, s.len), '"');
		if (plain) {
			buf_add(out, str_sub(s, at, plain));
			at += plain;
			continue;
		}
		int32_t c = str_utf8_next(s, &at);
		if (c < 0)
			at = from + 1;
		if (c == '&')
			buf_puts(out, "&amp;");
		else if (c == '<')
			buf_puts(out, "&lt;");
		else if (c == '>')
			buf_puts(out, "&gt;");
		else if (c == '"')
			buf_puts(out, "&quot;");
		else if (!is_char(c) || c == '\r')
			buf_puts(out, "\xef\xbf\xbd");
		else
			buf_add(out, str_sub(s, from, at - from));
	}
}

void xml_element(struct buf *out, const char *name, struct str lang, struct str text)
{
	buf_putc(out, '<');
	buf_puts(out, name);
	if (lang.len) {
		buf_puts(out, " xml:lang=\"");
		xml_text(out, lang);
		buf_putc(out, '"');
	}
	buf_putc(out, '>');
	xml_text(out, text);
	buf_puts(out, "</");
	buf_puts(out, name);
	buf_puts(out, ">\n");
}

/* --- reading --- */

struct reader {
	struct str all, rest;
	struct str open[DEPTH_MAX];
	size_t depth;
	const char *name;
	struct err *err;
};

static int fault(const struct reader *r, const char *what, struct str value)
{
	size_t line = str_line(r->all, r->all.ptr + (r->all.len - r->rest.len));
	return err_set(r->err, ERR_SYNTAX, "%s:%zu: %s: %.*s", r->name, line, what,
	    STR_FMT(str_sub(value, 0, 60)));
}

static bool take(struct reader *r, const char *text)
{
	struct str s = str_from(text);
	if (!str_starts(r->rest, s))
		return false;
	r->rest = str_sub(r->rest, s.len, r->rest.len);
	return true;
}

static struct str take_name(struct reader *r)
{
	size_t n = 0;
	while (n < r->rest.len && ((r->rest.ptr[n] >= 'a' && r->rest.ptr[n] <= 'z') ||
				      (r->rest.ptr[n] >= 'A' && r->rest.ptr[n] <= 'Z') ||
				      (n && (r->rest.ptr[n] == ':' || r->rest.ptr[n] == '-'))))
		n++;
	struct str name = str_sub(r->rest, 0, n);
	r->rest = str_sub(r->rest, n, r->rest.len);
	return name;
}

/* Up to `end`, which is not taken; every character means itself or is one of our references. */
static int take_text(struct reader *r, char end)
{
	static const char *const references[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
	while (r->rest.len && r->rest.ptr[0] != end) {
		size_t at = 0, plain = plain_bytes(r->rest, end);
		bool is_reference = false;
		if (plain) {
			r->rest = str_sub(r->rest, plain, r->rest.len);
			continue;
		}
		int32_t c = str_utf8_next(r->rest, &at);
		for (size_t i = 0; c == '&' && i < sizeof references / sizeof *references; i++)
			is_reference = is_reference || take(r, references[i]);
		if (is_reference)
			continue;
		if (c == '&' || c == '<' || c == '>' || c == '\r' || !is_char(c))
			return fault(r, "text that is not escaped", r->rest);
		r->rest = str_sub(r->rest, at, r->rest.len);
	}
	return r->rest.len ? 0 : fault(r, "it ends too early", STR_EMPTY);
}

static int take_attributes(struct reader *r)
{
	struct str seen[ATTRIBUTES_MAX];
	for (size_t n = 0; take(r, " "); n++) {
		struct str name = take_name(r);
		bool is_twice = n == ATTRIBUTES_MAX;
		for (size_t i = 0; i < n && !is_twice; i++)
			is_twice = str_eq(seen[i], name);
		if (!name.len || is_twice || !take(r, "=\""))
			return fault(r, "an attribute that may not stand here", name);
		seen[n] = name;
		if (take_text(r, '"') != 0)
			return r->err->code;
		take(r, "\"");
	}
	return 0;
}

static int take_tag(struct reader *r)
{
	bool is_end = take(r, "</");
	if (!is_end)
		take(r, "<");
	struct str name = take_name(r);
	if (is_end && (!r->depth || !str_eq(name, r->open[r->depth - 1])))
		return fault(r, "an end tag that closes nothing", name);
	if (!name.len || (!is_end && r->depth == DEPTH_MAX))
		return fault(r, "an element that may not stand here", r->rest);
	if (!is_end && take_attributes(r) != 0)
		return r->err->code;
	if (!is_end && take(r, "/>"))
		return 0;
	if (!take(r, ">"))
		return fault(r, "a tag that does not end", name);
	if (is_end)
		r->depth--;
	else
		r->open[r->depth++] = name;
	return 0;
}

int xml_check(struct str xml, const char *root, const char *name, struct err *err)
{
	struct reader r = {.all = xml, .rest = xml, .name = name, .err = err};
	if (!take(&r, XML_HEAD))
		return fault(&r, "a file begins with its declaration", str_sub(xml, 0, 20));
	struct str start = str_sub(r.rest, 1, strlen(root));
	if (!str_is(start, root) || take_tag(&r) != 0 || !r.depth || !str_is(r.open[0], root))
		return err->code ? err->code : fault(&r, "the first element is another", r.rest);
	while (r.depth) {
		if (take_text(&r, '<') != 0 || take_tag(&r) != 0)
			return err->code;
	}
	return str_is(r.rest, "\n") ? 0 : fault(&r, "something after its end", r.rest);
}
