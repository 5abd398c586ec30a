/* SPDX-License-Identifier: Apache-2.0 */
#include "record/body.h"

#include "record/markdown_limits.h"
#include "record/text.h"

enum { INDENT_MAX = 3 }; /* CommonMark: four spaces make code of a line */

/* Take up to three spaces off; false where there are more. */
static bool skip_indent(struct str *line)
{
	size_t n = 0;
	while (n < line->len && line->ptr[n] == ' ')
		n++;
	if (n > INDENT_MAX)
		return false;
	*line = str_sub(*line, n, line->len);
	return true;
}

/* Take a list marker ("- ", "12. ") off, if there is one. */
static bool skip_bullet(struct str *line)
{
	size_t n = 0;
	while (n < line->len && n < 9 && line->ptr[n] >= '0' && line->ptr[n] <= '9')
		n++;
	const char *marks = n ? ".)" : "-+*";
	if (n + 1 >= line->len || !strchr(marks, line->ptr[n]) || line->ptr[n + 1] != ' ')
		return false;
	*line = str_sub(*line, n + 2, line->len);
	return true;
}

/* The line without the quote and list marks before its text; false where it is code. */
static bool skip_containers(struct str *line)
{
	for (;;) {
		if (!skip_indent(line))
			return false;
		if (line->len && line->ptr[0] == '>')
			*line = str_sub(*line, 1, line->len);
		else if (!skip_bullet(line))
			return true;
	}
}

static size_t run_of(struct str s, char c)
{
	size_t n = 0;
	while (n < s.len && s.ptr[n] == c)
		n++;
	return n;
}

/* Code between fences (CommonMark 4.5): the character and length that close it. */
struct fence {
	char mark;
	size_t length;
};

/* Does `line` open or close a fence? Updates `f`. */
static bool is_fence(struct fence *f, struct str line)
{
	char mark = line.len ? line.ptr[0] : 0;
	size_t n = run_of(line, mark);
	if ((mark != '`' && mark != '~') || n < 3)
		return false;
	struct str rest = str_trim(str_sub(line, n, line.len));
	if (!f->length) {
		if (mark == '`' && rest.len && memchr(rest.ptr, '`', rest.len))
			return false;
		*f = (struct fence){mark, n};
		return true;
	}
	if (mark == f->mark && n >= f->length && !rest.len)
		*f = (struct fence){0};
	return true;
}

static bool is_level_1(struct str line)
{
	return line.len && line.ptr[0] == '#' &&
	       (line.len == 1 || line.ptr[1] == ' ' || line.ptr[1] == '\t');
}

static bool is_underline(struct str line)
{
	struct str s = str_trim(line);
	return s.len && run_of(s, '=') == s.len;
}

static void check_limits(struct str body, unsigned first, struct problems *out)
{
	struct err err;
	unsigned line, column;
	size_t at = 0;
	if (!markdown_limits(body, &at, &err))
		return;
	text_place(body, at, &line, &column);
	problems_add(out, first + line - 1, column, "%s", err.msg);
}

void body_check(struct str body, unsigned first, struct problems *out)
{
	check_limits(body, first, out);
	struct fence fence = {0};
	bool after_text = false;
	for (unsigned at = first; body.len; at++) {
		struct str whole = str_cut(&body, '\n'), line = whole;
		bool code = !skip_containers(&line);
		if (code || is_fence(&fence, line) || fence.length) {
			after_text = after_text && code && !fence.length;
			continue;
		}
		unsigned column =
		    1 + (unsigned)text_length(str_sub(whole, 0, whole.len - line.len));
		if (is_level_1(line))
			problems_add(out, at, column,
			    "a heading of level 1 is the record's title; begin headings with ##");
		else if (after_text && is_underline(line))
			problems_add(out, at, column,
			    "a line of '=' makes the text above a heading of level 1; use ## "
			    "before it");
		after_text = str_trim(line).len && line.ptr[0] != '#';
	}
}
