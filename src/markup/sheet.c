/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/sheet.h"

/* Behind these no space means anything, and before them neither, but for a colon: "a :hover" is
 * not "a:hover". */
static bool is_divider(char c)
{
	return c == '{' || c == '}' || c == ';' || c == ',';
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Where the space and comments end that begin at `at`, if any do. */
static size_t skip_space(struct str s, size_t at)
{
	for (;;) {
		while (at < s.len && is_space(s.ptr[at]))
			at++;
		if (!str_starts(str_sub(s, at, 2), STR("/*")))
			return at;
		for (at += 2; at < s.len && !str_starts(str_sub(s, at, 2), STR("*/"));)
			at++;
		at = at + 2 < s.len ? at + 2 : s.len;
	}
}

/* Where the string ends whose quote is at `at`. */
static size_t skip_string(struct str s, size_t at)
{
	char quote = s.ptr[at++];
	while (at < s.len && s.ptr[at] != quote)
		at += s.ptr[at] == '\\' ? 2 : 1;
	return at + 1 < s.len ? at + 1 : s.len;
}

void sheet_squeeze(struct buf *out, struct str s)
{
	char last = '}';
	for (size_t at = 0; at < s.len;) {
		size_t next = skip_space(s, at);
		if (next > at) {
			bool is_needed = next < s.len && !is_divider(s.ptr[next]) &&
					 !is_divider(last) && last != ':';
			if (is_needed)
				buf_putc(out, ' ');
			at = next;
			continue;
		}
		char c = s.ptr[at];
		if (c == '}' && last == ';')
			out->len--;
		last = c;
		next = c == '"' || c == '\'' ? skip_string(s, at) : at + (c == '\\' ? 2 : 1);
		buf_add(out, str_sub(s, at, next - at));
		at = next;
	}
}

void script_squeeze(struct buf *out, struct str script)
{
	while (script.len) {
		struct str line = str_cut(&script, '\n');
		while (line.len && line.ptr[0] == '\t')
			line = str_sub(line, 1, line.len);
		if (line.len && !str_starts(line, STR("//")))
			buf_printf(out, "%.*s\n", STR_FMT(line));
	}
}
